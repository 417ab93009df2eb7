import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { PaymentMethod } from '../../src/protocol/requests.js'
import type { OpenContext, PaymentEvent, ProviderAdapter } from '../../src/providers/adapter.js'
import { CheckoutError } from '../../src/server/index.js'
import type { Checkout, Store } from '../../src/server/store.js'
import { memory } from '../../src/stores/memory.js'
import { eventOf, type PretendOptions, paid, pretend } from './pretend-provider.js'
import { base, createShop, gate, order, origin, type Shop } from './shop.js'

const attempt = '3b241101-e2bb-4255-8caf-4136c566a962'
const good = { order: 'order-1', attempt, method: 'pretend:card', surface: 'iframe', page: `${origin}/cart` }
const refusalOf = async (response: Response) => [response.status, ((await response.json()) as { error: string }).error]
const idOf = async (response: Response) => ((await response.json()) as { id: string }).id
const isEmpty = async (store: Store) =>
  (await store.checkoutByAttempt(attempt)) === undefined && (await store.payments({ limit: 1 })).length === 0

describe('a page that its buyer left', () => {
  const clockNow = Date.UTC(2026, 0, 1)
  interface Left extends Pick<PretendOptions, 'lookUp' | 'withdraw'> {
    readonly resumes?: boolean
    readonly closesIn?: number
  }

  /** The first opening, and how often the provider was asked for a page. */
  async function left({ resumes = true, closesIn = 30 * 60_000, ...change }: Left = {}, others: ProviderAdapter[] = []) {
    const open = vi.fn(() => ({ resumes, closesAt: new Date(clockNow + closesIn) }))
    const withdraw = vi.fn(async () => {})
    const clock = { at: clockNow }
    const store = memory({ now: () => new Date(clock.at) })
    const provider = pretend({ open, withdraw, lookUp: async () => [], ...change })
    const shop = { ...createShop({ store, providers: [provider, ...others], now: () => new Date(clock.at) }), clock }
    const id = await shop.open()
    const again = async (given = {}, name = 'order-1') => (await shop.ask(name, undefined, given)).json()
    return { shop, store, id, open, withdraw, again }
  }

  test('T-27 is shown again while it can be paid, and no second one is opened', async () => {
    const { id, open, withdraw, again } = await left()
    for (let times = 0; times < 3; times++)
      expect(await again()).toMatchObject({ id, url: `https://pay.example/${id}`, closesAt: expect.any(String) })
    expect(open).toHaveBeenCalledTimes(1)
    expect(withdraw).not.toHaveBeenCalled()
  })

  test.each([
    ['on another surface', {}, { surface: 'popup' }],
    ['from another page', {}, { page: `${origin}/elsewhere` }],
    ['with less than a minute left', { closesIn: 59_000 }, {}],
    ['where its provider says nothing of coming back', { resumes: false }, {}],
    ['of another order', {}, {}, 'order-2'],
  ])('is another one %s', async (_, given, asked, name = 'order-1') => {
    const { id, open, again } = await left(given)
    expect((await again(asked, name)).id).not.toBe(id)
    expect(open).toHaveBeenCalledTimes(2)
  })

  test.each([
    ['price', { price: { amount: '20.90', currency: 'USD' } }],
    ['buyer', { buyer: { id: 'u2', email: 'u1@example.com' } }],
  ])('T-23 is another one for another %s', async (_, change) => {
    const { id, store, open, again, shop } = await left()
    const provider = pretend({ open, lookUp: async () => [] })
    const dearer = createShop({
      store,
      providers: [provider],
      price: (name) => order(name, change),
      now: () => new Date(clockNow),
    })
    expect(await dearer.open()).not.toBe(id)
    expect((await again()).id).toBe(id)
    expect(shop.done).toEqual([])
  })

  test('its provider is asked first: what was paid meanwhile is paid, what has ended is opened anew', async () => {
    for (const becomes of ['paid', 'expired'] as const) {
      const { shop, id, open, again } = await left({ lookUp: async ({ id }) => [eventOf(id, { becomes })] })
      if (becomes === 'paid') expect(await again()).toMatchObject({ error: 'order_paid' })
      else expect((await again()).id).not.toBe(id)
      await shop.settled()
      expect(shop.done).toEqual(becomes === 'paid' ? ['fulfil tx1'] : [])
      expect(open).toHaveBeenCalledTimes(becomes === 'paid' ? 1 : 2)
    }
  })

  test.each([
    ['on another surface', {}, { surface: 'popup' }],
    ['from another page', {}, { page: `${origin}/elsewhere` }],
    ['with another provider', {}, { method: 'other:card' }],
    ['with little time left', { closesIn: 59_000 }, {}],
    ['where a page cannot be come back to', { resumes: false }, {}],
  ])(
    'T-27 the first is asked about before another is opened %s, and one that was paid is not paid again',
    async (_, given, asked) => {
      const { shop, open, again } = await left({ ...given, lookUp: async ({ id }) => [paid(id)] }, [pretend({ name: 'other' })])
      expect(await again(asked)).toMatchObject({ error: 'order_paid' })
      await shop.settled()
      expect([open.mock.calls.length, shop.done]).toEqual([1, ['fulfil tx1']])
    },
  )

  test('T-27 the latest five are asked about side by side, not the one that has ended', async () => {
    const asked: string[] = []
    const first = gate<PaymentEvent[]>()
    const { shop, id, again } = await left({
      resumes: false,
      lookUp: async ({ id }) => {
        asked.push(id)
        return asked.length === 1 ? first.opened : []
      },
    })
    const ids = [id]
    first.open([])
    for (let opened = 0; opened < 6; opened++) {
      shop.clock.at += 1_000
      ids.push((await again()).id)
    }
    await shop.notify(eventOf(ids.at(-2) as string, { becomes: 'expired' }))
    const later = performance.now() + 3_001
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => later)
    try {
      asked.length = 0
      await again()
      expect(asked).toEqual([6, 4, 3, 2, 1].map((at) => ids[at]))
    } finally {
      clock.mockRestore()
    }
  })

  test('T-27 a question that is out already is waited for, and its answer counts', async () => {
    const answer = gate<PaymentEvent[]>()
    const lookUp = vi.fn(() => answer.opened)
    const { shop, id, again } = await left({ lookUp, resumes: false })
    const waits = shop.status(id)
    await vi.waitFor(() => expect(lookUp).toHaveBeenCalled())
    const opened = again()
    setTimeout(() => answer.open([paid(id)]), 20)
    expect(await opened).toMatchObject({ error: 'order_paid' })
    expect([(await waits).state, lookUp.mock.calls.length]).toEqual(['paid', 1])
  })

  test('what was answered a moment ago is not asked again, nor read twice', async () => {
    const { shop, id } = await left()
    await shop.status(id)
    const read = vi.spyOn(shop.store, 'paymentsOf')
    await shop.status(id)
    expect(read).toHaveBeenCalledTimes(1)
  })

  test('T-27 T-48 a provider that does not answer is waited for as by any buyer who waits: four seconds; and the page is opened', async () => {
    const { id, shop, again } = await left({ lookUp: () => new Promise(() => {}), resumes: false })
    const row = (await shop.store.checkout(id)) as Checkout
    for (const other of ['a', 'b']) // side by side, however many there are
      await shop.store.transaction((tx) => tx.saveCheckout({ ...row, id: other, attempt: other }))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let page: unknown
      const opened = again().then((answer) => {
        page = answer
      })
      await vi.advanceTimersByTimeAsync(3_999)
      expect(page).toBeUndefined()
      await vi.advanceTimersByTimeAsync(1)
      await opened
      expect(page).toMatchObject({ url: expect.stringContaining('https://pay.example/') })
    } finally {
      vi.useRealTimers()
    }
  })

  test('T-27 where it cannot be withdrawn its provider is asked, and if it was paid the newer page ends', async () => {
    let isAway = true
    const withdrawn: string[] = []
    const { shop, id, again } = await left({
      resumes: false,
      lookUp: async ({ id }) => {
        if (isAway) throw new CheckoutError('provider_unreachable', 'no network')
        return [paid(id)]
      },
      withdraw: async (checkout) => {
        withdrawn.push(checkout.id)
        if (checkout.id !== id) return
        isAway = false
        throw new CheckoutError('provider_refused', 'it is paid')
      },
    })
    shop.clock.at += 1
    const newer = (await again()).id
    await vi.waitFor(() => expect(withdrawn).toEqual([id, newer]))
    await shop.settled()
    expect([shop.done, await shop.status(newer)]).toEqual([['fulfil tx1'], { state: 'paid', delivered: true }])
  })

  test('one that was withdrawn for another page is asked about anew', async () => {
    const ended = new Set<string>()
    const { shop, id, again } = await left({
      withdraw: async ({ id }) => void ended.add(id),
      lookUp: async ({ id }) => (ended.has(id) ? [eventOf(id, { becomes: 'expired' })] : []),
    })
    expect((await again()).id).toBe(id) // asked a moment ago
    shop.clock.at += 1
    const other = (await again({ surface: 'popup' })).id
    await vi.waitFor(() => expect(ended).toEqual(new Set([id])))
    await new Promise(setImmediate)
    const third = (await again()).id
    expect([id, other]).not.toContain(third)
  })
})

