import { describe, expect, test } from 'vitest'
import type { CheckoutError } from '../../../src/protocol/checkout-error.js'
import { wipay, wipayBackOffice } from '../../../src/providers/wipay/index.js'
import { type Asked, accountNumber, cardId, network, opened, order, orderId, transactionId, wapiKey } from './vectors.js'

const codeOf = (promise: Promise<unknown> | undefined) =>
  Promise.resolve(promise).then(
    () => 'none',
    (error: CheckoutError) => `${error.code}: ${error.message}`,
  )
const status = (code: number, body: unknown = { message: 'No.' }) => new Response(JSON.stringify(body), { status: code })

function office(answer: (asked: Asked) => unknown, wapi: Parameters<typeof wipayBackOffice>[0]['wapi'] = { key: wapiKey }) {
  let now = Date.parse('2026-04-05T22:15:30Z')
  const { fetch, asked } = network(answer)
  const calls = () => asked.map(({ method, url }) => `${method} ${url.pathname}${url.search}`)
  const later = (seconds: number) => {
    now += seconds * 1000
  }
  return { ...wipayBackOffice({ country: 'TT', wapi, fetch, now: () => new Date(now) }), asked, calls, later }
}

describe('who we are', () => {
  test('by a key: that alone is sent', async () => {
    const { transaction, asked } = office(() => status(404))
    expect(await transaction(transactionId)).toBeUndefined()
    expect(asked[0]?.headers.get('x-wapi-key')).toBe(wapiKey)
    expect(asked[0]?.headers.has('authorization')).toBe(false)
    expect(asked[0]?.headers.get('accept')).toBe('application/json')
  })

  const account = { email: 'office@shop.example', password: 'correct horse' }
  const granting = (lifetime = 43_200) => {
    let grants = 0
    return office(({ url, headers }) => {
      if (url.pathname === '/wapi/auth/tokens')
        return { token_type: 'Bearer', expires_in: lifetime, access_token: `token-${++grants}`, refresh_token: 'r' }
      return headers.get('authorization') === `Bearer token-${grants}` ? status(404) : status(401)
    }, account)
  }

  test('by e-mail and password: exchanged once, and again before the token ends', async () => {
    const { transaction, asked, calls, later } = granting()
    await Promise.all([transaction('a'), transaction('b')])
    later(43_139)
    await transaction('c')
    expect(calls().filter((call) => call.includes('tokens'))).toHaveLength(1)
    later(1) // a minute before it ends: a call takes time, and clocks differ
    await transaction('d')
    expect(calls().filter((call) => call.includes('tokens'))).toHaveLength(2)
    const scopes = 'wapi-transactions-all wapi-transactions-refund-request wapi-trusted-cards-all'
    expect(asked[0]?.form).toEqual({ ...account, scopes })
    expect(asked.some(({ headers }) => headers.has('x-wapi-key'))).toBe(false)
  })

  test.each([undefined, 30, '43200'])('a token whose life is %j is good for a minute', async (lifetime) => {
    const { transaction, calls, later } = office(
      ({ url }) => (url.pathname.endsWith('tokens') ? { access_token: 't', expires_in: lifetime } : status(404)),
      account,
    )
    const grants = () => calls().filter((call) => call.includes('tokens')).length
    for (const [seconds, expected] of [
      [0, 1],
      [59, 1],
      [1, 2],
    ] as const) {
      later(seconds)
      await transaction('a')
      expect(grants()).toBe(expected)
    }
  })

  test('a key that is refused is not tried again', async () => {
    const { transaction, calls } = office(() => status(401))
    expect(await codeOf(transaction('a'))).toMatch(/^provider_refused.*401/)
    expect(calls()).toHaveLength(1)
  })

  test('a token that was revoked is replaced once', async () => {
    const shop = granting()
    await shop.transaction('a')
    let refusals = 0
    const revoked = office(({ url }) => {
      if (url.pathname === '/wapi/auth/tokens') return { access_token: 't', expires_in: 43_200 }
      return ++refusals === 1 ? status(401) : status(404)
    }, account)
    expect(await revoked.transaction('a')).toBeUndefined()
    expect(revoked.calls().filter((call) => call.includes('tokens'))).toHaveLength(2)
    const always = office(({ url }) => (url.pathname.endsWith('tokens') ? { access_token: 't' } : status(401)), account)
    expect(await codeOf(always.transaction('a'))).toMatch(/^provider_refused.*401/)
    expect(always.calls()).toHaveLength(4)
  })

  test.each([
    [status(401, { message: 'invalid_credentials' }), /^provider_refused/],
    [status(503), /^provider_unreachable/],
    [{ access_token: 'two words' }, /^provider_refused/],
    [new Response('<html>'), /^provider_refused/],
  ])('T-54 a sign-in that fails says nothing of who tried', async (answer, expected) => {
    const said = await codeOf(office(() => answer, account).transaction('a'))
    expect(said).toMatch(expected)
    expect(said).not.toMatch(/office@|correct/)
  })

  test.each([
    [401, /^provider_refused.*401.*scope/],
    [403, /^provider_refused/],
    [405, /^provider_refused/],
    [429, /^provider_unreachable.*too often/],
    [500, /^provider_unreachable/],
  ])('an answer of %d', async (code, expected) => {
    expect(await codeOf(office(() => status(code)).transaction('a'))).toMatch(expected)
  })
})

