import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { currencyDecimals } from '../../src/protocol/money.js'
import type { PaymentMethod } from '../../src/protocol/requests.js'
import type { Market, Order } from '../../src/providers/adapter.js'
import { gstable } from '../../src/providers/gstable/index.js'
import { paymentwall } from '../../src/providers/paymentwall/index.js'
import { CheckoutError } from '../../src/server/index.js'
import { readOrder } from '../../src/server/order.js'
import { eventOf, paid, pretend, received, refunded } from './pretend-provider.js'
import { createShop, gate, order, origin } from './shop.js'

const method = (id: string): PaymentMethod => ({ id, label: id, surfaces: ['redirect'] })
const refusalOf = async (response: Response) => [response.status, ((await response.json()) as { error: string }).error]
const whatever = (value: unknown): Order => value as Order

describe('what is on offer', () => {
  test('is the order as the server prices it, with the methods of every provider', async () => {
    const shop = createShop({
      providers: [pretend(), pretend({ name: 'other', methods: () => [method('other:a'), method('other:b')] })],
      price: (name) => order(name, { renews: { period: { every: 1, unit: 'month' } }, metadata: { secret: 'of the shop' } }),
    })
    const answer = await shop.get('methods?order=order-1&country=DE&locale=de-DE')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(await answer.json()).toEqual({
      ...{ title: 'Gold', price: { amount: '19.90', currency: 'USD' }, renews: { period: { every: 1, unit: 'month' } } },
      methods: [
        { id: 'pretend:card', label: 'Card', surfaces: ['iframe', 'popup', 'redirect'] },
        method('other:a'),
        method('other:b'),
      ],
      written: {
        locale: 'de-DE',
        first: '19,90\u00a0$\u200e',
        price: '19,90\u00a0$\u200e',
        period: 'Monat',
        periods: '1 Monat',
      },
    })
  })

  const writtenIn = async (locale: string, given: Partial<Order> = {}) => {
    const shop = createShop({ price: (name) => order(name, given) })
    const answer = (await (await shop.get(`methods?order=a&locale=${locale}`)).json()) as { written?: unknown }
    return answer.written
  }
  const trial = { period: { every: 7, unit: 'day' }, price: { amount: '1.00', currency: 'USD' } } as const

  test('has its price in words, in the locale that was asked for', async () => {
    expect(await writtenIn('en-GB')).toEqual({ locale: 'en-GB', first: 'US$19.90' })
    expect(await writtenIn('en-US', { price: { amount: '1.5', currency: 'IQD' } })).toEqual({
      ...{ locale: 'en-US', first: 'IQD\u00a01.5' },
    })
    expect(await writtenIn('en-GB', { renews: { period: { every: 3, unit: 'month' }, trial } })).toEqual({
      ...{ locale: 'en-GB', first: 'US$1.00', price: 'US$19.90', period: '3 months', periods: '3 months', trial: '7 days' },
    })
  })

  test.each(['', 'en_US', 'x', 'de-DE-', 'tlh', '<b>', '%00'])('has none where no language is called %j', async (locale) => {
    expect(await writtenIn(locale)).toBe(undefined)
  })

  test('holds no method under another name than its provider’s', async () => {
    const shop = createShop({
      providers: [pretend({ methods: () => [method('other:card'), method('pretender:x'), method('pretend:ok')] })],
    })
    const { methods } = (await (await shop.get('methods?order=a')).json()) as { methods: PaymentMethod[] }
    expect(methods.map(({ id }) => id)).toEqual(['pretend:ok'])
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('boom')
      },
    ],
    ['rejects', () => Promise.reject(new CheckoutError('provider_unreachable', 'away'))],
    ['answers nonsense', () => undefined as never],
  ])('leaves out a provider that %s', async (_, methods) => {
    const shop = createShop({ providers: [pretend({ name: 'broken', methods }), pretend()] })
    const answer = (await (await shop.get('methods?order=a')).json()) as { methods: PaymentMethod[] }
    expect(answer.methods.map(({ id }) => id)).toEqual(['pretend:card'])
    expect(shop.lines.filter((line) => line.includes('broken'))).toHaveLength(1)
  })

  test('T-50 where nothing is, the log says why, once in ten seconds and in words without values', async () => {
    const whyNot = ({ buyer }: Order) => (buyer.email === undefined ? 'it needs the e-mail address of the buyer' : undefined)
    const methods = () => []
    const shop = createShop({
      providers: [pretend({ methods, whyNot }), pretend({ name: 'other', methods })],
      price: (name) => order(name, { buyer: { id: 'canary' } }),
    })
    for (const name of ['a', 'b']) expect(await (await shop.get(`methods?order=${name}`)).json()).toMatchObject({ methods: [] })
    expect(shop.lines).toEqual([
      '{"provider":"pretend","unsaid":0} pretend offers no methods: it needs the e-mail address of the buyer',
      '{"provider":"other","unsaid":0} other offers no methods: it has none for the country and the price of this order',
    ])
    expect(await refusalOf(await shop.ask())).toEqual([409, 'method_unavailable'])
  })

  test('T-54 of a provider that fails the log tells our own words, and of any other error where it came from', async () => {
    const refusal = new CheckoutError('provider_refused', 'it refused: "no such project" – are these its keys?')
    const fail = () => Promise.reject(new RangeError('canary@example.com'))
    const shop = createShop({
      providers: [pretend({ methods: () => Promise.reject(refusal) }), pretend({ name: 'other', methods: fail })],
    })
    await shop.get('methods?order=a')
    await shop.get('methods?order=a')
    const [ours, theirs, ...more] = shop.lines
    expect(ours).toBe(
      `{"provider":"pretend","code":"provider_refused","unsaid":0} pretend offers no methods: ${refusal.message}`,
    )
    expect(theirs).toMatch(/"code":"unexpected","cause":"RangeError","at":\[.* other offers no methods: it failed unexpectedly/)
    expect([theirs?.includes('canary'), more]).toEqual([false, []])
  })

  test('does not wait for a slow provider when another has answered, and waits longer when none has', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const slow = gate<PaymentMethod[]>()
      const providers = [pretend({ name: 'slow', methods: () => slow.opened }), pretend()]
      const early = createShop({ providers }).get('methods?order=a')
      let answered = false
      early.then(() => {
        answered = true
      })
      await vi.advanceTimersByTimeAsync(1_499)
      expect(answered).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      const { methods } = (await (await early).json()) as { methods: PaymentMethod[] }
      expect(methods.map(({ id }) => id)).toEqual(['pretend:card'])

      const late = createShop({ providers: providers.slice(0, 1) }).get('methods?order=a')
      await vi.advanceTimersByTimeAsync(5_000)
      slow.open([method('slow:card')])
      await vi.advanceTimersByTimeAsync(0)
      expect(((await (await late).json()) as { methods: PaymentMethod[] }).methods).toEqual([method('slow:card')])

      const never = createShop({ providers: [pretend({ methods: () => new Promise(() => {}) })] }).get('methods?order=a')
      await vi.advanceTimersByTimeAsync(10_000)
      expect(await (await never).json()).toMatchObject({ methods: [] })
    } finally {
      vi.useRealTimers()
    }
  })

  test('an answer that comes too late for one buyer is there for the next: both providers that ask for their lists are asked once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { opened, open: answer } = gate<void>()
      const asked: string[] = []
      const slow = (text: string) => async (url: string | URL | Request) => {
        asked.push(new URL(String(url)).pathname)
        await opened
        return new Response(text)
      }
      const keys = { accountId: 'acc_test', apiKey: 'sk_test_of_the_test', webhookKey: 'wkk_of_the_test' }
      const shop = createShop({
        providers: [
          paymentwall({
            projectKey: '0123456789abcdef0123456789abcdef',
            secretKey: 'fedcba98765432100123456789abcdef',
            fetch: slow('[{"id":"cc","name":"Card"}]'),
            mode: 'test',
          }),
          gstable({
            ...keys,
            mode: 'test',
            baseUrl: 'http://localhost/payment/v1',
            settlementToken: 'polygon::usdc',
            fetch: slow('{}'),
          }),
          pretend(),
        ],
        price: (name) => order(name, { buyer: { id: 'u1', email: 'ada@example.com' } }),
      })
      const offered = async () => {
        const { methods } = await (await shop.get('methods?order=a&country=NL')).json()
        return methods.map(({ id }: PaymentMethod) => id)
      }
      const first = offered()
      await vi.advanceTimersByTimeAsync(1_500)
      expect(await first).toEqual(['pretend:card'])
      answer()
      await vi.advanceTimersByTimeAsync(0)
      expect(await offered()).toEqual(['paymentwall:cc', 'gstable:stablecoins', 'pretend:card'])
      expect(asked).toHaveLength(2)
    } finally {
      vi.useRealTimers()
    }
  })

  test.each([
    ['what the page says', 'methods?order=a&country=FR', { country: 'DE' }, 'FR'],
    ['then what the shop knows of the buyer', 'methods?order=a', { country: 'DE' }, 'DE'],
    ['then what is configured', 'methods?order=a', {}, 'TT'],
  ])('is for the country of %s', async (_, path, buyer, country) => {
    const markets: Market[] = []
    const methods = (_: Order, market: Market) => {
      markets.push(market)
      return []
    }
    const shop = createShop({
      ...{ providers: [pretend({ methods })], country: 'TT' },
      price: (name) => order(name, { buyer: { id: 'u1', ...buyer } }),
    })
    await shop.checkout.fetch(new Request(`${origin}/checkout/${path}`), { address: '192.0.2.7' })
    expect(markets).toEqual([{ country, address: '192.0.2.7' }])
  })

  test.each([
    ['no order', 'methods'],
    ['an empty order', 'methods?order='],
    ['a very long order', `methods?order=${'a'.repeat(201)}`],
    ['a country that is none', 'methods?order=a&country=germany'],
    ['T-23 a price', 'methods?order=a&price=0.01'],
    ['T-23 an amount', 'methods?order=a&amount=1&currency=USD'],
  ])('refuses %s', async (_, path) => {
    const shop = createShop()
    expect(await refusalOf(await shop.get(path))).toEqual([400, 'request_invalid'])
  })

  test('T-27 an order that is paid is not on offer, whoever paid it, nor one that was taken back', async () => {
    const buyers = ['u1']
    const shop = createShop({ price: (name) => order(name, { buyer: { id: buyers.at(-1) as string } }) })
    const id = await shop.open('order-1')
    await shop.notify(paid(id))
    expect(await refusalOf(await shop.get('methods?order=order-1'))).toEqual([409, 'order_paid'])
    expect(await refusalOf(await shop.ask('order-1'))).toEqual([409, 'order_paid'])

    buyers.push('u2')
    expect(await refusalOf(await shop.get('methods?order=order-1'))).toEqual([500, 'order_invalid'])
    expect(await refusalOf(await shop.ask('order-1'))).toEqual([500, 'order_invalid'])
    expect(shop.lines.filter((line) => line.includes('product code'))).toHaveLength(2)

    buyers.push('u1')
    await shop.notify(refunded(id))
    await shop.settled()
    expect(await refusalOf(await shop.ask('order-1'))).toEqual([500, 'order_invalid'])
  })

  test('T-27 an order whose money was received is not on offer, and not yet paid: whose payment it is is told to its buyer alone', async () => {
    const methods = vi.fn(() => [method('pretend:card')])
    let buyer = 'u1'
    const shop = createShop({
      providers: [pretend({ methods })],
      price: () => order('order-1', { buyer: { id: buyer } }), // whatever the page calls it
    })
    const [first, id] = [await shop.open('order-1'), await shop.open('order-1')]
    await shop.notify(eventOf(first, { reference: 'other', becomes: 'pending' }))
    expect((await shop.get('methods?order=order-1')).status).toBe(200)
    await shop.notify(received(id))
    methods.mockClear()
    const refusal = { error: 'order_pending', message: expect.stringContaining('checked'), id }
    for (const answer of [await shop.get('methods?order=order-1'), await shop.ask('order-1')])
      expect([answer.status, await answer.json()]).toEqual([409, refusal])
    // By another name the page may not ask for that checkout, so it is not told of it.
    const renamed = await (await shop.get('methods?order=order-2')).json()
    expect(renamed).toEqual({ error: 'order_pending', message: expect.any(String) })
    expect((await shop.get(`checkouts/${id}?order=order-2`)).status).toBe(404)
    expect(methods).not.toHaveBeenCalled()

    buyer = 'u2'
    expect(await refusalOf(await shop.get('methods?order=order-1'))).toEqual([500, 'order_invalid'])
    buyer = 'u1'
    await shop.notify(paid(id))
    expect(await refusalOf(await shop.get('methods?order=order-1'))).toEqual([409, 'order_paid'])
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
  })

  test('T-27 without an id every checkout is an order of its own, and money received for one keeps nobody from another', async () => {
    const shop = createShop({ price: (name) => order(name, { id: undefined as never }) })
    await shop.notify(received(await shop.open()))
    expect((await shop.get('methods?order=order-1')).status).toBe(200)
    expect((await shop.ask()).status).toBe(200)
  })

  test('T-30 what was paid is told with the refusal, as it was priced then, to its buyer alone; a checkout id tells a word', async () => {
    const sold = { title: 'Gold coins', price: { amount: '19.90', currency: 'USD' } }
    let now = { ...sold, buyer: { id: 'u1' } }
    const shop = createShop({ price: (name) => order(name, now) })
    const id = await shop.open('order-1')
    await shop.notify(paid(id))
    now = { title: 'Gold coins, now dearer', price: { amount: '29.90', currency: 'USD' }, buyer: { id: 'u1' } }
    const refused = await (await shop.get('methods?order=order-1')).json()
    expect(refused).toEqual({ error: 'order_paid', message: expect.any(String), offer: { ...sold, methods: [] } })
    expect(Object.keys(await (await shop.get(`checkouts/${id}`)).json()).sort()).toEqual(['delivered', 'state'])

    now = { ...now, buyer: { id: 'u2' } }
    expect(Object.keys(await (await shop.get('methods?order=order-1')).json()).sort()).toEqual(['error', 'message'])
  })
})

