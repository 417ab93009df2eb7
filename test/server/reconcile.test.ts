import { describe, expect, test } from 'vitest'
import { CheckoutError } from '../../src/protocol/checkout-error.js'
import type { PaymentEvent, ProviderAdapter } from '../../src/providers/adapter.js'
import { backOff } from '../../src/server/settle.js'
import { memory } from '../../src/stores/memory.js'
import { eventOf, pretend } from './pretend-provider.js'
import { createShop, gate, type Shop } from './shop.js'

// A provider that can be asked, a clock that is held, and notifications that never come.

const minutes = (count: number): number => count * 60_000

interface Asked {
  readonly shop: Shop
  readonly questions: string[]
  readonly withdrawn: string[]
  /** What the provider answers from now on. */
  says(...events: Partial<PaymentEvent>[]): void
  after(milliseconds: number): Promise<void>
  now(): number
}

type Changes = { [Name in keyof ProviderAdapter]?: ProviderAdapter[Name] | undefined }

function askable({ ...change }: Changes = {}): Asked {
  let time = Date.UTC(2026, 0, 1)
  let answers: Partial<PaymentEvent>[] = []
  const questions: string[] = []
  const withdrawn: string[] = []
  const now = () => new Date(time)
  const provider = {
    ...pretend({ open: async () => ({ askAt: [4, 15, 60].map((each) => new Date(time + minutes(each))) }) }),
    async lookUp({ id }: { id: string }) {
      questions.push(id)
      return answers.map((answer) => eventOf(id, { key: `look-up:${answer.becomes}`, ...answer }))
    },
    async withdraw({ id }: { id: string }) {
      withdrawn.push(id)
    },
    ...change,
  } as ProviderAdapter
  const shop = createShop({ providers: [provider], store: memory({ now }), now })
  return {
    ...{ shop, questions, withdrawn },
    says: (...events) => {
      answers = events
    },
    async after(milliseconds) {
      time += milliseconds
      await shop.settled()
    },
    now: () => time,
  }
}

