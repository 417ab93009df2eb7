import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { PaymentEvent } from '../../src/providers/adapter.js'
import type { Delivery } from '../../src/server/index.js'
import { record } from '../../src/server/ledger.js'
import type { Store } from '../../src/server/store.js'
import { memory } from '../../src/stores/memory.js'
import { sqlite } from '../../src/stores/sqlite.js'
import { eventOf, paid, pretend, refunded } from './pretend-provider.js'
import { createShop, gate, noRoom, order, type Shop } from './shop.js'

const folder = mkdtempSync(join(tmpdir(), 'checkout-deliver-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const payment = async (shop: Shop, reference = 'tx1') =>
  (await shop.checkout.ledger.payments()).find((each) => each.reference === reference)

async function withPayment(change: Parameters<typeof createShop>[0] = {}) {
  const shop = createShop(change)
  const id = await shop.open()
  await shop.notify(paid(id))
  return { shop, id }
}

describe('a delivery', () => {
  test('holds what the hook needs: the order as it was priced, and one id for giving and taking back', async () => {
    let price = '19.90'
    const shop = createShop({ price: (name) => order(name, { price: { amount: price, currency: 'USD' } }) })
    const id = await shop.open()
    price = '29.90'
    await shop.notify(paid(id, { details: { card: '**** 1' } }))
    await shop.settled()
    await shop.notify(refunded(id, { details: { reason: '9' } }))
    await shop.settled()
    const common = { id: 'pretend:tx1', kind: 'first', orderId: 'order-1', provider: 'pretend', reference: 'tx1' }
    expect(shop.deliveries).toMatchObject([
      { ...common, state: 'paid', details: { card: '**** 1' }, order: order('order-1') },
      { ...common, state: 'refunded', details: { reason: '9' }, order: order('order-1') },
    ])
  })

  test('of an order without an id has one of its own: nothing is surplus', async () => {
    const shop = createShop({
      price: () => {
        const { id: _, ...nameless } = order('x')
        return nameless
      },
    })
    const ids = [await shop.open(), await shop.open()]
    for (const [at, id] of ids.entries()) await shop.notify(paid(id, { reference: `P${at}` }))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil P0', 'fulfil P1'])
    expect(shop.deliveries.map(({ orderId }) => orderId)).toEqual(ids)
  })

  test('hooks are called with their own `this`', async () => {
    class Merchant {
      readonly #given: string[] = []
      async fulfil({ reference }: Delivery) {
        this.#given.push(reference)
      }
      get given() {
        return this.#given
      }
    }
    const merchant = new Merchant()
    const { shop } = await withPayment({ fulfil: (delivery) => merchant.fulfil(delivery) })
    await shop.settled()
    expect(merchant.given).toEqual(['tx1'])
  })
})

describe('a hook that fails', () => {
  const thrown: [string, () => unknown][] = [
    [
      'throws an Error',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ...[undefined, null, 0, '', false, Number.NaN, 'no', { reason: 'no' }, Symbol('no')].map(
      (value): [string, () => unknown] => [
        `throws ${typeof value === 'symbol' ? 'a symbol' : JSON.stringify(value)}`,
        () => {
          throw value
        },
      ],
    ),
    ['rejects with nothing', () => Promise.reject()],
    ['rejects with zero', () => Promise.reject(0)],
  ]
  test.each(thrown)('T-34 %s: it is not done, and tried again later', async (_, fail) => {
    let attempts = 0
    const { shop } = await withPayment({
      fulfil: () => {
        if (attempts++ === 0) return fail() as Promise<void>
      },
    })
    await shop.settled()
    expect(attempts).toBe(1)
    const failed = await payment(shop)
    expect(failed).toMatchObject({ delivery: 'started', attempts: 1, state: 'paid' })
    const delay = Number(failed?.dueAt) - shop.clock.at
    expect(delay).toBeGreaterThanOrEqual(500)
    expect(delay).toBeLessThanOrEqual(1000)
    shop.clock.at += delay - 1
    await shop.settled()
    expect(attempts).toBe(1)
    shop.clock.at += 1
    await shop.settled()
    expect(attempts).toBe(2)
    expect(await payment(shop)).toMatchObject({ delivery: 'done', attempts: 0 })
    expect((await payment(shop))?.dueAt).toBeUndefined()
  })

  test('T-34 never settles: it is left to itself after its time, told to stop, and called again', async () => {
    const deliveries: Delivery[] = []
    const { shop } = await withPayment({
      delivery: { time: 10 },
      fulfil: (delivery) => {
        deliveries.push(delivery)
        return deliveries.length === 1 ? new Promise(() => {}) : undefined
      },
    })
    await shop.settled()
    expect(deliveries[0]?.signal.aborted).toBe(true)
    expect(await payment(shop)).toMatchObject({ delivery: 'started', attempts: 1 })
    await shop.exhausted()
    expect(deliveries.map(({ id }) => id)).toEqual(['pretend:tx1', 'pretend:tx1'])
    expect(deliveries[1]?.signal.aborted).toBe(false)
    expect(await payment(shop)).toMatchObject({ delivery: 'done' })
  })

  test('T-34 settles after its time: what it answers then changes nothing and harms nobody', async () => {
    const slow = gate()
    const { shop } = await withPayment({ delivery: { time: 10 }, fulfil: () => slow.opened })
    await shop.settled()
    const before = await payment(shop)
    slow.fail(new Error('at last'))
    await shop.settled()
    expect(await payment(shop)).toEqual(before)
  })

  test('T-34 again and again: stuck, told once, and given at once when a person asks', async () => {
    let fails = true
    let attempts = 0
    const { shop } = await withPayment({
      delivery: { attempts: 4 },
      fulfil: () => {
        attempts++
        if (fails) throw new Error('no stock')
      },
    })
    await shop.exhausted()
    expect(attempts).toBe(4)
    expect(shop.notices).toMatchObject([{ kind: 'stuck', reference: 'tx1', orderId: 'order-1', provider: 'pretend' }])
    expect((await payment(shop))?.dueAt).toBeUndefined()

    expect(await shop.checkout.ledger.retry({ provider: 'pretend', reference: 'tx1' })).toBe(true)
    await shop.exhausted()
    expect(attempts).toBe(8)
    expect(shop.notices).toHaveLength(2)
    expect(new Set(shop.notices.map(({ id }) => id)).size).toBe(2)

    fails = false
    expect(await shop.checkout.ledger.retry({ provider: 'pretend', reference: 'tx1' })).toBe(true)
    await shop.settled()
    expect(await payment(shop)).toMatchObject({ delivery: 'done' })
    expect(await shop.checkout.ledger.retry({ provider: 'pretend', reference: 'tx1' })).toBe(false)
    expect(await shop.checkout.ledger.retry({ provider: 'pretend', reference: 'nobody' })).toBe(false)
    expect(attempts).toBe(9)
  })

  test('T-34 the wait grows to an hour', async () => {
    const { shop } = await withPayment({ fulfil: () => Promise.reject(new Error('no')) })
    const waits: number[] = []
    for (let attempts = 0; attempts < 24; attempts++) {
      await shop.settled()
      const dueAt = Number((await payment(shop))?.dueAt)
      waits.push(dueAt - shop.clock.at)
      shop.clock.at = dueAt
    }
    for (const [at, wait] of waits.entries()) {
      const whole = Math.min(3_600_000, 1000 * 2 ** at)
      expect(wait).toBeGreaterThanOrEqual(whole / 2)
      expect(wait).toBeLessThanOrEqual(whole)
    }
    expect(waits.at(-1)).toBeGreaterThanOrEqual(1_800_000)
  })

  test('a refund after a failed attempt revokes alone: the goods are perhaps given', async () => {
    let attempts = 0
    const { shop, id } = await withPayment({
      fulfil: () => {
        attempts++
        throw new Error('after half of the work')
      },
    })
    await shop.settled()
    await shop.notify(refunded(id))
    await shop.exhausted()
    expect(attempts).toBe(1)
    expect(shop.done).toEqual(['revoke tx1'])
  })

  test('a refund while a failing hook runs waits for it, is tried anew, and revokes', async () => {
    const hook = gate()
    const { shop, id } = await withPayment({ delivery: { attempts: 1 }, fulfil: () => hook.opened })
    await shop.notify(refunded(id))
    expect(shop.done).toEqual([])
    hook.fail(new Error('no'))
    await shop.exhausted()
    expect(shop.done).toEqual(['revoke tx1'])
    expect(shop.notices).toEqual([])
  })

  test('revoke is retried as well, and stuck as well', async () => {
    let attempts = 0
    const { shop, id } = await withPayment({
      delivery: { attempts: 2 },
      revoke: () => {
        attempts++
        throw new Error('no')
      },
    })
    await shop.settled()
    await shop.notify(refunded(id))
    await shop.exhausted()
    expect([shop.done, attempts, shop.notices.map(({ kind }) => kind)]).toEqual([['fulfil tx1'], 2, ['stuck']])
  })
})

describe('a process that dies', () => {
  /** A shop whose process stops in the middle of the hook: nothing that it would have written is written. */
  async function dying(clock: { at: number }, store: Store, fulfil: (delivery: Delivery) => void) {
    const reached = gate<Delivery>()
    const shop = createShop({
      store,
      fulfil: (delivery) => {
        fulfil(delivery)
        reached.open(delivery)
        return new Promise(() => {})
      },
    })
    return { shop, reached, clock }
  }

  test('T-33 in the hook: after its lease another calls it with the same id', async () => {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const store = memory({ now: () => new Date(clock.at) })
    const ids: string[] = []
    const { shop, reached } = await dying(clock, store, ({ id }) => ids.push(id))
    await shop.notify(paid(await shop.open()))
    await reached.opened
    const next = createShop({ store, fulfil: ({ id }) => void ids.push(id) })
    clock.at += 59_999
    await next.settled()
    expect(ids).toHaveLength(1)
    clock.at += 1
    await next.settled()
    expect(ids).toEqual(['pretend:tx1', 'pretend:tx1'])
    expect(await payment(next)).toMatchObject({ delivery: 'done' })
  })

  test('T-34 every time in the same hook: counted as attempts, and stuck instead of for ever', async () => {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const store = memory({ now: () => new Date(clock.at) })
    let calls = 0
    let opened: string | undefined
    for (let lives = 0; lives < 6; lives++) {
      const { shop, reached } = await dying(clock, store, () => calls++)
      if (opened === undefined) {
        opened = await shop.open()
        await shop.notify(paid(opened))
      } else {
        const limited = createShop({
          store,
          delivery: { attempts: 3 },
          fulfil: () => {
            calls++
            reached.open({} as Delivery)
            return new Promise(() => {})
          },
        })
        limited.checkout.work({ once: true }).catch(() => {})
        // Either the hook runs and the process "dies" in it, or it is stuck by now.
        await vi.waitFor(async () => expect(calls === lives + 1 || (await store.notices({ limit: 1 })).length > 0).toBe(true))
      }
      clock.at += 60_000
    }
    expect(calls).toBe(3)
    expect(await store.notices({ limit: 9 })).toMatchObject([{ kind: 'stuck' }])
  })
})

describe('independence', () => {
  test('T-35 the answer to the provider does not wait for the hook', async () => {
    const hook = gate()
    const shop = createShop({ fulfil: () => hook.opened })
    const id = await shop.open()
    const answer = await shop.notify(paid(id))
    expect(await answer.text()).toBe('OK')
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: false })
    const back = await shop.get(`return/${id}`)
    expect(back.status).toBe(200)
    hook.open()
    await shop.settled()
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
  })

  test('T-35 what a dead process left is delivered without any further notification', async () => {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const store = memory({ now: () => new Date(clock.at) })
    const dead = createShop({ store, fulfil: () => new Promise(() => {}) })
    await dead.notify(paid(await dead.open()))
    clock.at += 60_000
    const next = createShop({ store })
    const stop = new AbortController()
    const working = next.checkout.work({ signal: stop.signal })
    await vi.waitFor(() => expect(next.done).toEqual(['fulfil tx1']))
    stop.abort()
    await working
  })

  test('T-35 a buyer who asks has it delivered, without a worker', async () => {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const store = memory({ now: () => new Date(clock.at) })
    const dead = createShop({ store, fulfil: () => new Promise(() => {}) })
    const id = await dead.open()
    await dead.notify(paid(id))
    clock.at += 60_000
    const next = createShop({ store, now: () => new Date(clock.at) })
    expect(await next.status(id)).toEqual({ state: 'paid', delivered: false })
    await vi.waitFor(async () => expect(await next.status(id)).toEqual({ state: 'paid', delivered: true }))
  })

  test('T-48 a poisoned payment holds up nobody', async () => {
    const done: string[] = []
    const shop = createShop({
      delivery: { atOnce: 1, attempts: 3 },
      fulfil: ({ reference }) => {
        if (reference === 'P0') throw new Error('poison')
        done.push(reference)
      },
    })
    for (let at = 0; at < 8; at++) await shop.notify(paid(await shop.open(`order-${at}`), { reference: `P${at}` }))
    await shop.exhausted()
    expect(done.sort()).toEqual(['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7'])
    expect(shop.notices.map(({ kind, reference }) => `${kind} ${reference}`)).toEqual(['stuck P0'])
  })

  test('T-48 a hook that hangs holds up nobody either, while there is room', async () => {
    const hang = gate()
    const done: string[] = []
    const shop = createShop({
      delivery: { atOnce: 2 },
      fulfil: ({ reference }) => (reference === 'P0' ? hang.opened : void done.push(reference)),
    })
    const stop = new AbortController()
    for (let at = 0; at < 8; at++) await shop.notify(paid(await shop.open(`order-${at}`), { reference: `P${at}` }))
    const working = shop.checkout.work({ signal: stop.signal })
    await vi.waitFor(() => expect(done).toHaveLength(7), { timeout: 5_000 })
    hang.open()
    stop.abort()
    await working
  })

  test.each([
    ['notifications', false],
    ['the worker', true],
  ])('T-48 no more hooks at once than allowed, however many come with %s', async (_, byWorker) => {
    let running = 0
    let most = 0
    const done: string[] = []
    const clock = { at: Date.UTC(2026, 0, 1) }
    const store = sqlite(join(folder, `bound-${byWorker}.db`), { now: () => new Date(clock.at) })
    const fulfil = async ({ reference }: Delivery) => {
      running++
      most = Math.max(most, running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      done.push(reference)
    }
    const shop = createShop({ store, delivery: { atOnce: 3 }, fulfil })
    const dead = createShop({ store, delivery: { atOnce: 64 }, fulfil: () => new Promise(() => {}) })
    const ids = await Promise.all(Array.from({ length: 40 }, (_, at) => shop.open(`order-${at}`)))
    // At once: their records share a commit, and each of them saw the same free room.
    await Promise.all(ids.map((id, at) => (byWorker ? dead : shop).notify(paid(id, { reference: `P${at}` }))))
    clock.at += 60_000
    for (let rounds = 0; rounds < 20; rounds++) await shop.checkout.work({ once: true })
    expect(new Set(done).size).toBe(40)
    expect(done).toHaveLength(40)
    expect(most).toBe(3)
    await store.close()
  })

  test('a delivery that waited for its turn until too little was left of its lease takes it anew', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
    try {
      const first = gate()
      const done: string[] = []
      const clock = { at: Date.UTC(2026, 0, 1) }
      const store = sqlite(join(folder, 'turn.db'), { now: () => new Date(clock.at) })
      const fulfil = async ({ reference }: Delivery) => {
        if (done.push(reference) === 1) await first.opened
      }
      const shop = createShop({ store, delivery: { atOnce: 1 }, fulfil })
      const ids = [await shop.open('order-1'), await shop.open('order-2')]
      await Promise.all(ids.map((id, at) => shop.notify(paid(id, { reference: `P${at}` }))))
      await vi.advanceTimersByTimeAsync(29_000)
      clock.at += 29_000
      const before = (await shop.checkout.ledger.payments()).map(({ lease }) => lease)
      first.open()
      await vi.advanceTimersByTimeAsync(0)
      await vi.waitFor(() => expect(done).toHaveLength(2))
      await shop.settled()
      expect(done.sort()).toEqual(['P0', 'P1'])
      expect(before.map((lease) => lease?.fence)).toEqual([1, 1])
      expect((await shop.checkout.ledger.payments()).map(({ lease, attempts }) => [lease?.fence, attempts]).sort()).toEqual([
        [1, 0],
        [2, 0],
      ])
      await store.close()
    } finally {
      vi.useRealTimers()
    }
  })

  test('T-34 a failure that a slow database writes after the lease ended leaves its next holder alone', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
    try {
      const clock = { at: Date.UTC(2026, 0, 1) }
      const pass = (time: number) => {
        clock.at += time
        return vi.advanceTimersByTimeAsync(time)
      }
      const held = memory({ now: () => new Date(clock.at) })
      const [slow, failed, next] = [gate(), gate(), gate()]
      let isSlow = false
      const transaction: Store['transaction'] = async (work) => {
        if (isSlow) {
          isSlow = false
          failed.open()
          await slow.opened
        }
        return held.transaction(work)
      }
      let calls = 0
      const fulfil = () => {
        if (++calls > 1) return next.opened
        isSlow = true
        throw new Error('out of stock')
      }
      const shop = createShop({ store: { ...held, transaction }, fulfil })
      const other = createShop({ store: held, fulfil })
      await shop.notify(paid(await shop.open()))
      await failed.opened
      await pass(61_000)
      const round = other.checkout.work({ once: true })
      await pass(0)
      expect(calls).toBe(2)
      slow.open()
      await pass(0)
      await pass(5_000)
      const [row] = await held.claim(1)
      expect(row).toBe(undefined)
      next.open()
      await Promise.all([round, pass(5_000)])
      expect(await payment(shop)).toMatchObject({ delivery: 'done', lease: { fence: 2 } })
    } finally {
      vi.useRealTimers()
    }
  })

  test('I-7 a hook that a slow database held up beyond its lease is left to the next holder, who may have to take back', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
    try {
      const clock = { at: Date.UTC(2026, 0, 1) }
      const pass = (time: number) => {
        clock.at += time
        return vi.advanceTimersByTimeAsync(time)
      }
      const held = memory({ now: () => new Date(clock.at) })
      const [slow, asked] = [gate(), gate()]
      let isSlow = false
      const checkout = async (id: string) => {
        if (isSlow) asked.open()
        if (isSlow) await slow.opened
        return held.checkout(id)
      }
      const done: string[] = []
      const shop = createShop({
        store: { ...held, checkout },
        fulfil: () => {
          if (done.push('fulfil') === 1) throw new Error('out of stock')
        },
        revoke: () => void done.push('revoke'),
      })
      const id = await shop.open()
      await shop.notify(paid(id))
      await pass(0)
      await pass(2_000)
      isSlow = true
      const round = shop.checkout.work({ once: true })
      await asked.opened
      await pass(61_000)
      isSlow = false
      await Promise.all([shop.notify(refunded(id)), pass(0)])
      slow.open()
      await Promise.all([round, pass(5_000)])
      expect(done).toEqual(['fulfil', 'revoke'])
    } finally {
      vi.useRealTimers()
    }
  })

  test.each([
    ['forward by an hour', 3_600_000, 2],
    ['back by an hour', -3_600_000, 1],
    ['back by a day', -86_400_000, 1],
  ])('T-45 a hook that is about to be called when the clock is set %s is called by one holder', async (_, by, early) => {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const now = () => new Date(clock.at)
    const held = memory({ now })
    const [slow, asked] = [gate(), gate()]
    const checkout = async (id: string) => {
      asked.open()
      await slow.opened
      return held.checkout(id)
    }
    const called: string[] = []
    const instance = (name: string, store: Store) => createShop({ store, now, fulfil: () => void called.push(name) })
    const [shop, other] = [instance('first', { ...held, checkout }), instance('other', held)]
    await record(shop.store, 'pretend', [paid(await shop.open())], noRoom)
    const round = shop.checkout.work({ once: true })
    await asked.opened
    clock.at += by
    await other.checkout.work({ once: true })
    slow.open()
    await round
    expect(called).toEqual([early === 2 ? 'other' : 'first'])
    expect(await payment(shop)).toMatchObject({ delivery: 'done', lease: { fence: 2 }, attempts: 0 })
  })

  test.each([
    ['back by a second', -1_000],
    ['back by a day', -86_400_000],
  ])('I-10 T-45 a refund that comes while a hook runs and the clock is set %s is taken back after it', async (_, by) => {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const now = () => new Date(clock.at)
    for (const store of [memory({ now }), sqlite(join(folder, `back${by}.db`), { now })]) {
      const [called, given] = [gate(), gate()]
      const done: string[] = []
      const fulfil = async () => {
        called.open()
        await given.opened
        done.push('fulfil')
      }
      const instance = () => createShop({ store, now, fulfil, revoke: () => void done.push('revoke') })
      const [shop, other] = [instance(), instance()]
      const id = await shop.open()
      await shop.notify(paid(id))
      await called.opened
      clock.at += by
      await other.notify(refunded(id))
      await other.checkout.work({ once: true })
      expect(done).toEqual([])
      given.open()
      await vi.waitFor(() => expect(done).toEqual(['fulfil', 'revoke']))
      await vi.waitFor(async () => expect(await payment(shop)).toMatchObject({ state: 'refunded', delivery: 'none' }))
    }
  })

  test('T-45 a clock set forward does not bring a second hook beside the first in one process', async () => {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const now = () => new Date(clock.at)
    const [called, given] = [gate(), gate()]
    const done: string[] = []
    const fulfil = async () => {
      called.open()
      await given.opened
      done.push('fulfil')
    }
    const shop = createShop({ store: memory({ now }), now, fulfil, revoke: () => void done.push('revoke') })
    const id = await shop.open()
    await shop.notify(paid(id))
    await called.opened
    clock.at += 3_600_000
    await shop.notify(refunded(id))
    const round = shop.checkout.work({ once: true })
    expect(done).toEqual([])
    given.open()
    await round
    expect(done).toEqual(['fulfil', 'revoke'])
    expect(await payment(shop)).toMatchObject({ state: 'refunded', delivery: 'none' })
  })
})

