import { CompiledQuery, Kysely, PostgresDialect, type PostgresPool } from 'kysely'
import type { PoolConfig } from 'pg'
import { CheckoutError } from '../protocol/checkout-error.js'
import type { Store, Transaction } from '../server/store.js'
import { asStoreError, isWorthAgain } from './postgres/errors.js'
import { lend } from './postgres/loans.js'
import { readSettings, refuseWeakSettings } from './postgres/settings.js'
import { migrate } from './sql/migrations.js'
import { sqlReads } from './sql/reads.js'
import { RowLockTransaction } from './sql/row-locks.js'
import type { Tables } from './sql/tables.js'

// The ledger for many instances at once. Correct at READ COMMITTED: rows are locked as they are read, and what was not there is inserted,
// never written over, so that of two who come at once one loses on a unique constraint and runs again from its start. Leases count
// in the database's time, which all instances share.

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`; a schema of its own by `?options=-c%20search_path%3Dname`. */
  readonly url: string
  /** Connections of this process at most; 10 unless said. */
  readonly connections?: number
  /** Instead of the database's clock; for tests. */
  readonly now?: () => Date
}

const longestLoan = 3_000 // milliseconds for a connection and all that is done on it
const againUntil = 1_500 // milliseconds after which a work that lost a race does not run again
const again = 8
const patience = 4_500 // milliseconds that a work may wait for the store to be opened

const settings = (time: number) => `set_config('statement_timeout', '${time}', true),
  set_config('idle_in_transaction_session_timeout', '${2 * time}', true)`
const clock = '(extract(epoch from clock_timestamp()) * 1000)::bigint'
/** One text, and so one trip to the server. The limits are for what a vanished process leaves locked. */
const begin = CompiledQuery.raw(
  `begin isolation level read committed; select ${clock} as now, ${settings(longestLoan)}`,
) as CompiledQuery<Clock>
const commit = CompiledQuery.raw('commit')
const rollback = CompiledQuery.raw('rollback')
const askTheTime = CompiledQuery.raw(`select ${clock} as now`) as CompiledQuery<Clock>
interface Clock {
  readonly now: string
}

/**
 * A ledger in PostgreSQL, 13 or newer; it needs the package `pg`. Returns at once; the database is checked and migrated on first use or
 * by `ready()`. Throws CheckoutError `config_invalid` for an address that is none.
 */
export function postgres(given: string | PostgresOptions): Store {
  const { url, connections = 10, now }: PostgresOptions = typeof given === 'object' ? given : { url: given }
  if (typeof url !== 'string' || !/^(postgres(ql)?|socket):\/\/./.test(url))
    throw new CheckoutError(
      'config_invalid',
      "the address of PostgreSQL must look like 'postgres://user:password@host:5432/database'; is its variable set?",
    )
  const config: PoolConfig = {
    ...{ connectionString: url, max: connections, connectionTimeoutMillis: longestLoan, keepAlive: true },
    fallback_application_name: 'checkout-button',
  }
  let opening: Promise<Kysely<Tables>> | undefined
  let closed = false
  const running = new Set<Promise<unknown>>()

  function open(): Promise<Kysely<Tables>> {
    // A failure is not kept: the next use tries again, so that a server that comes back needs no restart.
    opening ??= openDatabase(config).catch((error) => {
      opening = undefined
      throw asStoreError(error)
    })
    return opening
  }

  /** The opened database; not waited for longer than a provider should be. */
  async function use(): Promise<Kysely<Tables>> {
    if (closed) throw closedError()
    return within(patience, open())
  }

  function write<T>(work: (tx: RowLockTransaction) => Promise<T>): Promise<T> {
    const result = use().then((db) => tryAgain(() => db.connection().execute((connection) => inTransaction(connection, work))))
    running.add(result)
    const done = () => running.delete(result)
    result.then(done, done)
    return result
  }

  async function inTransaction<T>(db: Kysely<Tables>, work: (tx: RowLockTransaction) => Promise<T>): Promise<T> {
    const time = async (query: CompiledQuery<Clock>) => {
      const { rows } = await db.executeQuery(query)
      return now ? now().getTime() : Number(rows[0]?.now)
    }
    let value: T
    const at = await time(begin)
    try {
      value = await work(new RowLockTransaction(db, at, () => time(askTheTime)))
    } catch (error) {
      await db.executeQuery(rollback).catch(() => {}) // gone with its connection, then
      throw error
    }
    // What fails here may have been committed all the same; whoever asked is told that nobody knows, and asks again (T-41).
    await db.executeQuery(commit)
    return value
  }

  const reads = sqlReads(use)
  return {
    ready: async () => void (await (closed ? Promise.reject(closedError()) : open())),
    transaction: <T>(work: (tx: Transaction) => Promise<T>) => write(work),
    claim: (limit) => write((tx) => tx.claim(limit)),
    claimNotices: (limit) => write((tx) => tx.claimNotices(limit)),
    claimQuestions: (limit) => write((tx) => tx.claimQuestions(limit)),
    ...(Object.fromEntries(
      Object.entries(reads).map(([name, read]) => [
        name,
        (...parameters: never[]) => tryAgain(() => (read as (...given: never[]) => Promise<unknown>)(...parameters)),
      ]),
    ) as typeof reads),
    async close() {
      closed = true // for what comes now; what runs already is finished first
      await Promise.allSettled(running)
      const db = await opening?.catch(() => undefined)
      opening = undefined
      await db?.destroy()
    },
  }
}

/** Checks and migrates over a connection of its own, which may take its time: another instance may be migrating at this moment. */
async function openDatabase(config: PoolConfig): Promise<Kysely<Tables>> {
  const first = over(await createPool({ ...config, max: 1 }))
  try {
    const found = await readSettings(first)
    refuseWeakSettings(found)
    await migrate(first, found.schema)
  } finally {
    await first.destroy()
  }
  return over(await createPool(config, longestLoan))
}

const over = <Rows = Tables>(pool: PostgresPool): Kysely<Rows> => new Kysely<Rows>({ dialect: new PostgresDialect({ pool }) })

async function createPool(config: PoolConfig, longest?: number): Promise<PostgresPool> {
  return lend(new (await loadDriver()).Pool(config), longest)
}

async function loadDriver() {
  try {
    return (await import('pg')).default
  } catch (cause) {
    throw new CheckoutError('config_invalid', 'the PostgreSQL store needs the package pg: npm install pg', { cause })
  }
}

/** Runs again what lost a race and left nothing behind. */
async function tryAgain<T>(work: () => Promise<T>): Promise<T> {
  const since = performance.now()
  for (let runs = 1; ; runs++) {
    try {
      return await work()
    } catch (error) {
      if (!isWorthAgain(error) || runs === again || performance.now() - since > againUntil) throw asStoreError(error)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * runs)) // what met once must not meet again
    }
  }
}

async function within<T>(time: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CheckoutError('store_unavailable', 'PostgreSQL is still being opened')), time)
  })
  return Promise.race([work, over]).finally(() => clearTimeout(timer))
}

const closedError = (): CheckoutError => new CheckoutError('store_unavailable', 'the store is closed')
