import { type ExpressionBuilder, type Insertable, type Kysely, sql } from 'kysely'
import type { EventRecord, NamedEvent, Payment, Transaction } from '../../server/store.js'
import { eventRow, paymentRow, readCheckout } from '../sql/rows.js'
import { statement } from '../sql/statement.js'
import { columns, type Tables } from '../sql/tables.js'
import { clock } from './source.js'

// Nearly every notification is the first that is heard of its payment and of its order: one new event, one new payment, and nothing
// else to be written. That needs no lock. One statement reads the checkout where nothing was heard of it yet, another makes both rows,
// and the unique constraints let it through whole or not at all: two trips to the database instead of seven. Whatever is not so simple
// ends with NeedsLocks and has written nothing.

/** The work has to run in a transaction that locks what it reads. */
export class NeedsLocks extends Error {}

interface Names {
  readonly id: string
  readonly provider: string
  readonly reference: string
}
type Rows = { [Table in 'ledger_events' | 'ledger_payments']: Insertable<Tables[Table]> }

const isNew =
  ({ provider, reference }: Names) =>
  ({ and, exists, not, selectFrom }: ExpressionBuilder<Tables, 'ledger_checkouts'>) =>
    and([
      not(
        exists(
          selectFrom('ledger_payments')
            .select('state')
            .where('ledger_payments.provider', '=', provider)
            .where('ledger_payments.reference', '=', reference),
        ),
      ),
      not(
        exists(
          selectFrom('ledger_payments')
            .select('state')
            .whereRef('ledger_payments.order_id', '=', 'ledger_checkouts.order_id')
            .where('role', '=', sql.lit('first')),
        ),
      ),
    ])

const readNew = (db: Kysely<Tables>, given: Names) =>
  db
    .selectFrom('ledger_checkouts')
    .selectAll('ledger_checkouts')
    .select(sql<string>`${sql.raw(clock)}`.as('now'))
    .where(isNew(given))
const newById = statement((db, given: Names) => readNew(db, given).where('id', '=', given.id))
const newByReference = statement((db, given: Names) =>
  readNew(db, given).where('ledger_checkouts.provider', '=', given.provider).where('ledger_checkouts.reference', '=', given.id),
)

/** Of both rows, each under the name of its table. */
type Values = { [Name in string]: unknown }
const valuesOf = (rows: Rows): Values =>
  Object.fromEntries(
    Object.entries(rows).flatMap(([table, row]) => Object.entries(row).map(([name, value]) => [`${table}.${name}`, value])),
  )

/**
 * The checkout is locked first, so that nobody who holds it for longer is met half-way; who would have to wait for it (outside of a
 * transaction the server knows no end to that) finds no row, and makes none.
 */
const writeBoth = statement((db, given: Values) => {
  const row = (table: keyof Rows) => columns[table].map((name) => sql`${given[`${table}.${name}`]}`.as(name))
  return db
    .with('checkout', (query) =>
      query
        .selectFrom('ledger_checkouts')
        .select('id')
        .where('id', '=', given['ledger_payments.checkout_id'] as string)
        .forKeyShare()
        .skipLocked(),
    )
    .with('event', (query) =>
      query
        .insertInto('ledger_events')
        .columns(columns.ledger_events)
        .expression(query.selectFrom('checkout').select(row('ledger_events'))),
    )
    .insertInto('ledger_payments')
    .columns(columns.ledger_payments)
    .expression((query) => query.selectFrom('checkout').select(row('ledger_payments')))
})

/**
 * Runs a work as if its event were the first news of its order. `readTime` makes the time of it from what the database says. Throws
 * NeedsLocks where the work, or what is known already, asks for more; what a unique constraint throws says the same.
 */
export async function asFirstNews<T>(
  db: Kysely<Tables>,
  news: NamedEvent,
  work: (tx: Transaction) => Promise<T>,
  readTime: (said: string) => number,
): Promise<T> {
  const { provider, reference, checkout: which } = news
  const read = 'id' in which ? newById : newByReference
  const { rows } = await read(db, { provider, reference, id: 'id' in which ? which.id : which.reference })
  const [row] = rows
  if (!row) throw new NeedsLocks()

  const now = readTime(row.now)
  const written: { event?: EventRecord; payment?: Payment } = {}
  const value = await work(
    only({
      now,
      checkout: async (_, asked) => (asked === which ? readCheckout(row) : needLocks()),
      payment: async (_, asked) => (asked === reference ? undefined : needLocks()),
      firstOf: async (asked) => (asked === row.order_id ? undefined : needLocks()),
      async seen(event) {
        if (written.event) needLocks()
        written.event = event
        return undefined
      },
      async savePayment(payment) {
        if (written.payment) needLocks()
        written.payment = payment
      },
    }),
  )
  const { event, payment } = written
  if (!event || !payment) throw new NeedsLocks()
  const both = valuesOf({ ledger_events: eventRow(event), ledger_payments: { ...paymentRow(payment), since: now } })
  const { numAffectedRows } = await writeBoth(db, both)
  if (numAffectedRows !== 1n) throw new NeedsLocks()
  return value
}

function needLocks(): never {
  throw new NeedsLocks()
}

/** Everything else of a transaction needs locks. */
const only = (part: Partial<Transaction>): Transaction =>
  new Proxy(part, { get: (target, name) => (name in target ? Reflect.get(target, name) : needLocks) }) as Transaction
