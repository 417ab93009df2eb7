import * as z from 'zod/mini'
import { credential, readConfiguration } from '../../protocol/configuration.js'
import { type SurfaceKind, surfaces } from '../../protocol/requests.js'
import { isLoopback, isWebAddress } from '../../protocol/web-address.js'
import { type Order, type ProviderAdapter, type ProviderOptions, Secret } from '../adapter.js'
import { backOffice, lookUp, type Sessions, withdraw } from './back-office.js'
import { catalog } from './catalog.js'
import { isMetadata, type Metadata, openSession, readSale } from './checkout.js'
import { testSignature } from './signature.js'
import { signedText, verifyWebhook } from './verify.js'

export type { SessionList, SessionReport, Sessions } from './back-office.js'

/** What the merchant's GStable account is set to; README.md says where each is found. */
export interface GStableConfiguration extends ProviderOptions {
  /** Never leaves the server: `sk_live_…`, or `rk_live_…` where it may create, read and cancel sessions. */
  readonly apiKey: string
  /** The webhook endpoint's own key, `wkk_…`. Several while endpoints or keys are being exchanged: all of them verify. */
  readonly webhookKey: string | readonly string[]
  /** The account that receives, `acc_…`. */
  readonly accountId: string
  /** What is received, whatever the payer pays with: `network::symbol`, like `polygon::usdc`. One of the account's own. */
  readonly settlementToken: string
  /** Who bears GStable's percentage. `payer`: it comes on top of the price, and the label says so. Default `merchant`. */
  readonly feeModel?: 'merchant' | 'payer'
  /** `paid`: confirmed on chain. `completed`: also arrived in your wallet, usually half a minute later. Default `paid`. */
  readonly fulfilOn?: 'paid' | 'completed'
  /** How the signature is written. The documents do not say: pin it when you have seen one. Default `auto`, either. */
  readonly signatureEncoding?: 'auto' | 'hex' | 'base64'
  /** Of the signed time; the documents do not say either. Default `auto`, by its length. */
  readonly timestampUnit?: 'auto' | 's' | 'ms'
  /** How far a webhook's time may be from ours, before and after: 30 to 900. Default 300. */
  readonly toleranceSeconds?: number
  /** GStable's page asks for an e-mail address. Default false. */
  readonly payerEmailRequired?: boolean
  /** How long the page can be paid. At least 1,860: GStable takes half an hour, and clocks differ. Left out: its half hour. */
  readonly closesAfterSeconds?: number
  /** Sent with each session, seen in GStable's dashboard, never by the payer. No personal data. */
  readonly metadata?: Readonly<Record<string, string>> | ((order: Order) => Readonly<Record<string, string>>)
  /** Left out: `Stablecoins`, and the tokens that can be used. */
  readonly label?: string
  readonly icon?: string
  /** Where the page may be shown, best first. Wallets work badly or not at all in a frame. Default `['redirect', 'popup']`. */
  readonly surfaces?: readonly SurfaceKind[]
  /** Default `https://api.gstable.io/payment/v1`, as documented; the official client says `/api/v1`. */
  readonly baseUrl?: string
  /** Where the tokens are listed, without a key. Default: `/public/api/v1` beside `baseUrl`. */
  readonly publicUrl?: string
  /** Hosts on which, or under which, GStable's payment pages may stand. Default `['gstable.io']`. */
  readonly pageHosts?: readonly string[]
}

export interface GStable extends ProviderAdapter {
  /** The account's sessions, for a person or a script. */
  readonly sessions: Sessions
}

/** Stablecoins through GStable's Checkout Sessions: one-time sales in USD. Throws CheckoutError `config_invalid`. */
export function gstable(configuration: GStableConfiguration): GStable {
  const given = readConfiguration('gstable', schema, configuration)
  testSignature()
  const { mode, fetch, settlementToken, feeModel, fulfilOn } = given
  const test = mode === 'test'
  const now = given.now ?? (() => new Date())
  const baseUrl = new URL(given.baseUrl)
  const publicUrl = given.publicUrl === undefined ? new URL('/public/api/v1', baseUrl) : new URL(given.publicUrl)
  const api = { apiKey: new Secret(given.apiKey), baseUrl, fetch }
  const { accountId, payerEmailRequired, closesAfterSeconds, metadata, pageHosts } = given
  const shared = { settlementToken, feeModel, test, now }
  const checkoutRules = { ...api, ...shared, accountId, payerEmailRequired, closesAfterSeconds, metadata, pageHosts }
  const { label, icon } = given
  const listMethods = catalog({
    ...{ publicUrl, settlementToken, label, icon, fetch, now },
    surfaces: given.surfaces,
    feeOnTop: feeModel === 'payer',
  })
  const { signatureEncoding, timestampUnit, toleranceSeconds } = given
  const keys = given.webhookKey.map((key) => new Secret(key))
  const webhookRules = { keys, signatureEncoding, timestampUnit, toleranceSeconds, fulfilOn, now }

  return {
    name: 'gstable',
    mode,
    async methods(order) {
      const sale = readSale(order)
      return typeof sale === 'string' ? [] : listMethods(sale)
    },
    open: (order, context) => openSession(order, context, checkoutRules),
    verify: (notification, opened) => verifyWebhook(webhookRules, notification, opened),
    explain: signedText,
    lookUp: (checkout) => lookUp({ ...api, fulfilOn }, checkout),
    withdraw: (checkout) => withdraw(api, checkout),
    sessions: backOffice(api),
  }
}

