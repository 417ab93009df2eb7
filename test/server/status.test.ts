import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PaymentState } from '../../src/protocol/payment-state.js'
import { memory } from '../../src/stores/memory.js'
import { eventOf, paid, pretend, received, refunded } from './pretend-provider.js'
import { base, createShop, gate, origin } from './shop.js'

const unknown = 'A'.repeat(22)

describe('T-30 whoever holds the id', () => {
  test('T-30 learns a state and whether it was delivered, and nothing else', async () => {
    const shop = createShop({
      providers: [pretend({ open: () => ({ kept: { canary: 'canary' }, reference: undefined as never }) })],
    })
    const id = await shop.open()
    await shop.notify(paid(id, { details: { card: 'canary' } }))
    await shop.settled()
    const answer = await shop.get(`checkouts/${id}`)
    expect(await answer.json()).toEqual({ state: 'paid', delivered: true })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  })

  test('T-30 does not learn how another order stands, whatever link led there', async () => {
    const shop = createShop()
    const id = await shop.open('order-1')
    expect((await shop.get(`checkouts/${id}?order=order-1`)).status).toBe(200)
    expect((await shop.get(`checkouts/${id}?order=order-2`)).status).toBe(404)
  })

  test('T-30 malformed, unknown and lost ids are answered alike', async () => {
    const shop = createShop()
    const lost = { ...(await shop.store.checkout(await shop.open())), id: 'L'.repeat(22), attempt: 'x', stage: 'lost' as const }
    await shop.store.transaction((tx) => tx.saveCheckout(lost as never))
    const ids = [
      unknown,
      lost.id,
      'a',
      `${unknown}A`,
      "' or 1=1 --",
      '%00',
      '%ff',
      '..%2f',
      'é'.repeat(22),
      '__proto__',
      '%20',
      '$ne',
    ]
    const answers = await Promise.all(
      ids.map(async (id) => {
        const answer = await shop.get(`checkouts/${id}`)
        return [answer.status, [...answer.headers].join(), await answer.text()].join('\n')
      }),
    )
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toMatch(/^404\n/)
    expect(shop.lines).toEqual([])
  })

  test('T-30 no id that was made resembles another', async () => {
    const shop = createShop()
    const ids = await Promise.all(Array.from({ length: 200 }, (_, at) => shop.open(`order-${at}`)))
    expect(new Set(ids).size).toBe(200)
    for (const id of ids) expect(Buffer.from(id, 'base64url')).toHaveLength(16)
    // 128 bits from a generator that is not broken: each bit is set in about half of them.
    for (let bit = 0; bit < 128; bit++) {
      const set = ids.filter((id) => ((Buffer.from(id, 'base64url')[bit >> 3] as number) >> (bit & 7)) & 1).length
      expect(set).toBeGreaterThan(50)
      expect(set).toBeLessThan(150)
    }
  })

  test('T-30 a stranger’s guess is never a checkout', async () => {
    const shop = createShop()
    await shop.open()
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[A-Za-z0-9_-]{22}$/), async (id) => {
        expect((await shop.get(`checkouts/${id}`)).status).toBe(404)
      }),
    )
  })
})

