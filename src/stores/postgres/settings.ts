import { type Kysely, sql } from 'kysely'
import { CheckoutError } from '../../protocol/checkout-error.js'
import type { Tables } from '../sql/tables.js'

// Settings under which a committed row may be lost, or nothing can be written at all (T-43): refused when the store is opened.

export interface Settings {
  /** As the server has it: 170004 is 17.4. */
  readonly version: number
  readonly fsync: string
  readonly synchronous_commit: string
  readonly encoding: string
  readonly is_replica: boolean
  readonly read_only: string
  readonly schema: string | null
}

const oldest = 13

export async function readSettings(db: Kysely<Tables>): Promise<Settings> {
  const { rows } = await sql<Settings>`select current_setting('server_version_num')::int as version,
    current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous_commit,
    current_setting('server_encoding') as encoding, pg_is_in_recovery() as is_replica,
    current_setting('transaction_read_only') as read_only, current_schema()::text as schema`.execute(db)
  return rows[0] as Settings
}

/** Throws CheckoutError `config_invalid` with the likely remedy. */
export function refuseWeakSettings(found: Settings): void {
  const refusal = weaknessOf(found)
  if (refusal) throw new CheckoutError('config_invalid', refusal)
}

function weaknessOf(found: Settings): string | undefined {
  if (found.version < oldest * 10_000) return `this PostgreSQL is older than ${oldest}: update the server`
  if (found.is_replica) return 'this PostgreSQL is a read replica: give the address of the primary'
  if (found.read_only !== 'off')
    return 'transactions are read-only here: set default_transaction_read_only = off for this user and database'
  if (found.fsync !== 'on') return 'PostgreSQL runs with fsync off and would lose payments in a crash: set fsync = on'
  if (found.synchronous_commit === 'off')
    return 'PostgreSQL runs with synchronous_commit off and would lose payments in a crash: set synchronous_commit = on'
  if (found.encoding !== 'UTF8') return "the database is not encoded as UTF8: create it with encoding 'UTF8'"
  if (found.schema === null) return 'no schema of the search_path exists: create it, or take it out of the address'
  return undefined
}
