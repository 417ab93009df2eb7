import type { Locator } from '@playwright/test'
import { expect, test } from './shop.js'

// The demo's own page, as a buyer with a small screen meets it before and after the button.

const middleOf = async (part: Locator) => {
  const { y, height } = (await part.boundingBox()) ?? { y: Number.NaN, height: 0 }
  return y + height / 2
}

test('on a phone each step begins in view, and the focus goes there', async ({ shop, page }) => {
  await page.setViewportSize({ width: 390, height: 600 })
  await page.goto(shop.demo.url)
  await page.getByRole('button', { name: 'Add to cart' }).first().click()
  await page.getByRole('button', { name: 'Check out' }).click()
  const payment = page.getByRole('heading', { name: 'Payment' })
  await expect(payment).toBeInViewport({ ratio: 1 })
  await expect(payment).toBeFocused()

  await expect(shop.tile('Credit Cards')).toBeVisible()
  await page.mouse.wheel(0, 800)
  await page.getByRole('button', { name: 'Change cart' }).click()
  const cart = page.getByRole('heading', { name: 'Cart' })
  await expect(cart).toBeInViewport({ ratio: 1 })
  await expect(cart).toBeFocused()
})

for (const width of [280, 360])
  test(`at ${width} px nothing is cut off, and name and cart stand in one line where there is room`, async ({ shop, page }) => {
    await page.setViewportSize({ width, height: 780 })
    await page.goto(shop.demo.url)
    await expect(page.locator('.product')).toHaveCount(3)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    const lineOf = async (part: Locator) => Math.round(Number(await part.evaluate((element) => element.clientHeight)))
    for (const text of await page.locator('.facts span').all()) expect(await lineOf(text)).toBeLessThan(30)
    for (const add of await page.locator('.add').all()) expect(await lineOf(add)).toBeLessThan(50)
    if (width < 340) return
    expect(Math.abs((await middleOf(page.locator('.brand'))) - (await middleOf(page.locator('.to-cart'))))).toBeLessThan(8)
  })

test('an order that does not reach the shop is not blamed on the e-mail address', async ({ shop, page }) => {
  await page.goto(shop.demo.url)
  await page.getByRole('button', { name: 'Add to cart' }).first().click()
  await page.context().setOffline(true)
  await page.getByRole('button', { name: 'Check out' }).click()
  await expect(page.getByRole('alert')).toHaveText(/No connection to the shop/)
  await page.context().setOffline(false)
  await page.getByLabel('E-mail for the receipt').fill('ada@localhost') // an address for browsers, and not for a receipt
  await page.getByRole('button', { name: 'Check out' }).click()
  await expect(page.getByRole('alert')).toHaveText(/Is the e-mail address complete/)
  await page.getByLabel('E-mail for the receipt').fill('ada@example.com')
  await page.getByRole('button', { name: 'Check out' }).click()
  await expect(shop.tile('Credit Cards')).toBeVisible()
})

test('a panel that is cut off from the server says so, and its buttons throw nothing', async ({ shop, page }) => {
  await page.goto(shop.demo.url)
  await page.getByRole('button', { name: 'Add to cart' }).first().click()
  await page.context().setOffline(true)
  const panel = page.getByRole('complementary')
  await expect(panel).toContainText('No answer from the demo’s server.')
  await panel.getByRole('button', { name: 'Start over' }).click()
  await panel.getByRole('combobox').selectOption('away')
  await page.context().setOffline(false)
  await expect(panel).not.toContainText('No answer')
  await expect(page.getByRole('button', { name: 'In the cart' })).toBeVisible() // nothing was started over
})
