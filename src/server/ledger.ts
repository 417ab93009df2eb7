import { CheckoutError } from '../protocol/checkout-error.js'
import { rank } from '../protocol/payment-state.js'
import type { CheckoutStatus } from '../protocol/requests.js'
import type { Order, PaymentEvent } from '../providers/adapter.js'
import { entryOf, noticeOf, saidOf } from './event-record.js'
import type { Moment } from './moment.js'
import * as settle from './settle.js'
import {
  type Checkout,
  type EventRecord,
  leaseTime,
  type Payment,
  type Store,
  type Transaction,
  type Verdict,
} from './store.js'

// The ledger keeps two things apart: what is true (the state of a payment) and what is done (its delivery). What is owed is their
// difference, worked out anew each time somebody may act on it, and never stored as a task. Storing "to do: fulfil" looks natural
// and is wrong: a refund that arrives while the hook runs would replace it by "to do: revoke", a second process would pick that up,
// and the revoke would overtake the fulfilment. Under one lease for the payment there is no such order to get wrong.
//
// record() is one transaction for all events of a notification. It ends in a durable commit, and only then may the provider be
// answered. The lease for a delivery at once is taken in that same transaction, since a transaction of its own costs as much again.
//
// Exactly once, precisely: an order is fulfilled by one payment (a subscription's renewals, and each purchase on one page of virtual
// currency, once each), and a payment is delivered by one holder of its lease at a time and never after `done`. If the process dies
// between the hook's effect and our write, the hook is called again with the same `delivery.id`.

export interface Recorded {
  /** The worst of the events' verdicts, but for the foreign ones: `unknown` must not be acknowledged, everything else must. */
  readonly verdict: Verdict
  /** New events of checkouts that were never opened here: to be acknowledged only when the shop's hook has taken each of them. */
  readonly foreign: readonly EventRecord[]
  /** Leases taken for this caller: whoever records must deliver these. */
  readonly leases: readonly LeasedPayment[]
  /** Payments that leave nothing to be paid of their order: whoever records withdraws its other pages. */
  readonly covering: readonly Payment[]
}

export interface LeasedPayment {
  readonly payment: Payment
  /** As priced at opening, where it is at hand. */
  readonly order?: Order
  /** Before the lease was taken, so that its holder knows how much of it is left. */
  readonly since: Moment
}

/** Who delivers at once: as many payments of this notification as there is room for; the rest wait for the worker. */
export interface Deliverer {
  room(): number
  moment(): Moment
}

/**
 * Takes down what a provider said. Throws CheckoutError `store_unavailable`: then it must not be acknowledged; `request_invalid` for
 * control characters in a name: some databases end a text at the first of them, and two transactions would be one.
 */
export async function record(
  store: Store,
  provider: string,
  events: readonly PaymentEvent[],
  deliverer: Deliverer,
  isOffered?: IsOffered,
): Promise<Recorded> {
  if (events.some(({ key, reference, checkout }) => /\p{Cc}/u.test([key, reference, ...Object.values(checkout)].join(''))))
    throw new CheckoutError('request_invalid', 'a name of a payment or a checkout holds control characters')
  const since = deliverer.moment()
  const [only, ...others] = events
  const news = only && others.length === 0 ? { ...only, provider } : undefined
  return store.transaction(async (tx) => {
    const verdicts: Verdict[] = []
    const foreign: EventRecord[] = []
    const moved = new Map<string, LeasedPayment>()
    for (const event of events) {
      const { verdict, payment, order, offered } = await recordOne(tx, provider, event, { isOffered })
      if (offered) foreign.push(offered)
      else verdicts.push(verdict)
      if (!payment || !order) continue
      moved.set(payment.reference, { payment, order, since })
      // The next event may concern it too; only what all of them made of it is worth a lease.
      if (events.length > 1) await tx.savePayment(settle.withDueAt(payment, tx.now))
    }
    const leases: LeasedPayment[] = []
    const covering: Payment[] = []
    for (const { payment: before, ...rest } of moved.values()) {
      const payment = (events.length > 1 ? await tx.payment(provider, before.reference) : undefined) ?? before
      if (settle.coversOrder(payment)) covering.push(payment)
      await save(tx, { payment, ...rest }, leases, deliverer)
    }
    const verdict = verdicts.find((verdict) => verdict === 'unknown') ?? verdicts[0] ?? 'taken'
    return { verdict, foreign, leases, covering }
  }, news)
}

