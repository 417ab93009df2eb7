import { describe, expect, test, vi } from 'vitest'
import { CheckoutError } from '../../../src/protocol/checkout-error.js'
import type { Order } from '../../../src/providers/adapter.js'
import { type PaymentwallConfiguration, paymentwall } from '../../../src/providers/paymentwall/index.js'
import { signatureOf, testSignatures } from '../../../src/providers/paymentwall/signature.js'
import { describeProvider } from '../contract.js'
import { pairsOf, pingback, projectKey, secretKey, signed } from './vectors.js'

const order: Order = {
  title: 'Gold Membership',
  price: { amount: '9.99', currency: 'USD' },
  buyer: {
    id: 'user40012',
    email: 'jane.doe+shop@hostname.example',
    name: 'Jane Margaret Doe',
    country: 'DE',
    address: { line1: '1 Long Street', city: 'Springfield', zip: '10115' },
    registeredAt: new Date('2017-03-16T09:04:52Z'),
  },
}

const context = {
  checkoutId: 'wq0jIhpqfyJvRWZ7yv1H3g',
  method: 'paymentwall:paypal',
  country: 'DE',
  locale: 'de-DE',
  returnUrl: new URL('https://shop.example/checkout/return/wq0jIhpqfyJvRWZ7yv1H3g'),
  notifyUrl: new URL('https://shop.example/checkout/notify/paymentwall'),
}

const methods = [
  { id: 'paypal', label: 'PayPal', newWindow: true },
  { id: 'cc', label: 'Card' },
]
const strangersKey = '00ffeeddccbbaa998877665544332211'
const configuration: PaymentwallConfiguration = { projectKey, secretKey, methods, customParameters: ['colour'] }

const paid = {
  key: 'b1493096790:0:',
  checkout: { id: 'product301' },
  reference: 'b1493096790',
  buyerId: 'user40012',
  test: false,
}
const record = (name: string, changes: Parameters<typeof pairsOf>[0], event: object) => ({
  name,
  notification: pingback(signed(pairsOf(changes))),
  events: [{ ...paid, ...event }],
})

/** What the Payment Status API answers of two checkouts. */
const reports: Readonly<Record<string, object>> = {
  product301: { id: 'b1493096790', amount: '9.99', currency: 'USD', refunded: false, risk: 'approved' },
  product302: { id: 'b1493096790', amount: '9.99', currency: 'USD', refunded: true, risk: 'approved' },
}
const status: typeof fetch = async (url) =>
  Response.json([reports[new URL(String(url)).searchParams.get('ag_external_id') ?? '']])

describeProvider({
  name: 'paymentwall',
  adapter: paymentwall({ ...configuration, paymentStatus: true, fetch: status }),
  stranger: paymentwall({ ...configuration, secretKey: strangersKey }),
  secrets: [secretKey, strangersKey],
  personal: ['user40012', 'jane.doe', 'hostname.example', 'Margaret', 'Long Street', 'b1493096790'],
  recorded: [
    record('paid', {}, { becomes: 'paid', details: { type: '0' } }),
    record('paid, in test mode', { is_test: '1' }, { becomes: 'paid', test: true, details: { type: '0' } }),
    record(
      'with a custom parameter',
      { colour: 'déjà vu 金' },
      { becomes: 'paid', details: { type: '0', colour: 'déjà vu 金' } },
    ),
    record(
      'refunded',
      { type: '2', reason: '9', slength: '-5', speriod: 'day' },
      { key: 'b1493096790:2:9', becomes: 'refunded', details: { type: '2', reason: '9 (cancelled order, such as a refund)' } },
    ),
  ],
  fields: {
    take: ({ url }) => [...url.searchParams],
    put: (fields) => pingback(new URLSearchParams(fields.map(([name, value]) => [name, value])).toString()),
  },
  signature: 'sig',
  needed: ['uid', 'goodsid', 'type', 'ref', 'sign_version', 'sig'],
  order,
  context,
  unsellable: {
    'an order without price': { title: order.title, buyer: order.buyer },
    'a buyer without e-mail address': { ...order, buyer: { id: 'user40012' } },
    'a subscription of a year': { ...order, renews: { period: { every: 12, unit: 'month' } } },
    'a stored product without the parameter for our id': {
      ...order,
      items: [{ title: 'Gold', quantity: 1, products: { paymentwall: 'gold' } }],
    },
    'a card to store': { ...order, storesCard: true },
    'less than the minimum': { ...order, price: { amount: '0.29', currency: 'USD' } },
    'a third decimal': { ...order, price: { amount: '1.234', currency: 'KWD' } },
    'a title that would forge': { ...order, title: 'x goodsid=wq0jIhpqfyJvRWZ7yv1H3g' },
  },
  lookUps: Object.keys(reports).map((id) => ({
    checkout: { id, order, method: 'paymentwall:cc', mode: 'live', openedAt: new Date(), kept: {} },
    recorded: id === 'product301' ? 'paid' : 'refunded',
  })),
  travels: ({ url }) => ({ sent: url.searchParams.get('ag_external_id'), expected: context.checkoutId }),
})

