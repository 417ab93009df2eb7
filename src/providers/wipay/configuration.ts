import * as z from 'zod/mini'
import { credential } from '../../protocol/configuration.js'
import { minorUnits } from '../../protocol/money.js'
import { type SurfaceKind, surfaces } from '../../protocol/requests.js'
import { isLoopback, isWebAddress } from '../../protocol/web-address.js'
import type { ProviderOptions } from '../adapter.js'
import { type CardType, cardTypes, type FeeStructure, feeStructures, wipayName } from './parameters.js'
import { type Country, countries, publishedAccount, publishedKey, usualCurrencies } from './platform.js'
import type { WebhookScheme } from './verify-webhook.js'

/** Of WAPI: a key made in the dashboard (the better one: it can be restricted), or the account's own e-mail address and password. */
export type WapiCredentials = { readonly key: string } | { readonly email: string; readonly password: string }

/** Which account of WiPay's back office, in which mode. */
export interface WipayBackOfficeConfiguration extends ProviderOptions {
  /** The platform on which the account is registered: Barbados, Grenada, Guyana, Jamaica, Trinidad and Tobago. */
  readonly country: Country
  readonly wapi: WapiCredentials
  /**
   * Only in test mode, and only this machine: a sandbox.
   * @default by mode and country
   */
  readonly baseUrl?: string
}

/** What the merchant's WiPay account is set to; README.md says where each is found, and what each `proof` leaves open. */
export interface WipayConfiguration extends ProviderOptions {
  /** Ten digits; `1234567890` in test mode, and there alone. */
  readonly accountNumber: string
  /** The platform on which the account is registered: Barbados, Grenada, Guyana, Jamaica, Trinidad and Tobago. */
  readonly country: Country
  /**
   * What a payment must be proven by; there is no default, since each leaves something open: see above.
   * `redirect`: the hash in the buyer's way back. `webhook`: WiPay's signed message. `wapi`: WiPay's answer to our question.
   */
  readonly proof: 'redirect' | 'webhook' | 'wapi'
  /**
   * With proof `redirect`. Never sent anywhere. Several, newest first, while they are being exchanged: all verify. The published key
   * `123` in test mode only.
   */
  readonly apiKey?: string | readonly string[]
  /** Of the webhook endpoint. Needed for proof `webhook`; beside `wapi` it adds refunds and disputes. Several while rotating. */
  readonly webhookSecret?: string | readonly string[]
  /**
   * What a webhook's signature covers. Pin it when you have seen one.
   * @default either
   */
  readonly webhookScheme?: WebhookScheme
  /**
   * Seconds that a webhook may be off, 30 to 900. It needs a server whose clock is right.
   * @default 300
   */
  readonly webhookTolerance?: number
  /** Needed for proof `wapi`, and for cards that buyers store; beside `webhook` it is asked as well, and both are believed. */
  readonly wapi?: WapiCredentials
  /**
   * Who bears WiPay's fee. With `customer_pay` and `split` the page adds it, and the label says so.
   * @default `merchant_absorb`
   */
  readonly feeStructure?: FeeStructure
  /**
   * `form`: the buyer's browser sends the request. Only with `merchant_absorb`, and with proof `webhook` or `wapi`: see *Form mode*.
   * @default `json`
   */
  readonly requestMode?: 'json' | 'form'
  /**
   * Address verification: five minutes on the page in place of three.
   * @default false
   */
  readonly avs?: boolean
  /**
   * Offer each of these as a method of its own.
   * @default WiPay's page asks
   */
  readonly cards?: readonly CardType[]
  /**
   * That the account takes: TTD, JMD, BBD, GYD, XCD, USD.
   * @default the platform's own and USD
   */
  readonly currencies?: readonly string[]
  /**
   * Of the account: `{ TTD: { from: '5.00', to: '20400.00' } }`. An order outside of them is not offered.
   * @default none
   */
  readonly limits?: Readonly<Record<string, { readonly from?: string; readonly to?: string }>>
  /**
   * Where the page may be shown, best first. `iframe` can be listed; WiPay says nothing about frames, and banks' pages refuse them.
   * @default `redirect`, `popup`
   */
  readonly surfaces?: readonly SurfaceKind[]
  /**
   * Names of the methods.
   * @default in English
   */
  readonly labels?: {
    readonly card?: string
    readonly visa?: string
    readonly mastercard?: string
    readonly storeCard?: string
  }
  /**
   * Addresses of the methods' logos; a stored card has that of `card`.
   * @default none
   */
  readonly icons?: {
    readonly card?: string
    readonly visa?: string
    readonly mastercard?: string
    readonly storeCard?: string
  }
  /**
   * The name of your software in WiPay's records, 1 to 32 of `A-Z a-z 0-9 _ -`.
   * @default `checkout-button`
   */
  readonly origin?: string
  /**
   * Hosts besides WiPay's own on which a card processor shows its page; pages on any other are never shown.
   * @default none
   */
  readonly pageHosts?: readonly string[]
  /**
   * Only in test mode, and only this machine: a sandbox.
   * @default by mode and country
   */
  readonly baseUrl?: string
  /**
   * Told at start-up what is allowed and unwise.
   * @default a warning of the process
   */
  readonly warn?: (message: string) => void
}

