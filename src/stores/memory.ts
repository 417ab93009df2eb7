import { CheckoutError } from '../protocol/checkout-error.js'
import {
  type Checkout,
  type Decision,
  type Entries,
  type EventRecord,
  furthestAhead,
  leaseTime,
  type Payment,
  type PendingNotice,
  type Store,
  type Story,
  type Transaction,
} from '../server/store.js'

// A ledger that forgets everything with its process: for unit tests, a merchant's among them. Same contract as the others.

export interface MemoryOptions {
  /** The one clock of leases and rows; tests hold it. */
  readonly now?: () => Date
}

interface Row<Value> {
  readonly value: Value
  readonly at: number
  readonly dueAt?: number
}

/** All rows; a transaction works on a copy, which takes the place of the original when it commits. */
class Rows {
  constructor(
    readonly checkouts = new Map<string, Checkout>(),
    readonly payments = new Map<string, Row<Payment>>(),
    readonly events = new Map<string, EventRecord>(),
    readonly notices = new Map<string, Row<PendingNotice>>(),
    readonly decisions: Decision[] = [],
    readonly forgotten = new Set<string>(),
  ) {}
  copy(): Rows {
    const { checkouts, payments, events, notices, decisions, forgotten } = this
    return new Rows(
      new Map(checkouts),
      new Map(payments),
      new Map(events),
      new Map(notices),
      decisions.slice(),
      new Set(forgotten),
    )
  }
  /** Each kind with its time, oldest first, as a person reads it. */
  entries(): Story {
    const oldestFirst = <Entry extends { at: number }>(entries: Entry[]) => entries.sort((one, other) => one.at - other.at)
    return {
      checkouts: oldestFirst([...this.checkouts.values()].map((each) => ({ ...each, at: each.openedAt.getTime() }))),
      payments: oldestFirst([...this.payments.values()].map(({ value, at }) => ({ ...value, at }))),
      events: oldestFirst([...this.events.values()]),
      notices: oldestFirst(
        [...this.notices.values()].map(({ value, at, dueAt }) => ({ ...value, at, isTold: dueAt === undefined })),
      ),
      decisions: [...this.decisions],
    }
  }
}

class Conflict extends Error {}
const again = 8
const identity = (provider: string, reference: string) => `${provider} ${reference}`
const contentOf = (payment: Payment) => JSON.stringify(Object.entries(payment).sort())
const latest = <Value>(rows: Iterable<Row<Value>>, limit: number): Value[] =>
  [...rows]
    .sort((one, other) => other.at - one.at)
    .slice(0, limit)
    .map(({ value }) => value)

