import type { Log } from './merchant.js'

const every = 10_000 // milliseconds

export type SampledLog = (kind: string, fields: Readonly<Record<string, unknown>>, message: string, level?: keyof Log) => void

/**
 * What strangers can cause at will must not fill the disk (T-50): of each kind one line in ten seconds, which says how many there
 * were since the last. Kinds are few and ours (provider and code), never a text from outside.
 */
export function createSampledLog(log: Log | undefined): SampledLog {
  const kinds = new Map<string, { since: number; count: number }>()
  return (kind, fields, message, level = 'info') => {
    const known = kinds.get(kind)
    const now = performance.now()
    if (known && now - known.since < every) {
      known.count++
      return
    }
    log?.[level]({ ...fields, unsaid: known?.count ?? 0 }, message)
    kinds.set(kind, { since: now, count: 0 })
  }
}

/** A log that cannot write must not keep a payment from being taken, nor end the process by a rejection that nobody awaits (T-52). */
export function unfailing(log: Log | undefined): Log | undefined {
  if (!log) return undefined
  const say = (level: keyof Log) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    try {
      log[level](fields, message)
    } catch {
      // There is nowhere left to say so.
    }
  }
  return { info: say('info'), warn: say('warn'), error: say('error') }
}