describe('notices', () => {
  test('are told at least once, with the same id, until their hook has taken them', async () => {
    const told: string[] = []
    const shop = createShop({
      alert: ({ id }) => {
        told.push(id)
        if (told.length < 3) throw new Error('mail server away')
      },
    })
    await shop.notify(paid('A'.repeat(22)))
    await shop.exhausted()
    expect(told).toHaveLength(3)
    expect(new Set(told).size).toBe(1)
    expect(await shop.checkout.ledger.notices({ untold: true })).toEqual([])
    expect(await shop.checkout.ledger.notices()).toHaveLength(1)
  })

  test('that nobody hears, neither a hook nor a log, wait for whoever adds one', async () => {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const store = memory({ now: () => new Date(clock.at) })
    const deaf = createShop({ store, alert: undefined as never, log: undefined as never })
    await deaf.notify(paid('A'.repeat(22)))
    await deaf.settled()
    expect(await deaf.checkout.ledger.notices({ untold: true })).toHaveLength(1)
    clock.at += 61_000
    const shop = createShop({ store })
    await shop.settled()
    expect([shop.notices.length, await shop.checkout.ledger.notices({ untold: true })]).toEqual([1, []])
  })

  test('go on being told however often the hook fails', async () => {
    let told = 0
    const shop = createShop({
      alert: () => {
        told++
        throw new Error('no')
      },
    })
    await shop.notify(paid('A'.repeat(22)))
    await shop.exhausted()
    expect(told).toBeGreaterThan(50)
    expect(await shop.checkout.ledger.notices({ untold: true })).toHaveLength(1)
  })

  test('that the process died in are told again with the same id', async () => {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const store = memory({ now: () => new Date(clock.at) })
    const told: string[] = []
    const dead = createShop({ store, alert: ({ id }) => new Promise(() => told.push(id)) })
    await dead.notify(paid('A'.repeat(22)))
    dead.checkout.work({ once: true }).catch(() => {})
    await vi.waitFor(() => expect(told).toHaveLength(1))
    clock.at += 60_000
    const next = createShop({ store, alert: ({ id }) => void told.push(id) })
    await next.settled()
    expect(told).toHaveLength(2)
    expect(new Set(told).size).toBe(1)
  })

  test('news go to the one hook, what needs a person to the other; without hooks they stand in the ledger', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(eventOf(id, { news: 'disputed' }), paid(id, { reference: 'P1' }), paid(id, { reference: 'P2' }))
    await shop.settled()
    expect([shop.news.map(({ kind }) => kind), shop.notices.map(({ kind }) => kind)]).toEqual([['disputed'], ['surplus']])
    expect(shop.notices[0]).not.toHaveProperty('attempts')
    const deaf = createShop({ alert: undefined as never, news: undefined as never })
    await deaf.notify(paid('A'.repeat(22)))
    await deaf.notify(eventOf(await deaf.open(), { news: 'settled' }))
    await deaf.settled()
    expect(await deaf.checkout.ledger.notices()).toHaveLength(2)
    const said = deaf.lines.flatMap((line) => line.split('} ').at(-1)).filter((line) => line?.startsWith('nobody hears'))
    expect(said.sort()).toEqual([
      'nobody hears this, since there is no hook `alert`: no checkout of this id was opened here',
      'nobody hears this, since there is no hook `news`',
    ])
  })

  test('T-48 a notice hook that hangs holds up no delivery', async () => {
    const hang = gate()
    const shop = createShop({ alert: () => hang.opened, delivery: { atOnce: 2 } })
    await shop.notify(paid('A'.repeat(22)))
    const first = shop.checkout.work({ once: true })
    await shop.notify(paid(await shop.open()))
    await vi.waitFor(() => expect(shop.done).toEqual(['fulfil tx1']))
    hang.open()
    await first
  })
})

