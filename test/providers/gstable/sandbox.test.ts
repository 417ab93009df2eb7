import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { ProviderSandbox } from '../../../src/providers/adapter.js'
import { gstable, gstableBackOffice } from '../../../src/providers/gstable/index.js'
import { type GStableSandboxOptions, gstableSandbox, signWebhook } from '../../../src/providers/gstable/sandbox.js'
import { createShop } from '../../server/shop.js'
import { context, order, vectorsOf } from './vectors.js'

const keys = { apiKey: 'sk_test_pretend', webhookKey: 'wkk_OfTheSandboxAndNothingElse' }
const origin = 'http://localhost:8405'
const quick = { processing: 0, webhookAfter: 0, settlesAfter: 0, returnAfter: null }

/** A machine that has much else to do is no fault of the sandbox. */
const soon = (check: () => unknown) => vi.waitFor(check, { timeout: 4_000 })

const opened: (() => void)[] = []
afterEach(() => {
  for (const close of opened.splice(0)) close()
})

function open(options: Partial<GStableSandboxOptions> = {}) {
  const sandbox = gstableSandbox({ ...keys, repeatEvery: 20, outcome: quick, ...options })
  opened.push(() => sandbox.close())
  const ask = (path: string, init?: RequestInit) => sandbox.fetch(new Request(new URL(path, origin), init))
  const call = async (path: string, body?: object, headers: Record<string, string> = {}) => {
    const authorization = `Bearer ${keys.apiKey}`
    const json = { 'content-type': 'application/json' }
    const answer = await ask(`/payment/v1${path}`, {
      headers: { authorization, ...(body && json), ...headers },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    })
    return { status: answer.status, ...(await answer.json().catch(() => ({}))) }
  }
  return {
    ask,
    call,
    create: async (changes: object = {}) => (await call('/session/checkout/create', { ...request, ...changes })).data,
    get: async (path: string) => (await ask(path)).json(),
    post: async (path: string, body: object = {}) => (await ask(path, { method: 'POST', body: JSON.stringify(body) })).json(),
    choose: async (page: string, choice: string, token?: string) => {
      const body = new URLSearchParams({ choice, ...(token !== undefined && { token }) })
      return (await ask(page, { method: 'POST', body, headers: { accept: 'application/json' } })).json()
    },
    adapter: gstable({ ...keys, ...reached(sandbox), accountId: 'acc_1', settlementToken: 'polygon::usdc' }),
    sessions: gstableBackOffice({ apiKey: keys.apiKey, ...reached(sandbox) }),
  }
}

const reached = (sandbox: ProviderSandbox) =>
  ({
    mode: 'test',
    baseUrl: `${origin}/payment/v1`,
    fetch: (url: unknown, init?: RequestInit) => sandbox.fetch(new Request(url as URL, init)),
  }) as const

const request = {
  accountId: 'acc_1',
  settlementToken: 'polygon::usdc',
  successUrl: 'http://127.0.0.1:8080/thanks?order=1',
  lineItems: [
    { itemType: 'one_time', quantity: 1, unitPrice: 19_900_000, productData: { productName: 'Gold <b>Membership</b>' } },
  ],
  metadata: { orderId: '1' },
}

