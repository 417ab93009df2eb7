import { describe, expect, test } from 'vitest'
import { CheckoutError } from '../../../src/protocol/checkout-error.js'
import {
  type GStableBackOfficeConfiguration,
  type GStableConfiguration,
  gstable,
  gstableBackOffice,
} from '../../../src/providers/gstable/index.js'
import { apiKey, bodyOf, checkout, configuration, network, openedAs, sessionOf, signed } from './vectors.js'

function shop(answers: Parameters<typeof network>[0], options: Partial<GStableConfiguration> = {}) {
  const { fetch, asked } = network(answers)
  return { adapter: gstable({ ...configuration, fetch, ...options }), sessions: gstableBackOffice({ apiKey, fetch }), asked }
}
const refusal = (promise: Promise<unknown>): Promise<CheckoutError> =>
  promise.then(
    () => new CheckoutError('order_paid', 'it was answered'),
    (error: unknown) => error as CheckoutError,
  )
const refused = (code: number) => () => Response.json({ code, message: 'no', data: null })

describe('looking up', () => {
  const lookUp = (session: object, options: Partial<GStableConfiguration> = {}) =>
    shop({ '/session/sess_A1': { session: sessionOf(session), transaction: null } }, options).adapter.lookUp?.(checkout)

  test('asks for the session, with the key', async () => {
    const { adapter, asked } = shop({ '/session/sess_A1': { session: sessionOf() } })
    await adapter.lookUp?.(checkout)
    expect(asked).toEqual([
      {
        url: 'https://api.gstable.io/payment/v1/session/sess_A1',
        method: 'GET',
        headers: { authorization: `Bearer ${apiKey}`, accept: 'application/json' },
        body: undefined,
      },
    ])
  })

  // One fact, told twice: whatever the session says, both ways say the same of it, under keys of their own.
  test.each([
    ...['initialized', 'paid', 'settling', 'settlement_pending', 'expired', 'cancelled', 'frozen'].map((status) => ({
      status,
    })),
    { status: undefined },
    { amount: 1 },
    { amount: '19900000' },
    { metadata: { checkoutId: 'another' } },
    { settlementToken: 'base::usdc' },
    { sandbox: true },
  ])('says what a webhook says: %j', async (session) => {
    for (const fulfilOn of ['paid', 'completed'] as const) {
      const [asked] = (await lookUp(session, { fulfilOn })) ?? []
      const [told] = await gstable({ ...configuration, fulfilOn }).verify(signed(bodyOf(session)), openedAs(checkout))
      const { key, details: _, ...fact } = asked ?? { key: '' }
      const { key: otherKey, details: __, ...otherFact } = told ?? { key: '' }
      expect(fact).toEqual(otherFact)
      const status = 'status' in session ? (session.status ?? '') : 'paid'
      const becomes = ['paid', 'settling', 'settlement_pending'].includes(status) ? `:${asked?.becomes}` : ''
      expect(key).toBe(`look-up:sess_A1:${status}${becomes}`)
      expect(key).not.toBe(otherKey)
    }
  })

  test('tells of the settlement as its webhook does', async () => {
    expect(await lookUp({ status: 'completed' })).toMatchObject([
      { key: 'look-up:sess_A1:completed', becomes: 'paid', news: 'settled' },
    ])
  })

  test('takes the session itself in place of the pair', async () => {
    expect(await shop({ '/session/sess_A1': sessionOf() }).adapter.lookUp?.(checkout)).toMatchObject([{ becomes: 'paid' }])
  })

  test('asks nothing for a checkout whose opening was never answered', async () => {
    const { adapter, asked } = shop({})
    const { reference: _, ...lost } = checkout
    expect(await adapter.lookUp?.(lost)).toEqual([])
    await adapter.withdraw?.(lost)
    expect(asked).toEqual([])
  })

  test.each([
    ['another session', { session: sessionOf({ sessionId: 'sess_B2' }) }, 'event_mismatch'],
    ['no session', {}, 'event_mismatch'],
    ['that there is none', refused(100201), 'provider_refused'],
    ['HTML', '<html>', 'provider_unreachable'],
    ['an amount twice', '{"code":0,"data":{"sessionId":"sess_A1","amount":1,"amount":2}}', 'provider_unreachable'],
  ])('answered with %s says nothing about the payment', async (_, answer, code) => {
    expect((await refusal(shop({ '/session/sess_A1': answer }).adapter.lookUp?.(checkout) as Promise<unknown>)).code).toBe(code)
  })
})

