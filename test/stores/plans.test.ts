import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterAll, expect, test, vi } from 'vitest'
import { sqlite } from '../../src/stores/sqlite.js'
import { eventOf, paid, pretend, refunded } from '../server/pretend-provider.js'
import { createShop } from '../server/shop.js'

const folder = mkdtempSync(join(tmpdir(), 'checkout-plans-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Everything that a shop does with its ledger; answers each statement that SQLite was given. */
async function statementsOf(path: string): Promise<string[]> {
  const texts = new Set<string>()
  const prepare = Database.prototype.prepare
  const spy = vi.spyOn(Database.prototype, 'prepare').mockImplementation(function (this: Database.Database, text: string) {
    texts.add(text)
    return prepare.call(this, text)
  } as typeof prepare)
  try {
    let fails = true
    const shop = createShop({
      store: sqlite(path),
      providers: [
        { ...pretend({ open: async () => ({ reference: 'session', askAt: [new Date(0)] }) }), lookUp: async () => [] },
      ],
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
  } finally {
    spy.mockRestore()
  }
  return [...texts]
    .filter((text) => /ledger_(checkouts|payments|events|notices|decisions)/.test(text))
    .filter((text) => /^(select|insert|update|delete|with)/i.test(text))
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
    // A partial index holds what waits for something, however large its table. What belongs to one order may be sorted.
    const isOfWaiting = plan.some((step) => /USING (COVERING )?INDEX \w+_(due|ask|quarantine|halted|surplus|kept)\b/.test(step))
    const isPage = / limit \?$/.test(text) && !/ where /.test(text) // the next rows of an index, and none passed over
    const isWhole = plan.some((step) => /^SCAN/.test(step)) && !isOfWaiting && !(isPage && plan[0]?.includes(' INDEX '))
    const isSorted = plan.some((step) => /TEMP B-TREE/.test(step)) && !isOfWaiting && !/"?order_id"? = \?/.test(text)
    return isWhole || isSorted ? [`${text}\n  ${plan.join('\n  ')}`] : []
  })
  database.close()
  expect(faults).toEqual([])
})
