import type { CheckoutButton } from '../../src/element/checkout-button.js'
import type { CheckoutRequest } from '../../src/protocol/checkout-request.js'
import type { CheckoutStatus, Offer, PaymentMethod } from '../../src/protocol/requests.js'
import '../../src/index.js'
import { heard, provider, until } from '../window/provider.js'

// The shop's side: a page with the element in it, and a server in the test's hands that speaks over `fetch` as the real one does.

const methods: PaymentMethod[] = [
  { id: 'paymentwall:cc', label: 'Credit card', icon: `${provider}/logo.svg`, surfaces: ['iframe', 'popup', 'redirect'] },
  { id: 'paymentwall:ideal', label: 'iDEAL', icon: `${provider}/logo.svg`, surfaces: ['popup', 'redirect'] },
  { id: 'wipay:card', label: 'WiPay', surfaces: ['redirect', 'popup'], feeOnTop: true },
]
export const gold: Offer = { title: 'Gold coins', price: { amount: '19.90', currency: 'USD' }, methods }
export const one: Offer = { ...gold, methods: methods.slice(1, 2) }

interface Answer {
  readonly status?: number
  readonly body: unknown
}

const inNextFrame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))

const real = { fetch: window.fetch, setTimeout: window.setTimeout }
const id = 'checkout-0000000000000001'

export class Shop {
  /** Every request, as `GET methods?…`. */
  readonly asked: string[] = []
  readonly opened: CheckoutRequest[] = []
  readonly events: Event[] = []
  offer: Offer | Answer = gold
  page: Answer = { body: { id, url: `${provider}/puppet`, speaksFrom: [provider] } }
  status: CheckoutStatus | 'offline' = { state: 'pending', delivered: false }
  /** While set, no answer arrives. */
  hangs = false
  button!: CheckoutButton

  constructor() {
    sessionStorage.clear()
    window.fetch = (target, init) => this.#answer(String(target), init)
    for (const type of ['open', 'close', 'pending', 'success', 'failure'])
      document.addEventListener(`checkout-${type}`, this.#note)
  }

  readonly #note = (event: Event) => this.events.push(event)

  get told() {
    return this.events.map(({ type }) => type.replace('checkout-', ''))
  }

  async #answer(target: string, init: RequestInit = {}): Promise<Response> {
    const { pathname, search, origin } = new URL(target, location.href)
    if (!pathname.startsWith('/checkout/')) return real.fetch(target, init)
    const path = pathname.slice('/checkout/'.length)
    this.asked.push(`${init.method ?? 'GET'} ${origin === location.origin ? '' : origin}${path}${search}`)
    if (path.endsWith('/signals')) return new Response(null, { status: 204 })
    if (path === 'checkouts') this.opened.push(JSON.parse(String(init.body)))
    await new Promise<void>((resolve, reject) => {
      const wait = () => (this.hangs ? setTimeout(wait, 20) : resolve())
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason))
      wait()
    })
    if (path.startsWith('checkouts/')) {
      if (this.status === 'offline') throw new TypeError('Failed to fetch')
      return Response.json(this.status)
    }
    const { status = 200, body } =
      path === 'checkouts' ? this.page : 'methods' in this.offer ? { body: this.offer } : this.offer
    return Response.json(body, { status })
  }

  /** The next page ends then. */
  closeAt(closesAt: string | undefined): void {
    this.page = { body: { ...(this.page.body as object), closesAt } }
  }

  /** Puts the element on the page, as HTML would. */
  async open(attributes: Readonly<Record<string, string>> = {}, into: Element = document.body): Promise<CheckoutButton> {
    const button = document.createElement('checkout-button')
    for (const [name, value] of Object.entries({ server: '/checkout', order: 'gold', ...attributes }))
      button.setAttribute(name, value)
    into.append(button)
    this.button = button
    await button.updateComplete
    if (!this.hangs) await until(() => !this.is('loading') && this.root.querySelector('.bone') === null)
    if (this.parts('price').length) await inNextFrame() // when it says something
    await button.updateComplete
    return button
  }

  /** Lets pauses pass a hundred times as fast, until `close`. */
  hurry(): void {
    const { setTimeout } = real
    window.setTimeout = ((run: () => void, delay = 0) => setTimeout(run, delay / 100)) as typeof window.setTimeout
  }

  close(): void {
    for (const button of document.querySelectorAll('checkout-button')) button.remove()
    for (const type of ['open', 'close', 'pending', 'success', 'failure'])
      document.removeEventListener(`checkout-${type}`, this.#note)
    Object.assign(window, real)
    sessionStorage.clear()
  }

  is(state: string): boolean {
    return this.button.matches(`:state(${state})`)
  }

  async reach(state: string): Promise<void> {
    await until(() => this.is(state))
    await this.button.updateComplete
  }

  get root(): ShadowRoot {
    return this.button.shadowRoot as ShadowRoot
  }

  parts(name: string): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>(`[part~="${name}"]`)]
  }

  get tiles(): HTMLElement[] {
    return this.parts('method')
  }

  get message(): string {
    return this.parts('message')[0]?.textContent ?? ''
  }

  action(text: string): HTMLElement | undefined {
    return [...this.root.querySelectorAll('button')].find(({ textContent }) => textContent === text)
  }

  get dialog(): HTMLDialogElement | null {
    return this.root.querySelector('dialog:not(.chooser)')
  }

  get frame(): HTMLIFrameElement | null {
    return this.root.querySelector('iframe')
  }

  /** Chooses a method, and waits until its page is in front of the buyer. */
  async pay(method = 0): Promise<void> {
    this.tiles[method]?.click()
    await this.reach('paying')
  }

  /** Chooses the first method, and waits until its page has loaded in the dialog's frame. */
  async payInFrame(): Promise<Window> {
    const own = () => this.frame?.contentWindow ?? null
    const loaded = heard(own) // before the click: the page says it once, and may be faster than a test that first looks for its frame
    this.tiles[0]?.click()
    await loaded
    return own() as Window
  }

  /** As our return page speaks to the window that waits for it, through the channel that needs no window. */
  comeBack(claims?: 'failed'): void {
    const channel = new BroadcastChannel('checkout-returned')
    channel.postMessage({ type: 'checkout-returned', id, ...(claims && { claims }) })
    setTimeout(() => channel.close(), 500)
  }
}
