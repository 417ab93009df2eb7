import { press } from './press.js'
import { expect, type Shop, test } from './shop.js'

test('from the shelf to the receipt, in a frame', async ({ shop, page }) => {
  await shop.hold()
  await page.goto(shop.demo.url)
  await page.getByRole('button', { name: 'Add to cart' }).first().click()
  await page.getByRole('button', { name: 'Check out' }).click()
  await shop.tile('Credit Cards').click()

  await expect(shop.dialog).toContainText('€9.00')
  await expect(shop.dialog).toContainText(`Payment page of ${new URL(shop.demo.sandboxUrl).host}`)
  await shop.pay(shop.frame)

  // The provider's page has said "success"; the shop's server knows nothing yet, and so nothing is said to be paid.
  await expect(shop.says).toHaveText(/Confirming with the shop/)
  await expect(shop.dialog).toBeHidden()
  expect(shop.heard).toEqual(['checkout-open'])
  await shop.release()
  await expect(shop.receipt).toBeVisible()
  await expect(page.locator('.code strong')).toHaveText(/^[0-9A-F]{4}-/)

  shop.order = (await shop.desk()).orders[0]?.id ?? ''
  expect(await shop.states()).toEqual(['paid done'])
  expect(await shop.hooks()).toEqual(['fulfil'])
  expect(await shop.starts()).toEqual([1])
  expect(shop.heard).toEqual(['checkout-open', 'checkout-success'])
})

test('paid is shown in place, and the focus goes on where the new state begins', async ({ shop, page }) => {
  await shop.hold()
  await shop.visitBare(`<checkout-button server="/checkout" order="${await shop.place()}" country="NL"></checkout-button>`)
  await shop.tile('Credit Cards').click()
  await shop.pay(shop.frame)
  await expect(shop.says).toHaveText(/Confirming/)
  await expect(shop.button).toBeFocused()
  await shop.release()
  await expect(shop.button.locator('[part=paid]')).toHaveText('Paid €9.00')
  await expect(shop.button).toBeFocused()
  await expect(shop.button.getByRole('button')).toHaveCount(0)
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
})

test('T-69 a popup opens inside the click, before the server has answered, and closes by itself', async ({ shop, page }) => {
  let answer = () => {}
  const isSeen = new Promise<void>((resolve) => {
    answer = resolve
  })
  await page.route('**/checkout/checkouts', async (route) => {
    await isSeen
    await route.continue()
  })
  await shop.visit()
  const popup = await shop.popup(() => shop.tile('iDeal').click())
  expect(shop.opened).toEqual([true])
  await expect(popup.locator('body')).toHaveText(/^Opening/)
  answer()
  await expect(shop.says).toHaveText('Finish in the payment window.')
  const closed = popup.waitForEvent('close')
  await shop.pay(popup)
  await closed
  await expect(shop.receipt).toBeVisible()
  expect(shop.heard).toEqual(['checkout-open', 'checkout-success'])
  expect(await shop.hooks()).toEqual(['fulfil'])
})

test('T-82 a redirect comes back to the page it left, and the address shows nothing of it', async ({ shop, page }) => {
  await shop.hold()
  await shop.visit({ surface: 'redirect' })
  await shop.tile('Credit Cards').click()
  await page.waitForURL(`${shop.demo.sandboxUrl}/**`)
  await shop.pay(page)
  await page.waitForURL(`${shop.demo.url}/**`)
  await expect(shop.says).toHaveText(/Confirming/)
  await expect(page).toHaveURL(`${shop.demo.url}/`)
  await shop.release()
  await expect(shop.receipt).toBeVisible()
  expect(shop.heard).toEqual(['checkout-open', 'checkout-success'])
  await expect(page.locator('.events strong')).toHaveText(['checkout-success', 'checkout-open']) // over the redirect
  expect(await shop.hooks()).toEqual(['fulfil'])
})

test('a redirect whose payment is known before the buyer is back', async ({ shop, page }) => {
  await shop.outcome({ pingbackFirst: true, pingbackAfter: 0 })
  await shop.visit({ surface: 'redirect' })
  await shop.tile('PayPal').click()
  await page.waitForURL(`${shop.demo.sandboxUrl}/**`)
  await shop.pay(page)
  await page.waitForURL(`${shop.demo.url}/**`)
  await expect(shop.receipt).toBeVisible()
  await expect(page).toHaveURL(`${shop.demo.url}/`)
})

