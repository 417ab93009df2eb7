import { describe, expect, test } from 'vitest'
import type { PaymentEvent } from '../../src/providers/adapter.js'
import { CheckoutError } from '../../src/server/index.js'
import { memory } from '../../src/stores/memory.js'
import { eventOf, paid, pretend, refunded } from './pretend-provider.js'
import { createShop, order, type Shop } from './shop.js'

const ada = { by: 'ada', reason: 'the provider confirmed it by telephone' }
const cheap = { money: { amount: '0.01', currency: 'USD' } }
const named = (key: string) => ({ provider: 'pretend', key })
const payments = async (shop: Shop) => shop.checkout.ledger.payments()
const states = async (shop: Shop) =>
  Object.fromEntries((await payments(shop)).map(({ reference, state, held, role }) => [reference, [state, held, role]]))
const office = (shop: Shop) => shop.checkout.ledger.quarantine

describe('the quarantine', () => {
  test('is listed with reason and age, and empties as it is decided', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id, cheap))
    shop.clock.at += 90_000
    await shop.notify(paid('a'.repeat(22), { reference: 'tx9' }))
    expect(await office(shop).list()).toMatchObject([
      { key: 'tx9:paid', verdict: 'unknown', age: 0 },
      { key: 'tx1:paid', reason: 'its amount or currency is not that of the order', age: 90_000, orderId: 'order-1' },
    ])
    await office(shop).drop(named('tx9:paid'), ada)
    await office(shop).accept(named('tx1:paid'), ada)
    expect(await office(shop).list()).toEqual([])
  })

  test('accepted, it is settled as it said, delivered once, and its repeat changes nothing', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id, { ...cheap, details: { reason: 'a coupon' } }))
    expect(await states(shop)).toEqual({ tx1: ['pending', true, undefined] })
    expect(await office(shop).accept(named('tx1:paid'), ada)).toBe('taken')
    await shop.notify(paid(id, cheap))
    await shop.settled()
    expect([shop.done, await states(shop)]).toEqual([['fulfil tx1'], { tx1: ['paid', false, 'first'] }])
    expect(shop.deliveries[0]?.details).toEqual({ reason: 'a coupon' })
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
  })

  test('retried, what nobody knows stays unknown, though it moves no money: an older version put that down as well', async () => {
    const shop = createShop()
    const said = { checkout: { reference: 'session-1' }, test: true }
    const old = { provider: 'pretend', key: 'tx1:expired', content: 'session-1|tx1|expired||test', reference: 'tx1' }
    await shop.store.transaction((tx) =>
      tx.seen({ ...old, verdict: 'unknown', reason: 'no checkout', becomes: 'expired', said, details: {}, at: tx.now }),
    )
    expect(await office(shop).retry(named('tx1:expired'), ada)).toBe('unknown')
    expect(await office(shop).list()).toMatchObject([{ key: 'tx1:expired', verdict: 'unknown' }])
  })

  test('T-38 accepted, a review is one still: it is being checked, and never reads as expired', async () => {
    const lastAsk = () => ({ askAt: [new Date(Date.UTC(2026, 0, 1) + 60_000)] })
    const shop = createShop({ providers: [pretend({ open: lastAsk })] })
    const id = await shop.open()
    await shop.notify(eventOf(id, { becomes: 'pending', underReview: true, ...cheap }))
    shop.clock.at += 60_001
    expect((await shop.status(id)).state).toBe('expired')
    await office(shop).accept(named('tx1:pending'), ada)
    expect((await shop.status(id)).state).toBe('pending')
  })

  test('T-27 accepted for an order that is paid by now, it is a surplus and gives nothing (I-1)', async () => {
    const shop = createShop()
    const [one, two] = [await shop.open(), await shop.open()]
    await shop.notify(paid(one, { reference: 'P1', ...cheap }))
    await shop.notify(paid(two, { reference: 'P2' }))
    await office(shop).accept(named('P1:paid'), ada)
    await shop.settled()
    expect(shop.done).toEqual(['fulfil P2'])
    expect(await states(shop)).toMatchObject({ P1: ['paid', false, 'surplus'] })
    expect(shop.notices.map(({ kind }) => kind)).toEqual(['contradiction', 'surplus'])
  })

  test("T-39 another checkout's transaction cannot be accepted, by anybody (I-2)", async () => {
    const shop = createShop()
    const [one, two] = [await shop.open('order-1'), await shop.open('order-2')]
    await shop.notify(paid(one, { reference: 'P1' }))
    await shop.notify(paid(two, { key: 'again', reference: 'P1' }))
    const [listed] = await office(shop).list()
    const aside = named(listed?.key ?? '')
    expect(aside.key).toMatch(/^again#/)
    for (const choice of ['accept', 'retry'] as const)
      await expect(office(shop)[choice](aside, ada)).rejects.toMatchObject({ code: 'event_mismatch' })
    expect(await office(shop).list()).toHaveLength(1)
    expect((await shop.checkout.ledger.story('order-2')).decisions).toEqual([])
    await office(shop).drop(aside, ada)
    await shop.settled()
    expect(shop.done).toEqual(['fulfil P1'])
  })

  test("T-39 what is decided of another checkout's claim does not free the payment that it claimed", async () => {
    const shop = createShop()
    const [one, two] = [await shop.open('order-1'), await shop.open('order-2')]
    await shop.notify(paid(one, { key: 'cheap', ...cheap }))
    await shop.notify(paid(two, { key: 'claim' }))
    const claim = (await office(shop).list()).find(({ orderId }) => orderId === 'order-2')
    await office(shop).drop(named(claim?.key ?? ''), ada)
    expect((await states(shop)).tx1).toEqual(['pending', true, undefined])
    // Nor does a claim that stands open keep it from being free.
    await shop.notify(paid(two, { key: 'claim again' }))
    await office(shop).drop(named('cheap'), ada)
    expect((await states(shop)).tx1).toEqual(['pending', false, undefined])
  })

  test('T-39 what another checkout of the order claimed neither holds the payment on nor moves it', async () => {
    const shop = createShop()
    const [one, two] = [await shop.open(), await shop.open()]
    await shop.notify(eventOf(one, { key: 'cheap', becomes: 'pending', ...cheap }))
    await shop.notify(paid(two, { key: 'claim' }))
    await shop.notify(paid(one, { key: 'right' }))
    expect(await states(shop)).toEqual({ tx1: ['pending', true, undefined] })
    await office(shop).drop(named('cheap'), ada)
    await shop.settled()
    // The claim still stands open, and is a person's to look at; it is none of this payment's.
    expect((await office(shop).list()).map(({ checkoutId }) => checkoutId)).toEqual([two])
    expect([shop.done, await states(shop)]).toEqual([['fulfil tx1'], { tx1: ['paid', false, 'first'] }])
  })

  test('a contradiction of one payment does not hold another of the same checkout', async () => {
    const shop = createShop()
    const id = await shop.open()
    for (const reference of ['tx1', 'tx2']) await shop.notify(paid(id, { reference, ...cheap }))
    await office(shop).drop(named('tx1:paid'), ada)
    expect(await states(shop)).toEqual({ tx1: ['pending', false, undefined], tx2: ['pending', true, undefined] })
  })

  test('what came under a known key for a checkout that nobody opened cannot be accepted', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id))
    await shop.notify(paid('A'.repeat(22)))
    const [altered] = await office(shop).list()
    expect(altered).toMatchObject({ verdict: 'quarantined' })
    await expect(office(shop).accept(named(altered?.key ?? ''), ada)).rejects.toMatchObject({ code: 'event_mismatch' })
  })

  test('T-55 a test payment never pays for a live order, whoever accepts it', async () => {
    const provider = pretend({ mode: 'live' })
    const shop = createShop({ providers: [provider] })
    const id = await shop.open()
    await shop.notify(paid(id, { test: true }))
    await expect(office(shop).accept(named('tx1:paid'), ada)).rejects.toMatchObject({ code: 'event_mismatch' })
    await shop.settled()
    expect(shop.done).toEqual([])
  })

  test('T-36 accepted after a reversal of the same transaction, it gives nothing', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id, cheap))
    await shop.notify(refunded(id))
    await office(shop).accept(named('tx1:paid'), ada)
    await shop.settled()
    expect([shop.done, await states(shop)]).toEqual([[], { tx1: ['refunded', false, undefined] }])
  })

  test('a payment is free when none of its contradictions stands open, and what was rightly told meanwhile moves it then', async () => {
    for (const decide of ['drop', 'accept'] as const) {
      const shop = createShop({ price: (name) => order(name, { renews: { period: { every: 1, unit: 'month' } } }) })
      const id = await shop.open()
      await shop.notify(paid(id, { reference: 'P0' }))
      await shop.settled()
      await shop.notify(eventOf(id, { key: 'k1', becomes: 'pending', ...cheap }))
      await shop.notify(eventOf(id, { key: 'k2', becomes: 'pending', ...cheap }))
      // Right, and acknowledged, but it moves nothing while the others stand open.
      expect((await shop.notify(paid(id, { key: 'right', renewal: true }))).status).toBe(200)
      await office(shop)[decide](named('k1'), ada)
      await shop.settled()
      expect([decide, shop.done, (await states(shop)).tx1]).toEqual([decide, ['fulfil P0'], ['pending', true, undefined]])
      await office(shop)[decide](named('k2'), ada)
      await shop.settled()
      expect([shop.done, (await states(shop)).tx1]).toEqual([
        ['fulfil P0', 'fulfil tx1'],
        ['paid', false, 'renewal'],
      ])
    }
  })

  test('one of two contradictions accepted moves its payment, though the other holds it still', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id, { key: 'k1', ...cheap }))
    await shop.notify(eventOf(id, { key: 'k2', becomes: 'failed', ...cheap }))
    await office(shop).accept(named('k1'), ada)
    await shop.settled()
    expect([shop.done, await states(shop)]).toEqual([['fulfil tx1'], { tx1: ['paid', true, 'first'] }])
  })

  test('the same key with other content: each is decided for itself', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id, { key: 'k', money: { amount: '19.90', currency: 'USD' } }))
    await shop.notify(refunded(id, { key: 'k' }))
    await shop.settled()
    const [altered] = await office(shop).list()
    await expect(office(shop).retry(named(altered?.key ?? ''), ada)).rejects.toMatchObject({ code: 'event_mismatch' })
    expect(await office(shop).accept(named(altered?.key ?? ''), ada)).toBe('taken')
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1', 'revoke tx1'])
  })

  test('news that contradicted is told when it is accepted', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(eventOf(id, { news: 'disputed', buyerId: 'u2' }))
    await shop.settled()
    expect(shop.news).toEqual([])
    await office(shop).accept(named('tx1:disputed'), ada)
    await shop.settled()
    expect(shop.news).toMatchObject([{ kind: 'disputed', orderId: 'order-1' }])
  })

  test('dropped, its repeat is acknowledged and does nothing; tried anew, it stands there again', async () => {
    const shop = createShop()
    const id = await shop.open()
    for (const event of [paid(id, cheap), paid('a'.repeat(22), { reference: 'tx9' })]) {
      const { key } = event
      const before = (await shop.notify(event)).status
      expect(await office(shop).drop(named(key), ada)).toBe('dropped')
      expect((await shop.notify(event)).status).toBe(200)
      expect(await office(shop).list()).toEqual([])
      await office(shop).retry(named(key), ada)
      expect((await office(shop).list()).map(({ key }) => key)).toEqual([key])
      expect((await shop.notify(event)).status).toBe(before)
      await office(shop).drop(named(key), ada)
    }
    await shop.settled()
    expect(shop.done).toEqual([])
  })

  test('T-26 an unknown one is tried anew once its checkout is there, without waiting for the provider', async () => {
    const other = createShop()
    const id = await other.open('order-7')
    const shop = createShop()
    await shop.notify(paid(id, { money: { amount: '19.90', currency: 'USD' }, details: { a: 'b' } }))
    expect(await office(shop).retry(named('tx1:paid'), ada)).toBe('unknown')
    const checkout = (await other.store.checkout(id)) as NonNullable<Awaited<ReturnType<typeof other.store.checkout>>>
    await shop.store.transaction((tx) => tx.saveCheckout(checkout))
    expect(await office(shop).retry(named('tx1:paid'), ada)).toBe('taken')
    await shop.settled()
    expect([shop.done, shop.deliveries[0]?.details]).toEqual([['fulfil tx1'], { a: 'b' }])
    expect(await shop.checkout.ledger.events({ orderId: 'order-7' })).toHaveLength(1)
  })

  test('T-02 a message with an unlisted name can be dropped, which ends its repeats, and nothing else', async () => {
    const details = { key: 'k', reference: 'tx1', parameter: 'odd' }
    const verify = () => Promise.reject(new CheckoutError('parameter_unknown', 'the name odd is not listed', { details }))
    const shop = createShop({ providers: [pretend({ verify })] })
    expect((await shop.notify()).status).toBe(400)
    for (const choice of ['accept', 'retry'] as const)
      await expect(office(shop)[choice](named('k'), ada)).rejects.toMatchObject({ code: 'event_mismatch' })
    await office(shop).drop(named('k'), ada)
    const answer = await shop.notify()
    expect([answer.status, await answer.text()]).toEqual([200, 'OK'])
  })
})

