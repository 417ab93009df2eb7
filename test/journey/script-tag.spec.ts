import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { buildPackage } from '../build/package.js'

// The files for <script> as pages include them: in the head without `defer`, late, twice, with a hash, from another origin.

let dist: string
let hashes: Readonly<Record<string, string>>
test.beforeAll(() => {
  dist = buildPackage()
  hashes = JSON.parse(readFileSync(join(dist, 'integrity.json'), 'utf8')).integrity
})

const tag = '<checkout-button server="/checkout" order="a" lang="en"></checkout-button>'
const offer = {
  ...{ title: 'Gold', price: { amount: '19.90', currency: 'USD' } },
  methods: [{ id: 'pretend:card', label: 'Card', surfaces: ['redirect'] }],
}

const three = {
  ...offer,
  methods: ['a', 'b', 'c'].map((id) => ({ id: `pretend:${id}`, label: `Card ${id}`, surfaces: ['iframe'] })),
}

/**
 * Opens a page of this head and body; the scripts come from https://cdn.example, changed where `alter` says so. Late by `delay`
 * milliseconds, as are the methods, of which there are three then.
 */
async function visit(page: Page, head: string, body = tag, alter = (code: string) => code, delay = 0): Promise<string[]> {
  const said: string[] = []
  const wait = () => new Promise((resolve) => setTimeout(resolve, delay))
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => said.push(`uncaught: ${error.message}`))
  await page.route('https://cdn.example/**', async (route) => {
    await wait()
    await route.fulfill({
      contentType: 'text/javascript',
      headers: { 'access-control-allow-origin': '*' },
      body: alter(readFileSync(join(dist, new URL(route.request().url()).pathname), 'utf8')),
    })
  })
  await page.route('https://shop.example/**', async (route) => {
    if (!new URL(route.request().url()).pathname.startsWith('/checkout/methods'))
      return route.fulfill({
        contentType: 'text/html',
        body: `<!doctype html><meta charset="utf-8"><title>Shop</title>${head}<body>${body}`,
      })
    await wait()
    await route.fulfill({ json: delay ? three : offer })
  })
  await page.goto('https://shop.example/')
  return said
}

const script = (file: string, attributes = '') =>
  `<script src="https://cdn.example/${file}" crossorigin ${attributes}></script>`
const classic = (attributes = '') => script('standalone.classic.js', attributes)
const module = (attributes = '') => script('standalone.js', `type="module" ${attributes}`)
const pay = (page: Page) => page.getByRole('button', { name: /Card/ })

for (const [name, head, body] of [
  ['a plain script in the head, without defer', () => classic(), tag],
  ['a module', () => module(), tag],
  ['a plain script behind the element', () => '', () => `${tag}${classic()}`],
  ['T-58 a plain script with its hash', () => classic(`integrity="${hashes['standalone.classic.js']}"`), tag],
  ['T-58 a module with its hash', () => module(`integrity="${hashes['standalone.js']}"`), tag],
] as const)
  test(`${name} shows the button, and leaves no name in the page`, async ({ page }) => {
    await page.addInitScript(() => {
      const before = new Set(Object.getOwnPropertyNames(window))
      Object.assign(window, { added: () => Object.getOwnPropertyNames(window).filter((name) => !before.has(name)) })
    })
    const said = await visit(page, head(), typeof body === 'string' ? body : body())
    await expect(pay(page)).toBeVisible()
    expect(said).toEqual([])
    const added = await page.evaluate(() => (window as unknown as { added(): string[] }).added())
    expect(added.filter((name) => !/^(added|lit\w+Versions|reactiveElementVersions)$/.test(name))).toEqual([])
  })

test('in a page that keeps the room as its page says, nothing moves while script and methods come', async ({ page }) => {
  const [rule = 'the rule is gone'] = /checkout-button \{ display.*\}/.exec(readFileSync('src/element/README.md', 'utf8')) ?? []
  await page.addInitScript(() => {
    const moved: unknown[] = []
    Object.assign(window, { moved })
    new PerformanceObserver((list) => moved.push(...list.getEntries())).observe({ type: 'layout-shift', buffered: true })
  })
  await visit(page, `<style>${rule}</style>${module()}`, `<h1>Cart</h1>${tag}<p>Terms and conditions</p>`, undefined, 400)
  await expect(page.getByText('$19.90')).toBeVisible()
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))))
  expect(await page.evaluate(() => (window as unknown as { moved: unknown[] }).moved)).toEqual([])
})

for (const [file, include] of [
  ['standalone.classic.js', classic],
  ['standalone.js', module],
] as const)
  test(`T-58 ${file} with one byte changed does not run where the page has its hash`, async ({ page }) => {
    const said = await visit(page, include(`integrity="${hashes[file]}"`), tag, (code) =>
      code.replace('Finish in', 'finish in'),
    )
    await expect.poll(() => said.join()).toContain('integrity')
    expect(await page.evaluate(() => customElements.get('checkout-button') === undefined)).toBe(true)
  })

const german = 'languages/de.js'
const heldGerman = () =>
  `<script type="importmap">${JSON.stringify({ integrity: { [`https://cdn.example/${german}`]: hashes[german] } })}</script>`
const inGerman = tag.replace('lang="en"', 'lang="de"')

test('T-58 a language that an import map holds to its hash is loaded while it has that hash', async ({ page }) => {
  await visit(page, heldGerman() + module(), inGerman)
  await expect(page.getByRole('group', { name: 'Bezahlen mit' })).toBeVisible()
})

test('T-58 with one byte changed it is not, and the button sells in English', async ({ page }) => {
  const said = await visit(page, heldGerman() + module(), inGerman, (code) => code.replace('Bezahlen mit', 'bezahlen mit'))
  await expect.poll(() => said.join()).toContain('integrity')
  await expect(page.getByRole('group', { name: 'Pay with' })).toBeVisible()
  await expect(pay(page)).toBeEnabled()
})

test('T-61 the script twice, once as a module, and late: one button, one remark', async ({ page }) => {
  const said = await visit(page, classic() + module())
  await expect(pay(page)).toBeVisible()
  await page.addScriptTag({ url: 'https://cdn.example/standalone.classic.js' })
  await expect.poll(() => said.length).toBe(2)
  for (const line of said) expect(line).toContain('<checkout-button> is on this page twice.')
  await expect(pay(page)).toHaveCount(1)
})

test('T-61 another element of this name that was there first stays, and the page with it', async ({ page }) => {
  const another = `<script>customElements.define('checkout-button', class extends HTMLElement {
    connectedCallback() { this.textContent = 'somebody else’s' }
  })</script>`
  const said = await visit(page, another + classic() + module(), `${tag}<script>document.title = 'goes on'</script>`)
  await expect(page.locator('checkout-button')).toHaveText('somebody else’s')
  await expect.poll(() => said.length).toBe(2)
  expect(said.join()).not.toContain('uncaught')
  await expect(page).toHaveTitle('goes on')
})

test('what a server has rendered into the element is replaced by the file for <script>, not doubled', async ({ page }) => {
  const rendered = tag.replace(
    '></',
    '><template shadowrootmode="open"><button>Card, as the server drew it</button></template></',
  )
  const said = await visit(page, module(), rendered)
  await expect(pay(page)).toHaveText(/Pay \$19\.90 with Card/)
  await expect(pay(page)).toHaveCount(1)
  expect(said).toEqual([])
})
