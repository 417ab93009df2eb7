import { describe, expect, test } from 'vitest'
import { compare, killShops } from './kill.js'
import type { Books } from './kill-shop.js'

// Real processes under kill -9, a few times; `npm run torture` does it some thousand times.

const seed = crypto.randomUUID().slice(0, 8)
const clean = { double: [], lost: [], withoutRow: [] }

describe('kill -9 at any instant, with providers that repeat over HTTP', () => {
  test('I-1 I-3 I-4 T-31 T-32 T-33 two shops on one SQLite file', { timeout: 300_000 }, async () => {
    const sum = await killShops({ store: 'sqlite', instances: 2, kills: 10, seed })
    expect(sum, `seed ${seed}`).toMatchObject(clean)
    expect(sum.acknowledged).toBeGreaterThan(0)
    expect(sum.delivered).toBeGreaterThan(0)
  })

  test('I-1 I-3 I-4 T-31 T-32 T-40 two shops on PostgreSQL, which is restarted meanwhile', { timeout: 300_000 }, async () => {
    const sum = await killShops({ store: 'postgres', instances: 2, kills: 8, restarts: 1, seed })
    expect(sum, `seed ${seed}`).toMatchObject({ ...clean, restarts: 1 })
    expect(sum.delivered).toBeGreaterThan(0)
  })
})

describe('the comparison of the books finds', () => {
  const payment = { provider: 'wipay', reference: 'tx1', checkoutId: 'c1', orderId: 'order-1', state: 'paid', role: 'first' }
  const untouched = { details: {}, held: false, delivery: 'done', attempts: 0 } as const
  const event = {
    provider: 'wipay',
    key: 'e1',
    content: '',
    verdict: 'taken',
    reference: 'tx1',
    reason: '',
    details: {},
    at: 0,
  }
  const books = (change: object = {}): Books =>
    ({ events: [event], payments: [{ ...payment, ...untouched, ...change }], surplus: [], isAtRest: true }) as unknown as Books
  const diary = (sent = ['wipay e1'], acknowledged = sent) => ({
    ...{ sent: new Set(sent), acknowledged: new Set(acknowledged), unimportant: new Set<string>() },
  })
  const fulfil = 'fulfil wipay:tx1 order-1 wipay:tx1'
  const revoke = 'revoke wipay:tx1 order-1 wipay:tx1'

  test('nothing where all is well, a repeat under the same id among it', () => {
    expect(compare(diary(), books(), [fulfil])).toMatchObject({ ...clean, delivered: 1, repeated: 0 })
    expect(compare(diary(), books(), [fulfil, fulfil])).toMatchObject({ ...clean, repeated: 1 })
    expect(compare(diary(), books({ state: 'refunded' }), [fulfil, revoke])).toMatchObject(clean)
  })
  test.each([
    ['what is paid and was not delivered', diary(), books(), [], 'lost'],
    ['what was refunded and not taken back', diary(), books({ state: 'refunded' }), [fulfil], 'lost'],
    ['what is never acknowledged', diary(['wipay e1', 'wipay e2'], ['wipay e1']), books(), [fulfil], 'lost'],
    ['a surplus nobody hears of', diary(), books({ role: 'surplus' }), [], 'lost'],
    ['what is owed still', diary(), { ...books(), isAtRest: false }, [fulfil], 'lost'],
    ['an acknowledgement without a row', diary(['wipay e1', 'wipay e2']), books(), [fulfil], 'withoutRow'],
    ['an order delivered by two payments', diary(), books(), [fulfil, 'fulfil wipay:tx2 order-1 wipay:tx2'], 'double'],
    ['a payment delivered under two ids', diary(), books(), [fulfil, 'fulfil other order-1 wipay:tx1'], 'double'],
    ['what was given after it was taken back', diary(), books(), [fulfil, revoke, fulfil], 'double'],
    ['a surplus that was delivered', diary(), { ...books({ role: 'surplus' }), surplus: ['tx1'] }, [fulfil], 'double'],
  ] as const)('%s', (_, written, kept, effects, where) => {
    expect(compare(written, kept, effects)[where]).toHaveLength(1)
  })
})
