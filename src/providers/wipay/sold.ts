import { minorUnits } from '../../protocol/money.js'
import type { OpenedCheckout } from '../adapter.js'
import { totalPattern } from './parameters.js'

// What was asked of WiPay when a page was opened, kept with the checkout, and the one comparison of it with what WiPay says later.
// Proofs rest on these texts and never on what a message repeats (T-11, T-13).

/** `payment`: a hosted page. `charge`: the same with a stored card. `card`: nothing is sold, a card is stored. */
export type Flow = 'payment' | 'charge' | 'card'

/** What is kept of a sale, exactly as it was sent. */
export interface Sold {
  readonly flow: 'payment' | 'charge'
  /** Present: the request went through the buyer's browser, who may have changed every field of it. */
  readonly isForm: boolean
  readonly orderId: string
  /** As hashed by WiPay, character for character. */
  readonly total: string
  readonly currency: string
  readonly fees: string
}

export const keptOf = ({ flow, isForm, orderId, total, currency, fees }: Sold): Readonly<Record<string, string>> => ({
  ...{ flow, order: orderId, total, currency, fees },
  ...(isForm && { form: '1' }),
})

export const keptOfCard: Readonly<Record<string, string>> = { flow: 'card' }

export const storesCard = ({ kept }: OpenedCheckout): boolean => kept.flow === 'card'

/** Undefined for a checkout that sold nothing, or that this provider did not open. */
export function readSold({ kept }: OpenedCheckout): Sold | undefined {
  const { flow, order: orderId, total, currency, fees, form } = kept
  if ((flow !== 'payment' && flow !== 'charge') || !orderId || !currency || !fees) return undefined
  if (total === undefined || !totalPattern.test(total)) return undefined
  return { flow, isForm: form === '1', orderId, total, currency, fees }
}

/** What a message says of a sale; each part only where it is there. */
export interface Said {
  readonly orderId?: string | undefined
  readonly total?: string | undefined
  readonly currency?: string | undefined
}

/**
 * Why a proven message does not fit the sale, or undefined where it does. The displayed total holds the fee and may be in another
 * currency, so it decides nothing but this: where it can be compared, it must not be less than what was asked, and must be the same
 * where the merchant bears the fee. Texts are compared in cents, by digits.
 *
 * A request that went through the buyer's browser is trusted in nothing: currency and total must be there, and be the same.
 */
export function objectionTo(sold: Sold, said: Said): string | undefined {
  if (said.orderId !== undefined && said.orderId !== sold.orderId) return 'it names another order id than the one that was sent'
  if (sold.isForm && (said.total === undefined || said.currency === undefined || said.orderId === undefined))
    return 'it does not repeat order id, total and currency, which the buyer could have changed on the way'
  if (said.currency !== undefined && said.currency !== sold.currency)
    return sold.isForm ? 'it was made in another currency than was sent' : undefined // a foreign card: WiPay converts
  if (said.total === undefined || said.total === '') return undefined
  const [shown, asked] = [cents(said.total), cents(sold.total) as bigint]
  if (shown === undefined) return 'the total that it shows is no amount'
  if (shown < asked) return 'the total that it shows is less than what was asked'
  if (shown > asked && sold.fees === 'merchant_absorb')
    return 'the total that it shows is more than what was asked, though the merchant bears the fee'
  return undefined
}

const plainTotal = /^\d{1,12}(\.\d+)?$/
const groupedTotal = /^\d{1,3}(,\d{3}){1,3}(\.\d+)?$/

/** Trailing zeros may be missing (`120` for `120.00`), thousands may be grouped. WiPay's currencies all have cents. */
function cents(shown: string): bigint | undefined {
  if (!plainTotal.test(shown) && !groupedTotal.test(shown)) return undefined
  const amount = shown.replaceAll(',', '').replace(/^0+(?=\d)/, '')
  return minorUnits({ amount, currency: 'USD' })
}
