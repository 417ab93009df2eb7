import { describe, expect, test, vi } from 'vitest'
import { CheckoutError } from '../../../src/protocol/checkout-error.js'
import type { Money } from '../../../src/protocol/money.js'
import type { Notification, OpenedCheckout } from '../../../src/providers/adapter.js'
import { type WipayConfiguration, wipay, wipayBackOffice } from '../../../src/providers/wipay/index.js'
import { describeProvider } from '../contract.js'
import {
  accountNumber,
  apiKey,
  cardId,
  context,
  hashed,
  network,
  opened,
  opening,
  order,
  orderId,
  page,
  posted,
  returned,
  returnedWith,
  sentAt,
  storeOf,
  transactionId,
  wapiKey,
  webhook,
  webhookSecret,
} from './vectors.js'

const strangersKey = 'zzzzzzzzzzzzzzzzzzzzzzzz'
const base = { accountNumber, country: 'TT', feeStructure: 'customer_pay' } as const
const personal = ['user40012', 'jane.doe', 'hostname.example', 'Bain', 'Crossbay', '868555', transactionId, orderId]
const unsellable = {
  'an order without price': { title: order.title, buyer: order.buyer },
  'a buyer without e-mail address': { ...order, buyer: { id: 'user40012' } },
  'a long e-mail address': { ...order, buyer: { id: 'user40012', email: `${'x'.repeat(42)}@mail.example` } },
  'a subscription': { ...order, renews: { period: { every: 1, unit: 'month' as const } } },
  'something sold for a time': { ...order, lasts: { every: 3, unit: 'day' as const } },
  'another currency': { ...order, price: { amount: '155.00', currency: 'EUR' } },
  'a third decimal': { ...order, price: { amount: '1.234', currency: 'TTD' } },
  nothing: { ...order, price: { amount: '0.00', currency: 'TTD' } },
  'more digits than are hashed': { ...order, price: { amount: '10000000000.00', currency: 'TTD' } },
  'a card to store at a price': { ...order, storesCard: true },
}
const money = order.price as Money
const testId = 'SB-45-20911-INV20267x8y9z0ab-20260405181530'
const testCheckout = opened({}, { id: 'testCheckout', reference: testId })

// Proof `redirect`: the way back is the notification --------------------------------------------------------------------------------

const paidByReturn = {
  key: `${transactionId}:success`,
  checkout: { reference: transactionId },
  reference: transactionId,
  becomes: 'paid' as const,
  money,
  test: false,
  details: { 'unproven-total': '162.13', 'unproven-currency': 'TTD' },
}
const byRedirect = { ...base, proof: 'redirect', apiKey } as const
const redirectNetwork = opening()

describeProvider({
  name: 'wipay, proven by redirect',
  adapter: wipay({ ...byRedirect, fetch: redirectNetwork.fetch }),
  stranger: wipay({ ...byRedirect, apiKey: strangersKey, fetch: redirectNetwork.fetch }),
  secrets: [apiKey, strangersKey],
  personal,
  recorded: [
    { name: 'paid', notification: returnedWith(), events: [paidByReturn] },
    {
      name: 'paid with a card from abroad',
      notification: returnedWith({ total: '23.84', currency: 'USD' }),
      events: [{ ...paidByReturn, details: { 'unproven-total': '23.84', 'unproven-currency': 'USD' } }],
    },
    {
      name: 'a transaction of the sandbox',
      notification: returnedWith({ transaction_id: testId, hash: hashed(testId, '155.00') }),
      events: [{ ...paidByReturn, key: `${testId}:success`, checkout: { reference: testId }, reference: testId, test: true }],
    },
  ],
  opened: [opened(), testCheckout],
  fields: {
    take: ({ url }) => [...url.searchParams],
    put: (fields) => returned(new URLSearchParams(fields.map(([name, value]) => [name, value])).toString()),
  },
  signature: 'hash',
  needed: ['status', 'transaction_id', 'hash'],
  unsigned: ['status', 'order_id', 'total', 'currency', 'message', 'date', 'card', 'customer_name'],
  order,
  context,
  unsellable,
  travels: ({ kept }) => ({ sent: redirectNetwork.asked.at(-1)?.form.order_id, expected: kept?.order }),
})

// Proof `webhook` -------------------------------------------------------------------------------------------------------------------

