import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CamelCasePlugin, Kysely, PostgresDialect, SqliteDialect, sql, type Transaction } from 'kysely'
import Database from 'libsql'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createCourier } from '../../src/server/courier.js'
import { createCheckout, type Delivery, type Payment } from '../../src/server/index.js'
import { leaseTime, type Store } from '../../src/server/store.js'
import { memory } from '../../src/stores/memory.js'
import { postgres } from '../../src/stores/postgres.js'
import { sqlite, sqliteDatabase } from '../../src/stores/sqlite.js'
import { createDatabase, type TestDatabase } from '../postgres/databases.js'
import { paid, pretend, refunded } from './pretend-provider.js'
import { createShop, gate } from './shop.js'

interface Hooks {
  fulfil(delivery: Delivery<Transaction<Goods>>): Promise<void> | void
  alert(): Promise<void>
}

interface Goods {
  goods: { delivery_id: string; title: string }
  giftCards: { giftCode: string }
}

const folder = mkdtempSync(join(tmpdir(), 'checkout-inside-'))
let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
const opened: Kysely<Goods>[] = []
afterEach(async () => {
  for (const db of opened.splice(0)) await db.destroy()
})
afterAll(async () => {
  await database?.drop()
  rmSync(folder, { recursive: true, force: true })
})

let files = 0
const given = { base: 'https://shop.example/checkout', pages: ['https://shop.example'], price: () => ({}) as never }
type Opened = { db: Kysely<Goods>; other: Kysely<Goods>; share(db: Kysely<Goods>, now?: () => Date): Store<Transaction<Goods>> }
const places: [string, (plugins?: CamelCasePlugin[]) => Promise<Opened>][] = [
  [
    'SQLite',
    async (plugins = []) => {
      const path = join(folder, `${files++}.db`)
      const open = () => new Kysely<Goods>({ dialect: new SqliteDialect({ database: sqliteDatabase(path) }), plugins })
      return { db: open(), other: open(), share: (kysely, now) => sqlite({ kysely, ...(now && { now }) }) }
    },
  ],
  [
    'PostgreSQL',
    async (plugins = []) => {
      const connectionString = await database.schema()
      const pool = () => new pg.Pool({ connectionString, max: 4 }).on('error', () => {})
      const open = () => new Kysely<Goods>({ dialect: new PostgresDialect({ pool: pool() }), plugins })
      return { db: open(), other: open(), share: (kysely, now) => postgres({ kysely, ...(now && { now }) }) }
    },
  ],
]

