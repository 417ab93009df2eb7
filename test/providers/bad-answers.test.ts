import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { CheckoutError } from '../../src/protocol/checkout-error.js'
import type { OpenedCheckout, Order, ProviderAdapter } from '../../src/providers/adapter.js'
import { gstable, gstableBackOffice } from '../../src/providers/gstable/index.js'
import { type PaymentwallConfiguration, paymentwall, paymentwallBackOffice } from '../../src/providers/paymentwall/index.js'
import { wipay, wipayBackOffice } from '../../src/providers/wipay/index.js'
import { createShop, order as named } from '../server/shop.js'

// Everything that a provider's answer can be, for each call of each provider that does something: the protocol's verdict, which is that
// a page was opened, that it was not, or that nobody knows. No buyer is ever sent to a page that is not the provider's, and nothing is
// asked for twice. A real server answers, since half of these are faults of a line and not of a text.

type Verdict = 'provider_refused' | 'outcome_unknown' | 'provider_unreachable'

/** What the provider's address answers; `sentence` and the rest are texts in that call's own form. */
interface Forms {
  readonly sentence: string
  readonly elsewhere?: string
  readonly nameless?: string
}

const answers = {
  'a page of HTML': ['outcome_unknown', (to) => to.end('<html>Be right back</html>')],
  'a gateway’s page': ['outcome_unknown', (to) => to.writeHead(502).end('<html>502</html>')],
  nothing: ['outcome_unknown', (to) => to.end()],
  'JSON that is no object': ['outcome_unknown', (to) => to.end('"OK"')],
  'half a JSON text': ['outcome_unknown', (to) => to.end('{"url":"https://')],
  'an error envelope with status 200': ['provider_refused', (to, { sentence }) => to.end(sentence)],
  'a redirect': ['outcome_unknown', (to) => to.writeHead(302, { location: '/elsewhere' }).end()],
  'an untrusted address': ['provider_refused', (to, { elsewhere }) => to.end(elsewhere)],
  'no transaction id': ['outcome_unknown', (to, { nameless }) => to.end(nameless)],
  'silence until time is over': ['outcome_unknown', () => {}],
  'a line that breaks': ['outcome_unknown', (to) => to.destroy()],
  'a line that breaks in the middle': [
    'outcome_unknown',
    (to) => {
      to.writeHead(200, { 'content-length': 100 }).write('{"url":')
      setTimeout(() => to.destroy(), 20)
    },
  ],
  '256 KiB of noise': ['outcome_unknown', (to) => to.end(noise(256 * 1024))],
  'more noise than is read': ['outcome_unknown', (to) => to.end(noise(300 * 1024))],
} satisfies Record<string, [Verdict, (to: ServerResponse, forms: Required<Forms>) => unknown]>
type Answer = keyof typeof answers

const noise = (size: number) => Buffer.from(Array.from({ length: size }, (_, at) => (at * 7919 + (at >> 3)) % 256))

