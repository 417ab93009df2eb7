import type { ProviderSandbox } from '../adapter.js'
import { apis, apiTypes } from './api-type.js'
import { backOffice } from './sandbox/back-office.js'
import { control } from './sandbox/control.js'
import { hostedPage, pageFile } from './sandbox/hosted-page.js'
import { drawnLogo, type MethodsByCountry, methodsOf, usualMethods } from './sandbox/methods.js'
import { goesWell, type SandboxOutcome } from './sandbox/outcome.js'
import { type ProjectKeys, readSigned } from './sandbox/page-request.js'
import { PaymentBook } from './sandbox/payments.js'
import type { PingbackVersion } from './sandbox/pingbacks.js'
import { type SandboxGoods, usualGoods } from './sandbox/stored-goods.js'
import { renewingMethods } from './subscription.js'

export type { MethodsByCountry, SandboxMethod } from './sandbox/methods.js'
export type { SandboxOutcome } from './sandbox/outcome.js'
export type { SandboxPayment, SandboxPaymentState } from './sandbox/payments.js'
export { type Pingback, type PingbackVersion, signPingback } from './sandbox/pingbacks.js'
export type { SandboxGoods, StoredProduct } from './sandbox/stored-goods.js'

export interface PaymentwallSandboxOptions extends ProjectKeys {
  /** Where pingbacks go: the project's setting. Left out, each page's own `pingback_url` is used. */
  readonly pingbackUrl?: string
  /** Signature version of pingbacks. Default 3. */
  readonly signVersion?: PingbackVersion
  /** Methods by country, `*` for any other. */
  readonly methods?: MethodsByCountry
  /** What is stored at Paymentwall: products by id, and the price of virtual currency. */
  readonly goods?: Partial<SandboxGoods>
  /** Whether periods of a year and more are allowed to the project. Default false. */
  readonly longPeriods?: boolean
  /** Codes of the methods that can carry a plan that renews. Default: the documented ones. */
  readonly renewingMethods?: readonly string[]
  /** The country in which `GET /api/rest/country` places every address. Default `DE`. */
  readonly country?: string
  /** Custom pingback parameters: name → `OWN`, or what Paymentwall fills (`PRODUCT_PRICE`, `PRODUCT_CURRENCY_CODE`…). */
  readonly pingbackParameters?: Readonly<Record<string, string>>
  /** Milliseconds until a pingback that was not answered with exactly `OK` is sent again. Default 3,000 (really 30 minutes). */
  readonly repeatEvery?: number
  /** Whether the page posts messages to the window that frames it: the client-side callback. Default true. */
  readonly speaks?: boolean
  /** What happens around a choice at first; `POST /sandbox/outcome` changes it. Default: all goes well. */
  readonly outcome?: Partial<SandboxOutcome>
  readonly now?: () => Date
  readonly fetch?: typeof fetch
}

/** What the parts of the sandbox share. */
export interface SandboxProject extends ProjectKeys {
  readonly methods: MethodsByCountry
  readonly goods: SandboxGoods
  readonly longPeriods: boolean
  readonly renewingMethods: readonly string[]
  readonly country: string
  readonly speaks: boolean
  readonly book: PaymentBook
  outcome: SandboxOutcome
}

/**
 * A pretend Paymentwall for tests, demos and development without an account: it takes what Paymentwall takes, refuses what
 * Paymentwall's documents say it refuses, and sends real signed pingbacks until they are answered with exactly `OK`.
 *
 * - `GET /api/payment-systems/`: the method list, for a right signature.
 * - `GET /api/subscription`, and `/api/ps` for virtual currency and `/api/cart`: the hosted payment page. A test without browser chooses by
 *   `POST <the same address>`, form fields `choice` (`pay`, `review`, `decline`) and `method`, `Accept: application/json`.
 * - `GET /api/rest/payment`, `GET /api/rest/country`, `POST /developers/api/ticket`, `POST /api/delivery`: the back office.
 * - `/sandbox/…`: what happens next and afterwards, as JSON; see sandbox/control.ts.
 *
 * *Security:* a toy for this machine. Any page may read its control API and any program may change it; never give it real keys.
 */
export function paymentwallSandbox(options: PaymentwallSandboxOptions): ProviderSandbox {
  const { projectKey, secretKey, pingbackUrl } = options
  const book = new PaymentBook({
    secretKey,
    signVersion: options.signVersion ?? 3,
    pingbackParameters: options.pingbackParameters ?? {},
    repeatEvery: options.repeatEvery ?? 3_000,
    fetch: options.fetch ?? fetch,
    now: options.now ?? (() => new Date()),
    ...(pingbackUrl !== undefined && { pingbackUrl }),
  })
  const project: SandboxProject = {
    projectKey,
    secretKey,
    methods: options.methods ?? usualMethods,
    goods: { ...usualGoods, ...options.goods },
    longPeriods: options.longPeriods ?? false,
    renewingMethods: options.renewingMethods ?? renewingMethods,
    country: options.country ?? 'DE',
    speaks: options.speaks ?? true,
    book,
    outcome: { ...goesWell, ...options.outcome },
  }
  return {
    name: 'paymentwall',
    fetch: (request) => answer(project, request),
    close: () => book.close(),
  }
}

async function answer(project: SandboxProject, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const path = url.pathname.replace(/(?<=.)\/$/, '') // with and without a slash at the end, as the real addresses
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (path === '/api/payment-systems' && isRead) return paymentSystems(project, url)
  const apiType = apiTypes.find((each) => apis[each].path === path)
  if (apiType) return hostedPage(project, apiType, request, url)
  if (path.startsWith('/images/ps_logos/') && isRead) return logo(project, path)
  if (path === '/sandbox/page.css' || path === '/sandbox/page.js') return pageFile(path)
  if (path === '/favicon.ico') return new Response(null, { status: 204 })
  if (path.startsWith('/sandbox/')) return control(project, request, url)
  return (
    (await backOffice(project, request, url, path)) ??
    new Response('The sandbox plays no part here: it knows payment pages and the back office.\n', { status: 404 })
  )
}

/** Errors are an object in place of the list, and status 200: an adapter must look at the shape. */
function paymentSystems(project: SandboxProject, url: URL): Response {
  const parameters = readSigned(url.search.slice(1), project)
  if (!parameters) return Response.json({ error: 'Access denied: key or signature is wrong' })
  const country = parameters.get('country_code') ?? ''
  if (!/^[A-Z]{2}$/.test(country)) return Response.json({ error: 'country_code is missing or invalid' })
  return Response.json(
    methodsOf(project.methods, country).map((method) => ({
      ...method,
      img_url: new URL(`/images/ps_logos/pm_${method.id}.svg`, url).href,
      img_class: method.id,
    })),
  )
}

function logo({ methods }: SandboxProject, path: string): Response {
  const id = /\/pm_([a-z0-9_]+)\.svg$/.exec(path)?.[1]
  const svg = id === undefined ? undefined : drawnLogo(methods, id)
  if (svg === undefined) return new Response('There is no such logo.\n', { status: 404 })
  return new Response(svg, {
    headers: {
      'content-type': 'image/svg+xml',
      'content-security-policy': "default-src 'none'",
      'cache-control': 'max-age=600',
    },
  })
}
