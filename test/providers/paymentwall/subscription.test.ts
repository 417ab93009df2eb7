import { describe, expect, test } from 'vitest'
import { CheckoutError } from '../../../src/protocol/checkout-error.js'
import type { Order } from '../../../src/providers/adapter.js'
import { type PaymentwallConfiguration, paymentwall } from '../../../src/providers/paymentwall/index.js'
import { flat, named, type ProductVector, pairsOf, pingback, projectKey, secretKey, signed, vectorsOf } from './vectors.js'

const nothingOpened = { byId: async () => undefined, byReference: async () => undefined }
const configuration: PaymentwallConfiguration = { projectKey, secretKey, country: 'DE' }
const monthly = { period: { every: 1, unit: 'month' } } as const
const order: Order = {
  title: 'Gold plan',
  price: { amount: '19.95', currency: 'EUR' },
  buyer: { id: 'user40012', email: 'user@hostname.com' },
  renews: monthly,
}
const context = {
  checkoutId: 'wq0jIhpqfyJvRWZ7yv1H3g',
  method: 'paymentwall:all',
  returnUrl: new URL('https://shop.example/checkout/return/wq0jIhpqfyJvRWZ7yv1H3g'),
  notifyUrl: new URL('https://shop.example/checkout/notify/paymentwall'),
}
const trial = { period: { every: 1, unit: 'week' }, price: { amount: '1.25', currency: 'USD' }, title: 'Gold trial' } as const

const open = async (changes: Partial<Order>, options: Partial<PaymentwallConfiguration> = {}, id = context.checkoutId) => {
  const adapter = paymentwall({ ...configuration, ...options })
  const { url } = await adapter.open({ ...order, ...changes }, { ...context, checkoutId: id })
  return Object.fromEntries(url.searchParams)
}
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'it was signed',
    (error: unknown) => (error instanceof CheckoutError ? error.code : error),
  )

describe('the vectors', () => {
  const period = ({ periodLength: every = 0, periodType: unit = 'day' }: ProductVector) => ({ every, unit })
  const price = ({ amount, currency }: ProductVector) => ({ amount: String(amount), currency })

  test.each(named(vectorsOf('widget-url').filter(({ id }) => ['W04', 'W05', 'W06'].includes(id))))(
    '%s is opened alike: %s',
    async (_, __, { input, params }) => {
      const [product] = input.products as [ProductVector]
      const now = product.trial ?? product
      const { sign, timestamp, success_url, failure_url, country_code, ...rest } = await open(
        {
          title: product.name,
          price: price(product),
          ...(product.recurring
            ? {
                renews: {
                  period: period(product),
                  ...(product.trial && { trial: { period: period(now), price: price(now), title: now.name } }),
                },
              }
            : { lasts: period(product), renews: undefined as never }),
          buyer: { ...order.buyer, registeredAt: new Date(Number(input.extra['history[registration_date]']) * 1000) },
        },
        { longPeriods: true },
        now.id,
      )
      const expected = Object.fromEntries(flat(params))
      // The one difference: our id for the plan follows from the trial's, so that it can be read back.
      if (product.trial) expected.ag_post_trial_external_id = `${now.id}.plan`
      expect(rest).toEqual(expected)
    },
  )
})