let server: Server
let base: string
let answer: (to: ServerResponse) => unknown = (to) => to.writeHead(500).end()
const asked: string[] = []
beforeAll(async () => {
  server = createServer((request, to) => {
    asked.push(`${request.method} ${new URL(String(request.url), base).pathname}`)
    answer(to)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
afterEach(() => {
  asked.length = 0
  vi.restoreAllMocks()
})

/** Ten seconds pass in a quarter of one: a machine that has much else to do still puts the question first. */
const hurry = () => {
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((time) => timeout(time / 40))
}

const cardId = '7a1f0c1e-9b7d-4c55-8f5b-1d2c3b4a5e6f'
const wapi = { key: `wapi_test_aB3dE5gH7jK9mN1pQ2_${'0123456789abcdef'.repeat(4)}` }
const platform = () => ({ mode: 'test', country: 'TT', baseUrl: base }) as const
const account = () => ({ ...platform(), accountNumber: '1234567890', proof: 'wapi', wapi }) as const
const project = (): PaymentwallConfiguration => ({
  ...{ projectKey: '0123456789abcdef0123456789abcdef', secretKey: 'fedcba98765432100123456789abcdef' },
  ...{ mode: 'test', baseUrl: base, country: 'DE' },
})
const sessions = () =>
  gstable({
    ...{ accountId: 'acc_1', apiKey: 'sk_test_abcdefgh', webhookKey: 'wkk_abcdefghij', settlementToken: 'polygon::usdc' },
    ...{ mode: 'test', baseUrl: `${base}/payment/v1` },
  })

// Opening a page ------------------------------------------------------------------------------------------------------------------------

const ofWipay: Forms = {
  sentence: JSON.stringify({ message: 'The total field is required.', url: 'https://shop.example/checkout?status=error' }),
  elsewhere: JSON.stringify({ message: 'OK', url: 'https://evil.example/pay', transaction_id: 'SB-12-1-a-1' }),
  get nameless() {
    return JSON.stringify({ message: 'OK', url: `${base}/checkout/payment?_data=x` })
  },
}
const withCard: Partial<Order> = {
  buyer: { ...named('x').buyer, cards: [{ provider: 'wipay', id: cardId, label: 'VISA … 1111' }] },
}
const { price: _, ...priceless } = named('x')

const openings: Record<string, { adapter: () => ProviderAdapter; method: string; path: string; forms: Forms; sold: Order }> = {
  'WiPay, a payment': {
    ...{ adapter: () => wipay(account()), method: 'wipay:card', path: '/plugins/payments/request' },
    ...{ forms: ofWipay, sold: named('order-1') },
  },
  'WiPay, a charge of a stored card': {
    ...{ adapter: () => wipay(account()), method: `wipay:card-${cardId}`, path: `/wapi/trusted-cards/${cardId}/charge` },
    ...{ forms: ofWipay, sold: named('order-1', withCard) },
  },
  'WiPay, a card to store': {
    ...{ adapter: () => wipay(account()), method: 'wipay:store-card', path: '/wapi/trusted-cards' },
    ...{ forms: ofWipay, sold: { ...priceless, id: 'order-1', storesCard: true } },
  },
  'GStable, a session': {
    ...{
      adapter: sessions,
      method: 'gstable:stablecoins',
      path: '/payment/v1/session/checkout/create',
      sold: named('order-1'),
    },
    forms: {
      sentence: JSON.stringify({ code: 400101, message: 'Invalid API key', data: null }),
      elsewhere: JSON.stringify({ code: 0, data: { sessionId: 'sess_1', paymentUrl: 'https://gstable.io.evil.example/s' } }),
      get nameless() {
        return JSON.stringify({ code: 0, data: { paymentUrl: `${base}/session/1/2` } })
      },
    },
  },
}

describe.each(Object.entries(openings))('%s', (_, { adapter, method, path, forms, sold }) => {
  async function open() {
    const shop = createShop({ providers: [adapter()], price: () => sold })
    const response = await shop.ask('order-1', undefined, { method, surface: 'redirect' })
    const body = (await response.json()) as { error?: string; url?: string }
    return { ...body, store: shop.store, posted: asked.filter((each) => each === `POST ${path}`) }
  }

  test.each(Object.entries(answers))('T-25 T-28 %s', async (name, [verdict, give]) => {
    if (name === 'silence until time is over') hurry()
    answer = (to) => give(to, forms as Required<Forms>)
    const { error, url, posted } = await open()
    expect([error, url]).toEqual([verdict, undefined])
    expect(posted).toHaveLength(1)
    expect(asked).not.toContain('GET /elsewhere')
  })

  test('nobody there: nothing was opened', async () => {
    const real = base
    const closed = createServer()
    await new Promise<void>((done) => closed.listen(0, '127.0.0.1', done))
    base = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`
    await new Promise((done) => closed.close(done))
    try {
      expect((await open()).error).toBe('provider_unreachable')
    } finally {
      base = real
    }
  })
})

// What else does something there --------------------------------------------------------------------------------------------------------

const changes: Record<string, { ask: () => Promise<unknown>; sentence: string; refusal?: string }> = {
  'Paymentwall, a refund ticket': {
    ask: () => paymentwallBackOffice(project()).requestRefund('b1', 'wrong size'),
    sentence: JSON.stringify({ result: 0, errors: ['no such payment'] }),
  },
  'Paymentwall, a ticket that ends a subscription': {
    ask: () => paymentwallBackOffice(project()).requestCancellation('b1', 'she moved'),
    sentence: JSON.stringify({ result: 0, errors: ['no such payment'] }),
  },
  'Paymentwall, a delivery notice': {
    ask: () =>
      paymentwallBackOffice(project()).confirmDelivery({
        ...{ reference: 'b1', orderId: 'order-1', status: 'delivered', email: 'jane@x.example' },
        ...{ details: 'sent by mail', refundable: true },
      }),
    sentence: JSON.stringify({ error: 'Payment was not found', notices: [] }),
  },
  'WiPay, a refund request': {
    ask: () => wipayBackOffice({ ...platform(), wapi }).requestRefund('SB-12-1-a-1'),
    sentence: '',
  },
  'WiPay, a card verified': {
    ask: () => wipayBackOffice({ ...platform(), wapi }).cards.verify(cardId, { amount: '0.80', currency: 'USD' }),
    sentence: '',
  },
}
const withoutPage: readonly string[] = ['an untrusted address', 'no transaction id'] satisfies Answer[]

describe.each(Object.entries(changes))('%s', (_, { ask, sentence }) => {
  test.each(
    Object.entries(answers).filter(([name]) => !withoutPage.includes(name) && (sentence || !name.includes('envelope'))),
  )('%s', async (name, [verdict, give]) => {
    if (name === 'silence until time is over') hurry()
    answer = (to) => give(to, { sentence, elsewhere: '', nameless: '' })
    const error = await ask().then(
      () => undefined,
      (thrown: CheckoutError) => thrown,
    )
    expect(error?.code).toBe(verdict)
    expect(asked).toHaveLength(1)
  })
})

// Questions -----------------------------------------------------------------------------------------------------------------------------

const opened = (sold: Order, method: string, kept: Record<string, string>, reference?: string): OpenedCheckout => ({
  ...{ id: 'AAAAAAAAAAAAAAAAAAAAAA', order: sold, method, mode: 'test', openedAt: new Date(), kept },
  ...(reference !== undefined && { reference }),
})
const ofPayment = { flow: 'payment', order: 'a', total: '19.90', currency: 'USD', fees: 'merchant_absorb' }
const lookUps: Record<string, () => Promise<readonly unknown[]> | undefined> = {
  Paymentwall: () => paymentwall({ ...project(), paymentStatus: true }).lookUp?.(opened(named('x'), 'paymentwall:cc', {})),
  WiPay: () => wipay(account()).lookUp?.(opened(named('x'), 'wipay:card', ofPayment, 'SB-12-1-a-1')),
  GStable: () => sessions().lookUp?.(opened(named('x'), 'gstable:stablecoins', { amount: '19900000' }, 'sess_1')),
}
const sentences: Record<string, string> = {
  Paymentwall: JSON.stringify({ type: 'Error', object: 'Error', error: 'access denied', code: 0 }),
  WiPay: JSON.stringify({ message: 'not found', data: null }),
  GStable: JSON.stringify({ code: 100201, message: 'Session not found', data: null }),
}

describe.each(Object.entries(lookUps))('%s, asked what became of a checkout', (name, ask) => {
  test.each(Object.entries(answers))('knows nothing by %s', async (given, [, give]) => {
    if (given === 'silence until time is over') hurry()
    const sentence = sentences[name] ?? ''
    answer = (to) => give(to, { sentence, elsewhere: '{"url":"https://evil.example"}', nameless: '{"code":0,"data":{}}' })
    const events = await ask()?.catch((error: CheckoutError) => {
      expect(error.code).toMatch(/^(provider_unreachable|provider_refused|event_mismatch)$/)
      return []
    })
    expect(events).toEqual([])
    expect(asked).toHaveLength(1)
  })
})

/** What a merchant asks, or a page that nobody shall pay any more: whatever came, nothing is taken for an answer. */
const office = () => wipayBackOffice({ ...platform(), wapi })
const book = () => gstableBackOffice({ apiKey: 'sk_test_abcdefgh', mode: 'test', baseUrl: `${base}/payment/v1` })
const session = opened(named('x'), 'gstable:stablecoins', { amount: '19900000' }, 'sess_1')
/** WiPay refuses by the status: a 200 that holds nothing says nothing, and least of all that a card is not there. */
const withoutData = { sentence: '{"message":"something went wrong"}', isUnclear: true } as const
const questions: Record<string, { ask: () => Promise<unknown> | undefined; sentence: string; isUnclear?: true }> = {
  'Paymentwall, a payment': {
    ask: () => paymentwallBackOffice(project()).payment('b1'),
    sentence: sentences.Paymentwall as string,
  },
  'Paymentwall, the payments of a buyer': {
    ask: () => paymentwallBackOffice(project()).payments('u1', 'gold'),
    sentence: sentences.Paymentwall as string,
  },
  'WiPay, a transaction': { ask: () => office().transaction('SB-12-1-a-1'), ...withoutData },
  'WiPay, a stored card': { ask: () => office().cards.find(cardId), ...withoutData },
  'WiPay, its stored cards': { ask: () => office().cards.list(), ...withoutData },
  'GStable, a page to end': { ask: () => sessions().withdraw?.(session), sentence: sentences.GStable as string },
  'GStable, a session': { ask: () => book().retrieve('sess_1'), sentence: sentences.GStable as string },
  'GStable, a list of sessions': { ask: () => book().list(), sentence: sentences.GStable as string },
  'GStable, a session to cancel': { ask: () => book().cancel('sess_1'), sentence: sentences.GStable as string },
}

describe.each(Object.entries(questions))('%s', (_, { ask, sentence, isUnclear }) => {
  test.each(Object.entries(answers).filter(([name]) => !withoutPage.includes(name)))(
    'by %s nothing is known',
    async (given, [, give]) => {
      if (given === 'silence until time is over') hurry()
      answer = (to) => give(to, { sentence, elsewhere: '', nameless: '' })
      const said = await Promise.resolve(ask()).then(
        (value) => ['said', value],
        (error: CheckoutError) => ['thrown', error.code],
      )
      const code = given.includes('envelope') && !isUnclear ? /^provider_refused$/ : /^provider_unreachable$/
      expect(said).toEqual(['thrown', expect.stringMatching(code)])
      expect(asked).toHaveLength(1)
    },
  )
})

describe('an address that cannot be placed', () => {
  test.each(Object.entries(answers))('by %s it is in no country', async (given, [, give]) => {
    if (given === 'silence until time is over') hurry()
    answer = (to) => give(to, { sentence: '{"error":"Access denied"}', elsewhere: '{"code":"../"}', nameless: '{}' })
    expect(
      await paymentwallBackOffice(project())
        .countryOf('u1', '203.0.113.7')
        .catch((error) => error.code),
    ).toSatisfy((said) => said === undefined || /^provider_/.test(said as string))
    expect(asked).toHaveLength(1)
  })
})

describe('GStable, asked for its tokens', () => {
  test.each(Object.entries(answers))('by %s the method is offered all the same', async (given, [, give]) => {
    if (given === 'silence until time is over') hurry()
    answer = (to) =>
      give(to, { sentence: '{"code":999999}', elsewhere: '{"code":0,"data":{"supportedTokens":[{}]}}', nameless: '{"code":0}' })
    expect((await sessions().methods(named('x'), {})).map(({ id }) => id)).toEqual(['gstable:stablecoins'])
  })
})

describe('Paymentwall, asked for its methods', () => {
  test.each(Object.entries(answers))('by %s: its own page of all methods stands in', async (name, [, give]) => {
    if (name === 'silence until time is over') hurry()
    answer = (to) =>
      give(to, { sentence: '{"error":"Access denied"}', elsewhere: '[{"id":"../x"}]', nameless: '[{"name":"A"}]' })
    const methods = paymentwall(project()).methods(named('x'), { country: 'DE' })
    // Refused there, its page would be refused as well: the developer is told, and the others are offered.
    if (name.includes('envelope')) return expect(methods).rejects.toMatchObject({ code: 'provider_refused' })
    expect((await methods).map(({ id }) => id)).toEqual(['paymentwall:all'])
  })
})