describe('how a checkout reads', () => {
  const states: [PaymentState[], PaymentState][] = [
    [[], 'pending'],
    [['pending'], 'pending'],
    [['failed'], 'failed'],
    [['failed', 'paid'], 'paid'],
    [['declined'], 'declined'],
    [['declined', 'paid'], 'paid'],
    [['refunded', 'pending', 'paid', 'failed'], 'paid'],
    [['expired', 'charged_back'], 'charged_back'],
    [['pending', 'expired'], 'pending'],
    [['declined', 'pending'], 'pending'],
    [['refunded', 'pending'], 'pending'],
  ]
  test.each(states)('payments that are %j read as %s, in whatever order they came', async (payments, state) => {
    for (const order of [payments, [...payments].reverse()]) {
      const shop = createShop()
      const id = await shop.open()
      for (const becomes of order) await shop.notify(eventOf(id, { reference: becomes, becomes }))
      await shop.settled()
      expect(await shop.status(id)).toEqual({ state, delivered: state === 'paid' })
    }
  })

  test('a declined payment of an order that another checkout paid reads as paid', async () => {
    const shop = createShop()
    const [one, other] = [await shop.open(), await shop.open()]
    await shop.notify(eventOf(one, { reference: 'A', becomes: 'declined' }))
    expect(await shop.status(one)).toEqual({ state: 'declined', delivered: false })
    await shop.notify(paid(other, { reference: 'B' }))
    await shop.settled()
    expect(await shop.status(one)).toEqual({ state: 'paid', delivered: true })
  })

  test('paid by another checkout of the same order reads as paid', async () => {
    const shop = createShop()
    const [one, other] = [await shop.open(), await shop.open()]
    await shop.notify(paid(one))
    await shop.settled()
    expect(await shop.status(other)).toEqual({ state: 'paid', delivered: true })
    await shop.notify(refunded(one))
    await shop.settled()
    expect(await shop.status(one)).toEqual({ state: 'refunded', delivered: false })
    expect(await shop.status(other)).toEqual({ state: 'pending', delivered: false })
  })

  test('delivered is said when the hook has ended, and not before', async () => {
    const hook = gate()
    const shop = createShop({ fulfil: () => hook.opened })
    const id = await shop.open()
    await shop.notify(paid(id))
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: false })
    hook.open()
    await shop.settled()
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
  })

  test('money that was received is said, for as long as the shop waits for it, whatever became of another try', async () => {
    const shop = createShop({ providers: [pretend({ open: () => ({ askAt: [new Date(Date.UTC(2026, 0, 1, 1))] }) })] })
    const id = await shop.open()
    await shop.notify(eventOf(id, { reference: 'A', becomes: 'declined' }))
    await shop.notify(received(id, { reference: 'B' }))
    for (const time of [0, 2 * 60 * 60_000]) {
      shop.clock.at += time
      expect(await shop.status(id)).toEqual({ state: 'pending', delivered: false, received: true })
    }
    await shop.notify(paid(id, { reference: 'B' }))
    await shop.settled()
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
  })

  test('a card that was declined before another one paid is no news while the delivery is under way', async () => {
    const hook = gate()
    const shop = createShop({ fulfil: () => hook.opened })
    const id = await shop.open()
    await shop.notify(eventOf(id, { reference: 'A', becomes: 'declined' }))
    await shop.notify(paid(id, { reference: 'B' }))
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: false })
    hook.open()
    await shop.settled()
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
  })

  test('past the last moment to ask it reads as expired, and nothing is written', async () => {
    const shop = createShop({ providers: [pretend({ open: () => ({ askAt: [new Date(Date.UTC(2026, 0, 1, 1))] }) })] })
    const id = await shop.open()
    const before = await shop.store.checkout(id)
    shop.clock.at = Date.UTC(2026, 0, 1, 1)
    expect((await shop.status(id)).state).toBe('pending')
    shop.clock.at += 1
    expect((await shop.status(id)).state).toBe('expired')
    expect(await shop.store.checkout(id)).toEqual(before)
    shop.clock.at -= 10
    expect((await shop.status(id)).state).toBe('pending')
  })

  test('T-40 with the store away: 503, try again', async () => {
    const away = () => Promise.reject(new Error('ECONNREFUSED'))
    const shop = createShop({ store: { ...memory(), checkout: away } })
    const answer = await shop.get(`checkouts/${unknown}`)
    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(await answer.text()).not.toContain('ECONN')
  })
})