describe('asking a provider', () => {
  test('T-47 at the times it named, until it answers; the answer delivers', async () => {
    const { shop, questions, says, after } = askable()
    const id = await shop.open()
    await after(minutes(3))
    expect(questions).toHaveLength(0)
    await after(minutes(2))
    expect(questions).toHaveLength(1)
    says({ becomes: 'paid' })
    await after(minutes(5))
    expect(questions).toHaveLength(1)
    await after(minutes(6))
    expect([questions.length, shop.done]).toEqual([2, ['fulfil tx1']])
    expect(await shop.store.checkout(id)).not.toHaveProperty('askAt')
    await after(minutes(60))
    expect(questions).toHaveLength(2)
  })

  test('T-47 after a try that failed as well: the next one may be paid, and its notification be lost', async () => {
    const { shop, questions, says, after } = askable()
    await shop.notify(eventOf(await shop.open(), { reference: 'tx1', becomes: 'failed' }))
    await after(minutes(5))
    expect(questions).toHaveLength(1)
    says({ reference: 'tx1', becomes: 'failed' }, { key: 'look-up:tx2', reference: 'tx2', becomes: 'paid' })
    await after(minutes(11))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx2'])
    await after(minutes(60))
    expect(questions).toHaveLength(2)
  })

  test('T-15 one whose only try failed is asked about to the end, and then nobody is told: its outcome was heard', async () => {
    const { shop, questions, after } = askable()
    const id = await shop.open()
    await shop.notify(eventOf(id, { becomes: 'failed' }))
    for (const wait of [5, 11, 60, 60]) await after(minutes(wait))
    expect([questions.length, shop.notices]).toEqual([3, []])
    expect(await shop.store.checkout(id)).not.toHaveProperty('askAt')
  })

  test('T-15 never heard of after the last time: told as unconfirmed, and still paid when the word comes', async () => {
    const { shop, after } = askable()
    const id = await shop.open()
    await shop.notify(eventOf(id, { becomes: 'pending' }))
    for (const wait of [5, 11, 45]) await after(minutes(wait))
    expect(shop.notices.map(({ kind, checkoutId }) => [kind, checkoutId])).toEqual([['unconfirmed', id]])
    expect(await shop.status(id)).toEqual({ state: 'expired', delivered: false })
    await shop.notify(eventOf(id, { becomes: 'paid' }))
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
    expect(shop.notices.map(({ kind }) => kind)).toEqual(['unconfirmed', 'late'])
  })

  test('T-15 a provider that cannot be asked is not, and the merchant hears of it all the same', async () => {
    const { shop, questions, after } = askable({ lookUp: undefined })
    await shop.open()
    for (const wait of [5, 11, 45]) await after(minutes(wait))
    expect([questions, shop.notices.map(({ kind }) => kind)]).toEqual([[], ['unconfirmed']])
  })

  test('a waiting buyer asks sooner, at most once in three seconds', async () => {
    const { shop, questions, says } = askable()
    const id = await shop.open()
    for (let times = 0; times < 5; times++) expect((await shop.status(id)).state).toBe('pending')
    expect(questions).toEqual([id])
    says({ becomes: 'paid' })
    const other = await shop.open('order-2')
    expect((await shop.status(other)).state).toBe('paid')
  })

  test('a question that fails, or never ends, costs the buyer time and nothing else', async () => {
    const { shop } = askable({ lookUp: () => Promise.reject(new Error('away')) })
    const id = await shop.open()
    expect(await shop.status(id)).toEqual({ state: 'pending', delivered: false })
    const slow = askable({ lookUp: () => new Promise(() => {}) })
    const waiting = await slow.shop.open()
    expect(await slow.shop.status(waiting)).toEqual({ state: 'pending', delivered: false })
  })

  /** A provider that is away until `comes` is called. */
  function away() {
    let isAway = true
    const asked: number[] = []
    const answers: Partial<PaymentEvent>[] = []
    const given = askable({
      lookUp: async ({ id }) => {
        asked.push((given.now() - Date.UTC(2026, 0, 1)) / minutes(1))
        if (isAway) throw new Error('away')
        return answers.map((answer) => eventOf(id, answer))
      },
    })
    const comes = (...events: Partial<PaymentEvent>[]) => {
      isAway = false
      answers.push(...events)
    }
    /** Minute by minute, as a worker goes round. */
    const until = async (minute: number) => {
      while (given.now() < Date.UTC(2026, 0, 1) + minutes(minute)) await given.after(minutes(1))
    }
    return { ...given, asked, comes, until }
  }

  test('T-15 T-47 a question that got no answer is put again, sooner than the next time, and uses up none of them', async () => {
    const { shop, asked, comes, until } = away()
    await shop.open()
    await until(13)
    expect(asked).toEqual([4, 5, 6, 8, 12])
    comes()
    await until(59)
    expect(shop.notices).toEqual([])
    await until(60)
    expect(asked).toEqual([4, 5, 6, 8, 12, 15, 60]) // the last time but one was answered: nothing new
    expect(shop.notices.map(({ kind }) => kind)).toEqual(['unconfirmed'])
  })

  test('T-15 away at the last time: asked again, and what was paid is delivered without anybody looking', async () => {
    const { shop, asked, comes, until } = away()
    const id = await shop.open()
    await until(70)
    expect(asked.slice(-5)).toEqual([60, 61, 62, 64, 68])
    comes({ becomes: 'paid' })
    await until(140)
    expect(asked.at(-1)).toBe(76)
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
    expect([shop.done, shop.notices.map(({ kind }) => kind)]).toEqual([['fulfil tx1'], ['late']])
  })

  test('T-15 away for an hour past the last time: a person is told why, and it is asked on for a day, and then no more', async () => {
    const { shop, asked, until, after } = away()
    await shop.open()
    await until(119)
    expect(shop.notices).toEqual([])
    await until(190)
    expect(shop.notices).toMatchObject([{ kind: 'unconfirmed', reason: expect.stringMatching(/did not answer.*asked on/) }])
    for (let hours = 0; hours < 30; hours++) await after(minutes(60))
    const count = asked.length
    expect(Math.max(...asked)).toBeGreaterThan(24 * 60)
    expect(Math.max(...asked)).toBeLessThan(26 * 60)
    await after(minutes(600))
    expect([asked.length, shop.notices.length]).toEqual([count, 1])
  })

  test('what it answers about another price is held, like a notification', async () => {
    const { shop, says } = askable()
    const id = await shop.open()
    says({ becomes: 'paid', money: { amount: '0.01', currency: 'USD' } })
    expect(await shop.status(id)).toEqual({ state: 'pending', delivered: false })
    await shop.settled()
    expect([shop.done, shop.notices.map(({ kind }) => kind)]).toEqual([[], ['contradiction']])
  })
})

