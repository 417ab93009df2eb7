import { html, LitElement, nothing, type PropertyValues } from 'lit'
import { type CheckoutState, checkoutSession, type SurfaceWords } from '../checkout/checkout-session.js'
import { tellDeveloper } from '../checkout/developer.js'
import { type Offer, offer as offerSchema, type PaymentMethod, type SurfaceKind } from '../protocol/requests.js'
import { readUrl } from '../protocol/web-address.js'
import { styles } from './checkout-button.styles.js'
import { eventOf } from './checkout-events.js'
import { fill, type Labels } from './labels.js'
import { canonical, fetchLabels, labelsFor, localeOf } from './language.js'
import { formatDue, formatTerms, formatTime, isWritten, openTables } from './price.js'
import { wantedOf } from './wanted-methods.js'

/** Vue and Svelte write a `false` of the page's out as the attribute's text, where the tag is defined late or the name has dashes. */
const isMeant = (value: string | null) => value !== null && value !== 'false'

/**
 * Shows the ways to pay for one order, opens the hosted page of the one that the buyer chooses, and says how it went – on the word of
 * the shop's own server and on nobody else's.
 *
 * Security: it names what is paid for and never a price; no secret has a place in it. Messages of windows and the claims of an address
 * only make it ask the server sooner. `checkout-success` says that the server has delivered: use it to show something, never to ship.
 *
 * @tagname checkout-button
 * @summary Sells one order through any of the shop's hosted payment pages.
 *
 * @fires {CheckoutOpenEvent} checkout-open - The buyer chose a method. Default: its page opens.
 * @fires {CheckoutCloseEvent} checkout-close - The buyer closed the page or started again; nothing is paid yet. No default.
 * @fires {CheckoutPendingEvent} checkout-pending - No outcome after ten minutes. Default: "still being checked" is shown.
 * @fires {CheckoutSuccessEvent} checkout-success - Paid and delivered. Default: to `success-url`, else "paid" is shown.
 * @fires {CheckoutFailureEvent} checkout-failure - No payment came about. Default: the reason is shown.
 *
 * @slot - Shown while the methods cannot be loaded, and where no script runs: a plain link or form to the same checkout.
 * @slot paid - The shop's own words below "Paid".
 * @slot icon:provider:method - In place of a method's logo.
 * @slot label:provider:method - In place of a method's name.
 *
 * @csspart base - Everything but the dialog.
 * @csspart message - The sentence of the moment; a live region, seen only where it says what is not seen anyway.
 * @csspart until - Until when the page in the payment window is open, where the provider says so.
 * @csspart summary - The line above the methods.
 * @csspart price - What is to be paid, in it.
 * @csspart methods - The tiles, as a list or a grid.
 * @csspart method - The button of a method.
 * @csspart pay - The one button in the accent: of the only method, or the one that opens the chooser. It is a `method` too.
 * @csspart logo - The plate of its logo.
 * @csspart skeleton - What stands for a method while it is loaded.
 * @csspart action - A button for anything else: cancel, check, start again, retry.
 * @csspart progress - The line that moves while the shop is asked.
 * @csspart paid - "Paid" and its mark.
 * @csspart chooser - The dialog with the methods, of the layout `single`.
 * @csspart dialog - The dialog around a page in a frame.
 * @csspart dialog-head - Its head.
 * @csspart dialog-title - Title and host of the shop, in the head.
 * @csspart dialog-price - What is paid now, in the head.
 * @csspart dialog-close - The button that closes it.
 * @csspart dialog-question - Asks before closing while a payment is processed.
 * @csspart dialog-frame - The frame.
 * @csspart dialog-hint - Points to the way out of a silent page.
 * @csspart dialog-foot - Its foot.
 * @csspart dialog-host - Whose page it is, in the foot.
 * @csspart dialog-until - Until when it is open, where the provider says so; in `dialog-host`.
 * @csspart dialog-new-window - The way out into a window of its own.
 *
 * @cssprop [--checkout-accent=AccentColor] - Pay button, focus ring, progress; dark enough for white text.
 * @cssprop [--checkout-on-accent=#fff] - Text on the accent.
 * @cssprop [--checkout-border] - Lines; default is the text colour at a fifth.
 * @cssprop [--checkout-radius=10px] - Corners of tiles and buttons.
 * @cssprop [--checkout-tile=none] - Background of a tile; the text on it stays the page's.
 * @cssprop [--checkout-gap=8px] - Between tiles.
 * @cssprop [--checkout-surface=Canvas] - Background of the dialog.
 * @cssprop [--checkout-text=CanvasText] - Text of the dialog.
 * @cssprop [--checkout-success=#1d8a4e] - The mark of "paid".
 * @cssprop [--checkout-danger=#d1403f] - The edge of a failure's reason.
 *
 * @cssstate loading - The methods are fetched.
 * @cssstate ready - A method may be chosen.
 * @cssstate opening - The hosted page is prepared.
 * @cssstate paying - The hosted page is in front of the buyer, or may be.
 * @cssstate confirming - The shop is asked for the outcome.
 * @cssstate waiting - No outcome for now.
 * @cssstate unavailable - The methods could not be loaded.
 * @cssstate paid - Paid and delivered.
 * @cssstate failed - The last payment did not come about, and the reason is shown; beside `ready`, or `unavailable`.
 */
