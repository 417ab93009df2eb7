import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, type FrameLocator, type Page, expect as plain } from '@playwright/test'
import { listener } from 'checkout-button/hosts/node'
import { startSandbox } from 'checkout-button/sandbox'
import { createCheckout, type Delivery, type Notice, type Order, type ProviderAdapter } from 'checkout-button/server'
import { memory } from 'checkout-button/stores/memory'
import { build } from 'vite'

// A shop of the tests' own, for what the demo does not sell: a page with the element, a server, the sandboxes, and whatever a test puts on
// the counter. The element is the file that shops load.

/** Patient: this machine may be busy, and no assertion here is about speed. */
export const expect = plain.configure({ timeout: 20_000 })

export const project = { projectKey: '0123456789abcdef0123456789abcdef', secretKey: 'fedcba98765432100123456789abcdef' }
export const webhookSecret = 'whs_of_the_counter_01'
export const wapi = { key: `wapi_test_aB3dE5gH7jK9mN1pQ2_${'0123456789abcdef'.repeat(4)}` }

interface Urls {
  readonly paymentwall: string
  readonly wipay: string
}

export interface Given {
  /** The provider, once it is known where its sandbox is. */
  readonly provider: (at: Urls) => ProviderAdapter
  /** Paymentwall's custom pingback parameters. */
  readonly pingbackParameters?: Readonly<Record<string, string>>
}

export interface Counter {
  readonly at: Urls
  readonly deliveries: Delivery[]
  readonly news: Notice[]
  readonly alerts: Notice[]
  /** What the hooks did, in order: `fulfil first t1`, `revoke first t1`. */
  readonly done: string[]
  /** Puts something on the counter, and the buyer in front of it; answers the provider's page. */
  sell(sold: Partial<Order>, tile: string, surface: 'iframe' | 'popup' | 'redirect'): Promise<Page | FrameLocator>
  /** The buyer in front of the button chooses; answers the provider's page. */
  choose(tile: string, surface: 'iframe' | 'popup' | 'redirect'): Promise<Page | FrameLocator>
  move(provider: keyof Urls, ref: string, name: string, body?: object): Promise<{ ref: string }>
}

export const test = base.extend<{ open: (given: Given) => Promise<Counter> }, { script: string }>({
  script: [
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'checkout-button-counter-'))
      await build({ mode: 'standalone', logLevel: 'error', build: { outDir: folder, sourcemap: false } })
      await use(readFileSync(join(folder, 'standalone.js'), 'utf8'))
      rmSync(folder, { recursive: true })
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  open: async ({ page, script }, use) => {
    const closing: (() => Promise<unknown>)[] = []
    await use(async ({ provider, pingbackParameters = {} }) => {
      let answer: ReturnType<typeof listener> = () => {} // where it listens is known only when it does
      let surface = 'iframe'
      const server = createServer((request, response) => {
        if (request.url?.startsWith('/checkout/')) return answer(request, response)
        if (request.url === '/checkout-button.js')
          return response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
        const order = new URL(request.url ?? '', 'http://shop').searchParams.get('order')
        const tag = `<checkout-button server="/checkout" order="${order}" country="DE" surface="${surface}"></checkout-button>`
        response
          .writeHead(200, { 'content-type': 'text/html' })
          .end(`<!doctype html><title>Counter</title><script type="module" src="/checkout-button.js"></script>${tag}`)
      })
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
      closing.push(() => new Promise((done) => server.close(done).closeAllConnections()))
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const tells = (name: string) => `${origin}/checkout/notify/${name}`
      const sandbox = await startSandbox({
        paymentwall: {
          ...{ ...project, pingbackUrl: tells('paymentwall'), pingbackParameters, repeatEvery: 500 },
          outcome: { processing: 300, pingbackAfter: 50, returnAfter: 300 },
        },
        wipay: {
          ...{ webhookSecret, wapiKey: wapi.key, webhookUrl: tells('wipay'), repeatEvery: 500 },
          outcome: { processing: 300, webhookAfter: 50, returnAfter: 300 },
        },
      })
      closing.push(() => sandbox.close())
      const at = { paymentwall: sandbox.paymentwall.url, wipay: sandbox.wipay.url }

      const [deliveries, news, alerts, done]: [Delivery[], Notice[], Notice[], string[]] = [[], [], [], []]
      const write = (word: string) => async (delivery: Delivery) => {
        deliveries.push(delivery)
        done.push(`${word} ${delivery.kind} ${delivery.reference}`)
      }
      let sold: Partial<Order> = {}
      const checkout = createCheckout({
        ...{ base: `${origin}/checkout`, pages: [origin], store: memory(), providers: [provider(at)] },
        price: (id) => ({ id, title: 'Gold', buyer: { id: 'u1', email: 'ada@example.com' }, ...sold }),
        ...{ fulfil: write('fulfil'), revoke: write('revoke') },
        news: (notice) => void news.push(notice),
        alert: (notice) => void alerts.push(notice),
      })
      answer = listener(checkout)
      void checkout.work().catch(() => {})
      closing.push(() => checkout.close())

      let orders = 0
      const choose: Counter['choose'] = async (tile, where) => {
        const button = page.locator('checkout-button').getByRole('button', { name: tile })
        if (where !== 'popup') {
          await button.click()
          return where === 'iframe' ? page.frameLocator('checkout-button iframe') : page
        }
        const [popup] = await Promise.all([page.waitForEvent('popup'), button.click()])
        return popup
      }
      return {
        ...{ at, deliveries, news, alerts, done, choose },
        async sell(given, tile, where) {
          sold = given
          surface = where
          await page.goto(`${origin}/?order=order-${++orders}`)
          return choose(tile, where)
        },
        async move(name, ref, move, body = {}) {
          const path = `${at[name]}/sandbox/payments/${encodeURIComponent(ref)}/${move}`
          const moved = await fetch(path, { method: 'POST', body: JSON.stringify(body) })
          if (!moved.ok) throw new Error(`${move}: ${await moved.text()}`)
          return (await moved.json()) as { ref: string }
        },
      }
    })
    for (const close of closing.reverse()) await close()
  },
})