// The other API types, whose pingbacks name what Paymentwall sells: our id comes back as a custom parameter.
const item = (id: string) => ({ title: `Product ${id}`, quantity: 1, products: { paymentwall: id } })
const { price: _, ...unpriced } = order
const others = {
  'a stored product': { apiType: 'digital-goods', sold: { ...unpriced, items: [item('gold')] }, goods: { goodsid: 'gold' } },
  'virtual currency': { apiType: 'virtual-currency', sold: unpriced, goods: { currency: '200' } },
  'a cart': {
    apiType: 'cart',
    sold: { ...unpriced, items: [item('301'), item('302')] },
    goods: { 'goodsid[0]': '301', 'goodsid[1]': '302' },
  },
} as const

for (const [what, { apiType, sold, goods }] of Object.entries(others)) {
  const options = { ...configuration, apiType, checkoutParameter: 'checkout' }
  const version = apiType === 'cart' ? 2 : 3
  const heard = (name: string, changes: Record<string, string>, event: object) => ({
    name,
    notification: pingback(
      signed(
        Object.entries({
          ...{ uid: 'user40012', type: '0', ref: 'b1493096790', sign_version: String(version), checkout: context.checkoutId },
          ...goods,
          ...changes,
        }),
        version,
      ),
    ),
    events: [
      {
        ...{ ...paid, checkout: { id: context.checkoutId } },
        ...event,
        details: { type: '0', ...('currency' in goods && goods), ...('details' in event && (event.details as object)) },
      },
    ],
  })
  describeProvider({
    name: `paymentwall, ${what}`,
    adapter: paymentwall(options),
    stranger: paymentwall({ ...options, secretKey: strangersKey }),
    secrets: [secretKey, strangersKey],
    personal: ['user40012', 'jane.doe', 'hostname.example', 'Margaret', 'Long Street', 'b1493096790'],
    recorded: [
      heard('paid', {}, { becomes: 'paid' }),
      heard('paid, in test mode', { is_test: '1' }, { becomes: 'paid', test: true }),
      heard(
        'under review',
        { type: '200' },
        { key: 'b1493096790:200:', becomes: 'pending', underReview: true, details: { type: '200' } },
      ),
    ],
    opened: [
      {
        ...{ id: context.checkoutId, order: sold, method: 'paymentwall:cc', mode: 'live', openedAt: new Date(), kept: {} },
      },
    ],
    fields: {
      take: ({ url }) => [...url.searchParams],
      put: (fields) => pingback(new URLSearchParams(fields.map(([name, value]) => [name, value])).toString()),
    },
    signature: 'sig',
    needed: ['uid', 'type', 'ref', 'sig', ...Object.keys(goods), ...(apiType === 'cart' ? [] : ['sign_version'])],
    order: sold,
    context,
    unsellable: {
      'a buyer without e-mail address': { ...sold, buyer: { id: 'user40012' } },
      'a card to store': { ...sold, storesCard: true },
    },
    travels: ({ url }) => ({ sent: url.searchParams.get('checkout'), expected: context.checkoutId }),
  })
}

