import { describe, expect, test } from 'vitest'
import { CheckoutError } from '../../../src/protocol/checkout-error.js'
import type { OpenedCheckout, PaymentEvent } from '../../../src/providers/adapter.js'
import { Secret } from '../../../src/providers/adapter.js'
import { backOffice } from '../../../src/providers/wipay/back-office.js'
import { askedSparingly, confirmReturn, type Sparingly, verifyReturn } from '../../../src/providers/wipay/verify-return.js'
import {
  apiKey,
  cardId,
  checkoutId,
  hashed,
  network,
  opened,
  order,
  orderId,
  returned,
  returnedWith,
  storeOf,
  transactionId,
  type Vector,
  vectorsOf,
  wapiKey,
} from './vectors.js'

const keys = [new Secret(apiKey)]
const outcome = async (events: Promise<readonly PaymentEvent[]>): Promise<string> =>
  events.then(
    ([event]) => (event ? (event.objection ? `objection: ${event.objection}` : `${event.becomes}`) : 'nothing'),
    (error: CheckoutError) => error.code,
  )

describe('vectors', () => {
  /** What a verdict of the vectors is in our words. */
  const expectedOf = ({ expected: { verdict, reason } }: Vector): string | RegExp => {
    if (verdict === 'valid') return 'paid'
    if (verdict !== 'invalid') return 'nothing' // a failure, or a word that nobody knows, without proof
    if (reason === 'order_mismatch' || reason === 'total_mismatch') return /^objection/ // its hash holds
    if (reason === 'missing_hash') return 'signature_missing'
    return reason === 'missing_status' ? 'request_invalid' : 'signature_invalid'
  }

  const storedOf = ({ stored, flow }: Vector['input']): OpenedCheckout =>
    opened(
      flow === 'card_create'
        ? { flow: 'card' }
        : {
            ...{ flow, order: stored.orderId, total: stored.requestTotal },
            ...{ currency: stored.currency, fees: stored.feeStructure },
          },
      { reference: stored.transactionId },
    )

  const sold = vectorsOf('redirect').filter(({ input }) => input.flow !== 'card_create')
  test.each(sold)('$id $title', async (vector) => {
    const { apiKeys, query } = vector.input
    const secrets = apiKeys.map((key) => new Secret(key))
    const events = verifyReturn(secrets, returned(query), storeOf(storedOf(vector.input)))
    expect(await outcome(events)).toMatch(expectedOf(vector))
  })

  // Nothing authenticates a stored card but WiPay's answer, which these vectors call "needs confirmation".
  test.each(vectorsOf('redirect').filter(({ input }) => input.flow === 'card_create'))('$id $title', async (vector) => {
    const { verdict, fields } = vector.expected
    const { fetch, asked } = network(() => ({ message: 'OK', data: { uuid: fields?.uuid, verified: false } }))
    const events = confirmReturn(officeOf(fetch), returned(vector.input.query), storeOf(storedOf(vector.input)), always)
    if (verdict === 'invalid') {
      expect(await outcome(events)).toBe('request_invalid')
      return expect(asked).toEqual([])
    }
    expect((await events)[0]).toMatchObject({ becomes: 'paid', details: { card: fields.uuid } })
    expect(asked.map(({ url }) => url.pathname)).toEqual([`/wapi/trusted-cards/${fields.uuid}`])
  })
})

const always: Sparingly = (_, ask) => ask()
const officeOf = (given: typeof fetch) =>
  backOffice({
    ...{ baseUrl: new URL('https://tt.wipayfinancial.com'), mode: 'live', fetch: given },
    ...{ credentials: { key: new Secret(wapiKey) }, now: () => new Date() },
  })
const verify = (changes: Parameters<typeof returnedWith>[0], ...stored: OpenedCheckout[]) =>
  outcome(verifyReturn(keys, returnedWith(changes), storeOf(...(stored.length > 0 ? stored : [opened()]))))

