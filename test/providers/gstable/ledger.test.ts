import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PaymentEvent } from '../../../src/providers/adapter.js'
import { type GStableConfiguration, gstable } from '../../../src/providers/gstable/index.js'
import { record } from '../../../src/server/ledger.js'
import { createShop, noRoom } from '../../server/shop.js'
import { bodyOf, configuration, network, sessionOf, signed } from './vectors.js'

// The provider with the real server and its ledger: what a session's news, in whatever order and however often, make of an order.

const api = 'http://localhost:4001'
const page = '/session/checkout/create'

async function shopWith(options: Partial<GStableConfiguration> = {}) {
  const session = { status: 'initialized' as string, checkoutId: '' }
  const told = (changes: object = {}) =>
    sessionOf({
      sandbox: true,
      status: session.status,
      metadata: { orderId: 'order-1', checkoutId: session.checkoutId },
      ...changes,
    })
  const { fetch, posted } = network({
    [page]: { ...sessionOf({ status: 'initialized' }), metadata: undefined, paymentUrl: `${api}/session/sess_A1/key` },
    '/session/sess_A1': () => Response.json({ code: 0, data: { session: told(), transaction: null } }),
    '/capabilities/all': {},
  })
  const clock = { at: Date.UTC(2026, 0, 1) }
  const now = () => new Date(clock.at)
  const test = { mode: 'test', apiKey: 'sk_test_pretend', baseUrl: `${api}/payment/v1` } as const
  const adapter = gstable({ ...configuration, ...test, fetch, now, ...options })
  const shop = createShop({ providers: [adapter], now })
  const id = await shop.open('order-1', undefined, { method: 'gstable:stablecoins', surface: 'redirect' })
  session.checkoutId = (posted().metadata as { checkoutId: string }).checkoutId

  let events = 0
  /** A webhook that says so; its id is a new one unless it is given. */
  async function hear(
    eventType: string,
    status: string,
    eventId = `evt_fresh${++events}`,
    changes: object = {},
  ): Promise<number> {
    const body = bodyOf({}, { eventId, eventType, payload: { sessionData: told({ status, ...changes }), transaction: null } })
    const timestamp = String(Math.floor(clock.at / 1000))
    const { url, headers, body: bytes } = signed(body, { timestamp })
    return (await shop.checkout.fetch(new Request(url, { method: 'POST', headers, body: bytes as BodyInit }))).status
  }
  /** A look-up, by this shop or by the same after its configuration was changed. */
  async function ask(status: string, changed: Partial<GStableConfiguration> = options): Promise<void> {
    session.status = status
    const checkout = await shop.store.checkout(id)
    const asking = gstable({ ...configuration, ...test, fetch, now, ...changed })
    const answer: readonly PaymentEvent[] = checkout ? ((await asking.lookUp?.(checkout)) ?? []) : []
    await record(shop.store, 'gstable', answer, noRoom)
  }
  return { shop, id, hear, ask, clock }
}

/** Every sequence of the given words up to a length. */
function* sequences<Word>(words: readonly Word[], longest: number): Iterable<readonly Word[]> {
  yield []
  if (longest > 0) for (const word of words) for (const rest of sequences(words, longest - 1)) yield [word, ...rest]
}

const facts = {
  created: ['session.created', 'initialized'],
  paid: ['session.paid', 'paid'],
  completed: ['session.completed', 'completed'],
} as const
type Fact = keyof typeof facts

