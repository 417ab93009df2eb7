import type { Money } from '../protocol/money.js'
import type { Offer, Period } from '../protocol/requests.js'
import { fill, type Labels } from './labels.js'

/** A price in the buyer's manner: `US$19.90`, `19,90 $`. Never rounded: what is shown is what the server named. */
export function formatPrice({ amount, currency }: Money, locale: string): string {
  const format = (digits?: number) =>
    new Intl.NumberFormat(locale, { style: 'currency', currency, ...(digits && { maximumFractionDigits: digits }) })
  const plain = format()
  const decimals = amount.split('.')[1]?.replace(/0+$/, '').length ?? 0
  // Intl follows habit and not the currency's unit: it would show 1.500 IQD as 2.
  const exact = decimals > (plain.resolvedOptions().maximumFractionDigits ?? 0) ? format(decimals) : plain
  return exact.format(amount as `${number}`) // a decimal text, so that no float comes between
}

/** `month`, `3 months`: the unit in the buyer's language, the number only where there is more than one. */
function formatPeriod({ every, unit }: Period, locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' })
  const parts = format.formatToParts(every)
  return (every === 1 ? parts.filter(({ type }) => type === 'unit') : parts).map(({ value }) => value).join('')
}

/** What the buyer agrees to: one price, a price at every renewal, or with a trial both. Empty where the server names none. */
export function formatTerms({ price, renews }: Offer, labels: Labels, locale: string): string {
  if (!price || !renews) return price ? formatPrice(price, locale) : ''
  const { trial, period } = renews
  const regular = { price: formatPrice(price, locale), period: formatPeriod(period, locale) }
  if (!trial) return fill(labels.renews, regular)
  const first = { first: formatPrice(trial.price, locale), trial: formatPeriod(trial.period, locale) }
  return fill(labels.trial, { ...regular, ...first })
}

/** What is paid today. */
export const formatDue = ({ price, renews }: Offer, locale: string): string => {
  const due = renews?.trial?.price ?? price
  return due ? formatPrice(due, locale) : ''
}
