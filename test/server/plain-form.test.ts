import { describe, expect, test } from 'vitest'
import { CheckoutError, type Order } from '../../src/server/index.js'
import { memory } from '../../src/stores/memory.js'
import { eventOf, paid, pretend, received } from './pretend-provider.js'
import { base, createShop, gate, order, origin, type Shop } from './shop.js'

const attempt = '3b241101-e2bb-4255-8caf-4136c566a962'
const page = `${origin}/cart?a=1`
const asked = { order: 'order-1', page }
const complete = { ...asked, attempt, method: 'pretend:card' }
const home = 'https://pay-server.example' // a checkout server on a host of its own

/** The forms of a page, as a browser would send them. */
function formsOf(html: string): Record<string, string>[] {
  const text = (quoted: string) => quoted.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
  return [...html.matchAll(/<form method="post" action="([^"]*)">(.*?)<\/form>/g)].map(([, action, fields]) => ({
    action: text(String(action)),
    ...Object.fromEntries(
      [...String(fields).matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, text(String(value))]),
    ),
  }))
}
const without = ({ action: _, ...fields }: Record<string, string>) => fields
const policyOf = (answer: Response) => String(answer.headers.get('content-security-policy'))
const statusAndPlace = (answer: Response) => [answer.status, answer.headers.get('location')]
const opened = async (shop: Shop) => (await shop.store.openCheckouts('order-1')).length
const checkoutOf = async (shop: Shop) => String((await shop.store.checkoutByAttempt(attempt))?.id)

