import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, resolve } from 'node:path'
import { CompiledQuery, Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'
import Database from 'libsql'
import { CheckoutError } from '../protocol/checkout-error.js'
import type { Store, Transaction } from '../server/store.js'
import { migrate } from './sql/migrations.js'
import { sqlReads } from './sql/reads.js'
import type { Tables } from './sql/tables.js'
import { SqlTransaction } from './sql/transaction.js'

// The embedded store: one file, one machine, as many processes as you like. Durable means fsync at each commit, which is what
// costs; so works that wait at the same moment share one transaction, a savepoint each, and are answered after the common commit.
// libsql is synchronous: waiting for a lock inside it would stop the whole process. So SQLite's own busy time-out is short, and
// the waiting is done here, where other requests go on meanwhile.

export interface SqliteOptions {
  /** The one clock of leases and rows; tests hold it. */
  readonly now?: () => Date
}

const patience = 4_000 // milliseconds that a work may wait for the database before it is answered `store_unavailable`
const busyTimeout = 20 // milliseconds, blocking
const together = 64 // works in one transaction
const again = 8 // runs of a work that loses on a unique constraint

const [begin, commit, rollback] = ['begin immediate', 'commit', 'rollback'].map((text) => CompiledQuery.raw(text)) as Statements
const [savepoint, release, rollbackToSavepoint] = ['savepoint work', 'release work', 'rollback to work'].map((text) =>
  CompiledQuery.raw(text),
) as Statements
type Statements = [CompiledQuery, CompiledQuery, CompiledQuery]

/** A ledger in a SQLite file. Returns at once; the file is opened, checked and migrated on first use or by `ready()`. */
export function sqlite(path: string, { now = () => new Date() }: SqliteOptions = {}): Store {
  let opening: Promise<Opened> | undefined
  let closed = false

  const open = (): Promise<Opened> => {
    // A failure is not kept: the next use tries again, so that a disk that comes back needs no restart.
    opening ??= openWhenFree(path).catch((error) => {
      opening = undefined
      throw asStoreError(error)
    })
    return opening
  }

  interface Work {
    run(tx: SqlTransaction): Promise<unknown>
    resolve(value: unknown): void
    reject(error: unknown): void
    readonly since: number
    runs: number
  }
  const waiting: Work[] = []
  let pumping: Promise<void> | undefined

  function write<T>(run: (tx: SqlTransaction) => Promise<T>): Promise<T> {
    if (closed) return Promise.reject(closedError())
    return new Promise<T>((resolve, reject) => {
      // A monotonic clock: the wait must not depend on somebody setting the time.
      waiting.push({ run, resolve: resolve as (value: unknown) => void, reject, since: performance.now(), runs: 0 })
      pumping ??= pump()
    })
  }

  async function pump(): Promise<void> {
    while (waiting.length > 0) {
      try {
        const { db } = await open()
        // Once around the event loop: what other sockets hold by now joins this commit. Without it every work would be alone in its own,
        // since nothing between two awaits here lets the process read on.
        await new Promise(setImmediate)
        await db.connection().execute(commitTogether)
      } catch (error) {
        // Somebody else holds the writer's lock: the wait is here, outside the connection, so that reads go on meanwhile.
        const limit = isBusy(error) ? performance.now() - patience : Number.POSITIVE_INFINITY
        while (waiting[0] && waiting[0].since < limit) waiting.shift()?.reject(asStoreError(error))
        await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 40))
      }
    }
    pumping = undefined // in the same turn as the last look at `waiting`, or a work that comes between would never run
  }

  async function commitTogether(db: Kysely<Tables>): Promise<void> {
    await db.executeQuery(begin)
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

  const use = async (): Promise<Opened> => {
    if (closed) throw closedError()
    return open()
  }
  const reads = sqlReads(async () => (await use()).db)
  return {
    ready: async () => void (await use()),
    transaction: <T>(work: (tx: Transaction) => Promise<T>) => write(work),
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

type Pragmas = [[{ journal_mode: string }], [{ quick_check: string }]]
interface Opened {
  readonly db: Kysely<Tables>
  close(): void
}

/** Begins from the start each time: a connection that found the file busy is not as good as new (see keepStatements). */
function openWhenFree(path: string): Promise<Opened> {
  const since = performance.now()
  return whenFree(since, () => openFile(path, since))
}

async function openFile(path: string, since: number): Promise<Opened> {
  if (path !== ':memory:') refuseNetworkFile(path)
  const database = new Database(path)
  try {
    database.exec(`PRAGMA busy_timeout = ${busyTimeout}; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON`)
    database.exec('PRAGMA journal_mode = WAL')
    // A read-only file is found out before there is any statement: closed whole, nothing keeps the next attempt from writing.
    await whenFree(since, () => database.exec('begin immediate; rollback'))
    const [[mode], [check]] = [database.pragma('journal_mode'), database.pragma('quick_check(1)')] as Pragmas
    if (mode.journal_mode !== 'wal' && path !== ':memory:')
      throw new CheckoutError('config_invalid', 'the file system of the SQLite file does not support write-ahead logging')
    if (check.quick_check !== 'ok')
      throw new CheckoutError('store_unavailable', 'the SQLite file is damaged: restore it from a backup; it is left as it is')
    await refuseSecondHost(database)
    await whenFree(since, () => database.exec(begin.sql))
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: keepStatements(database) }) })
    await migrate(db)
    database.exec(
      'create table if not exists ledger_holder (one integer primary key check (one = 1), machine text not null, beat integer not null)',
    )
    database.exec(signature())
    database.exec('commit')
    const beat = path === ':memory:' ? undefined : setInterval(sign, beatEvery, database)
    beat?.unref()
    return {
      db,
      close() {
        clearInterval(beat)
        closeAfter('PRAGMA wal_checkpoint(TRUNCATE)', database)
      },
    }
  } catch (error) {
    closeAfter('rollback', database)
    throw error
  }
}

