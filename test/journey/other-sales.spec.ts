import { type PaymentwallConfiguration, paymentwall } from 'checkout-button/providers/paymentwall'
import { wipay, wipayBackOffice } from 'checkout-button/providers/wipay'
import type { Order } from 'checkout-button/server'
import { expect, project, test, wapi, webhookSecret } from './counter.js'

// Sales of other kinds than one thing at one price, each from the click to the goods and what comes after.

const price = { amount: '19.90', currency: 'USD' }
const mode = 'test'
const pingbackParameters = { checkout: 'OWN' }
const own = { checkoutParameter: 'checkout' }
const selling = (options: Partial<PaymentwallConfiguration> = {}) => ({
  ...{
    provider: (at: { paymentwall: string }) => paymentwall({ ...project, ...own, mode, baseUrl: at.paymentwall, ...options }),
  },
  pingbackParameters,
})

test('a subscription with a trial: bought, renewed twice, cancelled, charged back', async ({ open, page }) => {
  const shop = await open(selling())
  const trial = { period: { every: 1, unit: 'week' }, price: { amount: '1.00', currency: 'USD' } } as const
  const hosted = await shop.sell({ price, renews: { period: { every: 1, unit: 'month' }, trial } }, 'Credit Cards', 'iframe')
  await expect(page.locator('checkout-button [part=price]')).toHaveText(/^\$1\.00 .*\$19\.90/)
  await hosted.getByRole('button', { name: 'Pay $1.00' }).click()
  await expect(page.locator('checkout-button [part=paid]')).toHaveText('Paid $1.00')
  const first = shop.deliveries[0]?.reference ?? ''

  const renewals: string[] = []
  for (const expected of [2, 3]) {
    renewals.push((await shop.move('paymentwall', first, 'renew')).ref)
    await expect.poll(() => shop.done).toHaveLength(expected)
  }
  expect(shop.done).toEqual([`fulfil first ${first}`, ...renewals.map((ref) => `fulfil renewal ${ref}`)])
  await shop.move('paymentwall', first, 'cancel')
  await expect.poll(() => shop.news.map(({ kind }) => kind)).toEqual(['subscription_cancelled'])
  expect(shop.done).toHaveLength(3)
  await shop.move('paymentwall', renewals[1] ?? '', 'chargeback')
  await expect.poll(() => shop.done[3]).toBe(`revoke renewal ${renewals[1]}`)
  expect(shop.done).toHaveLength(4)
  expect(shop.alerts).toEqual([])
})

test('T-37 a partial reversal is news, and a full one after it takes the goods back', async ({ open, page }) => {
  const shop = await open(selling())
  const hosted = await shop.sell({ price }, 'Credit Cards', 'popup')
  await hosted.getByRole('button', { name: 'Pay $19.90' }).click()
  await expect(page.locator('checkout-button [part=paid]')).toHaveText('Paid $19.90')
  const ref = shop.deliveries[0]?.reference ?? ''
  await shop.move('paymentwall', ref, 'refund-partly')
  await expect.poll(() => shop.news.map(({ kind }) => kind)).toEqual(['partly_reversed'])
  expect(shop.done).toEqual([`fulfil first ${ref}`])
  await shop.move('paymentwall', ref, 'refund')
  await expect.poll(() => shop.done).toEqual([`fulfil first ${ref}`, `revoke first ${ref}`])
})

const stored = (id: string) => ({ title: id, quantity: 1, products: { paymentwall: id } })
const goods: readonly [string, PaymentwallConfiguration['apiType'], Partial<Order>, 'iframe' | 'popup' | 'redirect', string][] =
  [
    ['a stored product', 'digital-goods', { items: [stored('gold')] }, 'redirect', 'Pay $9.99'],
    ['virtual currency', 'virtual-currency', {}, 'iframe', 'Pay $1.99'],
    [
      'a cart',
      'cart',
      {
        price,
        items: [
          { ...stored('301'), quantity: 11, price: { amount: '1.00', currency: 'USD' } },
          { ...stored('302'), price: { amount: '8.90', currency: 'USD' } },
        ],
      },
      'popup',
      'Pay $19.90',
    ],
  ]
