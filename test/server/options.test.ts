import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { CheckoutError, type CheckoutOptions, createCheckout } from '../../src/server/index.js'
import { memory } from '../../src/stores/memory.js'
import { pretend } from './pretend-provider.js'

const origin = 'https://shop.example'
const good = (): CheckoutOptions => ({
  ...{ base: `${origin}/checkout`, pages: [origin], providers: [pretend({ mode: 'live' })], store: memory() },
  ...{ price: () => Promise.reject(), fulfil: () => {}, revoke: () => {} },
})

/** The message with which it refuses to start, or undefined when it starts. */
function refusalOf(change: object): string | undefined {
  try {
    createCheckout({ ...good(), ...change })
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(CheckoutError)
    expect(error).toMatchObject({ code: 'config_invalid' })
    return (error as Error).message
  }
}

describe('T-55 a server starts', () => {
  test.each([
    ['with what is needed', {}],
    ['at the root of a host', { base: 'https://pay.shop.example' }],
    ['deep inside', { base: `${origin}/a/b/c` }],
    ['with several pages', { pages: [origin, 'https://blog.example:8443'] }],
    [
      'with everything',
      {
        country: 'TT',
        delivery: { time: 45_000, attempts: 1, atOnce: 1 },
        alert() {},
        news() {},
        observe() {},
        log: console,
        now: () => new Date(),
      },
    ],
    [
      'without encryption on this machine, in test mode',
      { base: 'http://localhost:3000/checkout', pages: ['http://127.0.0.1:3000'], providers: [pretend()] },
    ],
  ])('T-55 %s', (_, change) => expect(refusalOf(change)).toBeUndefined())

  test('T-55 at the root of a host it is found there', async () => {
    const checkout = createCheckout({ ...good(), base: 'https://pay.shop.example' })
    expect((await checkout.fetch(new Request('https://pay.shop.example/checkouts/x'))).status).toBe(404)
    expect((await checkout.fetch(new Request('https://pay.shop.example/notify/pretend', { method: 'POST' }))).status).toBe(401)
  })
})

describe('T-55 a server refuses to start', () => {
  test.each([
    ['base', undefined],
    ['base', ''],
    ['base', ' '],
    ['base', 'canary'],
    ['base', '/checkout'],
    ['base', 'http://shop.example/canary'],
    ['base', 'http://localhost:3000/canary'],
    ['base', `${origin}/canary/`],
    ['base', `${origin}/`],
    ['base', `${origin}/canary?x=1`],
    ['base', `${origin}/canary?`],
    ['base', `${origin}/canary#`],
    ['base', 'https://canary@shop.example/checkout'],
    ['base', 'https://:canary@shop.example/checkout'],
    ['base', 'ftp://shop.example/canary'],
    ['base', 'https://SHOP.example/canary'],
    ['base', 'https://shop.example:443/canary'],
    ['base', `${origin}/a/../canary`],
    ['pages', undefined],
    ['pages', []],
    ['pages', origin],
    ['pages', ['*']],
    ['pages', ['null']],
    ['pages', [`${origin}/`]],
    ['pages', [`${origin}/canary`]],
    ['pages', ['canary.example']],
    ['pages', [undefined]],
    ['pages', [origin, 'https://*.canary.example/']],
    ['providers', undefined],
    ['providers', []],
    ['providers', [undefined]],
    ['providers', [{}]],
    ['providers', [pretend]],
    ['store', undefined],
    ['store', 'canary.db'],
    ['price', undefined],
    ['price', 'canary'],
    ['fulfil', undefined],
    ['revoke', undefined],
    ['revoke', null],
    ['alert', 'canary@example.com'],
    ['country', 'Germany'],
    ['country', ''],
    ['log', () => {}],
    ['log', {}],
    ['now', new Date()],
    ['secretKey', 'canary'],
    ['provider', [pretend()]],
    ['fulfill', () => {}],
  ])('T-55 for %s: %j', (name, value) => {
    const message = refusalOf({ [name]: value })
    expect(message).toContain(`- ${name}`)
    expect(message).not.toContain('canary')
  })

  test.each([
    ['delivery.time', { time: 0 }],
    ['delivery.time', { time: 45_001 }],
    ['delivery.time', { time: 1.5 }],
    ['delivery.time', { time: '30000' }],
    ['delivery.attempts', { attempts: 0 }],
    ['delivery.atOnce', { atOnce: 0 }],
    ['delivery.atOnce', { atOnce: Number.NaN }],
    ['delivery.retries', { retries: 3 }],
  ])('T-55 for %s: %j', (name, delivery) => expect(refusalOf({ delivery })).toContain(`- ${name}`))

  test.each([
    ['shop.example', 'must begin with https://'],
    ['shop.example:8080', 'must begin with https://'],
    ['*', 'must not hold `*`: any page could'],
    ['https://*.shop.example', 'must not hold `*`: any page could'],
    ['https://shop.example/', 'without a path or a slash at its end'],
  ])('T-55 for the page %j, with the likely mistake and no other', (page, mistake) => {
    expect(
      refusalOf({ pages: [page] })
        ?.split('\n')
        .slice(1),
    ).toEqual([expect.stringMatching(/^- pages\.0: /)])
    expect(refusalOf({ pages: [page] })).toContain(mistake)
  })

  test('T-55 for test and live mixed, or two providers of one name', () => {
    expect(refusalOf({ providers: [pretend({ mode: 'live' }), pretend({ name: 'other' })] })).toContain(
      'live and some are in test',
    )
    expect(refusalOf({ providers: [pretend(), pretend()] })).toContain('same name')
  })

  test('T-55 without encryption in live mode, nor on other machines in test mode', () => {
    expect(refusalOf({ pages: ['http://localhost:3000'] })).toContain('https')
    expect(refusalOf({ providers: [pretend()], pages: ['http://shop.example'] })).toContain('localhost')
    expect(refusalOf({ providers: [pretend()], base: 'http://192.168.0.1/checkout' })).toContain('localhost')
  })

  test('T-55 naming all faults in one message', () => {
    const message = refusalOf({ base: 'x', pages: [], fulfil: 1, delivery: { time: -1 }, country: 'x', typo: 1 })
    for (const name of ['base', 'pages', 'fulfil', 'delivery.time', 'country', 'typo']) expect(message).toContain(`- ${name}`)
  })

  test('T-55 naming what options contradict each other in, even where another option is wrong by itself', () => {
    const message = refusalOf({
      ...{ base: 'http://shop.example/checkout', price: undefined },
      providers: [pretend({ mode: 'live' }), pretend({ mode: 'test' })],
      delivery: { inTransaction: true, time: 9_000 },
    })
    for (const fault of [
      'same name',
      'some are live',
      'must be https',
      'only for localhost',
      'inTransaction needs',
      'at most 2000',
      '- price',
    ])
      expect(message).toContain(fault)
  })

  test.each([undefined, null, 'options', 5, []])('T-55 for options that are %j', (given) => {
    expect(() => createCheckout(given as never)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  })
})

test('T-54 a server shows nothing of what it was given', () => {
  const checkout = createCheckout({ ...good(), providers: [{ ...pretend({ mode: 'live' }), secret: 'canary' } as never] })
  expect(inspect(checkout, { depth: 9, showHidden: true })).not.toContain('canary')
  expect(JSON.stringify(checkout)).not.toContain('canary')
})