describe('notices', () => {
  test('T-48 are told beside payments that take all the room', async () => {
    const shop = createShop({ delivery: { atOnce: 1 } })
    const id = await shop.open()
    await shop.notify(paid('A'.repeat(22), { reference: 'nobody' }))
    await record(shop.store, 'pretend', [paid(id)], noRoom)
    await shop.checkout.work({ once: true }) // one round
    expect([shop.done, shop.notices.map(({ kind }) => kind)]).toEqual([['fulfil tx1'], ['unknown_checkout']])
  })

  test('that a hook did not take wait before they are told again, longer each time', async () => {
    let told = 0
    const alert = () => {
      told++
      throw new Error('nobody at home')
    }
    const shop = createShop({ alert })
    await shop.notify(paid('A'.repeat(22), { reference: 'nobody' }))
    for (const [rounds, pause] of [
      [1, 0],
      [1, 499],
      [2, 501],
      [2, 999],
      [3, 1_001],
    ] as const) {
      shop.clock.at += pause
      await shop.settled()
      expect(told).toBe(rounds)
    }
  })
})

describe('the worker', () => {
  test('T-48 asks a provider that never answers, and delivers meanwhile', async () => {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const now = () => new Date(clock.at)
    const store = memory({ now })
    const asked = gate()
    const lookUp = () => {
      asked.open()
      return new Promise<never>(() => {})
    }
    const open = () => ({ askAt: [new Date(clock.at + 1_000)] })
    const change = { store, now, providers: [pretend({ open, lookUp })] }
    const dead = createShop({ ...change, fulfil: () => new Promise(() => {}) })
    await dead.open('order-1')
    const id = await dead.open('order-2')
    const next = createShop(change)
    const stop = new AbortController()
    clock.at += 2_000
    next.checkout.work({ signal: stop.signal })
    await asked.opened
    await dead.notify(paid(id))
    clock.at += 60_000
    await vi.waitFor(() => expect(next.done).toEqual(['fulfil tx1']), { timeout: 10_000 })
    stop.abort()
  })

  test('goes on when the store comes back, and says once that it is away', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const store = memory()
      let away = true
      const claim: Store['claim'] = (limit) => (away ? Promise.reject(new Error('away')) : store.claim(limit))
      const shop = createShop({ store: { ...store, claim }, delivery: { attempts: 1 } })
      const stop = new AbortController()
      const working = shop.checkout.work({ signal: stop.signal })
      await vi.advanceTimersByTimeAsync(60_000)
      expect(shop.lines.filter((line) => line.includes('worker'))).toHaveLength(1)
      const id = await shop.open()
      away = false
      await shop.notify(paid(id), paid('A'.repeat(22), { reference: 'nobody' }))
      await vi.advanceTimersByTimeAsync(20_000)
      expect(shop.notices).toHaveLength(1)
      stop.abort()
      await working
    } finally {
      vi.useRealTimers()
    }
  })

  test('one round for a scheduler fails loudly when the store is away', async () => {
    const store = { ...memory(), claim: () => Promise.reject(new Error('away')) }
    await expect(createShop({ store }).checkout.work({ once: true })).rejects.toThrow('away')
  })

  test('ends at once when it is told to stop, or was before', async () => {
    const shop = createShop()
    const stop = new AbortController()
    const working = shop.checkout.work({ signal: stop.signal })
    await new Promise((resolve) => setImmediate(resolve))
    stop.abort()
    await working
    await shop.checkout.work({ signal: AbortSignal.abort() })
  })
})