describe('reconciling', () => {
  const found = async (shop: Shop, query = {}) =>
    (await shop.checkout.ledger.reconcile(query)).map(({ kind, orderId, age, state, isAnswered }) => [
      ...[kind, orderId, age / 60_000, state, isAnswered],
    ])

  test('T-47 T-15 finds what came to no end, oldest first, with its age; a paid, failed or young one is not among them', async () => {
    const { shop, after } = askable({ lookUp: undefined })
    const failing = createShop({ store: shop.store, fulfil: () => Promise.reject(new Error('no')), delivery: { attempts: 1 } })
    await shop.open('unconfirmed')
    await after(minutes(61))
    await failing.notify(eventOf(await shop.open('stuck'), { reference: 'P1', becomes: 'paid' }))
    await failing.settled()
    const [one, two] = [await shop.open('twice'), await shop.open('twice')]
    await shop.notify(eventOf(one, { reference: 'P2', becomes: 'paid' }))
    await shop.notify(eventOf(two, { reference: 'P3', becomes: 'paid' }))
    await shop.notify(eventOf(await shop.open('failed'), { reference: 'P4', becomes: 'failed' }))
    await after(minutes(1))
    await shop.notify(eventOf(await shop.open('begun'), { reference: 'P5', becomes: 'pending' }))
    await after(minutes(15) + 1)
    await shop.open('young')
    expect(await found(shop)).toEqual([
      ['unconfirmed', 'unconfirmed', 77 + 1 / 60_000, 'pending', false],
      ['stuck', 'stuck', 16 + 1 / 60_000, 'paid', undefined],
      ['surplus', 'twice', 16 + 1 / 60_000, 'paid', undefined],
      ['pending', 'begun', 15 + 1 / 60_000, 'pending', false],
    ])
    expect((await found(shop, { youngerThan: minutes(60) })).map(([, name]) => name)).toEqual(['stuck', 'twice', 'begun'])
    expect((await found(shop, { olderThan: 0, youngerThan: minutes(16), limit: 1 })).map(([, name]) => name)).toEqual(['begun'])
    const seen: unknown[] = []
    for (let youngerThan: number | undefined, pages = 0; pages < 9; pages++) {
      const page = await shop.checkout.ledger.reconcile({ limit: 2, ...(youngerThan && { youngerThan }) })
      expect(page.length).toBeLessThanOrEqual(2)
      seen.push(...page.map(({ orderId }) => orderId))
      if (page.length < 2) break
      youngerThan = (page.at(-1)?.age ?? 0) - 1
    }
    expect(seen, 'by pages of two, the oldest first').toEqual(['unconfirmed', 'stuck', 'begun'])
    await shop.checkout.ledger.reverse({ provider: 'pretend', reference: 'P3' }, 'refunded', { id: 'r', reason: 'twice' })
    expect((await found(shop)).map(([kind]) => kind)).toEqual(['unconfirmed', 'stuck', 'pending'])
  })

  test('T-26 an opening that nobody finished is lost, and its provider is not asked', async () => {
    const { shop, questions, after } = askable({ open: () => Promise.reject(new Error('away')) })
    await shop.ask('order-1')
    await after(minutes(16))
    expect(await found(shop)).toEqual([['lost', 'order-1', 16, 'pending', false]])
    expect(questions).toEqual([])
  })

  test('T-47 asks whatever the time, and the answer is settled and delivered like a notification', async () => {
    const { shop, questions, says, after } = askable()
    for (let at = 0; at < 20; at++) await shop.open(`order-${at}`)
    await after(minutes(16))
    questions.length = 0
    says({ becomes: 'paid' })
    expect(await found(shop)).toHaveLength(20)
    await shop.settled()
    // All have the same reference, so one alone is believed: the others contradict it.
    expect([questions.length, shop.done]).toEqual([20, ['fulfil tx1']])
    says()
    expect((await found(shop)).length).toBe(19)
  })

  test('T-48 a provider that does not answer holds up its own question, and no more than eight are asked at once', async () => {
    const waiting: (() => void)[] = []
    let most = 0
    const lookUp = (({ id }: { id: string }) =>
      new Promise((resolve) => {
        waiting.push(() => resolve([eventOf(id, { reference: id, key: id, becomes: 'paid' })]))
        most = Math.max(most, waiting.length)
      })) as ProviderAdapter['lookUp']
    const { shop, after } = askable({ ...{ lookUp }, open: async () => ({ url: new URL('https://pay.example/') }) })
    for (let at = 0; at < 20; at++) await shop.open(`order-${at}`)
    await after(minutes(16))
    const reconciled = shop.checkout.ledger.reconcile()
    await expect.poll(() => waiting.length).toBe(8)
    for (let answered = 1; answered < 20; answered++) {
      const [, second] = waiting
      // The first never answers while there is another.
      ;(second ?? waiting[0])?.()
      waiting.splice(second ? 1 : 0, 1)
      await expect.poll(() => waiting.length === Math.min(8, 20 - answered)).toBe(true)
    }
    await expect.poll(() => shop.done.length).toBe(19)
    expect(most).toBe(8)
    waiting[0]?.()
    expect((await reconciled).filter(({ state, isAnswered }) => state === 'paid' && isAnswered)).toHaveLength(20)
  })

  test('T-47 a provider that fails to answer is no failure of the rest', async () => {
    const { shop, after } = askable({ lookUp: () => Promise.reject(new Error('away')) })
    await shop.open()
    await after(minutes(16))
    expect(await found(shop)).toEqual([['pending', 'order-1', 16, 'pending', false]])
  })
})

