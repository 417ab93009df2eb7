import * as z from 'zod/mini'
import { credential, must, ruleOf } from '../../protocol/configuration.js'
import { surfaces } from '../../protocol/requests.js'
import { isLoopback, isWebAddress } from '../../protocol/web-address.js'
import type { Order } from '../adapter.js'
import { areDifferent, newestStays, severalKeys } from '../exchanged-keys.js'
import { providerOptions } from '../provider-options.js'
import { isMetadata, type Metadata } from './checkout.js'

// GStableConfiguration, read strictly: first each option by itself, then the rules between them.

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
  ...providerOptions,
  apiKey: credential.check(
    z.refine((key) => /^(sk|rk)_(live|test)_[A-Za-z0-9_-]+$/.test(key), must('be an API key, sk_live_… or rk_live_…')),
  ),
  baseUrl: z._default(address, 'https://api.gstable.io/payment/v1'),
}

const options = z.strictObject({
  ...shared,
  webhookKey: severalKeys(
    credential.check(
      z.refine((key) => /^wkk_[\x21-\x7e]{8,}$/.test(key), must('be the key of a webhook endpoint, wkk_…: not an API key')),
    ),
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
      (value) => typeof value === 'function' || (isMetadata(value) && isAllOwn(value)),
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

const rule = ruleOf<Options>()
const officeRule = ruleOf<OfficeOptions>()

const isHere = (address: string | undefined): boolean => address === undefined || isLoopback(new URL(address))

// GStable has mainnet only. A server that believes to be testing must have no way there.
const leadsHere =
  'must lead to a sandbox on this machine in test mode: GStable itself has none, and its one address moves real money'
const isKeyOf = "must be a live key in live mode, and the sandbox's (sk_test_…) in test mode"
const ofThisMode = ({ mode, apiKey }: OfficeOptions): boolean =>
  !/^(sk|rk)_(live|test)_/.test(apiKey) || apiKey.startsWith(`k_${mode}_`, 1)

export const schema = options.check(
  rule('baseUrl', leadsHere, ({ mode, baseUrl, publicUrl }) => mode === 'live' || (isHere(baseUrl) && isHere(publicUrl))),
  rule(
    'baseUrl',
    'must be https in live mode, as must publicUrl',
    ({ mode, baseUrl, publicUrl = baseUrl }) =>
      mode === 'test' || [baseUrl, publicUrl].every((each) => each.startsWith('https:')),
  ),
  rule('apiKey', isKeyOf, ofThisMode),
  rule('webhookKey', 'holds the same key twice', ({ webhookKey }) => areDifferent(webhookKey)),
  rule('webhookKey', 'gives an end to the newest key', ({ webhookKey }) => newestStays(webhookKey)),
  rule('surfaces', 'names one twice', (given) => new Set(given.surfaces).size === given.surfaces.length),
)

export const officeSchema = officeOptions.check(
  officeRule('baseUrl', leadsHere, ({ mode, baseUrl }) => mode === 'live' || isHere(baseUrl)),
  officeRule('baseUrl', 'must be https in live mode', ({ mode, baseUrl }) => mode === 'test' || baseUrl.startsWith('https:')),
  officeRule('apiKey', isKeyOf, ofThisMode),
)
