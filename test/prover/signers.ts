import { createHash, createHmac } from 'node:crypto'

// What the three providers send, signed as their documents say; written from these alone and sharing nothing with the product.

export type ProviderName = 'paymentwall' | 'wipay' | 'gstable'
export type Mode = 'live' | 'test'

export const keys = {
  paymentwall: { projectKey: '9f86d081884c7d659a2feaa0c55ad015', secretKey: 'a3bf4f1b2b0b822cd15d6c15b0f00a08' },
  wipay: { apiKey: 'Qx81kLmZt0PaWe73', webhookSecret: 'whsec_5f1e2d3c4b5a69788796', wapiKey: 'k'.repeat(18) },
  gstable: { webhookKey: 'wkk_R7vN2qLs81xTz04KdYbMwE' },
} as const

const hex = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex')

/** What a test changes of a right notification, so that it proves nothing. */
export type Forgery = 'other-key' | 'flipped' | 'unsigned' | 'altered' | 'stale'

/** The query of a pingback, version 3: names in order, `name=value` with nothing between, the secret at the end, SHA-256. */
export function pingbackQuery(parameters: Readonly<Record<string, string>>, forgery?: Forgery): string {
  const values: Record<string, string> = { ...parameters, sign_version: '3' }
  const text = Object.keys(values)
    .sort()
    .map((name) => `${name}=${values[name]}`)
    .join('')
  const secret = forgery === 'other-key' ? 'f'.repeat(32) : keys.paymentwall.secretKey
  const sig = hex('sha256', text + secret)
  if (forgery === 'altered' || forgery === 'stale') values.ref = `${values.ref}0`
  if (forgery !== 'unsigned') values.sig = forgery === 'flipped' ? flip(sig) : sig
  return Object.entries(values)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
}

const flip = (text: string): string => (text.startsWith('0') ? '1' : '0') + text.slice(1)

export interface Posted {
  readonly headers: Record<string, string>
  readonly body: string
}

const tenMinutes = 600_000

/** A webhook of WiPay: HMAC-SHA256 over `seconds.body`. */
export function wipayWebhook(content: { id: string; event: string; data: object }, now: Date, forgery?: Forgery): Posted {
  const { id, event, data } = content
  const body = JSON.stringify({ id, event, api_family: 'payments_api', data })
  const seconds = String(Math.floor((now.getTime() - (forgery === 'stale' ? tenMinutes : 0)) / 1000))
  const secret = forgery === 'other-key' ? 'whsec_of_somebody_else' : keys.wipay.webhookSecret
  const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-wipay-webhook-event': event,
    'x-wipay-webhook-id': id,
    'x-wipay-webhook-timestamp': seconds,
    'x-wipay-webhook-version': 'v1',
  }
  if (forgery !== 'unsigned')
    headers['x-wipay-webhook-signature'] = `sha256=${forgery === 'flipped' ? flip(signature) : signature}`
  return { headers, body: forgery === 'altered' ? body.replace('"total":"', '"total":"1') : body }
}

/** The query of WiPay's way back: MD5 over transaction, the total that was asked for, and the key. */
export function wipayReturn(said: Readonly<Record<string, string>>, askedTotal: string, forgery?: Forgery): string {
  const secret = forgery === 'other-key' ? 'not the key of the account' : keys.wipay.apiKey
  const hash = hex('md5', said.transaction_id + askedTotal + secret)
  const changed = forgery === 'altered' || forgery === 'stale' ? { transaction_id: `${said.transaction_id}1` } : {}
  const signed = forgery === 'unsigned' ? {} : { hash: forgery === 'flipped' ? flip(hash) : hash }
  return new URLSearchParams({ ...said, ...changed, ...signed }).toString()
}

/** A webhook of GStable: HMAC-SHA256 over `seconds:body`. */
export function gstableWebhook(content: object, now: Date, forgery?: Forgery): Posted {
  const body = JSON.stringify(content)
  const seconds = String(Math.floor((now.getTime() - (forgery === 'stale' ? tenMinutes : 0)) / 1000))
  const key = forgery === 'other-key' ? 'wkk_OfSomebodyElse0000' : keys.gstable.webhookKey
  const signature = createHmac('sha256', key).update(`${seconds}:${body}`).digest('hex')
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-gstable-timestamp': seconds }
  if (forgery !== 'unsigned') headers['x-gstable-signature'] = forgery === 'flipped' ? flip(signature) : signature
  return { headers, body: forgery === 'altered' ? body.replace('"amount":', '"amount":1') : body }
}
