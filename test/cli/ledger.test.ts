import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import Database from 'libsql'
import { afterAll, describe, expect, test } from 'vitest'
import { ledger } from '../../src/cli/ledger.js'
import { sqlite } from '../../src/stores/sqlite.js'
import { createDatabase } from '../postgres/databases.js'
import { eventOf, paid, pretend } from '../server/pretend-provider.js'
import { createShop, order, type Shop } from '../server/shop.js'
import { backToFirst } from '../stores/rows.js'

const folder = mkdtempSync(join(tmpdir(), 'checkout-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

/** Personal and secret, put wherever a provider or a page can put something. */
const canary = 'canary@example.com Ada Canary'
const control = '\u001b[2J\u202e'

async function run(parameters: string[], environment: Record<string, string> = {}) {
  const [printed, complaints]: [string[], string[]] = [[], []]
  const code = await ledger(parameters, {
    environment,
    print: (line) => printed.push(line),
    complain: (line) => complaints.push(line),
  })
  const all = `${printed.join('\n')}${complaints.join('\n')}`
  expect(all.toLowerCase()).not.toContain('canary')
  expect(all).not.toMatch(/[^\P{C}\n]/u)
  return { code, printed, complaints, text: printed.join('\n') }
}

/** A file with a paid order, a contradiction, and an event of nobody; the buyer's data is everywhere it can be. */
async function withLedger(): Promise<{ store: string; shop: Shop; id: string }> {
  const store = join(folder, `${files++}.db`)
  const at = { at: Date.UTC(2026, 0, 1) }
  const sold = order('order-1', {
    title: `For ${canary}`,
    buyer: { id: 'u1', email: canary, name: canary, phone: canary, address: { line1: canary } },
    metadata: { note: canary },
    items: [{ title: canary, quantity: 1 }],
  })
  const details = { card: canary, customer_name: canary, reason: canary, type: control }
  const shop = createShop({
    store: sqlite(store, { now: () => new Date(at.at++) }),
    price: (id) => ({ ...sold, id }),
    providers: [pretend({ open: async () => ({ kept: { token: canary }, fields: { email: canary } }) })],
  })
  const id = await shop.open('order-1')
  await shop.notify(paid(id, { details }))
  await shop.settled()
  await shop.notify(eventOf(id, { reference: 'tx2', becomes: 'paid', buyerId: canary, objection: `odd ${control}`, details }))
  await shop.notify(paid('nobody', { reference: 'tx9', buyerId: canary, details }))
  await shop.settled()
  return { store, shop, id }
}

describe('checkout-button ledger', () => {
  test('T-53 T-54 every command shows the story and nothing personal, and no control character', async () => {
    const { store, shop, id } = await withLedger()
    await shop.notify(paid(id, { buyerId: canary }))
    await shop.settled()
    await shop.checkout.close()
    const who = ['--by', 'grace', '--why', 'confirmed by telephone']
    for (const format of [[], ['--json']]) {
      expect((await run(['list', '--store', store, ...format])).text).toContain('tx1')
      expect((await run(['show', 'order-1', '--store', store, ...format])).text).toContain('fulfilled')
      expect((await run(['quarantine', '--store', store, ...format])).text).toContain('tx9:paid')
    }
    const { text } = await run(['quarantine', '--store', store])
    expect(text).toContain('it names another buyer')
    expect((await run(['accept', 'pretend', 'tx2:paid', '--store', store, ...who])).printed).toEqual(['taken'])
    expect((await run(['retry', 'pretend', 'tx9:paid', '--store', store, ...who])).printed).toEqual(['unknown'])
    expect((await run(['drop', 'pretend', 'tx9:paid', '--store', store, ...who])).printed).toEqual(['dropped'])
    expect((await run(['accept', 'pretend', 'tx9:paid', '--store', store, ...who])).code).toBe(1)
    const { printed } = await run(['export', '--store', store])
    const kinds = printed.map((line) => JSON.parse(line).row)
    expect([...new Set(kinds)]).toEqual(['checkout', 'payment', 'event', 'notice', 'decision'])
    expect(kinds).toHaveLength(1 + 2 + 4 + 4 + 3)
  })

  test('T-37 show tells what happened in time order, with the decisions', async () => {
    const { store, shop } = await withLedger()
    await shop.checkout.ledger.reverse({ provider: 'pretend', reference: 'tx1' }, 'refunded', { id: 'r1', reason: 'asked' })
    await shop.settled()
    await shop.checkout.close()
    await run(['drop', 'pretend', 'tx2:paid', '--store', store, '--by', 'grace', '--why', 'a test'])
    const rows = JSON.parse((await run(['show', 'order-1', '--store', store, '--json'])).text) as Record<string, string>[]
    expect(rows.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['checkout', 'event', 'payment', 'fulfilled', 'revoked', 'notice', 'decision']),
    )
    expect(rows.map(({ at }) => at)).toEqual(rows.map(({ at }) => at).sort())
    expect(rows[0]).toMatchObject({ what: 'checkout', amount: '19.90', currency: 'USD' })
    expect(rows.at(-1)).toMatchObject({ what: 'decision', decision: 'drop', by: 'grace', reason: 'a test' })
    expect(rows.findIndex(({ what }) => what === 'fulfilled')).toBeLessThan(rows.findIndex(({ what }) => what === 'revoked'))
  })

  test('what is accepted here, the worker of the running server delivers', async () => {
    const { store, shop } = await withLedger()
    const id = await shop.open('order-2')
    await shop.notify(paid(id, { reference: 'tx3', money: { amount: '1.00', currency: 'USD' } }))
    await run(['accept', 'pretend', 'tx3:paid', '--store', store, '--by', 'grace', '--why', 'a coupon'])
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1', 'fulfil tx3'])
    await shop.checkout.close()
  })

  test('retry calls the hook of a stuck payment again', async () => {
    const store = join(folder, `${files++}.db`)
    let isBroken = true
    const done: string[] = []
    const fulfil = ({ reference }: { reference: string }) => {
      if (isBroken) throw new Error('not yet')
      done.push(reference)
    }
    const shop = createShop({ store: sqlite(store), fulfil, delivery: { attempts: 1 } })
    await shop.notify(paid(await shop.open()))
    await shop.settled()
    isBroken = false
    const who = ['--by', 'grace', '--why', 'mended']
    expect((await run(['retry', 'pretend', 'tx1', '--store', store, ...who])).printed).toEqual(['to be delivered'])
    await shop.settled()
    expect(done).toEqual(['tx1'])
    expect((await run(['retry', 'pretend', 'tx1', '--store', store, ...who])).code).toBe(1)
    expect((await run(['show', 'order-1', '--store', store])).text).toMatch(/decision.*deliver.*mended/)
    await shop.checkout.close()
  })

  test('PostgreSQL is named in the environment, and nothing of its address is told', async () => {
    const database = await createDatabase()
    try {
      const empty = await run(['list'], { CHECKOUT_STORE: database.url })
      expect([empty.code, empty.complaints]).toEqual([2, [expect.stringContaining('there is no ledger in this database')]])
      expect(await database.query("select 1 from pg_tables where tablename like 'ledger%'")).toEqual([])
      const { postgres } = await import('../../src/stores/postgres.js')
      const store = postgres(database.url)
      await store.ready()
      await store.close()
      expect(await run(['list'], { CHECKOUT_STORE: database.url })).toMatchObject({ code: 0, printed: ['nothing'] })
      const away = await run(['list'], { CHECKOUT_STORE: 'postgres://u:canary@127.0.0.1:1/canary' })
      expect(away.code).toBe(1)
    } finally {
      await database.drop()
    }
  })

  test.each([
    [[]],
    [['nothing']],
    [['list', 'more']],
    [['show']],
    [['list', '--store']],
    [['list', '--odd']],
    [['list', '--limit', '0']],
    [['list', '--limit', 'many']],
    [['list', '--store', 'canary.db']],
    [['list']],
    [['reconcile', '--store', 'canary.db']],
    [['reconcile', '--server', 'canary.js']],
  ])('a wrong call is 2, and says how: %j', async (parameters) => {
    const { code, printed, complaints } = await run(parameters)
    expect([code, printed, complaints.length]).toEqual([2, [], 1])
  })

  test('a decision without a name is 2, what is not there 1; nothing is made where no ledger was', async () => {
    const { store, shop } = await withLedger()
    await shop.checkout.close()
    expect((await run(['drop', 'pretend', 'tx9:paid', '--store', store])).code).toBe(2)
    expect((await run(['drop', 'pretend', 'tx0', '--store', store, '--by', 'a', '--why', 'b'])).code).toBe(1)
    expect((await run(['show', 'order-9', '--store', store])).code).toBe(1)
    writeFileSync(join(folder, 'text.db'), 'this is no database, whatever it is called: canary'.repeat(40))
    expect((await run(['list', '--store', join(folder, 'text.db')])).code).toBe(1)
    const other = new Database(join(folder, 'notes.db'))
    other.exec('create table notes (line text)')
    other.close()
    const bytes = readFileSync(join(folder, 'notes.db'))
    const { code, complaints } = await run(['list', '--store', join(folder, 'notes.db')])
    expect([code, complaints]).toEqual([2, [expect.stringContaining('there is no ledger in this database')]])
    expect(readFileSync(join(folder, 'notes.db')).equals(bytes)).toBe(true)
  })

  test('T-44 tables of another version are left as they are, and the remedy is said', async () => {
    const { store, shop } = await withLedger()
    await shop.checkout.close()
    const database = new Database(store)
    for (const statement of backToFirst) database.exec(statement)
    const tables = () => database.prepare('select sql from sqlite_master order by name').all()
    const before = tables()
    const old = await run(['list', '--store', store])
    expect([old.code, old.complaints]).toEqual([2, [expect.stringContaining('start your server with this one')]])
    expect(tables()).toEqual(before)
    await createShop({ store: sqlite(store) }).checkout.ledger.payments()
    expect((await run(['list', '--store', store])).text).toContain('tx1')
    database.exec("insert into ledger_migrations (name, timestamp) values ('9999-99-99-later', '')")
    const newer = await run(['list', '--store', store])
    expect([newer.code, newer.complaints]).toEqual([2, [expect.stringContaining('newer version')]])
    database.close()
  })

  test("T-47 reconcile takes the shop's own module, asks its providers and calls its hooks", () => {
    const [store, module] = [join(folder, `${files++}.db`), join(folder, 'checkout.mts')]
    const from = (path: string) => JSON.stringify(resolve(path))
    writeFileSync(
      module,
      `import { createCheckout } from ${from('src/server/index.ts')}
import { sqlite } from ${from('src/stores/sqlite.ts')}
import { eventOf, pretend } from ${from('test/server/pretend-provider.ts')}
const lookUp = async ({ id }) => [eventOf(id, { becomes: 'paid' })]
export default createCheckout({
  base: 'https://shop.example/checkout', pages: ['https://shop.example'], providers: [{ ...pretend(), lookUp }],
  store: sqlite(${JSON.stringify(store)}), revoke() {}, price: () => { throw new Error('nothing is sold here') },
  fulfil: ({ reference }) => console.error('fulfilled ' + reference),
})
`,
    )
    writeFileSync(
      join(folder, 'open.mts'),
      `import { checkoutRow } from ${from('test/stores/rows.ts')}
import { sqlite } from ${from('src/stores/sqlite.ts')}
const store = sqlite(${JSON.stringify(store)})
await store.transaction((tx) => tx.saveCheckout(checkoutRow({ openedAt: new Date(Date.now() - 3_700_000) })))
await store.close()
`,
    )
    const tsx = (...parameters: string[]) =>
      spawnSync(resolve('node_modules/.bin/tsx'), parameters, { encoding: 'utf8', timeout: 60_000 })
    expect(tsx(join(folder, 'open.mts')).stderr).toBe('')
    const { status, stdout, stderr } = tsx('src/cli/main.ts', 'ledger', 'reconcile', '--server', module, '--json')
    expect([status, stderr]).toEqual([0, 'fulfilled tx1\n'])
    expect(JSON.parse(stdout)).toMatchObject([
      { age: '1 h', kind: 'pending', order: 'order-1', state: 'paid', answered: true, checkout: 'checkout-1' },
    ])
    const broken = tsx('src/cli/main.ts', 'ledger', 'list', '--server', join(folder, 'open.mts'))
    expect([broken.status, broken.stderr]).toEqual([2, expect.stringContaining('default export')])
  })
})
