import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CheckoutError } from '../../../src/protocol/checkout-error.js'
import type { Notification, OpenedCheckout, PaymentEvent } from '../../../src/providers/adapter.js'
import { type GStableConfiguration, gstable } from '../../../src/providers/gstable/index.js'
import { microUnits, usd } from '../../../src/providers/gstable/micro-usd.js'
import { contradiction } from '../../../src/server/settle.js'
import type { Checkout } from '../../../src/server/store.js'
import {
  bodyOf,
  checkout,
  configuration,
  notRun,
  olderKey,
  openedAs,
  sessionOf,
  signatureOf,
  signed,
  signedAt,
  vectorIds,
  vectorKinds,
  vectorsOf,
  webhookKey,
  withHeaders,
} from './vectors.js'

const opened = openedAs(checkout)
const verifyBy =
  (changes: Partial<GStableConfiguration> = {}, checkouts = opened) =>
  (notification: Notification) =>
    gstable({ ...configuration, ...changes }).verify(notification, checkouts)
const verify = verifyBy()

async function refusal(promise: Promise<unknown>): Promise<CheckoutError> {
  const error = await promise.then(
    () => new Error('it was believed'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof CheckoutError) return error
  throw error
}
const codeOf = async (promise: Promise<unknown>) => (await refusal(promise)).code
/** The one event of a rightly signed webhook about our session. */
const eventOf = async (body: string, changes: Partial<GStableConfiguration> = {}, of: OpenedCheckout = checkout) => {
  const events = await verifyBy(changes, openedAs(of))(signed(body))
  expect(events).toHaveLength(1)
  return events[0] as PaymentEvent
}
/** What the ledger holds against it. */
const contradicts = (event: PaymentEvent, of: OpenedCheckout = checkout) =>
  contradiction({ ...of, provider: 'gstable' } as Checkout, 'gstable', event)

describe('the vectors', () => {
  const statuses: Readonly<Record<string, number>> = {
    signature_missing: 401,
    signature_invalid: 401,
    notification_expired: 401,
    request_invalid: 400,
  }
  const states: Readonly<Record<string, Partial<PaymentEvent>>> = {
    pending: { becomes: 'pending' },
    paid: { becomes: 'paid' },
    settled: { becomes: 'paid', news: 'settled' },
    expired: { becomes: 'expired' },
  }

  test.each(vectorsOf('webhook'))('$id: $title', async ({ input, expected }) => {
    const { stored = {} } = input
    const ours: OpenedCheckout = {
      ...checkout,
      order: {
        ...checkout.order,
        id: input.rawBody.includes('12345') ? '12345' : 'ORD_001',
        ...(stored.amountMicroUsd !== undefined && { price: usd(stored.amountMicroUsd) }),
      },
      ...(stored.sessionId !== undefined && { reference: stored.sessionId }),
      kept: { ...checkout.kept, amount: String(stored.amountMicroUsd) },
    }
    const verified = verifyBy(
      {
        webhookKey: input.keys,
        signatureEncoding: input.signatureEncoding,
        timestampUnit: input.timestampUnit,
        toleranceSeconds: input.toleranceSeconds,
        now: () => new Date(input.nowUnix * 1000),
      },
      openedAs(ours),
    )(withHeaders(input.headers, input.rawBody))
    if (expected.verdict === 'invalid') return expect(statuses[await codeOf(verified)]).toBe(expected.ackStatus)

    const [event] = await verified
    const { sessionId, sessionStatus, orderState = '', amountMicroUsd, eventId, eventType } = expected.fields
    // Of another session, or of none: no checkout of ours, and nothing to fulfil.
    if (sessionId !== stored.sessionId || sessionId === undefined) {
      expect(event).toBeUndefined()
      return expect(expected.fulfil).toBe(false)
    }
    expect(event).toMatchObject({
      key: eventId,
      checkout: { reference: sessionId },
      reference: sessionId,
      ...states[orderState],
      details: { event: eventType, status: sessionStatus },
    })
    expect(microUnits(event?.money?.amount)).toBe(amountMicroUsd)
    const against = contradicts(event as PaymentEvent, ours)
    expect(event?.becomes === 'paid' && against === undefined).toBe(expected.fulfil)
    expect(against !== undefined).toBe(expected.fulfilBlockedBy === 'amount_mismatch')
  })

  test('each is run, or listed with the reason', () => {
    // webhook here, the others by checkout.test.ts
    expect([...vectorKinds].sort()).toEqual(['amount', 'envelope', 'request', 'webhook'])
    expect(Object.keys(notRun).filter((id) => !vectorIds.includes(id))).toEqual([])
  })
})

describe('T-17 the bytes', () => {
  const written = '{ "eventId":"evt_1", "eventType":"session.paid",\n"payload":{"sessionData":'
  const body = `${written}${JSON.stringify(sessionOf()).replace('Gold', 'é金')} } }`

  test('T-17 are verified as received, in whatever style they are written', async () => {
    expect((await eventOf(body)).becomes).toBe('paid')
  })

  test('T-17 that a parser has read and somebody has written anew do not verify, and the message says so', async () => {
    const anew = { ...signed(body), body: new Uint8Array(Buffer.from(JSON.stringify(JSON.parse(body)))) }
    const error = await refusal(verify(anew))
    expect(error.code).toBe('signature_invalid')
    expect(error.message).toContain('JSON parser')
  })

  test('T-17 that were consumed before us are told from a bad signature', async () => {
    const error = await refusal(verify({ ...signed(body), body: new Uint8Array() }))
    expect(error.code).toBe('request_invalid')
    expect(error.message).toContain('read before us')
  })

  test('T-17 are parsed only after the signature holds', async () => {
    expect(await codeOf(verify(signed('no JSON at all', { key: olderKey })))).toBe('signature_invalid')
    expect(await codeOf(verify(signed('no JSON at all')))).toBe('request_invalid')
  })

  test('T-17 that are no UTF-8 are signed well and refused', async () => {
    const [before, after] = bodyOf().split('02:52:39') as [string, string] // where nobody would look
    const bytes = Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)])
    expect(await codeOf(verify(signed(bytes)))).toBe('request_invalid')
  })

  test('T-17 a dot in place of the colon does not verify', async () => {
    expect(await codeOf(verify(signed(body, { separator: '.' })))).toBe('signature_invalid')
  })
})

