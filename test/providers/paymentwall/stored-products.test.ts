import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CheckoutError } from '../../../src/protocol/checkout-error.js'
import type { OpenedCheckout, Order, OrderItem } from '../../../src/providers/adapter.js'
import { type PaymentwallConfiguration, paymentwall } from '../../../src/providers/paymentwall/index.js'
import { signedQuery, signingOrder } from '../../../src/providers/paymentwall/signature.js'
import { provePingback } from '../../../src/providers/paymentwall/verify.js'
import { recuts } from './recuts.js'
import {
  baseOf,
  flat,
  hashed,
  named,
  pairsOf,
  pingback,
  pingbackRules,
  projectKey,
  queryOf,
  runs,
  secretKey,
  signed,
  signingRules,
  vectorsOf,
} from './vectors.js'

// Products that Paymentwall knows: stored ones, carts, and virtual currency. Their pingbacks name other ids than ours, so ours travels as a
// custom parameter.

const checkoutId = 'wq0jIhpqfyJvRWZ7yv1H3g'
const buyer = { id: 'user40012', email: 'user@hostname.com' }
const item = (id: string, changes: Partial<OrderItem> = {}): OrderItem => ({
  title: `Product ${id}`,
  quantity: 1,
  products: { paymentwall: id },
  ...changes,
})
const euros = (amount: string) => ({ amount, currency: 'EUR' })
const stored: Order = { title: 'Gold', buyer, items: [item('gold')] }
const cart: Order = {
  title: 'A cart',
  price: euros('14.43'),
  buyer,
  items: [item('301', { price: euros('3.33'), quantity: 2 }), item('302', { price: euros('7.77') })],
}
const coins: Order = { title: 'Coins', buyer }

const base = { projectKey, secretKey, country: 'DE', checkoutParameter: 'checkout' } satisfies PaymentwallConfiguration
const shops = {
  stored: paymentwall(base),
  coins: paymentwall({ ...base, apiType: 'virtual-currency' }),
  cart: paymentwall({ ...base, apiType: 'cart' }),
}
const context = {
  checkoutId,
  method: 'paymentwall:all',
  returnUrl: new URL(`https://shop.example/checkout/return/${checkoutId}`),
  notifyUrl: new URL('https://shop.example/checkout/notify/paymentwall'),
}
const openedFor = (order: Order) => {
  const checkout: OpenedCheckout = {
    id: checkoutId,
    order,
    method: 'paymentwall:all',
    mode: 'live',
    openedAt: new Date(),
    kept: {},
  }
  return { byId: async (id: string) => (id === checkoutId ? checkout : undefined), byReference: async () => undefined }
}
const open = async (kind: keyof typeof shops, order: Order) => {
  const { url } = await shops[kind].open(order, context)
  return { path: url.pathname, sent: Object.fromEntries(url.searchParams) }
}
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof CheckoutError ? error.code : error),
  )

describe('the vectors', () => {
  test.each(named(vectorsOf('widget-url').filter(({ id }) => ['W08', 'W10', 'W11'].includes(id))))(
    '%s is opened alike: %s',
    async (_, __, { apiType, projectKey, secretKey, signVersion, input, path, params }) => {
      const options = { apiType, projectKey, secretKey, widget: input.widget, checkoutParameter: 'checkout' } as const
      const adapter = paymentwall({ ...options, ...(apiType === 'cart' && signVersion === 3 && { signVersion }) } as never)
      const items = input.products.map(({ id, amount, currency }) => item(id, { price: { amount: String(amount), currency } }))
      const method = `paymentwall:${input.extra.ps ?? 'all'}`
      const { url } = await adapter.open({ title: 'x', buyer, items }, { ...context, method })
      expect(url.origin + url.pathname).toBe(`https://api.paymentwall.com${path}`)
      expect(Object.fromEntries(url.searchParams)).toMatchObject(Object.fromEntries(flat(params)))
    },
  )
})

