import { CheckoutError } from '../../protocol/checkout-error.js'
import type { Notification, OpenedCheckouts, PaymentEvent } from '../adapter.js'
import { believed, type ExchangedKey, isOver } from '../exchanged-keys.js'
import { ended, isOfRewritten, rewritten } from '../rewritten-body.js'
import { eventOf, type FulfilOn, isForeign, readSession } from './session.js'
import { matchingKey, readSignature, type SignatureEncoding } from './signature.js'
import { asObject, type JsonObject, readJson, UnreadableJson } from './strict-json.js'

// A webhook is a POST of GStable's server to ours, with the time and an HMAC in two headers. Follows the pages "Verification & Handling" and
// "Event List" of the documentation, as read on 2026-11-20 (the beginning of each; the end was not to be had), and the official Node
// client. What neither says is an option (signature.ts, README.md).
//
// The HMAC covers the time and every byte of the body, so this signature leaves less open than most. What is left to get wrong:
//
// - The bytes. They are signed as received; a body that a JSON parser has read and somebody has written anew does not verify.
// - The seam. `1767495160:` and the body are hashed as one text, which can be cut in one way only while the time is digits. So its
//   form is checked before anything is hashed, and the received text is what goes into the HMAC, never a number made of it.
// - The age. A delivery is good for five minutes, both ways. Within them it may be repeated by whoever has seen it: that is the
//   ledger's to absorb, by the event's id, which it keeps for ever.
// - The reading. JSON has room for two meanings of one text (strict-json.ts), and the documents describe two shapes of it (session.ts).
//
// The order of the checks is that of cost and of trust: form and signature (401), time (401), and only of what is proven the content
// (400). Nothing is refused for saying something new: that would make GStable repeat it, and in the end pause the whole endpoint.

export interface WebhookRules {
  /** All of them verify, each until its end. */
  readonly keys: readonly ExchangedKey[]
  readonly signatureEncoding: SignatureEncoding
  readonly timestampUnit: 'auto' | 's' | 'ms'
  readonly toleranceSeconds: number
  readonly fulfilOn: FulfilOn
  readonly now: () => Date
}

/**
 * Verifies one webhook and says in our words what it says; [] where it speaks of no checkout of ours. Throws CheckoutError:
 * `signature_missing`, `signature_invalid`, `notification_expired`, `request_invalid`.
 *
 * It does not guard against repeats within the time window, nor compare the amount with the order: the ledger does.
 */
export async function verifyWebhook(
  rules: WebhookRules,
  { headers, body }: Notification,
  opened: OpenedCheckouts,
): Promise<readonly PaymentEvent[]> {
  const keyIndex = verifySignature(rules, headers, body)
  const { eventId, eventType, payload } = readEnvelope(body)
  const isOfSession = eventType.startsWith('session.')
  const session = readSession(asObject(payload.sessionData), payload.transaction)
  if (!session) {
    if (!isOfSession) return [] // products, links, accounts, and what else there will be
    throw new CheckoutError('request_invalid', 'the webhook is signed, but tells of no session with an id')
  }
  const checkout = await opened.byReference(session.id)
  // Not our sale: a payment link of the same account, or a kind of news that we do not know about a session that we do not know.
  if (!checkout && (!isOfSession || isForeign(session))) return []

  const details = { event: eventType, ...(keyIndex > 0 && { webhookKey: `${keyIndex + 1} of ${rules.keys.length}` }) }
  const event = eventOf({
    key: eventId,
    session: isOfSession ? session : { ...session, status: undefined }, // its status is nothing that this event says
    fulfilOn: rules.fulfilOn,
    checkout,
    tellsSettled: eventType === 'session.completed',
    details,
  })
  return [event]
}

// Who sent it, and when -------------------------------------------------------------------------------------------------------

/** What the signature of a webhook is computed over; the key is no part of that text. */
export const signedText = ({ headers, body }: Notification): string =>
  `${headers.get('x-gstable-timestamp') ?? ''}:${new TextDecoder().decode(body)}`

