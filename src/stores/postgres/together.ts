import { isWorthAgain, spoilsConnection } from './errors.js'
import { lateError, within } from './within.js'

// What waits at the same moment shares a statement and its commit, and is answered after it, each for itself. A trip to the database
// costs the processor as much for one notification as for twenty, on both sides of the wire.

const atOnce = 2 // shared statements under way: one that meets a lock does not keep the others waiting
const most = 64 // in one statement

interface Waiting<Asked, Answer> {
  readonly asked: Asked
  readonly since: number
  answer(answer: () => Answer): void
  reject(error: unknown): void
}

/**
 * Makes of a statement for many a call for one. `run` answers each in its order, by what it returns or throws. Where the database
 * refuses all of them, one may be to blame: each is tried alone. Where nobody knows whether they were written, nobody is told so.
 * `patience`: milliseconds after which whoever asked was told that there is no answer.
 */
export function together<Asked, Answer>(
  patience: number,
  run: (all: readonly Asked[]) => Promise<readonly (() => Answer)[]>,
): (asked: Asked) => Promise<Answer> {
  const waiting: Waiting<Asked, Answer>[] = []
  let running = 0

  async function runAll(all: readonly Waiting<Asked, Answer>[]): Promise<void> {
    try {
      const answers = await run(all.map(({ asked }) => asked))
      for (const [at, each] of all.entries()) each.answer(answers[at] as () => Answer)
    } catch (error) {
      if (all.length > 1 && (isWorthAgain(error) || !spoilsConnection(error))) for (const each of all) await runAll([each])
      else for (const { reject } of all) reject(error)
    }
  }

  async function pump(): Promise<void> {
    running++
    while (waiting.length > 0) {
      await new Promise(setImmediate) // once around the event loop: what other sockets hold by now comes along
      while (waiting[0] && performance.now() - waiting[0].since > patience) waiting.shift()?.reject(lateError())
      const all = waiting.splice(0, most)
      // One that gets no answer at all is not waited for any longer than whoever asked it.
      if (all.length > 0) await within(patience, runAll(all)).catch(() => {})
    }
    running--
  }

  return (asked) =>
    new Promise((resolve, reject) => {
      const answer = (said: () => Answer) => resolve(new Promise((told) => told(said())))
      waiting.push({ asked, since: performance.now(), answer, reject })
      if (running < atOnce) void pump()
    })
}
