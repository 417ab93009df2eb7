import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CheckoutError } from '../../../src/protocol/checkout-error.js'
import type { OpenContext, Order } from '../../../src/providers/adapter.js'
import { readPageAddress, readSale } from '../../../src/providers/gstable/checkout.js'
import { type GStableConfiguration, gstable } from '../../../src/providers/gstable/index.js'
import { microUnits, usd } from '../../../src/providers/gstable/micro-usd.js'
import { apiKey, checkoutId, configuration, context, network, order, signedAt, vectorsOf } from './vectors.js'

const created = '/session/checkout/create'

function shop(options: Partial<GStableConfiguration> = {}, answers: Parameters<typeof network>[0] = {}) {
  const { fetch, asked, posted } = network(answers)
  const adapter = gstable({ ...configuration, fetch, ...options })
  const open = (changes: Partial<Order> = {}, more: Partial<OpenContext> = {}) =>
    adapter.open({ ...order, ...changes }, { ...context, ...more })
  return { adapter, asked, posted, open }
}
const refusal = (promise: Promise<unknown>): Promise<CheckoutError> =>
  promise.then(
    () => new CheckoutError('order_paid', 'it was opened'),
    (error: unknown) => error as CheckoutError,
  )
const usdOf = (amount: string) => ({ amount, currency: 'USD' })

describe('the vectors', () => {
  test.each(vectorsOf('amount'))('$id: $title', ({ input, expected }) => {
    expect(microUnits(input.usd)).toBe(expected.value)
  })

  test.each(vectorsOf('envelope'))('$id: $title', async ({ input, expected }) => {
    const { open } = shop({}, { [created]: () => new Response(input.body, { status: input.httpStatus }) })
    if (expected.verdict === 'created') {
      const page = await open()
      expect(page.reference).toBe(expected.sessionId)
      expect(page.url.href).toBe(expected.redirectUrl)
      return expect(page.closesAt).toEqual(new Date(expected.expirationTime * 1000))
    }
    const error = await refusal(open())
    expect(error.code).toBe(expected.verdict === 'rejected' ? 'provider_refused' : 'outcome_unknown')
    expect(error.details.code).toBe(String(expected.code))
    if (expected.message) expect(error.message).toContain('not on a host of its own')
  })

  test.each(vectorsOf('request'))('$id: $title', async ({ input, expected }) => {
    const { accountId, settlementToken, successUrl, payerEmailRequired, items, metadata } = input.order
    const { open, asked } = shop({
      ...{ apiKey: input.apiKey, baseUrl: input.baseUrl, accountId, settlementToken, payerEmailRequired },
      metadata: { userId: metadata.userId },
    })
    await open(
      {
        id: metadata.orderId,
        items: items.map(({ name, imageUrl, unitPriceUsd, ...rest }) => ({
          ...{ title: name, image: imageUrl, price: usdOf(unitPriceUsd) },
          ...rest,
        })),
      },
      { returnUrl: new URL(successUrl) },
    )
    expect(asked).toEqual([
      {
        url: expected.url,
        method: expected.method,
        headers: Object.fromEntries(Object.entries(expected.headers).map(([name, value]) => [name.toLowerCase(), value])),
        body: { ...expected.body, metadata: { ...expected.body.metadata, checkoutId } }, // ours beside the vector's
      },
    ])
  })
})

describe('amounts', () => {
  test.each(['0.29', '0.57', '1.15', '2.01', '8.41', '16.4', '1234.56', '999999999.999999'])(
    '%s is worked out by digits',
    (amount) => {
      const [whole = '', fraction = ''] = amount.split('.')
      expect(microUnits(amount)).toBe(Number(whole + fraction.padEnd(6, '0')))
    },
  )

  test.each([19.9, '', '-1', '+1', '1e3', '1.', '.5', '1,00', ' 1', '1 ', '0x1', '1234567890', '٣', null, undefined])(
    'T-23 %j is none',
    (amount) => {
      expect(microUnits(amount)).toBeUndefined()
    },
  )

  test('go there and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999_999_999 }), (units) => {
        expect(microUnits(usd(units).amount)).toBe(units)
        expect(usd(units).amount).toMatch(/^(0|[1-9]\d*)\.\d{2,6}$/)
      }),
    )
  })
})

