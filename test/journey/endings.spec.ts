import type { Page } from '@playwright/test'
import type { Shop } from './shop.js'
import { expect, names, type Provider, test } from './three-shop.js'

// How a payment can end, for each provider and each surface that it allows. Success and failure of Paymentwall on every surface stand in
// paying.spec.ts.

const ways = [
  ['paymentwall', 'iframe'],
  ['paymentwall', 'popup'],
  ['paymentwall', 'redirect'],
  ['wipay', 'popup'],
  ['wipay', 'redirect'],
  ['gstable', 'popup'],
  ['gstable', 'redirect'],
] as const
type Way = (typeof ways)[number]
const waysOf = (...providers: Provider[]) => ways.filter(([provider]) => providers.includes(provider))

/** The buyer chooses the provider and stands on its page, wherever that is. */
async function reach(shop: Shop, way: Way) {
  await shop.visit({ surface: way[1] })
  return choose(shop, way)
}
async function choose(shop: Shop, [provider, surface]: Way) {
  if (surface === 'popup') return shop.popup(() => shop.tile(names[provider]).click())
  await shop.tile(names[provider]).click()
  if (surface === 'iframe') return shop.frame
  await shop.page.waitForURL(`${shop.demo.sandboxes[provider]}/**`)
  return shop.page
}
const pay = /ay \$9\.00$/
const button = (hosted: Awaited<ReturnType<typeof reach>>, name: string | RegExp) => hosted.getByRole('button', { name })

for (const way of waysOf('wipay'))
  test(`${way}: paid`, async ({ shop, at }) => {
    await at('wipay').outcome()
    await button(await reach(shop, way), pay).click()
    await expect(shop.receipt).toBeVisible()
    expect(await shop.states()).toEqual(['paid done'])
    expect(await shop.hooks()).toEqual(['fulfil'])
  })

for (const way of waysOf('wipay'))
  test(`${way}: declined, and paid at the second try`, async ({ shop }) => {
    await button(await reach(shop, way), 'Decline').click()
    await expect(shop.says).toHaveText('The payment was not completed. You can try again.')
    expect(await shop.hooks()).toEqual([])
    await button(await choose(shop, way), pay).click()
    await expect(shop.receipt).toBeVisible()
    expect((await shop.states()).sort()).toEqual(['failed none', 'paid done'])
  })

for (const way of waysOf('gstable'))
  for (const [ending, heading] of [
    ['Decline in the wallet', 'You declined in your wallet'],
    ['Fail on chain', 'The network rejected the transaction'],
  ] as const)
    test(`${way}: ${ending.toLowerCase()}, and paid on the same page`, async ({ shop }) => {
      const hosted = await reach(shop, way)
      await button(hosted, ending).click()
      await expect(hosted.getByRole('heading', { name: heading })).toBeVisible()
      expect(await shop.states()).toEqual(['pending none'])
      await button(hosted, 'Try again').click()
      await button(hosted, pay).click()
      await expect(shop.receipt).toBeVisible()
      expect(await shop.states()).toEqual(['paid done'])
    })

for (const way of waysOf('wipay'))
  test(`T-15 ${way}: out of time is no failure, and WiPay may still recover the payment`, async ({ shop, at }) => {
    await button(await reach(shop, way), 'Time out').click()
    await expect(shop.says).toHaveText(/Confirming with the shop/)
    expect(shop.heard).toEqual(['checkout-open'])
    await at('wipay').move('recover', 'timed_out')
    await expect(shop.receipt).toBeVisible()
    expect(await shop.states()).toEqual(['paid done'])
  })

for (const way of waysOf('gstable'))
  test(`${way}: the session ends before it is paid, and a new one is paid`, async ({ shop, page, at }) => {
    await page.clock.install()
    const hosted = (await reach(shop, way)) as Page
    await expect(button(hosted, pay)).toBeVisible()
    await at('gstable').move('expire', 'initialized')
    await button(hosted, pay).click()
    await expect(hosted.getByRole('heading', { name: 'This checkout has ended' })).toBeVisible()
    await (way[1] === 'popup' ? hosted.close() : hosted.goBack())
    await shop.later(6000) // a look-up at most every three seconds
    await expect(shop.says).toHaveText('The payment page has expired. You can try again.')
    await button(await choose(shop, way), pay).click()
    await expect(shop.receipt).toBeVisible()
    expect(await shop.hooks()).toEqual(['fulfil'])
  })