describe('opening', () => {
  test('answers where the buyer pays, and nothing else', async () => {
    const contexts: OpenContext[] = []
    const closesAt = new Date(Date.UTC(2026, 0, 1, 0, 5))
    const open = (_: unknown, context: OpenContext) => {
      contexts.push(context)
      return { closesAt, kept: { secret: 'kept' }, reference: 'session-1' }
    }
    const shop = createShop({ providers: [pretend({ open })] })
    const answer = await shop.ask('order-1', attempt, { country: 'DE', locale: 'de' })
    expect(answer.status).toBe(200)
    const { id, ...page } = (await answer.json()) as { id: string }
    expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(page).toEqual({
      url: `https://pay.example/${id}`,
      speaksFrom: ['https://pay.example'],
      closesAt: closesAt.toISOString(),
    })
    expect(contexts).toMatchObject([{ checkoutId: id, method: 'pretend:card', country: 'DE', locale: 'de' }])
    expect(contexts[0]?.returnUrl.href).toBe(`${base}/return/${id}`)
    expect(contexts[0]?.notifyUrl.href).toBe(`${base}/notify/pretend`)
    expect(await shop.store.checkout(id)).toMatchObject({ stage: 'open', kept: { secret: 'kept' }, reference: 'session-1' })
  })

  test.each([
    ['T-23 a price', { price: { amount: '0.01', currency: 'USD' } }],
    ['T-23 an amount', { amount: '0.01' }],
    ['T-23 a buyer', { buyer: { id: 'u2' } }],
    ['T-23 a test mode', { mode: 'test' }],
    ['no order', { order: undefined }],
    ['an empty order', { order: '' }],
    ['an order that is a number', { order: 1 }],
    ['a very long order', { order: 'a'.repeat(201) }],
    ['an attempt that is no UUID', { attempt: '1' }],
    ['a method that is none', { method: 'card' }],
    ['a surface that is none', { surface: 'window' }],
    ['the surface of a form', { surface: 'plain' }],
    ['a country that is none', { country: 'Deutschland' }],
    ['a very long locale', { locale: 'd'.repeat(36) }],
    ['T-29 a very long page', { page: `${origin}/${'a'.repeat(2048)}` }],
  ])('refuses %s', async (_, change) => {
    const shop = createShop()
    expect(await refusalOf(await shop.post('checkouts', { ...good, ...change }))).toEqual([400, 'request_invalid'])
    expect(await isEmpty(shop.store)).toBe(true)
  })

  test.each([
    ['not JSON', '{'],
    ['no object', '"order-1"'],
    ['null', 'null'],
    ['a list', '[]'],
    ['nothing', ''],
    ['text that is not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
  ])('refuses a body that is %s', async (_, body) => {
    const shop = createShop()
    const request = new Request(`${base}/checkouts`, {
      ...{ method: 'POST', body, headers: { origin, 'content-type': 'application/json' } },
    })
    expect(await refusalOf(await shop.checkout.fetch(request))).toEqual([400, 'request_invalid'])
  })

  test('T-23 charges what the server says, whatever the page shows', async () => {
    const sold: unknown[] = []
    const open: NonNullable<Parameters<typeof pretend>[0]>['open'] = ({ price }) => {
      sold.push(price)
      return {}
    }
    const shop = createShop({ providers: [pretend({ open })] })
    await shop.open('order-1')
    expect(sold).toEqual([{ amount: '19.90', currency: 'USD' }])
  })

  test('refuses a method that is not on offer for this order', async () => {
    const shop = createShop({
      providers: [
        pretend({ methods: ({ id }) => (id === 'order-1' ? [] : [{ id: 'pretend:card', label: '', surfaces: ['popup'] }]) }),
      ],
    })
    expect(await refusalOf(await shop.ask('order-1'))).toEqual([409, 'method_unavailable'])
    expect(await refusalOf(await shop.ask('order-2', attempt, { method: 'pretend:card-7' }))).toEqual([
      409,
      'method_unavailable',
    ])
    expect(await refusalOf(await shop.ask('order-2', attempt, { method: 'nobody:card' }))).toEqual([409, 'method_unavailable'])
    expect(await isEmpty(shop.store)).toBe(true)
  })

  test('asks only the provider that was chosen: one that hangs holds up its own buyers alone', async () => {
    const asked: string[] = []
    const hangs = pretend({ name: 'hangs', methods: () => new Promise(() => asked.push('hangs')) })
    const slow = gate<PaymentMethod[]>()
    const late = pretend({
      name: 'late',
      methods: () => {
        asked.push('late')
        return slow.opened
      },
    })
    const shop = createShop({ providers: [hangs, late, pretend()] })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      expect((await shop.ask('order-1')).status).toBe(200)
      expect(asked).toEqual([])
      // Longer than it may keep others waiting, yet it answers in the end.
      const open = shop.ask('order-2', undefined, { method: 'late:card' })
      await vi.advanceTimersByTimeAsync(4_000)
      slow.open([{ id: 'late:card', label: 'Card', surfaces: ['iframe'] }])
      await vi.advanceTimersByTimeAsync(0)
      expect((await open).status).toBe(200)
      expect(asked).toEqual(['late'])
    } finally {
      vi.useRealTimers()
    }
  })

  test('names only a web address: what a provider answers otherwise never reaches a buyer (T-28, T-75)', async () => {
    for (const url of [
      'javascript:alert(1)',
      'http://pay.example/',
      'https://user:password@pay.example/',
      'data:text/html,x',
    ]) {
      const shop = createShop({ providers: [pretend({ open: () => ({ url: new URL(url) }) })] })
      expect(await refusalOf(await shop.ask('order-1', attempt))).toEqual([502, 'provider_refused'])
      expect(await shop.store.checkoutByAttempt(attempt)).toBeUndefined()
    }
  })
})

