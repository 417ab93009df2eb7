import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { leaseTime } from '../../src/server/store.js'
import { asStoreError } from '../../src/stores/postgres/errors.js'
import { refuseWeakSettings } from '../../src/stores/postgres/settings.js'
import { type PostgresOptions, postgres } from '../../src/stores/postgres.js'
import { createDatabase, query, type TestDatabase } from '../postgres/databases.js'
import { startProxy } from '../postgres/proxy.js'
import { type Server, startServer } from '../postgres/server.js'
import { eventOf, paid, refunded } from '../server/pretend-provider.js'
import { createShop, gate } from '../server/shop.js'
import { backToFirst, checkoutRow, eventRow, paymentRow } from './rows.js'
import { describeStore } from './store-contract.js'

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database?.drop())

describeStore('postgres', async (now) => {
  const url = await database.schema()
  return { one: postgres({ url, now, connections: 4 }), other: postgres({ url, now, connections: 4 }) }
})

const opened: { close(): unknown }[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const each of opened.splice(0).reverse()) await each.close()
})
const track = <Each extends { close(): unknown }>(each: Each): Each => {
  opened.push(each)
  return each
}
const open = (url: string, options: Omit<PostgresOptions, 'url'> = {}) => track(postgres({ url, ...options }))
/** A client that holds what it is told to. */
async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  track({ close: () => client.end().catch(() => {}) })
  return client
}
const refused = (code: string, words: string) => ({ name: 'CheckoutError', code, message: expect.stringContaining(words) })
const everythingSaidBy = (error: unknown): string =>
  error instanceof Error ? `${error.message} ${error.stack} ${JSON.stringify(error)} ${everythingSaidBy(error.cause)}` : ''
const from = (url: string, change: Partial<URL>): string => Object.assign(new URL(url), change).href
const pause = (time: number) => new Promise((resolve) => setTimeout(resolve, time))

describe('the address', () => {
  test.each(['', 'checkout.db', 'mysql://a@b/c', 'https://shop.example'])('that is none (%j) is refused at once', (url) => {
    expect(() => postgres(url)).toThrow(expect.objectContaining(refused('config_invalid', 'postgres://')))
  })

  test.each([
    'postgres://u:CANARY#1@host/db',
    'postgres://u:CANARY/1@host/db',
    'postgres://u:CANARY?1@host/db',
    'postgres://u:CANARY@host:54a/db',
  ])('that cannot be read (%s) is refused at once, with the likely mistake and none of it', (url) => {
    expect(() => postgres(url)).toThrow(expect.objectContaining(refused('config_invalid', '%23')))
    expect(() => postgres(url)).not.toThrow(/CANARY/)
  })

  test.each(['postgres://host/db', 'postgresql://u@/db?host=/run/postgresql', 'socket:///run/postgresql?db=shop'])(
    'of another form that the driver reads is taken: %s',
    (url) => {
      expect(() => postgres(url)).not.toThrow()
    },
  )

  test('that is not there, since its variable was not set, is refused at once', () => {
    expect(() => postgres(process.env.NO_SUCH_VARIABLE as never)).toThrow('is its variable set?')
  })

  const wrong: [string, Partial<URL>, string, string][] = [
    ['password', { password: 'WRONG-but-secret' }, 'config_invalid', 'the user or the password'],
    ['user', { username: 'nobody-here' }, 'config_invalid', 'the user or the password'],
    ['database', { pathname: '/no-such-database' }, 'config_invalid', 'create it first'],
    ['port', { port: '1' }, 'store_unavailable', 'no PostgreSQL server listens'],
    ['host', { hostname: 'no-such-host.invalid' }, 'store_unavailable', 'PostgreSQL'],
    ['schema', { search: '?options=-c%20search_path%3Dnowhere' }, 'config_invalid', 'search_path'],
  ]
  test.each(wrong)('with a wrong %s: told which, without any of it', async (_, change, code, words) => {
    const url = from(database.url, change)
    const error = await open(url)
      .ready()
      .catch((each) => each)
    expect(error).toMatchObject(refused(code, words))
    expect(everythingSaidBy(error)).not.toContain(new URL(url).password)
  })

  test('of a user who may not make tables is told so', async () => {
    await database.query('create user reader password $$reads$$')
    const url = from(database.url, { username: 'reader', password: 'reads' })
    await expect(open(url).ready()).rejects.toMatchObject(refused('config_invalid', 'grant'))
  })

  test('with a schema keeps every table there', async () => {
    const url = await database.schema()
    await open(url).ready()
    const schema = new URL(url).searchParams.get('options')?.split('=')[1]
    const tables = (await database.query<{ table_schema: string }>(
      "select table_schema, table_name from information_schema.tables where table_name like 'ledger%'",
    )) as { table_schema: string; table_name: string }[]
    const here = tables.filter((each) => each.table_schema === schema).map((each) => each.table_name)
    expect(here).toEqual(expect.arrayContaining(['ledger_payments', 'ledger_migrations', 'ledger_migration_lock']))
    expect(tables.filter((each) => each.table_schema === 'public')).toEqual([])
  })
})