describe('the page', () => {
  test('of a stored product preselects it, shows no other, and carries our id', async () => {
    const { path, sent } = await open('stored', stored)
    const { sign, ...rest } = sent
    expect(path).toBe('/api/subscription')
    expect(rest).toMatchObject({ widget: 'p1', checkout: checkoutId, default_goodsid: 'gold', 'display_goodsid[0]': 'gold' })
    for (const name of Object.keys(rest)) expect(name).not.toMatch(/^ag_|^amount$|^currencyCode$/)
    const order = signingOrder(Object.keys(rest))
    expect(sign).toBe(hashed(Buffer.from(order.map((name) => `${name}=${rest[name]}`).join('')), 3))
  })

  test('of a product that our address describes carries our id too, beside being it', async () => {
    const { sent } = await open('stored', { title: 'Gold', price: euros('9.99'), buyer })
    expect(sent).toMatchObject({ ag_external_id: checkoutId, checkout: checkoutId, widget: 'pw', amount: '9.99' })
  })

  test('of virtual currency names nothing that is sold', async () => {
    const { path, sent } = await open('coins', coins)
    expect(path).toBe('/api/ps')
    expect(sent).toMatchObject({ widget: 'p1', checkout: checkoutId, sign_version: '3', uid: buyer.id })
    expect(Object.keys(sent).join()).not.toMatch(/ag_|amount|goodsid|prices/)
  })

  test('of a cart repeats a product once per unit, in version 2', async () => {
    const { path, sent } = await open('cart', cart)
    expect(path).toBe('/api/cart')
    expect(sent).toMatchObject({
      ...{ 'external_ids[0]': '301', 'external_ids[1]': '301', 'external_ids[2]': '302' },
      ...{ 'prices[0]': '3.33', 'prices[1]': '3.33', 'prices[2]': '7.77', 'currencies[2]': 'EUR', 'names[2]': 'Product 302' },
      ...{ sign_version: '2', checkout: checkoutId, widget: 'p1' },
    })
    expect(sent.sign).toMatch(/^[0-9a-f]{32}$/)
    const unpriced = await open('cart', { title: 'A cart', buyer, items: [item('301'), item('302')] })
    expect(Object.keys(unpriced.sent).join()).not.toMatch(/prices|currencies/)
  })

  test('signs ten units and more in the order of numbers', async () => {
    const { sent } = await open('cart', { title: 'x', buyer, items: [item('a', { quantity: 11 })] })
    const { sign, ...rest } = sent
    const order = signingOrder(Object.keys(rest))
    expect(order.indexOf('names[10]')).toBe(order.indexOf('names[9]') + 1)
    expect(sign).toBe(hashed(Buffer.from(order.map((name) => `${name}=${rest[name]}`).join('')), 2))
  })

  test('is looked for without a price where there is none of ours', async () => {
    const asked: URL[] = []
    const fetch = async (url: unknown) => {
      asked.push(new URL(String(url)))
      return Response.json([{ id: 'cc', name: 'Card' }])
    }
    for (const [apiType, order] of [
      ['digital-goods', stored],
      ['virtual-currency', coins],
      ['cart', cart],
    ] as const)
      await paymentwall({ ...base, apiType, fetch }).methods(order, {})
    expect(asked.map(({ searchParams }) => [searchParams.get('amount'), searchParams.get('sign_version')])).toEqual([
      [null, '3'],
      [null, '3'],
      ['14.43', '2'],
    ])
  })
})

