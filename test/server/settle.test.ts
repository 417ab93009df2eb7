import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type PaymentState, paymentStates, rank } from '../../src/protocol/payment-state.js'
import type { Order, PaymentEvent } from '../../src/providers/adapter.js'
import * as settle from '../../src/server/settle.js'
import { leaseTime, type Payment } from '../../src/server/store.js'
import { checkoutRow, paymentRow } from '../stores/rows.js'
import { eventOf, paid } from './pretend-provider.js'

const state = fc.constantFrom(...paymentStates)
const become = (payment: Payment, becomes: PaymentState) => settle.settle(payment, eventOf('checkout-1', { becomes }))
const isReversal = (each: PaymentState) => rank[each] === rank.refunded

describe('settle', () => {
  test.each([
    ['pending', 'paid', 'paid'],
    ['pending', 'failed', 'failed'],
    ['pending', 'refunded', 'refunded'],
    ['failed', 'expired', 'failed'],
    ['expired', 'paid', 'paid'],
    ['failed', 'pending', 'failed'],
    ['paid', 'pending', 'paid'],
    ['paid', 'failed', 'paid'],
    ['paid', 'expired', 'paid'],
    ['paid', 'declined', 'declined'],
    ['paid', 'charged_back', 'charged_back'],
    ['refunded', 'paid', 'refunded'],
    ['declined', 'paid', 'declined'],
    ['charged_back', 'refunded', 'charged_back'],
    ['refunded', 'charged_back', 'refunded'],
  ] as const)('%s, then %s, is %s', (before, news, after) => {
    expect(become(paymentRow({ state: before }), news).state).toBe(after)
  })

  test('every order and every repetition of the news ends in the same rank, and the goods in the same place (I-10)', () => {
    const shuffledTwice = fc
      .array(state, { minLength: 1, maxLength: 8 })
      .chain((news) =>
        fc.tuple(fc.constant(news), fc.shuffledSubarray([...news, ...news, ...news], { minLength: news.length })),
      )
      .filter(([news, again]) => news.every((each) => again.includes(each)))
    fc.assert(
      fc.property(shuffledTwice, ([news, again]) => {
        const [one, other] = [news, again].map((each) => each.reduce(become, paymentRow()))
        expect(rank[other?.state as PaymentState]).toBe(rank[one?.state as PaymentState])
        expect(other?.state === 'paid').toBe(one?.state === 'paid')
      }),
      { numRuns: 2_000 },
    )
  })

  test('of reversals the first one stays, so no later word can undo or repeat it', () => {
    fc.assert(
      fc.property(fc.array(state, { maxLength: 8 }), (news) => {
        const after = news.reduce(become, paymentRow()).state
        const reversal = news.find(isReversal)
        if (reversal) expect(after).toBe(reversal)
      }),
    )
  })

  test('a held payment is moved by a reversal alone', () => {
    for (const becomes of paymentStates)
      expect(become(paymentRow({ held: true }), becomes).state).toBe(isReversal(becomes) ? becomes : 'pending')
  })

  test('T-27 money that was received undoes an end without money, and nothing else; a held payment it moves nowhere', () => {
    const received = eventOf('c', { becomes: 'pending', received: true, details: { type: '1' } })
    for (const state of ['pending', 'failed', 'expired'] as const) {
      const was = { state, attempts: 3, details: { type: '0' } }
      const after = settle.settle(paymentRow(was), received)
      expect(after).toMatchObject({ state: 'pending', attempts: 0, details: { type: '1', received: 'true' } })
      const held = paymentRow({ ...was, held: true })
      expect(settle.settle(held, received)).toBe(held)
    }
    for (const state of paymentStates.filter((each) => rank[each] >= rank.paid)) {
      const payment = paymentRow({ state })
      expect(settle.settle(payment, received)).toBe(payment)
    }
  })

  test('T-27 after money was received only `paid` or a reversal comes, and its mark goes with it', () => {
    const payment = paymentRow({ details: { received: 'true' } })
    for (const becomes of ['failed', 'expired', 'pending'] as const) expect(become(payment, becomes)).toBe(payment)
    for (const becomes of paymentStates.filter((each) => rank[each] >= rank.paid))
      expect(become(payment, becomes)).toMatchObject({ state: becomes, details: {} })
  })

  test('T-38 a review marks what is pending, once, and nothing that is held, received or at an end', () => {
    const review = eventOf('c', { becomes: 'pending', underReview: true, details: { type: '200' } })
    const marked = settle.settle(paymentRow(), review)
    expect(marked).toMatchObject({ state: 'pending', details: { type: '200', 'under-review': 'true' } })
    expect(settle.settle(marked, review)).toBe(marked)
    for (const payment of [
      paymentRow({ held: true }),
      paymentRow({ details: { received: 'true' } }),
      ...paymentStates.filter((each) => each !== 'pending').map((state) => paymentRow({ state })),
    ])
      expect(settle.settle(payment, review)).toBe(payment)
    for (const becomes of paymentStates.filter((each) => each !== 'pending'))
      expect(become(marked, becomes)).toMatchObject({ state: becomes, details: {} })
  })

  test('a change of state starts the count of attempts anew and brings its details; anything else changes nothing', () => {
    const payment = paymentRow({ state: 'paid', attempts: 7, details: { was: 'before' } })
    expect(settle.settle(payment, eventOf('c', { becomes: 'refunded', details: { reason: '1' } }))).toMatchObject({
      attempts: 0,
      details: { reason: '1' },
    })
    expect(settle.settle(payment, paid('c', { details: { reason: '1' } }))).toBe(payment)
    expect(settle.settle(payment, eventOf('c', { news: 'disputed' }))).toBe(payment)
  })
})

