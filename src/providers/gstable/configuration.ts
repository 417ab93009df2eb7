import * as z from 'zod/mini'
import { credential } from '../../protocol/configuration.js'
import { type SurfaceKind, surfaces } from '../../protocol/requests.js'
import { isLoopback, isWebAddress } from '../../protocol/web-address.js'
import type { Order, ProviderOptions } from '../adapter.js'
import { isMetadata, type Metadata } from './checkout.js'

/** What asking GStable's API needs. Its `mode` `test` is for the sandbox on this machine: GStable itself has mainnet only. */
export interface GStableBackOfficeConfiguration extends ProviderOptions {
  /** Never leaves the server: `sk_live_…`, or `rk_live_…` where it may create, read and cancel sessions; the sandbox's is `sk_test_…`. */
  readonly apiKey: string
  /**
   * The documents' address; the official client says `/api/v1`. A 404 or a page of HTML is the sign that the other one is right.
   * @default `https://api.gstable.io/payment/v1`
   */
  readonly baseUrl?: string
}

/** What the merchant's GStable account is set to; README.md says where each is found. */
export interface GStableConfiguration extends GStableBackOfficeConfiguration {
  /**
   * The webhook endpoint's own key, `wkk_…`; or several, while endpoints or keys are being exchanged: all of them verify, and
   * `details.webhookKey` tells when it was not the first.
   */
  readonly webhookKey: string | readonly string[]
  /** The account that receives, `acc_…`. */
  readonly accountId: string
  /** What you receive: `network::symbol`, like `polygon::usdc`, one of the account's own. The payer may pay with another. */
  readonly settlementToken: string
  /**
   * Who bears GStable's percentage (0.2 to 0.6 %). `payer`: it comes on top of the price, and the label says so.
   * @default `merchant`
   */
  readonly feeModel?: 'merchant' | 'payer'
  /**
   * `paid`: confirmed on chain. `completed`: also arrived in your wallet, usually 30 to 40 seconds later.
   * @default `paid`
   */
  readonly fulfilOn?: 'paid' | 'completed'
  /**
   * How the signature is written. The documents do not say: pin it when you have seen one.
   * @default `auto`, either
   */
  readonly signatureEncoding?: 'auto' | 'hex' | 'base64'
  /**
   * Of the signed time: `s` has 10 digits, `ms` 13. The documents do not say either.
   * @default `auto`, either
   */
  readonly timestampUnit?: 'auto' | 's' | 'ms'
  /**
   * How far a webhook's time may be from ours, before and after: 30 to 900. It needs a server whose clock is right.
   * @default 300
   */
  readonly toleranceSeconds?: number
  /**
   * GStable's page asks for an e-mail address; we send none.
   * @default false
   */
  readonly payerEmailRequired?: boolean
  /**
   * How long the page can be paid. At least 1,860: GStable takes half an hour, and clocks differ.
   * @default GStable's half hour
   */
  readonly closesAfterSeconds?: number
  /**
   * Texts, or a function of the order, sent with each session and seen in GStable's dashboard, never by the payer. No personal data.
   * `orderId` and `checkoutId` are ours.
   * @default none
   */
  readonly metadata?: Readonly<Record<string, string>> | ((order: Order) => Readonly<Record<string, string>>)
  /**
   * The name of the method. The tokens in it come from GStable, where it answers.
   * @default `Stablecoins (USDC, USDT)`
   */
  readonly label?: string
  /** Address of the method's logo. */
  readonly icon?: string
  /**
   * Where the page may be shown, best first. `iframe` can be listed; wallets work badly or not at all in a frame.
   * @default `redirect`, `popup`
   */
  readonly surfaces?: readonly SurfaceKind[]
  /**
   * Where the tokens are listed, without a key.
   * @default `/public/api/v1` beside `baseUrl`
   */
  readonly publicUrl?: string
  /**
   * Hosts on which, or under which, GStable's payment pages may stand; pages on any other are never shown.
   * @default `gstable.io`
   */
  readonly pageHosts?: readonly string[]
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

const shared = {
  mode: z._default(z.enum(['live', 'test']), 'live'),
  fetch: z.optional(z.custom<typeof fetch>(isFunction, must('be a function'))),
  now: z.optional(z.custom<() => Date>(isFunction, must('be a function'))),
  apiKey: credential.check(
    z.refine((key) => /^(sk|rk)_(live|test)_[A-Za-z0-9_-]+$/.test(key), must('be an API key, sk_live_… or rk_live_…')),
  ),
  baseUrl: z._default(address, 'https://api.gstable.io/payment/v1'),
}

const options = z.strictObject({
  ...shared,
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
  publicUrl: z.optional(address),
  pageHosts: z._default(z.array(host).check(z.minLength(1)), ['gstable.io']),
})
const officeOptions = z.strictObject(shared)
type Options = z.output<typeof options>
type OfficeOptions = z.output<typeof officeOptions>

/** A rule between options. All faults are told at once, so it is asked even where an option is not of its own form. */
const rule = <Given>(path: string & keyof Given, message: string, holds: (given: Given) => boolean) =>
  z.refine<Given>((given) => attempt(() => holds(given)) ?? true, { path: [path], message, when: () => true })

function attempt(ask: () => boolean): boolean | undefined {
  try {
    return ask()
  } catch {
    return undefined // that option's own fault is told already
  }
}

const isHere = (address: string | undefined): boolean => address === undefined || isLoopback(new URL(address))

// GStable has mainnet only. A server that believes to be testing must have no way there.
const leadsHere =
  'must lead to a sandbox on this machine in test mode: GStable itself has none, and its one address moves real money'
const isKeyOf = "must be a live key in live mode, and the sandbox's (sk_test_…) in test mode"
const ofThisMode = ({ mode, apiKey }: OfficeOptions): boolean =>
  !/^(sk|rk)_(live|test)_/.test(apiKey) || apiKey.includes(`k_${mode}_`)

export const schema = options.check(
  rule<Options>(
    'baseUrl',
    leadsHere,
    ({ mode, baseUrl, publicUrl }) => mode === 'live' || (isHere(baseUrl) && isHere(publicUrl)),
  ),
  rule<Options>(
    'baseUrl',
    'must be https in live mode, as must publicUrl',
    ({ mode, baseUrl, publicUrl = baseUrl }) =>
      mode === 'test' || [baseUrl, publicUrl].every((each) => each.startsWith('https:')),
  ),
  rule<Options>('apiKey', isKeyOf, ofThisMode),
  rule<Options>('webhookKey', 'holds the same key twice', ({ webhookKey }) => new Set(webhookKey).size === webhookKey.length),
  rule<Options>('surfaces', 'names one twice', (given) => new Set(given.surfaces).size === given.surfaces.length),
)

export const officeSchema = officeOptions.check(
  rule<OfficeOptions>('baseUrl', leadsHere, ({ mode, baseUrl }) => mode === 'live' || isHere(baseUrl)),
  rule<OfficeOptions>(
    'baseUrl',
    'must be https in live mode',
    ({ mode, baseUrl }) => mode === 'test' || baseUrl.startsWith('https:'),
  ),
  rule<OfficeOptions>('apiKey', isKeyOf, ofThisMode),
)
