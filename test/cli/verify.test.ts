import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { verify } from '../../src/cli/verify.js'
import { signWebhook } from '../../src/providers/gstable/sandbox.js'
import { signPingback } from '../../src/providers/paymentwall/sandbox.js'
import { signWebhook as signWipayWebhook } from '../../src/providers/wipay/sandbox.js'

// Against the vector of the protocol's reference (P02), whose signature was made by Paymentwall's own library.

const secretKey = 'fedcba98765432100123456789abcdef'
const environment = { PAYMENTWALL_PROJECT_KEY: '0123456789abcdef0123456789abcdef', PAYMENTWALL_SECRET_KEY: secretKey }
const sig = 'f133748d3d4bf363585fe9b08b1b91f90d26193be55172c2828aa16b98f482ad'
const query = `uid=user40012&goodsid=product301&slength=&speriod=&type=0&ref=b1493096790&sign_version=3&sig=${sig}`
const url = `https://shop.example/checkout/notify/paymentwall?${query}`

async function run(source: string, { input = '', env = environment as Record<string, string> } = {}) {
  const [printed, complaints]: [string[], string[]] = [[], []]
  const code = await verify('paymentwall', source, {
    input: Readable.from([input]),
    environment: env,
    print: (line) => printed.push(line),
    complain: (line) => complaints.push(line),
  })
  expect(`${printed}${complaints}`).not.toContain(secretKey)
  return { code, said: printed.map((line) => JSON.parse(line)), complaints }
}

describe('checkout-button verify', () => {
  test('a right notification: its events, and what was signed', async () => {
    const { code, said } = await run(url)
    expect(code).toBe(0)
    expect(said[0]).toMatchObject({ verifies: true, events: [{ key: 'b1493096790:0:', becomes: 'paid', test: false }] })
    expect(said[0].hint).toBeUndefined()
    expect(said[0].signed).toBe('goodsid=product301ref=b1493096790sign_version=3slength=speriod=type=0uid=user40012[secret]')
  })

  test('a wrong one: the code, the likely mistake, and what was signed', async () => {
    const { code, said } = await run(url.replace('user40012', 'user40013'))
    expect(code).toBe(1)
    expect(said[0]).toMatchObject({
      verifies: false,
      code: 'signature_invalid',
      message: expect.stringContaining('secret key'),
    })
    expect(said[0].signed).toContain('uid=user40013[secret]')
  })

  test('lines from standard input, each with a configuration of its own', async () => {
    const lines = [
      { request: { url } },
      { config: { secretKey: 'another0another0another0another0' }, request: { method: 'GET', url } },
    ]
    const { code, said } = await run('-', { input: lines.map((line) => JSON.stringify(line)).join('\n') })
    expect([code, said.map(({ verifies }) => verifies)]).toEqual([1, [true, false]])
  })

  test('a line that cannot be read outweighs one that does not verify, whichever comes first', async () => {
    const wrong = JSON.stringify({ request: { url: url.replace('user40012', 'user40013') } })
    expect((await run('-', { input: `${wrong}\nno json` })).code).toBe(2)
    expect((await run('-', { input: `no json\n${wrong}` })).code).toBe(2)
  })

  test('what verifies without a checkout, or is of no form, asks for none', async () => {
    const of = { uid: 'user40012', goodsid: 'stored-gold', slength: '', speriod: '', type: 0, ref: 'b1', checkout: 'c1' }
    const lines = [
      { config: { checkoutParameter: 'checkout' }, request: { url: `/notify?${signPingback(of, { secretKey })}` } },
      { request: { url: '/notify?uid=%ff' }, checkout: { id: 'c1' } },
    ]
    const { said } = await run('-', { input: lines.map((line) => JSON.stringify(line)).join('\n') })
    expect(said).toMatchObject([{ verifies: true, events: [{ checkout: { id: 'c1' } }] }, { verifies: false }])
    expect(said.map(({ hint }) => hint)).toEqual([undefined, undefined])
  })

  test('two secrets in one variable, as JSON; what only looks like it stays a text', async () => {
    const both = JSON.stringify(['another0another0another0another0', secretKey])
    expect((await run(url, { env: { ...environment, PAYMENTWALL_SECRET_KEY: both } })).code).toBe(0)
    const odd = await run(url, { env: { ...environment, PAYMENTWALL_SECRET_KEY: '[another0another]' } })
    expect([odd.code, odd.said[0]?.code]).toEqual([1, 'signature_invalid'])
  })

  test('T-54 T-55 a wrong call or configuration is named, and no value printed', async () => {
    const { code, complaints } = await run(url, { env: { ...environment, PAYMENTWALL_PROJECT_KEY: `${secretKey}-no` } })
    expect([code, complaints[0]]).toEqual([2, expect.stringContaining('projectKey')])
    expect((await run('-', { input: 'no json' })).complaints).toEqual(['a line is not JSON'])
    expect(await verify('nobody', url, { input: Readable.from([]), environment, print: () => {}, complain: () => {} })).toBe(2)
  })
})

