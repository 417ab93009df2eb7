import { test as base, type FrameLocator, type Locator, type Page, type Request } from '@playwright/test'
import type { DeskState } from '../../demo/developer-desk.js'
import { type Demo, startDemo } from '../../demo/server.js'

// One demo per worker, real HTTP and real files: the shop on 127.0.0.1, the pretend Paymentwall on localhost, two sites. Every test
// is a buyer of its own with an order of its own, and looks only at what belongs to that order.

/** Patient: this machine may be busy, and no assertion here is about speed. */
export const expect = base.expect.configure({ timeout: 20_000 })

interface Look {
  readonly surface?: 'auto' | 'iframe' | 'popup' | 'redirect'
  readonly layout?: 'list' | 'grid' | 'single'
  readonly lang?: 'en' | 'ar'
  readonly theme?: 'light' | 'dark'
  readonly country?: string
  readonly items?: readonly ('rain' | 'harbour' | 'forest')[]
}

/** The buyer's page, and what stands behind the counter. */
export class Shop {
  order = ''
  /** The element's events, over all pages of this buyer. */
  readonly heard: string[] = []
  /** For every `window.open`: whether it ran inside the buyer's click. */
  readonly opened: boolean[] = []
  /** Checkouts that the page asked the server for. */
  readonly asked: string[] = []
  /** How often the page asked the server how the checkout stands. */
  questions = 0
  /** The answers to that. */
  readonly answers: string[] = []
  /** What went wrong in the shop's page and was caught by nobody. */
  readonly crashes: string[] = []

  constructor(
    readonly page: Page,
    readonly demo: Demo,
  ) {}

  async listen(): Promise<void> {
    const context = this.page.context()
    await context.exposeFunction('journeyEvent', (type: string) => this.heard.push(type))
    await context.exposeFunction('journeyOpen', (isInClick: boolean) => this.opened.push(isInClick))
    await context.addInitScript(() => {
      const { journeyEvent, journeyOpen } = window as unknown as Record<string, (said: unknown) => void>
      for (const type of ['open', 'close', 'pending', 'success', 'failure'])
        document.addEventListener(`checkout-${type}`, ({ type }) => journeyEvent?.(type))
      const real = window.open
      window.open = (...given) => {
        journeyOpen?.(navigator.userActivation.isActive)
        return real.apply(window, given)
      }
    })
    context.on('request', (request) => {
      if (request.method() === 'POST' && request.url() === `${this.demo.url}/checkout/checkouts`)
        this.asked.push(request.postData() ?? '')
    })
    const isQuestion = (request: Request) => /\/checkout\/checkouts\/[^/]+$/.test(request.url())
    context.on('request', (request) => {
      if (isQuestion(request)) this.questions++
    })
    context.on('requestfinished', async (request) => {
      const answer = isQuestion(request) && (await request.response().catch(() => undefined))
      const text = answer && (await answer.text().catch(() => '')) // one may still be on its way when the test is over
      if (text) this.answers.push(text)
    })
    context.on('weberror', (error) => this.crashes.push(String(error.error())))
  }

  /** A sale with a number of its own, as the shop's server notes it at "Check out". */
  async place(items: Look['items'] = ['rain']): Promise<string> {
    const answer = await fetch(`${this.demo.url}/shop/orders`, {
      method: 'POST',
      headers: { origin: this.demo.url },
      body: JSON.stringify({ products: items, buyer: 'buyer-journey', email: 'ada@example.com' }),
    })
    this.order = ((await answer.json()) as { id: string }).id
    return this.order
  }

  /** The shop's page at the payment of a fresh order. */
  async visit({ items, ...look }: Look = {}): Promise<void> {
    const kept = JSON.stringify({ cart: [], order: await this.place(items), ...look })
    await this.page.context().addInitScript((kept) => {
      if (location.hostname === '127.0.0.1' && window.top === window) localStorage['quiet-hours'] ??= kept
    }, kept)
    await this.page.goto(this.demo.url)
  }

