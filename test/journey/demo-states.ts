import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type BrowserContextOptions, chromium, type Page } from '@playwright/test'
import { startDemo } from '../../demo/server.js'
import { findChromium } from '../browsers.js'
import { press } from './press.js'

// `npx tsx test/journey/demo-states.ts <folder>`: the demo in every state, to be looked at by a person. Nothing is compared.

const folder = process.argv[2]
if (!folder) throw new Error('name the folder for the pictures')
mkdirSync(folder, { recursive: true })

const demo = await startDemo()
const { executablePath, args } = await findChromium()
const browser = await chromium.launch({ executablePath, args: [...args] })

/** Around the buyer's next choice. */
const outcome = (change: object) =>
  fetch(`${demo.sandboxUrl}/sandbox/outcome`, { method: 'POST', body: JSON.stringify(change) })

const away = (fault: 'away' | 'none') =>
  fetch(`${demo.url}/developer/shop-fault`, { method: 'POST', headers: { origin: demo.url }, body: fault })

async function visit(options: BrowserContextOptions = {}, look: object = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  await context.addInitScript(
    (kept) => {
      if (location.hostname === '127.0.0.1' && window.top === window) localStorage['quiet-hours'] ??= kept
    },
    JSON.stringify({ cart: ['rain', 'forest'], ...look }),
  )
  const page = await context.newPage()
  await page.goto(demo.url)
  await page.locator('.product').first().waitFor()
  return page
}

/** After what moves has come to rest. */
async function shoot(page: Page, name: string, fullPage = false): Promise<void> {
  await page.evaluate(() => document.fonts.ready)
  await page.screenshot({ path: join(folder as string, `${name}.png`), animations: 'disabled', fullPage })
  console.log(name)
}

const button = (page: Page) => page.locator('checkout-button')
const frame = (page: Page) => button(page).frameLocator('iframe')
const says = (page: Page, words: RegExp) => button(page).locator('[part=message]', { hasText: words }).waitFor()
const payAt = (hosted: ReturnType<typeof frame> | Page) => hosted.locator('button[value=pay]')
const checkOut = async (page: Page) => {
  await page.locator('form button.primary').click()
  await button(page).locator('[part~=method]').first().waitFor()
}
const choose = (page: Page, name: string) => button(page).getByRole('button', { name }).click()

async function inFrame(name: string, options?: BrowserContextOptions, look: { lang?: string } = {}): Promise<void> {
  await outcome({ processing: 300, pingbackAfter: 2500, returnAfter: 300 })
  const page = await visit(options, { surface: 'iframe', ...look })
  await shoot(page, `${name}-shop`, true)
  await checkOut(page)
  await button(page).scrollIntoViewIfNeeded()
  await shoot(page, `${name}-list`)
  await choose(page, 'Credit Cards')
  await payAt(frame(page)).waitFor()
  await shoot(page, `${name}-dialog`)
  await press(payAt(frame(page)))
  await button(page).locator('[part=progress]').waitFor()
  await shoot(page, `${name}-confirming`)
  await page.locator('.receipt .code').waitFor()
  await shoot(page, `${name}-receipt`)
  await page.context().close()
}

await inFrame('light', { colorScheme: 'light' })
await inFrame('dark', { colorScheme: 'dark' })
await inFrame('phone', { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true })
await inFrame('arabic', {}, { lang: 'ar' })

for (const colorScheme of ['light', 'dark'] as const) {
  await outcome({ processing: 20_000 })
  const page = await visit({ colorScheme })
  await checkOut(page)
  await page.route('**/checkout/checkouts', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 6000))
    await route.continue().catch(() => {})
  })
  await choose(page, 'Credit Cards')
  await button(page).getByRole('button', { name: 'Cancel' }).waitFor()
  await shoot(page, `${colorScheme}-opening`)
  await press(payAt(frame(page)))
  await frame(page).locator('[data-section=processing] h2').waitFor()
  await button(page).getByRole('button', { name: 'Close' }).first().click()
  await shoot(page, `${colorScheme}-closing-asks`)
  await page.context().close()

  await outcome({ processing: 300, returnAfter: 300 })
  const second = await visit({ colorScheme })
  await checkOut(second)
  const [popup] = await Promise.all([second.waitForEvent('popup'), choose(second, 'iDeal')])
  await payAt(popup).waitFor()
  await shoot(second, `${colorScheme}-popup`)
  await popup.getByRole('button', { name: 'Decline' }).first().click()
  await says(second, /not completed/)
  await shoot(second, `${colorScheme}-failed`)
  const [again] = await Promise.all([second.waitForEvent('popup'), choose(second, 'iDeal')])
  await payAt(again).waitFor()
  await again.close()
  await says(second, /Not finished/)
  await shoot(second, `${colorScheme}-astray`)
  await second.context().close()

  const third = await visit({ colorScheme }, { layout: 'single' })
  await checkOut(third)
  await shoot(third, `${colorScheme}-single`)
  await away('away')
  await third.reload()
  await button(third).locator('[part=action]').waitFor()
  await shoot(third, `${colorScheme}-unavailable`)
  await away('none')
  await third.context().close()

  // Paid, as the element itself shows it to a page without a receipt of its own.
  await outcome({ processing: 300, returnAfter: 300 })
  const last = await visit({ colorScheme })
  await checkOut(last)
  await last.evaluate(() => {
    document.addEventListener('checkout-success', (event) => event.stopImmediatePropagation(), { capture: true })
  })
  await choose(last, 'Credit Cards')
  await press(payAt(frame(last)))
  await button(last).locator('[part=paid]').waitFor()
  await shoot(last, `${colorScheme}-paid`)
  await last.context().close()
}

await browser.close()
await demo.close()
