import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CheckoutError } from '../../src/server/index.js'
import type { Store } from '../../src/server/store.js'
import { memory } from '../../src/stores/memory.js'
import { sqlite } from '../../src/stores/sqlite.js'
import { eventOf, paid, pretend, refunded } from './pretend-provider.js'
import { base, createShop, order, origin, type Shop } from './shop.js'

// What must hold for every request, whoever sends it and whatever is in it.

const rooms = [
  'methods?order=a',
  'checkouts',
  'checkouts/x',
  'checkouts/x/signals',
  'return/x',
  'go/x',
  'notify/pretend',
  'nowhere',
]

describe('T-51', () => {
  const methodsOf: Record<string, string[]> = {
    'methods?order=a': ['GET', 'OPTIONS'],
    checkouts: ['POST', 'OPTIONS'],
    'checkouts/x': ['GET', 'OPTIONS'],
    'checkouts/x/signals': ['POST', 'OPTIONS'],
    'return/x': ['GET'],
    'go/x': ['GET'],
    'notify/pretend': ['POST'],
  }
  const all = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'get', 'Post', 'patch']

  test.each(Object.entries(methodsOf))('T-51 %s takes %j and nothing else', async (path, methods) => {
    const shop = createShop()
    for (const method of all) {
      const request = new Request(`${base}/${path}`, { method, headers: { origin } })
      const answer = await shop.checkout.fetch(request)
      if (methods.includes(request.method)) expect(answer.status, request.method).not.toBe(405)
      else {
        expect(answer.status, request.method).toBe(405)
        expect(answer.headers.get('allow')).toBe(methods.join(', '))
        expect(await answer.text()).not.toContain('OK')
      }
    }
  })

  test('T-51 no answer may be kept, guessed at or passed on with its address', async () => {
    const shop = createShop()
    const id = await shop.open()
    await shop.notify(paid(id))
    for (const path of [...rooms, `checkouts/${id}`, `return/${id}`, '..', `x${'x'.repeat(9000)}`])
      for (const method of ['GET', 'POST', 'OPTIONS', 'HEAD'])
        for (const headers of [{}, { origin }, { origin: 'https://evil.example' }] as Record<string, string>[]) {
          const answer = await shop.checkout.fetch(new Request(`${base}/${path}`, { method, headers }))
          const kept = ['cache-control', 'x-content-type-options', 'referrer-policy'].map((name) => answer.headers.get(name))
          expect(kept, `${method} ${path}`).toEqual(['no-store', 'nosniff', 'no-referrer'])
        }
  })

  test('T-51 addresses are exact', async () => {
    const shop = createShop()
    for (const path of [
      'methods//x?order=a',
      'checkouts/x/signals/y',
      'return/x/y',
      'notify/pretend/x',
      'Methods?order=a',
      '%6dethods?order=a',
      '',
    ])
      expect((await shop.get(path)).status, path).toBe(404)
    for (const url of [origin, `${origin}/`, `${base}x/methods?order=a`, `${origin}/Checkout/methods?order=a`, base])
      expect((await shop.checkout.fetch(new Request(url))).status, url).toBe(404)
  })

  test('T-50 T-54 what comes from outside of `base` is told once, with the likely mistake and nothing of its address', async () => {
    const shop = createShop()
    const ask = async (path: string) => (await shop.checkout.fetch(new Request(`${origin}/${path}`))).status
    expect([await ask(''), await ask('canary'), await ask('robots.txt'), shop.lines]).toEqual([404, 404, 404, []])
    expect([await ask('methods?order=canary'), await ask('notify/pretend')]).toEqual([404, 404])
    expect(shop.lines).toHaveLength(1)
    expect(shop.lines[0]).toMatch(/does not begin with that of `base`, \/checkout\/ – .*cut that off/)
    expect(shop.lines[0]).not.toContain('canary')
    await shop.get('nowhere') // a stranger's guess: nobody's mount is wrong
    expect(shop.lines).toHaveLength(1)
  })
})

