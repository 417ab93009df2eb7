import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CheckoutError } from '../../../src/protocol/checkout-error.js'
import { rank } from '../../../src/protocol/payment-state.js'
import { type PaymentwallConfiguration, paymentwall } from '../../../src/providers/paymentwall/index.js'
import { isListable } from '../../../src/providers/paymentwall/parameter-names.js'
import { eventOf } from '../../../src/providers/paymentwall/pingback-event.js'
import { baseString, signatureOf, signingOrder } from '../../../src/providers/paymentwall/signature.js'
import { readRange } from '../../../src/providers/paymentwall/source-address.js'
import { type PingbackRules, provePingback } from '../../../src/providers/paymentwall/verify.js'
import { recuts } from './recuts.js'
import {
  baseOf,
  flat,
  forgotten,
  hashed,
  named,
  notRun,
  pairsOf,
  pingback,
  pingbackRules,
  projectKey,
  queryOf,
  runs,
  secretKey,
  signed,
  vectorIds,
  vectorsOf,
} from './vectors.js'

const nothingOpened = { byId: async () => undefined, byReference: async () => undefined }
const listed = '174.36.92.186'

const verifyBy =
  (configuration: Partial<PaymentwallConfiguration> = {}) =>
  async (query: string, address?: string) => {
    const [event] = await paymentwall({ projectKey, secretKey, ...configuration }).verify(
      pingback(query, address),
      nothingOpened,
    )
    return event
  }
const verify = verifyBy()

async function refusal(promise: Promise<unknown>): Promise<CheckoutError> {
  const error = await promise.then(
    () => 'it was believed',
    (thrown: unknown) => thrown,
  )
  if (error instanceof CheckoutError) return error
  throw error
}
const codeOf = async (promise: Promise<unknown>) => (await refusal(promise)).code

describe('the vectors', () => {
  const codes: Readonly<Record<string, readonly string[]>> = {
    'missing-parameters': ['request_invalid', 'signature_missing'],
    'ip-not-whitelisted': ['signature_invalid'],
    'wrong-signature': ['signature_invalid'],
    'unsupported-signature-version': ['signature_invalid'],
  }

  test.each(named(vectorsOf('pingback')))('%s: %s', async (_, __, vector) => {
    const { expected, signVersion } = vector
    const verified = verifyBy({
      secretKey: vector.secretKey,
      ...(vector.apiType && vector.apiType !== 'digital-goods' && { apiType: vector.apiType, checkoutParameter: 'checkout' }),
      ...(signVersion === 1 ? { dangerouslyAcceptPingbacksOfVersion1: true } : signVersion === 4 ? {} : { signVersion }),
      sourceCheck: !vector.skipIpCheck,
      customParameters: ['custom', 'my_custom_param'],
    })(vector.rawQuery, vector.fromIp)
    if (!expected.validates) return expect(codes[String(expected.reason)]).toContain(await codeOf(verified))

    const event = await verified
    const state = event?.becomes
    expect(event).toMatchObject({
      // Where goods are Paymentwall's own, our id would be a parameter that these vectors do not have.
      checkout: { id: vector.apiType === 'digital-goods' ? expected.productId : '' },
      reference: expected.referenceId,
      buyerId: expected.userId,
      details: {
        type: String(expected.type),
        ...(expected.virtualCurrencyAmount !== undefined && { currency: expected.virtualCurrencyAmount }),
      },
    })
    expect(event?.key.startsWith(`${expected.referenceId}:${expected.type}:`)).toBe(true)
    expect(state === 'paid').toBe(expected.deliverable)
    expect(state !== undefined && rank[state] === 3).toBe(expected.cancelable)
    expect(state === 'pending').toBe(expected.underReview)
  })

  test.each(named(vectorsOf('request-signature')))(
    '%s: %s',
    (_, __, { params, baseString: expected, signature, signVersion, secretKey }) => {
      const base = baseString(new Map(flat(params)))
      expect(base + secretKey).toBe(expected)
      expect(signatureOf(base, signVersion as 2 | 3, secretKey)).toBe(signature)
    },
  )

  test('each is run, or listed with the reason', () => {
    // Run by checkout.test.ts, messages.test.ts and journey.test.ts.
    for (const kind of ['widget-url', 'postmessage', 'pingback-sequence'] as const) vectorsOf(kind)
    expect(forgotten()).toEqual([])
    expect(Object.keys(notRun).filter((id) => !vectorIds.includes(id))).toEqual([])
  })
})

