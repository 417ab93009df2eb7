import { CheckoutError } from '../../protocol/checkout-error.js'
import { equalInConstantTime, hmacSha256 } from '../signing.js'

// The documents name HMAC-SHA256 over `timestamp:body` with the endpoint's key, and print no worked example. Whether 32 bytes travel
// as hex or base64 is not said, so both are read unless one is pinned: what is compared is the same 32 bytes either way.

export type SignatureEncoding = 'auto' | 'hex' | 'base64'

/** What is signed: the received text of the time, a colon (no dot), and the received bytes. */
const signedBytes = (timestamp: string, body: Uint8Array): Uint8Array => Buffer.concat([Buffer.from(`${timestamp}:`), body])

/** The key is the whole text, `wkk_` included. */
export const signatureOf = (key: string, timestamp: string, body: Uint8Array): Uint8Array =>
  hmacSha256(key, signedBytes(timestamp, body))

const hex = /^[0-9A-Fa-f]{64}$/
const base64 = /^[A-Za-z0-9+/]{43}=?$|^[A-Za-z0-9_-]{43}=?$/

/** The signature as lower-case hex; undefined where it is in no form that is taken. */
export function readSignature(text: string, encoding: SignatureEncoding): string | undefined {
  if (encoding !== 'base64' && hex.test(text)) return text.toLowerCase()
  if (encoding === 'hex' || !base64.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  // 43 characters hold two bits more than 32 bytes do: only the writing with zeros there is one.
  const isCanonical = bytes.toString('base64url') === text.replace(/=$/, '').replaceAll('+', '-').replaceAll('/', '_')
  return isCanonical ? bytes.toString('hex') : undefined
}

/** Which of the keys signed this; all that have not ended (undefined) are tried, whichever it is. Undefined: none. */
export function matchingKey(
  keys: readonly (string | undefined)[],
  timestamp: string,
  body: Uint8Array,
  signature: string,
): number | undefined {
  const bytes = signedBytes(timestamp, body)
  let found: number | undefined
  keys.forEach((key, index) => {
    const matches = key !== undefined && equalInConstantTime(Buffer.from(hmacSha256(key, bytes)).toString('hex'), signature)
    if (matches) found ??= index
  })
  return found
}

/**
 * Asks the runtime for a signature that is known (T-57): one whose HMAC is missing or wrong would refuse every payment, and is
 * better found at start-up. Throws CheckoutError `config_invalid`.
 */
export function testSignature(sign = signatureOf): void {
  const known = '8636bc3984c858b00b643d97865b183d0716c9d3a62300170f8a4a01b339df90'
  let answer = ''
  try {
    answer = Buffer.from(sign('wkk_Demo1f8Qx2LrT0pZ7vB4nS6yH9', '1767495160', Buffer.from('{"eventId":'))).toString('hex')
  } catch {
    // answered below: it is the same fault
  }
  if (answer !== known)
    throw new CheckoutError(
      'config_invalid',
      'gstable: HMAC-SHA256 of this runtime is missing or wrong, so no webhook can be verified',
    )
}
