import { type PostOptions, type SandboxMessage, SandboxPost } from '../../sandbox-post.js'
import { signatureOf } from '../signature.js'

export interface SigningOptions {
  readonly webhookKey: string
  /** Which of the two it really is, nobody has documented. Default `hex`. */
  readonly signatureEncoding?: 'hex' | 'base64'
  /** Likewise. Default `s`. */
  readonly timestampUnit?: 's' | 'ms'
  readonly now?: () => Date
}

/** The headers of a signed webhook, as GStable would send them with this body. For tests of a shop's own endpoint. */
export function signWebhook(body: string | Uint8Array, options: SigningOptions): Record<string, string> {
  const { webhookKey, signatureEncoding = 'hex', timestampUnit = 's', now = () => new Date() } = options
  const milliseconds = now().getTime()
  const timestamp = String(timestampUnit === 'ms' ? milliseconds : Math.floor(milliseconds / 1000))
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return {
    'content-type': 'application/json',
    'x-gstable-timestamp': timestamp,
    'x-gstable-signature': Buffer.from(signatureOf(webhookKey, timestamp, bytes)).toString(signatureEncoding),
  }
}

export interface Webhook extends SandboxMessage {
  readonly eventId: string
  readonly eventType: string
  /** As it is sent, byte for byte, each time; only time and signature are new. */
  readonly body: string
}

export interface WebhookOptions extends PostOptions, SigningOptions {
  /** Where webhooks go; undefined: nowhere, they stay in the book. */
  readonly webhookUrl?: string
  readonly now: () => Date
}

/** How long GStable waits for an answer, and between two sends, is not documented. */
export const webhookPost = (options: WebhookOptions): SandboxPost<Webhook> =>
  new SandboxPost(options, {
    patience: 5_000,
    request: ({ body }) => ({
      url: options.webhookUrl ?? '',
      method: 'POST',
      headers: { ...signWebhook(body, options), 'user-agent': 'GStable sandbox', connection: 'close' },
      body,
    }),
    isTaken: (status) => status >= 200 && status < 300,
  })