describe('roleOf', () => {
  const once: Order = checkoutRow().order
  const { price: _, ...coins } = once
  const stored = { ...coins, items: [{ title: 'Gold', quantity: 1, products: { pretend: 'gold' } }] }
  const card = { ...coins, storesCard: true }
  const subscription: Order = { ...once, renews: { period: { every: 1, unit: 'month' } } }
  const mine = paymentRow({ reference: 'mine', checkoutId: 'A' })
  const sibling = paymentRow({ reference: 'sibling', checkoutId: 'A', role: 'first' })
  const stranger = paymentRow({ reference: 'stranger', checkoutId: 'B', role: 'first' })
  const early = paymentRow({ reference: 'early', checkoutId: 'A', role: 'renewal' })
  const strangers = paymentRow({ reference: 'its', checkoutId: 'B', role: 'renewal' })

  test.each([
    ['a sale, nothing paid', once, undefined, undefined, 'first'],
    ['a sale, nothing paid, said to be a renewal', once, undefined, true, 'first'],
    ['a sale, paid before in the same checkout', once, sibling, undefined, 'surplus'],
    ['a sale, paid before in another checkout', once, stranger, undefined, 'surplus'],
    ['a sale, paid before, said to be a renewal', once, sibling, true, 'surplus'],
    ['virtual currency, nothing paid', coins, undefined, undefined, 'first'],
    ['virtual currency, bought before on the same page', coins, sibling, undefined, 'renewal'],
    ['virtual currency, bought before on the same page, said to be a first', coins, sibling, false, 'renewal'],
    ['virtual currency, bought before on another page', coins, stranger, undefined, 'surplus'],
    ['a product that the provider has the price of, paid before', stored, sibling, undefined, 'surplus'],
    ['a card to store, stored before', card, sibling, undefined, 'surplus'],
    ['a subscription, nothing paid, nothing said', subscription, undefined, undefined, 'first'],
    ['a subscription, nothing paid, said to be the first', subscription, undefined, false, 'first'],
    ['a subscription, nothing paid, said to be a renewal', subscription, undefined, true, 'renewal'],
    ['a subscription, paid before, nothing said', subscription, sibling, undefined, 'renewal'],
    ['a subscription, paid before, said to be a renewal', subscription, sibling, true, 'renewal'],
    ['a subscription, paid before, said to be a first', subscription, sibling, false, 'surplus'],
    ['a subscription, paid in another checkout, nothing said', subscription, stranger, undefined, 'surplus'],
    ['a subscription, paid in another checkout, said to be a renewal', subscription, stranger, true, 'surplus'],
    ['a subscription, paid in another checkout, said to be a first', subscription, stranger, false, 'surplus'],
    ['a subscription, overtaken by its renewal, nothing said', subscription, early, undefined, 'first'],
    ['a subscription, overtaken by its renewal, said to be the first', subscription, early, false, 'first'],
    ['a subscription, overtaken by its renewal, said to be another', subscription, early, true, 'renewal'],
    ['a subscription, renewed in another checkout, nothing said', subscription, strangers, undefined, 'surplus'],
    ['a subscription, renewed in another checkout, said to be a renewal', subscription, strangers, true, 'surplus'],
    ['a subscription, renewed in another checkout, said to be a first', subscription, strangers, false, 'surplus'],
  ] as const)('%s', (_, order, began, renewal, role) => {
    expect(settle.roleOf(mine, order, began, renewal)).toBe(role)
  })
})

