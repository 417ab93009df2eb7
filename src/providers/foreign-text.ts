// What a provider writes, on its way into our objects, notices and logs.

/** Undefined for what is no JSON: a gateway's page, or nothing at all. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A JSON object; undefined for anything else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
}

/** A foreign text on its way into a log: short, on one line, and without what we sent, which may be the buyer's (T-54). */
export function quoted(text: unknown, sent: Iterable<string> = []): string {
  if (typeof text !== 'string' || text === '') return 'without a reason'
  let clean = text
  for (const value of sent) if (value.length > 2) clean = clean.replaceAll(value, '…')
  return `"${clean.replace(/\p{Cc}/gu, ' ').slice(0, 200)}"`
}

/** Numbers as they are printed: an amount that JSON holds as a number is compared by its digits, never calculated with. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined

/** A foreign text that goes into notices and hooks. */
export const clipped = (text: string): string => text.replace(/\p{Cc}/gu, ' ').slice(0, 100)
