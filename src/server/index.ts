import { CheckoutError } from '../protocol/checkout-error.js'
import { signalRequest } from '../protocol/checkout-request.js'
import { refusals } from '../protocol/refusals.js'
import { answer, json, refuse, requireMethod, text } from './answers.js'
import { isOf } from './attempt.js'
import { createLedger, type Ledger } from './back-office.js'
import { causeOf } from './cause.js'
import { createCourier } from './courier.js'
import { goPage } from './go-page.js'
import type { CheckoutOptions } from './merchant.js'
import { countHooks, createMetrics } from './metrics.js'
import { takeNotification } from './notifications.js'
import { answerOffer } from './offer.js'
import { openCheckout } from './open-checkout.js'
import { readOptions } from './options.js'
import { openByForm } from './plain-form.js'
import { checkQuery, isCompressed, isForm, longestUrl, readJson } from './read-request.js'
import { createReadiness } from './readiness.js'
import { createInquirer } from './reconcile.js'
import { returnPage } from './return-page.js'
import { createSampledLog, unfailing } from './sampled-log.js'
import { askStatus } from './status.js'
import { workUntilStopped } from './work.js'

export { CheckoutError, type CheckoutErrorCode } from '../protocol/checkout-error.js'
export type { Money } from '../protocol/money.js'
export type { PaymentState } from '../protocol/payment-state.js'
export type { PaymentMethod } from '../protocol/requests.js'
export type {
  Buyer,
  HostedPage,
  Market,
  Mode,
  News,
  Notification,
  OpenContext,
  OpenedCheckout,
  OpenedCheckouts,
  Order,
  OrderItem,
  PaymentEvent,
  ProviderAdapter,
  ProviderOptions,
} from '../providers/adapter.js'
export { Secret } from '../providers/adapter.js'
export { createLedger, type Ledger, type Quarantined } from './back-office.js'
export type { ForeignEvent } from './foreign.js'
export type { CheckoutOptions, Delivery, DeliveryLimits, Log, MerchantHooks } from './merchant.js'
export type { Decider } from './quarantine.js'
export type { Finding } from './reconcile.js'
export type { Checkout, Decision, Entries, EventRecord, Notice, Payment, Store, Story } from './store.js'

export interface CheckoutServer {
  /** Answers every request below `base`; never rejects. `peer.address` comes from the host's connection: a Request does not know it. */
  fetch(request: Request, peer?: { readonly address?: string | undefined }): Promise<Response>
  /** Delivers, tells and repeats until stopped, or one round for a scheduler. Hosts that run for long start it by themselves. */
  work(options?: { readonly once?: boolean; readonly signal?: AbortSignal }): Promise<void>
  readonly ledger: Ledger
  /**
   * Counters since the start of this process, as OpenMetrics text: mount it where your scraper comes and nobody else. Holds nothing
   * personal, and labels from closed lists alone.
   */
  metrics(): Response
  /** 200 while the process answers: what tells an orchestrator not to restart it. Asks nobody. */
  liveness(): Response
  /** 200 while the store can be written and this server is not closing, else 503: what tells a load balancer to send requests. */
  readiness(): Promise<Response>
  /** Resolves when the store is open and migrated; hosts await it before they listen. */
  ready(): Promise<void>
  /** Waits for the hooks that run, then closes the store. */
  close(): Promise<void>
}

const day = 24 * 60 * 60_000
const checkoutId = /^[A-Za-z0-9_-]{22}$/