async function save(
  tx: Transaction,
  { payment, ...rest }: LeasedPayment,
  leases: LeasedPayment[],
  { room }: Deliverer,
): Promise<void> {
  const due = settle.withDueAt(payment, tx.now)
  const isFree = due.dueAt !== undefined && due.dueAt <= tx.now
  if (!isFree || leases.length >= room()) return tx.savePayment(due)
  const leased = settle.leased(due, tx.now)
  leases.push({ payment: leased, ...rest })
  await tx.savePayment(leased)
}

/** Whether the shop's hook may be asked about an event of a checkout that was never opened here. */
export type IsOffered = (event: PaymentEvent) => boolean

interface Manner {
  readonly isOffered?: IsOffered | undefined
  /** A person wants what was decided to be tried anew. */
  readonly isWanted?: boolean
}

interface One {
  readonly verdict: Verdict
  /** Where this event moved it. */
  readonly payment?: Payment | undefined
  readonly order?: Order
  readonly offered?: EventRecord
}

export async function recordOne(tx: Transaction, provider: string, event: PaymentEvent, manner: Manner): Promise<One> {
  const checkout = await tx.checkout(provider, event.checkout)
  if (!checkout) return recordUnknown(tx, provider, event, manner)

  const payment = await tx.payment(provider, event.reference)
  const isForeign = payment !== undefined && payment.checkoutId !== checkout.id
  const reason = isForeign ? belongsElsewhere : settle.contradiction(checkout, provider, event)
  const verdict = reason === undefined ? 'taken' : 'quarantined'
  const entry = entryOf(tx.now, provider, event, verdict, { reason, checkout, isKept: reason !== undefined || payment?.held })
  // What is said of it for another checkout must not take the key of what is rightly said of it.
  if (isForeign && (await tx.event(provider, event.key))?.content !== entry.content)
    return { verdict: await recordAside(tx, entry, belongsElsewhere) }
  const before = await tx.seen(entry)
  if (before) {
    if (manner.isWanted || settle.isTriedAnew(before)) await tx.saveEvent(entry)
    else if (before.content === entry.content) return { verdict: before.verdict }
    else return { verdict: await recordAside(tx, { ...entry, said: saidOf(event) }, altered, isForeign ? undefined : payment) }
  }

  if (reason !== undefined) {
    await tx.notice(noticeOf('contradiction', entry))
    if (!isForeign) await hold(tx, payment ?? settle.newPayment(checkout, provider, event.reference))
    return { verdict: 'quarantined' }
  }
  if (event.news) await tx.notice(noticeOf(event.news, entry))
  if (!event.becomes) return { verdict: 'taken' }
  return { verdict: 'taken', payment: await advance(tx, checkout, entry, event, payment), order: checkout.order }
}

/**
 * The state after this event, with the role decided in the moment in which it first becomes paid. Undefined where nothing new was
 * said: what waits for its next attempt, or is stuck, goes on waiting.
 */
export async function advance(
  tx: Transaction,
  checkout: Checkout,
  entry: EventRecord,
  event: PaymentEvent,
  known?: Payment,
): Promise<Payment | undefined> {
  const before = known ?? settle.newPayment(checkout, entry.provider, event.reference)
  const after = settle.settle(before, event)
  const hasMoney = before.state === 'paid' || settle.isReceived(before)
  if (hasMoney && (event.becomes === 'failed' || event.becomes === 'expired'))
    await tx.notice(noticeOf('late', { ...entry, reason: `${event.becomes} was reported after it was paid` }))
  if (after === known) return undefined
  const lastAsk = checkout.page?.askAt?.at(-1)
  const isOver = before.state === 'expired' || (lastAsk !== undefined && lastAsk.getTime() < entry.at)
  if (isOver && !hasMoney && (after.state === 'paid' || settle.isReceived(after)))
    await tx.notice(noticeOf('late', { ...entry, reason: 'it was paid after its checkout counted as expired' }))
  if (after.state !== 'paid' || after.role) return after

  const { order, orderId } = checkout
  const began = (await tx.firstOf(orderId)) ?? (order.renews ? await tx.beganWith(orderId) : undefined)
  const role = settle.roleOf(after, order, began, event.renewal)
  if (role === 'surplus')
    await tx.notice(noticeOf('surplus', { ...entry, reason: 'the order was paid before: give this payment back' }))
  return { ...after, role }
}

