import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CheckoutError } from '../../../src/protocol/checkout-error.js'
import { type Order, Secret } from '../../../src/providers/adapter.js'
import { pageLanguage } from '../../../src/providers/paymentwall/checkout.js'
import { type PaymentwallConfiguration, type Profile, paymentwall } from '../../../src/providers/paymentwall/index.js'
import { amountText } from '../../../src/providers/paymentwall/price.js'
import { readSale } from '../../../src/providers/paymentwall/sale.js'
import { signedQuery } from '../../../src/providers/paymentwall/signature.js'
import { provePingback } from '../../../src/providers/paymentwall/verify.js'
import { recuts } from './recuts.js'
import {
  baseOf,
  flat,
  hashed,
  named,
  pingback,
  pingbackRules,
  projectKey,
  queryOf,
  runs,
  secretKey,
  signingRules,
  vectorsOf,
} from './vectors.js'

const order: Order = {
  title: 'Gold Membership',
  price: { amount: '9.99', currency: 'USD' },
  buyer: { id: 'user40012', email: 'user@hostname.com' },
}
const checkoutId = 'wq0jIhpqfyJvRWZ7yv1H3g'
const context = {
  checkoutId,
  method: 'paymentwall:all',
  returnUrl: new URL(`https://shop.example/checkout/return/${checkoutId}`),
  notifyUrl: new URL('https://shop.example/checkout/notify/paymentwall'),
}
const now = () => new Date('2026-11-20T12:00:00.900Z')
const configuration: PaymentwallConfiguration = { projectKey, secretKey, now }

async function open(
  changes: Partial<Order> = {},
  options: Partial<PaymentwallConfiguration> = {},
  more: Partial<typeof context> & { country?: string; locale?: string } = {},
) {
  const { url } = await paymentwall({ ...configuration, ...options }).open({ ...order, ...changes }, { ...context, ...more })
  return { url, sent: Object.fromEntries(url.searchParams) }
}
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'it was signed',
    (error: unknown) => (error instanceof CheckoutError ? error.code : error),
  )

describe('the vectors', () => {
  test.each(named(vectorsOf('widget-url')))(
    '%s is signed alike: %s',
    (_, __, { apiType, params, signVersion, signature, secretKey }) => {
      const { sign_version: version, ...rest } = Object.fromEntries(flat(params))
      const rules = signingRules({
        apiType: apiType ?? 'digital-goods',
        signVersion: signVersion as 2 | 3,
        secret: new Secret(secretKey),
      })
      const query = new URLSearchParams(signedQuery(new Map(Object.entries(rest)), rules, 'default_goodsid'))
      expect(version).toBe(String(signVersion))
      expect(query.get('sign')).toBe(signature)
      expect(Object.fromEntries(query)).toEqual({ ...rest, sign_version: version, sign: signature })
    },
  )

  // The same sale, asked of the adapter: everything in the vector, and nothing more than what the vector does not speak of.
  test.each(named(vectorsOf('widget-url').filter(({ id }) => ['W01', 'W02', 'W12', 'W15'].includes(id))))(
    '%s is opened alike: %s',
    async (_, __, vector) => {
      const { products, extra, widget, uid } = vector.input
      const [product] = products
      const inTest = extra.test_mode === '1'
      const { url, sent } = await open(
        {
          title: product?.name ?? '',
          price: { amount: String(product?.amount), currency: product?.currency ?? '' },
          buyer: {
            id: uid,
            email: String(extra.email),
            registeredAt: new Date(Number(extra['history[registration_date]']) * 1000),
          },
        },
        {
          widget,
          signVersion: vector.signVersion as 2 | 3,
          secretKey: vector.secretKey,
          ...(inTest && { mode: 'test', evaluation: true }),
        },
        {
          checkoutId: product?.id ?? '',
          method: `paymentwall:${extra.ps}`,
          ...(inTest && { country: 'DE', locale: 'de-DE' }),
        },
      )
      const { sign, timestamp, success_url, failure_url, ...rest } = sent
      expect(url.origin + url.pathname).toBe(`https://api.paymentwall.com${vector.path}`)
      expect(rest).toEqual(Object.fromEntries(flat(vector.params)))
    },
  )
})