test('a declined payment is told, the methods are back, and another one works', async ({ shop }) => {
  await shop.visit()
  const popup = await shop.popup(() => shop.tile('iDeal').click())
  const closed = popup.waitForEvent('close')
  await popup.getByRole('button', { name: 'Decline' }).click()
  await closed
  await expect(shop.says).toHaveText('The payment was not completed. You can try again.')
  await expect(shop.tile('Credit Cards')).toBeFocused()
  expect(shop.heard).toEqual(['checkout-open', 'checkout-failure'])

  await shop.tile('Credit Cards').click()
  await shop.pay(shop.frame)
  await expect(shop.receipt).toBeVisible()
  expect(await shop.states()).toEqual(['paid done'])
})

test('a declined payment in a frame closes the dialog', async ({ shop }) => {
  await shop.visit({ country: 'JP' })
  await shop.tile('Konbini').click()
  await press(shop.frame.getByRole('button', { name: 'Decline' }))
  await expect(shop.says).toHaveText('The payment was not completed. You can try again.')
  await expect(shop.dialog).toBeHidden()
  await expect(shop.tile('Konbini')).toHaveAttribute('aria-disabled', 'false')
  expect(await shop.states()).toEqual([])
})

test('a declined payment is told on the way back from a redirect, and the address tells nothing', async ({ shop, page }) => {
  await shop.visit({ country: 'JP', surface: 'redirect' })
  await shop.tile('Konbini').click()
  await page.waitForURL(`${shop.demo.sandboxUrl}/**`)
  await page.getByRole('button', { name: 'Decline' }).click()
  await page.waitForURL(`${shop.demo.url}/**`)
  await expect(shop.says).toHaveText('The payment was not completed. You can try again.')
  await expect(shop.tile('Konbini')).toHaveAttribute('aria-disabled', 'false')
  expect(page.url()).not.toContain('checkout')
})

test('after a refused card, another card on the same page', async ({ shop }) => {
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await press(shop.frame.getByRole('button', { name: 'Decline' }))
  await press(shop.frame.getByRole('button', { name: 'Try again' }))
  await shop.pay(shop.frame)
  await expect(shop.receipt).toBeVisible()
  expect(shop.heard).toEqual(['checkout-open', 'checkout-success'])
})

for (const [name, close] of [
  ['the button', (shop) => shop.dialog.getByRole('button', { name: 'Close' }).click()],
  ['Escape', (shop) => shop.page.keyboard.press('Escape')],
] satisfies [string, (shop: Shop) => Promise<void>][])
  test(`a dialog closed early, by ${name}, leads back to the methods`, async ({ shop }) => {
    await shop.visit()
    await shop.tile('Credit Cards').click()
    await expect(shop.frame.getByRole('button', { name: /^Pay €/ })).toBeVisible()
    await close(shop)
    await expect(shop.dialog).toBeHidden()
    await expect.poll(() => shop.heard).toEqual(['checkout-open', 'checkout-close'])
    await expect(shop.tile('Credit Cards')).toHaveAttribute('aria-disabled', 'false')
    await expect(shop.tile('Credit Cards')).toBeFocused()
  })

test('a popup closed early is no failure: it can be opened again, or left', async ({ shop, page }) => {
  await page.clock.install()
  await shop.visit()
  const first = await shop.popup(() => shop.tile('iDeal').click())
  await expect(first.getByRole('button', { name: /^Pay €/ })).toBeVisible()
  await first.close()
  await expect(shop.says).toHaveText(/Confirming/)
  await shop.later(6000)
  await expect(shop.says).toHaveText(/Not finished yet\?/)
  const second = await shop.popup(() => shop.tile('Show window').click())
  await expect(second.getByRole('button', { name: /^Pay €/ })).toBeVisible()
  await expect(shop.says).toHaveText('Finish in the payment window.')
  const closed = second.waitForEvent('close')
  await shop.tile('Start again').click()
  await closed
  await expect(shop.tile('iDeal')).toHaveAttribute('aria-disabled', 'false')
  expect(shop.heard).toEqual(['checkout-open', 'checkout-close'])
  expect(shop.asked).toHaveLength(1)
})