describe('what cannot be sold', () => {
  test.each<[string, keyof typeof shops, Order]>([
    ['two stored products', 'stored', { ...stored, items: [item('a'), item('b')] }],
    ['a stored product twice', 'stored', { ...stored, items: [item('a', { quantity: 2 })] }],
    ['a stored product beside another thing', 'stored', { ...stored, items: [item('a'), { title: 'x', quantity: 1 }] }],
    ['an id with =', 'stored', { ...stored, items: [item('a=b')] }],
    ['an empty id', 'stored', { ...stored, items: [item('')] }],
    [
      'a stored product with a trial of ours',
      'stored',
      {
        ...stored,
        renews: {
          period: { every: 1, unit: 'month' },
          trial: { period: { every: 1, unit: 'week' }, price: euros('1.00') },
        },
      },
    ],
    ['virtual currency at a price', 'coins', { ...coins, price: euros('1.00') }],
    ['virtual currency that renews', 'coins', { ...coins, renews: { period: { every: 1, unit: 'month' } } }],
    ['an empty cart', 'cart', { ...cart, items: [] }],
    ['a cart without items', 'cart', { title: 'x', price: euros('1.00'), buyer }],
    ['a cart of unknown things', 'cart', { ...cart, items: [{ title: 'x', quantity: 1, price: euros('1.00') }] }],
    ['a cart of which some is priced', 'cart', { ...cart, items: [item('a', { price: euros('1.00') }), item('b')] }],
    [
      'one product at two prices',
      'cart',
      { ...cart, items: [item('a', { price: euros('1.00') }), item('a', { price: euros('2.00') })] },
    ],
    ['a cart that renews', 'cart', { ...cart, renews: { period: { every: 1, unit: 'month' } } }],
    ['a cart of 51', 'cart', { title: 'x', buyer, items: [item('a', { quantity: 51 })] }],
    ['half a unit', 'cart', { title: 'x', buyer, items: [item('a', { quantity: 0.5 })] }],
    ['a title that would forge', 'cart', { title: 'x', buyer, items: [item('a', { title: 'x goodsid[0]=1' })] }],
  ])('%s', async (_, kind, order) => {
    expect(await shops[kind].methods(order, {})).toEqual([])
    expect(await codeOf(open(kind, order))).toBe('order_invalid')
  })
})

