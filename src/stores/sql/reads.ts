import { type Kysely, sql } from 'kysely'
import type { Checkout, Payment, Store } from '../../server/store.js'
import { readCheckout, readEvent, readNotice, readPayment } from './rows.js'
import { statement } from './statement.js'
import type { Tables } from './tables.js'

/** The reads of a store, outside any transaction. */
export function sqlReads(open: () => Promise<Kysely<Tables>>) {
  return {
    checkout: async (id) => checkoutById(await open(), id),
    checkoutByReference: async (provider, reference) => checkoutByReference(await open(), provider, reference),
    checkoutByAttempt: async (attempt) => checkoutByAttempt(await open(), attempt),
    firstOf: async (orderId) => firstOf(await open(), orderId),
    async openCheckouts(orderId) {
      const query = (await open())
        .selectFrom('checkouts')
        .selectAll()
        .where('order_id', '=', orderId)
        .where('stage', '=', 'open')
      return (await query.execute()).map(readCheckout)
    },
    async paymentsOf(checkoutId) {
      return (await (await open()).selectFrom('payments').selectAll().where('checkout_id', '=', checkoutId).execute()).map(
        readPayment,
      )
    },
    async events({ limit, before, orderId, verdicts }) {
      let query = (await open()).selectFrom('events').selectAll().orderBy('at', 'desc')
      if (before !== undefined) query = query.where('at', '<', before)
      if (orderId !== undefined) query = query.where('order_id', '=', orderId)
      if (verdicts) query = query.where('verdict', 'in', [...verdicts])
      const page = await query.limit(limit).execute()
      const last = page.length === limit ? page.at(-1)?.at : undefined
      if (last === undefined) return page.map(readEvent)
      // A common commit gives many rows the same time: a page that ended among them would lose the rest to the next `before`.
      const rest = await query.where('at', '=', last).execute()
      return [...page.filter(({ at }) => at !== last), ...rest].map(readEvent)
    },
    async payments({ limit, orderId }) {
      let query = (await open()).selectFrom('payments').selectAll().orderBy('since', 'desc').limit(limit)
      if (orderId !== undefined) query = query.where('order_id', '=', orderId)
      return (await query.execute()).map(readPayment)
    },
    async notices({ limit, untold }) {
      let query = (await open()).selectFrom('notices').selectAll().orderBy('at', 'desc').limit(limit)
      if (untold) query = query.where('due_at', 'is not', null)
      return (await query.execute()).map(readNotice)
    },
  } satisfies Partial<Store>
}

const byId = statement((db, { id }: { id: string }) => db.selectFrom('checkouts').selectAll().where('id', '=', id))

const byReference = statement((db, { provider, reference }: { provider: string; reference: string }) =>
  db.selectFrom('checkouts').selectAll().where('provider', '=', provider).where('reference', '=', reference),
)

// Written into the text and not bound: SQLite takes a partial index only where it can see that its condition holds.
const byAttempt = statement((db, { attempt }: { attempt: string }) =>
  db.selectFrom('checkouts').selectAll().where('attempt', '=', attempt).where('stage', '<>', sql.lit('lost')),
)

const first = statement((db, { orderId }: { orderId: string }) =>
  db.selectFrom('payments').selectAll().where('order_id', '=', orderId).where('role', '=', sql.lit('first')),
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