describe('money that was received, and what is left to be paid', () => {
  const received = { received: 'true' }
  test('T-27 only a pending payment waits for its settlement, whatever its provider told besides', () => {
    for (const state of paymentStates)
      expect(settle.isReceived(paymentRow({ state, details: received })), state).toBe(state === 'pending')
    expect(settle.isReceived(paymentRow({ state: 'pending' }))).toBe(false)
  })

  test('T-27 its first payment covers an order, or money on its way; a surplus or a renewal does not', () => {
    const covers = (change: Partial<Payment>) => settle.coversOrder(paymentRow(change))
    expect(covers({ state: 'paid', role: 'first' })).toBe(true)
    expect(covers({ state: 'pending', details: received })).toBe(true)
    for (const role of ['surplus', 'renewal'] as const) expect(covers({ state: 'paid', role }), role).toBe(false)
    for (const state of paymentStates) if (state !== 'paid') expect(covers({ state, role: 'first' }), state).toBe(false)
  })

  test('T-25 what says that nothing was paid moves no money, and what says that it was received does', () => {
    const moves = (change: Partial<PaymentEvent>) => !settle.movesNoMoney(eventOf('checkout-1', change))
    expect(moves({ becomes: 'pending', received: true })).toBe(true)
    expect(moves({ becomes: 'pending' })).toBe(false)
    for (const becomes of paymentStates)
      if (becomes !== 'pending') expect(moves({ becomes }), becomes).toBe(!['failed', 'expired'].includes(becomes))
    expect(moves({ news: 'disputed' })).toBe(true)
  })
})

describe('owed', () => {
  test('is what is true minus what is done', () => {
    for (const state of paymentStates)
      for (const delivery of ['none', 'started', 'done'] as const)
        for (const role of [undefined, 'first', 'renewal', 'surplus'] as const) {
          const expected =
            state === 'paid' && delivery !== 'done' && role !== 'surplus'
              ? 'fulfil'
              : ['declined', 'refunded', 'charged_back'].includes(state) && delivery !== 'none'
                ? 'revoke'
                : undefined
          const payment = paymentRow({ state, delivery, ...(role && { role }) })
          expect(settle.owed(payment), `${state} ${delivery} ${role}`).toBe(expected)
        }
  })

  test('delivering what is owed ends: nothing is owed after it', () => {
    for (const state of paymentStates)
      for (const delivery of ['none', 'started', 'done'] as const) {
        const payment = paymentRow({ state, delivery, role: 'first' })
        const task = settle.owed(payment)
        if (task) expect(settle.owed({ ...payment, delivery: task === 'fulfil' ? 'done' : 'none' })).toBeUndefined()
      }
  })
})

describe('contradiction', () => {
  const price = { amount: '19.90', currency: 'USD' }
  const trial = { period: { every: 7, unit: 'day' }, price: { amount: '1.00', currency: 'USD' } } as const
  const plain = checkoutRow()
  const opened = checkoutRow({ reference: 'session-1' })
  const withTrial = checkoutRow({ order: { ...plain.order, renews: { period: { every: 1, unit: 'month' }, trial } } })

  test.each([
    ['nothing said but the state', plain, {}, undefined],
    ['the right money', plain, { money: price }, undefined],
    ['the right money, written otherwise', plain, { money: { amount: '19.9', currency: 'USD' } }, undefined],
    ['a cent less', plain, { money: { amount: '19.89', currency: 'USD' } }, 'amount'],
    ['a cent more', plain, { money: { amount: '19.91', currency: 'USD' } }, 'amount'],
    ['another currency', plain, { money: { amount: '19.90', currency: 'EUR' } }, 'amount'],
    ['a hundredth', plain, { money: { amount: '0.199', currency: 'USD' } }, 'amount'],
    ['the price of the trial', withTrial, { money: trial.price }, undefined],
    ['the price of the plan after the trial', withTrial, { money: price }, undefined],
    ['neither', withTrial, { money: { amount: '20.90', currency: 'USD' } }, 'amount'],
    ['the right buyer', plain, { buyerId: 'u1' }, undefined],
    ['another buyer', plain, { buyerId: 'u2' }, 'buyer'],
    ['an empty buyer', plain, { buyerId: '' }, 'buyer'],
    ['a live payment for a test checkout', plain, { test: false }, 'live payment'],
    ['a test payment for a live checkout', checkoutRow({ mode: 'live' }), { test: true }, 'test payment'],
    ['a live payment for a live checkout', checkoutRow({ mode: 'live' }), { test: false }, undefined],
    ['the transaction that was opened', opened, { reference: 'session-1' }, undefined],
    ['another transaction', opened, { reference: 'tx1' }, 'transaction'],
    ["the adapter's own objection", plain, { objection: 'fees do not add up' }, 'fees do not add up'],
  ] as const)('%s', (_, checkout, change, reason) => {
    const said = settle.contradiction(checkout, 'pretend', paid(checkout.id, change))
    if (reason === undefined) expect(said).toBeUndefined()
    else expect(said).toContain(reason)
  })

  test("another provider's event", () => {
    expect(settle.contradiction(plain, 'other', paid(plain.id))).toContain('opened with pretend')
  })

  test('no reason quotes a value: it is told, stored and logged', () => {
    const canary = { buyerId: 'canary', reference: 'canary', money: { amount: '666', currency: 'XXX' } }
    for (const [name, value] of Object.entries(canary))
      expect(settle.contradiction(opened, 'pretend', paid('c', { reference: 'session-1', [name]: value }))).not.toMatch(
        /canary|666|XXX/,
      )
  })
})

