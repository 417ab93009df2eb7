import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium, type Page } from 'playwright'
import { writePrice } from '../../src/protocol/price-text.js'
import type { Offer, PaymentMethod } from '../../src/protocol/requests.js'
import { findChromium } from '../browsers.js'

// How soon a buyer can use it, in a real browser: beside the Adyen drop-in, by turns, under the same terms.
//
//   Start   A page that stands already, painted and at rest, asks for the script: what the browser needs for any page at all is in neither
//           figure. Nothing is cached, so loading and compiling count. The drop-in's style sheet (146 kB) is there beforehand.
//   Near    Both come from the same server on this machine, with the same fifty methods in the page. No other host is reached: what the
//           drop-in would load from its vendor fails at once, which is quicker than loading it.
//   First   One method has its button, which is not disabled, and the frame that shows it has been made. That it then does something when
//           it is pressed is tried each time, outside the figure.
//   Usable  So have all fifty.

const rounds = Number(process.env.ROUNDS ?? 9)
const methodCount = 50

const names = Array.from({ length: methodCount }, (_, at) => `Method ${at + 1}`)
/** As our server answers a browser that speaks this language. */
function offerOf(count: number): Offer {
  const methods = names.slice(0, count).map((label, at): PaymentMethod => ({ id: `acme:m${at}`, label, surfaces: ['iframe'] }))
  const offer = { title: 'Gold membership', price: { amount: '19.90', currency: 'EUR' }, methods }
  return { ...offer, written: writePrice(offer, locale) }
}
const locale = 'en-US'

/** Runs in the page before all else. */
const observe = () => {
  const seen = { longest: 0, shift: 0, moved: [] as string[] }
  Object.assign(window, { seen })
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration)
  }).observe({ type: 'longtask' })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { value, sources } = entry as unknown as { value: number; sources: { node?: Node }[] }
      seen.shift += value
      for (const { node } of sources) seen.moved.push(node?.nodeName ?? '?')
    }
  }).observe({ type: 'layout-shift', buffered: true })
}

/**
 * Asks for the script once the page is at rest, and measures until one of the `buttons` is there, and until as many as `wanted` are. By the
 * page's own hand: a call from outside would cost the page time as well. A frame that finds them is the one that shows them, and a timer set
 * in it fires after it.
 */
const measured = (script: string, wanted: number, buttons: string) => `<script>
var usable = new Promise((resolve) => {
  const start = () => {
    seen.longest = 0
    const element = Object.assign(document.createElement('script'), { type: 'module', src: '${script}' })
    const from = performance.now()
    document.head.append(element)
    let first
    const look = () => {
      const { length } = ${buttons}
      setTimeout(() => {
        const now = performance.now() - from
        if (length) first ??= now
        if (length === ${wanted}) resolve({ first, usable: now })
      })
      if (length !== ${wanted}) requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  }
  addEventListener('load', () => requestAnimationFrame(() => setTimeout(start, 500)))
})
</script>`

const html = (head: string, body: string) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>${head}<h1>Your order</h1>${body}<p>The small print below.</p>`
/** With the one rule that the README gives a page, so that nothing of it moves when the script comes. */
const ours = (count: number, body: string) =>
  html(
    `<style>checkout-button { display: block; min-height: ${count > 3 ? count * 60 + 18 : 198}px }</style>`,
    `<checkout-button server="/checkout" order="gold"></checkout-button>${body}
${measured('/standalone.js', count, "document.querySelector('checkout-button').shadowRoot?.querySelectorAll('.tile[aria-disabled=false]') ?? []")}`,
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

const adyenButton = '.adyen-checkout__payment-method button'

interface Measured {
  /** Milliseconds, the middle of all rounds; the longest task is 0 where none took 50 ms. */
  readonly first: number
  readonly usable: number
  readonly longestTask: number
  /** The most of all rounds, and what moved. */
  readonly layoutShift: number
  readonly moved: readonly string[]
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
  const files: Record<string, string | Uint8Array> = {
    '/ours': ours(methodCount, inline),
    '/fetched': ours(3, ''),
    '/adyen': html(
      `<link rel="stylesheet" href="/adyen/${style}">`,
      `<div id="dropin"></div>${measured('/adyen/page.js', methodCount, `document.querySelectorAll('${adyenButton}:enabled')`)}`,
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
      runs.adyen.push(await visit(browser, `${urlOf(shop)}/adyen`, 4, press))
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
  const context = await browser.newContext({ locale })
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
    const { first, usable } = (await page.evaluate('usable')) as { first: number; usable: number }
    await page.waitForTimeout(500) // what comes late is seen as well
    const { longest, shift, moved } = (await page.evaluate('seen')) as { longest: number; shift: number; moved: string[] }
    await then(page)
    return { first, usable, longestTask: longest, layoutShift: shift, moved }
  } finally {
    await context.close()
  }
}

/** The drop-in's answer: the method unfolds. */
async function press(page: Page): Promise<void> {
  await page.locator(adyenButton).first().click()
  await page.locator('.adyen-checkout__payment-method--selected').waitFor({ timeout: 5_000 })
}

/**
 * From the time stamp of the click to the end of the first frame with the dialog in it. The pointer rests on the button before, as a
 * person's does.
 */
async function click(page: Page): Promise<number> {
  const method = page.locator('checkout-button [part~=method]').first()
  await method.hover()
  await page.waitForTimeout(300)
  // As text, since what runs this file writes helpers of its own into functions.
  await page.evaluate(`
    var painted = new Promise((resolve) => {
      let from = 0
      addEventListener('click', (event) => { from = event.timeStamp }, { capture: true, once: true })
      const root = document.querySelector('checkout-button').shadowRoot
      const look = () => root.querySelector('dialog[open]') ? setTimeout(() => resolve(performance.now() - from)) : requestAnimationFrame(look)
      look()
    })
    0`)
  await method.click()
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
  first: middle(runs.map(({ first }) => first)),
  usable: middle(runs.map(({ usable }) => usable)),
  longestTask: middle(runs.map(({ longestTask }) => longestTask)),
  layoutShift: Math.max(...runs.map(({ layoutShift }) => layoutShift)),
  moved: [...new Set(runs.flatMap(({ moved }) => moved))],
})
