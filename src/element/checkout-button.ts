import { html, LitElement, nothing, type PropertyValues } from 'lit'
import { type CheckoutState, checkoutSession, type SurfaceWords } from '../checkout/checkout-session.js'
import type { Offer, PaymentMethod, SurfaceKind } from '../protocol/requests.js'
import { styles } from './checkout-button.styles.js'
import { eventOf } from './checkout-events.js'
import { fill, type Labels, labelsFor } from './labels.js'
import { formatDue, formatTerms } from './price.js'

/**
 * @tagname checkout-button
 * @summary Sells one order through any of the shop's hosted payment pages.
 */
export class CheckoutButton extends LitElement {
  static override styles = styles

  static override properties = {
    server: {},
    order: {},
    country: {},
    lang: { reflect: true },
    layout: {},
    surface: {},
    successUrl: { attribute: 'success-url' },
    disabled: { type: Boolean, reflect: true },
    offer: { attribute: false },
    labels: { attribute: false },
  }

  /** Address of the checkout server, as the page would link to it: `/checkout`. */
  declare server: string
  /** What is sold: the text that the server's `price` hook understands. Never a price. */
  declare order: string
  /** Two letters, when the page knows the buyer's country better than the server. */
  declare country: string
  /** Language of the words and the price; default is the page's, then the browser's. */
  declare lang: string
  /** `list` shows a tile per method; `single` one button, which unfolds the list where there are several. */
  declare layout: 'list' | 'single'
  /** Where the hosted page is shown; `auto` takes what suits the method and the screen. */
  declare surface: SurfaceKind | 'auto'
  /** Where the page goes after a delivered payment. */
  declare successUrl: string
  /** Shows the methods and lets none be chosen. */
  declare disabled: boolean
  /** The server's answer to `methods`, when the page has it already: nothing is fetched then. */
  declare offer: Offer | undefined
  /** Any of the words (labels.ts), in the page's own. */
  declare labels: Partial<Labels> | undefined

  #session = checkoutSession({
    changed: () => this.requestUpdate(),
    tell: (notice) => this.dispatchEvent(eventOf(notice)),
    place: () => ({ root: this.renderRoot as ShadowRoot, words: this.#words() }),
    successUrl: () => this.successUrl && new URL(this.successUrl, this.baseURI).href,
  })
  #internals: ElementInternals | undefined
  #shown = ''
  #hadFocus = false
  #brokenLogos = new Set<string>()

  constructor() {
    super()
    this.server = this.order = this.country = this.lang = this.successUrl = ''
    this.layout = 'list'
    this.surface = 'auto'
    this.disabled = false
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#session.restore()
    if (this.hasUpdated) this.#configure()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    // A move within the document is a removal and an insertion in one breath; the checkout goes on (T-80).
    queueMicrotask(() => this.isConnected || this.#session.disconnect())
  }

  /** Moved by `moveBefore`, which keeps even the frame: nothing to do. Without this method it would count as a removal. */
  connectedMoveCallback(): void {}

  protected override willUpdate(): void {
    this.#hadFocus = !!this.shadowRoot?.activeElement
  }

  protected override updated(_: PropertyValues): void {
    this.#configure()
    this.#markState()
    // What was focused may be gone: a keyboard or a screen reader goes on where the new state begins.
    if (this.#hadFocus && !this.shadowRoot?.activeElement) this.renderRoot.querySelector<HTMLElement>('[data-start]')?.focus()
  }

  #configure(): void {
    const { order, country, offer } = this
    const server = this.server && URL.canParse(this.server, this.baseURI) ? new URL(this.server, this.baseURI) : undefined
    this.#session.configure({
      ...{ order, country, offer, locale: this.#locale() },
      server: server ? server.origin + server.pathname.replace(/\/$/, '') : '',
    })
  }

