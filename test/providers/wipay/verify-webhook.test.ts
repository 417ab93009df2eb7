import { describe, expect, test } from 'vitest'
import type { CheckoutError } from '../../../src/protocol/checkout-error.js'
import { type OpenedCheckout, type PaymentEvent, Secret } from '../../../src/providers/adapter.js'
import { verifyWebhook } from '../../../src/providers/wipay/verify-webhook.js'
import {
  opened,
  order,
  orderId,
  posted,
  sentAt,
  storeOf,
  transactionId,
  type Vector,
  vectorsOf,
  webhook,
  webhookSecret,
} from './vectors.js'

const rules = {
  secrets: [new Secret(webhookSecret)],
  schemes: ['timestamp.body', 'body'] as const,
  tolerance: 300,
  now: () => sentAt,
}
const verify = (...given: Parameters<typeof webhook>) => verifyWebhook(rules, webhook(...given), storeOf(opened()))
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: CheckoutError) => error.code,
  )

describe('vectors', () => {
  const states: Record<string, string> = { paid: 'paid', indeterminate: 'pending' }
  const refusals: Record<string, string> = {
    signature_mismatch: 'signature_invalid',
    timestamp_out_of_tolerance: 'notification_expired',
  }
  const expectedOf = ({ expected }: Vector): string => {
    if (expected.verdict === 'ignored') return 'nothing'
    return (
      (expected.verdict === 'valid' ? states[expected.orderState] : refusals[expected.reason ?? '']) ?? 'unknown to this test'
    )
  }

  test.each(vectorsOf('webhook'))('$id $title', async (vector) => {
    const { secrets, scheme, toleranceSeconds, nowUnix, headers, rawBody } = vector.input
    const said = verifyWebhook(
      {
        secrets: secrets.map((secret) => new Secret(secret)),
        schemes: scheme === 'auto' ? rules.schemes : [scheme],
        tolerance: toleranceSeconds,
        now: () => new Date(nowUnix * 1000),
      },
      posted(headers, rawBody),
      storeOf(
        opened(
          { order: 'ORD1001', total: '25.00', fees: 'merchant_absorb' },
          { reference: 'SB-7-1-ORD1001-20260301120000', mode: 'test' },
        ),
      ),
    )
    const outcome = await said.then(
      ([event]: readonly PaymentEvent[]) => (event ? String(event.objection ?? event.becomes) : 'nothing'),
      (error: CheckoutError) => error.code,
    )
    expect(outcome).toBe(expectedOf(vector))
    if (outcome === 'paid') expect((await said)[0]).toMatchObject({ test: true, reference: 'SB-7-1-ORD1001-20260301120000' })
  })
})

