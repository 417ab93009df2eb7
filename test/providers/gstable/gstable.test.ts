import { describe, expect, test } from 'vitest'
import { CheckoutError } from '../../../src/protocol/checkout-error.js'
import { type GStableConfiguration, gstable } from '../../../src/providers/gstable/index.js'
import { testSignature } from '../../../src/providers/gstable/signature.js'
import { describeProvider } from '../contract.js'
import {
  apiKey,
  bodyOf,
  checkout,
  checkoutId,
  configuration,
  context,
  network,
  olderKey,
  order,
  sessionOf,
  signed,
  signedAt,
  webhookKey,
  withHeaders,
} from './vectors.js'

const strangersKey = 'wkk_Stranger8Qx2LrT0pZ7vB4nS6'
const wallet = '0x7a11e7000000000000000000000000000000beef'
const onChain = {
  orderId: '0xorder',
  from: wallet,
  sourceTx: '0xsource',
  targetTx: '',
  paymentValue: 19_900_000,
  feeValue: '39800',
}
const lookedUp = { ...checkout, reference: 'sess_Looked' }
const asked = network({
  '/session/sess_Looked': { session: sessionOf({ sessionId: 'sess_Looked', status: 'settling' }), transaction: onChain },
  '/capabilities/all': {},
})
const adapterAt = (now = configuration.now, key: string = webhookKey) =>
  gstable({
    ...configuration,
    webhookKey: [key, ...(key === webhookKey ? [olderKey] : [])],
    fetch: asked.fetch,
    ...(now && { now }),
  })

const told = {
  key: 'evt_Paid0001',
  checkout: { reference: 'sess_A1' },
  reference: 'sess_A1',
  money: { amount: '19.90', currency: 'USD' },
  test: false,
}
const details = { event: 'session.paid', status: 'paid', settlementToken: 'polygon::usdc' }

describeProvider({
  name: 'gstable',
  adapter: adapterAt(),
  stranger: adapterAt(undefined, strangersKey),
  secrets: [webhookKey, olderKey, strangersKey, apiKey, 'cc_not-for-strangers'],
  personal: ['user40012', 'jane.doe', 'hostname.example', 'Margaret', wallet, 'payer@wallet.example'],
  recorded: [
    {
      name: 'paid',
      notification: signed(bodyOf({ payerEmail: 'payer@wallet.example' }, {}, onChain)),
      events: [
        {
          ...told,
          becomes: 'paid',
          details: {
            ...details,
            ...{ payer: wallet, chainOrderId: '0xorder', sourceTx: '0xsource', paymentValue: '19900000', feeValue: '39800' },
          },
        },
      ],
    },
    {
      name: 'paid in the sandbox',
      notification: signed(bodyOf({ sandbox: true })),
      events: [{ ...told, becomes: 'paid', test: true, details }],
    },
    {
      name: 'completed, in base64, by the older key',
      notification: signed(bodyOf({ status: 'completed' }, { eventId: 'evt_2', eventType: 'session.completed' }), {
        key: olderKey,
        encoding: 'base64url', // without padding, which may be there or not
      }),
      events: [
        {
          ...{ ...told, key: 'evt_2', becomes: 'paid', news: 'settled' },
          details: { ...details, event: 'session.completed', status: 'completed', webhookKey: '2 of 2' },
        },
      ],
    },
    {
      name: 'opened',
      notification: signed(bodyOf({ status: 'initialized' }, { eventId: 'evt_0', eventType: 'session.created' })),
      events: [
        { ...told, key: 'evt_0', becomes: 'pending', details: { ...details, event: 'session.created', status: 'initialized' } },
      ],
    },
    {
      name: 'about a product',
      notification: signed(bodyOf({}, { eventType: 'product.archived', payload: { productData: {} } })),
      events: [],
    },
  ],
  opened: [checkout],
  fields: {
    take: ({ headers, body }) => [
      ['time', headers.get('x-gstable-timestamp') ?? ''],
      ['signature', headers.get('x-gstable-signature') ?? ''],
      ['body', Buffer.from(body).toString()],
    ],
    put: (fields) => {
      const named = (name: string) => fields.filter(([each]) => each === name).map(([, value]) => value)
      const pairs = [
        ...named('time').map((value): [string, string] => ['x-gstable-timestamp', value]),
        ...named('signature').map((value): [string, string] => ['x-gstable-signature', value]),
      ]
      return withHeaders(pairs, named('body').join(''))
    },
  },
  signature: 'signature',
  needed: ['time', 'signature', 'body'],
  canRepeat: (name) => name !== 'body',
  clock: { at: (now) => adapterAt(() => now), signedAt: new Date(signedAt * 1000), tolerance: 300 },
  order,
  context,
  unsellable: {
    'an order without price': { title: order.title, buyer: order.buyer },
    'another currency': { ...order, price: { amount: '19.90', currency: 'EUR' } },
    'a subscription': { ...order, renews: { period: { every: 1, unit: 'month' } } },
    'something sold for a time': { ...order, lasts: { every: 3, unit: 'day' } },
    'a card to store': { ...order, storesCard: true },
    'a price of nothing': { ...order, price: { amount: '0.00', currency: 'USD' } },
    'a third decimal': { ...order, price: { amount: '19.901', currency: 'USD' } },
    'ten digits of dollars': { ...order, price: { amount: '1000000000.00', currency: 'USD' } },
    'items that do not add up': {
      ...order,
      items: [{ title: 'Gold', quantity: 2, price: { amount: '9.94', currency: 'USD' } }],
    },
    'a product without a price': { ...order, items: [{ title: 'Gold', quantity: 1, products: { gstable: 'prod_1' } }] },
    'a title with a line break': { ...order, title: 'Gold\nMembership' },
  },
  travels: () => ({
    sent: (asked.posted().metadata as { checkoutId: string }).checkoutId,
    expected: checkoutId,
  }),
  lookUps: [{ checkout: lookedUp, recorded: 'paid' }],
})

