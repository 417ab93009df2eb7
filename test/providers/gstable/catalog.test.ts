import { describe, expect, test } from 'vitest'
import { CheckoutError } from '../../../src/protocol/checkout-error.js'
import { type GStableConfiguration, gstable } from '../../../src/providers/gstable/index.js'
import { configuration, network, order } from './vectors.js'

const list = {
  supportedTokens: [
    { tokenId: 'polygon::usdc', symbol: 'usdc', chainId: 137, decimals: 6 },
    { tokenId: 'base::usdc', symbol: 'USDC', chainId: 8453, decimals: 6 },
    { tokenId: 'polygon::usdt', symbol: 'USDT', chainId: 137, decimals: 6 },
    { tokenId: 'polygon::odd', symbol: '<b>', chainId: 137, decimals: 6 },
  ],
  paymentCapabilities: {
    'polygon::usdc': {
      stable: [
        {
          tokenId: 'polygon::usdc',
          crosschain: false,
          feeRatePPM: 2000,
          minPaymentValue: '1000000',
          maxPaymentValue: 50_000_000,
        },
        { tokenId: 'base::usdc', crosschain: true, feeRatePPM: 6000, minPaymentValue: 5_000_000, maxPaymentValue: '0' },
      ],
      other: [
        { tokenId: 'polygon::usdt', feeRatePPM: 3000, minPaymentValue: 15_000_000, maxPaymentValue: 20_000_000 },
        null,
        7,
      ],
    },
  },
}
const tokens = '/public/api/v1/capabilities/all'

/** A provider that answers what the test says, a shop that asks it, and a clock. */
function shop(options: Partial<GStableConfiguration> = {}) {
  const state = { answer: { code: 0, data: list } as unknown, down: false, time: Date.parse('2026-11-20T12:00:00Z') }
  const { fetch, asked } = network({
    [tokens]: () => {
      if (state.down) throw new TypeError('fetch failed')
      return typeof state.answer === 'string' ? new Response(state.answer) : Response.json(state.answer)
    },
  })
  const adapter = gstable({ ...configuration, fetch, now: () => new Date(state.time), ...options })
  const offered = async (amount = '19.90') => adapter.methods({ ...order, price: { amount, currency: 'USD' } }, {})
  const label = async (amount?: string) => (await offered(amount))[0]?.label
  const wait = (minutes: number) => {
    state.time += minutes * 60_000
  }
  return { asked, state, offered, label, wait }
}
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof CheckoutError ? error.code : error),
  )

describe('the offer', () => {
  test('is one method, by redirect first, never in a frame', async () => {
    expect(await shop().offered()).toEqual([
      { id: 'gstable:stablecoins', label: 'Stablecoins (USDC, USDT)', surfaces: ['redirect', 'popup'] },
    ])
  })

  test('is what was configured', async () => {
    const icon = 'https://shop.example/coins.svg'
    expect(await shop({ label: 'Crypto', icon, surfaces: ['popup', 'iframe'], feeModel: 'payer' }).offered()).toEqual([
      { id: 'gstable:stablecoins', label: 'Crypto', icon, surfaces: ['popup', 'iframe'], feeOnTop: true },
    ])
  })

  test.each([
    ['0.99', undefined],
    ['1.00', 'Stablecoins (USDC)'],
    ['15.00', 'Stablecoins (USDC, USDT)'],
    ['20.01', 'Stablecoins (USDC)'],
    ['50.01', 'Stablecoins (USDC)'], // by the other chain, which names no upper bound
  ])('for %s is named %s', async (amount, label) => {
    expect(await shop().label(amount)).toBe(label)
  })

  test('asks without a key, beside the merchant’s API', async () => {
    const { asked, offered } = shop()
    await offered()
    expect(asked).toEqual([
      { url: `https://api.gstable.io${tokens}`, method: 'GET', headers: { accept: 'application/json' }, body: undefined },
    ])
  })

  test('asks nothing for an order that cannot be sold', async () => {
    const { asked } = shop()
    expect(await gstable(configuration).methods({ ...order, price: { amount: '1.00', currency: 'EUR' } }, {})).toEqual([])
    expect(asked).toEqual([])
  })
})

describe('an answer that is not known hides nothing', () => {
  test.each([
    ['HTML', '<!doctype html>'],
    ['nothing', ''],
    ['null', null],
    ['a refusal', { code: 900101, message: 'Too many requests', data: null }],
    ['names that are no tokens', { data: { paymentCapabilities: { settlementToken: {} } } }],
    ['no routes', { data: { paymentCapabilities: { 'polygon::usdc': {} } } }],
    ['a list in its place', { data: { paymentCapabilities: [] } }],
  ])('%s', async (_, answer) => {
    const { state, label } = shop()
    state.answer = answer
    expect(await label()).toBe('Stablecoins')
  })

  test('without an envelope it is read as well', async () => {
    const { state, label } = shop()
    state.answer = list
    expect(await label()).toBe('Stablecoins (USDC, USDT)')
  })

  test('but a settlement token that GStable does not have is told, and nothing is offered', async () => {
    const { offered } = shop({ settlementToken: 'polygon::usdx' })
    expect(await codeOf(offered())).toBe('provider_refused')
  })
})

describe('remembering', () => {
  test('asks once an hour, and once for many buyers at the same time', async () => {
    const { asked, offered, wait } = shop()
    await Promise.all(Array.from({ length: 20 }, () => offered()))
    wait(59)
    await offered()
    expect(asked).toHaveLength(1)
    wait(1)
    await offered()
    expect(asked).toHaveLength(2)
  })

  test('offers what it knew while GStable fails, and asks again after half a minute', async () => {
    const { asked, label, wait, state } = shop()
    await label()
    state.down = true
    wait(60)
    for (const count of [2, 2, 3]) {
      expect(await label()).toBe('Stablecoins (USDC, USDT)')
      await new Promise((done) => setTimeout(done))
      expect(asked).toHaveLength(count)
      if (count === 2) wait(0.3)
    }
  })

  test('sells while GStable has never answered', async () => {
    const { asked, label, wait, state } = shop()
    state.down = true
    expect(await label()).toBe('Stablecoins')
    expect(await label()).toBe('Stablecoins')
    expect(asked).toHaveLength(1)
    state.down = false
    wait(1)
    expect(await label()).toBe('Stablecoins (USDC, USDT)')
  })

  test('T-45 a clock that is set back makes it ask anew', async () => {
    const { asked, offered, wait } = shop()
    await offered()
    wait(-60 * 24 * 365)
    await offered()
    await offered()
    expect(asked).toHaveLength(2)
  })
})
