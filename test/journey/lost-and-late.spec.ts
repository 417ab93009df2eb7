import { expect, test } from './shop.js'

// What a real network, a real provider and real buyers do to a payment. In all of it: paid once when the money moved, never "failed"
// by guessing, and nothing left turning.

test('T-65 the browser hears nothing, and the pingback is enough', async ({ shop, page }) => {
  await page.clock.install()
  await shop.outcome({ messageLost: true, returnAfter: null })
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await shop.pay(shop.frame)
  await expect.poll(shop.states).toEqual(['paid done'])
  await expect(shop.dialog).toBeVisible()
  await shop.later(13_000)
  await expect(shop.receipt).toBeVisible()
  expect(shop.heard).toEqual(['checkout-open', 'checkout-success'])
})

test('the pingback comes before the browser hears anything', async ({ shop }) => {
  await shop.outcome({ processing: 0, pingbackAfter: 0, pingbackFirst: true })
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await shop.pay(shop.frame)
  await expect(shop.receipt).toBeVisible()
  expect(await shop.hooks()).toEqual(['fulfil'])
  expect(await shop.starts()).toEqual([1])
  expect(shop.heard).toEqual(['checkout-open', 'checkout-success'])
})

test('the browser closes right after Pay, and the order is delivered', async ({ shop, page }) => {
  await shop.hold()
  await shop.visit()
  await shop.tile('Credit Cards').click()
  const sent = page.waitForResponse(
    (answer) => answer.request().method() === 'POST' && answer.url().includes('/api/subscription'),
  )
  await shop.pay(shop.frame)
  await sent
  await page.context().close()
  expect(await shop.hooks()).toEqual([])
  await shop.release()
  await expect.poll(shop.states).toEqual(['paid done'])
  expect(await shop.hooks()).toEqual(['fulfil'])
})

test('T-31 five equal pingbacks at once deliver once', async ({ shop }) => {
  await shop.outcome({ copies: 5 })
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await shop.pay(shop.frame)
  await expect(shop.receipt).toBeVisible()
  // Until all five have been answered, one of them could still do harm.
  await expect.poll(async () => (await shop.hosted())[0]?.pingbacks[0]?.sends).toBe(5)
  expect(await shop.states()).toEqual(['paid done'])
  expect(await shop.hooks()).toEqual(['fulfil'])
  expect(await shop.starts()).toEqual([1])
})

test('pingbacks get lost, and a repeated one arrives', async ({ shop }) => {
  await shop.outcome({ pingbacksLost: 3 })
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await shop.pay(shop.frame)
  await expect(shop.says).toHaveText(/Confirming/)
  await expect(shop.receipt).toBeVisible()
  expect(await shop.hooks()).toEqual(['fulfil'])
})

for (const [move, state] of [
  ['refund', 'refunded'],
  ['chargeback', 'charged_back'],
] as const)
  test(`T-37 a ${move} takes the goods back`, async ({ shop, page }) => {
    await shop.visit()
    await shop.tile('Credit Cards').click()
    await shop.pay(shop.frame)
    await expect(shop.receipt).toBeVisible()
    await expect.poll(shop.states).toEqual(['paid done'])

    await shop.move(move)
    await expect.poll(shop.states).toEqual([`${state} none`])
    expect(await shop.hooks()).toEqual(['fulfil', 'revoke'])
    expect(await shop.starts()).toEqual([2])
    await expect(page.getByRole('heading', { name: 'This order was paid back' })).toBeVisible()
    await expect(page.locator('.code')).toHaveCount(0)
  })

test('T-81 the server is away in the middle: never failed, never paid, and on it goes', async ({ shop }) => {
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await expect(shop.frame.getByRole('button', { name: /^Pay €/ })).toBeVisible()
  await shop.fault('away')
  await shop.pay(shop.frame)
  await expect(shop.says).toHaveText('No connection to the shop. We keep trying, nothing is lost.')
  await expect.poll(shop.states).toEqual(['paid done'])
  expect(shop.heard).toEqual(['checkout-open'])
  await shop.fault('none')
  await expect(shop.receipt).toBeVisible({ timeout: 30_000 })
  expect(shop.heard).toEqual(['checkout-open', 'checkout-success'])
})

test('T-81 the network cable is pulled after Pay: it waits, and asks as soon as there is a network', async ({ shop, page }) => {
  await page.clock.install()
  await shop.hold({ returnAfter: null })
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await shop.pay(shop.frame)
  await expect(shop.says).toHaveText(/Confirming/)
  await page.context().setOffline(true)
  await shop.release()
  await expect.poll(shop.states).toEqual(['paid done'])
  await shop.later(30_000) // until the rhythm of questions has paused for want of a network
  await expect(shop.says).toHaveText(/Confirming|No connection/)
  expect(shop.heard).toEqual(['checkout-open'])
  await page.context().setOffline(false)
  await expect(shop.receipt).toBeVisible()
})

