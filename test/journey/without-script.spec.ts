import type { Page } from '@playwright/test'
import { startDemo } from '../../demo/server.js'
import { test as base, expect, type Shop } from './shop.js'

// A shop's page whose script is off, blocked, broken or late: the form inside the element sells all the same, and what the buyer sees on
// the way are pages of the checkout server.

const test = base.extend<{ open: (given?: Given) => Promise<void> }, object>({
  demo: [
    async ({}, use) => {
      const demo = await startDemo({ currency: 'USD', sandbox: { repeatEvery: 500 } }) // which all three providers take
      await use(demo)
      await demo.close()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  open: async ({ shop }, use) => {
    await use((given) => visitPlain(shop, given))
  },
})

interface Given {
  /** Fields of the form, besides `order` and `page`. */
  readonly fields?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

const action = '/checkout/checkouts'

/** A merchant's page with the form of the README in it, under a policy as strict as the demo's. */
async function visitPlain(shop: Shop, { fields = {}, headers = {} }: Given = {}): Promise<void> {
  const { demo, page } = shop
  const address = `${demo.url}/plain`
  const all = { order: await shop.place(), page: address, country: 'NL', ...fields }
  const inputs = Object.entries(all).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
  const hosts = Object.values(demo.sandboxes).join(' ')
  await page.context().route(/\/plain(\?.*)?$/, (route) =>
    route.fulfill({
      contentType: 'text/html',
      headers: {
        // Browsers ask the policy of a form where its answer leads, too.
        'content-security-policy': `default-src 'none'; script-src 'self'; connect-src 'self'; frame-src ${hosts}; form-action 'self' ${hosts}`,
        ...headers,
      },
      body: `<!doctype html><html lang="en"><title>Shop</title><h1>Cart</h1><checkout-button server="/checkout" order="${shop.order}" country="NL" surface="popup">
        <form method="post" action="${action}">${inputs.join('')}<button>Pay</button></form>
      </checkout-button><script type="module" src="/src/index.ts"></script>`,
    }),
  )
  await page.goto(address, { waitUntil: 'commit' })
}

const paying = {
  Paymentwall: ['paymentwall', 'Credit Cards', 'Pay $9.00', 'Back to the shop'],
  WiPay: ['wipay', 'Card with WiPay', 'Pay $9.00', 'Return to shop'],
  GStable: ['gstable', /^Stablecoins/, 'Sign and pay $9.00', 'Back to the shop'],
} as const

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name })

test.describe('with scripts off', () => {
  test.use({ javaScriptEnabled: false })

  for (const [name, [provider, method, pay, back]] of Object.entries(paying))
    test(`${name}: form, chooser, hosted page, outcome, shop, and delivered once`, async ({ shop, page, open }) => {
      await open()
      await page.getByRole('button', { name: 'Pay' }).click()
      await expect(heading(page, 'Rain on Canvas')).toBeVisible()
      await expect(page.getByText('US$9.00').first()).toBeVisible()
      await page.getByRole('button', { name: method }).click()
      await page.waitForURL(`${shop.demo.sandboxes[provider]}/**`)
      await page.getByRole('button', { name: pay }).click()
      await page.getByRole('link', { name: back }).click()
      await expect(heading(page, 'Paid')).toBeVisible()
      expect(page.url()).toMatch(/\/checkout\/return\/[\w-]{22}\?since=\d+$/)
      expect(await shop.states()).toEqual(['paid done'])
      expect(await shop.hooks()).toEqual(['fulfil'])
      await page.getByRole('link', { name: 'Back to the shop' }).click()
      await expect(heading(page, 'Cart')).toBeVisible()
    })

  test('while the shop knows nothing yet the page says so, loads itself again, and ends with "Paid"', async ({
    shop,
    page,
    open,
  }) => {
    await shop.hold()
    await open()
    await page.getByRole('button', { name: 'Pay' }).click()
    await page.getByRole('button', { name: 'Credit Cards' }).click()
    await page.getByRole('button', { name: 'Pay $9.00' }).click()
    await page.getByRole('link', { name: 'Back to the shop' }).click()
    await expect(heading(page, 'Confirming with the shop…')).toBeVisible()
    await shop.release()
    await expect(heading(page, 'Paid')).toBeVisible()
    expect(await shop.hooks()).toEqual(['fulfil'])
  })

  test('a declined payment is told, and the shop is a link away', async ({ shop, page, open }) => {
    await open({ fields: { country: 'JP' } })
    await page.getByRole('button', { name: 'Pay' }).click()
    await page.getByRole('button', { name: 'Konbini' }).click()
    await page.getByRole('button', { name: 'Decline' }).click()
    await page.getByRole('link', { name: 'Back to the shop' }).click()
    await expect(heading(page, 'The payment was not completed')).toBeVisible()
    expect(await shop.states()).toEqual([])
  })

  test('T-25 with an attempt in the form there is no chooser, and sending it again opens nothing twice', async ({
    shop,
    page,
    open,
  }) => {
    await open({ fields: { attempt: crypto.randomUUID(), method: 'paymentwall:cc' } })
    const send = () => page.getByRole('button', { name: 'Pay' }).click()
    await send()
    await page.waitForURL(`${shop.demo.sandboxUrl}/**`)
    const hosted = page.url()
    await page.goBack()
    await send()
    await page.waitForURL(`${shop.demo.sandboxUrl}/**`)
    expect(page.url()).toBe(hosted)
    await page.getByRole('button', { name: 'Pay $9.00' }).click()
    await expect.poll(shop.states).toEqual(['paid done'])
    // Sent once more, it leads to how it stands.
    await page.goto(`${shop.demo.url}/plain`)
    await send()
    await expect(heading(page, 'Paid')).toBeVisible()
    expect(await shop.hooks()).toEqual(['fulfil'])
  })

  test('T-25 back at the chooser another method may be chosen, and an order paid once opens no page again', async ({
    shop,
    page,
    open,
  }) => {
    await open()
    await page.getByRole('button', { name: 'Pay' }).click()
    await page.getByRole('button', { name: 'Credit Cards' }).click()
    await page.waitForURL(`${shop.demo.sandboxUrl}/**`)
    await page.goBack()
    await page.getByRole('button', { name: 'Card with WiPay' }).click()
    await page.waitForURL(`${shop.demo.sandboxes.wipay}/**`)
    await page.getByRole('button', { name: 'Pay $9.00' }).click()
    await expect.poll(shop.states).toEqual(['paid done'])
    await page.goto(`${shop.demo.url}/plain`)
    await page.getByRole('button', { name: 'Pay' }).click()
    await expect(heading(page, 'Paid already')).toBeVisible()
    expect(await shop.hooks()).toEqual(['fulfil'])
  })

  test('T-24 a page that hides its origin is refused, and the remedy named', async ({ page, open }) => {
    await open({ headers: { 'referrer-policy': 'no-referrer' } })
    await page.getByRole('button', { name: 'Pay' }).click()
    await expect(heading(page, 'This did not work')).toBeVisible()
    await expect(page.getByText('strict-origin-when-cross-origin')).toBeVisible()
  })
})

test('a script that does not arrive leaves the form, and the form sells', async ({ shop, page, open }) => {
  await shop.outcome({ returnAfter: null }) // or the page's own way back overtakes the click
  await page.route('**/src/index.ts', (route) => route.abort())
  await open()
  await page.getByRole('button', { name: 'Pay' }).click()
  await page.getByRole('button', { name: 'Credit Cards' }).click()
  await page.getByRole('button', { name: 'Pay $9.00' }).click()
  await page.getByRole('link', { name: 'Back to the shop' }).click()
  await expect(heading(page, 'Paid')).toBeVisible()
  expect(await shop.hooks()).toEqual(['fulfil'])
})

test('a script that arrives late takes the form’s place in one step, and the form is not shown beside it', async ({
  shop,
  page,
  open,
}) => {
  const held: (() => void)[] = []
  const hold = (pattern: string) =>
    page.route(pattern, async (route) => {
      await new Promise<void>((resolve) => held.push(resolve))
      await route.continue()
    })
  await hold('**/src/index.ts')
  await hold('**/checkout/methods*')
  await open()
  const form = page.getByRole('button', { name: 'Pay', exact: true })
  await expect(form).toBeVisible()
  const before = await form.boundingBox()
  held.pop()?.()
  // Upgraded, and the methods still on their way: the form stands where it stood, and works.
  await expect(shop.says).toHaveText('Loading payment methods…')
  await expect(form).toBeVisible()
  expect((await form.boundingBox())?.y).toBe(before?.y)
  await expect(shop.button.locator('[part=skeleton]')).toHaveCount(0)
  await expect.poll(() => held.length).toBe(1)
  held.pop()?.()
  await expect(shop.tile('Credit Cards')).toBeVisible()
  await expect(form).toBeHidden()
  await expect(shop.button.getByRole('button', { name: 'Pay', exact: true })).toHaveCount(0)
  const popup = await shop.popup(() => shop.tile('Credit Cards').click())
  await popup.getByRole('button', { name: 'Pay $9.00' }).click()
  await expect(shop.button.locator('[part=paid]')).toBeVisible()
})

test('the form sent while the script still loads the methods goes the plain way', async ({ shop, page, open }) => {
  await page.route('**/checkout/methods*', () => {}) // never answered
  await open()
  await expect(shop.says).toHaveText('Loading payment methods…')
  await page.getByRole('button', { name: 'Pay', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Credit Cards' })).toBeVisible()
})
