import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test as base, type Page } from '@playwright/test'
import { press, tellPages } from '../journey/press.js'
import { columns, type Example, examples, folderOf, hydrated, rendered, snippets, unaware } from './examples.js'
import { startNext } from './next.js'
import type { Place } from './set-up.js'
import { type Mode, modes, run } from './workshop.js'

// Framework × what a merchant expects of a tag in it. Every example of demo/ has the same words, so every one passes the same tests.

const expect = base.expect.configure({ timeout: 20_000 })

/** The buyer's page of one example. */
class Cart {
  readonly said: string[] = []
  readonly asked: string[] = []

  constructor(
    readonly page: Page,
    readonly place: Place,
    readonly example: Example,
    readonly order: string,
  ) {}

  async open(mode: Mode, search = ''): Promise<void> {
    this.page.on('console', (message) => {
      if (!message.location().url.endsWith('/favicon.ico')) this.said.push(`${message.type()}: ${message.text()}`)
    })
    this.page.on('pageerror', (error) => this.said.push(`uncaught: ${error.message}`))
    this.page.on('request', (request) => this.asked.push(`${request.method()} ${new URL(request.url()).pathname}`))
    await this.page.addInitScript(watch)
    const { url, next } = this.place
    const home = this.example.builder === 'next' ? next[this.example.name]?.[mode] : `${url}/${folderOf(this.example)}/${mode}`
    await this.page.goto(`${home}/?order=${this.order}${search}`)
    await expect(this.method.first()).toBeVisible()
  }

  get element() {
    return this.page.locator('checkout-button')
  }
  get method() {
    return this.page.getByRole('button', { name: 'Credit Cards' })
  }
  get hosted() {
    return this.page.frameLocator('checkout-button iframe').getByRole('button', { name: /^Pay \$19\.90/ })
  }
  readonly agree = () => this.page.getByRole('checkbox').check()
  /** A modal dialog lies over the page's own buttons, but not over its script. */
  readonly leave = () => this.page.locator('button', { hasText: 'Back to the shop' }).dispatchEvent('click')
  readonly comeBack = () => this.page.locator('button', { hasText: 'To the cart' }).dispatchEvent('click')
  readonly count = (request: string) => this.asked.filter((each) => each.startsWith(request)).length
  readonly delivered = async () => (await fetch(`${this.place.url}/delivered/${this.order}`)).text()

  async pay(): Promise<void> {
    await this.agree()
    await this.method.click()
    await press(this.hosted)
    await expect(this.page.getByText(/^Paid .*19\.90/).first()).toBeVisible()
    await expect(this.page.getByText('Thank you! Your receipt is')).toBeVisible()
    expect(await this.delivered()).toBe('1')
  }
}

/** What the builds for developers say to everybody. */
const greetings = /DevTools|Lit is in dev mode|Angular is running in development mode|\[HMR\]|\[Fast Refresh\]/

/** Counts the listeners of the page's window and document, its timers that are still to come, and who hears of the button's success. */
function watch(): void {
  // What only the button listens to: frameworks and Playwright put some of their own on every page.
  const ours = ['message', 'online', 'pageshow', 'visibilitychange']
  type Listener = EventListenerOrEventListenerObject | null
  const listening = new Map<string, Set<Listener>>()
  const of = (target: EventTarget, type: string) => {
    const isOurs = (target === window || target === document) && ours.includes(type)
    const name = isOurs ? type : type === 'checkout-success' && target instanceof HTMLElement ? 'handlers' : ''
    const known = listening.get(name) ?? new Set()
    if (name) listening.set(name, known)
    return known
  }
  const { addEventListener, removeEventListener } = EventTarget.prototype
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    const known = of(this ?? window, type)
    known.add(listener)
    const { signal } = typeof options === 'object' ? options : {}
    if (signal) addEventListener.call(signal, 'abort', () => known.delete(listener))
    return addEventListener.call(this, type, listener, options)
  }
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    of(this ?? window, type).delete(listener)
    return removeEventListener.call(this, type, listener, options)
  }
  const timers = new Set<number>()
  const { setTimeout: begin, clearTimeout: end } = window
  window.setTimeout = ((act: () => void, time?: number, ...given: []) => {
    const timer = begin(() => {
      timers.delete(timer)
      act(...given)
    }, time)
    if ((time ?? 0) >= 1000) timers.add(timer)
    return timer
  }) as typeof setTimeout
  window.clearTimeout = (timer) => {
    timers.delete(timer as number)
    end(timer)
  }
  const counted = () => [...ours, 'handlers'].map((name) => [name, listening.get(name)?.size ?? 0])
  Object.assign(window, { left: () => ({ ...Object.fromEntries(counted()), timers: timers.size }) })
}
const left = (page: Page) => page.evaluate(() => (window as unknown as { left(): object }).left())