describe('what is sold for a time', () => {
  test('with a trial, what is charged now is the trial, and the plan comes after', async () => {
    expect(await open({ renews: { ...monthly, trial } })).toMatchObject({
      ...{ amount: '1.25', currencyCode: 'USD', ag_name: 'Gold trial', ag_external_id: context.checkoutId },
      ...{ ag_period_length: '1', ag_period_type: 'week', ag_recurring: '1', ag_trial: '1' },
      ...{ post_trial_amount: '19.95', post_trial_currencyCode: 'EUR', ag_post_trial_name: 'Gold plan' },
      ...{ ag_post_trial_period_length: '1', ag_post_trial_period_type: 'month' },
      ag_post_trial_external_id: `${context.checkoutId}.plan`,
    })
    const { title: _, ...untitled } = trial
    expect((await open({ renews: { ...monthly, trial: untitled } })).ag_name).toBe('Gold plan')
  })

  test.each([
    [3, 'day', true],
    [2, 'day', false],
    [1, 'week', true],
    [52, 'week', true],
    [53, 'week', false],
    [364, 'day', true],
    [365, 'day', false],
    [11, 'month', true],
    [12, 'month', false],
    [1, 'year', false],
    [0, 'month', false],
    [1.5, 'month', false],
    [-1, 'month', false],
    [Number.NaN, 'day', false],
    [10_000, 'day', false],
  ] as const)('a renewal every %d %s is sold: %s', async (every, unit, sold) => {
    const period = { every, unit }
    expect(await codeOf(open({ renews: { period } }))).toBe(sold ? 'it was signed' : 'order_invalid')
    expect(await codeOf(open({ renews: { ...monthly, trial: { ...trial, period } } }))).toBe(
      sold ? 'it was signed' : 'order_invalid',
    )
  })

  test('longer ones are, where Paymentwall allowed them; what does not renew may be short or long', async () => {
    const year = { every: 2, unit: 'year' } as const
    expect(await codeOf(open({ renews: { period: year } }, { longPeriods: true }))).toBe('it was signed')
    expect(await codeOf(open({ renews: { period: { every: 2, unit: 'day' } } }, { longPeriods: true }))).toBe('order_invalid')
    const { renews: _, ...once } = order
    for (const lasts of [year, { every: 1, unit: 'day' } as const]) {
      const { url } = await paymentwall(configuration).open({ ...once, lasts }, context)
      expect(url.searchParams.get('ag_type')).toBe('subscription')
      expect(url.searchParams.has('ag_recurring')).toBe(false)
    }
    expect(await codeOf(open({ lasts: year }))).toBe('order_invalid')
  })

  test('T-01 no title of a trial or plan can forge', async () => {
    const title = 'x goodsid=1'
    expect(await codeOf(open({ title }))).toBe('order_invalid')
    expect(await codeOf(open({ renews: { ...monthly, trial: { ...trial, title } } }))).toBe('order_invalid')
  })

  test('is offered by methods that can renew', async () => {
    const methods = ['cc', 'sofortbanktransfer', 'mobiamo', 'paypal', 'test'].map((id) => ({ id, label: id }))
    const offered = async (options: Partial<PaymentwallConfiguration>, changes: Partial<Order> = {}) =>
      (await paymentwall({ ...configuration, methods, ...options }).methods({ ...order, ...changes }, {})).map(({ id }) =>
        id.replace('paymentwall:', ''),
      )
    expect(await offered({})).toEqual(['cc', 'mobiamo', 'paypal'])
    expect(await offered({ mode: 'test' })).toEqual(['cc', 'mobiamo', 'paypal', 'test'])
    expect(await offered({ allMethods: 'always', renewingMethods: ['sofortbanktransfer'] })).toEqual(['sofortbanktransfer'])
    const { renews: _, ...once } = order
    const lasting = paymentwall({ ...configuration, methods }).methods({ ...once, lasts: { every: 3, unit: 'day' } }, {})
    expect(await lasting).toHaveLength(4)
  })
})

describe('what a pingback says of a subscription', () => {
  const verify = async (changes: Parameters<typeof pairsOf>[0], options: Partial<PaymentwallConfiguration> = {}) => {
    const adapter = paymentwall({ ...configuration, ...options })
    return (await adapter.verify(pingback(signed(pairsOf(changes))), nothingOpened))[0]
  }
  const period = { slength: '1', speriod: 'month' }

  test('the plan after a trial is the same checkout, and Paymentwall’s word that it renewed', async () => {
    const trialPaid = await verify({ ...period, goodsid: 'c1' })
    const planPaid = await verify({ ...period, goodsid: 'c1.plan', ref: 'b2' })
    expect([trialPaid?.checkout, planPaid?.checkout]).toEqual([{ id: 'c1' }, { id: 'c1' }])
    expect(trialPaid).not.toHaveProperty('renewal')
    expect(planPaid).toMatchObject({ renewal: true, reference: 'b2', becomes: 'paid' })
    expect((await verify({ goodsid: '.plan' }))?.checkout).toEqual({ id: '.plan' })
  })

  test('of other renewals it says nothing, unless the first reference was added', async () => {
    expect(await verify({ ...period, ref: 'b2' })).not.toHaveProperty('renewal')
    const told = (first: string | undefined, ref: string, goodsid = 'c1') =>
      verify({ ...period, ref, goodsid, first }, { firstReferenceParameter: 'first' })
    expect((await told('b1', 'b1'))?.renewal).toBe(false)
    expect((await told('b1', 'b2'))?.renewal).toBe(true)
    expect((await told('', 'b2'))?.renewal).toBeUndefined()
    expect((await told(undefined, 'b2'))?.renewal).toBeUndefined()
    expect((await told('b1', 'b1', 'c1.plan'))?.renewal).toBe(false)
    expect((await told('b1', 'b2'))?.details).toEqual({ type: '0', first: 'b1' })
  })

  test.each([
    ['12', 'subscription_cancelled'],
    ['13', 'subscription_ended'],
    ['14', 'renewal_failed'],
  ])('type %s is news of the checkout, also of its plan, and of no payment', async (type, news) => {
    for (const goodsid of ['c1', 'c1.plan']) {
      const event = await verify({ ...period, type, goodsid })
      expect(event).toMatchObject({ checkout: { id: 'c1' }, news })
      expect(event).not.toHaveProperty('becomes')
      expect(event).not.toHaveProperty('renewal')
    }
  })
})
