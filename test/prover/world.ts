import { Random } from './random.js'

// Time that passes only when nothing else can happen, and one place where all that runs at the same time waits for its turn. Which of the
// waiting goes on is drawn from the seed, so a schedule is repeated to the letter. The product's own timers, its monotonic clock and
// its dice are taken from here as well: nothing in it knows.

const real = { setImmediate: globalThis.setImmediate }
const epoch = Date.UTC(2027, 2, 1)
const mostTurns = 60_000

interface Timer {
  readonly at: number
  readonly order: number
  readonly fire: () => void
}

export class Stuck extends Error {}

export class World {
  readonly #random: Random
  readonly #gates: (() => void)[] = []
  readonly #timers = new Map<number, Timer>()
  /** How often time passes although something could go on: what waits is then slow. */
  #slowness: number
  #orders = 0
  /** Milliseconds since the beginning; never goes back. */
  now = 0
  /** By which the shop's clock is wrong. */
  off = 0
  turns = 0

  constructor(seed: string, slowness: number) {
    this.#random = new Random(`${seed}/turns`)
    this.#slowness = slowness
  }

  /** From here on time passes only when nothing else can happen. */
  calmDown(): void {
    this.#slowness = 0
  }

  /** What the shop's clock says. */
  readonly shopTime = (): Date => new Date(epoch + this.now + this.off)
  /** What everybody else's says. */
  readonly trueTime = (): Date => new Date(epoch + this.now)
  readonly dice = (): number => this.#random.next()

  /** Waits for its turn. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.#gates.push(resolve))
  }

  sleep(time: number): Promise<void> {
    return new Promise((resolve) => this.setTimer(resolve, time))
  }

  setTimer(fire: () => void, delay = 0): number {
    const order = ++this.#orders
    this.#timers.set(order, { at: this.now + Math.max(0, delay), order, fire })
    return order
  }

  clearTimer(order: number): void {
    this.#timers.delete(order)
  }

  /** Until the work is done; throws Stuck when nothing moves any more, or all moves and nothing ends. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    current = this
    await new Promise((resolve) => real.setImmediate(resolve)) // for the process itself, which has messages to read
    let outcome: { value: T } | { error: unknown } | undefined
    work().then(
      (value) => {
        outcome = { value }
      },
      (error) => {
        outcome = { error }
      },
    )
    for (;;) {
      await new Promise<void>(process.nextTick) // comes when all that can go on by itself has gone on
      if (outcome) break
      if (++this.turns > mostTurns) throw new Stuck(`it does not come to rest within ${mostTurns} turns`)
      const isSlow = this.#gates.length > 0 && this.#timers.size > 0 && this.#random.chance(this.#slowness)
      if (this.#gates.length > 0 && !isSlow) {
        const at = this.#random.below(this.#gates.length)
        const [gate] = this.#gates.splice(at, 1)
        gate?.()
      } else if (this.#timers.size > 0) this.#fireNext()
      else throw new Stuck('nothing moves any more')
    }
    if ('error' in outcome) throw outcome.error
    return outcome.value
  }

  #fireNext(): void {
    let next: Timer | undefined
    for (const timer of this.#timers.values()) if (!next || timer.at < next.at) next = timer
    if (!next) return
    this.#timers.delete(next.order)
    this.now = Math.max(this.now, next.at)
    next.fire()
  }
}

let current = new World('before', 0)

/** From here on the process has no other time than that of the world that runs. For a process of its own. */
export function installVirtualTime(): void {
  class Handle {
    constructor(readonly order: number) {}
    ref(): this {
      return this
    }
    unref(): this {
      return this
    }
    hasRef(): boolean {
      return true
    }
    [Symbol.toPrimitive](): number {
      return this.order
    }
  }
  const later = (call: (...given: unknown[]) => void, delay?: number, ...given: unknown[]) =>
    new Handle(current.setTimer(() => call(...given), delay))
  const forget = (handle: unknown) => {
    if (handle instanceof Handle) current.clearTimer(handle.order)
  }
  Object.assign(globalThis, {
    setTimeout: later,
    clearTimeout: forget,
    setImmediate: (call: (...given: unknown[]) => void, ...given: unknown[]) => later(call, 0, ...given),
    clearImmediate: forget,
    // The beat of an open file: in no schedule is there a second machine.
    setInterval: () => new Handle(0),
    clearInterval: forget,
  })
  Math.random = () => current.dice()
  performance.now = () => current.now
  const tooLate = new DOMException('too late', 'TimeoutError') // made once: its stack is dear, and nobody reads it
  AbortSignal.timeout = (time) => {
    const controller = new AbortController()
    current.setTimer(() => controller.abort(tooLate), time)
    return controller.signal
  }
}
