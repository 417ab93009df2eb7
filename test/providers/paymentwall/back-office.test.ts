import { inspect } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { CheckoutError } from '../../../src/protocol/checkout-error.js'
import type { OpenedCheckout, Order } from '../../../src/providers/adapter.js'
import { deliveryFields } from '../../../src/providers/paymentwall/delivery.js'
import {
  type DeliveryNotice,
  type PaymentwallConfiguration,
  paymentwall,
  paymentwallBackOffice,
} from '../../../src/providers/paymentwall/index.js'
import { readPayments } from '../../../src/providers/paymentwall/payment-status.js'
import { paymentwallSandbox } from '../../../src/providers/paymentwall/sandbox.js'
import { settle } from '../../../src/server/settle.js'
import { baseOf, hashed, pairsOf, pingback, projectKey, secretKey, signed } from './vectors.js'

const nothingOpened = { byId: async () => undefined, byReference: async () => undefined }
const keys = { projectKey, secretKey }
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** Answers what the test says, and keeps what it was asked. */
function office(answer: unknown, options: Partial<PaymentwallConfiguration> = {}) {
  const asked: { url: URL; init: RequestInit; form: URLSearchParams }[] = []
  const fetch = async (url: unknown, init: RequestInit = {}) => {
    asked.push({ url: new URL(String(url)), init, form: new URLSearchParams(String(init.body ?? '')) })
    if (answer instanceof Error) throw answer
    return typeof answer === 'string' ? new Response(answer) : Response.json(answer)
  }
  const configuration = { ...keys, ...options, fetch } as PaymentwallConfiguration
  return { asked, fetch, configuration, ...paymentwallBackOffice(configuration) }
}
async function refusal(promise: Promise<unknown>): Promise<CheckoutError> {
  const error = await promise.then(
    () => 'it was done',
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(CheckoutError)
  return error as CheckoutError
}
const codeOf = async (promise: Promise<unknown>) => (await refusal(promise)).code

const paid = {
  ...{ object: 'payment', id: 'b1493096790', created: 1490101573, amount: '9.99', currency: 'USD', refunded: false },
  ...{ risk: 'approved', uid: 'user40012', product_id: 'c1', payment_system: 'gateway' },
}
const subscription = {
  ...{ object: 'subscription', id: 'subs_1', period: 'month', period_duration: 1, payments_limit: 12, is_trial: 0, started: 1 },
  ...{ expired: 0, active: 1, date_started: 1490101633, date_next: 1492780033 },
}

describe('the status of a payment', () => {
  test('is asked for signed, by reference', async () => {
    const { asked, payment } = office({ ...paid, subscription })
    expect(await payment('b1493096790')).toEqual({
      ...{ reference: 'b1493096790', createdAt: new Date('2017-03-21T13:06:13Z'), price: { amount: '9.99', currency: 'USD' } },
      ...{ refunded: false, risk: 'approved', buyerId: 'user40012', product: 'c1', method: 'gateway' },
      subscription: {
        ...{ id: 'subs_1', isActive: true, isTrial: false, hasExpired: false },
        nextAt: new Date('2017-04-21T13:07:13Z'),
      },
    })
    const [{ url }] = asked as [(typeof asked)[0]]
    const { sign, ...rest } = Object.fromEntries(url.searchParams)
    expect(url.origin + url.pathname).toBe('https://api.paymentwall.com/api/rest/payment')
    expect(rest).toEqual({ key: projectKey, ref: 'b1493096790', sign_version: '3' })
    expect(sign).toBe(hashed(baseOf(Object.entries(rest)), 3))
  })

  test('is one object, a list, or none', async () => {
    const second = { ...paid, id: 'b2', created: 1490101574 }
    expect((await office([second, paid]).payments('user40012', 'c1')).map(({ reference }) => reference)).toEqual([
      'b1493096790',
      'b2',
    ])
    expect(await office([]).payment('b1493096790')).toBeUndefined()
    expect(await office([second]).payment('b1493096790')).toBeUndefined()
    const nobody = office(paid)
    expect(await nobody.payment('a=b')).toBeUndefined()
    expect(nobody.asked).toEqual([])
  })

  test('takes every field but the reference for optional, and a wrong one for missing', () => {
    const [bare] = readPayments('{"id":"b1","created":"soon","amount":9.99,"currency":"USD","refunded":1,"subscription":[]}')
    expect(bare).toMatchObject({
      reference: 'b1',
      createdAt: undefined,
      price: undefined,
      refunded: true,
      subscription: undefined,
    })
    for (const text of ['{}', '[{}]', '[1]', '{"id":5}', '{"id":""}', '{"id":"a b"}', 'null', '"x"', '<html>', ''])
      expect(() => readPayments(text), text).toThrow(CheckoutError)
  })

  test('a refusal is one, and shows nothing of what was asked', async () => {
    const error = await refusal(office({ error: 'No access for user40012, c1' }).payments('user40012', 'c1xyz'))
    expect(error.code).toBe('provider_refused')
    expect(error.message).not.toContain('user40012')
    expect(await codeOf(office('<html>').payment('b1'))).toBe('provider_unreachable')
  })
})

describe('the look-up of a checkout', () => {
  const order: Order = {
    title: 'Gold',
    price: { amount: '9.99', currency: 'USD' },
    buyer: { id: 'user40012', email: 'u@x.example' },
  }
  const checkout = (changes: Partial<OpenedCheckout> = {}): OpenedCheckout => ({
    ...{ id: 'c1', order, method: 'paymentwall:cc', mode: 'live', openedAt: new Date(), kept: {} },
    ...changes,
  })
  const lookUp = async (answer: unknown, asked = checkout()) => {
    const { configuration } = office(answer)
    return paymentwall({ ...configuration, paymentStatus: true }).lookUp?.(asked)
  }

  test('is there where the API is switched on, and asks by buyer and our id', async () => {
    expect(paymentwall(keys).lookUp).toBeUndefined()
    const { asked, configuration } = office([paid])
    const events = await paymentwall({ ...configuration, paymentStatus: true }).lookUp?.(checkout())
    expect(Object.fromEntries(asked[0]?.url.searchParams ?? [])).toMatchObject({ uid: 'user40012', ag_external_id: 'c1' })
    expect(events).toEqual([
      {
        ...{ key: 'look-up:b1493096790:paid', checkout: { id: 'c1' }, reference: 'b1493096790', becomes: 'paid' },
        ...{ money: { amount: '9.99', currency: 'USD' }, buyerId: 'user40012', test: false },
        details: { risk: 'approved', 'payment-system': 'gateway' },
      },
    ])
  })

  const states = async (answer: unknown, asked?: OpenedCheckout) =>
    (await lookUp(answer, asked))?.map(({ becomes, money, test, objection }) => ({ becomes, money, test, objection }))

  test.each<[string, object, object]>([
    ['refunded', { refunded: true }, { becomes: 'refunded' }],
    ['under review', { risk: 'pending' }, { becomes: 'pending' }],
    ['of a risk that nobody knows', { risk: 'APPROVED' }, { becomes: 'pending' }],
    ['of no risk', { risk: undefined }, { becomes: 'pending' }],
    ['a test', { id: 't1490101573' }, { becomes: 'paid', test: true }],
    ['paid without an amount', { amount: undefined }, { becomes: 'paid', objection: expect.stringContaining('amount') }],
    ['paid at another price', { amount: '0.99' }, { becomes: 'paid', money: { amount: '0.99', currency: 'USD' } }],
  ])('%s', async (_, changes, meaning) => {
    expect(await states({ ...paid, ...changes })).toMatchObject([meaning])
  })

  test('another product’s payment is none of it, and of a stored product nobody can tell', async () => {
    expect(await lookUp([{ ...paid, product_id: 'c2' }])).toEqual([])
    const items = [{ title: 'Gold', quantity: 1, products: { paymentwall: 'gold' } }]
    expect(await lookUp([paid], checkout({ order: { ...order, items } }))).toEqual([])
    expect(await lookUp([])).toEqual([])
  })

  test.each([
    ['0', undefined, {}],
    ['201', undefined, {}],
    ['2', '9', { refunded: true }],
  ])('ends in the same state as the pingback of type %s', async (type, reason, changes) => {
    const [told] = await paymentwall(keys).verify(pingback(signed(pairsOf({ goodsid: 'c1', type, reason }))), nothingOpened)
    const [asked] = (await lookUp({ ...paid, ...changes })) ?? []
    const fresh = { state: 'pending', held: false, delivery: 'none', attempts: 0, details: {} } as const
    const payment = { ...fresh, provider: 'paymentwall', reference: 'b1493096790', checkoutId: 'c1', orderId: 'o1' }
    const stateAfter = (...events: (typeof told)[]) =>
      events.reduce((state, event) => (event ? settle(state, event) : state), payment as Parameters<typeof settle>[0]).state
    expect(asked?.reference).toBe(told?.reference)
    for (const events of [[told], [asked], [told, asked], [asked, told]]) expect(stateAfter(...events)).toBe(told?.becomes)
  })
})

describe('tickets', () => {
  test('are posted, signed, and say what is asked for', async () => {
    for (const [type, ask] of [
      ['1', 'requestRefund'],
      ['2', 'requestCancellation'],
    ] as const) {
      const shop = office({ result: 1 })
      await shop[ask]('b1493096790', 'Größe passt nicht')
      const [{ url, init, form }] = shop.asked as [(typeof shop.asked)[0]]
      expect(url.href).toBe('https://api.paymentwall.com/developers/api/ticket')
      expect(init).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
      const { sign, ...rest } = Object.fromEntries(form)
      expect(rest).toEqual({ key: projectKey, ref: 'b1493096790', type, message: 'Größe passt nicht', sign_version: '3' })
      expect(sign).toBe(hashed(baseOf(Object.entries(rest)), 3))
    }
    const inTest = office({ result: 1 }, { mode: 'test' })
    await inTest.requestRefund('t1', 'x')
    expect(inTest.asked[0]?.form.get('test_mode')).toBe('1')
  })

  test('are signed for every API type, though the mark of virtual currency is a name in them', async () => {
    for (const apiType of ['virtual-currency', 'cart'] as const) {
      const shop = office({ result: 1 }, { apiType, checkoutParameter: 'checkout' })
      await shop.requestRefund('b1', 'x')
      expect(shop.asked).toHaveLength(1)
    }
  })

  test.each([
    ['nothing', ''],
    ['an equals sign', 'a=b'],
    ['a pingback', 'x goodsid=1ref=b2type=0'],
    ['more than 2,000 characters', 'x'.repeat(2001)],
    ['half a character', '\uD800'],
  ])('T-01 a message that holds %s is never signed', async (_, message) => {
    const shop = office({ result: 1 })
    expect(await codeOf(shop.requestRefund('b1', message))).toBe('request_invalid')
    expect(await codeOf(shop.requestRefund('b=1', 'x'))).toBe('request_invalid')
    expect(shop.asked).toEqual([])
  })

  test('refused: with Paymentwall’s reason, and without what was sent', async () => {
    const message = 'Jane Doe wants her money back'
    const error = await refusal(
      office({ result: 0, errors: [`Bad ${message} b1493096790`] }).requestRefund('b1493096790', message),
    )
    expect(error.code).toBe('provider_refused')
    expect(error.message).toContain('"Bad … …"')
    const denied = office({ result: 0, errors: ['You have no access to the developers API'] })
    expect((await refusal(denied.requestRefund('b1', 'x'))).message).toContain('You have no access')
    expect(await codeOf(office({ result: 0 }).requestRefund('b1', 'x'))).toBe('provider_refused')
  })

  const failed = (code?: string) => {
    const cause = Object.assign(new Error('socket'), code === undefined ? {} : { code })
    return Object.assign(new TypeError('fetch failed'), { cause })
  }
  test.each<[string, unknown, string]>([
    ['no connection', failed('ECONNREFUSED'), 'provider_unreachable'],
    ['no such host', failed('ENOTFOUND'), 'provider_unreachable'],
    ['a connection that never stood', failed('UND_ERR_CONNECT_TIMEOUT'), 'provider_unreachable'],
    ['a connection that broke', failed('ECONNRESET'), 'outcome_unknown'],
    ['a connection that broke for no reason', failed(), 'outcome_unknown'],
    ['no answer in time', Object.assign(new Error('x'), { name: 'TimeoutError' }), 'outcome_unknown'],
    ['a gateway’s page', '<html>502</html>', 'outcome_unknown'],
    ['an empty answer', '', 'outcome_unknown'],
    ['an answer of another kind', { ok: true }, 'outcome_unknown'],
  ])('%s', async (_, answer, code) => {
    expect(await codeOf(office(answer).requestRefund('b1', 'x'))).toBe(code)
    expect(await codeOf(office(answer).confirmDelivery(notice))).toBe(code)
  })

  test('a refund comes back as a pingback, and so does a cancellation', async () => {
    const heard: string[] = []
    const sandbox = paymentwallSandbox({
      ...keys,
      pingbackUrl: 'http://127.0.0.1:1/notify',
      outcome: { processing: 0, pingbackAfter: 0 },
      fetch: async (url) => {
        heard.push(new URL(String(url)).searchParams.get('type') ?? '')
        return new Response('OK')
      },
    })
    closing.push(() => sandbox.close())
    const configuration = {
      ...keys,
      fetch: (async (url, init) => sandbox.fetch(new Request(String(url), init))) as typeof fetch,
    }
    const renews = { period: { every: 1, unit: 'month' } } as const
    const buyer = { id: 'u1', email: 'u1@x.example' }
    const { url } = await paymentwall(configuration).open(
      { title: 'Gold', price: { amount: '9.99', currency: 'USD' }, buyer, renews },
      {
        ...{ checkoutId: 'c1', method: 'paymentwall:cc', returnUrl: new URL('https://shop.example/r') },
        notifyUrl: new URL('https://shop.example/n'),
      },
    )
    const body = new URLSearchParams({ choice: 'pay' })
    const answer = await sandbox.fetch(new Request(url, { method: 'POST', body, headers: { accept: 'application/json' } }))
    const { payment } = (await answer.json()) as { payment: { ref: string } }
    const shop = paymentwallBackOffice(configuration)
    await shop.requestCancellation(payment.ref, 'moved away')
    await shop.requestRefund(payment.ref, 'wrong size')
    await vi.waitFor(() => expect([...heard].sort()).toEqual(['0', '12', '2']))
    expect(await shop.payment(payment.ref)).toMatchObject({ refunded: true })
    expect(await codeOf(shop.requestRefund('b1', 'x'))).toBe('provider_refused')
  })
})

const notice: DeliveryNotice = {
  ...{ reference: 'b1493096790', orderId: 'order-7', status: 'delivered', email: 'jane@x.example' },
  ...{ details: 'sent by mail', refundable: true, deliveredAt: new Date('2017-01-15T15:04:55.900Z') },
}

describe('delivery notices', () => {
  test('of digital goods, with the secret key in a header', async () => {
    const { asked, confirmDelivery } = office({ success: 1 }, { mode: 'test' })
    await confirmDelivery(notice)
    const [{ url, init, form }] = asked as [(typeof asked)[0]]
    expect(url.href).toBe('https://api.paymentwall.com/api/delivery')
    expect(init.headers).toMatchObject({ 'x-apikey': secretKey })
    expect(Object.fromEntries(form)).toEqual({
      ...{ payment_id: 'b1493096790', merchant_reference_id: 'order-7', type: 'digital', status: 'delivered', reason: 'none' },
      ...{ estimated_delivery_datetime: '2017/01/15 15:04:55 +0000', estimated_update_datetime: '2017/01/15 15:04:55 +0000' },
      ...{ refundable: 'true', details: 'sent by mail', 'shipping_address[email]': 'jane@x.example', is_test: '1' },
    })
  })

  test('of physical goods, with the address', () => {
    const shipping = {
      ...{ firstName: 'Jane', lastName: 'Doe', street: '1 Long Street', city: 'Springfield', zip: '10115', country: 'DE' },
      ...{ carrier: 'Post', trackingId: 'T1' },
    }
    expect(
      Object.fromEntries(deliveryFields({ ...notice, shipping, refundable: false, reason: 'late' }, new Date(0))),
    ).toMatchObject({
      ...{ type: 'physical', refundable: 'false', reason: 'late', carrier_type: 'Post', carrier_tracking_id: 'T1' },
      ...{ 'shipping_address[firstname]': 'Jane', 'shipping_address[country]': 'DE', 'shipping_address[zip]': '10115' },
    })
    const { deliveredAt: _, ...now } = notice
    expect(deliveryFields(now, new Date(0)).get('estimated_delivery_datetime')).toBe('1970/01/01 00:00:00 +0000')
  })

  test('T-54 a refusal shows neither key nor buyer', async () => {
    const error = await refusal(office({ error: `bad ${secretKey} jane@x.example`, notices: [] }).confirmDelivery(notice))
    expect(error.code).toBe('provider_refused')
    const printed = inspect(error, { depth: 9, showHidden: true })
    expect(printed).not.toContain('jane@x.example')
    expect(printed).not.toContain(secretKey)
    const broken = await refusal(office(new Error(`${secretKey} jane@x.example`)).confirmDelivery(notice))
    expect(broken.message).not.toMatch(new RegExp(`${secretKey}|jane`))
    expect(inspect(paymentwallBackOffice(keys), { depth: 9, showHidden: true })).not.toContain(secretKey)
  })
})

describe('the country of an address', () => {
  const order: Order = { title: 'Gold', price: { amount: '9.99', currency: 'USD' }, buyer: { id: 'u1', email: 'u1@x.example' } }
  function shop(
    options: Partial<PaymentwallConfiguration> = {},
    located: () => Response = () => Response.json({ code: 'AT' }),
  ) {
    const asked: URL[] = []
    let time = 0
    const adapter = paymentwall({
      ...keys,
      now: () => new Date(time),
      fetch: async (given) => {
        const url = new URL(String(given))
        asked.push(url)
        return url.pathname === '/api/rest/country' ? located() : Response.json([{ id: 'cc', name: 'Card' }])
      },
      ...options,
    })
    const countries = () => asked.flatMap(({ searchParams }) => searchParams.get('country_code') ?? [])
    const located_ = () => asked.filter(({ pathname }) => pathname === '/api/rest/country')
    return { adapter, countries, located: located_, wait: (minutes: number) => (time += minutes * 60_000) }
  }

  test('is asked for where no other is known', async () => {
    const { adapter, countries, located } = shop()
    const address = '203.0.113.7'
    await adapter.methods(order, { address })
    expect(Object.fromEntries(located()[0]?.searchParams ?? [])).toEqual({ key: projectKey, uid: 'u1', user_ip: address })
    await adapter.methods(order, { address, country: 'DE' })
    await adapter.methods({ ...order, buyer: { ...order.buyer, country: 'CH' } }, { address })
    await adapter.methods(order, {})
    expect(countries()).toEqual(['AT', 'DE', 'CH'])
    expect(located()).toHaveLength(1)
    for (const options of [{ country: 'FR' }, { locate: false }, { methods: [{ id: 'cc', label: 'Card' }] }]) {
      const other = shop(options)
      await other.adapter.methods(order, { address })
      expect(other.located()).toEqual([])
    }
  })

  test('is remembered for an hour', async () => {
    const { adapter, located, wait } = shop()
    for (const address of ['203.0.113.7', '203.0.113.7', '203.0.113.8']) await adapter.methods(order, { address })
    expect(located()).toHaveLength(2)
    wait(61)
    await adapter.methods(order, { address: '203.0.113.7' })
    expect(located()).toHaveLength(3)
  })

  test.each<[string, () => Response]>([
    ['an error', () => Response.json({ error: 'x' })],
    ['a page', () => new Response('<html>')],
    ['no code', () => Response.json({ code: 'xx', country: 'Nowhere' })],
    ['nothing at all', () => Response.error()],
  ])('is not known from %s, and the page on which Paymentwall lets the buyer choose does without', async (_, answer) => {
    const { adapter } = shop({}, answer)
    expect((await adapter.methods(order, { address: '203.0.113.7' })).map(({ id }) => id)).toEqual(['paymentwall:all'])
  })

  test('an outage makes nobody wait twice', async () => {
    const { adapter, located, wait } = shop({}, () => {
      throw new TypeError('fetch failed')
    })
    for (const address of ['203.0.113.7', '203.0.113.8', '203.0.113.7']) await adapter.methods(order, { address })
    expect(located()).toHaveLength(1)
    wait(1)
    await adapter.methods(order, { address: '203.0.113.7' })
    expect(located()).toHaveLength(2)
  })
})
