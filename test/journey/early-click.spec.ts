import { expect, names, test } from './three-shop.js'

// A buyer is sometimes faster than a page's script. The pretend pages work without theirs, so no click is lost; and when the script is
// there at last, it goes back to the shop as ever.

for (const [provider, surface] of [
  ['paymentwall', 'iframe'],
  ['wipay', 'popup'],
  ['gstable', 'redirect'],
] as const)
  test(`${provider}, ${surface}: "Pay" is clicked before the page’s script is there`, async ({ shop, page, at }) => {
    let isClicked = () => {}
    const clicked = new Promise<void>((resolve) => {
      isClicked = resolve
    })
    // Routed where it is asked for by the page that was clicked on; the page that answers gets its script at once.
    await page.context().route(
      '**/sandbox/page.js',
      async (route) => {
        await clicked
        await route.abort()
      },
      { times: 1 },
    )
    await shop.visit({ surface })
    const hosted =
      surface === 'popup'
        ? await shop.popup(() => shop.tile(names[provider]).click())
        : surface === 'iframe'
          ? shop.frame
          : page
    if (surface !== 'popup') await shop.tile(names[provider]).click()
    if (surface === 'redirect') await page.waitForURL(`${at(provider).url}/**`, { waitUntil: 'commit' })
    await hosted.getByRole('button', { name: /ay \$9\.00/ }).click({ noWaitAfter: true })
    isClicked()
    await expect(shop.receipt).toBeVisible()
    expect(await shop.states()).toEqual(['paid done'])
    expect(await shop.hooks()).toEqual(['fulfil'])
  })

test('what the page says of its size moves nothing under the pointer', async ({ shop, page }) => {
  let letGo = () => {}
  const isSeen = new Promise<void>((resolve) => {
    letGo = resolve
  })
  await page.context().route('**/sandbox/page.js', async (route) => {
    await isSeen
    await route.continue()
  })
  await shop.visit()
  await shop.tile(names.paymentwall).click()
  await expect(shop.frame.locator('html')).toHaveClass('framed')
  const pay = shop.frame.getByRole('button', { name: 'Pay $9.00' })
  const before = [await pay.boundingBox(), await shop.dialog.boundingBox()]
  letGo()
  await expect.poll(async () => (await shop.dialog.boundingBox())?.height).toBeLessThan(before[1]?.height ?? 0)
  const after = await shop.dialog.boundingBox()
  expect(after?.y).toBe(before[1]?.y)
  const moved = ((await pay.boundingBox())?.y ?? 0) - (before[0]?.y ?? 0)
  expect(Math.abs(moved)).toBeLessThanOrEqual(3) // the line that shows progress is gone
})