// The vectors of the other two, through the same command: what the line holds is all it needs.
interface Vector {
  readonly id: string
  readonly kind: string
  readonly input: Readonly<Record<string, unknown>>
}
const vectorsOf = (provider: string): Vector[] =>
  JSON.parse(readFileSync(new URL(`../providers/${provider}/vectors.json`, import.meta.url), 'utf8')).vectors

async function verifyLine(provider: string, ...lines: readonly object[]) {
  const printed: string[] = []
  const complaints: string[] = []
  const code = await verify(provider, '-', {
    ...{ input: Readable.from([lines.map((line) => JSON.stringify(line)).join('\n')]), environment: {} },
    ...{ print: (text: string) => printed.push(text), complain: (text: string) => complaints.push(text) },
  })
  return { code, complaints, said: printed[0] === undefined ? undefined : JSON.parse(printed[0]) }
}

test('a webhook of GStable: what was signed is the timestamp and the untouched body', async () => {
  const [{ input } = { input: {} }] = vectorsOf('gstable')
  const { keys, headers, rawBody } = input as { keys: string[]; headers: Record<string, string>; rawBody: string }
  const config = {
    mode: 'live',
    apiKey: 'sk_live_0123456789abcdef',
    webhookKey: keys,
    accountId: 'acc_1',
    settlementToken: 'polygon::usdc',
  }
  const { said, complaints } = await verifyLine('gstable', {
    config,
    request: { method: 'POST', url: '/notify', headers, body: rawBody },
  })
  expect(complaints).toEqual([])
  // Made in January: the signature holds, and the time does not.
  expect(said).toMatchObject({ verifies: false, code: 'notification_expired' })
  expect(said.signed).toBe(`${headers['x-gstable-timestamp']}:${rawBody}`)
})