describe('a form without script', () => {
  test('with a fresh attempt leads to the hosted page, and the checkout keeps that no script ran', async () => {
    const shop = createShop()
    const answer = await shop.submit(complete)
    const id = await checkoutOf(shop)
    expect(statusAndPlace(answer)).toEqual([303, `https://pay.example/${id}`])
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect(await shop.store.checkout(id)).toMatchObject({ surface: 'plain', stage: 'open', backTo: page, orderId: 'order-1' })
  })

  test('leads to a page that is reached by POST alone by the page that sends the form', async () => {
    const open = () => ({ url: new URL('https://pay.example/form'), fields: { total: '19.90' } })
    const shop = createShop({ providers: [pretend({ open })] })
    const answer = await shop.submit(complete)
    expect(statusAndPlace(answer)).toEqual([303, `${base}/go/${await checkoutOf(shop)}`])
  })

  test('T-23 without attempt or method shows the price and the methods of the server, and opens nothing', async () => {
    const shop = createShop()
    for (const fields of [asked, { ...asked, attempt }, { ...asked, method: 'pretend:card' }, { ...complete, attempt: '' }]) {
      const answer = await shop.submit(fields as Record<string, string>)
      const html = await answer.text()
      expect(answer.status).toBe(200)
      expect(html).toContain('<h1>Gold</h1>')
      expect(html).toContain('Pay US$19.90 with Card')
      expect(formsOf(html)).toEqual([
        { action: `${base}/checkouts`, ...asked, method: 'pretend:card', attempt: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      ])
    }
    expect(await opened(shop)).toBe(0)
  })

  test.each([
    ['19.90', 'USD', undefined, 'US$19.90'],
    ['19.90', 'USD', 'en-US', '$19.90'],
    ['19.90', 'USD', 'de', 'US$19.90'],
    ['19.90', 'USD', 'no language at all', 'US$19.90'],
    ['1500', 'JPY', undefined, 'JP¥1,500'],
    ['1.500', 'KWD', undefined, 'KWD\u00a01.500'],
    ['999999999999.99', 'EUR', undefined, '€999,999,999,999.99'],
  ])('T-23 writes %s %s as English does, for %s: never rounded', async (amount, currency, locale, written) => {
    const shop = createShop({ price: (name) => order(name, { price: { amount, currency } }) })
    const answer = await shop.submit({ ...asked, ...(locale && { locale }) })
    expect(await answer.text()).toContain(`Pay ${written} with Card`)
  })

  test('names what is agreed to: a renewal, a trial, a fee, a market', async () => {
    const renews = {
      period: { every: 1, unit: 'month' as const },
      trial: { period: { every: 7, unit: 'day' as const }, price: { amount: '1.00', currency: 'USD' } },
    }
    const methods = () => [
      { id: 'pretend:card', label: 'Card', surfaces: ['popup' as const], feeOnTop: true },
      { id: 'pretend:bank', label: 'Bank', surfaces: ['popup' as const], icon: 'https://logos.example/bank.svg' },
    ]
    const shop = createShop({ providers: [pretend({ methods })], price: (name) => order(name, { renews }) })
    const answer = await shop.submit({ ...asked, country: 'DE', locale: 'de' })
    const html = await answer.text()
    expect(html).toContain('<p>US$1.00 for the first 7 days, then US$19.90 every month</p>')
    expect(html).toContain('Card<small>plus the provider’s fee</small>')
    expect(html).toContain('<i aria-hidden="true">C</i>')
    expect(html).toContain('<i aria-hidden="true"><img src="https://logos.example/bank.svg" alt=""></i>')
    expect(policyOf(answer)).toContain('img-src https://logos.example;')
    expect(formsOf(html)).toMatchObject([
      { country: 'DE', locale: 'de' },
      { country: 'DE', locale: 'de' },
    ])
  })

  test('T-25 what was chosen twice, reloaded or sent at once opens one page; another choice after it is no conflict', async () => {
    const methods = () => ['card', 'bank'].map((id) => ({ id: `pretend:${id}`, label: id, surfaces: ['popup' as const] }))
    let calls = 0
    const provider = gate()
    const open = async () => {
      calls++
      await provider.opened
      return {}
    }
    const shop = createShop({ providers: [pretend({ methods, open })] })
    const forms = formsOf(await (await shop.submit(asked)).text())
    const [card, bank] = forms.map(without) as [Record<string, string>, Record<string, string>]
    const both = Promise.all([shop.submit(card), shop.submit(card)])
    setTimeout(provider.open, 20)
    const [one, other] = (await both).map(statusAndPlace)
    expect(one).toEqual(other)
    expect(statusAndPlace(await shop.submit(card))).toEqual(one)
    expect(calls).toBe(1)
    expect((await shop.submit(bank)).status).toBe(303)
    expect(calls).toBe(2)
  })

  test('T-25 an attempt that was used for something else shows what can be chosen, under fresh attempts', async () => {
    const shop = createShop()
    await shop.submit(complete)
    const answer = await shop.submit({ ...complete, order: 'order-2' })
    const html = await answer.text()
    expect(answer.status).toBe(409)
    expect(html).toContain('This form was used before. Please choose again.')
    const [form] = formsOf(html)
    expect(form?.attempt).not.toBe(attempt)
    expect((await shop.submit(without(form ?? {}))).status).toBe(303)
  })

  test('a method that is not on offer shows those that are', async () => {
    const shop = createShop()
    const answer = await shop.submit({ ...complete, method: 'pretend:other' })
    expect(answer.status).toBe(409)
    expect(formsOf(await answer.text())).toMatchObject([{ method: 'pretend:card' }])
  })

  test('T-27 of an order that was paid under this attempt shows how it stands, and opens no page', async () => {
    const shop = createShop()
    await shop.submit(complete)
    const id = await checkoutOf(shop)
    await shop.notify(paid(id))
    expect(statusAndPlace(await shop.submit(complete))).toEqual([303, `${base}/return/${id}`])
    const another = await shop.submit({ ...complete, attempt: crypto.randomUUID() })
    expect(another.status).toBe(409)
    const html = await another.text()
    expect(html).toContain('<h1>Paid already</h1>')
    expect(formsOf(html)).toEqual([])
  })

  test('T-27 of an order whose money was received shows that it is checked, and offers no other way to pay', async () => {
    const shop = createShop()
    await shop.submit(complete)
    const id = await checkoutOf(shop)
    await shop.notify(received(id))
    expect(statusAndPlace(await shop.submit(complete))).toEqual([303, `${base}/return/${id}`])
    const another = await shop.submit({ ...complete, attempt: crypto.randomUUID() })
    expect(another.status).toBe(409)
    const html = await another.text()
    expect(html).toContain('<h1>Your payment is still being checked</h1>')
    expect(html).toContain('<button>Check again</button>')
    const [form = {}, ...others] = formsOf(html)
    expect([others, form]).toEqual([[], { action: `${base}/checkouts`, ...asked }])
    expect(await (await shop.submit(without(form))).text()).toContain('<h1>Your payment is still being checked</h1>')
    expect(await opened(shop)).toBe(1)
    await shop.notify(paid(id))
    expect(await (await shop.submit(without(form))).text()).toContain('<h1>Paid already</h1>')
  })

  test.each([
    ['failed', 0, {}],
    ['closed for the buyer', 6, { closesAt: true }],
    ['grown too old to be sent a form', 16, { fields: { total: '19.90' } }],
  ])(
    'leads to no page that has %s: what can be chosen is shown again',
    async (_, minutes, { closesAt, ...page }: { closesAt?: boolean; fields?: Record<string, string> }) => {
      const open = () => ({ ...page, ...(closesAt && { closesAt: new Date(shop.clock.at + 5 * 60_000) }) })
      const shop = createShop({ providers: [pretend({ open })] })
      expect((await shop.submit(complete)).status).toBe(303)
      if (minutes === 0) await shop.notify(eventOf(await checkoutOf(shop), { becomes: 'failed' }))
      shop.clock.at += minutes * 60_000
      const answer = await shop.submit(complete)
      expect(answer.status).toBe(409)
      const [form] = formsOf(await answer.text())
      expect((await shop.submit(without(form ?? {}))).status).toBe(303)
    },
  )

  test('writes nothing of the outside as markup', async () => {
    const evil = `"><script>alert('1')</script>&lt;`
    const methods = () => [{ id: 'pretend:card', label: evil, surfaces: ['popup' as const], icon: `javascript:${evil}` }]
    const shop = createShop({
      providers: [pretend({ methods })],
      price: (name) => order(name, { id: 'order-1', title: evil }),
    })
    const answer = await shop.submit({ order: evil, page: `${origin}/?${evil}`, locale: `${evil}`.slice(0, 35) })
    const html = await answer.text()
    expect(html).not.toMatch(/<script|"><s|javascript:/)
    expect(html).toContain('&#60;script&#62;')
    expect(formsOf(html)).toMatchObject([{ order: evil }])
  })

  test('its pages allow no script, no style but their own, and stand in no frame', async () => {
    const answer = await createShop().submit(asked)
    const policy = policyOf(answer)
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action \*; base-uri 'none'; frame-ancestors 'none'$/,
    )
    const html = await answer.text()
    expect(html).not.toMatch(/ style=| on\w+=|<script/)
    const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1]
    const hash = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style))).toString('base64')
    expect(policy).toContain(`'sha256-${hash}'`)
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })
})

