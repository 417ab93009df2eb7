import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { type PaymentState, rank } from '../../src/protocol/payment-state.js'
import type { News, PaymentEvent } from '../../src/providers/adapter.js'
import { CheckoutError, type Delivery } from '../../src/server/index.js'
import { record } from '../../src/server/ledger.js'
import { memory } from '../../src/stores/memory.js'
import { sqlite } from '../../src/stores/sqlite.js'
import { eventOf, paid, pretend, refunded } from './pretend-provider.js'
import { createShop, gate, noRoom, order, type Shop } from './shop.js'

const payment = async (shop: Shop, reference: string) =>
  (await shop.checkout.ledger.payments()).find((each) => each.reference === reference)
const roles = async (shop: Shop) =>
  Object.fromEntries((await shop.checkout.ledger.payments()).map(({ reference, role }) => [reference, role]))
const kinds = (shop: Shop) => shop.notices.map(({ kind }) => kind)
const monthly = (id: string) => order(id, { renews: { period: { every: 1, unit: 'month' } } })

const folder = mkdtempSync(join(tmpdir(), 'checkout-ledger-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
/** Two instances of one new file: two processes, as far as SQLite can tell. */
function twoStores() {
  const path = join(folder, `${files++}.db`)
  return [sqlite(path), sqlite(path)]
}

describe('the ten sequences', () => {
  test('1: under review, paid by another payment, then accepted: one fulfilment', async () => {
    const shop = createShop()
    const [one, two] = [await shop.open(), await shop.open()]
    await shop.notify(eventOf(one, { reference: 'P1', becomes: 'pending' }))
    await shop.notify(paid(two, { reference: 'P2' }))
    await shop.notify(paid(one, { reference: 'P1' }))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil P2'])
    expect(await roles(shop)).toEqual({ P1: 'surplus', P2: 'first' })
    expect(shop.notices).toMatchObject([{ kind: 'surplus', reference: 'P1' }])
  })

  test('2, T-36: refunded before its paid notice: it takes no place, and the next payment is the first', async () => {
    const shop = createShop()
    const [one, two] = [await shop.open(), await shop.open()]
    await shop.notify(refunded(one, { reference: 'P1' }))
    await shop.notify(paid(two, { reference: 'P2' }))
    expect((await shop.notify(paid(one, { reference: 'P1' }))).status).toBe(200)
    await shop.settled()
    expect(shop.done).toEqual(['fulfil P2'])
    expect(await payment(shop, 'P1')).toMatchObject({ state: 'refunded', delivery: 'none' })
    expect((await payment(shop, 'P1'))?.role).toBeUndefined()
    // The late paid notice is kept as history.
    expect((await shop.checkout.ledger.events()).map(({ key }) => key)).toContain('P1:paid')
  })

  test('3, T-27: paid twice at the same instant on two instances: one is first, the other surplus', async () => {
    const store = memory()
    const [one, other] = [createShop({ store }), createShop({ store })]
    const [first, second] = [await one.open(), await other.open()]
    const answers = await Promise.all([
      one.notify(paid(first, { reference: 'P1' })),
      other.notify(paid(second, { reference: 'P2' })),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    await one.settled()
    await other.settled()
    expect([...one.done, ...other.done]).toHaveLength(1)
    expect(Object.values(await roles(one)).sort()).toEqual(['first', 'surplus'])
    expect([...kinds(one), ...kinds(other)]).toEqual(['surplus'])
  })

  test('4, T-37: a partial reversal is news, and a full one after it still revokes', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id))
    await shop.notify(eventOf(id, { key: 'tx1:2:10', news: 'partly_reversed' }))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
    expect(shop.news).toMatchObject([{ kind: 'partly_reversed', reference: 'tx1', orderId: 'order-1' }])
    await shop.notify(refunded(id, { key: 'tx1:2:9' }))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1', 'revoke tx1'])
    expect((await shop.checkout.ledger.events({ orderId: 'order-1' })).map(({ key }) => key).sort()).toEqual([
      'tx1:2:10',
      'tx1:2:9',
      'tx1:paid',
    ])
  })

  test('5: refunded while the hook runs: the hook ends first, then it is revoked', async () => {
    const done: string[] = []
    const hook = gate()
    const shop = createShop({
      fulfil: async () => {
        done.push('fulfil begins')
        await hook.opened
        done.push('fulfil ends')
      },
      revoke: () => void done.push('revoke'),
    })
    const id = await shop.open()
    await shop.notify(paid(id))
    await shop.notify(refunded(id))
    expect(await payment(shop, 'tx1')).toMatchObject({ state: 'refunded', delivery: 'started' })
    hook.open()
    await shop.settled()
    expect(done).toEqual(['fulfil begins', 'fulfil ends', 'revoke'])
    expect(await payment(shop, 'tx1')).toMatchObject({ state: 'refunded', delivery: 'none' })
  })

  /** Two processes: the first one's hook outlives its lease, and the other takes over. */
  async function takenOver() {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const store = memory({ now: () => new Date(clock.at) })
    const [late, next, hooked] = [gate(), gate(), gate()]
    const [deliveries, revoked]: [Delivery[], string[]] = [[], []]
    const shopWith = (fulfil: () => Promise<void>) =>
      createShop({
        store,
        fulfil: (delivery) => {
          deliveries.push(delivery)
          return fulfil()
        },
        revoke: ({ reference }) => void revoked.push(reference),
      })
    const first = shopWith(() => {
      hooked.open()
      return late.opened
    })
    const other = shopWith(() => next.opened)
    const id = await first.open()
    await first.notify(paid(id))
    await hooked.opened
    clock.at += 60_000
    const taking = other.checkout.work({ once: true })
    await vi.waitFor(() => expect(deliveries).toHaveLength(2))
    return { id, first, other, late, next, deliveries, revoked, taking }
  }

  test.each(['succeeds', 'fails'])(
    '6, T-34: a lease runs out, another holds it, and the late one %s: it writes nothing',
    async (how) => {
      const { first, other, late, next, deliveries, taking } = await takenOver()
      const held = await payment(other, 'tx1')
      expect(held).toMatchObject({ delivery: 'started', attempts: 2, lease: { fence: 2 } })
      if (how === 'succeeds') late.open()
      else late.fail(new Error('late, and it failed as well'))
      await first.settled()
      expect(await payment(other, 'tx1')).toEqual(held)
      next.open()
      await taking
      expect(await payment(other, 'tx1')).toMatchObject({ delivery: 'done', attempts: 0, lease: { until: 0, fence: 2 } })
      expect(deliveries.map((each) => each.id)).toEqual(['pretend:tx1', 'pretend:tx1'])
    },
  )

  test('6, T-34: a late one that ends after all was taken back does not have it taken back again', async () => {
    const { id, first, other, late, next, revoked, taking } = await takenOver()
    next.open()
    await taking
    await other.notify(refunded(id))
    await other.settled()
    late.open()
    await first.settled()
    expect(revoked).toEqual(['tx1'])
    expect(await payment(other, 'tx1')).toMatchObject({ state: 'refunded', delivery: 'none' })
  })

  test('7: fulfilment stuck after all attempts, then refunded: counted anew, revoked once', async () => {
    let attempts = 0
    const shop = createShop({
      delivery: { attempts: 3 },
      fulfil: () => {
        attempts++
        throw new Error('no stock')
      },
    })
    const id = await shop.open()
    await shop.notify(paid(id))
    await shop.exhausted()
    expect(attempts).toBe(3)
    expect(kinds(shop)).toEqual(['stuck'])
    await shop.notify(refunded(id))
    await shop.exhausted()
    expect(shop.done).toEqual(['revoke tx1'])
    expect(await payment(shop, 'tx1')).toMatchObject({ state: 'refunded', delivery: 'none' })
  })

  test('8: a renewal that comes first is told apart by the word of the provider', async () => {
    const shop = createShop({ price: monthly })
    const id = await shop.open()
    await shop.notify(paid(id, { reference: 'month 2', renewal: true }))
    await shop.notify(paid(id, { reference: 'month 1', renewal: false }))
    await shop.settled()
    expect(await roles(shop)).toEqual({ 'month 1': 'first', 'month 2': 'renewal' })
    expect(shop.deliveries.map(({ kind, reference }) => `${kind} ${reference}`)).toEqual(['renewal month 2', 'first month 1'])
  })

  test('8: without that word the earlier is the first; each is given once; a second checkout is surplus altogether', async () => {
    const shop = createShop({ price: monthly })
    const [one, two] = [await shop.open(), await shop.open()]
    for (const reference of ['month 1', 'month 2', 'month 3', 'month 2']) await shop.notify(paid(one, { reference }))
    await shop.notify(paid(two, { reference: 'again 1' }))
    await shop.notify(paid(two, { reference: 'again 2', renewal: true }))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil month 1', 'fulfil month 2', 'fulfil month 3'])
    expect(await roles(shop)).toMatchObject({
      'month 1': 'first',
      'month 2': 'renewal',
      'again 1': 'surplus',
      'again 2': 'surplus',
    })
    await shop.notify(refunded(one, { reference: 'month 2' }))
    await shop.notify(refunded(two, { reference: 'again 1' }))
    await shop.settled()
    expect(shop.done.slice(3)).toEqual(['revoke month 2'])
  })

  test('8, T-27: a renewal that overtook its first payment holds the order: another checkout of it is surplus', async () => {
    const shop = createShop({ price: monthly })
    const [one, two] = [await shop.open(), await shop.open()]
    await shop.notify(paid(one, { reference: 'month 2', renewal: true }))
    await shop.notify(paid(two, { reference: 'again 1' }))
    await shop.notify(paid(two, { reference: 'again 2', renewal: true }))
    await shop.notify(paid(one, { reference: 'month 1' }))
    await shop.notify(paid(one, { reference: 'month 3' }))
    await shop.settled()
    expect(await roles(shop)).toEqual({
      'month 1': 'first',
      'month 2': 'renewal',
      'month 3': 'renewal',
      'again 1': 'surplus',
      'again 2': 'surplus',
    })
    expect(shop.done).toEqual(['fulfil month 2', 'fulfil month 1', 'fulfil month 3'])
    expect(kinds(shop)).toEqual(['surplus', 'surplus'])
  })

  test('9: no such checkout: 404 and one row; once it is there the repeat is taken, and the row closed', async () => {
    const source = createShop()
    const id = await source.open()
    const shop = createShop()
    for (let repeats = 0; repeats < 3; repeats++) {
      const answer = await shop.notify(paid(id))
      expect([answer.status, await answer.text()]).toEqual([404, 'checkout_unknown'])
    }
    await shop.settled()
    expect(await shop.checkout.ledger.events()).toMatchObject([{ verdict: 'unknown', key: 'tx1:paid' }])
    expect(kinds(shop)).toEqual(['unknown_checkout'])
    // The restored database is mended.
    const checkout = await source.store.checkout(id)
    await shop.store.transaction((tx) => tx.saveCheckout(checkout as NonNullable<typeof checkout>))
    expect(await (await shop.notify(paid(id))).text()).toBe('OK')
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
    expect(await shop.checkout.ledger.events()).toMatchObject([{ verdict: 'taken', key: 'tx1:paid', orderId: 'order-1' }])
  })

  test('9: of no such page of a provider that names it itself: what moves no money is acknowledged and leaves no trace', async () => {
    const shop = createShop()
    const checkout = { reference: 'a page whose opening was never answered' }
    for (const becomes of ['pending', 'expired', 'failed'] as const)
      expect((await shop.notify(eventOf('', { checkout, becomes }))).status, becomes).toBe(200)
    await shop.settled()
    expect([await shop.checkout.ledger.events(), shop.notices]).toEqual([[], []])
    for (const becomes of ['paid', 'declined', 'refunded', 'charged_back'] as const)
      expect((await shop.notify(eventOf('', { checkout, becomes }))).status, becomes).toBe(404)
    expect((await shop.notify(eventOf('A'.repeat(22), { becomes: 'failed' }))).status).toBe(404)
  })

  test('10, T-09: wrong amount holds the transaction; a right notice moves nothing, a refund does, nothing is revoked', async () => {
    const shop = createShop()
    const id = await shop.open()
    const cheap = { amount: '0.01', currency: 'USD' }
    expect(await (await shop.notify(paid(id, { key: 'tx1:0', money: cheap }))).text()).toBe('OK')
    await shop.notify(paid(id, { key: 'tx1:1' }))
    await shop.settled()
    expect(await payment(shop, 'tx1')).toMatchObject({ state: 'pending', held: true })
    expect(await shop.status(id)).toEqual({ state: 'pending', delivered: false })
    await shop.notify(refunded(id))
    await shop.settled()
    expect(await payment(shop, 'tx1')).toMatchObject({ state: 'refunded', delivery: 'none' })
    expect(shop.done).toEqual([])
    expect(kinds(shop)).toEqual(['contradiction'])
  })
})

describe('the same news again', () => {
  test.each([
    ['memory', () => [memory()]],
    ['two SQLite connections', twoStores],
  ] as const)('T-31 200 copies from 8 callers at once, %s: one fulfilment, the same answer', async (_, open) => {
    const stores = open()
    const shops = stores.map((store) => createShop({ store }))
    const shop = shops[0] as Shop
    const id = await shop.open()
    const caller = async (at: number) => {
      const answers: string[] = []
      for (let copies = 0; copies < 25; copies++) {
        const answer = await (shops[at % shops.length] as Shop).notify(paid(id))
        answers.push(`${answer.status} ${answer.headers.get('content-type')} ${await answer.text()}`)
      }
      return answers
    }
    const answers = (await Promise.all(Array.from({ length: 8 }, (_, at) => caller(at)))).flat()
    for (const each of shops) await each.settled()
    expect(answers).toHaveLength(200)
    expect(new Set(answers)).toEqual(new Set(['200 text/plain; charset=utf-8 OK']))
    expect(shops.flatMap(({ done }) => done)).toEqual(['fulfil tx1'])
    expect(await shop.checkout.ledger.events()).toHaveLength(1)
    for (const each of shops) await each.checkout.close()
  })

  test('T-31 a repeat of quarantined news is answered as the first time, and told once', async () => {
    const shop = createShop()
    const id = await shop.open()
    const wrong = paid(id, { money: { amount: '1.00', currency: 'USD' } })
    const answers = await Promise.all(Array.from({ length: 20 }, async () => (await shop.notify(wrong)).text()))
    await shop.settled()
    expect(new Set(answers)).toEqual(new Set(['OK']))
    expect(kinds(shop)).toEqual(['contradiction'])
    expect(await shop.checkout.ledger.events()).toHaveLength(1)
  })

  test('types 0, 1 and 201 of one transaction are three notifications and one fulfilment', async () => {
    const shop = createShop()
    const id = await shop.open()
    for (const type of [0, 1, 201, 0, 201]) await shop.notify(paid(id, { key: `tx1:${type}` }))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
    expect(await shop.checkout.ledger.events()).toHaveLength(3)
  })

  test('T-37 a chargeback repeated in other words revokes once', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id))
    await shop.notify(eventOf(id, { key: 'tx1:2:1', becomes: 'charged_back', details: { reason: '1' } }))
    for (const key of ['tx1:2:1', 'tx1:2:2', 'tx1:2:3']) await shop.notify(eventOf(id, { key, becomes: 'charged_back' }))
    await shop.notify(refunded(id))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1', 'revoke tx1'])
    expect(shop.deliveries[1]).toMatchObject({ id: 'pretend:tx1', state: 'charged_back', details: { reason: '1' } })
  })

  test('more news of a delivery that is stuck does not start it again, nor tell it twice', async () => {
    const shop = createShop({ delivery: { attempts: 1 }, fulfil: () => Promise.reject(new Error('no')) })
    const id = await shop.open()
    await shop.notify(paid(id))
    await shop.exhausted()
    await shop.notify(paid(id, { key: 'tx1:201' }))
    await shop.exhausted()
    expect(kinds(shop)).toEqual(['stuck'])
    expect((await payment(shop, 'tx1'))?.dueAt).toBeUndefined()
  })
})

