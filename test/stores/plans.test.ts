import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import Database from 'libsql'
import pg from 'pg'
import { afterAll, expect, test, vi } from 'vitest'
import type { Store } from '../../src/server/store.js'
import { postgres } from '../../src/stores/postgres.js'
import { sqlite } from '../../src/stores/sqlite.js'
import { createDatabase } from '../postgres/databases.js'
import { eventOf, paid, pretend, refunded } from '../server/pretend-provider.js'
import { createShop } from '../server/shop.js'

const folder = mkdtempSync(join(tmpdir(), 'checkout-plans-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Everything that a shop does with its ledger. */
async function useAllOf(store: Store): Promise<void> {
  let fails = true
  const shop = createShop({
    store,
    providers: [{ ...pretend({ open: async () => ({ reference: 'session', askAt: [new Date(0)] }) }), lookUp: async () => [] }],
    fulfil: () => {
      if (fails) throw new Error('not yet')
    },
    delivery: { attempts: 1 },
  })
  const { ledger } = shop.checkout
  const id = await shop.open()
  const [checkout, who] = [{ reference: 'session' }, { by: 'ada', reason: 'a test' }]
  await shop.notify(eventOf(id, { checkout, reference: 'session', becomes: 'pending' }))
  await shop.status(id)
  for (let repeats = 0; repeats < 2; repeats++) await shop.notify(paid(id, { checkout, reference: 'session' }))
  await shop.settled()
  fails = false
  await ledger.retry({ provider: 'pretend', reference: 'session' }, who)
  await shop.notify(refunded(id, { checkout, reference: 'session', objection: 'odd' }))
  await shop.notify(paid('nobody', { reference: 'tx9' }))
  const [first, second] = await ledger.quarantine.list()
  for (const event of [first, second]) {
    if (!event) continue
    await ledger.quarantine.drop(event, who)
    await ledger.quarantine.retry(event, who)
  }
  await shop.status(id)
  await ledger.quarantine.list({ before: 9 })
  await ledger.events({ orderId: 'order-1' })
  await ledger.events({ before: 1 })
  await ledger.payments({ orderId: 'order-1' })
  await ledger.payments()
  await ledger.notices()
  await ledger.notices({ untold: true })
  await ledger.story('order-1')
  await ledger.reconcile({ olderThan: 0 })
  for (const kind of ['checkouts', 'payments', 'events', 'notices', 'decisions'] as const) {
    const [row] = await ledger.page(kind, { limit: 1 })
    await ledger.page(kind, { limit: 1, ...(row && { after: row }) })
  }
  await ledger.forget({ olderThan: new Date(Date.now() + 1) })
  await shop.checkout.readiness()
  await shop.settled()
  await shop.checkout.close()
}

const isOfLedger = (text: string): boolean =>
  /ledger_(checkouts|payments|events|notices|decisions)/.test(text) && /^(select|insert|update|delete|with)/i.test(text)
// A partial index holds what waits for something, however large its table. What belongs to one order may be sorted.
const ofWaiting = /\w+_(due|ask|quarantine|halted|surplus|kept)\b/
const isPage = (text: string): boolean => / limit (\?|\$\d+)$/.test(text) && !/ where /.test(text) // the next rows of an index
const isOfOrder = (text: string): boolean => /"?order_id"? = (\?|\$\d+)/.test(text)

/** Each statement that SQLite was given. */
async function statementsOf(path: string): Promise<string[]> {
  const texts = new Set<string>()
  const prepare = Database.prototype.prepare
  const spy = vi.spyOn(Database.prototype, 'prepare').mockImplementation(function (this: Database.Database, text: string) {
    texts.add(text)
    return prepare.call(this, text)
  } as typeof prepare)
  try {
    await useAllOf(sqlite(path))
  } finally {
    spy.mockRestore()
  }
  return [...texts].filter(isOfLedger)
}

test('T-46 no statement reads a whole table, or sorts one: what a shop does takes as long in a large ledger as in a small', async () => {
  const path = join(folder, 'ledger.db')
  const statements = await statementsOf(path)
  expect(statements.length).toBeGreaterThan(35)
  const database = new Database(path)
  const faults = statements.flatMap((text) => {
    // Values do not change a plan; libsql takes no bare null for one.
    const values = Array.from({ length: text.split('?').length - 1 }, () => 'x')
    const plan = (database.prepare(`explain query plan ${text}`).all(...values) as { detail: string }[]).map(
      ({ detail }) => detail,
    )
    const isOfWaiting = plan.some((step) => / INDEX /.test(step) && ofWaiting.test(step))
    const isWhole = plan.some((step) => /^SCAN/.test(step)) && !isOfWaiting && !(isPage(text) && plan[0]?.includes(' INDEX '))
    const isSorted = plan.some((step) => /TEMP B-TREE/.test(step)) && !isOfWaiting && !isOfOrder(text)
    return isWhole || isSorted ? [`${text}\n  ${plan.join('\n  ')}`] : []
  })
  database.close()
  expect(faults).toEqual([])
})

interface Step {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly Step[]
}
const stepsOf = (step: Step): Step[] => [step, ...(step.Plans ?? []).flatMap(stepsOf)]

/** Enough rows of finished orders that a plan which reads them all is the dearer one. */
const changes = {
  checkouts:
    "'id', 'c' || nr, 'order_id', 'o' || nr, 'attempt', 'a' || nr, 'reference', 'r' || nr, 'ask_at', null, 'opened_at', nr, 'forgotten', 1",
  payments:
    "'checkout_id', 'c' || nr, 'order_id', 'o' || nr, 'reference', 'r' || nr, 'role', 'first', 'state', 'paid', 'delivery', 'done', 'due_at', null, 'since', nr",
  events: "'key', 'k' || nr, 'order_id', 'o' || nr, 'verdict', 'taken', 'at', nr, 'details', '{}', 'said', null",
  notices: "'id', 'n' || nr, 'order_id', 'o' || nr, 'due_at', null, 'at', nr, 'details', '{}'",
  decisions: "'id', 'd' || nr, 'order_id', 'o' || nr",
} as const
const grown = (rows: number): string =>
  Object.entries(changes)
    .map(([kind, change]) => {
      const table = `ledger_${kind}`
      const row = `select to_jsonb(${table}) || jsonb_build_object(${change}) as row from (select * from ${table} limit 1) ${table}, generate_series(1, ${rows}) nr`
      return `insert into ${table} select made.* from (${row}) rows, jsonb_populate_record(null::${table}, rows.row) made; analyze ${table}`
    })
    .join(';')

// A join of a hundred look-ups is the dearer plan in a ledger of a few thousand, and the one that does not grow.
test.each([4_000, 20_000])('T-46 nor does PostgreSQL, where there are %i of each', async (rows) => {
  const database = await createDatabase()
  const client = new pg.Client({ connectionString: database.url })
  try {
    const texts = new Set<string>()
    const kysely = new Kysely<object>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: database.url }) }),
      log: ({ query }) => void texts.add(query.sql),
    })
    await useAllOf(postgres({ kysely }))
    await kysely.destroy()
    const statements = [...texts].filter(isOfLedger)
    expect(statements.length).toBeGreaterThan(35)
    await client.connect()
    await client.query(grown(rows))
    const faults: string[] = []
    for (const text of statements) {
      const explained = await client.query(`explain (generic_plan, format json) ${text}`)
      const steps = stepsOf(explained.rows[0]['QUERY PLAN'][0].Plan)
      const isOfWaiting = steps.some((step) => ofWaiting.test(step['Index Name'] ?? ''))
      const isWhole = steps.some(
        (step) => step['Node Type'] === 'Seq Scan' || (step['Index Name'] && !step['Index Cond'] && !isPage(text)),
      )
      const isSorted = steps.some((step) => step['Node Type'] === 'Sort') && !isOfOrder(text)
      if ((isWhole || isSorted) && !isOfWaiting)
        faults.push(`${text}\n  ${steps.map((step) => `${step['Node Type']} ${step['Index Name'] ?? ''}`).join('\n  ')}`)
    }
    expect(faults).toEqual([])
  } finally {
    await client.end()
    await database.drop()
  }
})
