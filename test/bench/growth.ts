import Database from 'libsql'
import pg from 'pg'
import { paymentwall } from '../../src/providers/paymentwall/index.js'
import { createCheckout } from '../../src/server/index.js'
import type { Checkout, Store } from '../../src/server/store.js'
import { postgres } from '../../src/stores/postgres.js'
import { columns } from '../../src/stores/sql/tables.js'
import { sqlite } from '../../src/stores/sqlite.js'
import { pingback, project } from './notifications.js'

// Whether accepting, claiming and reading a status take longer in a ledger that has grown (T-46). One after the other and not under load,
// so that what is measured is the ledger and not a queue before it.

const samples = 1_000
const together = 100_000 // rows in a transaction of the filling

export interface Growth {
  readonly orders: number
  /** Milliseconds, p50 and p99. */
  readonly accept: readonly [number, number]
  readonly claim: readonly [number, number]
  readonly status: readonly [number, number]
}

/** As opening leaves it. */
function checkoutOf(index: number, now: number): Checkout {
  const id = `bench-${String(index).padStart(16, '0')}`
  return {
    ...{
      id,
      orderId: `order-${index}`,
      attempt: `attempt-${index}`,
      asked: `["order-${index}","paymentwall:cc"]`,
      stage: 'open',
    },
    ...{ provider: 'paymentwall', method: 'paymentwall:cc', mode: 'test', openedAt: new Date(now), kept: {} },
    ...{ order: { title: 'Gold', price: { amount: '9.99', currency: 'USD' }, buyer: { id: 'u1', email: 'u1@example.com' } } },
    ...{
      page: { url: new URL('https://api.paymentwall.com/api/subscription') },
      backTo: 'http://127.0.0.1/',
      surface: 'iframe',
    },
  }
}

/** Paid and delivered, with its event. */
async function saveOne(store: Store): Promise<void> {
  await store.transaction(async (tx) => {
    const checkout = checkoutOf(0, tx.now)
    const reference = 'old-0'
    const names = { provider: checkout.provider, reference, checkoutId: checkout.id, orderId: checkout.orderId }
    await tx.saveCheckout(checkout)
    await tx.seen({
      ...{ ...names, key: `${reference}:0:`, content: `${checkout.id}|${reference}|paid|`, verdict: 'taken', reason: '' },
      ...{ becomes: 'paid', details: { type: '0' }, at: tx.now },
    })
    await tx.savePayment({
      ...{ ...names, role: 'first', state: 'paid', details: { type: '0' }, held: false, delivery: 'done', attempts: 0 },
      ...{ lease: { until: 0, fence: 1 }, fulfilledAt: tx.now },
    })
  })
}

/** What differs between the rows of order `nr`, in the SQL of both databases; everything else is as in the one that was saved. */
const named = {
  ...{ id: "'bench-' || substr(cast(10000000000000000 + nr as text), 2)", order_id: "'order-' || nr" },
  ...{ attempt: "'attempt-' || nr", asked: `'["order-' || nr || '","paymentwall:cc"]'`, opened_at: 'opened_at + nr' },
  ...{ reference: "'old-' || nr", key: "'old-' || nr || ':0:'", at: 'at + nr', since: 'since + nr' },
}
const changes: { readonly [Table in keyof typeof columns]: Readonly<Record<string, string>> } = {
  ledger_checkouts: { ...named, reference: 'reference' },
  ledger_payments: { ...named, checkout_id: named.id },
  ledger_events: { ...named, checkout_id: named.id },
}

/** Of orders `from` to `to`, made in the database itself: the store would take an hour for what takes it minutes. */
function multiply(table: keyof typeof columns, from: number, to: number): string {
  const names: readonly string[] = columns[table]
  return `with recursive numbers(nr) as (select ${from} union all select nr + 1 from numbers where nr < ${to - 1})
    insert into ${table} (${names}) select ${names.map((name) => changes[table][name] ?? name)}
    from numbers cross join (select * from ${table} limit 1) as one`
}

/** Orders that were paid and delivered, and `samples` that wait for their notification. */
async function fill(store: Store, orders: number, run: (text: string) => unknown): Promise<void> {
  await saveOne(store)
  for (const table of ['ledger_checkouts', 'ledger_payments', 'ledger_events'] as const) {
    const end = table === 'ledger_checkouts' ? orders + samples : orders
    for (let from = 1; from < end; from += together) await run(multiply(table, from, Math.min(from + together, end)))
  }
}

async function fillSqlite(path: string, orders: number): Promise<void> {
  const [store, database] = [sqlite(path), new Database(path)]
  await fill(store, orders, (text) => database.exec(text))
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
  await store.close()
}

async function fillPostgres(url: string, orders: number): Promise<void> {
  const [store, client] = [postgres(url), new pg.Client(url)]
  await client.connect()
  await fill(store, orders, (text) => client.query(text))
  await client.query('vacuum analyze') // as the server does by itself, sooner or later
  await client.end()
  await store.close()
}

/** `database`: a SQLite file, or the address of PostgreSQL. */
const openStore = (database: string): Store => (database.startsWith('postgres:') ? postgres(database) : sqlite(database))

/** So that filling, which takes minutes, can be done before, and measuring with nothing beside it. */
export const fillLedger = (database: string, orders: number): Promise<void> =>
  database.startsWith('postgres:') ? fillPostgres(database, orders) : fillSqlite(database, orders)

/** Of a ledger that was filled with so many orders; once, since the orders that wait are paid then. */
export async function measureGrowth(database: string, orders: number): Promise<Growth> {
  const store = openStore(database)
  const checkout = createCheckout({
    ...{ base: 'http://127.0.0.1/checkout', pages: ['http://127.0.0.1'], store, fulfil() {}, revoke() {} },
    ...{ providers: [paymentwall({ ...project, mode: 'test' })], delivery: { atOnce: 1 } },
    price: () => {
      throw new Error('nothing is opened while this is measured')
    },
  })
  await store.ready()
  const measure = async (count: number, call: (index: number) => Promise<unknown>): Promise<[number, number]> => {
    const times: number[] = []
    for (let index = 0; index < count; index++) {
      const start = performance.now()
      await call(index)
      times.push(performance.now() - start)
    }
    times.sort((one, other) => one - other)
    return [times[Math.floor(count * 0.5)] ?? 0, times[Math.floor(count * 0.99)] ?? 0]
  }
  const accept = await measure(samples, async (index) => {
    const url = `http://127.0.0.1/checkout/notify/paymentwall?${pingback(orders + index)}`
    const answer = await checkout.fetch(new Request(url))
    if ((await answer.text()) !== 'OK') throw new Error('a notification was not accepted')
  })
  const claim = await measure(samples / 4, () => store.claim(32))
  const status = await measure(samples, async (index) => {
    const id = checkoutOf((index * 7919) % (orders + samples), 0).id
    const answer = await checkout.fetch(new Request(`http://127.0.0.1/checkout/checkouts/${id}`))
    if (answer.status !== 200) throw new Error('a status was not answered')
  })
  await checkout.close()
  return { orders, accept, claim, status }
}