describe('a way back of WiPay', () => {
  const [{ input } = { input: {} }] = vectorsOf('wipay')
  const { query, stored } = input as { query: string; stored: Record<string, string> }
  const config = {
    ...{ mode: 'test', accountNumber: '1234567890', country: 'TT', proof: 'redirect', apiKey: '123' },
    feeStructure: 'customer_pay',
  }
  const request = { url: `/return/${'a'.repeat(22)}?${query}` }
  const kept = { flow: 'payment', order: stored.orderId, total: stored.requestTotal, currency: 'USD', fees: 'customer_pay' }

  test('what was hashed is the stored transaction and total, whatever the address says', async () => {
    const checkout = {
      ...{ id: 'a'.repeat(22), method: 'wipay:card', mode: 'test', openedAt: '2026-01-01T00:00:00Z' },
      reference: stored.transactionId,
      order: { title: 'Gold', price: { amount: '10.00', currency: 'USD' }, buyer: { id: 'u1' } },
      kept,
    }
    const { said, complaints } = await verifyLine('wipay', { config, request, checkout })
    expect(complaints).toEqual([])
    expect(said).toMatchObject({
      verifies: true,
      events: [{ becomes: 'paid', reference: stored.transactionId, money: { amount: '10.00', currency: 'USD' } }],
    })
    expect(said.signed).toBe(`${stored.transactionId}10.00[secret]`)
    expect(said.hint).toBeUndefined()
  })

  test('by the environment too: the published key of the sandbox is a text, and seconds are a number', async () => {
    const complaints: string[] = []
    const ask = (provider: string, environment: Readonly<Record<string, string>>) =>
      verify(provider, '-', {
        input: Readable.from([JSON.stringify({ request, checkout: { reference: stored.transactionId, kept } })]),
        ...{ environment, print: () => {}, complain: (line: string) => complaints.push(line) },
      })
    const wipay = { WIPAY_ACCOUNT_NUMBER: '1234567890', WIPAY_COUNTRY: 'TT', WIPAY_PROOF: 'redirect', WIPAY_MODE: 'test' }
    expect([await ask('wipay', { ...wipay, WIPAY_API_KEY: '123' }), complaints]).toEqual([0, []])
    const gstable = { GSTABLE_API_KEY: 'sk_test_pretend', GSTABLE_WEBHOOK_KEY: 'wkk_pretend-key', GSTABLE_ACCOUNT_ID: 'acc_1' }
    const local = { GSTABLE_MODE: 'test', GSTABLE_BASE_URL: 'http://localhost:4001/payment/v1' }
    const seconds = { GSTABLE_SETTLEMENT_TOKEN: 'polygon::usdc', GSTABLE_CLOSES_AFTER_SECONDS: '1860' }
    expect([await ask('gstable', { ...gstable, ...local, ...seconds }), complaints]).toEqual([1, []])
  })

  test('what the proof rests on is enough of a checkout', async () => {
    const { code, said, complaints } = await verifyLine('wipay', {
      ...{ config, request },
      checkout: { reference: stored.transactionId, kept },
    })
    expect([code, complaints, said.signed]).toEqual([0, [], `${stored.transactionId}10.00[secret]`])
    expect(said).toMatchObject({ verifies: true, events: [{ becomes: 'paid', reference: stored.transactionId }] })
  })

  test('the line that the page of WiPay shows is whole', async () => {
    const page = readFileSync('src/providers/wipay/README.md', 'utf8')
    const shown = /echo '(.+)' \|\n +npx checkout-button verify wipay -\n/.exec(page)?.[1] ?? ''
    const filled = shown
      .replace('<the whole address>', request.url)
      .replace('<transaction_id>', stored.transactionId as string)
      .replace('<order_id>', stored.orderId as string)
      .replace('19.90', stored.requestTotal as string)
      .replace('TTD', 'USD')
      .replace('merchant_absorb', config.feeStructure)
    expect(await verifyLine('wipay', { config, ...JSON.parse(filled) })).toMatchObject({ code: 0, said: { verifies: true } })
  })

  test('by the address alone it says what is missing, and not that the payment is unknown', async () => {
    const { code, said } = await verifyLine('wipay', { config, request })
    expect(code).toBe(1)
    expect(said).toMatchObject({ verifies: false, hint: expect.stringContaining('no `checkout` was given') })
  })

  test('a checkout that is another, or not whole, is named as such', async () => {
    const other = await verifyLine('wipay', { config, request, checkout: { reference: 'SB-other', kept } })
    expect(other.said).toMatchObject({ verifies: false, hint: expect.stringContaining('is not the one') })
    const empty = await verifyLine('wipay', { config, request, checkout: { reference: stored.transactionId } })
    expect(empty.said).toMatchObject({ verifies: false, hint: expect.stringContaining('`kept`') })
  })
})

const pretended = {
  ...{ mode: 'test', apiKey: 'sk_test_pretend', webhookKey: 'wkk_pretend-key', accountId: 'acc_1' },
  ...{ settlementToken: 'polygon::usdc', baseUrl: 'http://localhost:4001/payment/v1' },
}

test('a line that is not of its form is told by its fields, and ends no other', async () => {
  const request = { method: 'POST', url: '/notify' }
  const { code, complaints, said } = await verifyLine(
    'gstable',
    { config: pretended, request: { ...request, headers: { 'no name': 'canary' } } },
    { config: pretended, request: { ...request, headers: { 'x-gstable-signature': 'canary\ncanary' } } },
    { config: pretended, request, checkout: { order: { price: 19.9 }, openedAt: 'yesterday', kept: { total: 19.9 } } },
    { config: pretended, request: { url: 'http://:0' } },
    { config: pretended, request },
  )
  expect(code).toBe(2)
  expect(complaints.join('\n')).not.toMatch(/canary|TypeError/)
  expect(complaints).toEqual([
    expect.stringContaining('request.headers'),
    expect.stringContaining('request.headers'),
    expect.stringMatching(/checkout\.openedAt.*\n.*checkout\.order\.price.*\n.*checkout\.kept\.total/),
    expect.stringContaining('url'),
  ])
  expect(said).toMatchObject({ code: 'signature_missing' })
})

