import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium, type Page } from 'playwright'
import type { Offer } from '../../src/protocol/requests.js'
import { findChromium } from '../browsers.js'

// How soon a buyer can use it, in a real browser: beside the Adyen drop-in, both with the same fifty methods already in the page, from the
// same server, by turns. No other host is reached: what the drop-in would load from its vendor fails at once, which is quicker than loading it.

const rounds = Number(process.env.ROUNDS ?? 9)
const methodCount = 50

const names = Array.from({ length: methodCount }, (_, at) => `Method ${at + 1}`)
const offerOf = (count: number): Offer => ({
  title: 'Gold membership',
  price: { amount: '19.90', currency: 'EUR' },
  methods: names.slice(0, count).map((label, at) => ({ id: `acme:m${at}`, label, surfaces: ['iframe'] })),
})

/** Runs in the page before all else. */
const observe = () => {
  const seen = { longest: 0, shift: 0 }
  Object.assign(window, { seen })
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration)
  }).observe({ type: 'longtask', buffered: true })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.shift += (entry as unknown as { value: number }).value
  }).observe({ type: 'layout-shift', buffered: true })
}

/** The page's time at the frame after `count` finds all of them. */
const readiness = `
const usable = new Promise((resolve) => {
  const look = () => count() === wanted ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - performance.getEntriesByName('start')[0].startTime))) : requestAnimationFrame(look)
  look()
})`

const html = (head: string, body: string) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>${head}<h1>Your order</h1>${body}<p>The small print below.</p>`
const ours = (attributes: string, count: number) =>
  html(
    '',
    `<checkout-button server="/checkout" order="gold" ${attributes}></checkout-button>
