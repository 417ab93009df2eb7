import * as z from 'zod/mini'
import { credential, must, ruleOf } from '../../protocol/configuration.js'
import { isLoopback, isWebAddress } from '../../protocol/web-address.js'
import type { Order } from '../adapter.js'
import { areDifferent, newestStays, severalKeys } from '../exchanged-keys.js'
import { providerOptions } from '../provider-options.js'
import { apiTypes } from './api-type.js'
import { canCarryId, isListable } from './parameter-names.js'
import { countryCode, customerFields, historyFields, type Profile } from './profile.js'
import { documentedSources, readRange } from './source-address.js'
import { renewingMethods } from './subscription.js'

// PaymentwallConfiguration, read strictly: first each option by itself, then the rules between them.

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
  ...providerOptions,
  projectKey: credential.check(z.regex(/^[0-9a-f]{32}$/)),
  secretKey: severalKeys(),
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
      (value) => typeof value === 'function' || z.safeParse(fixedProfile, value).success,
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

const rule = ruleOf<Options>()

export const configurationSchema = options.check(
  rule('baseUrl', 'must be an https address without query (http only to this machine, in test mode)', isBase),
  rule('widget', 'is an offer widget, which sells nothing of ours', ({ widget = '' }) => !/^(w|s|mw)/.test(widget)),
  rule(
    'secretKey',
    'is the project key: the secret key stands beside it',
    (it) => !it.projectKey || it.secretKey.every(({ key }) => key !== it.projectKey),
  ),
  rule('secretKey', 'holds the same key twice', ({ secretKey }) => areDifferent(secretKey)),
  rule('secretKey', 'gives an end to the newest key, which signs', (it) => newestStays(it.secretKey)),
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