describe('T-52', () => {
  const rejections: unknown[] = []
  const note = (reason: unknown) => void rejections.push(reason)
  beforeEach(() => void process.on('unhandledRejection', note))
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    expect(rejections.splice(0)).toEqual([])
  })

  const piece = fc.constantFrom(
    ...[
      'methods',
      'checkouts',
      'notify',
      'return',
      'go',
      'signals',
      'pretend',
      'A'.repeat(22),
      '__proto__',
      '..',
      '%00',
      '%ff',
      '%',
      '',
    ],
    ...['?', '&', '=', '#', 'order=a', 'country=', '\\', ';', ' ', '\u0000', 'é', '😀', '\ud800'],
  )
  const path = fc
    .array(fc.oneof({ weight: 4, arbitrary: piece }, fc.string({ unit: 'binary' })), { maxLength: 6 })
    .map((parts) => parts.join('/'))
  const header = fc.tuple(
    fc.constantFrom('origin', 'content-type', 'content-encoding', 'content-length', 'x-signature', 'cookie', 'x-forwarded-for'),
    fc.oneof(
      fc.constantFrom(origin, 'null', 'application/json', 'identity', 'gzip', 'right', '-1', '99999999999'),
      fc.string({ unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)) }),
    ),
  )
  const someEvent = fc.record(
    {
      key: fc.oneof(fc.string(), fc.constantFrom('tx1:paid')),
      checkout: fc.oneof(fc.record({ id: fc.string() }), fc.record({ reference: fc.string() }), fc.constant(null)),
      reference: fc.string(),
      becomes: fc.oneof(fc.constantFrom('paid', 'refunded', 'nothing')),
      money: fc.oneof(fc.record({ amount: fc.string(), currency: fc.string() }), fc.constant(5)),
      test: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  const body = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.uint8Array(),
    fc.array(someEvent, { maxLength: 3 }).map((events) => JSON.stringify(events)),
    fc.constant(
      JSON.stringify({
        order: 'a',
        attempt: crypto.randomUUID(),
        method: 'pretend:card',
        surface: 'popup',
        page: `${origin}/`,
      }),
    ),
  )
  const given = fc.record({
    path,
    method: fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'X'),
    headers: fc.array(header, { maxLength: 4 }),
    body: fc.option(body, { nil: undefined }),
    address: fc.option(fc.string(), { nil: undefined }),
  })

  test('T-52 any request is answered, with a status that it may have and nothing of what went wrong', async () => {
    const shop = createShop({ store: sqlite(':memory:'), price: (name) => (name === 'a' ? order('a') : (undefined as never)) })
    await fc.assert(
      fc.asyncProperty(given, async ({ path, method, headers, body, address }) => {
        let request: Request
        try {
          const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
          const sent =
            method === 'GET' || method === 'HEAD' || bytes === undefined ? {} : { body: bytes as Uint8Array<ArrayBuffer> }
          request = new Request(`${base}/${path}`, { method, headers, ...sent })
        } catch {
          return // no request at all: nothing that a server could receive
        }
        const answer = await shop.checkout.fetch(request, address === undefined ? undefined : { address })
        expect(answer).toBeInstanceOf(Response)
        expect([200, 204, 303, 400, 401, 403, 404, 405, 409, 414, 415, 500, 503]).toContain(answer.status)
        const said = await answer.text()
        expect(said).not.toMatch(/TypeError|ReferenceError|SqliteError|SQLITE_|node_modules|\n\s+at /)
      }),
      { numRuns: Number(process.env.FUZZ ?? 2_000) },
    )
    await shop.checkout.close()
  })

  test.each([['a log that throws', (shop: Partial<Shop>) => void shop]])(
    'T-52 %s keeps no payment from being taken, given or told',
    async () => {
      const fail = () => {
        throw new Error('disk full')
      }
      let attempts = 0
      const shop = createShop({
        log: { info: fail, warn: fail, error: fail },
        fulfil: () => {
          if (attempts++ === 0) throw new Error('no')
        },
        alert: fail,
      })
      const id = await shop.open()
      expect((await shop.post('notify/pretend', [])).status).toBe(401)
      expect(await (await shop.notify(paid(id))).text()).toBe('OK')
      await shop.notify(paid('A'.repeat(22), { reference: 'nobody' }))
      await shop.exhausted()
      expect(attempts).toBe(2)
      const broken = createShop({ log: { info: fail, warn: fail, error: fail }, price: fail })
      expect((await broken.get('methods?order=a')).status).toBe(500)
    },
  )

  test('T-52 a provider that throws wherever it can harms nobody else', async () => {
    const fail = () => {
      throw new Error('bug')
    }
    const broken = pretend({
      name: 'broken',
      methods: fail,
      verify: fail as never,
      readReturn: fail,
      lookUp: fail as never,
      withdraw: fail as never,
    })
    const shop = createShop({ providers: [broken, pretend({ withdraw: fail as never, lookUp: fail as never })] })
    const [one, two] = [await shop.open(), await shop.open()]
    await shop.status(one)
    expect((await shop.notifyBy('broken', paid(one))).status).toBe(503)
    expect(await (await shop.notify(paid(two))).text()).toBe('OK')
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
  })

  test('T-52 a store that throws at once instead of rejecting', async () => {
    const fail = () => {
      throw new Error('bug')
    }
    const store = new Proxy(memory(), { get: (target, name) => (name === 'close' ? target.close : fail) }) as Store
    const shop = createShop({ store })
    for (const path of rooms)
      for (const method of ['GET', 'POST']) {
        const answer = await shop.checkout.fetch(new Request(`${base}/${path}`, { method, headers: { origin } }))
        expect(await answer.text()).not.toContain('bug')
      }
    expect((await shop.notify(paid('x'))).status).toBe(503)
  })
})