describe('several events in one notification', () => {
  test('are one transaction: paid and refunded together are never given', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id), refunded(id))
    await shop.settled()
    expect(shop.done).toEqual([])
    expect(await payment(shop, 'tx1')).toMatchObject({ state: 'refunded', delivery: 'none' })
  })

  test('a contradiction among them holds what another of them moved', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id), paid(id, { key: 'tx1:again', money: { amount: '1.00', currency: 'USD' } }))
    expect(await payment(shop, 'tx1')).toMatchObject({ state: 'paid', held: true })
  })

  test('each moves its own payment, and one unknown checkout makes the provider repeat them all', async () => {
    const shop = createShop()
    const [one, two] = [await shop.open('order-1'), await shop.open('order-2')]
    const nobody = 'A'.repeat(22)
    const answer = await shop.notify(
      paid(one, { reference: 'P1' }),
      paid(nobody, { reference: 'P0' }),
      paid(two, { reference: 'P2' }),
    )
    expect(answer.status).toBe(404)
    await shop.settled()
    expect(shop.done.sort()).toEqual(['fulfil P1', 'fulfil P2'])
  })

  test('about no checkout at all is acknowledged and stored nowhere', async () => {
    const shop = createShop()
    expect(await (await shop.notify()).text()).toBe('OK')
    expect(await shop.checkout.ledger.events()).toEqual([])
  })
})