describe('T-24 who asks', () => {
  test.each([
    ['nobody', undefined],
    ['a sandboxed frame', 'null'],
    ['another site', 'https://evil.example'],
    ['a sub-domain', 'https://www.shop.example'],
    ['a look-alike', 'https://shop.example.evil.example'],
    ['another port', 'https://shop.example:8443'],
    ['without encryption', 'http://shop.example'],
    ['with a slash', 'https://shop.example/'],
    ['in capitals', 'https://SHOP.example'],
    ['two at once', 'https://shop.example, https://evil.example'],
  ])('T-24 %s is refused, and told nothing', async (_, from) => {
    const shop = createShop()
    const headers = { 'content-type': 'application/json', ...(from !== undefined && { origin: from }) }
    const answer = await shop.checkout.fetch(
      new Request(`${base}/checkouts`, { method: 'POST', headers, body: JSON.stringify(good) }),
    )
    expect(await refusalOf(answer)).toEqual([403, 'origin_refused'])
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect(await isEmpty(shop.store)).toBe(true)
    if (from === undefined) return
    const preflight = await shop.checkout.fetch(
      new Request(`${base}/checkouts`, { method: 'OPTIONS', headers: { origin: from } }),
    )
    expect(preflight.status).toBe(403)
    expect(preflight.headers.get('access-control-allow-methods')).toBeNull()
    const read = await shop.get('methods?order=a', { origin: from })
    expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([403, null])
  })

  test('T-24 a listed page of another host may, without cookies', async () => {
    const shop = createShop({ pages: [origin, 'https://blog.example'] })
    const answer = await shop.post(
      'checkouts',
      { ...good, page: 'https://blog.example/post' },
      { origin: 'https://blog.example' },
    )
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://blog.example')
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    expect(answer.headers.get('vary')).toContain('origin')
    const preflight = await shop.checkout.fetch(
      new Request(`${base}/checkouts`, { method: 'OPTIONS', headers: { origin: 'https://blog.example' } }),
    )
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'POST'])
  })

  test.each(['text/plain', 'multipart/form-data', 'text/json', ''])(
    'T-24 a type of body that needs no preflight is refused: %s',
    async (type) => {
      const shop = createShop()
      expect(await refusalOf(await shop.post('checkouts', good, { 'content-type': type }))).toEqual([400, 'request_invalid'])
      expect(await isEmpty(shop.store)).toBe(true)
    },
  )
})