<script>var wanted = ${count}, count = () => document.querySelector('checkout-button').shadowRoot?.querySelectorAll('.tile[aria-disabled=false]').length;${readiness}; performance.mark('start')</script>`,
  )

const adyenUsage = `import { AdyenCheckout, Card, Dropin } from '@adyen/adyen-web'
import '@adyen/adyen-web/styles/adyen.css'
const checkout = await AdyenCheckout({
  environment: 'test', clientKey: 'test_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', locale: 'en-US', countryCode: 'NL',
  amount: { value: 1990, currency: 'EUR' }, analytics: { enabled: false },
  paymentMethodsResponse: { paymentMethods: names.map((name, at) => ({ name, type: 'method' + at })) },
  onSubmit() {}, onAdditionalDetails() {}, onPaymentCompleted() {}, onPaymentFailed() {}, onError() {},
})
new Dropin(checkout, { paymentMethodComponents: [Card], instantPaymentTypes: [] }).mount('#dropin')`

interface Measured {
  /** Milliseconds, the middle of all rounds. */
  readonly usable: number
  readonly longestTask: number
  readonly layoutShift: number
}

export interface Speeds {
  readonly ours: Measured
  readonly adyen: Measured
  /** With the methods fetched, and no slower processor than this one. */
  readonly fetched: Measured
  /** From the click to the frame in which the dialog stands; of the slowed processor, and of this one. */
  readonly dialogSlowed: number
  readonly dialog: number
}

export const adyenPage = `const names = ${JSON.stringify(names)}\n${adyenUsage}`

/** `script`: the file for <script>; `adyen`: the files of a page that runs `adyenPage`. */
export async function measureSpeed(script: Uint8Array, adyen: Readonly<Record<string, string | Uint8Array>>): Promise<Speeds> {
  const style = Object.keys(adyen).find((name) => name.endsWith('.css'))
  const inline = `<script>document.querySelector('checkout-button').offer = ${JSON.stringify(offerOf(methodCount))}</script>`
  const load = '<script type="module" src="/standalone.js"></script>'
  const files: Record<string, string | Uint8Array> = {
    '/ours': ours('', methodCount) + inline + load,
    '/fetched': ours('', 3) + load,
    '/adyen': html(
      `<link rel="stylesheet" href="/adyen/${style}">`,
      `<div id="dropin"></div><script>var wanted = ${methodCount}, count = () => document.querySelectorAll('.adyen-checkout__payment-method').length;${readiness}; performance.mark('start')</script><script type="module" src="/adyen/page.js"></script>`,
    ),
    '/standalone.js': script,
    '/checkout/methods': JSON.stringify(offerOf(3)),
  }
  for (const [name, file] of Object.entries(adyen)) files[`/adyen/${name}`] = file
  const provider = await serve({ '/pay': '<!doctype html><title>Payment page</title><h1>Payment page</h1>' })
  const hosted = urlOf(provider).replace('127.0.0.1', 'localhost')
  files['/checkout/checkouts'] = JSON.stringify({ id: 'checkout-0000000000000001', url: `${hosted}/pay`, speaksFrom: [] })
  const shop = await serve(files)
  const { executablePath, args } = await findChromium()
  const browser = await chromium.launch({ executablePath, args: [...args], chromiumSandbox: process.getuid?.() !== 0 })
  try {
    const runs: Record<'ours' | 'adyen' | 'fetched', Measured[]> = { ours: [], adyen: [], fetched: [] }
    const dialogs: Record<'slowed' | 'full', number[]> = { slowed: [], full: [] }
    for (let round = 0; round < rounds; round++) {
      runs.ours.push(
        await visit(browser, `${urlOf(shop)}/ours`, 4, async (page) => void dialogs.slowed.push(await click(page))),
      )
      runs.adyen.push(await visit(browser, `${urlOf(shop)}/adyen`, 4))
      runs.fetched.push(
        await visit(browser, `${urlOf(shop)}/fetched`, 1, async (page) => void dialogs.full.push(await click(page))),
      )
    }
    return {
      ...{ ours: middleOf(runs.ours), adyen: middleOf(runs.adyen), fetched: middleOf(runs.fetched) },
      ...{ dialogSlowed: middle(dialogs.slowed), dialog: middle(dialogs.full) },
    }
  } finally {
    await browser.close()
    shop.close()
    provider.close()
  }
}

/** A buyer with nothing in the cache. */
async function visit(browser: Browser, url: string, slowdown: number, then = async (_: Page) => {}): Promise<Measured> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    const { host } = new URL(url)
    await page.route(
      (address) => address.host !== host && address.hostname !== 'localhost',
      (route) => route.abort(),
    )
    await page.addInitScript(observe)
    const devtools = await context.newCDPSession(page)
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
    await page.goto(url)
    const usable = (await page.evaluate('usable')) as number
    await page.waitForTimeout(500) // what comes late is seen as well
    const { longest, shift } = (await page.evaluate('seen')) as { longest: number; shift: number }
    await then(page)
    return { usable, longestTask: longest, layoutShift: shift }
  } finally {
    await context.close()
  }
}

/** By the browser's own event: from the click's time stamp to the frame after the dialog stands open. */
async function click(page: Page): Promise<number> {
  // As text, since what runs this file writes helpers of its own into functions.
  await page.evaluate(`
    var painted = new Promise((resolve) => {
      let from = 0
      addEventListener('click', (event) => { from = event.timeStamp }, { capture: true, once: true })
      const root = document.querySelector('checkout-button').shadowRoot
      const look = () => root.querySelector('dialog[open]') ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - from))) : requestAnimationFrame(look)
      look()
    })
    0`)
  await page.locator('checkout-button [part~=method]').first().click()
  return page.evaluate('painted') as Promise<number>
}

async function serve(files: Readonly<Record<string, string | Uint8Array>>): Promise<Server> {
  const types: Readonly<Record<string, string>> = { js: 'text/javascript', css: 'text/css' }
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*/, '')
    const file = files[path]
    if (file === undefined) return void response.writeHead(path.startsWith('/checkout/') ? 204 : 404).end()
    const type = path.startsWith('/checkout/') ? 'application/json' : (types[path.split('.')[1] ?? ''] ?? 'text/html')
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' }).end(file)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const middle = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN
const middleOf = (runs: readonly Measured[]): Measured => ({
  usable: middle(runs.map(({ usable }) => usable)),
  longestTask: middle(runs.map(({ longestTask }) => longestTask)),
  layoutShift: Math.max(...runs.map(({ layoutShift }) => layoutShift)),
})
