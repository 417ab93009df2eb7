import { CompiledQuery, type Kysely, type Selectable } from 'kysely'
import type { EventRecord, NamedEvent, Payment, Transaction } from '../../server/store.js'
import { eventRow, paymentRow, readCheckout } from '../sql/rows.js'
import { columns, type Tables } from '../sql/tables.js'
import { clock } from './source.js'

// Nearly every notification is the first that is heard of its payment and of its order: one new event, one new payment, and nothing
// else to be written. That needs no lock. One statement reads the checkout where nothing was heard of it yet, another makes both rows,
// and the unique constraints let it through whole or not at all: two trips to the database instead of seven, and many notifications
// share them. Whatever is not so simple ends with NeedsLocks and has written nothing.

/** The work has to run in a transaction that locks what it reads. */
export class NeedsLocks extends Error {}

export interface News {
  readonly event: NamedEvent
  work(tx: Transaction): Promise<unknown>
}
/** What became of one: what its work returned, or throws. */
export type Outcome = () => unknown

interface Rows {
  readonly checkout_id: string
  readonly event: object
  readonly payment: object
}
type NewCheckout = Selectable<Tables['ledger_checkouts']> & { readonly nr: number; readonly now: string }

/**
 * `offset 0` keeps each look-up a look-up: joined as a whole, the planner reads all payments that ever were, as long as it has not
 * counted them anew.
 */
const readNew = (isCheckout: string): string => `select checkout.*, news.nr, ${clock} as now
  from json_to_recordset($1) as news(nr int, provider text, reference text, checkout text)
  cross join lateral (select * from ledger_checkouts as checkout where ${isCheckout} offset 0) as checkout
  where not exists (
    select from ledger_payments as payment
    where payment.provider = news.provider and payment.reference = news.reference offset 0)
  and not exists (
    select from ledger_payments as payment where payment.order_id = checkout.order_id and payment.role = 'first' offset 0)`
const newById = readNew('checkout.id = news.checkout')
const newByReference = readNew('checkout.provider = news.provider and checkout.reference = news.checkout')

const insert = (table: 'ledger_events' | 'ledger_payments', row: 'event' | 'payment'): string =>
  `insert into ${table} (${columns[table]}) select ${columns[table].map((name) => `(${row}).${name}`)} from news`

/**
 * The checkout is locked first, so that nobody who holds it for longer is met half-way; who would have to wait for it (outside of a
 * transaction the server knows no end to that) finds no row, and makes none.
 */
const writeNew = `with news as (
    select news.* from json_to_recordset($1) as news(checkout_id text, event ledger_events, payment ledger_payments)
    cross join lateral (select id from ledger_checkouts where id = checkout_id for key share skip locked) as checkout),
  event as (${insert('ledger_events', 'event')})
  ${insert('ledger_payments', 'payment')} returning checkout_id`

/**
 * Runs each work as if its event were the first news of its order. `readTime` makes the time of it from what the database says. An
 * outcome throws NeedsLocks where the work, or what is known already, asks for more; what a unique constraint throws says that one does.
 */
export async function asFirstNews(
  db: Kysely<Tables>,
  all: readonly News[],
  readTime: (said: string) => number,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = all.map(() => needLocks)
  const made = new Map<string, { nr: number; value: unknown; rows: Rows }>()
  const orders = new Set<string>()
  for (const row of await readCheckouts(db, all)) {
    if (orders.has(row.order_id)) continue // the second of an order is not its first news
    orders.add(row.order_id)
    try {
      made.set(row.id, { nr: row.nr, ...(await runFirst(all[row.nr] as News, row, readTime(row.now))) })
    } catch (error) {
      outcomes[row.nr] = () => {
        throw error
      }
    }
  }
  if (made.size === 0) return outcomes
  // In the same order everywhere, so that no two instances that were told the same wait for one another.
  const news = [...made.values()].map(({ rows }) => rows).sort((one, other) => (one.checkout_id < other.checkout_id ? -1 : 1))
  const written = await db.executeQuery(CompiledQuery.raw(writeNew, [JSON.stringify(news)]))
  for (const { checkout_id } of written.rows as { checkout_id: string }[]) {
    const { nr, value } = made.get(checkout_id) as { nr: number; value: unknown }
    outcomes[nr] = () => value
  }
  return outcomes
}

/** Of those that nothing was heard of, in the order in which the news came. */
async function readCheckouts(db: Kysely<Tables>, all: readonly News[]): Promise<NewCheckout[]> {
  const asked = all.map(({ event: { provider, reference, checkout } }, nr) => ({
    nr,
    provider,
    reference,
    ...nameOf(checkout),
  }))
  const rows: NewCheckout[] = []
  for (const [text, isMeant] of [
    [newById, true],
    [newByReference, false],
  ] as const) {
    const named = asked.filter(({ isId }) => isId === isMeant)
    if (named.length === 0) continue
    const found = await db.executeQuery(CompiledQuery.raw(text, [JSON.stringify(named)]))
    rows.push(...(found.rows as NewCheckout[]))
  }
  return rows.sort((one, other) => one.nr - other.nr)
}

const nameOf = (checkout: NamedEvent['checkout']) =>
  'id' in checkout ? { checkout: checkout.id, isId: true } : { checkout: checkout.reference, isId: false }

async function runFirst({ event: news, work }: News, row: NewCheckout, now: number): Promise<{ value: unknown; rows: Rows }> {
  const written: { event?: EventRecord; payment?: Payment } = {}
  const value = await work(
    only({
      now,
      checkout: async (_, asked) => (asked === news.checkout ? readCheckout(row) : needLocks()),
      payment: async (_, asked) => (asked === news.reference ? undefined : needLocks()),
      firstOf: async (asked) => (asked === row.order_id ? undefined : needLocks()),
      async seen(event) {
        if (written.event) needLocks()
        written.event = event
        return undefined
      },
      async savePayment(payment) {
        if (written.payment || payment.checkoutId !== row.id) needLocks()
        written.payment = payment
      },
    }),
  )
  const { event, payment } = written
  if (!event || !payment) throw new NeedsLocks()
  return { value, rows: { checkout_id: row.id, event: eventRow(event), payment: { ...paymentRow(payment), since: now } } }
}

function needLocks(): never {
  throw new NeedsLocks()
}

/** Everything else of a transaction needs locks. */
const only = (part: Partial<Transaction>): Transaction =>
  new Proxy(part, { get: (target, name) => (name in target ? Reflect.get(target, name) : needLocks) }) as Transaction