/** What the set-up left for the tests. */
const placeOfRun = () => JSON.parse(process.env.FRAMEWORKS_PLACE ?? '{}') as Place
/** Where the copied sources of an example are. */
const homeOf = ({ name }: Example): string => placeOfRun().workshop[name]?.home ?? ''

const test = base.extend<{ open(example: Example, mode?: Mode, search?: string): Promise<Cart> }>({
  async open({ page }, use, { testId, errors }) {
    const place = placeOfRun()
    await use(async (example, mode, search) => {
      expect(place.workshop[example.name]?.failed).toBe('')
      const cart = new Cart(page, place, example, testId)
      await cart.open(mode ?? 'production', search)
      return cart
    })
    if (errors.length > 0) await tellPages(page.context())
  },
})

/** The lines that a type check refuses, `cart.tsx:12`. */
function refusedIn(output: string): string[] {
  const found = output.matchAll(/^(?:.*ERROR ")?((?:[\w.-]+\/)*[\w.-]+\.\w+)(?:\(|" |:)(\d+)[,:]\d+/gm)
  return [...new Set(Array.from(found, ([, file = '', line]) => `${file.split('/').pop()}:${line}`))]
}

const cells: Record<(typeof columns)[number], (example: Example, open: (mode?: Mode) => Promise<Cart>) => Promise<void>> = {
  async types(example) {
    const home = homeOf(example)
    const wrong = readdirSync(join('test/frameworks/wrong', example.source))[0] ?? ''
    const lines = readFileSync(join(home, example.room, wrong), 'utf8').split('\n')
    const { output } = await run(home, example.check)
    expect(refusedIn(output), output).toEqual(
      lines.flatMap((line, at) => (line.includes('WRONG') ? [`${wrong}:${at + 1}`] : [])),
    )
  },

  async property(_, open) {
    const cart = await open()
    // An object, and a boolean that is false at last.
    await expect(cart.element).toHaveJSProperty('labels', { payWith: 'Settle by' })
    await expect(cart.page.getByRole('group', { name: 'Settle by' })).toBeVisible()
    await expect(cart.method).toHaveAttribute('aria-disabled', 'true')
    await cart.agree()
    await expect(cart.method).toHaveAttribute('aria-disabled', 'false')
    await cart.page.getByRole('checkbox').uncheck()
    await expect(cart.method).toHaveAttribute('aria-disabled', 'true')
    expect(cart.said).toEqual([])
  },

  async event(_, open) {
    const cart = await open()
    await cart.agree()
    await cart.method.click()
    await expect(cart.page.getByText('You chose paymentwall:cc.')).toBeVisible()
  },

  async payment(_, open) {
    const cart = await open()
    await cart.pay()
    expect(cart.asked.filter((each) => each === 'POST /checkout/checkouts')).toHaveLength(1) // and not of its signals
    expect(cart.said).toEqual([])
  },

  async unmount(_, open) {
    const cart = await open()
    await cart.agree()
    const before = await left(cart.page)
    await cart.method.click()
    await expect(cart.hosted).toBeVisible()
    expect(await left(cart.page)).not.toEqual(before)
    await cart.leave()
    await expect(cart.element).toHaveCount(0)
    await expect.poll(() => cart.page.frames().length).toBe(1)
    expect({ ...(await left(cart.page)), handlers: 1 }).toEqual(before) // what stays on the element goes with it
    const asked = cart.asked.length
    await cart.page.waitForTimeout(3000)
    expect(cart.asked.slice(asked)).toEqual([])
    await cart.comeBack() // to a payment that may still come about, so it asks
    await expect(cart.page.getByRole('group', { name: 'Settle by' })).toBeVisible()
    expect(cart.said).toEqual([])
  },

  async strict(_, open) {
    const cart = await open('development')
    expect(cart.count('GET /checkout/methods')).toBe(1)
    expect(await left(cart.page)).toMatchObject({ handlers: 1 })
    await cart.leave()
    await expect(cart.element).toHaveCount(0)
    await cart.comeBack()
    await expect(cart.method).toBeVisible()
    expect(cart.count('GET /checkout/methods')).toBe(2)
    await cart.pay()
    expect(cart.said.filter((line) => !greetings.test(line))).toEqual([])
  },
}

