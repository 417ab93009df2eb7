import { test as base, type FrameLocator, type Locator, type Page, type Request } from '@playwright/test'
import { type Demo, startDemo } from '../../demo/server.js'
import { press, tellPages } from './press.js'
import { type Product, Till } from './till.js'

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
  readonly items?: readonly Product[]
}

/** The buyer's page, with what stands behind the counter. */
export class Shop extends Till {
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
    demo: Demo,
  ) {
    super(demo)
  }

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
  readonly pay = (hosted: Page | FrameLocator): Promise<void> => press(hosted.getByRole('button', { name: /^Pay €/ }))
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
  shop: async ({ page, demo }, use, { errors }) => {
    const shop = new Shop(page, demo)
    await Promise.all([shop.listen(), shop.outcome(), shop.faults(), shop.fault('none')])
    await use(shop)
    if (errors.length > 0) await tellPages(page.context())
    expect(shop.crashes, 'nothing was thrown into a page').toEqual([])
  },
})