describe('settings', () => {
  const good = {
    ...{ version: 130000, fsync: 'on', synchronous_commit: 'on', encoding: 'UTF8', is_replica: false },
    ...{ read_only: 'off', schema: 'public' },
  }
  test('T-43 a server that is too old is refused; a stronger commit than needed is not', () => {
    expect(() => refuseWeakSettings({ ...good, version: 129999 })).toThrow('older than 13')
    for (const synchronous_commit of ['on', 'local', 'remote_write', 'remote_apply'])
      refuseWeakSettings({ ...good, synchronous_commit })
  })

  const weak: [string, string, string][] = [
    ['synchronous_commit off', 'set synchronous_commit = off', 'synchronous_commit = on'],
    ['transactions that are read-only', 'set default_transaction_read_only = on', 'default_transaction_read_only'],
  ]
  test.each(weak)('T-43 %s: refused with the remedy', async (_, setting, remedy) => {
    const own = await createDatabase()
    try {
      await own.query(`alter database ${new URL(own.url).pathname.slice(1)} ${setting}`)
      await expect(open(own.url).ready()).rejects.toMatchObject(refused('config_invalid', remedy))
    } finally {
      await own.drop()
    }
  })

  test('T-43 another encoding than UTF8 is refused with the remedy', async () => {
    const name = `latin_${process.pid}`
    await database.query(`create database ${name} encoding 'LATIN1' locale 'C' template template0`)
    try {
      await expect(open(from(database.url, { pathname: `/${name}` })).ready()).rejects.toMatchObject(
        refused('config_invalid', 'UTF8'),
      )
    } finally {
      await database.query(`drop database ${name} with (force)`)
    }
  })

  describe('of a server of its own', () => {
    let server: Server
    beforeAll(async () => {
      server = await startServer(['-c', 'fsync=off'])
    })
    afterAll(() => server?.remove())

    test('T-43 fsync off, or a read replica: refused with the remedy', async () => {
      await expect(open(server.url).ready()).rejects.toMatchObject(refused('config_invalid', 'set fsync = on'))
      await server.stop()
      writeFileSync(join(server.data, 'standby.signal'), '')
      await server.start()
      await expect(open(server.url).ready()).rejects.toMatchObject(refused('config_invalid', 'the primary'))
    })
  })
})

