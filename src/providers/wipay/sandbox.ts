import type { ProviderSandbox } from '../adapter.js'
import { randomId } from '../signing.js'
import { type ParameterFault, parameterFaults } from './parameters.js'
import { type Country, publishedAccount, publishedKey } from './platform.js'
import { backOffice } from './sandbox/back-office.js'
import { control } from './sandbox/control.js'
import { totalFault } from './sandbox/fees.js'
import { hostedPage, pageFile } from './sandbox/hosted-page.js'
import { goesWell, type SandboxOutcome } from './sandbox/outcome.js'
import { PaymentBook } from './sandbox/payments.js'
import { RateLimit } from './sandbox/rate-limit.js'
import { TokenBook } from './sandbox/tokens.js'
import type { WebhookScheme } from './verify-webhook.js'

export type { SandboxOutcome } from './sandbox/outcome.js'
export type { SandboxPayment, SandboxPaymentState } from './sandbox/payment.js'
export { signWebhook, type Webhook } from './sandbox/webhooks.js'

export interface WipaySandboxOptions {
  /** Default the published ones, `1234567890` and `123`. */
  readonly accountNumber?: string
  readonly apiKey?: string
  /** The platform. Default `TT`. */
  readonly country?: Country
  /** The endpoint that is registered in the dashboard; without one nothing is told. */
  readonly webhookUrl?: string
  readonly webhookSecret?: string
  readonly webhookScheme?: WebhookScheme
  /** Without one, and without `signIn`, the back office answers nobody. */
  readonly wapiKey?: string
  /** Of that key. Default: every one that this sandbox knows. */
  readonly wapiScopes?: readonly string[]
  /** The account's own; no buyer may have this e-mail address. */
  readonly signIn?: { readonly email: string; readonly password: string }
  /** Milliseconds until a webhook that was not answered with 2xx is sent again. Default 3,000 (really undocumented). */
  readonly repeatEvery?: number
  /** What happens around a choice at first; `POST /sandbox/outcome` changes it. Default: all goes well. */
  readonly outcome?: Partial<SandboxOutcome>
  readonly now?: () => Date
  readonly fetch?: typeof fetch
}

/** What the parts of the sandbox share. */
export interface SandboxAccount {
  readonly accountNumber: string
  readonly country: Country
  readonly wapiKey: string | undefined
  readonly signIn: { readonly email: string; readonly password: string } | undefined
  readonly wapiScopes: readonly string[] | undefined
  readonly tokens: TokenBook
  readonly rateLimit: RateLimit
  readonly now: () => Date
  readonly book: PaymentBook
  outcome: SandboxOutcome
  /** Path and query of a transaction's page, and the way from its `_data` back. */
  pageOf(ref: string): string
  refOf(data: string): string | undefined
}

/**
 * A pretend WiPay for tests, demos and development without an account: it takes what WiPay takes, refuses what WiPay's documents say
 * it refuses, sends real signed webhooks until they are answered with 2xx, and leads the buyer back with the documented hash.
 *
 * - `POST /plugins/payments/request`: by a server (`Accept: application/json`) or by a form in the buyer's browser.
 * - `GET /checkout/payment?_data=…`: the hosted page. A test without browser chooses by `POST <the same address>`, form field
 *   `choice` (`pay`, `abroad`, `fail`, `time-out`, `close`), `Accept: application/json`, and then follows `next`.
 * - `/wapi/…`: sign-in, transactions, refund requests, stored cards.
 * - `/sandbox/…`: what happens next and afterwards, as JSON; see sandbox/control.ts.
 *
 * *Security:* a toy for this machine. Any page may read its control API and any program may change it; never give it real keys.
 */
