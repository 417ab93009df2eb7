import { type Kysely, sql } from 'kysely'
import {
  type Checkout,
  type EventRecord,
  furthestAhead,
  leaseTime,
  type Notice,
  type Payment,
  type PendingNotice,
  type Transaction,
} from '../../server/store.js'
import { checkoutByAttempt, firstOf } from './reads.js'
import { checkoutRow, eventRow, paymentRow, readCheckout, readEvent, readNotice, readPayment } from './rows.js'
import type { Tables } from './tables.js'

/** The statements of a transaction, over whatever handle the store's own file opened. */
export class SqlTransaction implements Transaction {
  constructor(
    private readonly db: Kysely<Tables>,
    readonly now: number,
  ) {}

  async checkout(provider: string, which: { reference: string } | { id: string }): Promise<Checkout | undefined> {
    const query = this.db.selectFrom('checkouts').selectAll()
    const row = await ('id' in which
      ? query.where('id', '=', which.id)
      : query.where('provider', '=', provider).where('reference', '=', which.reference)
    ).executeTakeFirst()
    return row && readCheckout(row)
  }

  async checkoutByAttempt(attempt: string): Promise<Checkout | undefined> {
    return checkoutByAttempt(this.db, attempt)
  }

  async saveCheckout(checkout: Checkout): Promise<void> {
    const row = checkoutRow(checkout)
    const { id: _, ...changes } = row
    await this.db
      .insertInto('checkouts')
      .values(row)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
      .execute()
  }

  async seen(record: EventRecord): Promise<EventRecord | undefined> {
    const inserted = await this.db
      .insertInto('events')
      .values(eventRow(record))
      .onConflict((conflict) => conflict.columns(['provider', 'key']).doNothing())
      .executeTakeFirst()
    if (inserted.numInsertedOrUpdatedRows === 1n) return undefined
    const row = await this.db
      .selectFrom('events')
      .selectAll()
      .where('provider', '=', record.provider)
      .where('key', '=', record.key)
      .executeTakeFirstOrThrow()
    return readEvent(row)
  }

  async saveEvent(record: EventRecord): Promise<void> {
    const { provider, key, ...changes } = eventRow(record)
    await this.db.updateTable('events').set(changes).where('provider', '=', provider).where('key', '=', key).execute()
  }

  async payment(provider: string, reference: string): Promise<Payment | undefined> {
    const row = await this.db
      .selectFrom('payments')
      .selectAll()
      .where('provider', '=', provider)
      .where('reference', '=', reference)
      .executeTakeFirst()
    return row && readPayment(row)
  }

  async firstOf(orderId: string): Promise<Payment | undefined> {
    return firstOf(this.db, orderId)
  }

  async savePayment(payment: Payment): Promise<void> {
    const row = { ...paymentRow(payment), since: this.now }
    const { provider: _, reference: __, since: ___, ...changes } = row
    await this.db
      .insertInto('payments')
      .values(row)
      .onConflict((conflict) => conflict.columns(['provider', 'reference']).doUpdateSet(changes))
      .execute()
  }

  async notice({ id, kind, provider, checkoutId, orderId, reference, reason, details }: Notice): Promise<void> {
    await this.db
      .insertInto('notices')
      .values({
        ...{ id, kind, provider, reason, details: JSON.stringify(details), attempts: 0, due_at: this.now, at: this.now },
        ...{ checkout_id: checkoutId ?? null, order_id: orderId ?? null, reference: reference ?? null },
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
  }

  async noticeTold(id: string): Promise<void> {
    await this.db.updateTable('notices').set({ due_at: null }).where('id', '=', id).execute()
  }

  async noticeFailed(id: string, dueAt: number): Promise<void> {
    await this.db
      .updateTable('notices')
      .set((update) => ({ due_at: dueAt, attempts: update('attempts', '+', 1) }))
      .where('id', '=', id)
      .execute()
  }

  /** `skipLocked` is said where several instances claim at once and rows can be locked one by one. */
  async claim(limit: number, { skipLocked = false } = {}): Promise<readonly Payment[]> {
    const { now } = this
    let due = this.db
      .selectFrom('payments')
      .select(['provider', 'reference'])
      .where('due_at', 'is not', null)
      .where((where) => where.or([where('due_at', '<=', now), where('due_at', '>', now + furthestAhead)]))
      .where((where) => where.or([where('lease_until', '<=', now), where('lease_until', '>', now + leaseTime)]))
      .orderBy('due_at')
      .limit(limit)
    if (skipLocked) due = due.forUpdate().skipLocked()
    const payments: Payment[] = []
    for (const { provider, reference } of await due.execute()) {
      const row = await this.db
        .updateTable('payments')
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

  async claimNotices(limit: number, { skipLocked = false } = {}): Promise<readonly PendingNotice[]> {
    const { now } = this
    let due = this.db
      .selectFrom('notices')
      .selectAll()
      .where('due_at', 'is not', null)
      .where((where) => where.or([where('due_at', '<=', now), where('due_at', '>', now + furthestAhead)]))
      .orderBy('due_at')
      .limit(limit)
    if (skipLocked) due = due.forUpdate().skipLocked()
    const rows = await due.execute()
    for (const { id } of rows)
      await this.db
        .updateTable('notices')
        .set({ due_at: now + leaseTime })
        .where('id', '=', id)
        .execute()
    return rows.map(readNotice)
  }
}