  #markState(): void {
    const { name } = this.#state
    this.#internals ??= this.attachInternals()
    try {
      this.#internals.states.delete(this.#shown)
      this.#internals.states.add(name)
    } catch {
      // Browsers before 2024 know no custom states, or only dashed ones: there, pages style by parts alone.
    }
    this.#shown = name
  }

  /** On a server, and until the session runs, an offer in the page is drawn at once. */
  get #state(): CheckoutState {
    const { state } = this.#session
    return state.name === 'idle' && this.offer ? { name: 'ready', offer: this.offer } : state
  }

  /** The buyer's own variant of the page's language: `en` on the page and `en-GB` in the browser is `en-GB`. */
  #locale(): string {
    const buyers = globalThis.navigator?.languages ?? []
    const page = this.lang || this.closest?.<HTMLElement>('[lang]')?.lang || buyers[0] || 'en'
    return buyers.find((language) => language.startsWith(`${page}-`)) ?? page
  }

  #words(): Words {
    const locale = this.#locale()
    const offer = this.#state.offer
    const { labels, ...language } = labelsFor(locale, this.labels)
    return {
      ...labels,
      ...language,
      locale,
      frame: labels.page,
      title: offer?.title ?? '',
      price: offer ? formatDue(offer, locale) : '',
    }
  }

  #choose(method: PaymentMethod): void {
    if (!this.disabled) this.#session.choose(method, this.surface)
  }

  override render() {
    const state = this.#state
    const { name, offer } = state
    const words = this.#words()
    const methods = offer?.methods ?? []
    const isPanel =
      name === 'confirming' || name === 'waiting' || (name === 'paying' && (state.surface === 'popup' || state.astray))
    const says = sentence(state, words, this.disabled, this.#session.isBlocked)
    const note = html`<p class=${says.isSeen ? 'note' : 'unseen'} part="message" id="says" role="status">${fill(says.text, words)}</p>`
    const button = (label: string, onClick: () => void, kind = '') =>
      html`<button type="button" part="action" class=${kind} @click=${onClick}>${label}</button>`
    const input = (type: 'check' | 'start_again' | 'retry' | 'closed') => () => this.#session.input({ type })
    const body = () => {
      if (name === 'idle' || name === 'loading') return [1, 2, 3].map(() => html`<div class="bone" part="skeleton"></div>`)
      if (name === 'unavailable' || (offer && !methods.length))
        return html`<div class="actions">${button(words.retry, input('retry'))}</div><slot></slot>`
      if (name === 'paid')
        return html`<div class="done" part="paid"><svg viewBox="0 0 28 28" aria-hidden="true"><path d="M4 15l7 7L24 7" /></svg>
          <b>${fill(words.paid, words)}</b></div><slot name="paid"></slot>`
      if (!isPanel) return this.#tiles(methods, words)
      if (name === 'confirming') return html`<div class="line"></div>`
      return html`<div class="actions">
        ${
          name === 'waiting'
            ? button(words.checkAgain, input('check'))
            : [
                state.page?.url ? button(words.showWindow, this.#session.showWindow) : nothing,
                button(words.check, input('check')),
                state.page?.url ? button(words.here, () => this.#session.goOn('redirect'), 'plain') : nothing,
              ]
        }
        ${button(words.startAgain, input('start_again'), 'plain')}</div>`
    }
    return html`<div part="base" class="base ${isPanel ? 'panel' : ''}" role="group" aria-label=${words.page} lang=${words.lang} dir=${words.dir}>
      ${note}${body()}${name === 'opening' ? button(words.cancel, input('closed'), 'plain late') : nothing}</div>`
  }

  #tiles(methods: readonly PaymentMethod[], words: Words) {
    const { offer, name, method: chosen } = this.#state
    if (!offer) return nothing
    const isIdle = name === 'ready' && !this.disabled && !this.#session.isBlocked
    const terms = formatTerms(offer, words, words.locale)
    const isSingle = methods.length === 1
    const tile = (method: PaymentMethod) => {
      const isChosen = method === chosen
      const label = isSingle ? fill(words.payBy, { ...words, method: method.label }) : method.label
      return html`<button type="button" part="method" class="tile ${isSingle ? 'pay' : ''} ${isChosen ? 'chosen' : ''}" ?data-start=${method === methods[0]}
        aria-disabled=${!isIdle} aria-describedby="says" @click=${() => this.#choose(method)}>
        ${isChosen ? html`<span class="spinner"></span>` : this.#logo(method)}
        <span class="text"><slot name="label:${method.id}">${label}</slot>${method.feeOnTop ? html`<small>${words.fee}</small>` : nothing}</span></button>`
    }
    return html`${isSingle && !offer.renews ? nothing : html`<p class="summary" part="summary"><span>${isSingle ? '' : words.payWith}</span><b part="price">${terms}</b></p>`}
      ${methods.map(tile)}`
  }

  #logo({ id, icon, label }: PaymentMethod) {
    const isPicture = icon && !this.#brokenLogos.has(icon)
    const onError = () => {
      this.#brokenLogos.add(icon ?? '')
      this.requestUpdate()
    }
    return html`<span class="logo ${isPicture ? '' : 'letter'}" part="logo"><slot name="icon:${id}">${
      isPicture ? html`<img alt="" @error=${onError} src=${icon} />` : html`<span aria-hidden="true">${[...label][0]}</span>`
    }</slot></span>`
  }
}

type Words = Labels & SurfaceWords & { readonly locale: string }

/** What is said at the moment; a buyer who sees the tiles need not read that they are there. */
function sentence(
  state: CheckoutState,
  words: Labels,
  isDisabled: boolean,
  isBlocked: boolean,
): { text: string; isSeen: boolean } {
  const { name, failure, astray, unanswered, blocked, surface } = state
  const seen = (text: string) => ({ text, isSeen: true })
  if (name === 'ready') {
    if (failure) return seen(words[failureLabel[failure.code] ?? 'refused'])
    if (!state.offer?.methods.length) return seen(words.none)
    if (isBlocked) return seen(words.elsewhere)
    return isDisabled ? seen(words.disabled) : { text: '', isSeen: false }
  }
  if (name === 'opening') return blocked ? seen(words.blocked) : { text: words.opening, isSeen: false }
  if (name === 'paying')
    return astray ? seen(words.astray) : surface === 'popup' ? seen(words.finish) : { text: words.open, isSeen: false }
  if (name === 'confirming') return seen(unanswered ? words.unanswered : words.confirming)
  if (name === 'waiting') return seen(words.waiting)
  if (name === 'unavailable') return seen(words.unavailable)
  return { text: name === 'paid' ? words.paid : words.loading, isSeen: false }
}

const failureLabel: Readonly<Record<string, keyof Labels>> = {
  failed: 'failed',
  declined: 'declined',
  expired: 'expired',
  refunded: 'reversed',
  charged_back: 'reversed',
  backend_unreachable: 'offline',
}

declare global {
  interface HTMLElementTagNameMap {
    'checkout-button': CheckoutButton
  }
}
