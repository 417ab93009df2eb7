import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/server/index.js'
import { memory } from '../../src/stores/memory.js'
import { postgres } from '../../src/stores/postgres.js'
import { sqlite } from '../../src/stores/sqlite.js'
import { createDatabase, type TestDatabase } from '../postgres/databases.js'
import { eventOf, paid, pretend, refunded } from './pretend-provider.js'
import { createShop, order } from './shop.js'

const day = 24 * 60 * 60_000
const canary = 'canary@example.com'
const folder = mkdtempSync(join(tmpdir(), 'checkout-forget-'))
let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(async () => {
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})
let files = 0

type Now = () => Date
const stores: [string, (now: Now) => Store | Promise<Store>][] = [
  ['memory', (now) => memory({ now })],
  ['SQLite', (now) => sqlite(join(folder, `${files++}.db`), { now })],
  ['PostgreSQL', async (now) => postgres({ url: await database.schema(), now })],
]

describe.each(stores)('T-46 forgetting, in %s', (_, make) => {
  async function open(change: Parameters<typeof createShop>[0] = {}) {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const now = () => new Date(clock.at)
    const personal = { id: 'u1', email: canary, name: canary, phone: canary, address: { line1: canary }, country: 'NL' }
    const sold = order('x', {
      ...{ title: 'Gold', buyer: { ...personal, registeredAt: now(), cards: [{ provider: 'p', id: canary, label: canary }] } },
      ...{ items: [{ title: 'Bar', quantity: 1 }], metadata: { cart: '7' }, renews: { period: { every: 1, unit: 'month' } } },
    })
    const shop = createShop({
      ...{ store: await make(now), now, price: (id) => ({ ...sold, id }) },
      providers: [
        pretend({
          open: async ({ id }) => ({
            ...{ url: new URL(`https://pay.example/?email=${canary}`), fields: { email: canary } },
            ...{ kept: { total: '19.90' }, reference: `session-${id}`, bindsLater: true },
            askAt: [new Date(clock.at + day)],
          }),
        }),
      ],
      ...change,
    })
    const everything = async () => {
      const rows: unknown[] = []
      for (const kind of ['checkouts', 'payments', 'events', 'notices', 'decisions'] as const)
        rows.push(...(await shop.checkout.ledger.page(kind, { limit: 999 })))
      return JSON.stringify(rows)
    }
    return {
      shop,
      clock,
      everything,
      forget: (before = clock.at) => shop.checkout.ledger.forget({ olderThan: new Date(before) }),
    }
  }
  const details = { name: canary }

  test('T-46 leaves nothing personal of what is finished, and everything that is needed later', async () => {
    const { shop, clock, everything, forget } = await open()
    const id = await shop.open('order-1', undefined, { page: `https://shop.example/cart?mail=${canary}` })
    await shop.notify(paid(id, { details }))
    await shop.notify(eventOf(id, { news: 'disputed', details }))
    await shop.notify(
      eventOf(id, { key: 'cheap', reference: 'tx2', becomes: 'failed', objection: 'odd', buyerId: 'u1', details }),
    )
    await shop.checkout.ledger.quarantine.drop({ provider: 'pretend', key: 'cheap' }, { by: 'ada', reason: 'a test' })
    await shop.settled()
    clock.at += 100 * day
    const before = shop.deliveries[0]?.order
    expect(await forget()).toEqual({ checkouts: 1, events: 3, notices: 2 })
    expect(await everything()).not.toContain('canary')
    expect(await forget()).toEqual({ checkouts: 0, events: 0, notices: 0 })

    // Replays are known as such, with their old verdicts.
    for (const event of [paid(id, { details }), eventOf(id, { news: 'disputed', details })])
      expect((await shop.notify(event)).status).toBe(200)
    expect(
      (await shop.notify(paid(id, { key: 'tx1:paid', reference: 'tx1', money: { amount: '1.00', currency: 'USD' } }))).status,
    ).toBe(200)
    await shop.settled()
    expect([shop.done, shop.news.length]).toEqual([['fulfil tx1'], 1])
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })

    // A renewal is compared with the order and given, with all that was sold; a wrong one is not.
    const right = { renewal: true, money: { amount: '19.90', currency: 'USD' }, buyerId: 'u1' }
    await shop.notify(paid(id, { reference: 'tx3', ...right }))
    await shop.notify(paid(id, { reference: 'tx4', ...right, buyerId: 'u2' }))
    await shop.notify({ ...paid(id, { reference: 'tx5', ...right }), checkout: { reference: 'session-order-1' } })
    await shop.settled()
    expect(shop.done.sort()).toEqual(['fulfil tx1', 'fulfil tx3', 'fulfil tx5'])
    expect(shop.deliveries[1]?.order).toEqual({ ...before, buyer: { id: 'u1' } })
    expect((await shop.checkout.ledger.quarantine.list()).map(({ reference }) => reference).sort()).toEqual(['tx1', 'tx4'])
    // A refund is taken back, late news is told, and both are forgotten in their turn.
    await shop.checkout.ledger.quarantine.drop(
      {
        provider: 'pretend',
        key: (await shop.checkout.ledger.quarantine.list()).find(({ reference }) => reference === 'tx1')?.key ?? '',
      },
      { by: 'ada', reason: 'a replay' },
    )
    await shop.notify(refunded(id, { details }))
    await shop.settled()
    expect(shop.done.sort()).toContain('revoke tx1')
    expect(await everything()).toContain('canary')
    clock.at += 100 * day
    await forget()
    expect(await everything()).not.toContain('canary')
    await shop.checkout.close()
  })

  test('T-46 a checkout whose outcome was never heard is open for as long as it is looked for', async () => {
    const { shop, clock, everything, forget } = await open()
    await shop.open('unheard')
    await shop.notify(eventOf(await shop.open('failed'), { reference: 'P9', becomes: 'failed' }))
    clock.at += 29 * day
    expect(await forget()).toMatchObject({ checkouts: 1 })
    expect((await shop.checkout.ledger.reconcile()).map(({ kind, orderId }) => [kind, orderId])).toEqual([
      ['unconfirmed', 'unheard'],
    ])
    expect(await everything()).toContain('canary')
    clock.at += 2 * day
    expect(await forget()).toMatchObject({ checkouts: 1 })
    expect(await everything()).not.toContain('canary')
  })

  test('T-46 touches nothing that is young, or open in any way', async () => {
    let isBroken = true
    const fulfil = () => {
      if (isBroken) throw new Error('not yet')
    }
    const { shop, clock, everything, forget } = await open({ fulfil, delivery: { attempts: 1 } })
    await shop.notify(paid(await shop.open('stuck'), { reference: 'P1', details }))
    await shop.notify(paid(await shop.open('held'), { reference: 'P2', objection: 'odd', details }))
    await shop.notify(paid('a'.repeat(22), { reference: 'P3', details }))
    await shop.settled()
    clock.at += 100 * day
    const before = await everything()
    expect(await forget(Date.UTC(2026, 0, 1))).toEqual({ checkouts: 0, events: 0, notices: 0 })
    expect(await everything()).toBe(before)
    expect(await forget()).toMatchObject({ checkouts: 0, events: 0 })
    isBroken = false
    await shop.checkout.ledger.retry({ provider: 'pretend', reference: 'P1' })
    await shop.checkout.ledger.quarantine.drop({ provider: 'pretend', key: 'P2:paid' }, { by: 'ada', reason: 'no' })
    await shop.checkout.ledger.quarantine.drop({ provider: 'pretend', key: 'P3:paid' }, { by: 'ada', reason: 'no' })
    await shop.settled()
    expect(await forget()).toMatchObject({ checkouts: 2, events: 3 })
    expect(await everything()).not.toContain('canary')
    await shop.checkout.close()
  })

  test('T-46 keeps what nobody has heard yet, and what stands in quarantine though it holds no payment', async () => {
    const alert = () => {
      throw new Error('the mail server is away')
    }
    const { shop, clock, forget } = await open({ alert })
    await shop.notify(paid(await shop.open('order-1'), { reference: 'P1', details }))
    // A second checkout's claim to that transaction, which is delivered and stays so.
    await shop.notify(paid(await shop.open('order-2'), { key: 'claim', reference: 'P1', details }))
    await shop.settled()
    clock.at += 100 * day
    expect(await forget()).toMatchObject({ events: 1, notices: 0 })
    const { ledger } = shop.checkout
    expect(await ledger.quarantine.list()).toMatchObject([{ reference: 'P1', details, said: { checkout: {} } }])
    expect(await ledger.notices({ untold: true })).toMatchObject([{ kind: 'contradiction', details }])
    await shop.checkout.close()
  })

  test.each([{ received: true }, { underReview: true }])('T-46 touches no money that is on its way, %o', async (mark) => {
    const { shop, clock, forget } = await open()
    const id = await shop.open('order-1')
    await shop.notify(eventOf(id, { becomes: 'pending', ...mark, details }))
    const status = await shop.status(id)
    clock.at += 100 * day
    expect(await forget()).toMatchObject({ checkouts: 0, events: 0 })
    expect(await shop.status(id)).toEqual(status)
    // What arrives at last is given to the buyer who paid, and then forgotten.
    await shop.notify(paid(id))
    await shop.settled()
    expect(shop.deliveries[0]?.order.buyer.email).toBe(canary)
    clock.at += day
    expect(await forget()).toMatchObject({ checkouts: 1, events: 1 })
    await shop.checkout.close()
  })

  test('T-46 more than a page of one moment is forgotten whole', async () => {
    const { shop, clock, everything, forget } = await open()
    const id = await shop.open('order-1')
    await shop.notify(...Array.from({ length: 130 }, (_, at) => eventOf(id, { key: `k${at}`, news: 'settled', details })))
    await shop.settled()
    for (let rounds = 0; rounds < 4; rounds++) await shop.settled()
    clock.at += 31 * day
    expect(await forget()).toMatchObject({ checkouts: 1, events: 130 })
    expect(await everything()).not.toContain('canary')
    await shop.checkout.close()
  })
})

test('T-46 work() forgets by itself what is older than the days that are kept', async () => {
  const shop = createShop({ keep: { details: 30 } })
  const id = await shop.open('order-1')
  await shop.notify(paid(id))
  await shop.settled()
  const buyer = async () => (await shop.store.checkout(id))?.order.buyer
  shop.clock.at += 30 * day
  await shop.settled()
  expect(await buyer()).toHaveProperty('email')
  shop.clock.at += 1
  const stop = new AbortController()
  const work = shop.checkout.work({ signal: stop.signal })
  await expect.poll(buyer).toEqual({ id: 'u1' })
  stop.abort()
  await work
  shop.clock.at += 30 * day
  const other = await shop.open('order-2')
  shop.clock.at += 30 * day + 1
  await shop.checkout.work({ once: true })
  expect((await shop.store.checkout(other))?.order.buyer).toEqual({ id: 'u1' })
})