describe('T-10 the status is not covered by the hash', () => {
  test.each(['failed', 'error', 'timeout', 'pending', 'Success', 'success ', 'SUCCESS'])(
    'a right hash beside %j is held against it, and moves nothing',
    async (status) => {
      const [event] = await verifyReturn(keys, returnedWith({ status }), storeOf(opened()))
      expect(event?.objection).toMatch(/right hash/)
      expect(event).not.toHaveProperty('becomes')
      expect(event?.key).toBe(`${transactionId}:other`) // one row, however many words somebody tries
    },
  )

  test('a failure without hash, or with one that does not hold, is no event', async () => {
    expect(await verify({ status: 'failed', hash: undefined })).toBe('nothing')
    expect(await verify({ status: 'failed', hash: '' })).toBe('nothing')
    for (const status of ['Success', ' success', 'SUCCESS']) expect(await verify({ status, hash: undefined })).toBe('nothing')
    expect(await verify({ status: 'failed', hash: hashed(transactionId, '154.99') })).toBe('signature_invalid')
  })

  test('a success without hash is refused', async () => {
    expect(await verify({ hash: undefined })).toBe('signature_missing')
  })

  test('a hash is of 32 hex digits, in either case, and nothing else', async () => {
    const hash = hashed(transactionId, '155.00')
    expect(await verify({ hash: hash.toUpperCase() })).toBe('paid')
    for (const bad of [hash.slice(1), `${hash}0`, ` ${hash}`, `${hash} `, hash.replace(/./, 'g'), 'true', '0'])
      expect(await verify({ hash: bad })).toBe('signature_invalid')
  })
})

describe('T-11 digits moved between transaction and total', () => {
  test('the sample: …4001 + 2.05 hashes as …400 + 12.05 does', async () => {
    const id = 'SB-12-1-oid_123-aBc-20210616024001'
    const stored = opened({ total: '2.05', order: 'oid' }, { reference: id })
    const moved = { transaction_id: id.slice(0, -1), total: '12.05', hash: hashed(id, '2.05') }
    expect(hashed(id.slice(0, -1), '12.05')).toBe(moved.hash)
    expect(await verify({ ...moved, order_id: undefined }, stored)).toBe('signature_invalid')
  })

  test('every shift of every generated pair is refused, also where both halves are transactions of ours', async () => {
    const random = randomBy(11)
    for (let run = 0; run < runs(300); run++) {
      const id = `45-${random(99_999)}-x-2026${String(random(1e10)).padStart(10, '0')}`
      const total = `${random(99_999) + 1}.${String(random(100)).padStart(2, '0')}`
      const hash = hashed(id, total)
      for (let at = 1; at < id.length + total.length; at++) {
        if (at === id.length) continue
        const both = id + total
        const [shiftedId, shiftedTotal] = [both.slice(0, at), both.slice(at)]
        const query = { transaction_id: shiftedId, total: shiftedTotal, hash, order_id: undefined, currency: undefined }
        const known = opened({ total }, { reference: id })
        expect(await verify(query, known)).toBe('signature_invalid')
        // A transaction of that very id, opened here at another price.
        if (at < id.length)
          expect(await verify(query, known, opened({ total: '155.00' }, { reference: shiftedId }))).toBe('signature_invalid')
      }
    }
  })

  test('the total in the address is never hashed', async () => {
    expect(await verify({ total: '1.00', hash: hashed(transactionId, '1.00') })).toBe('signature_invalid')
    expect(await verify({ total: undefined })).toBe('paid')
  })

  test.each(['155', '155.0', '0155.00', '155.000', '-155.00', '1e2', ''])(
    'a stored total of %j proves nothing',
    async (total) => {
      expect(await verify({ hash: hashed(transactionId, total) }, opened({ total }))).toBe('signature_invalid')
    },
  )

  test('a request that went through the browser is proven by no return', async () => {
    expect(await verify({}, opened({ form: '1' }))).toBe('signature_invalid')
    expect(await verify({}, opened({ form: '1' }, { reference: orderId }))).toBe('signature_invalid')
  })
})