/** A ledger in memory. */
export function memory({ now = () => new Date() }: MemoryOptions = {}): Store {
  let rows = new Rows()
  let last: Promise<unknown> = Promise.resolve()
  let closed = false

  /** One transaction at a time, so every row is locked by whoever runs. */
  function transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      refuseClosed()
      for (let runs = 1; ; runs++) {
        const copy = rows.copy()
        try {
          const value = await work(transactionOn(copy, now().getTime()))
          rows = copy
          return value
        } catch (error) {
          if (!(error instanceof Conflict)) throw error
          if (runs === again) throw new CheckoutError('store_unavailable', 'a unique constraint stands in the way of this work')
        }
      }
    }
    const result = last.then(run, run)
    last = result
    return result
  }

  function refuseClosed(): void {
    if (closed) throw new CheckoutError('store_unavailable', 'the store is closed')
  }
  const committed = async (): Promise<Rows> => {
    refuseClosed()
    return rows
  }
  const isDue = (dueAt: number | undefined, at: number) => dueAt !== undefined && (dueAt <= at || dueAt > at + furthestAhead)

  return {
    ready: async () => {},
    transaction,
    replacePayment: (before, change) =>
      transaction(async (tx) => {
        const row = await tx.payment(before.provider, before.reference)
        const isUnchanged = row !== undefined && contentOf(row) === contentOf(before)
        if (isUnchanged) await tx.savePayment(change(tx.now))
        return isUnchanged
      }),
    claim: (limit) =>
      transaction(async (tx) => {
        const until = tx.now + leaseTime
        const isHeld = ({ lease }: Payment) => lease !== undefined && lease.until > tx.now && lease.until <= until
        // One from before the clock was set back: its holder may be at work, and has as long as any (see settle.ts).
        const isCut = ({ lease }: Payment) => lease !== undefined && lease.until > until
        const due = [...rows.payments.values()]
          .filter(({ value }) => isDue(value.dueAt, tx.now) && !isHeld(value))
          .sort((one, other) => Number(one.value.dueAt) - Number(other.value.dueAt))
          .slice(0, limit)
        for (const { value } of due)
          if (value.lease && isCut(value)) await tx.savePayment({ ...value, lease: { ...value.lease, until }, dueAt: until })
        const free = due.filter(({ value }) => !isCut(value))
        const claimed = free.map(({ value }): Payment => {
          const delivery = value.delivery === 'none' ? 'started' : value.delivery
          return {
            ...value,
            delivery,
            lease: { until, fence: (value.lease?.fence ?? 0) + 1 },
            attempts: value.attempts + 1,
            dueAt: until,
          }
        })
        for (const payment of claimed) await tx.savePayment(payment)
        return claimed
      }),
    claimNotices: (limit) =>
      transaction(async (tx) => {
        const due = [...rows.notices.values()].filter(({ dueAt }) => isDue(dueAt, tx.now)).slice(0, limit)
        for (const { value } of due) await (tx as MemoryTransaction).postponeNotice(value.id, tx.now + leaseTime)
        return due.map(({ value }) => value)
      }),
    claimQuestions: (limit) =>
      transaction(async (tx) => {
        const due = [...rows.checkouts.values()].filter(({ askAt }) => askAt !== undefined && askAt <= tx.now).slice(0, limit)
        for (const checkout of due) await tx.saveCheckout({ ...checkout, askAt: tx.now + leaseTime })
        return due
      }),
    openCheckouts: async (orderId) =>
      [...(await committed()).checkouts.values()].filter((each) => each.orderId === orderId && each.stage === 'open'),
    checkout: async (id) => (await committed()).checkouts.get(id),
    checkoutByReference: async (provider, reference) => byReference(await committed(), provider, reference),
    checkoutByAttempt: async (attempt) => byAttempt(await committed(), attempt),
    paymentsOf: async (checkoutId) => {
      const { payments } = await committed()
      return [...payments.values()].map(({ value }) => value).filter((each) => each.checkoutId === checkoutId)
    },
    firstOf: async (orderId) => firstOf(await committed(), orderId),
    async events({ limit, before, orderId, verdicts }) {
      const found = [...(await committed()).events.values()]
        .filter((each) => before === undefined || each.at < before)
        .filter((each) => orderId === undefined || each.orderId === orderId)
        .filter((each) => !verdicts || verdicts.includes(each.verdict))
        .sort((one, other) => other.at - one.at)
      const last = found[limit - 1]
      return last ? found.filter((each) => each.at >= last.at) : found
    },
    payments: async ({ limit, orderId }) =>
      latest(
        [...(await committed()).payments.values()].filter(({ value }) => orderId === undefined || value.orderId === orderId),
        limit,
      ),
    notices: async ({ limit, untold }) =>
      latest(
        [...(await committed()).notices.values()].filter(({ dueAt }) => !untold || dueAt !== undefined),
        limit,
      ),
    event: async (provider, key) => (await committed()).events.get(identity(provider, key)),
    async story(orderId) {
      const { checkouts, payments, events, notices, decisions } = (await committed()).entries()
      const ofOrder = <Entry extends { orderId?: string }>(entries: readonly Entry[]) =>
        entries.filter((entry) => entry.orderId === orderId)
      return {
        ...{ checkouts: ofOrder(checkouts), payments: ofOrder(payments), events: ofOrder(events) },
        ...{ notices: ofOrder(notices), decisions: ofOrder(decisions) },
      }
    },
    async page<Kind extends keyof Entries>(kind: Kind, { limit, after }: { limit: number; after?: Entries[Kind] }) {
      const entries: readonly Entries[Kind][] = (await committed()).entries()[kind]
      const start = after === undefined ? '' : identityOf(after)
      return entries
        .filter((entry) => after === undefined || identityOf(entry) > start)
        .sort((one, other) => (identityOf(one) < identityOf(other) ? -1 : 1))
        .slice(0, limit)
    },
    async unsettled({ limit, since, until }) {
      const { payments, forgotten, ...all } = await committed()
      const isSettled = (id: string) =>
        [...payments.values()].some(({ value }) => value.checkoutId === id && value.state !== 'pending')
      return new Rows(all.checkouts)
        .entries()
        .checkouts.filter(({ id, at }) => at >= since && at < until && !forgotten.has(id) && !isSettled(id))
        .slice(0, limit)
    },
    async unfinished({ limit, since }) {
      return (await committed())
        .entries()
        .payments.filter(({ at, dueAt, delivery, state, role }) => {
          if (at < since) return false
          const isReversed = ['declined', 'refunded', 'charged_back'].includes(state)
          const isHalted = dueAt === undefined && (delivery === 'started' || (delivery === 'done' && isReversed))
          return isHalted || (role === 'surplus' && state === 'paid')
        })
        .slice(0, limit)
    },
    async forgettable(kind, { limit, after, before }) {
      const rows = await committed()
      const isKept = (entry: Partial<EventRecord & Checkout>) =>
        kind === 'checkouts'
          ? !rows.forgotten.has(entry.id ?? '')
          : entry.said !== undefined || Object.keys(entry.details ?? {}).length > 0
      return rows
        .entries()
        [kind].filter((entry) => entry.at > after && entry.at < before && isKept(entry))
        .slice(0, limit)
    },
    async close() {
      await last.catch(() => {})
      closed = true
    },
  }
}

