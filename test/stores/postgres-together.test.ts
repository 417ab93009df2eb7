import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { leaseTime, type Payment, type Store } from '../../src/server/store.js'
import { postgres } from '../../src/stores/postgres.js'
import { createDatabase, query, type TestDatabase } from '../postgres/databases.js'
import { startProxy } from '../postgres/proxy.js'
import { paid } from '../server/pretend-provider.js'
import { createShop, type Shop } from '../server/shop.js'
import { checkoutRow, eventRow, paymentRow } from './rows.js'

// What comes at the same moment shares a statement: nobody's luck or bad luck may become another's.

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database?.drop())

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close()
})
const track = <Each extends { close(): unknown }>(each: Each): Each => {
  opened.push(each)
  return each
}

const count = 12
const nameOf = (at: number) => ({ id: `checkout-${at}`, orderId: `order-${at}`, reference: `tx${at}` })

/** A ledger of checkouts, and each statement that it is told. */
async function openWatched() {
  const texts: string[] = []
  const pool = new pg.Pool({ connectionString: await database.schema() })
  const log = ({ query: { sql } }: { query: { sql: string } }) => void texts.push(sql.slice(0, 20))
  const kysely = new Kysely<object>({ dialect: new PostgresDialect({ pool }), log })
  track({ close: () => kysely.destroy() })
  const store = track(postgres({ kysely }))
  await store.transaction(async (tx) => {
    for (let at = 0; at < count; at++) {
      const { id, orderId } = nameOf(at)
      await tx.saveCheckout(checkoutRow({ id, orderId }))
    }
  })
  texts.length = 0
  return { store, texts, written: () => texts.filter((text) => /^(with|insert|begin)/.test(text)) }
}

/** First news of one of them, as the ledger records it. */
function record(
  store: Store,
  at: number,
  details: Record<string, string> = {},
  key = `tx${at}:paid`,
): Promise<Payment | 'known'> {
  const { id, orderId, reference } = nameOf(at)
  const news = { provider: 'pretend', key, reference, checkout: { id } }
  return store.transaction(async (tx) => {
    await tx.checkout('pretend', news.checkout)
    if (await tx.payment('pretend', reference)) return 'known'
    if (await tx.seen(eventRow({ key, reference, checkoutId: id, orderId, details, at: tx.now }))) return 'known'
    const payment = paymentRow({ reference, checkoutId: id, orderId, role: 'first', state: 'paid', details })
    await tx.savePayment(payment)
    return payment
  }, news)
}
const all = Array.from({ length: count }, (_, at) => at)

