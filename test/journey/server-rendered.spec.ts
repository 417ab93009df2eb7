import { expect, type Page, test } from '@playwright/test'
import { press } from './press.js'
import { type RenderedShop, startRenderedShop } from './rendered-shop.js'

// The element's page of documentation, taken at its word: a server that renders the button with its offer inside, and a page that takes
// it over.

let rendered: RenderedShop
let shop: string

test.beforeAll(async () => {
  test.setTimeout(240_000) // it builds, packs and installs
  rendered = await startRenderedShop()
  shop = rendered.url
})
test.afterAll(() => rendered?.close())

test.describe.configure({ mode: 'serial' }) // one server, and an order that stays paid

const tile = (page: Page, name: string | RegExp) => page.locator('checkout-button').getByRole('button', { name })

/** What the page asks the checkout server for. */
function note(page: Page): string[] {
  const asked: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.startsWith('/checkout/')) asked.push(`${request.method()} ${pathname}`)
  })
  return asked
}

/** Opens the page and keeps its script back; what is moved, changed or asked for from then on is noted. */
async function visitWithoutScript(page: Page, order: string, lang: string, by = 'button') {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const asked = note(page)
  await page.route('**/page.js', async (route) => {
    await held
    await route.continue()
  })
  await page.goto(`${shop}/?order=${order}&lang=${lang}&by=${by}`, { waitUntil: 'commit' })
  await expect(page.getByText('Terms and conditions')).toBeVisible()
  return { release, asked }
}

const watch = (page: Page) =>
  page.evaluate(() => {
    const changes: string[] = []
    const shifts: number[] = []
    new MutationObserver((records) => {
      for (const { type, target, attributeName } of records) changes.push(`${type} ${target.nodeName} ${attributeName ?? ''}`)
    }).observe(document.querySelector('checkout-button')?.shadowRoot as ShadowRoot, {
      ...{ subtree: true, childList: true, characterData: true, attributes: true },
    })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push((entry as PerformanceEntry & { value: number }).value)
    }).observe({ type: 'layout-shift', buffered: true })
    Object.assign(window, { seen: () => ({ changes, shifts }) })
  })

/** Neither moved nor changed nor asked for since `watch`. */
async function expectNothing(page: Page, asked: readonly string[]): Promise<void> {
  await page.waitForTimeout(1500) // a language on its way would be drawn by now
  const { changes, shifts } = await page.evaluate(() =>
    (window as unknown as { seen(): { changes: string[]; shifts: number[] } }).seen(),
  )
  expect(changes).toEqual([])
  expect(shifts).toEqual([])
  expect(asked).toEqual([])
}

for (const [lang, price, says] of [
  ['en', '$19.90', 'Pay with'],
  ['de', '19,90 $', 'Bezahlen mit'],
] as const)
  test(`rendered on a server in ${lang}: price and methods are there before any script, and it moves and asks nothing to take over`, async ({
    page,
  }) => {
    const order = `rendered-${lang}`
    const { release, asked } = await visitWithoutScript(page, order, lang)
    await expect(tile(page, /^Credit Cards|Kreditkarte/)).toBeVisible()
    await expect(page.locator('checkout-button [part=price]')).toContainText(price)
    await expect(page.locator('checkout-button [part=summary]')).toContainText(says)
    await watch(page)
    const before = await tile(page, 'PayPal').elementHandle()

    release()
    await expect(page.locator('checkout-button:state(ready)')).toBeVisible()
    await expectNothing(page, asked)
    expect(await before?.evaluate((button) => button.isConnected)).toBe(true)

    await tile(page, /^Credit Cards|Kreditkarte/).click()
    await expect(page.locator('checkout-button').getByRole('dialog')).toBeVisible()
    await expect.poll(() => asked.filter((request) => !request.endsWith('/signals'))).toEqual(['POST /checkout/checkouts'])
  })

test('rendered on a server with layout="single": its one button is taken over as it stands, and opens the chooser', async ({
  page,
}) => {
  const { release, asked } = await visitWithoutScript(page, 'rendered-single', 'en', 'singleButton')
  const pay = tile(page, 'Pay $19.90')
  await expect(pay).toBeVisible()
  await watch(page)
  const before = await pay.elementHandle()

  release()
  await expect(page.locator('checkout-button:state(ready)')).toBeVisible()
  await expectNothing(page, asked)
  expect(await before?.evaluate((button) => button.isConnected)).toBe(true)

  await pay.click()
  await expect(tile(page, 'Credit Cards')).toHaveCount(1)
  await tile(page, 'Credit Cards').click()
  await expect(page.locator('checkout-button iframe')).toBeVisible()
  expect(asked.filter((request) => !request.endsWith('/signals'))).toEqual(['POST /checkout/checkouts'])
})

