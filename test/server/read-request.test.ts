import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { checkQuery, readBody, readJson } from '../../src/server/read-request.js'
import { pretend } from './pretend-provider.js'
import { base, createShop, gate, origin } from './shop.js'

const kilobyte = 1024
const post = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Request(`${base}/notify/pretend`, { method: 'POST', body, headers, duplex: 'half' } as RequestInit)

/** A body whose length nobody announces: so many chunks, or without end. Counts how many were asked for. */
function streamed(size: number, chunks = Number.POSITIVE_INFINITY) {
  const asked = { chunks: 0, isCancelled: false }
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (asked.chunks++ >= chunks) controller.close()
      else controller.enqueue(new Uint8Array(size).fill(asked.chunks))
    },
    cancel() {
      asked.isCancelled = true
    },
  })
  return { stream, asked }
}

describe('T-49 the body', () => {
  test('T-49 is taken as it came, whatever its chunks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 10 }), async (parts) => {
        const stream = new ReadableStream<Uint8Array>({
          start(controller) {
            for (const part of parts) controller.enqueue(part)
            controller.close()
          },
        })
        expect(Buffer.from(await readBody(post(stream))).equals(Buffer.concat(parts))).toBe(true)
      }),
    )
  })

  test('T-49 may have 64 KiB and not a byte more, counted while it streams', async () => {
    expect((await readBody(post(streamed(kilobyte, 64).stream))).byteLength).toBe(64 * kilobyte)
    await expect(readBody(post(new Uint8Array(64 * kilobyte + 1)))).rejects.toMatchObject({ code: 'request_invalid' })
    await expect(readBody(post(streamed(kilobyte, 65).stream))).rejects.toMatchObject({ code: 'request_invalid' })
  })

  test('T-49 without end is let go of as soon as it is too large, whatever it announced', async () => {
    for (const headers of [{}, { 'content-length': '10' }] as Record<string, string>[]) {
      const { stream, asked } = streamed(kilobyte)
      await expect(readBody(post(stream, headers))).rejects.toMatchObject({ code: 'request_invalid' })
      expect(asked.chunks).toBeLessThan(70)
      await vi.waitFor(() => expect(asked.isCancelled).toBe(true))
    }
  })

  test('T-49 that trickles is let go of after ten seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let isCancelled = false
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new Uint8Array(1)),
        cancel: () => {
          isCancelled = true
        },
      })
      const read = expect(readBody(post(stream))).rejects.toMatchObject({ code: 'request_invalid' })
      await vi.advanceTimersByTimeAsync(9_999)
      expect(isCancelled).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      await read
      expect(isCancelled).toBe(true)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  test('T-49 that breaks off is refused', async () => {
    const broken = gate<never>()
    const stream = new ReadableStream<Uint8Array>({ pull: () => broken.opened })
    const read = expect(readBody(post(stream))).rejects.toMatchObject({ code: 'request_invalid' })
    broken.fail(new Error('ECONNRESET'))
    await read
  })

  test.each(['gzip', 'br', 'deflate', 'identity, gzip', 'x-unknown'])(
    'T-49 compressed by %s is not unfolded: 415',
    async (encoding) => {
      const seen: unknown[] = []
      const shop = createShop({
        providers: [pretend({ verify: () => Promise.reject(seen.push(1)), notifiesBy: ['GET', 'POST'] })],
      })
      const answer = await shop.checkout.fetch(post('x', { 'content-encoding': encoding, 'x-signature': 'right' }))
      expect([answer.status, seen]).toEqual([415, []])
      expect((await shop.post('checkouts', '{}', { 'content-encoding': encoding })).status).toBe(415)
    },
  )

  test('T-49 that says it is not compressed is taken', async () => {
    const shop = createShop()
    for (const encoding of ['identity', 'Identity'])
      expect((await shop.checkout.fetch(post('[]', { 'content-encoding': encoding, 'x-signature': 'right' }))).status).toBe(200)
  })

  test('T-17 that somebody has read before is the mistake of the shop, which is told how to mend it', async () => {
    const read = post('[]', { 'x-signature': 'right' })
    await read.text()
    const held = post('[]', { 'x-signature': 'right' })
    held.body?.getReader()
    for (const request of [read, held]) {
      const shop = createShop()
      const answer = await shop.checkout.fetch(request)
      expect([answer.status, await answer.text()]).toEqual([503, 'store_unavailable'])
      expect(shop.lines.join()).toContain('before any body parser')
    }
    const shop = createShop()
    const json = new Request(`${base}/checkouts`, {
      ...{ method: 'POST', body: '{}', headers: { origin, 'content-type': 'application/json' } },
    })
    await json.text()
    expect((await shop.checkout.fetch(json)).status).toBe(500)
    expect(shop.lines.join()).toContain('before any body parser')
  })
})

describe('T-49 the address', () => {
  const address = (query: string) => `${base}/methods?${query}`
  const many = (count: number) => Array.from({ length: count }, (_, at) => `a${at}=1`).join('&')

  test.each([
    ['nothing', ''],
    ['64 parameters', many(64)],
    ['a value of 1 KiB', `a=${'x'.repeat(1024)}`],
  ])('T-49 may have %s', (_, query) => expect(() => checkQuery(address(query))).not.toThrow())

  test.each([
    ['65 parameters', many(65)],
    ['65 empty parameters', '&'.repeat(64)],
    ['a long value', `a=${'x'.repeat(1200)}`],
    ['a long value at the end', `a=1&b=${'x'.repeat(1200)}`],
    ['a long name', `${'x'.repeat(1200)}=1`],
  ])('T-49 may not have %s', async (_, query) => {
    expect(() => checkQuery(address(query))).toThrow(expect.objectContaining({ code: 'request_invalid' }))
    const shop = createShop()
    for (const room of ['methods', 'notify/pretend', 'return/x', 'checkouts/x'])
      expect((await shop.get(`${room}?${query}`)).status, room).toBe(400)
  })

  test('T-49 may have 8 KiB', async () => {
    const shop = createShop()
    const long = (length: number) => `nowhere/${'x'.repeat(length - base.length - '/nowhere/'.length)}`
    expect((await shop.get(long(8 * kilobyte))).status).toBe(404)
    expect((await shop.get(long(8 * kilobyte + 1))).status).toBe(414)
  })

  test('T-49 is counted as it is written', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 30 }), { maxLength: 100 }), (values) => {
        const query = values.map((value) => `v=${encodeURIComponent(value)}`).join('&')
        const isAllowed = values.length <= 64
        if (isAllowed) expect(() => checkQuery(address(query))).not.toThrow()
        else expect(() => checkQuery(address(query))).toThrow()
      }),
    )
  })
})

describe('JSON', () => {
  const json = (body: BodyInit, type = 'application/json') => readJson(post(body, { 'content-type': type }))

  test('is read as it says it is', async () => {
    expect(await json('{"a":1}')).toEqual({ a: 1 })
    expect(await json('{"a":1}', 'application/json; charset=utf-8')).toEqual({ a: 1 })
    expect(await json('{"a":1}', 'Application/JSON')).toEqual({ a: 1 })
  })

  test('T-52 of any bytes is data or refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array(),
          fc.string().map((text) => new TextEncoder().encode(text)),
        ),
        async (bytes) => {
          await json(bytes).catch((error) => expect(error).toMatchObject({ code: 'request_invalid' }))
        },
      ),
    )
  })
})
