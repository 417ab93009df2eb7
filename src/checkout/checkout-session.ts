import type { CheckoutError } from '../protocol/checkout-error.js'
import type { Offer, PaymentMethod, Refusal, SurfaceKind } from '../protocol/requests.js'
import { messageReaders } from '../providers/browser.js'
import { isAttentive, isOnline, watchAttention } from '../window/attention.js'
import { forget, here, leave, remember, resume } from '../window/redirect.js'
import { type Heard, listen } from '../window/signals.js'
import { chooseSurface, mayFrame, openSurface, type Surface, type SurfaceOptions } from '../window/surface.js'
import { backendAt, isUnsettled } from './backend.js'
import { tellDeveloper } from './developer.js'
import { inquire } from './inquiry.js'
import { type CheckoutFailure, type CheckoutInput, type CheckoutState, newsOf, next } from './machine.js'
import { giveTurn, isOthersTurn, takeTurn, watchTurn } from './turn.js'

export type { SurfaceWords } from '../window/surface.js'
export type { CheckoutFailure, CheckoutState } from './machine.js'

const grace = 5_000
const readingTime = 1_500

export interface CheckoutSettings {
  /** Absolute address of what the server calls `base`, without a slash at the end. */
  readonly server: string
  readonly order: string
  readonly country: string
  readonly locale: string
  readonly offer: Offer | undefined
}

/** The server says what is wrong with the page, or with what it sends. */
const isOfPage = /^(origin_refused|request_invalid)$/

/** What the page hears of a checkout. */
export type CheckoutNotice =
  | { readonly type: 'open'; readonly method: PaymentMethod }
  | { readonly type: 'close' | 'pending' | 'success'; readonly checkoutId: string }
  | { readonly type: 'failure'; readonly error: CheckoutFailure }

/** Who shows the session: the element, or a test. */
export interface SessionHost {
  changed(): void
  /** False: the page prevented the default action. */
  tell(notice: CheckoutNotice): boolean
  /** Where a dialog may stand, and the words around it. */
  place(): Pick<SurfaceOptions, 'root' | 'words' | 'until'>
  /** Where success leads; empty: it is shown in place. */
  successUrl(): string
}

/** What a session needs of the browser and of the network; a test hands in its own. */
const real = {
  backendAt,
  chooseSurface,
  mayFrame,
  openSurface,
  listen,
  isAttentive,
  isOnline,
  watchAttention,
  here,
  leave,
  remember,
  resume,
  forget,
}
export type Surroundings = typeof real

export interface CheckoutSession {
  readonly state: CheckoutState
  /** Another button of this page is at work. */
  readonly isBlocked: boolean
  /** Begins, or begins anew when something changed; a running checkout is finished first, under the old settings (T-80). */
  configure(settings: CheckoutSettings): void
  /** Safe at any moment. What the server knows is remembered for the next `configure`. */
  disconnect(): void
  /** The element was moved within the document. */
  restore(): void
  /** Call this and the two below inside the click: a browser opens windows only there. */
  choose(method: PaymentMethod, wanted: SurfaceKind | 'auto'): void
  /** Brings the payment window to the front, or opens it again where it seems closed. */
  showWindow(): void
  /** Shows the same checkout in another place. */
  goOn(kind: SurfaceKind): void
  /** What the buyer asks for by a plain button. */
  input(input: CheckoutInput): void
}

const nothing: CheckoutSettings = { server: '', order: '', country: '', locale: '', offer: undefined }

const isAsking = (name: CheckoutState['name']) => name === 'paying' || name === 'confirming'
const isRunning = (name: CheckoutState['name']) => name === 'opening' || isAsking(name)
/** Passes only while it is still wanted: after that nobody wakes. */
const pause = (time: number, { signal }: AbortController) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, time)
    signal.addEventListener('abort', () => clearTimeout(timer))
  })

/**
 * Runs the machine for one button. What it opened it knows and closes: surfaces, timers, fetches, listeners; after every await it
 * asks whether the answer is still wanted.
 */
