// What Paymentwall writes, on its way into our objects and logs.

/** Undefined for what is no JSON: a gateway's page, or nothing at all. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A foreign text on its way into a log: short, on one line, and without what we sent, which may be the buyer's (T-54). */
export function quoted(text: unknown, sent: Iterable<string> = []): string {
  if (typeof text !== 'string' || text === '') return 'without a reason'
  let clean = text
  for (const value of sent) if (value.length > 2) clean = clean.replaceAll(value, '…')
  return `"${clean.slice(0, 200).replace(/\p{Cc}/gu, ' ')}"`
}
