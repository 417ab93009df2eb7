import { type PostOptions, type SandboxMessage, SandboxPost } from '../../sandbox-post.js'
import { hmacSha256, randomId } from '../../signing.js'
import type { WebhookScheme } from '../verify-webhook.js'

/** The five headers of a signed webhook, for a body exactly as it is sent. For tests of a shop's own endpoint. */
export function signWebhook(
  body: string,
  { secret, now, scheme = 'timestamp.body' }: { readonly secret: string; readonly now: Date; readonly scheme?: WebhookScheme },
): Readonly<Record<string, string>> {
  const { id = '', event = '' } = JSON.parse(body) as { id?: string; event?: string }
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const signed = scheme === 'body' ? body : `${timestamp}.${body}`
  return {
    'X-WiPay-Webhook-Event': event,
    'X-WiPay-Webhook-Id': id,
    'X-WiPay-Webhook-Signature': `sha256=${Buffer.from(hmacSha256(secret, signed)).toString('hex')}`,
    'X-WiPay-Webhook-Timestamp': timestamp,
    'X-WiPay-Webhook-Version': 'v1',
  }
}

/** A version 4 UUID. */
export function randomUuid(): string {
  const hex = Buffer.from(randomId(), 'base64url').toString('hex')
  const variant = '89ab'[Number.parseInt(hex[16] as string, 16) % 4]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}

export interface Webhook extends SandboxMessage {
  readonly id: string
  readonly event: string
  /** As it is sent, every time; only time and signature are new. */
  readonly body: string
}

export interface WebhookOptions extends PostOptions {
  /** The endpoint that is registered; without one nothing is sent. */
  readonly webhookUrl?: string
  readonly webhookSecret: string
  readonly webhookScheme: WebhookScheme
}

export const webhookPost = (options: WebhookOptions): SandboxPost<Webhook> =>
  new SandboxPost(options, {
    patience: 30_000,
    request({ body }) {
      const { webhookUrl: url = '', webhookSecret: secret, webhookScheme: scheme, now } = options
      const usual = { 'content-type': 'application/json', 'user-agent': 'WiPay Webhooks', connection: 'close' }
      return { url, method: 'POST', headers: { ...signWebhook(body, { secret, scheme, now: now() }), ...usual }, body }
    },
    isTaken: (status) => status >= 200 && status < 300,
  })
