import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { listener } from 'checkout-button/hosts/node'
import { paymentwall } from 'checkout-button/providers/paymentwall'
import { startSandbox } from 'checkout-button/sandbox'
import { createCheckout } from 'checkout-button/server'
import { memory } from 'checkout-button/stores/memory'
import { folderOf } from './examples.js'
import { builtOf, rendererOf, type Workshop } from './workshop.js'

// One shop for all examples: each at an address of its own (`/vue-3/production/`), the checkout server and the pretend provider behind them.

export const keys = { projectKey: '5d1c3f7be0a94c268b7f12d8a36e90c4', secretKey: 'of-the-sandbox-and-nothing-else' }
const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

export interface RunningShop {
  readonly url: string
  /** An order's id for every call of its hook. */
  readonly delivered: string[]
  close(): Promise<void>
}

/** What one of its orders costs is always the same; how often it was delivered is told at `/delivered/<order>`. */
export async function openShop(workshop: Workshop): Promise<RunningShop> {
  const delivered: string[] = []
  const homes = new Map(Object.entries(workshop).map(([name, { home }]) => [folderOf({ name }), home]))
  let answer: ReturnType<typeof listener> = async () => {}
  const http = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://shop')
    if (pathname.startsWith('/checkout/')) return void answer(request, response)
    const [, folder = '', mode = '', ...rest] = pathname.split('/')
    if (folder === 'delivered') return void response.end(String(delivered.filter((id) => id === mode).length))
    const home = homes.get(folder)
    const path = normalize(join('/', ...rest)).replace(/\/$/, '/index.html')
    const way = mode === 'development' ? mode : 'production'
    let file = home && (await readFile(join(builtOf(home, way), path)).catch(() => ''))
    if (home && path === '/index.html' && existsSync(rendererOf(home, way))) {
      const { render } = await import(rendererOf(home, way))
      const inside = await render(searchParams.get('order') ?? '')
      file = String(file).replace('<main></main>', () => `<main>${inside}</main>`)
    }
    if (!file) return void response.writeHead(pathname === '/favicon.ico' ? 204 : 404).end()
    // As strict as a shop's should be: what a framework's build needs beyond it would be seen.
    const policy =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: http://localhost:*; connect-src 'self'"
    response.setHeader('content-security-policy', `${policy}; frame-src 'self' http://localhost:*; base-uri 'self'`)
    response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream').end(file)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`

  const sandbox = await startSandbox({ paymentwall: { ...keys, pingbackUrl: `${url}/checkout/notify/paymentwall` } })
  const checkout = createCheckout({
    base: `${url}/checkout`,
    pages: [url],
    providers: [paymentwall({ ...keys, mode: 'test', baseUrl: sandbox.paymentwall.url })],
    store: memory(),
    price: (id) => ({
      ...{ id, title: 'Gold membership', price: { amount: '19.90', currency: 'USD' } },
      buyer: { id: 'user-42', email: 'ada@example.com' },
    }),
    fulfil: ({ orderId }) => void delivered.push(orderId),
    revoke: () => {},
  })
  await quicken(sandbox.paymentwall.url)
  await checkout.ready()
  checkout.work().catch(() => {})
  answer = listener(checkout)
  return {
    url,
    delivered,
    async close() {
      http.closeAllConnections()
      await Promise.all([new Promise((resolve) => http.close(resolve)), sandbox.close(), checkout.close()])
    },
  }
}

/** A buyer's bank takes longer than a test should. */
export async function quicken(sandbox: string): Promise<void> {
  const body = JSON.stringify({ processing: 50, pingbackAfter: 50, returnAfter: 300 })
  const answer = await fetch(`${sandbox}/sandbox/outcome`, { method: 'POST', body })
  if (!answer.ok) throw new Error(await answer.text())
}