describe('contradictions', () => {
  async function expectQuarantine(shop: Shop, id: string, event: PaymentEvent, provider = 'pretend') {
    const answer = await shop.notifyBy(provider, event)
    expect([answer.status, await answer.text()]).toEqual([200, 'OK'])
    await shop.settled()
    expect(shop.done).toEqual([])
    expect(kinds(shop)).toEqual(['contradiction'])
    expect(await shop.checkout.ledger.events({ verdicts: ['quarantined'] })).toHaveLength(1)
    expect((await shop.status(id)).state).toBe('pending')
  }

  test.each([
    ['T-09 a lower amount', { money: { amount: '0.01', currency: 'USD' } }],
    ['T-09 the same number in another currency', { money: { amount: '19.90', currency: 'JPY' } }],
    ['T-09 another buyer', { buyerId: 'u2' }],
    ["the adapter's objection", { objection: 'fees do not add up' }],
    ['T-55 a live payment in test mode', { test: false }],
  ])('%s is acknowledged, quarantined and told, and gives nothing', async (_, change) => {
    const shop = createShop()
    const id = await shop.open()
    await expectQuarantine(shop, id, paid(id, change))
  })

  test('T-55 a test payment never moves a live checkout', async () => {
    const shop = createShop({ providers: [pretend({ mode: 'live' })] })
    const id = await shop.open()
    await expectQuarantine(shop, id, paid(id, { test: true }))
  })

  test('T-20 a transaction other than the one that was opened', async () => {
    const shop = createShop({ providers: [pretend({ open: () => ({ reference: 'session-1' }) })] })
    const id = await shop.open()
    await expectQuarantine(shop, id, paid(id, { checkout: { reference: 'session-1' }, reference: 'session-2' }))
  })

  test("another provider's event for this checkout", async () => {
    const shop = createShop({ providers: [pretend(), pretend({ name: 'other' })] })
    const id = await shop.open()
    await expectQuarantine(shop, id, paid(id), 'other')
  })

  test("T-39 another provider's event of the same name does not touch this provider's payment", async () => {
    const shop = createShop({ providers: [pretend(), pretend({ name: 'other' })] })
    const id = await shop.open()
    await shop.notify(paid(id))
    await shop.settled()
    await shop.notifyBy('other', paid(id))
    expect(await shop.store.transaction((tx) => tx.payment('pretend', 'tx1'))).toMatchObject({
      ...{ state: 'paid', role: 'first', delivery: 'done', held: false },
    })
    // Were it forgotten, the next word of the same payment would deliver it a second time.
    await shop.notify(paid(id, { key: 'tx1:201' }))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
  })

  test.each([
    ['under another key', 'tx1:again'],
    ['under the same key', 'tx1:paid'],
  ])('T-39 one transaction shown for two orders, %s: the second is quarantined', async (_, key) => {
    const shop = createShop()
    const [one, two] = [await shop.open('order-1'), await shop.open('order-2')]
    await shop.notify(paid(one, { key: 'tx1:paid' }))
    for (let repeats = 0; repeats < 2; repeats++) expect((await shop.notify(paid(two, { key }))).status).toBe(200)
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
    expect(kinds(shop)).toEqual(['contradiction'])
    expect(await payment(shop, 'tx1')).toMatchObject({ checkoutId: one, orderId: 'order-1', held: false })
    expect(await shop.status(two)).toEqual({ state: 'pending', delivered: false })
  })

  test('T-39 what is said of a transaction for another order does not keep it from being paid (I-10)', async () => {
    const shop = createShop()
    const [one, two] = [await shop.open('order-1'), await shop.open('order-2')]
    await shop.notify(eventOf(one, { key: 'tx1:203', reference: 'tx1', becomes: 'expired' }))
    await shop.notify(paid(two, { key: 'tx1:paid' }))
    await shop.notify(paid(one, { key: 'tx1:paid' }))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
    expect(kinds(shop)).toEqual(['contradiction', 'late'])
  })

  test('T-39 shown for two orders at the same instant: one gets it', async () => {
    const shops = twoStores().map((store) => createShop({ store }))
    const [shop, other] = shops as [Shop, Shop]
    for (let rounds = 0; rounds < 10; rounds++) {
      const [one, two] = [await shop.open(`a${rounds}`), await other.open(`b${rounds}`)]
      const reference = `tx${rounds}`
      await Promise.all([
        shop.notify(paid(one, { reference, key: `${reference}:${rounds % 2}` })),
        other.notify(paid(two, { reference, key: `${reference}:0` })),
      ])
    }
    for (const each of shops) await each.settled()
    const done = shops.flatMap((each) => each.done)
    expect(done).toHaveLength(10)
    expect(new Set(done).size).toBe(10)
    const notices = await shop.checkout.ledger.notices()
    expect(notices.map(({ kind }) => kind)).toEqual(Array.from({ length: 10 }, () => 'contradiction'))
    for (const each of shops) await each.checkout.close()
  })

  test.each([
    ['another state', { becomes: 'refunded' as const }],
    ['another amount', { money: { amount: '19.90', currency: 'USD' } }],
    ['another transaction', { reference: 'tx2' }],
    ['T-09 another buyer', { buyerId: 'somebody else' }],
    ['T-55 another mode', { test: false }],
  ])('the same key with %s: kept beside the first, told once, and it moves nothing', async (_, change) => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id, { key: 'k' }))
    await shop.settled()
    for (let repeats = 0; repeats < 3; repeats++)
      expect(await (await shop.notify(paid(id, { key: 'k', ...change }))).text()).toBe('OK')
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
    expect(kinds(shop)).toEqual(['contradiction'])
    expect((await shop.checkout.ledger.events()).map(({ verdict }) => verdict).sort()).toEqual(['quarantined', 'taken'])
    expect(await payment(shop, 'tx1')).toMatchObject({ state: 'paid', delivery: 'done' })
  })

  test('without room for its delivery the news waits for the worker, and no lease is taken', async () => {
    const shop = createShop()
    const id = await shop.open()
    const { leases } = await record(shop.store, 'pretend', [paid(id)], noRoom)
    expect(leases).toEqual([])
    expect(await payment(shop, 'tx1')).toMatchObject({ delivery: 'none', attempts: 0, dueAt: shop.clock.at })
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
  })

  test('T-39 nor does it take the place of what nobody knew, which waits under that key for its checkout (I-10)', async () => {
    const shop = createShop()
    const [mine, other] = [await shop.open('order-1'), await shop.open('order-2')]
    await shop.notify(eventOf(mine, { becomes: 'expired' }))
    for (const unknown of ['A'.repeat(22), other]) await shop.notify(paid(unknown))
    await shop.notify(paid(mine))
    await shop.settled()
    expect(await payment(shop, 'tx1')).toMatchObject({ checkoutId: mine, state: 'paid', held: false, delivery: 'done' })
    const events = await shop.checkout.ledger.events()
    expect(events.map(({ orderId, verdict }) => `${orderId} ${verdict}`).sort()).toEqual([
      'order-1 taken',
      'order-1 taken',
      'order-2 quarantined',
    ])
  })

  test('T-39 nor does it hold the transaction, where it was there before anybody knew its checkout', async () => {
    let reference: string | undefined
    const shop = createShop({ providers: [pretend({ open: () => ({ ...(reference && { reference, bindsLater: true }) }) })] })
    const mine = await shop.open('order-1')
    const claim = { ...paid('', { key: 'claim' }), checkout: { reference: 'session-2' } }
    expect((await shop.notify(claim)).status).toBe(404)
    await shop.notify(paid(mine))
    reference = 'session-2'
    await shop.open('order-2')
    expect((await shop.notify(claim)).status).toBe(200)
    expect(await payment(shop, 'tx1')).toMatchObject({ checkoutId: mine, state: 'paid', held: false })
    await shop.settled()
    expect(kinds(shop)).toEqual(['unknown_checkout', 'contradiction'])
  })

  test("T-39 another checkout's claim under the same key does not keep out the transaction's own news (I-10)", async () => {
    const shop = createShop()
    const [own, other] = [await shop.open('order-1'), await shop.open('order-2')]
    await shop.notify(eventOf(own, { key: 'begun', becomes: 'expired' }))
    await shop.notify(paid(other))
    for (let repeats = 0; repeats < 2; repeats++) {
      expect((await shop.notify(paid(own))).status).toBe(200)
      expect((await shop.notify(paid(other))).status).toBe(200)
    }
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
    expect(await payment(shop, 'tx1')).toMatchObject({ state: 'paid', held: false, orderId: 'order-1' })
    const events = await shop.checkout.ledger.events()
    expect(events.map(({ orderId, verdict }) => [orderId, verdict]).sort()).toEqual([
      ['order-1', 'taken'],
      ['order-1', 'taken'],
      ['order-2', 'quarantined'],
    ])
    expect(kinds(shop)).toEqual(['contradiction', 'late'])
    // The key itself does not make it one: of another transaction it is a contradiction still.
    await shop.notify(eventOf(own, { reference: 'tx3', key: 'tx3', becomes: 'pending' }))
    await shop.notify(paid(other, { reference: 'tx2', key: 'odd' }), paid(own, { reference: 'tx3', key: 'odd' }))
    expect(await payment(shop, 'tx3')).toMatchObject({ held: true })
  })

  test('the same key for a checkout that nobody opened is no repeat either', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id, { key: 'k' }))
    expect(await (await shop.notify(paid('A'.repeat(22), { key: 'k' }))).text()).toBe('OK')
    await shop.settled()
    expect(kinds(shop)).toEqual(['contradiction'])
    expect(await shop.checkout.ledger.events({ verdicts: ['quarantined'] })).toHaveLength(1)
  })

  test('an altered repeat holds the payment: only a reversal moves it', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(eventOf(id, { key: 'k', becomes: 'pending' }))
    await shop.notify(eventOf(id, { key: 'k', becomes: 'failed' }))
    await shop.notify(paid(id))
    await shop.settled()
    expect(shop.done).toEqual([])
    expect(await payment(shop, 'tx1')).toMatchObject({ state: 'pending', held: true })
  })
})