describe('T-12 a right return for another order', () => {
  test('is found by its transaction, and held where it names another order id', async () => {
    expect(await verify({ order_id: 'another1order2id' })).toMatch(/^objection: it names another order id/)
    expect(await verify({ order_id: undefined })).toBe('paid')
  })

  test('is never found by its order id', async () => {
    const other = opened({ order: orderId }, { reference: '45-20911-OTHER-20260405181531' })
    expect(await verify({}, other)).toBe('signature_invalid')
    // Nor where something is known by it, at the very price that another transaction was paid at.
    expect(await verify({}, opened({}, { reference: orderId }))).toBe('signature_invalid')
  })

  test('an altered copy is other news than the right one', async () => {
    const key = async (changes: Record<string, string>) =>
      (await verifyReturn(keys, returnedWith(changes), storeOf(opened())))[0]?.key
    expect(await key({})).toBe(`${transactionId}:success`)
    expect(await key({ order_id: 'x' })).toBe(`${transactionId}:success:altered`)
    expect(await key({ total: '1.00' })).toBe(`${transactionId}:success:altered`)
  })
})

describe('T-13 what the buyer was shown decides nothing', () => {
  test.each<[string, Record<string, string>, string, string]>([
    ['a fee on top', { total: '162.13' }, 'customer_pay', 'paid'],
    ['half a fee on top', { total: '158.00' }, 'split', 'paid'],
    ['no fee at all', { total: '155.00' }, 'customer_pay', 'paid'],
    ['a total below', { total: '154.99' }, 'customer_pay', 'less than what was asked'],
    ['a total below, grouped', { total: '1,54' }, 'customer_pay', 'is no amount'],
    ['more, though the merchant bears the fee', { total: '155.01' }, 'merchant_absorb', 'more than what was asked'],
    ['the same, shortened', { total: '155' }, 'merchant_absorb', 'paid'],
    ['the same, with more zeros', { total: '155.000' }, 'merchant_absorb', 'paid'],
    ['the same, with zeros before', { total: '00155.00' }, 'merchant_absorb', 'paid'],
    ['another currency', { total: '23.84', currency: 'USD' }, 'merchant_absorb', 'paid'],
    ['half a cent', { total: '155.005' }, 'customer_pay', 'is no amount'],
    ['a sign', { total: '+155.00' }, 'customer_pay', 'is no amount'],
    ['an exponent', { total: '2e9' }, 'customer_pay', 'is no amount'],
    ['Arabic digits', { total: '١٥٥.٠٠' }, 'customer_pay', 'is no amount'],
  ])('%s', async (_, changes, fees, expected) => {
    expect(await verify(changes, opened({ fees }))).toContain(expected)
  })

  test('the amount on record is the order’s, and what was shown is a note', async () => {
    const [event] = await verifyReturn(keys, returnedWith({ total: '1,155.00' }), storeOf(opened()))
    expect(event).toMatchObject({ money: order.price, details: { 'unproven-total': '1,155.00', 'unproven-currency': 'TTD' } })
    const [odd] = await verifyReturn(keys, returnedWith({ total: '<b>', currency: 'ttd' }), storeOf(opened()))
    expect(odd?.details).toEqual({})
  })
})

describe('T-16 nothing of the address is shown', () => {
  test('neither in an event nor in an error', async () => {
    const evil = '<script>alert(1)</script>'
    const changes = { message: evil, customer_name: evil, card: evil, data: evil, customer_email: evil }
    expect(JSON.stringify(await verifyReturn(keys, returnedWith(changes), storeOf(opened())))).not.toContain('script')
    const failing = [{ status: evil }, { transaction_id: 'x'.repeat(201) }, { hash: evil }, { order_id: evil }, { total: evil }]
    for (const each of failing) {
      const said = await verifyReturn(keys, returnedWith(each), storeOf(opened())).catch(
        (error: CheckoutError) => error.message,
      )
      expect(JSON.stringify(said)).not.toContain('script')
    }
  })
})