describe('a scheduler instead of a worker', () => {
  test('T-47 T-48 one round delivers, tells and asks what is due, waits for its hooks, and takes on nothing more', async () => {
    const { shop, questions, says, after } = askable()
    const other = createShop({ store: shop.store, fulfil: () => Promise.reject(new Error('no')) })
    await other.notify(eventOf(await shop.open('order-1'), { reference: 'P1', becomes: 'paid' }))
    const silent = await shop.open('order-2')
    says({ reference: 'P2', becomes: 'paid' })
    await expect.poll(async () => (await shop.checkout.ledger.payments())[0]?.dueAt).toBeLessThan(Date.UTC(2026, 0, 1) + 2_000)
    expect([questions, shop.done]).toEqual([[], []])
    await after(minutes(5))
    expect([questions, shop.done.sort()]).toEqual([[silent], ['fulfil P1', 'fulfil P2']])
    await shop.checkout.work({ once: true })
    expect(questions).toHaveLength(1)
  })

  test('T-48 what failed waits longer each time, half of it left to chance, an hour at most', () => {
    for (let attempts = 1; attempts < 40; attempts++) {
      const longest = Math.min(3_600_000, 1_000 * 2 ** (attempts - 1))
      expect([backOff(attempts, 0), backOff(attempts, 1)]).toEqual([longest / 2, longest])
      expect(backOff(attempts, 0.5)).toBe(longest * 0.75)
    }
  })
})

