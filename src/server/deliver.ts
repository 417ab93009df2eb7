import type { Order } from '../providers/adapter.js'
import { causeOf } from './cause.js'
import { noticeOf } from './event-record.js'
import { keepWord, offer } from './foreign.js'
import type { LeasedPayment } from './ledger.js'
import type { Delivery, DeliveryLimits, Log, MerchantHooks } from './merchant.js'
import { longestInTransaction } from './options.js'
import * as settle from './settle.js'
import {
  type EventRecord,
  leaseTime,
  type Notice,
  type Payment,
  type PendingNotice,
  type Store,
  type Transaction,
} from './store.js'

// The only place where outside effects happen: the merchant's hooks, called by the holder of a lease. Notices (what a person or the
// shop should know) go the same way: a row each, told until their hook has taken them.

const hookTime = 30_000
const hookAttempts = 25
const hooksAtOnce = 32
const margin = 5_000 // milliseconds of a lease that are left to write the outcome
/** A notice is told for ever; beyond this many failures in a row only hourly. */
const noticeAttempts = 100

const isNews = new Set<Notice['kind']>([
  'subscription_cancelled',
  'subscription_ended',
  'renewal_failed',
  'partly_reversed',
  'disputed',
  'dispute_dropped',
  'refund_requested',
  'refund_rejected',
  'settled',
  'unknown',
])

export interface Courier {
  /** Asks the shop's hook about a foreign event that was just recorded. Answers whether it has taken it; never rejects. */
  offer(record: EventRecord): Promise<boolean>
  /** How many hooks run now, or wait for their turn. */
  running(): number
  /** How many more hooks may run now. */
  room(): number
  /** Delivers under a lease that was taken for it; reads the order where it is not given. Never rejects. */
  deliver(leased: LeasedPayment): Promise<void>
  /** One round: whatever is due, as much as there is room for. Answers how many payments and notices were taken on. */
  round(): Promise<number>
  /** Resolves when one of the hooks that run has ended. */
  freed(): Promise<void>
  /** Resolves when no hook runs any more and no round is about to start one. */
  idle(): Promise<void>
}

export function createCourier(store: Store, hooks: MerchantHooks, limits: DeliveryLimits, log?: Log): Courier {
  const { inTransaction = false, attempts = hookAttempts, atOnce = hooksAtOnce } = limits
  const { time = inTransaction ? longestInTransaction : hookTime } = limits
  const running = new Set<Promise<void>>() // those that wait for their turn are among them
  const rounds = new Set<Promise<number>>()
  const waiting: (() => void)[] = []
  let busy = 0

  const trackIn = <T>(set: Set<Promise<T>>, work: Promise<T>): Promise<T> => {
    set.add(work)
    return work.finally(() => set.delete(work))
  }

  /**
   * Whether a hook called now could outlast the lease that was taken after `since`: because of a wait for its turn or for the database,
   * or because the process stood still. Then its next holder calls it, perhaps another hook, and ours would come after that one.
   */
  const isTooLate = (since: number): boolean => performance.now() - since > leaseTime - time - margin

  /**
   * No more hooks at once than allowed. Room is counted before, but notifications of the same moment share a commit and count the same
   * room, so more may come; they wait here.
   */
  async function inTurn(since: number, work: () => Promise<void>): Promise<void> {
    if (busy < atOnce) busy++
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      if (!isTooLate(since)) await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else busy--
    }
  }

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
    const since = performance.now()
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
      const since = performance.now()
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

  /** The hook's failure, wrapped, because a hook may throw anything, `0` and `undefined` among it; nothing next where it was too late. */
  async function attempt(
    task: 'fulfil' | 'revoke',
    leased: LeasedPayment,
  ): Promise<{ error: unknown } | { next: undefined } | undefined> {
    const { payment, since } = leased
    // A crash that kills the process every time is a failure as well: it is counted by the lease, and stops here.
    if (payment.attempts > attempts) return { error: new Error('too many attempts') }
    try {
      const order = await orderOf(leased)
      if (isTooLate(since)) return { next: undefined }
      // A hook that does not end is left to itself after its time.
      await withTime((signal) => hooks[task](deliveryOf(payment, order, signal)), time)
      return undefined
    } catch (error) {
      return { error }
    }
  }

  async function orderOf({ payment, order }: LeasedPayment): Promise<Order> {
    const known = order ?? (await store.checkout(payment.checkoutId))?.order
    if (!known) throw new Error('the checkout of this payment is not in the store')
    return known
  }

  /** Answers whether it was taken. */
  async function tell(notice: PendingNotice): Promise<boolean> {
    const { attempts: told, ...given } = notice
    const hook = isNews.has(notice.kind) ? hooks.news : hooks.alert
    try {
      if (notice.kind === 'foreign') {
        const isTaken = await withTime((signal) => offer(store, hooks, given, signal), time)
        await keepWord(store, given, isTaken)
        return isTaken
      }
      if (hook) await withTime(() => hook.call(hooks, given), time)
      else
        log?.warn(
          { notice: notice.id, kind: notice.kind },
          `nobody hears this, since there is no hook for it: ${notice.reason}`,
        )
      await store.transaction((tx) => tx.noticeTold(notice.id))
      return true
    } catch (error) {
      log?.warn({ notice: notice.id, kind: notice.kind, ...causeOf(error) }, 'a notice could not be told')
      await store.transaction((tx) =>
        tx.noticeFailed(notice.id, tx.now + settle.backOff(Math.min(told + 1, noticeAttempts), Math.random())),
      )
      return false
    }
  }

  const deliver = (leased: LeasedPayment): Promise<void> =>
    trackIn(
      running,
      inTurn(leased.since, () => deliverLeased(leased)).catch((error) => {
        const { provider, reference } = leased.payment
        log?.error({ provider, reference, ...causeOf(error) }, 'a delivery could not be written; its lease will run out')
      }),
    )

  async function tellOf(notice: PendingNotice, since: number): Promise<boolean> {
    let isTaken = false
    const tellNow = async () => {
      isTaken = await tell(notice)
    }
    const told = inTurn(since, tellNow).catch((error) =>
      log?.error({ notice: notice.id, ...causeOf(error) }, 'a notice could not be written'),
    )
    await trackIn(running, told)
    return isTaken
  }

  async function takeOn(): Promise<number> {
    const room = Math.max(0, atOnce - running.size)
    if (room === 0) return 0
    const since = performance.now()
    const payments = await store.claim(room)
    for (const payment of payments) deliver({ payment, since })
    const later = performance.now()
    const notices = await store.claimNotices(Math.max(1, room - payments.length))
    for (const notice of notices) tellOf(notice, later)
    return payments.length + notices.length
  }

  return {
    running: () => running.size,
    room: () => Math.max(0, atOnce - running.size),
    deliver,
    offer: (record) => tellOf({ ...noticeOf('foreign', record), attempts: 0 }, performance.now()),
    round: () => trackIn(rounds, takeOn()),
    freed: () => Promise.race(running),
    async idle() {
      while (running.size + rounds.size > 0) await Promise.allSettled([...running, ...rounds])
    },
  }
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

async function withTime<T>(hook: (signal: AbortSignal) => T | Promise<T>, time: number): Promise<T> {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`the hook took longer than ${time} ms`)
      controller.abort(error)
      reject(error)
    }, time)
  })
  try {
    return await Promise.race([hook(controller.signal), over])
  } finally {
    clearTimeout(timer)
  }
}