describe('T-18 the time', () => {
  const at = (timestamp: string, options: Partial<GStableConfiguration> = {}) =>
    verifyBy(options)(signed(bodyOf(), { timestamp }))

  test.each([
    ...['1e9', '+1767495160', ' 1767495160', '1767495160 ', '01767495160', '0176749516', '1767495160:', '1767495160.0'],
    ...[
      '176749516',
      '17674951600',
      '176749516012',
      '17674951601234',
      '0x69593ab8',
      '١٧٦٧٤٩٥١٦٠',
      '-1767495160',
      'now',
      '1767495160,1',
    ],
  ])('T-18 %j is no time, however well it is signed', async (timestamp) => {
    const signature = signatureOf(bodyOf(), { key: webhookKey, timestamp, encoding: 'hex', separator: ':' })
    // `Headers` trims and refuses some of these; a host's own might not.
    const headers = { get: (name: string) => (name === 'x-gstable-timestamp' ? timestamp : signature) } as Headers
    expect(await codeOf(verify({ ...withHeaders({}, bodyOf()), headers }))).toBe('signature_invalid')
  })

  test('T-18 the text is what is signed, not the number', async () => {
    const inMilliseconds = signed(bodyOf(), { timestamp: `${signedAt}000` }).headers.get('x-gstable-signature') ?? ''
    const forged = withHeaders({ 'x-gstable-timestamp': String(signedAt), 'x-gstable-signature': inMilliseconds }, bodyOf())
    expect(await codeOf(verify(forged))).toBe('signature_invalid')
  })

  test('T-18 the unit may be pinned', async () => {
    for (const [unit, good, bad] of [
      ['s', `${signedAt}`, `${signedAt}000`],
      ['ms', `${signedAt}000`, `${signedAt}`],
    ] as const) {
      expect(await at(good, { timestampUnit: unit })).toHaveLength(1)
      expect(await codeOf(at(bad, { timestampUnit: unit }))).toBe('signature_invalid')
    }
  })

  test('T-18 is good within the tolerance, edges included, in either unit and by any clock', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }),
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        fc.integer({ min: 30, max: 900 }),
        fc.boolean(),
        async (sentAt, off, toleranceSeconds, inSeconds) => {
          const timestamp = String(inSeconds ? Math.floor(sentAt / 1000) : sentAt)
          const sent = inSeconds ? Number(timestamp) * 1000 : sentAt
          const verified = at(timestamp, { toleranceSeconds, now: () => new Date(sent + off) })
          if (Math.abs(off) <= toleranceSeconds * 1000) expect(await verified).toHaveLength(1)
          else expect(await codeOf(verified)).toBe('notification_expired')
        },
      ),
      {
        numRuns: Number(process.env.PROPERTY_RUNS ?? 300),
        examples: [
          [1_767_495_160_123, 300_000, 300, false],
          [1_767_495_160_123, -300_000, 300, true],
          [1_767_495_160_123, 300_001, 300, false],
          [1_767_495_160_123, -300_001, 300, true],
        ],
      },
    )
  })

  test('T-18 a clock that tells no time refuses', async () => {
    expect(await codeOf(at(String(signedAt), { now: () => new Date(Number.NaN) }))).toBe('notification_expired')
  })
})