describe('T-29 the page to come back to', () => {
  const refusedPages = [
    ...['https://evil.example/cart', '//evil.example/cart', '\\\\evil.example', 'javascript:alert(1)', 'data:text/html,x'],
    ...['https://shop.example@evil.example/', 'https://shop.example.evil.example/', 'https://shop.example:8443/cart'],
    ...['http://shop.example/cart', 'https://user@shop.example/cart', 'https://user:pw@shop.example/', '/cart', 'cart', ''],
    ...['https:evil.example', 'blob:https://shop.example/1', 'https://shop%2eexample.evil.example'],
  ]
  test.each(refusedPages)('T-29 is not %s', async (page) => {
    const shop = createShop()
    expect((await shop.post('checkouts', { ...good, page })).status).toBeGreaterThanOrEqual(400)
    expect(await isEmpty(shop.store)).toBe(true)
  })

  test('T-29 whatever is asked for, it leads to a listed origin or nowhere', async () => {
    const part = fc.constantFrom(
      'https:',
      'http:',
      '//',
      '/',
      '\\',
      '@',
      ':',
      'shop.example',
      'evil.example',
      '?',
      '#',
      '%2e',
      '\t',
      '.',
      ' ',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
        ),
        async (page) => {
          const shop = createShop()
          const answer = await shop.post('checkouts', { ...good, page })
          if (answer.status !== 200) return
          const back = await shop.get(`return/${await idOf(answer)}`)
          const link = /href="([^"]*)"/.exec(await back.text())?.[1]
          expect(new URL(String(link)).origin).toBe(origin)
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 300) },
    )
  })
})

