import { causeOf } from './cause.js'
import { createDelivery } from './deliver.js'
import { noticeOf } from './event-record.js'
import type { LeasedPayment } from './ledger.js'
import type { DeliveryLimits, Log, MerchantHooks } from './merchant.js'
import { type Moment, mayBeOver, momentBy } from './moment.js'
import { longestInTransaction } from './options.js'
import { type EventRecord, leaseTime, type PendingNotice, type Store } from './store.js'
import { createTeller } from './tell.js'

// The only place where outside effects happen: the merchant's hooks. Deliveries and notices go the same way, so many at once and no more,
// each by the holder of a lease.

const hookTime = 30_000
const hookAttempts = 25
const hooksAtOnce = 32
const margin = 5_000 // milliseconds of a lease that are left to write the outcome

export interface Courier {
  /** Asks the shop's hook about a foreign event that was just recorded. Answers whether it has taken it; never rejects. */
  offer(record: EventRecord): Promise<boolean>
  /** How many hooks run now, or wait for their turn. */
  running(): number
  /** How many more hooks may run now. */
  room(): number
  /** To be asked for before a lease is taken. */
  moment(): Moment
  /** Delivers under a lease that was taken for it; reads the order where it is not given. Never rejects. */
  deliver(leased: LeasedPayment): Promise<void>
  /** One round: whatever is due, as much as there is room for. Answers how many payments and notices were taken on. */
  round(): Promise<number>
  /** Resolves when one of the hooks that run has ended. */
  freed(): Promise<void>
  /** Resolves when no hook runs any more and no round is about to start one. */
  idle(): Promise<void>
}

export function createCourier(
  store: Store,
  hooks: MerchantHooks,
  limits: DeliveryLimits,
  { log, now = () => new Date() }: { readonly log?: Log | undefined; readonly now?: (() => Date) | undefined } = {},
): Courier {
  const { inTransaction = false, attempts = hookAttempts, atOnce = hooksAtOnce } = limits
  const { time = inTransaction ? longestInTransaction : hookTime } = limits
  const tellTime = inTransaction ? hookTime : time // these hooks hold no lock of ours, so nobody waits for them
  const running = new Set<Promise<void>>() // those that wait for their turn are among them
  const rounds = new Set<Promise<number>>()
  const inHand = new Map<string, Promise<void>>()
  const waiting: (() => void)[] = []
  let busy = 0

  const trackIn = <T>(set: Set<Promise<T>>, work: Promise<T>): Promise<T> => {
    set.add(work)
    return work.finally(() => set.delete(work))
  }

  /**
   * Whether a hook called now could outlast the lease that was taken after `since`: because of a wait for its turn or for the database,
   * because the process stood still, or because a clock was set. Then its next holder calls it, perhaps another hook, and ours would
   * come after that one.
   */
  const isTooLate = (since: Moment, longest = time): boolean => mayBeOver(since, leaseTime, longest + margin, now)
  const moment = () => momentBy(now)

  /**
   * No more hooks at once than allowed. Room is counted before, but notifications of the same moment share a commit and count the same
   * room, so more may come; they wait here.
   */
  async function inTurn(work: () => Promise<void>): Promise<void> {
    if (busy < atOnce) busy++
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else busy--
    }
  }

  const deliverLeased = createDelivery({ store, hooks, inTransaction, attempts, time, moment, isTooLate, log })
  const tell = createTeller(store, hooks, tellTime, log)

  /** One hook at a time for a payment, whatever the clocks say of the lease that another of ours still delivers under. */
  function deliver(leased: LeasedPayment): Promise<void> {
    const { provider, reference } = leased.payment
    const name = JSON.stringify([provider, reference])
    const before = inHand.get(name) ?? Promise.resolve()
    const delivery = before
      .then(() => inTurn(() => deliverLeased(leased)))
      .catch((error) =>
        log?.error({ provider, reference, ...causeOf(error) }, 'a delivery could not be written; its lease will run out'),
      )
      .finally(() => {
        if (inHand.get(name) === delivery) inHand.delete(name)
      })
    inHand.set(name, delivery)
    return trackIn(running, delivery)
  }

  async function tellOf(notice: PendingNotice, since: Moment): Promise<boolean> {
    let isTaken = false
    const tellNow = async () => {
      if (!isTooLate(since, tellTime)) isTaken = await tell(notice)
    }
    const told = inTurn(tellNow).catch((error) =>
      log?.error({ notice: notice.id, ...causeOf(error) }, 'a notice could not be written'),
    )
    await trackIn(running, told)
    return isTaken
  }

  async function takeOn(): Promise<number> {
    const room = Math.max(0, atOnce - running.size)
    if (room === 0) return 0
    const since = moment()
    const payments = await store.claim(room)
    for (const payment of payments) deliver({ payment, since })
    const later = moment()
    const notices = await store.claimNotices(Math.max(1, room - payments.length))
    for (const notice of notices) tellOf(notice, later)
    return payments.length + notices.length
  }

  return {
    running: () => running.size,
    room: () => Math.max(0, atOnce - running.size),
    moment,
    deliver,
    offer: (record) => tellOf({ ...noticeOf('foreign', record), attempts: 0 }, moment()),
    round: () => trackIn(rounds, takeOn()),
    freed: () => Promise.race(running),
    async idle() {
      while (running.size + rounds.size > 0) await Promise.allSettled([...running, ...rounds])
    },
  }
}