describe('what cannot be matched yet', () => {
  test('first news that overtakes the commit of its opening needs no row', async () => {
    const shop = createShop()
    const early = eventOf('', { checkout: { reference: 'session-1' }, reference: 'session-1', becomes: 'pending' })
    expect(await (await shop.notify(early)).text()).toBe('OK')
    expect(await shop.checkout.ledger.events()).toEqual([])
    // But not the payment itself, nor first news under an id of ours: that was stored before it left.
    expect((await shop.notify({ ...early, key: 'p', becomes: 'paid' })).status).toBe(404)
    expect((await shop.notify(eventOf('A'.repeat(22), { becomes: 'pending' }))).status).toBe(404)
  })

  test('T-02 an unlisted parameter: not acknowledged, one row and one alert; once listed it is taken', async () => {
    let listed = false
    const provider = pretend()
    const verify: typeof provider.verify = async (notification, opened) => {
      const events = await provider.verify(notification, opened)
      if (listed) return events
      const details = { key: events[0]?.key ?? '', reference: 'tx1', parameter: 'campaign' }
      throw new CheckoutError('parameter_unknown', 'campaign is not listed', { details })
    }
    const shop = createShop({ providers: [{ ...provider, verify }] })
    const id = await shop.open()
    for (let repeats = 0; repeats < 3; repeats++) {
      const answer = await shop.notify(paid(id))
      expect([answer.status, await answer.text()]).toEqual([400, 'parameter_unknown'])
    }
    await shop.settled()
    expect(shop.done).toEqual([])
    expect(shop.notices).toMatchObject([{ kind: 'unknown_parameter', details: { parameter: 'campaign' }, reference: 'tx1' }])
    expect(await shop.checkout.ledger.events()).toHaveLength(1)
    listed = true
    expect(await (await shop.notify(paid(id))).text()).toBe('OK')
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
  })

  test('what a person has dropped is acknowledged', async () => {
    const shop = createShop()
    await shop.notify(paid('A'.repeat(22)))
    const [row] = await shop.store.events({ limit: 1 })
    await shop.store.transaction((tx) => tx.saveEvent({ ...(row as NonNullable<typeof row>), verdict: 'dropped' }))
    expect(await (await shop.notify(paid('A'.repeat(22)))).text()).toBe('OK')
  })
})

