import { expect, test } from 'vitest'
import { eventOf } from './pretend-provider.js'
import { createShop } from './shop.js'

const payment = { provider: 'pretend', reference: 'tx1' }

test('a refund that no provider reports takes the goods back once, and its payment never gives them again', async () => {
  const shop = createShop()
  const id = await shop.open()
  await shop.notify(eventOf(id, { becomes: 'paid' }))
  for (let times = 0; times < 2; times++)
    await shop.checkout.ledger.reverse(payment, 'refunded', { id: 'refund-7', reason: 'asked for' })
  await shop.notify(eventOf(id, { key: 'late', becomes: 'paid' }))
  await shop.settled()
  expect(shop.done).toEqual(['fulfil tx1', 'revoke tx1'])
  expect((await shop.checkout.ledger.payments())[0]).toMatchObject({
    state: 'refunded',
    delivery: 'none',
    details: { reason: 'asked for' },
  })
})

test('a payment that nobody heard of cannot be taken back', async () => {
  const { ledger } = createShop().checkout
  await expect(ledger.reverse(payment, 'refunded', { id: 'refund-7', reason: '' })).rejects.toMatchObject({
    code: 'checkout_unknown',
  })
})

test('an id that was used for another payment, or another state, takes nothing back and holds nothing', async () => {
  const shop = createShop()
  const { ledger } = shop.checkout
  for (const at of [1, 2]) await shop.notify(eventOf(await shop.open(`order-${at}`), { reference: `tx${at}`, becomes: 'paid' }))
  const why = { id: 'refund-7', reason: 'asked for' }
  await ledger.reverse(payment, 'refunded', why)
  for (const [reference, state] of [
    ['tx2', 'refunded'],
    ['tx1', 'charged_back'],
  ] as const)
    await expect(ledger.reverse({ provider: 'pretend', reference }, state, why)).rejects.toMatchObject({
      code: 'event_mismatch',
      message: expect.stringContaining('an id of its own'),
    })
  await shop.settled()
  expect([shop.done, await ledger.quarantine.list()]).toEqual([['fulfil tx1', 'fulfil tx2', 'revoke tx1'], []])
  await ledger.reverse({ provider: 'pretend', reference: 'tx2' }, 'refunded', { ...why, id: 'refund-8' })
  await shop.settled()
  expect(shop.done.at(-1)).toBe('revoke tx2')
})

test('what does not fit its checkout is said, and waits for a person', async () => {
  const shop = createShop()
  const id = await shop.open()
  await shop.notify(eventOf(id, { becomes: 'paid' }))
  const row = await shop.store.checkout(id)
  await shop.store.transaction((tx) => tx.saveCheckout({ ...row, reference: 'another' } as never))
  await expect(shop.checkout.ledger.reverse(payment, 'refunded', { id: 'r', reason: '' })).rejects.toMatchObject({
    code: 'event_mismatch',
    message: expect.stringContaining('quarantine'),
  })
  expect(await shop.checkout.ledger.quarantine.list()).toHaveLength(1)
})
