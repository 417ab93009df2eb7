import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bodyOf, signed } from '../providers/gstable/vectors.js'
import type { Answer, Line, Running, Sent } from './running.js'

// What every server must do that carries the checkout, whoever wrote it: over real connections, into the packed package.

export interface Host {
  readonly name: string
  /** Starts the host with two checkouts, `/checkout` and `/eu/checkout`; the second trusts one hop. */
  start(): Promise<Running>
  /** The same with the merchant's mistake: something in front that reads bodies. */
  startEaten(): Promise<Running>
  /** That mistake, mended by halves: what read the body keeps it as `rawBody`, untouched or as a text. */
  startKept?(as: Kept): Promise<Running>
  /**
   * Whence the first checkout has the sender's address: the connection, or this header, which the host's own edge writes; where that
   * wrote none, the host itself may name whoever is connected.
   */
  readonly address: 'connection' | { readonly header: string; readonly unsaid?: 'connection' }
  /** True where the address is made anew on the way: the names and values of a query as they were, and a path without empty parts. */
  readonly rewritesAddress?: boolean
  /** False where the platform starts and ends processes as it likes, and says nothing before. */
  readonly endsInOrder: boolean
}

export type Kept = 'bytes' | 'text'

const notify = '/checkout/notify/probe'
const page = { origin: 'https://shop.example', 'content-type': 'application/json' }
const ipv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'))