describe('the address of a page', () => {
  test('holds what the documents demand, signed', async () => {
    const { url, sent } = await open()
    const { sign, ...rest } = sent
    expect(rest).toEqual({
      key: projectKey,
      uid: 'user40012',
      widget: 'pw',
      ps: 'all',
      email: 'user@hostname.com',
      timestamp: '1795176000',
      amount: '9.99',
      currencyCode: 'USD',
      ag_name: 'Gold Membership',
      ag_external_id: checkoutId,
      ag_type: 'fixed',
      success_url: `https://shop.example/checkout/return/${checkoutId}`,
      failure_url: `https://shop.example/checkout/return/${checkoutId}?failed`,
      sign_version: '3',
    })
    expect(sign).toBe(hashed(baseOf(Object.entries(rest)), 3))
    expect(url.origin + url.pathname).toBe('https://api.paymentwall.com/api/subscription')
  })

  test('is signed by the newest of several keys, in the version configured', async () => {
    const keys = ['00ffeeddccbbaa998877665544332211', secretKey]
    for (const signVersion of [2, 3] as const) {
      const { sign, ...rest } = (await open({}, { secretKey: keys, signVersion })).sent
      expect(rest.sign_version).toBe(String(signVersion))
      expect(sign).toBe(hashed(baseOf(Object.entries(rest)), signVersion, keys[0]))
    }
  })

  test('goes to the base that is configured', async () => {
    for (const baseUrl of ['http://localhost:4000/pretend', 'http://localhost:4000/pretend/'])
      expect((await open({}, { mode: 'test', baseUrl })).url.href).toMatch(
        /^http:\/\/localhost:4000\/pretend\/api\/subscription\?/,
      )
  })

  test('is for one method, and for the test method in test mode alone', async () => {
    expect((await open({}, {}, { method: 'paymentwall:paypal' })).sent.ps).toBe('paypal')
    expect((await open({}, { mode: 'test' }, { method: 'paymentwall:test' })).sent).toMatchObject({
      ps: 'test',
      test_mode: '1',
    })
    for (const method of [
      'paymentwall:test',
      'paymentwall:',
      'paymentwall:PayPal',
      'paymentwall:a b',
      'wipay:card',
      'paymentwall:a=b',
    ])
      expect(await codeOf(open({}, {}, { method }))).toBe('method_unavailable')
  })

  test('names the country that was asked for, else the buyer’s, else the configured one', async () => {
    const buyer = { ...order.buyer, country: 'AT' }
    const named = async (...[changes, options, more]: Parameters<typeof open>) =>
      (await open(changes, options, more)).sent.country_code
    expect(await named({ buyer }, { country: 'CH' }, { country: 'DE' })).toBe('DE')
    expect(await named({ buyer }, { country: 'CH' })).toBe('AT')
    expect(await named({}, { country: 'CH' })).toBe('CH')
    expect(await named()).toBeUndefined()
    expect(await named({}, {}, { country: 'de' })).toBeUndefined()
  })

  test.each([
    ['de', 'de'],
    ['de-AT', 'de'],
    ['pt', 'pt'],
    ['pt-BR', 'pt_BR'],
    ['pt_BR', 'pt_BR'],
    ['pt-PT', 'pt'],
    ['zh', 'zh_CN'],
    ['zh-SG', 'zh_CN'],
    ['zh-TW', 'zh_TW'],
    ['zh-HK', 'zh_TW'],
    ['zh-Hant', 'zh_TW'],
    ['fil-PH', 'tl'],
    ['tl', 'tl'],
    ['sr-Latn-RS', 'sr'],
    ['EN-us', 'en'],
    ['cs', undefined],
    ['nb-NO', undefined],
    ['', undefined],
    ['x', undefined],
    ['de=goodsid', undefined],
    [undefined, undefined],
  ])('speaks to %j in %s', (locale, language) => {
    expect(pageLanguage(locale)).toBe(language)
  })
})