describe('withdrawing', () => {
  test('T-27 the older page of an order ends when a newer one is opened, and when another is paid', async () => {
    const { shop, withdrawn, after } = askable()
    const first = await shop.open()
    await after(1)
    const second = await shop.open()
    await expect.poll(() => withdrawn).toEqual([first])
    const third = await shop.open('order-2')
    await after(1)
    await shop.open('order-2')
    await expect.poll(() => withdrawn).toEqual([first, third])
    await shop.notify(eventOf(second, { becomes: 'paid' }))
    await expect.poll(() => withdrawn).toEqual([first, third, first])
  })

  test.each([0, 1])('T-27 of two pages that are opened %i ms apart, and answered together, one can be paid', async (apart) => {
    const opening = gate()
    const open = async () => {
      await opening.opened
      return {}
    }
    const { shop, withdrawn, after } = askable({ open: pretend({ open }).open })
    const asked = [shop.ask('order-1')]
    await expect.poll(async () => (await shop.store.story('order-1')).checkouts.length).toBe(1)
    await after(apart)
    asked.push(shop.ask('order-1'))
    await expect.poll(async () => (await shop.store.story('order-1')).checkouts.length).toBe(2)
    opening.open()
    const ids = await Promise.all(asked.map(async (each) => ((await (await each).json()) as { id: string }).id))
    await expect.poll(() => withdrawn.length).toBeGreaterThan(0)
    await shop.settled()
    expect(withdrawn).toEqual([apart === 0 ? [...ids].sort()[0] : ids[0]])
  })

  /** A provider that ends no page while it is busy; which pages it was asked to end. */
  function busy() {
    const tried: string[] = []
    const ended = new Set<string>()
    let isBusy = true
    const withdraw: ProviderAdapter['withdraw'] = async ({ id }) => {
      tried.push(id)
      if (isBusy) throw new CheckoutError('provider_refused', 'there were too many requests')
      ended.add(id)
    }
    const lookUp: ProviderAdapter['lookUp'] = async ({ id }) =>
      ended.has(id) ? [eventOf(id, { reference: id, becomes: 'expired' })] : []
    const comes = () => {
      isBusy = false
    }
    return { ...askable({ withdraw, lookUp }), tried, comes }
  }

  test('T-27 a page that could not be ended when another was paid is tried again at each question, until it has ended', async () => {
    const { shop, after, tried, comes } = busy()
    const first = await shop.open()
    await after(1)
    const paidOne = await shop.open()
    await expect.poll(() => tried).toEqual([first])
    await shop.notify(eventOf(paidOne, { becomes: 'paid', reference: 'tx2' }))
    await expect.poll(() => tried).toEqual([first, first])
    comes()
    await after(minutes(5))
    expect(tried).toEqual([first, first, first])
    await after(minutes(60))
    expect([tried.length, shop.done, shop.notices]).toEqual([3, ['fulfil tx2'], []])
  })

  test('T-27 a page that could not be ended when a newer one was opened is tried again at each question, though nobody has paid', async () => {
    const { shop, after, tried, comes } = busy()
    const first = await shop.open()
    await after(1_000)
    const newer = await shop.open()
    await expect.poll(() => tried).toEqual([first])
    await after(minutes(4))
    expect(tried).toEqual([first, first])
    comes()
    await after(minutes(11))
    expect(tried).toEqual([first, first, first])
    for (const wait of [30, 20]) await after(minutes(wait))
    expect(tried, 'the latest page is the one to be paid').not.toContain(newer)
    expect(tried).toHaveLength(3)
    expect(await shop.status(first)).toMatchObject({ state: 'expired' })
  })

  test('T-27 a page that could not be ended is left to its buyer once the newer one has come to its end without money', async () => {
    const { shop, after, tried, comes } = busy()
    const first = await shop.open()
    await after(1_000)
    const newer = await shop.open()
    await expect.poll(() => tried).toEqual([first])
    await shop.notify(eventOf(newer, { becomes: 'failed' }))
    comes()
    await after(minutes(5))
    expect([tried, (await shop.status(first)).state]).toEqual([[first], 'pending'])
  })

  test('T-27 a page that could not be ended is tried again when a person reconciles', async () => {
    const { shop, after, tried, comes } = busy()
    const first = await shop.open()
    await after(1_000)
    await shop.open()
    await after(minutes(16))
    comes()
    tried.length = 0
    await shop.checkout.ledger.reconcile()
    expect([tried, (await shop.status(first)).state]).toEqual([[first], 'expired'])
  })

  test('T-27 the page that brought the money is not ended while its settlement is waited for', async () => {
    const { shop, questions, withdrawn, after } = askable()
    const id = await shop.open()
    await shop.notify(eventOf(id, { becomes: 'pending', received: true }))
    await after(minutes(5))
    expect([questions, withdrawn]).toEqual([[id], []])
  })

  test('a page that came to its end is not withdrawn', async () => {
    const { shop, withdrawn, after } = askable()
    const ended = await shop.open()
    await shop.notify(eventOf(ended, { becomes: 'failed' }))
    const open = await shop.open()
    await after(1)
    await shop.open()
    await expect.poll(() => withdrawn).toEqual([open])
  })

  /** Two providers, each with a page of one order: the other's can be withdrawn, and has been already, when the newer was opened. */
  async function two(change: Parameters<typeof pretend>[0] = {}, options: Parameters<typeof createShop>[0] = {}) {
    const withdrawn: string[] = []
    const withdraw = async ({ id }: { id: string }) => void withdrawn.push(id)
    const shop = createShop({ providers: [pretend(change), pretend({ name: 'other', withdraw })], ...options })
    const id = await shop.open('order-1')
    const other = await shop.open('order-1', undefined, { method: 'other:card' })
    return { shop, id, other, withdrawn }
  }

  test('T-27 another provider’s page of the order ends when the way back proves that it is paid', async () => {
    const verify: ProviderAdapter['verify'] = async ({ url }) => [
      eventOf(url.pathname.split('/').at(-1) ?? '', { becomes: 'paid' }),
    ]
    const { shop, id, other, withdrawn } = await two({ returnIsNotification: true, verify })
    expect((await shop.get(`return/${id}`)).status).toBe(200)
    await expect.poll(() => withdrawn).toEqual([other])
    expect(shop.done).toEqual(['fulfil tx1'])
  })

  test('T-27 it ends when the money was received, however long the rest takes', async () => {
    const { shop, id, other, withdrawn } = await two()
    await shop.notify(eventOf(id, { becomes: 'pending' }))
    await shop.settled()
    expect(withdrawn).toEqual([])
    await shop.notify(eventOf(id, { key: 'received', becomes: 'pending', received: true }))
    await expect.poll(() => withdrawn).toEqual([other])
  })

  test('T-27 it does not end for a review, which may end without money', async () => {
    const { shop, id, withdrawn } = await two()
    await shop.notify(eventOf(id, { becomes: 'pending', underReview: true }))
    await shop.settled()
    expect(withdrawn).toEqual([])
  })

  test('T-27 it ends though every hook is busy, and the delivery has to wait', async () => {
    const busy = gate()
    const { shop, id, other, withdrawn } = await two({}, { fulfil: () => busy.opened, delivery: { atOnce: 1 } })
    await shop.notify(eventOf(await shop.open('order-2'), { reference: 'tx2', becomes: 'paid' }))
    await shop.notify(eventOf(id, { becomes: 'paid' }))
    await expect.poll(() => withdrawn).toEqual([other])
    busy.open()
  })

  test('T-27 it ends when a person lets the payment in', async () => {
    const { shop, id, other, withdrawn } = await two()
    await shop.notify(eventOf(id, { becomes: 'paid', money: { amount: '20.00', currency: 'USD' } }))
    await shop.settled()
    expect(withdrawn).toEqual([])
    const event = { provider: 'pretend', key: 'tx1:paid' }
    await shop.checkout.ledger.quarantine.accept(event, { by: 'ada', reason: 'the price was raised' })
    await expect.poll(() => withdrawn).toEqual([other])
  })

  test.each([
    ['paid', 'order_paid', { becomes: 'paid' }],
    ['brought money that is not settled', 'order_pending', { becomes: 'pending', received: true }],
  ] as const)('T-27 a page that was being opened while another %s is shown to nobody, and ends', async (_, code, news) => {
    const opening = gate()
    const withdrawn: string[] = []
    const slow = pretend({
      name: 'other',
      open: async () => {
        await opening.opened
        return {}
      },
      withdraw: async ({ id }) => void withdrawn.push(id),
    })
    const shop = createShop({ providers: [pretend(), slow] })
    const id = await shop.open()
    const asked = shop.ask('order-1', undefined, { method: 'other:card' })
    await expect.poll(async () => (await shop.store.story('order-1')).checkouts.length).toBe(2)
    await shop.notify(eventOf(id, news))
    opening.open()
    expect([(await asked).status, ((await (await asked).json()) as { error: string }).error]).toEqual([409, code])
    await expect.poll(() => withdrawn).toHaveLength(1)
    expect(withdrawn).not.toContain(id)
  })
})