describe('T-21 paid and completed', () => {
  test.each(['paid', 'completed'] as const)(
    'T-21 in every order and number, one delivery where it is fulfilled on %s',
    async (fulfilOn) => {
      for (const sequence of sequences<Fact>(['created', 'paid', 'completed'], 4)) {
        const { shop, id, hear } = await shopWith({ fulfilOn })
        for (const fact of sequence) expect(await hear(facts[fact][0], facts[fact][1])).toBe(200)
        await shop.settled()
        const isPaid = sequence.includes('completed') || (fulfilOn === 'paid' && sequence.includes('paid'))
        expect(shop.done, sequence.join()).toEqual(isPaid ? ['fulfil sess_A1'] : [])
        expect(await shop.status(id), sequence.join()).toEqual({
          ...{ state: isPaid ? 'paid' : 'pending', delivered: isPaid },
          ...(!isPaid && sequence.includes('paid') && { received: true }),
        })
        expect(shop.notices, sequence.join()).toEqual([])
      }
    },
  )

  test('T-21 completed after paid is told as settled, once per event', async () => {
    const { shop, hear } = await shopWith()
    await hear(...facts.completed, 'evt_c')
    await hear(...facts.paid, 'evt_p')
    await hear(...facts.completed, 'evt_c')
    await shop.settled()
    expect(shop.news.map(({ kind }) => kind)).toEqual(['settled'])
  })

  test('T-21 webhooks, look-ups, repeats, delays: whatever comes ends in the same state', async () => {
    const step = fc.record({
      fact: fc.constantFrom<Fact>('created', 'paid', 'completed'),
      by: fc.constantFrom('webhook', 'repeat', 'look-up'),
      seconds: fc.integer({ min: 0, max: 400 }), // together less than it takes to give a checkout up
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 8 }),
        fc.constantFrom('paid' as const, 'completed' as const),
        async (steps, fulfilOn) => {
          const { shop, id, hear, ask, clock } = await shopWith({ fulfilOn })
          for (const { fact, by, seconds } of steps) {
            clock.at += seconds * 1000
            if (by === 'look-up') await ask(facts[fact][1])
            else await hear(facts[fact][0], facts[fact][1], by === 'repeat' ? `evt_${fact}` : undefined)
          }
          await shop.settled()
          const isPaid = steps.some(({ fact }) => fact === 'completed' || (fact === 'paid' && fulfilOn === 'paid'))
          expect(shop.done).toEqual(isPaid ? ['fulfil sess_A1'] : [])
          expect((await shop.status(id)).state).toBe(isPaid ? 'paid' : 'pending')
          expect(shop.notices).toEqual([])
        },
      ),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 60) },
    )
  })
})

describe('T-21 money that was received, and whose settlement is waited for', () => {
  const expired = ['session.expired', 'expired'] as const
  const waiting = { state: 'pending', delivered: false, received: true }
  const options = { fulfilOn: 'completed' } as const

  test.each([
    ['before', [facts.paid, expired], ['late']],
    ['after', [expired, facts.paid], ['late']],
  ] as const)('T-21 is hidden by no end that comes %s it, and is delivered when it has settled', async (_, news, told) => {
    const { shop, id, hear, clock } = await shopWith(options)
    for (const [name, status] of news) await hear(name, status)
    await hear(...facts.created)
    clock.at += 120 * 60_000
    expect(await shop.status(id)).toEqual(waiting)
    expect(await shop.ask('order-1', undefined, { method: 'gstable:stablecoins', surface: 'redirect' })).toMatchObject({
      status: 409,
    })
    await hear('session.pending', 'settlement_pending')
    expect([await shop.status(id), shop.done]).toEqual([waiting, []])
    expect((await shop.store.paymentsOf(id))[0]?.details).toMatchObject({ status: 'settlement_pending' })
    await hear(...facts.completed)
    await shop.settled()
    expect([await shop.status(id), shop.done]).toEqual([{ state: 'paid', delivered: true }, ['fulfil sess_A1']])
    expect(shop.notices.map(({ kind }) => kind).filter((kind) => kind !== 'unconfirmed')).toEqual(told)
  })

  test('T-21 a repeat of it after it has settled changes nothing', async () => {
    const { shop, id, hear } = await shopWith(options)
    await hear(...facts.completed)
    await hear(...facts.paid)
    await shop.settled()
    expect([await shop.status(id), shop.done]).toEqual([{ state: 'paid', delivered: true }, ['fulfil sess_A1']])
  })

  test.each(['paid', 'settling', 'settlement_pending'])(
    'T-21 is delivered by the next look-up that says %s once fulfilOn is changed to paid, and changed back takes nothing away',
    async (status) => {
      const { shop, id, ask } = await shopWith(options)
      await ask(status)
      // What an earlier version of this software wrote: the key without what it became.
      const checkout = { reference: 'sess_A1' }
      const earlier = { checkout, reference: 'sess_A1', becomes: 'pending', received: true, test: true } as const
      await record(shop.store, 'gstable', [{ ...earlier, key: `look-up:sess_A1:${status}` }], noRoom)
      expect([await shop.status(id), shop.done]).toEqual([waiting, []])
      await ask(status, { fulfilOn: 'paid' })
      await ask(status, { fulfilOn: 'completed' })
      await ask('completed', { fulfilOn: 'completed' })
      await shop.settled()
      expect([await shop.status(id), shop.done]).toEqual([{ state: 'paid', delivered: true }, ['fulfil sess_A1']])
      expect(shop.notices).toEqual([])
    },
  )

  test('T-22 too little of it is held and counts when a person accepts it, and not before', async () => {
    const { shop, id, hear, clock } = await shopWith(options)
    await hear(...facts.paid, 'evt_1', { amount: 19_899_999 })
    await hear(...facts.paid, 'evt_2')
    clock.at += 120 * 60_000
    expect((await shop.status(id)).state).toBe('expired')
    await shop.checkout.ledger.quarantine.accept({ provider: 'gstable', key: 'evt_1' }, { by: 'Ada', reason: 'looked at' })
    expect([await shop.status(id), shop.done]).toEqual([waiting, []])
  })

  test('T-20 of a session that we do not know is told, and not taken for first news', async () => {
    const { shop, hear } = await shopWith(options)
    expect(await hear(...facts.paid, 'evt_1', { sessionId: 'sess_B2' })).toBe(404)
    await shop.settled()
    expect(shop.notices.map(({ kind }) => kind)).toEqual(['unknown_checkout'])
  })
})