describe('told, and no contradiction', () => {
  test('T-27 each further payment of an order is told for refund, and never given', async () => {
    const shop = createShop()
    const ids = [await shop.open(), await shop.open(), await shop.open()]
    for (const [at, id] of ids.entries()) await shop.notify(paid(id, { reference: `P${at}` }))
    await shop.notify(paid(ids[0] as string, { reference: 'P3' }))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil P0'])
    expect(shop.notices.map(({ kind, reference }) => `${kind} ${reference}`).sort()).toEqual([
      'surplus P1',
      'surplus P2',
      'surplus P3',
    ])
    // Given back as asked: nothing was given, so nothing is taken.
    await shop.notify(refunded(ids[1] as string, { reference: 'P1' }))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil P0'])
  })

  test('T-27 an order whose first payment was taken back does not become free again', async () => {
    const shop = createShop()
    const [one, two] = [await shop.open(), await shop.open()]
    await shop.notify(paid(one, { reference: 'P1' }), refunded(one, { reference: 'P0' }))
    await shop.notify(refunded(one, { reference: 'P1' }))
    await shop.notify(paid(two, { reference: 'P2' }))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil P1', 'revoke P1'])
    expect(await roles(shop)).toMatchObject({ P1: 'first', P2: 'surplus' })
  })

  test('paid after its checkout counted as expired is given, and told as late', async () => {
    const shop = createShop({
      providers: [pretend({ open: () => ({ askAt: [new Date(Date.UTC(2026, 0, 1) + 60_000)] }) })],
    })
    const id = await shop.open()
    shop.clock.at += 61_000
    expect(await shop.status(id)).toEqual({ state: 'expired', delivered: false })
    await shop.notify(paid(id))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
    expect(kinds(shop)).toEqual(['late'])
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
  })

  test('paid after it was told as expired is given, and told as late, however early', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(eventOf(id, { becomes: 'expired' }))
    await shop.notify(paid(id))
    await shop.notify(paid(id))
    await shop.settled()
    expect([shop.done, kinds(shop)]).toEqual([['fulfil tx1'], ['late']])
    const declined = createShop()
    const retried = await declined.open()
    await declined.notify(eventOf(retried, { becomes: 'failed' }))
    await declined.notify(paid(retried))
    await declined.settled()
    expect([declined.done, kinds(declined)]).toEqual([['fulfil tx1'], []])
  })

  test.each(['expired', 'failed'] as const)('T-38 %s after it was paid is told, and takes nothing back', async (becomes) => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id))
    await shop.notify(eventOf(id, { becomes }))
    await shop.settled()
    expect([shop.done, kinds(shop)]).toEqual([['fulfil tx1'], ['late']])
  })

  test('a subscription cancelled is news, moves no payment and binds none', async () => {
    const shop = createShop({ price: monthly })
    const id = await shop.open()
    await shop.notify(eventOf(id, { news: 'subscription_cancelled', reference: 'who knows' }))
    await shop.settled()
    expect(shop.news).toMatchObject([{ kind: 'subscription_cancelled', checkoutId: id }])
    expect(await shop.checkout.ledger.payments()).toEqual([])
    expect(shop.notices).toEqual([])
  })

  test('news with a state does both', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id, { news: 'refund_rejected' }))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
    expect(shop.news).toMatchObject([{ kind: 'refund_rejected' }])
  })
})

