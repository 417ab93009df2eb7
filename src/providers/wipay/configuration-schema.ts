import * as z from 'zod/mini'
import { credential, functionOf, must, ruleOf } from '../../protocol/configuration.js'
import { minorUnits } from '../../protocol/money.js'
import { surfaces } from '../../protocol/requests.js'
import { isLoopback, isWebAddress } from '../../protocol/web-address.js'
import { areDifferent, newestStays, severalKeys } from '../exchanged-keys.js'
import { providerOptions } from '../provider-options.js'
import { cardTypes, feeStructures, wipayName } from './parameters.js'
import { countries, publishedAccount, publishedKey, usualCurrencies } from './platform.js'

// WipayConfiguration, read strictly: first each option by itself, then the rules between them.

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
export type ReadCredentials = z.output<typeof credentialsOfEitherKind>
// A custom check and not the union itself, whose faults would be told for both kinds at once.
const wapiCredentials = z.custom<ReadCredentials>(
  (value) => z.safeParse(credentialsOfEitherKind, value).success,
  must(
    'be { key } or { email, password }, of which none is empty, a placeholder or holds white space (was it pasted with a line break?), and the password has 8 characters',
  ),
)

const shared = {
  ...providerOptions,
  country: z.enum(countries),
  baseUrl: z.optional(z.string()),
}

const options = z.strictObject({
  ...shared,
  accountNumber: credential.check(z.regex(/^\d{10}$/)),
  proof: z.enum(['redirect', 'webhook', 'wapi']),
  apiKey: z.optional(severalKeys()),
  webhookSecret: z.optional(severalKeys()),
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
  warn: z.optional(functionOf<(message: string) => void>()),
})
const officeOptions = z.strictObject({ ...shared, wapi: wapiCredentials })

type Options = z.output<typeof options>
type OfficeOptions = z.output<typeof officeOptions>

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
    ({ apiKey, mode }) => mode === 'test' || (apiKey ?? []).every(({ key }) => key !== publishedKey && key.length >= 8),
  ),
  rule('apiKey', 'holds the same key twice', ({ apiKey }) => areDifferent(apiKey)),
  rule('apiKey', 'gives an end to the newest key', ({ apiKey }) => newestStays(apiKey)),
  rule('webhookSecret', 'holds the same secret twice', ({ webhookSecret }) => areDifferent(webhookSecret)),
  rule('webhookSecret', 'gives an end to the newest secret', ({ webhookSecret }) => newestStays(webhookSecret)),
  rule(
    'webhookSecret',
    'is shorter than 16 characters: is it the secret that was shown when the endpoint was made?',
    ({ webhookSecret, mode }) => mode === 'test' || (webhookSecret ?? []).every(({ key }) => key.length >= 16),
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
  if (mode === 'test' || (apiKey ?? []).every(({ key }) => key.length >= 16)) return []
  return [
    'wipay: an API key is shorter than 16 characters. Every buyer sees a hash made with it and may guess it: ask WiPay for another.',
  ]
}
