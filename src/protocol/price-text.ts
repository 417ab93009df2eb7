import type { Money } from './money.js'
import type { Offer, Period, PriceText } from './requests.js'

// What a buyer reads of a price. The server writes it, in the locale that the page asks in: the first use of `Intl` makes a browser open
// its tables of every language, which takes a slow phone a quarter of a second. For an offer that comes without, the page writes it itself.

/** A price in the buyer's manner: `US$19.90`, `19,90 $`. Never rounded: what is shown is what the server named. */
export function formatPrice({ amount, currency }: Money, locale: string): string {
  // Intl follows habit and not the currency's unit: left alone it would show 1.500 IQD as 2. Given at least two decimals it keeps to
  // the currency's own where those are fewer.
  const maximumFractionDigits = Math.max(2, amount.split('.')[1]?.length ?? 0)
  return new Intl.NumberFormat(locale, { style: 'currency', currency, maximumFractionDigits })
    .format(amount as `${number}`) // the text itself, so that no float comes between
    .replace(/\$$/, '$\u200e') // at the end of a line from right to left a lone `$` would leave its `US`
}

/** `3 months`, and of one `1 month` or the unit alone, in the buyer's language. */
const formatPeriod = ({ every, unit }: Period, locale: string, isAlone = false): string =>
  new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' })
    .formatToParts(every)
    .map(({ type, value }) => (!isAlone || every > 1 || type === 'unit' ? value : ''))
    .join('')

/** @param locale one that `Intl` knows: it throws a RangeError at a name that is none */
export function writePrice({ price, renews }: Offer, locale: string): PriceText {
  const due = renews?.trial?.price ?? price
  return {
    locale,
    first: due ? formatPrice(due, locale) : '',
    ...(price &&
      renews && {
        price: formatPrice(price, locale),
        period: formatPeriod(renews.period, locale, true),
        periods: formatPeriod(renews.period, locale),
        trial: renews.trial && formatPeriod(renews.trial.period, locale),
      }),
  }
}
