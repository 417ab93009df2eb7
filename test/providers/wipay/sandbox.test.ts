import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { signWebhook, type WipaySandboxOptions, wipaySandbox } from '../../../src/providers/wipay/sandbox.js'
import { hashed, vectorsOf } from './vectors.js'

const origin = 'http://localhost:8405'
const quick = { processing: 0, webhookAfter: 0 }
const webhookSecret = 'whs_demo_endpoint_secret_01'
const wapiKey = `wapi_test_aB3dE5gH7jK9mN1pQ2_${'0123456789abcdef'.repeat(4)}`
const right = {
  ...(vectorsOf('request')[0]?.input.params as Record<string, string>),
  response_url: 'http://127.0.0.1:8080/return/c1',
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

function start(options: WipaySandboxOptions = {}) {
  const sandbox = wipaySandbox({ repeatEvery: 20, outcome: quick, webhookSecret, wapiKey, ...options })
  closing.push(() => sandbox.close())
  const ask = (path: string, init?: RequestInit) => sandbox.fetch(new Request(new URL(path, origin), init))
  const request = (
    change: Record<string, string | undefined> = {},
    headers: Record<string, string> = { accept: 'application/json' },
  ) => {
    const fields = Object.entries({ ...right, ...change }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    )
    return ask('/plugins/payments/request', { method: 'POST', headers, body: new URLSearchParams(fields) })
  }
  const choose = async (page: string, choice: string) => {
    const body = new URLSearchParams({ choice })
    return (await ask(page, { method: 'POST', body, headers: { accept: 'application/json' } })).json()
  }
  return {
    ...{ ask, request, choose },
    open: async (change: Record<string, string> = {}) =>
      (await (await request(change)).json()) as { url: string; transaction_id: string },
    get: async (path: string) => (await ask(path)).json(),
    post: async (path: string, body: object = {}) => (await ask(path, { method: 'POST', body: JSON.stringify(body) })).json(),
    wapi: async (
      method: string,
      path: string,
      form?: Record<string, string>,
      headers: Record<string, string> = { 'x-wapi-key': wapiKey },
    ) => {
      const answer = await ask(path, { method, headers, ...(form && { body: new URLSearchParams(form) }) })
      return { status: answer.status, body: await answer.json() }
    },
    /** What the way back says. */
    pay: async (change: Record<string, string> = {}, choice = 'pay') => {
      const page = (await (await request(change)).json()) as { url: string; transaction_id: string }
      const { next } = await choose(page.url, choice)
      return { ref: page.transaction_id, back: Object.fromEntries(new URL(next).searchParams) }
    },
  }
}

/** A shop's webhook endpoint over real HTTP. */
async function listen(answer: (count: number) => number = () => 200) {
  const heard: { headers: Record<string, string | undefined>; body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    heard.push({ headers: request.headers as Record<string, string>, body })
    response.writeHead(answer(heard.length)).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  const events = () => heard.map(({ headers }) => headers['x-wipay-webhook-event'])
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/notify`, heard, events }
}

describe('a payment request', () => {
  test('by a server is answered with JSON, by a browser with a redirect', async () => {
    const { request, ask } = start()
    const answer = await request()
    expect(answer.status).toBe(200)
    const { url, message, transaction_id: id } = await answer.json()
    expect([message, id]).toEqual(['OK', expect.stringMatching(/^SB-\d{1,2}-1-oid_123-aBc-\d{14}$/)])
    expect(url).toMatch(/^http:\/\/localhost:8405\/checkout\/payment\?_data=/)
    const browser = await request({}, { accept: 'text/html,*/*' })
    expect([browser.status, browser.headers.get('location')]).toEqual([
      302,
      expect.stringContaining('/checkout/payment?_data='),
    ])
    expect((await ask(browser.headers.get('location') ?? '')).status).toBe(200)
  })

  test.each<[Record<string, string | undefined>, string]>([
    [{ total: '10' }, 'The total format is invalid.'],
    [{ total: undefined }, 'The total field is required.'],
    [{ total: '4.99', currency: 'TTD' }, 'between 5.00 and 20400.00'],
    [{ account_number: '4520000911' }, 'does not belong to this environment'],
    [{ environment: 'live' }, 'does not belong to this environment'],
    [{ environment: 'live', account_number: '4520000911' }, 'not known on this platform'],
    [{ country_code: 'JM' }, 'not that of this platform'],
    [{ order_id: 'oid_123-' }, 'The order_id format is invalid.'],
    [{ lname: 'Doe' }, 'The lname needs another field'],
    [{ response_url: undefined }, 'The response_url field is required.'],
  ])('%j is refused', async (change, fault) => {
    const { request } = start()
    const answer = await request(change)
    expect(answer.status).toBe(400)
    const { message, url, transaction_id: id } = await answer.json()
    expect([message, id]).toEqual([expect.stringContaining(fault), undefined])
    // As WiPay does: the address of a refusal is the shop's own, with the error in it.
    if (change.response_url === undefined && 'response_url' in change) return expect(url).toBeNull()
    expect(new URL(url).searchParams.get('status')).toBe('error')
    const browser = await request(change, {})
    expect(browser.headers.get('location')).toBe(url)
  })
})

describe('the hosted page', () => {
  test('shows what is paid, runs no script but its own, and can be framed', async () => {
    const { open, ask } = start()
    const { url } = await open({ name: 'Jo <b>Bain</b>', email: 'jo+b@mail.example' })
    const answer = await ask(url)
    const text = await answer.text()
    expect(text).toContain('jo+b@mail.example')
    expect(text).not.toMatch(/<b>| on[a-z]+=| style=|<style/)
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
    expect(answer.headers.get('content-security-policy')).toContain("form-action 'self' http://127.0.0.1:8080")
    expect(answer.headers.has('x-frame-options')).toBe(false)
    expect((await ask('/checkout/payment?_data=x')).status).toBe(404)
    for (const file of ['/sandbox/page.css', '/sandbox/page.js']) expect((await ask(file)).status).toBe(200)
  })

  test('leads back with the documented parameters, and a hash over what was asked', async () => {
    const { ref, back } = await start().pay({ fee_structure: 'customer_pay', currency: 'TTD' })
    expect(back).toEqual({
      ...{ status: 'success', transaction_id: ref, order_id: 'oid_123-aBc', total: '12.05', currency: 'TTD' },
      ...{ hash: hashed(ref, '10.00', '123'), message: '[1-R1]: Transaction is approved.', card: '(VISA) ... 1111' },
      ...{ date: expect.any(String), customer_email: 'john.doe@example.com' },
    })
  })

  test('a failure carries no hash, unless a shop is to be tested against one', async () => {
    const sandbox = start()
    const { back } = await sandbox.pay({}, 'fail')
    expect(back).toMatchObject({ status: 'failed', message: '[2-05]: Transaction is declined.' })
    expect(back).not.toHaveProperty('hash')
    await sandbox.post('/sandbox/outcome', { ...quick, hashOnFailure: true })
    expect((await sandbox.pay({}, 'fail')).back).toHaveProperty('hash')
  })

  test('a card from abroad is charged in US dollars, as in the sample of the documents', async () => {
    const { ref, back } = await start().pay({ total: '155.00', fee_structure: 'customer_pay' }, 'abroad')
    expect(back).toMatchObject({ total: '23.84', currency: 'USD', hash: hashed(ref, '155.00', '123') })
  })

  test('closes after three minutes, with address verification after five', async () => {
    let now = Date.parse('2026-03-01T12:00:00Z')
    const sandbox = start({ now: () => new Date(now) })
    const [usual, avs] = [await sandbox.open(), await sandbox.open({ avs: '1' })]
    now += 181_000
    expect(await sandbox.choose(usual.url, 'pay')).toMatchObject({
      state: 'timeout',
      next: expect.stringContaining('status=timeout'),
    })
    expect(await sandbox.choose(avs.url, 'pay')).toMatchObject({ state: 'paid' })
  })

  test('takes one choice; again leads the same way back', async () => {
    const sandbox = start()
    const { url } = await sandbox.open()
    const first = await sandbox.choose(url, 'pay')
    expect(await sandbox.choose(url, 'fail')).toEqual(first)
    expect((await sandbox.ask(url, { method: 'POST', body: new URLSearchParams({ choice: 'steal' }) })).status).toBe(200)
    const { url: other } = await sandbox.open()
    expect((await sandbox.ask(other, { method: 'POST', body: new URLSearchParams({ choice: 'steal' }) })).status).toBe(400)
  })

  test('works without script: the ending is a page with the way back', async () => {
    const sandbox = start()
    const { url } = await sandbox.open()
    const answer = await sandbox.ask(url, { method: 'POST', body: new URLSearchParams({ choice: 'pay' }) })
    expect(await answer.text()).toMatch(/href="http:\/\/127\.0\.0\.1:8080\/return\/c1\?status=success/)
  })

  test('`never` leaves it unfinished, a lost way back is none', async () => {
    const sandbox = start({ outcome: { ...quick, answer: 'never' } })
    const { url, transaction_id: ref } = await sandbox.open()
    expect(await sandbox.choose(url, 'pay')).toMatchObject({ state: 'processing' })
    expect((await sandbox.get(`/sandbox/payments/${ref}`)).state).toBe('open')
    await sandbox.post('/sandbox/outcome', { ...quick, returnLost: true })
    expect(await sandbox.choose(url, 'pay')).not.toHaveProperty('next')
  })
})

describe('webhooks', () => {
  test.each(['timestamp.body', 'body'] as const)('are signed as the vectors are: %s', (scheme) => {
    for (const { input } of vectorsOf('webhook')) {
      const now = new Date(Number(input.headers['X-WiPay-Webhook-Timestamp']) * 1000)
      const vector = vectorsOf('webhook').find(({ input: each }) => each === input) as unknown as {
        expectedSignature: Record<string, string>
      }
      const headers = signWebhook(input.rawBody, { secret: input.secrets[0] as string, now, scheme })
      expect(headers).toEqual({ ...input.headers, 'X-WiPay-Webhook-Signature': vector.expectedSignature[scheme] })
    }
  })

  test('tell of the request and of its end, and are repeated until 2xx with the same id', async () => {
    const shop = await listen((count) => (count < 3 ? 500 : 204))
    const sandbox = start({ webhookUrl: shop.url, repeatEvery: 5 })
    const { ref } = await sandbox.pay()
    await vi.waitFor(async () =>
      expect((await sandbox.get(`/sandbox/payments/${ref}`)).webhooks).toMatchObject([{ taken: true }, { taken: true }]),
    )
    expect(new Set(shop.events())).toEqual(new Set(['payment.created', 'payment.success']))
    expect(new Set(shop.heard.map(({ headers }) => headers['x-wipay-webhook-id'])).size).toBe(2)
    const last = JSON.parse(
      shop.heard.find(({ headers }) => headers['x-wipay-webhook-event'] === 'payment.success')?.body ?? '',
    )
    expect(last).toMatchObject({
      ...{ api_family: 'payments_api', event: 'payment.success', meta: {} },
      data: { transaction_id: ref, order_id: 'oid_123-aBc', status: 'success', status_desc: 'Normal', total: '12.05' },
    })
  })

  test('lost ones arrive later or by hand; copies together; first the webhook, then the page', async () => {
    const shop = await listen()
    const sandbox = start({ webhookUrl: shop.url, repeatEvery: 60_000, outcome: { ...quick, webhooksLost: 'all' } })
    const { ref } = await sandbox.pay()
    expect(shop.heard).toEqual([])
    await vi.waitFor(async () => expect((await sandbox.get(`/sandbox/payments/${ref}`)).webhooks[1].sends).toBe(1))
    expect(await sandbox.post('/sandbox/repeat', { ref })).toEqual({ sent: 2 })
    expect(await sandbox.post('/sandbox/repeat')).toEqual({ sent: 0 })
    expect(await sandbox.post('/sandbox/repeat', { takenToo: true })).toEqual({ sent: 2 })
    await sandbox.post('/sandbox/outcome', { ...quick, copies: 5, webhookFirst: true })
    await sandbox.pay()
    expect(shop.events().filter((event) => event === 'payment.success').length).toBe(7)
  })

  test('tell what happens later, and of a time-out nobody', async () => {
    const shop = await listen()
    const sandbox = start({ webhookUrl: shop.url })
    const { ref } = await sandbox.pay({}, 'time-out')
    const move = (name: string) => sandbox.post(`/sandbox/payments/${encodeURIComponent(ref)}/${name}`)
    for (const name of ['recover', 'ask-refund', 'reject-refund', 'dispute', 'release', 'refund']) {
      const before = shop.heard.length
      expect(await move(name)).toMatchObject({ ref })
      await vi.waitFor(() => expect(shop.heard.length).toBeGreaterThan(before))
    }
    await vi.waitFor(() => expect(shop.events()).toHaveLength(7))
    expect(shop.events().slice(-6)).toEqual([
      ...['payment.success', 'payment.refund_requested', 'payment.refund_rejected', 'payment.chargeback_pending'],
      ...['payment.chargeback_released', 'payment.refunded'],
    ])
    expect(await move('fraud')).toEqual({ error: expect.stringContaining('refunded') })
  })
})

describe('the back office', () => {
  test('knows who asks, by exactly one of two ways', async () => {
    const signIn = { email: 'office@shop.example', password: 'correct horse' }
    const sandbox = start({ signIn })
    const ask = async (headers: Record<string, string>) =>
      (await sandbox.wapi('GET', '/wapi/transactions', undefined, headers)).status
    expect(await ask({})).toBe(401)
    expect(await ask({ 'x-wapi-key': 'x' })).toBe(401)
    expect(await ask({ 'x-wapi-key': wapiKey })).toBe(200)
    const granted = await sandbox.wapi('POST', '/wapi/auth/tokens', { ...signIn, scopes: 'wapi-transactions-all' }, {})
    const bearer = { authorization: `Bearer ${granted.body.access_token}` }
    expect(await ask(bearer)).toBe(200)
    expect(await ask({ ...bearer, 'x-wapi-key': wapiKey })).toBe(401)
    await sandbox.wapi('DELETE', '/wapi/auth/tokens', undefined, bearer)
    expect(await ask(bearer)).toBe(401)
    expect((await sandbox.wapi('POST', '/wapi/auth/tokens', { ...signIn, password: 'wrong', scopes: 'x' }, {})).status).toBe(
      401,
    )
  })

  test('an access token ends after twelve hours, and is refreshed once, for six hours more', async () => {
    const signIn = { email: 'office@shop.example', password: 'correct horse' }
    const clock = { at: Date.parse('2026-03-01T12:00:00Z') }
    const sandbox = start({ signIn, now: () => new Date(clock.at) })
    const ask = async (token: string) =>
      (await sandbox.wapi('GET', '/wapi/transactions', undefined, { authorization: `Bearer ${token}` })).status
    const refresh = (token: string) => sandbox.wapi('POST', '/wapi/auth/tokens/refresh', { refresh_token: token }, {})
    const { body: first } = await sandbox.wapi('POST', '/wapi/auth/tokens', { ...signIn, scopes: 'wapi-transactions-all' }, {})
    expect(first).toMatchObject({ token_type: 'Bearer', expires_in: 43_200 })
    clock.at += 43_199_000
    expect(await ask(first.access_token)).toBe(200)
    clock.at += 1_000
    expect(await ask(first.access_token)).toBe(401)
    clock.at += 6 * 60 * 60_000 - 1_000
    const { body: second } = await refresh(first.refresh_token)
    expect(await ask(second.access_token)).toBe(200)
    expect((await refresh(first.refresh_token)).status).toBe(401)
    clock.at += 18 * 60 * 60_000
    expect((await refresh(second.refresh_token)).status).toBe(401)
    const bare = await sandbox.wapi('GET', '/wapi/transactions', undefined, { authorization: second.access_token })
    expect(bare.status, 'a token without `Bearer`').toBe(401)
  })

  test('refuses a payment by the account’s own e-mail address', async () => {
    const sandbox = start({ signIn: { email: 'office@shop.example', password: 'correct horse' } })
    const answer = await sandbox.request({ email: 'Office@shop.example' })
    expect([answer.status, (await answer.json()).message]).toEqual([400, expect.stringContaining('email')])
  })

  test('transactions, unfinished and finished; refund requests', async () => {
    const sandbox = start()
    const { transaction_id: open } = await sandbox.open()
    const at = (ref: string, more = '') => `/wapi/transactions/${ref}${more}`
    expect((await sandbox.wapi('GET', at(open))).body.data).toMatchObject({
      status: 'incomplete',
      status_desc: 'Transaction Incomplete',
    })
    expect((await sandbox.wapi('GET', at('SB-1'))).status).toBe(404)
    expect((await sandbox.wapi('POST', at(open, '/refund'), {})).status).toBe(400)
    const { ref } = await sandbox.pay()
    expect((await sandbox.wapi('GET', at(ref))).body.data).toMatchObject({
      ...{ status: 'success', status_desc: 'Normal', fee_structure: 'Customer Pay', total: '12.05', total_credited: '10.00' },
    })
    expect((await sandbox.wapi('POST', at(ref, '/refund'), {})).status).toBe(201)
    expect((await sandbox.wapi('POST', at(ref, '/refund'), {})).status).toBe(400)
    const page = await sandbox.wapi('GET', '/wapi/transactions?environment=sandbox&page=1&page_size=1')
    expect(page.body.data.map((row: { transaction_id: string }) => row.transaction_id)).toEqual([ref])
    expect((await sandbox.wapi('PUT', at(ref))).status).toBe(405)
  })

  test('checks the scopes of who asks, call by call', async () => {
    const signIn = { email: 'office@shop.example', password: 'correct horse' }
    const clock = { at: Date.parse('2026-03-01T12:00:00Z') }
    const sandbox = start({ signIn, wapiScopes: ['wapi-trusted-cards-verify'], now: () => new Date(clock.at) })
    const { ref } = await sandbox.pay()
    const calls = {
      look: ['GET', `/wapi/transactions/${ref}`],
      list: ['GET', '/wapi/transactions?environment=sandbox'],
      refund: ['POST', `/wapi/transactions/${ref}/refund`],
      cards: ['GET', '/wapi/trusted-cards'],
      card: ['GET', '/wapi/trusted-cards/x'],
      store: ['POST', '/wapi/trusted-cards'],
      verify: ['POST', '/wapi/trusted-cards/x/verify'],
      charge: ['POST', '/wapi/trusted-cards/x/charge'],
      delete: ['DELETE', '/wapi/trusted-cards/x'],
    } as const
    const allowed = async (headers?: Record<string, string>) => {
      const names: string[] = []
      for (const [name, [method, path]] of Object.entries(calls))
        if ((await sandbox.wapi(method, path, method === 'POST' ? {} : undefined, headers)).status !== 403) names.push(name)
      return names.join(' ')
    }
    const withScopes = async (scopes: string) => {
      clock.at += 60_000
      const { body } = await sandbox.wapi('POST', '/wapi/auth/tokens', { ...signIn, scopes }, {})
      return allowed({ authorization: `Bearer ${body.access_token}` })
    }
    expect(await allowed()).toBe('verify')
    expect(await withScopes('wapi-transactions-all')).toBe('look list')
    expect(await withScopes('wapi-transactions-retrieve')).toBe('look list')
    expect(await withScopes('wapi-transactions-refund-request')).toBe('refund')
    expect(await withScopes('wapi-trusted-cards-all')).toBe('cards card store verify charge delete')
    expect(await withScopes('wapi-trusted-cards-retrieve')).toBe('cards card')
    expect(await withScopes('wapi-trusted-cards-create wapi-trusted-cards-delete')).toBe('store delete')
    expect(await withScopes('wapi-trusted-cards-charge-request')).toBe('charge')
  })

  test('answers so many questions a minute, and then 429', async () => {
    const clock = { at: Date.parse('2026-03-01T12:00:00Z') }
    const sandbox = start({ now: () => new Date(clock.at) })
    const { ref } = await sandbox.pay()
    const list = async () => (await sandbox.wapi('GET', '/wapi/transactions?environment=sandbox')).status
    const answers = async (count: number, ask: () => Promise<number>) =>
      (await Promise.all(Array.from({ length: count }, ask))).filter((status) => status !== 429).length
    expect(await answers(20, list)).toBe(15)
    expect(await answers(70, async () => (await sandbox.wapi('GET', `/wapi/transactions/${ref}`)).status)).toBe(60)
    expect(await answers(20, async () => (await sandbox.wapi('POST', '/wapi/trusted-cards/x/verify', {})).status)).toBe(15)
    expect(await answers(20, async () => (await sandbox.wapi('POST', '/wapi/auth/tokens', {}, {})).status)).toBe(5)
    clock.at += 59_999
    expect(await list()).toBe(429)
    clock.at += 1
    expect(await answers(20, list)).toBe(15)
  })

  test('a card is stored, proven, charged and deleted; a wrong amount deletes it', async () => {
    const clock = { at: Date.parse('2026-03-01T12:00:00Z') }
    const sandbox = start({ now: () => new Date(clock.at) })
    const store = async () => {
      const form = { environment: 'sandbox', response_url: right.response_url }
      const { body } = await sandbox.wapi('POST', '/wapi/trusted-cards', form)
      const { next } = await sandbox.choose(body.url, 'pay')
      return new URL(next).searchParams.get('uuid') as string
    }
    const uuid = await store()
    const at = (more = '', of = uuid) => `/wapi/trusted-cards/${of}${more}`
    expect((await sandbox.wapi('GET', at())).body.data).toMatchObject([{ uuid, verified: false, environment: 'sandbox' }])
    const charge = {
      ...{ total: '155.00', currency: 'TTD', fee_structure: 'merchant_absorb', order_id: 'a1', origin: 'shop' },
      response_url: right.response_url,
    }
    expect((await sandbox.wapi('POST', at('/charge'), charge)).status).toBe(403)
    expect((await sandbox.wapi('POST', at('/verify'), { amount: '0.80' })).status).toBe(200)
    expect((await sandbox.wapi('POST', at('/verify'), { amount: '0.80' })).status).toBe(403)
    const page = await sandbox.wapi('POST', at('/charge'), charge)
    expect(await sandbox.choose(page.body.url, 'pay')).toMatchObject({ state: 'paid' })
    const wrong = [
      ...[{ total: '155' }, { total: '0.00' }, { total: '4.99' }, { total: '20400.01' }, { total: '0.00', currency: 'JMD' }],
      ...[{ order_id: 'a'.repeat(49) }, { order_id: 'a-' }, { origin: 'a'.repeat(33) }, { fee_structure: 'nobody' }],
      ...[{ response_url: `${right.response_url}/${'x'.repeat(255)}` }, { response_url: '' }, { currency: 'TT' }],
    ]
    for (const total of ['5.00', '20400.00'])
      expect((await sandbox.wapi('POST', at('/charge'), { ...charge, total })).status).toBe(200)
    clock.at += 60_000
    for (const change of wrong) {
      const refused = await sandbox.wapi('POST', at('/charge'), { ...charge, ...change })
      expect([change, refused.status]).toEqual([change, 400])
    }
    const late = await store()
    const second = await store()
    for (const amount of ['', '0', '-0.80', '0,80'])
      expect((await sandbox.wapi('POST', at('/verify', second), { amount })).status).toBe(400)
    expect((await sandbox.wapi('GET', '/wapi/trusted-cards')).body.data, 'what is no amount deletes nothing').toHaveLength(3)
    expect((await sandbox.wapi('POST', at('/verify', second), { amount: '0.81' })).status).toBe(400)
    clock.at += 3 * 24 * 60 * 60_000 + 1_000
    expect((await sandbox.wapi('POST', at('/verify', late), { amount: '0.80' })).status).toBe(403)
    await sandbox.wapi('DELETE', at('', late))
    expect((await sandbox.wapi('GET', '/wapi/trusted-cards')).body.data).toHaveLength(1)
    expect((await sandbox.wapi('DELETE', at())).status).toBe(200)
    expect((await sandbox.wapi('GET', at())).body.data).toEqual([])
  })
})

describe('the control API', () => {
  test('refuses pages of other origins, and words that it does not know', async () => {
    const sandbox = start()
    const status = async (path: string, body: string, headers: Record<string, string> = {}) =>
      (await sandbox.ask(path, { method: 'POST', body, headers })).status
    expect(await status('/sandbox/outcome', '{}', { origin: 'http://evil.example' })).toBe(403)
    expect(await status('/sandbox/outcome', '{}', { origin })).toBe(200)
    expect(await status('/sandbox/outcome', '{"speed":1}')).toBe(400)
    expect(await status('/sandbox/repeat', '{"all":true}')).toBe(400)
    expect(await status('/sandbox/payments/x/refund', '{}')).toBe(404)
    expect(await status('/elsewhere', '{}')).toBe(404)
    expect((await sandbox.ask('/sandbox/payments')).headers.get('access-control-allow-origin')).toBe('*')
  })
})
