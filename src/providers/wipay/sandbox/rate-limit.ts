const minute = 60_000 // milliseconds

/** So many calls of a kind in any minute; how WiPay counts them is documented nowhere, so a refused one counts for nothing here. */
export class RateLimit {
  readonly #now: () => Date
  readonly #calls = new Map<string, readonly number[]>()

  constructor(now: () => Date) {
    this.#now = now
  }

  allows(kind: string, aMinute: number): boolean {
    const now = this.#now().getTime()
    const recent = (this.#calls.get(kind) ?? []).filter((at) => now - at < minute)
    const isAllowed = recent.length < aMinute
    this.#calls.set(kind, isAllowed ? [...recent, now] : recent)
    return isAllowed
  }
}
