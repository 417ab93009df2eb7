import { CompiledQuery, type Kysely, type Transaction as KyselyTransaction } from 'kysely'
import { CheckoutError } from '../protocol/checkout-error.js'
import type { Store, Transaction } from '../server/store.js'
import { hookTransaction } from './sql/hook-transaction.js'
import { sqlReads } from './sql/reads.js'
import { replacePayment } from './sql/replace-payment.js'
import type { Tables } from './sql/tables.js'
import { SqlTransaction } from './sql/transaction.js'
import { asStoreError, isBusy, isConflict } from './sqlite/errors.js'
import { type Opened, openGiven, openWhenFree, patience } from './sqlite/file.js'

export { sqliteDatabase } from './sqlite/file.js'

// The embedded store: one file, one machine, as many processes as you like. Durable means fsync at each commit, which is what
// costs; so works that wait at the same moment share one transaction, a savepoint each, and are answered after the common commit.

export interface SqliteOptions {
  /**
   * `false` for whoever only looks on, beside the server: tables that are not there, or those of another version, are left as they are,
   * and refused with `config_invalid`.
   * @default true
   */
  readonly migrates?: boolean
  /** The one clock of leases and rows; tests hold it. */
  readonly now?: () => Date
}

/** The ledger's tables beside the shop's own, so that a hook can write inside the ledger's transaction (`delivery.inTransaction`). */
export interface SharedSqliteOptions<Db> extends Pick<SqliteOptions, 'now'> {
  /** Yours, over Kysely's SqliteDialect and `sqliteDatabase(path)`. It stays open when the store is closed. */
  readonly kysely: Kysely<Db>
}

const together = 64 // works in one transaction
const again = 8 // runs of a work that loses on a unique constraint

const [commit, rollback] = ['commit', 'rollback'].map((text) => CompiledQuery.raw(text)) as [CompiledQuery, CompiledQuery]
const [savepoint, release, rollbackToSavepoint] = ['savepoint work', 'release work', 'rollback to work'].map((text) =>
  CompiledQuery.raw(text),
) as [CompiledQuery, CompiledQuery, CompiledQuery]