describe('versions beside one another', () => {
  test('T-44 a ledger of the first version comes forward with its rows, and is worked with as any', async () => {
    const url = await database.schema()
    const first = createShop({ store: postgres(url) })
    const ids = [await first.open('order-1'), await first.open('order-2')] as const
    await first.notify(paid(ids[0]))
    await first.settled()
    await first.checkout.close()
    for (const statement of backToFirst) await query(url, statement)
    const shop = createShop({ store: open(url) })
    expect(await shop.status(ids[0])).toEqual({ state: 'paid', delivered: true })
    await shop.notify(paid(ids[0]))
    await shop.notify(paid(ids[1], { reference: 'tx2' }))
    await shop.notify(refunded(ids[0]))
    await shop.settled()
    expect(shop.done.sort()).toEqual(['fulfil tx2', 'revoke tx1'])
    expect((await shop.store.forgettable('checkouts', { limit: 9, after: 0, before: Date.now() + 1 })).length).toBe(2)
  })

  const later = [
    'alter table ledger_payments add column mood text',
    'alter table ledger_checkouts add column mood text',
    'alter table ledger_events add column mood text',
    'create table ledger_moods (id text)',
    "insert into ledger_migrations (name, timestamp) values ('9999-99-99-later', '')",
  ]

  test('T-44 many may be the first: one makes the tables, none fails', async () => {
    const url = await database.schema()
    const stores = Array.from({ length: 8 }, () => open(url, { connections: 1 }))
    await Promise.all(stores.map((store) => store.ready()))
    await Promise.all(stores.map((store, at) => store.transaction((tx) => tx.seen(eventRow({ key: `k${at}` })))))
    expect(await stores[0]?.events({ limit: 99 })).toHaveLength(8)
  })

  test('T-44 a migration that fails half-way is taken back whole, and the next use tries again', async () => {
    const url = await database.schema()
    await query(url, 'create table ledger_probe (id text)') // in the way of the last of its tables
    const store = open(url)
    await expect(store.ready()).rejects.toThrow()
    const tables = await query(
      url,
      "select 1 from pg_tables where schemaname = current_schema() and tablename = 'ledger_payments'",
    )
    expect(tables).toEqual([])
    await query(url, 'drop table ledger_probe')
    await store.transaction((tx) => tx.saveCheckout(checkoutRow()))
  })

  test('T-44 what runs goes on while a later version changes the tables; what starts then is refused', async () => {
    const url = await database.schema()
    const shop = createShop({ store: open(url) })
    const ids = [await shop.open('order-1'), await shop.open('order-2')] as const
    expect(await (await shop.notify(paid(ids[0]))).text()).toBe('OK')
    await shop.settled()
    await query(url, ...later)
    // Its statements were prepared on several connections before: each of them must notice, and nothing may be lost.
    for (let times = 0; times < 12; times++) {
      expect((await shop.get(`checkouts/${ids[0]}`)).status).toBe(200)
      expect(await (await shop.notify(paid(ids[1], { reference: `P${times}` }))).text()).toBe('OK')
    }
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1', 'fulfil P0'])
    await expect(open(url).ready()).rejects.toMatchObject(refused('config_invalid', 'newer version'))
  })
})

describe('trips to the database', () => {
  test('first news of an order takes two, and its delivery one', async () => {
    const pool = new pg.Pool({ connectionString: await database.schema() })
    const texts: string[] = []
    const kysely = new Kysely<object>({
      dialect: new PostgresDialect({ pool }),
      log: ({ query: { sql } }) => void texts.push(sql.slice(0, 60)),
    })
    track({ close: () => kysely.destroy() })
    const shop = createShop({ store: track(postgres({ kysely })) })
    const id = await shop.open()
    texts.length = 0
    expect(await (await shop.notify(paid(id))).text()).toBe('OK')
    await vi.waitFor(() => expect(shop.done).toEqual(['fulfil tx1']))
    await vi.waitFor(async () => expect((await shop.checkout.ledger.payments())[0]?.delivery).toBe('done'))
    const written = texts.filter((text) => !text.startsWith('select * from'))
    expect(written).toEqual([
      expect.stringMatching(/^select checkout/),
      expect.stringMatching(/^with news/),
      expect.stringMatching(/^with unlocked/),
    ])
  })
})

