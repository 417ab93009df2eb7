import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import type { DeskState } from '../../demo/developer-desk.js'
import { type Demo, startDemo } from '../../demo/server.js'

// The demo over HTTP, without a browser: that it sells, delivers once and takes back. What it looks like is for the journeys.

let demo: Demo | undefined
const started: ChildProcess[] = []
afterEach(async () => {
  await demo?.close()
  demo = undefined
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

/** `npm start` without npm: what it says, until `words` come or it ends. */
async function startByHand(port: string, words: RegExp) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'demo/main.ts'], { env: { ...process.env, PORT: port } })
  started.push(child)
  let said = ''
  const heard = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        said += text
        if (words.test(said)) resolve()
      })
  })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  await Promise.race([heard, ended])
  return { child, said, ended }
}

async function start() {
  demo = await startDemo({ currency: 'USD' })
  const { url, sandboxes } = demo
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
    ...{ url, sandboxes, post, desk },
    place: () => post('/shop/orders', { products: ['rain', 'forest'], buyer: 'buyer-1', email: 'ada@example.com' }),
    async pay(order: string, method = 'paymentwall:cc', choice = 'pay') {
      const attempt = crypto.randomUUID()
      const opened = await post('/checkout/checkouts', {
        order,
        attempt,
        method,
        surface: 'redirect',
        page: `${url}/`,
      })
      const body = new URLSearchParams({ choice })
      await fetch(opened.url, { method: 'POST', body, headers: { accept: 'application/json' } })
    },
    state: async () => (await desk()).orders[0]?.state,
  }
}

test.each([
  ['Paymentwall', 'paymentwall'],
  ['WiPay', 'wipay'],
  ['GStable', 'gstable'],
])(
  'the pretend page of %s says in its tab and at its head whose it is, and that nothing is charged',
  async (name, provider) => {
    const shop = await start()
    const { id: order } = await shop.place()
    const { methods } = await (await fetch(`${shop.url}/checkout/methods?order=${order}`)).json()
    const { id: method } = methods.find(({ id }: { id: string }) => id.startsWith(`${provider}:`))
    const opening = { order, method, attempt: crypto.randomUUID(), surface: 'redirect', page: `${shop.url}/` }
    const html = await (await fetch((await shop.post('/checkout/checkouts', opening)).url)).text()
    expect(html).toContain(`<title>Payment – ${name} sandbox</title>`)
    expect(html).toContain(`<strong>${name}</strong> <span>Sandbox: nothing is charged</span>`)
  },
)

test('an order is priced by the shop, paid, delivered once, and taken back after a refund', async () => {
  const shop = await start()
  const order = await shop.place()
  expect(order).toMatchObject({ state: 'open', total: '23.90' })
  const offer = await (await fetch(`${shop.url}/checkout/methods?order=${order.id}`)).json()
  expect(offer).toMatchObject({ price: { amount: '23.90', currency: 'USD' } })

  await shop.post('/developer/sandbox/paymentwall/outcome', { processing: 0, pingbackAfter: 0, copies: 5 })
  await shop.pay(order.id)
  await vi.waitFor(async () => expect(await shop.state()).toBe('delivered'), { timeout: 5000 })
  const [payment] = (await shop.desk()).payments
  await shop.post(`/developer/sandbox/paymentwall/payments/${payment?.reference}/refund`, {})
  await vi.waitFor(async () => expect(await shop.state()).toBe('taken back'), { timeout: 5000 })
  const { hookCalls } = await shop.desk()
  expect(hookCalls.map(({ hook }) => hook).sort()).toEqual(['fulfil', 'revoke'])
})

test('methods of all providers, in the currency that all of them take', async () => {
  const shop = await start()
  const order = await shop.place()
  const { methods } = await (await fetch(`${shop.url}/checkout/methods?order=${order.id}`)).json()
  const labels = methods.map(({ label }: { label: string }) => label)
  expect(labels).toEqual(expect.arrayContaining(['Credit Cards', 'Card with WiPay', 'Stablecoins (USDC, USDT)']))
  expect(new Set(labels).size).toBe(labels.length)
})

test.each([
  ['wipay', 'wipay:card', 'refund', 'refunded', 'taken back'],
  ['gstable', 'gstable:stablecoins', 'settle', 'paid', 'delivered'],
] as const)('%s: paid, delivered once, and what its own panel can do afterwards', async (name, method, move, state, order) => {
  const shop = await start()
  await shop.post(`/developer/sandbox/${name}/outcome`, { processing: 0, webhookAfter: 0, copies: 3 })
  await shop.pay((await shop.place()).id, method)
  await vi.waitFor(async () => expect(await shop.state()).toBe('delivered'), { timeout: 5000 })
  const [payment] = (await shop.desk()).payments
  expect(payment).toMatchObject({ provider: name, state: 'paid' })
  const { hosted } = await shop.desk()
  expect(hosted).toMatchObject([{ provider: name, ref: payment?.reference, moves: expect.arrayContaining([move]) }])
  await shop.post(`/developer/sandbox/${name}/payments/${payment?.reference}/${move}`, {})
  await vi.waitFor(async () => expect(await shop.state()).toBe(order), { timeout: 5000 })
  expect((await shop.desk()).payments).toMatchObject([{ state }])
  expect((await shop.desk()).hookCalls.filter(({ hook }) => hook === 'fulfil')).toHaveLength(1)
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

test('starting over forgets orders, ledger and troubles, and goes on', async () => {
  const shop = await start()
  const { sandboxes: calm } = await shop.desk()
  await shop.place()
  await shop.post('/developer/sandbox/wipay/outcome', { returnLost: true })
  await shop.post('/developer/sandbox/gstable/faults', { fails: true })
  await fetch(`${shop.url}/developer/shop-fault`, { method: 'POST', body: 'away', headers: { origin: shop.url } })
  expect((await shop.desk()).sandboxes).not.toEqual(calm)
  await shop.post('/developer/start-over', {})
  expect(await shop.desk()).toMatchObject({ orders: [], payments: [], sandboxes: calm, shopFault: 'none' })
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

test('the page is served under a strict content policy, from another site than the sandboxes', async () => {
  const { url, sandboxes } = await start()
  const answer = await fetch(url, { headers: { accept: 'text/html' } })
  const policy = answer.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
  expect(policy).not.toContain('unsafe')
  expect(policy).toContain(`frame-src 'self' ${Object.values(sandboxes).join(' ')}`)
  expect(await answer.text()).not.toMatch(/<style|<script>| on[a-z]+="/)
  const hosts = [url, ...Object.values(sandboxes)].map((address) => new URL(address).hostname)
  expect(hosts).toEqual(['127.0.0.1', 'localhost', 'localhost', 'localhost'])
  expect(new Set(Object.values(sandboxes)).size).toBe(3)
})

test('started by hand it says where it is, names a port that is taken, and ends when it is interrupted', {
  timeout: 60_000,
}, async () => {
  const { child, said, ended } = await startByHand('0', /Ctrl-C/)
  const [url = ''] = /http:\S+/.exec(said) ?? []
  const page = await fetch(url, { headers: { accept: 'text/html' } })
  expect(await page.text()).not.toContain('@vite/client') // it would load the page anew when a killed server comes back: while paying, too

  const second = await startByHand(new URL(url).port, /PORT=/)
  expect(await second.ended).toBe(1)
  expect(second.said).toMatch(/^One of the ports \d+ to \d+ is taken\. Another: PORT=\d+ npm start\n$/)

  child.kill('SIGINT')
  expect(await ended).toBe(0)
})