describe('what is posted', () => {
  test('is one session for the order, with both of our ids', async () => {
    const { open, posted } = shop()
    await open()
    expect(posted()).toEqual({
      accountId: 'acc_merchant_02',
      settlementToken: 'polygon::usdc',
      successUrl: `https://shop.example/checkout/return/${checkoutId}`,
      feeModel: 1,
      lineItems: [
        { itemType: 'one_time', quantity: 1, unitPrice: 19_900_000, productData: { productName: 'Gold Membership' } },
      ],
      metadata: { orderId: 'order-4711', checkoutId },
    })
  })

  test('holds nothing of the buyer', async () => {
    const { open, posted } = shop()
    await open()
    expect(JSON.stringify(posted())).not.toMatch(/jane|user40012|Margaret/i)
  })

  test('is what was configured', async () => {
    const { open, posted } = shop(
      { feeModel: 'payer', payerEmailRequired: true, closesAfterSeconds: 7200 },
      { [created]: { sessionId: 'sess_A1', paymentUrl: 'https://pay.gstable.io/x' } },
    )
    const page = await open()
    expect(posted()).toMatchObject({ feeModel: 2, payerEmailRequired: 1, expirationTime: signedAt + 5 + 7200 })
    expect(page.kept).toEqual({ amount: '19900000', feeModel: '2', settlementToken: 'polygon::usdc' })
  })

  test('has lines for items that have prices, stored products and others', async () => {
    const { open, posted } = shop()
    await open({
      items: [
        { title: 'Gold', quantity: 1, price: usdOf('9.90'), products: { gstable: 'prod_1', paymentwall: 'gold' } },
        {
          ...{ title: 'Mug', quantity: 2, price: usdOf('5.00'), description: 'Blue', image: 'https://shop.example/mug.png' },
          attributes: { size: 'L', colour: 'blue' },
        },
      ],
    })
    expect(posted().lineItems).toEqual([
      { itemType: 'product', productId: 'prod_1', quantity: 1, unitPrice: 9_900_000 },
      {
        itemType: 'one_time',
        quantity: 2,
        unitPrice: 5_000_000,
        productData: {
          productName: 'Mug',
          productDescription: 'Blue',
          imageUrl: 'https://shop.example/mug.png',
          attributes: [
            { name: 'size', value: 'L' },
            { name: 'colour', value: 'blue' },
          ],
        },
      },
    ])
  })

  test('is one line where some item has no price, and shows no picture that is no web address', async () => {
    const items = [
      { title: 'Mug', quantity: 2, price: usdOf('5.00') },
      { title: 'Cup', quantity: 1 },
    ]
    const { open, posted } = shop()
    await open({ items })
    expect(posted().lineItems).toMatchObject([
      { quantity: 1, unitPrice: 19_900_000, productData: { productName: order.title } },
    ])
    await open({ items: [{ title: 'Mug', quantity: 1, price: usdOf('19.90'), image: 'javascript:alert(1)' }] })
    expect(posted().lineItems).toMatchObject([{ productData: { productName: 'Mug' } }])
    expect(JSON.stringify(posted())).not.toContain('javascript')
  })

  test.each([
    ['does not add up', [{ title: 'Mug', quantity: 3, price: usdOf('5.00') }], 'add up'],
    [
      'is of another currency',
      [{ title: 'Mug', quantity: 1, price: { amount: '19.90', currency: 'EUR' } }],
      'no amount in USD',
    ],
    ['is half a thing', [{ title: 'Mug', quantity: 0.5, price: usdOf('39.80') }], 'quantity'],
    ['is nothing', [{ title: 'Mug', quantity: 0, price: usdOf('19.90') }], 'quantity'],
    ['is more than a number holds', [{ title: 'Mug', quantity: Number.MAX_SAFE_INTEGER, price: usdOf('19.90') }], 'add up'],
    [
      'has a product that is a path',
      [{ title: 'Mug', quantity: 1, price: usdOf('19.90'), products: { gstable: '../1' } }],
      'product',
    ],
    ['has no title', [{ title: '', quantity: 1, price: usdOf('19.90') }], 'title'],
  ])('T-23 is refused where an item %s', (_, items, reason) => {
    expect(readSale({ ...order, items })).toContain(reason)
  })

  test('carries the merchant’s metadata beside ours, which cannot be replaced', async () => {
    const { open, posted } = shop({ metadata: ({ buyer }) => ({ plan: buyer.id, checkoutId: 'forged', orderId: 'forged' }) })
    await open()
    expect(posted().metadata).toEqual({ plan: 'user40012', orderId: 'order-4711', checkoutId })
    await open({ id: undefined as never })
    expect(posted().metadata).toMatchObject({ orderId: checkoutId, checkoutId })
  })

  test.each([
    ['too many entries', Object.fromEntries(Array.from({ length: 19 }, (_, at) => [`k${at}`, 'v']))],
    ['a long name', { ['k'.repeat(41)]: 'v' }],
    ['a long text', { k: 'v'.repeat(501) }],
    ['too much in all', Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`k${at}`, 'é'.repeat(250)]))],
    ['a number', { k: 7 as never }],
  ])('refuses metadata of %s before it is sent', async (_, metadata) => {
    const { open, asked } = shop({ metadata: () => metadata })
    expect((await refusal(open())).code).toBe('order_invalid')
    expect(asked).toEqual([])
  })

  test('is for its one method', async () => {
    for (const method of ['gstable:usdc', 'gstable:', 'paymentwall:stablecoins'])
      expect((await refusal(shop().open({}, { method }))).code).toBe('method_unavailable')
  })
})