describe('who the buyer is', () => {
  const profileOf = async (buyer: Partial<Order['buyer']>, profile?: Profile | (() => Profile)) => {
    const { sent } = await open({ buyer: { ...order.buyer, ...buyer } }, profile ? { profile } : {})
    return Object.fromEntries(Object.entries(sent).filter(([name]) => name.includes('[')))
  }

  test('is sent as far as it is known', async () => {
    expect(await profileOf({})).toEqual({})
    expect(
      await profileOf({
        name: ' Jane  Margaret Doe ',
        country: 'DE',
        address: { line1: '1 Long Street', line2: 'c/o Roe', city: 'Springfield', state: 'OH', zip: '10115' },
        registeredAt: new Date('2017-03-16T09:04:52.999Z'),
      }),
    ).toEqual({
      'customer[firstname]': 'Jane Margaret',
      'customer[lastname]': 'Doe',
      'customer[address]': '1 Long Street, c/o Roe',
      'customer[city]': 'Springfield',
      'customer[state]': 'OH',
      'customer[zip]': '10115',
      'customer[country]': 'DE',
      'history[registration_date]': '1489655092',
    })
    expect(await profileOf({ name: 'Madonna' })).toEqual({ 'customer[firstname]': 'Madonna' })
  })

  test('is what the merchant says of them, fixed or by order, over what the order says', async () => {
    const profile: Profile = {
      customer: { lastname: 'Roe', birthday: new Date('1965-01-01T00:00:00Z'), sex: 'female' },
      history: {
        risk_score: 0,
        was_banned: false,
        registration_email_verified: true,
        payments_amount: '12.50',
        logins_number: 12,
      },
    }
    const expected = {
      'customer[firstname]': 'Jane',
      'customer[lastname]': 'Roe',
      'customer[birthday]': '-157766400',
      'customer[sex]': 'female',
      'history[risk_score]': '0',
      'history[was_banned]': '0',
      'history[registration_email_verified]': '1',
      'history[payments_amount]': '12.50',
      'history[logins_number]': '12',
    }
    expect(await profileOf({ name: 'Jane Doe' }, profile)).toEqual(expected)
    expect(await profileOf({ name: 'Jane Doe' }, () => profile)).toEqual(expected)
  })

  test('T-01 is left out where it does not fit, and never signed bent', async () => {
    const bent: Profile = {
      customer: {
        sex: 'x',
        zip: 'a=b',
        city: 'x'.repeat(257),
        state: 'a\u0000',
        firstname: '\uD800',
        country: 'Germany',
        birthday: 1e21,
      },
      history: {
        registration_date: new Date(Number.NaN),
        risk_score: 101,
        was_banned: 2,
        logins_number: -1,
        registration_ip: '203.0.113.7=',
        registration_email: 'a=b@x.example',
        followers: Number.POSITIVE_INFINITY,
        membership: '',
      },
    }
    expect(await profileOf({ registeredAt: new Date(-1) }, () => bent)).toEqual({})
    const foreign = { customer: { goodsid: '1', __proto__: { zip: '1' } }, other: { a: 'b' } } as unknown as Profile
    expect(await profileOf({}, () => foreign)).toEqual({})
  })
})

describe('T-23 amounts', () => {
  test.each([
    [{ amount: '9.99', currency: 'USD' }, '9.99'],
    [{ amount: '10', currency: 'USD' }, '10.00'],
    [{ amount: '0.3', currency: 'USD' }, '0.30'],
    [{ amount: '0.30000000', currency: 'USD' }, '0.30'],
    [{ amount: '999999999999.99', currency: 'EUR' }, '999999999999.99'],
    [{ amount: '500', currency: 'JPY' }, '500.00'],
    [{ amount: '500.00', currency: 'JPY' }, '500.00'],
    [{ amount: '1.230', currency: 'KWD' }, '1.23'],
    [{ amount: '0.01', currency: 'EUR' }, '0.01'],
    [{ amount: '0.29', currency: 'USD' }, undefined],
    [{ amount: '1.005', currency: 'USD' }, undefined],
    [{ amount: '1.234', currency: 'KWD' }, undefined],
    [{ amount: '0.50', currency: 'JPY' }, undefined],
    [{ amount: '0', currency: 'EUR' }, undefined],
    [{ amount: '0.00', currency: 'EUR' }, undefined],
    [{ amount: '-1.00', currency: 'EUR' }, undefined],
    [{ amount: '1e2', currency: 'EUR' }, undefined],
    [{ amount: '01.00', currency: 'EUR' }, undefined],
    [{ amount: '1.', currency: 'EUR' }, undefined],
    [{ amount: ' 1.00', currency: 'EUR' }, undefined],
    [{ amount: '1.00', currency: 'eur' }, undefined],
    [{ amount: '1.00', currency: 'EUR=' }, undefined],
    [{ amount: '1000000000000', currency: 'EUR' }, undefined],
  ])('T-23 %j is written %s', (price, text) => {
    expect(amountText(price)).toBe(text)
  })

  test('T-23 two decimals, the same digits, no float in between', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 30n, max: 10n ** 14n - 1n }), fc.constantFrom('USD', 'EUR', 'XYZ'), (cents, currency) => {
        const digits = String(cents).padStart(3, '0')
        const text = `${digits.slice(0, -2)}.${digits.slice(-2)}`
        expect(amountText({ amount: text, currency })).toBe(text)
      }),
      { numRuns: runs(500) },
    )
  })
})

const saleRules = { apiType: 'digital-goods', checkoutParameter: undefined, longPeriods: false } as const