describe('T-24 who may post it', () => {
  test.each([
    ['nobody', undefined],
    ['a page that hides itself', 'null'],
    ['another site', 'https://evil.example'],
    ['a look-alike', 'https://shop.example.evil.example'],
    ['without encryption', 'http://shop.example'],
  ])('T-24 not %s: refused by a page that names the remedy, and nothing is opened', async (_, from) => {
    const shop = createShop()
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...(from !== undefined && { origin: from }) }
    const body = new URLSearchParams(complete).toString()
    const answer = await shop.checkout.fetch(new Request(`${base}/checkouts`, { method: 'POST', headers, body }))
    const html = await answer.text()
    expect(answer.status).toBe(403)
    expect(html).toContain(from?.startsWith('http') ? 'add its origin to `pages`' : 'strict-origin-when-cross-origin')
    expect(formsOf(html)).toEqual([])
    expect(html).not.toContain('href=')
    expect(await opened(shop)).toBe(0)
    expect(shop.lines.join()).toContain('"code":"origin_refused"')
  })

  test('T-24 a listed page asks for itself, not for another listed one', async () => {
    const shop = createShop({ base: `${home}/checkout`, pages: [origin, 'https://blog.example'] })
    expect((await shop.submit({ ...complete, page: 'https://blog.example/' })).status).toBe(403)
    expect((await shop.submit({ ...complete, page: 'https://blog.example/' }, { origin: 'https://blog.example' })).status).toBe(
      303,
    )
  })

  test('T-24 the page to choose from is ours, and may ask for the shop’s pages where the server has a host of its own', async () => {
    const shop = createShop({ base: `${home}/checkout` })
    const submit = (from: string, fields: Record<string, string>) =>
      shop.checkout.fetch(
        new Request(`${home}/checkout/checkouts`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded', origin: from },
          body: new URLSearchParams(fields).toString(),
        }),
      )
    const chooser = await submit(origin, asked)
    // A form whose page sends no referrer says `Origin: null`.
    expect(chooser.headers.get('referrer-policy')).toBe('same-origin')
    const [form] = formsOf(await chooser.text())
    expect(form?.action).toBe(`${home}/checkout/checkouts`)
    expect((await submit(home, without(form ?? {}))).status).toBe(303)
    expect((await submit(home, { ...complete, page: 'https://evil.example/' })).status).toBe(403)
    expect((await submit(home, { ...complete, page: `${home}/` })).status).toBe(403)
  })

  test.each(['https://evil.example/', '//evil.example', 'javascript:alert(1)', '/cart', 'https://shop.example@evil.example/'])(
    'T-29 the page to come back to is not %s',
    async (evil) => {
      const shop = createShop()
      const answer = await shop.submit({ ...complete, page: evil })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(await answer.text()).not.toContain('href=')
      expect(await opened(shop)).toBe(0)
    },
  )

  test.each([
    ['T-23 a price', { ...complete, price: '0.01' }, 'price'],
    ['T-23 a surface', { ...complete, surface: 'iframe' }, 'surface'],
    ['an attempt that is no UUID', { ...complete, attempt: '1' }, 'attempt'],
    ['no order', { page }, 'order'],
    ['a field twice', `${new URLSearchParams(complete)}&method=pretend:other`, 'twice'],
    ['T-49 a huge body', { ...complete, order: 'a'.repeat(70_000) }, 'larger'],
  ])('%s is refused, and named for the developer', async (_, fields, named) => {
    const shop = createShop()
    const answer = await shop.submit(fields as string)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain(named)
    expect(await opened(shop)).toBe(0)
  })
})