describe('the page', () => {
  test('is answered with what look-up and verify need, and when to ask', async () => {
    const opened = signedAt + 5
    const minutes = (count: number) => new Date((opened + count * 60) * 1000)
    expect(await shop().open()).toEqual({
      url: new URL('https://pay.gstable.io/session/sess_A1'),
      reference: 'sess_A1',
      kept: { amount: '19900000', feeModel: '1', settlementToken: 'polygon::usdc' },
      closesAt: minutes(30),
      resumes: true,
      askAt: [2, 10, 31, 60].map(minutes),
    })
  })

  const answer = (changes: object) => ({
    ...{ sessionId: 'sess_A1', paymentUrl: 'https://pay.gstable.io/session/sess_A1', status: 'initialized' },
    ...changes,
  })

  test.each([undefined, null, 'soon', 0, -1, 1e12])('closes by our own clock where it says %j', async (expirationTime) => {
    const { open } = shop({ closesAfterSeconds: 3600 }, { [created]: answer({ expirationTime }) })
    expect((await open()).closesAt).toEqual(new Date((signedAt + 5 + 3600) * 1000))
  })

  test.each([
    'https://gstable.io.evil.example/pay',
    'https://evilgstable.io/pay',
    'https://pay.gstable.io:8443/x',
    'http://pay.gstable.io/x',
    'https://user@pay.gstable.io/x',
    'https://pay.gstable.io@evil.example/x',
    'javascript:alert(1)',
    '//pay.gstable.io/x',
    'https://pay.gstable.io.',
    'http://localhost:4001/session/x',
    '',
  ])('T-28 never stands at %s', async (paymentUrl) => {
    expect((await refusal(shop({}, { [created]: answer({ paymentUrl }) }).open())).code).toBe('provider_refused')
  })

  test('T-28 stands on a host that is listed, or under one; in test mode where the sandbox is', () => {
    const rules = { pageHosts: ['gstable.io'], baseUrl: new URL('http://localhost:4001/payment/v1'), test: false }
    expect(readPageAddress('https://gstable.io/x', rules)?.href).toBe('https://gstable.io/x')
    expect(readPageAddress('https://a.b.gstable.io/x?y#z', rules)).toBeDefined()
    expect(readPageAddress('http://localhost:4001/x', rules)).toBeUndefined()
    expect(readPageAddress('http://localhost:4001/x', { ...rules, test: true })).toBeDefined()
    expect(readPageAddress('http://localhost:4002/x', { ...rules, test: true })).toBeUndefined()
    expect(readPageAddress('https://pay.example/x', { ...rules, pageHosts: ['pay.example'] })).toBeDefined()
  })

  test.each([
    ['cheaper', 'merchant', { amount: 19_899_999 }],
    ['dearer', 'merchant', { amount: 19_900_001 }],
    ['cheaper', 'payer', { amount: 19_899_999, feeModel: 2 }],
    ['unreadably priced', 'merchant', { amount: '19900000' }],
    ['with another fee model', 'merchant', { feeModel: 2 }],
    ['for another token', 'merchant', { settlementToken: 'polygon::usdt' }],
  ] as const)('T-22 that GStable opened %s than asked is never shown (%s pays)', async (_, feeModel, changes) => {
    expect((await refusal(shop({ feeModel }, { [created]: answer(changes) }).open())).code).toBe('provider_refused')
  })

  test('T-22 may cost the payer more where the payer bears the fee', async () => {
    const { open } = shop({ feeModel: 'payer' }, { [created]: answer({ amount: 20_019_400, feeModel: 2 }) })
    expect((await open()).kept?.amount).toBe('19900000')
  })
})

