import * as z from 'zod/mini'
import { credential } from '../../protocol/configuration.js'
import { isLoopback, isWebAddress } from '../../protocol/web-address.js'
import type { Order, ProviderOptions } from '../adapter.js'
import { type ApiType, apiTypes } from './api-type.js'
import { canCarryId, isListable } from './parameter-names.js'
import { countryCode, customerFields, historyFields, type Profile } from './profile.js'
import { documentedSources, readRange } from './source-address.js'
import { renewingMethods } from './subscription.js'

/** What the merchant's Paymentwall project is set to; README.md says where each is found and what must be switched on. */
export interface PaymentwallConfiguration extends ProviderOptions {
  /** Public: 32 hex digits. */
  readonly projectKey: string
  /**
   * Never leaves the server. Several, newest first, while they are being exchanged: the newest signs, all verify, an older one until its
   * end. What an older one signed says so in `details['signed-by']`. See *Exchanging the secret key*.
   */
  readonly secretKey: string | readonly (string | { readonly key: string; readonly until: Date })[]
  /**
   * The project's setting *Your API*.
   * @default `digital-goods`
   */
  readonly apiType?: ApiType
  /**
   * The custom pingback parameter, set to OWN, that brings our checkout id back. Needed for products stored at Paymentwall, virtual
   * currency and carts, whose pingbacks name other ids; without it they are not offered.
   */
  readonly checkoutParameter?: string
  /**
   * Of page addresses, and the one version that pingbacks are believed in. 2 is MD5. A cart's: 2, pingbacks always.
   * @default 3 (SHA-256)
   */
  readonly signVersion?: 2 | 3
  /**
   * Believes pingbacks of version 1, and those alone: MD5 over six fields, so test mark, reason and custom parameters can be forged.
   * @default false
   */
  readonly dangerouslyAcceptPingbacksOfVersion1?: boolean
  /**
   * The look of the payment page, as made in the project's settings.
   * @default `pw`, and `p1` for what Paymentwall stores
   */
  readonly widget?: string
  /**
   * `https://payments.terminal3.com` for projects of that brand; http only to this machine, in test mode.
   * @default `https://api.paymentwall.com`
   */
  readonly baseUrl?: string
  /**
   * Lets a project that is not live yet be paid without being logged in at Paymentwall. Only in test mode.
   * @default false
   */
  readonly evaluation?: boolean
  /**
   * Offer exactly these, in this order, and ask Paymentwall for none. `id` is Paymentwall's short code (`cc`, `paypal`); `newWindow`: the
   * method's page must not be framed.
   */
  readonly methods?: readonly {
    readonly id: string
    readonly label: string
    readonly icon?: string
    readonly newWindow?: boolean
  }[]
  /**
   * When to offer the page on which Paymentwall lets the buyer choose, as one method, `paymentwall:all`. `fallback`: only where its list
   * of methods is not to be had.
   * @default `fallback`
   */
  readonly allMethods?: 'fallback' | 'always' | 'never'
  /**
   * The name of that method.
   * @default `All payment methods`
   */
  readonly allMethodsLabel?: string
  /**
   * Codes of the methods that can carry an order that renews; the documents' own lists differ.
   * @default the documented ones
   */
  readonly renewingMethods?: readonly string[]
  /**
   * Paymentwall has allowed this project periods of a year and more.
   * @default false
   */
  readonly longPeriods?: boolean
  /** Whose methods to offer where the buyer's country is not known. */
  readonly country?: string
  /**
   * Where it is still not known, Paymentwall is asked for the country of the buyer's address, which it then learns before the buyer has
   * chosen it.
   * @default true
   */
  readonly locate?: boolean
  /**
   * What you know of the buyer, for Paymentwall's risk check, by its own field names; or a function of the order.
   * @default nothing
   */
  readonly profile?: Profile | ((order: Order) => Profile)
  /**
   * Names of the custom pingback parameters that the project sends; they arrive in `delivery.details`. A pingback with any other is held
   * back until it is listed.
   * @default none
   */
  readonly customParameters?: readonly string[]
  /**
   * Of those, the ones whose value may hold `=`. Risky: see *What the proof is*.
   * @default none
   */
  readonly dangerouslyAllowEqualsSignIn?: readonly string[]
  /** Custom pingback parameter set to PRODUCT_PRICE: with `currencyParameter` each payment's price is compared too, see *The price*. */
  readonly amountParameter?: string
  /** Custom pingback parameter set to PRODUCT_CURRENCY_CODE. */
  readonly currencyParameter?: string
  /** Custom pingback parameter set to RECURRING_BILLING_INITIAL_REF: tells renewals from first payments, whichever comes first. */
  readonly firstReferenceParameter?: string
  /**
   * The Payment Status API is switched on for the project: what became of a checkout can be asked. Digital goods only.
   * @default false
   */
  readonly paymentStatus?: boolean
  /**
   * Believe only pingbacks from the documented addresses, or from these (`174.36.92.186`, `216.127.71.0/24`).
   * @default false
   */
  readonly sourceCheck?: boolean | readonly string[]
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

const secretKey = z.strictObject({ key: credential, until: z.optional(z.date()) })

const options = z.strictObject({
  mode: z._default(z.enum(['live', 'test']), 'live'),
  fetch: z.optional(z.custom<typeof fetch>(isFunction, must('be a function'))),
  now: z.optional(z.custom<() => Date>(isFunction, must('be a function'))),
  projectKey: credential.check(z.regex(/^[0-9a-f]{32}$/)),
  secretKey: z.pipe(
    z.transform((value) =>
      (Array.isArray(value) ? value : [value]).map((key) => (typeof key === 'object' && key ? key : { key })),
    ),
    z.array(secretKey).check(z.minLength(1), z.maxLength(5)),
  ),
  apiType: z._default(z.enum(apiTypes), 'digital-goods'),
  checkoutParameter: z.optional(
    customName.check(
      z.refine(canCarryId, {
        message: 'cannot carry the checkout id: addresses hold this name already, or it ends in "goodsid" or "ref"',
        abort: false,
      }),
    ),
  ),
  signVersion: z.optional(z.literal([2, 3])),
  dangerouslyAcceptPingbacksOfVersion1: z._default(z.boolean(), false),
  widget: z.optional(z.string().check(z.regex(/^[a-z0-9_]{1,32}$/))),
  baseUrl: z._default(z.string(), 'https://api.paymentwall.com'),
  evaluation: z._default(z.boolean(), false),
  methods: z.optional(z.array(method).check(z.minLength(1))),
  allMethods: z._default(z.enum(['fallback', 'always', 'never']), 'fallback'),
  allMethodsLabel: z._default(z.string().check(z.minLength(1)), 'All payment methods'),
  renewingMethods: z._default(z.array(z.string().check(z.regex(/^[a-z0-9_]+$/))), renewingMethods),
  longPeriods: z._default(z.boolean(), false),
  country: z.optional(z.string().check(z.regex(countryCode))),
  locate: z._default(z.boolean(), true),
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
  firstReferenceParameter: z.optional(customName),
  paymentStatus: z._default(z.boolean(), false),
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

export const configurationSchema = options.check(
  rule('baseUrl', 'must be an https address without query (http only to this machine, in test mode)', isBase),
  rule('widget', 'is an offer widget, which sells nothing of ours', ({ widget = '' }) => !/^(w|s|mw)/.test(widget)),
  rule(
    'secretKey',
    'is the project key: the secret key stands beside it',
    (it) => !it.projectKey || it.secretKey.every(({ key }) => key !== it.projectKey),
  ),
  rule(
    'secretKey',
    'holds the same key twice',
    ({ secretKey }) => new Set(secretKey.map(({ key }) => key)).size === secretKey.length,
  ),
  rule('secretKey', 'gives an end to the newest key, which signs', ({ secretKey: [newest] }) => newest?.until === undefined),
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
  // The address of a stored product holds the mark of a pingback: there the ban on `=` is what proves (T-01).
  rule(
    'dangerouslyAllowEqualsSignIn',
    'cannot be used with checkoutParameter in digital goods: see "What the proof is" in README.md',
    (it) => it.dangerouslyAllowEqualsSignIn.length === 0 || !sellsStoredProducts(it),
  ),
  rule(
    'checkoutParameter',
    'is needed with this apiType: its pingbacks bring our checkout id back in no other way',
    (it) => it.apiType === 'digital-goods' || it.checkoutParameter !== undefined,
  ),
  rule(
    'checkoutParameter',
    'proves nothing in pingbacks of version 1, which does not sign it',
    (it) => !it.dangerouslyAcceptPingbacksOfVersion1 || it.checkoutParameter === undefined,
  ),
  rule(
    'firstReferenceParameter',
    'proves nothing in pingbacks of version 1, which does not sign it',
    (it) => !it.dangerouslyAcceptPingbacksOfVersion1 || it.firstReferenceParameter === undefined,
  ),
  rule('checkoutParameter', 'is used for something else, too', (it) => {
    const others = [...it.customParameters, it.amountParameter, it.currencyParameter, it.firstReferenceParameter]
    return it.checkoutParameter === undefined || !others.includes(it.checkoutParameter)
  }),
  rule(
    'amountParameter',
    'has nothing to be compared with in virtual currency, whose prices are all Paymentwall’s',
    (it) => it.apiType !== 'virtual-currency' || it.amountParameter === undefined,
  ),
  rule(
    'customParameters',
    'names currency, which in virtual currency is read anyway',
    (it) => it.apiType !== 'virtual-currency' || !it.customParameters.includes('currency'),
  ),
  rule('paymentStatus', 'answers about digital goods alone', (it) => it.apiType === 'digital-goods' || !it.paymentStatus),
)

/** Its pages may name a product of Paymentwall's in `default_goodsid`. */
export const sellsStoredProducts = ({ apiType, checkoutParameter }: Pick<Options, 'apiType' | 'checkoutParameter'>): boolean =>
  apiType === 'digital-goods' && checkoutParameter !== undefined

function isBase({ baseUrl, mode }: Options): boolean {
  if (!isWebAddress(baseUrl)) return false
  const url = new URL(baseUrl)
  return url.search + url.hash === '' && (url.protocol === 'https:' || (mode === 'test' && isLoopback(url)))
}
