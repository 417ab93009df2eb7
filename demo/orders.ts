import { randomBytes, randomUUID } from 'node:crypto'
import Database from 'libsql'

// The shop's own table of orders, as every shop has one. It knows nothing of payments.

export const products = [
  { id: 'rain', title: 'Rain on Canvas', about: 'A tent, a lake, forty minutes of rain.', minutes: 41, cents: 900 },
  { id: 'harbour', title: 'Harbour at Dawn', about: 'Ropes, gulls and one patient engine.', minutes: 56, cents: 1250 },
  { id: 'forest', title: 'Forest, Half Past Four', about: 'The hour before everybody wakes.', minutes: 63, cents: 1490 },
] as const
export type Product = (typeof products)[number]

export interface ShopOrder {
  readonly id: string
  readonly buyer: string
  readonly email: string
  readonly items: readonly Product[]
  readonly state: 'open' | 'delivered' | 'taken back'
  /** What the buyer is given: a code to listen with. */
  readonly code?: string
  readonly createdAt: string
}

/** One call of a hook, as the shop's diary keeps it. */
export interface HookCall {
  readonly at: string
  readonly hook: 'fulfil' | 'revoke'
  readonly delivery: string
  readonly order: string
}

export interface Orders {
  /** A new number for each sale: what is paid is paid once. Undefined: nothing that we sell. */
  place(productIds: readonly string[], buyer: string, email: string): ShopOrder | undefined
  find(id: string): ShopOrder | undefined
  /** Newest first. */
  latest(): ShopOrder[]
  give(id: string, delivery: string): void
  takeBack(id: string, delivery: string): void
  hookCalls(): HookCall[]
  /** A switch of the demo: writes fail, as those of any database do at times. */
  fail(isFailing: boolean): void
  close(): void
}

/** A decimal text, worked out in whole cents. */
export function totalOf({ items }: Pick<ShopOrder, 'items'>): string {
  const cents = items.reduce((sum, item) => sum + item.cents, 0)
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
}

interface Row {
  id: string
  buyer: string
  email: string
  items: string
  state: ShopOrder['state']
  code: string | null
  created_at: string
}

export function openOrders(path: string): Orders {
  const database = new Database(path)
  database.exec(`
    PRAGMA journal_mode = WAL;
    create table if not exists orders (id text primary key, buyer text not null, email text not null, items text not null,
      state text not null, code text, created_at text not null);
    create table if not exists hook_calls (at text not null, hook text not null, delivery text not null, order_id text not null,
      unique (hook, delivery))`)
  const find = (id: string) => read(database.prepare('select * from orders where id = ?').get(id) as Row | undefined)
  let isFailing = false
  const work = () => {
    if (isFailing) throw new Error('the orders table cannot be written')
  }
  const note = database.prepare('insert or ignore into hook_calls values (?, ?, ?, ?)')

  return {
    find,
    place(productIds, buyer, email) {
      const items = products.filter(({ id }) => productIds.includes(id))
      if (items.length === 0 || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) || !/^[A-Za-z0-9-]{1,64}$/.test(buyer))
        return undefined
      const id = `order-${randomUUID().slice(0, 8)}`
      database
        .prepare("insert into orders values (?, ?, ?, ?, 'open', null, ?)")
        .run(id, buyer, email, items.map((item) => item.id).join(' '), new Date().toISOString())
      return find(id)
    },
    latest: () =>
      (database.prepare('select * from orders order by created_at desc limit 20').all() as Row[]).flatMap(
        (row) => read(row) ?? [],
      ),
    give(id, delivery) {
      work()
      const code = randomBytes(6)
        .toString('hex')
        .toUpperCase()
        .replace(/(....)(?=.)/g, '$1-')
      database.prepare("update orders set state = 'delivered', code = coalesce(code, ?) where id = ?").run(code, id)
      note.run(new Date().toISOString(), 'fulfil', delivery, id)
    },
    takeBack(id, delivery) {
      work()
      database.prepare("update orders set state = 'taken back', code = null where id = ?").run(id)
      note.run(new Date().toISOString(), 'revoke', delivery, id)
    },
    hookCalls: () =>
      database
        .prepare('select at, hook, delivery, order_id as "order" from hook_calls order by at desc limit 60')
        .all() as HookCall[],
    fail: (now) => {
      isFailing = now
    },
    close: () => void database.close(),
  }
}

function read(row: Row | undefined): ShopOrder | undefined {
  if (!row) return undefined
  const { id, buyer, email, state, code, created_at: createdAt } = row
  const wanted = row.items.split(' ')
  return {
    ...{ id, buyer, email, state, createdAt },
    items: products.filter((product) => wanted.includes(product.id)),
    ...(code !== null && { code }),
  }
}