for (const [name, apiType, sold, surface, pay] of goods)
  test(`${name}, bought in ${surface === 'iframe' ? 'an' : 'a'} ${surface}`, async ({ open, page }) => {
    const shop = await open(selling({ apiType: apiType ?? 'digital-goods' }))
    const hosted = await shop.sell(sold, 'Credit Cards', surface)
    await hosted.getByRole('button', { name: pay }).click()
    await expect(page.locator('checkout-button [part=paid]')).toHaveText(sold.price ? 'Paid $19.90' : 'Paid')
    expect(shop.done).toEqual([`fulfil first ${shop.deliveries[0]?.reference}`])
    if (apiType === 'virtual-currency') expect(shop.deliveries[0]?.details).toMatchObject({ currency: '200' })
    expect(shop.alerts).toEqual([])
  })

for (const [storing, charging] of [
  ['redirect', 'popup'],
  ['popup', 'redirect'],
] as const)
  test(`a card is stored by ${storing}, proven by its owner, charged by ${charging}, and deleted`, async ({ open, page }) => {
    const account = (url: string) => ({ mode, country: 'TT', baseUrl: url, wapi }) as const
    const shop = await open({
      provider: (at) => wipay({ ...account(at.wipay), accountNumber: '1234567890', proof: 'wapi', webhookSecret }),
    })
    const { cards } = wipayBackOffice(account(shop.at.wipay))
    const theirs = await shop.sell({ storesCard: true }, 'Save a card', storing)
    await theirs.getByRole('button', { name: 'Save the card' }).click()
    await expect(page.locator('checkout-button [part=paid]')).toHaveText('Paid')
    const { card = '', label = '' } = shop.deliveries[0]?.details ?? {}
    expect(label).toMatch(/1111$/)
    await cards.verify(card, { amount: '0.80', currency: 'USD' })

    const buyer = { id: 'u1', email: 'ada@example.com', cards: [{ provider: 'wipay', id: card, label }] }
    const charged = await shop.sell({ price, buyer }, label, charging)
    await charged.getByRole('button', { name: 'Pay $19.90' }).click()
    await expect(page.locator('checkout-button [part=paid]')).toHaveText('Paid $19.90')
    expect(shop.done).toHaveLength(2)

    await cards.delete(card)
    expect(await cards.list()).toEqual([])
    // A shop that has not heard of it yet: nothing opens, nothing is charged.
    const [, message] = [await shop.sell({ price, buyer }, label, charging), page.locator('checkout-button [part=message]')]
    await expect(message).toHaveText('The payment page could not be opened. Nothing was charged.')
    expect(shop.done).toHaveLength(2)
  })

// The ways to set a WiPay account up that the demo shop does not have.
const account = { mode, country: 'TT', accountNumber: '1234567890' } as const
for (const [name, options] of Object.entries({
  'proven by the way back alone': { proof: 'redirect', apiKey: '123' },
  'proven by WAPI': { proof: 'wapi', wapi },
  'sent by the buyer’s browser': { proof: 'webhook', webhookSecret, requestMode: 'form' },
  'sent by the buyer’s browser, proven by WAPI': { proof: 'wapi', wapi, requestMode: 'form' },
} as const))
  for (const surface of ['popup', 'redirect'] as const)
    test(`WiPay, ${name}, by ${surface}: declined, and paid at the second try`, async ({ open, page }) => {
      const shop = await open({ provider: ({ wipay: baseUrl }) => wipay({ ...account, baseUrl, ...options }) })
      const declined = await shop.sell({ price }, 'Card', surface)
      await declined.getByRole('button', { name: 'Decline' }).click()
      const message = page.locator('checkout-button [part=message]')
      await expect(message).toHaveText('The payment was not completed. You can try again.')
      expect(shop.done).toEqual([])
      const hosted = await shop.choose('Card', surface)
      await hosted.getByRole('button', { name: 'Pay $19.90' }).click()
      await expect(page.locator('checkout-button [part=paid]')).toHaveText('Paid $19.90')
      expect(shop.done).toEqual([`fulfil first ${shop.deliveries[0]?.reference}`])
      expect(shop.alerts).toEqual([])
    })