/** The usual mistakes, one after the other. */
export function likelyMistake(
  { keys, signatureEncoding, now }: WebhookRules,
  { headers, body }: Notification,
): string | undefined {
  const timestamp = headers.get('x-gstable-timestamp') ?? ''
  const signature = readSignature(headers.get('x-gstable-signature') ?? '', signatureEncoding)
  if (signature === undefined || !timestampForms.auto.test(timestamp)) return undefined
  const secrets = keys.map(({ secret }) => secret.reveal())
  const holds = (bytes: Uint8Array, time = timestamp, by = secrets) => matchingKey(by, time, bytes, signature) !== undefined
  if (holds(body)) return keys.some((key) => isOver(key, now())) ? ended : undefined
  if (isOfRewritten(body, holds)) return rewritten
  const inOtherUnit = timestamp.length === 10 ? `${timestamp}000` : timestamp.slice(0, 10)
  if (holds(body, inOtherUnit))
    return 'the signature holds for the time in its other unit: something in front changed x-gstable-timestamp between seconds and milliseconds'
  if (
    holds(
      body,
      timestamp,
      secrets.map((secret) => secret.replace(/^wkk_/, '')),
    )
  )
    return 'the signature holds for the key without its `wkk_`, which no document says: GStable signs otherwise than we know'
  return undefined
}

const timestampForms = { auto: /^[1-9]\d{9}(\d{3})?$/, s: /^[1-9]\d{9}$/, ms: /^[1-9]\d{12}$/ }

/** Answers which of the keys has signed. */
function verifySignature(rules: WebhookRules, headers: Headers, body: Uint8Array): number {
  const timestamp = headers.get('x-gstable-timestamp') ?? ''
  const written = headers.get('x-gstable-signature') ?? ''
  if (timestamp === '' || written === '')
    throw new CheckoutError(
      'signature_missing',
      'the webhook is not signed: it lacks x-gstable-timestamp or x-gstable-signature; does a proxy drop headers that it does not know?',
    )
  if (body.length === 0)
    throw new CheckoutError(
      'request_invalid',
      'the webhook has no body: was it read before us, by a JSON parser? Mount the checkout server in front of it',
    )
  if (!timestampForms[rules.timestampUnit].test(timestamp))
    throw new CheckoutError(
      'signature_invalid',
      `x-gstable-timestamp is not of the form that timestampUnit '${rules.timestampUnit}' takes: 10 digits of seconds or 13 of milliseconds`,
    )
  const signature = readSignature(written, rules.signatureEncoding)
  if (signature === undefined)
    throw new CheckoutError(
      'signature_invalid',
      `x-gstable-signature is not of the form that signatureEncoding '${rules.signatureEncoding}' takes: 32 bytes as hex or base64`,
    )
  const keys = believed(rules.keys, rules.now()).map((key) => key?.reveal())
  const keyIndex = matchingKey(keys, timestamp, body, signature)
  if (keyIndex === undefined)
    throw new CheckoutError(
      'signature_invalid',
      "the signature does not match: is this the endpoint's own key (wkk_…), was it refreshed since (the old one stops at once), and is the body untouched by a JSON parser?",
    )
  verifyAge(rules, timestamp)
  return keyIndex
}

/** After the signature: whoever has not signed shall not learn what time it is here. */
function verifyAge({ now, toleranceSeconds }: WebhookRules, timestamp: string): void {
  const sentAt = Number(timestamp) * (timestamp.length === 10 ? 1000 : 1)
  const off = now().getTime() - sentAt
  // Written so that a clock which answers no time at all refuses.
  if (Math.abs(off) <= toleranceSeconds * 1000) return
  throw new CheckoutError(
    'notification_expired',
    `the webhook is ${off > 0 ? 'older' : 'further in the future'} than ${toleranceSeconds} seconds: is the clock of this machine right?`,
  )
}

// What it says -----------------------------------------------------------------------------------------------------------------

interface Envelope {
  readonly eventId: string
  readonly eventType: string
  readonly payload: JsonObject
}

/** No colon: the ledger's keys for look-ups and for the merchant's own records hold one, and must not be met by chance. */
const eventKey = /^[!-9;-~]{1,200}$/
const eventName = /^[\x21-\x7e]{1,100}$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }) // a mark in front is no JSON and is refused as such

function readEnvelope(body: Uint8Array): Envelope {
  const { eventId, eventType, payload } = readBody(body)
  const content = asObject(payload)
  if (
    typeof eventId !== 'string' ||
    !eventKey.test(eventId) ||
    typeof eventType !== 'string' ||
    !eventName.test(eventType) ||
    !content
  )
    throw new CheckoutError(
      'request_invalid',
      'the webhook is signed, but lacks eventId, eventType or payload, or they are of no known form',
    )
  return { eventId, eventType, payload: content }
}

function readBody(body: Uint8Array): JsonObject {
  try {
    const object = asObject(readJson(utf8.decode(body)))
    if (object) return object
  } catch (cause) {
    const reason = cause instanceof UnreadableJson ? cause.message : 'it is no UTF-8'
    throw new CheckoutError('request_invalid', `the webhook is signed, but its body is not taken: ${reason}`)
  }
  throw new CheckoutError('request_invalid', 'the webhook is signed, but its body is no object')
}