describe('paymentwall(configuration)', () => {
  test('says where its page speaks from, and how it is answered', async () => {
    const adapter = paymentwall(configuration)
    expect(adapter).toMatchObject({ name: 'paymentwall', mode: 'live', acknowledgement: 'OK', notifiesBy: ['GET'] })
    expect((await adapter.open(order, context)).speaksFrom).toEqual(['https://api.paymentwall.com'])
    const sister = paymentwall({ ...configuration, baseUrl: 'https://payments.terminal3.com' })
    expect((await sister.open(order, context)).speaksFrom).toEqual(['https://payments.terminal3.com'])
  })

  test('reads the way back', () => {
    const { readReturn } = paymentwall(configuration)
    expect(readReturn?.(new URL('https://shop.example/checkout/return/abc'))).toBeUndefined()
    expect(readReturn?.(new URL('https://shop.example/checkout/return/abc?failed'))).toBe('failed')
  })

  const fault = (changes: Record<string, unknown>): string => {
    try {
      paymentwall({ ...configuration, ...changes } as PaymentwallConfiguration)
    } catch (error) {
      expect(error).toBeInstanceOf(CheckoutError)
      expect((error as CheckoutError).code).toBe('config_invalid')
      return (error as CheckoutError).message
    }
    return ''
  }

  test.each([
    [{ projectKey: undefined }, 'projectKey: must be a string'],
    [{ projectKey: 'abc' }, 'projectKey: is not of the form'],
    [{ secretKey: undefined }, 'secretKey: must be a string'],
    [{ secretKey: '' }, 'secretKey: is empty'],
    [{ secretKey: [] }, 'secretKey: is empty'],
    [{ secretKey: `${secretKey}\n` }, 'secretKey: holds white space'],
    [{ secretKey: ['change-me'] }, 'secretKey.0: is a placeholder'],
    [{ secretKey: [secretKey, undefined] }, 'secretKey.1: must be a string (is it missing or undefined?)'],
    [{ secretKey: { key: '' } }, 'secretKey.key: is empty'],
    [{ secretKey: projectKey }, 'secretKey: is the project key'],
    [{ secretKey: [secretKey, secretKey] }, 'secretKey: holds the same key twice'],
    [{ signVersion: 1 }, 'signVersion: must be one of 2, 3'],
    [{ signVersion: 4 }, 'signVersion: must be one of 2, 3'],
    [{ signVersion: '3' }, 'signVersion: must be one of 2, 3'],
    [{ mode: 'sandbox' }, 'mode: must be one of live, test'],
    [{ evaluation: true }, 'evaluation: is for test mode only'],
    [{ baseUrl: 'http://api.paymentwall.com' }, 'baseUrl: must be an https address'],
    [{ baseUrl: 'http://localhost:4000' }, 'baseUrl: must be an https address'],
    [{ baseUrl: 'https://user:word@api.paymentwall.com' }, 'baseUrl: must be an https address'],
    [{ baseUrl: 'https://api.paymentwall.com/?a=1' }, 'baseUrl: must be an https address'],
    [{ widget: 'p1&x' }, 'widget: is not of the form'],
    [{ widget: 'w1_1' }, 'widget: is an offer widget'],
    [{ methods: [] }, 'methods: is empty'],
    [{ methods: [{ id: 'CC', label: 'Card' }] }, 'methods.0.id: is not of the form'],
    [{ methods: [{ id: 'cc', label: 'Card', icon: 'javascript:alert(1)' }] }, 'methods.0.icon: must be an https address'],
    [{ country: 'Germany' }, 'country: is not of the form'],
    [{ profile: { customer: { shoeSize: 44 } } }, 'profile: must be a function of the order'],
    [{ amountParameter: 'price' }, 'amountParameter: needs currencyParameter'],
    [{ currencyParameter: 'price' }, 'amountParameter: needs currencyParameter'],
    [{ dangerouslyAllowEqualsSignIn: ['note'] }, 'dangerouslyAllowEqualsSignIn: may only name'],
    [
      { dangerouslyAcceptPingbacksOfVersion1: true, amountParameter: 'price', currencyParameter: 'unit' },
      'amountParameter: proves nothing in pingbacks of version 1',
    ],
    [{ sourceCheck: [] }, 'sourceCheck: is empty'],
    [{ sourceCheck: ['216.127.71.0/7'] }, 'sourceCheck.0: must be an IPv4 address'],
    [{ sourceCheck: ['api.paymentwall.com'] }, 'sourceCheck.0: must be an IPv4 address'],
    [{ now: new Date() }, 'now: must be a function'],
    [{ secret: secretKey }, 'secret: there is no such'],
  ])('T-55 refuses to start with %j', (changes, message) => {
    expect(fault(changes)).toContain(`- ${message}`)
  })

  test('T-55 names every fault at once, and no value', () => {
    const message = fault({
      projectKey: 'my-very-own-key',
      secretKey: ' my-secret ',
      now: 1,
      baseUrl: 'http://evil.example',
      widget: 'w1',
    })
    expect(message.match(/^- \w+/gm)).toEqual(['- now', '- projectKey', '- secretKey', '- baseUrl', '- widget'])
    expect(message).not.toMatch(/my-|evil|w1/)
  })

  test.each([
    ...['key', 'widget', 'ps', 'sign', 'amount', 'currencyCode', 'country_code', 'ag_name', 'ag_external_id', 'ag_'],
    ...['y', 'ey', 'monkey', 'my_key', 'sig', 'uid', 'goodsid', 'is_test', 'a[b]', 'a b', '', '1a', 'x'.repeat(65)],
  ])('T-02 never lists the custom parameter %j', (name) => {
    expect(fault({ customParameters: ['colour', name] })).toContain('- customParameters.1: can never be listed')
    expect(fault({ amountParameter: name, currencyParameter: 'unit' })).toContain('- amountParameter: can never be listed')
  })

  test('takes what the documents allow', () => {
    expect(fault({ mode: 'test', baseUrl: 'http://localhost:4000/paymentwall', evaluation: true })).toBe('')
    expect(fault({ sourceCheck: ['10.0.0.0/8', '174.36.92.186'], widget: 'p1_1', signVersion: 2, country: 'AT' })).toBe('')
    expect(fault({ customParameters: ['Key', 'keys', 'note'], dangerouslyAllowEqualsSignIn: ['note'] })).toBe('')
    expect(fault({ profile: { customer: { zip: '1010' }, history: { risk_score: 3, was_banned: false } } })).toBe('')
  })
})