export function describeHost({ name, start, startEaten, startKept, address, rewritesAddress, endsInOrder }: Host): void {
  describe(name, () => {
    let host: Running
    beforeAll(async () => {
      host = await start()
    }, 60_000)
    afterAll(() => host?.end('SIGKILL'))

    /** Sends a notification and answers what arrived of it. */
    async function arrivedOf(path: string, sent: Sent): Promise<NonNullable<Line['arrived']> & { mount: string }> {
      const from = host.lines.length
      const answer = await host.send(path, sent)
      expect([path, answer.status, answer.text]).toEqual([path, 200, 'OK'])
      const { arrived, mount } = await host.told('arrived', from)
      return { ...arrived, mount } as NonNullable<Line['arrived']> & { mount: string }
    }

    test('T-17 a signature over the bytes holds, and breaks when one of them is another', async () => {
      const { headers, body } = signedAfresh()
      // The signature held, only nobody opened this session here.
      const right = await host.send('/checkout/notify/gstable', { headers, body })
      expect([right.status, right.text]).toEqual([404, 'checkout_unknown'])
      const wrong = await host.send('/checkout/notify/gstable', { headers, body: `${body} ` })
      expect([wrong.status, wrong.text]).toEqual([401, 'signature_invalid'])
    })

    test.each([
      ['application/octet-stream'],
      ['application/json'],
      ['application/x-www-form-urlencoded'],
      ['multipart/form-data; boundary=x'],
      ['text/plain; charset=utf-16'],
      ['nonsense'],
      [undefined],
    ])('T-17 every byte arrives as it came, whatever the type says: %s', async (type) => {
      const body = Buffer.from(Array.from({ length: 1024 }, (_, at) => at % 256))
      const arrived = await arrivedOf(notify, { body, headers: type === undefined ? {} : { 'content-type': type } })
      expect(Buffer.from(arrived.body, 'base64').equals(body)).toBe(true)
    })

    test(`the query arrives as it was ${rewritesAddress ? 'meant' : 'written'}, by GET and by POST`, async () => {
      const search = '?b=%2B+%7E&a=1&a=2&%61=x&c=%C3%A9%20&d'
      for (const method of ['GET', 'POST']) {
        const arrived = await arrivedOf(`${notify}${search}`, { method })
        expect(arrived).toMatchObject({ method, body: '' })
        expect([...new URLSearchParams(arrived.search)]).toEqual([...new URLSearchParams(search)])
        if (!rewritesAddress) expect(arrived.search).toBe(search)
      }
    })

    test('T-49 a body without a length is counted while it streams', async () => {
      const headers = { 'transfer-encoding': 'chunked' }
      const fits = await arrivedOf(notify, { headers, body: 'x'.repeat(64 * 1024) })
      expect(Buffer.from(fits.body, 'base64').length).toBe(64 * 1024)
      const from = host.lines.length
      const large = await host.send(notify, { headers, body: 'x'.repeat(64 * 1024 + 1) })
      expect(large.status).toBe(400)
      await nothingArrivedSince(from)
    })

    /** Lines come in their order, so one that is known to come tells that no other came before. */
    async function nothingArrivedSince(from: number): Promise<void> {
      await arrivedOf(notify, { body: 'marker' })
      expect(host.lines.slice(from).filter(({ arrived }) => arrived)).toMatchObject([
        { arrived: { body: Buffer.from('marker').toString('base64') } },
      ])
    }

    const forged = { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.1', 'x-real-ip': '192.0.2.1' }

    if (address === 'connection')
      test.each(ipv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'])(
        'T-03 the address is that of the connection (%s), whatever is claimed',
        async (own) => {
          const arrived = await arrivedOf(notify, { host: own, headers: forged })
          expect(arrived.address?.replace('::ffff:', '')).toBe(own)
        },
      )
    else
      test.each(['192.0.2.44', '2001:db8::44'])(
        "T-03 the address (%s) is the one that the host's own edge names",
        async (own) => {
          expect((await arrivedOf(notify, { headers: { ...forged, [address.header]: own } })).address).toBe(own)
          const unsaid = Object.fromEntries(Object.entries(forged).filter(([name]) => name !== address.header))
          const known = (await arrivedOf(notify, { headers: unsaid })).address?.replace('::ffff:', '')
          expect(known).toBe(address.unsaid === 'connection' ? '127.0.0.1' : undefined)
        },
      )

    test.each([
      ['198.51.100.1, 192.0.2.7', '192.0.2.7'],
      [['198.51.100.1', ' 192.0.2.7 '], '192.0.2.7'],
      ['192.0.2.1, 2001:db8::7', '2001:db8::7'],
      ['2001:db8::7', '2001:db8::7'],
      ['192.0.2.7, ', null],
    ] as [string | string[], string | null][])(
      'T-03 behind one trusted hop %j is %j: counted from the right',
      async (given, expected) => {
        const arrived = await arrivedOf('/eu/checkout/notify/probe', { headers: { ...forged, 'x-forwarded-for': given } })
        expect(arrived).toMatchObject({ mount: '/eu/checkout', address: expected })
      },
    )

    test('T-51 HEAD, OPTIONS and other methods do nothing and say what is allowed', async () => {
      const from = host.lines.length
      const allowed = async (method: string, path: string) => {
        const { status, headers } = await host.send(path, { method, headers: { origin: page.origin } })
        return [method, path, status, headers.allow]
      }
      for (const method of ['HEAD', 'PUT', 'DELETE', 'OPTIONS'])
        expect(await allowed(method, notify)).toEqual([method, notify, 405, 'GET, POST'])
      for (const method of ['HEAD', 'POST', 'PATCH'])
        expect(await allowed(method, '/checkout/methods?order=a')).toEqual([
          method,
          '/checkout/methods?order=a',
          405,
          'GET, OPTIONS',
        ])
      await nothingArrivedSince(from)
      const preflight = await host.send('/checkout/checkouts', { method: 'OPTIONS', headers: { origin: page.origin } })
      expect([preflight.status, preflight.headers['access-control-allow-methods']]).toEqual([204, 'POST'])
      expect(preflight.headers['access-control-allow-origin']).toBe(page.origin)
    })

    test('a page reads the offer and opens a checkout; a payment is delivered behind the answer', async () => {
      const offer = await host.send('/checkout/methods?order=a', { method: 'GET', headers: { origin: page.origin } })
      expect(JSON.parse(offer.text)).toMatchObject({
        title: 'Gold',
        methods: [{ id: 'gstable:stablecoins' }, { id: 'probe:card' }],
      })
      expect(offer.headers).toMatchObject({
        ...{ 'access-control-allow-origin': page.origin, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
      })
      const { id } = JSON.parse((await open(host, 'a')).text)
      const from = host.lines.length
      await arrivedOf(notify, { body: `paid ${id}` })
      expect(await host.told('fulfilled', from)).toMatchObject({ fulfilled: `probe:${id}` })
      const status = await host.send(`/checkout/checkouts/${id}?order=a`, { method: 'GET' })
      expect(JSON.parse(status.text)).toEqual({ state: 'paid', delivered: true })
    })

    test('two checkouts: each has what is below its own base, and nothing else', async () => {
      expect(await arrivedOf(notify, {})).toMatchObject({ mount: '/checkout' })
      expect(await arrivedOf('/eu/checkout/notify/probe', {})).toMatchObject({ mount: '/eu/checkout' })
      const from = host.lines.length
      const wrong = ['/', '/checkout', '/eu/notify/probe', '/notify/probe', '/checkouts/notify/probe']
      for (const path of wrong) expect([path, (await host.send(path)).status]).toEqual([path, 404])
      const untidy = await host.send('/checkout//notify/probe')
      expect([untidy.status, untidy.headers.location]).toEqual(rewritesAddress ? [308, notify] : [404, undefined])
      await nothingArrivedSince(from)
    })

    test('T-17 a body that was read before it comes here is refused, and the log names the fix', () =>
      expectRefused(startEaten()))

    if (startKept) {
      test('T-17 a body of which a parser kept a text is refused like one that was read', () =>
        expectRefused(startKept('text')))

      test('T-17 a body of which a parser kept the bytes arrives as it came', async () => {
        const kept = await startKept('bytes')
        try {
          const { headers, body } = signedAfresh()
          const right = await kept.send('/checkout/notify/gstable', { headers, body })
          expect([right.status, right.text]).toEqual([404, 'checkout_unknown'])
          await kept.send(notify, { headers, body })
          expect((await kept.told('arrived')).arrived?.body).toBe(Buffer.from(body).toString('base64'))
        } finally {
          await kept.end('SIGKILL')
        }
      })
    }

    if (endsInOrder)
      test('on SIGTERM it answers what came, lets hooks end, closes the store, and takes nothing more', async () => {
        const own = await start()
        try {
          const { id } = JSON.parse((await open(own, 'a')).text)
          const answer = own.send(notify, { headers: { 'x-wait': '1' }, body: `paid ${id}` })
          await own.told('arrived')
          const ended = own.end('SIGTERM')
          expect([(await answer).status, await ended]).toEqual([200, 0])
          expect(own.lines.filter(({ mount }) => mount === '/checkout').map((line) => Object.keys(line)[1])).toEqual([
            ...['arrived', 'fulfilling', 'fulfilled', 'closed'],
          ])
          await expect(own.send(notify)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
        } finally {
          await own.end('SIGKILL')
        }
      })
  })
}

/** A notification that no parser would write again as it came. */
function signedAfresh(): { headers: Record<string, string>; body: string } {
  const body = JSON.stringify(JSON.parse(bodyOf()), null, '\r\n\t').replace('order-4711', 'order\\u002d\\/é')
  return { headers: { ...Object.fromEntries(signed(body).headers), 'content-type': 'application/json; charset=utf-8' }, body }
}

async function expectRefused(starting: Promise<Running>): Promise<void> {
  const eaten = await starting
  try {
    const headers = { 'content-type': 'application/json' }
    const told = await eaten.send(notify, { headers, body: '{}' })
    expect([told.status, told.text]).toEqual([503, 'store_unavailable'])
    expect((await eaten.told('log')).log).toContain('mount the checkout before any body parser')
    expect(refusedAs(await open(eaten, 'a'))).toEqual([500, 'config_invalid'])
    expect(eaten.lines.filter(({ arrived }) => arrived)).toEqual([])
    expect((await eaten.send('/checkout/methods?order=a', { method: 'GET' })).status).toBe(200) // has no body to lose
  } finally {
    await eaten.end('SIGKILL')
  }
}

const open = (host: Running, order: string): Promise<Answer> =>
  host.send('/checkout/checkouts', {
    headers: page,
    body: JSON.stringify({
      order,
      attempt: crypto.randomUUID(),
      method: 'probe:card',
      surface: 'redirect',
      page: `${page.origin}/cart`,
    }),
  })

const refusedAs = ({ status, text }: Answer): [number, string] => [status, JSON.parse(text).error]