const byWebhook = { ...base, proof: 'webhook', webhookSecret } as const
const webhookNetwork = opening()
const told = {
  key: '3e1f9b2c-5a70-4c1e-9b7e-0d2f6a114a1e',
  checkout: { reference: transactionId },
  reference: transactionId,
  test: false,
}
const details = (event: string) => ({ event, card: 'XXXXXXXXXXXX1234', 'transaction-status': 'Normal' })
const atThatTime = (now = sentAt) => ({ ...byWebhook, fetch: webhookNetwork.fetch, now: () => now })

describeProvider({
  name: 'wipay, proven by webhook',
  adapter: wipay(atThatTime()),
  stranger: wipay({ ...atThatTime(), webhookSecret: 'whs_somebody_elses_secret_1' }),
  secrets: [webhookSecret, 'whs_somebody_elses_secret_1'],
  personal,
  recorded: [
    {
      name: 'paid',
      notification: webhook('payment.success'),
      events: [{ ...told, becomes: 'paid', money, details: details('payment.success') }],
    },
    {
      name: 'refunded',
      notification: webhook('payment.refunded', { total: '1.00' }),
      events: [{ ...told, becomes: 'refunded', details: details('payment.refunded') }],
    },
    {
      name: 'a transaction of the sandbox',
      notification: webhook('payment.failed', { transaction_id: testId }),
      events: [
        {
          ...{ ...told, checkout: { reference: testId }, reference: testId },
          ...{ becomes: 'failed', test: true, details: details('payment.failed') },
        },
      ],
    },
  ],
  opened: [opened(), testCheckout],
  fields: {
    take: ({ headers, body }) => [
      ...['Event', 'Id', 'Signature', 'Timestamp', 'Version'].map(
        (name) => [`X-WiPay-Webhook-${name}`, headers.get(`x-wipay-webhook-${name}`) ?? ''] as const,
      ),
      ['body', new TextDecoder().decode(body)],
    ],
    put: (fields) =>
      posted(
        fields.filter(([name]) => name !== 'body').map(([name, value]) => [name, value]),
        fields.find(([name]) => name === 'body')?.[1] ?? '',
      ),
  },
  signature: 'X-WiPay-Webhook-Signature',
  needed: [...['Event', 'Id', 'Signature', 'Timestamp', 'Version'].map((name) => `X-WiPay-Webhook-${name}`), 'body'],
  canRepeat: (name) => name !== 'body',
  unsigned: ['X-WiPay-Webhook-Event', 'X-WiPay-Webhook-Id', 'X-WiPay-Webhook-Version'],
  clock: { at: (now) => wipay(atThatTime(now)), signedAt: sentAt, tolerance: 300 },
  order,
  context,
  unsellable,
  travels: ({ kept }) => ({ sent: webhookNetwork.asked.at(-1)?.form.order_id, expected: kept?.order }),
})

// Proof `wapi`, and what both ways of asking agree on ---------------------------------------------------------------------------------

const transaction = (changes: object = {}) => ({
  message: 'OK',
  data: {
    ...{ transaction_id: transactionId, order_id: orderId, status: 'success', status_desc: 'Normal' },
    ...{ total: '162.13', currency: 'TTD', card: 'XXXXXXXXXXXX1234', ...changes },
  },
})

test('`webhookScheme` pins what a webhook signs; without it both are believed', async () => {
  const schemes = ['timestamp.body', 'body'] as const
  for (const pinned of [undefined, ...schemes]) {
    const adapter = wipay({ ...atThatTime(), ...(pinned && { webhookScheme: pinned }) })
    for (const sent of schemes) {
      const said = await adapter.verify(webhook('payment.success', {}, { scheme: sent }), storeOf(opened())).then(
        ([event]) => event?.becomes,
        ({ code }: CheckoutError) => code,
      )
      const isBelieved = pinned === undefined || pinned === sent
      expect([pinned, sent, said]).toEqual([pinned, sent, isBelieved ? 'paid' : 'signature_invalid'])
    }
  }
})

describe('a look-up and a webhook of the same fact', () => {
  test.each([
    ['success', 'payment.success'],
    ['failed', 'payment.failed'],
  ])('end in the same state: %s', async (status, event) => {
    const { fetch } = network(() => transaction({ status }))
    const adapter = wipay({ ...base, proof: 'wapi', wapi: { key: wapiKey }, webhookSecret, fetch, now: () => sentAt })
    const asked = await adapter.lookUp?.(opened())
    const heard = await adapter.verify(webhook(event), storeOf(opened()))
    expect(asked?.map(({ becomes, money }) => [becomes, money])).toEqual(heard.map(({ becomes, money }) => [becomes, money]))
    expect(asked?.[0]?.key).toBe(`look-up:${transactionId}:${status}`)
  })
})