describe('many at once', () => {
  test('T-39 one transaction for two checkouts in the same instant: one has it, the other is told', async () => {
    const url = await database.schema()
    const shops = [createShop({ store: open(url) }), createShop({ store: open(url) })] as const
    for (let round = 0; round < 25; round++) {
      const ids = [await shops[0].open(`a${round}`), await shops[1].open(`b${round}`)] as const
      const event = { reference: `tx${round}`, key: `same${round % 2 ? round : Math.random()}` }
      const answers = await Promise.all(
        ids.map((id, at) =>
          (shops[at] as (typeof shops)[0]).notify(paid(id, { ...event, key: `${event.key}${round % 2 ? '' : at}` })),
        ),
      )
      expect(await Promise.all(answers.map((each) => each.text()))).toEqual(['OK', 'OK'])
    }
    for (const shop of shops) await shop.settled()
    expect([...shops[0].done, ...shops[1].done].sort()).toEqual(Array.from({ length: 25 }, (_, at) => `fulfil tx${at}`).sort())
    const quarantined = await shops[0].checkout.ledger.events({ limit: 99 })
    expect(quarantined.filter(({ verdict }) => verdict === 'quarantined')).toHaveLength(25)
  })

  test('T-39 two operators decide about one event at once: one does, the other is told that it is decided', async () => {
    const url = await database.schema()
    const shops = [createShop({ store: open(url) }), createShop({ store: open(url) })] as const
    const cheap = { money: { amount: '0.01', currency: 'USD' } }
    for (let round = 0; round < 15; round++) {
      const id = await shops[0].open(`order-${round}`)
      await shops[0].notify(paid(id, { reference: `tx${round}`, ...cheap }))
      const event = { provider: 'pretend', key: `tx${round}:paid` }
      const decided = await Promise.allSettled([
        shops[0].checkout.ledger.quarantine.accept(event, { by: 'ada', reason: 'it was a coupon' }),
        shops[1].checkout.ledger.quarantine.drop(event, { by: 'bob', reason: 'nobody knows it' }),
      ])
      expect(decided.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(decided.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'event_mismatch' } })
      const { decisions, events, payments } = await shops[0].checkout.ledger.story(`order-${round}`)
      const isAccepted = decided[0].status === 'fulfilled'
      expect(decisions.map(({ by }) => by)).toEqual([isAccepted ? 'ada' : 'bob'])
      expect(events.map(({ verdict }) => verdict)).toEqual([isAccepted ? 'taken' : 'dropped'])
      expect(payments.map(({ state, held }) => [state, held])).toEqual([[isAccepted ? 'paid' : 'pending', false]])
    }
  })

  test('a payment that was not there when it was read is not written over', async () => {
    const url = await database.schema()
    const [one, other] = [open(url), open(url)]
    await one.transaction(async (tx) => {
      await tx.saveCheckout(checkoutRow())
      await tx.saveCheckout(checkoutRow({ id: 'checkout-2' }))
    })
    let runs = 0
    await one.transaction(async (tx) => {
      runs++
      const known = await tx.payment('pretend', 'tx1')
      if (runs === 1) await other.transaction((late) => late.savePayment(paymentRow({ state: 'paid' })))
      if (!known) await tx.savePayment(paymentRow({ checkoutId: 'checkout-2', orderId: 'order-2', state: 'failed' }))
    })
    expect(runs).toBe(2)
    expect(await one.payments({ limit: 9 })).toEqual([paymentRow({ state: 'paid' })])
  })

  test('T-45 a lease that was taken while we waited for the row is no lease from before the clock was set back', async () => {
    const store = open(await database.schema())
    await store.transaction(async (tx) => {
      await tx.saveCheckout(checkoutRow())
      await tx.savePayment(paymentRow({ state: 'paid' }))
    })
    const [locked, release] = [gate(), gate()]
    const late = store.transaction(async (tx) => {
      await locked.opened
      release.open()
      const row = await tx.payment('pretend', 'tx1') // waits for the holder, who began later
      return Number(row?.lease?.until) <= tx.now + leaseTime
    })
    await pause(30)
    await store.transaction(async (tx) => {
      await tx.payment('pretend', 'tx1')
      locked.open()
      await release.opened
      await tx.savePayment(paymentRow({ state: 'paid', lease: { until: tx.now + leaseTime, fence: 1 } }))
    })
    expect(await late).toBe(true)
  })

  test('T-45 leases count in the time of the database, whatever time it is here', async () => {
    const store = open(await database.schema())
    const real = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: 0 })
    const now = await store.transaction(async (tx) => tx.now)
    expect(Math.abs(now - real)).toBeLessThan(60_000)
  })

  test('T-43 two works that lock one another: both are done', async () => {
    const store = open(await database.schema())
    await store.transaction(async (tx) => {
      for (const id of ['a', 'b']) await tx.saveCheckout(checkoutRow({ id }))
    })
    const met = { a: gate(), b: gate() }
    const runs = { a: 0, b: 0 }
    const work = (mine: 'a' | 'b', other: 'a' | 'b') =>
      store.transaction(async (tx) => {
        await tx.checkout('pretend', { id: mine })
        met[mine].open()
        if (runs[mine]++ === 0) await met[other].opened
        await tx.checkout('pretend', { id: other })
        await tx.seen(eventRow({ key: mine }))
      })
    await Promise.all([work('a', 'b'), work('b', 'a')])
    expect((await store.events({ limit: 9 })).map(({ key }) => key).sort()).toEqual(['a', 'b'])
    expect(runs.a + runs.b).toBe(3)
  })

  test('T-43 a serialization failure is worth another run, and a bounded number of them', async () => {
    const store = open(await database.schema())
    await store.ready() // the time for running again begins with the first run
    let runs = 0
    const failing = store.transaction(async () => {
      runs++
      throw Object.assign(new Error('could not serialize access'), { code: '40001' })
    })
    await expect(failing).rejects.toMatchObject(refused('store_unavailable', '40001'))
    expect(runs).toBe(8)
  })
})

