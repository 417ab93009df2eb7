import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './shop.js'

async function expectNoViolations(page: Page, ...except: string[]) {
  // The developer panel, which has a test of its own, is twice as much as all the rest.
  const { violations } = await new AxeBuilder({ page }).exclude('#developer').disableRules(except).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual([])
}

// The `main` of the page in the frame and that of the page behind it, which is inert, would count as two of one document.
const framed = 'landmark-unique'

test('T-79 axe finds nothing in the demo, developer panel and all', async ({ shop, page }) => {
  await page.goto(shop.demo.url)
  await expect(page.locator('.product')).toHaveCount(3)
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations).toEqual([])
})

test('T-79 axe finds nothing in the list and in the dialog, in the dark', async ({ shop, page }) => {
  await shop.visit({ theme: 'dark' })
  await expect(shop.tile('Credit Cards')).toBeVisible()
  await expectNoViolations(page)
  await shop.tile('Credit Cards').click()
  await expect(shop.frame.getByRole('button', { name: /^Pay €/ })).toBeVisible()
  await expectNoViolations(page, framed)
})

test('T-79 axe finds nothing in the list, the dialog, while confirming, and in what is paid', async ({ shop, page }) => {
  await shop.visit({ theme: 'light' })
  await expect(shop.tile('Credit Cards')).toBeVisible()
  await expectNoViolations(page)
  await shop.tile('Credit Cards').click()
  await expect(shop.frame.getByRole('button', { name: /^Pay €/ })).toBeVisible()
  await expectNoViolations(page, framed)

  await shop.hold()
  await shop.pay(shop.frame)
  await expect(shop.says).toHaveText(/Confirming/)
  await expectNoViolations(page)
  await shop.release()
  await expect(shop.receipt).toBeVisible()
  await expectNoViolations(page)
  await shop.visitBare(
    `<main><h1>Order</h1><checkout-button server="/checkout" order="${shop.order}"></checkout-button></main>`,
  )
  await expect(shop.button.locator('[part=paid]')).toBeVisible()
  await expectNoViolations(page)
})

test('T-79 by keyboard alone, in the frame', async ({ shop, page }) => {
  await shop.visit()
  await expect(shop.tile('Credit Cards')).toBeVisible()
  await page.getByRole('button', { name: 'Change cart' }).focus()
  await page.keyboard.press('Tab')
  await expect(shop.tile('Credit Cards')).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(shop.dialog).toBeFocused()

  // The page behind is out of reach: the first stop is the dialog's own.
  await page.keyboard.press('Tab')
  await expect(shop.dialog.getByRole('button', { name: 'Close' })).toBeFocused()
  const pay = shop.frame.getByRole('button', { name: /^Pay €/ })
  await expect(pay).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(shop.frame.getByRole('radio')).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(pay).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(shop.receipt).toBeFocused()
})

test('on a phone the page itself goes there, and the receipt is in view when it comes', async ({ shop, page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await shop.hold()
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await page.waitForURL(`${shop.demo.sandboxUrl}/**`)
  await shop.pay(page)
  await page.waitForURL(`${shop.demo.url}/**`)
  await expect(shop.says).toHaveText(/Confirming/)
  await page.mouse.wheel(0, 400)
  await shop.release()
  await expect(shop.receipt).toBeInViewport({ ratio: 1 })
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
})

test('Arabic: right to left, in its own words, dialog and all', async ({ shop, page }) => {
  await shop.visit({ lang: 'ar' })
  const base = shop.button.locator('[part=base]')
  await expect(base).toHaveAttribute('dir', 'rtl')
  await expect(base).toHaveAttribute('lang', /^ar/)
  await expect(base).toContainText('ادفع عبر')
  await shop.tile('Credit Cards').click()
  await expect(shop.dialog).toHaveAttribute('dir', 'rtl')
  await expect(shop.dialog.getByRole('button', { name: 'إغلاق' })).toBeVisible()
  await expect(shop.dialog.getByRole('button', { name: 'فتح في نافذة جديدة' })).toBeVisible()
  await shop.hold()
  await shop.pay(shop.frame)
  await expect(shop.says).toHaveText(/جارٍ التأكيد مع المتجر/)
  await shop.release()
  await expect(page.getByRole('heading', { name: 'شكرًا لك!' })).toBeVisible()
})

for (const zoom of [2, 4])
  test(`at ${zoom * 100} % zoom everything can be reached without scrolling sideways, and it can be paid`, async ({
    shop,
    browser,
  }) => {
    // What a browser does at this zoom on a screen of 1280 by 900.
    const viewport = { width: 1280 / zoom, height: Math.round(900 / zoom) }
    const context = await browser.newContext({ viewport, deviceScaleFactor: zoom })
    const page = await context.newPage()
    try {
      await page.goto(shop.demo.url)
      await page.setContent(
        `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Shop</title><script type="module" src="/src/index.ts"></script>
          <checkout-button server="/checkout" order="${await shop.place()}" country="NL" surface="iframe"></checkout-button>`,
      )
      const button = page.locator('checkout-button')
      for (const tile of await button.locator('[part=method]').all()) {
        await tile.scrollIntoViewIfNeeded()
        await expect(tile).toBeInViewport({ ratio: 1 })
      }
      await button.getByRole('button', { name: 'Credit Cards' }).click()
      const dialog = button.getByRole('dialog')
      for (const name of ['Close', 'Open in a new window'])
        await expect(dialog.getByRole('button', { name, exact: true })).toBeInViewport({ ratio: 1 })
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width)
      const pay = button.frameLocator('iframe').getByRole('button', { name: /^Pay €/ })
      await pay.scrollIntoViewIfNeeded()
      await expect(pay).toBeInViewport()
      await pay.click()
      await expect(button.locator('[part=paid]')).toBeInViewport({ ratio: 1 })
    } finally {
      await context.close()
    }
  })
