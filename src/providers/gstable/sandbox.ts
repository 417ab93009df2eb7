import type { ProviderSandbox } from '../adapter.js'
import { api } from './sandbox/api.js'
import { control } from './sandbox/control.js'
import { hostedPage, pageFile } from './sandbox/hosted-page.js'
import { goesWell, type SandboxOutcome } from './sandbox/outcome.js'
import { type SandboxProducts, usualProducts } from './sandbox/products.js'
import type { SandboxStock } from './sandbox/session-request.js'
import { SessionBook } from './sandbox/sessions.js'
import { tokens } from './sandbox/tokens.js'

export type { SandboxOutcome } from './sandbox/outcome.js'
export type { SandboxProduct, SandboxProducts } from './sandbox/products.js'
export type { SandboxSession, SandboxSessionStatus } from './sandbox/session.js'
export { type SigningOptions, signWebhook, type Webhook } from './sandbox/webhooks.js'

export interface GStableSandboxOptions {
  /** An invented one, `sk_test_…`: the adapter takes no other in test mode. */
  readonly apiKey: string
  /** Of the one webhook endpoint, `wkk_…`. */
  readonly webhookKey: string
  /** Where webhooks go, as the dashboard has it. Left out: they are made and not sent. */
  readonly webhookUrl?: string
  /** The one account there is. Left out: any. */
  readonly accountId?: string
  /** Tokens of the list that the account receives. Default: all. */
  readonly settlementCurrencies?: readonly string[]
  /** What is stored in the account's catalogue, by id; a line may name no other. Default `prod_gold` and `prod_silver`. */
  readonly products?: SandboxProducts
  /** How signatures are written, and in which unit the time is: both are not documented. Default `hex` and `s`. */
  readonly signatureEncoding?: 'hex' | 'base64'
  readonly timestampUnit?: 's' | 'ms'
  /** Also sends events whose names the documents do not give (`session.settling`, `session.expired`…). Default false. */
  readonly tellsAll?: boolean
  /** Milliseconds until a webhook that was not answered with 2xx is sent again. Default 3,000. */
  readonly repeatEvery?: number
  /** What happens around a payment at first; `POST /sandbox/outcome` changes it. Default: all goes well. */
  readonly outcome?: Partial<SandboxOutcome>
  readonly now?: () => Date
  readonly fetch?: typeof fetch
}

/** What the parts of the sandbox share. */
export interface SandboxAccount {
  readonly apiKey: string
  readonly accountId: string | undefined
  readonly stock: SandboxStock
  readonly book: SessionBook
  readonly now: () => Date
  outcome: SandboxOutcome
}

/**
 * A pretend GStable for tests, demos and development; GStable itself has mainnet only. It takes what GStable takes, refuses what
 * GStable's documents say it refuses, and sends real signed webhooks until they are answered with 2xx.
 *
 * - `/payment/v1/session/…`: the merchant API, create, retrieve, list and cancel.
 * - `/public/api/v1/capabilities/all`: the tokens.
 * - `/session/:id/:key`: the hosted page. A test without browser chooses by `POST <the same address>`, form fields `choice` (`pay`,
 *   `reject`, `revert`) and `token`, `Accept: application/json`.
 * - `/sandbox/…`: what happens next and afterwards, as JSON; see sandbox/control.ts.
 *
 * Each of its sessions says `sandbox: true`, which the adapter reads as a test: a live shop that gets one by mistake delivers nothing.
 *
 * *Security:* a toy for this machine. Any page may read its control API and any program may change it; never give it real keys.
 */
export function gstableSandbox(options: GStableSandboxOptions): ProviderSandbox {
  const { apiKey, webhookKey, webhookUrl, signatureEncoding, timestampUnit } = options
  const now = options.now ?? (() => new Date())
  const account: SandboxAccount = {
    apiKey,
    accountId: options.accountId,
    stock: {
      products: options.products ?? usualProducts,
      settlementCurrencies: options.settlementCurrencies ?? tokens.map(({ tokenId }) => tokenId),
    },
    now,
    book: new SessionBook({
      webhookKey,
      repeatEvery: options.repeatEvery ?? 3_000,
      tellsAll: options.tellsAll ?? false,
      fetch: options.fetch ?? fetch,
      now,
      ...(webhookUrl !== undefined && { webhookUrl }),
      ...(signatureEncoding && { signatureEncoding }),
      ...(timestampUnit && { timestampUnit }),
    }),
    outcome: { ...goesWell, ...options.outcome },
  }
  return {
    name: 'gstable',
    fetch: (request) => answer(account, request),
    close: () => account.book.close(),
  }
}

async function answer(account: SandboxAccount, request: Request): Promise<Response> {
  const url = new URL(request.url)
  if (url.pathname.startsWith('/session/')) return hostedPage(account, request, url)
  if (url.pathname === '/favicon.ico') return new Response(null, { status: 204 })
  if (url.pathname.startsWith('/sandbox/')) return pageFile(url.pathname) ?? control(account, request, url)
  return (await api(account, request, url)) ?? new Response('The sandbox plays no part here.\n', { status: 404 })
}