describe('trouble', () => {
  /** Every answer within 5 s, and never `OK`. */
  async function expectRefusals(shop: ReturnType<typeof createShop>, id: string) {
    const since = performance.now()
    const answers = await Promise.all([
      ...Array.from({ length: 20 }, (_, at) => shop.notify(paid(id, { reference: `P${at}` }))),
      shop.ask('order-2'),
    ])
    expect(performance.now() - since).toBeLessThan(5_000)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
    expect(answers[0]?.headers.get('retry-after')).toMatch(/^\d+$/)
  }

  test('T-40 a lock that is held for long: 503 within 5 s, while others go on; it recovers by itself', async () => {
    const url = await database.schema()
    const shop = createShop({ store: open(url) })
    const [id, free] = [await shop.open(), await shop.open('order-9')]
    const holder = await connect(url)
    await holder.query('begin')
    await holder.query('select * from ledger_checkouts where id = $1 for update', [id])
    const since = performance.now()
    const answer = shop.notify(paid(id))
    expect(await (await shop.notify(paid(free, { reference: 'other' }))).text()).toBe('OK')
    expect((await answer).status).toBe(503)
    expect(performance.now() - since).toBeLessThan(5_000)
    expect(shop.lines.join('\n')).toContain('store_unavailable')
    await holder.query('rollback')
    expect(await (await shop.notify(paid(id))).text()).toBe('OK')
  })

  test('T-40 a payment that somebody holds locked is not waited for in order to replace it', async () => {
    const url = await database.schema()
    const store = open(url)
    await store.transaction(async (tx) => {
      await tx.saveCheckout(checkoutRow())
      await tx.savePayment(paymentRow())
    })
    const done = () => store.replacePayment(paymentRow(), (now) => paymentRow({ state: 'paid', fulfilledAt: now }))
    const holder = await connect(url)
    await holder.query('begin')
    await holder.query('select * from ledger_payments for update')
    const since = performance.now()
    expect(await done()).toBe(false)
    expect(performance.now() - since).toBeLessThan(2_000)
    await holder.query('rollback')
    expect(await done()).toBe(true)
    const [row] = await query<{ state: string; late: number }>(
      url,
      'select state, (extract(epoch from clock_timestamp()) * 1000 - fulfilled_at)::float as late from ledger_payments',
    )
    expect(row?.state).toBe('paid')
    expect(Math.abs(Number(row?.late))).toBeLessThan(2_000)
  })

  test('T-40 every connection is taken: 503 within 5 s; it recovers by itself', async () => {
    const store = open(await database.schema(), { connections: 2 })
    const shop = createShop({ store })
    const id = await shop.open()
    const done = gate()
    const holding = [1, 2].map(() => store.transaction(() => done.opened))
    await pause(50)
    await expectRefusals(shop, id)
    done.open()
    await Promise.allSettled(holding)
    expect(await (await shop.notify(paid(id))).text()).toBe('OK')
  })

  test('T-40 a database that does not answer any more: 503 within 5 s; it recovers by itself', async () => {
    const proxy = track(await startProxy(await database.schema()))
    const shop = createShop({ store: open(proxy.url) })
    const id = await shop.open()
    proxy.swallow()
    await expectRefusals(shop, id)
    proxy.mend()
    expect(await (await shop.notify(paid(id))).text()).toBe('OK')
  })

  test('T-40 a database that did not answer from the start: 503 within 5 s; it recovers by itself', async () => {
    const proxy = track(await startProxy(await database.schema()))
    proxy.swallow()
    const shop = createShop({ store: open(proxy.url) })
    const since = performance.now()
    expect((await shop.ask()).status).toBe(503)
    expect(performance.now() - since).toBeLessThan(5_000)
    proxy.mend()
    expect((await shop.ask()).status).toBe(200)
  })

  test.each([
    ['before', 'first news'],
    ['after', 'first news'],
    ['before', 'later news'],
    ['after', 'later news'],
  ] as const)(
    'T-41 the connection is lost %s the server has done the COMMIT of %s: not acknowledged, and the repeat makes it right',
    async (when, which) => {
      const url = await database.schema()
      const proxy = track(await startProxy(url))
      const clock = { at: Date.UTC(2026, 0, 1) }
      const now = () => new Date(clock.at)
      const shop = createShop({ store: open(proxy.url, { now }), now })
      const id = await shop.open()
      const isLater = which === 'later news'
      if (isLater) await shop.notify(eventOf(id, { key: 'begun', becomes: 'pending' }))
      proxy.cutAtCommit(when)
      const answer = await shop.notify(paid(id))
      expect(proxy.hasCut).toBe(true)
      expect([answer.status, await answer.text()]).toEqual([503, 'store_unavailable'])
      const stored = await query<{ state: string }>(url, 'select state from ledger_payments')
      const before = isLater ? [{ state: 'pending' }] : []
      expect(stored).toEqual(when === 'after' ? [{ state: 'paid' }] : before)
      expect(await (await shop.notify(paid(id))).text()).toBe('OK')
      await shop.settled()
      clock.at += leaseTime // of whoever was not told that it has one
      await shop.settled()
      expect(shop.done).toEqual(['fulfil tx1'])
      expect(await shop.checkout.ledger.events()).toHaveLength(isLater ? 2 : 1)
    },
  )

  test('T-40 first news of a checkout that somebody holds locked is not waited for at the server: 503 within 5 s', async () => {
    const url = await database.schema()
    const shop = createShop({ store: open(url) })
    const id = await shop.open()
    const holder = await connect(url)
    await holder.query('begin')
    await holder.query('select * from ledger_checkouts for update')
    const since = performance.now()
    expect((await shop.notify(paid(id))).status).toBe(503)
    expect(performance.now() - since).toBeLessThan(5_000)
    await pause(500)
    // Nobody stands in the server's queue any more: nothing is written when the lock is let go.
    const [waiting] = await query<{ count: number }>(
      url,
      "select count(*)::int from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
    )
    expect(waiting?.count).toBe(0)
    await holder.query('rollback')
    expect(await (await shop.notify(paid(id))).text()).toBe('OK')
  })

  test('an error of a work is its own; what the database says of values stays inside', async () => {
    const store = open(await database.schema())
    const error = await store
      .transaction((tx) => tx.savePayment(paymentRow({ checkoutId: 'secret-of-a-buyer' })))
      .catch((each) => each)
    expect(error).toMatchObject(refused('store_unavailable', '23503'))
    expect(`${error.message} ${error.stack}`).not.toContain('secret-of-a-buyer')
    const own = Object.assign(new Error('mine'), { code: 'E_MINE?' })
    expect(asStoreError(own)).toBe(own)
  })

  describe('a server of its own', () => {
    let server: Server
    beforeAll(async () => {
      server = await startServer()
    })
    afterAll(() => server?.remove())

    test('T-40 stopped and started again under load, three times: whatever was acknowledged is there, and given', {
      timeout: 60_000,
    }, async () => {
      let ahead = 0
      const now = () => new Date(Date.now() + ahead)
      const shop = createShop({ store: open(server.url, { connections: 8, now }), now })
      const count = 150
      const ids: string[] = []
      while (ids.length < count) ids.push(await shop.open(`order-${ids.length}`))
      const acknowledged = new Set<string>()
      let refusals = 0
      let isOver = false
      async function repeat(at: number): Promise<void> {
        while (!isOver) {
          const since = performance.now()
          const answer = await shop.notify(paid(ids[at] as string, { reference: `P${at}` }))
          expect(performance.now() - since).toBeLessThan(5_000)
          if ((await answer.text()) === 'OK') return void acknowledged.add(`P${at}`)
          refusals++
          await pause(20)
        }
      }
      const senders = Array.from({ length: 8 }, async (_, lane) => {
        for (let at = lane; at < count; at += 8) {
          await pause(40)
          await repeat(at)
        }
      })
      for (let times = 0; times < 3; times++) {
        await pause(120)
        await server.stop()
        await pause(150)
        await server.start()
      }
      const late = setTimeout(() => {
        isOver = true
      }, 20_000)
      await Promise.all(senders)
      clearTimeout(late)
      expect(refusals).toBeGreaterThan(0)
      expect(acknowledged.size).toBe(count)
      // An outcome that could not be written waits for the end of its lease: the next holder gives it again, under the same id.
      ahead = leaseTime
      for (let rounds = 0; rounds < 6; rounds++) await shop.settled()
      const payments = await shop.checkout.ledger.payments({ limit: 999 })
      expect(payments.filter(({ state, delivery }) => state === 'paid' && delivery === 'done')).toHaveLength(count)
      expect(new Set(shop.deliveries.map(({ id }) => id)).size).toBe(count)
    })
  })
})
