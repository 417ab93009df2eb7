import { CheckoutError } from '../../protocol/checkout-error.js'
import { type PaymentState, rank } from '../../protocol/payment-state.js'
import type { News, Notification, OpenedCheckout, OpenedCheckouts, PaymentEvent, Secret } from '../adapter.js'
import { type ExchangedKey, isOver } from '../exchanged-keys.js'
import { clipped, parseObject, textOf } from '../foreign-text.js'
import { ended, isOfRewritten, rewritten } from '../rewritten-body.js'
import { equalInConstantTime, hmacSha256 } from '../signing.js'
import { isTestTransaction, transactionIdPattern } from './platform.js'
import { objectionTo, readSold, storesCard } from './sold.js'

// A webhook is WiPay's own word, from server to server: a POST of JSON, signed with the secret of the endpoint. Follows "Webhooks" of
// the Payments API at docs.wipayfinancial.com, read on 2026-11-20.
//
// What is signed is read in two ways: one edition of that page hashes the body alone, a later reading puts `timestamp.` before it. Both
// are believed unless one is pinned (`webhookScheme`). Signed over the body alone the timestamp proves nothing, so what keeps a replay
// out is the event's id, which the ledger keeps for ever.
//
// The order of the checks is that of their cost, and of trust: headers, signature over the bytes as they came, time, and only then is
// the body parsed. The headers with type and id are not signed; they must say what the body says.

export const bothSchemes = ['timestamp.body', 'body'] as const
export type WebhookScheme = (typeof bothSchemes)[number]

export interface WebhookRules {
  /** Undefined: one that has ended. */
  readonly secrets: readonly (Secret | undefined)[]
  readonly schemes: readonly WebhookScheme[]
  /** Seconds, both ways. */
  readonly tolerance: number
  readonly now: () => Date
}

/**
 * Verifies one webhook and says in our words what it says; [] for what is about no payment, or of a kind that we do not know
 * and about no checkout of ours. Throws CheckoutError `signature_missing`, `signature_invalid`, `notification_expired` or
 * `request_invalid`.
 *
 * It does not guard against repeats, nor against a right webhook for a checkout that is not there: the ledger does.
 */
export async function verifyWebhook(
  rules: WebhookRules,
  { headers, body }: Notification,
  opened: OpenedCheckouts,
): Promise<readonly PaymentEvent[]> {
  const [type, id, signature, timestamp, version] = [
    ...['event', 'id', 'signature', 'timestamp', 'version'].map((name) => headers.get(`x-wipay-webhook-${name}`) ?? ''),
  ] as [string, string, string, string, string]
  if (!type || !id || !signature || !timestamp || !version)
    throw new CheckoutError(
      'signature_missing',
      'one of the five X-WiPay-Webhook headers is missing: does a proxy in front drop them?',
    )
  if (body.length === 0)
    throw new CheckoutError(
      'request_invalid',
      'the webhook has no body: was it read before us, by a JSON parser? Mount the checkout server in front of it',
    )
  if (version !== 'v1') throw new CheckoutError('signature_invalid', 'the webhook is of another version than v1')
  if (!/^\d{10}$/.test(timestamp))
    throw new CheckoutError(
      'signature_invalid',
      `its timestamp is no unix time in seconds${/^\d{13}$/.test(timestamp) ? ', but in milliseconds: did something in front change it?' : ''}`,
    )
  if (!/^sha256=[0-9a-f]{64}$/i.test(signature))
    throw new CheckoutError('signature_invalid', 'its signature is not of the form sha256=…')
  const secret = matchingSecret(rules, body, timestamp, signature.slice('sha256='.length).toLowerCase())
  if (secret < 0)
    throw new CheckoutError(
      'signature_invalid',
      'the signature does not match: is this the secret of this endpoint, and is the body untouched by a JSON parser?',
    )
  if (Math.abs(rules.now().getTime() / 1000 - Number(timestamp)) > rules.tolerance)
    throw new CheckoutError(
      'notification_expired',
      `the webhook is more than ${rules.tolerance} seconds off: is the clock right?`,
    )
  const event = readEnvelope(body)
  if (event.id !== id || event.type !== type)
    throw new CheckoutError('request_invalid', 'its headers name another event than its body does')
  return eventsOf(event, opened, secret)
}

/** Which secret matches, by either scheme; -1 where none does. Every one is tried: how long it takes says nothing. */
function matchingSecret({ secrets, schemes }: WebhookRules, body: Uint8Array, timestamp: string, signature: string): number {
  const withTime = Buffer.concat([Buffer.from(`${timestamp}.`), body])
  const matches = secrets.map((secret) => {
    if (!secret) return false
    const signatures = schemes.map((scheme) => hmacSha256(secret.reveal(), scheme === 'body' ? body : withTime))
    return signatures.filter((each) => equalInConstantTime(Buffer.from(each).toString('hex'), signature)).length > 0
  })
  return matches.indexOf(true)
}