/** A ledger in a SQLite file. Returns at once; the file is opened, checked and migrated on first use or by `ready()`. */
export function sqlite(path: string, options?: SqliteOptions): Store
export function sqlite<Db>(shared: SharedSqliteOptions<Db>): Store<KyselyTransaction<Db>>
export function sqlite<Db>(
  given: string | SharedSqliteOptions<Db>,
  { now = () => new Date(), migrates = true }: SqliteOptions = typeof given === 'object' ? given : {},
): Store<KyselyTransaction<Db>> {
  const kysely = typeof given === 'object' ? given.kysely : undefined
  let opening: Promise<Opened> | undefined
  let closed = false

  const open = (): Promise<Opened> => {
    // A failure is not kept: the next use tries again, so that a disk that comes back needs no restart.
    opening ??= (typeof given === 'object' ? openGiven(given.kysely) : openWhenFree(given, migrates)).catch((error) => {
      opening = undefined
      throw asStoreError(error)
    })
    return opening
  }

  interface Waiting {
    resolve(value: unknown): void
    reject(error: unknown): void
    readonly since: number
  }
  interface Work extends Waiting {
    run(tx: SqlTransaction): Promise<unknown>
    runs: number
  }
  /** A transaction of its own, with a hook in it. */
  interface Sharing extends Waiting {
    run(db: Kysely<Tables>): Promise<unknown>
  }
  const waiting: Work[] = []
  const sharing: Sharing[] = []
  let pumping: Promise<void> | undefined

  function queue<T, Each extends Waiting>(line: Each[], work: (waiting: Waiting) => Each): Promise<T> {
    if (closed) return Promise.reject(closedError())
    return new Promise<T>((resolve, reject) => {
      // A monotonic clock: the wait must not depend on somebody setting the time.
      line.push(work({ resolve: resolve as (value: unknown) => void, reject, since: performance.now() }))
      pumping ??= pump()
    })
  }
  const write = <T>(run: (tx: SqlTransaction) => Promise<T>): Promise<T> =>
    queue(waiting, (each) => ({ ...each, run, runs: 0 }))

  function giveUp(limit: number, error: unknown): void {
    for (const line of [waiting, sharing]) while (line[0] && line[0].since < limit) line.shift()?.reject(asStoreError(error))
  }

  /** Commits and hooks in turn: a notification waits for one hook at most, however many there are. */
  async function pump(): Promise<void> {
    // The connection of a merchant's Kysely may be in other hands for long.
    const watch = setInterval(() => giveUp(performance.now() - patience, busyError()), patience / 16)
    while (waiting.length + sharing.length > 0) {
      try {
        const { db, begin } = await open()
        // Once around the event loop: what other sockets hold by now joins this commit. Without it every work would be alone in its own,
        // since nothing between two awaits here lets the process read on.
        await new Promise(setImmediate)
        if (waiting.length > 0) await db.connection().execute((connection) => commitTogether(connection, begin))
        if (sharing.length > 0) await db.connection().execute((connection) => commitShared(connection, begin))
      } catch (error) {
        // Somebody else holds the writer's lock: the wait is here, outside the connection, so that reads go on meanwhile.
        giveUp(isBusy(error) ? performance.now() - patience : Number.POSITIVE_INFINITY, error)
        await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 40))
      }
    }
    clearInterval(watch)
    pumping = undefined // in the same turn as the last look at who waits, or a work that comes between would never run
  }

  async function beginOn(db: Kysely<Tables>, begin: readonly CompiledQuery[]): Promise<void> {
    try {
      for (const query of begin) await db.executeQuery(query)
    } catch (error) {
      // The merchant's own patience is put back, which came after.
      if (begin.length > 1) await db.executeQuery(begin.at(-1) as CompiledQuery)
      throw error
    }
  }

  async function commitTogether(db: Kysely<Tables>, begin: readonly CompiledQuery[]): Promise<void> {
    await beginOn(db, begin)
    const batch = waiting.splice(0, together)
    const answers: (() => void)[] = []
    try {
      const at = now().getTime()
      for (const work of batch) {
        await db.executeQuery(savepoint)
        try {
          const value = await work.run(new SqlTransaction(db, at))
          await db.executeQuery(release)
          answers.push(() => work.resolve(value))
        } catch (error) {
          await db.executeQuery(rollbackToSavepoint)
          await db.executeQuery(release)
          answers.push(() => (isConflict(error) && ++work.runs < again ? waiting.push(work) : work.reject(asStoreError(error))))
        }
      }
      await db.executeQuery(commit)
    } catch (error) {
      await db.executeQuery(rollback).catch(() => {}) // SQLite may have rolled back by itself
      for (const work of batch) work.reject(asStoreError(error))
      return
    }
    for (const answer of answers) answer()
  }

  async function commitShared(db: Kysely<Tables>, begin: readonly CompiledQuery[]): Promise<void> {
    await beginOn(db, begin)
    const work = sharing.shift()
    try {
      const value = await work?.run(db)
      await db.executeQuery(commit)
      work?.resolve(value)
    } catch (error) {
      await db.executeQuery(rollback).catch(() => {})
      work?.reject(asStoreError(error))
    }
  }

  function shareWith(theirs: Kysely<Db>): NonNullable<Store<KyselyTransaction<Db>>['share']> {
    return (work) =>
      queue(sharing, (each) => ({
        ...each,
        run(db) {
          const { tx, end } = hookTransaction(theirs, db)
          return work(new SqlTransaction(db, now().getTime()), tx, end)
        },
      }))
  }

  const use = async (): Promise<Opened> => {
    if (closed) throw closedError()
    return open()
  }
  const reads = sqlReads(async () => (await use()).db)
  return {
    ready: async () => void (await use()),
    transaction: <T>(work: (tx: Transaction) => Promise<T>) => write(work),
    ...(kysely && { share: shareWith(kysely) }),
    replacePayment: (before, change) => write(async (tx) => replacePayment(tx.db, before, change(tx.now))),
    claim: (limit) => write((tx) => tx.claim(limit)),
    claimNotices: (limit) => write((tx) => tx.claimNotices(limit)),
    claimQuestions: (limit) => write((tx) => tx.claimQuestions(limit)),
    ...wrapErrors(reads),
    async close() {
      closed = true // for what comes now; what waits already is finished first
      await pumping
      const opened = await opening?.catch(() => undefined)
      opening = undefined
      opened?.close()
    },
  }
}

const busyError = (): CheckoutError => new CheckoutError('store_unavailable', 'others hold the SQLite file for too long')
const closedError = (): CheckoutError => new CheckoutError('store_unavailable', 'the store is closed')
function wrapErrors<Reads extends object>(reads: Reads): Reads {
  return Object.fromEntries(
    Object.entries(reads).map(([name, read]) => [
      name,
      (...parameters: unknown[]) =>
        (read as (...given: unknown[]) => Promise<unknown>)(...parameters).catch((error) =>
          Promise.reject(asStoreError(error)),
        ),
    ]),
  ) as Reads
}