describe('what cannot be sold', () => {
  test.each([
    ['an empty title', { title: '' }],
    ['a long title', { title: 'x'.repeat(257) }],
    ['a control character', { title: 'Gold\u0000' }],
    ['half a character', { title: 'Gold\uD800' }],
    ['an id with a space', { buyer: { ...order.buyer, id: 'a b' } }],
    ['an id with =', { buyer: { ...order.buyer, id: 'goodsid=1' } }],
    ['a long id', { buyer: { ...order.buyer, id: 'x'.repeat(65) } }],
    ['an e-mail address with =', { buyer: { ...order.buyer, email: 'a=b@x.example' } }],
    ['no e-mail address', { buyer: { ...order.buyer, email: 'nobody' } }],
    ['a quoted e-mail address', { buyer: { ...order.buyer, email: '"a b"@x.example' } }],
  ])('%s', async (_, changes) => {
    expect(typeof readSale({ ...order, ...changes }, saleRules)).toBe('string')
    expect(await codeOf(open(changes))).toBe('order_invalid')
  })

  test('256 characters are a title, whatever they are', async () => {
    const title = `${'金'.repeat(255)}🎫`
    expect((await open({ title })).sent.ag_name).toBe(title)
  })

  test('an id of ours that cannot be signed', async () => {
    expect(await codeOf(open({}, {}, { checkoutId: 'a=b' }))).toBe('order_invalid')
  })
})

describe('T-01 what is signed can never be a pingback', () => {
  test.each([
    ['a value', { ag_name: 'x goodsid=1' }],
    ['the first value', { a: 'goodsid=' }],
    ['a value and the next name', { ag_name: 'goods', 'id[a]': '1', id: '1' }],
    ['a name', { goodsid: '1' }],
    ['the end of a name', { default_goodsid: '1' }],
    ['an item of a group', { 'x[goodsid]': '=goodsid=' }],
  ])('T-01 refuses "goodsid=" in %s', (_, values) => {
    expect(() => signedQuery(new Map(Object.entries(values)), signingRules())).toThrow(CheckoutError)
  })

  test('T-01 refuses the e-mail address by which a page became a pingback', async () => {
    const email = 'm@x.ygoodsid=ORD-7ref=b1sign_version=3type=0uid=x'
    expect(await codeOf(open({ buyer: { ...order.buyer, email } }))).toBe('order_invalid')
    expect(await codeOf(open({ title: email }))).toBe('order_invalid')
  })

  // The verifier is made more lenient than any configuration can make it: what is signed must suffice alone.
  test('T-01 no cut of any page that we sign verifies', async () => {
    const attack = 'goodsid=O-7ref=b1sign_version=3type=0uid=xzone='
    const names = ['ag_external_id', 'zone']
    const lenient = pingbackRules({ customParameters: new Set(names), equalsSignIn: new Set(names) })
    const piece = fc.constantFrom(
      ...['goodsid=', 'goodsid', 'goods', 'id=', 'ref=b1', 'type=0', 'uid=', 'uid=x', 'sign_version=3', 'zone=', attack],
      ...['=', 'a', 'B', '1', ' ', '.', '@', 'é', '金', '\u0000', '\uD800', '&', '%3D', '+', '[', ']'],
    )
    const text = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''))
    const mostly = (usual: string) => fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: text })
    const chosen = fc.record({
      title: fc.oneof(text, fc.constant(`Gold ${attack}`)),
      id: mostly('user40012'),
      email: mostly('user@hostname.com').map((email) => (email.includes('@') ? email : `${email}@x.example`)),
      name: text,
      city: text,
      zip: text,
      country: mostly('DE'),
      locale: mostly('de'),
      method: mostly('paypal'),
      risk: text,
    })
    let opened = 0
    await fc.assert(
      fc.asyncProperty(chosen, async ({ title, id, email, name, city, zip, country, locale, method, risk }) => {
        const profile = () => ({ customer: { username: risk }, history: { membership: risk, registration_ip: risk } })
        const adapter = paymentwall({ ...configuration, profile })
        const page = await adapter
          .open(
            { ...order, title, buyer: { id, email, name, country, address: { line1: city, city, zip } } },
            { ...context, method: `paymentwall:${method}`, country, locale },
          )
          .catch((error: unknown) => {
            if (error instanceof CheckoutError) return undefined
            throw error
          })
        if (!page) return
        opened++
        const pairs = [...page.url.searchParams].filter(([each]) => each !== 'sign')
        const base = baseOf(pairs).toString()
        expect(base).not.toContain('goodsid=')
        for (const cut of recuts(base, names)) {
          const forged = pingback(queryOf([...cut, ['sig', page.url.searchParams.get('sign') ?? '']]))
          expect(() => provePingback(lenient, forged)).toThrow(CheckoutError)
        }
      }),
      { numRuns: runs(1_500) },
    )
    expect(opened).toBeGreaterThan(0)
  })
})