const byReference = (rows: Rows, provider: string, reference: string) =>
  [...rows.checkouts.values()].find((each) => each.provider === provider && each.reference === reference)
const byAttempt = (rows: Rows, attempt: string) =>
  [...rows.checkouts.values()].find((each) => each.attempt === attempt && each.stage !== 'lost')
const firstOf = (rows: Rows, orderId: string) =>
  [...rows.payments.values()].find(({ value }) => value.orderId === orderId && value.role === 'first')?.value

const earliestRenewalOf = (rows: Rows, orderId: string) =>
  [...rows.payments.values()]
    .filter(({ value }) => value.orderId === orderId && value.role === 'renewal')
    .sort((one, other) => one.at - other.at)[0]?.value

const identityOf = (entry: Entries[keyof Entries]): string => {
  if ('key' in entry && !('id' in entry)) return identity(entry.provider, entry.key)
  return 'id' in entry ? entry.id : identity(entry.provider, entry.reference)
}

interface MemoryTransaction extends Transaction {
  postponeNotice(id: string, dueAt: number): Promise<void>
}

function transactionOn(rows: Rows, now: number): MemoryTransaction {
  const changeNotice = (id: string, change: (row: Row<PendingNotice>) => Row<PendingNotice>) => {
    const row = rows.notices.get(id)
    if (row) rows.notices.set(id, change(row))
  }
  return {
    now,
    checkout: async (provider, which) =>
      'id' in which ? rows.checkouts.get(which.id) : byReference(rows, provider, which.reference),
    checkoutByAttempt: async (attempt) => byAttempt(rows, attempt),
    async saveCheckout(checkout) {
      for (const other of rows.checkouts.values()) {
        if (other.id === checkout.id) continue
        const sameAttempt = checkout.stage !== 'lost' && other.stage !== 'lost' && other.attempt === checkout.attempt
        const sameReference =
          checkout.reference !== undefined && other.provider === checkout.provider && other.reference === checkout.reference
        if (sameAttempt || sameReference) throw new Conflict()
      }
      // What was asked and sold is fixed by the first row.
      const { order, backTo } = rows.checkouts.get(checkout.id) ?? checkout
      rows.checkouts.set(checkout.id, structuredCloneOf({ ...checkout, order, backTo }))
    },
    async seen(record) {
      const key = identity(record.provider, record.key)
      const before = rows.events.get(key)
      if (!before) rows.events.set(key, record)
      return before
    },
    event: async (provider, key) => rows.events.get(identity(provider, key)),
    eventsOf: async (orderId) => rows.entries().events.filter((each) => each.orderId === orderId),
    decision: async (decision) => void rows.decisions.push(decision),
    saveEvent: async (record) => void rows.events.set(identity(record.provider, record.key), record),
    payment: async (provider, reference) => rows.payments.get(identity(provider, reference))?.value,
    firstOf: async (orderId) => firstOf(rows, orderId),
    beganWith: async (orderId) => firstOf(rows, orderId) ?? earliestRenewalOf(rows, orderId),
    async savePayment(payment) {
      const key = identity(payment.provider, payment.reference)
      const first = payment.role === 'first' ? firstOf(rows, payment.orderId) : undefined
      if (first && identity(first.provider, first.reference) !== key) throw new Conflict()
      if (!rows.checkouts.has(payment.checkoutId)) throw new Error('a payment needs its checkout')
      rows.payments.set(key, { value: payment, at: rows.payments.get(key)?.at ?? now })
    },
    async notice(notice, dueAt = now) {
      if (!rows.notices.has(notice.id)) rows.notices.set(notice.id, { value: { ...notice, attempts: 0 }, at: now, dueAt })
    },
    noticeTold: async (id) => changeNotice(id, ({ value, at }) => ({ value, at })),
    noticeFailed: async (id, dueAt) =>
      changeNotice(id, ({ value, at }) => ({ value: { ...value, attempts: value.attempts + 1 }, at, dueAt })),
    async forgetCheckout({ id, order, page, backTo }) {
      const before = rows.checkouts.get(id)
      if (before) rows.checkouts.set(id, structuredCloneOf({ ...before, order, backTo, ...(page && { page }) }))
      rows.forgotten.add(id)
    },
    forgetNotice: async (id) => changeNotice(id, (row) => ({ ...row, value: { ...row.value, details: {} } })),
    probe: async () => {},
    postponeNotice: async (id, dueAt) => changeNotice(id, (row) => ({ ...row, dueAt })),
  }
}

/** As a database would: what the caller does to its object afterwards changes nothing here. A page holds a URL, which no clone takes. */
function structuredCloneOf({ page, ...checkout }: Checkout): Checkout {
  return { ...structuredClone(checkout), ...(page && { page: { ...page } }) }
}