describe('gstable(configuration)', () => {
  test('is notified by POST, sends nothing back, and its page is silent', async () => {
    const adapter = gstable({ ...configuration, fetch: network().fetch })
    expect(adapter).toMatchObject({ name: 'gstable', mode: 'live' })
    expect(adapter).not.toHaveProperty('acknowledgement')
    expect(await adapter.open(order, context)).not.toHaveProperty('speaksFrom')
  })

  test('T-57 asks the runtime for a known signature at start-up', () => {
    expect(() => testSignature()).not.toThrow()
    const wrong = expect.objectContaining({ code: 'config_invalid' })
    expect(() => testSignature(() => new Uint8Array(32))).toThrow(wrong)
    expect(() =>
      testSignature(() => {
        throw new Error('no such algorithm')
      }),
    ).toThrow(wrong)
  })

  const fault = (changes: Record<string, unknown>): string => {
    try {
      gstable({ ...configuration, ...changes } as GStableConfiguration)
    } catch (error) {
      expect(error).toBeInstanceOf(CheckoutError)
      expect((error as CheckoutError).code).toBe('config_invalid')
      return (error as CheckoutError).message
    }
    return ''
  }
  const inTest = { mode: 'test', apiKey: 'sk_test_pretend', baseUrl: 'http://localhost:4001/payment/v1' }

  test.each([
    [{ apiKey: undefined }, 'apiKey: must be a string'],
    [{ apiKey: 'pk_live_1' }, 'apiKey: must be an API key'],
    [{ apiKey: `${apiKey}\n` }, 'apiKey: holds white space'],
    [{ apiKey: webhookKey }, 'apiKey: must be an API key'],
    [{ apiKey: 'sk_test_pretend' }, 'apiKey: must be a live key in live mode'],
    [{ ...inTest, apiKey }, 'apiKey: must be a live key in live mode, and the sandbox'],
    [{ webhookKey: undefined }, 'webhookKey: must be a string'],
    [{ webhookKey: '' }, 'webhookKey: is empty'],
    [{ webhookKey: [] }, 'webhookKey: is empty'],
    [{ webhookKey: apiKey }, 'webhookKey: must be the key of a webhook endpoint'],
    [{ webhookKey: ['wkk_short'] }, 'webhookKey.0: must be the key'],
    [{ webhookKey: [webhookKey, webhookKey] }, 'webhookKey: holds the same key twice'],
    [{ webhookKey: [{ key: webhookKey, until: new Date(0) }] }, 'webhookKey: gives an end to the newest key'],
    [{ webhookKey: Array.from({ length: 6 }, (_, at) => `${webhookKey}${at}`) }, 'webhookKey: is too large'],
    [{ accountId: 'merchant' }, 'accountId: must be the id of an account'],
    [{ settlementToken: 'USDC' }, 'settlementToken: must be `network::symbol`'],
    [{ settlementToken: 'Polygon::USDC' }, 'settlementToken: must be `network::symbol`'],
    [{ feeModel: 2 }, 'feeModel: must be one of merchant, payer'],
    [{ fulfilOn: 'settled' }, 'fulfilOn: must be one of paid, completed'],
    [{ signatureEncoding: 'base32' }, 'signatureEncoding: must be one of auto, hex, base64'],
    [{ timestampUnit: 'm' }, 'timestampUnit: must be one of auto, s, ms'],
    [{ toleranceSeconds: 29 }, 'toleranceSeconds: is empty or too small'],
    [{ toleranceSeconds: 901 }, 'toleranceSeconds: is too large'],
    [{ toleranceSeconds: Number.NaN }, 'toleranceSeconds: '],
    [{ closesAfterSeconds: 1800 }, 'closesAfterSeconds: is empty or too small'],
    [{ metadata: { orderId: '1' } }, 'metadata: must be a function of the order'],
    [{ metadata: Object.fromEntries(Array.from({ length: 19 }, (_, at) => [`k${at}`, ''])) }, 'metadata: must be a function'],
    [{ metadata: { user: 7 } }, 'metadata: must be a function of the order'],
    [{ icon: 'javascript:alert(1)' }, 'icon: must be an https address'],
    [{ surfaces: [] }, 'surfaces: is empty'],
    [{ surfaces: ['popup', 'popup'] }, 'surfaces: names one twice'],
    [{ surfaces: ['tab'] }, 'surfaces.0: must be one of'],
    [{ baseUrl: 'http://api.gstable.io/payment/v1' }, 'baseUrl: must be an https address'],
    [{ baseUrl: 'http://localhost:4001' }, 'baseUrl: must be https in live mode'],
    [{ publicUrl: 'http://localhost:4001' }, 'baseUrl: must be https in live mode'],
    [{ baseUrl: 'https://api.gstable.io/payment/v1?key=1' }, 'baseUrl: must be an https address without query'],
    [{ baseUrl: 'https://user:word@api.gstable.io' }, 'baseUrl: must be an https address'],
    [{ mode: 'test', apiKey: 'sk_test_pretend' }, 'baseUrl: must lead to a sandbox on this machine'],
    [{ ...inTest, publicUrl: 'https://api.gstable.io/public' }, 'baseUrl: must lead to a sandbox on this machine'],
    [{ pageHosts: ['https://pay.gstable.io'] }, 'pageHosts.0: is not of the form'],
    [{ pageHosts: ['io'] }, 'pageHosts.0: is not of the form'],
    [{ mode: 'sandbox' }, 'mode: must be one of live, test'],
    [{ now: new Date() }, 'now: must be a function'],
    [{ secretKey: 'x' }, 'secretKey: there is no such field'],
  ])('T-55 refuses to start with %j', (changes, message) => {
    expect(fault(changes)).toContain(`- ${message}`)
  })

  test('T-55 names every fault at once, and no value', () => {
    const message = fault({
      apiKey: 'my-very-own-key',
      webhookKey: ' my-secret ',
      accountId: 'mine',
      now: 1,
      baseUrl: 'http://evil.example',
    })
    expect([...new Set(message.match(/^- \w+/gm))].sort()).toEqual([
      '- accountId',
      '- apiKey',
      '- baseUrl',
      '- now',
      '- webhookKey',
    ])
    expect(message).not.toMatch(/my-|evil|mine/)
  })

  test('takes what the documents allow', () => {
    expect(fault(inTest)).toBe('')
    expect(fault({ apiKey: 'rk_live_7', webhookKey: [webhookKey, olderKey], toleranceSeconds: 30 })).toBe('')
    expect(fault({ baseUrl: 'https://api.gstable.io/api/v1/', publicUrl: 'https://api.gstable.io/public/api/v1' })).toBe('')
    expect(fault({ feeModel: 'payer', fulfilOn: 'completed', surfaces: ['iframe'], closesAfterSeconds: 86_400 })).toBe('')
  })
})
