import type { Courier } from './deliver.js'
import type { Log } from './merchant.js'
import type { Inquirer } from './reconcile.js'

const pause = 1_000 // milliseconds between rounds when nothing is due
const longestPause = 15_000 // while the store cannot be reached

/** Rounds of the courier until stopped; a round that fails (the store is away) is tried again, more and more slowly. */
export async function workUntilStopped(
  courier: Courier,
  inquirer: Inquirer,
  { once, signal, log }: { once: boolean; signal: AbortSignal; log?: Log },
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    let taken = 0
    try {
      taken = (await courier.round()) + (await inquirer.round())
      failures = 0
      if (once) return courier.idle()
    } catch (error) {
      if (once) throw error
      if (failures++ === 0)
        log?.error(
          { error: error instanceof Error ? error.name : typeof error },
          'the worker cannot reach the store; it goes on trying',
        )
    }
    // One slow hook holds up nobody: the next round begins as soon as there is room for it.
    if (taken > 0 && courier.room() === 0) await courier.freed()
    else if (taken === 0) await sleep(Math.min(pause * 2 ** failures, longestPause) * (0.75 + Math.random() / 2), signal)
  }
}

function sleep(time: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const wake = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    const timer = setTimeout(wake, time)
    signal.addEventListener('abort', wake)
  })
}