describe('what a pingback says', () => {
  test.each([
    ['0', undefined, { becomes: 'paid' }],
    ['1', undefined, { becomes: 'paid' }],
    ['201', undefined, { becomes: 'paid' }],
    ['200', undefined, { becomes: 'pending', underReview: true }],
    ['202', undefined, { becomes: 'declined' }],
    ['203', undefined, { becomes: 'expired' }],
    ['2', undefined, { becomes: 'refunded' }],
    ['2', '1', { becomes: 'charged_back' }],
    ['2', '2', { becomes: 'charged_back' }],
    ['2', '3', { becomes: 'charged_back' }],
    ['2', '4', { becomes: 'refunded' }],
    ['2', '9', { becomes: 'refunded' }],
    ['2', '01', { becomes: 'refunded' }],
    ['2', '10', { news: 'partly_reversed' }],
    ['12', undefined, { news: 'subscription_cancelled' }],
    ['13', undefined, { news: 'subscription_ended' }],
    ['14', undefined, { news: 'renewal_failed' }],
    ['204', undefined, { news: 'unknown' }],
    ['0', '10', { becomes: 'paid' }],
  ])('type %s, reason %s', async (type, reason, meaning) => {
    const event = await verify(signed(pairsOf({ type, reason })))
    const { becomes, underReview, news } = event ?? {}
    expect({ ...(becomes && { becomes }), ...(underReview && { underReview }), ...(news && { news }) }).toEqual(meaning)
    expect(event?.key).toBe(`b1493096790:${type}:${reason ?? ''}`)
  })

  test('T-37 a full reversal after a partial one is other news', async () => {
    const [partly, wholly] = await Promise.all(['10', '9'].map((reason) => verify(signed(pairsOf({ type: '2', reason })))))
    expect(partly?.key).not.toBe(wholly?.key)
  })

  test.each([
    ['1', true],
    ['0', false],
    ['', false],
    ['yes', true],
    [undefined, false],
  ])('is_test=%s is a test: %s', async (isTest, test) => {
    expect((await verify(signed(pairsOf({ is_test: isTest }))))?.test).toBe(test)
  })

  test('a test reference marks a test in version 1 alone, which does not sign is_test', async () => {
    const six = ['uid', 'goodsid', 'slength', 'speriod', 'type', 'ref']
    const first = (ref: string) => {
      const pairs = pairsOf({ ref, sign_version: undefined })
      const base = Buffer.from(six.map((name) => `${name}=${pairs.find(([each]) => each === name)?.[1]}`).join(''))
      return queryOf([...pairs, ['sig', hashed(base, 1)]])
    }
    const verifyFirst = verifyBy({ dangerouslyAcceptPingbacksOfVersion1: true })
    expect((await verifyFirst(first('t1356510177')))?.test).toBe(true)
    expect((await verifyFirst(first('b1356510177')))?.test).toBe(false)
    expect((await verify(signed(pairsOf({ ref: 't1356510177' }))))?.test).toBe(false)
  })
})