export function checkoutSession(host: SessionHost, around: Surroundings = real): CheckoutSession {
  let state: CheckoutState = { name: 'idle' }
  let settings = nothing
  /** Differs from the settings while a checkout runs. */
  let wanted = nothing
  let backend = around.backendAt('')
  let surface: Surface | undefined
  /** Ends with the state that began it. */
  let stage = new AbortController()
  let attempt: { readonly of: string; readonly id: string } | undefined
  let complaint = ''
  /** While the buyer reads that the page itself will go there. */
  let reading: unknown
  let unlisten: (() => void) | undefined
  let unwatch: (() => void) | undefined
  let unwatchTurn: (() => void) | undefined
  const who = {}

  const inquiry = inquire({
    async ask(signal) {
      const input = await backend.status(state.page?.id ?? '', settings.order, signal).then(
        (status): CheckoutInput => ({ type: 'status', ...status }),
        ({ code }: CheckoutError): CheckoutInput => ({ type: code === 'checkout_unknown' ? code : 'unanswered' }),
      )
      if (!signal.aborted) take(input)
    },
    onPatienceOver: () => take({ type: 'patience_over' }),
    // Whoever just answered can be reached, whatever the browser says of the network.
    isAttentive: (isNews) => around.isAttentive(isNews || state.unanswered === false),
    // The buyer may be looking, and is told; a hidden page has nothing to tell.
    onPause: () => around.isOnline() || take({ type: 'unanswered' }),
  })

  function connect() {
    settings = wanted
    const { server, order, offer } = settings
    backend = around.backendAt(server)
    take({ type: 'connect', offer, ...(order ? around.resume(order) : undefined) })
  }

  /**
   * A running checkout goes on under the settings it began with, and "paid" stands until another order is meant. An offer alone
   * begins nothing anew: it takes the place of the last one.
   */
  function followSettings() {
    const { name } = state
    const differs = (key: keyof CheckoutSettings) => wanted[key] !== settings[key]
    const isOther = differs('server') || differs('order')
    if (isRunning(name) || (!isOther && (name === 'paid' || name === 'waiting'))) return
    if (isOther || differs('country') || differs('locale')) connect()
    else if (wanted !== settings) {
      settings = wanted
      if (wanted.offer) take({ type: 'methods', offer: wanted.offer })
    }
  }

  function take(input: CheckoutInput) {
    const before = state
    const after = next(before, input)
    if (after === before) return
    state = after
    follow(before)
    if (input.type === 'check') inquiry.hurry()
    host.changed()
    announce(before, after)
    followSettings()
  }

  /** Undoes what the new state no longer needs, and does what it asks for. */
  function follow(before: CheckoutState) {
    const { name, after, claims } = state
    if (name !== before.name || name === 'loading') enter(name)
    if (name !== 'opening' && name !== 'paying' && after !== 'popup') close()
    if (name === 'loading' || (name === 'paid' && before.name !== name && before.page && !state.offer)) void load()
    if (name === 'paying' && before.name === 'opening') show()
    if (name === 'confirming' && (before.name !== name || before.after !== after || before.claims !== claims)) {
      inquiry.hurry()
      if (after === 'popup') giveGrace()
    }
    if (before.page && (name === 'ready' || name === 'loading' || name === 'paid')) around.forget(settings.order)
  }

  function enter(name: CheckoutState['name']) {
    stage.abort()
    stage = new AbortController()
    if (!isAsking(name)) {
      inquiry.stop()
      unlisten?.()
      unlisten = undefined
    }
    if (isRunning(name)) takeTurn(who)
    else giveTurn(who)
    // A resting button listens to nothing of the page (T-61).
    if (isRunning(name) || name === 'waiting' || name === 'unavailable') unwatch ??= around.watchAttention(onAttention)
    else {
      unwatch?.()
      unwatch = undefined
    }
  }

  function announce(before: CheckoutState, { failure }: CheckoutState) {
    const type = newsOf(before, state)
    if (!type) return
    const isFollowed = host.tell(
      type === 'failure' && failure ? { type, error: failure } : { type: type as 'close', checkoutId: before.page?.id ?? '' },
    )
    if (!isFollowed) take({ type: 'hush' })
    else if (type === 'success') around.leave(host.successUrl())
  }

  /** What is to be paid, and for whom, as every request names it. */
  const subject = () => {
    const { order, country, locale } = settings
    return { order, ...(country && { country }), ...(locale && { locale }) }
  }

  async function load() {
    const { signal } = stage
    const { server, order } = settings
    const input = await (server && order
      ? backend.methods(subject(), signal)
      : Promise.reject({ code: 'config_invalid', message: 'It needs an order and a server, or obeys refuse-when-framed.' })
    ).then((offer): CheckoutInput => ({ type: 'methods', offer }), refused)
    if (signal.aborted) return
    if (input.type === 'refused' && state.name === 'loading') complain(input.failure)
    take(input)
  }

  function complain({ message }: { readonly message: string }) {
    const { server, order } = settings
    const text = `<checkout-button order="${order}" server="${server}">: ${message}`
    if (text !== complaint) tellDeveloper(text)
    complaint = text // once, however often it is tried
  }

  function open(kind: SurfaceKind): Surface | undefined {
    const opened = around.openSurface(kind, {
      ...host.place(),
      onNewWindow: () => session.goOn('popup'),
      onClose(how) {
        if (opened !== surface) return
        if (how === 'early' && state.name === 'opening') return openHere()
        report('closed')
        take({ type: 'closed', how })
      },
    })
    return opened
  }

  function close() {
    surface?.close()
    surface = undefined
  }

  /** Everywhere else has failed or is forbidden: the page itself goes there. */
  function openHere() {
    close()
    surface = open('redirect')
    take({ type: 'moved', surface: 'redirect' })
    reading = pause(readingTime, stage)
  }

  async function post(method: PaymentMethod) {
    const { signal } = stage
    // Kept as long as nobody knows whether the server opened something under it, and the buyer agrees to the same thing.
    const of = JSON.stringify([settings, state.offer, method.id])
    if (attempt?.of !== of) attempt = { of, id: uuid() }
    const request = {
      ...subject(),
      ...{ attempt: attempt.id, method: method.id, surface: state.surface ?? 'redirect', page: around.here() },
    }
    reading = state.blocked && pause(readingTime, stage)
    const input = await backend.open(request, signal).then((page): CheckoutInput => ({ type: 'opened', page }), refused)
    await reading
    if (signal.aborted) return
    if (input.type !== 'refused' || !isUnsettled(input.failure as CheckoutError)) attempt = undefined
    if (input.type === 'refused' && isOfPage.test(input.failure.code)) complain(input.failure)
    // Our own origin in a sandboxed frame could lift the sandbox (T-73).
    if (input.type === 'opened' && state.surface === 'iframe' && !around.mayFrame(input.page.url)) openHere()
    take(input)
  }

  function show() {
    const { page, method } = state
    if (!page?.url) return
    // Listen first, then navigate: a message that finds no ear is not repeated (T-68).
    unlisten = around.listen(
      {
        id: page.id,
        source: () => surface?.window(),
        speaksFrom: page.speaksFrom ?? [],
        read: messageReaders[method?.id.split(':')[0] ?? ''],
        home: new URL(settings.server).origin,
      },
      onHeard,
    )
    around.remember(settings.order, page.id)
    report('opened')
    inquiry.rest()
    try {
      surface?.show(page.url, page.closesAt)
    } catch {
      // A browser without dialogs, or with windows of its own kind.
      openHere()
      surface?.show(page.url)
    }
  }

  function onHeard(heard: Heard) {
    const { kind } = heard
    if (kind === 'returned') return take({ type: kind, claims: heard.claims })
    if (kind === 'busy' || kind === 'idle' || kind === 'finished') report(kind)
    if (kind === 'finished') take({ type: kind })
    else surface?.heed?.(heard)
  }

  const report = (kind: string) => state.page && backend.report(state.page.id, kind)

  function giveGrace() {
    // Without an answer nothing is known, and nothing is said about the window.
    void pause(grace, stage).then(() => (state.unanswered === false ? take({ type: 'grace_over' }) : giveGrace()))
  }

  function onAttention(isRestored: boolean) {
    if (isRestored && surface?.kind === 'redirect') take({ type: 'closed' })
    else if (isAsking(state.name)) inquiry.hurry()
    else take({ type: state.name === 'waiting' ? 'check' : 'retry' })
  }

  const session: CheckoutSession = {
    get state() {
      return state
    },
    get isBlocked() {
      return isOthersTurn(who)
    },
    input: take,
    configure(given) {
      unwatchTurn ??= watchTurn(host.changed)
      // By value: a framework makes the same offer anew whenever it renders.
      if (JSON.stringify(wanted) === JSON.stringify(given)) return
      wanted = given
      followSettings()
    },
    disconnect() {
      state = { name: 'idle' }
      wanted = settings = nothing
      enter('idle')
      close()
      unwatchTurn?.()
      unwatchTurn = undefined
    },
    restore: () => surface?.restore?.(),
    choose(method, kind) {
      if (state.name !== 'ready' || isOthersTurn(who)) return
      if (!host.tell({ type: 'open', method }) || state.name !== 'ready') return
      const chosen = around.chooseSurface(method.surfaces, kind)
      surface = open(chosen)
      const blocked = !surface
      surface ??= open('redirect')
      take({ type: 'choose', method, surface: blocked ? 'redirect' : chosen, blocked })
      void post(method)
    },
    showWindow: () => (state.astray ? session.goOn('popup') : surface?.focus?.()),
    goOn(kind) {
      const { page } = state
      if (!page?.url) return
      const other = open(kind) ?? open('redirect')
      close()
      surface = other
      take({ type: 'moved', surface: other?.kind ?? kind })
      surface?.show(page.url)
    },
  }
  return session
}

function refused(failure: CheckoutError): CheckoutInput {
  const { offer, id } = (failure.cause ?? {}) as Partial<Refusal>
  if (failure.code === 'order_paid') return { type: failure.code, offer }
  return id ? { type: 'order_pending', page: { id } } : { type: 'refused', failure }
}

/** Every blob's address ends in a random one; crypto.randomUUID is missing on plain http, and inside the frame of such a page. */
const uuid = () => URL.createObjectURL(new Blob()).slice(-36)
