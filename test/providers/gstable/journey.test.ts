import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Order } from '../../../src/providers/adapter.js'
import { type GStableConfiguration, gstable, gstableBackOffice } from '../../../src/providers/gstable/index.js'
import { type GStableSandboxOptions, gstableSandbox } from '../../../src/providers/gstable/sandbox.js'
import type { Store } from '../../../src/server/store.js'
import { memory } from '../../../src/stores/memory.js'
import { sqlite } from '../../../src/stores/sqlite.js'
import { base, createShop, order, origin } from '../../server/shop.js'

// The provider, its sandbox and the real server together, without a port: a session that is paid, and whose news is late, or whose
// settlement hangs.

const keys = { apiKey: 'sk_test_pretend', webhookKey: 'wkk_OfTheSandboxAndNothingElse' }
const sandboxUrl = 'http://localhost:8405'
const minute = 60_000

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

interface Given {
  readonly products?: GStableSandboxOptions['products']
  readonly items?: Order['items']
  readonly options?: Partial<GStableConfiguration>
  readonly outcome?: GStableSandboxOptions['outcome']
  readonly store?: (options: { now: () => Date }) => Store
}

function open({ options = {}, outcome = {}, store = memory, products, items }: Given = {}) {
  const clock = { at: Date.UTC(2026, 0, 1) }
  const now = () => new Date(clock.at)
  const sandbox = gstableSandbox({
    ...{ ...keys, now, webhookUrl: `${base}/notify/gstable`, repeatEvery: minute, ...(products && { products }) },
    outcome: { processing: 0, webhookAfter: 0, settlesAfter: null, webhookFirst: true, returnAfter: null, ...outcome },
    fetch: async (url, init) => shop.checkout.fetch(new Request(String(url), init)),
  })
  const fetch: typeof globalThis.fetch = (url, init) => sandbox.fetch(new Request(String(url), init))
  const network = { mode: 'test', baseUrl: `${sandboxUrl}/payment/v1`, fetch } as const
  const account = { accountId: 'acc_1', settlementToken: 'polygon::usdc' }
  const adapter = gstable({ ...keys, ...network, ...account, now, ...options })
  const price = (name: string) => order(name, items && { items })
  const shop = createShop({ providers: [adapter], now, store: store({ now }), price })
  closing.push(
    () => sandbox.close(),
    () => shop.checkout.close(),
  )
  const post = async (path: string, body = '{}') =>
    (await sandbox.fetch(new Request(`${sandboxUrl}/sandbox/${path}`, { method: 'POST', body }))).json()
  const ask = async (change = {}) => {
    const answer = await shop.ask('order-1', undefined, { method: 'gstable:stablecoins', surface: 'redirect', ...change })
    return (await answer.json()) as { id: string; url: string; error?: string }
  }
  return {
    ...{ ...shop, clock, ask },
    /** The buyer clicks and pays, and does not come back. */
    async buy() {
      const { id, url } = await ask()
      const body = new URLSearchParams({ choice: 'pay' })
      await sandbox.fetch(new Request(url, { method: 'POST', body, headers: { accept: 'application/json' } }))
      const { reference = '' } = (await shop.store.checkout(id)) ?? {}
      return { id, reference }
    },
    /** What GStable says of the session of a checkout. */
    async statusOf(id: string) {
      const { reference = '' } = (await shop.store.checkout(id)) ?? {}
      return (await gstableBackOffice({ ...network, apiKey: keys.apiKey }).retrieve(reference)).status
    },
    move: (reference: string, name: string) => post(`payments/${reference}/${name}`),
    async after(minutes: number) {
      clock.at += minutes * minute
      await shop.settled()
    },
  }
}

describe('a page that was paid and left, and whose webhook is lost', () => {
  const outcome = { webhooksLost: 'all', webhookFirst: false } as const

  test.each([
    ['the same way', {}],
    ['on another surface', { surface: 'popup' }],
    ['from another page', { page: `${origin}/elsewhere` }],
  ])('T-27 is asked about before another is opened %s', async (_, change) => {
    const shop = open({ outcome })
    const { reference } = await shop.buy()
    expect(await shop.ask(change)).toMatchObject({ error: 'order_paid' })
    await shop.settled()
    expect([shop.done, shop.notices]).toEqual([[`fulfil ${reference}`], []])
  })

  test('T-27 is asked about when it cannot be withdrawn, and the newer one ends', async () => {
    const shop = open({ outcome, options: { surfaces: ['redirect', 'popup'] } })
    const { reference } = await shop.buy()
    await shop.after(1 / 60) // of two that were opened at the same moment either may count as the newer
    vi.spyOn(shop.store, 'openCheckouts').mockResolvedValueOnce([]) // as if it was paid a moment after the question
    const newer = await shop.ask({ surface: 'popup' })
    expect(newer.error).toBeUndefined()
    await expect.poll(() => shop.done).toEqual([`fulfil ${reference}`])
    await expect.poll(() => shop.statusOf(newer.id)).toBe('cancelled')
  })
})