test('T-81 without a network a closed window is not called unfinished', async ({ shop, page }) => {
  await page.clock.install()
  await shop.visit()
  const popup = await shop.popup(() => shop.tile('iDeal').click())
  await expect(popup.getByRole('button', { name: /^Pay €/ })).toBeVisible()
  await shop.fault('away')
  await popup.close()
  await expect(shop.says).toHaveText('No connection to the shop. We keep trying, nothing is lost.')
  await shop.later(6000) // longer than the grace after which a closed window counts as astray
  await expect(shop.says).toHaveText('No connection to the shop. We keep trying, nothing is lost.')
  await shop.fault('none')
  await shop.later(20_000)
  await expect(shop.says).toHaveText(/Not finished yet\?/)
  expect(shop.heard).toEqual(['checkout-open'])
})

test('without our server there are no methods, and trying again brings them', async ({ shop }) => {
  await shop.fault('away')
  await shop.visit()
  await expect(shop.says).toHaveText('Payment methods could not be loaded.')
  await shop.tile('Try again').click()
  await expect(shop.says).toHaveText('Payment methods could not be loaded.')
  await shop.fault('none')
  await shop.tile('Try again').click()
  await shop.tile('Credit Cards').click()
  await shop.pay(shop.frame)
  await expect(shop.receipt).toBeVisible()
})

test('our server goes away before the click: told, nothing charged, and the next click works', async ({ shop }) => {
  await shop.visit()
  await expect(shop.tile('Credit Cards')).toBeVisible()
  await shop.fault('away')
  await shop.tile('Credit Cards').click()
  await expect(shop.says).toHaveText('No connection to the shop. Nothing was charged.')
  expect(shop.heard).toEqual(['checkout-open', 'checkout-failure'])
  await shop.fault('none')
  await shop.tile('Credit Cards').click()
  await shop.pay(shop.frame)
  await expect(shop.receipt).toBeVisible()
  expect(await shop.states()).toEqual(['paid done'])
})

// Countries that no other journey uses: the server remembers a list for ten minutes.
for (const [name, faults, country] of [
  ['an error 500', { fails: true }, 'SE'],
  ['HTML', { htmlForJson: true }, 'FI'],
  ['no connection', { drops: true }, 'PT'],
] as const)
  test(`the provider answers its method list with ${name}: its own page of all methods stands in`, async ({ shop }) => {
    await shop.faults(faults)
    await shop.visit({ country })
    await expect(shop.tile(/^Pay €9.00/)).toBeVisible()
    await shop.faults()
    await shop.tile(/^Pay €9.00/).click()
    await expect(shop.frame.getByText('How would you like to pay?')).toBeVisible()
    await shop.pay(shop.frame)
    await expect(shop.receipt).toBeVisible()
  })

test('T-67 a slow provider: every step shows that it goes on, and closing asks first while it is processing', async ({
  shop,
}) => {
  await shop.outcome({ processing: 4000 })
  await shop.faults({ delay: 700 })
  await shop.visit({ country: 'PL' })
  await expect(shop.button.locator('[part=skeleton]').first()).toBeVisible()
  await shop.tile('Credit Cards').click()
  await expect(shop.dialog).toBeVisible()
  await shop.pay(shop.frame)
  await expect(shop.frame.getByText('Processing your payment…')).toBeVisible()
  await shop.dialog.getByRole('button', { name: 'Close' }).first().click()
  await expect(shop.dialog.getByRole('alert')).toHaveText(/Your payment is being processed. Close anyway\?/)
  await shop.dialog.getByRole('button', { name: 'Keep open' }).click()
  await expect(shop.receipt).toBeVisible({ timeout: 20_000 })
  expect(shop.heard).toEqual(['checkout-open', 'checkout-success'])
})

test('T-67 a page that never answers lets the buyer go', async ({ shop }) => {
  await shop.outcome({ answer: 'never' })
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await shop.pay(shop.frame)
  await expect(shop.frame.getByText('Processing your payment…')).toBeVisible()
  await shop.dialog.getByRole('button', { name: 'Close' }).first().click()
  await shop.dialog.getByRole('alert').getByRole('button', { name: 'Close' }).click()
  // The payment may go through all the same, so it asks; and who has waited long enough may start again.
  await expect(shop.says).toHaveText(/Confirming/)
  const again = shop.button.getByRole('button', { name: 'Start again' })
  await expect(again).toBeHidden()
  await again.click({ timeout: 30_000 })
  await expect(shop.tile('Credit Cards')).toHaveAttribute('aria-disabled', 'false')
  await expect.poll(() => shop.heard).toEqual(['checkout-open', 'checkout-close'])
})