describe('what a webhook says', () => {
  test.each<[string, Partial<PaymentEvent>]>([
    ['payment.created', { becomes: 'pending' }],
    ['payment.success', { becomes: 'paid', money: order.price as NonNullable<typeof order.price> }],
    ['payment.failed', { becomes: 'failed' }],
    ['payment.error', { becomes: 'pending' }],
    ['payment.chargeback_pending', { news: 'disputed' }],
    ['payment.chargeback_processed', { becomes: 'charged_back' }],
    ['payment.chargeback_released', { becomes: 'paid', news: 'dispute_dropped' }],
    ['payment.refund_requested', { news: 'refund_requested' }],
    ['payment.refunded', { becomes: 'refunded' }],
    ['payment.refund_rejected', { becomes: 'paid', news: 'refund_rejected' }],
    ['payment.fraud_confirmed', { becomes: 'charged_back' }],
    ['payment.reversed_in_part', { news: 'unknown' }],
  ])('%s', async (type, expected) => {
    const [event] = await verify(type)
    expect(event).toMatchObject({ reference: transactionId, test: false, ...expected })
    if (!('becomes' in expected)) expect(event).not.toHaveProperty('becomes')
    expect(event).not.toHaveProperty('objection')
  })

  test('whatever data.status says, the event decides', async () => {
    expect((await verify('payment.failed', { status: 'success' }))[0]?.becomes).toBe('failed')
  })

  test('what is about no payment is about no checkout', async () => {
    expect(await verify('withdrawal.completed', {}, { family: 'wapi' })).toEqual([])
    expect(await codeOf(verify('payment.success', { transaction_id: undefined }))).toBe('request_invalid')
    expect(await codeOf(verify('payment.success', { transaction_id: 'a b' }))).toBe('request_invalid')
  })

  test('numbers are read by their digits', async () => {
    expect((await verify('payment.success', { total: 162.13 }))[0]).not.toHaveProperty('objection')
    expect((await verify('payment.success', { total: 154.99 }))[0]?.objection).toMatch(/less than/)
  })

  test('a payment must fit, what takes it back need not', async () => {
    expect((await verify('payment.success', { order_id: 'another' }))[0]?.objection).toMatch(/another order id/)
    expect((await verify('payment.refund_rejected', { total: '1.00' }))[0]?.objection).toMatch(/less than/)
    expect((await verify('payment.failed', { order_id: 'another' }))[0]?.objection).toMatch(/another order id/)
    expect((await verify('payment.refunded', { total: '1.00', order_id: 'another' }))[0]).not.toHaveProperty('objection')
    expect((await verify('payment.chargeback_pending', { total: '1.00' }))[0]).not.toHaveProperty('objection')
  })

  test('a checkout that is not there is left to the ledger', async () => {
    const [event] = await verifyWebhook(rules, webhook('payment.success'), storeOf())
    expect(event).toMatchObject({ checkout: { reference: transactionId }, becomes: 'paid' })
    expect(event).not.toHaveProperty('money')
    // By WiPay's own name, so that the end of a page nobody was led to is acknowledged.
    const [end] = await verifyWebhook(rules, webhook('payment.failed'), storeOf())
    expect(end).toMatchObject({ checkout: { reference: transactionId }, becomes: 'failed' })
  })

  test.each<[string, Readonly<Record<string, unknown>>, OpenedCheckout[]]>([
    ['about no transaction', { transaction_id: undefined }, [opened()]],
    ['about a transaction of no checkout of ours', {}, []],
  ])('a kind that we do not know, %s, is acknowledged: refused it would be repeated', async (_, data, checkouts) => {
    const { headers, body } = webhook('payment.reversed_in_part', data)
    expect(await verifyWebhook(rules, posted([...headers], new TextDecoder().decode(body)), storeOf(...checkouts))).toEqual([])
  })

  test('T-53 foreign texts are short and on one line', async () => {
    const [event] = await verify('payment.success', { card: `X\n${'1'.repeat(200)}`, status_desc: '\u001b[31mNormal' })
    expect(event?.details?.card).toHaveLength(100)
    expect(JSON.stringify(event?.details)).not.toMatch(/\\n|\\u001b/)
  })
})

describe('T-11 a request that went through the browser', () => {
  const stored: OpenedCheckout = opened({ form: '1', fees: 'merchant_absorb' }, { reference: orderId })
  const said = async (data: object, checkout = stored) =>
    (await verifyWebhook(rules, webhook('payment.success', { total: '155.00', ...data }), storeOf(checkout)))[0]

  test('is found by its order id, and bound by the transaction', async () => {
    expect(await said({})).toMatchObject({ checkout: { reference: orderId }, reference: transactionId, becomes: 'paid' })
    expect(await said({})).not.toHaveProperty('objection')
  })

  test.each<[object, RegExp]>([
    [{ total: '1.00' }, /less than/],
    [{ total: '155.01' }, /more than/],
    [{ currency: 'JMD' }, /another currency/],
    [{ currency: undefined }, /does not repeat/],
    [{ total: undefined }, /does not repeat/],
  ])('is believed in nothing that it does not repeat: %j', async (data, objection) => {
    expect((await said(data))?.objection).toMatch(objection)
  })

  test('what our server opened is never found by an order id', async () => {
    expect((await said({}, opened({}, { reference: orderId })))?.checkout).toEqual({ reference: transactionId })
  })
})

describe('a stored card', () => {
  const stored = opened({ flow: 'card' })
  test.each(['payment.success', 'payment.refunded', 'payment.created'])(
    'is not moved by %s of its test charge',
    async (type) => {
      expect(await verifyWebhook(rules, webhook(type), storeOf(stored))).toEqual([])
    },
  )
  test('is not stored where that fails', async () => {
    expect((await verifyWebhook(rules, webhook('payment.failed'), storeOf(stored)))[0]?.becomes).toBe('failed')
  })
})

