import type { Courier } from './courier.js'
import type { Log } from './merchant.js'
import type { Inquirer } from './reconcile.js'

const pause = 1_000 // milliseconds between rounds when nothing is due
const betweenForgetting = 60 * 60_000
const longestPause = 15_000 // while the store cannot be reached

interface Work {
  readonly once: boolean
  readonly signal: AbortSignal
  readonly log?: Log
  /** Removes what is to be kept no longer; absent where all of it is. */
  readonly forget?: (signal: AbortSignal) => Promise<unknown>
}

/** One round of everything, or rounds until stopped. A provider that is slow to answer holds up no delivery: each goes round by itself. */
export async function workUntilStopped(
  courier: Courier,
  inquirer: Inquirer,
  { once, signal, log, forget }: Work,
): Promise<void> {
  if (signal.aborted) return
  if (once) {
    await courier.round()
    await inquirer.round()
    await forget?.(AbortSignal.any([signal, AbortSignal.timeout(longestPause)])).catch(() => {})
    return courier.idle()
  }
  // Both reach for the same store, so that it is away needs to be said once.
  const rounds = [repeat(courier.round, signal, courier, log), repeat(inquirer.round, signal, courier)]
  await Promise.all([...rounds, forget && repeatForgetting(forget, signal)])
}

/** Nothing depends on when it happens; what fails is done the next time. */
async function repeatForgetting(forget: (signal: AbortSignal) => Promise<unknown>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await forget(signal).catch(() => {})
    await sleep(betweenForgetting, signal)
  }
}

/** A round that fails (the store is away) is tried again, more and more slowly. */
async function repeat(round: () => Promise<number>, signal: AbortSignal, courier: Courier, log?: Log): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    let taken = 0
    try {
      taken = await round()
      failures = 0
    } catch (error) {
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