describe('T-56 exchanging the secret key', () => {
  const [newest, older, oldest] = ['00ffeeddccbbaa998877665544332211', secretKey, '11ffeeddccbbaa998877665544332211'] as const
  const ends = new Date('2026-12-01T00:00:00Z')
  const verify = async (secretKeys: PaymentwallConfiguration['secretKey'], signedBy: string, at = '2026-11-20T00:00:00Z') => {
    const adapter = paymentwall({ ...configuration, secretKey: secretKeys, now: () => new Date(at) })
    const nothingOpened = { byId: async () => undefined, byReference: async () => undefined }
    const verified = adapter.verify(pingback(signed(pairsOf(), 3, signedBy)), nothingOpened)
    return verified.then(
      ([event]) => event?.details,
      (error: CheckoutError) => error.code,
    )
  }

  test('T-56 all of them verify, and what an older one signed says so', async () => {
    const keys = [newest, older, { key: oldest, until: ends }]
    expect(await verify(keys, newest)).toEqual({ type: '0' })
    expect(await verify(keys, older)).toEqual({ type: '0', 'signed-by': 'older secret key 1' })
    expect(await verify(keys, oldest)).toEqual({ type: '0', 'signed-by': 'older secret key 2' })
    expect(await verify(keys, strangersKey.replace('00', '22'))).toBe('signature_invalid')
  })

  test('T-56 an older one ends when it says', async () => {
    const keys = [newest, { key: older, until: ends }]
    expect(await verify(keys, older, '2026-11-30T23:59:59.999Z')).toMatchObject({ type: '0' })
    expect(await verify(keys, older, '2026-12-01T00:00:00Z')).toBe('signature_invalid')
    expect(await verify(keys, newest, '2026-12-01T00:00:00Z')).toEqual({ type: '0' })
  })

  test('T-56 the newest signs', async () => {
    const keys = [newest, { key: older, until: ends }]
    const signs = async (secretKeys: PaymentwallConfiguration['secretKey']) =>
      (
        await paymentwall({ ...configuration, secretKey: secretKeys, now: () => ends }).open(order, context)
      ).url.searchParams.get('sign')
    expect(await signs(keys)).toBe(await signs(newest))
    expect(await signs(keys)).not.toBe(await signs(older))
  })

  test.each([
    [[{ key: newest, until: ends }, older], 'secretKey: gives an end to the newest key'],
    [[newest, { key: older, until: '2026-12-01' }], 'secretKey.1.until'],
    [[newest, { key: older, until: new Date(Number.NaN) }], 'secretKey.1.until'],
    [[newest, { until: ends }], 'secretKey.1.key: must be a string'],
    [[newest, { key: newest, until: ends }], 'secretKey: holds the same key twice'],
    [[newest, { key: projectKey }], 'secretKey: is the project key'],
  ])('T-55 refuses %j', (secretKeys, message) => {
    expect(() => paymentwall({ ...configuration, secretKey: secretKeys as never })).toThrow(`- ${message}`)
  })
})

describe('T-57 the start-up self-test', () => {
  test('T-57 takes this runtime, and refuses one whose MD5 or SHA-256 is missing or wrong', () => {
    expect(() => testSignatures()).not.toThrow()
    const broken = (version: 2 | 3, answer: () => string) => () =>
      testSignatures((base, asked, secret) => (asked === version ? answer() : signatureOf(base, asked, secret)))
    const missing = () => {
      throw new Error('unsupported')
    }
    expect(broken(2, missing)).toThrow('MD5 of this runtime is missing or wrong')
    expect(broken(3, missing)).toThrow('SHA-256 of this runtime is missing or wrong')
    expect(broken(2, () => 'd41d8cd98f00b204e9800998ecf8427e')).toThrow('MD5 of this')
    expect(broken(3, () => '')).toThrow(CheckoutError)
    expect(() => testSignatures(missing)).toThrow('MD5 and SHA-256')
  })

  test('T-57 is asked for when the adapter is made', async () => {
    vi.resetModules()
    vi.doMock('../../../src/providers/signing.js', async (original) => ({
      ...(await original<typeof import('../../../src/providers/signing.js')>()),
      md5: () => {
        throw new Error('digital envelope routines::unsupported')
      },
    }))
    const { paymentwall: made, paymentwallBackOffice } = await import('../../../src/providers/paymentwall/index.js')
    for (const make of [made, paymentwallBackOffice]) expect(() => make(configuration)).toThrow('MD5 of this runtime')
    vi.doUnmock('../../../src/providers/signing.js')
    vi.resetModules()
  })
})