describe('T-09 what was sold is what the order names', () => {
  const ofStored = (changes: Parameters<typeof pairsOf>[0] = {}) =>
    pairsOf({ goodsid: 'gold', checkout: checkoutId, ...changes })
  const ofCart = (goods: readonly string[], more: Record<string, string> = {}): [string, string][] => [
    ...goods.map((id, at): [string, string] => [`goodsid[${at}]`, id]),
    ...Object.entries({ uid: 'user40012', type: '0', ref: 'b1', sign_version: '2', checkout: checkoutId, ...more }),
  ]
  const verify = async (kind: keyof typeof shops, query: string, order: Order) =>
    (await shops[kind].verify(pingback(query), openedFor(order)))[0]

  test('T-09 the order is found by our id, and the product compared', async () => {
    const event = await verify('stored', signed(ofStored()), stored)
    expect(event).toMatchObject({ checkout: { id: checkoutId }, becomes: 'paid', details: { type: '0' } })
    expect(event).not.toHaveProperty('objection')
    for (const goodsid of ['silver', 'GOLD', `${checkoutId}x`])
      expect((await verify('stored', signed(ofStored({ goodsid })), stored))?.objection).toContain('goodsid')
  })

  test('T-09 a product of ours is itself, whatever else the order says', async () => {
    const ours: Order = { title: 'Gold', price: euros('9.99'), buyer }
    for (const goodsid of [checkoutId, `${checkoutId}.plan`]) {
      const event = await verify('stored', signed(ofStored({ goodsid })), ours)
      expect(event).toMatchObject({ checkout: { id: checkoutId } })
      expect(event).not.toHaveProperty('objection')
    }
    // Opened before the parameter was set up, and paid afterwards.
    for (const checkout of ['', undefined])
      expect((await verify('stored', signed(ofStored({ goodsid: checkoutId, checkout })), ours))?.checkout).toEqual({
        id: checkoutId,
      })
  })

  test('T-09 a stored product paid for a checkout of another is none of it', async () => {
    expect(
      (await verify('stored', signed(ofStored({ goodsid: 'gold' })), { title: 'Dear', price: euros('999.00'), buyer }))
        ?.objection,
    ).toBeDefined()
  })

  test('T-09 a cart is compared unit by unit, in any order', async () => {
    for (const goods of [
      ['301', '301', '302'],
      ['302', '301', '301'],
    ])
      expect(await verify('cart', signed(ofCart(goods), 2), cart)).not.toHaveProperty('objection')
    for (const goods of [
      ['301', '302'],
      ['301', '301', '302', '302'],
      ['301', '302', '302'],
      ['301', '301', '303'],
    ])
      expect((await verify('cart', signed(ofCart(goods), 2), cart))?.objection).toContain('goodsid')
  })

  test('without our id nothing is guessed: the ledger finds no checkout, and the notice says which parameter is missing', async () => {
    const event = await verify('cart', signed(ofCart(['301'], { checkout: '' }), 2), cart)
    expect(event).toMatchObject({ checkout: { id: '' }, details: { 'missing-parameter': 'checkout' } })
  })

  test('news is told, whatever product it names', async () => {
    const event = await verify('stored', signed(ofStored({ type: '12', goodsid: 'other' })), stored)
    expect(event).toMatchObject({ news: 'subscription_cancelled' })
    expect(event).not.toHaveProperty('objection')
  })

  test('a price that Paymentwall repeats is compared where the order has one', async () => {
    const adapter = paymentwall({ ...base, amountParameter: 'price', currencyParameter: 'unit' })
    const query = signed(ofStored({ price: '5.00', unit: 'EUR' }))
    const told = async (order: Order) => (await adapter.verify(pingback(query), openedFor(order)))[0]
    expect((await told({ ...stored, price: euros('5.00') }))?.money).toEqual(euros('5.00'))
    expect(await told(stored)).not.toHaveProperty('money')
    const unpriced = signed(ofStored())
    expect((await adapter.verify(pingback(unpriced), openedFor(stored)))[0]).not.toHaveProperty('objection')
  })

  test('virtual currency: how much, in the details', async () => {
    const pairs = pairsOf({
      goodsid: undefined,
      slength: undefined,
      speriod: undefined,
      currency: '200.5',
      checkout: checkoutId,
    })
    expect(await verify('coins', signed(pairs), coins)).toMatchObject({
      ...{ checkout: { id: checkoutId }, becomes: 'paid' },
      details: { type: '0', currency: '200.5' },
    })
    const foreign = signed([...pairs, ['goodsid', 'x']])
    expect(await codeOf(verify('coins', foreign, coins))).toBe('parameter_unknown')
  })

  test('T-04 a cart’s pingback is of version 2, said or not', async () => {
    const { sign_version: _, ...unsaid } = Object.fromEntries(ofCart(['301', '301', '302']))
    const sig = hashed(baseOf(Object.entries({ ...unsaid, sign_version: '2' })), 2)
    expect(await verify('cart', queryOf([...Object.entries(unsaid), ['sig', sig]]), cart)).toMatchObject({ becomes: 'paid' })
    for (const version of ['', '1', '3', '02', ' 2', '2.0'])
      for (const algorithm of [2, 3]) {
        const query = signed([...Object.entries(unsaid), ['sign_version', version]], algorithm)
        expect(await codeOf(verify('cart', query, cart)), version).toBe('signature_invalid')
      }
    const three = paymentwall({ ...base, apiType: 'cart', signVersion: 3 })
    expect(await codeOf(three.verify(pingback(signed(ofCart(['301']), 3)), openedFor(cart)))).toBe('signature_invalid')
  })

  test.each([
    ['goodsid=301'],
    ['goodsid[]=301'],
    ['goodsid[1]=301'],
    ['goodsid[0]=301&goodsid[2]=302'],
    ['goodsid[00]=301'],
    ['goodsid[a]=301'],
    ['goodsid[0][0]=301'],
    ['goodsid[0]=301&goodsid[0]=301'],
    ['goodsid[0]=301&goodsid%5B0%5D=302'],
    ['goodsid[0]='],
    ['goodsid[100]=301'],
    ['goodsid[0]=301&c[0]=1'],
    ['goodsid[0]=3%0001'],
    ['goodsid[0]=a%3Db'],
  ])('T-06 a cart refuses %s', async (goods) => {
    const rest = 'uid=user40012&type=0&ref=b1&sign_version=2'
    const pairs = [...new URLSearchParams(`${goods}&${rest}`)]
    const query = `${goods}&${rest}&sig=${hashed(baseOf(pairs), 2)}`
    expect(await codeOf(verify('cart', query, cart))).toMatch(/^(request_invalid|signature_invalid)$/)
  })

  test('T-06 no other API type reads a group', async () => {
    for (const kind of ['stored', 'coins'] as const)
      expect(
        await codeOf(verify(kind, signed(ofCart(['301'], { sign_version: '3', goodsid: 'x', currency: '1' })), stored)),
      ).toBe('request_invalid')
  })
})

