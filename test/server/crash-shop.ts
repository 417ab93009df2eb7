import { appendFileSync, closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { Kysely, type Transaction as KyselyTransaction, PostgresDialect, SqliteDialect } from 'kysely'
import pg from 'pg'
import type { PaymentEvent } from '../../src/providers/adapter.js'
import type { Delivery } from '../../src/server/index.js'
import type { NamedEvent, Store, Transaction } from '../../src/server/store.js'
import { postgres } from '../../src/stores/postgres.js'
import { sqlite, sqliteDatabase } from '../../src/stores/sqlite.js'
import { createShop, type Shop } from './shop.js'

// A shop in a process of its own, which kills itself at a named step: before or after the n-th call of a method of the store or of a
// transaction, or around the hook's effect. The effect is a line in a file outside of the database.

export interface CrashOptions {
  /** A SQLite file, or the address of a PostgreSQL database. */
  readonly database: string
  readonly effects: string
  /** The hooks write a row of `goods` inside the ledger's transaction instead. */
  readonly inTransaction?: boolean
  /** A name as `trace` lists them: `tx.seen 1 before`. */
  readonly crashAt?: string
  /** Milliseconds by which the clock is ahead: a lease of a dead process has run out by then. */
  readonly ahead?: number
  readonly onStep?: (step: string) => void
}

/** What the parent asks for, and what it is answered. */
export type Asked =
  | { readonly open: string; readonly attempt: string }
  | { readonly notify: readonly PaymentEvent[] }
  | { readonly settle: true }
  | { readonly close: true }
export interface Answered {
  readonly status: number
  readonly body: string
}

/** The merchant's own Kysely on the same database. */
export function openGoods(database: string): Kysely<Goods> {
  const pool = new pg.Pool({ connectionString: database, max: 4, idleTimeoutMillis: 500 })
  pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}))
  const dialect = database.startsWith('postgres:')
    ? new PostgresDialect({ pool })
    : new SqliteDialect({ database: sqliteDatabase(database) })
  return new Kysely<Goods>({ dialect })
}
export interface Goods {
  goods: { delivery: string }
}

export function createCrashShop({ database, effects, crashAt, ahead = 0, onStep, inTransaction = false }: CrashOptions): Shop {
  const counts = new Map<string, number>()
  const step = (name: string) => {
    onStep?.(name)
    if (name === crashAt) process.kill(process.pid, 'SIGKILL')
  }
  const around = <Given extends unknown[], Value>(name: string, call: (...given: Given) => Promise<Value>) => {
    return async (...given: Given): Promise<Value> => {
      const count = (counts.get(name) ?? 0) + 1
      counts.set(name, count)
      step(`${name} ${count} before`)
      const value = await call(...given)
      step(`${name} ${count} after`)
      return value
    }
  }
  /** The same object, with steps around each of its methods. */
  const stepped = <Object extends object>(prefix: string, whole: Object): Object =>
    new Proxy(whole, {
      get(target, name) {
        const value = Reflect.get(target, name, target)
        return typeof value === 'function' ? around(`${prefix}${String(name)}`, value.bind(target)) : value
      },
    })

  const now = () => new Date(Date.now() + ahead)
  const isPostgres = database.startsWith('postgres:')
  const kysely = inTransaction ? openGoods(database) : undefined
  const shared = kysely && (isPostgres ? postgres({ kysely, now }) : sqlite({ kysely, now }))
  const store: Store = shared ?? (isPostgres ? postgres({ url: database, now }) : sqlite(database, { now }))
  const watched: Store = stepped('', {
    ...store,
    transaction: <T>(work: (tx: Transaction) => Promise<T>, news?: NamedEvent) =>
      store.transaction((tx) => work(stepped('tx.', tx)), news),
  })
  const write = (word: string) =>
    around(word, async ({ id, tx }: Delivery) => {
      const goods = tx as KyselyTransaction<Goods> | undefined
      if (goods)
        return void (await goods
          .insertInto('goods')
          .values({ delivery: `${word} ${id}` })
          .execute())
      const file = openSync(effects, 'a')
      writeSync(file, `${word} ${id}\n`)
      fsyncSync(file)
      closeSync(file)
    })
  return createShop({
    store: watched,
    delivery: { inTransaction },
    now,
    fulfil: write('fulfil'),
    revoke: write('revoke'),
  })
}

async function answer(shop: Shop, asked: Asked): Promise<Answered> {
  const response =
    'open' in asked
      ? await shop.ask(asked.open, asked.attempt)
      : 'notify' in asked
        ? await shop.notify(...asked.notify)
        : new Response(
            'settle' in asked ? await shop.settled().then(() => 'settled') : await shop.checkout.close().then(() => ''),
          )
  return { status: response.status, body: await response.text() }
}

if (process.argv[2] === 'serve') {
  const options = JSON.parse(process.argv[3] as string) as CrashOptions & { trace?: string }
  const shop = createCrashShop({ ...options, onStep: (step) => options.trace && appendFileSync(options.trace, `${step}\n`) })
  process.on('message', async ({ id, asked }: { id: number; asked: Asked }) => {
    process.send?.({ id, answered: await answer(shop, asked) })
  })
  // Left alone by a parent that died: nobody will ask any more.
  process.on('disconnect', () => process.exit())
  shop.checkout.ready().then(() => process.send?.({ ready: true }))
}
