import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, resolve } from 'node:path'
import { CompiledQuery, Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement, sql } from 'kysely'
import Database from 'libsql'
import { CheckoutError } from '../../protocol/checkout-error.js'
import { migrate, refuseUnlessMigrated } from '../sql/migrations.js'
import type { Tables } from '../sql/tables.js'
import { isBusy } from './errors.js'

// Opening the file: settings, checks, migration. libsql is synchronous: waiting for a lock inside it would stop the whole process. So
// SQLite's own busy time-out is short, and the waiting is done here, where other requests go on meanwhile.

/** Milliseconds that a work may wait for the database before it is answered `store_unavailable`. */
export const patience = 3_500
const busyTimeout = 20 // milliseconds, blocking
const begin = 'begin immediate'

type Pragmas = [[{ journal_mode: string }], [{ quick_check: string }]]
export interface Opened {
  readonly db: Kysely<Tables>
  /** In this order, before a transaction; the first two only where waiting for the lock must be ours and is not. */
  readonly begin: readonly CompiledQuery[]
  close(): void
}
const raw = (text: string) => CompiledQuery.raw(text)

/** The merchant's connection: looked at, and left as it is. Throws CheckoutError `config_invalid` with what it must be told. */
export async function openGiven<Db>(kysely: Kysely<Db>): Promise<Opened> {
  const db = kysely.withoutPlugins() as unknown as Kysely<Tables>
  const since = performance.now()
  const pragma = async (name: string) => {
    const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(db)
    return Object.values(rows[0] ?? {})
  }
  const [file] = (await pragma('database_list')).slice(-1)
  if (typeof file === 'string' && file !== '') refuseNetworkFile(file)
  const [[mode], [synchronous], [keys]] = [
    await pragma('journal_mode'),
    await pragma('synchronous'),
    await pragma('foreign_keys'),
  ]
  if ((mode !== 'wal' && file !== '') || Number(synchronous) < 2 || Number(keys) !== 1)
    throw new CheckoutError(
      'config_invalid',
      'the SQLite connection of your Kysely could lose payments: use sqliteDatabase(path), or tell it PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON',
    )
  refuseDamaged((await pragma('quick_check(1)'))[0])
  const [wait] = await pragma('busy_timeout')
  const [waitShort, waitAsBefore] = [busyTimeout, Number(wait)].map((time) => raw(`PRAGMA busy_timeout = ${time}`)) as [
    CompiledQuery,
    CompiledQuery,
  ]
  const run = async (text: string) => (await db.executeQuery(raw(text))).rows
  await refuseSecondHost(run)
  await whenFree(since, () =>
    db.connection().execute(async (connection) => {
      await connection.executeQuery(raw(begin))
      try {
        await migrate(connection)
        await connection.executeQuery(raw(holder))
        await connection.executeQuery(raw(signature()))
        await connection.executeQuery(raw('commit'))
      } catch (error) {
        await connection.executeQuery(raw('rollback')).catch(() => {})
        throw error
      }
    }),
  )
  const sign = () =>
    db.connection().execute(async (connection) => {
      await connection.executeQuery(waitShort)
      await connection.executeQuery(raw(signature())).finally(() => connection.executeQuery(waitAsBefore))
    })
  const beat = file === '' ? undefined : beatWith(sign)
  return { db, begin: [waitShort, raw(begin), waitAsBefore], close: () => clearInterval(beat) }
}

/** Begins from the start each time: a connection that found the file busy is not as good as new (see keepStatements). */
export function openWhenFree(path: string, migrates: boolean): Promise<Opened> {
  const since = performance.now()
  return whenFree(since, () => openFile(path, since, migrates))
}