describe('a settlement that hangs, fulfilled on completed', () => {
  const options = { fulfilOn: 'completed' } as const
  const received = { state: 'pending', delivered: false, received: true }
  /** Neither paid nor to be paid again: the button shows how that checkout stands. */
  const waits = (id: string) => ({ error: 'order_pending', id })
  const stores: [string, NonNullable<Given['store']>][] = [
    ['in memory', memory],
    ['in SQLite', (given) => sqlite(':memory:', given)],
  ]

  test.each(stores)(
    'T-21 T-27 stays pending, is neither offered nor opened anew, and a person hears of the settlement, %s',
    async (_, store) => {
      const shop = open({ options, store })
      const { id, reference } = await shop.buy()
      for (const minutes of [3, 8, 21]) {
        await shop.after(minutes)
        expect(await shop.ask()).toMatchObject(waits(id))
        expect(await (await shop.get('methods?order=order-1')).json()).toMatchObject(waits(id))
        expect(await shop.status(id)).toEqual(received)
      }
      expect(shop.notices).toEqual([])
      for (const minutes of [29, 20, 24 * 60]) await shop.after(minutes)
      expect(shop.notices).toMatchObject([
        {
          kind: 'unconfirmed',
          reference,
          reason: expect.stringMatching(/settlement/),
          details: { status: 'settlement_pending' },
        },
      ])
      expect(await shop.status(id)).toEqual(received)
      expect(await shop.ask({ surface: 'popup' })).toMatchObject(waits(id))
      await shop.move(reference, 'settle')
      await expect.poll(() => shop.status(id)).toMatchObject({ state: 'paid' })
      await shop.settled()
      expect(shop.done).toEqual([`fulfil ${reference}`])
      expect(shop.notices.map(({ kind }) => kind)).toEqual(['unconfirmed'])
      expect((await shop.store.paymentsOf(id))[0]?.details).not.toHaveProperty('received')
    },
  )

  test('T-21 T-27 is known by asking alone, at the moment in which another page would be opened', async () => {
    const shop = open({ options, outcome: { webhooksLost: 'all', webhookFirst: false } })
    const { id } = await shop.buy()
    shop.clock.at += 32 * minute
    expect(await shop.ask()).toMatchObject(waits(id))
    shop.clock.at += 120 * minute
    expect(await shop.status(id)).toEqual(received)
  })
})

describe('a product of the account’s catalogue', () => {
  const items = [
    { title: 'Gold', quantity: 1, price: { amount: '19.90', currency: 'USD' }, products: { gstable: 'prod_gold' } },
  ]

  test('is sold', async () => {
    const shop = open({ items })
    const { reference } = await shop.buy()
    await shop.settled()
    await expect.poll(() => shop.done).toEqual([`fulfil ${reference}`])
  })

  test.each([
    ['that is not there', {}, '100301', /`products.gstable` of an item an id of this account/],
    ['that is not active', { prod_gold: { name: 'Gold', state: 'inactive' } }, '100304', /activate it/],
    ['that was used already', { prod_gold: { name: 'Gold', state: 'used' } }, '100305', /used already/],
    ['that was removed', { prod_gold: { name: 'Gold', state: 'removed' } }, '100306', /removed.*`products.gstable`/],
  ] as const)(
    '%s is refused, the shop’s log names the likely mistake, and the buyer is told no more',
    async (_, products, code, why) => {
      const shop = open({ items, products })
      const answer = await shop.ask()
      expect(answer).toMatchObject({
        error: 'provider_refused',
        message: 'The payment provider did not accept the order. Nothing was charged.',
      })
      expect(shop.lines.find((line) => line.includes(`code ${code}`))).toMatch(why)
    },
  )
})
