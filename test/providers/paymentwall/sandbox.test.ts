import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type PaymentwallSandboxOptions, paymentwallSandbox, signPingback } from '../../../src/providers/paymentwall/sandbox.js'
import { baseString, signatureOf } from '../../../src/providers/paymentwall/signature.js'

const keys = { projectKey: '0123456789abcdef0123456789abcdef', secretKey: 'fedcba98765432100123456789abcdef' }
const origin = 'http://localhost:8404'
const quick = { processing: 0, pingbackAfter: 0 }

const opened: (() => void)[] = []
afterEach(() => {
  for (const close of opened.splice(0)) close()
})

function open(options: Partial<PaymentwallSandboxOptions> = {}) {
  const sandbox = paymentwallSandbox({ ...keys, repeatEvery: 20, outcome: quick, ...options })
  opened.push(() => sandbox.close())
  const ask = (path: string, init?: RequestInit) => sandbox.fetch(new Request(new URL(path, origin), init))
  return {
    ask,
    get: async (path: string) => (await ask(path)).json(),
    post: async (path: string, body: object = {}) => (await ask(path, { method: 'POST', body: JSON.stringify(body) })).json(),
    choose: async (path: string, choice: string, method?: string) => {
      const body = new URLSearchParams({ choice, ...(method && { method }) })
      return (await ask(path, { method: 'POST', body, headers: { accept: 'application/json' } })).json()
    },
  }
}

