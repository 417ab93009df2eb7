import { randomBytes } from 'node:crypto'
import type { Page } from '@playwright/test'
import { expect, freshOrder, type Merchant, payButton, shopPage, test } from './merchant.js'
import { press } from './press.js'

// A page that allows nothing but what it must, with both builds of the element: whole payments, and not one report of any kind. Then what
// the element does to the page it stands in, which is nothing while it rests.

const modules = {
  lit: '/node_modules/lit/index.js',
  'lit-html': '/node_modules/lit-html/lit-html.js',
  'lit-html/': '/node_modules/lit-html/',
  'lit-element/': '/node_modules/lit-element/',
  '@lit/reactive-element': '/node_modules/@lit/reactive-element/reactive-element.js',
  'zod/mini': '/node_modules/zod/mini/index.js',
}
const builds = { standalone: '/standalone.js', module: '/index.js' } as const
type Build = keyof typeof builds

/** The shop's page under exactly the policy of T-60, and what it notes of violations. */
function strictPage(merchant: Merchant, build: Build, surface: string): string {
  const order = freshOrder()
  const { sandboxUrl } = merchant
  const nonce = randomBytes(16).toString('base64')
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'nonce-${nonce}'`,
    `frame-src ${sandboxUrl}`,
    "connect-src 'self'",
    `img-src 'self' ${sandboxUrl}`,
    "require-trusted-types-for 'script'",
    'report-uri /reports',
  ]
  const map = `<script type="importmap" nonce="${nonce}">${JSON.stringify({ imports: modules })}</script>`
  const watch = `var reports = []
document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => reports.push(violatedDirective + ' ' + blockedURI))
new ReportingObserver((given) => reports.push(...given.map(({ type }) => type)), { buffered: true }).observe()`
  const { html } = shopPage(order, { surface, lang: 'de' })
  return merchant.put(order, {
    headers: { 'content-security-policy': policy.join('; ') },
    html: html
      .replaceAll('<script>', `<script nonce="${nonce}">`)
      .replace('<h1>', `<script nonce="${nonce}">${watch}</script>${build === 'module' ? map : ''}<h1>`)
      .replace('<script type="module" src="/standalone.js">', `<script type="module" nonce="${nonce}" src="${builds[build]}">`),
  })
}

const tile = (page: Page) => page.getByRole('button', { name: 'Credit Cards' })

const ways: Readonly<Record<'iframe' | 'popup' | 'redirect', (page: Page) => Promise<void>>> = {
  async iframe(page) {
    await tile(page).click()
    await press(payButton(page.frameLocator('checkout-button iframe')))
  },
  async popup(page) {
    const [popup] = await Promise.all([page.waitForEvent('popup'), tile(page).click()])
    await payButton(popup).click()
  },
  async redirect(page) {
    await tile(page).click()
    await payButton(page).click()
  },
}

for (const build of ['standalone', 'module'] as const)
  for (const [surface, pay] of Object.entries(ways))
    test(`T-60 ${build} build, ${surface}: a whole payment, and no report`, async ({ page, merchant }) => {
      const address = strictPage(merchant, build, surface)
      merchant.reports.length = 0
      const said: string[] = []
      page.on('console', (message) => message.type() === 'error' && said.push(`${message.text()} ${message.location().url}`))
      await page.goto(address)
      // Of another language, which a script of its own brings.
      await expect(page.locator('[part=summary]')).toContainText('Bezahlen')
      await pay(page)
      await expect(page.locator('[part=paid]')).toBeVisible()
      expect(await page.evaluate('reports')).toEqual([])
      expect(merchant.reports).toEqual([])
      // A paid order answers the question for its price with 409, and browsers note every such answer.
      expect(said.filter((text) => !text.includes('/checkout/methods?'))).toEqual([])
      expect(await page.locator('[style]').count()).toBe(0)
    })

test('T-60 and what the policy forbids would have been noticed, in both ways', async ({ page, merchant }) => {
  merchant.reports.length = 0
  await page.goto(strictPage(merchant, 'standalone', 'iframe'))
  await page.evaluate(() => document.body.setAttribute('style', 'color: red'))
  await expect.poll(() => page.evaluate('reports.length')).toBeGreaterThan(0)
  await expect.poll(() => merchant.reports.length).toBeGreaterThan(0)
})

/** Notes every listener on window and document, from before the page's first script. */
const noteListeners = () => {
  const noted: string[] = []
  Object.assign(window, { noted })
  const { addEventListener } = EventTarget.prototype
  EventTarget.prototype.addEventListener = function (this: EventTarget | undefined, ...given) {
    if (!this || this === window || this === document) noted.push(given[0])
    return addEventListener.apply(this ?? window, given)
  }
}

test('T-61 while it rests it listens to nothing of the page, and never to "unload"', async ({ page, merchant }) => {
  await page.addInitScript(noteListeners)
  const order = freshOrder()
  const before = async () => (await page.evaluate('noted')) as string[]
  const globals = () => page.evaluate(() => Object.keys(window))
  await page.goto(merchant.put(order, shopPage(order, { surface: 'iframe' })))
  await expect(tile(page)).toBeVisible()
  expect((await before()).filter((type) => !type.startsWith('checkout-'))).toEqual([])
  const known = await globals()
  await ways.iframe(page)
  await expect(page.locator('[part=paid]')).toBeVisible()
  expect((await before()).filter((type) => /unload/.test(type))).toEqual([])
  expect(await globals()).toEqual(known)
})

for (const [what, second] of Object.entries({
  'the same file twice': '<script type="module" src="/standalone.js?again"></script>',
  'the file and the module of another version': `<script type="importmap">${JSON.stringify({ imports: modules })}</script><script type="module" src="/index.js"></script>`,
}))
  test(`T-61 ${what}: one word to the developer, no harm, and the first one sells`, async ({ page, merchant }) => {
    const order = freshOrder()
    const document = shopPage(order, { surface: 'iframe' })
    const address = merchant.put(order, {
      ...document,
      html:
        document.html.replace('<h1>', `${/importmap/.test(second) ? second.replace(/<script type="module".*/, '') : ''}<h1>`) +
        second.replace(/<script type="importmap".*?<\/script>/, ''),
    })
    const said: string[] = []
    page.on('console', (message) => said.push(`${message.type()} ${message.text()}`))
    await page.goto(address)
    await expect.poll(() => said).toEqual(['warning <checkout-button> is on this page twice.'])
    await ways.iframe(page)
    await expect(page.locator('[part=paid]')).toBeVisible()
    expect(said).toHaveLength(1)
  })