describe('the signature', () => {
  const { hex, base64 } = vectorsOf('webhook')[1]?.expectedSignature ?? { hex: '', base64: '' }
  const [, body = ''] = /^\d+:(.*)$/s.exec(vectorsOf('webhook')[1]?.base ?? '') ?? []
  const written = (signature: string, signatureEncoding: GStableConfiguration['signatureEncoding'] = 'auto') =>
    verifyBy({ signatureEncoding })(
      withHeaders({ 'x-gstable-timestamp': String(signedAt), 'x-gstable-signature': signature }, body),
    )

  test.each([hex, hex.toUpperCase(), base64, base64.replace('=', ''), Buffer.from(hex, 'hex').toString('base64url')])(
    'is read as %s',
    async (signature) => {
      expect(await written(signature)).toHaveLength(1)
    },
  )

  test('is read in the encoding that is pinned alone', async () => {
    expect(await written(hex, 'hex')).toHaveLength(1)
    expect(await written(base64, 'base64')).toHaveLength(1)
    expect(await codeOf(written(hex, 'base64'))).toBe('signature_invalid')
    expect(await codeOf(written(base64, 'hex'))).toBe('signature_invalid')
  })

  test.each<readonly [string, string]>([
    ...['sha256=', 'v1,', '0'].map((prefix) => [`a prefix ${JSON.stringify(prefix)}`, `${prefix}${hex}`] as const),
    ['31 bytes', hex.slice(2)],
    ['33 bytes', `${hex}00`],
    ['two signatures', `${hex},${hex}`],
    ['both alphabets', `+_${base64.slice(2)}`],
    // The last of 43 characters holds two bits that stand for nothing: `0`, `1`, `2`, `3` would all be read as the same bytes.
    ['a second writing of the same bytes', `${base64.slice(0, 42)}1=`],
    ['two paddings', `${base64}=`],
  ])('T-08 with %s is none', async (_, signature) => {
    expect(base64.charAt(42)).toBe('0')
    expect(await codeOf(written(signature))).toBe('signature_invalid')
  })

  test('T-56 is of any of the keys, and which one can be counted', async () => {
    const keys = { webhookKey: [webhookKey, olderKey] }
    const by = async (key: string) => (await verifyBy(keys)(signed(bodyOf(), { key })))[0]?.details?.webhookKey
    expect(await by(webhookKey)).toBeUndefined()
    expect(await by(olderKey)).toBe('2 of 2')
    expect(await codeOf(verify(signed(bodyOf(), { key: olderKey })))).toBe('signature_invalid')
  })

  test('T-56 is of an older key until its end, by the configured clock', async () => {
    const at = new Date('2026-01-04T02:52:45Z')
    const by = (key: string, until: number) => {
      const keys = { webhookKey: [webhookKey, { key: olderKey, until: new Date(until) }], now: () => at }
      return verifyBy(keys)(signed(bodyOf(), { key, timestamp: String(at.getTime() / 1000) }))
    }
    expect((await by(olderKey, at.getTime() + 1))[0]?.details?.webhookKey).toBe('2 of 2')
    expect(await codeOf(by(olderKey, at.getTime()))).toBe('signature_invalid')
    expect(await by(webhookKey, at.getTime())).toHaveLength(1)
  })
})