describe('signals', () => {
  test('are handed to the hook, stored nowhere, and prove nothing (I-6)', async () => {
    const heard: unknown[] = []
    const shop = createShop({ observe: (signal) => void heard.push(signal) })
    const id = await shop.open()
    for (const kind of ['opened', 'busy', 'idle', 'finished', 'closed'])
      expect((await shop.post(`checkouts/${id}/signals`, { kind })).status).toBe(204)
    expect(heard).toHaveLength(5)
    expect(heard[3]).toEqual({ checkoutId: id, kind: 'finished' })
    await shop.settled()
    expect([await shop.status(id), shop.done]).toEqual([{ state: 'pending', delivered: false }, []])
  })

  test.each([{ kind: 'paid' }, {}, { kind: 'busy', more: 1 }, [], null])('are refused when they are %j', async (body) => {
    const shop = createShop()
    expect((await shop.post(`checkouts/${unknown}/signals`, body)).status).toBe(400)
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('x')
      },
    ],
    ['rejects', () => Promise.reject(new Error('x'))],
    ['never ends', () => new Promise<void>(() => {})],
  ])('T-52 of a hook that %s the window hears nothing', async (_, observe) => {
    const shop = createShop({ observe })
    expect((await shop.post(`checkouts/${unknown}/signals`, { kind: 'busy' })).status).toBe(204)
  })

  test('T-24 come from listed pages alone', async () => {
    const heard: unknown[] = []
    const shop = createShop({ observe: (signal) => void heard.push(signal) })
    const answer = await shop.post(`checkouts/${unknown}/signals`, { kind: 'busy' }, { origin: 'https://evil.example' })
    expect([answer.status, heard]).toEqual([403, []])
    const nobody = new Request(`${base}/checkouts/${unknown}/signals`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"kind":"busy"}' },
    })
    expect([(await shop.checkout.fetch(nobody)).status, heard]).toEqual([403, []])
    expect((await shop.post(`checkouts/${unknown}/signals`, { kind: 'busy' }, { origin })).status).toBe(204)
  })
})

describe('a payment that was only begun', () => {
  const begun = async (change: Parameters<typeof createShop>[0] = {}) => {
    const lastAsk = () => ({ askAt: [new Date(Date.UTC(2026, 0, 1) + 60_000)] })
    const shop = createShop({ providers: [pretend({ open: lastAsk })], ...change })
    const id = await shop.open()
    await shop.notify(eventOf(id, { becomes: 'pending' }))
    return { shop, id }
  }

  test('T-15 says no more than none: past the last time to ask the buyer need not wait', async () => {
    const { shop, id } = await begun()
    expect((await shop.status(id)).state).toBe('pending')
    shop.clock.at += 60_001
    expect((await shop.status(id)).state).toBe('expired')
  })

  test('T-38 under review it is being checked, however long that takes, until the next word', async () => {
    for (const [becomes, state] of [
      ['expired', 'expired'],
      ['declined', 'declined'],
      ['paid', 'paid'],
    ] as const) {
      const { shop, id } = await begun()
      await shop.notify(eventOf(id, { key: '200', becomes: 'pending', underReview: true }))
      shop.clock.at += 90 * 24 * 60 * 60_000
      expect((await shop.status(id)).state).toBe('pending')
      await shop.notify(eventOf(id, { becomes }))
      await shop.notify(eventOf(id, { key: '200 again', becomes: 'pending', underReview: true }))
      await shop.settled()
      expect((await shop.status(id)).state).toBe(state)
    }
  })

  test('T-38 past the last time to ask a person hears that it is under review', async () => {
    const { shop, id } = await begun()
    await shop.notify(eventOf(id, { key: '200', becomes: 'pending', underReview: true }))
    shop.clock.at += 61_000
    await shop.settled()
    expect(shop.notices).toMatchObject([
      { kind: 'unconfirmed', reference: 'tx1', reason: expect.stringMatching(/under review/) },
    ])
  })

  test('T-27 does not hide that its order was paid by another checkout', async () => {
    const { shop, id } = await begun()
    await shop.notify(paid(await shop.open(), { reference: 'tx2' }))
    await shop.settled()
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
  })
})