const row = (changes: object = {}) => ({
  ...{ transaction_id: transactionId, order_id: orderId, status: 'success', status_desc: 'Normal' },
  ...{ total: '162.13', currency: 'TTD', card: 'XXXXXXXXXXXX1234', ...changes },
})

describe('what became of a payment', () => {
  const lookUp = (answer: (asked: Asked) => unknown, checkout = opened()) => {
    const { fetch, asked } = network(answer)
    return {
      events: wipay({ accountNumber, country: 'TT', proof: 'wapi', wapi: { key: wapiKey }, fetch }).lookUp?.(checkout),
      asked,
    }
  }

  test('paid', async () => {
    const { events, asked } = lookUp(() => ({ message: 'OK', data: row() }))
    expect(await events).toEqual([
      {
        key: `look-up:${transactionId}:success`,
        checkout: { reference: transactionId },
        reference: transactionId,
        becomes: 'paid',
        money: order.price,
        test: false,
        details: { card: 'XXXXXXXXXXXX1234', 'transaction-status': 'Normal' },
      },
    ])
    expect(asked.map(({ url }) => url.pathname)).toEqual([`/wapi/transactions/${transactionId}`])
  })

  test.each<[string, object, object | undefined]>([
    ['failed', { status: 'failed' }, { becomes: 'failed' }],
    ['a word that nobody knows', { status: 'reversed' }, { news: 'unknown' }],
    ['not finished', { status: 'incomplete', status_desc: 'Transaction Incomplete' }, undefined],
    ['refunded or disputed, perhaps', { status_desc: 'Refunded' }, { objection: expect.stringMatching(/remark/) }],
    ['of another order', { order_id: 'another' }, { objection: expect.stringMatching(/another order id/) }],
    ['too little', { total: 154.99 }, { objection: expect.stringMatching(/less than/) }],
    ['converted', { total: '23.84', currency: 'USD' }, { becomes: 'paid' }],
  ])('%s', async (_, changes, expected) => {
    const [event] = (await lookUp(() => ({ message: 'OK', data: row(changes) })).events) ?? []
    if (expected === undefined) expect(event).toBeUndefined()
    else expect(event).toMatchObject(expected)
    if (expected !== undefined && !('objection' in expected)) expect(event).not.toHaveProperty('objection')
  })

  test.each<[object, becomes: 'nothing yet' | 'failed']>([
    [{ status_desc: 'Transaction Timeout' }, 'nothing yet'],
    [{ status_desc: 'Timed out' }, 'nothing yet'],
    [{ message: '[3-R0]: The session expired.' }, 'nothing yet'],
    [{ message: '[2-54]: Expired card.' }, 'failed'],
    [{ message: '[2-05]: Transaction is declined.' }, 'failed'],
  ])('T-15 failed for want of time is no outcome for 240 minutes after opening: %j', async (changes, expected) => {
    const failed = { data: row({ status: 'failed', status_desc: 'Declined', ...changes }) }
    const becomes = async (minutes: number) => {
      const { fetch } = network(() => failed)
      const checkout = opened()
      const now = () => new Date(checkout.openedAt.getTime() + minutes * 60_000)
      const adapter = wipay({ accountNumber, country: 'TT', proof: 'wapi', wapi: { key: wapiKey }, fetch, now })
      return (await adapter.lookUp?.(checkout))?.[0]?.becomes ?? 'nothing yet'
    }
    expect(await becomes(4)).toBe(expected)
    expect(await becomes(239)).toBe(expected)
    expect(await becomes(240)).toBe('failed')
  })

  test('a remark after a payment is other news', async () => {
    const [paid, remarked] = await Promise.all(
      [{}, { status_desc: 'Refunded' }].map(async (changes) => (await lookUp(() => ({ data: row(changes) })).events)?.[0]?.key),
    )
    expect(remarked).not.toBe(paid)
  })

  test('unknown to WiPay is no news; another transaction is no answer', async () => {
    expect(await lookUp(() => status(404)).events).toEqual([])
    expect(await codeOf(lookUp(() => ({ data: row({ transaction_id: 'x' }) })).events)).toMatch(/^provider_unreachable/)
    expect(await codeOf(lookUp(() => ({ data: [] })).events)).toMatch(/^provider_unreachable/)
    expect(await codeOf(lookUp(() => new Response('<html>')).events)).toMatch(/^provider_unreachable/)
  })

  test('a stored card is asked about by its id alone, which only the buyer brings', async () => {
    const { events, asked } = lookUp(() => ({ data: row() }), opened({ flow: 'card' }))
    expect([await events, asked]).toEqual([[], []])
  })

  test('T-11 a request through the browser is searched by its order id', async () => {
    const form = opened({ form: '1', fees: 'merchant_absorb' }, { reference: orderId })
    const pages = [[row({ order_id: 'x' })], [row({ order_id: 'y' }), row({ total: '155.00' })]]
    const { events, asked } = lookUp(({ url }) => ({ data: pages[Number(url.searchParams.get('page')) - 1] ?? [] }), form)
    expect(await events).toMatchObject([{ checkout: { reference: orderId }, reference: transactionId, becomes: 'paid' }])
    expect(asked.map(({ url }) => url.search)).toEqual([
      '?environment=live&page=1&page_size=100',
      '?environment=live&page=2&page_size=100',
      '?environment=live&page=3&page_size=100',
    ])
    const nowhere = lookUp(() => ({ data: [row({ order_id: 'x' })] }), form)
    expect(await nowhere.events).toEqual([])
    expect(nowhere.asked).toHaveLength(3)
    expect(await lookUp(() => ({ data: [] }), form).events).toEqual([])
  })
})

