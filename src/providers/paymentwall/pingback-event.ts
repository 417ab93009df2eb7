import { type Money, money } from '../../protocol/money.js'
import type { PaymentState } from '../../protocol/payment-state.js'
import type { News, Order, PaymentEvent } from '../adapter.js'
import type { Pingback, Values } from './pingback.js'
import { goodsObjection } from './stored-products.js'
import { readSoldId } from './subscription.js'
import type { PingbackRules, Proven } from './verify.js'

// What a proven pingback says, in our words.

interface Meaning {
  readonly becomes?: PaymentState
  readonly underReview?: true
  readonly news?: News
}

// Exact texts: read as a number, `0junk`, ` 0` and the empty text would all be "paid" (T-05).
const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['0', { becomes: 'paid' }], // also each renewal, under a new `ref`
  ['1', { becomes: 'paid' }], // goodwill, given by Paymentwall's support
  ['200', { becomes: 'pending', underReview: true }],
  ['201', { becomes: 'paid' }],
  ['202', { becomes: 'declined' }],
  ['203', { becomes: 'expired' }], // the authorisation was voided
  ['12', { news: 'subscription_cancelled' }],
  ['13', { news: 'subscription_ended' }],
  ['14', { news: 'renewal_failed' }],
])

const reasons: ReadonlyMap<string, string> = new Map([
  ['1', 'chargeback'],
  ['2', 'card fraud'],
  ['3', 'other fraud'],
  ['4', 'bad data entry'],
  ['5', 'fake or proxy user'],
  ['6', 'rejected by advertiser'],
  ['7', 'duplicate conversion'],
  ['8', 'goodwill credit taken back'],
  ['9', 'cancelled order, such as a refund'],
  ['10', 'partly reversed'],
])

function meaningOf({ type, reason }: Pingback): Meaning {
  if (type !== '2') return meanings.get(type) ?? { news: 'unknown' }
  if (reason === '10') return { news: 'partly_reversed' } // how much is not told, so nothing is taken back by itself
  return { becomes: reason === '1' || reason === '2' || reason === '3' ? 'charged_back' : 'refunded' }
}

/** With the reason: a full reversal may follow a partial one of the same `ref`. */
export const keyOf = ({ ref, type, reason }: Pingback): string => `${ref}:${type}:${reason}`

/** Which checkout a pingback is about, and whether its products are Paymentwall's own, which only the order can confirm. */
export function checkoutOf({ checkoutParameter }: PingbackRules, { values, pingback }: Proven) {
  const carried = checkoutParameter === undefined ? undefined : values.get(checkoutParameter)?.text
  const sold = readSoldId(pingback.goodsid)
  // Not carried: a page that describes its product itself, and was opened before the parameter was set up.
  const id = carried ? carried : sold.checkoutId
  const isOurs = pingback.goodsid !== '' && sold.checkoutId === id
  return { id, isPlan: isOurs && sold.isPlan, isStored: !isOurs && (pingback.goodsid !== '' || pingback.units !== undefined) }
}

/** `order` is needed where products are Paymentwall's own: what was sold is compared with it. */
export function eventOf(rules: PingbackRules, proven: Proven, order?: Order): PaymentEvent {
  const { pingback, unlisted } = proven
  const { ref, uid, is_test: isTest } = pingback
  const { id, isPlan } = checkoutOf(rules, proven)
  const meaning = meaningOf(pingback)
  const event: PaymentEvent = {
    key: keyOf(pingback),
    checkout: { id },
    reference: ref,
    ...meaning,
    buyerId: uid,
    // Documented is `1` or nothing. A value that nobody knows is rather a test than money. Version 1 does not sign it.
    test: (isTest !== '' && isTest !== '0') || (rules.version === 1 && ref.startsWith('t')),
    details: detailsOf(rules, proven),
    ...(unlisted.length > 0 && {
      warning: `it was taken because of its source alone, with names that are not in customParameters: ${unlisted.join(', ')}`,
    }),
  }
  // News of a subscription is about no payment, so there is nothing to compare it with.
  if (!meaning.becomes || (!order && !isPlan && !rules.price && rules.firstReference === undefined)) return event
  return { ...event, ...paymentOf(rules, proven, isPlan, meaning.becomes, order) }
}

/** What a payment is compared with the order by. */
function paymentOf(
  rules: PingbackRules,
  { values, pingback }: Proven,
  isPlan: boolean,
  becomes: PaymentState,
  order?: Order,
): Pick<PaymentEvent, 'money' | 'objection' | 'renewal'> {
  const renewal = isRenewal(rules, values, pingback, isPlan)
  const objection = order && goodsObjection(order, pingback.units ?? [pingback.goodsid])
  return {
    // An order without a price of its own has none to compare.
    ...(rules.price && becomes === 'paid' && (!order || order.price) && moneyOf(rules.price, values)),
    ...(objection !== undefined && { objection }),
    ...(renewal !== undefined && { renewal }),
  }
}

/**
 * Paymentwall's word, where it gives one: the reference of the first payment, if the merchant had it added; else that the plan was charged
 * which follows a trial. Of other renewals it says nothing, and the ledger goes by which came first.
 */
function isRenewal({ firstReference }: PingbackRules, values: Values, { ref }: Pingback, isPlan: boolean): boolean | undefined {
  const first = firstReference === undefined ? undefined : values.get(firstReference)?.text
  return first ? first !== ref : isPlan || undefined
}

/** The price, where the merchant had it added. Of a payment alone: what stands there in a reversal is documented nowhere. */
function moneyOf(names: { amount: string; currency: string }, values: Values): { money: Money } | { objection: string } {
  const read = money.safeParse({ amount: values.get(names.amount)?.text, currency: values.get(names.currency)?.text })
  if (read.success) return { money: read.data }
  return { objection: `${names.amount} and ${names.currency}, which should repeat the price, are missing or hold none` }
}

// Names with a hyphen cannot clash with a parameter's.
function detailsOf(rules: PingbackRules, { values, pingback, unlisted, keyUsed }: Proven): Record<string, string> {
  const { type, reason, currency } = pingback
  const details: Record<string, string> = { type }
  if (reason !== '') details.reason = reasons.has(reason) ? `${reason} (${reasons.get(reason)})` : reason
  if (currency !== '') details.currency = currency
  if (unlisted.length > 0) details['unlisted-parameters'] = unlisted.join(', ')
  if (keyUsed > 0) details['signed-by'] = `older secret key ${keyUsed}`
  if (rules.version === 1) return details // custom parameters are not signed there: anybody could have written them
  const { checkoutParameter } = rules
  if (checkoutParameter !== undefined && !values.get(checkoutParameter)?.text) details['missing-parameter'] = checkoutParameter
  for (const name of rules.customParameters) {
    const value = values.get(name)
    if (value && name !== checkoutParameter) details[name] = value.text ?? `hex:${Buffer.from(value.bytes).toString('hex')}`
  }
  return details
}
