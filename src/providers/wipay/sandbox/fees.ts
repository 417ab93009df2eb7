// Money, in cents: the limits of an account, and a pretend fee of 3.5 % and 0.25 USD, at the rates of the documents.

const perDollar: Readonly<Record<string, bigint>> = { TTD: 680n, USD: 100n } // hundredths
export const centsOf = (text: string): bigint => BigInt(text.replace('.', ''))
const textOf = (cents: bigint): string => `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`

const feeOf = (cents: bigint, currency: string): bigint =>
  (cents * 35n + 500n) / 1000n + (25n * (perDollar[currency] ?? 100n)) / 100n

/** What was asked for, by whom the fee is borne. */
interface Asked {
  readonly total: string
  readonly currency: string
  readonly fees: string
}

/** What the buyer pays. */
export interface Displayed {
  readonly total: string
  readonly currency: string
}

export function withFee({ total, currency, fees }: Asked): Displayed {
  const cents = centsOf(total)
  const fee = feeOf(cents, currency)
  return { total: textOf(cents + (fees === 'customer_pay' ? fee : fees === 'split' ? fee / 2n : 0n)), currency }
}

/** A card from abroad is charged in US dollars, whatever was asked for. */
export function converted({ total, currency, fees }: Asked): Displayed {
  const dollars = (centsOf(total) * 100n) / (perDollar[currency] ?? 100n)
  return withFee({ total: textOf(dollars), currency: 'USD', fees })
}

/** By currency, as the documents print them in a sample; others have none here. */
const limits: Readonly<Record<string, readonly [least: string, most: string]>> = {
  TTD: ['5.00', '20400.00'],
  USD: ['0.74', '3000.00'],
}

/** In WiPay's words, of a total in the documented form. */
export function totalFault({ total = '', currency = '' }: Readonly<Record<string, string>>): string | undefined {
  const [least, most] = limits[currency] ?? [total, total]
  const cents = centsOf(total)
  return cents < centsOf(least) || cents > centsOf(most) ? `The total must be between ${least} and ${most}.` : undefined
}
