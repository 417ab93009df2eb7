import { press } from './press.js'
import type { Shop } from './shop.js'
import { expect, names, test } from './three-shop.js'

// One list of the methods of three providers, and each of them to its end.

test('one list holds the methods of all three, and Paymentwall sells in dollars as well', async ({ shop, at }) => {
  await shop.visit()
  for (const name of Object.values(names)) await expect(shop.tile(name)).toBeVisible()
  await shop.tile(names.paymentwall).click()
  await expect(shop.dialog).toContainText(`Payment page of ${new URL(at('paymentwall').url).host}`)
  await press(shop.frame.getByRole('button', { name: 'Pay $9.00' }))
  await expect(shop.receipt).toBeVisible()
  expect(await shop.payments()).toMatchObject([{ provider: 'paymentwall', state: 'paid' }])
  expect(await shop.hooks()).toEqual(['fulfil'])
})

test('WiPay: there, paid, back, and delivered when its webhook has told', async ({ shop, page, at }) => {
  const wipay = at('wipay')
  await wipay.outcome({ webhooksLost: 'all' })
  await shop.visit()
  await shop.tile(names.wipay).click()
  await page.waitForURL(`${wipay.url}/**`)
  await page.getByRole('button', { name: 'Pay $9.00' }).click()
  await page.waitForURL(`${shop.demo.url}/**`)
  // The way back says "success", and carries a hash that is not configured here: it proves nothing.
  await expect(shop.says).toHaveText(/Confirming with the shop/)
  await expect(page).toHaveURL(`${shop.demo.url}/`)
  expect(await shop.hooks()).toEqual([])
  await wipay.release()
  await expect(shop.receipt).toBeVisible()
  await expect.poll(shop.states).toEqual(['paid done'])
  expect(await shop.hooks()).toEqual(['fulfil'])
  expect(shop.heard).toEqual(['checkout-open', 'checkout-success'])
})

test('WiPay: a declined card is told after the way back, and another provider takes the money', async ({ shop, page, at }) => {
  await shop.visit()
  await shop.tile(names.wipay).click()
  await page.waitForURL(`${at('wipay').url}/**`)
  await page.getByRole('button', { name: 'Decline' }).click()
  await page.waitForURL(`${shop.demo.url}/**`)
  await expect(shop.says).toHaveText('The payment was not completed. You can try again.')
  expect(shop.heard).toEqual(['checkout-open', 'checkout-failure'])

  await shop.tile(names.paymentwall).click()
  await press(shop.frame.getByRole('button', { name: 'Pay $9.00' }))
  await expect(shop.receipt).toBeVisible()
  expect(await shop.hooks()).toEqual(['fulfil'])
})

test('GStable: wallet, chain, back to the shop; the settlement adds no second delivery', async ({ shop, page, at }) => {
  const gstable = at('gstable')
  await gstable.outcome({ processing: 600, settlesAfter: 1500, webhookAfter: 0 })
  await shop.visit()
  await shop.tile(names.gstable).click()
  await page.waitForURL(`${gstable.url}/session/**`)
  await page.getByRole('button', { name: 'Sign and pay $9.00' }).click()
  await expect(page.getByRole('heading', { name: 'Confirming on chain…' })).toBeVisible()
  await page.waitForURL(`${shop.demo.url}/**`)
  await expect(shop.receipt).toBeVisible()
  await expect.poll(() => news(shop)).toEqual(expect.arrayContaining(['session.paid', 'session.completed']))
  expect(await shop.states()).toEqual(['paid done'])
  expect(await shop.hooks()).toEqual(['fulfil'])
})

test('GStable in a popup: declined in the wallet first, then paid, and the popup closes', async ({ shop }) => {
  await shop.visit({ surface: 'popup' })
  const popup = await shop.popup(() => shop.tile(names.gstable).click())
  await popup.getByRole('button', { name: 'Decline in the wallet' }).click()
  await expect(popup.getByRole('heading', { name: 'You declined in your wallet' })).toBeVisible()
  await popup.getByRole('button', { name: 'Try again' }).click()
  const closed = popup.waitForEvent('close')
  await popup.getByRole('button', { name: 'Sign and pay $9.00' }).click()
  await closed
  await expect(shop.receipt).toBeVisible()
  expect(await shop.states()).toEqual(['paid done'])
  expect(await shop.hooks()).toEqual(['fulfil'])
})

/** The events of a provider that the ledger has taken for this order. */
const news = async (shop: Shop) =>
  (await shop.desk()).events.flatMap(({ orderId, verdict, details }) =>
    orderId === shop.order && verdict === 'taken' ? (details.event ?? '') : [],
  )

for (const [how, fault] of Object.entries({ 'is late': { delay: 6000 }, 'answers with errors': { fails: true } }))
  test(`Paymentwall ${how}: the others are offered without it`, async ({ shop, page, at }) => {
    await at('paymentwall').faults(fault)
    // A country of its own each time: methods that were listed once are remembered.
    await shop.visit({ country: 'delay' in fault ? 'BR' : 'US' })
    await expect(shop.tile(names.wipay)).toBeVisible()
    await expect(shop.tile(names.gstable)).toBeVisible()
    await expect(shop.tile(names.paymentwall)).toHaveCount(0)
    await shop.tile(names.wipay).click()
    await page.waitForURL(`${at('wipay').url}/**`)
  })

test('WiPay opens no page: the buyer is told, and pays with another', async ({ shop, at }) => {
  await at('wipay').faults({ fails: true })
  await shop.visit()
  await shop.tile(names.wipay).click()
  await expect.poll(() => shop.heard).toEqual(['checkout-open', 'checkout-failure'])
  await expect(shop.tile(names.wipay)).toHaveAttribute('aria-disabled', 'false')
  await shop.tile(names.paymentwall).click()
  await press(shop.frame.getByRole('button', { name: 'Pay $9.00' }))
  await expect(shop.receipt).toBeVisible()
})

test('the panel shows who was paid, switches what goes wrong there, and takes the money back', async ({ shop, page, at }) => {
  await shop.visit()
  const panel = page.locator('#developer')
  await panel.getByRole('radio', { name: 'WiPay' }).check()
  await panel.getByLabel('What goes wrong').selectOption({ label: 'The notification comes five times at once' })
  await expect.poll(async () => (await shop.desk()).sandboxes.wipay.outcome.copies).toBe(5)
  await shop.tile(names.wipay).click()
  await page.waitForURL(`${at('wipay').url}/**`)
  await page.getByRole('button', { name: 'Pay $9.00' }).click()
  await expect(shop.receipt).toBeVisible()
  const payment = panel.locator('.order', { hasText: shop.order }).locator('.payment')
  await expect(payment).toContainText('WiPay')
  await payment.getByRole('button', { name: 'Refund', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'This order was paid back' })).toBeVisible()
  expect(await shop.states()).toEqual(['refunded none'])
  expect(await shop.hooks()).toEqual(['fulfil', 'revoke'])
})