describe('T-25 asking twice', () => {
  test('T-25 a double click opens one page, and both get it', async () => {
    const provider = gate()
    let opened = 0
    const open = async () => {
      opened++
      await provider.opened
      return {}
    }
    const shop = createShop({ providers: [pretend({ open })] })
    const answers = Promise.all(Array.from({ length: 5 }, () => shop.ask('order-1', attempt)))
    await vi.waitFor(() => expect(opened).toBe(1))
    provider.open()
    const bodies = await Promise.all((await answers).map((answer) => answer.text()))
    expect(new Set(bodies).size).toBe(1)
    expect(JSON.parse(bodies[0] as string).url).toContain('https://pay.example/')
    expect(opened).toBe(1)
  })

  test('T-25 a retry gets the same page, from another surface as well, and even when the order is paid by now', async () => {
    let opened = 0
    const shop = createShop({ providers: [pretend({ open: () => ({ kept: { count: String(++opened) } }) })] })
    const id = await shop.open('order-1', attempt)
    expect(await shop.open('order-1', attempt, { surface: 'redirect' })).toBe(id)
    await shop.notify(paid(id))
    expect(await shop.open('order-1', attempt)).toBe(id)
    expect(opened).toBe(1)
  })

  test.each([
    ['order', ['order-2', attempt, {}]],
    ['method', ['order-1', attempt, { method: 'pretend:other' }]],
  ] as [string, [string, string, object]][])('T-25 the same attempt for another %s is a conflict', async (_, again) => {
    const shop = createShop()
    await shop.open('order-1', attempt)
    expect(await refusalOf(await shop.ask(...again))).toEqual([409, 'attempt_conflict'])
    expect((await shop.store.checkoutByAttempt(attempt))?.orderId).toBe('order-1')
  })

  test('T-25 a conflict is seen while the first is being opened as well', async () => {
    const provider = gate()
    const shop = createShop({ providers: [pretend({ open: () => provider.opened.then(() => ({})) })] })
    const first = shop.ask('order-1', attempt)
    await vi.waitFor(async () => expect(await shop.store.checkoutByAttempt(attempt)).toBeDefined())
    expect(await refusalOf(await shop.ask('order-2', attempt))).toEqual([409, 'attempt_conflict'])
    provider.open()
    expect((await first).status).toBe(200)
  })

  test.each([
    ['of the provider', new CheckoutError('provider_refused', 'no such currency'), [502, 'provider_refused']],
    ['before it was reached', new CheckoutError('provider_unreachable', 'no network'), [502, 'provider_unreachable']],
    ['of another kind', new TypeError('canary'), [502, 'outcome_unknown']],
  ])('T-25 after a failure %s the attempt is free, under a new id', async (_, error, refusal) => {
    let fails = true
    const ids: string[] = []
    const open = (_: unknown, { checkoutId }: OpenContext) => {
      ids.push(checkoutId)
      if (fails) throw error
      return {}
    }
    const shop = createShop({ providers: [pretend({ open })] })
    const answer = await shop.ask('order-1', attempt)
    expect(await refusalOf(answer)).toEqual(refusal)
    expect(shop.lines.join()).not.toContain('canary')
    fails = false
    expect(await shop.open('order-1', attempt)).toBe(ids[1])
    expect(ids[0]).not.toBe(ids[1])
    expect((await shop.get(`checkouts/${ids[0]}`)).status).toBe(404)
  })

  test('T-25 an opening that never ends is taken over under a new id; its late answer reaches nobody', async () => {
    const provider = gate<object>()
    const ids: string[] = []
    const open = (_: unknown, { checkoutId }: OpenContext) => (ids.push(checkoutId) === 1 ? provider.opened : {})
    const shop = createShop({ providers: [pretend({ open })] })
    const first = shop.ask('order-1', attempt)
    await vi.waitFor(() => expect(ids).toHaveLength(1))
    shop.clock.at += 15_001
    expect(await shop.open('order-1', attempt)).toBe(ids[1])
    expect(await shop.store.checkout(ids[0] as string)).toMatchObject({ stage: 'lost' })
    provider.open({ reference: 'late' })
    expect(await refusalOf(await first)).toEqual([502, 'outcome_unknown'])
    expect(await shop.store.checkout(ids[0] as string)).toMatchObject({ stage: 'lost' })
    expect((await shop.store.checkoutByAttempt(attempt))?.id).toBe(ids[1])
  })

  test('T-26 a payment of a lost page is known all the same: nothing vanishes', async () => {
    let fails = true
    const ids: string[] = []
    const open = (_: unknown, { checkoutId }: OpenContext) => {
      ids.push(checkoutId)
      if (fails) throw new CheckoutError('outcome_unknown', 'timed out')
      return {}
    }
    const shop = createShop({ providers: [pretend({ open })] })
    await shop.ask('order-1', attempt)
    fails = false
    await shop.open('order-1', attempt)
    expect(await (await shop.notify(paid(ids[0] as string))).text()).toBe('OK')
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
  })
})