describe('T-19 JSON that could be read in two ways', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const refused: readonly (readonly [string, string])[] = [
    ['a key twice', bodyOf().replace('"status":"paid"', '"status":"paid","status":"expired"')],
    ['a key twice, once escaped', bodyOf().replace('"status":"paid"', '"status":"paid","\\u0073tatus":"expired"')],
    ['__proto__ twice', bodyOf().replace('"status"', '"__proto__":{},"__proto__":{},"status"')],
    ['17 levels', bodyOf({ more: 'X' }).replace('"X"', nested(14))],
    ['thousands of levels', nested(30_000)],
    ['a mark of byte order', `\uFEFF${bodyOf()}`],
    ['a comment', bodyOf().replace('{', '{/**/')],
    ['a comma too many', bodyOf().replace(/}$/, ',}')],
    ['NaN', bodyOf().replace('19900000', 'NaN')],
    ['Infinity', bodyOf().replace('19900000', 'Infinity')],
    ['a leading zero', bodyOf().replace('19900000', '019900000')],
    ['a plus', bodyOf().replace('19900000', '+19900000')],
    ['a hexadecimal number', bodyOf().replace('19900000', '0x12FA6E0')],
    ['single quotes', bodyOf().replaceAll('"', "'")],
    ['a raw line break in a text', bodyOf().replace('evt_Paid', 'evt_\nPaid')],
    ['a broken escape', bodyOf().replace('evt_Paid', 'evt_\\x50aid')],
    ['something behind it', `${bodyOf()}{}`],
    ['nothing but a space', ' '],
    ['a list', `[${bodyOf()}]`],
    ['a text', '"paid"'],
    ['null', 'null'],
  ]
  test.each(refused)('T-19 %s is refused', async (_, body) => {
    expect(await codeOf(verify(signed(body)))).toBe('request_invalid')
  })

  test('T-19 16 levels are read', async () => {
    expect(await eventOf(bodyOf({ more: 'X' }).replace('"X"', nested(13)))).toMatchObject({ becomes: 'paid' })
  })

  test('T-19 __proto__ lends nothing', async () => {
    const { metadata, ...rest } = sessionOf()
    const inherited = `{"__proto__":${JSON.stringify(rest)}}`
    const body = bodyOf({}, { payload: { sessionData: 'X' } }).replace('"X"', inherited)
    expect(await codeOf(verify(signed(body)))).toBe('request_invalid')
    expect(({} as Record<string, unknown>).status).toBeUndefined()
  })

  test('T-19 names that every object has otherwise are names like others', async () => {
    const names = '"__proto__":{"checkoutId":"another"},"constructor":1,"toString":2,"hasOwnProperty":3'
    const event = await eventOf(bodyOf().replace('"metadata":{', `"metadata":{${names},`))
    expect(event.becomes).toBe('paid')
    expect(contradicts(event)).toBeUndefined()
  })

  test.each([
    '"19900000"',
    '9007199254740993',
    '19900000.0',
    '19900000.00000000001',
    '1.99e7',
    '1e400',
    'null',
    'true',
    '-19900000',
    '[19900000]',
  ])('T-19 the amount %s is none: quarantined, not believed and not lost', async (amount) => {
    const event = await eventOf(bodyOf().replace('19900000', amount))
    expect(event.money).toBeUndefined()
    expect(contradicts(event)).toContain('amount')
  })

  test('T-19 any text is answered with events or a CheckoutError', async () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((text) => bodyOf({}, { payload: 'X' }).replace('"X"', text)),
    )
    await fc.assert(
      fc.asyncProperty(anything, async (body) => {
        const result = await verify(signed(body)).catch((error: unknown) => error)
        if (!Array.isArray(result)) expect(result).toBeInstanceOf(CheckoutError)
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 500) },
    )
  })

  test('T-19 whatever is read is what JSON.parse reads', async () => {
    const { readJson } = await import('../../../src/providers/gstable/strict-json.js')
    const whole = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 8 },
        fc.string(),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
        tie('list'),
        tie('object'),
      ),
      list: fc.array(tie('value'), { maxLength: 4 }),
      object: fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
    })).value
    fc.assert(
      fc.property(whole, fc.constantFrom(0, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(JSON.stringify(readJson(text))).toBe(JSON.stringify(JSON.parse(text)))
      }),
      { numRuns: 300 },
    )
  })
})