describe('T-02 a page’s signature, cut into a pingback', () => {
  // Other software of the merchant signed this page: no guard of ours, and an e-mail address that the buyer chose.
  const email = 'm@x.ygoodsid=ORD-7ref=b1sign_version=3type=0uid=xzone='
  const page: [string, string][] = Object.entries({
    ...{ ag_external_id: 'ORD-7', ag_name: 'Gold', ag_type: 'fixed', amount: '9.99', currencyCode: 'USD', email },
    ...{ key: projectKey, ps: 'all', sign_version: '3', uid: 'user40012', widget: 'pw' },
  })
  const base = baseOf(page).toString()
  const others = ['ag_external_id', 'email', 'zone', 'key']
  const forged = recuts(base, others)
  const sig = hashed(baseOf(page), 3)
  const believed = (changes: Partial<PingbackRules>, address?: string) =>
    forged.filter((pairs) => {
      try {
        const rules = pingbackRules(changes)
        const proven = provePingback(rules, pingback(queryOf([...pairs, ['sig', sig]]), address))
        return eventOf(rules, proven).becomes === 'paid'
      } catch {
        return false
      }
    })
  const everything = { customParameters: new Set(others), equalsSignIn: new Set(others) }
  const sources = [readRange(listed)].filter((range) => range !== undefined)

  test('T-02 forgeries exist, and only the two layers stop them', () => {
    for (const pairs of forged) expect(hashed(baseOf(pairs), 3)).toBe(sig)
    expect(believed(everything).length).toBeGreaterThan(0)
  })

  test('T-02 the list of names and the ban on = are enough', () => {
    expect(believed({})).toEqual([])
    expect(believed({ customParameters: new Set(['zone', 'email']) })).toEqual([])
    expect(believed({ ...everything, equalsSignIn: new Set() })).toEqual([])
  })

  test('T-02 the source address is enough', () => {
    expect(believed({ ...everything, sources }, '198.51.100.7')).toEqual([])
    expect(believed({ ...everything, sources }, listed).length).toBeGreaterThan(0)
  })

  test('T-02 no cut of any page that anybody signed is believed, whatever may be listed is', () => {
    const piece = fc.constantFrom(
      ...[
        'goodsid=',
        'ref=',
        'ref=b1',
        'type=0',
        'uid=',
        'uid=x',
        'sign_version=3',
        'zone=',
        'slength=',
        'speriod=',
        'reason=',
      ],
      ...['is_test=', 'y=', 'ey=', 'key=', 'mon', 'x', '=', '&', ' ', 'sig=', 'ORD-7', '\u0000', 'é', email],
    )
    const value = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
    const pages = fc.record({ email: value, lang: value, ps: value, success_url: value, uid: value })
    const names = ['ag_name', 'email', 'ey', 'key', 'lang', 'monkey', 'ps', 'success_url', 'widget', 'y', 'zone']
    const customParameters = new Set(names.filter(isListable))
    fc.assert(
      fc.property(pages, (chosen) => {
        const pairs: [string, string][] = Object.entries({ ...chosen, key: projectKey, widget: 'pw', sign_version: '3' })
        const signature = hashed(baseOf(pairs), 3)
        for (const cut of recuts(baseOf(pairs).toString(), names)) {
          const query = queryOf([...cut, ['sig', signature]])
          expect(() => provePingback(pingbackRules({ customParameters }), pingback(query)), query).toThrow(CheckoutError)
        }
      }),
      {
        numRuns: runs(300),
        // The first would do if `key` could be listed, the second if `monkey` could, the third if values might hold `=`.
        examples: [
          [{ email: 'xgoodsid=O', lang: 'de', ps: 'xref=b1', success_url: 'xtype=0', uid: 'x' }],
          [{ email: 'xgoodsid=Omon', lang: 'de', ps: 'xref=b1', success_url: 'xtype=0', uid: 'x' }],
          [{ email, lang: 'de', ps: 'all', success_url: 'x', uid: 'x' }],
        ],
      },
    )
  })

  test('T-02 an unlisted name is held back with the name, and never the value', async () => {
    const error = await refusal(verify(signed(pairsOf({ colour: 'blue', size: 'large' }))))
    expect(error.code).toBe('parameter_unknown')
    expect(error.details).toEqual({ key: 'b1493096790:0:', reference: 'b1493096790', parameter: 'colour, size' })
    expect(JSON.stringify(error) + error.message).not.toMatch(/blue|large/)
    expect(await codeOf(verify(`${signed(pairsOf())}&colour=blue`))).toBe('signature_invalid') // a stranger leaves no trace
  })

  test('T-02 an unlisted name from a listed address is taken, and told', async () => {
    const event = await verifyBy({ sourceCheck: true })(signed(pairsOf({ colour: 'blue' })), listed)
    expect(event).toMatchObject({ becomes: 'paid', details: { type: '0', 'unlisted-parameters': 'colour' } })
    expect(event?.warning).toMatch(/not in customParameters: colour$/)
  })

  test('T-02 no value may hold =, but those that were exempted by name', async () => {
    const query = signed(pairsOf({ note: 'a=b', colour: 'blue' }))
    const error = await refusal(verifyBy({ customParameters: ['note', 'colour'] })(query))
    expect(error.code).toBe('parameter_unknown')
    expect(error.details.parameter).toBe('note')
    const exempt = { customParameters: ['note', 'colour'], dangerouslyAllowEqualsSignIn: ['note'] }
    expect((await verifyBy(exempt)(query))?.details).toEqual({ type: '0', note: 'a=b', colour: 'blue' })
    for (const name of ['uid', 'goodsid', 'ref', 'slength', 'reason'])
      expect(await codeOf(verifyBy({ sourceCheck: true })(signed(pairsOf({ [name]: 'a=b' })), listed))).toBe('request_invalid')
    expect(await codeOf(verifyBy({ customParameters: ['note'] })(signed(pairsOf({ note: Uint8Array.of(0xff, 0x3d) }))))).toBe(
      'parameter_unknown',
    )
  })
})