describe('withdrawing', () => {
  const cancel = '/session/checkout/cancel'

  test('cancels the session', async () => {
    const { adapter, asked } = shop({ [cancel]: { success: true } })
    await adapter.withdraw?.(checkout)
    expect(asked).toMatchObject([{ method: 'POST', body: { sessionId: 'sess_A1' } }])
  })

  test.each([100203, 100205])('is content with %d: it is over already', async (code) => {
    await expect(shop({ [cancel]: refused(code) }).adapter.withdraw?.(checkout)).resolves.toBeUndefined()
  })

  test.each([
    ['it is paid', refused(100204), 'provider_refused'],
    ['a payer has signed', { success: false }, 'provider_refused'],
    ['it is not known', refused(100201), 'provider_refused'],
    ['nobody knows', '', 'provider_unreachable'],
  ])('says when %s', async (_, answer, code) => {
    expect((await refusal(shop({ [cancel]: answer }).adapter.withdraw?.(checkout) as Promise<unknown>)).code).toBe(code)
  })
})

describe('the account’s sessions', () => {
  test.each([
    ['live, with a key of the sandbox', { apiKey: 'sk_test_abcdefgh' }, /apiKey/],
    ['test, with a live key', { mode: 'test', baseUrl: 'http://localhost:1' }, /apiKey/],
    ['test, with GStable’s own address', { mode: 'test', apiKey: 'sk_test_abcdefgh' }, /baseUrl/],
    ['live, by plain http', { baseUrl: 'http://localhost:1' }, /baseUrl/],
    ['an option that is none', { webhookKey: 'wkk_abcdefgh' }, /webhookKey/],
  ])('are not asked for in %s', (_, change, message) => {
    const open = () => gstableBackOffice({ apiKey, ...change } as GStableBackOfficeConfiguration)
    expect(open).toThrow(expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(message) }))
  })

  const pair = {
    session: sessionOf({ clientCode: 'cc_1', payerEmail: 'payer@wallet.example' }),
    transaction: { sourceTx: '0xsource' },
  }
  const report = {
    id: 'sess_A1',
    status: 'paid',
    amount: { amount: '19.90', currency: 'USD' },
    checkoutId: checkout.id,
    orderId: 'order-4711',
    details: { status: 'paid', settlementToken: 'polygon::usdc', sourceTx: '0xsource' },
  }

  test('are retrieved without the page’s key and the payer’s e-mail', async () => {
    expect(await shop({ '/session/sess_A1': pair }).sessions.retrieve('sess_A1')).toEqual(report)
  })

  test('are listed by page; numbers may come as texts, strange entries are left out', async () => {
    const { sessions, asked } = shop({
      '/session/list/settlement/pending/2/50': { total: '51', sessions: [pair, null, {}, 7] },
    })
    expect(await sessions.list('settlement/pending', { page: 2, size: 50 })).toEqual({ total: 51, sessions: [report] })
    expect(asked).toHaveLength(1)
  })

  test.each([
    ['../webhook', {}],
    ['all', { page: 0 }],
    ['all', { size: 101 }],
    ['all', { page: 1.5 }],
    ['all', { size: Number.NaN }],
  ])('are not asked for %s %j', async (which, page) => {
    const { sessions, asked } = shop({})
    expect((await refusal(sessions.list(which as 'all', page))).code).toBe('request_invalid')
    expect(asked).toEqual([])
  })

  test.each(['', '..', 'sess_A1/../../account', 'sess A1', 'x'.repeat(129)])('are not asked for by %j', async (id) => {
    const { sessions, asked } = shop({})
    expect((await refusal(sessions.retrieve(id))).code).toBe('request_invalid')
    expect((await refusal(sessions.cancel(id))).code).toBe('request_invalid')
    expect(asked).toEqual([])
  })
})
