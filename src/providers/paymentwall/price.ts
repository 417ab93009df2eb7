import { type Money, minorUnits } from '../../protocol/money.js'

/**
 * The price as Paymentwall takes it: always two decimals, worked out by digits. Undefined for what two decimals cannot hold
 * (1.234 KWD), for what is no amount of its currency (1.005 USD, 0.50 JPY), and below the documented minimum. That is
 * known for USD alone: "or equal value" needs a rate which only the provider has.
 */
export function amountText(price: Money): string | undefined {
  const units = minorUnits(price)
  if (units === undefined || units <= 0n || !/^[A-Z]{3}$/.test(price.currency)) return undefined
  if (price.currency === 'USD' && units < 30n) return undefined
  const [whole = '', fraction = ''] = price.amount.split('.')
  return /[1-9]/.test(fraction.slice(2)) ? undefined : `${whole}.${fraction.slice(0, 2).padEnd(2, '0')}`
}