describe('T-03 source addresses', () => {
  const query = signed(pairsOf())
  test.each([
    ...['174.36.92.186', '174.36.92.187', '174.36.92.192', '174.36.96.66', '174.37.14.28'],
    ...['216.127.71.0', '216.127.71.25', '216.127.71.255', '::ffff:216.127.71.25', '::FFFF:174.36.92.186'],
  ])('T-03 takes %s', async (address) => {
    expect((await verifyBy({ sourceCheck: true })(query, address))?.becomes).toBe('paid')
  })

  test.each([
    ...['198.51.100.7', '216.127.72.0', '216.127.70.255', '174.36.92.188', '216.127.71.256', '216.127.71.025', '::1', ''],
    ...[
      ' 174.36.92.186',
      '174.36.92.186 ',
      '174.36.92.186, 10.0.0.1',
      '174.36.92.186\n',
      '174.36.92',
      '2921618618',
      '0xae.36.92.186',
    ],
    ...['::ffff:ae24:5cba', '::ffff:::ffff:174.36.92.186', '174.36.92.186:443', '1.174.36.92.186', '²16.127.71.25'],
  ])('T-03 refuses %j', async (address) => {
    expect(await codeOf(verifyBy({ sourceCheck: true })(query, address))).toBe('signature_invalid')
  })

  test('T-03 an address that the host does not tell is a fault of the configuration', async () => {
    expect(await codeOf(verifyBy({ sourceCheck: true })(query))).toBe('config_invalid')
  })

  test('T-03 never the only check, and a list of one’s own takes the place of the documented one', async () => {
    expect(await codeOf(verifyBy({ sourceCheck: true })(query.slice(0, -1), listed))).toBe('signature_invalid')
    const own = verifyBy({ sourceCheck: ['10.1.2.3/30'] })
    for (const address of ['10.1.2.0', '10.1.2.3']) expect((await own(query, address))?.becomes).toBe('paid')
    for (const address of ['10.1.2.4', '10.1.1.255', listed])
      expect(await codeOf(own(query, address))).toBe('signature_invalid')
  })
})

describe('T-04 signature versions', () => {
  const versions = ['', '0', '1', '2', '3', '4', '03', ' 3', '3 ', '3.0', '+3', '３', '3\u0000', undefined]
  // Each is signed by every algorithm that the announced version might stand for, so the signature is never the reason.
  test.each([2, 3] as const)('T-04 exactly version %d is believed', async (configured) => {
    const verifyConfigured = verifyBy({ signVersion: configured })
    for (const announced of versions)
      for (const algorithm of [2, 3]) {
        const verified = verifyConfigured(signed(pairsOf({ sign_version: announced }), algorithm))
        if (announced === String(configured) && algorithm === configured) expect((await verified)?.becomes).toBe('paid')
        else expect(['signature_invalid', 'request_invalid']).toContain(await codeOf(verified))
      }
  })

  test('T-04 version 1 only where it is asked for, and then nothing else', async () => {
    const pairs = pairsOf({ sign_version: undefined })
    const base = Buffer.from('uid=user40012goodsid=product301slength=speriod=type=0ref=b1493096790')
    const first = queryOf([...pairs, ['sig', hashed(base, 1)]])
    const verifyFirst = verifyBy({ dangerouslyAcceptPingbacksOfVersion1: true, customParameters: ['colour'] })
    expect((await verifyFirst(first))?.becomes).toBe('paid')
    expect((await verifyFirst(`${first}&sign_version=1`))?.becomes).toBe('paid')
    expect((await verifyFirst(`${first}&colour=blue`))?.details).toEqual({ type: '0' }) // unsigned, so not handed on
    for (const announced of versions.filter((each) => each !== undefined && each !== '1'))
      expect(['signature_invalid', 'request_invalid']).toContain(
        await codeOf(verifyFirst(`${first}&sign_version=${announced}`)),
      )
    expect(await codeOf(verifyFirst(signed(pairsOf())))).toBe('signature_invalid')
    expect(await codeOf(verify(first))).toBe('signature_invalid')
  })
})