describe('what cannot be opened is told by a page', () => {
  const failing = (code: 'provider_unreachable' | 'provider_refused' | 'outcome_unknown') =>
    createShop({
      providers: [
        pretend({
          open: () => {
            throw new CheckoutError(code, 'canary')
          },
        }),
      ],
    })
  const priced = (error: unknown) =>
    createShop({
      price: (): Order => {
        throw error
      },
    })

  test.each([
    ['order_unknown', priced(new CheckoutError('order_unknown', 'canary')), 404, 'There is no such order.', false],
    ['a price hook that throws', priced(new Error('canary')), 500, 'cannot be paid for', false],
    ['provider_unreachable', failing('provider_unreachable'), 502, 'Nothing was charged.', true],
    ['provider_refused', failing('provider_refused'), 502, 'Nothing was charged.', true],
    ['outcome_unknown', failing('outcome_unknown'), 502, 'did not answer in time', true],
    [
      'T-40 a store that is away',
      createShop({
        store: { ...memory(), checkoutByAttempt: () => Promise.reject(new CheckoutError('store_unavailable', 'canary')) },
      }),
      503,
      'Please try again.',
      true,
    ],
    [
      'T-52 whatever it was',
      createShop({ store: { ...memory(), checkoutByAttempt: () => Promise.reject(new Error('canary')) } }),
      500,
      'Something went wrong.',
      true,
    ],
  ])('%s', async (_, shop, status, sentence, mayRetry) => {
    const answer = await shop.submit(complete)
    const html = await answer.text()
    expect(answer.status).toBe(status)
    expect(html).toContain(sentence)
    expect(html).not.toContain('canary')
    expect(html).toContain(`<a href="${origin}/cart?a=1">Back to the shop</a>`)
    expect(formsOf(html)).toEqual(mayRetry ? [{ action: `${base}/checkouts`, ...asked }] : [])
    if (status === 503) expect(answer.headers.get('retry-after')).toBe('5')
  })
})