const must = (what: string) => ({ message: `must ${what}`, abort: false }) // false: the rules below are asked all the same
const isFunction = (value: unknown): boolean => typeof value === 'function'

const severalCredentials = z.pipe(
  z.transform((value) => (Array.isArray(value) || value === undefined ? value : [value])),
  z.optional(z.array(credential).check(z.minLength(1), z.maxLength(5))),
)
const currency = z.string().check(z.regex(/^[A-Z]{3}$/))
const amount = z.string().check(z.regex(/^(0|[1-9]\d{0,9})(\.\d{1,2})?$/))
const hostname = z.string().check(z.regex(/^(?=.{4,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/))
const label = z.string().check(z.minLength(1), z.maxLength(100))
const icon = z.string().check(z.refine(isWebAddress, must('be an https address')))
const perMethod = (text: typeof label) => {
  const one = z.optional(text)
  return z._default(z.strictObject({ card: one, visa: one, mastercard: one, storeCard: one }), {})
}
const onceEach = <T>(values: readonly T[]): boolean => new Set(values).size === values.length

const password = z.string().check(z.minLength(8), z.maxLength(200))
const credentialsOfEitherKind = z.union([z.strictObject({ key: credential }), z.strictObject({ email: credential, password })])
// A custom check and not the union itself, whose faults would be told for both kinds at once.
const wapiCredentials = z.custom<WapiCredentials>(
  (value) => z.safeParse(credentialsOfEitherKind, value).success,
  must('be { key } or { email, password }, of which none is empty or a placeholder, and the password has 8 characters'),
)

const shared = {
  mode: z._default(z.enum(['live', 'test']), 'live'),
  fetch: z.optional(z.custom<typeof fetch>(isFunction, must('be a function'))),
  now: z.optional(z.custom<() => Date>(isFunction, must('be a function'))),
  country: z.enum(countries),
  baseUrl: z.optional(z.string()),
}

const options = z.strictObject({
  ...shared,
  accountNumber: credential.check(z.regex(/^\d{10}$/)),
  proof: z.enum(['redirect', 'webhook', 'wapi']),
  apiKey: severalCredentials,
  webhookSecret: severalCredentials,
  webhookScheme: z.optional(z.enum(['timestamp.body', 'body'])),
  webhookTolerance: z._default(z.number().check(z.int(), z.minimum(30), z.maximum(900)), 300),
  wapi: z.optional(wapiCredentials),
  feeStructure: z._default(z.enum(feeStructures), 'merchant_absorb'),
  requestMode: z._default(z.enum(['json', 'form']), 'json'),
  avs: z._default(z.boolean(), false),
  cards: z.optional(z.array(z.enum(cardTypes)).check(z.minLength(1), z.refine(onceEach, must('name each once')))),
  currencies: z.optional(z.array(currency).check(z.minLength(1))),
  limits: z._default(z.record(currency, z.strictObject({ from: z.optional(amount), to: z.optional(amount) })), {}),
  surfaces: z._default(z.array(z.enum(surfaces)).check(z.minLength(1), z.refine(onceEach, must('name each once'))), [
    'redirect',
    'popup',
  ]),
  labels: perMethod(label),
  icons: perMethod(icon),
  origin: z._default(z.string().check(z.regex(wipayName), z.maxLength(32)), 'checkout-button'),
  pageHosts: z._default(z.array(hostname), []),
  warn: z.optional(z.custom<(message: string) => void>(isFunction, must('be a function'))),
})
const officeOptions = z.strictObject({ ...shared, wapi: wapiCredentials })

type Options = z.output<typeof options>
type OfficeOptions = z.output<typeof officeOptions>

/** A rule between options. All faults are told at once, so it is asked even where an option is not of its own form. */
const ruleOf =
  <Given>() =>
  (path: string & keyof Given, message: string, holds: (given: Given) => boolean) =>
    z.refine<Given>((given) => attempt(() => holds(given)) ?? true, { path: [path], message, when: () => true })

function attempt(ask: () => boolean): boolean | undefined {
  try {
    return ask()
  } catch {
    return undefined // that option's own fault is told already
  }
}

const rule = ruleOf<Options>()
const officeRule = ruleOf<OfficeOptions>()
const onThisMachine = 'is for test mode, and must lead to this machine: the real addresses follow from mode and country'
const ofThisMode = "is not of this mode: a live key begins with wapi_live_, a sandbox's with wapi_test_"
const cutOff =
  'is not whole: behind wapi_live_ or wapi_test_ stand an id of 18 characters, _ and 64 hexadecimal digits. Was it cut off when it was copied?'

export const schema = options.check(
  rule('baseUrl', onThisMachine, isSandboxAddress),
  rule('wapi', ofThisMode, isOfMode),
  rule('wapi', cutOff, isWhole),
  // The published account and key are refused in live, since anybody can make a redirect with them (T-14).
  rule(
    'accountNumber',
    `is ${publishedAccount} in test mode, and another in live`,
    ({ accountNumber, mode }) => (accountNumber === publishedAccount) === (mode === 'test'),
  ),
  rule(
    'apiKey',
    'is the published key of the sandbox, or shorter than 8 characters: take the one of the live account',
    ({ apiKey, mode }) => mode === 'test' || (apiKey ?? []).every((key) => key !== publishedKey && key.length >= 8),
  ),
  rule('apiKey', 'holds the same key twice', ({ apiKey }) => onceEach(apiKey ?? [])),
  rule('webhookSecret', 'holds the same secret twice', ({ webhookSecret }) => onceEach(webhookSecret ?? [])),
  rule(
    'webhookSecret',
    'is shorter than 16 characters: is it the secret that was shown when the endpoint was made?',
    ({ webhookSecret, mode }) => mode === 'test' || (webhookSecret ?? []).every((secret) => secret.length >= 16),
  ),
  // Each proof has what it needs, and nothing lies about that proves more and is not used, or less and seems to be.
  rule('apiKey', 'must be there with proof "redirect"', ({ proof, apiKey }) => proof !== 'redirect' || apiKey !== undefined),
  rule(
    'apiKey',
    'proves redirects, which are not believed with this proof: leave it out',
    ({ proof, apiKey }) => proof === 'redirect' || apiKey === undefined,
  ),
  rule('webhookSecret', 'must be there with proof "webhook"', (it) => it.proof !== 'webhook' || it.webhookSecret !== undefined),
  rule('wapi', 'must be there with proof "wapi"', (it) => it.proof !== 'wapi' || it.wapi !== undefined),
  rule(
    'proof',
    'is weaker than what is configured beside it: name "webhook" or "wapi"',
    (it) => it.proof !== 'redirect' || (it.webhookSecret === undefined && it.wapi === undefined),
  ),
  rule(
    'requestMode',
    'is "form" only with proof "webhook" or "wapi": the buyer could change total and transaction (T-11)',
    ({ requestMode, proof }) => requestMode === 'json' || proof !== 'redirect',
  ),
  rule(
    'requestMode',
    'is "form" only with feeStructure "merchant_absorb": a fee on top would hide a total that the buyer lowered',
    ({ requestMode, feeStructure }) => requestMode === 'json' || feeStructure === 'merchant_absorb',
  ),
  rule('limits', 'ends below where it begins', ({ limits }) =>
    Object.entries(limits).every(([of, { from = '0', to }]) => to === undefined || units(from, of) <= units(to, of)),
  ),
)
export const officeSchema = officeOptions.check(
  officeRule('baseUrl', onThisMachine, isSandboxAddress),
  officeRule('wapi', ofThisMode, isOfMode),
  officeRule('wapi', cutOff, isWhole),
)

function isSandboxAddress({ baseUrl, mode }: Pick<Options, 'baseUrl' | 'mode'>): boolean {
  if (baseUrl === undefined) return true
  if (mode !== 'test' || !isWebAddress(baseUrl)) return false
  const url = new URL(baseUrl)
  return isLoopback(url) && url.pathname === '/' && url.search + url.hash === ''
}

type Keyed = { wapi?: Options['wapi']; mode: Options['mode'] }
function startOf(mode: Options['mode']): string {
  return `wapi_${mode}_`
}

function isOfMode({ wapi, mode }: Keyed): boolean {
  return !wapi || !('key' in wapi) || wapi.key.startsWith(startOf(mode))
}

/** Documented are the lengths and that the secret is hexadecimal; which characters the id may have is not. */
function isWhole({ wapi, mode }: Keyed): boolean {
  if (!wapi || !('key' in wapi) || !wapi.key.startsWith(startOf(mode))) return true
  return /^.{18}_[0-9a-f]{64}$/i.test(wapi.key.slice(startOf(mode).length))
}

const units = (given: string, of: string): bigint => minorUnits({ amount: given, currency: of }) ?? 0n

export const currenciesOf = ({ currencies, country }: Pick<Options, 'currencies' | 'country'>): readonly string[] =>
  currencies ?? usualCurrencies[country]

/** What is allowed and unwise; fit for a log. */
export function warningsOf({ apiKey, mode }: Options): readonly string[] {
  if (mode === 'test' || (apiKey ?? []).every((key) => key.length >= 16)) return []
  return [
    'wipay: an API key is shorter than 16 characters. Every buyer sees a hash made with it and may guess it: ask WiPay for another.',
  ]
}
