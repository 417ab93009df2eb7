// How the pretend providers tell a shop: over real HTTP, and again until it is taken; seconds apart, where real ones wait minutes.

/** One send of a message, and what the shop answered. `lost`: it never left. */
export interface SandboxAttempt {
  readonly at: string
  readonly status: number | 'lost' | 'unreachable'
  /** The first 200 characters. */
  readonly body: string
}

/** A pingback or webhook, as far as its sending is concerned. */
export interface SandboxMessage {
  /** The shop has answered as the provider wants it to. */
  taken: boolean
  /** How often it was sent; `attempts` keeps the last twenty. */
  sends: number
  attempts: SandboxAttempt[]
}

export const unsent = (): SandboxMessage => ({ taken: false, sends: 0, attempts: [] })

/** A buyer waits no longer than that for the shop to be told first. */
export const tenSeconds = (): Promise<void> => new Promise((done) => setTimeout(done, 10_000).unref())

export interface PostOptions {
  /** Between two sends of a message that was not taken. Milliseconds. */
  readonly repeatEvery: number
  readonly fetch: typeof fetch
  readonly now: () => Date
}

/** What differs between providers. */
export interface Manner<Message> {
  /** Milliseconds that the shop has to answer. */
  readonly patience: number
  /** Made anew for every send: a signature may hold the time. */
  request(message: Message): { readonly url: string } & RequestInit
  isTaken(status: number, body: string): boolean
}

/** What becomes of a message on its way. */
export interface Fate {
  readonly after: number
  readonly copies: number
  /** So many sends of it get lost; `all`: until it is repeated by hand. */
  readonly lost: number | 'all'
}

export class SandboxPost<Message extends SandboxMessage> {
  readonly #options: PostOptions
  readonly #manner: Manner<Message>
  readonly #timers = new Map<Message, ReturnType<typeof setTimeout>>()
  readonly #lost = new Map<Message, number>()
  readonly #waiting = new Map<Message, () => void>()
  readonly #closed = new AbortController()

  constructor(options: PostOptions, manner: Manner<Message>) {
    this.#options = options
    this.#manner = manner
  }

  /** Resolves when the shop has taken it, or the post is closed. */
  send(message: Message, { after, copies, lost }: Fate): Promise<void> {
    if (this.#closed.signal.aborted) return Promise.resolve()
    this.#lost.set(message, lost === 'all' ? Number.POSITIVE_INFINITY : lost)
    this.#later(message, after, copies)
    return new Promise((taken) => this.#waiting.set(message, taken))
  }

  /** Sends those that were not taken yet, or where asked all, and ends their getting lost. Answers how many there were. */
  async repeat(messages: readonly Message[], takenToo = false): Promise<number> {
    const again = messages.filter(({ taken }) => takenToo || !taken)
    for (const message of again) this.#lost.delete(message)
    await Promise.all(again.map((message) => this.#send(message, 1)))
    return again.length
  }

  close(): void {
    this.#closed.abort()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    for (const taken of this.#waiting.values()) taken()
    this.#timers.clear()
    this.#waiting.clear()
  }

  #later(message: Message, after: number, copies: number): void {
    clearTimeout(this.#timers.get(message))
    this.#timers.set(message, setTimeout(() => this.#send(message, copies), after).unref())
  }

  async #send(message: Message, copies: number): Promise<void> {
    clearTimeout(this.#timers.get(message))
    const lost = this.#lost.get(message) ?? 0
    if (lost > 0) {
      this.#lost.set(message, lost - 1)
      this.#note(message, 'lost', '')
    } else await Promise.all(Array.from({ length: copies }, () => this.#sendOnce(message)))
    if (this.#closed.signal.aborted) return
    if (!message.taken) return this.#later(message, this.#options.repeatEvery, 1)
    this.#timers.delete(message)
    this.#waiting.get(message)?.()
    this.#waiting.delete(message)
  }

  async #sendOnce(message: Message): Promise<void> {
    const { patience, isTaken, request } = this.#manner
    try {
      const { url, ...how } = request(message)
      const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(patience)])
      const answer = await this.#options.fetch(url, { ...how, redirect: 'manual', signal })
      const body = await answer.text()
      if (isTaken(answer.status, body)) message.taken = true
      this.#note(message, answer.status, body.slice(0, 200))
    } catch (cause) {
      this.#note(message, 'unreachable', cause instanceof Error ? cause.message : '')
    }
  }

  #note(message: Message, status: SandboxAttempt['status'], body: string): void {
    message.sends += 1
    message.attempts = [...message.attempts, { at: this.#options.now().toISOString(), status, body }].slice(-20)
  }
}