export function wipaySandbox(options: WipaySandboxOptions = {}): ProviderSandbox {
  const { webhookUrl, now = () => new Date() } = options
  const book = new PaymentBook({
    apiKey: options.apiKey ?? publishedKey,
    webhookSecret: options.webhookSecret ?? '',
    webhookScheme: options.webhookScheme ?? 'timestamp.body',
    repeatEvery: options.repeatEvery ?? 3_000,
    fetch: options.fetch ?? fetch,
    now,
    ...(webhookUrl !== undefined && { webhookUrl }),
  })
  const pages = new Map<string, string>()
  const account: SandboxAccount = {
    accountNumber: options.accountNumber ?? publishedAccount,
    country: options.country ?? 'TT',
    wapiKey: options.wapiKey,
    signIn: options.signIn,
    wapiScopes: options.wapiScopes,
    tokens: new TokenBook(now),
    now,
    rateLimit: new RateLimit(now),
    book,
    outcome: { ...goesWell, ...options.outcome },
    pageOf(ref) {
      const data = randomId()
      pages.set(data, ref)
      if (pages.size > 500) pages.delete(pages.keys().next().value as string)
      return `/checkout/payment?_data=${data}`
    },
    refOf: (data) => pages.get(data),
  }
  return {
    name: 'wipay',
    fetch: (request) => answer(account, request),
    close: () => book.close(),
  }
}

async function answer(account: SandboxAccount, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const path = url.pathname
  if (path === '/plugins/payments/request' && request.method === 'POST') return paymentRequest(account, request, url)
  if (path === '/checkout/payment') return hostedPage(account, request, url)
  if (path === '/sandbox/page.css' || path === '/sandbox/page.js') return pageFile(path)
  if (path === '/favicon.ico') return new Response(null, { status: 204 })
  if (path.startsWith('/sandbox/')) return control(account, request, url)
  if (path.startsWith('/wapi/')) return backOffice(account, request, url)
  return new Response('The sandbox plays no part here: it knows the Payments API and WAPI.\n', { status: 404 })
}

/** A server is answered with JSON; a browser is sent on, also back to the shop with the error. */
async function paymentRequest(account: SandboxAccount, request: Request, { origin }: URL): Promise<Response> {
  const form = Object.fromEntries(new URLSearchParams(await request.text()))
  const isServer = request.headers.get('accept')?.includes('application/json') ?? false
  const fault = faultOf(account, form)
  if (fault !== undefined) {
    const { response_url: shop = '' } = form
    const error = new URLSearchParams({ status: 'error', message: fault, ...(form.order_id && { order_id: form.order_id }) })
    const url = URL.canParse(shop) ? `${shop}${shop.includes('?') ? '&' : '?'}${error}` : null
    if (isServer) return Response.json({ url, message: fault }, { status: 400 })
    return url === null
      ? new Response(`${fault}\n`, { status: 400 })
      : new Response(null, { status: 302, headers: { location: url } })
  }
  const value = (name: string) => form[name] ?? ''
  const { ref } = account.book.open(
    {
      ...{ flow: 'payment', orderId: value('order_id'), total: value('total'), currency: value('currency') },
      ...{ fees: value('fee_structure'), responseUrl: value('response_url'), origin: value('origin'), email: value('email') },
      ...{ avs: value('avs') === '1', name: value('name') || [value('fname'), value('lname')].join(' ').trim() },
      ...(form.data !== undefined && { data: form.data }),
    },
    account.outcome,
  )
  const url = `${origin}${account.pageOf(ref)}`
  if (isServer) return Response.json({ url, message: 'OK', transaction_id: ref })
  return new Response(null, { status: 302, headers: { location: url } })
}

const sentences: Readonly<Record<ParameterFault['code'], string>> = {
  required: 'field is required',
  too_long: 'is too long',
  pattern: 'format is invalid',
  enum: 'is not one of the accepted values',
  depends: 'needs another field beside it',
  environment: 'does not belong to this environment',
}

function faultOf(
  { accountNumber, country, signIn }: SandboxAccount,
  form: Readonly<Record<string, string>>,
): string | undefined {
  const [fault] = parameterFaults(form)
  // Whoever gives the sandbox an account of their own means it.
  if (fault && !(fault.code === 'environment' && accountNumber !== publishedAccount))
    return `The ${fault.field} ${sentences[fault.code]}.`
  if (form.account_number !== accountNumber) return 'The account_number is not known on this platform.'
  if (form.country_code !== country) return 'The country_code is not that of this platform.'
  if (form.environment !== 'sandbox') return 'The environment does not agree with this host.'
  if (form.email?.toLowerCase() === signIn?.email.toLowerCase()) return 'The email must be another than that of the account.'
  return totalFault(form)
}