describe('news of the same moment', () => {
  test('shares one statement to read and one to write, and so do the deliveries of it', async () => {
    const { store, texts, written } = await openWatched()
    const payments = (await Promise.all(all.map((at) => record(store, at)))) as Payment[]
    expect(texts.map((text) => text.split(' ')[0])).toEqual(['select', 'with'])
    expect(await store.payments({ limit: 99 })).toHaveLength(count)
    expect(payments.map(({ reference }) => reference)).toEqual(all.map((at) => `tx${at}`))
    texts.length = 0
    const done = payments.map((each) => store.replacePayment(each, () => ({ ...each, delivery: 'done' })))
    expect(await Promise.all(done)).toEqual(all.map(() => true))
    expect(written()).toHaveLength(1)
    expect((await store.payments({ limit: 99 })).every(({ delivery }) => delivery === 'done')).toBe(true)
  })

  test('T-48 is written though the key of one is taken, the work of one fails, and a text of one is none', async () => {
    const { store } = await openWatched()
    await store.transaction((tx) => tx.seen(eventRow({ key: 'taken', reference: 'old' })))
    const error = new Error('of the work')
    const failing = store.transaction(
      async (tx) => {
        await tx.checkout('pretend', { id: 'checkout-1' })
        throw error
      },
      { provider: 'pretend', key: 'k', reference: 'tx1', checkout: { id: 'checkout-1' } },
    )
    const became = await Promise.allSettled([
      ...[record(store, 0, {}, 'taken'), failing, record(store, 2, { half: '\ud800' })],
      ...all.slice(3).map((at) => record(store, at)),
    ])
    expect(became[0]).toEqual({ status: 'fulfilled', value: 'known' })
    expect(became[1]).toEqual({ status: 'rejected', reason: error })
    expect(became.slice(2).map(({ status }) => status)).toEqual(all.slice(2).map(() => 'fulfilled'))
    const stored = (await store.payments({ limit: 99 })).map(({ reference }) => reference)
    expect(stored.sort()).toEqual(
      all
        .slice(2)
        .map((at) => `tx${at}`)
        .sort(),
    )
    expect(await store.events({ limit: 99 })).toHaveLength(count - 1)
  })

  test('T-27 T-31 T-39 has each its own outcome: new, repeated, contradicting, unknown, twice of one checkout, two of one order', async () => {
    const shop = createShop({ store: track(postgres(await database.schema())) })
    const [news, repeated, cheap, twice, one, other] = await Promise.all(
      ['new', 'repeated', 'cheap', 'twice', 'double', 'double'].map((name) => shop.open(name)),
    )
    const tell = (id = '', reference: string, change = {}) => shop.notify(paid(id, { reference, ...change }))
    await tell(repeated, 'r')
    await shop.settled()
    const answers = await Promise.all([
      ...[tell(news, 'n'), tell(repeated, 'r'), tell(cheap, 'c', { money: { amount: '0.01', currency: 'USD' } })],
      ...[tell('nobody', 'u'), tell(twice, 't'), tell(twice, 't', { key: 't:refunded', becomes: 'refunded' })],
      ...[tell(one, 'd1'), tell(other, 'd2')],
    ])
    const said = await Promise.all(answers.map((each) => each.text()))
    expect(said).toEqual(['OK', 'OK', 'OK', 'checkout_unknown', 'OK', 'OK', 'OK', 'OK'])
    await shop.settled()
    const payments = await shop.checkout.ledger.payments({ limit: 99 })
    const storyOf = (reference: string) => payments.find((each) => each.reference === reference)
    expect(storyOf('n')).toMatchObject({ state: 'paid', role: 'first', delivery: 'done' })
    expect(storyOf('c')).toMatchObject({ state: 'pending', held: true, delivery: 'none' })
    expect(storyOf('u')).toBeUndefined()
    expect(storyOf('t')).toMatchObject({ state: 'refunded', delivery: 'none' })
    expect(['d1', 'd2'].map((reference) => storyOf(reference)?.role).sort()).toEqual(['first', 'surplus'])
    const doubles = shop.done.filter((each) => /^fulfil d/.test(each))
    expect(doubles).toHaveLength(1)
    expect(shop.done.filter((each) => each === 'fulfil n' || each === 'fulfil r').sort()).toEqual(['fulfil n', 'fulfil r'])
    const ofTwice = shop.done.filter((each) => each.endsWith(' t'))
    expect([[], ['fulfil t', 'revoke t']]).toContainEqual(ofTwice)
    const verdicts = (await shop.checkout.ledger.events({ limit: 99 })).map(
      ({ reference, verdict }) => `${reference} ${verdict}`,
    )
    expect(verdicts.sort()).toEqual([
      ...['c quarantined', 'd1 taken', 'd2 taken', 'n taken', 'r taken', 't taken', 't taken', 'u unknown'],
    ])
  })

  test('T-31 on two instances at once, each payment told to both: each is there once', async () => {
    const url = await database.schema()
    const shops = [1, 2].map(() => createShop({ store: track(postgres(url)) })) as [Shop, Shop]
    const ids: string[] = []
    for (const at of all) ids.push(await shops[0].open(`order-${at}`))
    const tell = (shop: Shop, at: number) => shop.notify(paid(ids[at] as string, { reference: `tx${at}` }))
    const backwards = all.toReversed()
    const answers = await Promise.all([...all.map((at) => tell(shops[0], at)), ...backwards.map((at) => tell(shops[1], at))])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    for (const shop of shops) await shop.settled()
    expect(shops.flatMap(({ done }) => done).sort()).toEqual(all.map((at) => `fulfil tx${at}`).sort())
    expect(await shops[0].checkout.ledger.events({ limit: 99 })).toHaveLength(count)
  })
})