describe('the way back of a form without script', () => {
  async function back(shop: Shop, query = '') {
    await shop.submit(complete)
    const id = await checkoutOf(shop)
    return { id, visit: () => shop.get(`return/${id}${query}`) }
  }
  /** Where the way back leads. */
  async function outcome(shop: Shop, visited: Response, later = 0) {
    const place = String(visited.headers.get('location'))
    shop.clock.at += later
    const answer = await shop.get(place.slice(base.length + 1))
    return { status: answer.status, place, html: await answer.text(), policy: policyOf(answer) }
  }

  test('T-82 keeps nothing in the address that the provider wrote there, and nothing of the request in the page', async () => {
    const shop = createShop()
    const { id, visit } = await back(shop, '?customer_name=canary&transaction_id=canary&since=canary&claims=canary')
    const visited = await visit()
    expect(statusAndPlace(visited)).toEqual([303, `${base}/return/${id}?since=${shop.clock.at}`])
    const { html } = await outcome(shop, visited)
    expect(html).not.toContain('canary')
    // T-30: whoever holds the id learns a word, no more.
    expect(html).not.toMatch(/19\.90|Gold|u1@example\.com/)
    expect(html).toContain(`<a href="${origin}/cart?a=1&#38;checkout=${id}">Back to the shop</a>`)
  })

  test('T-81 says that it is being confirmed, loads itself again, and after ten minutes waits to be asked', async () => {
    const shop = createShop()
    const visited = await (await back(shop)).visit()
    const soon = await outcome(shop, visited)
    expect(soon.html).toContain('<h1>Confirming with the shop…</h1>')
    expect(soon.html).toContain('<meta http-equiv="refresh" content="3">')
    expect(soon.policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; form-action 'none';/)
    const { html: later } = await outcome(shop, visited, 60_000)
    expect(later).toContain('<meta http-equiv="refresh" content="10">')
    const { html: atLast, place } = await outcome(shop, visited, 600_000)
    expect(atLast).toContain('<h1>Your payment is still being checked</h1>')
    expect(atLast).not.toContain('http-equiv')
    const again = /href="([^"]+)">Check again/.exec(atLast)?.[1]
    expect(again).toMatch(new RegExp(`^${place.replace(/[?]since.*/, '[?]since=')}\\d+$`))
    expect(await (await shop.get(String(again).slice(base.length + 1))).text()).toContain('content="3"')
  })

  test('says "paid" when it is paid and delivered, not before (T-65)', async () => {
    const hook = gate()
    const shop = createShop({ fulfil: () => hook.opened })
    const { id, visit } = await back(shop)
    const visited = await visit()
    const notified = shop.notify(paid(id))
    expect((await notified).status).toBe(200)
    const early = await outcome(shop, visited)
    expect(early.html).toContain('<h1>Confirming with the shop…</h1>')
    hook.open()
    await shop.settled()
    const { html } = await outcome(shop, visited)
    expect(html).toContain('<h1>Paid</h1>')
    expect(html).not.toContain('http-equiv')
  })

  test.each([
    ['failed', 'The payment was not completed'],
    ['declined', 'The payment was declined'],
    ['refunded', 'This payment was refunded'],
    ['charged_back', 'This payment was refunded'],
    ['expired', 'The payment page has expired'],
  ] as const)('says %s in words, and stops loading', async (becomes, title) => {
    const shop = createShop()
    const { id, visit } = await back(shop)
    const visited = await visit()
    await shop.notify(eventOf(id, { becomes }))
    const { html } = await outcome(shop, visited)
    expect(html).toContain(`<h1>${title}</h1>`)
    expect(html).not.toContain('http-equiv')
  })

  test('shows a claimed failure while nothing better is known, goes on looking, and is corrected by "paid" (I-6)', async () => {
    const hook = gate()
    const shop = createShop({ fulfil: () => hook.opened })
    const { id, visit } = await back(shop, '?failed')
    const visited = await visit()
    const claimed = await outcome(shop, visited)
    expect(claimed.place).toMatch(/&claims=failed$/)
    expect(claimed.html).toContain('<h1>The payment was not completed</h1>')
    expect(claimed.html).toContain('http-equiv="refresh"')
    expect(claimed.html).toContain('checkout-claims=failed')
    await shop.notify(paid(id))
    expect((await outcome(shop, visited)).html).toContain('<h1>Confirming with the shop…</h1>')
    hook.open()
    await shop.settled()
    expect((await outcome(shop, visited)).html).toContain('<h1>Paid</h1>')
  })

  test('takes the proof that a way back carries once, before the outcome is shown', async () => {
    let proofs = 0
    const provider = pretend({ returnIsNotification: true })
    const verify: typeof provider.verify = async ({ method, url }) => {
      if (method !== 'GET') return []
      proofs++
      return [paid(url.pathname.split('/').at(-1) as string)]
    }
    const shop = createShop({ providers: [{ ...provider, verify }] })
    const { visit } = await back(shop, '?proof=1')
    const visited = await visit()
    expect((await outcome(shop, visited)).html).toContain('<h1>Paid</h1>')
    await outcome(shop, visited)
    expect(proofs).toBe(1)
    expect(shop.done).toEqual(['fulfil tx1'])
  })

  test('T-40 with the store away, says that it is being checked and loads itself again', async () => {
    const store = memory()
    let isAway = false
    const paymentsOf: typeof store.paymentsOf = (id) => (isAway ? Promise.reject(new Error('canary')) : store.paymentsOf(id))
    const shop = createShop({ store: { ...store, paymentsOf } })
    const visited = await (await back(shop)).visit()
    isAway = true
    const { status, html } = await outcome(shop, visited)
    expect(status).toBe(503)
    expect(html).toContain('http-equiv="refresh"')
    expect(html).not.toContain('canary')
  })

  test('only a checkout that was opened without script ends here', async () => {
    const shop = createShop()
    const id = await shop.open('order-1', undefined, { surface: 'redirect', page })
    expect(statusAndPlace(await shop.get(`return/${id}?since=${shop.clock.at}`))).toEqual([303, `${page}&checkout=${id}`])
  })
})
