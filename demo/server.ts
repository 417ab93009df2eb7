import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { listener } from 'checkout-button/hosts/node'
import { type PaymentwallSandboxOptions, startSandbox } from 'checkout-button/sandbox'
import { createServer as createVite, type Plugin } from 'vite'
import { createDeveloperDesk } from './developer-desk.js'
import { keys } from './keys.js'
import { openShop } from './shop.js'
import { shopPages } from './shop-pages.js'

export interface DemoOptions {
  /** Of the shop and of the pretend Paymentwall; 0, the default, takes a free one. */
  readonly port?: number
  readonly sandboxPort?: number
  /** Where the two SQLite files stand. Default: a folder of its own that closing removes. */
  readonly folder?: string
  /** Whether pages load themselves again when their source changes. Default false. */
  readonly watch?: boolean
  /** Of the pretend Paymentwall, where a test wants it otherwise. */
  readonly sandbox?: Partial<PaymentwallSandboxOptions>
}

export interface Demo {
  /** Of the shop; another site than that of the sandbox, as in real life. */
  readonly url: string
  readonly sandboxUrl: string
  close(): Promise<void>
}

// Vite's client would look for its socket in vain, and say so in the console.
const withoutClient: Plugin = {
  name: 'without-client',
  transformIndexHtml: { order: 'post', handler: (html) => html.replace(/<script[^>]*@vite\/client"><\/script>/, '') },
}

/** The demo shop, the checkout server inside it, and the pretend Paymentwall on an origin of its own. Nothing is built. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'checkout-demo-'))
  let answer = (_request: IncomingMessage, response: ServerResponse): void => void response.writeHead(503).end('starting')
  const http = createServer((request, response) => answer(request, response))
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`

  const sandbox = await startSandbox({
    port: options.sandboxPort ?? 0,
    paymentwall: { ...keys, pingbackUrl: `${url}/checkout/notify/paymentwall`, ...options.sandbox },
  })
  const sandboxUrl = sandbox.paymentwall.url

  const open = async () => {
    const shop = openShop({ address: url, paymentwallAddress: sandboxUrl, folder })
    await shop.checkout.ready()
    shop.checkout.work().catch(() => {})
    return { ...shop, listen: listener(shop.checkout) }
  }
  let shop = await open()
  const close = async () => {
    await shop.checkout.close()
    shop.orders.close()
  }
  const forget = () => {
    for (const file of ['orders.db', 'ledger.db'])
      for (const end of ['', '-wal', '-shm']) rmSync(join(folder, file + end), { force: true })
  }

  const desk = createDeveloperDesk({
    sandboxUrl,
    shop: () => shop,
    async startOver() {
      await close()
      forget()
      shop = await open()
    },
  })

  const vite = await createVite({
    root: fileURLToPath(new URL('..', import.meta.url)),
    configFile: fileURLToPath(new URL('../vite.config.ts', import.meta.url)),
    appType: 'spa',
    logLevel: 'error',
    server: {
      middlewareMode: true,
      ws: options.watch ? { server: http } : false,
      watch: options.watch ? { ignored: ['**/*.db*'] } : null,
      fs: { deny: ['**/demo/*', '**/.*'] }, // the shop's server code and its databases are no page
    },
    plugins: options.watch ? [] : [withoutClient],
    resolve: { conditions: ['production', 'module', 'browser'] }, // the Lit that buyers get, without its notes for developers
    // Found later, a dependency would make the page load itself again in the middle of a payment.
    optimizeDeps: { noDiscovery: true, include: ['lit', 'zod/mini'] },
  })

  const ours = getRequestListener(async (request) => {
    const { pathname } = new URL(request.url)
    return pathname.startsWith('/shop/') ? shopPages(shop.orders, request) : desk.answer(request)
  })
  // As strict as a shop's should be; a frame may show the provider's pages, and our own return page inside it.
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' data: ${sandboxUrl}`,
    `connect-src 'self'${options.watch ? ` ${url.replace('http', 'ws')}` : ''}`,
    `frame-src 'self' ${sandboxUrl}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')

  answer = (request, response) => {
    const path = request.url ?? '/'
    if (path.startsWith('/checkout/'))
      return desk.isAway(path) ? void response.writeHead(503).end() : shop.listen(request, response)
    if (path.startsWith('/shop/') || path.startsWith('/developer/')) return void ours(request, response)
    response.setHeader('content-security-policy', policy)
    response.setHeader('referrer-policy', 'strict-origin-when-cross-origin')
    vite.middlewares(request, response)
  }

  return {
    url,
    sandboxUrl,
    async close() {
      const closed = new Promise<void>((resolve) => http.close(() => resolve()))
      http.closeAllConnections()
      await Promise.all([closed, vite.close(), sandbox.close()])
      await close()
      if (!options.folder) rmSync(folder, { recursive: true, force: true })
    },
  }
}