/** A contradiction moves nothing, but binds its transaction and holds it until a person has looked. What is owed stays owed. */
async function hold(tx: Transaction, payment: Payment): Promise<void> {
  // A reversal that contradicts the order otherwise would be lost on a held payment, but it is not believed either: it is told.
  if (!payment.held) await tx.savePayment({ ...payment, held: true })
}

const belongsElsewhere = 'its transaction belongs to another checkout'
const altered = 'it came before under the same key and said something else'

/** Whoever signed it says two things under one name, or of two checkouts: it is kept under a key of its own. */
async function recordAside(tx: Transaction, entry: EventRecord, reason: string, payment?: Payment): Promise<Verdict> {
  const aside: EventRecord = { ...entry, key: `${entry.key}#${entry.content}`, verdict: 'quarantined', reason }
  const before = await tx.seen(aside)
  if (before) return before.verdict
  await tx.notice(noticeOf('contradiction', aside))
  if (payment) await hold(tx, payment)
  return 'quarantined'
}

/**
 * The checkout is stored before its address leaves us, so this is a wrong or a restored database, and a repeat may find it. Only
 * a provider that names the checkout on opening can overtake the commit of that opening with first news, or tell of one whose answer
 * never reached us, until that ends unpaid. None of it needs a row, and refusing it for ever would make the provider give up our address.
 */
async function recordUnknown(
  tx: Transaction,
  provider: string,
  event: PaymentEvent,
  { isOffered = () => false, isWanted = false }: Manner,
): Promise<One> {
  if (!isWanted && 'reference' in event.checkout && settle.movesNoMoney(event)) return { verdict: 'taken' }
  const reason = 'no checkout of this id was opened here'
  const entry = entryOf(tx.now, provider, event, 'unknown', { reason })
  const before = await tx.seen(entry)
  if (before && !isWanted) {
    const isAltered = before.content !== entry.content && !settle.isTriedAnew(before)
    if (isAltered) return { verdict: await recordAside(tx, entry, altered) }
    if (!settle.isTriedAnew(before)) return { verdict: before.verdict }
  }
  if (before && isWanted) await tx.saveEvent(entry)
  if (!isOffered(event)) {
    if (!before) await tx.notice(noticeOf('unknown_checkout', entry))
    return { verdict: 'unknown' }
  }
  // The row stands before the hook is called, so that nothing is lost with the process; for a minute it is the caller's to tell.
  const offer = noticeOf('foreign', entry)
  await tx.notice(offer, tx.now + leaseTime)
  if (isWanted) await tx.noticeFailed(offer.id, tx.now)
  return { verdict: 'unknown', ...(!before && { offered: entry }) }
}

/** The signature holds, but a name in it is not configured (T-02): one row a key, and the provider goes on repeating it. */
export async function recordUnreadable(store: Store, provider: string, error: CheckoutError): Promise<Verdict> {
  const { key, reference = '', parameter = '' } = error.details
  if (key === undefined) return 'unknown'
  const reason = error.message // names of parameters and options, never a value
  return store.transaction(async (tx) => {
    const found = { provider, key, reference, reason, details: { parameter }, at: tx.now }
    const row = { ...found, content: '', verdict: 'unknown' } as const
    const before = await tx.seen(row)
    if (!before) await tx.notice(noticeOf('unknown_parameter', row))
    return before?.verdict === 'dropped' ? 'dropped' : 'unknown'
  })
}

/** The order's story in one word, for whoever holds the checkout's id: an order that another checkout paid reads as paid. */
export function readStatus(
  checkout: Checkout,
  payments: readonly Payment[],
  first: Payment | undefined,
  now: number,
): CheckoutStatus {
  const delivered = first?.state === 'paid' && first.delivery === 'done'
  // A card that was declined before another one paid is no news to the buyer.
  if (delivered || payments.some(({ state }) => state === 'paid')) return { state: 'paid', delivered }
  // However long that takes.
  if (payments.some(settle.isBeingChecked))
    return { state: 'pending', delivered, ...(payments.some(settle.isReceived) && { received: true }) }
  // A payment that was only begun may still be paid, whatever became of others; past the last question it says no more than none.
  const lastAsk = checkout.page?.askAt?.at(-1)
  const isOver = lastAsk !== undefined && lastAsk.getTime() < now
  const ends = payments.filter(({ state }) => state !== 'pending')
  const isOpen = !isOver && ends.length < payments.length
  if (isOpen || ends.length === 0) return { state: isOver ? 'expired' : 'pending', delivered }
  const { state } = ends.reduce((one, other) => (rank[one.state] >= rank[other.state] ? one : other))
  return { state, delivered }
}