describe('T-05 types', () => {
  test.each([
    '0junk',
    ' 0',
    '0 ',
    '00',
    '-0',
    '+0',
    '0.0',
    '0e1',
    '0x0',
    '1.0',
    '٠',
    '０',
    '201 ',
    '2O1',
    'paid',
    'null',
    'NaN',
    '-1',
  ])('T-05 %j is an unknown type', async (type) => {
    const event = await verify(signed(pairsOf({ type })))
    expect(event?.news).toBe('unknown')
    expect(event?.becomes).toBeUndefined()
  })

  test.each(['', undefined, '0\u0000', '\n0'])('T-05 %j is no type', async (type) => {
    expect(await codeOf(verify(signed(pairsOf({ type }))))).toBe('request_invalid')
  })

  test('T-05 no text but the known ones moves a payment', () =>
    fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.integer().map(String)), async (type) => {
        fc.pre(!['0', '1', '2', '200', '201', '202', '203', ''].includes(type))
        const event = await verify(signed(pairsOf({ type }))).catch(() => undefined)
        expect(event?.becomes).toBeUndefined()
      }),
      { numRuns: runs(300) },
    ))
})

describe('T-06 parameter pollution', () => {
  const genuine = signed(pairsOf())
  test.each([
    ...[
      'type=0',
      'type=1',
      'sig=0',
      `sig=${'0'.repeat(64)}`,
      'uid=user40012',
      'type[]=0',
      'type[0]=0',
      'type%5B%5D=0',
      'ref[a]=1',
    ],
    ...[
      'Sig[]=1',
      '1=1',
      '0=0',
      '=1',
      '',
      'a%00=1',
      'a%00b=1',
      'a.b=1',
      'a+b=1',
      'a-b=1',
      `${'a'.repeat(65)}=1`,
      '%FF=1',
      'é=1',
    ],
  ])('T-06 refuses %j beside the rest', async (more) => {
    for (const query of [`${genuine}&${more}`, `${more}&${genuine}`])
      expect(await codeOf(verify(query))).toBe('request_invalid')
  })

  test.each(['Sig=0', '__proto__=1', 'constructor=1', 'toString=1', 'hasOwnProperty=1', 'Type=0'])(
    'T-06 %j is a name like any other',
    async (more) => {
      expect(await codeOf(verify(`${genuine}&${more}`))).toBe('signature_invalid')
      const [name = '', value = ''] = more.split('=')
      expect((await refusal(verify(signed([...pairsOf(), [name, value]])))).details.parameter).toBe(name)
    },
  )

  test('T-06 a repeat is refused, which of the two is signed or whether they differ', async () => {
    const pairs = pairsOf()
    for (const ref of ['b1493096790', 'b2']) {
      const query = `${queryOf([...pairs, ['ref', ref]])}&sig=${hashed(baseOf(pairs), 3)}`
      expect(await codeOf(verify(query))).toBe('request_invalid')
    }
  })
})