describe('contentOf', () => {
  const event = paid('c', { money: { amount: '19.90', currency: 'USD' } })
  test('is the same for the same news, however it is written', () => {
    const { buyerId: _, ...again } = { ...event, buyerId: 'u1', money: { amount: '19.900', currency: 'USD' } }
    expect(settle.contentOf({ ...again, details: { a: 'b' } })).toBe(settle.contentOf(event))
  })
  test.each([
    { checkout: { id: 'd' } },
    { checkout: { reference: 'd' } },
    { reference: 'tx2' },
    { becomes: 'refunded' as const },
    { money: { amount: '19.91', currency: 'USD' } },
    { money: { amount: '19.90', currency: 'EUR' } },
  ])('differs with %o', (change) => {
    expect(settle.contentOf({ ...event, ...change })).not.toBe(settle.contentOf(event))
  })
})

describe('backOff', () => {
  test('grows from a second to an hour, half of it left to chance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, random) => {
        const delay = settle.backOff(attempts, random)
        const whole = Math.min(3_600_000, 1_000 * 2 ** (attempts - 1))
        expect(delay).toBeGreaterThanOrEqual(whole / 2)
        expect(delay).toBeLessThanOrEqual(whole)
        expect(Number.isInteger(delay)).toBe(true)
      }),
    )
    expect([settle.backOff(3, 0), settle.backOff(3, 0.5), settle.backOff(3, 1)]).toEqual([2_000, 3_000, 4_000])
  })
})

describe('leases', () => {
  test('T-45 a lease further ahead than any can be is cut to what one can last, and is held until then', () => {
    const now = 1_000_000
    const held = (until: number) => settle.withDueAt(paymentRow({ state: 'paid', lease: { until, fence: 3 } }), now)
    const ends = (until: number) => [held(until).lease?.until, held(until).dueAt]
    expect([now - 1, now, now + 1].map(ends)).toEqual([
      [now - 1, now],
      [now, now],
      [now + 1, now + 1],
    ])
    const longest = now + leaseTime
    for (const until of [longest, longest + 1, longest + 86_400_000]) expect(ends(until)).toEqual([longest, longest])
    expect(held(longest + 1).lease?.fence).toBe(3)
  })

  test('a lease that its holder takes anew is a new one, and the same attempt', () => {
    const first = settle.leased(paymentRow({ state: 'paid', role: 'first' }), 100)
    const again = settle.renewed(first, 200)
    expect(again).toMatchObject({ lease: { until: 200 + leaseTime, fence: 2 }, attempts: 1, dueAt: 200 + leaseTime })
  })

  test('while somebody holds it, it is not looked at before the lease ends', () => {
    const held = paymentRow({ state: 'refunded', delivery: 'started', lease: { until: 500, fence: 3 }, dueAt: 9 })
    expect(settle.withDueAt(held, 100).dueAt).toBe(500)
    expect(settle.withDueAt(held, 500).dueAt).toBe(500)
    expect(settle.withDueAt(held, 501).dueAt).toBe(501)
    expect(settle.withDueAt(settle.released(held), 100)).toMatchObject({ dueAt: 100, lease: { until: 0, fence: 3 } })
  })

  test('what owes nothing is never looked at again', () => {
    expect(settle.withDueAt(paymentRow({ state: 'paid', role: 'surplus', dueAt: 7 }), 100)).not.toHaveProperty('dueAt')
  })

  test('each holder has a higher fence, and marks that the goods are perhaps given', () => {
    const first = settle.leased(paymentRow({ state: 'paid', role: 'first' }), 100)
    expect(first).toMatchObject({ lease: { until: 100 + leaseTime, fence: 1 }, delivery: 'started', attempts: 1 })
    expect(settle.leased(settle.released(first), 200)).toMatchObject({ lease: { fence: 2 }, attempts: 2 })
    expect(settle.leased({ ...first, delivery: 'done' }, 200).delivery).toBe('done')
  })
})
