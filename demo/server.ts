import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { listener } from 'checkout-button/hosts/node'
import { startSandbox } from 'checkout-button/sandbox'
import { createServer as createVite, type Plugin } from 'vite'
import { createDeveloperDesk } from './developer-desk.js'
import { keys, type ProviderName } from './keys.js'
import { openShop } from './shop.js'
import { shopPages } from './shop-pages.js'

export interface DemoOptions {
  /** Of the shop, and of the first pretend provider, the others taking the next ones; 0, the default, takes free ones. */
  readonly port?: number
  readonly sandboxPort?: number
  /** Where the two SQLite files stand. Default: a folder of its own that closing removes. */
  readonly folder?: string
  /** Whether pages load themselves again when their source changes. Default false. */
  readonly watch?: boolean
  /** Of all prices. Default EUR, for which only Paymentwall has methods; in USD all providers sell. */
  readonly currency?: string
  /** Of every pretend provider, where a test wants it otherwise. */
  readonly sandbox?: { readonly repeatEvery?: number }
}

export interface Demo {
  /** Of the shop; another site than those of the sandboxes, as in real life. */
  readonly url: string
  readonly sandboxes: Readonly<Record<ProviderName, string>>
  /** Of the pretend Paymentwall. */
  readonly sandboxUrl: string
  close(): Promise<void>
}

// Vite's client would look for its socket in vain, and say so in the console.
const withoutClient: Plugin = {
  name: 'without-client',
  transformIndexHtml: { order: 'post', handler: (html) => html.replace(/<script[^>]*@vite\/client"><\/script>/, '') },
}

/** The demo shop, the checkout server inside it, and the pretend providers on origins of their own. Nothing is built. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'checkout-demo-'))
  let answer = (_request: IncomingMessage, response: ServerResponse): void => void response.writeHead(503).end('starting')
  const http = createServer((request, response) => answer(request, response))
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`

  const { currency = 'EUR' } = options
  const tellsTo = (provider: ProviderName) => `${url}/checkout/notify/${provider}`
  const sandbox = await startSandbox({
    port: options.sandboxPort ?? 0,
    paymentwall: { ...keys.paymentwall, pingbackUrl: tellsTo('paymentwall'), ...options.sandbox },
    wipay: { ...keys.wipay, webhookUrl: tellsTo('wipay'), ...options.sandbox },
    gstable: { ...keys.gstable, webhookUrl: tellsTo('gstable'), ...options.sandbox },
  })
  const { paymentwall, wipay, gstable } = sandbox
  const sandboxes = { paymentwall: paymentwall.url, wipay: wipay.url, gstable: gstable.url }

  const open = async () => {
    const shop = openShop({ address: url, sandboxes, folder, currency })
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
    sandboxes,
    currency,
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
    return pathname.startsWith('/shop/') ? shopPages(shop.orders, currency, request) : desk.answer(request)
  })
  // As strict as a shop's should be; a frame may show the providers' pages, and our own return page inside it.
  const providers = Object.values(sandboxes).join(' ')
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' data: ${providers}`,
    `connect-src 'self'${options.watch ? ` ${url.replace('http', 'ws')}` : ''}`,
    `frame-src 'self' ${providers}`,
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
    sandboxes,
    sandboxUrl: sandboxes.paymentwall,
    async close() {
      const closed = new Promise<void>((resolve) => http.close(() => resolve()))
      http.closeAllConnections()
      await Promise.all([closed, vite.close(), sandbox.close()])
      await close()
      if (!options.folder) rmSync(folder, { recursive: true, force: true })
    },
  }
}