describe('T-07 decoding', () => {
  const custom = verifyBy({ customParameters: ['colour'] })
  test.each([
    ['a space as +', 'a+b', 'a b'],
    ['a space as %20', 'a%20b', 'a b'],
    ['a plus', 'a%2Bb', 'a+b'],
    ['an escape, decoded once', 'a%2541b', 'a%41b'],
    ['lower and upper case digits', '%c3%A9', 'é'],
    ['a byte order mark, kept', '%EF%BB%BFa', '\uFEFFa'],
    ['no normalisation', 'e%CC%81', 'e\u0301'],
    ['white space, not trimmed', '+a+', ' a '],
    ['line breaks in what is not ours', 'a%0D%0Ab', 'a\r\nb'],
  ])('T-07 %s', async (_, written, read) => {
    const sig = hashed(baseOf(pairsOf({ colour: read })), 3)
    expect((await custom(`${queryOf(pairsOf())}&colour=${written}&sig=${sig}`))?.details?.colour).toBe(read)
  })

  test('T-07 hashes the bytes of a value that is no UTF-8, and shows them as such', async () => {
    const bytes = Uint8Array.of(0x61, 0xff, 0xfe)
    expect((await custom(signed(pairsOf({ colour: bytes }))))?.details?.colour).toBe('hex:61fffe')
    const replaced = hashed(baseOf(pairsOf({ colour: 'a\uFFFD\uFFFD' })), 3)
    expect(await codeOf(custom(`${queryOf(pairsOf({ colour: bytes }))}&sig=${replaced}`))).toBe('signature_invalid')
  })

  test.each(['%', '%4', '%zz', '%G1', 'a%', '%%41', '%u0041', '%-1'])('T-07 refuses the escape %j', async (value) => {
    expect(await codeOf(custom(`${signed(pairsOf())}&colour=${value}`))).toBe('request_invalid')
  })

  test.each(['uid', 'goodsid', 'type', 'ref', 'slength', 'speriod', 'sign_version', 'is_test', 'reason', 'sig'])(
    'T-07 refuses what is no text in %s',
    async (name) => {
      for (const value of [
        Uint8Array.of(0x61, 0xff),
        'a\u0000',
        'a\r\n',
        '\u0085',
        '\u007f',
        Uint8Array.of(0xed, 0xa0, 0x80),
      ]) {
        const pairs = pairsOf({ [name]: value })
        const query = name === 'sig' ? queryOf(pairs) : signed(pairs)
        expect(await codeOf(verify(query)), `${name}=${value}`).toBe('request_invalid')
      }
    },
  )
})

describe('T-08 comparing', () => {
  test.each([
    ['empty', () => '', 'signature_missing'],
    ['cut short', (sig: string) => sig.slice(0, 63), 'signature_invalid'],
    ['a prefix', (sig: string) => sig.slice(0, 32), 'signature_invalid'],
    ['longer', (sig: string) => `${sig}00`, 'signature_invalid'],
    ['upper case', (sig: string) => sig.toUpperCase(), 'signature_invalid'],
    ['followed by a space', (sig: string) => `${sig} `, 'signature_invalid'],
    ['true', () => 'true', 'signature_invalid'],
    ['made by MD5', () => hashed(baseOf(pairsOf()), 2), 'signature_invalid'],
    ['of the base without secret', () => hashed(baseOf(pairsOf()), 3, ''), 'signature_invalid'],
  ])('T-08 refuses a signature that is %s', async (_, bent, code) => {
    expect(await codeOf(verify(queryOf([...pairsOf(), ['sig', bent(hashed(baseOf(pairsOf()), 3))]])))).toBe(code)
  })

  test('T-08 one flipped bit anywhere is refused', () => {
    const values = fc.record({
      uid: fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/),
      goodsid: fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/),
      type: fc.constantFrom('0', '1', '2', '200', '201'),
      colour: fc.oneof(fc.constant(undefined), fc.string({ unit: 'grapheme' })),
    })
    const read = verifyBy({ customParameters: ['colour'] })
    return fc.assert(
      fc.asyncProperty(values, fc.nat(), fc.nat(7), fc.boolean(), async (changes, at, bit, inSignature) => {
        const pairs = pairsOf(changes).map(([name, value]) => [name, Buffer.from(value)] as [string, Buffer])
        const sig = Buffer.from(hashed(baseOf(pairs), 3))
        const targets = inSignature ? [sig] : pairs.map(([, value]) => value).filter(({ length }) => length > 0)
        const target = targets[at % targets.length] as Buffer
        target[at % target.length] = (target[at % target.length] as number) ^ (1 << bit)
        expect(['signature_invalid', 'request_invalid']).toContain(await codeOf(read(queryOf([...pairs, ['sig', sig]]))))
      }),
      { numRuns: runs(500) },
    )
  })

  test('T-56 every configured secret verifies, and no other', async () => {
    const other = '00ffeeddccbbaa998877665544332211'
    for (const secrets of [
      [secretKey, other],
      [other, secretKey],
    ])
      for (const secret of secrets)
        expect((await verifyBy({ secretKey: secrets })(signed(pairsOf(), 3, secret)))?.becomes).toBe('paid')
    expect(await codeOf(verify(signed(pairsOf(), 3, other)))).toBe('signature_invalid')
  })
})

