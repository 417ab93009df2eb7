import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright'
import { build } from 'vite'
import { findChromium } from '../browsers.js'

// `npx tsx test/journey/states.ts <folder> [part of a name]`: every state of the element on one sheet, for every layout, colour scheme,
// width and direction, to be looked at by a person. Nothing is compared.

const [folder, only = ''] = process.argv.slice(2)
if (!folder) throw new Error('name the folder for the pictures')
mkdirSync(folder, { recursive: true })

const id = 'checkout-0000000000000001'
const logo = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 44 28"><circle cx="16" cy="14" r="10" fill="#d33"/><circle cx="28" cy="14" r="10" fill="#e93"/></svg>')}`
const methods = [
  {
    id: 'acme:card',
    label: 'Credit or debit card',
    icon: 'https://logos.example/card.svg',
    surfaces: ['iframe', 'popup', 'redirect'],
  },
  { id: 'acme:ideal', label: 'iDEAL', icon: 'https://logos.example/ideal.svg', surfaces: ['popup', 'redirect'] },
  { id: 'wipay:card', label: 'WiPay', surfaces: ['redirect'], feeOnTop: true },
]
const gold = { title: 'Gold membership', price: { amount: '19.90', currency: 'USD' }, methods }
const month = { every: 1, unit: 'month' }
const trial = { period: month, trial: { period: { every: 1, unit: 'week' }, price: { amount: '1.00', currency: 'USD' } } }

/** What the server answers, what the element is told, and what the buyer does. */
interface State {
  readonly offer?: object | number
  readonly open?: 'never' | 'refused'
  readonly status?: string
  readonly attributes?: string
  readonly query?: string
  readonly act?: (page: Page) => Promise<unknown>
  /** Above the page: the window is drawn whole. */
  readonly isOnTop?: boolean
  /** Its time is moved on by hand. */
  readonly isLater?: boolean
  /** The same in every layout. */
  readonly isCommon?: boolean
}

const part = (page: Page, name: string) => page.locator(`checkout-button [part~=${name}]`)
const first = async (page: Page) => {
  await part(page, 'method').first().click()
  const chooser = part(page, 'chooser')
  if (await chooser.isVisible().catch(() => false)) await chooser.locator('[part~=method]').first().click()
}
const shown = (page: Page) => part(page, 'method').first().waitFor()
const settle = (page: Page) => page.waitForTimeout(250)
const cancelIsThere = (page: Page) => part(page, 'action').waitFor({ state: 'attached' })
const reached = (state: string) => (page: Page) => page.locator(`checkout-button:state(${state})`).waitFor()
const steps =
  (...all: ((page: Page) => Promise<unknown>)[]) =>
  async (page: Page) => {
    for (const step of all) await step(page)
  }

const states: Readonly<Record<string, State>> = {
  loading: { offer: 0, act: settle },
  ready: { act: shown },
  focused: { act: steps(shown, (page) => page.keyboard.press('Tab')) },
  'one method': { offer: { ...gold, methods: methods.slice(1, 2) }, act: shown },
  trial: { offer: { ...gold, renews: trial }, act: shown },
  disabled: { attributes: 'disabled', act: shown },
  opening: {
    open: 'never',
    act: steps(first, cancelIsThere),
  },
  'opening, after 4 s': {
    open: 'never',
    async act(page) {
      await steps(first, cancelIsThere)(page)
      await page.evaluate(() => {
        const root = document.querySelector('checkout-button')?.shadowRoot
        for (const animation of root?.getAnimations() ?? [])
          if (Number(animation.effect?.getComputedTiming().delay) > 0) animation.currentTime = 5000
      })
    },
  },
  failed: {
    open: 'refused',
    act: steps(first, reached('failed')),
  },
  'paying in a window': { isCommon: true, attributes: 'surface="popup"', act: steps(first, reached('paying')) },
  confirming: { isCommon: true, query: `?checkout=${id}`, act: settle },
  declined: { query: `?checkout=${id}`, status: 'declined', act: reached('failed') },
  expired: { isCommon: true, query: `?checkout=${id}`, status: 'expired', act: reached('failed') },
  waiting: {
    isCommon: true,
    query: `?checkout=${id}`,
    isLater: true,
    act: steps(reached('confirming'), (page) => page.clock.runFor(11 * 60_000), reached('waiting')),
  },
  paid: { isCommon: true, query: `?checkout=${id}`, status: 'paid', act: (page) => part(page, 'paid').waitFor() },
  none: { isCommon: true, offer: { ...gold, methods: [] }, act: settle },
  unavailable: { isCommon: true, offer: 403, act: (page) => part(page, 'action').waitFor() },
  chooser: {
    act: steps(shown, (page) => part(page, 'method').first().click(), settle),
    isOnTop: true,
  },
  dialog: {
    isCommon: true,
    attributes: 'surface="iframe"',
    act: steps(first, (page) => part(page, 'dialog').waitFor(), settle),
    isOnTop: true,
  },
}