describe.each(places)('delivery.tx on %s', (name, create) => {
  /** A shop that gives its goods inside the ledger's transaction. There is no key in its table: twice would be two rows. */
  async function open(hooks: Partial<Hooks> = {}, time = 1_000) {
    const { db, other, share } = await create()
    opened.push(db, other)
    await sql`create table goods (delivery_id text not null, title text not null)`.execute(db)
    const clock = { at: Date.UTC(2026, 0, 1) }
    const now = () => new Date(clock.at)
    const give = async ({ id, order, tx }: Delivery<Transaction<Goods>>) => {
      await tx?.insertInto('goods').values({ delivery_id: id, title: order.title }).execute()
    }
    const shopOver = (kysely: Kysely<Goods>) =>
      createShop({
        ...{ store: share(kysely, now), now, delivery: { inTransaction: true, time } },
        ...(hooks.alert && { alert: hooks.alert }),
        fulfil: (hooks.fulfil ?? give) as () => void,
        revoke: async ({ id, tx }) => {
          await (tx as Transaction<Goods>).deleteFrom('goods').where('delivery_id', '=', id).execute()
        },
      })
    const goods = async () => (await db.selectFrom('goods').selectAll().execute()).map((row) => row.delivery_id)
    return { shop: shopOver(db), sibling: () => shopOver(other), db, clock, give, goods }
  }
  async function pay(shop: ReturnType<typeof createShop>, order = 'order-1', reference = 'tx1') {
    const id = await shop.open(order)
    expect(await (await shop.notify(paid(id, { reference }))).text()).toBe('OK')
    return id
  }

  test('T-33 what the hook writes is there when it is done, once, and gone when it is taken back', async () => {
    const { shop, goods } = await open()
    const id = await pay(shop)
    await shop.settled()
    expect(await goods()).toEqual(['pretend:tx1'])
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
    await shop.notify(refunded(id))
    await shop.settled()
    expect(await goods()).toEqual([])
    expect((await shop.checkout.ledger.payments())[0]).toMatchObject({ state: 'refunded', delivery: 'none' })
  })

  test('T-34 a hook that throws takes back all it wrote, and is tried again', async () => {
    let fails = 2
    const { shop, goods, give, clock } = await open({
      async fulfil(delivery) {
        await give(delivery)
        if (fails-- > 0) throw undefined
      },
    })
    await pay(shop)
    await shop.settled()
    expect(await goods()).toEqual([])
    expect((await shop.checkout.ledger.payments())[0]).toMatchObject({ state: 'paid', delivery: 'started', attempts: 1 })
    for (let times = 0; times < 2; times++) {
      clock.at += 60_000
      await shop.settled()
    }
    expect(await goods()).toEqual(['pretend:tx1'])
    expect((await shop.checkout.ledger.payments())[0]).toMatchObject({ delivery: 'done' })
  })

  test('T-34 a hook whose own statement fails takes back all of it, even where it hides the failure', async () => {
    const { shop, goods, db } = await open({
      async fulfil({ id, tx }) {
        await tx?.insertInto('goods').values({ delivery_id: id, title: 'Gold' }).execute()
        await tx
          ?.insertInto('goods')
          .values({ delivery_id: id, title: null as never })
          .execute()
      },
    })
    await pay(shop)
    await shop.settled()
    expect(await goods()).toEqual([])
    await db.deleteFrom('goods').execute()
    expect((await shop.checkout.ledger.payments())[0]).toMatchObject({ delivery: 'started' })
  })

  test('T-33 a statement after the end of the hook throws, and writes nothing', async () => {
    let kept: Transaction<Goods> | undefined
    const { shop, goods, give } = await open({
      async fulfil(delivery) {
        kept = delivery.tx
        await give(delivery)
      },
    })
    await pay(shop)
    await shop.settled()
    const late = kept?.insertInto('goods').values({ delivery_id: 'late', title: 'late' }).execute()
    await expect(late).rejects.toThrow('await every statement')
    await expect(sql`delete from goods`.execute(kept as Transaction<Goods>)).rejects.toThrow('await every statement')
    expect(await goods()).toEqual(['pretend:tx1'])
  })

  test('T-34 a hook that takes too long loses what it wrote, and the rest of it throws', async () => {
    const [go, said] = [gate(), gate<unknown>()]
    const { shop, goods, give, clock } = await open(
      {
        async fulfil(delivery) {
          await give(delivery)
          if (clock.at > Date.UTC(2026, 0, 1)) return
          await go.opened
          await give(delivery).then(said.open, said.open)
        },
      },
      1_000,
    )
    await pay(shop)
    await shop.settled()
    go.open()
    expect(String(await said.opened)).toContain('await every statement')
    expect(await goods()).toEqual([])
    clock.at += 60_000
    await shop.settled()
    expect(await goods()).toEqual(['pretend:tx1'])
  })

  test('T-33 the holder of a lease that another has taken over writes nothing', async () => {
    const { shop, sibling, goods, give, clock } = await open()
    const id = await shop.open()
    const late = sibling()
    await shop.store.transaction(async (tx) => {
      const untouched = {
        provider: 'pretend',
        reference: 'tx1',
        checkoutId: id,
        orderId: 'order-1',
        details: {},
        held: false,
      } as const
      await tx.savePayment({ ...untouched, state: 'paid', role: 'first', delivery: 'none', attempts: 0, dueAt: tx.now })
    })
    const [first] = await shop.store.claim(1)
    clock.at += leaseTime
    const [second] = await late.store.claim(1)
    const courier = createCourier(
      shop.store,
      { ...given, fulfil: give, revoke: () => {} },
      { inTransaction: true },
      { now: () => new Date(clock.at) },
    )
    const deliver = (payment = {} as Payment) => courier.deliver({ payment, since: courier.moment() })
    await deliver(first)
    expect(await goods()).toEqual([])
    await deliver(second)
    await deliver(second)
    expect(await goods()).toEqual(['pretend:tx1'])
    expect((await shop.checkout.ledger.payments())[0]).toMatchObject({ delivery: 'done', lease: { fence: 2 } })
  })

  test('T-31 two instances and every notice twice: each order once', async () => {
    const { shop, sibling, goods } = await open()
    const shops = [shop, sibling()] as const
    const ids = await Promise.all(Array.from({ length: 12 }, (_, at) => shop.open(`order-${at}`)))
    await Promise.all(ids.flatMap((id, at) => shops.map((each) => each.notify(paid(id, { reference: `P${at}` })))))
    for (const each of shops) await each.settled()
    expect((await goods()).sort()).toEqual(ids.map((_, at) => `pretend:P${at}`).sort())
  })

  test('T-53 a hook that writes in no transaction has the time of one, however little those have that do', async () => {
    let told = 0
    const alert = () => new Promise<void>((resolve) => setTimeout(resolve, 400)).then(() => void told++)
    const { shop } = await open({ alert }, 100)
    await shop.notify(paid('nobody'))
    await shop.settled()
    expect([told, await shop.checkout.ledger.notices({ untold: true })]).toEqual([1, []])
  })

  test('is a transaction already: there is no other in it', async () => {
    const said: unknown[] = []
    const { shop, goods, give } = await open({
      async fulfil(delivery) {
        said.push(delivery.tx?.isTransaction)
        const inner = async () => delivery.tx?.startTransaction().execute()
        said.push(await inner().then(String, () => 'refused'))
        await give(delivery)
      },
    })
    await pay(shop)
    await shop.settled()
    expect(said).toEqual([true, 'refused'])
    expect(await goods()).toEqual(['pretend:tx1'])
  })

  test('speaks as the Kysely that was handed in, and the ledger does not', async () => {
    const { db, other, share } = await create([new CamelCasePlugin()])
    opened.push(db, other)
    await sql`create table gift_cards (gift_code text not null)`.execute(db)
    const store = share(db)
    const shop = createShop({
      ...{ store, delivery: { inTransaction: true } },
      async fulfil({ id, tx }) {
        const inside = tx as Transaction<Goods>
        await inside.insertInto('giftCards').values({ giftCode: id }).execute()
        expect(await inside.selectFrom('giftCards').select('giftCode').execute()).toEqual([{ giftCode: id }])
      },
    })
    await pay(shop)
    await shop.settled()
    expect(await db.selectFrom('giftCards').selectAll().execute()).toEqual([{ giftCode: 'pretend:tx1' }])
  })

  test('closing the store leaves the Kysely open', async () => {
    const { shop, goods } = await open()
    await pay(shop)
    await shop.settled()
    await shop.checkout.close()
    expect(await goods()).toEqual(['pretend:tx1'])
  })

  if (name === 'SQLite')
    test('T-40 hooks hold the only writer one by one: a notification waits for one of them, not for all', async () => {
      const { shop } = await open({ fulfil: () => new Promise((resolve) => setTimeout(resolve, 900)) })
      const ids = await Promise.all(Array.from({ length: 7 }, (_, at) => shop.open(`order-${at}`)))
      const last = ids.pop() as string
      const answers = await Promise.all(ids.map((id, at) => shop.notify(paid(id, { reference: `P${at}` }))))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      const since = performance.now() // six hooks wait for their turn by now, of 900 ms each
      expect(await (await shop.notify(paid(last))).text()).toBe('OK')
      expect(performance.now() - since).toBeLessThan(3_000)
      await shop.settled()
    })
})

