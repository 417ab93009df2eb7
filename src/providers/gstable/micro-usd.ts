import type { Money } from '../../protocol/money.js'

// GStable counts in Micro-USD: 1 USD is 1,000,000. Worked out by digits: 0.29 times a million is 289,999.99… to a computer.

/** `0.29` is 290000. Undefined for what is no positive decimal text with at most nine digits before the point and six behind it. */
export function microUnits(amount: unknown): number | undefined {
  const match = typeof amount === 'string' ? /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(amount) : null
  if (!match) return undefined
  const units = Number(`${match[1]}${(match[2] ?? '').padEnd(6, '0')}`) // 15 digits: always a safe integer
  return units > 0 ? units : undefined
}

/** The reverse, with two decimals or as many as are needed: 19900000 is `19.90`, 1 is `0.000001`. */
export function usd(units: number): Money {
  const digits = String(units).padStart(7, '0')
  const fraction = digits.slice(-6).replace(/0{1,4}$/, '')
  return { amount: `${digits.slice(0, -6)}.${fraction}`, currency: 'USD' }
}