describe('T-53', () => {
  const hostile = [
    ...["'; drop table payments; --", '" or ""="', '%s%n', '{{7*7}}', '../../etc', '\u202e', '<script>', '😀'.repeat(50)],
    ...['__proto__', 'constructor', '#', '|', ' '],
  ]
  test.each(hostile)('T-53 %j in everything that a provider says is data', async (text) => {
    const shop = createShop({ store: sqlite(':memory:') })
    const id = await shop.open()
    const details = { [text]: text, reason: text }
    await shop.notify(paid(id, { key: text, reference: text, details }))
    await shop.notify(paid(id, { key: `${text}2`, reference: `${text}2`, objection: text, buyerId: text, details }))
    await shop.notify(paid(text, { key: `${text}3`, reference: text }))
    await shop.notify(paid('', { key: `${text}4`, checkout: { reference: text }, reference: text }))
    await shop.settled()
    expect(shop.done).toEqual([`fulfil ${text}`])
    const payments = await shop.checkout.ledger.payments({ orderId: 'order-1' })
    expect(payments.map(({ reference }) => reference).sort()).toEqual([text, `${text}2`].sort())
    expect(await shop.checkout.ledger.events({ orderId: text })).toEqual([])
    for (const room of ['checkouts', 'return', 'go']) {
      const answer = await shop.get(`${room}/${encodeURIComponent(text)}`)
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([404, null])
    }
    await shop.checkout.close()
  })

  test('T-53 T-54 the names of fields that there are none of are the sender’s text: only plain words are repeated', async () => {
    const shop = createShop()
    const names = ['canary\n- order: is fine', '\u001b[31mcanary', 'canary@example.com', 'canary '.repeat(20), '<canary>']
    const answers = [
      await shop.ask('order-1', undefined, Object.fromEntries(names.map((name) => [name, 1]))),
      await shop.get(`methods?order=a&${names.map((name) => `${encodeURIComponent(name)}=1`).join('&')}`),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(400)
      expect(((await answer.json()) as { message: string }).message).toBe('- a field of another name: there is no such field')
    }
    const many = await shop.ask(
      'order-1',
      undefined,
      Object.fromEntries(Array.from({ length: 999 }, (_, at) => [`f${at}`, at])),
    )
    expect((await many.text()).length).toBeLessThan(500)
    expect(await (await shop.ask('order-1', undefined, { price: '1' })).text()).toContain('- price: there is no such field')
    expect(shop.lines.join()).not.toMatch(/canary|is fine/)
  })

  // A database may end a text at its first zero, or refuse it: two transactions would be one. No provider's name holds any.
  const control = ['\u0000', 'tx1\u0000a', '\u001b[2J', 'tx1\r\nSet-Cookie: a=b', '\u009b', 'tx1\u007f']
  test.each(control)('T-07 T-53 %j in what identifies a payment is refused, and nothing is written', async (text) => {
    const shop = createShop({ store: sqlite(':memory:') })
    const id = await shop.open()
    for (const change of [{ key: text }, { reference: text }, { checkout: { reference: text } }, { checkout: { id: text } }]) {
      const answer = await shop.notify(paid(id, change))
      expect([answer.status, await answer.text()]).toEqual([400, 'request_invalid'])
    }
    await shop.settled()
    expect([shop.done, await shop.checkout.ledger.events()]).toEqual([[], []])
    for (const line of shop.lines) expect(line).not.toMatch(/\p{Cc}/u)
    await shop.checkout.close()
  })
})

