import type { FrameLocator } from '@playwright/test'
import { press } from './press.js'
import { expect, type Shop, test } from './shop.js'

test('T-69 a blocked popup is told, and the page itself goes there', async ({ shop, page }) => {
  await page.addInitScript(() => {
    window.open = () => null
  })
  await shop.visit()
  await shop.tile('iDeal').click()
  await expect(shop.says).toHaveText(/^Your browser blocked the payment window/)
  await expect(shop.says).toBeInViewport()
  await page.waitForURL(`${shop.demo.sandboxUrl}/**`)
  await shop.pay(page)
  await page.waitForURL(`${shop.demo.url}/**`)
  await expect(shop.receipt).toBeVisible()
  expect(await shop.hooks()).toEqual(['fulfil'])
})

test('T-72 a page that refuses frames: the way out stands in the dialog, and works', async ({ shop, page }) => {
  await page.clock.install()
  await shop.faults({ refusesFrames: true })
  await shop.visit()
  await shop.tile('Credit Cards').click()
  const wayOut = shop.dialog.getByRole('button', { name: 'Open in a new window' })
  await expect(wayOut).toBeVisible()
  await expect(shop.dialog.locator('[part=dialog-hint]')).toBeEmpty()
  await shop.later(9000)
  await expect(shop.dialog.locator('[part=dialog-hint]')).toHaveText(/Does the page stay empty\?/)
  expect(shop.heard).toEqual(['checkout-open'])

  const popup = await shop.popup(() => wayOut.click())
  expect(shop.opened).toEqual([true])
  await expect(shop.dialog).toBeHidden()
  await expect(shop.says).toHaveText('Finish in the payment window.')
  const closed = popup.waitForEvent('close')
  await shop.pay(popup)
  await closed
  await expect(shop.receipt).toBeVisible()
  expect(shop.asked).toHaveLength(1)
  expect(await shop.hooks()).toEqual(['fulfil'])
})

for (const openerPolicy of ['same-origin', 'same-origin-allow-popups', 'noopener-allow-popups'])
  test(`T-70 a payment page with opener policy ${openerPolicy} cuts the window off: no failure, and paying there counts`, async ({
    shop,
    page,
  }) => {
    await page.clock.install()
    await shop.faults({ openerPolicy })
    await shop.visit()
    const popup = await shop.popup(() => shop.tile('iDeal').click())
    await expect(popup.getByRole('button', { name: /^Pay €/ })).toBeVisible()
    await expect(shop.says).toHaveText(/Confirming/)
    await shop.later(6000)
    await expect(shop.says).toHaveText(/Not finished yet\?/)
    expect(shop.heard).toEqual(['checkout-open'])
    await shop.pay(popup)
    await page.bringToFront()
    await expect(shop.receipt).toBeVisible()
    expect(shop.heard.filter((type) => type === 'checkout-failure' || type === 'checkout-close')).toEqual([])
    expect(await shop.hooks()).toEqual(['fulfil'])
  })

test('T-71 a payment page that leads the shop elsewhere: the way back finds the payment that goes on', async ({
  shop,
  page,
}) => {
  await shop.visit()
  const popup = await shop.popup(() => shop.tile('iDeal').click())
  await expect(popup.getByRole('button', { name: /^Pay €/ })).toBeVisible()
  await page.route('http://elsewhere.test/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<h1>Your shop, log in again</h1>' }),
  )
  await popup.evaluate(() => {
    window.opener.location = 'http://elsewhere.test/'
  })
  await page.waitForURL('http://elsewhere.test/')
  await page.goBack()
  await expect(shop.says).toHaveText(/Confirming|Not finished yet\?/) // the checkout is known again, before anything is paid
  const closed = popup.waitForEvent('close')
  await shop.pay(popup)
  await closed
  await expect(shop.receipt).toBeVisible()
  expect(shop.asked).toHaveLength(1)
  expect(await shop.hooks()).toEqual(['fulfil'])
})

/** The shop inside a page of somebody else's. */
async function visitFramed(shop: Shop, attributes = ''): Promise<FrameLocator> {
  const { page, demo } = shop
  const html = (body: string) => ({ contentType: 'text/html', body })
  await page
    .context()
    .route('http://elsewhere.test/**', (route) =>
      route.fulfill(html(`<iframe src="${demo.url}/bare" width="800" height="700"></iframe>`)),
    )
  await shop.place()
  await page
    .context()
    .route(`${demo.url}/bare`, (route) =>
      route.fulfill(
        html(
          `<script type="module" src="/src/index.ts"></script><checkout-button server="/checkout" order="${shop.order}" ${attributes}></checkout-button>`,
        ),
      ),
    )
  await page.goto('http://elsewhere.test/')
  return page.frameLocator('iframe')
}

test('T-74 a shop inside a foreign frame opens a window, also where the page around it is not secure', async ({
  shop,
  page,
}) => {
  const framed = await visitFramed(shop)
  expect(await page.evaluate(() => isSecureContext)).toBe(false) // where crypto.randomUUID is missing
  const popup = await shop.popup(() => framed.getByRole('button', { name: 'Credit Cards' }).click())
  const closed = popup.waitForEvent('close')
  await shop.pay(popup)
  await closed
  await expect(framed.locator('[part=paid]')).toHaveText('Paid €9.00')
})

test('T-74 with refuse-when-framed nothing is sold inside another page; by itself the same page sells', async ({
  shop,
  page,
}) => {
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  const framed = await visitFramed(shop, 'refuse-when-framed')
  await expect(framed.locator('[part=message]')).toHaveText('Payment methods could not be loaded.')
  await press(framed.getByRole('button', { name: 'Try again' }))
  await expect(framed.getByRole('button', { name: 'Credit Cards' })).toHaveCount(0)
  expect(said.filter((text) => text.includes('or obeys refuse-when-framed'))).toHaveLength(1)
  await page.goto(`${shop.demo.url}/bare`)
  await expect(page.getByRole('button', { name: 'Credit Cards' })).toBeVisible()
})
