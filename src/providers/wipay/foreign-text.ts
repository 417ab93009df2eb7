// What WiPay writes, on its way into our objects, notices and logs.

/** A JSON object; undefined for anything else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined // a gateway's page, or nothing at all
  }
}

/** A foreign text on its way into a log: short, on one line, and without what we sent, which is the buyer's data (T-54). */
export function quoted(text: string | null, sent: Readonly<Record<string, string>> = {}): string {
  if (!text) return 'without a reason'
  const values = Object.values(sent).filter((value) => value.length > 2)
  const clean = values.reduce((rest, value) => rest.replaceAll(value, '…'), text)
  return `"${clean.replace(/\p{Cc}/gu, ' ').slice(0, 200)}"`
}

/** Numbers as they are printed: an amount that JSON holds as a number is compared by its digits, never calculated with. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined

/** A foreign text that goes into notices and hooks. */
export const clipped = (text: string): string => text.replace(/\p{Cc}/gu, ' ').slice(0, 100)
