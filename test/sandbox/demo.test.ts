import { afterEach, expect, test, vi } from 'vitest'
import type { DeskState } from '../../demo/developer-desk.js'
import { type Demo, startDemo } from '../../demo/server.js'

// The demo over HTTP, without a browser: that it sells, delivers once and takes back. What it looks like is for the journeys.

let demo: Demo | undefined
afterEach(async () => {
  await demo?.close()
  demo = undefined
})

async function start() {
  demo = await startDemo({ sandbox: { outcome: { processing: 0, pingbackAfter: 0 } } })
  const { url, sandboxUrl } = demo
  const post = async (path: string, body: object, origin = url) =>
    (
      await fetch(`${url}${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { origin, 'content-type': 'application/json' },
      })
    ).json()
  const desk = async (): Promise<DeskState> => (await fetch(`${url}/developer/state`)).json()
  return {
    ...{ url, sandboxUrl, post, desk },
    place: () => post('/shop/orders', { products: ['rain', 'forest'], buyer: 'buyer-1', email: 'ada@example.com' }),
    async pay(order: string) {
      const attempt = crypto.randomUUID()
      const opened = await post('/checkout/checkouts', {
        order,
        attempt,
        method: 'paymentwall:cc',
        surface: 'iframe',
        page: `${url}/`,
      })
      await fetch(opened.url, { method: 'POST', body: new URLSearchParams({ choice: 'pay' }) })
    },
    state: async () => (await desk()).orders[0]?.state,
  }
}

test('an order is priced by the shop, paid, delivered once, and taken back after a refund', async () => {
  const shop = await start()
  const order = await shop.place()
  expect(order).toMatchObject({ state: 'open', total: '23.90' })
  const offer = await (await fetch(`${shop.url}/checkout/methods?order=${order.id}`)).json()
  expect(offer).toMatchObject({ price: { amount: '23.90', currency: 'EUR' } })

  await shop.post('/developer/sandbox/outcome', { processing: 0, pingbackAfter: 0, copies: 5 })
  await shop.pay(order.id)
  await vi.waitFor(async () => expect(await shop.state()).toBe('delivered'), { timeout: 5000 })
  const [payment] = (await shop.desk()).payments
  await shop.post(`/developer/sandbox/payments/${payment?.reference}/refund`, {})
  await vi.waitFor(async () => expect(await shop.state()).toBe('taken back'), { timeout: 5000 })
  const { hookCalls } = await shop.desk()
  expect(hookCalls.map(({ hook }) => hook).sort()).toEqual(['fulfil', 'revoke'])
})

test('hooks that fail are called again once they can', async () => {
  const shop = await start()
  const fail = (how: string) =>
    fetch(`${shop.url}/developer/shop-fault`, { method: 'POST', body: how, headers: { origin: shop.url } })
  await fail('hooks')
  await shop.pay((await shop.place()).id)
  await vi.waitFor(async () => expect((await shop.desk()).payments[0]?.attempts).toBeGreaterThan(0), { timeout: 5000 })
  await fail('none')
  await vi.waitFor(async () => expect(await shop.state()).toBe('delivered'), { timeout: 20_000 })
})

test('starting over forgets orders and ledger, and goes on', async () => {
  const shop = await start()
  await shop.place()
  await shop.post('/developer/start-over', {})
  expect(await shop.desk()).toMatchObject({ orders: [], payments: [] })
  expect(await shop.place()).toMatchObject({ state: 'open' })
})

test('other pages place nothing and switch nothing; server code and databases are no page', async () => {
  const shop = await start()
  expect(await shop.post('/shop/orders', { products: ['rain'] }, 'http://evil.example')).toHaveProperty('error')
  expect(await shop.post('/developer/start-over', {}, 'http://evil.example')).toHaveProperty('error')
  for (const path of ['/demo/keys.ts', '/demo/orders.ts?raw', '/demo/shop.ts?import']) {
    const answer = await fetch(`${shop.url}${path}`, { headers: { accept: '*/*' } })
    expect([path, answer.status]).toEqual([path, 403])
  }
})

test('the page is served under a strict content policy, from another site than the sandbox', async () => {
  const { url, sandboxUrl } = await start()
  const answer = await fetch(url, { headers: { accept: 'text/html' } })
  const policy = answer.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
  expect(policy).not.toContain('unsafe')
  expect(policy).toContain(`frame-src 'self' ${sandboxUrl}`)
  expect(await answer.text()).not.toMatch(/<style|<script>| on[a-z]+="/)
  expect([new URL(url).hostname, new URL(sandboxUrl).hostname]).toEqual(['127.0.0.1', 'localhost'])
})
