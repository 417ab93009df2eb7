import { CheckoutError } from '../../protocol/checkout-error.js'
import { md5, type QueryValue, sha256 } from '../signing.js'

// Paymentwall signs page addresses, calls of its tools and pingbacks by one construction (versions 2 and 3): the decoded
// parameters in order, `name=value` with nothing between them, then the secret, hashed. Because nothing separates the pairs and all
// three share the secret, one signed text can be cut in several ways: see checkout.ts (what we refuse to sign) and verify.ts.

/** Version 1 is only ever verified, and only where the merchant opted in: as a signature it would be a free oracle. */
export type SigningVersion = 2 | 3

const parameterName = /^([A-Za-z_][A-Za-z0-9_]*)(?:\[([A-Za-z0-9_]+)\])?$/

/**
 * Names in the order in which they are signed: a tree, as PHP reads the query. Top-level names sort by byte, the items of a
 * group (`history[registration_date]`) stand together and sort inside it, list indexes as numbers. Throws CheckoutError
 * `request_invalid` for a name that PHP would read differently, deeper brackets among them.
 */
export function signingOrder(names: Iterable<string>): string[] {
  const parts = Array.from(names, (name) => {
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
export const baseString = (values: ReadonlyMap<string, string>): string =>
  signingOrder(values.keys()).reduce((base, name) => `${base}${name}=${values.get(name)}`, '')

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
