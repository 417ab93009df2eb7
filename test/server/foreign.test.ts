import { describe, expect, test, vi } from 'vitest'
import type { ForeignEvent } from '../../src/server/index.js'
import { eventOf, paid, pretend } from './pretend-provider.js'
import { createShop, gate } from './shop.js'

// Subscriptions from before the shop moved here: proven events of checkouts that were never opened here.

const theirs = 'order-of-before'
const renewal = paid(theirs, {
  ...{ reference: 'R1', renewal: true, money: { amount: '9.90', currency: 'USD' }, buyerId: 'u7', details: { type: '0' } },
})
const verdictOf = async (shop: ReturnType<typeof createShop>) => (await shop.checkout.ledger.events())[0]?.verdict

describe('the foreign hook', () => {
  test('is given what was proven; taken, the event is acknowledged, and so is its repeat, without another call', async () => {
    const given: ForeignEvent[] = []
    const shop = createShop({ foreign: (event) => given.push(event) > 0 })
    for (let times = 0; times < 3; times++) {
      const answer = await shop.notify(renewal)
      expect([answer.status, await answer.text()]).toEqual([200, 'OK'])
    }
    await shop.settled()
    expect(given).toMatchObject([
      {
        ...{ id: 'pretend:R1:paid', provider: 'pretend', reference: 'R1', checkout: { id: theirs }, becomes: 'paid' },
        ...{ money: { amount: '9.90', currency: 'USD' }, buyerId: 'u7', renewal: true, details: { type: '0' } },
      },
    ])
    expect([await verdictOf(shop), shop.notices, shop.done]).toEqual(['taken', [], []])
  })

  test('missing, the event stays unknown: not acknowledged, and told', async () => {
    const shop = createShop()
    expect((await shop.notify(renewal)).status).toBe(404)
    await shop.settled()
    expect(shop.notices).toMatchObject([{ kind: 'unknown_checkout' }])
  })

  test('answers that it is not theirs either: not acknowledged, told as unknown, and not asked again', async () => {
    let calls = 0
    const shop = createShop({
      foreign: () => {
        calls++
        return false
      },
    })
    for (let times = 0; times < 3; times++) expect((await shop.notify(renewal)).status).toBe(404)
    await shop.settled()
    expect([calls, await verdictOf(shop), shop.notices.map(({ kind }) => kind)]).toEqual([1, 'unknown', ['unknown_checkout']])
    await shop.checkout.ledger.quarantine.retry({ provider: 'pretend', key: 'R1:paid' }, { by: 'ada', reason: 'mended' })
    await shop.settled()
    expect(calls).toBe(2)
  })

  test('that waited for its turn until too little was left of its minute is asked by whoever tells it next', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
    try {
      const [called, given] = [gate(), gate()]
      let asked = 0
      const shop = createShop({
        delivery: { atOnce: 1 },
        fulfil: async () => {
          called.open()
          await given.opened
        },
        foreign: () => asked++ >= 0,
      })
      await shop.notify(paid(await shop.open()))
      await called.opened
      const answer = shop.notify(renewal)
      await vi.waitFor(async () => expect(await shop.checkout.ledger.notices()).toHaveLength(1))
      await vi.advanceTimersByTimeAsync(29_000)
      given.open()
      await vi.advanceTimersByTimeAsync(10_000)
      expect([(await answer).status, asked]).toEqual([404, 0])
      shop.clock.at += 61_000
      await shop.settled()
      expect([asked, (await shop.notify(renewal)).status]).toEqual([1, 200])
    } finally {
      vi.useRealTimers()
    }
  })

  test('that answers nothing, as a hook without a type checker may, has not said that it took it', async () => {
    const shop = createShop({ foreign: (() => {}) as () => never })
    expect((await shop.notify(renewal)).status).toBe(404)
  })

  test('is not asked any more about what a person has decided meanwhile', async () => {
    let calls = 0
    const shop = createShop({
      foreign: () => {
        calls++
        throw new Error('not now')
      },
    })
    await shop.notify(renewal)
    await shop.checkout.ledger.quarantine.drop({ provider: 'pretend', key: 'R1:paid' }, { by: 'ada', reason: 'ended in May' })
    await shop.exhausted()
    expect([calls, await verdictOf(shop), shop.notices]).toEqual([1, 'dropped', []])
  })

  test('I-4 that throws leaves it unacknowledged, kept, and is called again with the same id until it takes it', async () => {
    const ids: string[] = []
    const shop = createShop({
      foreign: ({ id }) => {
        if (ids.push(id) < 3) throw undefined
        return true
      },
    })
    expect((await shop.notify(renewal)).status).toBe(404)
    expect((await shop.notify(renewal)).status).toBe(404)
    await shop.exhausted()
    expect([ids, await verdictOf(shop)]).toEqual([Array(3).fill('pretend:R1:paid'), 'taken'])
    expect((await shop.notify(renewal)).status).toBe(200)
    expect(shop.notices).toEqual([])
  })

  test('T-35 that is slow is waited for three seconds, and the repeat finds what it took', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const hook = gate<boolean>()
      const shop = createShop({ foreign: () => hook.opened })
      const answer = shop.notify(renewal)
      await vi.advanceTimersByTimeAsync(2_999)
      expect(await Promise.race([answer, 'waits'])).toBe('waits')
      await vi.advanceTimersByTimeAsync(1)
      expect((await answer).status).toBe(404)
      hook.open(true)
      await vi.advanceTimersByTimeAsync(100)
      expect((await shop.notify(renewal)).status).toBe(200)
    } finally {
      vi.useRealTimers()
    }
  })

  test('I-4 a process that dies in it: the row was there before, and the next one asks again', async () => {
    const never = gate<boolean>()
    const shop = createShop({ foreign: () => never.opened })
    shop.notify(renewal)
    await expect.poll(() => verdictOf(shop)).toBe('unknown')
    const asked: string[] = []
    const next = createShop({ store: shop.store, foreign: ({ id }) => asked.push(id) > 0 })
    await next.settled()
    expect(asked).toEqual([])
    shop.clock.at += 60_000
    await next.settled()
    expect(asked).toEqual(['pretend:R1:paid'])
    expect((await next.notify(renewal)).status).toBe(200)
  })

  test('that comes later finds the events that were unknown before, as they come again', async () => {
    const shop = createShop()
    await shop.notify(renewal)
    const taken: string[] = []
    const next = createShop({ store: shop.store, foreign: ({ id }) => taken.push(id) > 0 })
    expect((await next.notify(renewal)).status).toBe(404)
    shop.clock.at += 60_000
    await next.settled()
    expect([taken, (await next.notify(renewal)).status]).toEqual([['pretend:R1:paid'], 200])
  })

  test('several events of one notification are acknowledged when each of them was taken', async () => {
    const shop = createShop({ foreign: ({ reference }) => reference !== 'R2' })
    const [other, news] = [paid(theirs, { reference: 'R2' }), eventOf(theirs, { news: 'subscription_cancelled' })]
    expect((await shop.notify(renewal, other)).status).toBe(404)
    expect((await shop.notify(renewal, news)).status).toBe(200)
  })

  test('T-55 is not asked about a test payment in live mode, nor about what its adapter objects to', async () => {
    let calls = 0
    const foreign = () => ++calls > 0
    const shop = createShop({ providers: [pretend({ mode: 'live' })], foreign })
    expect((await shop.notify(renewal)).status).toBe(404)
    expect((await shop.notify({ ...renewal, key: 'k', test: false, objection: 'odd' })).status).toBe(404)
    expect(calls).toBe(0)
    expect((await shop.notify({ ...renewal, key: 'k2', test: false })).status).toBe(200)
  })

  test('T-54 what it throws is not logged', async () => {
    const shop = createShop({ foreign: () => Promise.reject(new Error('canary@example.com')) })
    await shop.notify(renewal)
    await shop.settled()
    expect(shop.lines.join()).not.toContain('canary')
  })
})