/** A shop's pingback endpoint over real HTTP. */
async function listen(answer: (count: number) => { status?: number; body: string }) {
  const heard: { url: URL; agent: string | undefined; method: string | undefined }[] = []
  const server = createServer((request, response) => {
    heard.push({ url: new URL(request.url ?? '', 'http://shop'), agent: request.headers['user-agent'], method: request.method })
    const { status = 200, body } = answer(heard.length)
    response.writeHead(status, { 'content-type': 'text/plain' }).end(body)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  opened.push(() => {
    server.close()
    server.closeAllConnections()
  })
  const types = () => heard.map(({ url }) => url.searchParams.get('type'))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/notify`, heard, types }
}

const ok = () => ({ body: 'OK' })

const order: Readonly<Record<string, string>> = {
  key: keys.projectKey,
  uid: 'user40012',
  widget: 'pw',
  ps: 'cc',
  email: 'user@hostname.com',
  'history[registration_date]': '1489655092',
  amount: '9.99',
  currencyCode: 'USD',
  ag_name: 'Gold <b>Membership</b>',
  ag_external_id: 'product301',
  ag_type: 'fixed',
  success_url: 'http://127.0.0.1:8080/thanks/$ref',
  failure_url: 'http://127.0.0.1:8080/sorry',
  test_mode: '1',
  country_code: 'NL',
}

/** Undefined leaves a parameter out. */
function address(
  change: Record<string, string | undefined> = {},
  { path = '/api/subscription', version = 3, from = order } = {},
) {
  const values = new Map(
    Object.entries({ ...from, sign_version: String(version), ...change }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  )
  values.set('sign', signatureOf(baseString(values), version === 2 ? 2 : 3, keys.secretKey))
  return `${path}?${new URLSearchParams([...values])}`
}

describe('signatures', () => {
  // The documents' own worked examples, so that this file and the code under test cannot agree on a mistake.
  test('the example of a page address holds', async () => {
    const example =
      '/api/subscription?key=0123456789abcdef0123456789abcdef&uid=user40012&widget=pw&amount=9.99&currencyCode=USD&ag_name=Gold+Membership&ag_external_id=product301&ag_type=fixed&sign_version=3&email=user%40hostname.com&history%5Bregistration_date%5D=1489655092&ps=all&sign=7c89568ef4460b5beb5850aa57847efcb9959d857c37981cd20e812dfcc247a5'
    const answer = await open().ask(example)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('Gold Membership')
  })

  test('the example of a method list holds', async () => {
    const list = await open().get(
      '/api/payment-systems/?key=0123456789abcdef0123456789abcdef&country_code=KR&sign_version=2&sign=f80cae5c2cc083d3f909f91ca2b726dc',
    )
    expect(list.map(({ id }: { id: string }) => id)).toEqual(['cc', 'kftc', 'mobilegateway', 'paypal', 'test'])
  })

  test('the examples of pingbacks hold', () => {
    const parameters = {
      goodsid: 'plan_gold',
      reason: 9,
      ref: 'b1493096791',
      slength: -5,
      speriod: 'day',
      type: 2,
      uid: 'user40012',
    }
    const third = new URLSearchParams(signPingback(parameters, keys))
    expect(third.get('sig')).toBe('5d34218aea671fed50ca975fbacbbefe8ffaac864d2e27d940015304b259a2ad')
    const first = { uid: 'user40012', goodsid: 'product301', slength: '', speriod: '', type: 0, ref: 'b1493096790' }
    const signed = new URLSearchParams(signPingback(first, { ...keys, signVersion: 1 }))
    expect(signed.get('sig')).toBe('d4f3698413f05ff7190afceb494f62ad')
    expect(signed.has('sign_version')).toBe(false)
  })

  test.each([
    ['a changed amount', (url: string) => url.replace('amount=9.99', 'amount=0.99')],
    ['a changed buyer', (url: string) => url.replace('uid=user40012', 'uid=user40013')],
    ['a parameter added', (url: string) => `${url}&utm_source=mail`],
    ['a repeated name', (url: string) => `${url}&amount=9.99`],
    ['no signature', (url: string) => url.replace(/&sign=.*/, '')],
    ['another key', () => address({ key: 'ffffffffffffffffffffffffffffffff' })],
    ['version 1', () => address({ sign_version: '1' })],
    ['broken UTF-8', (url: string) => url.replace('Gold', '%ff')],
  ])('%s: not authorised, as a page', async (_, change) => {
    const answer = await open().ask(change(address()))
    expect(answer.status).toBe(200)
    const text = await answer.text()
    expect(text).toContain('not authorised to view this content')
    expect(text).toContain('request signature is wrong or expired')
    expect(text).not.toContain('<form')
  })

  test('a method list that is not signed is an object with `error`', async () => {
    const sandbox = open()
    const query = { key: keys.projectKey, country_code: 'NL' }
    const at = (change: object, sign = '') =>
      `${address({}, { path: '/api/payment-systems/', from: { ...query, ...change } })}${sign}`
    expect(await sandbox.get(at({}))).toContainEqual(
      expect.objectContaining({ id: 'idealpayments', new_window: true, ps_type_id: 2 }),
    )
    expect(await sandbox.get(at({}, '0'))).toEqual({ error: expect.any(String) })
    expect(await sandbox.get(at({ country_code: 'nl' }))).toEqual({ error: expect.any(String) })
  })
})

describe('the hosted page', () => {
  test.each<[string, Record<string, string | undefined>, string]>([
    ['no buyer', { uid: undefined }, 'uid: is missing'],
    ['a long buyer', { uid: 'x'.repeat(65) }, 'uid: must hold'],
    ['no method', { ps: undefined }, 'ps: is missing'],
    ['no e-mail', { email: undefined }, 'email: is missing'],
    ['a name of 257', { ag_name: 'é'.repeat(257) }, 'ag_name: must hold'],
    ['a float', { amount: '1e3' }, 'amount: must be'],
    ['too little', { amount: '0.29' }, 'at least 0.30 USD'],
    ['small letters', { currencyCode: 'usd' }, 'currencyCode: must be'],
    ['milliseconds', { timestamp: '1489655092000' }, 'timestamp: must be'],
    ['a language', { lang: 'ar' }, 'lang: must be one of'],
    ['a sex in one letter', { 'customer[sex]': 'f' }, 'customer[sex]: is not of its form'],
    ['a risk above all', { 'history[risk_score]': '101' }, 'history[risk_score]: is not of its form'],
    ['a yes in words', { hide_post_trial_good: 'yes' }, 'hide_post_trial_good: must be 0 or 1'],
    ['a plan without period', { ag_type: 'subscription', ag_period_length: '1' }, 'ag_period_type: is missing'],
    [
      'a trial that does not renew',
      { ag_type: 'subscription', ag_period_length: '1', ag_period_type: 'week', ag_trial: '1' },
      'ag_recurring: must be 1',
    ],
    ['a method of another country', { ps: 'konbini' }, 'not active for this country'],
  ])('%s is refused by name', async (_, change, fault) => {
    const answer = await open().ask(address(change))
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain(fault)
  })

  test.each([
    ['2', 'day', 'at least 3 days'],
    ['3', 'day', undefined],
    ['52', 'week', undefined],
    ['53', 'week', 'less than a year'],
    ['11', 'month', undefined],
    ['12', 'month', 'less than a year'],
    ['365', 'day', 'less than a year'],
    ['1', 'year', 'less than a year'],
  ])('a plan of %s %s: a period that renews is of 3 days to less than a year', async (count, unit, fault) => {
    const now = { ag_type: 'subscription', ag_period_length: count, ag_period_type: unit, ag_recurring: '1' }
    const later = {
      ...{ ag_type: 'subscription', ag_period_length: '1', ag_period_type: 'week', ag_recurring: '1', ag_trial: '1' },
      ...{ ag_post_trial_external_id: 'c1.plan', ag_post_trial_name: 'Gold', post_trial_currencyCode: 'USD' },
      ...{ ag_post_trial_period_length: count, ag_post_trial_period_type: unit, post_trial_amount: '19.90' },
    }
    for (const [plan, name] of [
      [now, 'ag_period_length'],
      [later, 'ag_post_trial_period_length'],
    ] as const) {
      const answer = await open().ask(address(plan))
      const text = await answer.text()
      expect([name, answer.status]).toEqual([name, fault ? 400 : 200])
      if (fault) expect(text).toContain(`${name}: ${fault}`)
      // What is sold for a time, once, has no such limits; and Paymentwall allows some projects longer periods, never shorter ones.
      expect((await open().ask(address({ ...now, ag_recurring: undefined }))).status).toBe(200)
      expect((await open({ longPeriods: true }).ask(address(plan))).status).toBe(fault === 'at least 3 days' ? 400 : 200)
    }
  })

  test('a plan that renews is carried by the methods that can, and by no other', async () => {
    const plan = { ag_type: 'subscription', ag_period_length: '1', ag_period_type: 'month' }
    const ask = async (change: Record<string, string>, options = {}) => {
      const answer = await open(options).ask(address({ ...plan, ...change }))
      return { status: answer.status, text: await answer.text() }
    }
    const refused = await ask({ ps: 'idealpayments', ag_recurring: '1' })
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('ps: idealpayments cannot renew')
    expect((await ask({ ps: 'idealpayments' })).status).toBe(200)
    expect((await ask({ ps: 'idealpayments', ag_recurring: '1' }, { renewingMethods: ['idealpayments'] })).status).toBe(200)
    const { text } = await ask({ ps: 'all', ag_recurring: '1' })
    expect([...text.matchAll(/type="radio" name="method" value="(\w+)"/g)].map(([, id]) => id)).toEqual([
      'cc',
      'paypal',
      'test',
    ])
  })

  test('escapes what it echoes, runs no script but its own, and can be framed', async () => {
    const answer = await open().ask(address())
    const text = await answer.text()
    expect(text).toContain('Gold &#60;b&#62;Membership')
    expect(text).not.toContain('<b>')
    expect(text).not.toMatch(/ on[a-z]+=| style=|<style/)
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
    expect(answer.headers.get('content-security-policy')).toContain("form-action 'self' http://127.0.0.1:8080")
    expect(answer.headers.has('x-frame-options')).toBe(false)
  })

  test('lets the buyer choose where the address says `all`, else not', async () => {
    const sandbox = open()
    const radios = async (ps: string) => (await (await sandbox.ask(address({ ps }))).text()).match(/type="radio"/g)?.length
    expect(await radios('all')).toBe(5)
    expect(await radios('cc')).toBe(1)
  })

  test('works without script: the ending is a page with the way back, and every button of it another form', async () => {
    const sandbox = open()
    const choose = async (fields: Record<string, string>) => {
      const answer = await sandbox.ask(address(), { method: 'POST', body: new URLSearchParams(fields) })
      const text = await answer.text()
      return { text, open: [...text.matchAll(/<section data-section="(\w+)">/g)].map(([, name]) => name) }
    }
    const paid = await choose({ choice: 'pay', method: 'cc' })
    expect(paid.open).toEqual(['paid'])
    expect(paid.text).toMatch(/href="http:\/\/127\.0\.0\.1:8080\/thanks\/t\d+"/)
    expect((await choose({ choice: 'close' })).open).toEqual(['closed'])
    expect((await choose({ choice: 'again' })).open).toEqual(['choose'])
    const { text, open: reviewed } = await choose({ choice: 'review' })
    const ref = /name="ref" value="(\w+)"/.exec(text)?.[1] ?? ''
    expect(reviewed).toEqual(['review'])
    expect((await choose({ choice: 'accept', ref })).open).toEqual(['paid'])
  })

  test('every method has a drawn logo', async () => {
    const sandbox = open()
    const [first] = await sandbox.get(
      address({}, { path: '/api/payment-systems/', from: { key: keys.projectKey, country_code: 'JP' } }),
    )
    expect(first.img_url).toBe(`${origin}/images/ps_logos/pm_cc.svg`)
    const logo = await sandbox.ask(first.img_url)
    expect(logo.headers.get('content-type')).toBe('image/svg+xml')
    expect(await logo.text()).toMatch(/^<svg xmlns/)
    expect((await sandbox.ask('/images/ps_logos/pm_nothing.svg')).status).toBe(404)
  })
})

describe('messages', () => {
  /** Runs the page's script as a browser would, with just enough of a document. */
  async function speak(answer: object, options: { speaks?: string; framed?: boolean } = {}) {
    const script = await (await open().ask('/sandbox/page.js')).text()
    const said: { text: string; target: string }[] = []
    const handlers: Record<string, (event: object) => unknown> = {}
    const parent = { postMessage: (text: string, target: string) => said.push({ text, target }) }
    const window: Record<string, unknown> = { innerWidth: 700 }
    window.parent = options.framed === false ? window : parent
    const body = { dataset: { speaks: options.speaks ?? 'true' } }
    let resized = () => {}
    runInNewContext(script, {
      window,
      document: {
        body,
        querySelectorAll: () => [],
        querySelector: (what: string) => (what === 'main' ? { getBoundingClientRect: () => ({ height: 512.4 }) } : null),
        addEventListener: (type: string, handler: (event: object) => unknown) => {
          handlers[type] = handler
        },
      },
      ResizeObserver: class {
        constructor(callback: () => void) {
          resized = callback
        }
        observe() {}
      },
      FormData: class extends Map {},
      URLSearchParams,
      setTimeout,
      location: { href: 'http://localhost/' },
      fetch: async () => Response.json(answer),
    })
    resized()
    await handlers.submit?.({ preventDefault() {}, submitter: { value: 'pay' } })
    expect(said.every(({ text }) => typeof text === 'string')).toBe(true)
    return said.map(({ text }) => JSON.parse(text))
  }

  const object = { object: 'payment', id: 't1', amount: '9.99' }

  test('the five, as JSON text, at their moments', async () => {
    expect(await speak({ state: 'paid', object, messageLost: false, returnAfter: null })).toEqual([
      { event: 'widgetLoaded' },
      { event: 'widgetSizeChanged', data: { height: '513px', width: '700px' } },
      { event: 'paymentProcessingStart' },
      { event: 'paymentProcessingEnd' },
      { event: 'paymentSuccess', data: object },
    ])
  })

  test('a decline says no success, and so does a lost message', async () => {
    const events = async (answer: object) => (await speak(answer)).map(({ event }) => event)
    const without = ['widgetLoaded', 'widgetSizeChanged', 'paymentProcessingStart', 'paymentProcessingEnd']
    expect(await events({ state: 'declined', messageLost: false })).toEqual(without)
    expect(await events({ state: 'paid', object, messageLost: true, returnAfter: null })).toEqual(without)
    expect(await events({ state: 'processing' })).toEqual(without.slice(0, 3))
  })

  test('nothing where it is switched off, nothing at top level', async () => {
    const answer = { state: 'paid', object, messageLost: false, returnAfter: null }
    expect(await speak(answer, { speaks: 'false' })).toEqual([])
    expect(await speak(answer, { framed: false })).toEqual([])
    expect(await (await open({ speaks: false }).ask(address())).text()).toContain('data-speaks="false"')
  })

  test('the payment object is the documented one', async () => {
    const { object, next } = await open({ now: () => new Date('2026-01-01T00:00:00Z') }).choose(address(), 'pay')
    expect(next).toBe('http://127.0.0.1:8080/thanks/t1767225600')
    expect(object).toEqual({
      object: 'payment',
      id: 't1767225600',
      created: 1767225600,
      amount: '9.99',
      currency: 'USD',
      refunded: false,
      risk: 'approved',
      uid: 'user40012',
      product_id: 'product301',
      payment_system: 'gateway',
    })
  })
})

describe('pingbacks', () => {
  test('a signed GET of the documented parameters', async () => {
    const shop = await listen(ok)
    const { payment } = await open({ pingbackUrl: `${shop.url}?of=paymentwall` }).choose(address(), 'pay')
    await vi.waitFor(() => expect(shop.heard).toHaveLength(1))
    const [{ url, agent, method }] = shop.heard as [(typeof shop.heard)[0]]
    expect([method, agent]).toEqual(['GET', 'Paymentwall API'])
    const given = Object.fromEntries(url.searchParams)
    expect(given).toEqual({
      of: 'paymentwall',
      uid: 'user40012',
      goodsid: 'product301',
      slength: '',
      speriod: '',
      type: '0',
      ref: payment.ref,
      is_test: '1',
      sign_version: '3',
      sig: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    const { of, sig, ...signed } = given
    expect(of).toBe('paymentwall')
    expect(sig).toBe(signatureOf(baseString(new Map(Object.entries(signed))), 3, keys.secretKey))
  })

  test('a live payment is not marked, and custom parameters come back', async () => {
    const shop = await listen(ok)
    const pingbackParameters = { price: 'PRODUCT_PRICE', currency_code: 'PRODUCT_CURRENCY_CODE', checkout: 'OWN' }
    await open({ pingbackUrl: shop.url, pingbackParameters }).choose(address({ test_mode: undefined, checkout: 'c-1' }), 'pay')
    await vi.waitFor(() => expect(shop.heard).toHaveLength(1))
    const parameters = Object.fromEntries(shop.heard[0]?.url.searchParams ?? [])
    expect(parameters).toMatchObject({
      ref: expect.stringMatching(/^b\d+$/),
      price: '9.99',
      currency_code: 'USD',
      checkout: 'c-1',
    })
    expect(parameters).not.toHaveProperty('is_test')
  })

  test('repeated until the answer is 200 and exactly OK', async () => {
    const answers = ['OK\n', '"OK"', '<p>OK</p>', 'ok', '']
    const shop = await listen((count) =>
      count === 1
        ? { status: 500, body: 'OK' }
        : count === 2
          ? { status: 201, body: 'OK' }
          : { body: answers[count - 3] ?? 'OK' },
    )
    const sandbox = open({ pingbackUrl: shop.url, repeatEvery: 5 })
    const { payment } = await sandbox.choose(address(), 'pay')
    const taken = async () => (await sandbox.get(`/sandbox/payments/${payment.ref}`)).pingbacks[0]
    await vi.waitFor(async () => expect(await taken()).toMatchObject({ taken: true, sends: 8 }))
    await new Promise((done) => setTimeout(done, 40))
    expect(shop.heard).toHaveLength(8)
    expect(new Set(shop.heard.map(({ url }) => url.href)).size).toBe(1)
    expect((await taken()).attempts.at(0)).toMatchObject({ status: 500, body: 'OK' })
  })

  test('an endpoint that is away is asked again, and closing ends it', async () => {
    const shop = await listen(ok)
    const sandbox = paymentwallSandbox({ ...keys, repeatEvery: 5, outcome: quick, pingbackUrl: 'http://127.0.0.1:9/' })
    await sandbox.fetch(
      new Request(new URL(address(), origin), { method: 'POST', body: new URLSearchParams({ choice: 'pay' }) }),
    )
    const sends = async () => {
      const [payment] = await (await sandbox.fetch(new Request(`${origin}/sandbox/payments`))).json()
      return payment.pingbacks[0].sends
    }
    await vi.waitFor(async () => expect(await sends()).toBeGreaterThan(1))
    sandbox.close()
    const then = await sends()
    await new Promise((done) => setTimeout(done, 40))
    expect(await sends()).toBeLessThanOrEqual(then + 1)
    expect(shop.heard).toEqual([])
  })

  test('lost ones arrive later, or when they are repeated by hand', async () => {
    const shop = await listen(ok)
    const sandbox = open({ pingbackUrl: shop.url, repeatEvery: 5 })
    await sandbox.post('/sandbox/outcome', { ...quick, pingbacksLost: 2 })
    await sandbox.choose(address(), 'pay')
    await vi.waitFor(() => expect(shop.heard).toHaveLength(1))
    await sandbox.post('/sandbox/outcome', { ...quick, pingbacksLost: 'all' })
    const { payment } = await sandbox.choose(address(), 'pay')
    await new Promise((done) => setTimeout(done, 40))
    expect(shop.heard).toHaveLength(1)
    expect(await sandbox.post('/sandbox/repeat')).toEqual({ sent: 1 })
    expect(shop.heard.at(-1)?.url.searchParams.get('ref')).toBe(payment.ref)
    expect(await sandbox.post('/sandbox/repeat')).toEqual({ sent: 0 })
    expect(await sandbox.post('/sandbox/repeat', { ref: payment.ref, takenToo: true })).toEqual({ sent: 1 })
    expect(shop.heard).toHaveLength(3)
  })

  test('copies arrive together; first the pingback, then the page', async () => {
    const shop = await listen(ok)
    const sandbox = open({ pingbackUrl: shop.url, outcome: { ...quick, copies: 5, pingbackFirst: true } })
    await sandbox.choose(address(), 'pay')
    expect(shop.heard).toHaveLength(5)
  })
})

describe('what is stored', () => {
  const { amount, currencyCode, ag_name, ag_external_id, ag_type, ...bare } = order
  const page = (path: string, more: Record<string, string> = {}) => address(more, { path, from: bare })
  const pingbackOf = async (
    path: string,
    more: Record<string, string> = {},
    options: Partial<PaymentwallSandboxOptions> = {},
  ) => {
    const shop = await listen(ok)
    const { payment } = await open({ pingbackUrl: shop.url, ...options }).choose(page(path, more), 'pay')
    await vi.waitFor(() => expect(shop.heard).toHaveLength(1))
    const { uid, ref, type, is_test, sig, ...named } = Object.fromEntries(shop.heard[0]?.url.searchParams ?? [])
    return { payment, named, sig }
  }

  test('a product is named by its own id, at its own price', async () => {
    const { payment, named } = await pingbackOf('/api/subscription', { default_goodsid: 'gold' })
    expect(payment).toMatchObject({ product: 'gold', title: 'Gold Membership', amount: '9.99' })
    expect(named).toEqual({ goodsid: 'gold', slength: '', speriod: '', sign_version: '3' })
  })

  test('virtual currency is an amount and no product', async () => {
    const { payment, named } = await pingbackOf('/api/ps')
    expect(payment).toMatchObject({ title: '200 Coins', amount: '1.99' })
    expect(named).toEqual({ currency: '200', sign_version: '3' })
  })

  test('a cart is a list, added up, and told in version 2 whatever the setting', async () => {
    const cart = { 'external_ids[0]': '301', 'prices[0]': '3.33', 'currencies[0]': 'USD', 'external_ids[1]': 'gold' }
    const { payment, named, sig } = await pingbackOf('/api/cart', cart)
    expect(payment).toMatchObject({ title: '301, Gold Membership', amount: '13.32', currency: 'USD' })
    expect(named).toEqual({ 'goodsid[0]': '301', 'goodsid[1]': 'gold', sign_version: '2' })
    expect(sig).toMatch(/^[0-9a-f]{32}$/)
  })

  test.each<[string, string, Record<string, string>]>([
    ['default_goodsid: no product', '/api/subscription', { default_goodsid: 'bronze' }],
    ['external_ids[0]: is missing', '/api/cart', {}],
    ['external_ids[0]: has no price', '/api/cart', { 'external_ids[0]': '301' }],
    ['prices[0]: must be', '/api/cart', { 'external_ids[0]': '301', 'prices[0]': '3.33' }],
    [
      'currencies: must all be the same',
      '/api/cart',
      { 'external_ids[0]': '301', 'prices[0]': '3.33', 'currencies[0]': 'EUR', 'external_ids[1]': 'gold' },
    ],
    ['amount: is missing', '/api/subscription', {}],
  ])('refuses by name: %s', async (fault, path, more) => {
    const answer = await open().ask(page(path, more))
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(fault)])
  })
})

describe('what happens later', () => {
  test('under review, accepted, refunded in part, refunded', async () => {
    const shop = await listen(ok)
    const sandbox = open({ pingbackUrl: shop.url })
    const { payment, state, object, returnAfter } = await sandbox.choose(address(), 'review')
    expect([state, payment.state, object, returnAfter]).toEqual(['review', 'review', undefined, null])
    const move = (name: string, body?: object) => sandbox.post(`/sandbox/payments/${payment.ref}/${name}`, body)
    for (const [name, count] of [
      ['accept', 2],
      ['refund-partly', 3],
      ['refund', 4],
    ] as const) {
      await move(name)
      await vi.waitFor(() => expect(shop.heard).toHaveLength(count))
    }
    expect(shop.types()).toEqual(['200', '201', '2', '2'])
    expect(shop.heard.map(({ url }) => url.searchParams.get('reason'))).toEqual([null, null, '10', '9'])
    expect(await move('chargeback')).toEqual({ error: expect.stringContaining('refunded') })
    expect((await sandbox.get(`/sandbox/payments/${payment.ref}`)).moves).toEqual([])
  })

  test('declined after a review, from the page', async () => {
    const shop = await listen(ok)
    const sandbox = open({ pingbackUrl: shop.url })
    const { payment } = await sandbox.choose(address(), 'review')
    await vi.waitFor(() => expect(shop.heard).toHaveLength(1))
    const body = new URLSearchParams({ choice: 'decline', ref: payment.ref })
    const ending = await (
      await sandbox.ask(address(), { method: 'POST', body, headers: { accept: 'application/json' } })
    ).json()
    expect(ending).toMatchObject({ state: 'declined', next: 'http://127.0.0.1:8080/sorry' })
    await vi.waitFor(() => expect(shop.types()).toEqual(['200', '202']))
  })

  test('a chargeback names its reason', async () => {
    const shop = await listen(ok)
    const sandbox = open({ pingbackUrl: shop.url })
    const { payment } = await sandbox.choose(address(), 'pay')
    await sandbox.post(`/sandbox/payments/${payment.ref}/chargeback`, { reason: '2' })
    await vi.waitFor(() => expect(shop.heard.some(({ url }) => url.searchParams.get('reason') === '2')).toBe(true))
  })

  test('a declined card may try again, another method goes to failure_url; no pingback of either', async () => {
    const shop = await listen(ok)
    const sandbox = open({ pingbackUrl: shop.url })
    expect(await sandbox.choose(address(), 'decline')).not.toHaveProperty('next')
    expect(await sandbox.choose(address({ ps: 'all' }), 'decline', 'paypal')).toMatchObject({
      next: 'http://127.0.0.1:8080/sorry',
    })
    expect(await sandbox.get('/sandbox/payments')).toEqual([])
    expect(shop.heard).toEqual([])
  })

  test('a plan renews, at the price after its trial, and is cancelled', async () => {
    const shop = await listen(ok)
    const sandbox = open({ pingbackUrl: shop.url })
    const plan = {
      ...{ ag_type: 'subscription', ag_period_length: '1', ag_period_type: 'week', ag_recurring: '1', ag_trial: '1' },
      ...{ ag_post_trial_external_id: 'c1.plan', ag_post_trial_name: 'Gold', post_trial_currencyCode: 'USD' },
      ...{ ag_post_trial_period_length: '1', ag_post_trial_period_type: 'month', post_trial_amount: '19.90' },
    }
    const { payment } = await sandbox.choose(address(plan), 'pay')
    const renewal = await sandbox.post(`/sandbox/payments/${payment.ref}/renew`)
    expect(renewal).toMatchObject({ product: 'c1.plan', amount: '19.90', state: 'paid' })
    expect(renewal.ref).not.toBe(payment.ref)
    await sandbox.post(`/sandbox/payments/${payment.ref}/cancel`)
    await vi.waitFor(() => expect(shop.types().sort()).toEqual(['0', '0', '12']))
    expect(shop.heard.map(({ url }) => url.searchParams.get('speriod'))).toContain('month')
  })

  test('the control API refuses pages of other origins, and words that it does not know', async () => {
    const sandbox = open()
    const status = async (path: string, body: string, headers: Record<string, string> = {}) =>
      (await sandbox.ask(path, { method: 'POST', body, headers })).status
    expect(await status('/sandbox/outcome', '{}', { origin: 'http://evil.example' })).toBe(403)
    expect(await status('/sandbox/outcome', '{}', { origin })).toBe(200)
    expect(await status('/sandbox/outcome', '{"speed":1}')).toBe(400)
    expect(await status('/sandbox/payments/t1/refund', '{}')).toBe(404)
    expect((await sandbox.ask('/sandbox/payments')).headers.get('access-control-allow-origin')).toBe('*')
  })

  test('`never` makes no payment', async () => {
    const sandbox = open({ outcome: { ...quick, answer: 'never' } })
    expect(await sandbox.choose(address(), 'pay')).toMatchObject({ state: 'processing' })
    expect(await sandbox.get('/sandbox/payments')).toEqual([])
  })
})

describe('the back office', () => {
  test('status by ref and by buyer, a refund ticket, a delivery', async () => {
    const shop = await listen(ok)
    const sandbox = open({ pingbackUrl: shop.url })
    const { payment, object } = await sandbox.choose(address({ test_mode: undefined }), 'pay')
    const signed = (path: string, from: Record<string, string>) =>
      address({}, { path, from: { key: keys.projectKey, ...from } })
    expect(await sandbox.get(signed('/api/rest/payment', { ref: payment.ref }))).toEqual(object)
    expect(await sandbox.get(signed('/api/rest/payment', { uid: 'user40012', ag_external_id: 'product301' }))).toEqual([object])
    expect(await sandbox.get(signed('/api/rest/payment', { ref: 'b1' }))).toEqual([])
    const ask = async (from: Record<string, string>) => {
      const body = signed('/', from).slice(2)
      return (await sandbox.ask('/developers/api/ticket', { method: 'POST', body })).json()
    }
    expect(await ask({ ref: payment.ref, type: '1' })).toEqual({ result: 0, errors: [expect.any(String)] })
    expect(await ask({ ref: payment.ref, type: '1', message: 'wrong size' })).toEqual({ result: 1 })
    await vi.waitFor(() => expect(shop.types()).toContain('2'))
    const notice = {
      ...{ payment_id: payment.ref, merchant_reference_id: 'order-1', type: 'digital', status: 'delivered' },
      ...{ estimated_delivery_datetime: '2017/01/15 15:04:55 +0500', estimated_update_datetime: '2017/01/15 15:04:55 +0500' },
      ...{ reason: 'none', refundable: 'true', details: 'sent by mail', 'shipping_address[email]': 'jo@example.com' },
    }
    const deliver = async (headers: Record<string, string>, change: Record<string, string> = {}) => {
      const body = new URLSearchParams({ ...notice, ...change })
      return (await sandbox.ask('/api/delivery', { method: 'POST', body, headers })).json()
    }
    expect(await deliver({ 'x-apikey': keys.secretKey })).toEqual({ success: 1 })
    for (const [name, value] of [
      ...[
        ['type', 'letter'],
        ['status', 'sent'],
        ['estimated_delivery_datetime', '2017-01-15T15:04:55Z'],
        ['refundable', '1'],
      ],
      ...[
        ['merchant_reference_id', ''],
        ['reason', ''],
        ['details', ''],
        ['shipping_address[email]', 'jo'],
      ],
    ] as [string, string][])
      expect(await deliver({ 'x-apikey': keys.secretKey }, { [name]: value })).toMatchObject({
        error: expect.stringContaining(name),
      })
    expect(await deliver({})).toHaveProperty('error')
  })
})