test('T-76 a double click opens one checkout', async ({ shop }) => {
  await shop.visit()
  await shop.tile('Credit Cards').dblclick()
  await expect(shop.frame.getByRole('button', { name: /^Pay €/ })).toBeVisible()
  expect(shop.asked).toHaveLength(1)
  expect(shop.heard).toEqual(['checkout-open'])
})

test('T-76 Enter held down opens one checkout', async ({ shop, page }) => {
  await shop.visit()
  await shop.tile('iDeal').focus()
  const opened: unknown[] = []
  page.on('popup', (popup) => opened.push(popup))
  for (let press = 0; press < 5; press++) await page.keyboard.down('Enter') // without an up between: repeats
  await page.keyboard.up('Enter')
  await expect(shop.says).toHaveText('Finish in the payment window.')
  expect(shop.asked).toHaveLength(1)
  expect(opened).toHaveLength(1)
})

test('T-76 while one button of the page is at work, the other says why it rests', async ({ shop, page }) => {
  const orders = [await shop.place(['rain']), await shop.place(['harbour'])]
  await shop.visitBare(
    orders
      .map((order) => `<checkout-button id="${order}" server="/checkout" order="${order}" surface="popup"></checkout-button>`)
      .join(''),
  )
  const [one, other] = orders.map((order) => page.locator(`#${order}`).getByRole('button', { name: 'PayPal' }))
  const popup = await shop.popup(() => one!.click())
  await expect(popup.getByRole('button', { name: /^Pay €/ })).toBeVisible()
  await expect(other!).toHaveAttribute('aria-disabled', 'true')
  await expect(other!).toHaveAccessibleDescription('Another payment is open on this page.')
  await other!.click({ force: true })
  expect(shop.asked).toHaveLength(1)

  const closed = popup.waitForEvent('close')
  await shop.pay(popup)
  await closed
  await expect(other!).toHaveAttribute('aria-disabled', 'false')
})

test('T-25 an answer lost on its way makes no second checkout', async ({ shop, page }) => {
  const ids: string[] = []
  await page.route('**/checkout/checkouts', async (route) => {
    const answer = await route.fetch()
    ids.push((await answer.json()).id)
    if (ids.length === 1) await route.abort()
    else await route.fulfill({ response: answer })
  })
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await shop.pay(shop.frame)
  await expect(shop.receipt).toBeVisible()
  expect(ids).toHaveLength(2)
  expect(ids[0]).toBe(ids[1])
})

test('T-77 a reload after paying resumes, and shows paid', async ({ shop, page }) => {
  await shop.hold({ returnAfter: null })
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await shop.pay(shop.frame)
  await expect(shop.says).toHaveText(/Confirming/)
  await page.reload()
  await expect(shop.says).toHaveText(/Confirming/)
  await shop.release()
  await expect(shop.receipt).toBeVisible()
  expect(shop.heard).toEqual(['checkout-open', 'checkout-success'])
})

test('T-77 a reload while the payment window stands open: paying there still ends in the receipt', async ({ shop, page }) => {
  await shop.visit()
  const popup = await shop.popup(() => shop.tile('iDeal').click())
  await expect(popup.getByRole('button', { name: /^Pay €/ })).toBeVisible()
  await page.reload()
  await expect(shop.says).toHaveText(/Confirming/)
  await shop.pay(popup)
  await expect(shop.receipt).toBeVisible()
  expect(shop.heard).toEqual(['checkout-open', 'checkout-success'])
})

test('T-77 back from the payment page by the browser: it can be paid again', async ({ shop, page }) => {
  await page.clock.install()
  await shop.visit({ surface: 'redirect' })
  await shop.tile('Credit Cards').click()
  await page.waitForURL(`${shop.demo.sandboxUrl}/**`)
  await page.goBack()
  await expect(shop.says).toHaveText(/Confirming/)
  await shop.later(6000)
  await shop.tile('Start again').click()
  await shop.tile('Credit Cards').click()
  await page.waitForURL(`${shop.demo.sandboxUrl}/**`)
  await shop.pay(page)
  await expect(shop.receipt).toBeVisible()
  expect(await shop.hooks()).toEqual(['fulfil'])
})