describe('T-50 what is malformed is refused before anything is read', () => {
  test.each<[string, string]>([
    ['no query', ''],
    ['no transaction', 'status=success&hash=0'],
    ['a repeated name', 'status=success&status=success&transaction_id=1&hash=0'],
    ['a repeated name, encoded', `status=success&transaction_id=1&%74ransaction_id=1&hash=${'0'.repeat(32)}`],
    ['a percent escape', 'status=%zz'],
    ['no UTF-8', 'status=%ff'],
    ['a control character', 'status=success&transaction_id=1%00&hash=0'],
    ['a space in a transaction', `status=success&transaction_id=1+2&hash=${'0'.repeat(32)}`],
    ['a bracket', 'status[]=success'],
    ['8 KiB', `status=success&data=${'x'.repeat(8192)}`],
  ])('%s', async (_, query) => {
    const store = storeOf(opened())
    expect(await outcome(verifyReturn(keys, returned(query), store))).toBe('request_invalid')
    expect(store.reads).toBe(0)
  })

  test('and what is well formed costs one read', async () => {
    const store = storeOf(opened())
    await verifyReturn(keys, returnedWith(), store)
    expect(store.reads).toBe(1)
  })

  test('T-52 no input throws anything but a CheckoutError', async () => {
    const random = randomBy(52)
    const parts = [
      'status',
      '=',
      'success',
      '&',
      'transaction_id',
      transactionId,
      'hash',
      '%',
      '%00',
      '%ff',
      '+',
      '[',
      'é',
      '\u{1f4a9}',
      '__proto__',
    ]
    for (let run = 0; run < runs(3000); run++) {
      const query = Array.from({ length: random(14) }, () => parts[random(parts.length)]).join('')
      try {
        await verifyReturn(keys, returned(query), storeOf(opened()))
      } catch (error) {
        expect(error).toBeInstanceOf(CheckoutError)
      }
    }
  })
})