/** The usual mistakes, one after the other; `keys` are those that have ended, too. */
export function mistakeOfWebhook(
  rules: WebhookRules,
  keys: readonly ExchangedKey[],
  { headers, body }: Notification,
): string | undefined {
  const timestamp = headers.get('x-wipay-webhook-timestamp') ?? ''
  const signature = (headers.get('x-wipay-webhook-signature') ?? '').toLowerCase().replace(/^sha256=/, '')
  const secrets = keys.map(({ secret }) => secret)
  const by = (schemes: WebhookRules['schemes']) => (bytes: Uint8Array) =>
    matchingSecret({ ...rules, secrets, schemes }, bytes, timestamp, signature) >= 0
  if (by(rules.schemes)(body)) return keys.some((key) => isOver(key, rules.now())) ? ended : undefined
  const other = bothSchemes.find((scheme) => by([scheme])(body))
  if (other) return `it is signed by the scheme \`${other}\`: name that as \`webhookScheme\`, or none`
  return isOfRewritten(body, by(bothSchemes)) ? rewritten : undefined
}

// What it says --------------------------------------------------------------------------------------------------------------

interface Webhook {
  readonly id: string
  readonly type: string
  readonly family: unknown
  readonly data: Readonly<Record<string, unknown>>
}

function readEnvelope(body: Uint8Array): Webhook {
  const { id, event: type, api_family: family, data } = parseObject(new TextDecoder().decode(body)) ?? {}
  if (typeof id !== 'string' || typeof type !== 'string' || id === '' || type === '')
    throw new CheckoutError('request_invalid', 'the webhook is no JSON object with an id and an event')
  return { id, type, family, data: typeof data === 'object' && data !== null ? (data as Webhook['data']) : {} }
}

interface Meaning {
  readonly becomes?: PaymentState
  readonly news?: News
}

const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['payment.created', { becomes: 'pending' }],
  ['payment.success', { becomes: 'paid' }],
  ['payment.failed', { becomes: 'failed' }],
  ['payment.error', { becomes: 'pending' }], // "before a definite outcome": to be asked about, not given up
  ['payment.chargeback_pending', { news: 'disputed' }],
  ['payment.chargeback_processed', { becomes: 'charged_back' }],
  ['payment.chargeback_released', { becomes: 'paid', news: 'dispute_dropped' }],
  ['payment.refund_requested', { news: 'refund_requested' }],
  ['payment.refunded', { becomes: 'refunded' }],
  ['payment.refund_rejected', { becomes: 'paid', news: 'refund_rejected' }],
  ['payment.fraud_confirmed', { becomes: 'charged_back' }],
])

async function eventsOf(
  { id, type, family, data }: Webhook,
  opened: OpenedCheckouts,
  secret: number,
): Promise<readonly PaymentEvent[]> {
  if (family !== 'payments_api') return [] // withdrawals: the merchant's own money
  const meaning = meanings.get(type)
  const transactionId = textOf(data.transaction_id) ?? ''
  if (!transactionIdPattern.test(transactionId)) {
    if (!meaning) return [] // a kind that we do not know need not be about a payment, and refused it would be repeated
    throw new CheckoutError('request_invalid', 'the webhook is about a payment and names no transaction')
  }
  const orderId = textOf(data.order_id)
  const checkout = await find(opened, transactionId, orderId)
  if (!checkout && !meaning) return [] // repeated it would say no more
  // A stored card is confirmed by its id, which no webhook names; and that its test charge is given back takes no card away.
  if (checkout && storesCard(checkout) && type !== 'payment.failed') return []
  const objection =
    checkout && objectionOf(checkout, meaning ?? {}, { orderId, total: textOf(data.total), currency: textOf(data.currency) })
  return [
    {
      key: id,
      checkout: { reference: checkout?.reference ?? transactionId },
      reference: transactionId,
      ...(meaning ?? { news: 'unknown' as const }),
      ...(meaning?.becomes === 'paid' && checkout?.order.price && { money: checkout.order.price }),
      test: isTestTransaction(transactionId),
      ...(objection !== undefined && { objection }),
      details: {
        event: clipped(type),
        ...noted('card', data.card),
        ...noted('transaction-status', data.status_desc),
        ...(secret > 0 && { 'webhook-secret': `number ${secret + 1} of those configured` }),
      },
    },
  ]
}

/** By the transaction id that we were given; by our order id only where the request went through the buyer's browser. */
async function find(opened: OpenedCheckouts, transactionId: string, orderId = ''): Promise<OpenedCheckout | undefined> {
  const known = await opened.byReference(transactionId)
  if (known || orderId === '') return known
  const byOrder = await opened.byReference(orderId)
  return byOrder && readSold(byOrder)?.isForm ? byOrder : undefined
}

type Said = Parameters<typeof objectionTo>[1]

/** A payment must fit what was asked for. What takes it back need not: what amount stands there is documented nowhere. */
function objectionOf(checkout: OpenedCheckout, { becomes }: Meaning, said: Said): string | undefined {
  const sold = readSold(checkout)
  if (!sold) return undefined
  if (becomes === 'paid') return objectionTo(sold, said)
  const isTakenBack = becomes !== undefined && rank[becomes] === rank.refunded
  return isTakenBack ? undefined : objectionTo({ ...sold, isForm: false }, { orderId: said.orderId })
}

const noted = (name: string, value: unknown) => (typeof value === 'string' ? { [name]: clipped(value) } : {})
