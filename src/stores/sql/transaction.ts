import { type Insertable, type Kysely, sql } from 'kysely'
import {
  type Checkout,
  type Decision,
  type EventRecord,
  furthestAhead,
  leaseTime,
  type Notice,
  type Payment,
  type PendingNotice,
  type Transaction,
} from '../../server/store.js'
import { beganWith, checkoutByAttempt, checkoutById, checkoutByReference, firstOf } from './reads.js'
import { checkoutRow, decisionRow, eventRow, paymentRow, readCheckout, readEvent, readNotice, readPayment } from './rows.js'
import { statement } from './statement.js'
import { columns, type Tables } from './tables.js'

type Row<Table extends keyof Tables> = Insertable<Tables[Table]>
interface IsDue {
  readonly operator: '<=' | '>'
  readonly at: number
}
type Identity = { provider: string; reference: string }

const pick = <Given extends object, Name extends keyof Given>(given: Given, names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, given[name]])) as Pick<Given, Name>

const writeCheckout = statement((db, given: Row<'ledger_checkouts'>) =>
  db
    .insertInto('ledger_checkouts')
    .values(pick(given, columns.ledger_checkouts))
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet(({ ref }) => ({
        ...{ stage: ref('excluded.stage'), reference: ref('excluded.reference') },
        ...{ kept: ref('excluded.kept'), page: ref('excluded.page'), ask_at: ref('excluded.ask_at') },
      })),
    ),
)

const insertEvent = statement((db, given: Row<'ledger_events'>) =>
  db
    .insertInto('ledger_events')
    .values(pick(given, columns.ledger_events))
    .onConflict((conflict) => conflict.columns(['provider', 'key']).doNothing()),
)

const selectEvent = statement((db, { provider, key }: { provider: string; key: string }) =>
  db.selectFrom('ledger_events').selectAll().where('provider', '=', provider).where('key', '=', key),
)

const selectPayment = statement((db, { provider, reference }: Identity) =>
  db.selectFrom('ledger_payments').selectAll().where('provider', '=', provider).where('reference', '=', reference),
)

const writePayment = statement((db, given: Row<'ledger_payments'>) =>
  db
    .insertInto('ledger_payments')
    .values(pick(given, columns.ledger_payments))
    .onConflict((conflict) =>
      conflict.columns(['provider', 'reference']).doUpdateSet(({ ref }) => ({
        ...{
          role: ref('excluded.role'),
          state: ref('excluded.state'),
          details: ref('excluded.details'),
          held: ref('excluded.held'),
        },
        ...{ delivery: ref('excluded.delivery'), lease_until: ref('excluded.lease_until'), fence: ref('excluded.fence') },
        ...{ attempts: ref('excluded.attempts'), due_at: ref('excluded.due_at') },
        ...{ fulfilled_at: ref('excluded.fulfilled_at'), revoked_at: ref('excluded.revoked_at') },
      })),
    ),
)

/** The statements of a transaction, over whatever handle the store's own file opened. */
export class SqlTransaction implements Transaction {
  constructor(
    readonly db: Kysely<Tables>,
    public now: number,
  ) {}

  async checkout(provider: string, which: { reference: string } | { id: string }): Promise<Checkout | undefined> {
    if ('id' in which) return checkoutById(this.db, which.id)
    return checkoutByReference(this.db, provider, which.reference)
  }

  async checkoutByAttempt(attempt: string): Promise<Checkout | undefined> {
    return checkoutByAttempt(this.db, attempt)
  }

  async saveCheckout(checkout: Checkout): Promise<void> {
    await writeCheckout(this.db, checkoutRow(checkout))
  }

  async seen(record: EventRecord): Promise<EventRecord | undefined> {
    const { numAffectedRows } = await insertEvent(this.db, eventRow(record))
    return numAffectedRows === 1n ? undefined : this.event(record.provider, record.key)
  }

  async event(provider: string, key: string): Promise<EventRecord | undefined> {
    const { rows } = await selectEvent(this.db, { provider, key })
    return rows[0] && readEvent(rows[0])
  }

  async saveEvent(record: EventRecord): Promise<void> {
    const { provider, key, ...changes } = eventRow(record)
    await this.db.updateTable('ledger_events').set(changes).where('provider', '=', provider).where('key', '=', key).execute()
  }

  async eventsOf(orderId: string): Promise<readonly EventRecord[]> {
    const rows = await this.db.selectFrom('ledger_events').selectAll().where('order_id', '=', orderId).orderBy('at').execute()
    return rows.map(readEvent)
  }

  async decision(decision: Decision): Promise<void> {
    await this.db.insertInto('ledger_decisions').values(decisionRow(decision)).execute()
  }

  async payment(provider: string, reference: string): Promise<Payment | undefined> {
    const { rows } = await selectPayment(this.db, { provider, reference })
    return rows[0] && readPayment(rows[0])
  }

  async firstOf(orderId: string): Promise<Payment | undefined> {
    return firstOf(this.db, orderId)
  }

  async beganWith(orderId: string): Promise<Payment | undefined> {
    return beganWith(this.db, orderId)
  }

  async savePayment(payment: Payment): Promise<void> {
    await writePayment(this.db, { ...paymentRow(payment), since: this.now })
  }

