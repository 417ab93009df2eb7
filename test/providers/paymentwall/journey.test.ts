import { afterEach, describe, expect, test } from 'vitest'
import { serve } from '../../../src/hosts/node.js'
import type { Order } from '../../../src/providers/adapter.js'
import { type PaymentwallConfiguration, paymentwall, paymentwallBackOffice } from '../../../src/providers/paymentwall/index.js'
import type { PaymentwallSandboxOptions } from '../../../src/providers/paymentwall/sandbox.js'
import { startSandbox } from '../../../src/sandbox/index.js'
import { base, createShop, order as named } from '../../server/shop.js'
import { named as list, pairsOf, projectKey, secretKey, signed, vectorsOf } from './vectors.js'

// Every kind of sale from the click to the goods: the adapter, the sandbox and the real server, over HTTP.

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function open(
  sells: Partial<Order>,
  options: Partial<PaymentwallConfiguration> = {},
  sandboxOptions: Partial<PaymentwallSandboxOptions> = {},
) {
  const keys = { projectKey, secretKey }
  const outcome = { processing: 0, pingbackAfter: 0, pingbackFirst: true }
  // The shop listens first, and only then is it known where the sandbox is.
  let configuration: PaymentwallConfiguration = {
    ...keys,
    mode: 'test',
    country: 'DE',
    baseUrl: 'http://localhost:1',
    ...options,
  }
  const shop = createShop({
    providers: [
      {
        ...paymentwall(configuration),
        methods: (...given) => paymentwall(configuration).methods(...given),
        open: (...given) => paymentwall(configuration).open(...given),
        ...(options.paymentStatus && { lookUp: async (given) => (await paymentwall(configuration).lookUp?.(given)) ?? [] }),
      },
    ],
    price: (name) => {
      const { price: _, ...rest } = named(name)
      return { ...rest, ...sells }
    },
  })
  const served = await serve(shop.checkout, { port: 0, host: '127.0.0.1' })
  closing.push(() => served.close())
  const pingbackUrl = `http://127.0.0.1:${served.port}${new URL(base).pathname}/notify/paymentwall`
  const pingbackParameters = { checkout: 'OWN' }
  const sandbox = await startSandbox({
    paymentwall: { ...keys, pingbackUrl, outcome, pingbackParameters, repeatEvery: 60_000, ...sandboxOptions },
  })
  closing.push(() => sandbox.close())
  const { url } = sandbox.paymentwall
  configuration = { ...configuration, baseUrl: url }
  const post = async (address: string, body: URLSearchParams | string = '{}') =>
    (await fetch(address, { method: 'POST', body, headers: { accept: 'application/json' } })).json()
  return {
    ...shop,
    office: paymentwallBackOffice(configuration),
    async buy(choice = 'pay', method = 'paymentwall:cc') {
      const answer = await shop.ask('order-1', undefined, { method })
      const page = (await answer.json()) as { id: string; url: string; error?: string }
      expect(page.error).toBeUndefined()
      const { payment } = await post(page.url, new URLSearchParams({ choice }))
      return { id: page.id, ref: String(payment?.ref) }
    },
    move: (ref: string, name: string) => post(`${url}/sandbox/payments/${ref}/${name}`),
    repeat: () => post(`${url}/sandbox/repeat`),
    until: async (id: string, state: string) => {
      await expect.poll(() => shop.status(id), { timeout: 5_000 }).toMatchObject({ state })
      await shop.settled()
    },
  }
}

const price = { amount: '19.90', currency: 'USD' }
const monthly = { period: { every: 1, unit: 'month' } } as const
const own = { checkoutParameter: 'checkout' }
const stored = (id: string) => ({ title: id, quantity: 1, products: { paymentwall: id } })

describe('a subscription', () => {
  test('renews, each payment once, and is cancelled', async () => {
    const shop = await open({ price, renews: monthly }, { customParameters: ['checkout'] })
    const { id, ref } = await shop.buy()
    await shop.until(id, 'paid')
    const { ref: renewal } = await shop.move(ref, 'renew')
    await expect.poll(() => shop.done, { timeout: 5_000 }).toEqual([`fulfil ${ref}`, `fulfil ${renewal}`])
    expect(shop.deliveries.map(({ kind }) => kind)).toEqual(['first', 'renewal'])
    await shop.move(ref, 'cancel')
    await expect.poll(() => shop.news.map(({ kind }) => kind), { timeout: 5_000 }).toEqual(['subscription_cancelled'])
    expect(shop.notices).toEqual([])
  })

  test('begins with a trial, whose plan is known by its own id and price', async () => {
    const trial = { period: { every: 1, unit: 'week' }, price: { amount: '1.00', currency: 'USD' } } as const
    const prices = { amountParameter: 'price', currencyParameter: 'unit', ...own }
    const pingbackParameters = { checkout: 'OWN', price: 'PRODUCT_PRICE', unit: 'PRODUCT_CURRENCY_CODE' }
    const shop = await open({ price, renews: { ...monthly, trial } }, prices, { pingbackParameters })
    const { id, ref } = await shop.buy()
    await shop.until(id, 'paid')
    await shop.move(ref, 'renew')
    await expect.poll(() => shop.deliveries.map(({ kind }) => kind), { timeout: 5_000 }).toEqual(['first', 'renewal'])
    expect(shop.notices).toEqual([])
  })
})