// The configuration, read strictly -------------------------------------------------------------------------------------------

const must = (what: string) => ({ message: `must ${what}`, abort: false }) // false: the rules below are asked all the same
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isBase = (address: string): boolean => {
  if (!isWebAddress(address)) return false
  const { search, hash } = new URL(address)
  return search + hash === ''
}
const address = z.string().check(z.refine(isBase, must('be an https address without query (http only to this machine)')))
const isAllOwn = (metadata: Metadata): boolean =>
  !('orderId' in metadata || 'checkoutId' in metadata) && Object.keys(metadata).length <= 18
const host = z.string().check(z.regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/))

const options = z.strictObject({
  mode: z._default(z.enum(['live', 'test']), 'live'),
  fetch: z.optional(z.custom<typeof fetch>(isFunction, must('be a function'))),
  now: z.optional(z.custom<() => Date>(isFunction, must('be a function'))),
  apiKey: credential.check(
    z.refine((key) => /^(sk|rk)_(live|test)_[A-Za-z0-9_-]+$/.test(key), must('be an API key, sk_live_… or rk_live_…')),
  ),
  webhookKey: z.pipe(
    z.transform((value) => (Array.isArray(value) ? value : [value])),
    z
      .array(
        credential.check(
          z.refine((key) => /^wkk_[\x21-\x7e]{8,}$/.test(key), must('be the key of a webhook endpoint, wkk_…: not an API key')),
        ),
      )
      .check(z.minLength(1), z.maxLength(5)),
  ),
  accountId: credential.check(z.refine((id) => /^acc_[A-Za-z0-9_-]+$/.test(id), must('be the id of an account, acc_…'))),
  settlementToken: z
    .string()
    .check(
      z.refine((token) => /^[a-z0-9]+::[a-z0-9]+$/.test(token), must('be `network::symbol` in lower case, like polygon::usdc')),
    ),
  feeModel: z._default(z.enum(['merchant', 'payer']), 'merchant'),
  fulfilOn: z._default(z.enum(['paid', 'completed']), 'paid'),
  signatureEncoding: z._default(z.enum(['auto', 'hex', 'base64']), 'auto'),
  timestampUnit: z._default(z.enum(['auto', 's', 'ms']), 'auto'),
  toleranceSeconds: z._default(z.int().check(z.minimum(30), z.maximum(900)), 300),
  payerEmailRequired: z._default(z.boolean(), false),
  closesAfterSeconds: z.optional(z.int().check(z.minimum(1860), z.maximum(30 * 86_400))),
  metadata: z._default(
    z.custom<Metadata | ((order: Order) => Metadata)>(
      (value) => isFunction(value) || (isMetadata(value) && isAllOwn(value)),
      must('be a function of the order, or up to 18 texts of at most 500 characters, orderId and checkoutId not among them'),
    ),
    {},
  ),
  label: z.optional(z.string().check(z.minLength(1), z.maxLength(100))),
  icon: z.optional(z.string().check(z.refine(isWebAddress, must('be an https address')))),
  surfaces: z._default(z.array(z.enum(surfaces)).check(z.minLength(1)), ['redirect', 'popup']),
  baseUrl: z._default(address, 'https://api.gstable.io/payment/v1'),
  publicUrl: z.optional(address),
  pageHosts: z._default(z.array(host).check(z.minLength(1)), ['gstable.io']),
})
type Options = z.output<typeof options>

/** A rule between options. All faults are told at once, so it is asked even where an option is not of its own form. */
const rule = (path: keyof Options, message: string, holds: (given: Options) => boolean) =>
  z.refine<Options>((given) => attempt(() => holds(given)) ?? true, { path: [path], message, when: () => true })

function attempt(ask: () => boolean): boolean | undefined {
  try {
    return ask()
  } catch {
    return undefined // that option's own fault is told already
  }
}

const isHere = (address: string | undefined): boolean => address === undefined || isLoopback(new URL(address))

const schema = options.check(
  // GStable has mainnet only. A server that believes to be testing must have no way there.
  rule(
    'baseUrl',
    'must lead to a sandbox on this machine in test mode: GStable itself has none, and its one address moves real money',
    ({ mode, baseUrl, publicUrl }) => mode === 'live' || (isHere(baseUrl) && isHere(publicUrl)),
  ),
  rule(
    'baseUrl',
    'must be https in live mode, as must publicUrl',
    ({ mode, baseUrl, publicUrl = baseUrl }) =>
      mode === 'test' || [baseUrl, publicUrl].every((each) => each.startsWith('https:')),
  ),
  rule(
    'apiKey',
    "must be a live key in live mode, and the sandbox's (sk_test_…) in test mode",
    ({ mode, apiKey }) => !/^(sk|rk)_(live|test)_/.test(apiKey) || apiKey.includes(`k_${mode}_`),
  ),
  rule('webhookKey', 'holds the same key twice', ({ webhookKey }) => new Set(webhookKey).size === webhookKey.length),
  rule('surfaces', 'names one twice', (given) => new Set(given.surfaces).size === given.surfaces.length),
)
