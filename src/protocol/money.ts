import * as z from 'zod/mini'

/** A decimal string, never a float: `{ amount: '19.90', currency: 'USD' }`; compared in minor units, by digits. */
export const money = z.object({
  amount: z.string().check(z.regex(/^(0|[1-9]\d{0,11})(\.\d{1,8})?$/)),
  currency: z.string().check(z.regex(/^[A-Z]{3}$/)),
})
export type Money = Readonly<z.infer<typeof money>>

// ISO 4217, where it is not 2. Intl is not asked: it follows CLDR, which rounds some currencies to their coins (IQD, LBP…).
const decimalsOf: Readonly<Record<string, number>> = {
  ...{ BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, UYI: 0 },
  ...{ VND: 0, VUV: 0, XAF: 0, XOF: 0, XPF: 0, BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3, CLF: 4, UYW: 4 },
}

/** How many decimals the currency has: 2 for USD, 0 for JPY, 3 for KWD (ISO 4217). */
export const currencyDecimals = (currency: string): number =>
  (Object.hasOwn(decimalsOf, currency) ? decimalsOf[currency] : undefined) ?? 2

/**
 * An amount in the currency's smallest unit: `19.90 USD` is `1990n`, `500 JPY` is `500n`. Zeros beyond the currency's
 * decimals are tolerated (`500.00 JPY`); anything else there, or text that is no plain decimal number, answers undefined.
 */
export function minorUnits({ amount, currency }: Money): bigint | undefined {
  const match = /^(0|[1-9]\d{0,11})(?:\.(\d{1,8}))?$/.exec(amount)
  if (!match) return undefined
  const decimals = currencyDecimals(currency)
  const fraction = match[2] ?? ''
  if (/[1-9]/.test(fraction.slice(decimals))) return undefined
  return BigInt(match[1] + fraction.slice(0, decimals).padEnd(decimals, '0'))
}

/** Whether two prices are the same amount of the same currency, whatever zeros they are written with. */
export function sameMoney(one: Money, other: Money): boolean {
  const units = minorUnits(one)
  return one.currency === other.currency && units !== undefined && units === minorUnits(other)
}