  /** Another merchant's page at the same address: nothing but the element and what `body` has on it. */
  async visitBare(body: string): Promise<void> {
    // The document itself comes from the server: one made up here would count as of a public network, which may not frame localhost.
    await this.page.route('**/demo/pages/main.ts', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: "import '/src/index.ts'" }),
    )
    await this.page.goto(this.demo.url)
    await this.page.evaluate((body) => {
      document.body.innerHTML = body
    }, body)
  }

  get button(): Locator {
    return this.page.locator('checkout-button')
  }

  tile(name: string | RegExp): Locator {
    return this.button.getByRole('button', { name })
  }

  /** The sentence of the moment, seen or only heard. */
  get says(): Locator {
    return this.button.locator('[part=message]')
  }

  get dialog(): Locator {
    return this.button.getByRole('dialog')
  }

  /** The hosted page inside the dialog. */
  get frame(): FrameLocator {
    return this.button.frameLocator('iframe')
  }

  /** The receipt: the shop's own words after its server's. */
  get receipt(): Locator {
    return this.page.getByRole('heading', { name: 'Thank you!' })
  }

  /** Lets the clocks of these pages run on, where time itself is the matter. `page.clock.install()` must have come before the visit. */
  readonly later = (milliseconds: number): Promise<void> => this.page.clock.runFor(milliseconds)

  /** A click that opens a window. */
  async popup(click: () => Promise<void>): Promise<Page> {
    const [popup] = await Promise.all([this.page.waitForEvent('popup'), click()])
    return popup
  }

  /** The hosted page's "Pay", wherever that page stands. */
  readonly pay = (hosted: Page | FrameLocator): Promise<void> => hosted.getByRole('button', { name: /^Pay €/ }).click()

  async desk(): Promise<DeskState> {
    return (await fetch(`${this.demo.url}/developer/state`)).json() as Promise<DeskState>
  }

  async payments(order = this.order) {
    return (await this.desk()).payments.filter(({ orderId }) => orderId === order)
  }

  /** The payments of this order as the provider has them. */
  async hosted() {
    const { hosted, payments } = await this.desk()
    const own = payments.filter(({ orderId }) => orderId === this.order).map(({ reference }) => reference)
    return hosted.filter(({ ref }) => own.includes(ref))
  }

  /** How the ledger has the payments of this order. */
  readonly states = async (): Promise<string[]> => (await this.payments()).map(({ state, delivery }) => `${state} ${delivery}`)

  /** The calls of the shop's hooks for this order, oldest first. */
  readonly hooks = async (): Promise<string[]> =>
    (await this.desk()).hookCalls
      .filter(({ order }) => order === this.order)
      .map(({ hook }) => hook)
      .reverse()

  /**
   * How often a hook was started for each payment: every start takes a lease, and each lease raises the fence. The shop's diary
   * cannot tell, since it keeps one line for one delivery however often that is handed over.
   */
  readonly starts = async (): Promise<number[]> => (await this.payments()).map(({ lease }) => lease?.fence ?? 0)

  /** What the sandbox does around the next choices; what is left out goes well, and quickly. */
  readonly outcome = (change: object = {}) =>
    this.#tell('outcome', { processing: 50, pingbackAfter: 50, returnAfter: 300, ...change })

  /** Keeps back every pingback of the next choices until `release`: what happens in between does not depend on any clock. */
  readonly hold = (change: object = {}) => this.outcome({ pingbacksLost: 'all', ...change })

  readonly release = () => this.#tell('repeat', {})

  readonly faults = (change: object = {}) => this.#tell('faults', change)

  readonly move = async (name: string) => this.#tell(`payments/${(await this.payments())[0]?.reference}/${name}`, {})

  async #tell(path: string, body: object): Promise<void> {
    const answer = await fetch(`${this.demo.sandboxUrl}/sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
  }

  /** Our own server stops answering pages, or its hooks begin to throw. */
  async fault(fault: 'none' | 'away' | 'hooks'): Promise<void> {
    const headers = { origin: this.demo.url }
    await fetch(`${this.demo.url}/developer/shop-fault`, { method: 'POST', headers, body: fault })
  }
}

export const test = base.extend<{ shop: Shop }, { demo: Demo }>({
  demo: [
    async ({}, use) => {
      const demo = await startDemo({ sandbox: { repeatEvery: 500 } })
      await use(demo)
      await demo.close()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  shop: async ({ page, demo }, use) => {
    const shop = new Shop(page, demo)
    await Promise.all([shop.listen(), shop.outcome(), shop.faults(), shop.fault('none')])
    await use(shop)
    expect(shop.crashes, 'nothing was thrown into a page').toEqual([])
  },
})
