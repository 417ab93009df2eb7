import { describe, expect, test } from 'vitest'
import { CheckoutError } from '../../../src/protocol/checkout-error.js'
import type { Order } from '../../../src/providers/adapter.js'
import { readMethods } from '../../../src/providers/paymentwall/catalog.js'
import { type PaymentwallConfiguration, paymentwall } from '../../../src/providers/paymentwall/index.js'
import { baseOf, hashed, projectKey, secretKey } from './vectors.js'

const order: Order = {
  title: 'Gold',
  price: { amount: '25.50', currency: 'EUR' },
  buyer: { id: 'user40012', email: 'user@hostname.com' },
}
const logo = 'https://api.paymentwall.com/images/ps_logos/pm_paypal.png'
const list = [
  { id: 'paypal', name: 'PayPal', new_window: true, img_url: logo, img_class: 'paypal', ps_type_id: 4 },
  { id: 'cc', name: 'Credit Card', new_window: false, ps_type_id: 1 },
  { id: 'test', name: 'Test method', new_window: false },
]
const ids = (methods: readonly { id: string }[]) => methods.map(({ id }) => id.replace('paymentwall:', ''))
const all = ['all']

/** A provider that answers what the test says, a shop that asks it, and a clock. */
function shop(options: Partial<PaymentwallConfiguration> = {}) {
  const asked: URL[] = []
  const state = { answer: JSON.stringify(list), status: 200, down: false, time: Date.parse('2026-11-20T12:00:00Z') }
  const adapter = paymentwall({
    projectKey,
    secretKey,
    now: () => new Date(state.time),
    fetch: async (url) => {
      asked.push(new URL(String(url)))
      if (state.down) throw new TypeError('fetch failed')
      return new Response(state.answer, { status: state.status })
    },
    ...options,
  })
  const offered = async (country: string | undefined = 'DE', changes: Partial<Order> = {}) =>
    ids(await adapter.methods({ ...order, ...changes }, country === '' ? {} : { country }))
  const wait = (minutes: number) => {
    state.time += minutes * 60_000
  }
  return { adapter, asked, state, offered, wait }
}
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof CheckoutError ? error.code : error),
  )

test('a provider that hangs holds up nobody while an older list is at hand, of this amount or another', async () => {
  let hangs = false
  let time = 0
  const fetch = async () => (hangs ? new Promise<never>(() => {}) : new Response(JSON.stringify(list)))
  const adapter = paymentwall({ projectKey, secretKey, fetch, now: () => new Date(time) })
  const offered = async (amount: string) =>
    ids(await adapter.methods({ ...order, price: { amount, currency: 'EUR' } }, { country: 'DE' }))
  const fresh = await offered('25.50')
  hangs = true
  time += 11 * 60_000
  expect(await Promise.all([offered('25.50'), offered('3.00')])).toEqual([fresh, fresh])
})

describe('the question', () => {
  test('names country, amount and currency, signed; vector S02', async () => {
    const { asked, offered } = shop()
    await offered('DE')
    const { sign, ...rest } = Object.fromEntries(asked[0]?.searchParams ?? [])
    expect(`${asked[0]?.origin}${asked[0]?.pathname}`).toBe('https://api.paymentwall.com/api/payment-systems/')
    expect(rest).toEqual({ key: projectKey, country_code: 'DE', currencyCode: 'EUR', amount: '25.50', sign_version: '3' })
    expect(sign).toBe('d1dc11c38e91e967f156b755e80871042f6f8a8cebd57fd28fbb54a5f502ee99')
  })

  test('is signed in the version configured', async () => {
    const { asked, offered } = shop({ signVersion: 2 })
    await offered('KR')
    const { sign, ...rest } = Object.fromEntries(asked[0]?.searchParams ?? [])
    expect(sign).toBe(hashed(baseOf(Object.entries(rest)), 2))
  })

  test('is for the market that was asked for, else the buyer’s, else the configured one', async () => {
    const { asked, offered, adapter } = shop({ country: 'CH' })
    await offered('DE', { buyer: { ...order.buyer, country: 'AT' } })
    await adapter.methods({ ...order, buyer: { ...order.buyer, country: 'AT' } }, {})
    await adapter.methods(order, {})
    expect(asked.map((url) => url.searchParams.get('country_code'))).toEqual(['DE', 'AT', 'CH'])
  })
})

