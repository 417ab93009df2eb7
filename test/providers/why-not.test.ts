import { describe, expect, test } from 'vitest'
import type { Order, ProviderAdapter } from '../../src/providers/adapter.js'
import { gstable } from '../../src/providers/gstable/index.js'
import { paymentwall } from '../../src/providers/paymentwall/index.js'
import { wipay } from '../../src/providers/wipay/index.js'

// An order for which a provider has nothing: the shop's log must be able to say why, by the names of what is missing or wrong.

const sold: Order = {
  ...{ id: 'canary-order', title: 'canary', price: { amount: '19.90', currency: 'USD' } },
  buyer: { id: 'u1', email: 'canary@example.com', country: 'TT' },
}
const nameless: Order = { ...sold, buyer: { id: 'u1' } }
const inEuro: Order = { ...sold, price: { amount: '66.60', currency: 'EUR' } }
const renewing: Order = { ...sold, renews: { period: { every: 1, unit: 'month' } } }

const adapters: Record<string, ProviderAdapter> = {
  paymentwall: paymentwall({
    ...{ projectKey: '0123456789abcdef0123456789abcdef', secretKey: 'fedcba98765432100123456789abcdef' },
    methods: [{ id: 'cc', label: 'Card' }],
  }),
  wipay: wipay({ accountNumber: '4630142908', country: 'TT', proof: 'redirect', apiKey: 'fedcba9876543210' }),
  gstable: gstable({
    ...{ apiKey: 'sk_live_0123456789abcdef', webhookKey: 'wkk_0123456789abcdef', accountId: 'acc_1' },
    settlementToken: 'polygon::usdc',
  }),
}

describe('T-54 why a provider offers nothing', () => {
  test.each([
    ['paymentwall', nameless, /e-mail/],
    ['paymentwall', { ...sold, storesCard: true }, /stores no cards/],
    ['wipay', nameless, /e-mail/],
    ['wipay', inEuro, /takes TTD, USD and not its currency/],
    ['wipay', renewing, /renews/],
    ['gstable', inEuro, /USD/],
    ['gstable', renewing, /one-time/],
  ] as [string, Order, RegExp][])('T-54 %s', async (name, order, reason) => {
    const adapter = adapters[name] as ProviderAdapter
    expect(await adapter.methods(order, { country: 'TT' })).toEqual([])
    expect(adapter.whyNot?.(order)).toMatch(reason)
    expect(adapter.whyNot?.(order)).not.toMatch(/canary|66\.60/)
  })

  test.each(Object.keys(adapters))('T-54 %s has no reason where it sells', (name) => {
    expect(adapters[name]?.whyNot?.(sold)).toBeUndefined()
  })
})
