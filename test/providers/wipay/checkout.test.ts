import { describe, expect, test } from 'vitest'
import type { CheckoutError } from '../../../src/protocol/checkout-error.js'
import type { Order } from '../../../src/providers/adapter.js'
import { quoted } from '../../../src/providers/foreign-text.js'
import { totalText } from '../../../src/providers/wipay/catalog.js'
import { newOrderId, readAnswer } from '../../../src/providers/wipay/checkout.js'
import { type WipayConfiguration, wipay } from '../../../src/providers/wipay/index.js'
import { parameterFaults, wipayName } from '../../../src/providers/wipay/parameters.js'
import { platformUrl } from '../../../src/providers/wipay/platform.js'
import {
  accountNumber,
  apiKey,
  cardId,
  checkoutId,
  context,
  forgotten,
  network,
  notRun,
  opening,
  order,
  page,
  transactionId,
  vectorIds,
  vectorsOf,
  wapiKey,
  webhookSecret,
} from './vectors.js'

const start = new Date('2026-04-05T22:15:30Z')
const base = { accountNumber, country: 'TT', now: () => start } as const
const byRedirect: WipayConfiguration = { ...base, proof: 'redirect', apiKey }
const byWapi: WipayConfiguration = { ...base, proof: 'wapi', wapi: { key: wapiKey } }
const pages = { baseUrl: platformUrl('TT', 'test'), pageHosts: [] }
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: CheckoutError) => `${error.code}: ${error.message}`,
  )

/** Opens a page, and tells what WiPay was asked. */
async function open(configuration: Partial<WipayConfiguration>, sold: Order = order, method = 'wipay:card', of = byRedirect) {
  const { fetch, asked } = opening()
  const adapter = wipay({ ...of, ...configuration, fetch })
  return { page: await adapter.open(sold, { ...context, method }), asked: asked[0] }
}

describe('vectors', () => {
  test.each(vectorsOf('request').filter(({ expected }) => expected.errors))('$id $title', ({ input, expected }) => {
    expect(parameterFaults(input.params)).toEqual(expected.errors)
  })

  test.each(vectorsOf('request').filter(({ expected }) => !expected.errors))('$id $title', async ({ input, expected }) => {
    const { params } = input
    expect(parameterFaults(params)).toEqual([])
    const { fetch, asked } = network(() => ({
      ...{ url: page, message: 'OK' },
      transaction_id: params.environment === 'live' ? transactionId : `SB-${transactionId}`,
    }))
    const adapter = wipay({
      ...{ proof: 'redirect', apiKey, fetch, mode: params.environment === 'live' ? 'live' : 'test' },
      ...{ accountNumber: params.account_number as string, country: params.country_code as 'TT' },
      ...{ feeStructure: params.fee_structure as 'split', origin: params.origin as string },
    })
    const price = { amount: params.total as string, currency: params.currency as string }
    const returnUrl = new URL(params.response_url as string)
    await adapter.open({ title: 'x', price, buyer: { id: 'x', email: params.email as string } }, { ...context, returnUrl })
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({ url: new URL(expected.url), method: 'POST' })
    for (const [name, value] of Object.entries(expected.headers)) expect(asked[0]?.headers.get(name)).toBe(value)
    // Its order id is ours to choose, and new for each attempt.
    expect(asked[0]?.form).toEqual({ ...expected.form, order_id: expect.stringMatching(/^[A-Za-z0-9]{16}$/) })
  })

  test.each(vectorsOf('response'))('$id $title', ({ input, expected }) => {
    expect(readAnswer({ status: input.httpStatus, text: input.body }, pages)).toMatchObject(expected)
  })

  test('every one is run, or listed with its reason', async () => {
    // The other kinds are run in these files.
    for (const kind of ['redirect', 'webhook'] as const) vectorsOf(kind)
    expect(forgotten()).toEqual([])
    expect(Object.keys(notRun).filter((id) => !vectorIds.includes(id))).toEqual([])
    expect(vectorIds).toHaveLength(42)
  })
})