describe('the server and its ledger', () => {
  test('an expired or cancelled session that is paid after all is paid', async () => {
    const { shop, id, hear } = await shopWith()
    await hear('session.cancelled', 'cancelled')
    expect((await shop.status(id)).state).toBe('expired')
    await hear(...facts.paid)
    await hear(...facts.completed)
    await shop.settled()
    expect(shop.done).toEqual(['fulfil sess_A1'])
    expect(shop.notices.map(({ kind }) => kind)).toEqual(['late'])
  })

  test('T-22 too little is acknowledged, held and told, and gives nothing', async () => {
    const { shop, id, hear } = await shopWith()
    expect(await hear(...facts.paid, 'evt_1', { amount: 19_899_999 })).toBe(200)
    await hear(...facts.completed)
    await shop.settled()
    expect(shop.done).toEqual([])
    expect(shop.notices.map(({ kind }) => kind)).toEqual(['contradiction'])
    expect((await shop.status(id)).state).toBe('pending')
  })

  test('T-20 our checkout under another session is not acknowledged, and told once', async () => {
    const { shop, hear } = await shopWith()
    const other = { sessionId: 'sess_B2' }
    expect(await hear(...facts.paid, 'evt_1', other)).toBe(404)
    expect(await hear(...facts.paid, 'evt_1', other)).toBe(404)
    expect(await hear(...facts.created, 'evt_0', other)).toBe(200)
    expect(await hear('session.expired', 'expired', 'evt_2', other)).toBe(200)
    expect(await hear('session.cancelled', 'cancelled', 'evt_3', other)).toBe(200)
    await shop.settled()
    expect(shop.done).toEqual([])
    expect(shop.notices.map(({ kind }) => kind)).toEqual(['unknown_checkout'])
  })

  test('a payment link of the same account is acknowledged and leaves no trace', async () => {
    const { shop, hear } = await shopWith()
    expect(await hear(...facts.paid, 'evt_1', { sessionId: 'sess_Link', metadata: {} })).toBe(200)
    expect(await shop.checkout.ledger.events()).toEqual([])
  })

  test('one event id that says two things is a contradiction', async () => {
    const { shop, hear } = await shopWith()
    await hear(...facts.created, 'evt_1')
    expect(await hear(...facts.paid, 'evt_1')).toBe(200)
    await shop.settled()
    expect(shop.done).toEqual([])
    expect(shop.notices.map(({ kind }) => kind)).toEqual(['contradiction'])
  })

  test('a live session moves no checkout of the sandbox', async () => {
    const { shop, hear } = await shopWith()
    await hear(...facts.paid, 'evt_1', { sandbox: undefined })
    await shop.settled()
    expect(shop.done).toEqual([])
    expect(shop.notices.map(({ kind }) => kind)).toEqual(['contradiction'])
  })

  test('I-8 what is not signed, or late, is refused and leaves no trace', async () => {
    const { shop } = await shopWith()
    const send = async (headers: HeadersInit) =>
      (
        await shop.checkout.fetch(
          new Request('https://shop.example/checkout/notify/gstable', { method: 'POST', headers, body: bodyOf() }),
        )
      ).status
    expect(await send({})).toBe(401)
    expect(await send(signed(bodyOf()).headers)).toBe(401) // rightly signed, days before the shop's clock
    expect(await shop.checkout.ledger.events()).toEqual([])
  })
})
