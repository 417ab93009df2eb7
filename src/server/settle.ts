import { minorUnits, sameMoney } from '../protocol/money.js'
import { rank } from '../protocol/payment-state.js'
import type { Order, PaymentEvent } from '../providers/adapter.js'
import { sha256 } from '../providers/signing.js'
import { type Checkout, type EventRecord, leaseTime, type Payment } from './store.js'

// The rules about money, pure: what a proven event means for a payment, whether it fits the checkout, and what is owed.

/**
 * The state only ever climbs; older news is kept but changes nothing. A held payment is moved by a reversal alone. Money that was received
 * stands between an end without money and `paid`: it undoes the one, and only the other, or a reversal, comes after it. A review is no
 * step: it marks what is pending, undoes nothing, and whatever comes next ends it.
 */
export function settle(payment: Payment, { becomes, received, underReview, details = {} }: PaymentEvent): Payment {
  if (becomes === 'pending' && received) {
    if (payment.held || rank[payment.state] >= rank.paid) return payment
    return { ...payment, state: 'pending', details: { ...details, received: 'true' }, attempts: 0 }
  }
  if (becomes === 'pending' && underReview && payment.state === 'pending' && !payment.held && !isBeingChecked(payment))
    return { ...payment, details: { ...details, 'under-review': 'true' } }
  if (!becomes || rank[becomes] <= rank[payment.state]) return payment
  if (isReceived(payment) && rank[becomes] < rank.paid) return payment
  if (payment.held && rank[becomes] < rank.refunded) return payment
  return { ...payment, state: becomes, details, attempts: 0 }
}

/** Whether its money was received while the merchant still waits. The mark stands among its details, so that no store need know of it. */
export const isReceived = ({ state, details }: Payment): boolean => state === 'pending' && details.received !== undefined

/** Whether the buyer has done their part and the provider has not: it takes as long as it takes, and is no end. */
export const isBeingChecked = (payment: Payment): boolean =>
  isReceived(payment) || (payment.state === 'pending' && payment.details['under-review'] !== undefined)

/** Whether this says that nothing was paid, so that nothing is lost where nobody knows its checkout. */
export const movesNoMoney = ({ becomes, received }: PaymentEvent): boolean =>
  becomes === 'failed' || becomes === 'expired' || (becomes === 'pending' && !received)

/** Whether nothing is left to be paid of its order, so that nobody shall pay on another page of it. */
export const coversOrder = (payment: Payment): boolean =>
  (payment.state === 'paid' && payment.role === 'first') || isReceived(payment)

/** Nothing of ours says what is sold, or for how much: virtual currency. Whoever buys twice on such a page has two amounts of it coming. */
const isBoughtOnPage = ({ price, items = [], storesCard }: Order): boolean => !price && items.length === 0 && !storesCard

/**
 * Asked when a payment first becomes paid. `began` is what its order was sold with: its `first` payment, or until that one is heard of
 * a renewal that overtook it, so that no other checkout is delivered beside that subscription.
 */
export function roleOf(
  payment: Payment,
  order: Order,
  began: Payment | undefined,
  renewal?: boolean,
): NonNullable<Payment['role']> {
  const isSameSale = !began || began.checkoutId === payment.checkoutId
  const hasFirst = began?.role === 'first'
  if (order.renews && isSameSale && (renewal ?? hasFirst)) return 'renewal'
  if (hasFirst && isSameSale && isBoughtOnPage(order)) return 'renewal'
  return hasFirst || !isSameSale ? 'surplus' : 'first'
}

/** What is true minus what is done. */
export function owed({ state, delivery, role }: Payment): 'fulfil' | 'revoke' | undefined {
  if (state === 'paid' && delivery !== 'done' && role !== 'surplus') return 'fulfil'
  if (rank[state] === rank.refunded && delivery !== 'none') return 'revoke'
  return undefined
}

/** A signature proves the sender, not the sale: why this event does not belong to this checkout, or undefined when it does. */
export function contradiction(checkout: Checkout, provider: string, event: PaymentEvent): string | undefined {
  if (checkout.provider !== provider) return `this checkout was opened with ${checkout.provider}`
  if (event.test !== (checkout.mode === 'test'))
    return event.test ? 'a test payment for a live checkout' : 'a live payment for a test checkout'
  if (event.buyerId !== undefined && event.buyerId !== checkout.order.buyer.id)
    return 'it names another buyer than the order does'
  if (checkout.reference !== undefined && !checkout.page?.bindsLater && event.reference !== checkout.reference)
    return 'its transaction is not the one that was opened'
  if (
    event.money &&
    !pricesOf(checkout.order).some((price) => sameMoney(price, event.money as NonNullable<typeof event.money>))
  )
    return 'its amount or currency is not that of the order'
  return event.objection
}

