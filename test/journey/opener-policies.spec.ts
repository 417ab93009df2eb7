import type { Browser, Page } from '@playwright/test'
import type { SurfaceKind } from '../../src/protocol/requests.js'
import { expect, freshOrder, type Merchant, payButton, shopPage, test } from './merchant.js'
import { endingOf, type Policy, policies, policyTable } from './outcomes.js'
import { press } from './press.js'

// Every opener policy of the shop's page × every one of the payment page × every surface, each to its end. A policy on either side cuts a
// window off from the page that opened it: then it reads as closed, nothing it says arrives, and paying in it counts all the same.

const name = (policy: Policy) => policy ?? 'no policy'
const tile = (page: Page) => page.getByRole('button', { name: 'Credit Cards' })

/** Pays, and says what the buyer saw in the end. */
const payments: Readonly<Record<SurfaceKind, (page: Page, isCutOff: boolean) => Promise<string>>> = {
  async iframe(page) {
    await tile(page).click()
    await press(payButton(page.frameLocator('checkout-button iframe')))
    await expect(page.locator('[part=paid]')).toBeVisible()
    return 'paid'
  },
  async redirect(page) {
    await tile(page).click()
    await payButton(page).click()
    await expect(page.locator('[part=paid]')).toBeVisible()
    return 'paid'
  },
  async popup(page, isCutOff) {
    const [popup] = await Promise.all([page.waitForEvent('popup'), tile(page).click()])
    const ended = popup.waitForEvent('close', { timeout: 0 }).then(
      () => 'the window closes',
      () => '',
    )
    await expect(payButton(popup)).toBeVisible()
    // Cut off it seems closed: that is asked about, and called nothing.
    await expect(page.locator('[part=message]')).toHaveText(
      isCutOff ? /Confirming|Not finished yet/ : 'Finish in the payment window.',
    )
    await payButton(popup).click()
    await expect(page.locator('[part=paid]')).toBeVisible()
    const leadsBack = popup.waitForSelector('[part=paid]', { timeout: 20_000 }).then(
      () => 'the window leads back to the shop',
      () => '',
    )
    return `paid, and ${await Promise.any([ended, leadsBack])}`
  },
}

async function expectEnd(browser: Browser, merchant: Merchant, surface: SurfaceKind, shop: Policy, provider: Policy) {
  const order = freshOrder()
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    const headers: Record<string, string> = shop ? { 'cross-origin-opener-policy': shop } : {}
    await page.goto(merchant.put(order, shopPage(order, { surface }, headers)))
    const wanted = endingOf(surface, shop, provider)
    expect(await payments[surface](page, wanted.includes('leads back'))).toBe(wanted)
    expect(await page.evaluate('heard')).toEqual(
      surface === 'redirect' ? ['checkout-success'] : ['checkout-open', 'checkout-success'],
    )
    expect(merchant.given.filter((each) => each === order)).toHaveLength(1)
  } finally {
    await context.close()
  }
}

for (const shop of policies)
  for (const provider of policies)
    test(`T-70 shop with ${name(shop)}, payment page with ${name(provider)}: paid in a frame, in a window and by redirect`, async ({
      browser,
      merchant,
    }) => {
      await merchant.faults({ openerPolicy: provider })
      for (const surface of ['iframe', 'popup', 'redirect'] as const)
        await test.step(surface, () => expectEnd(browser, merchant, surface, shop, provider))
    })

test.afterAll(({}, { status, expectedStatus }) => {
  if (process.env.TABLES && status === expectedStatus) console.log(policyTable())
})