describe('the way back', () => {
  const proven = (change: Partial<ProviderAdapter> = {}) =>
    pretendReturn({
      async verify({ url }) {
        const id = url.pathname.split('/').at(-1) ?? ''
        return [eventOf(id, { becomes: 'paid' })]
      },
      ...change,
    })
  const pretendReturn = (change: Partial<ProviderAdapter>): ProviderAdapter => ({
    ...pretend(),
    returnIsNotification: true,
    ...change,
  })

  test('T-35 a proof on it is recorded, and delivered before the buyer sees the page', async () => {
    const shop = createShop({ providers: [proven()] })
    const id = await shop.open('order-1', undefined, { surface: 'redirect' })
    for (let reloads = 0; reloads < 3; reloads++) expect((await shop.get(`return/${id}`)).status).toBe(303)
    expect(shop.done).toEqual(['fulfil tx1'])
  })

  test('T-35 a slow hook holds the page up for three seconds, and goes on', async () => {
    let end = () => {}
    const shop = createShop({ providers: [proven()], fulfil: () => new Promise<void>((resolve) => (end = resolve)) })
    const id = await shop.open()
    const start = performance.now()
    expect((await shop.get(`return/${id}`)).status).toBe(200)
    expect(performance.now() - start).toBeLessThan(4_000)
    end()
    await expect.poll(async () => (await shop.status(id)).delivered).toBe(true)
  })

  test('T-10 without proof it moves nothing and writes nothing', async () => {
    const shop = createShop({ providers: [pretendReturn({})] })
    const id = await shop.open()
    expect((await shop.get(`return/${id}?failed`)).status).toBe(200)
    expect([await shop.status(id), await shop.checkout.ledger.events()]).toEqual([{ state: 'pending', delivered: false }, []])
  })

  test('T-40 with the store away it says that the payment is being checked, and loads itself again', async () => {
    const store = memory()
    const shop = createShop({ providers: [proven()], store })
    const id = await shop.open()
    store.transaction = () => Promise.reject(Object.assign(new Error('away')))
    const response = await shop.get(`return/${id}`)
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('being checked')
  })
})