describe('the envelope', () => {
  test.each([
    ['no eventId', { eventId: undefined }],
    ['an empty eventId', { eventId: '' }],
    ['an eventId that is a number', { eventId: 7 }],
    ['an eventId that could be a key of the ledger’s own', { eventId: 'look-up:sess_A1:paid' }],
    ['an eventId of 201 characters', { eventId: 'e'.repeat(201) }],
    ['no eventType', { eventType: undefined }],
    ['a payload that is a list', { payload: [] }],
    ['no payload', { payload: undefined }],
    ['no session', { payload: {} }],
    ['a session without id', { payload: { sessionData: sessionOf({ sessionId: undefined }) } }],
    ['a session whose id is a path', { payload: { sessionData: sessionOf({ sessionId: '../sess_A1' }) } }],
  ])('with %s is refused', async (_, changes) => {
    expect(await codeOf(verify(signed(bodyOf({}, changes))))).toBe('request_invalid')
  })

  test('what happened on chain is handed on: hashes, values, times, and gas where GStable tells it', async () => {
    const onChain = {
      ...{ sourceTx: '0xsource', targetTx: '0xtarget', totalValue: 20_000_000, executeTime: '2026-01-04 02:52:38' },
      ...{ finalizeTime: '2026-01-04 02:53:10', gasUsed: 84_211, gasFee: '0.000021', gas: '1' },
    }
    const event = await eventOf(bodyOf({}, {}, onChain))
    expect(event?.details).toMatchObject({ ...onChain, totalValue: '20000000', gasUsed: '84211' })
  })

  test('may wrap session and transaction, as the text of the documents has it', async () => {
    const wrapped = { session: sessionOf(), transaction: { sourceTx: '0xsource' } }
    const event = await eventOf(bodyOf({}, { payload: { sessionData: wrapped } }))
    expect(event).toMatchObject({ becomes: 'paid', details: { sourceTx: '0xsource' } })
  })

  test.each(['product.archived', 'payment.link.created', 'account.updated', 'refund.created', 'session'])(
    'of %s about no session is no news of ours',
    async (eventType) => {
      expect(await verify(signed(bodyOf({}, { eventType, payload: {} })))).toEqual([])
    },
  )

  test('of an unknown kind about our session is told, and moves nothing', async () => {
    const event = await eventOf(bodyOf({}, { eventType: 'refund.created' }))
    expect(event.news).toBe('unknown')
    expect(event.becomes).toBeUndefined()
    expect(await verify(signed(bodyOf({ sessionId: 'sess_B2' }, { eventType: 'refund.created' })))).toEqual([])
  })
})