describe('the list of transactions, for requests through the browser', () => {
  function reading(answer: (asked: Asked) => unknown) {
    let now = 0
    const { fetch, asked } = network(answer)
    const configuration = { accountNumber, country: 'TT', proof: 'wapi', wapi: { key: wapiKey }, requestMode: 'form' } as const
    const adapter = wipay({ ...configuration, fetch, now: () => new Date(now) })
    const form = (reference: string) =>
      opened({ form: '1', order: reference, fees: 'merchant_absorb' }, { reference, openedAt: new Date(0) })
    return {
      asks: (reference: string) => Promise.resolve(adapter.lookUp?.(form(reference)) ?? []),
      at: (time: number) => {
        now = time
      },
      calls: () => asked.splice(0).map(({ url }) => (url.search ? `page ${url.searchParams.get('page')}` : url.pathname)),
    }
  }
  const of = (order: string, changes: object = {}) =>
    row({ order_id: order, transaction_id: `of-${order}`, total: '155.00', ...changes })
  const pageOf = ({ url }: Asked) => Number(url.searchParams.get('page'))

  test('T-15 one reading answers everybody who waits; it is read once in fifteen seconds', async () => {
    const { asks, at, calls } = reading((asked) => ({ data: pageOf(asked) === 1 ? [of('a'), of('b')] : [] }))
    const answers = await Promise.all(['a', 'b', 'c'].map(asks))
    expect(answers.map((events) => events.map(({ reference }) => reference))).toEqual([['of-a'], ['of-b'], []])
    at(14_999)
    expect(await asks('b')).toMatchObject([{ reference: 'of-b', becomes: 'paid' }])
    expect(calls()).toEqual(['page 1', 'page 2'])
    at(15_000)
    await asks('b')
    expect(calls()).toEqual(['page 1'])
  })

  test('T-15 what was listed once is asked for by its id when newer ones have pushed it off the list', async () => {
    let newer = 0
    const { asks, at, calls } = reading((asked) => {
      if (asked.url.search === '') return { data: of('a') }
      if (newer > 0) return { data: Array.from({ length: 100 }, () => of(`n${newer++}`)) }
      return { data: pageOf(asked) === 1 ? [of('a', { status: 'reversed' })] : [] }
    })
    expect(await asks('a')).toMatchObject([{ news: 'unknown' }])
    newer = 1
    at(15_000)
    calls()
    expect(await asks('a')).toMatchObject([{ checkout: { reference: 'a' }, reference: 'of-a', becomes: 'paid' }])
    expect(calls()).toEqual(['page 1', 'page 2', 'page 3', '/wapi/transactions/of-a'])
  })

  test('T-15 an answer of 429 in the middle: what was read before it counts, and the rest is not known', async () => {
    let isBusy = false
    const pages = [[of('y')], [of('z')], []]
    const { asks, at, calls } = reading((asked) =>
      isBusy && pageOf(asked) > 1 ? status(429) : { data: pages[pageOf(asked) - 1] },
    )
    expect(await asks('a')).toEqual([])
    calls()

    isBusy = true
    pages.splice(0, 2, [of('a')], [of('b')], [of('z')])
    at(15_000)
    const [found, missing] = [asks('a'), asks('b')]
    expect(await found).toMatchObject([{ reference: 'of-a' }])
    expect(await codeOf(missing)).toMatch(/^provider_unreachable.*429/)
    at(29_999)
    expect(await codeOf(asks('b'))).toMatch(/^provider_unreachable/)
    expect(calls()).toEqual(['page 1', 'page 2'])

    isBusy = false
    at(30_000)
    expect(await asks('b')).toMatchObject([{ reference: 'of-b' }]) // behind a page that holds nothing new
    expect(calls()).toEqual(['page 1', 'page 2', 'page 3'])
  })

  test('neither many orders nor one that is sent again and again is remembered or asked about without end', async () => {
    let rows = Array.from({ length: 7 }, (_, index) => of('a', { transaction_id: `try-${index}` }))
    const { asks, at, calls } = reading(({ url }) => (url.search === '' ? status(404) : { data: rows }))
    expect(await asks('a')).toHaveLength(7)
    let count = 0
    const readOthers = async () => {
      rows = Array.from({ length: 100 }, () => of(`n${count++}`))
      at(count * 15_000)
      calls()
      await asks('a')
      return calls().filter((call) => !call.startsWith('page'))
    }
    expect(await readOthers()).toEqual([2, 3, 4, 5, 6].map((index) => `/wapi/transactions/try-${index}`))
    rows = Array.from({ length: 150 }, (_, index) => of('b', { transaction_id: `try-${index}` }))
    at(++count * 15_000)
    expect(await asks('b')).toHaveLength(100)
    while (count < 9_800) await readOthers()
    expect(await readOthers()).toHaveLength(5)
    expect(await readOthers()).toEqual([])
  })

  test('what is listed again is remembered anew, and longer than what was listed after it', async () => {
    let rows = [of('a', { transaction_id: 'try-0' })]
    const { asks, at, calls } = reading(({ url }) => (url.search === '' ? status(404) : { data: rows }))
    await asks('a')
    let count = 0
    const read = async (more: typeof rows = []) => {
      rows = [...Array.from({ length: 100 }, () => of(`n${count++}`)), ...more]
      at(count * 15_000)
      calls()
      await asks('a')
      return calls().filter((call) => !call.startsWith('page'))
    }
    while (count < 9_800) await read()
    await read([of('a', { transaction_id: 'try-0' })])
    for (let readings = 0; readings < 3; readings++) expect(await read()).toEqual(['/wapi/transactions/try-0'])
  })

  test('T-45 a clock that was set back holds no reading up', async () => {
    const { asks, at, calls } = reading(() => ({ data: [] }))
    at(3_600_000)
    await asks('a')
    at(0)
    await asks('a')
    expect(calls()).toEqual(['page 1', 'page 1'])
  })

  test('T-12 where one by one is refused, the list tells of the transaction that was opened, and of no other', async () => {
    const listed = [row({ transaction_id: 'another' }), row()]
    const answers = ({ url }: Asked) =>
      url.search === '' ? status(429) : { data: pageOf({ url } as Asked) === 1 ? listed : [] }
    const { fetch } = network(answers)
    const adapter = wipay({ accountNumber, country: 'TT', proof: 'wapi', wapi: { key: wapiKey }, fetch })
    expect(await adapter.lookUp?.(opened())).toMatchObject([{ reference: transactionId, becomes: 'paid' }])
    const elsewhere = opened({}, { reference: 'not-listed' })
    expect(await codeOf(adapter.lookUp?.(elsewhere))).toMatch(/^provider_unreachable.*429/)
  })

  test('a form that was sent twice has two transactions', async () => {
    const twice = [of('a', { transaction_id: 'one', status: 'failed' }), of('a', { transaction_id: 'two' })]
    const { asks } = reading((asked) => ({ data: pageOf(asked) === 1 ? twice : [] }))
    expect(await asks('a')).toMatchObject([
      { reference: 'one', becomes: 'failed' },
      { reference: 'two', becomes: 'paid' },
    ])
  })
})

