import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import type { Plugin } from 'vite'
import { bundleChild } from '../server/bundle-child.js'
import type { Batch, Failure, Played } from './worker.js'

// Hands schedules to processes whose time is not real, and adds up what they say.

export interface Sum extends Omit<Played, 'failures'> {
  /** All before this one were played. */
  readonly until: number
  readonly failures: readonly Failure[]
  readonly milliseconds: number
}

/** A schedule leaves much behind that nobody needs any more: with room for it, a fifth of the time is saved. */
const youngHeap = ['--max-semi-space-size=32']

const nothing: Omit<Played, 'failures'> = { schedules: 0, onSqlite: 0, messages: 0, deaths: 0, deliveries: 0, turns: 0 }
const names = Object.keys(nothing) as (keyof typeof nothing)[]

/** The faults of the first few that failed, each with what repeats it: for a test, which shows this in place of an empty list. */
export const told = ({ failures }: Sum): string[] =>
  failures.slice(0, 5).map(({ seed, faults }) => `${faults.join('; ')} (npm run torture -- --replay ${seed})`)

export const bundleWorker = (plugins: readonly Plugin[] = []): Promise<string> => bundleChild('test/prover/worker.ts', plugins)

export interface Wanted {
  readonly file: string
  readonly seed: string
  /** The first, and the one behind the last: a long run may be played in parts. */
  readonly from?: number
  readonly schedules: number
  readonly workers: number
  /** Ends at the first failure. */
  readonly untilFailure?: boolean
  /** Ends early, with what was played until then. */
  readonly signal?: AbortSignal
  readonly onProgress?: (sum: Sum) => void
}

export async function playSchedules(wanted: Wanted): Promise<Sum> {
  const { file, seed, from: first = 0, schedules, workers, untilFailure = false, signal, onProgress } = wanted
  const start = performance.now()
  const batch = Math.max(1, Math.min(untilFailure ? 25 : 200, Math.ceil((schedules - first) / workers / 4)))
  const sums = { ...nothing }
  const failures: Failure[] = []
  let next = first
  const underway = new Set<number>()
  const sum = (): Sum => {
    return { ...sums, failures, until: Math.min(next, ...underway), milliseconds: performance.now() - start }
  }
  await Promise.all(
    Array.from({ length: workers }, async () => {
      const child = fork(file, ['serve'], { execArgv: youngHeap, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      try {
        await answerOf(child)
        while (next < schedules && !signal?.aborted && !(untilFailure && failures.length > 0)) {
          const from = next
          next = Math.min(schedules, from + batch)
          underway.add(from)
          const order: Batch = { seed, from, to: next }
          child.send(order)
          const played = (await answerOf(child)) as Played
          for (const name of names) sums[name] += played[name]
          failures.push(...played.failures)
          underway.delete(from)
          onProgress?.(sum())
        }
      } finally {
        child.kill('SIGKILL')
      }
    }),
  )
  return sum()
}

function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null) => reject(new Error(`a worker ended with ${code} in the middle of its schedules`))
    child.once('exit', died)
    child.once('message', (answer) => {
      child.off('exit', died)
      resolve(answer)
    })
  })
}

/** Prints what fails in one schedule, and the smallest part of it that still does. */
export function replaySchedule(file: string, seed: string): number {
  return spawnSync(process.execPath, [file, 'replay', seed], { stdio: 'inherit' }).status ?? 1
}