test('the buyer’s own variant of the server’s language is written when the page has taken over', async ({ browser }) => {
  const context = await browser.newContext({ locale: 'en-GB' })
  const page = await context.newPage()
  await page.goto(`${shop}/?order=rendered-variant&lang=en`)
  await expect(page.locator('checkout-button [part=price]')).toHaveText('US$19.90')
  await context.close()
})

test('rendered on a server, it sells', async ({ page }) => {
  await page.goto(`${shop}/?order=rendered-sale&lang=en`)
  await tile(page, 'Credit Cards').click()
  await press(page.frameLocator('checkout-button iframe').getByRole('button', { name: /^Pay \$19\.90/ }))
  await expect(page.locator('checkout-button [part=paid]')).toHaveText('Paid $19.90', { timeout: 30_000 })
  await expect.poll(rendered.printed).toMatch(/fulfilled paymentwall:/)
})

test('an order that is paid already: rendered without an offer, the button asks and says so itself', async ({ page }) => {
  await page.goto(`${shop}/?order=rendered-sale&lang=en`)
  await expect(page.locator('checkout-button [part=paid]')).toHaveText('Paid $19.90')
})

test('rendered by another version of the package, it is made anew, and works', async ({ page }) => {
  await page.route('**/?order=*', async (route) => {
    const answer = await route.fetch()
    const html = (await answer.text())
      .replace(/lit-part [\w+/=]+/g, 'lit-part AAAAAAAAAAA=')
      .replace(/<template [^>]*>/, '$&<p>Stale</p>')
    await route.fulfill({ response: answer, body: html })
  })
  await page.goto(`${shop}/?order=rendered-other&lang=en`)
  await expect(tile(page, /^Credit Cards/)).toHaveCount(1)
  await expect(page.getByText('Stale')).toHaveCount(0)
  await tile(page, /^Credit Cards/).click()
  await expect(page.locator('checkout-button').getByRole('dialog')).toBeVisible()
})

test('T-60 under a policy that forbids its <style>, it has its looks when the script is there', async ({ page }) => {
  await page.route('**/?order=*', async (route) => {
    const answer = await route.fetch()
    const headers = { ...answer.headers(), 'content-security-policy': "style-src 'self'" }
    await route.fulfill({ response: answer, headers })
  })
  await page.goto(`${shop}/?order=rendered-policy&lang=en`)
  await expect(page.locator('checkout-button:state(ready)')).toBeVisible()
  await expect(tile(page, /^Credit Cards/)).toHaveCSS('min-height', '52px')
})

for (const [what, offered] of [
  ['draws the offer of the tag, and asks for none', true],
  ['asks for the methods once, where the tag has no offer', false],
] as const)
  test(`rendered by a server that forgot to import the element, the page ${what}`, async ({ page }) => {
    const asked = note(page)
    let sent = ''
    await page.route('**/?order=*', async (route) => {
      const answer = await route.fetch()
      sent = (await answer.text()).replace(offered ? /^$/ : / offer="[^"]*"/, '')
      await route.fulfill({ response: answer, body: sent })
    })
    await page.goto(`${shop}/?order=rendered-plain-${offered}&lang=en&by=forgetful`)
    await expect(page.locator('checkout-button:state(ready)')).toBeVisible()
    expect(sent).toContain('<checkout-button server="/checkout"')
    expect(sent).not.toContain('shadowroot')
    expect(sent.includes(' offer="{')).toBe(offered)
    await page.waitForTimeout(1500) // a second request or a second drawing would have come by now
    await expect(page.locator('checkout-button [part=methods]')).toHaveCount(1)
    await expect(tile(page, 'Credit Cards')).toHaveCount(1)
    await expect(page.locator('checkout-button [part=price]')).toHaveText('$19.90')
    expect(asked).toEqual(offered ? [] : ['GET /checkout/methods'])
    await tile(page, 'Credit Cards').click()
    await expect(page.locator('checkout-button').getByRole('dialog')).toBeVisible()
  })

test('a page that sends the plain tag, whose script never comes, shows the form inside it', async ({ page }) => {
  await page.route('**/?order=*', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: '<checkout-button server="/checkout" order="a"><form><button>Pay</button></form></checkout-button><script type="module" src="/page.js"></script>',
    }),
  )
  await page.route('**/page.js', (route) => route.abort())
  await page.goto(`${shop}/?order=a&lang=en`)
  await expect(page.getByRole('button', { name: 'Pay' })).toBeVisible()
})