  async notice(
    { id, kind, provider, checkoutId, orderId, reference, reason, details }: Notice,
    dueAt: number = this.now,
  ): Promise<void> {
    await this.db
      .insertInto('ledger_notices')
      .values({
        ...{ id, kind, provider, reason, details: JSON.stringify(details), attempts: 0, due_at: dueAt, at: this.now },
        ...{ checkout_id: checkoutId ?? null, order_id: orderId ?? null, reference: reference ?? null },
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
  }

  async noticeTold(id: string): Promise<void> {
    await this.db.updateTable('ledger_notices').set({ due_at: null }).where('id', '=', id).execute()
  }

  async noticeFailed(id: string, dueAt: number): Promise<void> {
    await this.db
      .updateTable('ledger_notices')
      .set((update) => ({ due_at: dueAt, attempts: update('attempts', '+', 1) }))
      .where('id', '=', id)
      .execute()
  }

  async forgetCheckout(checkout: Checkout): Promise<void> {
    const { id, order_json, page, back_to } = checkoutRow(checkout)
    await this.db
      .updateTable('ledger_checkouts')
      .set({ order_json, page, back_to, forgotten: 1 })
      .where('id', '=', id)
      .execute()
  }

  async forgetNotice(id: string): Promise<void> {
    await this.db.updateTable('ledger_notices').set({ details: '{}' }).where('id', '=', id).execute()
  }

  async probe(): Promise<void> {
    await this.db
      .insertInto('ledger_probe')
      .values({ one: 1, at: this.now })
      .onConflict((conflict) => conflict.column('one').doUpdateSet({ at: this.now }))
      .execute()
  }

  /** `skipLocked` is said where several instances claim at once and rows can be locked one by one. */
  async claim(limit: number, { skipLocked = false } = {}): Promise<readonly Payment[]> {
    const { now } = this
    const due = await this.due(limit, (isDue, count) => {
      const query = this.db
        .selectFrom('ledger_payments')
        .select(['provider', 'reference', 'lease_until'])
        .where('due_at', isDue.operator, isDue.at)
        .where((where) => where.or([where('lease_until', '<=', now), where('lease_until', '>', now + leaseTime)]))
        .orderBy('due_at')
        .limit(count)
      return (skipLocked ? query.forUpdate().skipLocked() : query).execute()
    })
    const payments: Payment[] = []
    for (const { provider, reference, lease_until } of due) {
      if (Number(lease_until) > now) {
        await this.cutLease({ provider, reference })
        continue
      }
      const row = await this.db
        .updateTable('ledger_payments')
        .set((update) => ({
          lease_until: now + leaseTime,
          due_at: now + leaseTime,
          fence: update('fence', '+', 1),
          attempts: update('attempts', '+', 1),
          delivery: sql<string>`case delivery when 'none' then 'started' else delivery end`,
        }))
        .where('provider', '=', provider)
        .where('reference', '=', reference)
        .returningAll()
        .executeTakeFirstOrThrow()
      payments.push(readPayment(row))
    }
    return payments
  }

  /** One from before the clock was set back: its holder may be at work, and has as long as any (see settle.ts). */
  private async cutLease({ provider, reference }: Identity): Promise<void> {
    const until = this.now + leaseTime
    await this.db
      .updateTable('ledger_payments')
      .set({ lease_until: until, due_at: until })
      .where('provider', '=', provider)
      .where('reference', '=', reference)
      .execute()
  }

  /**
   * What is due, oldest first, then what lies too far ahead. Two statements, since one with "or" reads the whole waiting list each time
   * and sorts it, however few of it are due.
   */
  private async due<Due>(limit: number, read: (isDue: IsDue, count: number) => Promise<Due[]>): Promise<Due[]> {
    const now = await read({ operator: '<=', at: this.now }, limit)
    if (now.length >= limit) return now
    return [...now, ...(await read({ operator: '>', at: this.now + furthestAhead }, limit - now.length))]
  }

  async claimQuestions(limit: number, { skipLocked = false } = {}): Promise<readonly Checkout[]> {
    const { now } = this
    let due = this.db.selectFrom('ledger_checkouts').selectAll().where('ask_at', '<=', now).orderBy('ask_at').limit(limit)
    if (skipLocked) due = due.forUpdate().skipLocked()
    const rows = await due.execute()
    for (const { id } of rows)
      await this.db
        .updateTable('ledger_checkouts')
        .set({ ask_at: now + leaseTime })
        .where('id', '=', id)
        .execute()
    return rows.map(readCheckout)
  }

  async claimNotices(limit: number, { skipLocked = false } = {}): Promise<readonly PendingNotice[]> {
    const { now } = this
    const rows = await this.due(limit, (isDue, count) => {
      const query = this.db
        .selectFrom('ledger_notices')
        .selectAll()
        .where('due_at', isDue.operator, isDue.at)
        .orderBy('due_at')
        .limit(count)
      return (skipLocked ? query.forUpdate().skipLocked() : query).execute()
    })
    for (const { id } of rows)
      await this.db
        .updateTable('ledger_notices')
        .set({ due_at: now + leaseTime })
        .where('id', '=', id)
        .execute()
    return rows.map(readNotice)
  }
}
