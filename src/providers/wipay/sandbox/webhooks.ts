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

/** One send of a webhook, and what the shop answered. `lost`: it never left. */
export interface WebhookAttempt {
  readonly at: string
  readonly status: number | 'lost' | 'unreachable'
  /** The first 200 characters. */
  readonly body: string
}

export interface Webhook {
  readonly id: string
  readonly event: string
  /** As it is sent, every time. */
  readonly body: string
  /** Answered with any 2xx. */
  taken: boolean
  /** How often it was sent; `attempts` keeps the last twenty. */
  sends: number
  attempts: WebhookAttempt[]
}

export interface WebhookOptions {
  /** The endpoint that is registered; without one nothing is sent. */
  readonly webhookUrl?: string
  readonly webhookSecret: string
  readonly webhookScheme: WebhookScheme
  /** Between two sends of a webhook that was not taken. */
  readonly repeatEvery: number
  readonly fetch: typeof fetch
  readonly now: () => Date
}

const patience = 30_000

/** Sends webhooks over real HTTP and repeats each, signed anew, until it is taken. */
export class WebhookPost {
  readonly #options: WebhookOptions
  readonly #timers = new Map<Webhook, ReturnType<typeof setTimeout>>()
  readonly #lost = new Map<Webhook, number>()
  readonly #waiting = new Map<Webhook, () => void>()
  readonly #closed = new AbortController()

  constructor(options: WebhookOptions) {
    this.#options = options
  }

  /** Resolves when the shop has taken it, or the post is closed. */
  send(webhook: Webhook, { after, copies, lost }: { after: number; copies: number; lost: number }): Promise<void> {
    this.#lost.set(webhook, lost)
    this.#later(webhook, after, copies)
    return new Promise((taken) => this.#waiting.set(webhook, taken))
  }

  /** Sends it now, whether it was taken before or not, and ends its getting lost. */
  async repeat(webhook: Webhook): Promise<void> {
    this.#lost.delete(webhook)
    await this.#send(webhook, 1)
  }

  close(): void {
    this.#closed.abort()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    for (const taken of this.#waiting.values()) taken()
    this.#timers.clear()
    this.#waiting.clear()
  }

  #later(webhook: Webhook, after: number, copies: number): void {
    clearTimeout(this.#timers.get(webhook))
    this.#timers.set(webhook, setTimeout(() => this.#send(webhook, copies), after).unref())
  }

  async #send(webhook: Webhook, copies: number): Promise<void> {
    clearTimeout(this.#timers.get(webhook))
    const lost = this.#lost.get(webhook) ?? 0
    if (lost > 0) {
      this.#lost.set(webhook, lost - 1)
      this.#note(webhook, 'lost', '')
    } else await Promise.all(Array.from({ length: copies }, () => this.#sendOnce(webhook)))
    if (this.#closed.signal.aborted) return
    if (!webhook.taken) return this.#later(webhook, this.#options.repeatEvery, 1)
    this.#timers.delete(webhook)
    this.#waiting.get(webhook)?.()
    this.#waiting.delete(webhook)
  }

  async #sendOnce(webhook: Webhook): Promise<void> {
    const { webhookUrl = '', webhookSecret: secret, webhookScheme: scheme, fetch, now } = this.#options
    try {
      const answer = await fetch(webhookUrl, {
        method: 'POST',
        headers: {
          ...signWebhook(webhook.body, { secret, scheme, now: now() }),
          ...{ 'content-type': 'application/json', 'user-agent': 'WiPay Webhooks', connection: 'close' },
        },
        body: webhook.body,
        redirect: 'manual',
        signal: AbortSignal.any([this.#closed.signal, AbortSignal.timeout(patience)]),
      })
      if (answer.status >= 200 && answer.status < 300) webhook.taken = true
      this.#note(webhook, answer.status, (await answer.text()).slice(0, 200))
    } catch (cause) {
      this.#note(webhook, 'unreachable', cause instanceof Error ? cause.message : '')
    }
  }

  #note(webhook: Webhook, status: WebhookAttempt['status'], body: string): void {
    webhook.sends += 1
    webhook.attempts = [...webhook.attempts, { at: this.#options.now().toISOString(), status, body }].slice(-20)
  }
}
