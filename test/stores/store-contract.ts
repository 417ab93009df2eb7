import { afterEach, describe, expect, test } from 'vitest'
import {
  type Checkout,
  type Entries,
  furthestAhead,
  leaseTime,
  type NamedEvent,
  type Payment,
  type Store,
  type Transaction,
} from '../../src/server/store.js'
import { checkoutRow, decisionRow, eventRow, noticeRow, paymentRow } from './rows.js'

// What every store must do, whatever its database: constraints, locks, leases and durability. The rules about money are not here,
// because no store knows any.

export interface Stores {
  /** Two instances on the same rows, empty at first: two processes, as far as the store can tell. */
  readonly one: Store
  readonly other: Store
}

/** The battery. `create` makes fresh rows each time; what it opened is closed here. */
export function describeStore(name: string, create: (now: () => Date) => Stores | Promise<Stores>): void {
  describe(name, () => {
    const opened: Store[] = []
    const start = Date.UTC(2026, 0, 1)

    async function open() {
      const clock = { at: start }
      const { one, other } = await create(() => new Date(clock.at))
      opened.push(one, other)
      return { store: one, other, clock }
    }
    /** With the checkout that payments need. */
    async function openWithCheckout() {
      const all = await open()
      await all.store.transaction((tx) => tx.saveCheckout(checkoutRow()))
      return all
    }
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close()
    })

    describe('rows', () => {
      test('a checkout comes back as it was, dates and addresses included', async () => {
        const { store, other } = await open()
        const checkout = checkoutRow({
          reference: 'session-1',
          kept: { total: '19.90', 'odd "name"': '\u0000\n' },
          order: {
            ...checkoutRow().order,
            buyer: { id: 'u1', email: 'ü@example.com', registeredAt: new Date(1_600_000_000_001), address: { line1: 'A' } },
            renews: { period: { every: 1, unit: 'month' } },
            items: [{ title: 'One', quantity: 2, products: { pretend: 'p1' } }],
            metadata: { __proto__x: 'y' },
          },
          page: {
            url: new URL('https://pay.example/p?a=%20b&c=é'),
            fields: { a: 'b' },
            reference: 'session-1',
            kept: { total: '19.90' },
            closesAt: new Date(1_800_000_000_001),
            askAt: [new Date(1_800_000_000_002), new Date(1_800_000_000_003)],
            speaksFrom: ['https://pay.example'],
          },
        })
        await store.transaction((tx) => tx.saveCheckout(checkout))
        for (const read of [
          await other.checkout(checkout.id),
          await store.checkoutByReference('pretend', 'session-1'),
          await other.checkoutByAttempt(checkout.attempt),
          await store.transaction((tx) => tx.checkout('pretend', { id: checkout.id })),
          await other.transaction((tx) => tx.checkout('pretend', { reference: 'session-1' })),
          await other.transaction((tx) => tx.checkoutByAttempt(checkout.attempt)),
        ])
          expect(read).toStrictEqual(checkout)
        const bare = checkoutRow({ id: 'bare' })
        await store.transaction((tx) => tx.saveCheckout(bare))
        expect(await store.checkout('bare')).toStrictEqual(bare)
      })

      test('what nobody stored is undefined, or empty', async () => {
        const { store } = await openWithCheckout()
        expect(await store.checkout('checkout-2')).toBeUndefined()
        expect(await store.checkoutByReference('pretend', 'checkout-1')).toBeUndefined()
        expect(await store.checkoutByAttempt('checkout-1')).toBeUndefined()
        expect(await store.firstOf('order-1')).toBeUndefined()
        expect(await store.paymentsOf('checkout-1')).toEqual([])
        expect(await store.claim(9)).toEqual([])
        expect(await store.claimNotices(9)).toEqual([])
        await store.transaction(async (tx) => {
          expect(await tx.checkout('pretend', { id: 'checkout-2' })).toBeUndefined()
          expect(await tx.checkout('pretend', { reference: 'x' })).toBeUndefined()
          expect(await tx.payment('pretend', 'tx1')).toBeUndefined()
          expect(await tx.firstOf('order-1')).toBeUndefined()
          await tx.noticeTold('nobody')
          await tx.noticeFailed('nobody', 1)
        })
      })

      test('a checkout is found by its id whoever asks, by an opening reference for its own provider alone', async () => {
        const { store } = await open()
        await store.transaction((tx) => tx.saveCheckout(checkoutRow({ reference: 'session-1' })))
        expect(await store.checkoutByReference('other', 'session-1')).toBeUndefined()
        await store.transaction(async (tx) => {
          expect((await tx.checkout('other', { id: 'checkout-1' }))?.provider).toBe('pretend')
          expect(await tx.checkout('other', { reference: 'session-1' })).toBeUndefined()
        })
      })

      test('payments, events and notices come back as they were', async () => {
        const { store, other } = await openWithCheckout()
        const payments = [
          paymentRow({ reference: 'bare' }),
          paymentRow({
            ...{ role: 'first', state: 'paid', details: { reason: '"ü"' }, held: true, delivery: 'started', attempts: 3 },
            ...{ lease: { until: start + 5, fence: 7 }, dueAt: start + 5, fulfilledAt: start + 1, revokedAt: start + 2 },
          }),
        ]
        const events = [
          eventRow({ key: 'bare', at: start }),
          eventRow({
            ...{ verdict: 'quarantined', checkoutId: 'checkout-1', orderId: 'order-1', becomes: 'paid', news: 'disputed' },
            ...{ reason: 'amount', details: { a: 'b' }, at: start },
            said: {
              ...{ checkout: { reference: 's' }, money: { amount: '1.00', currency: 'USD' }, buyerId: 'u1' },
              ...{ renewal: false, objection: 'no', test: true },
            },
          }),
        ]
        const notices = [
          noticeRow({ id: 'bare' }),
          noticeRow({ checkoutId: 'checkout-1', orderId: 'order-1', reference: 'tx1', details: { a: 'ü' } }),
        ]
        await store.transaction(async (tx) => {
          for (const payment of payments) await tx.savePayment(payment)
          for (const event of events) expect(await tx.seen(event)).toBeUndefined()
          for (const notice of notices) await tx.notice(notice)
        })
        expect(new Set(await other.paymentsOf('checkout-1'))).toEqual(new Set(payments))
        expect(await other.firstOf('order-1')).toStrictEqual(payments[1])
        expect(await other.transaction((tx) => tx.payment('pretend', 'tx1'))).toStrictEqual(payments[1])
        expect(await other.transaction((tx) => tx.seen(events[1] as never))).toStrictEqual(events[1])
        expect(await other.transaction((tx) => tx.event('pretend', 'tx1:paid'))).toStrictEqual(events[1])
        expect(await store.event('pretend', 'tx1:paid')).toStrictEqual(events[1])
        expect(await store.event('other', 'tx1:paid')).toBeUndefined()
        expect(await store.transaction((tx) => tx.event('pretend', 'nobody'))).toBeUndefined()
        expect(await store.transaction((tx) => tx.eventsOf('order-1'))).toStrictEqual([events[1]])
        expect(new Set(await other.notices({ limit: 9 }))).toEqual(
          new Set(notices.map((notice) => ({ ...notice, attempts: 0 }))),
        )
      })

      test('a payment is of a stored checkout', async () => {
        const { store } = await open()
        await expect(store.transaction((tx) => tx.savePayment(paymentRow()))).rejects.toThrow()
        expect(await store.payments({ limit: 9 })).toEqual([])
      })
    })

    describe('constraints', () => {
      /** Checks first, and creates only where there is nothing: right alone, and together only if the store is. */
      const openOnce = (store: Store, id: string) =>
        store.transaction(async (tx) => {
          const before = await tx.checkoutByAttempt('one attempt')
          if (before) return before.id
          await tx.saveCheckout(checkoutRow({ id, attempt: 'one attempt' }))
          return id
        })

      test('T-25 of many that open the same attempt at once, one creates', async () => {
        const { store, other } = await open()
        const ids = await Promise.all(Array.from({ length: 12 }, (_, at) => openOnce(at % 2 ? store : other, `checkout-${at}`)))
        expect(new Set(ids).size).toBe(1)
        expect((await store.checkoutByAttempt('one attempt'))?.id).toBe(ids[0])
      })

      test('an attempt is unique among those not lost, and a lost one frees it', async () => {
        const { store, other } = await open()
        await store.transaction((tx) => tx.saveCheckout(checkoutRow({ id: 'a', attempt: 'x', stage: 'opening' })))
        let runs = 0
        await expect(
          other.transaction((tx) => {
            runs++
            return tx.saveCheckout(checkoutRow({ id: 'b', attempt: 'x' }))
          }),
        ).rejects.toMatchObject({ code: 'store_unavailable' })
        expect(runs).toBeGreaterThan(1)
        expect(await store.checkout('b')).toBeUndefined()
        await store.transaction(async (tx) => {
          await tx.saveCheckout(checkoutRow({ id: 'a', attempt: 'x', stage: 'lost' }))
          await tx.saveCheckout(checkoutRow({ id: 'b', attempt: 'x' }))
          await tx.saveCheckout(checkoutRow({ id: 'c', attempt: 'x', stage: 'lost' }))
        })
        expect((await other.checkoutByAttempt('x'))?.id).toBe('b')
      })

      test("a provider's opening reference belongs to one checkout", async () => {
        const { store } = await open()
        await store.transaction((tx) => tx.saveCheckout(checkoutRow({ id: 'a', reference: 's' })))
        await expect(
          store.transaction((tx) => tx.saveCheckout(checkoutRow({ id: 'b', reference: 's' }))),
        ).rejects.toMatchObject({ code: 'store_unavailable' })
        await store.transaction((tx) => tx.saveCheckout(checkoutRow({ id: 'c', provider: 'other', reference: 's' })))
        expect((await store.checkoutByReference('pretend', 's'))?.id).toBe('a')
        expect((await store.checkoutByReference('other', 's'))?.id).toBe('c')
      })

      test('T-31 of many that see one event key at once, one is the first', async () => {
        const { store, other } = await open()
        const seen = await Promise.all(
          Array.from({ length: 40 }, (_, at) =>
            (at % 2 ? store : other).transaction((tx) => tx.seen(eventRow({ content: `content ${at}` }))),
          ),
        )
        expect(seen.filter((before) => before === undefined)).toHaveLength(1)
        expect(new Set(seen.filter(Boolean).map((before) => before?.content)).size).toBe(1)
      })

      test('an event key is unique per provider; what was there stays until it is written over', async () => {
        const { store } = await open()
        const first = eventRow({ verdict: 'unknown', at: start })
        const changed = eventRow({
          verdict: 'taken',
          content: 'other',
          checkoutId: 'checkout-1',
          becomes: 'paid',
          at: start + 1,
        })
        await store.transaction(async (tx) => {
          expect(await tx.seen(first)).toBeUndefined()
          expect(await tx.seen(eventRow({ provider: 'other' }))).toBeUndefined()
          expect(await tx.seen(changed)).toEqual(first)
          expect(await tx.seen(changed)).toEqual(first)
          await tx.saveEvent(changed)
          expect(await tx.seen(first)).toEqual(changed)
        })
        expect(await store.events({ limit: 9, verdicts: ['unknown'] })).toEqual([])
      })

      test('T-39 a transaction is one row per provider, for ever', async () => {
        const { store } = await openWithCheckout()
        await store.transaction(async (tx) => {
          await tx.savePayment(paymentRow())
          await tx.savePayment(paymentRow({ state: 'paid' }))
          await tx.savePayment(paymentRow({ provider: 'other', state: 'failed' }))
        })
        expect((await store.transaction((tx) => tx.payment('pretend', 'tx1')))?.state).toBe('paid')
        expect((await store.transaction((tx) => tx.payment('other', 'tx1')))?.state).toBe('failed')
        expect(await store.payments({ limit: 9 })).toHaveLength(2)
      })

      test('T-31 an order has one first payment: who comes second runs again and finds it', async () => {
        const { store, other } = await openWithCheckout()
        await store.transaction((tx) => tx.savePayment(paymentRow({ role: 'first' })))
        let runs = 0
        await other.transaction(async (tx) => {
          // The first run has read before the other one committed, as far as it can know.
          const first = runs++ === 0 ? undefined : await tx.firstOf('order-1')
          await tx.notice(noticeRow({ id: `run ${runs}` }))
          await tx.savePayment(paymentRow({ reference: 'tx2', role: first ? 'surplus' : 'first' }))
        })
        expect(runs).toBe(2)
        expect((await store.firstOf('order-1'))?.reference).toBe('tx1')
        expect((await store.transaction((tx) => tx.payment('pretend', 'tx2')))?.role).toBe('surplus')
        expect((await store.notices({ limit: 9 })).map(({ id }) => id)).toEqual(['run 2'])
      })

      test('a second first that does not give way is refused, and the first can still be saved', async () => {
        const { store } = await openWithCheckout()
        await store.transaction((tx) => tx.savePayment(paymentRow({ role: 'first' })))
        await expect(
          store.transaction((tx) => tx.savePayment(paymentRow({ reference: 'tx2', role: 'first' }))),
        ).rejects.toMatchObject({ code: 'store_unavailable' })
        await store.transaction(async (tx) => {
          await tx.savePayment(paymentRow({ role: 'first', state: 'refunded' }))
          await tx.savePayment(paymentRow({ reference: 'tx3', role: 'renewal' }))
          await tx.savePayment(paymentRow({ reference: 'tx4', role: 'renewal' }))
          await tx.savePayment(paymentRow({ reference: 'tx5', role: 'surplus' }))
          await tx.savePayment(paymentRow({ reference: 'tx6', orderId: 'order-2', role: 'first' }))
        })
        expect((await store.firstOf('order-1'))?.state).toBe('refunded')
      })

      test('T-31 of many that want to be first at once, one is', async () => {
        const { store, other } = await openWithCheckout()
        await Promise.all(
          Array.from({ length: 20 }, (_, at) =>
            (at % 2 ? store : other).transaction(async (tx) => {
              const role = (await tx.firstOf('order-1')) ? 'surplus' : 'first'
              await tx.savePayment(paymentRow({ reference: `tx${at}`, role }))
            }),
          ),
        )
        const roles = (await store.paymentsOf('checkout-1')).map(({ role }) => role)
        expect(roles.filter((role) => role === 'first')).toHaveLength(1)
        expect(roles).toHaveLength(20)
      })
    })

    describe('what an order began with', () => {
      test('its first payment, else its earliest renewal, else nothing', async () => {
        const { store, clock } = await openWithCheckout()
        const began = () => store.transaction(async (tx) => (await tx.beganWith('order-1'))?.reference)
        await store.transaction((tx) => tx.savePayment(paymentRow({ reference: 'other', orderId: 'order-2', role: 'first' })))
        await store.transaction((tx) => tx.savePayment(paymentRow({ reference: 'twice', role: 'surplus' })))
        expect(await began()).toBeUndefined()
        for (const reference of ['z, the earlier', 'a, the later']) {
          clock.at += 1000
          await store.transaction((tx) => tx.savePayment(paymentRow({ reference, role: 'renewal' })))
        }
        expect(await began()).toBe('z, the earlier')
        await store.transaction((tx) => tx.savePayment(paymentRow({ reference: 'first', role: 'first' })))
        expect(await began()).toBe('first')
      })

      test('T-31 two checkouts of one order that ask at once: one of them finds the other', async () => {
        const { store, other } = await open()
        for (let order = 1; order <= 5; order++) {
          const orderId = `order-${order}`
          const ids = [`${orderId} a`, `${orderId} b`]
          for (const id of ids) await store.transaction((tx) => tx.saveCheckout(checkoutRow({ id, orderId })))
          await Promise.all(
            ids.map((checkoutId, at) =>
              (at ? store : other).transaction(async (tx) => {
                await tx.checkout('pretend', { id: checkoutId })
                const began = await tx.beganWith(orderId)
                const role = began ? 'surplus' : at ? 'first' : 'renewal'
                await tx.savePayment(paymentRow({ reference: `of ${checkoutId}`, checkoutId, orderId, role }))
              }),
            ),
          )
          const roles = (await store.payments({ limit: 9, orderId })).map(({ role }) => role)
          expect(roles).toHaveLength(2)
          expect(roles.filter((role) => role === 'surplus')).toHaveLength(1)
        }
      })
    })

    describe('transactions', () => {
      test('no update is lost between two instances', async () => {
        const { store, other } = await openWithCheckout()
        await store.transaction((tx) => tx.savePayment(paymentRow()))
        const more = (each: Store) =>
          each.transaction(async (tx) => {
            const payment = await tx.payment('pretend', 'tx1')
            await tx.savePayment({ ...paymentRow(), attempts: (payment?.attempts ?? 0) + 1 })
          })
        await Promise.all(Array.from({ length: 60 }, (_, at) => more(at % 2 ? store : other)))
        expect((await store.transaction((tx) => tx.payment('pretend', 'tx1')))?.attempts).toBe(60)
      })

      test('a work that throws leaves nothing behind, and its own error comes out', async () => {
        const { store } = await openWithCheckout()
        const error = new Error('changed my mind')
        const everything = async (tx: Transaction) => {
          await tx.saveCheckout(checkoutRow({ id: 'checkout-2' }))
          await tx.seen(eventRow())
          await tx.savePayment(paymentRow({ dueAt: start }))
          await tx.notice(noticeRow())
          throw error
        }
        await expect(store.transaction(everything)).rejects.toBe(error)
        expect(await store.checkout('checkout-2')).toBeUndefined()
        expect(await store.events({ limit: 9 })).toEqual([])
        expect(await store.payments({ limit: 9 })).toEqual([])
        expect(await store.notices({ limit: 9 })).toEqual([])
        expect(await store.claim(9)).toEqual([])
      })

      test('a work that fails does not hurt those that wait beside it', async () => {
        const { store } = await openWithCheckout()
        const results = await Promise.allSettled(
          Array.from({ length: 30 }, (_, at) =>
            store.transaction(async (tx) => {
              await tx.savePayment(paymentRow({ reference: `tx${at}` }))
              if (at % 3 === 1) throw new Error('not this one')
              // Breaks a constraint of the database, which is worse than an exception of ours.
              if (at % 3 === 2) await tx.savePayment(paymentRow({ reference: 'of nobody', checkoutId: 'nobody' }))
              return at
            }),
          ),
        )
        for (const [at, { status }] of results.entries()) expect(status).toBe(at % 3 === 0 ? 'fulfilled' : 'rejected')
        const stored = (await store.payments({ limit: 99 })).map(({ reference }) => reference)
        expect(new Set(stored)).toEqual(new Set(Array.from({ length: 10 }, (_, at) => `tx${at * 3}`)))
      })

      test('nobody reads what is not committed', async () => {
        const { store } = await open()
        let read: Promise<unknown> | undefined
        await store
          .transaction(async (tx) => {
            await tx.saveCheckout(checkoutRow())
            read = store.checkout('checkout-1')
            await Promise.resolve()
            throw new Error('rolled back')
          })
          .catch(() => {})
        expect(await read).toBeUndefined()
      })

      test('a work sees what it wrote, and one clock', async () => {
        const { store, clock } = await open()
        const answer = await store.transaction(async (tx) => {
          const before = tx.now
          clock.at += 5
          await tx.saveCheckout(checkoutRow())
          await tx.savePayment(paymentRow({ role: 'first' }))
          expect((await tx.checkout('pretend', { id: 'checkout-1' }))?.id).toBe('checkout-1')
          expect((await tx.firstOf('order-1'))?.reference).toBe('tx1')
          expect(tx.now).toBe(before)
          return 'what the work answers'
        })
        expect(answer).toBe('what the work answers')
        expect(await store.transaction(async (tx) => tx.now)).toBe(start + 5)
      })
    })

    describe('leases', () => {
      test('takes what is due, oldest first, and counts it as an attempt', async () => {
        const { store } = await openWithCheckout()
        await store.transaction(async (tx) => {
          await tx.savePayment(paymentRow({ reference: 'later', state: 'paid', dueAt: start - 1 }))
          await tx.savePayment(paymentRow({ reference: 'sooner', state: 'paid', dueAt: start - 2, attempts: 2 }))
          await tx.savePayment(
            paymentRow({ reference: 'given', delivery: 'done', dueAt: start, lease: { until: 0, fence: 4 } }),
          )
          await tx.savePayment(paymentRow({ reference: 'not yet', dueAt: start + 1 }))
          await tx.savePayment(paymentRow({ reference: 'never' }))
        })
        const until = start + leaseTime
        const [sooner, later] = await store.claim(2)
        expect(sooner).toEqual(
          paymentRow({
            ...{ reference: 'sooner', state: 'paid', attempts: 3, delivery: 'started' },
            ...{ dueAt: until, lease: { until, fence: 1 } },
          }),
        )
        expect(later?.reference).toBe('later')
        expect(await store.claim(9)).toEqual([
          paymentRow({
            ...{ reference: 'given', attempts: 1, delivery: 'done', dueAt: until, lease: { until, fence: 5 } },
          }),
        ])
        expect(await store.claim(9)).toEqual([])
        expect(await store.transaction((tx) => tx.payment('pretend', 'sooner'))).toEqual(sooner)
      })

      test('T-31 two instances never hold the same', async () => {
        const { store, other } = await openWithCheckout()
        await store.transaction(async (tx) => {
          for (let at = 0; at < 50; at++)
            await tx.savePayment(paymentRow({ reference: `tx${at}`, state: 'paid', dueAt: start }))
        })
        const claimed = await Promise.all(Array.from({ length: 10 }, (_, at) => (at % 2 ? store : other).claim(7)))
        const references = claimed.flat().map(({ reference }) => reference)
        expect(references).toHaveLength(50)
        expect(new Set(references).size).toBe(50)
      })

      test("T-33 a lease ends by the store's clock, and the next holder has a higher fence", async () => {
        const { store, other, clock } = await openWithCheckout()
        await store.transaction((tx) => tx.savePayment(paymentRow({ state: 'paid', dueAt: start })))
        const [first] = await store.claim(1)
        clock.at = start + leaseTime - 1
        expect(await other.claim(1)).toEqual([])
        clock.at = start + leaseTime
        const [second] = await other.claim(1)
        expect([first?.lease?.fence, second?.lease?.fence]).toEqual([1, 2])
        expect(second?.attempts).toBe(2)
      })

      test('T-45 a time further ahead than any can be is one from before the clock was set back', async () => {
        const { store, clock } = await openWithCheckout()
        await store.transaction(async (tx) => {
          await tx.savePayment(paymentRow({ reference: 'far', dueAt: start + furthestAhead + 1 }))
          await tx.savePayment(paymentRow({ reference: 'near', dueAt: start + furthestAhead }))
          // The clock was set back by a day while this one was held.
          const until = start + 24 * 60 * 60_000
          await tx.savePayment(paymentRow({ reference: 'held', dueAt: until, lease: { until, fence: 3 } }))
          const soon = { until: start + leaseTime, fence: 3 }
          await tx.savePayment(paymentRow({ reference: 'held now', dueAt: start, lease: soon }))
          await tx.notice(noticeRow())
          await tx.noticeFailed(noticeRow().id, start + furthestAhead + 1)
        })
        const claimed = await store.claim(9)
        expect(claimed.map(({ reference }) => reference)).toEqual(['far'])
        // Its holder may be at work: it has as long as any, and no longer.
        const [held] = await store.paymentsOf('checkout-1').then((all) => all.filter(({ reference }) => reference === 'held'))
        expect(held).toMatchObject({ lease: { until: start + leaseTime, fence: 3 }, dueAt: start + leaseTime, attempts: 0 })
        expect(await store.claimNotices(9)).toHaveLength(1)
        clock.at = start + leaseTime
        const later = await store.claim(9)
        expect(later.find(({ reference }) => reference === 'held')?.lease).toEqual({ until: start + 2 * leaseTime, fence: 4 })
        clock.at = start + furthestAhead
        expect((await store.claim(9)).map(({ reference }) => reference)).toContain('near')
      })
    })

    describe('the news of an event', () => {
      const newsOf = (change: Partial<NamedEvent> = {}): NamedEvent => ({
        ...{ provider: 'pretend', key: 'tx1:paid', reference: 'tx1', checkout: { id: 'checkout-1' } },
        ...change,
      })
      /** As the ledger records what was paid. */
      const record = (store: Store, news: NamedEvent) =>
        store.transaction(async (tx) => {
          const { provider, key, reference } = news
          const checkout = await tx.checkout(provider, news.checkout)
          const known = checkout && (await tx.payment(provider, reference))
          if (await tx.seen(eventRow({ key, reference, at: tx.now }))) return 'known'
          if (!checkout) return 'unknown'
          if (known) return 'another'
          const role = (await tx.firstOf(checkout.orderId)) ? 'surplus' : 'first'
          if (role === 'surplus') await tx.notice(noticeRow({ id: key }))
          const { id: checkoutId, orderId } = checkout
          const lease = { until: tx.now + leaseTime, fence: 1 }
          await tx.savePayment(paymentRow({ reference, checkoutId, orderId, role, state: 'paid', lease, dueAt: lease.until }))
          return role
        }, news)

      test('is written as the work says, at the time of the store', async () => {
        const { store, other, clock } = await openWithCheckout()
        clock.at = start + 7
        expect(await record(store, newsOf())).toBe('first')
        const lease = { until: start + 7 + leaseTime, fence: 1 }
        const written = paymentRow({ role: 'first', state: 'paid', lease, dueAt: lease.until })
        expect(await other.firstOf('order-1')).toStrictEqual(written)
        expect(await other.event('pretend', 'tx1:paid')).toStrictEqual(eventRow({ at: start + 7 }))
        expect((await other.story('order-1')).payments).toEqual([{ ...written, at: start + 7 }])
      })

      test('finds its checkout by what the provider calls it', async () => {
        const { store } = await open()
        const row = { reference: 'session', attempt: 'x' }
        await store.transaction(async (tx) => {
          await tx.saveCheckout(checkoutRow({ ...row, id: 'theirs', orderId: 'theirs', provider: 'other' }))
          await tx.saveCheckout(checkoutRow({ ...row, id: 'ours', orderId: 'ours', attempt: 'y' }))
        })
        expect(await record(store, newsOf({ checkout: { reference: 'session' } }))).toBe('first')
        expect((await store.firstOf('ours'))?.reference).toBe('tx1')
        expect(await store.firstOf('theirs')).toBeUndefined()
      })

      test('of a checkout that is not there is kept all the same', async () => {
        const { store } = await open()
        expect(await record(store, newsOf())).toBe('unknown')
        expect(await record(store, newsOf())).toBe('known')
        expect(await store.payments({ limit: 9 })).toEqual([])
      })

      test('is found again, and so is its payment', async () => {
        const { store, other } = await openWithCheckout()
        expect(await record(store, newsOf())).toBe('first')
        expect(await record(other, newsOf())).toBe('known')
        expect(await record(other, newsOf({ key: 'tx1:refunded' }))).toBe('another')
        expect(await store.events({ limit: 9 })).toHaveLength(2)
      })

      test('that meets a key of another payment is known, and makes none', async () => {
        const { store } = await openWithCheckout()
        await store.transaction((tx) => tx.seen(eventRow({ reference: 'tx0' })))
        expect(await record(store, newsOf())).toBe('known')
        expect(await store.payments({ limit: 9 })).toEqual([])
      })

      test('is written with whatever else the work writes, or alone', async () => {
        const { store } = await openWithCheckout()
        await store.transaction(async (tx) => {
          await tx.checkout('pretend', { id: 'checkout-1' })
          await tx.seen(eventRow({ verdict: 'quarantined' }))
          await tx.notice(noticeRow())
          await tx.savePayment(paymentRow({ held: true }))
        }, newsOf())
        expect((await store.notices({ limit: 9 })).map(({ id }) => id)).toEqual([noticeRow().id])
        expect((await store.paymentsOf('checkout-1')).map(({ held }) => held)).toEqual([true])
        const alone = newsOf({ key: 'alone', reference: 'tx2' })
        await store.transaction(async (tx) => void (await tx.seen(eventRow(alone))), alone)
        expect(await store.event('pretend', 'alone')).toBeDefined()
        const twice = newsOf({ key: 'twice', reference: 'tx3' })
        await store.transaction(async (tx) => {
          await tx.seen(eventRow({ key: 'twice', reference: 'tx3' }))
          await tx.savePayment(paymentRow({ reference: 'tx3' }))
          await tx.savePayment(paymentRow({ reference: 'tx4' }))
        }, twice)
        expect((await store.paymentsOf('checkout-1')).map(({ reference }) => reference).sort()).toEqual(['tx1', 'tx3', 'tx4'])
      })

      test('does not keep its work from asking after other rows', async () => {
        const { store } = await openWithCheckout()
        await store.transaction(async (tx) => {
          await tx.saveCheckout(checkoutRow({ id: 'checkout-2', orderId: 'order-2' }))
          await tx.savePayment(paymentRow({ reference: 'tx2', checkoutId: 'checkout-2', orderId: 'order-2', role: 'first' }))
        })
        const asked = (ask: (tx: Transaction) => Promise<unknown>) => store.transaction(ask, newsOf())
        expect(await asked((tx) => tx.checkout('pretend', { id: 'checkout-2' }))).toMatchObject({ orderId: 'order-2' })
        expect(await asked((tx) => tx.payment('pretend', 'tx2'))).toMatchObject({ orderId: 'order-2' })
        expect(await asked((tx) => tx.firstOf('order-2'))).toMatchObject({ reference: 'tx2' })
        expect(await asked((tx) => tx.event('pretend', 'nobody'))).toBeUndefined()
      })

      test('T-31 told many times at once is written once', async () => {
        const { store, other } = await openWithCheckout()
        const became = await Promise.all(Array.from({ length: 30 }, (_, at) => record(at % 2 ? store : other, newsOf())))
        expect(became.sort()).toEqual(['first', ...Array.from({ length: 29 }, () => 'known')])
        expect(await store.payments({ limit: 9 })).toHaveLength(1)
        expect(await store.events({ limit: 9 })).toHaveLength(1)
      })

      test('T-27 T-31 of many payments of one order at once, one is the first, and each is there', async () => {
        const { store, other } = await openWithCheckout()
        await store.transaction((tx) => tx.saveCheckout(checkoutRow({ id: 'checkout-2' })))
        const became = await Promise.all(
          Array.from({ length: 20 }, (_, at) => {
            const names = { key: `tx${at}:paid`, reference: `tx${at}`, checkout: { id: `checkout-${1 + (at % 3 ? 1 : 0)}` } }
            return record(at % 2 ? store : other, newsOf(names))
          }),
        )
        expect(became.sort()).toEqual(['first', ...Array.from({ length: 19 }, () => 'surplus')])
        expect(await store.payments({ limit: 99 })).toHaveLength(20)
        expect(await store.events({ limit: 99 })).toHaveLength(20)
        expect(await store.notices({ limit: 99 })).toHaveLength(19)
      })

      test('T-39 of one transaction for two checkouts at once: one has it', async () => {
        const { store, other } = await openWithCheckout()
        await store.transaction((tx) => tx.saveCheckout(checkoutRow({ id: 'checkout-2', orderId: 'order-2' })))
        for (let round = 0; round < 10; round++) {
          const names = (at: number) => ({ key: `${round}:${at}`, reference: `tx${round}`, checkout: { id: `checkout-${at}` } })
          const became = await Promise.all([record(store, newsOf(names(1))), record(other, newsOf(names(2)))])
          expect(became.filter((each) => each === 'another')).toHaveLength(1)
        }
        expect(await store.payments({ limit: 99 })).toHaveLength(10)
      })

      test('is not there when its work fails, whatever it had said by then', async () => {
        const { store } = await openWithCheckout()
        const error = new Error('of the work')
        const failing = store.transaction(async (tx) => {
          await tx.checkout('pretend', { id: 'checkout-1' })
          await tx.seen(eventRow())
          await tx.savePayment(paymentRow({ role: 'first' }))
          throw error
        }, newsOf())
        await expect(failing).rejects.toBe(error)
        expect(await store.events({ limit: 9 })).toEqual([])
        expect(await store.payments({ limit: 9 })).toEqual([])
      })
    })

    describe('a payment in place of another', () => {
      const before = paymentRow({
        ...{ role: 'first', state: 'paid', details: { a: 'ü' }, delivery: 'started', attempts: 1, revokedAt: start - 9 },
        ...{ lease: { until: start + leaseTime, fence: 1 }, dueAt: start + leaseTime },
      })
      const { dueAt: _, ...rest } = before
      const after = (now: number): Payment => ({
        ...{ ...rest, attempts: 0, delivery: 'done', fulfilledAt: now, lease: { until: 0, fence: 1 } },
      })
      const stored = (store: Store) => store.transaction((tx) => tx.payment('pretend', 'tx1'))

      test('is written where the row is as it was, with the time of it', async () => {
        const { store, other, clock } = await openWithCheckout()
        await store.transaction((tx) => tx.savePayment(before))
        clock.at = start + 5
        expect(await store.replacePayment(before, after)).toBe(true)
        expect(await stored(other)).toStrictEqual(after(start + 5))
        expect((await other.payments({ limit: 9 }))[0]).toStrictEqual(after(start + 5))
      })

      const changes: Partial<Payment>[] = [
        ...([{ role: 'surplus' }, { state: 'refunded' }, { details: {} }, { held: true }, { delivery: 'done' }] as const),
        ...[{ lease: { until: start, fence: 1 } }, { lease: { until: start + leaseTime, fence: 2 } }, { attempts: 0 }],
        ...[{ dueAt: start }, { fulfilledAt: start }, { revokedAt: start }],
      ]
      test.each(changes)('T-33 leaves alone what was changed: %j', async (change) => {
        const { store, other } = await openWithCheckout()
        await store.transaction((tx) => tx.savePayment({ ...before, ...change }))
        expect(await other.replacePayment(before, after)).toBe(false)
        expect(await stored(store)).toStrictEqual({ ...before, ...change })
      })

      test('touches no other, and makes none', async () => {
        const { store } = await openWithCheckout()
        expect(await store.replacePayment(before, after)).toBe(false)
        const others = [
          paymentRow({ ...before, reference: 'tx2', role: 'renewal' }),
          paymentRow({ ...before, provider: 'b', role: 'renewal' }),
        ]
        await store.transaction(async (tx) => {
          for (const each of others) await tx.savePayment(each)
        })
        expect(await store.replacePayment(before, after)).toBe(false)
        expect(new Set(await store.payments({ limit: 9 }))).toEqual(new Set(others))
      })

      test('T-31 of many at once, one is written', async () => {
        const { store, other } = await openWithCheckout()
        await store.transaction((tx) => tx.savePayment(before))
        const written = await Promise.all(
          Array.from({ length: 20 }, (_, at) => (at % 2 ? store : other).replacePayment(before, after)),
        )
        // A store may say no of a row that is locked at this moment, but the one that locked it writes.
        expect(written.filter(Boolean)).toHaveLength(1)
        expect((await stored(store))?.delivery).toBe('done')
      })
    })

    describe('notices', () => {
      test('are told once and for all when their hook has taken them', async () => {
        const { store, other } = await open()
        await store.transaction((tx) => tx.notice(noticeRow()))
        expect(await store.claimNotices(9)).toEqual([{ ...noticeRow(), attempts: 0 }])
        expect(await other.claimNotices(9)).toEqual([])
        await store.transaction((tx) => tx.noticeTold(noticeRow().id))
        await store.transaction((tx) => tx.notice(noticeRow({ reason: 'the same fact again' })))
        expect(await store.notices({ limit: 9, untold: true })).toEqual([])
        expect(await other.notices({ limit: 9 })).toEqual([{ ...noticeRow(), attempts: 0 }])
        expect(await other.claimNotices(9)).toEqual([])
      })

      test('come again after a minute when nobody has said how it went, and later when it failed', async () => {
        const { store, clock } = await open()
        await store.transaction((tx) => tx.notice(noticeRow()))
        await store.claimNotices(9)
        clock.at = start + leaseTime - 1
        expect(await store.claimNotices(9)).toEqual([])
        clock.at = start + leaseTime
        expect(await store.claimNotices(9)).toHaveLength(1)
        await store.transaction((tx) => tx.noticeFailed(noticeRow().id, clock.at + 7))
        expect(await store.claimNotices(9)).toEqual([])
        clock.at += 7
        expect(await store.claimNotices(9)).toEqual([{ ...noticeRow(), attempts: 1 }])
        expect(await store.notices({ limit: 9, untold: true })).toHaveLength(1)
      })

      test('no two instances tell the same at once, and no more than asked for', async () => {
        const { store, other } = await open()
        await store.transaction(async (tx) => {
          for (let at = 0; at < 20; at++) await tx.notice(noticeRow({ id: `notice ${at}` }))
        })
        const claimed = await Promise.all(Array.from({ length: 6 }, (_, at) => (at % 2 ? store : other).claimNotices(4)))
        expect(Math.max(...claimed.map((each) => each.length))).toBe(4)
        expect(new Set(claimed.flat().map(({ id }) => id)).size).toBe(20)
        expect(claimed.flat()).toHaveLength(20)
      })
    })

    describe('reads', () => {
      async function withStory() {
        const all = await openWithCheckout()
        for (let at = 0; at < 12; at++) {
          all.clock.at = start + Math.floor(at / 5) // several at the same millisecond, as a common commit makes them
          await all.store.transaction(async (tx) => {
            const verdict = at % 4 === 0 ? 'quarantined' : 'taken'
            await tx.seen(eventRow({ key: `k${at}`, orderId: `order-${at % 2}`, verdict, at: tx.now }))
            await tx.savePayment(paymentRow({ reference: `tx${at}`, orderId: `order-${at % 2}` }))
            await tx.notice(noticeRow({ id: `notice ${at}` }))
          })
        }
        return all
      }

      test('events are paged, newest first, and none is passed over', async () => {
        const { store } = await withStory()
        for (const limit of [1, 3, 4, 5, 7, 50]) {
          const read: string[] = []
          let before: number | undefined
          for (let pages = 0; pages <= 12; pages++) {
            const page = await store.events({ limit, ...(before !== undefined && { before }) })
            const times = page.map(({ at }) => at)
            expect(times).toEqual([...times].sort((one, other) => other - one))
            read.push(...page.map(({ key }) => key))
            before = times.at(-1)
            if (before === undefined) break
          }
          expect(read, `pages of ${limit}`).toHaveLength(12)
          expect(new Set(read).size).toBe(12)
        }
      })

      test('events are found by order and by verdict', async () => {
        const { store } = await withStory()
        const keys = async (query: object) => new Set((await store.events({ limit: 50, ...query })).map(({ key }) => key))
        expect(await keys({ verdicts: ['quarantined'] })).toEqual(new Set(['k0', 'k4', 'k8']))
        expect((await keys({ verdicts: ['quarantined', 'taken'] })).size).toBe(12)
        expect((await keys({ verdicts: [] })).size).toBe(0)
        expect((await keys({ orderId: 'order-1' })).size).toBe(6)
        expect(await keys({ orderId: 'order-1', verdicts: ['unknown'] })).toEqual(new Set())
        expect((await keys({ before: start })).size).toBe(0)
      })

      test('payments and notices, newest first and no more than asked for', async () => {
        const { store } = await withStory()
        const payments = await store.payments({ limit: 2 })
        expect(payments.every(({ reference }) => ['tx10', 'tx11'].includes(reference))).toBe(true)
        expect(await store.payments({ limit: 50, orderId: 'order-0' })).toHaveLength(6)
        expect((await store.notices({ limit: 2 })).every(({ id }) => /1[01]$/.test(id))).toBe(true)
        expect(await store.notices({ limit: 50 })).toHaveLength(12)
      })

      test('a payment that is saved again keeps its place', async () => {
        const { store, clock } = await withStory()
        clock.at = start + 1000
        await store.transaction((tx) => tx.savePayment(paymentRow({ reference: 'tx0', orderId: 'order-0', state: 'paid' })))
        expect((await store.payments({ limit: 1 }))[0]?.reference).not.toBe('tx0')
      })
    })

    describe('what a person reads', () => {
      const late = { checkoutId: 'checkout-2', orderId: 'order-2' }
      /** Two orders; of the second a payment, an event, a notice and a decision, each a millisecond after the other. */
      async function withOrders() {
        const all = await openWithCheckout()
        const { store, clock } = all
        const at = start + 4
        await store.transaction((tx) => tx.saveCheckout(checkoutRow({ id: 'checkout-2', orderId: 'order-2' })))
        clock.at = start + 1
        await store.transaction((tx) => tx.savePayment(paymentRow({ ...late, state: 'paid' })))
        clock.at = start + 2
        await store.transaction((tx) => tx.seen(eventRow({ ...late, at: tx.now })))
        clock.at = start + 3
        await store.transaction((tx) => tx.notice(noticeRow(late)))
        await store.transaction((tx) => tx.notice(noticeRow({ id: 'elsewhere' })))
        await store.transaction((tx) => tx.noticeTold('elsewhere'))
        clock.at = at
        await store.transaction((tx) => tx.decision(decisionRow({ ...late, at })))
        await store.transaction((tx) => tx.decision(decisionRow({ id: 'decision-2', at })))
        return all
      }

      test('T-37 all that is known of one order, with the time at which each came', async () => {
        const { other } = await withOrders()
        const checkout = checkoutRow({ id: 'checkout-2', orderId: 'order-2' })
        expect(await other.story('order-2')).toStrictEqual({
          checkouts: [{ ...checkout, at: checkout.openedAt.getTime() }],
          payments: [{ ...paymentRow({ ...late, state: 'paid' }), at: start + 1 }],
          events: [eventRow({ ...late, at: start + 2 })],
          notices: [{ ...noticeRow(late), attempts: 0, at: start + 3, isTold: false }],
          decisions: [decisionRow({ ...late, at: start + 4 })],
        })
        expect((await other.story('order-1')).checkouts).toHaveLength(1)
        expect(Object.values(await other.story('order-3')).flat()).toEqual([])
      })

      test('every row of a kind by pages, none twice and none passed over', async () => {
        const { store } = await openWithCheckout()
        await store.transaction(async (tx) => {
          for (let at = 0; at < 7; at++) {
            await tx.saveCheckout(checkoutRow({ id: `another-${at}` }))
            await tx.savePayment(paymentRow({ reference: `tx${at % 4}`, provider: at < 4 ? 'pretend' : 'other' }))
            await tx.seen(eventRow({ key: `k${at % 4}`, provider: at < 4 ? 'pretend' : 'other' }))
            await tx.notice(noticeRow({ id: `notice ${at}` }))
            await tx.decision(decisionRow({ id: `decision ${at}` }))
          }
        })
        const read = async <Kind extends keyof Entries>(kind: Kind) => {
          const rows: Entries[Kind][] = []
          for (;;) {
            const after = rows.at(-1)
            const page = await store.page(kind, { limit: 3, ...(after && { after }) })
            if (page.length === 0) return rows
            rows.push(...page)
          }
        }
        for (const [kind, count] of Object.entries({ checkouts: 8, payments: 7, events: 7, notices: 7, decisions: 7 })) {
          const rows = (await read(kind as keyof Entries)).map((row) => JSON.stringify(row))
          expect([kind, rows.length, new Set(rows).size]).toEqual([kind, count, count])
        }
      })

      test('T-47 checkouts of a time that nothing was heard of, lost ones among them', async () => {
        const { store } = await open()
        const opened = (id: string, at: number, change = {}) =>
          checkoutRow({ id, orderId: id, openedAt: new Date(start + at), ...change })
        await store.transaction(async (tx) => {
          for (const checkout of [
            ...[opened('early', -1), opened('silent', 1), opened('begun', 2), opened('failed', 3), opened('paid', 4)],
            ...[opened('lost', 5, { stage: 'lost' }), opened('opening', 0, { stage: 'opening' }), opened('late', 9)],
          ])
            await tx.saveCheckout(checkout)
          for (const [id, state] of Object.entries({ begun: 'pending', failed: 'failed', paid: 'paid' } as const))
            await tx.savePayment(paymentRow({ reference: id, checkoutId: id, orderId: id, state }))
        })
        const ids = async (query: object) =>
          (await store.unsettled({ limit: 9, since: start, until: start + 9, ...query })).map(({ id }) => id)
        expect(await ids({})).toEqual(['opening', 'silent', 'begun', 'lost'])
        expect(await ids({ limit: 2 })).toEqual(['opening', 'silent'])
        expect(await ids({ since: start + 2, until: start + 10 })).toEqual(['begun', 'lost', 'late'])
      })

      test('T-47 payments that stand still half-way, and surplus ones', async () => {
        const { store, clock } = await openWithCheckout()
        const rows = [
          paymentRow({ reference: 'stuck', state: 'paid', delivery: 'started' }),
          paymentRow({ reference: 'stuck in revoke', state: 'refunded', delivery: 'done' }),
          paymentRow({ reference: 'stuck in a decline', state: 'declined', delivery: 'started' }),
          paymentRow({ reference: 'surplus', state: 'paid', role: 'surplus' }),
          paymentRow({ reference: 'waits', state: 'paid', delivery: 'started', dueAt: start }),
          paymentRow({ reference: 'given', state: 'paid', delivery: 'done' }),
          paymentRow({ reference: 'taken back', state: 'charged_back', delivery: 'none' }),
          paymentRow({ reference: 'given back', state: 'refunded', role: 'surplus' }),
          paymentRow({ reference: 'begun' }),
        ]
        for (const row of rows) {
          await store.transaction((tx) => tx.savePayment(row))
          clock.at++
        }
        const found = await store.unfinished({ limit: 9, since: 0 })
        expect(found).toStrictEqual(rows.slice(0, 4).map((row, index) => ({ ...row, at: start + index })))
        expect((await store.unfinished({ limit: 2, since: 0 })).map(({ reference }) => reference)).toEqual([
          'stuck',
          'stuck in revoke',
        ])
      })

      test('T-46 what may be forgotten is what is older and still holds something, until it was', async () => {
        const { store } = await open()
        const [old, young] = [checkoutRow({ id: 'old', openedAt: new Date(start) }), checkoutRow({ id: 'young' })]
        const said = { checkout: { id: 'old' }, test: false }
        await store.transaction(async (tx) => {
          await tx.saveCheckout(old)
          await tx.saveCheckout({ ...young, openedAt: new Date(start + 9) })
          await tx.seen(eventRow({ key: 'bare', at: start }))
          await tx.seen(eventRow({ key: 'told', details: { card: '1' }, at: start }))
          await tx.seen(eventRow({ key: 'said', said, at: start + 1 }))
          await tx.seen(eventRow({ key: 'new', said, at: start + 9 }))
          await tx.notice(noticeRow({ id: 'bare' }))
          await tx.notice(noticeRow({ id: 'told', details: { card: '1' } }))
        })
        const query = { limit: 9, after: start - 1, before: start + 9 }
        const events = async (change = {}) => (await store.forgettable('events', { ...query, ...change })).map(({ key }) => key)
        const checkouts = async () => (await store.forgettable('checkouts', query)).map(({ id }) => id)
        const notices = async () => (await store.forgettable('notices', query)).map(({ id }) => id)
        expect([await events(), await checkouts(), await notices()]).toEqual([['told', 'said'], ['old'], ['told']])
        expect([await events({ limit: 1 }), await events({ after: start }), await events({ before: start })]).toEqual([
          ['told'],
          ['said'],
          [],
        ])
        const slim: Checkout = { ...old, order: { ...old.order, title: 'Less' }, backTo: 'https://shop.example/' }
        await store.transaction(async (tx) => {
          await tx.forgetCheckout(slim)
          await tx.saveEvent(eventRow({ key: 'told', at: start }))
          await tx.saveEvent(eventRow({ key: 'said', at: start + 1 }))
          await tx.forgetNotice('told')
        })
        expect([await events(), await checkouts(), await notices()]).toEqual([[], [], []])
        expect(await store.checkout('old')).toStrictEqual(slim)
        expect((await store.notices({ limit: 9 })).map(({ details }) => details)).toEqual([{}, {}])
        expect(await store.unsettled({ limit: 9, since: start, until: start + 9 })).toEqual([])
      })

      test('T-46 a checkout that was forgotten stays so when it is saved again', async () => {
        const { store } = await openWithCheckout()
        const row = checkoutRow()
        await store.transaction((tx) => tx.forgetCheckout({ ...row, order: { ...row.order, buyer: { id: 'u1' } } }))
        await store.transaction((tx) =>
          tx.saveCheckout({ ...row, order: { ...row.order, buyer: { id: 'u1', email: 'a@b.example' } } }),
        )
        expect(JSON.stringify(await store.checkout(row.id))).not.toContain('a@b.example')
      })

      test('a probe writes, and leaves nothing to see', async () => {
        const { store, other } = await open()
        await store.transaction((tx) => tx.probe())
        await other.transaction((tx) => tx.probe())
        expect(await store.claim(9)).toEqual([])
      })
    })

    describe('end', () => {
      test('works that were given before closing are finished first', async () => {
        const { store, other } = await openWithCheckout()
        const works = Array.from({ length: 100 }, (_, at) =>
          store.transaction((tx) => tx.savePayment(paymentRow({ reference: `tx${at}` }))),
        )
        const closed = store.close()
        await Promise.all(works)
        await closed
        if (other !== store) expect(await other.payments({ limit: 200 })).toHaveLength(100)
      })

      test('a closed store refuses, as one that cannot be reached', async () => {
        const { store } = await openWithCheckout()
        await store.close()
        await store.close()
        const refused = { name: 'CheckoutError', code: 'store_unavailable' }
        await expect(store.transaction(async () => 1)).rejects.toMatchObject(refused)
        await expect(store.claim(1)).rejects.toMatchObject(refused)
        await expect(store.claimNotices(1)).rejects.toMatchObject(refused)
        await expect(store.checkout('checkout-1')).rejects.toMatchObject(refused)
        await expect(store.events({ limit: 1 })).rejects.toMatchObject(refused)
      })
    })
  })
}
