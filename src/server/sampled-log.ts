import type { Log } from './merchant.js'

const every = 10_000 // milliseconds

/**
 * What strangers can cause at will must not fill the disk (T-50): of each kind one line in ten seconds, which says how many there
 * were since the last. Kinds are few and ours (provider and code), never a text from outside.
 */
export function createSampledLog(
  log: Log | undefined,
): (kind: string, fields: Readonly<Record<string, unknown>>, message: string) => void {
  const kinds = new Map<string, { since: number; count: number }>()
  return (kind, fields, message) => {
    const known = kinds.get(kind)
    const now = performance.now()
    if (known && now - known.since < every) {
      known.count++
      return
    }
    log?.info({ ...fields, unsaid: known?.count ?? 0 }, message)
    kinds.set(kind, { since: now, count: 0 })
  }
}
