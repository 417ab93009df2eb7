import { CompiledQuery, type Kysely, type Transaction as KyselyTransaction } from 'kysely'
import { CheckoutError } from '../protocol/checkout-error.js'
import type { NamedEvent, Store, Transaction } from '../server/store.js'
import { asStoreError, isWorthAgain } from './postgres/errors.js'
import { asFirstNews, NeedsLocks, type News } from './postgres/first-news.js'
import { type Change, replaceUnlockedPayments } from './postgres/replace-payments.js'
import { askTheTime, type Clock, givenKysely, ownPool } from './postgres/source.js'
import { together } from './postgres/together.js'
import { within } from './postgres/within.js'
import { hookTransaction } from './sql/hook-transaction.js'
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
  /**
   * `false` for whoever only looks on, beside the server: tables that are not there, or those of another version, are left as they are,
   * and refused with `config_invalid`.
   * @default true
   */
  readonly migrates?: boolean
  /** Instead of the database's clock; for tests. */
  readonly now?: () => Date
}

/** The ledger's tables beside the shop's own, so that a hook can write inside the ledger's transaction (`delivery.inTransaction`). */
export interface SharedPostgresOptions<Db> {
  /** Yours, over Kysely's PostgresDialect. It stays open when the store is closed. */
  readonly kysely: Kysely<Db>
  /** Instead of the database's clock; for tests. */
  readonly now?: () => Date
}

const againUntil = 1_500 // milliseconds after which a work that lost a race does not run again
const again = 8
const patience = 4_500 // milliseconds until a work is given up: a provider should hear something within five seconds

const commit = CompiledQuery.raw('commit')
const rollback = CompiledQuery.raw('rollback')

/**
 * A ledger in PostgreSQL, 13 or newer; it needs the package `pg`. Returns at once; the database is checked and migrated on first use or
 * by `ready()`. Throws CheckoutError `config_invalid` for an address that is none, or a variable of the environment that is not set.
 */
