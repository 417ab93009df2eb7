import * as z from 'zod/mini'
import { credential, readConfiguration } from '../../protocol/configuration.js'
import { isLoopback, isWebAddress } from '../../protocol/web-address.js'
import { type Order, type ProviderAdapter, type ProviderOptions, Secret } from '../adapter.js'
import { catalog } from './catalog.js'
import { pageAddress, readSale } from './checkout.js'
import { countryCode, customerFields, historyFields, type Profile } from './profile.js'
import { documentedSources, readRange } from './source-address.js'
import { isListable, signedText, verifyPingback } from './verify.js'

export type { Profile, ProfileValue } from './profile.js'

/** What the merchant's Paymentwall project is set to; README.md says where each is found and what must be switched on. */
export interface PaymentwallConfiguration extends ProviderOptions {
  /** Public: 32 hex digits. */
  readonly projectKey: string
  /** Never leaves the server. Several, newest first, while they are being exchanged: the newest signs, all verify. */
  readonly secretKey: string | readonly string[]
  /** Of page addresses, and the one version that pingbacks are believed in. Default 3 (SHA-256); 2 is MD5. */
  readonly signVersion?: 2 | 3
  /** Believes pingbacks of version 1, and those alone: MD5 over six fields, so test mark, reason and custom parameters can be forged. */
  readonly dangerouslyAcceptPingbacksOfVersion1?: boolean
  /** The look of the payment page, as made in the project's settings. Default `pw`. */
  readonly widget?: string
  /** Default `https://api.paymentwall.com`; `https://payments.terminal3.com` for projects of that brand. */
  readonly baseUrl?: string
  /** Lets a project that is not live yet be paid without being logged in at Paymentwall. Only in test mode. */
  readonly evaluation?: boolean
  /** Offer exactly these, in this order, and ask Paymentwall for none. `newWindow`: the method's page must not be framed. */
  readonly methods?: readonly {
    readonly id: string
    readonly label: string
    readonly icon?: string
    readonly newWindow?: boolean
  }[]
  /** When to offer the page on which Paymentwall lets the buyer choose: by default only where its list of methods is not to be had. */
  readonly allMethods?: 'fallback' | 'always' | 'never'
  readonly allMethodsLabel?: string
  /** Whose methods to offer where the buyer's country is not known. */
  readonly country?: string
  /** What you know of the buyer, for Paymentwall's risk check. */
  readonly profile?: Profile | ((order: Order) => Profile)
  /** Names of the custom pingback parameters that the project sends. A pingback with any other is held back until it is listed. */
  readonly customParameters?: readonly string[]
  /** Of those, the ones whose value may hold `=`. Risky: see "What the proof is" in README.md. */
  readonly dangerouslyAllowEqualsSignIn?: readonly string[]
  /** Custom pingback parameters set to PRODUCT_PRICE and PRODUCT_CURRENCY_CODE: then each payment's price is compared too. */
  readonly amountParameter?: string
  readonly currencyParameter?: string
  /** Believe only pingbacks from the documented addresses, or from these (`174.36.92.186`, `216.127.71.0/24`). Default off. */
  readonly sourceCheck?: boolean | readonly string[]
}

/** Payments through Paymentwall's hosted page: digital goods, Checkout API, one-time. Throws CheckoutError `config_invalid`. */
export function paymentwall(configuration: PaymentwallConfiguration): ProviderAdapter {
  const given = readConfiguration('paymentwall', schema, configuration)
  const secrets = given.secretKey.map((key) => new Secret(key))
  const shared = {
    projectKey: given.projectKey,
    secret: secrets[0] as Secret,
    signVersion: given.signVersion,
    baseUrl: new URL(given.baseUrl),
    test: given.mode === 'test',
    now: given.now ?? (() => new Date()),
  }
  const { widget, evaluation, profile, methods, allMethods, allMethodsLabel, fetch } = given
  const checkoutRules = { ...shared, widget, evaluation, profile }
  const listMethods = catalog({ ...shared, methods, allMethods, allMethodsLabel, fetch })
  const price =
    given.amountParameter !== undefined && given.currencyParameter !== undefined
      ? { amount: given.amountParameter, currency: given.currencyParameter }
      : undefined
  const pingbackRules = {
    secrets,
    version: given.dangerouslyAcceptPingbacksOfVersion1 ? (1 as const) : given.signVersion,
    sources: given.sourceCheck?.flatMap((text) => readRange(text) ?? []),
    customParameters: new Set([...given.customParameters, ...(price ? Object.values(price) : [])]),
    equalsSignIn: new Set(given.dangerouslyAllowEqualsSignIn),
    price,
  }
  // The same for the list and for the page, or the page would refuse what the list offered.
  const countryOf = (order: Order, asked: string | undefined) => asked ?? order.buyer.country ?? given.country

  return {
    name: 'paymentwall',
    mode: given.mode,
    notifiesBy: ['GET'],
    acknowledgement: 'OK',
    async methods(order, market) {
      const sale = readSale(order)
      return typeof sale === 'string' ? [] : listMethods(sale, countryOf(order, market.country))
    },
    async open(order, context) {
      const url = pageAddress(order, context, countryOf(order, context.country), checkoutRules)
      return { url, speaksFrom: [url.origin] }
    },
    async verify(notification) {
      return [verifyPingback(pingbackRules, notification)]
    },
    explain: (notification) => signedText(pingbackRules, notification),
    readReturn: (address) => (address.searchParams.has('failed') ? 'failed' : undefined),
  }
}

