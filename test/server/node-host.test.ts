import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { listener, type NodeOptions, type Served, serve } from '../../src/hosts/node.js'
import type { Notification } from '../../src/providers/adapter.js'
import { memory } from '../../src/stores/memory.js'
import { sqlite } from '../../src/stores/sqlite.js'
import { paid, pretend } from './pretend-provider.js'
import { createShop, gate, origin } from './shop.js'

// Over real connections: what a Request made by hand cannot show.

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A shop whose provider notes what it was given, behind Node's http. */
async function mounted(options?: NodeOptions) {
  const seen: Notification[] = []
  const verify = async (notification: Notification) => {
    seen.push(notification)
    return []
  }
  const shop = createShop({ providers: [pretend({ verify, notifiesBy: ['GET', 'POST'] })] })
  const port = await listen(createServer(listener(shop.checkout, options)))
  return { shop, seen, port }
}

interface Sent {
  readonly method?: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: Uint8Array | string
}

function send(
  port: number,
  path: string,
  { method = 'POST', headers = {}, body }: Sent = {},
): Promise<{ status: number; text: string; message: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    const sending = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, (message) => {
      const chunks: Buffer[] = []
      message.on('data', (chunk) => chunks.push(chunk))
      message.on('end', () => resolve({ status: message.statusCode ?? 0, text: Buffer.concat(chunks).toString(), message }))
    })
    sending.on('error', reject)
    sending.end(body)
  })
}

const notify = '/checkout/notify/pretend'

describe('what arrives', () => {
  test('T-17 the body, byte for byte, and the query as it was written', async () => {
    const { seen, port } = await mounted()
    const body = Buffer.from(Array.from({ length: 1024 }, (_, at) => at % 256))
    const answer = await send(port, `${notify}?b=%2B+%7E&a=1&a=2&%61=x`, { body })
    expect([answer.status, answer.text]).toEqual([200, 'OK'])
    expect(Buffer.from(seen[0]?.body as Uint8Array).equals(body)).toBe(true)
    expect(seen[0]?.url.search).toBe('?b=%2B+%7E&a=1&a=2&%61=x')
    await send(port, `${notify}?x=1`, { method: 'GET' })
    expect(seen[1]).toMatchObject({ method: 'GET' })
  })

  test('T-49 a body without a length is counted while it streams', async () => {
    const { seen, port } = await mounted()
    const small = await send(port, notify, { headers: { 'transfer-encoding': 'chunked' }, body: 'x'.repeat(64 * 1024) })
    expect([small.status, seen[0]?.body.byteLength]).toEqual([200, 64 * 1024])
    const large = await send(port, notify, { headers: { 'transfer-encoding': 'chunked' }, body: 'x'.repeat(64 * 1024 + 1) })
    expect([large.status, seen.length]).toEqual([400, 1])
  })

  test('the address of the connection, whatever the sender claims', async () => {
    const { seen, port } = await mounted()
    await send(port, notify, {
      headers: { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.1', 'x-real-ip': '192.0.2.1' },
    })
    expect(seen[0]?.address).toMatch(/^(::ffff:)?127\.0\.0\.1$/)
  })

  test.each([
    [1, '198.51.100.1, 192.0.2.7', '192.0.2.7'],
    [2, '198.51.100.1, 192.0.2.7, 10.0.0.1', '192.0.2.7'],
    [2, ' 198.51.100.1 ,192.0.2.7 ,10.0.0.1 ', '192.0.2.7'],
    [1, ['198.51.100.1', '192.0.2.7'], '192.0.2.7'],
    [1, '2001:db8::1', '2001:db8::1'],
    [3, '192.0.2.7, 10.0.0.1', undefined],
    [1, '', undefined],
    [1, ' ', undefined],
    [2, ', 10.0.0.1', undefined],
    [1, undefined, undefined],
  ])('T-03 with %i trusted hops and %j it is %j: counted from the right', async (trustedHops, forwarded, address) => {
    const { seen, port } = await mounted({ trustedHops })
    await send(port, notify, { headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } })
    expect(seen[0]?.address).toBe(address)
    if (address === undefined) expect(seen[0]).not.toHaveProperty('address')
  })

  test.each([
    [
      'all of it',
      async (message: IncomingMessage) => {
        for await (const _ of message);
      },
    ],
    ['a part of it', (message: IncomingMessage) => new Promise<void>((resolve) => message.once('data', () => resolve()))],
  ])('T-17 a body of which a parser in front of us read %s: the shop is told its mistake', async (_, eat) => {
    const shop = createShop()
    const mine = listener(shop.checkout)
    const port = await listen(
      createServer(async (message, response) => {
        if (message.method === 'POST') await eat(message)
        mine(message, response)
      }),
    )
    const answer = await send(port, notify, { headers: { 'x-signature': 'right' }, body: JSON.stringify([]) })
    expect([answer.status, answer.text]).toEqual([503, 'store_unavailable'])
    expect(shop.lines.join()).toContain('before any body parser')
    const headers = { origin, 'content-type': 'application/json' }
    const opening = await send(port, '/checkout/checkouts', { headers, body: '{}' })
    expect([opening.status, JSON.parse(opening.text).error]).toEqual([500, 'config_invalid'])
    // What has no body is not concerned.
    expect((await send(port, '/checkout/methods?order=a', { method: 'GET' })).status).toBe(200)
  })

  test('T-52 what is no HTTP, or no address, is refused and the next one served', async () => {
    const { shop, port } = await mounted()
    const raw = (text: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(text))
        let heard = ''
        socket.on('data', (chunk) => {
          heard += chunk
          socket.end()
        })
        socket.on('error', () => resolve(heard))
        socket.on('close', () => resolve(heard))
      })
    const close = 'Connection: close\r\n\r\n'
    for (const text of [
      `GET /checkout/methods HTTP/1.1\r\nHost: a b\r\n${close}`,
      `GET /checkout/\\evil HTTP/1.1\r\nHost: x\r\n${close}`,
      `GET * HTTP/1.1\r\nHost: x\r\n${close}`,
      `OPTIONS * HTTP/1.1\r\nHost: x\r\n${close}`,
      `GET /%zz HTTP/1.1\r\nHost: x\r\n${close}`,
      'nonsense\r\n\r\n',
    ])
      expect(await raw(text)).not.toMatch(/^HTTP\/1\.1 (2|5)/)
    expect((await send(port, '/checkout/methods?order=a', { method: 'GET' })).status).toBe(200)
    expect(shop.lines).toEqual([])
  })

  test('a sender who goes away in the middle harms nobody', async () => {
    const { seen, port } = await mounted()
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(`POST ${notify} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf`, () => socket.destroy())
      })
      socket.on('close', () => resolve())
    })
    expect((await send(port, notify, { body: 'whole' })).status).toBe(200)
    expect(seen.map(({ body }) => Buffer.from(body).toString())).toEqual(['whole'])
  })
})