export function postgres(given: string | undefined | PostgresOptions): Store
export function postgres<Db>(given: SharedPostgresOptions<Db>): Store<KyselyTransaction<Db>>
export function postgres<Db>(
  given: string | undefined | PostgresOptions | SharedPostgresOptions<Db>,
): Store<KyselyTransaction<Db>> {
  const options = typeof given === 'object' ? given : { url: given ?? '' }
  const { now } = options
  const source =
    'kysely' in options
      ? givenKysely(options.kysely)
      : ownPool(readAddress(options.url), options.connections ?? 10, options.migrates ?? true)
  let opening: Promise<Kysely<Tables>> | undefined
  let closed = false
  let lastClock: { readonly time: number; readonly asked: number } | undefined
  const running = new Set<Promise<unknown>>()

  /** The test's time or what the database said, which is kept for times that decide nothing. */
  function readTime(said: string): number {
    const time = now ? now().getTime() : Number(said)
    lastClock = { time, asked: performance.now() }
    return time
  }

  function open(): Promise<Kysely<Tables>> {
    // A failure is not kept: the next use tries again, so that a server that comes back needs no restart.
    opening ??= source.open().catch((error) => {
      opening = undefined
      throw asStoreError(error)
    })
    return opening
  }

  async function use(): Promise<Kysely<Tables>> {
    if (closed) throw closedError()
    return open()
  }

  /** Finished before the store closes, and answered in time. */
  function track<T>(time: number, work: Promise<T>): Promise<T> {
    running.add(work)
    const done = () => running.delete(work)
    work.then(done, done)
    return within(time, work)
  }

  type Work<T> = (tx: RowLockTransaction, connection: Kysely<Tables>) => Promise<T>
  const once = async <T>(work: Work<T>): Promise<T> =>
    (await use()).connection().execute((connection) => inTransaction(connection, work))
  const locked = <T>(work: Work<T>): Promise<T> => tryAgain(() => once(work))
  const write = <T>(work: Work<T>): Promise<T> => track(patience, locked(work))

  const recordFirst = together(patience, async (all: readonly News[]) =>
    (await open()).connection().execute((connection) => asFirstNews(connection, all, readTime)),
  )
  const replaceTogether = together(patience, async (all: readonly Change[]) => replaceUnlockedPayments(await open(), all))

  async function recordNews<T>(work: (tx: Transaction) => Promise<T>, event: NamedEvent): Promise<T> {
    await use()
    try {
      return (await recordFirst({ event, work })) as T
    } catch (error) {
      if (!(error instanceof NeedsLocks) && !isWorthAgain(error)) throw asStoreError(error)
    }
    return locked(work)
  }

  async function inTransaction<T>(db: Kysely<Tables>, work: Work<T>): Promise<T> {
    const ask = async (query: CompiledQuery<Clock>) => {
      const { rows } = await db.executeQuery(query)
      return rows[0] && readTime(rows[0].now)
    }
    let value: T
    try {
      let at = 0
      for (const query of source.begin) at = (await ask(query)) ?? at
      value = await work(new RowLockTransaction(db, at, async () => (await ask(askTheTime)) ?? at), db)
    } catch (error) {
      await db.executeQuery(rollback).catch(() => {}) // gone with its connection, then
      throw error
    }
    // What fails here may have been committed all the same; whoever asked is told that nobody knows, and asks again (T-41).
    await db.executeQuery(commit)
    return value
  }

  /** Once, and not again by itself: the hook in it may have had its say outside of the database, against all advice. */
  function shareWith(kysely: Kysely<Db>): NonNullable<Store<KyselyTransaction<Db>>['share']> {
    return (work) => {
      const result = once((tx, connection) => {
        const { tx: theirs, end } = hookTransaction(kysely, connection)
        return work(tx, theirs, end)
      })
      return track(
        2 * patience,
        result.catch((error) => Promise.reject(asStoreError(error))),
      )
    }
  }

  const reads = sqlReads(use)
  return {
    ready: async () => void (await use()),
    transaction: <T>(work: (tx: Transaction) => Promise<T>, news?: NamedEvent) =>
      news ? track(patience, recordNews(work, news)) : write(work),
    ...('kysely' in options && { share: shareWith(options.kysely) }),
    replacePayment: (before, change) =>
      track(
        patience,
        tryAgain(async () => {
          await use()
          // Until something has begun, a payment of another life of this process would have no time: false, and a transaction asks.
          const time = now?.().getTime() ?? (lastClock && Math.round(lastClock.time + performance.now() - lastClock.asked))
          return time !== undefined && replaceTogether({ before, after: change(time) })
        }),
      ),
    claim: (limit) => write((tx) => tx.claim(limit)),
    claimNotices: (limit) => write((tx) => tx.claimNotices(limit)),
    claimQuestions: (limit) => write((tx) => tx.claimQuestions(limit)),
    ...(Object.fromEntries(
      Object.entries(reads).map(([name, read]) => [
        name,
        (...parameters: never[]) =>
          track(
            patience,
            tryAgain(() => (read as (...given: never[]) => Promise<unknown>)(...parameters)),
          ),
      ]),
    ) as typeof reads),
    async close() {
      closed = true // for what comes now; what runs already is finished first
      await Promise.allSettled(running)
      const db = await opening?.catch(() => undefined)
      opening = undefined
      if (db) await source.close(db)
    },
  }
}

function readAddress(url: unknown): string {
  if (typeof url === 'string' && /^(postgres(ql)?|socket):\/\/./.test(url)) {
    // Without a host the driver takes the one of its options, or this machine's.
    if (URL.canParse(url.replace('@/', '@localhost/'))) return url
    throw new CheckoutError(
      'config_invalid',
      'the address of PostgreSQL cannot be read: write / ? # and @ in its password as %2F %3F %23 and %40; its port is a number',
    )
  }
  throw new CheckoutError(
    'config_invalid',
    "the address of PostgreSQL must look like 'postgres://user:password@host:5432/database'; is its variable set?",
  )
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

const closedError = (): CheckoutError => new CheckoutError('store_unavailable', 'the store is closed')
