import type { Insertable, Kysely } from 'kysely'
import { type Checkout, type EventRecord, leaseTime, type Payment, type PendingNotice } from '../../server/store.js'
import { paymentRow, readCheckout, readEvent, readPayment } from './rows.js'
import { statement } from './statement.js'
import { columns, type Tables } from './tables.js'
import { SqlTransaction } from './transaction.js'

// Where many write at once (PostgreSQL), and one database has many writers: rows are locked when they are read, and what was not there
// when it was read must not be there when it is written. SQLite has one writer at a time and needs none of this.

const lockCheckout = statement((db, { id }: { id: string }) =>
  db.selectFrom('ledger_checkouts').selectAll().where('id', '=', id).forUpdate(),
)
const lockCheckoutByReference = statement((db, { provider, reference }: Pick<Payment, 'provider' | 'reference'>) =>
  db.selectFrom('ledger_checkouts').selectAll().where('provider', '=', provider).where('reference', '=', reference).forUpdate(),
)
const lockPayment = statement((db, { provider, reference }: Pick<Payment, 'provider' | 'reference'>) =>
  db.selectFrom('ledger_payments').selectAll().where('provider', '=', provider).where('reference', '=', reference).forUpdate(),
)
const lockEvent = statement((db, { provider, key }: { provider: string; key: string }) =>
  db.selectFrom('ledger_events').selectAll().where('provider', '=', provider).where('key', '=', key).forUpdate(),
)
const lockOrder = statement((db, { orderId }: { orderId: string }) =>
  db.selectFrom('ledger_checkouts').select('id').where('order_id', '=', orderId).orderBy('id').forUpdate(),
)
const insertPayment = statement((db, given: Insertable<Tables['ledger_payments']>) =>
  db
    .insertInto('ledger_payments')
    .values(Object.fromEntries(columns.ledger_payments.map((name) => [name, given[name]])) as typeof given),
)

const skipLocked = { skipLocked: true }

/** The transaction of a database whose rows are locked one by one. `readClock` asks for the time at this moment. */
export class RowLockTransaction extends SqlTransaction {
  /** Payments that were read and not there: a second writer of one of these must lose, and not write over it. */
  readonly #absent = new Set<string>()

  constructor(
    db: Kysely<Tables>,
    now: number,
    private readonly readClock: () => Promise<number>,
  ) {
    super(db, now)
  }

  override async checkout(provider: string, which: { reference: string } | { id: string }): Promise<Checkout | undefined> {
    const { rows } =
      'id' in which ? await lockCheckout(this.db, which) : await lockCheckoutByReference(this.db, { provider, ...which })
    return rows[0] && readCheckout(rows[0])
  }

  override async payment(provider: string, reference: string): Promise<Payment | undefined> {
    const { rows } = await lockPayment(this.db, { provider, reference })
    if (!rows[0]) {
      this.#absent.add(JSON.stringify([provider, reference]))
      return undefined
    }
    const payment = readPayment(rows[0])
    // Whoever held the row before us may have begun after us. A lease from our future would look like one from before the clock was
    // set back, and would be taken from its holder: so the clock is read again before that is believed.
    if (payment.lease && payment.lease.until > this.now + leaseTime) this.now = await this.readClock()
    return payment
  }

  /** Two of an order's checkouts that get here at once hold their own rows already: the database ends one of them, which runs again. */
  override async beganWith(orderId: string): Promise<Payment | undefined> {
    await lockOrder(this.db, { orderId })
    return super.beganWith(orderId)
  }

  override async event(provider: string, key: string): Promise<EventRecord | undefined> {
    const { rows } = await lockEvent(this.db, { provider, key })
    return rows[0] && readEvent(rows[0])
  }

  override async savePayment(payment: Payment): Promise<void> {
    const isNew = this.#absent.delete(JSON.stringify([payment.provider, payment.reference]))
    if (!isNew) return super.savePayment(payment)
    await insertPayment(this.db, { ...paymentRow(payment), since: this.now })
  }

  override claim(limit: number): Promise<readonly Payment[]> {
    return super.claim(limit, skipLocked)
  }

  override claimQuestions(limit: number): Promise<readonly Checkout[]> {
    return super.claimQuestions(limit, skipLocked)
  }

  override claimNotices(limit: number): Promise<readonly PendingNotice[]> {
    return super.claimNotices(limit, skipLocked)
  }
}