/** A shop's endpoint over real HTTP. */
async function listen(answer: (count: number) => number = () => 200) {
  const heard: { headers: Headers; body: string; method: string | undefined }[] = []
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    heard.push({
      headers: new Headers(incoming.headers as Record<string, string>),
      body: Buffer.concat(chunks).toString(),
      method: incoming.method,
    })
    response.writeHead(answer(heard.length)).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  opened.push(() => {
    server.close()
    server.closeAllConnections()
  })
  const types = () => heard.map(({ body }) => JSON.parse(body).eventType)
  return { webhookUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/notify/gstable`, heard, types }
}

describe('signatures', () => {
  test.each(vectorsOf('webhook').slice(0, 4))('$id is signed alike', ({ input, base, expectedSignature }) => {
    const [webhookKey = ''] = input.keys
    const now = () => new Date(Number(base.slice(0, 10)) * 1000)
    for (const signatureEncoding of ['hex', 'base64'] as const) {
      const headers = signWebhook(input.rawBody, { webhookKey, signatureEncoding, now })
      expect(headers['x-gstable-signature']).toBe(expectedSignature[signatureEncoding])
    }
  })
})

describe('the merchant API', () => {
  test('creates a session with the fields of the official client, marked as pretended', async () => {
    const session = await open({ now: () => new Date('2026-01-04T02:52:38Z') }).create({ feeModel: 2, payerEmailRequired: 1 })
    expect(session).toMatchObject({
      sandbox: true,
      sessionId: expect.stringMatching(/^sess_/),
      status: 'initialized',
      amount: 19_900_000,
      feeModel: 2,
      payerEmailRequired: 1,
      signedOnce: 0,
      createAt: '2026-01-04 02:52:38',
      expirationTime: Date.parse('2026-01-04T03:22:38Z') / 1000,
      metadata: { orderId: '1' },
    })
    expect(session.paymentUrl).toBe(`${origin}/session/${session.sessionId}/${session.clientCode}`)
  })

  test.each<[string, object, number]>([
    ['no account', { accountId: undefined }, 400101],
    ['another account', { accountId: 'acc_2' }, 400101],
    ['a token in capitals', { settlementToken: 'Polygon::USDC' }, 400101],
    ['a token that nobody has', { settlementToken: 'polygon::usdx' }, 400203],
    ['no lines', { lineItems: [] }, 400101],
    ['a float', { lineItems: [{ ...request.lineItems[0], unitPrice: 19.9 }] }, 400101],
    ['nothing', { lineItems: [{ ...request.lineItems[0], unitPrice: 0 }] }, 400101],
    ['a text for an amount', { lineItems: [{ ...request.lineItems[0], unitPrice: '19900000' }] }, 400101],
    ['half a thing', { lineItems: [{ ...request.lineItems[0], quantity: 0.5 }] }, 400101],
    ['a product without id', { lineItems: [{ itemType: 'product', quantity: 1, unitPrice: 1 }] }, 400101],
    ['a boolean for 1', { payerEmailRequired: true }, 400101],
    ['a fee model of 3', { feeModel: 3 }, 400101],
    ['a page that closes too soon', { expirationTime: Math.floor(Date.now() / 1000) + 1700 }, 400101],
    ['a path for an address', { successUrl: '/thanks' }, 400101],
    ['a field that it does not know', { currency: 'USD' }, 400101],
  ])('refuses %s by code, with status 200', async (_, changes, code) => {
    const answer = await open({ accountId: 'acc_1' }).call('/session/checkout/create', { ...request, ...changes })
    expect(answer).toMatchObject({ status: 200, code, data: null })
  })

  test('takes metadata within the limits that the adapter keeps to', async () => {
    const { create, call } = open()
    expect(await create({ metadata: { ['k'.repeat(40)]: 'v'.repeat(500) } })).toMatchObject({ status: 'initialized' })
    for (const metadata of [
      Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`k${at}`, ''])),
      { ['k'.repeat(41)]: '' },
      { k: 'v'.repeat(501) },
      { k: 1 },
      Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`k${at}`, 'v'.repeat(500)])),
      ['a'],
    ])
      expect(await call('/session/checkout/create', { ...request, metadata })).toMatchObject({ status: 200, code: 400101 })
  })

  test('settles in the tokens of the account alone', async () => {
    const { create, call } = open({ settlementCurrencies: ['polygon::usdc'] })
    expect(await create()).toMatchObject({ settlementToken: 'polygon::usdc' })
    const other = { ...request, settlementToken: 'base::usdc' }
    expect(await call('/session/checkout/create', other)).toMatchObject({ status: 200, code: 400203 })
  })

  test.each<[string, string[], number]>([
    ['one of the catalogue', ['prod_gold'], 0],
    ['two of the catalogue', ['prod_gold', 'prod_silver'], 0],
    ['one that is not there', ['prod_goId'], 100301],
    ['one that is not there, named twice', ['prod_goId', 'prod_goId'], 100301],
    ['a name that every object has', ['constructor'], 100301],
    ['some that are not there', ['prod_gold', 'prod_goId'], 100302],
    ['some that cannot be sold', ['prod_gold', 'prod_old'], 100303],
    ['one that is not active', ['prod_draft'], 100304],
    ['one that was used', ['prod_once'], 100305],
    ['one that was removed', ['prod_old'], 100306],
  ])('sells products: %s', async (_, ids, code) => {
    const { call } = open({
      products: {
        ...{ prod_gold: { name: 'Gold' }, prod_silver: { name: 'Silver' }, prod_draft: { name: 'Draft', state: 'inactive' } },
        ...{ prod_once: { name: 'Once', state: 'used' }, prod_old: { name: 'Old', state: 'removed' } },
      },
    })
    const lineItems = ids.map((productId) => ({ itemType: 'product', productId, quantity: 1, unitPrice: 9_950_000 }))
    expect(await call('/session/checkout/create', { ...request, lineItems })).toMatchObject({ status: 200, code })
  })

  test('answers what it does not know as a gateway would: with a page', async () => {
    const { ask } = open()
    const authorization = `Bearer ${keys.apiKey}`
    for (const [path, method] of [
      ['/payment/v1/session/checkout/create', 'GET'],
      ['/payment/v1/session/sess_1', 'DELETE'],
      ['/payment/v1/session/checkout/refund', 'POST'],
      ['/api/v1/session/list/all/1/20', 'GET'], // the official client's base: this one plays the documents'
    ] as const) {
      const headers = { authorization, 'content-type': 'application/json' }
      expect((await ask(path, { method, headers })).status, path).toBe(404)
    }
  })

  test('wants the key, exactly', async () => {
    for (const authorization of ['', keys.apiKey, `bearer ${keys.apiKey}`, `Bearer  ${keys.apiKey}`, `Bearer ${keys.apiKey}x`])
      expect(await open().call('/session/checkout/create', request, { authorization })).toMatchObject({ status: 401 })
  })

  test('retrieves, lists and cancels', async () => {
    const sandbox = open()
    const [first, second] = [await sandbox.create(), await sandbox.create()]
    expect((await sandbox.call(`/session/${first.sessionId}`)).data).toMatchObject({
      session: { status: 'initialized' },
      transaction: null,
    })
    expect((await sandbox.call('/session/sess_none')).code).toBe(100201)
    expect((await sandbox.call('/session/checkout/cancel', { sessionId: first.sessionId })).data).toEqual({ success: true })
    expect((await sandbox.call('/session/checkout/cancel', { sessionId: first.sessionId })).code).toBe(100205)
    expect((await sandbox.call('/session/list/all/1/1')).data).toMatchObject({
      total: '2',
      sessions: [{ session: { sessionId: second.sessionId } }],
    })
    expect((await sandbox.call('/session/list/cancelled/1/20')).data.sessions).toHaveLength(1)
    expect((await sandbox.call('/session/list/expired/1/20')).code).toBe(400101)
    for (const page of ['0/20', '1/0', '1/101']) expect((await sandbox.call(`/session/list/all/${page}`)).code).toBe(400101)
    for (const body of [{}, { sessionId: 1 }, { sessionId: second.sessionId, reason: 'x' }])
      expect((await sandbox.call('/session/checkout/cancel', body)).code).toBe(400101)
  })

  test('a session lapses, and cannot be cancelled or paid then', async () => {
    let time = Date.parse('2026-01-04T02:52:38Z')
    const sandbox = open({ now: () => new Date(time) })
    const { sessionId, paymentUrl } = await sandbox.create()
    time += 1_801_000
    expect((await sandbox.call(`/session/${sessionId}`)).data.session.status).toBe('expired')
    expect((await sandbox.call('/session/checkout/cancel', { sessionId })).code).toBe(100203)
    expect(await sandbox.choose(paymentUrl, 'pay')).toMatchObject({ state: 'over' })
    expect((await sandbox.get(`/sandbox/payments/${sessionId}`)).moves).toEqual([])
  })
})

describe('the hosted page', () => {
  test('shows what is bought and the tokens, escapes what it echoes, and runs no script but its own', async () => {
    const sandbox = open()
    const { paymentUrl } = await sandbox.create()
    const answer = await sandbox.ask(paymentUrl)
    const text = await answer.text()
    expect(text).toContain('Gold &#60;b&#62;Membership')
    expect(text).toContain('$19.90')
    expect(text.match(/type="radio"/g)).toHaveLength(7)
    expect(text).not.toMatch(/<b>| on[a-z]+=| style=|<style/)
    const policy = answer.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'; script-src 'self'")
    expect(policy).toContain("form-action 'self' http://127.0.0.1:8080")
  })

  test('is not shown to who does not know its key', async () => {
    const sandbox = open()
    const { sessionId } = await sandbox.create()
    for (const path of [`/session/${sessionId}`, `/session/${sessionId}/guessed`, '/session/sess_x/'])
      expect((await sandbox.ask(path)).status).toBe(404)
  })

  test('leads through paid to settled, and leads back only who has paid', async () => {
    const sandbox = open({ outcome: { ...quick, settlesAfter: 30 } })
    const { paymentUrl } = await sandbox.create()
    expect(await sandbox.choose(paymentUrl, 'pay', 'base::usdc')).toEqual({
      state: 'paid',
      sourceTx: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      next: request.successUrl,
      returnAfter: null,
    })
    const standing = async () => (await sandbox.ask(paymentUrl, { headers: { accept: 'application/json' } })).json()
    expect(await standing()).toMatchObject({ state: 'paid' })
    await soon(async () => expect(await standing()).toMatchObject({ state: 'settled', next: request.successUrl }))
    for (const choice of ['reject', 'revert', 'close']) {
      const { paymentUrl: other } = await sandbox.create()
      expect(await sandbox.choose(other, choice)).not.toHaveProperty('next')
    }
  })

  test('cannot be paid twice, in two windows at once either', async () => {
    const shop = await listen()
    const sandbox = open({ webhookUrl: shop.webhookUrl, outcome: { ...quick, processing: 20, settlesAfter: null } })
    const { paymentUrl } = await sandbox.create()
    await Promise.all([sandbox.choose(paymentUrl, 'pay'), sandbox.choose(paymentUrl, 'pay')])
    await sandbox.choose(paymentUrl, 'pay')
    await soon(() => expect(shop.types()).toContain('session.paid'))
    expect(shop.types().filter((type) => type === 'session.paid')).toHaveLength(1)
  })

  test('a failed transaction is told to nobody; after it the shop can no longer cancel', async () => {
    const shop = await listen()
    const sandbox = open({ webhookUrl: shop.webhookUrl })
    const { paymentUrl, sessionId } = await sandbox.create()
    expect(await sandbox.choose(paymentUrl, 'revert')).toMatchObject({ state: 'reverted' })
    expect((await sandbox.call(`/session/${sessionId}`)).data.session).toMatchObject({ status: 'initialized', signedOnce: 1 })
    expect((await sandbox.call('/session/checkout/cancel', { sessionId })).data).toEqual({ success: false })
    expect(await sandbox.choose(paymentUrl, 'pay')).toMatchObject({ state: 'paid' })
  })

  test('works without script: the ending is a page with the way back', async () => {
    const sandbox = open()
    const { paymentUrl } = await sandbox.create()
    const answer = await sandbox.ask(paymentUrl, { method: 'POST', body: new URLSearchParams({ choice: 'pay' }) })
    expect(await answer.text()).toMatch(/href="http:\/\/127\.0\.0\.1:8080\/thanks\?order=1"/)
  })

  test('its script is one that runs, and every token has a drawn logo', async () => {
    const sandbox = open()
    const script = await (await sandbox.ask('/sandbox/page.js')).text()
    const document = { body: { dataset: {} }, querySelectorAll: () => [], querySelector: () => null, addEventListener() {} }
    expect(() => runInNewContext(script, { document, window: {} })).not.toThrow()
    for (const symbol of ['usdc', 'usdt'])
      expect((await sandbox.ask(`/sandbox/tokens/${symbol}.svg`)).headers.get('content-type')).toBe('image/svg+xml')
    expect((await sandbox.ask('/sandbox/page.css')).headers.get('content-type')).toContain('text/css')
  })
})

describe('webhooks', () => {
  test('are signed POSTs in the documented envelope', async () => {
    const shop = await listen()
    const sandbox = open({ webhookUrl: shop.webhookUrl })
    const { paymentUrl } = await sandbox.create()
    await sandbox.choose(paymentUrl, 'pay', 'base::usdc')
    await soon(() => expect(shop.types().sort()).toEqual(['session.completed', 'session.created', 'session.paid']))
    for (const { headers, body, method } of shop.heard) {
      const time = headers.get('x-gstable-timestamp') ?? ''
      const expected = createHmac('sha256', keys.webhookKey).update(`${time}:${body}`).digest('hex')
      expect([method, time.length, headers.get('x-gstable-signature')]).toEqual(['POST', 10, expected])
      expect(JSON.parse(body)).toMatchObject({
        eventId: expect.stringMatching(/^evt_/),
        businessType: 'session',
        occurrence: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
        payload: { sessionData: { sandbox: true, amount: 19_900_000 } },
      })
    }
    const paid = shop.heard.map(({ body }) => JSON.parse(body)).find(({ eventType }) => eventType === 'session.paid')
    expect(paid.payload.transaction).toMatchObject({ paymentValue: 19_900_000, feeValue: 119_400, netValue: 19_780_600 })
    expect(paid.payload.transaction).not.toHaveProperty('token')
  })

  test('are repeated until the answer is 2xx, the same body under a new time', async () => {
    const shop = await listen((count) => [500, 302, 404, 204][count - 1] ?? 200)
    let asked = 0
    const sandbox = open({ webhookUrl: shop.webhookUrl, repeatEvery: 5, now: () => new Date(Date.now() + ++asked * 1000) })
    const { sessionId } = await sandbox.create()
    const created = async () => (await sandbox.get(`/sandbox/payments/${sessionId}`)).webhooks[0]
    await soon(async () => expect(await created()).toMatchObject({ taken: true, sends: 4 }))
    await new Promise((done) => setTimeout(done, 30))
    expect(shop.heard).toHaveLength(4)
    expect(new Set(shop.heard.map(({ body }) => body)).size).toBe(1)
    expect(new Set(shop.heard.map(({ headers }) => headers.get('x-gstable-signature'))).size).toBe(4)
  })

  test('get lost, are repeated by hand, and come in copies', async () => {
    const shop = await listen()
    const sandbox = open({ webhookUrl: shop.webhookUrl, outcome: { ...quick, webhooksLost: 'all' } })
    const { sessionId } = await sandbox.create()
    await new Promise((done) => setTimeout(done, 30))
    expect(shop.heard).toEqual([])
    expect(await sandbox.post('/sandbox/repeat', { ref: sessionId })).toEqual({ sent: 1 })
    expect(await sandbox.post('/sandbox/repeat')).toEqual({ sent: 0 })
    expect(await sandbox.post('/sandbox/repeat', { takenToo: true })).toEqual({ sent: 1 })
    expect(shop.heard).toHaveLength(2)
    await sandbox.post('/sandbox/outcome', { ...quick, copies: 5 })
    await sandbox.create()
    await soon(() => expect(shop.heard).toHaveLength(7))
  })

  test('are those of documented names, unless all are asked for', async () => {
    for (const tellsAll of [false, true]) {
      const shop = await listen()
      const sandbox = open({ webhookUrl: shop.webhookUrl, tellsAll })
      const { sessionId } = await sandbox.create()
      await sandbox.post(`/sandbox/payments/${sessionId}/expire`)
      await soon(() => expect(shop.types()).toContain('session.created'))
      await new Promise((done) => setTimeout(done, 20))
      expect(shop.types().includes('session.expired')).toBe(tellsAll)
    }
  })

  test('end when the sandbox is closed', async () => {
    const sandbox = gstableSandbox({ ...keys, webhookUrl: 'http://127.0.0.1:9/', repeatEvery: 5, outcome: quick })
    const ask = (path: string, init?: RequestInit) => sandbox.fetch(new Request(new URL(path, origin), init))
    const headers = { authorization: `Bearer ${keys.apiKey}`, 'content-type': 'application/json' }
    await ask('/payment/v1/session/checkout/create', { method: 'POST', headers, body: JSON.stringify(request) })
    const sends = async () => (await (await ask('/sandbox/payments')).json())[0].webhooks[0].sends
    await soon(async () => expect(await sends()).toBeGreaterThan(1))
    sandbox.close()
    const then = await sends()
    await new Promise((done) => setTimeout(done, 30))
    expect(await sends()).toBeLessThanOrEqual(then + 1)
  })
})

describe('the control API', () => {
  test('moves a session as its state allows', async () => {
    const sandbox = open({ outcome: { ...quick, settlesAfter: null } })
    const { sessionId } = await sandbox.create()
    const move = (name: string) => sandbox.post(`/sandbox/payments/${sessionId}/${name}`)
    expect((await sandbox.get('/sandbox/payments'))[0].moves).toEqual(['pay', 'expire', 'cancel'])
    expect(await move('settle')).toEqual({ error: expect.stringContaining('initialized') })
    expect(await move('pay')).toMatchObject({ state: 'settlement_pending', moves: ['settle'], paidToken: 'polygon::usdc' })
    expect(await move('settle')).toMatchObject({ state: 'completed', moves: [] })
  })

  test('refuses pages of other origins, and words that it does not know', async () => {
    const sandbox = open()
    const status = async (path: string, body: string, headers: Record<string, string> = {}) =>
      (await sandbox.ask(path, { method: 'POST', body, headers })).status
    expect(await status('/sandbox/outcome', '{}', { origin: 'http://evil.example' })).toBe(403)
    expect(await status('/sandbox/outcome', '{}', { origin })).toBe(200)
    expect(await status('/sandbox/outcome', '{"speed":1}')).toBe(400)
    expect(await status('/sandbox/payments/sess_1/pay', '{}')).toBe(404)
    expect((await sandbox.ask('/sandbox/payments')).headers.get('access-control-allow-origin')).toBe('*')
  })
})

describe('with the adapter', () => {
  test('opens, is looked up, listed and withdrawn', async () => {
    const { adapter, sessions, choose } = open({ outcome: { ...quick, settlesAfter: null } })
    expect(await adapter.methods(order, {})).toMatchObject([{ label: 'Stablecoins (USDC, USDT)' }])
    const opening = async () => {
      const { url, reference = '', kept = {} } = await adapter.open(order, context)
      const rest = { order, method: context.method, mode: 'test', openedAt: new Date() } as const
      return { url, checkout: { id: context.checkoutId, reference, kept, ...rest } }
    }
    const { url, checkout } = await opening()
    const becomes = async () => (await adapter.lookUp?.(checkout))?.[0]
    expect(await becomes()).toMatchObject({ becomes: 'pending', test: true })
    await choose(url.href, 'pay', 'ethereum::usdt')
    expect(await becomes()).toMatchObject({ becomes: 'paid', money: order.price, details: { paidToken: 'ethereum::usdt' } })
    await expect(adapter.withdraw?.(checkout)).rejects.toMatchObject({ code: 'provider_refused' }) // too late: it is paid
    expect(await sessions.list('settlement/pending')).toMatchObject({
      total: 1,
      sessions: [{ checkoutId: context.checkoutId }],
    })
    const second = await opening()
    await adapter.withdraw?.(second.checkout)
    expect((await sessions.retrieve(second.checkout.reference)).status).toBe('cancelled')
  })

  // The whole way over real HTTP: the server opens, the page is paid, webhooks find the server, the hook is called once.
  test.each([
    ['hex', 's', {}, 'paid', ['fulfil']],
    ['base64', 'ms', {}, 'completed', ['fulfil']],
    ['hex', 's', { copies: 8 }, 'paid', ['fulfil']],
    ['hex', 's', { paysLess: true }, 'paid', []],
  ] as const)('is sold: %s, %s, %j, fulfilled on %s', async (signatureEncoding, timestampUnit, outcome, fulfilOn, done) => {
    const server = createServer()
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    opened.push(() => {
      server.close()
      server.closeAllConnections()
    })
    const webhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/checkout/notify/gstable`
    const sandbox = gstableSandbox({
      ...{ ...keys, webhookUrl, signatureEncoding, timestampUnit, repeatEvery: 20 },
      outcome: { ...quick, ...outcome },
    })
    opened.push(() => sandbox.close())
    const adapter = gstable({
      ...{ ...keys, mode: 'test', baseUrl: `${origin}/payment/v1`, accountId: 'acc_1', settlementToken: 'polygon::usdc' },
      ...{ signatureEncoding, timestampUnit, fulfilOn },
      fetch: (url, init) => sandbox.fetch(new Request(url as URL, init)),
    })
    const shop = createShop({ providers: [adapter] })
    server.on('request', async (incoming, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk)
      const notification = new Request('https://shop.example/checkout/notify/gstable', {
        method: 'POST',
        headers: incoming.headers as Record<string, string>,
        body: Buffer.concat(chunks) as unknown as BodyInit,
      })
      response.writeHead((await shop.checkout.fetch(notification)).status).end()
    })
    const asked = await (await shop.ask('order-1', undefined, { method: 'gstable:stablecoins', surface: 'redirect' })).json()
    const choice = { method: 'POST', body: new URLSearchParams({ choice: 'pay' }), headers: { accept: 'application/json' } }
    await sandbox.fetch(new Request(asked.url, choice))
    await soon(async () => {
      const [session] = await (await sandbox.fetch(new Request(`${origin}/sandbox/payments`))).json()
      expect(session.webhooks.filter(({ taken }: { taken: boolean }) => taken)).toHaveLength(3)
    })
    await shop.settled()
    expect(shop.done.map((line) => line.split(' ')[0])).toEqual(done)
    expect(shop.notices.some(({ kind }) => kind === 'contradiction')).toBe(done.length === 0)
  })
})