export class CheckoutButton extends LitElement {
  static override styles = styles

  static override properties = {
    server: {},
    order: {},
    country: {},
    methods: {},
    lang: { reflect: true },
    layout: {},
    surface: {},
    successUrl: { attribute: 'success-url' },
    disabled: { type: Boolean, reflect: true, converter: isMeant },
    refuseWhenFramed: { type: Boolean, attribute: 'refuse-when-framed', converter: isMeant },
    offer: { type: Object },
    labels: { attribute: false },
  }

  /** Address of the checkout server, as the page would link to it: `/checkout`. */
  declare server: string | undefined
  /** What is sold: the text that the server's `price` hook understands. Never a price. */
  declare order: string | undefined
  /** Two letters, when the page knows the buyer's country better than the server. */
  declare country: string | undefined
  /**
   * Which methods are shown, and in which order, of those that the server offers: names between spaces or commas, `paymentwall:cc` for one,
   * `wipay` for all of a provider. Left out: all, as the server orders them. It is a matter of looks: what is on offer the server decides.
   */
  declare methods: string | undefined
  /** Language of the words and the price; default is the page's, then the browser's. */
  declare lang: string
  /** `list` shows a tile per method, below one another, `grid` side by side; `single` one button, which opens a chooser of several. */
  declare layout: 'list' | 'grid' | 'single'
  /**
   * Where the hosted page is shown, as far as the method's page allows it: `iframe` in a dialog, `popup` in a window, `redirect` in place
   * of yours. `auto`: the method's own first choice, mostly the dialog; on a phone `redirect`, and a window where your page is framed itself.
   */
  declare surface: SurfaceKind | 'auto'
  /** Where the page goes after a delivered payment. */
  declare successUrl: string | undefined
  /** Shows the methods and lets none be chosen. As an attribute `"false"` means no. */
  declare disabled: boolean | undefined
  /**
   * Sells nothing in a frame of any page, whatever that page lays over the button. A header does it better, `frame-ancestors`, where you can
   * set one. As an attribute `"false"` means no.
   */
  declare refuseWhenFramed: boolean | undefined
  /**
   * The server's answer to `methods`, when the page has it already (as an attribute: in JSON): nothing is fetched then. One that does not
   * read as such counts as none.
   */
  declare offer: Offer | undefined
  /** Any of the words (labels.ts), in the page's own. */
  declare labels: Partial<Labels> | undefined

  #session = checkoutSession({
    changed: () => this.requestUpdate(),
    tell: (notice) => this.dispatchEvent(eventOf(notice)),
    place: () => ({ root: this.renderRoot as ShadowRoot, words: this.#words(), until: (time) => this.#until(time) }),
    successUrl: () => {
      const { successUrl } = this
      const address = this.#resolve(successUrl)
      if (successUrl && !address) tellDeveloper(`success-url="${successUrl}" is no address.`)
      return address?.href ?? ''
    },
  })
  #internals: ElementInternals | undefined
  /** What the page gave, read as strictly as if the server had said it. */
  #given: Offer | undefined
  #hadFocus = false
  #brokenLogos = new Set<string>()
  #locale = ''
  /** Of the words shown: empty at first, the last one's while another's are on their way. */
  #spoken = ''
  /** Once the buyer has seen something of it, a server's rendering perhaps: a price that nothing waits for comes then. */
  #isSeen = false