describe('T-01 what is signed can never be a pingback', () => {
  test('T-01 the name default_goodsid is signed where it is asked for, once, and nothing else like it', () => {
    const sign = (values: Record<string, string>, exception?: string) =>
      signedQuery(new Map(Object.entries({ key: projectKey, ...values })), signingRules(), exception)
    expect(sign({ default_goodsid: 'gold' }, 'default_goodsid')).toContain('default_goodsid=gold')
    expect(() => sign({ default_goodsid: 'gold' })).toThrow(CheckoutError)
    expect(() => sign({ goodsid: 'gold' }, 'goodsid2')).toThrow(CheckoutError)
    for (const email of ['goodsid=', 'default_goodsid=', 'x default_goodsid=gold', 'goodsid=1goodsid=2'])
      for (const values of [{ email }, { email, default_goodsid: 'gold' }])
        expect(() => sign(values, 'default_goodsid'), email).toThrow(CheckoutError)
    expect(() => sign({ default_goodsid: 'xgoodsid=' }, 'default_goodsid')).toThrow(CheckoutError)
  })

  test.each([
    ['virtual-currency', 'ref='],
    ['cart', 'goodsid['],
    ['digital-goods', 'goodsid='],
  ] as const)('T-01 %s: the text %s', (apiType, mark) => {
    const rules = signingRules({ apiType })
    const sign = (values: Record<string, string>) => signedQuery(new Map(Object.entries(values)), rules)
    expect(() => sign({ email: `x${mark}1` })).toThrow(CheckoutError)
    expect(() => sign({ email: mark.slice(0, 3), f: mark })).toThrow(CheckoutError)
    expect(sign({ email: 'x' })).toContain('sign=')
  })

  test('T-01 a project that signs default_goodsid cannot switch off what proves there', async () => {
    const sourceCheck = ['198.51.100.7']
    const unlisted = signed(pairsOf({ goodsid: 'gold', checkout: checkoutId, colour: 'blue' }))
    const heard = (options: Partial<PaymentwallConfiguration>) =>
      paymentwall({ ...base, sourceCheck, ...options }).verify(pingback(unlisted, '198.51.100.7'), openedFor(stored))
    expect(await codeOf(heard({}))).toBe('parameter_unknown')
    expect(await codeOf(heard({ apiType: 'virtual-currency' }))).toBe('request_invalid')
    const exempt = { customParameters: ['note'], dangerouslyAllowEqualsSignIn: ['note'] }
    expect(() => paymentwall({ ...base, ...exempt })).toThrow(
      'dangerouslyAllowEqualsSignIn: cannot be used with checkoutParameter',
    )
  })

  // The verifier is made more lenient than any configuration can make it, but for stored products: there its list is what proves.
  test('T-01 T-02 no cut of any page that we sign verifies', async () => {
    const attack = 'ref=b1sign_version=2type=0uid=xzone='
    const pieces = [
      'goodsid=O',
      'goodsid[0]=O',
      'goodsid',
      '[0]=',
      'ref=b1',
      'type=0',
      'uid=x',
      'sign_version=2',
      attack,
      '=',
      'a',
      '金',
    ]
    const text = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 5 }).map((all) => all.join(''))
    const kinds = { stored: 'digital-goods', coins: 'virtual-currency', cart: 'cart' } as const
    const opened = new Set<string>()
    const page = fc.record({ email: text, name: text, title: text, kind: fc.constantFrom('stored', 'coins', 'cart') })
    await fc.assert(
      fc.asyncProperty(page, async ({ email, name, title, kind }) => {
        const apiType = kinds[kind]
        const order = { stored, coins, cart: { ...cart, items: [item('301', { title })] } }[kind]
        const { price: _, ...unpriced } = order
        const profile = () => ({ customer: { username: name } })
        const url = await paymentwall({ ...base, apiType, profile, signVersion: 2 })
          .open({ ...unpriced, buyer: { ...buyer, email: `${email}@x.example`, name } }, context)
          .then(
            (page) => page.url,
            (error: unknown) => {
              if (error instanceof CheckoutError) return undefined
              throw error
            },
          )
        if (!url) return
        opened.add(kind)
        const sent = Object.fromEntries(url.searchParams)
        const names = signingOrder(Object.keys(sent).filter((each) => each !== 'sign'))
        const signedText = names.map((each) => `${each}=${sent[each]}`).join('')
        expect(hashed(Buffer.from(signedText), 2)).toBe(sent.sign)
        const custom = new Set(['checkout', 'zone'])
        const equalsSignIn = kind === 'stored' ? new Set<string>() : custom
        const lenient = pingbackRules({ apiType, version: 2, customParameters: custom, equalsSignIn })
        const sold = { stored: 'goodsid', coins: 'currency', cart: 'goodsid[0]' }[kind]
        const needed = [sold, 'ref', 'sign_version', 'type', 'uid']
        for (const cut of recuts(signedText, [...custom], 200, needed)) {
          const forged = pingback(queryOf([...cut, ['sig', sent.sign ?? '']]))
          expect(() => provePingback(lenient, forged), signedText).toThrow(CheckoutError)
        }
      }),
      {
        numRuns: runs(600),
        examples: [
          [{ email: 'a', name: 'a', title: `x goodsid[0]=O${attack}`, kind: 'cart' }],
          ...(['stored', 'coins', 'cart'] as const).map(
            (kind): [{ email: string; name: string; title: string; kind: typeof kind }] => [
              { email: 'a', name: 'a', title: 'a', kind },
            ],
          ),
        ],
      },
    )
    expect(opened.size).toBe(3)
  })
})