describe('what Paymentwall knows', () => {
  test('a stored product is delivered, and taken back', async () => {
    const shop = await open({ items: [stored('gold')] }, own)
    const { id, ref } = await shop.buy()
    await shop.until(id, 'paid')
    await shop.move(ref, 'refund')
    await expect.poll(() => shop.done, { timeout: 5_000 }).toEqual([`fulfil ${ref}`, `revoke ${ref}`])
  })

  test('T-09 a stored product that is not the one of the order stands in quarantine', async () => {
    const shop = await open({ items: [stored('gold')] }, own)
    const answer = await shop.ask('order-1', undefined, { method: 'paymentwall:cc' })
    const { id } = (await answer.json()) as { id: string }
    const query = signed(pairsOf({ uid: 'u1', goodsid: 'silver', checkout: id, is_test: '1' }))
    const told = await shop.checkout.fetch(new Request(`${base}/notify/paymentwall?${query}`))
    expect([told.status, await told.text()]).toEqual([200, 'OK'])
    await shop.settled()
    expect([shop.done, shop.notices.map(({ kind }) => kind)]).toEqual([[], ['contradiction']])
  })

  test('virtual currency: the hook learns how much', async () => {
    const shop = await open({}, { ...own, apiType: 'virtual-currency' })
    const { id } = await shop.buy()
    await shop.until(id, 'paid')
    await expect.poll(() => shop.deliveries, { timeout: 5_000 }).toMatchObject([{ details: { currency: '200' } }])
  })

  test('T-27 virtual currency: each purchase on the page is given, also what support gives, and each once', async () => {
    const shop = await open({}, { ...own, apiType: 'virtual-currency' })
    const answer = await shop.ask('order-1', undefined, { method: 'paymentwall:cc' })
    const { id } = (await answer.json()) as { id: string }
    const hear = (ref: string, currency: string, type: string) => {
      const query = signed(Object.entries({ uid: 'u1', currency, type, ref, checkout: id, is_test: '1', sign_version: '3' }))
      return shop.checkout.fetch(new Request(`${base}/notify/paymentwall?${query}`))
    }
    for (let repeats = 0; repeats < 2; repeats++)
      for (const [ref, currency, type] of [
        ['t1', '100', '0'],
        ['t2', '500', '0'],
        ['t3', '20', '1'],
      ] as const)
        expect(await (await hear(ref, currency, type)).text()).toBe('OK')
    await shop.settled()
    expect(shop.deliveries.map(({ reference, kind, details }) => [reference, kind, details.currency])).toEqual([
      ['t1', 'first', '100'],
      ['t2', 'renewal', '500'],
      ['t3', 'renewal', '20'],
    ])
    expect(shop.notices).toEqual([])
    await hear('t2', '500', '2')
    await shop.settled()
    expect(shop.done).toEqual(['fulfil t1', 'fulfil t2', 'fulfil t3', 'revoke t2'])
  })

  test('a cart of several, at our prices', async () => {
    const items = [
      { ...stored('301'), quantity: 11, price: { amount: '1.00', currency: 'USD' } },
      { ...stored('302'), price: { amount: '8.90', currency: 'USD' } },
    ]
    const shop = await open({ price, items }, { ...own, apiType: 'cart' })
    const { id, ref } = await shop.buy()
    await shop.until(id, 'paid')
    await expect.poll(() => shop.done, { timeout: 5_000 }).toEqual([`fulfil ${ref}`])
    expect(shop.notices).toEqual([])
  })
})

