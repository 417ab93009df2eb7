import { CheckoutError } from '../../protocol/checkout-error.js'

// What SQLite and libsql say, in the ledger's words.

/** libsql has no name for some of SQLite's finer codes; what they are about stands in their last eight bits. */
const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const number = /^UNKNOWN_SQLITE_ERROR_(\d+)$/.exec(code)?.[1]
  if (number === undefined) return code
  return `SQLITE_${{ 5: 'BUSY', 6: 'LOCKED' }[Number(number) & 255] ?? number}`
}
export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error))
export const isConflict = (error: unknown): boolean => /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)/.test(codeOf(error))

/** The database's own words may quote values; they stay in the cause. */
export function asStoreError(error: unknown): unknown {
  const code =
    codeOf(error) ||
    (error instanceof Error && /^(ConnectionFailed|SqliteError)/.test(`${error.name}${error.message}`) ? 'cannot open' : '')
  if (error instanceof CheckoutError || !/^(SQLITE_|E[A-Z]+$|cannot)/.test(code)) return error
  return new CheckoutError('store_unavailable', `the SQLite file cannot be used at the moment (${code})`, { cause: error })
}
