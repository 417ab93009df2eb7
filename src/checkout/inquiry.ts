const seconds = [1, 2, 3, 5, 8, 10]
const patience = 10 * 60_000

export interface Inquiry {
  /** Asks now and starts the rhythm anew, dropping an answer still under way: it may be older than the news. Yet never twice
   *  within a second, however often something hurries (T-81). */
  hurry(): void
  /** Asks every ten seconds: nobody said anything, and a lost message must cost time only. */
  rest(): void
  stop(): void
}

export interface InquiryOptions {
  ask(signal: AbortSignal): Promise<void>
  /** Ten minutes without an outcome, told with each question from then on: it goes on asking until it is stopped. */
  onPatienceOver(): void
  /** Whether somebody looks and a network is there: otherwise it pauses until it is hurried. `isNews`: it was hurried just now. */
  isAttentive(isNews: boolean): boolean
  /** A question was due, and it paused instead. */
  onPause(): void
}

/** Asks again and again: after 1, 2, 3, 5, 8, 10, 10… seconds, each a little late so that many pages do not march in step. */
export function inquire({ ask, onPatienceOver, isAttentive, onPause }: InquiryOptions): Inquiry {
  let timer: ReturnType<typeof setTimeout> | undefined
  let asking = new AbortController()
  let askedAt = -1000 // so that the first question waits for nothing
  let asked = 0
  let since = 0

  async function question() {
    if (!isAttentive(asked === 0)) return onPause()
    asking = new AbortController()
    const { signal } = asking
    askedAt = performance.now()
    await ask(signal)
    if (signal.aborted) return
    wait()
    if (performance.now() - since >= patience) onPatienceOver()
  }

  const wait = () => {
    timer = setTimeout(question, (seconds[asked++] ?? 10) * 1000 * (1 + Math.random() / 5))
  }

  const stop = () => {
    clearTimeout(timer)
    asking.abort()
  }

  const start = (from: number) => {
    stop()
    since = performance.now()
    asked = from
  }

  return {
    hurry() {
      start(0)
      timer = setTimeout(question, Math.max(0, askedAt + 1000 - since))
    },
    rest() {
      start(seconds.length)
      wait()
    },
    stop,
  }
}