describe('a server of its own', () => {
  async function served(change: Parameters<typeof createShop>[0] = {}) {
    const shop = createShop(change)
    const server: Served = await serve(shop.checkout, { port: 0, host: '127.0.0.1' })
    closing.push(() => server.close())
    return { shop, server }
  }

  test('delivers by itself what a dead process left behind', async () => {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const store = memory({ now: () => new Date(clock.at) })
    const dead = createShop({ store, fulfil: () => new Promise(() => {}) })
    await dead.notify(paid(await dead.open()))
    clock.at += 60_000
    const { shop } = await served({ store })
    await vi.waitFor(() => expect(shop.done).toEqual(['fulfil tx1']))
  })

  test('does not listen before the store is open', async () => {
    const shop = createShop({ store: { ...memory(), ready: () => Promise.reject(new Error('no such folder')) } })
    await expect(serve(shop.checkout, { port: 0 })).rejects.toThrow('no such folder')
  })

  test('says when its port is taken', async () => {
    const { server } = await served()
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`)
    const close = vi.fn(async () => {})
    const second = createShop({ store: { ...memory(), close } })
    await expect(serve(second.checkout, { port: server.port, host: '127.0.0.1' })).rejects.toMatchObject({
      ...{ name: 'CheckoutError', code: 'config_invalid' },
      message: `port ${server.port} is in use: end what listens there, or give \`serve\` another \`port\``,
    })
    expect(close).toHaveBeenCalledOnce()
  })

  test('says where it listens on this machine', async () => {
    const server = await serve(createShop().checkout, { port: 0 })
    closing.push(() => server.close())
    expect(server.url).toBe(`http://localhost:${server.port}`)
    expect((await fetch(`${server.url}/checkout/methods?order=a`)).status).toBe(200)
  })

  test('ends in order: answers what came, lets hooks end, closes the store, and takes nothing more', async () => {
    const [verified, mayVerify, hook, hooked] = [gate(), gate(), gate(), gate()]
    const provider = pretend()
    const { shop, server } = await served({
      providers: [
        pretend({
          verify: async (...given) => {
            verified.open()
            await mayVerify.opened
            return provider.verify(...given)
          },
        }),
      ],
      fulfil: async () => {
        hooked.open()
        await hook.opened
      },
    })
    const id = await shop.open()
    const answer = send(server.port, notify, { headers: { 'x-signature': 'right' }, body: JSON.stringify([paid(id)]) })
    await verified.opened
    let isClosed = false
    const ended = server.close().then(() => {
      isClosed = true
    })
    mayVerify.open()
    expect((await answer).text).toBe('OK')
    await hooked.opened
    expect(isClosed).toBe(false)
    expect((await shop.checkout.ledger.payments())[0]).toMatchObject({ delivery: 'started' })
    hook.open()
    await ended
    await expect(shop.store.checkout(id)).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(send(server.port, notify)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await server.close()
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('ends in order on %s, and listens for it no longer', async (signal) => {
    const before = process.listenerCount(signal)
    const { shop } = await served()
    const other = await served()
    expect(process.listenerCount(signal)).toBe(before + 2)
    await other.server.close()
    expect(process.listenerCount(signal)).toBe(before + 1)
    const stop = process.listeners(signal).at(-1) as () => Promise<void>
    await stop()
    await expect(shop.store.checkout('x')).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(process.listenerCount(signal)).toBe(before)
  })
})

test('T-31 two hundred copies of one notification over eight connections: one fulfilment, the same answer', async () => {
  const shop = createShop({ store: sqlite(':memory:') })
  const port = await listen(createServer(listener(shop.checkout)))
  const body = JSON.stringify([paid(await shop.open())])
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  closing.push(() => agent.destroy())
  const copy = () =>
    new Promise<string>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: notify, method: 'POST', headers: { 'x-signature': 'right' }, agent }
      const sending = httpRequest(options, (message) => {
        let text = ''
        message.setEncoding('utf8').on('data', (chunk) => {
          text += chunk
        })
        message.on('end', () => resolve(`${message.statusCode} ${text}`))
      })
      sending.on('error', reject).end(body)
    })
  const answers = await Promise.all(Array.from({ length: 200 }, copy))
  await shop.settled()
  expect([new Set(answers), shop.done]).toEqual([new Set(['200 OK']), ['fulfil tx1']])
})