/**
 * libsql's own close leaves the file open for as long as a statement is not collected as garbage: an unfinished transaction would go
 * on holding the writer's lock, and what was committed last would stand beside the file and not in it.
 */
function closeAfter(last: 'rollback' | 'PRAGMA wal_checkpoint(TRUNCATE)', database: Database.Database): void {
  try {
    database.exec(last)
  } catch {
    // Nothing to take back; or another process is writing, and sees to it.
  }
  database.close()
}

/** Another process may be opening, migrating or writing the file at this moment. The wait is here: inside SQLite it would stop us. */
async function whenFree<T>(since: number, step: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await step()
    } catch (error) {
      if (!isBusy(error) || performance.now() - since > patience) throw error
      await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 40))
    }
  }
}

/**
 * Parsing a statement costs a third of running it. Kysely makes few different texts; a bound guards against a change of that.
 * One is not kept: libsql leaves a statement that found the file busy unfinished, and while it is, every read of this connection sees
 * the past, and no transaction can be committed. `exec` finishes it.
 */
function keepStatements(database: Database.Database): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>()
  const beginning: SqliteStatement = {
    reader: false,
    all: () => [],
    run() {
      database.exec(begin.sql)
      return { changes: 0, lastInsertRowid: 0 }
    },
    iterate: () => [][Symbol.iterator](),
  }
  return {
    close: () => database.close(),
    prepare(query) {
      if (query === begin.sql) return beginning
      const known = kept.get(query)
      if (known) return known
      const statement = database.prepare(query) as unknown as SqliteStatement
      if (kept.size < 200) kept.set(query, statement)
      return statement
    },
  }
}

// NFS, SMB, SMB2, CIFS, AFS, Ceph, 9P: their locks do not hold across hosts, and two writers would ruin the file (statfs(2)).
const networkFileSystems = new Set([0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x5346414f, 0x00c36400, 0x01021997])

function refuseNetworkFile(path: string): void {
  const folder = dirname(resolve(path))
  if (!existsSync(folder)) throw new CheckoutError('config_invalid', 'the folder of the SQLite file does not exist')
  if (networkFileSystems.has(statfsSync(folder).type >>> 0))
    throw new CheckoutError(
      'config_invalid',
      'the SQLite file is on a network file system, whose locks do not hold: use a local disk, or PostgreSQL',
    )
}

const beatEvery = 5_000
const deadAfter = 20_000

/**
 * Two hosts must not share one file, whatever their file system claims. Each holder signs the file with its machine's boot id
 * every few seconds: another machine's signature that still moves is refused; one that stands still was left by a crash.
 */
async function refuseSecondHost(database: Database.Database): Promise<void> {
  const isThere = database.prepare("select 1 from sqlite_master where name = 'ledger_holder'").get() !== undefined
  const read = () =>
    isThere ? (database.prepare('select machine, beat from ledger_holder').get() as Holder | undefined) : undefined
  const before = read()
  if (!before || before.machine === machineId() || Math.abs(Date.now() - before.beat) > deadAfter) return
  await new Promise((resolve) => setTimeout(resolve, beatEvery * 1.5))
  if (read()?.beat !== before.beat)
    throw new CheckoutError(
      'config_invalid',
      'another host writes to this SQLite file: one file belongs to one machine; for several use PostgreSQL',
    )
}
type Holder = { machine: string; beat: number }

const signature = (): string => {
  const machine = machineId().replaceAll("'", "''")
  return `insert or replace into ledger_holder (one, machine, beat) values (1, '${machine}', ${Date.now()})`
}

function sign(database: Database.Database): void {
  try {
    database.exec(signature())
  } catch {
    // Busy or full at this moment: the next beat tells.
  }
}

function machineId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return hostname()
  }
}

const closedError = (): CheckoutError => new CheckoutError('store_unavailable', 'the store is closed')
/** libsql has no name for some of SQLite's finer codes; what they are about stands in their last eight bits. */
const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const number = /^UNKNOWN_SQLITE_ERROR_(\d+)$/.exec(code)?.[1]
  if (number === undefined) return code
  return `SQLITE_${{ 5: 'BUSY', 6: 'LOCKED' }[Number(number) & 255] ?? number}`
}
const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error))
const isConflict = (error: unknown): boolean => /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)/.test(codeOf(error))

/** The database's own words may quote values; they stay in the cause. */
function asStoreError(error: unknown): unknown {
  const code =
    codeOf(error) ||
    (error instanceof Error && /^(ConnectionFailed|SqliteError)/.test(`${error.name}${error.message}`) ? 'cannot open' : '')
  if (error instanceof CheckoutError || !/^(SQLITE_|E[A-Z]+$|cannot)/.test(code)) return error
  return new CheckoutError('store_unavailable', `the SQLite file cannot be used at the moment (${code})`, { cause: error })
}

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
