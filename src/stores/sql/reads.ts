import { type Kysely, sql } from 'kysely'
import type { Checkout, Entries, Payment, Store } from '../../server/store.js'
import { readCheckout, readEntry, readEvent, readNotice, readPayment } from './rows.js'
import { statement } from './statement.js'
import { type Tables, tableOf } from './tables.js'

/** The reads of a store, outside any transaction. */
export function sqlReads(open: () => Promise<Kysely<Tables>>) {
  return {
    checkout: async (id) => checkoutById(await open(), id),
    checkoutByReference: async (provider, reference) => checkoutByReference(await open(), provider, reference),
    checkoutByAttempt: async (attempt) => checkoutByAttempt(await open(), attempt),
    firstOf: async (orderId) => firstOf(await open(), orderId),
    async openCheckouts(orderId) {
      const query = (await open())
        .selectFrom('ledger_checkouts')
        .selectAll()
        .where('order_id', '=', orderId)
        .where('stage', '=', 'open')
      return (await query.execute()).map(readCheckout)
    },
    async paymentsOf(checkoutId) {
      return (
        await (await open()).selectFrom('ledger_payments').selectAll().where('checkout_id', '=', checkoutId).execute()
      ).map(readPayment)
    },
    async events({ limit, before, orderId, verdicts }) {
      if (verdicts?.length === 0) return [] // PostgreSQL knows no empty list
      let query = (await open()).selectFrom('ledger_events').selectAll().orderBy('at', 'desc')
      if (before !== undefined) query = query.where('at', '<', before)
      if (orderId !== undefined) query = query.where('order_id', '=', orderId)
      if (verdicts) query = query.where('verdict', 'in', [...verdicts])
      // Said a second time as text, as in the condition of the partial index.
      if (verdicts && !verdicts.includes('taken')) query = query.where('verdict', '<>', sql.lit('taken'))
      const page = await query.limit(limit).execute()
      const last = page.length === limit ? page.at(-1)?.at : undefined
      if (last === undefined) return page.map(readEvent)
      // A common commit gives many rows the same time: a page that ended among them would lose the rest to the next `before`.
      const rest = await query.where('at', '=', last).execute()
      return [...page.filter(({ at }) => at !== last), ...rest].map(readEvent)
    },
    async payments({ limit, orderId }) {
      let query = (await open()).selectFrom('ledger_payments').selectAll().orderBy('since', 'desc').limit(limit)
      if (orderId !== undefined) query = query.where('order_id', '=', orderId)
      return (await query.execute()).map(readPayment)
    },
    async notices({ limit, untold }) {
      const query = (await open()).selectFrom('ledger_notices').selectAll().limit(limit)
      // Few are untold, and their index knows them; the sum keeps SQLite from walking through all notices in the order of their time.
      const wanted = untold ? query.where('due_at', 'is not', null).orderBy(sql`at + 0`, 'desc') : query.orderBy('at', 'desc')
      return (await wanted.execute()).map(readNotice)
    },
    async event(provider, key) {
      const query = (await open())
        .selectFrom('ledger_events')
        .selectAll()
        .where('provider', '=', provider)
        .where('key', '=', key)
      const row = await query.executeTakeFirst()
      return row && readEvent(row)
    },
    async story(orderId) {
      const db = await open()
      const of = <Kind extends keyof Entries>(kind: Kind, time: string) => readStory(db, kind, orderId, time)
      return {
        ...{ checkouts: await of('checkouts', 'opened_at'), payments: await of('payments', 'since') },
        ...{ events: await of('events', 'at'), notices: await of('notices', 'at'), decisions: await of('decisions', 'at') },
      }
    },
    page: async (kind, { limit, after }) => readPage(await open(), kind, limit, after),
    async unsettled({ limit, since, until }) {
      const query = (await open())
        .selectFrom('ledger_checkouts')
        .selectAll()
        .where('forgotten', '=', sql.lit(0))
        .where('opened_at', '>=', since)
        .where('opened_at', '<', until)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('ledger_payments')
                .select('ledger_payments.reference')
                .whereRef('ledger_payments.checkout_id', '=', 'ledger_checkouts.id')
                .where('ledger_payments.state', '<>', 'pending'),
            ),
          ),
        )
      return (await query.orderBy('opened_at').limit(limit).execute()).map(readEntry.checkouts)
    },
    async unfinished({ limit, since }) {
      const query = (await open())
        .selectFrom('ledger_payments')
        .selectAll()
        .where('since', '>=', since)
        .orderBy('since')
        .limit(limit)
      const halted = await query.where(halt).execute()
      const surplus = await query.where(sql<boolean>`role = 'surplus' and state = 'paid'`).execute()
      return [...halted, ...surplus]
        .map(readEntry.payments)
        .sort((one, other) => one.at - other.at)
        .slice(0, limit)
    },
    forgettable: async (kind, { limit, after, before }) => readKept(await open(), kind, limit, after, before),
  } satisfies Partial<Store>
}