describe('a page that is reached by POST', () => {
  const fields = { total: '19.90', name: '"><script>alert(1)</script>' }
  const shopWithForm = () =>
    createShop({ providers: [pretend({ open: async () => ({ url: new URL('https://pay.example/form'), fields }) })] })

  test('is led to by a page of ours, with every field and nothing else in it', async () => {
    const shop = shopWithForm()
    const id = await shop.open()
    const response = await shop.get(`go/${id}`)
    const html = await response.text()
    expect(html).toContain('<form method="post" action="https://pay.example/form">')
    expect(html).not.toContain('<script>alert')
    expect(response.headers.get('content-security-policy')).toContain('form-action https://pay.example')
  })

  test('T-11 has its transaction named later: any, but bound to this checkout; elsewhere another name than the one given moves nothing', async () => {
    const open = (bindsLater: boolean) => async () => ({
      url: new URL('https://pay.example/form'),
      fields,
      reference: 'order-ref',
      bindsLater,
    })
    const paid = { key: 'k', checkout: { reference: 'order-ref' }, reference: 'tx-9', becomes: 'paid', test: true } as const
    for (const bindsLater of [true, false]) {
      const shop = createShop({ providers: [pretend({ open: open(bindsLater) })] })
      await shop.open()
      await shop.notify(paid)
      await shop.settled()
      expect(shop.done).toEqual(bindsLater ? ['fulfil tx-9'] : [])
    }
  })

  test('T-30 T-54 opens nothing for an unknown id, nor once a payment is known', async () => {
    const shop = shopWithForm()
    const id = await shop.open()
    expect((await shop.get(`go/${'a'.repeat(22)}`)).status).toBe(404)
    await shop.notify(eventOf(id, { becomes: 'pending' }))
    expect((await shop.get(`go/${id}`)).status).toBe(404)
  })
})