describe('what the price hook says', () => {
  test.each([
    ['order_unknown', 404],
    ['order_paid', 409],
    ['order_invalid', 500],
  ] as const)('it may refuse with %s', async (code, status) => {
    const shop = createShop({
      price: () => {
        throw new CheckoutError(code, 'says the shop')
      },
    })
    expect(await refusalOf(await shop.get('methods?order=a'))).toEqual([status, code])
    expect(await refusalOf(await shop.ask())).toEqual([status, code])
  })

  test.each([
    [
      'throws',
      () => {
        throw new TypeError('u1@example.com is not iterable')
      },
    ],
    ['rejects with nothing', () => Promise.reject()],
    ['answers nothing', () => undefined],
    ['answers a number', () => 19.9],
  ])('where it %s the fault is the shop’s: no words of it leave or are logged', async (_, price) => {
    const shop = createShop({ price: price as never })
    const answer = await shop.get('methods?order=a')
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('u1@')
    expect(shop.lines.join('\n')).toContain('order_invalid')
    expect(shop.lines.join('\n')).not.toContain('u1@')
  })
})

describe('T-23 an order', () => {
  const priced = (amount: unknown, currency: unknown = 'USD') => whatever({ ...order('a'), price: { amount, currency } })
  const isSold = (given: unknown): boolean => {
    try {
      readOrder(given)
      return true
    } catch (error) {
      expect(error).toMatchObject({ name: 'CheckoutError', code: 'order_invalid' })
      return false
    }
  }

  test.each(['19.90', '0.01', '1', '999999999999.99', '19.900'])('T-23 is sold for %s', (amount) =>
    expect(isSold(priced(amount))).toBe(true),
  )

  test.each([
    19.9,
    0,
    '0',
    '0.00',
    '-1',
    '-0.01',
    '+1',
    '1e3',
    '1E3',
    '.5',
    '5.',
    '01.00',
    '1,00',
    '1 000',
    ' 1',
    '1 ',
    '1\n',
    '١',
    '0x10',
    '1.999',
    'Infinity',
    'NaN',
    '',
    null,
    undefined,
    true,
    ['1'],
    { valueOf: () => 1 },
    1n,
    '1000000000000',
  ])('T-23 is not sold for %s', (amount) => expect(isSold(priced(amount))).toBe(false))

  test.each(['usd', 'US', 'USDT', 'U$D', '', 840, null])('T-23 is not sold in %s', (currency) =>
    expect(isSold(priced('1.00', currency))).toBe(false),
  )

  test('T-23 has no more decimals than its currency', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('USD', 'JPY', 'KWD', 'CLF', 'EUR', 'XOF', 'BHD'),
        fc.integer({ min: 1, max: 99_999 }),
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 }),
        (currency, whole, digits) => {
          const amount = digits.length > 0 ? `${whole}.${digits.join('')}` : String(whole)
          const significant = digits.join('').replace(/0+$/, '').length
          expect(isSold(priced(amount, currency))).toBe(significant <= currencyDecimals(currency))
        },
      ),
    )
  })

  const item = (amount: string, quantity = 1) => ({ title: 'Part', quantity, price: { amount, currency: 'USD' } })
  test.each([
    ['items that add up', { items: [item('9.95', 2)] }, true],
    ['items that do not add up', { items: [item('9.95')] }, false],
    ['items of another currency', { items: [{ ...item('19.90'), price: { amount: '19.90', currency: 'EUR' } }] }, false],
    ['items of which one has no price', { items: [item('1.00'), { title: 'Gift', quantity: 1 }] }, true],
    ['half an item', { items: [item('39.80', 0.5)] }, false],
    ['no items at all', { items: [item('19.90', 0)] }, false],
    ['a field that is none', { prize: '1' }, false],
    ['a field of the buyer that is none', { buyer: { id: 'u1', mail: 'x' } }, false],
    ['no title', { title: '' }, false],
    ['a buyer without id', { buyer: {} }, false],
    ['an e-mail as the id of the buyer', { buyer: { id: 'u1@example.com' } }, false],
    ['an id with a space', { id: 'order 1' }, false],
    ['an id with a control character', { id: 'order\u00001' }, false],
    ['a date that is none', { buyer: { id: 'u1', registeredAt: new Date(Number.NaN) } }, false],
    [
      'a trial for nothing',
      {
        renews: {
          period: { every: 1, unit: 'month' },
          trial: { period: { every: 1, unit: 'day' }, price: { amount: '0', currency: 'USD' } },
        },
      },
      false,
    ],
    ['a period that is none', { renews: { period: { every: 1, unit: 'fortnight' } } }, false],
  ])('%s', (_, change, sold) => expect(isSold({ ...order('a'), ...change })).toBe(sold))

  test.each([
    [
      { amount: 66.6, currency: 'USD' },
      "- price.amount: must be text, and no number, which cannot hold every price: write it as '19.90'",
    ],
    [{ amount: '66,6', currency: 'USD' }, "- price.amount: must be digits with a point and no sign, like '19.90'"],
    [{ amount: '66.6', currency: 'usd' }, "- price.currency: must be the three letters of ISO 4217 in upper case, like 'USD'"],
  ])('T-23 the likely mistake in %j is named, and no value', (given, message) => {
    expect(() => readOrder({ ...order('a'), price: given })).toThrow(message)
    expect(() => readOrder({ ...order('a'), price: given })).not.toThrow(/66|usd/)
  })

  test('is refused with every fault in one message, and no value in it', () => {
    const given = { title: '', price: { amount: '6.66666', currency: 'canary' }, buyer: { id: 'canary@example.com', phone: 5 } }
    expect(() => readOrder(given)).toThrow(/title[\s\S]*price[\s\S]*buyer\.id[\s\S]*buyer\.phone/)
    expect(() => readOrder(given)).not.toThrow(/canary|6\.66/)
  })
})