describe('what cannot be', () => {
  const hooks = { fulfil: () => {}, revoke: () => {} }
  test('T-55 in a transaction of a store that shares none, or for longer than others can wait', async () => {
    const create = (store: Store, delivery: object) => () =>
      createCheckout({ ...given, ...hooks, providers: [pretend()], store, delivery })
    expect(create(memory(), { inTransaction: true })).toThrow('postgres({ kysely })')
    const kysely = new Kysely<Goods>({ dialect: new SqliteDialect({ database: sqliteDatabase(join(folder, 'x.db')) }) })
    opened.push(kysely)
    expect(create(sqlite({ kysely }), { inTransaction: true, time: 2_001 })).toThrow('at most 2000')
    create(sqlite({ kysely }), { inTransaction: true, time: 2_000 })
    create(sqlite({ kysely }), { time: 30_000 })
  })

  test('T-42 a SQLite connection that could lose payments is refused with what it must be told', async () => {
    for (const weak of ['synchronous = NORMAL', 'foreign_keys = OFF']) {
      const bare = new Database(join(folder, `${files++}.db`))
      bare.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA ${weak}`)
      const kysely = new Kysely<Goods>({ dialect: new SqliteDialect({ database: bare as never }) })
      opened.push(kysely)
      await expect(sqlite({ kysely }).ready()).rejects.toMatchObject({
        code: 'config_invalid',
        message: expect.stringContaining('PRAGMA synchronous = FULL'),
      })
    }
  })
})
