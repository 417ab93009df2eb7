import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { CheckoutError } from '../../src/protocol/checkout-error.js'
import { callProvider } from '../../src/providers/request.js'

// Against a real server: what a pretend fetch would not show is just what matters here (redirects, endless bodies, silence).

const kib = 1024
const answers: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  '/list': (_, response) => response.end('[]'),
  '/echo': async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    response.end(JSON.stringify({ method: request.method, key: request.headers['x-key'], body }))
  },
  '/broken': (_, response) => response.writeHead(500).end('<h1>oops</h1>'),
  '/away': (_, response) => response.writeHead(302, { location: '/secret' }).end('moved'),
  '/kept': (_, response) => response.writeHead(307, { location: 'http://169.254.169.254/latest' }).end(),
  '/bent': (_, response) => response.end(Buffer.from([0x61, 0xff])),
  '/largest': (_, response) => response.end('x'.repeat(256 * kib)),
  '/larger': (_, response) => response.end('x'.repeat(256 * kib + 1)),
  '/endless': (_, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(64 * kib)));
      response.once('drain', more)
    }
    more()
  },
  '/silent': () => {},
  '/stuck': (_, response) => response.write('['),
  '/cut': (_, response) => {
    response.writeHead(200, { 'content-length': 10 }).write('[')
    setTimeout(() => response.destroy(), 20)
  },
}

let server: Server
let base: string
let seen: string[]

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(`${request.url}`)
    const answer = answers[new URL(`${request.url}`, 'http://localhost').pathname]
    if (answer) answer(request, response)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  seen = []
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
afterEach(() => {
  seen = []
  vi.restoreAllMocks()
})

const call = (path: string, more: Partial<Parameters<typeof callProvider>[0]> = {}) => {
  const url = new URL(path, base)
  return callProvider({ url, hosts: [url.host], ...more })
}
const refusal = async (promise: Promise<unknown>): Promise<CheckoutError> => {
  const error = await promise.then(
    () => 'it was answered',
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(CheckoutError)
  return error as CheckoutError
}
/** Ten seconds pass in fifty milliseconds. */
const hurry = () => {
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  return vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => timeout(milliseconds / 200))
}

describe('callProvider', () => {
  test('answers status and text, whatever the status', async () => {
    expect(await call('/list')).toEqual({ status: 200, text: '[]' })
    expect(await call('/broken')).toEqual({ status: 500, text: '<h1>oops</h1>' })
    expect(await call('/nowhere')).toEqual({ status: 404, text: '' })
    expect(await call('/bent')).toEqual({ status: 200, text: 'a\uFFFD' })
  })

  test('sends method, headers and body', async () => {
    const { text } = await call('/echo', { method: 'POST', headers: { 'x-key': 'k' }, body: 'a=1' })
    expect(JSON.parse(text)).toEqual({ method: 'POST', key: 'k', body: 'a=1' })
  })

  test.each(['/away', '/kept'])('T-28 follows no redirect: %s', async (path) => {
    const error = await refusal(call(path))
    expect(error.code).toBe('provider_unreachable')
    expect(error.message).toContain('redirect')
    expect(seen).toEqual([path])
  })

  test('T-28 reads what stands in a redirect where it is asked to, and follows it as little', async () => {
    expect(await call('/away', { readsRedirect: true })).toEqual({ status: 302, text: 'moved' })
    expect(await call('/kept', { readsRedirect: true })).toEqual({ status: 307, text: '' })
    expect(seen).toEqual(['/away', '/kept'])
    const hidden = Object.defineProperty(new Response(null), 'type', { value: 'opaqueredirect' })
    const asked = call('/list', { readsRedirect: true, fetch: async () => hidden })
    expect((await refusal(asked)).message).toContain('redirect')
  })

  test('T-28 follows no redirect that a runtime hides either', async () => {
    const hidden = Object.defineProperty(new Response(null), 'type', { value: 'opaqueredirect' })
    expect((await refusal(call('/list', { fetch: async () => hidden }))).message).toContain('redirect')
  })

  test('T-28 reads 256 KiB and no more', async () => {
    expect((await call('/largest')).text.length).toBe(256 * kib)
    for (const path of ['/larger', '/endless']) {
      const error = await refusal(call(path))
      expect(error.code).toBe('provider_unreachable')
      expect(error.message).toContain('larger than 262144 bytes')
    }
  })

  test.each(['/silent', '/stuck'])('T-28 waits ten seconds for the whole answer: %s', async (path) => {
    const timeout = hurry()
    const error = await refusal(call(path))
    expect(error.code).toBe('provider_unreachable')
    expect(error.message).toContain('no answer within 10 seconds')
    expect(timeout).toHaveBeenCalledWith(10_000)
  })

  test('T-28 a half answer is none', async () => {
    expect((await refusal(call('/cut'))).code).toBe('provider_unreachable')
  })

  test.each([
    ['another host', 'https://evil.example/list', ['api.example']],
    ['a subdomain', 'https://a.api.example/list', ['api.example']],
    ['a longer name', 'https://api.example.evil.example/', ['api.example']],
    ['another port', 'https://api.example:8443/list', ['api.example']],
    ['no hosts', 'https://api.example/list', []],
    ['plain http', 'http://api.example/list', ['api.example']],
    ['a user name', 'https://user:word@api.example/list', ['api.example']],
    ['a private address by http', 'http://169.254.169.254/latest', ['169.254.169.254']],
    ['a file', 'file:///etc/passwd', ['']],
    ['data', 'data:text/plain,a', ['']],
  ])('T-28 asks nothing of %s', async (_, url, hosts) => {
    const asked = vi.fn<typeof fetch>()
    expect((await refusal(callProvider({ url: new URL(url), hosts, fetch: asked }))).code).toBe('config_invalid')
    expect(asked).not.toHaveBeenCalled()
  })

  test('T-54 names the host and the code, never address, header or body', async () => {
    const closed = createServer()
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
    const { port } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    const url = new URL(`http://127.0.0.1:${port}/pay?email=jane@x.example`)
    const error = await refusal(
      callProvider({ url, hosts: [url.host], headers: { 'x-key': 'canary' }, method: 'POST', body: 'jane' }),
    )
    expect(error.message).toBe(`127.0.0.1:${port} could not be asked: ECONNREFUSED`)
    expect(inspect(error, { depth: 9 })).not.toMatch(/jane|canary/)

    const foreign = async () => Promise.reject(new TypeError(`cannot fetch ${url.href}`))
    expect((await refusal(callProvider({ url, hosts: [url.host], fetch: foreign }))).message).toMatch(/asked: TypeError$/)
    const odd = async () => Promise.reject('no error at all')
    expect((await refusal(callProvider({ url, hosts: [url.host], fetch: odd }))).message).toMatch(/asked: unknown reason$/)
  })
})
