import { test as base } from '@playwright/test'
import { type Demo, startDemo } from '../../demo/server.js'
import { findEngine } from '../engines.js'
import { Till } from '../journey/till.js'
import type { Buyer, Engine, Place } from './buyer.js'
import { startFirefox } from './firefox.js'
import { startWebKit } from './webkit.js'

// The demo's shop and pretend provider, on two sites as in the other journeys, and a buyer with another browser.

export const expect = base.expect.configure({ timeout: 20_000 })

const starts = { firefox: startFirefox, webkit: startWebKit }
export type FurtherEngine = keyof typeof starts

export class Shop extends Till {
  constructor(
    readonly buyer: Buyer,
    demo: Demo,
  ) {
    super(demo)
  }

  /** The shop's page at the payment of a fresh order. */
  async visit(surface: 'auto' | 'popup' | 'redirect' = 'auto'): Promise<void> {
    const order = await this.place()
    // What the page keeps is there before its script looks: anything of the shop's origin will do to put it there.
    await this.buyer.visit(`${this.demo.url}/shop/products`)
    await this.buyer.run('page', (kept) => localStorage.setItem('quiet-hours', kept), JSON.stringify({ order, surface }))
    await this.buyer.visit(this.demo.url)
    await this.buyer.run('page', noteEvents)
  }

  /** Clicks on what is called so, as soon as it is there. */
  async click(name: string, place: Place = 'page'): Promise<void> {
    await expect.poll(() => this.buyer.click(place, findButton, name).catch(ifNotThere)).toBe(true)
  }

  readonly pay = (place: Place): Promise<void> => this.click('Pay €', place)

  /** Waits until a button of this name is there, and may be clicked. */
  async offers(name: string, place: Place = 'page'): Promise<void> {
    await expect.poll(() => this.buyer.run(place, isFree, name).catch(ifNotThere)).toBe(true)
  }

  /** The sentence of the moment, seen or only heard. */
  says(text: string | RegExp): Promise<void> {
    return expect.poll(() => this.buyer.run('page', sentence).catch(ifNotThere)).toMatch(text)
  }

  /** Waits for the receipt: the shop's own words after its server's. */
  receipt(): Promise<void> {
    return expect.poll(() => this.buyer.run('page', () => document.body.innerText).catch(ifNotThere)).toContain('Thank you!')
  }

  /** The element's events since the page was loaded. */
  readonly heard = (): Promise<string[]> => this.buyer.run('page', () => Reflect.get(window, 'heard') as string[])

  /** For every `window.open`: whether it ran inside the buyer's click. */
  readonly opened = (): Promise<boolean[]> => this.buyer.run('page', () => Reflect.get(window, 'opened') as boolean[])

  /** How often the page asked the server how the checkout stands. */
  readonly questions = (): Promise<number> =>
    this.buyer.run(
      'page',
      () =>
        performance.getEntriesByType('resource').filter(({ name }) => /\/checkout\/checkouts\/[^/?]+(\?|$)/.test(name)).length,
    )

  readonly address = (): Promise<string> => this.buyer.run('page', () => location.href)
}

/** While a page is on its way somewhere, nothing in it can be asked. */
const ifNotThere = (): undefined => undefined

const noteEvents = () => {
  const heard: string[] = []
  const opened: boolean[] = []
  Object.assign(window, { heard, opened })
  for (const type of ['open', 'close', 'pending', 'success', 'failure'])
    document.addEventListener(`checkout-${type}`, (event) => heard.push(event.type))
  const real = window.open
  window.open = (...given) => {
    opened.push(navigator.userActivation.isActive)
    return real.apply(window, given)
  }
}

const findButton = (name: string): Element | undefined => {
  const inside = document.querySelector('checkout-button')?.shadowRoot
  const buttons = [document, ...(inside ? [inside] : [])].flatMap((root) => [...root.querySelectorAll('button')])
  const isCalled = (button: Element) => (button.ariaLabel ?? button.textContent ?? '').includes(name)
  return buttons.find((button) => button.getClientRects().length > 0 && isCalled(button))
}

const isFree = (name: string): boolean => {
  const inside = document.querySelector('checkout-button')?.shadowRoot
  const buttons = [document, ...(inside ? [inside] : [])].flatMap((root) => [...root.querySelectorAll('button')])
  return buttons.some((button) => button.textContent?.includes(name) && button.ariaDisabled !== 'true')
}

const sentence = () => document.querySelector('checkout-button')?.shadowRoot?.querySelector('[part=message]')?.textContent ?? ''

export const test = base.extend<{ shop: Shop }, { engine: FurtherEngine; running: Engine; demo: Demo }>({
  engine: ['firefox', { option: true, scope: 'worker' }],
  running: [
    async ({ engine }, use) => {
      const browser = await starts[engine](findEngine(engine) ?? '')
      await use(browser)
      await browser.close()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  demo: [
    async ({}, use) => {
      const demo = await startDemo({ sandbox: { repeatEvery: 500 } })
      await use(demo)
      await demo.close()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  shop: async ({ running, demo }, use) => {
    const buyer = await running.enter()
    const shop = new Shop(buyer, demo)
    await Promise.all([shop.outcome(), shop.faults(), shop.fault('none')])
    await use(shop)
    await buyer.leave()
  },
})