for (const example of examples)
  for (const column of columns)
    test(`${example.name} · ${column}`, ({ open }) => cells[column](example, (mode) => open(example, mode)))

for (const snippet of snippets)
  test(`${snippet.name}: what the documentation shows first sells`, async ({ open, page }) => {
    const cart = await open(snippet)
    await cart.method.click()
    await press(cart.hosted)
    await expect(page.getByText(/^Paid .*19\.90/).first()).toBeVisible()
    await expect.poll(() => cart.said).toEqual([expect.stringMatching(/^log: [\w-]{16,}$/)]) // its handler
    expect(await cart.delivered()).toBe('1')
  })

/** The example, with the server imported in its client component; answers what came of building it. */
async function buildWrong(example: Example): Promise<{ home: string; failed: boolean; output: string }> {
  const wrong = `${homeOf(example)}-wrong`
  cpSync(join('demo', example.source), wrong, { recursive: true })
  const file = join(wrong, 'app/cart.tsx')
  const server = "import { createCheckout } from 'checkout-button/server'\nconsole.debug(typeof createCheckout)\n"
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace("'use client'\n", (line) => line + server),
  )
  const environment = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }
  const { status, output } = await run(wrong, ['next/dist/bin/next', 'build', example.bundler ?? ''], environment)
  return { home: wrong, failed: status !== 0, output }
}
const builtBy = (bundler: string) => examples.filter((example) => example.bundler === bundler)

for (const example of builtBy('--turbopack'))
  test(`${example.name} refuses the server in a client component, by a file whose name says why`, async () => {
    test.setTimeout(240_000) // it builds
    const { failed, output } = await buildWrong(example)
    expect(failed).toBe(true)
    expect(output).toMatch(/server-only\.js/)
  })

for (const example of builtBy('--webpack'))
  test(`${example.name} warns of the server in a client component; built all the same, the page says what is wrong`, async ({
    page,
  }) => {
    test.setTimeout(240_000)
    const { home, failed, output } = await buildWrong(example)
    expect(output).toMatch(/'createCheckout' is not exported from 'checkout-button\/server'/)
    expect(failed).toBe(false)
    const said: string[] = []
    page.on('pageerror', ({ message }) => said.push(message))
    page.on('console', (message) => said.push(message.text()))
    const next = await startNext(home, example.bundler, 'production', [])
    try {
      await page.goto(next.url)
      await expect.poll(() => said.join('\n')).toContain("checkout-button's server was imported in page code")
    } finally {
      await next.close()
    }
  })

for (const mode of modes)
  test(`Vue that was not told of isCustomElement sells all the same, and says in development what is missing (${mode})`, async ({
    open,
  }) => {
    const cart = await open(unaware, mode)
    if (mode === 'development') {
      expect(cart.said.join()).toContain('checkout-button')
      expect(cart.said.join()).toContain('isCustomElement')
    }
    await cart.pay()
  })

for (const mode of modes)
  test(`Vue renders the cart in Node and takes it over: attributes are there before its script, then properties and handlers (${mode})`, async ({
    open,
    page,
  }) => {
    const cart = await open(rendered, mode)
    const html = await (await fetch(page.url())).text()
    expect(html).toMatch(/<checkout-button(?=[^>]* server="\/checkout")[^>]* order="[^"]+"[^>]*><\/checkout-button>/)
    await expect(cart.element).toHaveJSProperty('labels', { payWith: 'Settle by' })
    if (mode === 'production') await cells.property(rendered, async () => cart)
    await cart.pay()
    expect(cart.count('GET /checkout/methods')).toBe(1)
    expect(cart.said.filter((line) => !greetings.test(line))).toEqual([])
  })

for (const example of hydrated)
  test(`${example.name}: the tag takes what that React can hand it`, async () => {
    const home = homeOf(example)
    const lines = [
      "import 'checkout-button/react'",
      'export const attributes = <checkout-button server="/checkout" order="a" success-url="/thanks" disabled refuse-when-framed />',
      'export const layout = <checkout-button layout="rows" /> // WRONG',
      "export const labels = <checkout-button labels={{ pay: 'Buy' }} /> // SINCE 19",
      'export const offer = <checkout-button offer={undefined} /> // SINCE 19',
    ]
    writeFileSync(join(home, 'src/tag.tsx'), lines.join('\n'))
    const { output } = await run(home, example.check)
    const isRefused = example.name.startsWith('React 18') ? /WRONG|SINCE 19/ : /WRONG/
    expect(refusedIn(output), output).toEqual(lines.flatMap((line, at) => (isRefused.test(line) ? [`tag.tsx:${at + 1}`] : [])))
  })

