import type { Order } from '../providers/adapter.js'
import { causeOf } from './cause.js'
import { withTime } from './in-time.js'
import type { LeasedPayment } from './ledger.js'
import type { Delivery, Log, MerchantHooks } from './merchant.js'
import type { Moment } from './moment.js'
import * as settle from './settle.js'
import type { Payment, Store, Transaction } from './store.js'

// Gives and takes back the goods of a payment: the merchant's hook, called by the holder of its lease, and what came of it.

export interface DeliveryDesk {
  readonly store: Store
  readonly hooks: Pick<MerchantHooks, 'fulfil' | 'revoke'>
  readonly inTransaction: boolean
  /** Failures in a row, after which a payment is stuck. */
  readonly attempts: number
  /** Milliseconds that a hook may take. */
  readonly time: number
  /** Whether a hook called now could outlast the lease that was taken after `since`. */
  isTooLate(since: Moment): boolean
  moment(): Moment
  readonly log: Log | undefined
}

/** Delivers under a lease that was taken for it; reads the order where it is not given. Rejects where the outcome cannot be written. */
export function createDelivery(desk: DeliveryDesk): (leased: LeasedPayment) => Promise<void> {
  const { store, hooks, inTransaction, attempts, time, moment, isTooLate, log } = desk

  async function deliverLeased(leased: LeasedPayment): Promise<void> {
    // The state may move while the hook runs (a refund), so what is owed is asked again under the same lease until nothing is.
    for (let held: LeasedPayment | undefined = leased; held; ) held = await deliverOnce(held)
  }

  /** Calls one hook, and writes the outcome; answers the payment with a new lease when something is owed still. */
  async function deliverOnce(leased: LeasedPayment): Promise<LeasedPayment | undefined> {
    const { payment } = leased
    const task = settle.owed(payment)
    const outcome = task && (inTransaction ? await deliverInside(leased) : await attempt(task, leased))
    if (outcome && 'next' in outcome) return outcome.next
    const failure = outcome
    if (failure)
      log?.warn(
        {
          ...{ provider: payment.provider, reference: payment.reference, task, attempts: payment.attempts },
          ...causeOf(failure.error),
        },
        'a delivery hook failed',
      )
    if (task && !failure && (await finishUnchanged(payment, task))) return undefined
    const since = moment()
    const next = await store.transaction(async (tx) => {
      const row = await tx.payment(payment.provider, payment.reference)
      // Somebody else holds it by now: our outcome is late, and theirs counts.
      if (!row || row.lease?.fence !== payment.lease?.fence) return undefined
      if (failure) {
        await (settle.owed(row) && row.attempts >= attempts ? stop(row) : postpone(row))
        return undefined
      }
      return finish(tx, row, task)

      async function postpone(failed: Payment): Promise<void> {
        const free = settle.withDueAt(settle.released(failed), tx.now)
        const delay = settle.backOff(Math.max(failed.attempts, 1), Math.random())
        await tx.savePayment(free.dueAt === undefined ? free : { ...free, dueAt: tx.now + delay })
      }
      async function stop(failed: Payment): Promise<void> {
        const { dueAt: _, ...stuck } = settle.released(failed)
        const { provider, reference, checkoutId, orderId, state } = failed
        await tx.savePayment(stuck)
        await tx.notice({
          ...{
            id: `stuck:${provider}:${reference}:${state}:${failed.lease?.fence}`,
            kind: 'stuck',
            provider,
            reference,
            checkoutId,
            orderId,
          },
          ...{ reason: `the hook failed ${failed.attempts} times in a row`, details: {} },
        })
      }
    })
    return next && { ...leased, payment: next, since }
  }

  /** What is nearly always the case: nothing happened to the payment while its hook ran, and so nothing is owed any more. */
  function finishUnchanged(payment: Payment, task: 'fulfil' | 'revoke'): Promise<boolean> {
    return store.replacePayment(payment, (now) => settle.withDueAt(settle.released(settle.delivered(payment, task, now)), now))
  }

  /** Writes what is done, and answers the payment with a new lease when something is owed still. */
  async function finish(tx: Transaction, row: Payment, task: 'fulfil' | 'revoke' | undefined): Promise<Payment | undefined> {
    const done = task ? settle.delivered(row, task, tx.now) : row
    if (!settle.owed(done)) {
      await tx.savePayment(settle.withDueAt(settle.released(done), tx.now))
      return undefined
    }
    const next = settle.leased(done, tx.now)
    await tx.savePayment(next)
    return next
  }

  /**
   * Fence, hook and `done` in one transaction: all of it, or nothing. The row stays locked meanwhile, so that what it says is owed is
   * what the hook is called for.
   */
  async function deliverInside(leased: LeasedPayment): Promise<{ next: LeasedPayment | undefined } | { error: unknown }> {
    const { payment } = leased
    if (payment.attempts > attempts) return { error: new Error('too many attempts') }
    try {
      const order = await orderOf(leased)
      if (!store.share) throw new Error('this store shares no transaction')
      const since = moment()
      const next = await store.share(async (tx, theirs, end) => {
        const row = await tx.payment(payment.provider, payment.reference)
        if (!row || row.lease?.fence !== payment.lease?.fence) return undefined
        const task = settle.owed(row)
        try {
          if (task) await withTime((signal) => hooks[task]({ ...deliveryOf(row, order, signal), tx: theirs }), time)
        } finally {
          end()
        }
        return finish(tx, row, task)
      })
      return { next: next && { ...leased, payment: next, since } }
    } catch (error) {
      return { error }
    }
  }

  /** The hook's failure, wrapped, because a hook may throw anything, `0` and `undefined` among it; where it was too late, the lease anew. */
  async function attempt(
    task: 'fulfil' | 'revoke',
    leased: LeasedPayment,
  ): Promise<{ error: unknown } | { next: LeasedPayment | undefined } | undefined> {
    const { payment, since } = leased
    // A crash that kills the process every time is a failure as well: it is counted by the lease, and stops here.
    if (payment.attempts > attempts) return { error: new Error('too many attempts') }
    try {
      const order = await orderOf(leased)
      if (isTooLate(since)) return { next: await renew({ ...leased, order }) }
      // A hook that does not end is left to itself after its time.
      await withTime((signal) => hooks[task](deliveryOf(payment, order, signal)), time)
      return undefined
    } catch (error) {
      return { error }
    }
  }

  /** Nothing where somebody else has taken it over. */
  async function renew(leased: LeasedPayment): Promise<LeasedPayment | undefined> {
    const { provider, reference, lease } = leased.payment
    const since = moment()
    return store.transaction(async (tx) => {
      const row = await tx.payment(provider, reference)
      if (!row || row.lease?.fence !== lease?.fence) return undefined
      const payment = settle.renewed(row, tx.now)
      await tx.savePayment(payment)
      return { ...leased, payment, since }
    })
  }

  async function orderOf({ payment, order }: LeasedPayment): Promise<Order> {
    const known = order ?? (await store.checkout(payment.checkoutId))?.order
    if (!known) throw new Error('the checkout of this payment is not in the store')
    return known
  }

  return deliverLeased
}

function deliveryOf(
  { provider, reference, orderId, role, state, details }: Payment,
  order: Order,
  signal: AbortSignal,
): Delivery {
  return {
    id: `${provider}:${reference}`,
    kind: role === 'renewal' ? 'renewal' : 'first',
    order,
    orderId,
    provider,
    reference,
    state,
    details,
    signal,
  }
}