describe('close', () => {
  test('waits for the hooks that run, writes their outcome, then closes the store', async () => {
    const hook = gate()
    const { shop } = await withPayment({ fulfil: () => hook.opened })
    let isClosed = false
    const closing = shop.checkout.close().then(() => {
      isClosed = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isClosed).toBe(false)
    expect(await payment(shop)).toMatchObject({ delivery: 'started' })
    const written: unknown[] = []
    const { close } = shop.store
    void close
    const save = vi.spyOn(shop.store, 'replacePayment')
    hook.open()
    await closing
    for (const result of save.mock.results) written.push(await result.value)
    expect(written).toEqual([true])
    await expect(shop.store.transaction(async () => 1)).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  test.each(['the worker', 'a buyer who asks'])('waits for a round of %s that is taking on deliveries', async (who) => {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const store = memory({ now: () => new Date(clock.at) })
    const dead = createShop({ store, fulfil: () => new Promise(() => {}) })
    const id = await dead.open()
    await dead.notify(paid(id))
    clock.at += 60_000
    const [asked, mayAnswer] = [gate(), gate()]
    const claim: Store['claim'] = async (limit) => {
      const claimed = await store.claim(limit)
      asked.open()
      await mayAnswer.opened
      return claimed
    }
    const shop = createShop({ store: { ...store, claim } })
    const working = who === 'the worker' ? shop.checkout.work() : shop.status(id)
    await asked.opened
    const closing = shop.checkout.close()
    await new Promise((resolve) => setImmediate(resolve))
    mayAnswer.open()
    await Promise.all([closing, working])
    // Either it was given and written down, or not given: never given and forgotten by a store that was closed under it.
    expect(shop.done).toEqual(['fulfil tx1'])
    expect(shop.lines).toEqual([])
  })
})

describe('close, while a provider is being asked,', () => {
  test('waits for its answer, and for what is delivered on it', async () => {
    const [asked, answered] = [gate(), gate()]
    let id = ''
    const lookUp = async () => {
      asked.open()
      await answered.opened
      return [paid(id, { key: 'look-up' })]
    }
    const open = () => ({ askAt: [new Date(Date.UTC(2026, 0, 1) + 1_000)] })
    const shop = createShop({ providers: [pretend({ open, lookUp })] })
    id = await shop.open()
    shop.clock.at += 2_000
    shop.checkout.work()
    await asked.opened
    const closing = shop.checkout.close()
    await new Promise((resolve) => setImmediate(resolve))
    answered.open()
    await closing
    expect(shop.done).toEqual(['fulfil tx1'])
    expect(shop.lines).toEqual([])
  })
})

describe('the shuffle', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
  const events: Partial<PaymentEvent>[] = [
    { key: 'review', becomes: 'pending' },
    { key: 'paid', becomes: 'paid' },
    { key: 'paid again', becomes: 'paid' },
    { key: 'void', becomes: 'expired' },
    { key: 'refund', becomes: 'refunded' },
    { key: 'chargeback', becomes: 'charged_back' },
  ]
  type Step =
    | { readonly do: 'notify'; readonly event: number; readonly by: number }
    | { readonly do: 'work'; readonly by: number }
    | { readonly do: 'pass'; readonly time: number }
    | { readonly do: 'yield'; readonly turns: number }
  const by = fc.nat({ max: 1 })
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('notify' as const), event: fc.nat({ max: events.length - 1 }), by }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('work' as const), by }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), time: fc.integer({ min: 1, max: 4_000 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('yield' as const), turns: fc.nat({ max: 3 }) }) },
  )
  const story = fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 14 }),
    /** How the hooks go, one after the other: how many turns each takes, and whether it fails. */
    hooks: fc.array(fc.record({ turns: fc.nat({ max: 3 }), fails: fc.boolean() }), { maxLength: 8 }),
  })
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  async function play(
    open: (now: () => Date) => Store[],
    { steps, hooks }: typeof story extends fc.Arbitrary<infer S> ? S : never,
  ) {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const stores = open(() => new Date(clock.at))
    const log: string[] = []
    let failures = 0
    let [running, most] = [0, 0]
    const left = [...hooks]
    const hook = (word: string) => async () => {
      most = Math.max(most, ++running)
      const { turns, fails } = left.shift() ?? { turns: 0, fails: false }
      for (let at = 0; at < turns; at++) await turn()
      running--
      if (fails) {
        failures++
        throw new Error('this time it fails')
      }
      log.push(word)
    }
    const shops = stores.map((store) =>
      createShop({ store, log: undefined as never, fulfil: hook('fulfil'), revoke: hook('revoke') }),
    )
    const [one, other = one] = shops as [Shop, Shop?]
    const id = await one.open()
    const under: Promise<unknown>[] = []
    const said = new Set<string | undefined>()
    for (const step of steps) {
      const shop = 'by' in step && step.by ? other : one
      if (step.do === 'notify') {
        said.add(events[step.event]?.becomes)
        under.push(shop.notify(eventOf(id, events[step.event] as PaymentEvent)))
      }
      if (step.do === 'work') under.push(shop.checkout.work({ once: true }))
      if (step.do === 'yield') for (let at = 0; at < step.turns; at++) await turn()
      // Leases must not run out under a hook: that it is then called again with the same id is a promise of its own (T-33).
      if (step.do === 'pass') clock.at += step.time
    }
    await Promise.all(under)
    for (let hours = 0; hours < 12; hours++) {
      for (const shop of shops) await shop.settled()
      clock.at += 61 * 60_000
    }
    const isReversed = said.has('refunded') || said.has('charged_back')
    const possible = isReversed
      ? [[], ...(said.has('paid') ? [['fulfil', 'revoke']] : []), ...(failures > 0 ? [['revoke']] : [])]
      : [said.has('paid') ? ['fulfil'] : []]
    expect(possible).toContainEqual(log)
    expect(most, 'never two hooks of one payment at a time').toBeLessThanOrEqual(1)
    const [row] = await one.store.payments({ limit: 1 })
    if (row) expect(row.delivery).toBe(!isReversed && said.has('paid') ? 'done' : 'none')
    expect(row?.dueAt).toBeUndefined()
    for (const store of stores) await store.close()
  }

  test(`random order, repeats, two instances, failing hooks, a thousand times (SEED=${seed})`, async () => {
    const open = (now: () => Date) => {
      const store = memory({ now })
      return [store, { ...store, close: async () => {} }]
    }
    await fc.assert(
      fc.asyncProperty(story, (given) => play(open, given)),
      { seed, numRuns: Number(process.env.RUNS ?? 1_000) },
    )
  })

  test(`the same on one SQLite file with two connections (SEED=${seed})`, async () => {
    let files = 0
    const open = (now: () => Date) => {
      const path = join(folder, `shuffle-${files++}.db`)
      return [sqlite(path, { now }), sqlite(path, { now })]
    }
    await fc.assert(
      fc.asyncProperty(story, (given) => play(open, given)),
      { seed, numRuns: Number(process.env.RUNS ?? 1_000) / 25 },
    )
  })
})
