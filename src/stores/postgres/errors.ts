import { CheckoutError } from '../../protocol/checkout-error.js'

// What PostgreSQL and its driver say, in the ledger's words. The five signs of a code are SQLSTATE (the manual's appendix A). The
// database's own words may quote values, and those of a connection its address with the password: they stay in the cause.

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')
const stateOf = (error: unknown): string => /^(?=.*\d)[0-9A-Z]{5}$/.exec(codeOf(error))?.[0] ?? ''

/** The driver has no code for some of what befalls a connection, only these sentences. */
const sentences = /^(Connection terminated|Client (was closed|has encountered)|timeout exceeded|Cannot use a pool)/

/** A statement prepared before another version changed its table (T-44), or one that a pooler in between forgot, or has already. */
const isStale = (error: unknown): boolean =>
  ['26000', '42P05'].includes(stateOf(error)) || (stateOf(error) === '0A000' && /cached plan/.test((error as Error).message))

/** Nothing was written, and the same work may well succeed now: a lost race for a unique row, a serialization failure, a deadlock. */
export const isWorthAgain = (error: unknown): boolean => ['23505', '40001', '40P01'].includes(stateOf(error)) || isStale(error)

/** Nobody should be given this connection again: it is gone, or leads to a server that was shut down, or became a replica. */
export const spoilsConnection = (error: unknown): boolean =>
  stateOf(error) === '' || isStale(error) || /^(08|57P|25006)/.test(stateOf(error))

const mistakes: Readonly<Record<string, string>> = {
  '28P01': 'PostgreSQL refused the user or the password of its address',
  '28000': 'PostgreSQL lets this user not in from here: look at the user of the address, and at pg_hba.conf of the server',
  '3D000': 'the database that the PostgreSQL address names does not exist: create it first',
  '42501': 'the user of the PostgreSQL address may not do what the ledger needs: grant it usage and create on its schema',
}

const remedies: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no PostgreSQL server listens at its address',
  ENOTFOUND: 'the host name of the PostgreSQL address is not known',
  '53300': 'PostgreSQL has no connection to spare: lower `connections`, or raise its max_connections',
  '25006': 'PostgreSQL is read-only at the moment, as a replica is',
}

/** Whatever is not of the database is the caller's own, and comes out as it is. */
export function asStoreError(error: unknown): unknown {
  if (error instanceof CheckoutError) return error
  const state = stateOf(error)
  const mistake = mistakes[state]
  if (mistake) return new CheckoutError('config_invalid', mistake, { cause: error })
  const isOfConnection = /^E[A-Z_]+$/.test(codeOf(error)) || (error instanceof Error && sentences.test(error.message))
  if (state === '' && !isOfConnection) return error
  const code = state || codeOf(error)
  const why = remedies[code] ?? 'PostgreSQL cannot be used at the moment'
  return new CheckoutError('store_unavailable', `${why} (${code || 'no answer'})`, { cause: error })
}