describe('T-09 what was sold', () => {
  test('T-09 names checkout and buyer as they came, for the ledger to compare', async () => {
    expect(await verify(signed(pairsOf({ goodsid: 'another', uid: 'somebody' })))).toMatchObject({
      checkout: { id: 'another' },
      buyerId: 'somebody',
    })
  })

  const priced = verifyBy({ amountParameter: 'price', currencyParameter: 'unit' })
  test('T-09 reports the price where the project repeats it', async () => {
    const event = await priced(signed(pairsOf({ price: '9.99', unit: 'USD' })))
    expect(event).toMatchObject({ money: { amount: '9.99', currency: 'USD' }, details: { price: '9.99', unit: 'USD' } })
    expect(event?.objection).toBeUndefined()
    expect((await verify(signed(pairsOf())))?.money).toBeUndefined()
  })

  test.each([
    { price: undefined, unit: 'USD' },
    { price: '9.99', unit: undefined },
    { price: '', unit: '' },
    { price: '9,99', unit: 'USD' },
    { price: '-9.99', unit: 'USD' },
    { price: '1e2', unit: 'USD' },
    { price: ' 9.99', unit: 'USD' },
    { price: '9.99', unit: 'usd' },
    { price: Uint8Array.of(0x39, 0xff), unit: 'USD' },
  ])('T-09 objects to a payment whose price cannot be read: %j', async (changes) => {
    const event = await priced(signed(pairsOf(changes)))
    expect(event).toMatchObject({ becomes: 'paid', objection: expect.stringContaining('price') })
    expect(event?.money).toBeUndefined()
  })

  test('T-09 a reversal needs no price', async () => {
    const event = await priced(signed(pairsOf({ type: '2', price: '-9.99', unit: 'USD' })))
    expect(event).toMatchObject({ becomes: 'refunded' })
    expect(event?.objection ?? event?.money).toBeUndefined()
  })
})

describe('T-52 whatever arrives', () => {
  test('T-52 is refused with an error of ours, or proven', () => {
    const name = fc.oneof(
      fc.constantFrom(...pairsOf().map(([each]) => each), 'sig', 'colour', 'a[b]'),
      fc.string({ unit: 'binary' }),
    )
    const pair = fc.tuple(name, fc.string({ unit: 'binary' })).map(([one, other]) => `${one}=${other}`)
    const raw = fc.oneof(
      fc.array(pair).map((pairs) => pairs.join('&')),
      fc.string({ unit: 'binary' }),
    )
    return fc.assert(
      fc.asyncProperty(raw, async (query) => {
        await codeOf(verify(query))
      }),
      { numRuns: runs(1_000) },
    )
  })
})

describe('signingOrder', () => {
  test('is the order of a tree: groups by name, indexes as numbers', () => {
    expect(signingOrder(['b', 'a[10]', 'a[9]', 'ab', 'a[x]', 'B', '_'])).toEqual(['B', '_', 'a[9]', 'a[10]', 'a[x]', 'ab', 'b'])
  })

  test('forgets nothing between two questions', () => {
    for (const names of [['b', 'a'], ['b', 'c'], ['b'], ['b', 'a']]) expect(signingOrder(names)).toEqual([...names].sort())
  })

  test.each(['a[]', 'a[b][c]', 'a.b', 'a b', '1', '', 'é', 'a[', '[a]'])('refuses %j', (name) => {
    expect(() => signingOrder(['a', name])).toThrow(CheckoutError)
  })
})