describe('trouble of the same moment', () => {
  async function openShop(url: string, change = {}) {
    const shop = createShop({ store: track(postgres({ url })), ...change })
    const ids: string[] = []
    for (const at of all) ids.push(await shop.open(`order-${at}`))
    const tellAll = (which = all) =>
      Promise.all(which.map(async (at) => (await shop.notify(paid(ids[at] as string, { reference: `tx${at}` }))).status))
    return { shop, ids, tellAll }
  }

  test.each(['before', 'after'] as const)(
    'T-41 the connection is lost %s their COMMIT: nobody is acknowledged whose row is not there, and the repeat makes it right',
    async (when) => {
      const url = await database.schema()
      const proxy = track(await startProxy(url))
      const clock = { at: Date.UTC(2026, 0, 1) }
      const now = () => new Date(clock.at)
      const { shop, tellAll } = await openShop(proxy.url, { store: track(postgres({ url: proxy.url, now })), now })
      proxy.cutAtCommit(when)
      const answers = await tellAll()
      expect(proxy.hasCut).toBe(true)
      expect(answers.filter((status) => status === 503).length).toBeGreaterThan(1)
      const stored = new Set(
        (await query<{ reference: string }>(url, 'select reference from ledger_payments')).map((row) => row.reference),
      )
      for (const [at, status] of answers.entries()) if (status === 200) expect(stored).toContain(`tx${at}`)
      expect(await tellAll()).toEqual(all.map(() => 200))
      await shop.settled()
      clock.at += leaseTime // of whoever was not told that it has one
      await shop.settled()
      expect(shop.done.toSorted()).toEqual(all.map((at) => `fulfil tx${at}`).sort())
      expect(await shop.checkout.ledger.events({ limit: 99 })).toHaveLength(count)
    },
  )

  test('T-48 one whose row somebody holds keeps no other waiting, neither beside it nor after it', async () => {
    const url = await database.schema()
    const { ids, tellAll, shop } = await openShop(url)
    const [locked, holder] = [new pg.Client(url), new pg.Client(url)]
    for (const client of [locked, holder]) {
      client.on('error', () => {})
      await client.connect()
      track({ close: () => client.end() })
      await client.query('begin')
    }
    await locked.query('select * from ledger_checkouts where id = $1 for update', [ids[0]])
    const [first, ...others] = [tellAll([0]), tellAll(all.slice(2))]
    expect((await Promise.all(others)).flat()).toEqual(all.slice(2).map(() => 200))
    // An event that another instance has inserted and not yet committed: the shared statement waits for it.
    await holder.query(
      "insert into ledger_events (provider, key, content, verdict, reference, reason, details, at) values ('pretend', 'tx1:paid', '', 'taken', 'x', '', '{}', 0)",
    )
    const waiting = tellAll([1])
    await new Promise((resolve) => setTimeout(resolve, 300))
    const later = await shop.notify(paid(await shop.open('later'), { reference: 'later' }))
    expect(later.status).toBe(200)
    // Both still wait; whoever stood behind them would have been given up.
    const isAnswered = await Promise.race([first, waiting, new Promise((resolve) => setTimeout(resolve, 0, 'no'))])
    expect(isAnswered).toBe('no')
    for (const client of [locked, holder]) await client.query('rollback')
    expect([...((await first) as number[]), ...(await waiting)]).toEqual([200, 200])
  })
})