describe('refunds', () => {
  test('are asked for', async () => {
    const { requestRefund, calls } = office(() => status(201, { message: 'Created' }))
    await requestRefund(transactionId)
    expect(calls()).toEqual([`POST /wapi/transactions/${transactionId}/refund`])
  })
  test('and refused with WiPay’s reason', async () => {
    const refused = office(() => status(400, { message: 'Already refunded.' }))
    expect(await codeOf(refused.requestRefund(transactionId))).toMatch(/^provider_refused.*Already refunded/)
    expect(await codeOf(refused.requestRefund('a b'))).toMatch(/^request_invalid/)
  })
  test.each([
    [429, /^provider_unreachable.*too often/], // turned away before anything was done
    [500, /^outcome_unknown/],
    [503, /^outcome_unknown/],
  ])('an answer of %d', async (code, expected) => {
    expect(await codeOf(office(() => status(code)).requestRefund(transactionId))).toMatch(expected)
  })
  test('a transaction id cannot lead elsewhere', async () => {
    const { transaction, calls } = office(() => status(404))
    await transaction('../auth/tokens?x=1')
    expect(calls()).toEqual(['GET /wapi/transactions/..%2Fauth%2Ftokens%3Fx%3D1'])
  })
})

describe('stored cards', () => {
  const card = {
    ...{
      uuid: cardId.toUpperCase(),
      card_type: 'visa',
      environment: 'live',
      exp_mm: '07',
      exp_yy: '29',
      pan: '411111******1111',
    },
    ...{ first_name: 'Jo', last_name: 'Bain', verified: false, verify_expiry: '2026-04-08 22:15:30' },
  }
  const shown = {
    ...{ id: cardId, label: 'VISA … 1111', isVerified: false, verifyBefore: new Date('2026-04-08T22:15:30Z') },
    expires: { month: 7, year: 2029 },
  }

  test('one, as an object or in a list', async () => {
    expect(await office(() => ({ data: card })).cards.find(cardId)).toEqual(shown)
    expect(await office(() => ({ data: [card] })).cards.find(cardId.toUpperCase())).toEqual(shown)
    expect(await office(() => ({ data: [] })).cards.find(cardId)).toBeUndefined()
    expect(await office(() => status(404)).cards.find(cardId)).toBeUndefined()
    expect(await codeOf(office(() => ({})).cards.find('x'))).toMatch(/^request_invalid/)
  })

  test('all, of this mode', async () => {
    const verified = { uuid: cardId.replace('2', '3'), verified: true, verify_expiry: null }
    const { cards } = office(() => ({ data: [card, verified, { ...card, environment: 'sandbox' }, { uuid: 'x' }, null] }))
    expect(await cards.list()).toEqual([shown, { id: cardId.replace('2', '3'), label: 'Card', isVerified: true }])
  })

  test('verified once, with exactly what was said', async () => {
    const { cards, asked } = office(() => ({ message: 'OK' }))
    await cards.verify(cardId, { amount: '0.8', currency: 'USD' })
    expect([asked[0]?.url.pathname, asked[0]?.form]).toEqual([`/wapi/trusted-cards/${cardId}/verify`, { amount: '0.80' }])
    const wrong = office(() => status(400, { message: 'Wrong amount.' }))
    expect(await codeOf(wrong.cards.verify(cardId, { amount: '0.81', currency: 'USD' }))).toMatch(/Wrong amount.*card is gone/)
    expect(wrong.asked).toHaveLength(1)
    // What cannot be right is not tried, since a wrong amount deletes the card.
    for (const amount of ['0', '0.801', 'x', '-1'])
      expect(await codeOf(wrong.cards.verify(cardId, { amount, currency: 'USD' }))).toMatch(/^request_invalid.*still there/)
    expect(wrong.asked).toHaveLength(1)
  })

  test('deleted', async () => {
    const { cards, calls } = office(() => ({ message: 'OK' }))
    await cards.delete(cardId)
    expect(calls()).toEqual([`DELETE /wapi/trusted-cards/${cardId}`])
    expect(await codeOf(office(() => status(400)).cards.delete(cardId))).toMatch(/^provider_refused/)
    // What is deleted twice is deleted, so that nobody knows does no harm.
    const cut = office(() => {
      throw new TypeError('fetch failed')
    })
    expect(await codeOf(cut.cards.delete(cardId))).toMatch(/^provider_unreachable/)
    expect(await codeOf(cut.cards.verify(cardId, { amount: '0.80', currency: 'USD' }))).toMatch(/^outcome_unknown/)
  })
})
