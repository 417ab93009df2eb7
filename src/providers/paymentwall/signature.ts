import { CheckoutError } from '../../protocol/checkout-error.js'
import type { Secret } from '../adapter.js'
import { md5, type QueryValue, sha256 } from '../signing.js'
import { type ApiType, apis } from './api-type.js'

// Paymentwall signs page addresses, calls of its tools and pingbacks by one construction (versions 2 and 3): the decoded
// parameters in order, `name=value` with nothing between them, then the secret, hashed. Because nothing separates the pairs and all
// three share the secret, one signed text can be cut in several ways. `signedQuery` is therefore the only way to sign, and says what
// it refuses; verify.ts says what it refuses to believe. Each of the two is enough.

/** Version 1 is only ever verified, and only where the merchant opted in: as a signature it would be a free oracle. */
export type SigningVersion = 2 | 3

const parameterName = /^([A-Za-z_][A-Za-z0-9_]*)(?:\[([A-Za-z0-9_]+)\])?$/
const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Names in the order in which they are signed: a tree, as PHP reads the query. Top-level names sort by byte, the items of a
 * group (`history[registration_date]`) stand together and sort inside it, list indexes as numbers. Throws CheckoutError
 * `request_invalid` for a name that PHP would read differently, deeper brackets among them.
 */
export function signingOrder(names: Iterable<string>): readonly string[] {
  const given = [...names]
  // Nobody but us makes queries, and Paymentwall's pingbacks name the same things in the same order, again and again.
  if (given.length !== latest.given.length || given.some((name, at) => name !== latest.given[at]))
    latest = { given, order: orderOf(given) }
  return latest.order
}

let latest: { readonly given: readonly string[]; readonly order: readonly string[] } = { given: [], order: [] }

function orderOf(given: readonly string[]): readonly string[] {
  // No group, as in every pingback about one product: these are ASCII, so the default order is that of the bytes.
  if (given.every((name) => plainName.test(name))) return [...given].sort()
  const parts = given.map((name) => {
    const match = parameterName.exec(name)
    if (!match) throw new CheckoutError('request_invalid', 'a parameter has a name that cannot be signed')
    return { name, group: match[1] as string, item: match[2] ?? '' }
  })
  return parts.sort((one, other) => byBytes(one.group, other.group) || byItem(one.item, other.item)).map(({ name }) => name)
}

const byBytes = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
const isIndex = /^\d+$/
const byItem = (one: string, other: string): number =>
  isIndex.test(one) && isIndex.test(other) ? Number(one) - Number(other) : byBytes(one, other)

/** What is hashed, without the secret: `goodsid=gold` + `ref=b1` + … Values are the decoded ones. */
export function baseString(values: ReadonlyMap<string, string>): string {
  let base = ''
  for (const name of signingOrder(values.keys())) base += `${name}=${values.get(name)}`
  return base
}

/** As `baseString`, for what was received: bytes, where a value is no well-formed UTF-8, so that nothing is replaced before hashing. */
export function receivedBase(values: ReadonlyMap<string, QueryValue>): string | Uint8Array {
  const names = signingOrder(values.keys())
  let text = ''
  for (const name of names) {
    const value = values.get(name) as QueryValue
    if (value.text === undefined)
      return Buffer.concat(names.flatMap((each) => [Buffer.from(`${each}=`), (values.get(each) as QueryValue).bytes]))
    text += `${name}=${value.text}`
  }
  return text
}

/** Lower-case hex: MD5 for version 2 (32 digits), SHA-256 for version 3 (64). */
export function signatureOf(base: string | Uint8Array, version: SigningVersion, secret: string): string {
  const hash = version === 2 ? md5 : sha256
  return hash(typeof base === 'string' ? base + secret : Buffer.concat([base, Buffer.from(secret)]))
}

export interface SigningRules {
  readonly projectKey: string
  readonly apiType: ApiType
  readonly signVersion: SigningVersion
  /** The newest: older ones only verify. */
  readonly secret: Secret
  readonly baseUrl: URL
}

/**
 * The query of a page address or a call, with `sign_version` and `sign`. Throws CheckoutError `order_invalid` where the text to
 * sign holds the mark of a pingback (T-01): every pingback that verify.ts believes holds it, so what is signed here can be cut as one
 * likes and never becomes one. It does not guard against other software that signs with the same secret: T-02 does.
 *
 * `exception` is a name that ends in the mark's and is signed all the same, once: `default_goodsid` on a page of stored products, `ref` in
 * a call that no browser sees. Such a text rests on T-02 alone, whose list of names cannot be loosened in those projects.
 */
export function signedQuery(values: ReadonlyMap<string, string>, rules: SigningRules, exception?: string): string {
  const { apiType, signVersion, secret } = rules
  const signed = new Map(values).set('sign_version', String(signVersion))
  const base = baseString(signed)
  const { mark } = apis[apiType]
  const excepted = exception !== undefined && values.has(exception) && `${exception}=`.endsWith(mark) ? 1 : 0
  if (base.split(mark).length - 1 > excepted)
    throw new CheckoutError('order_invalid', `the text "${mark}" is never signed: does a title of the order hold it?`)
  return new URLSearchParams([...signed, ['sign', signatureOf(base, signVersion, secret.reveal())]]).toString()
}

/** The whole address of a page or a call: `path` under the base, which may have a path of its own. Throws as `signedQuery` does. */
export function signedAddress(rules: SigningRules, path: string, values: ReadonlyMap<string, string>, exception?: string): URL {
  const address = addressOf(rules, path)
  address.search = signedQuery(values, rules, exception)
  return address
}

/** `path` under the base address. */
export function addressOf({ baseUrl }: Pick<SigningRules, 'baseUrl'>, path: string): URL {
  const address = new URL(baseUrl)
  address.pathname = address.pathname.replace(/\/$/, '') + path
  return address
}

/**
 * Asks the runtime for two signatures that are known (T-57): where MD5 or SHA-256 is missing (FIPS) or wrong, every payment would
 * be refused, which is better found at start-up. Throws CheckoutError `config_invalid`.
 */
export function testSignatures(sign = signatureOf): void {
  const wrong = knownSignatures.filter(({ version, base, signature }) => {
    try {
      return sign(base, version, 'fedcba98765432100123456789abcdef') !== signature
    } catch {
      return true
    }
  })
  if (wrong.length === 0) return
  const names = wrong.map(({ version }) => (version === 2 ? 'MD5' : 'SHA-256')).join(' and ')
  throw new CheckoutError(
    'config_invalid',
    `paymentwall: ${names} of this runtime is missing or wrong, so nothing can be verified`,
  )
}

// The provider's worked examples: a method list in version 2, a pingback in version 3. Their key is a published one.
const knownSignatures = [
  {
    version: 2,
    base: 'country_code=KRkey=0123456789abcdef0123456789abcdefsign_version=2',
    signature: 'f80cae5c2cc083d3f909f91ca2b726dc',
  },
  {
    version: 3,
    base: 'goodsid=plan_goldreason=9ref=b1493096791sign_version=3slength=-5speriod=daytype=2uid=user40012',
    signature: '5d34218aea671fed50ca975fbacbbefe8ffaac864d2e27d940015304b259a2ad',
  },
] as const