describe('wipay(configuration)', () => {
  const byWapi = { ...base, proof: 'wapi', wapi: { key: wapiKey } } as const
  const configurations: Record<string, WipayConfiguration> = { redirect: byRedirect, webhook: byWebhook, wapi: byWapi }

  test.each([
    ['redirect', { returnIsNotification: true, notifiesBy: [] }],
    ['webhook', { returnIsNotification: false, notifiesBy: ['POST'] }],
    ['wapi', { returnIsNotification: true, notifiesBy: [] }],
  ])('says what it is told by: %s', (proof, expected) => {
    const adapter = wipay(configurations[proof] as WipayConfiguration)
    expect(adapter).toMatchObject({ name: 'wipay', mode: 'live', ...expected })
    expect(adapter.lookUp === undefined).toBe(proof !== 'wapi')
  })

  test.each<[string, Notification]>([
    ['redirect', webhook('payment.success')],
    ['webhook', returnedWith()],
    ['wapi', webhook('payment.success')],
  ])('T-10 with proof %s nothing else is believed', async (proof, notification) => {
    const { fetch, asked } = network(() => transaction())
    const adapter = wipay({ ...(configurations[proof] as WipayConfiguration), fetch, now: () => sentAt })
    await expect(adapter.verify(notification, storeOf(opened()))).rejects.toMatchObject({ code: 'signature_invalid' })
    expect(asked).toEqual([])
  })

  test.each([
    ['status=failed&transaction_id=1', 'failed'],
    ['status=failed', 'failed'],
    ['status=error&message=The+total+field+is+required.', 'failed'],
    // Still perhaps paid, for four hours: the buyer is not sent to pay again.
    ['status=error&transaction_id=1', undefined],
    ['status=timeout&transaction_id=1', undefined],
    ['status=success', undefined],
    ['status=Failed', undefined],
    ['status=failed&status=failed', undefined],
    ['', undefined],
  ])('reads the way back: %s', (query, claim) => {
    expect(wipay(byRedirect).readReturn?.(returned(query).url)).toBe(claim)
  })

  const fault = (changes: object, from: object = byRedirect): string => {
    try {
      wipay({ ...from, ...changes } as WipayConfiguration)
    } catch (error) {
      expect(error).toBeInstanceOf(CheckoutError)
      expect((error as CheckoutError).code).toBe('config_invalid')
      return (error as CheckoutError).message
    }
    return ''
  }

  test.each<[object, string]>([
    [{ accountNumber: undefined }, 'accountNumber: must be a string'],
    [{ accountNumber: '123' }, 'accountNumber: is not of the form'],
    [{ country: undefined }, 'country: must be one of BB, GD, GY, JM, TT'],
    [{ country: 'US' }, 'country: must be one of'],
    [{ proof: undefined }, 'proof: must be one of redirect, webhook, wapi'],
    [{ proof: 'hash' }, 'proof: must be one of'],
    [{ apiKey: undefined }, 'apiKey: must be there with proof "redirect"'],
    [{ apiKey: '' }, 'apiKey: is empty'],
    [{ apiKey: [apiKey, apiKey] }, 'apiKey: holds the same key twice'],
    [{ apiKey: [{ key: apiKey, until: sentAt }] }, 'apiKey: gives an end to the newest key'],
    [{ apiKey: [strangersKey, { key: apiKey, until: '2026-12-01' }] }, 'apiKey.1.until'],
    [{ apiKey: `${apiKey}\n` }, 'apiKey: holds white space'],
    [{ apiKey: 'your-api-key' }, 'apiKey: is a placeholder'],
    [{ webhookSecret }, 'proof: is weaker than what is configured beside it'],
    [{ wapi: { key: wapiKey } }, 'proof: is weaker'],
    [{ proof: 'webhook' }, 'webhookSecret: must be there with proof "webhook"'],
    [{ proof: 'webhook' }, 'apiKey: proves redirects, which are not believed'],
    [{ proof: 'wapi' }, 'wapi: must be there with proof "wapi"'],
    [{ wapi: { key: 'abc' } }, 'wapi: is not of this mode'],
    [{ wapi: { key: wapiKey.replace('live', 'test') } }, 'wapi: is not of this mode'],
    [{ wapi: { key: wapiKey.slice(0, -1) } }, 'wapi: is not whole'],
    [{ wapi: { key: 'wapi_live_abc' } }, 'wapi: is not whole'],
    [{ wapi: {} }, 'wapi: must be { key } or { email, password }'],
    [{ wapi: { email: 'a@b.example', password: 'short' } }, 'wapi: must be'],
    [{ webhookSecret: 'short' }, 'webhookSecret: is shorter than 16'],
    [{ webhookTolerance: 5 }, 'webhookTolerance: is empty or too small'],
    [{ feeStructure: 'customer' }, 'feeStructure: must be one of'],
    [{ requestMode: 'post' }, 'requestMode: must be one of json, form'],
    [{ cards: ['amex'] }, 'cards.0: must be one of visa, mastercard'],
    [{ cards: ['visa', 'visa'] }, 'cards: must name each once'],
    [{ currencies: ['TT'] }, 'currencies.0: is not of the form'],
    [{ limits: { TTD: { from: '10.00', to: '5.00' } } }, 'limits: ends below'],
    [{ limits: { TTD: { from: 5 } } }, 'limits.TTD.from: must be a string'],
    [{ surfaces: [] }, 'surfaces: is empty'],
    [{ origin: '-shop' }, 'origin: is not of the form'],
    [{ origin: 'x'.repeat(33) }, 'origin: is too large'],
    [{ pageHosts: ['https://bank.example'] }, 'pageHosts.0: is not of the form'],
    [{ baseUrl: 'http://localhost:8405' }, 'baseUrl: is for test mode'],
    [{ mode: 'sandbox' }, 'mode: must be one of live, test'],
    [{ now: new Date() }, 'now: must be a function'],
    [{ key: apiKey }, 'key: there is no such field'],
  ])('T-55 refuses to start with %j', (changes, message) => {
    expect(fault(changes)).toContain(`- ${message}`)
  })

  test('T-55 names every fault at once, and no value', () => {
    const message = fault({
      accountNumber: 'my-account',
      apiKey: ' my-secret ',
      country: 'XX',
      now: 1,
      wapi: { key: 'my-key' },
    })
    expect(new Set(message.match(/^- \w+/gm))).toEqual(
      new Set(['- now', '- country', '- accountNumber', '- apiKey', '- wapi', '- proof']),
    )
    expect(message).not.toMatch(/my-|XX/)
  })

  const inTest = { mode: 'test', accountNumber: '1234567890', apiKey: '123' } as const

  test.each<[object, string]>([
    [{ apiKey: '123' }, 'apiKey: is the published key of the sandbox'],
    [{ apiKey: [apiKey, '123'] }, 'apiKey: is the published key of the sandbox'],
    [{ apiKey: '1234567' }, 'or shorter than 8 characters'],
    [{ accountNumber: '1234567890' }, 'accountNumber: is 1234567890 in test mode, and another in live'],
    [{ ...inTest, accountNumber }, 'accountNumber: is 1234567890 in test mode, and another in live'],
    [{ ...inTest, baseUrl: 'https://ttsb.wipayfinancial.com.evil.example' }, 'baseUrl: is for test mode'],
  ])('T-14 refuses to start with %j', (changes, message) => {
    expect(fault(changes)).toContain(message)
  })

  test('T-14 warns of a short key, by the option or by the process, and not with its value', () => {
    const warn = vi.fn()
    wipay({ ...byRedirect, apiKey: 'k9f2m4q7', warn })
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^wipay: an API key is shorter than 16 characters/)]])
    expect(warn.mock.calls.join()).not.toContain('k9f2m4q7')
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    wipay({ ...byRedirect, apiKey: 'k9f2m4q7' })
    expect(emit).toHaveBeenCalledTimes(1)
    wipay(byRedirect)
    wipay({ ...byRedirect, ...inTest })
    expect(emit).toHaveBeenCalledTimes(1)
    emit.mockRestore()
  })

  test('takes what the documents allow', () => {
    expect(fault({ ...inTest, baseUrl: 'http://localhost:8405' })).toBe('')
    expect(
      fault({ limits: { TTD: { from: '5.00', to: '20400.00' }, USD: { from: '0.74' } }, avs: true, cards: ['visa'] }),
    ).toBe('')
    expect(fault({ apiKey: ['newkey000001newkey', apiKey], currencies: ['TTD', 'XCD'] })).toBe('')
    expect(fault({ requestMode: 'form', feeStructure: 'merchant_absorb' }, byWebhook)).toBe('')
    expect(fault({ webhookSecret, wapi: { email: 'office@shop.example', password: 'correct horse battery' } }, byWapi)).toBe('')
  })

  test('the back office is configured as strictly', () => {
    const ask = (changes: object) => () =>
      wipayBackOffice({ country: 'TT', wapi: { key: wapiKey }, ...changes } as Parameters<typeof wipayBackOffice>[0])
    expect(ask({})).not.toThrow()
    expect(ask({ mode: 'test' })).toThrow('wapi: is not of this mode')
    expect(ask({ baseUrl: 'http://localhost:1' })).toThrow('baseUrl: is for test mode')
    expect(ask({ wapi: undefined })).toThrow('wapi: must be { key } or { email, password }')
    expect(ask({ proof: 'wapi' })).toThrow('proof: there is no such field')
  })

  test('T-56 several keys: each proves, whichever comes first', async () => {
    const verify = (keys: string[]) => wipay({ ...byRedirect, apiKey: keys }).verify(returnedWith(), storeOf(opened()))
    expect(await verify([apiKey])).toEqual([paidByReturn])
    expect(await verify([apiKey, 'newkey000001newkey'])).toEqual([paidByReturn])
    const [older] = await verify(['newkey000001newkey', apiKey])
    expect(older).toEqual({ ...paidByReturn, details: { ...paidByReturn.details, 'api-key': 'number 2 of those configured' } })
  })

  test.each(['redirect', 'webhook'] as const)(
    'T-56 an older key of proof %s ends when it says, and shifts no other',
    async (proof) => {
      const now = () => sentAt
      const verified = async (until: number) => {
        const keys = (newest: string, older: string, oldest: string) => [
          ...[newest, { key: older, until: sentAt }, { key: oldest, until: new Date(until) }],
        ]
        const adapter =
          proof === 'redirect'
            ? wipay({ ...byRedirect, now, apiKey: keys('newkey000001newkey', 'olderkey0001olderkey', apiKey) })
            : wipay({ ...byWebhook, now, webhookSecret: keys('whs_new_secret_0001', 'whs_older_secret_01', webhookSecret) })
        const sent = proof === 'redirect' ? returnedWith() : webhook('payment.success')
        return adapter.verify(sent, storeOf(opened())).then(
          ([event]) => Object.values(event?.details ?? {}).find((text) => text.startsWith('number')),
          (error: CheckoutError) => error.code,
        )
      }
      expect(await verified(sentAt.getTime() + 1)).toBe('number 3 of those configured')
      expect(await verified(sentAt.getTime())).toBe('signature_invalid')
    },
  )

  test('T-57 refuses to start where a hash is missing or wrong', async () => {
    vi.resetModules()
    vi.doMock('../../../src/providers/signing.js', async (actual) => ({
      ...(await actual<object>()),
      md5: () => {
        throw new Error('digital envelope routines::unsupported')
      },
    }))
    try {
      const broken = await import('../../../src/providers/wipay/index.js')
      expect(() => broken.wipay(byRedirect)).toThrow('FIPS mode')
    } finally {
      vi.doUnmock('../../../src/providers/signing.js')
      vi.resetModules()
    }
  })

  test('what a stored card and a page are opened with shows no secret', async () => {
    const { fetch, asked } = opening()
    const adapter = wipay({ ...byWapi, fetch })
    const cards = [{ provider: 'wipay', id: cardId, label: 'VISA … 1234' }]
    const sold = { ...order, buyer: { ...order.buyer, cards } }
    const hosted = await adapter.open(sold, { ...context, method: `wipay:card-${cardId}` })
    expect(hosted.url.href).toBe(page)
    expect(asked[0]?.headers.get('x-wapi-key')).toBe(wapiKey)
    expect(JSON.stringify(hosted)).not.toContain(wapiKey)
  })

  test('T-11 a checkout that kept nothing of a sale is proven paid by nothing', async () => {
    const strange: OpenedCheckout = opened({ flow: 'other' })
    await expect(wipay(byRedirect).verify(returnedWith(), storeOf(strange))).rejects.toMatchObject({
      code: 'signature_invalid',
    })
  })
})
