import type { Money } from '../protocol/money.js'
import type { Offer, Period } from '../protocol/requests.js'
import { fill, type Labels } from './labels.js'

/** A price in the buyer's manner: `US$19.90`, `19,90 $`. Never rounded: what is shown is what the server named. */
export function formatPrice({ amount, currency }: Money, locale: string): string {
  // Intl follows habit and not the currency's unit: left alone it would show 1.500 IQD as 2. Given at least two decimals it keeps to
  // the currency's own where those are fewer.
  const maximumFractionDigits = Math.max(2, amount.split('.')[1]?.length ?? 0)
  return new Intl.NumberFormat(locale, { style: 'currency', currency, maximumFractionDigits })
    .format(amount as `${number}`) // the text itself, so that no float comes between
    .replace(/\$$/, '$\u200e') // at the end of a line from right to left a lone `$` would leave its `US`
}

/**
 * The first price makes a browser open its tables of every language: half of all that the element does until its buttons are there, and
 * 50 ms on a slow phone. Whoever needs none at once has it done when there is time.
 */
export const openTables = (locale: string): void => void formatPrice({ amount: '0', currency: 'USD' }, locale)

/** `3 months`, and of one `1 month` or the unit alone, in the buyer's language. */
const formatPeriod = ({ every, unit }: Period, locale: string, isAlone = false): string =>
  new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' })
    .formatToParts(every)
    .map(({ type, value }) => (!isAlone || every > 1 || type === 'unit' ? value : ''))
    .join('')

/** The time of day in the buyer's manner, `14:32`, and with the date where it is not today's. */
export function formatTime(iso: string, locale: string): string {
  const time = new Date(iso)
  const dateStyle = time.toDateString() === new Date().toDateString() ? undefined : 'medium'
  return new Intl.DateTimeFormat(locale, { dateStyle, timeStyle: 'short' }).format(time)
}

/** What is paid today; empty where the server names no price. */
export function formatDue({ price, renews }: Offer, locale: string): string {
  const due = renews?.trial?.price ?? price
  return due ? formatPrice(due, locale) : ''
}

/** What the buyer agrees to: one price, or the price at every renewal, with a trial both. */
export function formatTerms(offer: Offer, labels: Labels, locale: string): string {
  const { price, renews } = offer
  const first = formatDue(offer, locale)
  if (!price || !renews) return first
  const { trial, period } = renews
  return fill(trial ? labels.trial : labels.renews, {
    first,
    price: formatPrice(price, locale),
    period: formatPeriod(period, locale, true),
    periods: formatPeriod(period, locale),
    trial: trial ? formatPeriod(trial.period, locale) : '',
  })
}