test('news of nothing that is known here: it verifies, and says which checkout was looked for in vain', async () => {
  const body = JSON.stringify({
    ...{ eventId: 'evt_1', eventType: 'session.paid' },
    payload: { sessionData: { sessionId: 'sess_1', status: 'paid', metadata: {} } },
  })
  const headers = signWebhook(body, { webhookKey: 'wkk_pretend-key' })
  const { code, said, complaints } = await verifyLine('gstable', {
    config: pretended,
    request: { method: 'POST', url: '/', headers, body },
  })
  expect([code, complaints]).toEqual([0, []])
  expect(said).toMatchObject({ verifies: true, events: [], hint: expect.stringContaining('no `checkout` was given') })
})

test('WiPay by the variables of its page: the key of WAPI stands inside of `wapi`', async () => {
  const complaints: string[] = []
  const ask = (environment: Readonly<Record<string, string>>) =>
    verify('wipay', '-', {
      input: Readable.from([JSON.stringify({ request: { method: 'POST', url: '/checkout/notify/wipay', body: '{}' } })]),
      environment: { WIPAY_ACCOUNT_NUMBER: '4630142908', WIPAY_COUNTRY: 'TT', WIPAY_PROOF: 'wapi', ...environment },
      ...{ print: () => {}, complain: (line: string) => complaints.push(line) },
    })
  const key = `wapi_live_aB3dE5gH7jK9mN1pQ2_${'0123456789abcdef'.repeat(4)}`
  expect([await ask({ WIPAY_WAPI_KEY: key }), complaints]).toEqual([1, []])
  expect([await ask({ WIPAY_WAPI_EMAIL: 'a@shop.example', WIPAY_WAPI_PASSWORD: 'canary horse' }), complaints]).toEqual([1, []])
  expect([await ask({ WIPAY_WAPI_KEY: 'wapi_live_canary' }), complaints.join()]).toEqual([
    2,
    expect.stringMatching(/^wipay is not configured correctly:\n- wapi: is not whole/),
  ])
  expect(complaints.join()).not.toContain('canary')
})

