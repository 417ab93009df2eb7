import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type BrowserContextOptions, chromium, type Page } from 'playwright'
import { startDemo } from '../../demo/server.js'
import { findChromium } from '../browsers.js'

// `npm run screenshots`: the pictures of the README, made of the running demo, in light and dark. Ports, cart and browser are the same
// every time, and nothing with a time or a random number is in view. PORT names others, as with `npm start`.

const folder = fileURLToPath(new URL('../../demo/pictures/', import.meta.url))
mkdirSync(folder, { recursive: true })

const viewport = { width: 960, height: 800 }
const port = Number(process.env.PORT ?? 3000)
const demo = await startDemo({ port, sandboxPort: port + 1, currency: 'USD' })
const { executablePath, args } = await findChromium()
const browser = await chromium.launch({ executablePath, args: [...args, '--force-color-profile=srgb'] })

async function visit(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce', ...options })
  await context.addInitScript(() => {
    if (location.hostname === '127.0.0.1') localStorage['quiet-hours'] ??= JSON.stringify({ cart: ['rain', 'forest'] })
  })
  const page = await context.newPage()
  await page.goto(demo.url)
  await page.locator('form button.primary').click()
  await page.locator('checkout-button img').first().waitFor()
  await page.waitForLoadState('networkidle')
  await page.evaluate(() => scrollTo(0, 0))
  return page
}

/** As WebP, which is a third of a PNG; Playwright itself writes none. */
async function shoot(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0)
  const browserSide = await page.context().newCDPSession(page)
  const clip = { x: 0, y: 0, ...viewport, scale: 1 }
  const { data } = await browserSide.send('Page.captureScreenshot', { format: 'webp', quality: 82, clip })
  const picture = Buffer.from(data, 'base64')
  writeFileSync(`${folder}${name}.webp`, picture)
  console.log(`demo/pictures/${name}.webp: ${picture.length} bytes`)
}

try {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await visit({ colorScheme, viewport })
    await shoot(page, `methods-${colorScheme}`)
    await page.getByRole('button', { name: 'Credit Cards' }).click()
    await page.frameLocator('checkout-button iframe').locator('button[value=pay]').waitFor()
    await shoot(page, `dialog-${colorScheme}`)
    await page.context().close()
  }
} finally {
  await browser.close()
  await demo.close()
}