describe('what a session says', () => {
  test.each([
    ['session.created', 'initialized', { becomes: 'pending' }, { becomes: 'pending' }],
    ['session.paid', 'paid', { becomes: 'paid' }, { becomes: 'pending' }],
    ['session.paid', 'settling', { becomes: 'paid' }, { becomes: 'pending' }],
    ['session.settling', 'settling', { becomes: 'paid' }, { becomes: 'pending' }],
    ['session.whatever', 'settlement_pending', { becomes: 'paid' }, { becomes: 'pending' }],
    ['session.paid', 'completed', { becomes: 'paid' }, { becomes: 'paid' }],
    ['session.completed', 'completed', { becomes: 'paid', news: 'settled' }, { becomes: 'paid', news: 'settled' }],
    ['session.completed', 'settling', { becomes: 'paid' }, { becomes: 'pending' }],
    ['session.paid', 'initialized', { becomes: 'pending' }, { becomes: 'pending' }],
    ['session.expired', 'expired', { becomes: 'expired' }, { becomes: 'expired' }],
    ['session.cancelled', 'cancelled', { becomes: 'expired' }, { becomes: 'expired' }],
    ['session.paid', 'expired', { becomes: 'expired' }, { becomes: 'expired' }],
    ['session.paid', 'PAID', { news: 'unknown' }, { news: 'unknown' }],
    ['session.paid', undefined, { news: 'unknown' }, { news: 'unknown' }],
    ['session.paid', 7, { news: 'unknown' }, { news: 'unknown' }],
    ['session.frozen', 'frozen', { news: 'unknown' }, { news: 'unknown' }],
  ] as const)('%s with status %s', async (eventType, status, onPaid, onCompleted) => {
    for (const [fulfilOn, meaning] of [
      ['paid', onPaid],
      ['completed', onCompleted],
    ] as const) {
      const { becomes, news } = await eventOf(bodyOf({ status }, { eventType }), { fulfilOn })
      expect({ ...(becomes && { becomes }), ...(news && { news }) }).toEqual(meaning)
    }
  })

  test.each([
    [true, true],
    ['yes', true],
    [1, true],
    ['0', true],
    [false, false],
    [0, false],
    [null, false],
    [undefined, false],
  ])('sandbox: %s is a test: %s', async (sandbox, isTest) => {
    expect((await eventOf(bodyOf({ sandbox }))).test).toBe(isTest)
  })

  test.each([
    [19_899_999, 'paymentValue is below amount'],
    ['19899999', 'paymentValue is below amount'],
    [19_900_000, undefined],
    ['0x1', undefined],
    [undefined, undefined],
  ])('a paymentValue of %s is remarked on as: %s', async (paymentValue, remark) => {
    expect((await eventOf(bodyOf({}, {}, { paymentValue }))).details?.remark).toBe(remark)
  })

  test('T-53 what it adds is cut to plain short texts, and holds neither e-mail nor the page’s key', async () => {
    const transaction = {
      gasé: '1',
      'gas-price': '1',
      gasLimit: {},
      executeTime: ' 2026',
      sourceTx: '0x\u001b[31m',
      targetTx: 'x'.repeat(129),
      feeValue: 1.5,
      from: { a: 1 },
    }
    const { details } = await eventOf(
      bodyOf({ payerEmail: 'payer@wallet.example', clientCode: 'cc_1', payer: '0xwallet' }, {}, transaction),
    )
    expect(details).toEqual({
      event: 'session.paid',
      status: 'paid',
      settlementToken: 'polygon::usdc',
      payer: '0xwallet',
    })
  })
})

