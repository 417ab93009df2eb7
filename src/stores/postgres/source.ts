import { CompiledQuery as Compiled, type CompiledQuery, Kysely, PostgresDialect, type PostgresPool } from 'kysely'
import type { PoolConfig } from 'pg'
import { CheckoutError } from '../../protocol/checkout-error.js'
import { migrate, refuseUnlessMigrated } from '../sql/migrations.js'
import type { Tables } from '../sql/tables.js'
import { lend } from './loans.js'
import { readSettings, refuseWeakSettings } from './settings.js'

// Where the connections come from: a pool of our own, or the merchant's Kysely.

export interface Source {
  /** Checks, migrates, and answers what to work with. */
  open(): Promise<Kysely<Tables>>
  /** What begins a transaction; the last of them answers the time. */
  readonly begin: readonly CompiledQuery<Clock>[]
  close(db: Kysely<Tables>): Promise<void>
}
export interface Clock {
  readonly now: string
}

/** Milliseconds for a connection, the wait for it, and all that is done on it. */
export const longestLoan = 3_000

/** Milliseconds since 1970, as the database counts them: all instances share it. */
export const clock = '(extract(epoch from clock_timestamp()) * 1000)::bigint'
/** Limits of the server's own: for what a process that vanished leaves locked, and for a lock that is not let go. */
const limits = `set_config('statement_timeout', '${longestLoan}', true),
  set_config('idle_in_transaction_session_timeout', '${2 * longestLoan}', true)`
const [begin, start] = ['begin isolation level read committed', `select ${clock} as now, ${limits}`] as const
const raw = (text: string) => Compiled.raw(text) as CompiledQuery<Clock>

export const askTheTime = raw(`select ${clock} as now`)

export function ownPool(url: string, connections: number, migrates: boolean): Source {
  const config: PoolConfig = {
    ...{ connectionString: url, max: connections, connectionTimeoutMillis: longestLoan, keepAlive: true },
    fallback_application_name: 'checkout-button',
  }
  const connect = async (change: PoolConfig, longest?: number) =>
    over(lend(await createPool({ ...config, ...change }), longest))
  return {
    async open() {
      // A connection that may take its time: another instance may be migrating at this moment.
      const first = await connect({ max: 1 })
      try {
        await prepare(first, migrates)
      } finally {
        await first.destroy()
      }
      return connect({}, longestLoan)
    },
    begin: [raw(`${begin}; ${start}`)], // one text, and so one trip to the server
    close: (db) => db.destroy(),
  }
}

export function givenKysely<Db>(kysely: Kysely<Db>): Source {
  return {
    async open() {
      const db = kysely.withoutPlugins() as unknown as Kysely<Tables>
      await db.connection().execute((connection) => prepare(connection, true))
      return db
    },
    begin: [raw(begin), raw(start)],
    close: async () => {},
  }
}

async function prepare(db: Kysely<Tables>, migrates: boolean): Promise<void> {
  const found = await readSettings(db)
  refuseWeakSettings(found)
  await (migrates ? migrate : refuseUnlessMigrated)(db, found.schema)
}

const over = (pool: PostgresPool) => new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })

async function createPool(config: PoolConfig) {
  const driver = await import('pg').catch((cause) => {
    throw new CheckoutError('config_invalid', 'the PostgreSQL store needs the package pg: npm install pg', { cause })
  })
  return new driver.default.Pool(config)
}