describe('T-54', () => {
  const secret = 'canary-secret'
  const buyer = {
    id: 'u1',
    email: 'canary-email@example.com',
    name: 'canary-name',
    phone: 'canary-phone',
    address: { line1: 'canary-street' },
  }
  const canary = /canary/

  /** Goes through every path, good and bad, and answers all that anybody could read of it. */
  async function everything(change: Parameters<typeof createShop>[0], query = ''): Promise<string> {
    const shop = createShop({
      store: sqlite(':memory:'),
      price: (name) => order(name, { buyer, metadata: { note: 'canary-note' } }),
      alert: () => {
        throw new Error('canary-alert')
      },
      ...change,
    })
    const said: unknown[] = []
    const hear = async (answer: Response) => void said.push(answer.status, [...answer.headers], await answer.text())
    await hear(await shop.get(`methods?order=order-1${query}`))
    const opened = await shop.ask('order-1', crypto.randomUUID(), { surface: 'popup' })
    await hear(opened.clone())
    const { id = 'A'.repeat(22) } = (await opened.json()) as { id?: string }
    await hear(
      await shop.ask('order-1', crypto.randomUUID(), { 'canary@example.com': 'canary-field', page: 'https://canary.example/' }),
    )
    await hear(await shop.post('checkouts', '{"canary": "canary-json'))
    await hear(await shop.get(`checkouts/${id}`))
    await hear(await shop.get(`checkouts/canary-id${query}`))
    await hear(await shop.post('notify/pretend?sig=canary-sig', 'canary-body', { 'x-signature': 'canary-signature' }))
    await hear(await shop.post('notify/pretend', 'canary-body', { 'x-signature': 'right' }))
    await hear(
      await shop.notify(paid(id, { buyerId: 'canary-other', money: { amount: '1.00', currency: 'USD' }, reference: 'held' })),
    )
    await hear(await shop.notify(paid(id)))
    await hear(await shop.notify(paid('A'.repeat(22), { reference: 'nobody' })))
    await hear(await shop.notify(eventOf(id, { news: 'disputed' })))
    // Whoever calls the worker once hears of a store that is away: that is the shop's own code.
    await shop.exhausted().catch(() => {})
    await hear(await shop.notify(refunded(id)))
    await shop.exhausted().catch(() => {})
    await hear(await shop.get(`return/${id}?email=canary-return&card=canary-card`))
    await hear(await shop.get(`go/${id}`))
    await hear(await shop.ask('order-1'))
    await hear(
      await shop.checkout.fetch(new Request(`${base}/methods?order=x`, { headers: { cookie: 'canary-cookie' } }), {
        address: 'canary-address',
      }),
    )
    said.push(shop.lines, inspect(shop.checkout, { depth: 9, showHidden: true }), JSON.stringify(shop.checkout))
    await shop.checkout.close()
    return inspect(said, { depth: 9, maxStringLength: null, maxArrayLength: null })
  }
  const failing = (what: string) => () =>
    Promise.reject(Object.assign(new TypeError(`${what} of ${buyer.email} with ${secret}`), { secret, buyer }))

  test.each([
    ['when all goes well', {}],
    ['when fulfilling fails', { fulfil: failing('fulfil') }],
    ['when revoking fails', { revoke: failing('revoke') }],
    ['when pricing fails', { price: failing('price') }],
    ['when opening fails', { providers: [pretend({ open: failing('open') })] }],
    [
      'when opening is refused',
      {
        providers: [
          pretend({
            open: () => Promise.reject(new CheckoutError('provider_refused', 'no such currency', { cause: new Error(secret) })),
          }),
        ],
      },
    ],
    ['when methods fail', { providers: [pretend({ methods: failing('methods') })] }],
    ['when verifying fails', { providers: [pretend({ verify: failing('verify') })] }],
    ['when asking fails', { providers: [pretend({ lookUp: failing('look-up') })] }],
    ['when withdrawing fails', { providers: [pretend({ withdraw: failing('withdraw') })] }],
    ['when telling fails', { news: failing('news') }],
    [
      'when the store fails',
      { store: new Proxy(memory(), { get: (target, name) => (name === 'close' ? target.close : failing('store')) }) as Store },
    ],
  ])('T-54 no secret and nobody’s data leaves or is logged %s', async (_, change) => {
    expect(await everything(change)).not.toMatch(canary)
  })
})