describe('a decision', () => {
  test('is kept with who, when and why, and stands in the story of its order', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id, cheap))
    shop.clock.at += 5
    await office(shop).drop(named('tx1:paid'), ada)
    shop.clock.at += 5
    await office(shop).retry(named('tx1:paid'), { by: 'grace', reason: 'dropped by mistake' })
    await office(shop).accept(named('tx1:paid'), { by: 'grace', reason: 'it is right' })
    const { decisions } = await shop.checkout.ledger.story('order-1')
    const start = shop.clock.at - 10
    expect(decisions).toMatchObject([
      { decision: 'drop', ...ada, at: start + 5, key: 'tx1:paid', checkoutId: id },
      { decision: 'retry', by: 'grace', at: start + 10 },
      { decision: 'accept', by: 'grace' },
    ])
  })

  test('about a delivery is kept likewise', async () => {
    const shop = createShop({ fulfil: () => Promise.reject(new Error('no')), delivery: { attempts: 1 } })
    await shop.notify(paid(await shop.open()))
    await shop.settled()
    const payment = { provider: 'pretend', reference: 'tx1' }
    expect(await shop.checkout.ledger.retry(payment, ada)).toBe(true)
    await expect(shop.checkout.ledger.retry(payment, { ...ada, by: '' })).rejects.toMatchObject({ code: 'request_invalid' })
    expect((await shop.checkout.ledger.story('order-1')).decisions).toMatchObject([{ decision: 'deliver', ...ada }])
  })

  test.each([
    [{ by: '', reason: 'x' }],
    [{ by: ' ', reason: 'x' }],
    [{ by: 'ada', reason: '' }],
    [{ by: 'a'.repeat(101), reason: 'x' }],
    [{ by: 'ada', reason: 'x'.repeat(501) }],
    [{ by: 'ada\n', reason: 'x' }],
    [{ by: 'ada', reason: '\u001b[2J' }],
  ])('without a name or a reason, or with an unprintable one, is refused: %j', async (decider) => {
    const shop = createShop()
    await shop.notify(paid(await shop.open(), cheap))
    await expect(office(shop).drop(named('tx1:paid'), decider)).rejects.toMatchObject({ code: 'request_invalid' })
    expect(await office(shop).list()).toHaveLength(1)
  })

  test('is of an event that is there, and can still be decided so', async () => {
    const shop = createShop()
    const id = await shop.open()
    await expect(office(shop).drop(named('nobody'), ada)).rejects.toMatchObject({ code: 'checkout_unknown' })
    await shop.notify(paid(id))
    for (const choice of ['accept', 'drop', 'retry'] as const)
      await expect(office(shop)[choice](named('tx1:paid'), ada)).rejects.toMatchObject({ code: 'event_mismatch' })
    await shop.notify(paid('a'.repeat(22), { reference: 'tx9' }))
    await expect(office(shop).accept(named('tx9:paid'), ada)).rejects.toMatchObject({ code: 'event_mismatch' })
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
  })

  test('T-31 of two persons at once one decides, and only that decision is kept', async () => {
    const store = memory()
    const [one, other] = [createShop({ store }), createShop({ store })]
    await one.notify(paid(await one.open(), cheap))
    const results = await Promise.allSettled([
      ...[office(one).accept(named('tx1:paid'), ada), office(other).drop(named('tx1:paid'), { ...ada, by: 'grace' })],
      ...[office(one).drop(named('tx1:paid'), ada), office(other).accept(named('tx1:paid'), ada)],
    ])
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await one.settled()
    await other.settled()
    expect((await one.checkout.ledger.story('order-1')).decisions).toHaveLength(1)
    expect([...one.done, ...other.done].length).toBeLessThanOrEqual(1)
  })

  test("T-31 a person and the provider's repeat at once: as if one came after the other", async () => {
    for (let times = 0; times < 20; times++) {
      const shop = createShop()
      const id = await shop.open()
      const event: PaymentEvent = paid(id, cheap)
      await shop.notify(event)
      const [answer] = await Promise.all([shop.notify(event), office(shop).accept(named('tx1:paid'), ada), shop.notify(event)])
      await shop.settled()
      expect([answer?.status, shop.done]).toEqual([200, ['fulfil tx1']])
    }
  })

  test('T-34 leaves a delivery that waits, or stands still, as it is', async () => {
    const shop = createShop({ fulfil: () => Promise.reject(new Error('no')), delivery: { attempts: 1 } })
    const id = await shop.open()
    await shop.notify(paid(id))
    await shop.settled()
    await shop.notify(eventOf(id, { key: 'k1', becomes: 'failed', ...cheap }))
    await office(shop).drop(named('k1'), ada)
    await shop.settled()
    expect((await payments(shop))[0]).toMatchObject({ held: false, attempts: 1, delivery: 'started' })
    expect((await payments(shop))[0]?.dueAt).toBeUndefined()
  })
})