describe('T-20 whose session it is', () => {
  const elsewhere = { sessionId: 'sess_B2' }

  test('T-20 the session decides, and ids that point elsewhere are a contradiction', async () => {
    for (const metadata of [
      { checkoutId: 'another', orderId: 'order-4711' },
      { checkoutId: checkout.id, orderId: 'order-4712' },
      { orderId: 4711 },
    ]) {
      const event = await eventOf(bodyOf({ metadata }))
      expect(event.reference).toBe('sess_A1')
      expect(contradicts(event)).toContain('metadata')
    }
  })

  test('T-20 a session that names our checkout and is not its session is unknown to the ledger', async () => {
    expect(await verify(signed(bodyOf(elsewhere)))).toMatchObject([
      { checkout: { reference: 'sess_B2' }, reference: 'sess_B2' },
    ])
  })

  test('T-20 ours whose metadata was not repeated is still found by its session', async () => {
    for (const metadata of [undefined, null, {}, { userId: 'u1' }])
      expect(contradicts(await eventOf(bodyOf({ metadata })))).toBeUndefined()
  })

  test('a session that was not made here, by a payment link say, is no checkout of ours', async () => {
    for (const metadata of [null, {}, { orderId: 'ORD_001' }])
      expect(await verify(signed(bodyOf({ ...elsewhere, metadata })))).toEqual([])
    // Where metadata is not told at all nobody knows, and a lost payment is worse than a repeated webhook.
    expect(await verify(signed(bodyOf({ ...elsewhere, metadata: undefined })))).toHaveLength(1)
  })
})

describe('T-22 amount, token and fee', () => {
  const payer: OpenedCheckout = { ...checkout, kept: { ...checkout.kept, feeModel: '2' } }

  test.each([
    ['merchant', 19_900_000, true],
    ['merchant', 19_899_999, false],
    ['merchant', 19_900_001, false],
    ['merchant', 0, false],
    ['payer', 19_900_000, true],
    ['payer', 20_019_400, true],
    ['payer', 19_899_999, false],
    ['payer', 0, false],
  ])('T-22 where the %s pays the fee, %d is the price: %s', async (feeModel, amount, fits) => {
    const of = feeModel === 'payer' ? payer : checkout
    const event = await eventOf(bodyOf({ amount, feeModel: feeModel === 'payer' ? 2 : 1 }), {}, of)
    expect(contradicts(event, of) === undefined).toBe(fits)
    if (fits) expect(event.money).toEqual({ amount: '19.90', currency: 'USD' })
  })

  test.each([
    ['another settlement token', { settlementToken: 'polygon::usdt' }, null],
    ['another token under its other name', { settlementToken: undefined, currency: 'base::usdc' }, null],
    ['another fee model', { feeModel: 2 }, null],
    ['no amount', { amount: undefined }, null],
  ])('T-22 %s is a contradiction', async (_, session, transaction) => {
    expect(contradicts(await eventOf(bodyOf(session, {}, transaction)))).toBeTruthy()
  })

  test.each([
    ['the token under its other name', { settlementToken: undefined, currency: 'polygon::usdc' }, null],
    ['no token and no fee model', { settlementToken: undefined, feeModel: undefined }, null],
    ['less on chain, which is documented in no unit', {}, { paymentValue: 19_890_000 }],
    ['less on chain, as a text', {}, { paymentValue: '19.9' }],
    ['nothing on chain', {}, { paymentValue: 0 }],
    ['more on chain', {}, { paymentValue: '19900001' }],
    ['a value that is none', {}, { paymentValue: '0x12fa6e0' }],
    ['no amount before it is paid', { status: 'initialized', amount: undefined }, { paymentValue: 0 }],
  ])('T-22 %s is none', async (_, session, transaction) => {
    expect(contradicts(await eventOf(bodyOf(session, {}, transaction)))).toBeUndefined()
  })
})