describe('what a webhook is refused for', () => {
  const changed = (header: string, value: string) => {
    const { headers, body } = webhook('payment.success')
    const pairs = new Headers(headers)
    pairs.set(header, value)
    return verifyWebhook(rules, posted([...pairs], new TextDecoder().decode(body)), storeOf(opened()))
  }

  test.each([
    ['x-wipay-webhook-version', 'v2', 'signature_invalid'],
    ['x-wipay-webhook-timestamp', '1776438243000', 'signature_invalid'],
    ['x-wipay-webhook-timestamp', '+177643824', 'signature_invalid'],
    ['x-wipay-webhook-timestamp', '1.77643e9', 'signature_invalid'],
    ['x-wipay-webhook-signature', 'sha256=', 'signature_invalid'],
    ['x-wipay-webhook-signature', `sha1=${'0'.repeat(64)}`, 'signature_invalid'],
    ['x-wipay-webhook-signature', '', 'signature_missing'],
    ['x-wipay-webhook-event', 'payment.refunded', 'request_invalid'],
    ['x-wipay-webhook-id', 'another', 'request_invalid'],
  ])('%s: %s', async (header, value, code) => {
    expect(await codeOf(changed(header, value))).toBe(code)
  })

  test('a signature in capitals is the same', async () => {
    const signature = webhook('payment.success').headers.get('x-wipay-webhook-signature') ?? ''
    expect(await codeOf(changed('x-wipay-webhook-signature', signature.toUpperCase().replace('SHA', 'sha')))).toBe('none')
  })

  test('T-18 a body-only signature proves no timestamp, yet its window is kept', async () => {
    const late = { ...rules, now: () => new Date(sentAt.getTime() + 301_000) }
    const said = verifyWebhook(late, webhook('payment.success', {}, { scheme: 'body' }), storeOf(opened()))
    expect(await codeOf(said)).toBe('notification_expired')
  })

  test('a pinned scheme refuses the other', async () => {
    for (const scheme of ['body', 'timestamp.body'] as const)
      for (const sent of ['body', 'timestamp.body'] as const) {
        const said = verifyWebhook(
          { ...rules, schemes: [scheme] },
          webhook('payment.success', {}, { scheme: sent }),
          storeOf(opened()),
        )
        expect(await codeOf(said)).toBe(scheme === sent ? 'none' : 'signature_invalid')
      }
  })

  test.each(['[]', 'null', '"x"', '{', '', '{"id":"","event":"x"}', '{"id":1,"event":"x"}'])('a body of %s', async (body) => {
    const { createHmac } = await import('node:crypto')
    const timestamp = String(sentAt.getTime() / 1000)
    const signature = `sha256=${createHmac('sha256', webhookSecret).update(`${timestamp}.${body}`).digest('hex')}`
    const headers = { Event: 'x', Id: '1', Signature: signature, Timestamp: timestamp, Version: 'v1' }
    const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [`X-WiPay-Webhook-${name}`, value]))
    expect(await codeOf(verifyWebhook(rules, posted(named, body), storeOf()))).toBe('request_invalid')
  })

  test('T-17 a body that somebody has read before us is named as such', async () => {
    const { headers } = webhook('payment.success')
    const said = verifyWebhook(rules, posted([...headers], ''), storeOf(opened()))
    await expect(said).rejects.toMatchObject({ code: 'request_invalid', message: expect.stringContaining('read before us') })
  })

  test('T-17 what a parser wrote anew is not what was signed', async () => {
    const { headers, body } = webhook('payment.success')
    const anew = JSON.stringify(JSON.parse(new TextDecoder().decode(body)), null, 1)
    expect(await codeOf(verifyWebhook(rules, posted([...headers], anew), storeOf(opened())))).toBe('signature_invalid')
  })

  test('T-56 every secret verifies', async () => {
    const secrets = ['whs_new_endpoint_secret_0001', webhookSecret].map((secret) => new Secret(secret))
    const [event] = await verifyWebhook({ ...rules, secrets }, webhook('payment.success'), storeOf(opened()))
    expect(event?.details?.['webhook-secret']).toBe('number 2 of those configured')
    expect((await verify('payment.success'))[0]?.details).not.toHaveProperty('webhook-secret')
  })
})

describe('headers', () => {
  const signed = (changes: Readonly<Record<string, string | undefined>>) => {
    const given = webhook('payment.success', {}, { scheme: 'body' })
    for (const [name, value] of Object.entries(changes))
      if (value === undefined) given.headers.delete(`x-wipay-webhook-${name}`)
      else given.headers.set(`x-wipay-webhook-${name}`, value)
    return codeOf(verifyWebhook(rules, given, storeOf(opened())))
  }

  test('are all needed', async () => {
    expect(await signed({})).toBe('none')
    for (const name of ['event', 'id', 'signature', 'timestamp', 'version'])
      expect([name, await signed({ [name]: undefined })]).toEqual([name, 'signature_missing'])
  })

  // Signed over the body alone, the time is anybody's: a text that is no number must not pass for now.
  test.each(['now', '1e9', '-1', '01776438243', '177643824', ' 1776438243x', '1776438243000'])(
    'T-18 the timestamp %j is none',
    async (timestamp) => {
      expect(await signed({ timestamp })).toBe('signature_invalid')
    },
  )
})