describe('confirmed by WiPay', () => {
  const transaction = (changes: object = {}) => ({
    message: 'OK',
    data: {
      ...{ transaction_id: transactionId, order_id: orderId, status: 'success', status_desc: 'Normal' },
      ...{ total: '162.13', currency: 'TTD', ...changes },
    },
  })
  const confirm = (query: Record<string, string | undefined>, stored: OpenedCheckout, answer: unknown = transaction()) => {
    const { fetch, asked } = network(() => answer)
    return { outcome: outcome(confirmReturn(officeOf(fetch), returnedWith(query), storeOf(stored), always)), asked }
  }

  test('T-10 the address is not believed, whatever it says', async () => {
    for (const status of ['success', 'failed', 'error', 'nonsense']) {
      expect(await confirm({ status, hash: undefined }, opened()).outcome).toBe('paid')
      expect(await confirm({ status }, opened(), transaction({ status: 'failed' })).outcome).toBe('failed')
      expect(await confirm({ status }, opened(), transaction({ status: 'incomplete' })).outcome).toBe('nothing')
    }
  })

  test('asks about nothing that was not opened here', async () => {
    const { outcome: said, asked } = confirm({ transaction_id: 'x' }, opened())
    expect([await said, asked]).toEqual(['signature_invalid', []])
    const none = confirm({ transaction_id: undefined, status: 'error' }, opened())
    expect([await none.outcome, none.asked]).toEqual(['nothing', []])
  })

  test('T-11 a request through the browser is found by its order id, and only where WiPay names that too', async () => {
    const stored = opened({ form: '1', fees: 'merchant_absorb' }, { reference: orderId })
    const right = transaction({ total: '155.00' })
    expect(await confirm({}, stored, right).outcome).toBe('paid')
    expect(await confirm({}, stored, transaction({ order_id: 'another', total: '155.00' })).outcome).toBe('nothing')
    expect(await confirm({}, stored, transaction({ total: '1.00' })).outcome).toMatch(/less than what was asked/)
    expect(await confirm({}, stored, transaction({ total: '155.00', currency: 'JMD' })).outcome).toMatch(/another currency/)
    expect(await confirm({}, stored, transaction({ total: undefined })).outcome).toMatch(/does not repeat/)
    // What was opened by our server is never found by an order id.
    expect(await confirm({ transaction_id: 'x' }, opened({}, { reference: orderId })).outcome).toBe('signature_invalid')
    expect(await confirm({ order_id: checkoutId }, stored, right).outcome).toBe('signature_invalid')
  })

  test('T-50 an address that is loaded again and again is asked about once in three seconds', async () => {
    let now = 0
    const sparingly = askedSparingly(() => new Date(now))
    const { fetch, asked } = network(() => transaction())
    const load = async () => outcome(confirmReturn(officeOf(fetch), returnedWith(), storeOf(opened()), sparingly))
    expect([await load(), await load(), asked.length]).toEqual(['paid', 'paid', 1])
    now = 3_000
    expect([await load(), asked.length]).toEqual(['paid', 2])
    now = 0 // a clock that was set back locks nobody out
    expect([await load(), asked.length]).toEqual(['paid', 3])
    for (let other = 0; other < 1_000; other++) await sparingly(`other-${other}`, async () => [])
    expect([await load(), asked.length]).toEqual(['paid', 4]) // nothing is remembered without bound
  })

  test('T-15 one that is loaded again meanwhile, or a moment after nothing was answered, is not taken for answered', async () => {
    const sparingly = askedSparingly(() => new Date(0))
    const { fetch, asked } = network(() => undefined)
    const load = async () => outcome(confirmReturn(officeOf(fetch), returnedWith(), storeOf(opened()), sparingly))
    const unheard = 'provider_unreachable'
    expect([await Promise.all([load(), load()]), await load(), asked.length]).toEqual([[unheard, unheard], unheard, 1])
  })

  test('a stored card is delivered once WiPay knows it', async () => {
    const stored = opened({ flow: 'card' })
    const card = (changes: object = {}) => ({
      message: 'OK',
      data: [{ uuid: cardId, card_type: 'visa', pan: '************1234', environment: 'live', verified: false, ...changes }],
    })
    const { fetch } = network(() => card())
    const [event] = await confirmReturn(officeOf(fetch), returnedWith({ uuid: cardId }), storeOf(stored), always)
    expect(event).toEqual({
      key: `${transactionId}:card:${cardId}`,
      checkout: { reference: transactionId },
      reference: transactionId,
      becomes: 'paid',
      test: false,
      details: { card: cardId, label: 'VISA … 1234', verified: 'false' },
    })
    expect(await confirm({ uuid: cardId }, stored, { message: 'OK', data: [] }).outcome).toBe('signature_invalid')
    expect(await confirm({ uuid: cardId }, stored, card({ uuid: cardId.replace('2', '3') })).outcome).toBe('signature_invalid')
    expect(await confirm({ uuid: cardId }, stored, card({ environment: 'sandbox' })).outcome).toBe('signature_invalid')
    expect(await confirm({ uuid: cardId }, stored, card({ verified: true })).outcome).toMatch(/verified before/)
    expect(await confirm({ uuid: 'x' }, stored, card()).outcome).toBe('request_invalid')
    expect(await confirm({ status: 'failed', uuid: cardId }, stored, card()).outcome).toBe('nothing')
  })
})

/** How often each property is tried; `PROPERTY_RUNS=100000` is for a night. */
function runs(usually: number): number {
  return Number(process.env.PROPERTY_RUNS ?? usually)
}

/** The same numbers at each run: a failure can be repeated. */
function randomBy(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe('what is refused before the store is asked (T-50)', () => {
  const asking = async (notification: ReturnType<typeof returned>) => {
    let asked = 0
    const store = storeOf(opened())
    const byReference = (reference: string) => {
      asked++
      return store.byReference(reference)
    }
    const counting = { ...store, byReference }
    return [await outcome(verifyReturn(keys, notification, counting)), asked]
  }

  test('T-50 a hash that is none', async () => {
    expect(await asking(returnedWith({}))).toEqual(['paid', 1])
    for (const hash of ['0', 'f'.repeat(31), 'f'.repeat(33), 'g'.repeat(32)])
      expect([hash, await asking(returnedWith({ hash }))]).toEqual([hash, ['signature_invalid', 0]])
  })

  test('T-49 an address that is longer than any of theirs', async () => {
    expect(await asking(returnedWith({ message: 'x'.repeat(8_192) }))).toEqual(['request_invalid', 0])
  })
})