describe('the offer', () => {
  test('keeps order, names and logos, and never frames what opens a window', async () => {
    const { adapter } = shop()
    expect(await adapter.methods(order, { country: 'DE' })).toEqual([
      { id: 'paymentwall:paypal', label: 'PayPal', icon: logo, surfaces: ['popup', 'redirect'] },
      { id: 'paymentwall:cc', label: 'Credit Card', surfaces: ['iframe', 'popup', 'redirect'] },
    ])
  })

  test('holds the test method in test mode alone', async () => {
    expect(await shop({ mode: 'test' }).offered()).toEqual(['paypal', 'cc', 'test'])
    expect(await shop().offered()).toEqual(['paypal', 'cc'])
    const methods = [{ id: 'test', label: 'Test' }]
    expect(await shop({ methods }).offered()).toEqual([])
    expect(await shop({ methods, mode: 'test' }).offered()).toEqual(['test'])
  })

  test('is the configured one, and nothing is asked', async () => {
    const methods = [
      { id: 'sofort', label: 'Sofort', icon: logo, newWindow: true },
      { id: 'all', label: 'More' },
    ]
    const { adapter, asked } = shop({ methods })
    expect(await adapter.methods(order, {})).toEqual([
      { id: 'paymentwall:sofort', label: 'Sofort', icon: logo, surfaces: ['popup', 'redirect'] },
      { id: 'paymentwall:all', label: 'More', surfaces: ['iframe', 'popup', 'redirect'] },
    ])
    expect(asked).toEqual([])
  })

  test.each([
    ['fallback', ['paypal', 'cc'], all, all],
    ['always', ['paypal', 'cc', 'all'], all, all],
    ['never', ['paypal', 'cc'], 'provider_unreachable', []],
  ] as const)('allMethods %s: listed %j, down %j, no country %j', async (allMethods, listed, down, nowhere) => {
    const { offered, state, wait } = shop({ allMethods, allMethodsLabel: 'Choose there' })
    expect(await offered('')).toEqual(nowhere)
    expect(await offered()).toEqual(listed)
    state.down = true
    wait(25 * 60)
    expect(await offered().catch((error) => error.code)).toEqual(down)
  })

  test('is nothing where Paymentwall has nothing active', async () => {
    const { offered, state } = shop()
    state.answer = '[]'
    expect(await offered()).toEqual([])
  })
})