/** With a trial there are two right amounts: the trial's and the plan's. */
function pricesOf({ price, renews }: Order) {
  return [price, renews?.trial?.price].filter((each) => each !== undefined)
}

/**
 * Two deliveries of one key say the same when they agree on checkout, transaction, state, money, buyer and on being a test. What an adapter
 * objects to is left out: it may find a fault with what it took before, as with a stored card that was proven since. A digest, since it
 * stays for ever and stands in keys that people read, and the buyer's id may be an address (T-54).
 */
export function contentOf({ checkout, reference, becomes, news, money, buyerId = '', test }: PaymentEvent): string {
  const which = 'id' in checkout ? checkout.id : checkout.reference
  const paid = money ? `${minorUnits(money)} ${money.currency}` : ''
  return sha256([which, reference, becomes ?? news ?? '', paid, buyerId, test ? 'test' : ''].join('|'))
}

/** A payment nobody heard of before this event. It is its provider's, whoever opened the checkout that the event names. */
export function newPayment({ id, orderId }: Checkout, provider: string, reference: string): Payment {
  const untouched = { state: 'pending', held: false, delivery: 'none', attempts: 0, details: {} } as const
  return { provider, reference, checkoutId: id, orderId, ...untouched }
}

/**
 * When to look at a payment again. While somebody holds the lease, not before it ends: the holder works out anew what is owed.
 * A lease that ends later than any lease can is one from before the clock was set back. Its holder's hook may run at this moment, and a
 * revoke that came beside it could overtake it: it is cut to what a lease may last, and never taken as free (T-45).
 */
export function withDueAt(payment: Payment, now: number): Payment {
  const { lease, dueAt: _, ...rest } = payment
  if (lease && lease.until > now) {
    const until = Math.min(lease.until, now + leaseTime)
    return { ...rest, lease: { ...lease, until }, dueAt: until }
  }
  return owed(payment) ? { ...rest, ...(lease && { lease }), dueAt: now } : { ...rest, ...(lease && { lease }) }
}

/** The next holder's view of it: `started` means that from here on the goods are perhaps given. */
export function leased(payment: Payment, now: number): Payment {
  const until = now + leaseTime
  const delivery = payment.delivery === 'none' ? 'started' : payment.delivery
  const fence = (payment.lease?.fence ?? 0) + 1
  return { ...payment, delivery, lease: { until, fence }, attempts: payment.attempts + 1, dueAt: until }
}

/** The same holder's, from now on: what it began is one attempt. */
export const renewed = (payment: Payment, now: number): Payment => ({ ...leased(payment, now), attempts: payment.attempts })

/** After its hook: `none` again once it was taken back, so that nothing is owed and a late `paid` gives nothing. */
export function delivered(payment: Payment, task: 'fulfil' | 'revoke', now: number): Payment {
  const attempts = 0
  return task === 'fulfil'
    ? { ...payment, attempts, delivery: 'done', fulfilledAt: now }
    : { ...payment, attempts, delivery: 'none', revokedAt: now }
}

/** Lease given back; the fence stays, so that the next holder's is higher. */
export const released = (payment: Payment): Payment =>
  payment.lease ? { ...payment, lease: { until: 0, fence: payment.lease.fence } } : payment

const firstDelay = 1_000
const longestDelay = 60 * 60_000

/** Milliseconds until the next attempt: 1 s, doubled each time, at most an hour; half of it is left to chance, so that what failed
 *  together does not come back together. `random` is in 0…1. */
export function backOff(attempts: number, random: number): number {
  const delay = Math.min(longestDelay, firstDelay * 2 ** Math.min(attempts - 1, 30))
  return Math.round(delay / 2 + (delay / 2) * random)
}

/** `unknown` is the verdict on what cannot be believed yet; everything else known of the key stands. */
export const isTriedAnew = ({ verdict }: EventRecord): boolean => verdict === 'unknown'