test('a page left before it has loaded its order still has it', async ({ shop, page }) => {
  await shop.visit()
  await expect(shop.tile('Credit Cards')).toBeVisible()
  await page.route('**/shop/orders/*', () => {}, { times: 1 }) // never answered
  const asked = page.waitForRequest('**/shop/orders/*')
  await page.reload({ waitUntil: 'commit' })
  await asked
  await page.reload()
  await expect(shop.tile('Credit Cards')).toBeVisible()
})

test('a payment under review, then accepted', async ({ shop }) => {
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await press(shop.frame.getByRole('button', { name: 'Pay, then review' }))
  await expect(shop.frame.getByText('Your payment is being reviewed')).toBeVisible()
  await expect.poll(shop.states).toEqual(['pending none'])
  expect(await shop.hooks()).toEqual([])
  await press(shop.frame.getByRole('button', { name: 'Accept' }))
  await expect(shop.receipt).toBeVisible()
  expect(await shop.states()).toEqual(['paid done'])
  expect(await shop.hooks()).toEqual(['fulfil'])
})

test('a payment under review, then declined', async ({ shop }) => {
  await shop.outcome({ returnAfter: null })
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await press(shop.frame.getByRole('button', { name: 'Pay, then review' }))
  await expect.poll(shop.states).toEqual(['pending none'])
  await press(shop.frame.getByRole('button', { name: 'Decline' }).last())
  await expect.poll(shop.states).toEqual(['declined none'])
  await press(shop.frame.getByRole('link', { name: 'Back to the shop' }))
  await expect(shop.says).toHaveText('The payment was declined. Please try another way to pay.')
  expect(await shop.hooks()).toEqual([])
  expect(shop.heard).toEqual(['checkout-open', 'checkout-failure'])
})

test('an order that is paid already shows as paid, without a success event', async ({ shop }) => {
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await shop.pay(shop.frame)
  await expect(shop.receipt).toBeVisible()
  shop.heard.length = 0
  await shop.visitBare(`<checkout-button server="/checkout" order="${shop.order}"></checkout-button>`)
  await expect(shop.button.locator('[part=paid]')).toHaveText('Paid €9.00')
  expect(shop.heard).toEqual([])
})

test('an order paid in another tab is not paid again from this one', async ({ shop, page }) => {
  await shop.visit()
  await expect(shop.tile('PayPal')).toBeVisible()
  const other = await page.context().newPage()
  await other.goto(page.url())
  await other.getByRole('button', { name: 'Credit Cards' }).click()
  await shop.pay(other.frameLocator('checkout-button iframe'))
  await expect(other.getByRole('heading', { name: 'Thank you!' })).toBeVisible()
  await other.close()

  const popup = await shop.popup(() => shop.tile('PayPal').click())
  await expect.poll(() => popup.isClosed()).toBe(true)
  await expect(shop.button.locator('[part=paid]')).toBeVisible()
  expect(await shop.states()).toEqual(['paid done'])
  expect(shop.heard.filter((type) => type === 'checkout-success')).toHaveLength(1)
})

test('the single layout: one button opens a chooser, by keyboard as well', async ({ shop, page }) => {
  await shop.visit({ layout: 'single' })
  const chooser = shop.button.getByRole('dialog', { name: 'Pay with' })
  await expect(chooser).toBeHidden()
  await shop.tile('Pay €9.00').press('Enter')
  await expect(chooser.getByRole('button', { name: 'Credit Cards' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(chooser).toBeHidden()
  await expect(shop.tile('Pay €9.00')).toBeFocused()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await expect(chooser).toBeHidden()
  await shop.pay(shop.frame)
  await expect(shop.receipt).toBeVisible()
})

test('a refused delivery is not success: the receipt waits for the goods', async ({ shop, page }) => {
  await page.clock.install()
  await shop.fault('hooks')
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await shop.pay(shop.frame)
  await expect.poll(shop.states).toEqual(['paid started'])
  // Told "paid, not delivered", the page asks again and says nothing.
  for (const times of [1, 2]) {
    await expect.poll(() => shop.answers.filter((answer) => answer.includes('"paid"')).length).toBeGreaterThanOrEqual(times)
    await shop.later(7000)
  }
  await expect(shop.says).toHaveText(/Confirming/)
  expect(shop.heard).toEqual(['checkout-open'])
  await shop.fault('none')
  await shop.later(13_000)
  await expect(shop.receipt).toBeVisible()
  expect(await shop.hooks()).toEqual(['fulfil'])
})