describe('a bad answer', () => {
  test.each([
    ['an error', '{"error":"Project is not found"}', 'provider_refused'],
    ['an error without text', '{"error":{"code":1}}', 'provider_refused'],
    ['HTML', '<!doctype html><title>Bad gateway</title>', 'provider_unreachable'],
    ['nothing', '', 'provider_unreachable'],
    ['null', 'null', 'provider_unreachable'],
    ['a number', '7', 'provider_unreachable'],
    ['another object', '{"methods":[]}', 'provider_unreachable'],
    ['a list of nothing usable', '[{"id":"cc"},{"name":"PayPal"},null,7]', 'provider_unreachable'],
  ])('%s', (_, text, code) => {
    expect(() => readMethods(text)).toThrow(expect.objectContaining({ code }))
  })

  test('leaves out what has no id or no name, a strange id, and a logo that is no web address', () => {
    const answer = [
      ...[
        { id: 'CC', name: 'x' },
        { id: '', name: 'x' },
        { id: 'a b', name: 'x' },
        { id: 'a:b', name: 'x' },
        { id: 7, name: 'x' },
      ],
      ...[{ id: 'cc', name: '' }, { id: 'cc' }, { name: 'x' }, [], null],
      ...['javascript:alert(1)', 'http://logo.example/a.png', '//logo.example', 'data:image/png,', 7, null].map(
        (img_url, at) => ({ id: `m${at}`, name: 'x', img_url }),
      ),
      { id: 'm0', name: 'x', new_window: 'yes' },
    ]
    const methods = readMethods(JSON.stringify(answer))
    expect(methods.map(({ id }) => id)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5'])
    expect(methods.every((method) => !('icon' in method) && method.newWindow === false)).toBe(true)
  })

  test('a refusal is told, not covered by the fallback; its words are cut and cleaned', async () => {
    const { offered, state } = shop()
    state.answer = JSON.stringify({ error: `Wrong\u001b[31m signature${'!'.repeat(300)}` })
    state.status = 403
    const error = await offered().catch((thrown) => thrown)
    expect(error.code).toBe('provider_refused')
    expect(error.message).toMatch(/"Wrong \[31m signature!+"/)
    expect(error.message.length).toBeLessThan(400)
    expect(error.message).not.toContain(projectKey)
  })
})

describe('remembering', () => {
  test('asks once in ten minutes per country, currency and magnitude of the amount', async () => {
    const { asked, offered, wait, state } = shop()
    await offered('DE')
    await offered('DE')
    wait(9)
    await offered('DE')
    await offered('DE', { price: { amount: '99.99', currency: 'EUR' } })
    expect(asked.length).toBe(1)
    await offered('AT')
    await offered('DE', { price: { amount: '25.50', currency: 'USD' } })
    await offered('DE', { price: { amount: '1.00', currency: 'EUR' } })
    expect(asked.length).toBe(4)
    wait(1)
    state.answer = '[{"id":"cc","name":"Card"}]'
    expect(await offered('DE')).toEqual(['cc'])
    expect(asked.length).toBe(5)
  })

  test('asks once for many buyers at the same time', async () => {
    const { asked, offered } = shop()
    const offers = await Promise.all(Array.from({ length: 50 }, () => offered()))
    expect(asked.length).toBe(1)
    expect(new Set(offers.map(String))).toEqual(new Set(['paypal,cc']))
  })

  test('offers what it knew for a day while the provider fails, and asks again at intervals', async () => {
    const { asked, offered, wait, state } = shop()
    await offered()
    state.down = true
    wait(11)
    expect(await offered()).toEqual(['paypal', 'cc'])
    expect(await offered()).toEqual(['paypal', 'cc'])
    expect(asked.length).toBe(2)
    wait(1)
    expect(await offered()).toEqual(['paypal', 'cc'])
    expect(asked.length).toBe(3)
    wait(24 * 60 - 12)
    expect(await offered()).toEqual(['paypal', 'cc'])
    wait(1)
    expect(await offered()).toEqual(all)
    state.down = false
    expect(await offered()).toEqual(all) // asked less than half a minute ago
    wait(1)
    expect(await offered()).toEqual(['paypal', 'cc'])
  })

  test('a refusal does not take away what it knew', async () => {
    const { offered, wait, state } = shop()
    await offered()
    state.answer = '{"error":"maintenance"}'
    wait(11)
    expect(await offered()).toEqual(['paypal', 'cc'])
  })

  test('the list of another amount stands in for one that cannot be asked for', async () => {
    const { offered, state } = shop({ allMethods: 'never' })
    await offered()
    state.down = true
    expect(await offered('DE', { price: { amount: '7.00', currency: 'EUR' } })).toEqual(['paypal', 'cc'])
    expect(await codeOf(offered('DE', { price: { amount: '7.00', currency: 'USD' } }))).toBe('provider_unreachable')
    expect(await codeOf(offered('AT'))).toBe('provider_unreachable')
  })

  test('a clock that is set back makes it ask anew', async () => {
    const { asked, offered, wait } = shop()
    await offered()
    wait(-60 * 24 * 365)
    expect(await offered()).toEqual(['paypal', 'cc'])
    expect(asked.length).toBe(2)
  })

  const markets = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => [...(from + at).toString(26).padStart(3, '0')])
      .map((digits) => digits.map((digit) => String.fromCharCode(65 + Number.parseInt(digit, 26))).join(''))
      .map((name) => [name.slice(0, 2), `${name.slice(2)}AA`] as const)

  test('remembers a bounded number, the last used ones', async () => {
    const { asked, offered } = shop()
    const offeredIn = ([country, currency]: readonly [string, string]) =>
      offered(country, { price: { amount: '1.00', currency } })
    const [first, second, ...others] = markets(0, 1_001) as [readonly [string, string], readonly [string, string]]
    for (const market of [first, second, ...others.slice(0, -1)]) await offeredIn(market)
    await offeredIn(first)
    expect(asked.length).toBe(1_000)
    await offeredIn(others.at(-1) as never) // the second is forgotten, the first was used since
    await offeredIn(first)
    expect(asked.length).toBe(1_001)
    await offeredIn(second)
    expect(asked.length).toBe(1_002)
  })

  test('what was known is not pushed out by strangers who ask for other countries in an outage', async () => {
    const { offered, state } = shop()
    await offered()
    state.down = true
    for (const [country, currency] of markets(0, 1_100)) await offered(country, { price: { amount: '1.00', currency } })
    expect(await offered()).toEqual(['paypal', 'cc'])
  })
})