describe('what happens to a payment afterwards', () => {
  test('T-38 reviewed: accepted it is delivered once, declined it never is', async () => {
    const shop = await open({ price }, { customParameters: ['checkout'] })
    const accepted = await shop.buy('review')
    await shop.until(accepted.id, 'pending')
    expect(shop.done).toEqual([])
    await shop.move(accepted.ref, 'accept')
    await shop.until(accepted.id, 'paid')
    expect(shop.done).toEqual([`fulfil ${accepted.ref}`])
    const declining = await open({ price }, { customParameters: ['checkout'] })
    const declined = await declining.buy('review')
    await declining.move(declined.ref, 'decline')
    await declining.until(declined.id, 'declined')
    expect(declining.done).toEqual([])
  })

  test('T-37 a partial reversal is told, and a full one after it takes the goods back', async () => {
    const shop = await open({ price }, { customParameters: ['checkout'] })
    const { id, ref } = await shop.buy()
    await shop.until(id, 'paid')
    await shop.move(ref, 'refund-partly')
    await expect.poll(() => shop.news.map(({ kind }) => kind), { timeout: 5_000 }).toEqual(['partly_reversed'])
    expect(shop.done).toEqual([`fulfil ${ref}`])
    await shop.move(ref, 'chargeback')
    await shop.until(id, 'charged_back')
    expect(shop.done).toEqual([`fulfil ${ref}`, `revoke ${ref}`])
  })

  // The sequence is one of renewals: each reference is a payment of its own.
  test.each(list(vectorsOf('pingback-sequence')))('%s: %s', async (_, __, { steps }) => {
    const shop = createShop({
      providers: [paymentwall({ projectKey, secretKey, country: 'DE', methods: [{ id: 'cc', label: 'Card' }] })],
      price: (name) => ({ ...named(name), renews: monthly }),
    })
    const id = await shop.open('order-1', undefined, { method: 'paymentwall:cc' })
    for (const { type, ref, reason, effect, answer } of steps) {
      const [done, news] = [shop.done.length, shop.news.length]
      const pairs = pairsOf({
        uid: 'u1',
        goodsid: id,
        ref,
        type: String(type),
        reason: reason === undefined ? undefined : String(reason),
      })
      const told = await shop.checkout.fetch(new Request(`${base}/notify/paymentwall?${signed(pairs)}`))
      expect(await told.text()).toBe(answer)
      await shop.settled()
      const wasGiven = shop.done.includes(`fulfil ${ref}`)
      const expected = effect === 'deliver' ? [`fulfil ${ref}`] : effect === 'cancel' && wasGiven ? [`revoke ${ref}`] : []
      expect(shop.done.slice(done), `${type} of ${ref}`).toEqual(expected)
      if (effect === 'notify') expect(shop.news.length).toBe(news + 1)
    }
    expect(shop.notices).toEqual([])
  })
})

describe('asking', () => {
  test('T-47 a payment whose pingback was lost is found by asking, and its pingback is then no second delivery', async () => {
    const shop = await open(
      { price },
      { paymentStatus: true, customParameters: ['checkout'] },
      { outcome: { processing: 0, pingbacksLost: 'all' } },
    )
    const { id, ref } = await shop.buy()
    await shop.until(id, 'paid')
    expect(shop.done).toEqual([`fulfil ${ref}`])
    expect(await shop.repeat()).toEqual({ sent: 1 })
    await shop.settled()
    expect(shop.done).toEqual([`fulfil ${ref}`])
  })

  test('T-27 a page that was paid and left is asked about before another is opened', async () => {
    const shop = await open(
      { price },
      { paymentStatus: true, customParameters: ['checkout'] },
      { outcome: { processing: 0, pingbacksLost: 'all' } },
    )
    const { ref } = await shop.buy()
    const again = await shop.ask('order-1', undefined, { method: 'paymentwall:cc' })
    expect([again.status, await again.json()]).toMatchObject([409, { error: 'order_paid' }])
    await shop.settled()
    expect([shop.done, shop.notices]).toEqual([[`fulfil ${ref}`], []])
  })

  test('of a payment, a place, a refund and a delivery, in test mode', async () => {
    const shop = await open({ price }, { customParameters: ['checkout'] })
    const { id, ref } = await shop.buy()
    await shop.until(id, 'paid')
    expect(await shop.office.payment(ref)).toMatchObject({ reference: ref, refunded: false, risk: 'approved', price })
    expect(await shop.office.payments('u1', id)).toMatchObject([{ reference: ref, product: id }])
    expect(await shop.office.countryOf('u1', '203.0.113.7')).toBe('DE')
    await shop.office.requestRefund(ref, 'wrong size') // a test ticket moves nothing, there as here
    await shop.office.confirmDelivery({
      ...{ reference: ref, orderId: 'order-1', status: 'delivered', email: 'u1@example.com' },
      ...{ details: 'sent by mail', refundable: true },
    })
  })
})