describe('the methods', () => {
  const cards = [
    { provider: 'wipay', id: cardId.toUpperCase(), label: 'VISA … 1234' },
    { provider: 'wipay', id: 'not-a-uuid', label: 'Broken' },
    { provider: 'stripe', id: cardId.replace('2', '3'), label: 'Elsewhere' },
  ]
  const mine: Order = { ...order, buyer: { ...order.buyer, cards } }
  const idsOf = async (configuration: WipayConfiguration, sold = order) =>
    (await wipay(configuration).methods(sold, {})).map(({ id }) => id)

  test('a card, on a page of its own or in a popup, never framed unless configured', async () => {
    expect(await wipay(byRedirect).methods(order, {})).toEqual([
      { id: 'wipay:card', label: 'Card', surfaces: ['redirect', 'popup'] },
    ])
    const [framed] = await wipay({ ...byRedirect, surfaces: ['iframe'] }).methods(order, {})
    expect(framed?.surfaces).toEqual(['iframe'])
  })

  test.each([
    ['merchant_absorb', undefined],
    ['customer_pay', true],
    ['split', true],
  ] as const)('with %s the page adds a fee: %s', async (feeStructure, feeOnTop) => {
    expect((await wipay({ ...byRedirect, feeStructure }).methods(order, {}))[0]?.feeOnTop).toBe(feeOnTop)
  })

  test('a network each where they are listed', async () => {
    expect(await idsOf({ ...byRedirect, cards: ['mastercard', 'visa'] })).toEqual(['wipay:mastercard', 'wipay:visa'])
    expect((await open({ cards: ['visa'] }, order, 'wipay:visa')).asked?.form.card_type).toBe('visa')
    expect((await open({})).asked?.form).not.toHaveProperty('card_type')
  })

  test('named and drawn as the merchant wants; a stored card as any card', async () => {
    const icons = { card: 'https://shop.example/card.svg', visa: 'https://shop.example/visa.svg' }
    const drawn = async (change: Partial<WipayConfiguration>, sold = order) =>
      (await wipay({ ...byWapi, icons, ...change }).methods(sold, {})).map(({ label, icon }) => [label, icon])
    expect(await drawn({ labels: { card: 'Any card' } }, mine)).toEqual([
      ['VISA … 1234', icons.card],
      ['Any card', icons.card],
    ])
    expect(await drawn({ cards: ['visa', 'mastercard'] })).toEqual([
      ['Visa', icons.visa],
      ['Mastercard', undefined],
    ])
    expect(() => wipay({ ...byWapi, icons: { card: 'javascript:alert(1)' } })).toThrow(/icons/)
  })

  test('stored cards of this buyer first, where they can be charged', async () => {
    expect(await idsOf(byWapi, mine)).toEqual([`wipay:card-${cardId}`, 'wipay:card'])
    expect(await idsOf(byRedirect, mine)).toEqual(['wipay:card'])
    expect(await idsOf({ ...byWapi, requestMode: 'form' }, mine)).toEqual(['wipay:card'])
  })

  test('without an e-mail address a stored card alone: its charge has no field for one, and a payment request demands it', async () => {
    for (const email of [undefined, 'no address', `${'x'.repeat(42)}@mail.example`]) {
      const unnamed: Order = { ...order, buyer: { id: 'u1', cards, ...(email !== undefined && { email }) } }
      expect(await idsOf(byWapi, unnamed)).toEqual([`wipay:card-${cardId}`])
      expect(await idsOf({ ...byWapi, cards: ['visa'] }, unnamed)).toEqual([`wipay:card-${cardId}`])
      expect((await open({}, unnamed, `wipay:card-${cardId}`, byWapi)).asked?.form).not.toHaveProperty('email')
      expect(await codeOf(open({}, unnamed, 'wipay:card', byWapi))).toMatch(/^method_unavailable/)
      for (const other of [byRedirect, { ...byWapi, requestMode: 'form' as const }]) {
        expect(await idsOf(other, unnamed)).toEqual([])
        expect(wipay(other).whyNot?.(unnamed)).toMatch(/e-mail address/)
      }
    }
  })

  test("nobody else's card is charged", async () => {
    const another = `wipay:card-${cardId.replace('2', '3')}`
    expect(await codeOf(open({}, mine, another, byWapi))).toMatch(/^method_unavailable/)
    expect(await codeOf(open({}, order, `wipay:card-${cardId}`, byWapi))).toMatch(/^method_unavailable/)
    expect(await codeOf(open({}, order, 'wipay:store-card', byWapi))).toMatch(/^method_unavailable/)
    expect(await codeOf(open({}, order, 'paymentwall:card', byWapi))).toMatch(/^method_unavailable/)
  })

  test('storing a card is a method of its own, and needs the back office', async () => {
    const { price: _, ...unpriced } = order
    const storing: Order = { ...unpriced, storesCard: true }
    expect(await idsOf(byWapi, storing)).toEqual(['wipay:store-card'])
    expect(await idsOf(byRedirect, storing)).toEqual([])
    expect(await codeOf(open({}, storing, 'wipay:store-card'))).toMatch(/^order_invalid.*WAPI/)
  })

  test.each<[WipayConfiguration['country'], string[]]>([
    ['BB', ['BBD', 'USD']],
    ['GD', ['XCD', 'USD']],
    ['GY', ['GYD', 'USD']],
    ['JM', ['JMD', 'USD']],
    ['TT', ['TTD', 'USD']],
  ])('sells in the currencies of %s, or in those that are listed', async (country, currencies) => {
    const sells = async (currency: string, listed?: string[]) =>
      (
        await idsOf(
          { ...byRedirect, country, ...(listed && { currencies: listed }) },
          { ...order, price: { amount: '10', currency } },
        )
      ).length > 0
    for (const currency of ['BBD', 'XCD', 'GYD', 'JMD', 'TTD', 'USD', 'EUR'])
      expect(await sells(currency)).toBe(currencies.includes(currency))
    expect([await sells('EUR', ['EUR']), await sells('USD', ['EUR'])]).toEqual([true, false])
  })

  test('keeps the limits of the account', async () => {
    const limits = { TTD: { from: '5.00', to: '20400.00' } }
    const sells = async (amount: string) =>
      (await idsOf({ ...byRedirect, limits }, { ...order, price: { amount, currency: 'TTD' } })).length > 0
    expect(await Promise.all(['4.99', '5', '20400.00', '20400.01'].map(sells))).toEqual([false, true, true, false])
  })
})