async function openFile(path: string, since: number, migrates: boolean): Promise<Opened> {
  if (path !== ':memory:') refuseNetworkFile(path)
  const database = new Database(path)
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: keepStatements(database) }) })
  try {
    // Before anything is written: it may be any file, and not ours.
    if (!migrates) await refuseUnlessMigrated(db)
    setUp(database, busyTimeout)
    // A read-only file is found out before there is any statement: closed whole, nothing keeps the next attempt from writing.
    await whenFree(since, () => database.exec('begin immediate; rollback'))
    const [[mode], [check]] = [database.pragma('journal_mode'), database.pragma('quick_check(1)')] as Pragmas
    if (mode.journal_mode !== 'wal' && path !== ':memory:')
      throw new CheckoutError('config_invalid', 'the file system of the SQLite file does not support write-ahead logging')
    refuseDamaged(check.quick_check)
    await refuseSecondHost(async (text) => database.prepare(text).all())
    await whenFree(since, () => database.exec(begin))
    if (migrates) await migrate(db)
    database.exec(holder)
    database.exec(signature())
    database.exec('commit')
    const beat = path === ':memory:' ? undefined : beatWith(() => database.exec(signature()))
    return {
      db,
      begin: [raw(begin)],
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

function setUp(database: Database.Database, wait: number): void {
  database.exec(`PRAGMA busy_timeout = ${wait}; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON`)
  database.exec('PRAGMA journal_mode = WAL')
}

/**
 * The file for a Kysely of your own, whose tables the ledger shall share: `new SqliteDialect({ database: sqliteDatabase('shop.db') })`.
 * It has the settings that the ledger asks for. A transaction takes the writer's lock at its begin and waits for it two seconds.
 */
export function sqliteDatabase(path: string): SqliteDatabase {
  const database = new Database(path)
  setUp(database, 2_000)
  return keepStatements(database)
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
      database.exec(begin)
      return { changes: 0, lastInsertRowid: 0 }
    },
    iterate: () => [][Symbol.iterator](),
  }
  return {
    close: () => database.close(),
    prepare(query) {
      if (query === begin || query === 'begin') return beginning // Kysely says the latter, in a transaction of the merchant's own
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

function refuseDamaged(check: unknown): void {
  if (check !== 'ok')
    throw new CheckoutError('store_unavailable', 'the SQLite file is damaged: restore it from a backup; it is left as it is')
}

function refuseNetworkFile(path: string): void {
  const folder = dirname(resolve(path))
  if (!existsSync(folder)) throw new CheckoutError('config_invalid', 'the folder of the SQLite file does not exist')
  // A link leads to where the file really is.
  if (networkFileSystems.has(statfsSync(existsSync(path) ? path : folder).type >>> 0))
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
async function refuseSecondHost(select: (text: string) => Promise<unknown[]>): Promise<void> {
  const isThere = (await select("select 1 from sqlite_master where name = 'ledger_holder'")).length > 0
  const read = async () => (isThere ? (await select('select machine, beat from ledger_holder'))[0] : undefined) as Holder
  const before: Holder | undefined = await read()
  if (!before || before.machine === machineId() || Math.abs(Date.now() - before.beat) > deadAfter) return
  await new Promise((resolve) => setTimeout(resolve, beatEvery * 1.5))
  if ((await read())?.beat !== before.beat)
    throw new CheckoutError(
      'config_invalid',
      'another host writes to this SQLite file: one file belongs to one machine; for several use PostgreSQL',
    )
}
type Holder = { machine: string; beat: number }
const holder =
  'create table if not exists ledger_holder (one integer primary key check (one = 1), machine text not null, beat integer not null)'

const signature = (): string => {
  const machine = machineId().replaceAll("'", "''")
  return `insert or replace into ledger_holder (one, machine, beat) values (1, '${machine}', ${Date.now()})`
}

function beatWith(sign: () => unknown): NodeJS.Timeout {
  const beat = setInterval(async () => {
    try {
      await sign()
    } catch {
      // Busy, full or closed at this moment: the next beat tells.
    }
  }, beatEvery)
  return beat.unref()
}

function machineId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return hostname()
  }
}