// The buyer pays and is gone before the shop knows; the news comes late, and whoever comes back finds the receipt.
for (const way of ways)
  test(`T-81 ${way}: abandoned after paying, and recovered`, async ({ shop, page, at }) => {
    const [provider, surface] = way
    const lost = { pingbacksLost: 'all' }
    await (provider === 'paymentwall'
      ? shop.outcome({ ...lost, returnAfter: null })
      : at(provider).outcome({ webhooksLost: 'all', returnAfter: null }))
    const hosted = await reach(shop, way)
    await button(hosted, pay).click()
    // A page that speaks closes its dialog.
    if (surface === 'iframe') await expect(shop.says).toHaveText(/Confirming with the shop/)
    else await expect(hosted.getByRole('heading', { name: /\$9\.00 paid/ })).toBeVisible()
    if (surface === 'popup') await (hosted as Page).close()
    await page.goto('about:blank')
    expect(await shop.hooks()).toEqual([])
    await (provider === 'paymentwall' ? shop.release() : at(provider).release())
    await expect.poll(shop.states).toEqual(['paid done'])
    await page.goto(shop.demo.url)
    await expect(shop.receipt).toBeVisible()
    expect(await shop.hooks()).toEqual(['fulfil'])
  })

// Paymentwall knows no end of a session. What comes too late there is the capture: the review ends, and the authorisation is void.
for (const way of waysOf('paymentwall'))
  test(`T-38 ${way}: under review it is being checked; voided, another one is paid`, async ({ shop, at }) => {
    await shop.outcome({ returnAfter: null })
    const hosted = await reach(shop, way)
    await button(hosted, 'Pay, then review').click()
    await hosted.getByRole('link', { name: 'Back to the shop' }).click()
    await expect(shop.says).toHaveText(/Confirming with the shop/)
    expect(await shop.states()).toEqual(['pending none'])
    await at('paymentwall').move('void', 'review')
    await expect(shop.says).toHaveText('The payment page has expired. You can try again.')
    await shop.outcome()
    await button(await choose(shop, way), pay).click()
    await expect(shop.receipt).toBeVisible()
    expect((await shop.states()).sort()).toEqual(['expired none', 'paid done'])
    expect(await shop.hooks()).toEqual(['fulfil'])
  })

for (const way of waysOf('gstable'))
  test(`T-27 ${way}: left unpaid, the buyer is led back to the same session`, async ({ shop, at }) => {
    const hosted = (await reach(shop, way)) as Page
    await expect(button(hosted, pay)).toBeVisible()
    const address = hosted.url()
    const count = (await at('gstable').payments()).length
    await (way[1] === 'popup' ? hosted.close() : hosted.goBack())
    await shop.button.getByRole('button', { name: 'Start again' }).click()
    const again = (await choose(shop, way)) as Page
    await expect(again).toHaveURL(address)
    expect(await at('gstable').payments()).toHaveLength(count)
    await button(again, pay).click()
    await expect(shop.receipt).toBeVisible()
    expect(await shop.hooks()).toEqual(['fulfil'])
  })

test('T-27 paid in one tab, the page of another provider in another tab can be paid no more', async ({ shop, page }) => {
  const hosted = await reach(shop, ['paymentwall', 'popup'])
  const tab = await page.context().newPage()
  await tab.goto(shop.demo.url)
  const tile = tab.locator('checkout-button').getByRole('button', { name: names.gstable })
  const [other] = await Promise.all([tab.waitForEvent('popup'), tile.click()])
  await expect(button(other, pay)).toBeVisible()
  await button(hosted, pay).click()
  await expect(shop.receipt).toBeVisible()
  await button(other, pay).click()
  await expect(other.getByRole('heading', { name: 'This checkout has ended' })).toBeVisible()
  expect((await shop.states()).sort()).toEqual(['paid done', 'pending none'])
  expect(await shop.hooks()).toEqual(['fulfil'])
})

for (const way of waysOf('paymentwall', 'wipay'))
  for (const [move, ends] of [
    ['refund', 'refunded none'],
    [way[0] === 'wipay' ? 'fraud' : 'chargeback', 'charged_back none'],
  ] as const)
    test(`T-37 ${way}: a ${move} takes the goods back`, async ({ shop, page, at }) => {
      await button(await reach(shop, way), pay).click()
      await expect(shop.receipt).toBeVisible()
      await at(way[0]).move(move, 'paid')
      await expect.poll(shop.states).toEqual([ends])
      expect(await shop.hooks()).toEqual(['fulfil', 'revoke'])
      await page.reload()
      await expect(page.getByRole('heading', { name: 'This order was paid back' })).toBeVisible()
    })