// The configuration, read strictly -------------------------------------------------------------------------------------------

const must = (what: string) => ({ message: `must ${what}`, abort: false }) // false: the rules below are asked all the same
const isFunction = (value: unknown): boolean => typeof value === 'function'

const customName = z.string().check(
  z.refine(isListable, {
    message: 'can never be listed: it is read anyway, stands in signed addresses, or a cut inside "key" could yield it',
  }),
)

const method = z.strictObject({
  id: z.string().check(z.regex(/^[a-z0-9_]+$/)),
  label: z.string().check(z.minLength(1)),
  icon: z.optional(z.string().check(z.refine(isWebAddress, { message: 'must be an https address' }))),
  newWindow: z.optional(z.boolean()),
})

const fieldsOf = (fields: Readonly<Record<string, RegExp>>) =>
  z.optional(z.partialRecord(z.enum(Object.keys(fields)), z.union([z.string(), z.number(), z.boolean(), z.date()])))
const fixedProfile = z.strictObject({ customer: fieldsOf(customerFields), history: fieldsOf(historyFields) })

const range = z
  .string()
  .check(
    z.refine((text) => readRange(text) !== undefined, { message: 'must be an IPv4 address, or a range like 216.127.71.0/24' }),
  )

const options = z.strictObject({
  mode: z._default(z.enum(['live', 'test']), 'live'),
  fetch: z.optional(z.custom<typeof fetch>(isFunction, must('be a function'))),
  now: z.optional(z.custom<() => Date>(isFunction, must('be a function'))),
  projectKey: credential.check(z.regex(/^[0-9a-f]{32}$/)),
  secretKey: z.pipe(
    z.transform((value) => (Array.isArray(value) ? value : [value])),
    z.array(credential).check(z.minLength(1), z.maxLength(5)),
  ),
  signVersion: z._default(z.literal([2, 3]), 3),
  dangerouslyAcceptPingbacksOfVersion1: z._default(z.boolean(), false),
  widget: z._default(z.string().check(z.regex(/^[a-z0-9_]{1,32}$/)), 'pw'),
  baseUrl: z._default(z.string(), 'https://api.paymentwall.com'),
  evaluation: z._default(z.boolean(), false),
  methods: z.optional(z.array(method).check(z.minLength(1))),
  allMethods: z._default(z.enum(['fallback', 'always', 'never']), 'fallback'),
  allMethodsLabel: z._default(z.string().check(z.minLength(1)), 'All payment methods'),
  country: z.optional(z.string().check(z.regex(countryCode))),
  profile: z._default(
    z.custom<Profile | ((order: Order) => Profile)>(
      (value) => isFunction(value) || z.safeParse(fixedProfile, value).success,
      must('be a function of the order, or { customer, history } with fields that Paymentwall knows'),
    ),
    {},
  ),
  customParameters: z._default(z.array(customName), []),
  dangerouslyAllowEqualsSignIn: z._default(z.array(z.string()), []),
  amountParameter: z.optional(customName),
  currencyParameter: z.optional(customName),
  sourceCheck: z.pipe(
    z.transform((value) => (value === true ? documentedSources : value === false ? undefined : value)),
    z.optional(z.array(range).check(z.minLength(1))),
  ),
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

const schema = options.check(
  rule('baseUrl', 'must be an https address without query (http only to this machine, in test mode)', isBase),
  rule('widget', 'is an offer widget, which sells nothing of ours', ({ widget }) => !/^(w|s|mw)/.test(widget)),
  rule(
    'secretKey',
    'is the project key: the secret key stands beside it',
    (it) => !it.projectKey || !it.secretKey.includes(it.projectKey),
  ),
  rule('secretKey', 'holds the same key twice', ({ secretKey }) => new Set(secretKey).size === secretKey.length),
  rule('evaluation', 'is for test mode only', ({ evaluation, mode }) => !evaluation || mode === 'test'),
  rule(
    'amountParameter',
    'needs currencyParameter beside it, and the reverse',
    (it) => (it.amountParameter === undefined) === (it.currencyParameter === undefined),
  ),
  rule(
    'amountParameter',
    'proves nothing in pingbacks of version 1, which does not sign it',
    (it) => !it.dangerouslyAcceptPingbacksOfVersion1 || it.amountParameter === undefined,
  ),
  rule('dangerouslyAllowEqualsSignIn', 'may only name what customParameters lists', (it) =>
    it.dangerouslyAllowEqualsSignIn.every((name) => it.customParameters.includes(name)),
  ),
)

function isBase({ baseUrl, mode }: Options): boolean {
  if (!isWebAddress(baseUrl)) return false
  const url = new URL(baseUrl)
  return url.search + url.hash === '' && (url.protocol === 'https:' || (mode === 'test' && isLoopback(url)))
}