// The texts of the conditions of partial indexes: SQLite takes one only where it finds its condition again.
const halt = sql<boolean>`due_at is null and (delivery = 'started' or delivery = 'done' and state in ('declined', 'refunded', 'charged_back'))`
const kept = {
  checkouts: { time: 'opened_at', condition: sql<boolean>`forgotten = 0` },
  events: { time: 'at', condition: sql<boolean>`(details <> '{}' or said is not null)` },
  notices: { time: 'at', condition: sql<boolean>`details <> '{}'` },
} as const

// One statement for several tables: the builder's types follow one table at a time, so a row is read by its own kind's reader.
type AnyTable = keyof Entries
type AnyRow = Parameters<(typeof readEntry)[AnyTable]>[0]
const entriesOf = <Kind extends AnyTable>(kind: Kind, rows: readonly object[]): Entries[Kind][] =>
  rows.map((row) => (readEntry[kind] as (given: AnyRow) => Entries[Kind])(row as AnyRow))

async function readStory<Kind extends AnyTable>(db: Kysely<Tables>, kind: Kind, orderId: string, time: string) {
  const { rows } =
    await sql<object>`select * from ${sql.table(tableOf(kind))} where order_id = ${orderId} order by ${sql.ref(time)}`.execute(
      db,
    )
  return entriesOf(kind, rows)
}

async function readPage<Kind extends AnyTable>(db: Kysely<Tables>, kind: Kind, limit: number, after?: Entries[Kind]) {
  const names = identities[kind]
  const columns = sql.join(names.map((name) => sql.ref(name)))
  const values = sql.join(names.map((name) => (after as Readonly<Record<string, unknown>> | undefined)?.[name]))
  const start = after ? sql`where (${columns}) > (${values})` : sql``
  const { rows } =
    await sql<object>`select * from ${sql.table(tableOf(kind))} ${start} order by ${columns} limit ${limit}`.execute(db)
  return entriesOf(kind, rows)
}

/** Primary keys; the names are the same in a row and in what it is read as. */
const identities: { readonly [Kind in AnyTable]: readonly string[] } = {
  checkouts: ['id'],
  payments: ['provider', 'reference'],
  events: ['provider', 'key'],
  notices: ['id'],
  decisions: ['id'],
}

async function readKept<Kind extends keyof typeof kept>(
  db: Kysely<Tables>,
  kind: Kind,
  limit: number,
  after: number,
  before: number,
) {
  const { condition, time } = kept[kind]
  const at = sql.ref(time)
  const { rows } =
    await sql<object>`select * from ${sql.table(tableOf(kind))} where ${condition} and ${at} > ${after} and ${at} < ${before} order by ${at} limit ${limit}`.execute(
      db,
    )
  return entriesOf(kind, rows)
}

const byId = statement((db, { id }: { id: string }) => db.selectFrom('ledger_checkouts').selectAll().where('id', '=', id))

const byReference = statement((db, { provider, reference }: { provider: string; reference: string }) =>
  db.selectFrom('ledger_checkouts').selectAll().where('provider', '=', provider).where('reference', '=', reference),
)

// Written into the text and not bound: SQLite takes a partial index only where it can see that its condition holds.
const byAttempt = statement((db, { attempt }: { attempt: string }) =>
  db.selectFrom('ledger_checkouts').selectAll().where('attempt', '=', attempt).where('stage', '<>', sql.lit('lost')),
)

const first = statement((db, { orderId }: { orderId: string }) =>
  db.selectFrom('ledger_payments').selectAll().where('order_id', '=', orderId).where('role', '=', sql.lit('first')),
)

// In this order of the alphabet.
const began = statement((db, { orderId }: { orderId: string }) =>
  db
    .selectFrom('ledger_payments')
    .selectAll()
    .where('order_id', '=', orderId)
    .where('role', 'in', [sql.lit('first'), sql.lit('renewal')])
    .orderBy('role')
    .orderBy('since')
    .limit(sql.lit(1)),
)

export async function checkoutById(db: Kysely<Tables>, id: string): Promise<Checkout | undefined> {
  const { rows } = await byId(db, { id })
  return rows[0] && readCheckout(rows[0])
}

export async function checkoutByReference(
  db: Kysely<Tables>,
  provider: string,
  reference: string,
): Promise<Checkout | undefined> {
  const { rows } = await byReference(db, { provider, reference })
  return rows[0] && readCheckout(rows[0])
}

export async function checkoutByAttempt(db: Kysely<Tables>, attempt: string): Promise<Checkout | undefined> {
  const { rows } = await byAttempt(db, { attempt })
  return rows[0] && readCheckout(rows[0])
}

export async function firstOf(db: Kysely<Tables>, orderId: string): Promise<Payment | undefined> {
  const { rows } = await first(db, { orderId })
  return rows[0] && readPayment(rows[0])
}

export async function beganWith(db: Kysely<Tables>, orderId: string): Promise<Payment | undefined> {
  const { rows } = await began(db, { orderId })
  return rows[0] && readPayment(rows[0])
}
