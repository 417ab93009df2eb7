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