  constructor() {
    super()
    this.layout = 'list'
    this.surface = 'auto'
  }

  /** What a server rendered is only taken over by `checkout-button/hydrate`: left there it would stand below what works, and be dead. */
  protected override createRenderRoot(): HTMLElement | DocumentFragment {
    this.shadowRoot?.replaceChildren()
    return super.createRenderRoot()
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#session.restore()
    this.#chooser?.close()
    this.requestUpdate()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    // A move within the document is a removal and an insertion in one breath; the checkout goes on (T-80).
    queueMicrotask(() => this.isConnected || this.#session.disconnect())
  }

  /** Moved by `moveBefore`, which keeps even the frame: nothing to do. Without this method it would count as a removal. */
  connectedMoveCallback(): void {}

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('offer')) {
      this.#given = offerSchema.safeParse(this.offer).data
      if (this.offer && !this.#given) tellDeveloper('`offer` is not what the server answers to `methods`.')
    }
    this.#isSeen ||= this.isAsleep
    if (this.isAsleep) return
    this.#hadFocus = !!this.shadowRoot?.activeElement
    const { order = '', country = '' } = this
    const isRefused = this.refuseWhenFramed && top !== window
    const server = this.#resolve(isRefused ? '' : this.server)
    this.#speak()
    this.#session.configure({
      ...{ order, country, offer: isRefused ? undefined : this.#given, locale: this.#locale },
      server: server ? server.origin + server.pathname.replace(/\/$/, '') : '',
    })
  }

  /** On a server, or removed again: nothing is asked, and what the page gave is drawn. */
  protected get isAsleep(): boolean {
    return !this.isConnected
  }

  protected override firstUpdated(): void {
    afterPaint(() => {
      this.#isSeen = true
      this.requestUpdate()
    })
  }

  protected override updated(): void {
    this.#markState()
    const locale = this.#locale
    if (this.#state.name === 'opening') afterPaint(() => openTables(locale)) // for the time until which the page is open
    // What was focused may be gone: a keyboard or a screen reader goes on where the new state begins.
    const base = this.renderRoot.querySelector<HTMLElement>('.base')
    const focused = this.shadowRoot?.activeElement ?? base
    if (this.#hadFocus && focused === base) (base?.querySelector<HTMLElement>('button:not(.late)') ?? base)?.focus()
  }

  #markState(): void {
    const { name, failure } = this.#session.state
    try {
      this.#internals ??= this.attachInternals()
      this.#internals.states.clear()
      this.#internals.states.add(name)
      if (failure) this.#internals.states.add('failed')
    } catch {
      // Browsers before 2024 know no custom states, or only dashed ones: there, pages style by parts alone.
    }
  }

  get #chooser(): HTMLDialogElement | null {
    return this.renderRoot.querySelector('.chooser')
  }

  #resolve(address?: string): URL | undefined {
    const url = address ? readUrl(address, this.baseURI) : undefined
    return /^http/.test(url?.protocol ?? '') ? url : undefined
  }

  /** Has the words fetched. Nothing of the element's own is said until they come, or for a second at most. */
  #speak(): void {
    const locale = localeOf(this)
    if (locale === this.#locale) return
    this.#locale = locale
    const arrival = fetchLabels(locale)
    const begin = () => {
      if (locale !== this.#locale) return
      this.#spoken = locale
      this.requestUpdate()
    }
    if (arrival) {
      void arrival.then(begin)
      setTimeout(begin, 1000)
    } else begin()
  }

  /** On a server no session runs, and an offer in the page is drawn at once. */
  get #state(): CheckoutState {
    const { state } = this.#session
    const offer = this.#given
    return state.name === 'idle' && offer ? { name: 'ready', offer } : state
  }

  /** What is shown. */
  get #offer(): Offer | undefined {
    const { offer } = this.#state
    return offer && { ...offer, methods: wantedOf(offer.methods, this.methods) }
  }

  get #isMute(): boolean {
    return !!this.#locale && !this.#spoken
  }

  #words(): Words {
    const locale = this.#spoken || this.#locale || canonical(this.lang) // the last: as a server knows it
    const offer = this.#offer
    return {
      ...labelsFor(locale, this.labels, this.#isMute),
      locale,
      title: offer?.title ?? '',
      get price() {
        return offer ? formatDue(offer, locale) : ''
      },
    }
  }

  #until(time: string): string {
    const { until, locale } = this.#words()
    return fill(until, { time: formatTime(time, locale) })
  }

  override render() {
    const state = this.#state
    const name = this.#isMute ? 'loading' : state.name
    if (state.quiet) return nothing
    const words = this.#words()
    const isPanel =
      name === 'confirming' || name === 'waiting' || (name === 'paying' && (state.astray || state.surface === 'popup'))
    const [text, kind] = this.#isMute ? ['', 'unseen'] : this.#says(state, words, isPanel)
    const ask = (type: 'check' | 'start_again' | 'retry') => () => this.#session.input({ type })
    const url = state.page?.url
    const canGoOn = name === 'paying' && url
    const { closesAt } = state.page ?? {}
    // Heard once, with the first sentence of the panel: where that is another, it stands beside it.
    const until = isPanel && canGoOn && closesAt ? html`<small part="until">${this.#until(closesAt)}</small>` : nothing
    return html`<div part="base" class="base ${isPanel ? 'panel' : ''}" role="group" tabindex="-1" aria-label=${((isPanel || name === 'paid') && words.title) || words.payWith} lang=${words.lang} dir=${words.dir}>
      <p part="message" id="says" role="status" class=${kind}>${fill(text, url || !state.page ? words : {})}${state.astray ? nothing : until}</p>
      ${state.astray ? until : nothing}${
        name === 'idle' || name === 'loading'
          ? this.#skeleton(words.payWith)
          : name === 'unavailable'
            ? html`<div class="actions">${action(words.retry, ask('retry'))}</div><slot></slot>`
            : name === 'paid'
              ? html`<p class="done" part="paid" aria-hidden="true"><svg viewBox="0 0 28 28"><path d="m4 15 7 7L24 7" pathLength="1" /></svg><b>${fill(words.paid, words)}</b></p><slot name="paid"></slot>`
              : name === 'confirming' && !state.unanswered
                ? html`<div class="line" part="progress"></div>${action(words.startAgain, ask('start_again'), 'late plain')}`
                : isPanel
                  ? html`<div class="actions">${canGoOn ? action(words.showWindow, this.#session.showWindow) : nothing}${action(words.check, ask('check'))}${
                      canGoOn ? action(words.here, () => this.#session.goOn('redirect'), 'plain') : nothing
                    }${action(words.startAgain, ask('start_again'), 'plain')}</div>`
                  : this.#methods(words)
      }
    </div>`
  }

  /** As large as what comes, so that nothing of the page moves. */
  #skeleton(payWith: string) {
    if (this.querySelector?.('form')) return html`<slot></slot>`
    const bone = html`<div class="bone" part="skeleton"></div>`
    return this.layout === 'single'
      ? bone
      : html`${summary(this.#isMute ? '' : payWith)}<div class="methods ${this.layout}">${[bone, bone, bone]}</div>`
  }

  /** The sentence of the moment, and how it is drawn: a buyer who sees the tiles need not read that they are there. */
  #says(
    { name, failure, blocked, astray, unanswered, page }: CheckoutState,
    words: Words,
    isPanel: boolean,
  ): [string, string?] {
    const offer = this.#offer
    if (name === 'ready' && failure) return [words[failure.code as 'failed'] ?? words.refused, 'alert']
    if (name !== 'paid' && offer && !offer.methods.length) return [words.none]
    if (name === 'ready' && this.#session.isBlocked) return [words.elsewhere]
    if (name === 'ready') return this.disabled ? [words.disabled] : ['', 'unseen']
    // Taken up again by its id alone: nobody knows whether that was in a window.
    if (name === 'paying' && astray) return [page?.url ? words.astray : words.resumed]
    if (name === 'confirming' && unanswered) return [words.unanswered]
    if (isPanel || name === 'unavailable') return [words[name as 'waiting']]
    if (blocked) return [words.blocked]
    return [name === 'paid' ? words.paid : name === 'opening' || name === 'paying' ? words.opening : words.loading, 'unseen']
  }

  #methods(words: Words) {
    const { name, method: chosen, surface } = this.#state
    const offer = this.#offer
    if (!offer) return nothing
    const { methods, renews } = offer
    const isOne = methods.length === 1
    const isSingle = this.layout === 'single' && methods.length > 1
    const canChoose = name === 'ready' && !this.disabled && !this.#session.isBlocked
    const canCancel = name === 'opening' || surface === 'redirect'

    const now = (isChosen: boolean) => (isChosen ? html`<span class="now">${words.opening}</span>` : nothing)
    const cancel = (isChosen: boolean) =>
      isChosen && canCancel ? action(words.cancel, () => this.#session.input({ type: 'start_again' }), 'late plain') : nothing
    const describedBy = canChoose ? nothing : 'says'
    const kind = isOne ? 'method pay' : 'method'
    // One template with few expressions: fifty of these are most of what the element does before it can be used.
    const tiles = html`<div class="methods ${isOne ? '' : this.layout}" part="methods">${methods.map((method) => {
      const { id, label, feeOnTop } = method
      const isChosen = method === chosen && !isSingle
      const choose = () => {
        if (!canChoose) return
        this.#chooser?.close() // now, and not by its form afterwards: the focus goes back to the button, and from there into the dialog
        this.#session.choose(method, this.surface)
      }
      const picture = this.#pictureOf(method)
      return html`<div class=${rowOf(isChosen)}>
        <button part=${kind} class=${tileOf(kind, isChosen)} aria-disabled=${!canChoose} aria-describedby=${describedBy} @click=${choose}>
          <span class=${picture ? 'logo' : 'logo letter'} part="logo" aria-hidden="true"><slot name="icon:${id}">${picture ?? [...label][0]}</slot></span>
          <span class="name">
            <span><slot name="label:${id}">${isOne ? fill(words.payBy, { ...words, method: label }) : label}</slot>${feeOnTop ? html` <small>${words.fee}</small>` : nothing}</span>
            ${now(isChosen)}
          </span>
        </button>
        ${cancel(isChosen)}
      </div>`
    })}</div>`
    const isList = !isOne && !isSingle
    // In a line of its own it may come a frame later, and takes no room from anything: two prices might.
    const terms =
      this.#isSeen || !isList || renews || isWritten(offer, words.locale) ? formatTerms(offer, words, words.locale) : ''
    const openChooser = () => {
      if (!canChoose) return
      this.#chooser?.showModal()
      this.#chooser?.querySelector<HTMLElement>('.tile')?.focus()
    }
    // A button that says the price need not say it twice, unless more is to be agreed to.
    return html`${methods[0] && (isList || renews) ? summary(isList ? words.payWith : '', terms) : nothing}${
      isSingle
        ? html`<div class=${rowOf(!!chosen)}>
            <button part="method pay" class=${tileOf('method pay', !!chosen)} aria-disabled=${!canChoose} aria-describedby=${describedBy} aria-haspopup="dialog" @click=${openChooser}>
              <span class="name"><span>${fill(words.pay, words)}</span>${now(!!chosen)}</span>
            </button>${cancel(!!chosen)}
          </div><dialog class="chooser" part="chooser" aria-label=${words.payWith} closedby="any"><form method="dialog">
            <header><h2>${words.payWith}</h2><b>${terms}</b><button aria-label=${words.close}>✕</button></header>${tiles}
          </form></dialog>`
        : tiles
    }`
  }

  #pictureOf({ icon = '' }: PaymentMethod) {
    if (!icon || this.#brokenLogos.has(icon)) return
    const onError = () => {
      this.#brokenLogos.add(icon)
      this.requestUpdate()
    }
    return html`<img alt="" @error=${onError} src=${icon} />`
  }
}

const afterPaint = (act: () => void) => requestAnimationFrame(() => setTimeout(act))

const rowOf = (isChosen: boolean) => (isChosen ? 'row' : 'cell')
const tileOf = (kind: string, isChosen: boolean) => `tile ${kind} ${isChosen ? 'chosen' : ''}`

const summary = (payWith: string, terms = '') =>
  html`<p class="summary" part="summary"><span>${payWith}</span><b part="price">${terms}</b></p>`

const action = (label: string, act: () => void, kind = '') =>
  html`<button part="action" class=${kind} @click=${act}>${label}</button>`

export type { Offer, PaymentMethod, SurfaceKind } from '../protocol/requests.js'

type Words = Labels & SurfaceWords & { readonly locale: string }

declare global {
  interface HTMLElementTagNameMap {
    'checkout-button': CheckoutButton
  }
}
