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

/** One send of a webhook, and what the shop answered. `lost`: it never left. */
export interface WebhookAttempt {
  readonly at: string
  readonly status: number | 'lost' | 'unreachable'
  /** The first 200 characters. */
  readonly body: string
}

export interface Webhook {
  readonly eventId: string
  readonly eventType: string
  /** As it is sent, byte for byte, each time; only time and signature are new. */
  readonly body: string
  /** Answered with a status of 200 to 299. */
  taken: boolean
  /** How often it was sent; `attempts` keeps the last twenty. */
  sends: number
  attempts: WebhookAttempt[]
}

export interface PostOptions extends SigningOptions {
  /** Where webhooks go; undefined: nowhere, they stay in the book. */
  readonly webhookUrl?: string
  /** Between two sends of a webhook that was not taken. */
  readonly repeatEvery: number
  readonly fetch: typeof fetch
  readonly now: () => Date
}

const patience = 5_000

/** Sends webhooks over real HTTP and repeats each until it is taken. How long GStable waits between two is not documented. */
export class WebhookPost {
  readonly #options: PostOptions
  readonly #timers = new Map<Webhook, ReturnType<typeof setTimeout>>()
  readonly #lost = new Map<Webhook, number>()
  readonly #waiting = new Map<Webhook, () => void>()
  readonly #closed = new AbortController()

  constructor(options: PostOptions) {
    this.#options = options
  }

  /** Resolves when the shop has taken it, or the post is closed. */
  send(webhook: Webhook, { after, copies, lost }: { after: number; copies: number; lost: number }): Promise<void> {
    if (this.#options.webhookUrl === undefined || this.#closed.signal.aborted) return Promise.resolve()
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
    this.#waiting.get(webhook)?.()
    this.#waiting.delete(webhook)
  }

  async #sendOnce(webhook: Webhook): Promise<void> {
    const { webhookUrl = '', fetch } = this.#options
    try {
      const answer = await fetch(webhookUrl, {
        method: 'POST',
        headers: { ...signWebhook(webhook.body, this.#options), 'user-agent': 'GStable sandbox', connection: 'close' },
        body: webhook.body,
        redirect: 'manual',
        signal: AbortSignal.any([this.#closed.signal, AbortSignal.timeout(patience)]),
      })
      const text = await answer.text()
      if (answer.ok) webhook.taken = true
      this.#note(webhook, answer.status, text.slice(0, 200))
    } catch (cause) {
      this.#note(webhook, 'unreachable', cause instanceof Error ? cause.message : '')
    }
  }

  #note(webhook: Webhook, status: WebhookAttempt['status'], body: string): void {
    webhook.sends += 1
    webhook.attempts = [...webhook.attempts, { at: this.#options.now().toISOString(), status, body }].slice(-20)
  }
}
