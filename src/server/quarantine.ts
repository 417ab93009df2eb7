import { CheckoutError } from '../protocol/checkout-error.js'
import { randomId } from '../providers/signing.js'
import { eventOf, noticeOf } from './event-record.js'
import { advance, type IsOffered, recordOne } from './ledger.js'
import * as settle from './settle.js'
import type { Checkout, Decision, EventRecord, Payment, Store, Transaction, Verdict } from './store.js'

// What a person may do about an event that was not taken as it came. It is settled by the transaction and the rules that settle a
// notification: accepting says "what it told is true", never "fulfil"; the second payment of an order is a surplus, whoever accepts it.
// Two persons, or a person and the provider's repeat, meet at the lock of the checkout, then at that of the event; who comes second
// finds it decided.

/** Who decides, in their own words: both stay in the order's story for ever. */
export interface Decider {
  /** A name or a handle, up to 100 characters. */
  readonly by: string
  /** Up to 500 characters. */
  readonly reason: string
}

type Choice = 'accept' | 'drop' | 'retry'
/** What can still be decided how. Dropping can be undone by trying anew; what was taken has moved money and cannot. */
const open: Readonly<Record<Choice, readonly Verdict[]>> = {
  accept: ['quarantined'],
  drop: ['quarantined', 'unknown'],
  retry: ['quarantined', 'unknown', 'dropped'],
}

/**
 * Decides about one event. Throws CheckoutError `checkout_unknown` where there is no such event, `event_mismatch` where it was decided
 * by now, or must not be decided so; `request_invalid` for a decider without a name or a reason; `store_unavailable`.
 */
export async function decide(
  store: Store,
  choice: Choice,
  { provider, key }: Pick<EventRecord, 'provider' | 'key'>,
  decider: Decider,
  isOffered?: IsOffered,
): Promise<Verdict> {
  refuseNameless(decider)
  const known = await store.event(provider, key)
  if (!known) throw new CheckoutError('checkout_unknown', `no event of this key was recorded for ${provider}`)
  return store.transaction(async (tx) => {
    const which = known.checkoutId === undefined ? known.said?.checkout : { id: known.checkoutId }
    const checkout = which && (await tx.checkout(provider, which))
    const record = (await tx.event(provider, key)) as EventRecord // rows of events are never deleted
    if (!open[choice].includes(record.verdict))
      throw new CheckoutError('event_mismatch', `it cannot be decided so: it is ${record.verdict} by now`)
    await tx.decision(decisionOf(tx.now, choice, record, decider))
    const verdict = await settled(choice)

    const payment = await tx.payment(provider, record.reference)
    // A transaction of another checkout is not this decision's to free.
    if (checkout && payment?.checkoutId === checkout.id && payment.held) await release(tx, checkout, payment)
    return verdict

    async function settled(choice: Choice): Promise<Verdict> {
      if (choice === 'accept') return accept(tx, checkout, record)
      if (choice === 'retry') return retry(tx, record, isOffered)
      await tx.saveEvent({ ...record, verdict: 'dropped' })
      return 'dropped'
    }
  })
}

/** What may happen by hand beside this: a delivery is asked for anew. Written in the transaction that does it. */
export function decisionOf(
  at: number,
  decision: Decision['decision'],
  {
    provider,
    key,
    reference,
    checkoutId,
    orderId,
  }: Pick<EventRecord, 'provider' | 'key' | 'reference' | 'checkoutId' | 'orderId'>,
  { by, reason }: Decider,
): Decision {
  return {
    ...{ id: randomId(), decision, provider, key, reference, by, reason, at },
    ...(checkoutId !== undefined && { checkoutId }),
    ...(orderId !== undefined && { orderId }),
  }
}

/** Throws CheckoutError `request_invalid`. */
export function refuseNameless({ by, reason }: Decider): void {
  const isText = (text: unknown, longest: number) =>
    typeof text === 'string' && text.trim() !== '' && text.length <= longest && !/\p{Cc}/u.test(text)
  if (!isText(by, 100) || !isText(reason, 500))
    throw new CheckoutError(
      'request_invalid',
      'a decision needs `by`, up to 100 characters, and `reason`, up to 500, each on one line',
    )
}

async function accept(tx: Transaction, checkout: Checkout | undefined, record: EventRecord): Promise<Verdict> {
  const { said, provider, reference } = record
  if (!checkout || !said) throw new CheckoutError('event_mismatch', 'too little of it was kept to settle it: drop it')
  if (said.test && checkout.mode === 'live')
    throw new CheckoutError('event_mismatch', 'a test payment never pays for a live order: drop it')
  const payment = await tx.payment(provider, reference)
  if (payment && payment.checkoutId !== checkout.id)
    throw new CheckoutError('event_mismatch', 'its transaction belongs to another checkout, and to one alone: drop it')

  const taken: EventRecord = { ...record, verdict: 'taken', reason: '' }
  await tx.saveEvent(taken)
  if (taken.news) await tx.notice(noticeOf(taken.news, taken))
  // It moves its payment even if another contradiction holds that: this one was looked at.
  const moved = await advance(tx, checkout, taken, eventOf(taken, said), payment && { ...payment, held: false })
  if (moved) await tx.savePayment(settle.withDueAt({ ...moved, held: payment?.held ?? false }, tx.now))
  return 'taken'
}

async function retry(tx: Transaction, record: EventRecord, isOffered?: IsOffered): Promise<Verdict> {
  const { said, provider, key, content } = record
  if (!said)
    throw new CheckoutError(
      'event_mismatch',
      'nothing of it was kept that could be tried: mend the configuration, and its repeat is taken',
    )
  if (key.endsWith(`#${content}`))
    throw new CheckoutError(
      'event_mismatch',
      'it contradicts what came before under its key, and will again: accept or drop it',
    )
  const { verdict, payment } = await recordOne(tx, provider, eventOf(record, said), { isWanted: true, isOffered })
  if (payment) await tx.savePayment(settle.withDueAt(payment, tx.now))
  return verdict
}

/**
 * When no contradiction of it stands open any more, a payment is free again, and what was rightly told of it meanwhile, and moved
 * nothing, moves it now. Without that a payment would be acknowledged and lost (I-3).
 */
async function release(tx: Transaction, checkout: Checkout, payment: Payment): Promise<void> {
  const events = (await tx.eventsOf(checkout.orderId)).filter(
    ({ provider, reference, checkoutId }) =>
      provider === payment.provider && reference === payment.reference && checkoutId === checkout.id,
  )
  if (events.some(({ verdict }) => verdict === 'quarantined')) return
  let free: Payment = { ...payment, held: false }
  for (const record of events)
    if (record.verdict === 'taken' && record.said)
      free = (await advance(tx, checkout, record, eventOf(record, record.said), free)) ?? free
  // What moved nothing leaves a delivery as it is: one that waits for its next attempt, or stands still, goes on doing so.
  await tx.savePayment(free.state === payment.state ? free : settle.withDueAt(free, tx.now))
}