describe('T-55 the configuration', () => {
  const fault = (changes: Record<string, unknown>): string => {
    try {
      paymentwall({ projectKey, secretKey, ...changes } as PaymentwallConfiguration)
    } catch (error) {
      return (error as CheckoutError).message
    }
    return ''
  }
  test.each([
    [{ apiType: 'offers' }, 'apiType: must be one of'],
    [{ apiType: 'virtual-currency' }, 'checkoutParameter: is needed with this apiType'],
    [{ apiType: 'cart' }, 'checkoutParameter: is needed with this apiType'],
    [{ checkoutParameter: 'my_ref' }, 'checkoutParameter: cannot carry the checkout id'],
    [{ checkoutParameter: 'default_goodsid' }, 'checkoutParameter: cannot carry the checkout id'],
    [{ checkoutParameter: 'email' }, 'checkoutParameter: cannot carry the checkout id'],
    [{ checkoutParameter: 'key' }, 'checkoutParameter: can never be listed'],
    [{ checkoutParameter: 'order', customParameters: ['order'] }, 'checkoutParameter: is used for something else'],
    [
      { checkoutParameter: 'order', dangerouslyAcceptPingbacksOfVersion1: true },
      'checkoutParameter: proves nothing in pingbacks of version 1',
    ],
    [
      { firstReferenceParameter: 'first', dangerouslyAcceptPingbacksOfVersion1: true },
      'firstReferenceParameter: proves nothing in pingbacks of version 1',
    ],
    [
      { apiType: 'virtual-currency', checkoutParameter: 'order', amountParameter: 'a', currencyParameter: 'b' },
      'amountParameter: has nothing to be compared with',
    ],
    [
      { apiType: 'virtual-currency', checkoutParameter: 'order', customParameters: ['currency'] },
      'customParameters: names currency',
    ],
    [{ apiType: 'cart', checkoutParameter: 'order', paymentStatus: true }, 'paymentStatus: answers about digital goods alone'],
  ])('T-55 refuses %j', (changes, message) => {
    expect(fault(changes)).toContain(`- ${message}`)
  })
})