describe('a bad answer', () => {
  const failing = (error: unknown) => () => {
    throw error
  }
  const unreachable = (code: string) => new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })

  test.each([
    ['nobody at the door', failing(unreachable('ECONNREFUSED')), 'provider_unreachable'],
    ['no such host', failing(unreachable('ENOTFOUND')), 'provider_unreachable'],
    ['a line that broke', failing(unreachable('ECONNRESET')), 'outcome_unknown'],
    ['no answer in time', failing(new DOMException('late', 'TimeoutError')), 'outcome_unknown'],
    ['a redirect', () => Response.redirect('https://evil.example/'), 'outcome_unknown'],
    ['HTML', () => new Response('<html>Forbidden</html>', { status: 403 }), 'outcome_unknown'],
    ['nothing', () => new Response(''), 'outcome_unknown'],
    ['success with a bad status', () => Response.json({ code: 0, data: {} }, { status: 502 }), 'outcome_unknown'],
    ['a code that is a text', () => Response.json({ code: '0', data: {} }), 'outcome_unknown'],
    ['no session', () => Response.json({ code: 0, data: null }), 'outcome_unknown'],
    ['no page', () => Response.json({ code: 0, data: { sessionId: 'sess_A1' } }), 'outcome_unknown'],
    [
      'a session that is a path',
      () => Response.json({ code: 0, data: { sessionId: '../x', paymentUrl: 'https://pay.gstable.io' } }),
      'outcome_unknown',
    ],
    ['too many requests', () => Response.json({ code: 900101, message: 'x', data: null }), 'provider_refused'],
    ['a code that nobody knows', () => Response.json({ code: 777, message: 'No\u001b[31m such' }), 'provider_refused'],
  ])('%s', async (_, given, code) => {
    const error = await refusal(shop({}, { [created]: given }).open())
    expect(error.code).toBe(code)
    expect(error.message).not.toContain('\u001b')
    expect(error.message).not.toContain(apiKey)
  })

  test('asks once, whatever is answered: a second session might be paid, too', async () => {
    const { open, asked } = shop({}, { [created]: () => new Response('', { status: 500 }) })
    await refusal(open())
    expect(asked).toHaveLength(1)
  })

  test('T-54 quotes neither a page nor a key that comes back', async () => {
    const page = `<html>Bearer ${apiKey} for jane.doe@hostname.example</html>`
    const refused = { code: 400101, message: `Wrong key ${apiKey}, not wkk_Demo1f8Qx2LrT0pZ7vB4nS6yH9` }
    for (const answer of [new Response(page, { status: 403 }), Response.json(refused)]) {
      const error = await refusal(shop({}, { [created]: () => answer }).open())
      expect(error.message).toMatch(/^GStable (answered with status 403|refused with code 400101: "Wrong key)/)
      expect(`${error.message} ${JSON.stringify(error)} ${error.cause}`).not.toMatch(/sk_live|wkk_Demo|jane|html/)
    }
  })

  test('names the likely mistake', async () => {
    const html = await refusal(shop({}, { [created]: () => new Response('<html>', { status: 404 }) }).open())
    expect(html.message).toContain('/payment/v1')
    const token = await refusal(shop({}, { [created]: () => Response.json({ code: 400203 }) }).open())
    expect(token.message).toContain('settlementToken')
  })
})
