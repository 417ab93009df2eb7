import { formatPrice, writePrice } from '../protocol/price-text.js'
import type { Offer } from '../protocol/requests.js'
import { fill, type Labels } from './labels.js'

/** Whether the server wrote the price as this buyer reads it, and nothing of it is missing. */
export const isWritten = ({ written, renews }: Offer, locale: string): boolean =>
  written?.locale === locale && (!renews || !!written.price)

const textOf = (offer: Offer, locale: string) => (isWritten(offer, locale) && offer.written) || writePrice(offer, locale)

/**
 * The first use of `Intl` takes a slow phone a quarter of a second. Whoever will need it has it done when there is nothing else to do.
 */
export const openTables = (locale: string): void => void formatPrice({ amount: '0', currency: 'USD' }, locale)

/** The time of day in the buyer's manner, `14:32`, and with the date where it is not today's. */
export function formatTime(iso: string, locale: string): string {
  const time = new Date(iso)
  const dateStyle = time.toDateString() === new Date().toDateString() ? undefined : 'medium'
  return new Intl.DateTimeFormat(locale, { dateStyle, timeStyle: 'short' }).format(time)
}

/** What is paid today; empty where the server names no price. */
export const formatDue = (offer: Offer, locale: string): string => textOf(offer, locale).first

/** What the buyer agrees to: one price, or the price at every renewal, with a trial both. */
export function formatTerms(offer: Offer, labels: Labels, locale: string): string {
  const text = textOf(offer, locale)
  return text.price ? fill(text.trial ? labels.trial : labels.renews, text as Readonly<Record<string, string>>) : text.first
}
