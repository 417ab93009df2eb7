import type { Kysely } from 'kysely'
import type { Checkout, Payment, Store } from '../../server/store.js'
import { readCheckout, readEvent, readNotice, readPayment } from './rows.js'
import type { Tables } from './tables.js'

/** The reads of a store, outside any transaction. */
export function sqlReads(open: () => Promise<Kysely<Tables>>) {
  return {
    async checkout(id) {
      const row = await (await open()).selectFrom('checkouts').selectAll().where('id', '=', id).executeTakeFirst()
      return row && readCheckout(row)
    },
    async checkoutByReference(provider, reference) {
      const row = await (await open())
        .selectFrom('checkouts')
        .selectAll()
        .where('provider', '=', provider)
        .where('reference', '=', reference)
        .executeTakeFirst()
      return row && readCheckout(row)
    },
    checkoutByAttempt: async (attempt) => checkoutByAttempt(await open(), attempt),
    firstOf: async (orderId) => firstOf(await open(), orderId),
    async paymentsOf(checkoutId) {
      return (await (await open()).selectFrom('payments').selectAll().where('checkout_id', '=', checkoutId).execute()).map(
        readPayment,
      )
    },
    async events({ limit, before, orderId, verdicts }) {
      let query = (await open()).selectFrom('events').selectAll().orderBy('at', 'desc').limit(limit)
      if (before !== undefined) query = query.where('at', '<', before)
      if (orderId !== undefined) query = query.where('order_id', '=', orderId)
      if (verdicts) query = query.where('verdict', 'in', [...verdicts])
      return (await query.execute()).map(readEvent)
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

export async function checkoutByAttempt(db: Kysely<Tables>, attempt: string): Promise<Checkout | undefined> {
  const row = await db
    .selectFrom('checkouts')
    .selectAll()
    .where('attempt', '=', attempt)
    .where('stage', '<>', 'lost')
    .executeTakeFirst()
  return row && readCheckout(row)
}

export async function firstOf(db: Kysely<Tables>, orderId: string): Promise<Payment | undefined> {
  const row = await db
    .selectFrom('payments')
    .selectAll()
    .where('order_id', '=', orderId)
    .where('role', '=', 'first')
    .executeTakeFirst()
  return row && readPayment(row)
}