// What a merchant's developer gets wrong, each as it looks when it arrives; what is right and only altered on the way must be told apart from
// a wrong key.
describe('names the likely mistake', () => {
  const pingback = { uid: 'user40012', goodsid: 'product301', slength: '', speriod: '', type: 0, ref: 'b1493096790' }
  const right = signPingback(pingback, { secretKey })
  const project = { projectKey: environment.PAYMENTWALL_PROJECT_KEY, secretKey }
  const blank = signPingback({ ...pingback, custom: 'a b' }, { secretKey })
  const over = { secretKey: ['another0another0another0another0', { key: secretKey, until: new Date(0) }] }

  test.each<[string, string, object, RegExp]>([
    ['a parameter that a proxy added', `${right}&utm_source=mail`, {}, /holds without utm_source: .*proxy/],
    ['two of them', `${right}&utm_source=mail&fbclid=x`, {}, /holds without utm_source, fbclid/],
    ['empty parameters that were taken out', right.replace('slength=&speriod=&', ''), {}, /empty slength and speriod/],
    ['a signature in capitals', right.replace(/sig=(.*)/, (_, sig: string) => `sig=${sig.toUpperCase()}`), {}, /small letters/],
    [
      'an address that was encoded twice',
      blank.replace('a+b', 'a%2520b'),
      { customParameters: ['custom'] },
      /encoded the address twice/,
    ],
    ['a plus that was encoded', blank.replace('a+b', 'a%2Bb'), { customParameters: ['custom'] }, /encoded the \+/],
  ])('Paymentwall: %s', async (_, query, config, hint) => {
    const { code, said, complaints } = await verifyLine('paymentwall', {
      config: { ...project, ...config },
      request: { url: `/notify?${query}` },
    })
    expect([code, complaints]).toEqual([1, []])
    expect(said).toMatchObject({ verifies: false, code: 'signature_invalid', hint: expect.stringMatching(hint) })
  })

  test('Paymentwall: a wrong key, one with a line break, the project key, another API type, another version, a test in live', async () => {
    const ask = (config: object, query = right) =>
      verifyLine('paymentwall', { config: { ...project, ...config }, request: { url: `/notify?${query}` } })
    const wrong = await ask({ secretKey: 'another0another0another0another0' })
    expect(wrong.said).toMatchObject({ code: 'signature_invalid', message: expect.stringContaining('secret key') })
    expect(wrong.said).not.toHaveProperty('hint')
    const broken = await ask({ secretKey: `${secretKey}\n` })
    expect([broken.code, broken.complaints[0]]).toEqual([
      2,
      expect.stringMatching(/secretKey: holds white space: .*line break/),
    ])
    expect((await ask({ secretKey: project.projectKey })).complaints[0]).toMatch(/secretKey: is the project key/)
    const coins = right.replace('goodsid=product301', 'currency=200')
    expect((await ask({}, coins)).said.message).toMatch(/lacks the parameter goodsid: .*API type/)
    expect((await ask({}, right.replace('sign_version=3', 'sign_version=2'))).said.message).toMatch(
      /set the pingback signature version/,
    )
    const tested = signPingback({ ...pingback, is_test: '1' }, { secretKey })
    expect((await ask({}, tested)).said).toMatchObject({ verifies: true, hint: expect.stringContaining('`mode` is live') })
  })

  test('a key whose end has passed', async () => {
    const { paymentwall } = await import('../../src/providers/paymentwall/index.js')
    const adapter = paymentwall({ ...project, ...over } as never)
    const notification = {
      method: 'GET',
      url: new URL(`https://shop.example/?${right}`),
      headers: new Headers(),
      body: new Uint8Array(),
    }
    expect(adapter.likelyMistake?.(notification)).toMatch(/`until` has passed/)
  })

  const body = JSON.stringify({
    eventId: 'evt_1',
    eventType: 'session.paid',
    payload: { sessionData: { sessionId: 'sess_1', a: 'é/' } },
  })
  const webhookKey = 'wkk_pretend-key'
  const post = (given: string, headers: Record<string, string>) => ({ method: 'POST', url: '/', headers, body: given })

  test.each<[string, () => [string, Record<string, string>], object, string, RegExp]>([
    [
      'a body that was written anew',
      () => [JSON.stringify(JSON.parse(body), null, 2), signWebhook(body, { webhookKey })],
      {},
      'signature_invalid',
      /wrote it anew/,
    ],
    [
      'one that Python had signed, and PHP, written anew by JavaScript',
      () => [
        body,
        signWebhook(
          body
            .replaceAll(/([:,])(?=["{])/g, '$1 ')
            .replaceAll('/', '\\/')
            .replaceAll('é', '\\u00e9'),
          { webhookKey },
        ),
      ],
      {},
      'signature_invalid',
      /wrote it anew/,
    ],
    [
      'a body that lost its last line break',
      () => [body, signWebhook(`${body}\n`, { webhookKey })],
      {},
      'signature_invalid',
      /wrote it anew/,
    ],
    [
      'a time in milliseconds that was made one in seconds',
      () => {
        const headers = signWebhook(body, { webhookKey, timestampUnit: 'ms', now: () => new Date(1_767_495_160_000) })
        return [body, { ...headers, 'x-gstable-timestamp': '1767495160' }]
      },
      {},
      'signature_invalid',
      /between seconds and milliseconds/,
    ],
    [
      'a key without its prefix',
      () => [body, signWebhook(body, { webhookKey: 'pretend-key' })],
      {},
      'signature_invalid',
      /without its `wkk_`/,
    ],
    [
      'a time in another unit than the pinned one',
      () => [body, signWebhook(body, { webhookKey, timestampUnit: 'ms' })],
      { timestampUnit: 's' },
      'signature_invalid',
      /^$/,
    ],
    [
      'what was recorded a while ago',
      () => [body, signWebhook(body, { webhookKey, now: () => new Date(1_767_495_160_000) })],
      {},
      'notification_expired',
      /signature matches.*only its time/,
    ],
  ])('GStable: %s', async (_, make, config, code, hint) => {
    const { said, complaints } = await verifyLine('gstable', { config: { ...pretended, ...config }, request: post(...make()) })
    expect(complaints).toEqual([])
    expect([said.verifies, said.code, said.hint ?? '']).toEqual([false, code, expect.stringMatching(hint)])
    if (said.hint === undefined) expect(said.message).toContain('timestampUnit')
  })

  test('GStable: a wrong key is told as one, an API key and a live key in test at once', async () => {
    const request = post(body, signWebhook(body, { webhookKey: 'wkk_of-another' }))
    const { said } = await verifyLine('gstable', { config: pretended, request })
    expect(said).toMatchObject({ code: 'signature_invalid', message: expect.stringContaining("the endpoint's own key") })
    expect(said).not.toHaveProperty('hint')
    const ask = async (change: object) =>
      (await verifyLine('gstable', { config: { ...pretended, ...change }, request })).complaints[0]
    expect(await ask({ webhookKey: 'sk_live_0123456789abcdef' })).toMatch(/webhookKey: must be .*not an API key/)
    expect(await ask({ webhookKey: `${webhookKey}\n` })).toMatch(/webhookKey: holds white space/)
    expect(await ask({ apiKey: 'sk_live_0123456789abcdef' })).toMatch(/apiKey: must be a live key in live mode/)
  })

  const secret = 'whs_demo_endpoint_secret_01'
  const told = JSON.stringify({
    id: 'e1',
    event: 'payment.success',
    api_family: 'payments_api',
    data: { transaction_id: 'SB-1', url: 'a/b' },
  })
  const wipay = { mode: 'test', accountNumber: '1234567890', country: 'TT', proof: 'webhook', webhookSecret: secret }
  const at = (scheme?: 'body') => signWipayWebhook(told, { secret, now: new Date(), ...(scheme && { scheme }) })

  test.each<[string, string, () => Record<string, string>, object, RegExp]>([
    ['a body that was written anew', JSON.stringify(JSON.parse(told), null, 2), at, {}, /wrote it anew/],
    ['another scheme than the pinned one', told, () => at('body'), { webhookScheme: 'timestamp.body' }, /scheme `body`/],
    ['a wrong secret', told, at, { webhookSecret: 'whs_of_another_endpoint' }, /^$/],
    ['a time in milliseconds', told, () => ({ ...at(), 'X-WiPay-Webhook-Timestamp': String(Date.now()) }), {}, /^$/],
  ])('WiPay: %s', async (name, given, headers, config, hint) => {
    const { said, complaints } = await verifyLine('wipay', { config: { ...wipay, ...config }, request: post(given, headers()) })
    expect(complaints).toEqual([])
    expect([said.code, said.hint ?? '']).toEqual(['signature_invalid', expect.stringMatching(hint)])
    if (name.includes('secret')) expect(said.message).toContain('the secret of this endpoint')
    if (name.includes('milliseconds')) expect(said.message).toContain('but in milliseconds')
  })

  test('WiPay: a WAPI key with a line break, one of live in test', async () => {
    const key = `wapi_live_aB3dE5gH7jK9mN1pQ2_${'0123456789abcdef'.repeat(4)}`
    const ask = async (given: string) =>
      (
        await verifyLine('wipay', {
          config: { ...wipay, webhookSecret: secret, wapi: { key: given } },
          request: post(told, at()),
        })
      ).complaints[0]
    expect(await ask(key)).toMatch(/wapi: is not of this mode/)
    expect(await ask(`${key}\n`)).toMatch(/wapi: .*line break/)
  })

  test('WiPay: a way back whose stored total is not what was asked for', async () => {
    const [{ input } = { input: {} }] = vectorsOf('wipay')
    const { query, stored } = input as { query: string; stored: Record<string, string> }
    const hashed = new URLSearchParams(query)
    const total = '12.05'
    const hash = createHash('md5').update(`${stored.transactionId}${total}123`).digest('hex')
    hashed.set('total', total)
    hashed.set('hash', hash)
    const { said } = await verifyLine('wipay', {
      config: { ...wipay, webhookSecret: undefined, proof: 'redirect', apiKey: '123' },
      request: { url: `/return/x?${hashed}` },
      checkout: {
        reference: stored.transactionId,
        kept: { flow: 'payment', order: stored.orderId, total: '10.00', currency: 'USD', fees: 'customer_pay' },
      },
    })
    expect(said).toMatchObject({ code: 'signature_invalid', hint: expect.stringContaining('`kept.total`') })
  })
})
