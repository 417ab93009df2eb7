import { createHash, createHmac, hash as nodeHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { CheckoutError } from '../protocol/checkout-error.js'

type Algorithm = 'md5' | 'sha256'

// `crypto.hash` is twice as fast as createHash and came with Node 20.12; other runtimes may lack it.
const digest: (algorithm: Algorithm, input: string | Uint8Array) => string = nodeHash
  ? (algorithm, input) => nodeHash(algorithm, input, 'hex')
  : (algorithm, input) => createHash(algorithm).update(input).digest('hex')

/** Lower-case hex MD5 of UTF-8 text or bytes. Only for providers whose documents demand it. */
export const md5 = (input: string | Uint8Array): string => digest('md5', input)

/** Lower-case hex SHA-256 of UTF-8 text or bytes. */
export const sha256 = (input: string | Uint8Array): string => digest('sha256', input)

/** HMAC-SHA256 as bytes. */
export const hmacSha256 = (key: string, input: string | Uint8Array): Uint8Array =>
  createHmac('sha256', key).update(input).digest()

/** Compares in a time that depends on neither value; unequal lengths are unequal at once, since a length is no secret. */
export function equalInConstantTime(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** An id of 128 random bits, 22 characters of `A-Z a-z 0-9 _ -`. */
export const randomId = (): string => randomBytes(16).toString('base64url')

const safeName = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/
const wellFormed = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** One parameter as received: the decoded bytes are what was signed, the text is there when they are well-formed UTF-8. */
export interface QueryValue {
  readonly bytes: Uint8Array
  readonly text: string | undefined
}

/**
 * Reads a raw query (without `?`) as its sender signed it: decoded once, to bytes. Unlike URLSearchParams it refuses what
 * could make two readers see two things: a repeated name (T-06), a malformed percent escape (T-07), and names other than
 * letters, digits and underscores unless `allowsName` says so. Throws CheckoutError `request_invalid`.
 */
export function readQuery(
  raw: string,
  allowsName: (name: string) => boolean = (name) => safeName.test(name),
): Map<string, QueryValue> {
  const values = new Map<string, QueryValue>()
  if (raw === '') return values
  for (const pair of raw.split('&')) {
    const at = pair.indexOf('=')
    const name = decode(at < 0 ? pair : pair.slice(0, at)).text
    if (name === undefined || !allowsName(name))
      throw new CheckoutError('request_invalid', 'a parameter has a name that no provider uses')
    if (values.has(name)) throw new CheckoutError('request_invalid', `the parameter ${name} is there more than once`)
    values.set(name, decode(at < 0 ? '' : pair.slice(at + 1)))
  }
  return values
}

function decode(part: string): QueryValue {
  // Nearly every value is plain ASCII: nothing to decode, and the bytes are the text.
  if (!/[^!-$&-*,-~]/.test(part)) return { bytes: encoder.encode(part), text: part }
  const spaced = part.replaceAll('+', ' ')
  if (/%(?![0-9A-Fa-f]{2})/.test(spaced))
    throw new CheckoutError('request_invalid', 'a percent escape in the query is malformed')
  const bytes = Buffer.from(
    spaced
      .replace(/[^\0-\x7f]+/g, encodeURIComponent)
      .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
  try {
    return { bytes, text: wellFormed.decode(bytes) }
  } catch {
    return { bytes, text: undefined }
  }
}
