import { md5 } from '../../signing.js'
import { baseString, signatureOf } from '../signature.js'

export type PingbackVersion = 1 | 2 | 3

/**
 * The query of a signed pingback, as Paymentwall would send it: `GET <pingback address>?<this>`. For tests of a shop's own
 * endpoint. Adds `sign_version` (from version 2) and `sig`; everything else is taken as given, right or wrong.
 */
export function signPingback(
  parameters: Readonly<Record<string, string | number>>,
  { secretKey, signVersion = 3 }: { readonly secretKey: string; readonly signVersion?: PingbackVersion },
): string {
  const values = new Map(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
  if (signVersion === 1) {
    // Six fields of digital goods, in this order; whatever else is there goes unsigned.
    const base = ['uid', 'goodsid', 'slength', 'speriod', 'type', 'ref']
      .map((name) => `${name}=${values.get(name) ?? ''}`)
      .join('')
    values.set('sig', md5(base + secretKey))
  } else {
    values.set('sign_version', String(signVersion))
    values.set('sig', signatureOf(baseString(values), signVersion, secretKey))
  }
  return new URLSearchParams([...values]).toString()
}

/** One send of a pingback, and what the shop answered. `lost`: it never left. */
export interface PingbackAttempt {
  readonly at: string
  readonly status: number | 'lost' | 'unreachable'
  /** The first 200 characters. */
  readonly body: string
}

export interface Pingback {
  readonly type: string
  readonly reason?: string
  readonly address: string
  /** Answered with status 200 and a body of exactly `OK`. */
  taken: boolean
  /** How often it was sent; `attempts` keeps the last twenty. */
  sends: number
  attempts: PingbackAttempt[]
}

export interface PostOptions {
  /** Between two sends of a pingback that was not taken. */
  readonly repeatEvery: number
  readonly fetch: typeof fetch
  readonly now: () => Date
}

const patience = 30_000

/** Sends pingbacks over real HTTP and repeats each until it is taken; seconds apart, where the real ones wait half an hour. */
export class PingbackPost {
  readonly #options: PostOptions
  readonly #timers = new Map<Pingback, ReturnType<typeof setTimeout>>()
  readonly #lost = new Map<Pingback, number>()
  readonly #waiting = new Map<Pingback, () => void>()
  readonly #closed = new AbortController()

  constructor(options: PostOptions) {
    this.#options = options
  }

  /** Resolves when the shop has taken it, or the post is closed. */
  send(pingback: Pingback, { after, copies, lost }: { after: number; copies: number; lost: number }): Promise<void> {
    this.#lost.set(pingback, lost)
    this.#later(pingback, after, copies)
    return new Promise((taken) => this.#waiting.set(pingback, taken))
  }

  /** Sends it now, whether it was taken before or not, and ends its getting lost. */
  async repeat(pingback: Pingback): Promise<void> {
    this.#lost.delete(pingback)
    await this.#send(pingback, 1)
  }

  close(): void {
    this.#closed.abort()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    for (const taken of this.#waiting.values()) taken()
    this.#timers.clear()
    this.#waiting.clear()
  }

  #later(pingback: Pingback, after: number, copies: number): void {
    clearTimeout(this.#timers.get(pingback))
    this.#timers.set(pingback, setTimeout(() => this.#send(pingback, copies), after).unref())
  }

  async #send(pingback: Pingback, copies: number): Promise<void> {
    clearTimeout(this.#timers.get(pingback))
    const lost = this.#lost.get(pingback) ?? 0
    if (lost > 0) {
      this.#lost.set(pingback, lost - 1)
      this.#note(pingback, 'lost', '')
    } else await Promise.all(Array.from({ length: copies }, () => this.#sendOnce(pingback)))
    if (this.#closed.signal.aborted) return
    if (!pingback.taken) return this.#later(pingback, this.#options.repeatEvery, 1)
    this.#waiting.get(pingback)?.()
    this.#waiting.delete(pingback)
  }

  async #sendOnce(pingback: Pingback): Promise<void> {
    try {
      const answer = await this.#options.fetch(pingback.address, {
        headers: { 'user-agent': 'Paymentwall API', connection: 'close' },
        redirect: 'manual',
        signal: AbortSignal.any([this.#closed.signal, AbortSignal.timeout(patience)]),
      })
      const body = await answer.text()
      // Exactly: `OK\n`, `"OK"` and a page that says OK are all repeated, by Paymentwall as well.
      if (answer.status === 200 && body === 'OK') pingback.taken = true
      this.#note(pingback, answer.status, body.slice(0, 200))
    } catch (cause) {
      this.#note(pingback, 'unreachable', cause instanceof Error ? cause.message : '')
    }
  }

  #note(pingback: Pingback, status: PingbackAttempt['status'], body: string): void {
    pingback.sends += 1
    pingback.attempts = [...pingback.attempts, { at: this.#options.now().toISOString(), status, body }].slice(-20)
  }
}