/** The companion server of the element. Throws CheckoutError `config_invalid` that names every wrong option. */
export function createCheckout<Tx = unknown>(given: CheckoutOptions<Tx>): CheckoutServer {
  const options = readOptions(given)
  const { store } = options
  const log = unfailing(options.log)
  const prefix = new URL(options.base).pathname.replace(/\/$/, '')
  const metrics = createMetrics()
  const hooks = countHooks(options, metrics)
  const courier = createCourier(store, hooks, options.delivery ?? {}, { log, now: options.now })
  const inquirer = createInquirer({ ...options, metrics, ...(log && { log }) }, courier)
  const desk = { store, hooks, metrics, courier, inquirer, log, refused: createSampledLog(log) }
  const ledger = createLedger(options, { courier, inquirer })
  const { keep, now = () => new Date() } = options
  const forgetOld = (signal: AbortSignal) =>
    ledger.forget({ olderThan: new Date(now().getTime() - (keep?.details ?? 0) * day), signal })
  const stop = new AbortController()
  const isReady = createReadiness(store, stop.signal)
  const working = new Set<Promise<void>>()

  /** The pages' own origins may read the answer; the request has none of their cookies, unless it comes from the same origin. */
  const allow = (request: Request, response: Response): Response => {
    const origin = request.headers.get('origin')
    if (origin !== null && options.pages.includes(origin)) response.headers.set('access-control-allow-origin', origin)
    response.headers.append('vary', 'origin')
    return response
  }

  const preflight = (methods: string): Response =>
    answer(204, null, {
      'access-control-allow-methods': methods,
      'access-control-allow-headers': 'content-type',
      'access-control-max-age': '600',
    })

  /** A browser says who asks, and nobody but an allow-listed page may (T-24). Only a GET from the same origin says nothing. */
  function checkOrigin(request: Request): void {
    const origin = request.headers.get('origin')
    const isSilent = origin === null && request.method === 'GET'
    if (!isSilent && !(origin !== null && options.pages.includes(origin)))
      throw new CheckoutError('origin_refused', 'This page is not listed: add its origin to `pages`.')
  }

  /** What the element asks for: JSON, from allow-listed pages alone. */
  async function fromPage(request: Request, method: 'GET' | 'POST', handle: () => Promise<Response>): Promise<Response> {
    try {
      const refused = requireMethod(request, [method, 'OPTIONS'])
      if (refused) return refused
      checkOrigin(request)
      if (request.method === 'OPTIONS') return allow(request, preflight(method))
      return allow(request, await handle())
    } catch (error) {
      return allow(request, refuseAndLog(error))
    }
  }

  function note(error: unknown): void {
    const code = error instanceof CheckoutError ? error.code : 'unexpected'
    const message = error instanceof CheckoutError ? error.message : 'a request failed unexpectedly'
    // A stranger can cause a 4xx at will, so few of them are told (an unknown id is an old link); the rest is the shop's to mend.
    if (code === 'unexpected' || refusals[code][0] >= 500)
      log?.error({ code, ...causeOf(error instanceof CheckoutError ? error.cause : error) }, message)
    else if (code !== 'checkout_unknown') desk.refused(code, { code }, `a request was refused: ${message}`)
  }

  function refuseAndLog(error: unknown): Response {
    note(error)
    return refuse(error)
  }

  /** Refused before anybody looked at it, a right notification among them perhaps: so it is told. */
  function tooMuch(status: number, sentence: string): Response {
    desk.refused(String(status), { status }, `a request was refused: ${sentence}`)
    return text(status, sentence)
  }

  /** Strangers look for anything; but what looks for a part of ours was meant for us, and nothing else would tell of a wrong mount. */
  function outside({ url }: Request): Response {
    const mistake = 'does what this server is mounted in cut that off, or is it mounted somewhere else?'
    if (roomOf(url) !== 'other')
      desk.refused(
        'outside',
        {},
        `a request was answered 404: its path does not begin with that of \`base\`, ${prefix}/ – ${mistake}`,
      )
    return text(404, 'not found')
  }

  /** A link with another order's id must not show this order as paid, so the button says which it asks for. */
  async function status(id: string, order: string | null): Promise<Response> {
    const checkout = checkoutId.test(id) ? await store.checkout(id) : undefined
    if (!checkout || checkout.stage === 'lost' || (order !== null && !isOf(checkout, order)))
      throw new CheckoutError('checkout_unknown', 'no checkout of this id was opened here')
    return json(200, await askStatus(options, desk, checkout))
  }

  async function signal(request: Request, id: string): Promise<Response> {
    const given = signalRequest.safeParse(await readJson(request))
    if (!given.success || !checkoutId.test(id)) throw new CheckoutError('request_invalid', 'not a signal of a checkout')
    const { kind } = given.data
    Promise.resolve()
      .then(() => options.observe?.({ checkoutId: id, kind }))
      .catch(() => {})
    return answer(204)
  }

  async function route(request: Request, address: string | undefined): Promise<Response> {
    const url = new URL(request.url)
    if (!url.pathname.startsWith(`${prefix}/`)) return outside(request)
    const [room = '', id = '', more, extra] = url.pathname.slice(prefix.length + 1).split('/')
    if (extra !== undefined) return text(404, 'not found')
    if (room === 'notify' && more === undefined) {
      const provider = options.providers.find(({ name }) => name === id)
      return provider ? takeNotification(desk, provider, request, address) : text(404, 'there is no such provider here')
    }
    if (room === 'methods' && id === '' && more === undefined)
      return fromPage(request, 'GET', () => answerOffer(options, desk, request, address))
    if (room === 'checkouts' && id === '' && more === undefined && isForm(request))
      return openByForm(options, desk, request, note, address)
    if (room === 'checkouts' && id === '' && more === undefined)
      return fromPage(request, 'POST', async () => json(200, await openCheckout(options, desk, request, address)))
    if (room === 'checkouts' && more === undefined)
      return fromPage(request, 'GET', () => status(id, url.searchParams.get('order')))
    if (room === 'checkouts' && more === 'signals') return fromPage(request, 'POST', () => signal(request, id))
    if (room === 'return' && more === undefined)
      return requireMethod(request, ['GET']) ?? returnPage(options, desk, id, request, address)
    if (room === 'go' && more === undefined) return requireMethod(request, ['GET']) ?? goPage(options, id)
    return text(404, 'not found')
  }

  /** Every request has an answer (T-52). */
  async function answerTotally(request: Request, address: string | undefined): Promise<Response> {
    try {
      if (request.url.length > longestUrl) return tooMuch(414, 'the address is too long')
      if (isCompressed(request)) return tooMuch(415, 'the body must not be compressed')
      checkQuery(request.url)
      return await route(request, address)
    } catch (error) {
      return refuseAndLog(error)
    }
  }

  return {
    async fetch(request, { address } = {}) {
      const response = await answerTotally(request, address)
      metrics.count('requests', { to: roomOf(request.url), status: String(response.status) })
      return response
    },
    work({ once = false, signal } = {}) {
      const until = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
      const work = workUntilStopped(courier, inquirer, {
        once,
        signal: until,
        ...(log && { log }),
        ...(keep && { forget: forgetOld }),
      })
      working.add(work)
      return work.finally(() => working.delete(work))
    },
    ledger,
    metrics: () => metrics.answer({ hooks_running: courier.running() }),
    liveness: () => text(200, 'alive'),
    readiness: async () => ((await isReady()) ? text(200, 'ready') : text(503, 'not ready', { 'retry-after': '5' })),
    ready: () => store.ready(),
    async close() {
      stop.abort()
      await Promise.allSettled(working)
      await courier.idle()
      await store.close()
    },
  }
}

const rooms = ['notify', 'methods', 'checkouts', 'return', 'go']
/** Closed: what a stranger asks for is no label. */
function roomOf(url: string): string {
  const [path = ''] = url.split('?', 1)
  return rooms.find((room) => `${path}/`.includes(`/${room}/`)) ?? 'other'
}