describe('every sequence', () => {
  // Paymentwall's types, as its table maps them: review, accepted, paid, declined, voided.
  const types: Record<string, PaymentState> = { 200: 'pending', 201: 'paid', 0: 'paid', 202: 'declined', 203: 'expired' }
  const said = (sequence: readonly string[]) => sequence.map((type) => types[type] as PaymentState)

  function* sequences(longest: number): Generator<string[]> {
    let level: string[][] = [[]]
    for (let length = 1; length <= longest; length++) {
      level = level.flatMap((before) => Object.keys(types).map((type) => [...before, type]))
      yield* level
    }
  }

  /** What must have happened to the goods, told from the sequence alone. */
  function expectedLog(states: readonly PaymentState[]): string[] {
    const declined = states.indexOf('declined')
    const paidAt = states.indexOf('paid')
    if (paidAt < 0 || (declined >= 0 && declined < paidAt)) return []
    return declined >= 0 ? ['fulfil tx1', 'revoke tx1'] : ['fulfil tx1']
  }

  async function play(sequence: readonly string[], eachSettled: boolean) {
    const shop = createShop({ log: undefined as never })
    const id = await shop.open()
    for (const type of sequence) {
      const underReview = type === '200' && { underReview: true }
      await shop.notify(eventOf(id, { key: `tx1:${type}`, becomes: types[type] as PaymentState, ...underReview }))
      if (eachSettled) await shop.checkout.work({ once: true })
    }
    await shop.settled()
    return { shop, id }
  }

  test('T-38 of review, acceptance, payment, decline and void, up to six long, given at most once and taken back at most once', async () => {
    // All up to four long; the longer ones are the same with repeats, of which a sample is drawn.
    const exhaustive = [...sequences(4)]
    const sampled = fc.sample(fc.array(fc.constantFrom(...Object.keys(types)), { minLength: 5, maxLength: 6 }), {
      numRuns: Number(process.env.SEQUENCES ?? 400),
      seed: Date.now() % 2 ** 31,
    })
    for (const sequence of [...exhaustive, ...sampled]) {
      const { shop } = await play(sequence, true)
      const name = sequence.join(' ')
      expect(shop.done, name).toEqual(expectedLog(said(sequence)))
      const after = await payment(shop, 'tx1')
      const highest = Math.max(...said(sequence).map((each) => rank[each]))
      expect(rank[after?.state as PaymentState], name).toBe(highest)
      // A void after it was paid, or the other way round: whichever came later, and only where nothing had been declined by then.
      const [voidedAt, paidAt] = [sequence.indexOf('203'), said(sequence).indexOf('paid')]
      const untilBoth = said(sequence).slice(0, Math.max(voidedAt, paidAt))
      const isLate = voidedAt >= 0 && paidAt >= 0 && !untilBoth.includes('declined')
      expect(kinds(shop), name).toEqual(isLate ? ['late'] : [])
    }
  })

  test('T-38 a review gives nothing, whatever else is said that is not paid', async () => {
    for (const sequence of [['200'], ['200', '203'], ['203', '200'], ['200', '202', '200'], ['202', '0', '201']])
      expect((await play(sequence, true)).shop.done).toEqual([])
  })

  test('the final state does not depend on order, repetition or interleaving (I-10)', async () => {
    const news: Partial<PaymentEvent>[] = [
      { reference: 'P1', becomes: 'pending' },
      { reference: 'P1', becomes: 'paid' },
      { reference: 'P1', becomes: 'refunded' },
      { reference: 'P1', news: 'partly_reversed' as News },
      { reference: 'P2', becomes: 'failed' },
      { reference: 'P2', becomes: 'charged_back' },
    ]
    const orders = fc.shuffledSubarray([...news, ...news], { minLength: news.length * 2 })
    await fc.assert(
      fc.asyncProperty(orders, fc.boolean(), async (order, isConcurrent) => {
        const shop = createShop({ log: undefined as never })
        const id = await shop.open()
        if (isConcurrent) await Promise.all(order.map((change) => shop.notify(eventOf(id, change))))
        else for (const change of order) await shop.notify(eventOf(id, change))
        await shop.settled()
        expect(await payment(shop, 'P1')).toMatchObject({ state: 'refunded', delivery: 'none', held: false })
        expect(await payment(shop, 'P2')).toMatchObject({ state: 'charged_back', delivery: 'none', held: false })
        expect([[], ['fulfil P1', 'revoke P1']]).toContainEqual(shop.done)
        expect(shop.news).toHaveLength(1)
      }),
      { numRuns: 150 },
    )
  })
})