for (const example of hydrated)
  test(`${example.name}: the component has its attributes in what the server sends, then its properties and the handlers of now`, async ({
    open,
    page,
  }) => {
    const cart = await open(example, 'development')
    const rendered = await page.evaluate(() => (window as unknown as { rendered: string }).rendered)
    expect(rendered).toMatch(
      /^<checkout-button (?=[^>]*\bclass="wide")(?=[^>]*\bsuccess-url="#thanks")[^>]*\btitle="pay"[^>]*><\/checkout-button>/,
    )
    expect(rendered).not.toMatch(/^<[^>]*(disabled|refuse|labels|checkoutopen)/i)
    const component = cart.element.first()
    const method = component.getByRole('button', { name: 'Card of the page' })
    await method.click()
    await expect(page.getByText('paymentwall:cc in round 1')).toBeVisible()
    const next = page.getByRole('button', { name: 'Next round' })
    await next.click()
    await method.click()
    await expect(page.getByText('paymentwall:cc in round 2')).toBeVisible()
    await next.click()
    await expect(method).toHaveAttribute('aria-disabled', 'true')
    await next.click()
    await expect(method).toHaveAttribute('aria-disabled', 'false')
    await expect(component).toHaveJSProperty('successUrl', '#thanks')
    await expect(component).toHaveClass('wide')
    expect(
      await page.evaluate(
        () =>
          (window as unknown as { element: { current: unknown } }).element.current ===
          document.querySelector('checkout-button'),
      ),
    ).toBe(true)
    expect(cart.count('GET /checkout/methods')).toBe(1) // by the tag, which has no offer
    // The reason why there is a component: React leaves the tag with what HTML can say.
    await expect(cart.element.last()).toHaveJSProperty('labels', undefined)
    // A real server has no document; this page, which plays one, has, and React 18 says so.
    const said = cart.said.filter(
      (line) => !greetings.test(line) && !line.includes('useLayoutEffect does nothing on the server'),
    )
    expect(said).toEqual([])
  })

for (const example of hydrated) {
  test(`${example.name}: rendered in the browser alone, an offer spares the component the request for it`, async ({
    open,
    page,
  }) => {
    const cart = await open(example, 'production', '&fresh')
    const [component, tag] = [cart.element.first(), cart.element.last()]
    await expect(component.getByRole('button', { name: 'Card of the page' })).toBeVisible()
    await expect(tag.getByRole('button', { name: 'Credit Cards' })).toBeVisible()
    expect(cart.count('GET /checkout/methods')).toBe(1)
    await page.getByRole('button', { name: 'Next round' }).click() // a new render of the same offer asks no more than the first
    await expect(component.getByRole('button', { name: 'Card of the page' })).toBeVisible()
    expect(cart.count('GET /checkout/methods')).toBe(1)
    expect(cart.said).toEqual([])
  })

  for (const mode of modes)
    test(`${example.name}: Node renders the component with its offer inside, and says nothing (${mode})`, async () => {
      const home = homeOf(example)
      const file = join(home, `render-${mode}.mjs`)
      writeFileSync(file, renderInNode)
      const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
        encoding: 'utf8',
        env: { ...process.env, NODE_ENV: mode },
      })
      expect([status, stderr.split('\n').filter((line) => !greetings.test(line) && line.trim() !== '')]).toEqual([0, []])
      const [, offer = '', rest] =
        /^<checkout-button (?=.* order="a")(?=.* success-url="\/thanks").*OFFER="([^"]*)"(.*)>$/s.exec(stdout) ?? []
      const entities: Readonly<Record<string, string>> = { quot: '"', amp: '&', lt: '<', gt: '>' }
      expect(JSON.parse(offer.replace(/&(\w+);/g, (_, name) => entities[name] ?? ''))).toEqual({
        title: 'Gold "A" & <B>',
        methods: [],
      })
      expect(rest).toBe('></checkout-button')
    })
}

const renderInNode = `
  import { createElement } from 'react'
  import { renderToString } from 'react-dom/server'
  import { CheckoutButton } from 'checkout-button/react'
  const offer = { title: 'Gold "A" & <B>', methods: [] }
  const props = { server: '/checkout', order: 'a', successUrl: '/thanks', labels: { pay: 'Buy' }, disabled: false, onCheckoutOpen() {}, offer }
  process.stdout.write(renderToString(createElement(CheckoutButton, props)))`