describe('the total', () => {
  test.each([
    ['10', '10.00'],
    ['10.5', '10.50'],
    ['10.50', '10.50'],
    ['0.01', '0.01'],
    ['9999999999.99', '9999999999.99'],
    ['10000000000', undefined],
    ['0', undefined],
    ['0.00', undefined],
    ['10.505', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['010', undefined],
  ])('T-11 of %s is %s', (amount, total) => {
    expect(totalText({ amount, currency: 'TTD' })).toBe(total)
  })

  test('is none in a currency without cents', () => {
    expect(totalText({ amount: '500', currency: 'JPY' })).toBeUndefined()
  })
})

describe('what is sent', () => {
  test('all that is known of the buyer, without accents; what does not fit is left out', async () => {
    expect((await open({ avs: true })).asked?.form).toMatchObject({
      ...{ avs: '1', name: 'Jose Maria Bain', phone: '+18685550100', country: 'TT', state: 'TT-POS', zipcode: '10115' },
      ...{ addr1: '66 Crossbay Court', addr2: 'Apt 4', city: 'Port of Spain' },
    })
    const odd: Order = {
      ...order,
      buyer: {
        ...{ id: 'x', email: 'a@b.example', name: '王', phone: 'call me', country: 'TT' },
        address: { line1: 'x'.repeat(51), line2: 'Apt 4', city: '12', state: 'Port of Spain', zip: '12345678901' },
      },
    }
    const { asked } = await open({}, odd)
    expect(Object.keys(asked?.form ?? {})).not.toEqual(expect.arrayContaining(['name']))
    for (const field of ['fname', 'lname', 'name', 'addr1', 'addr2', 'city', 'state', 'zipcode', 'phone', 'avs'])
      expect(asked?.form).not.toHaveProperty(field)
    const single = await open({}, { ...order, buyer: { ...order.buyer, name: 'Cher' } })
    expect(single.asked?.form).toMatchObject({ fname: 'Cher' })
  })

  test('an order id of its own for every attempt', async () => {
    const ids = new Set(Array.from({ length: 2000 }, newOrderId))
    expect(ids.size).toBe(2000)
    for (const id of ids) expect([id.length, wipayName.test(id)]).toEqual([16, true])
  })

  test('a charge of a stored card, and the storing of one', async () => {
    const cards = [{ provider: 'wipay', id: cardId, label: 'VISA' }]
    const charge = await open(
      { feeStructure: 'split' },
      { ...order, buyer: { ...order.buyer, cards } },
      `wipay:card-${cardId}`,
      byWapi,
    )
    expect(charge.asked?.url.href).toBe(`https://tt.wipayfinancial.com/wapi/trusted-cards/${cardId}/charge`)
    expect(charge.asked?.form).toEqual({
      ...{ total: '155.00', currency: 'TTD', fee_structure: 'split', origin: 'checkout-button', environment: 'live' },
      ...{ country_code: 'TT', response_url: context.returnUrl.href, order_id: charge.page.kept?.order },
    })
    expect(charge.page).toMatchObject({ reference: transactionId, kept: { flow: 'charge', total: '155.00', fees: 'split' } })

    const { price: _, ...unpriced } = order
    const store = await open({}, { ...unpriced, storesCard: true }, 'wipay:store-card', byWapi)
    expect(store.asked?.url.pathname).toBe('/wapi/trusted-cards')
    expect(store.asked?.form).toEqual({ environment: 'live', response_url: context.returnUrl.href })
    expect(store.page).toMatchObject({ reference: transactionId, kept: { flow: 'card' } })
  })

  test('T-11 by the buyer’s browser: a form, found by its order id, and nothing is asked', async () => {
    const { page: hosted, asked } = await open({ requestMode: 'form' }, order, 'wipay:card', byWapi)
    expect(asked).toBeUndefined()
    expect(hosted.url.href).toBe('https://tt.wipayfinancial.com/plugins/payments/request')
    expect(hosted.fields).toMatchObject({ order_id: hosted.reference, total: '155.00', fee_structure: 'merchant_absorb' })
    expect(hosted.kept).toMatchObject({ form: '1', order: hosted.reference, total: '155.00' })
    expect(hosted).not.toHaveProperty('closesAt')
  })

  test.each([{ feeStructure: 'customer_pay' }, { feeStructure: 'split' }] as const)(
    'T-11 never by the browser with %j, nor with proof redirect',
    async (fees) => {
      expect(() => wipay({ ...byWapi, requestMode: 'form', ...fees })).toThrow('requestMode: is "form" only with feeStructure')
      expect(() => wipay({ ...byRedirect, requestMode: 'form' })).toThrow('requestMode: is "form" only with proof')
      expect(() => wipay({ ...base, proof: 'webhook', webhookSecret, requestMode: 'form' })).not.toThrow()
    },
  )

  test('T-15 asked about for four hours, longer than its page is open', async () => {
    const minutes = (date?: Date) => date && (date.getTime() - start.getTime()) / 60_000
    const { page: usual } = await open({})
    expect(minutes(usual.closesAt)).toBe(3)
    expect(usual.askAt?.map(minutes)).toEqual([4, 7, 15, 35, 60, 120, 245])
    const { page: avs } = await open({ avs: true })
    expect(minutes(avs.closesAt)).toBe(5)
    expect(avs.askAt?.map(minutes)).toEqual([6, 9, 15, 35, 60, 120, 245])
  })
})

describe('what is answered', () => {
  const answered = (answer: unknown, configuration: Partial<WipayConfiguration> = {}) => {
    const { fetch } = network(() => answer)
    return codeOf(wipay({ ...byRedirect, ...configuration, fetch }).open(order, context))
  }
  const ok = { url: page, message: 'OK', transaction_id: transactionId }
  const status = (code: number, body: unknown) => new Response(JSON.stringify(body), { status: code })

  test.each<[string, unknown, RegExp]>([
    [
      'a refusal',
      status(400, { message: 'The total field is required.', url: 'https://shop.example/?status=error' }),
      /^provider_refused.*total field/,
    ],
    ['a refusal that looks like success', status(422, ok), /^provider_refused/],
    ['no reason', status(500, {}), /^provider_refused.*without a reason/],
    ["a gateway's page", new Response('<html>', { status: 502 }), /^outcome_unknown/],
    ['a list', [ok], /^outcome_unknown/],
    ['no transaction', { ...ok, transaction_id: undefined }, /^outcome_unknown/],
    ['an empty transaction', { ...ok, transaction_id: '' }, /^outcome_unknown/],
    ['a transaction with spaces', { ...ok, transaction_id: 'a b' }, /^outcome_unknown/],
    ['a redirect', Response.redirect('https://evil.example/'), /^outcome_unknown/],
    ['a redirect with the right JSON', status(302, ok), /^none$/],
    ['a redirect with a page that is not trusted', status(302, { ...ok, url: 'https://evil.example/' }), /^outcome_unknown/],
    ['a redirect with no page', status(303, { ...ok, url: undefined }), /^outcome_unknown/],
    ['a redirect with no transaction', status(307, { ...ok, transaction_id: undefined }), /^outcome_unknown/],
    ['a transaction of the sandbox', { ...ok, transaction_id: `SB-${transactionId}` }, /^provider_refused.*not live/],
  ])('%s', async (_, answer, expected) => {
    expect(await answered(answer)).toMatch(expected)
  })

  test.each([
    'https://wipayfinancial.com.evil.example/checkout',
    'https://evilwipayfinancial.com/',
    'https://tt.wipayfinancial.com.evil.example/checkout',
    'http://tt.wipayfinancial.com/checkout',
    'https://tt.wipayfinancial.com:8443/checkout',
    'https://user@tt.wipayfinancial.com/checkout',
    'javascript:alert(1)',
    '//tt.wipayfinancial.com/checkout',
    'https://processor.example/pay',
    '',
  ])('T-28 no buyer is sent to %s', async (url) => {
    expect(await answered({ ...ok, url })).toMatch(/^provider_refused.*pageHosts/)
  })

  test('T-28 to a processor only where its host is listed', async () => {
    expect(await answered({ ...ok, url: 'https://processor.example/pay' }, { pageHosts: ['processor.example'] })).toBe('none')
    expect(await answered({ ...ok, url: 'https://a.processor.example/' }, { pageHosts: ['processor.example'] })).toMatch(
      /^provider_refused/,
    )
  })

  test('T-54 a refusal is told without the buyer’s data', async () => {
    const message = `The email ${order.buyer.email} of Jose Maria Bain\u001b[31m equals the merchant's own, or TTD is not taken.`
    const said = await answered(status(400, { message }))
    expect(said).toMatch(/The email … of … \[31m equals the merchant's own, or TTD is not taken/)
    expect(quoted('x'.repeat(500))).toHaveLength(202)
  })

  test('a return address that WiPay would cut', async () => {
    const { fetch, asked } = opening()
    const returnUrl = new URL(`https://shop.example/${'x'.repeat(240)}/${checkoutId}`)
    expect(await codeOf(wipay({ ...byRedirect, fetch }).open(order, { ...context, returnUrl }))).toMatch(/^config_invalid.*255/)
    expect(asked).toEqual([])
  })
})

describe('the parameters, as documented', () => {
  const right = vectorsOf('request')[0]?.input.params as Record<string, string>
  test.each<[string, string, string | undefined]>([
    ['account_number', '123', 'pattern'],
    ['account_number', '', 'required'],
    ['country_code', 'tt', 'pattern'],
    ['country_code', 'US', 'enum'],
    ['currency', 'ttd', 'pattern'],
    ['environment', 'test', 'enum'],
    ['fee_structure', 'customer', 'enum'],
    ['method', 'voucher', 'enum'],
    ['method', 'credit_card', undefined],
    ['order_id', '_a', 'pattern'],
    ['order_id', 'x'.repeat(49), 'too_long'],
    ['origin', 'x'.repeat(33), 'too_long'],
    ['origin', 'my app', 'pattern'],
    ['response_url', 'http://shop.example/', 'pattern'],
    ['response_url', 'http://localhost:3000/', undefined],
    ['response_url', `https://shop.example/${'x'.repeat(240)}`, 'too_long'],
    ['total', '0.00', 'pattern'],
    ['total', '1,000.00', 'pattern'],
    ['total', '01.00', 'pattern'],
    ['email', `${'x'.repeat(50)}@b.example`, 'too_long'],
    ['email', 'a@b', 'pattern'],
    ['data', 'x'.repeat(4096), undefined],
    ['data', 'x'.repeat(4097), 'too_long'],
    ['version', 'x'.repeat(17), 'too_long'],
    ['avs', '2', 'enum'],
    ['card_type', 'amex', 'enum'],
    ['name', 'x'.repeat(61), 'too_long'],
    ['fname', 'x'.repeat(31), 'too_long'],
    ['addr1', 'x'.repeat(51), 'too_long'],
    ['city', 'x'.repeat(31), 'too_long'],
    ['zipcode', 'x'.repeat(11), 'too_long'],
    ['phone', 'x'.repeat(21), 'too_long'],
    ['country', 'Trinidad', 'pattern'],
    ['state', 'Port of Spain', 'pattern'],
  ])('%s: %s', (field, value, code) => {
    expect(parameterFaults({ ...right, [field]: value })).toEqual(code ? [{ field, code }] : [])
  })
})