describe('T-26 the row', () => {
  test('T-26 is there before the provider is called, and complete before the address leaves', async () => {
    const seen: unknown[] = []
    const shop: Shop = createShop({
      providers: [
        pretend({
          open: async (_, { checkoutId }) => {
            seen.push((await shop.store.checkout(checkoutId))?.stage)
            // The provider is so fast that it notifies before it answers.
            seen.push(await (await shop.notify(paid(checkoutId))).text())
            return { kept: { a: 'b' } }
          },
        }),
      ],
    })
    const id = await shop.open('order-1', attempt)
    expect(seen).toEqual(['opening', 'OK'])
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
    expect(await shop.store.checkout(id)).toMatchObject({ stage: 'open', kept: { a: 'b' } })
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
  })

  test.each([1, 2])('T-40 when the store fails at write %s, no address leaves', async (at) => {
    const inner = memory()
    let writes = 0
    const transaction: Store['transaction'] = (work) =>
      ++writes === at ? Promise.reject(new CheckoutError('store_unavailable', 'full')) : inner.transaction(work)
    const shop = createShop({ store: { ...inner, transaction } })
    const answer = await shop.ask('order-1', attempt)
    expect(await refusalOf(answer)).toEqual([503, 'store_unavailable'])
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
  })

  test('a reference that belongs to another checkout never leaves as a page', async () => {
    const shop = createShop({ providers: [pretend({ open: () => ({ reference: 'always the same' }) })] })
    await shop.open('order-1')
    expect((await shop.ask('order-2')).status).toBeGreaterThanOrEqual(500)
  })

  test('T-45 an opening that died before the clock was set back is taken over', async () => {
    const store = memory({ now: () => new Date(clock.at) })
    const clock = { at: Date.UTC(2026, 0, 1) }
    const dead = createShop({
      store,
      providers: [pretend({ open: () => new Promise(() => {}) })],
      price: (name) => order(name),
    })
    void dead.ask('order-1', attempt)
    await vi.waitFor(async () => expect(await store.checkoutByAttempt(attempt)).toMatchObject({ stage: 'opening' }))
    clock.at -= 60_000
    const next = createShop({ store, price: (name) => order(name) })
    expect((await next.ask('order-1', attempt)).status).toBe(200)
  })

  test('T-45 a clock set back does not open twice', async () => {
    const provider = gate()
    let opened = 0
    const open = async () => {
      opened++
      await provider.opened
      return {}
    }
    const shop = createShop({ providers: [pretend({ open })], price: (name) => order(name) })
    const first = shop.ask('order-1', attempt)
    await vi.waitFor(() => expect(opened).toBe(1))
    shop.clock.at -= 10_000
    const second = shop.ask('order-1', attempt)
    provider.open()
    expect(await idOf(await first)).toBe(await idOf(await second))
    expect(opened).toBe(1)
  })
})
