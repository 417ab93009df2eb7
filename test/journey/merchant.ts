import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'
import { test as base, type Page } from '@playwright/test'
import { listener } from 'checkout-button/hosts/node'
import { paymentwall } from 'checkout-button/providers/paymentwall'
import { startSandbox } from 'checkout-button/sandbox'
import { createCheckout } from 'checkout-button/server'
import { memory } from 'checkout-button/stores/memory'

// A merchant's own page around the built files, for what the demo cannot be asked for: any header on the page, any markup in it. Real
// HTTP, the real server, the pretend Paymentwall on another site.

const keys = { projectKey: '0123456789abcdef0123456789abcdef', secretKey: 'fedcba98765432100123456789abcdef' }

interface Document {
  readonly headers: Readonly<Record<string, string>>
  readonly html: string
}

export interface Merchant {
  readonly url: string
  readonly sandboxUrl: string
  /** Puts a page at an address of its own, for ever: a buyer who was sent away comes back to the same. */
  put(order: string, document: Document): string
  /** Reports that browsers sent to `/reports`. */
  readonly reports: unknown[]
  /** Goods given, by order. */
  readonly given: string[]
  /** While set, the checkout server is reached by nobody but the provider. */
  isAway: boolean
  /** What the sandbox does around the next payments, and what goes wrong there. */
  outcome(change?: object): Promise<void>
  faults(change?: object): Promise<void>
  close(): Promise<void>
}

/** The browser's files alone, as they are published; bundlers get `index.js`, a page without one `standalone.js`. */
function buildBrowserFiles(): string {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-button-merchant-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const mode of ['browser', 'standalone']) {
    const vite = ['node_modules/vite/bin/vite.js', 'build', '--mode', mode, '--outDir', folder, '--logLevel', 'error']
    execFileSync(process.execPath, vite, { env: { ...process.env, NODE_ENV: 'production' } })
  }
  return folder
}

export async function startMerchant(): Promise<Merchant> {
  const dist = buildBrowserFiles()
  let answer = (_: IncomingMessage, response: ServerResponse): void => void response.writeHead(503).end()
  const http = createServer((request, response) => answer(request, response))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const sandbox = await startSandbox({
    paymentwall: { ...keys, pingbackUrl: `${url}/checkout/notify/paymentwall`, repeatEvery: 500 },
  })
  const given: string[] = []
  const shops = new Map<string, Document>()
  const checkout = createCheckout({
    base: `${url}/checkout`,
    pages: [url],
    country: 'NL',
    providers: [paymentwall({ ...keys, mode: 'test', baseUrl: sandbox.paymentwall.url })],
    store: memory(),
    price: (id) => ({
      id,
      title: 'Gold',
      price: { amount: '9.00', currency: 'EUR' },
      buyer: { id: 'ada', email: 'ada@example.com' },
    }),
    fulfil: ({ orderId }) => void given.push(orderId),
    revoke: () => {},
  })
  checkout.work().catch(() => {})
  const listen = listener(checkout)

  const merchant: Merchant = {
    ...{ url, sandboxUrl: sandbox.paymentwall.url, reports: [], given, isAway: false },
    put(order, document) {
      shops.set(`/shop/${order}`, document)
      return `${url}/shop/${order}`
    },
    outcome: (change = {}) => tell('outcome', { processing: 300, pingbackAfter: 0, returnAfter: 200, ...change }),
    faults: (change = {}) => tell('faults', change),
    async close() {
      const closed = new Promise<void>((resolve) => http.close(() => resolve()))
      http.closeAllConnections()
      await Promise.all([closed, sandbox.close(), checkout.close()])
    },
  }
  async function tell(path: string, body: object): Promise<void> {
    const told = await fetch(`${merchant.sandboxUrl}/sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) })
    if (!told.ok) throw new Error(`${path}: ${await told.text()}`)
  }
  answer = (request, response) => {
    const { pathname } = new URL(request.url ?? '/', url)
    if (pathname.startsWith('/checkout/')) {
      if (merchant.isAway && !pathname.startsWith('/checkout/notify/')) return void request.socket.destroy()
      return listen(request, response)
    }
    if (pathname === '/reports') {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        merchant.reports.push(...[JSON.parse(body)].flat())
        response.writeHead(204).end()
      })
      return
    }
    if (pathname === '/favicon.ico') return void response.writeHead(204).end() // asked for by some browsers, not by the page
    const shop = shops.get(pathname)
    if (shop)
      return void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...shop.headers }).end(shop.html)
    const root = pathname.startsWith('/node_modules/') ? process.cwd() : dist
    const file = normalize(join(root, pathname))
    try {
      if (!file.startsWith(root)) throw new Error('outside')
      const code = readFileSync(file)
      response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(code)
    } catch {
      response.writeHead(404).end()
    }
  }
  return merchant
}

/** Patient, as in shop.ts. */
export const expect = base.expect.configure({ timeout: 20_000 })

/** The hosted page's "Pay", in a window or in a frame of it. */
export const payButton = (hosted: Pick<Page, 'getByRole'>) => hosted.getByRole('button', { name: /^Pay (€|\d)/ })

let orders = 0
/** An order of its own, wherever one is needed. */
export const freshOrder = (): string => `order-${process.pid}-${++orders}`

/** Nothing goes wrong, and all goes quickly, unless a test says otherwise. */
export const test = base.extend<{ calm: undefined }, { merchant: Merchant }>({
  calm: [
    async ({ merchant }, use) => {
      merchant.isAway = false
      await Promise.all([merchant.outcome(), merchant.faults()])
      await use(undefined)
    },
    { auto: true },
  ],
  merchant: [
    async ({}, use) => {
      const merchant = await startMerchant()
      await use(merchant)
      await merchant.close()
    },
    { scope: 'worker', timeout: 90_000 },
  ],
})

/** A page with the element, and with what it is told in `heard`. */
export function shopPage(
  order: string,
  attributes: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Document {
  const given = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`)
  return {
    headers,
    html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><h1>Cart</h1>
<script>var heard = []; for (const type of ['open', 'close', 'pending', 'success', 'failure']) document.addEventListener('checkout-' + type, ({ type }) => heard.push(type))</script>
<checkout-button server="/checkout" order="${order}" country="NL"${given.join('')}></checkout-button>
<script type="module" src="/standalone.js"></script>`,
  }
}