// Built once: a page of one file is there at once, and it is what a shop ships.
const root = fileURLToPath(new URL('../..', import.meta.url))
const built = mkdtempSync(join(tmpdir(), 'checkout-button-states-'))
for (const mode of ['browser', 'standalone'])
  await build({ root, mode, logLevel: 'error', build: { outDir: built, emptyOutDir: false } })
const address = 'http://shop.example/'

const read = (url: string) => readFileSync(join(built, new URL(url).pathname))

async function shoot(page: Page, state: State, attributes: string, dir: string, height: number): Promise<Buffer> {
  const { offer = gold, status = 'pending', query = '', act, isOnTop } = state
  await page.unrouteAll()
  if (state.isLater) await page.clock.install()
  await page.route(`${address}checkout/**`, (route) => {
    const { pathname } = new URL(route.request().url())
    if (pathname.endsWith('/signals')) return route.fulfill({ status: 204 })
    if (pathname.endsWith('/methods')) {
      if (offer === 0) return
      if (typeof offer === 'number') return route.fulfill({ status: offer, json: { error: 'origin_refused', message: 'no' } })
      return route.fulfill({ json: offer })
    }
    if (!pathname.endsWith('/checkouts')) return route.fulfill({ json: { state: status, delivered: status === 'paid' } })
    if (state.open === 'never') return
    if (state.open === 'refused') return route.fulfill({ status: 502, json: { error: 'provider_refused', message: 'no' } })
    return route.fulfill({ json: { id, url: 'https://pay.example/page' } })
  })
  await page.route('https://pay.example/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Pay</title><h1>Payment page</h1>' }),
  )
  await page.route('https://logos.example/**', (route) =>
    route.fulfill({ contentType: 'image/svg+xml', body: decodeURIComponent(logo.slice(logo.indexOf(',') + 1)) }),
  )
  await page.route(`${address}*.js`, (route) =>
    route.fulfill({ contentType: 'text/javascript', body: read(route.request().url()) }),
  )
  await page.route(`${address}languages/*.js`, (route) =>
    route.fulfill({ contentType: 'text/javascript', body: read(route.request().url()) }),
  )
  const lang = dir === 'rtl' ? 'ar' : 'en'
  await page.route('**/sheet*', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><html lang="${lang}" dir="${dir}"><meta name="color-scheme" content="light dark"><title>State</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; margin: 12px }</style>
<checkout-button server="/checkout" order="gold" ${state.attributes ?? ''} ${attributes}></checkout-button>
<script>window.open = () => ({ closed: false, document: {}, location: { replace() {} }, close() {}, focus() {} })</script>
<script type="module" src="/standalone.js"></script>`,
    }),
  )
  await page.goto(`${address}sheet${query}`)
  await page.locator('checkout-button:defined').waitFor({ state: 'attached' })
  await act?.(page)
  await page.mouse.move(0, 0)
  await page.waitForTimeout(150)
  const bottom = await page.evaluate(() => document.body.getBoundingClientRect().bottom + 12)
  const clip = {
    x: 0,
    y: 0,
    width: page.viewportSize()?.width ?? 0,
    height: isOnTop ? height : Math.min(height, Math.ceil(bottom)),
  }
  return page.screenshot({ clip, animations: state.open || isOnTop ? 'allow' : 'disabled' })
}

async function sheet(browser: Browser, layout: string, colours: string, width: number, dir: string): Promise<void> {
  const name = `${layout}-${colours}-${width}-${dir}`
  if (!name.includes(only)) return
  const height = 620
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: colours === 'dark' ? 'dark' : 'light',
    forcedColors: colours === 'forced' ? 'active' : 'none',
    locale: 'en-US',
  })
  const figures: string[] = []
  for (const [title, state] of Object.entries(states)) {
    if (layout === 'list' ? title === 'chooser' : state.isCommon || (title === 'chooser' && layout !== 'single')) continue
    const page = await context.newPage() // a session of its own: what one state remembers is not the next one's
    const picture = await shoot(page, state, `layout="${layout}"`, dir, height)
    await page.close()
    figures.push(
      `<figure><figcaption>${title}</figcaption><img src="data:image/png;base64,${picture.toString('base64')}"></figure>`,
    )
  }
  await context.close()
  const board = await browser.newPage({ viewport: { width: Math.max(1300, width + 40), height: 600 } })
  await board.setContent(
    `<style>body{font:13px sans-serif;background:#889;display:flex;flex-wrap:wrap;gap:12px;align-items:start}figure{margin:0}img{display:block}</style>${figures.join('')}`,
  )
  await board.screenshot({ path: join(folder as string, `${name}.png`), fullPage: true })
  await board.close()
  console.log(name)
}

const { executablePath, args } = await findChromium()
const browser = await chromium.launch({ executablePath, args: [...args] })
for (const layout of ['list', 'grid', 'single'])
  for (const colours of ['light', 'dark', 'forced'])
    for (const width of [280, 390, 1280]) for (const dir of ['ltr', 'rtl']) await sheet(browser, layout, colours, width, dir)
await browser.close()
rmSync(built, { recursive: true })
