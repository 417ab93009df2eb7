import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { backendAt } from '../../src/checkout/backend.js'

const { any } = AbortSignal
const server = 'https://shop.example/checkout'
const request = {
  order: 'gold',
  attempt: crypto.randomUUID(),
  method: 'a:b',
  surface: 'popup',
  page: 'https://shop.example/',
} as const

/** Every call, until it is aborted or answered. */
let calls: { readonly url: string; readonly signal: AbortSignal; answer(body: unknown): void }[]

beforeEach(() => {
  vi.useFakeTimers()
  calls = []
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((time) => {
    const ender = new AbortController() // the browser's own clock cannot be held
    setTimeout(() => ender.abort(), time)
    return ender.signal
  })
  vi.stubGlobal(
    'fetch',
    (url: string, { signal }: { signal: AbortSignal }) =>
      new Promise<Response>((resolve, reject) => {
        const abort = () => reject(signal.reason)
        if (signal.aborted) return abort()
        signal.addEventListener('abort', abort)
        calls.push({ url, signal, answer: (body) => resolve(Response.json(body)) })
      }),
  )
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const codeOf = (answer: Promise<unknown>) =>
  answer.then(
    () => 'answered',
    ({ code }) => code as string,
  )

test('T-81 a question without an answer is given up before the buyer is', async () => {
  const code = codeOf(backendAt(server).status('id', 'gold', new AbortController().signal))
  await vi.advanceTimersByTimeAsync(8_900)
  expect(calls[0]?.signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(200)
  expect(await code).toBe('backend_unreachable')
})

test('T-25 opening outlasts a slow provider, and is asked again under the same attempt', async () => {
  const code = codeOf(backendAt(server).open(request, new AbortController().signal))
  await vi.advanceTimersByTimeAsync(19_900)
  expect(calls).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1_200)
  expect(calls).toHaveLength(2)
  calls[1]?.answer({ id: 'a', url: 'https://pay.example/' })
  expect(await code).toBe('answered')
})

test('what is not wanted any more is neither waited for nor asked again', async () => {
  const ender = new AbortController()
  const code = codeOf(backendAt(server).open(request, ender.signal))
  await vi.advanceTimersByTimeAsync(20_100) // in the pause after the first time
  ender.abort()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await code).toBe('backend_unreachable')
  expect(calls).toHaveLength(1)
})

test('T-78 a browser that cannot combine signals waits, and can be stopped', async () => {
  Object.assign(AbortSignal, { any: undefined })
  try {
    const ender = new AbortController()
    const backend = backendAt(server)
    const answer = backend.status('id', 'gold', ender.signal)
    calls[0]?.answer({ state: 'pending', delivered: false })
    expect(await answer).toEqual({ state: 'pending', delivered: false })
    const code = codeOf(backend.status('id', 'gold', ender.signal))
    ender.abort()
    expect(await code).toBe('backend_unreachable')
  } finally {
    Object.assign(AbortSignal, { any })
  }
})

test('an answer that does not fit is none', async () => {
  const code = codeOf(backendAt(server).status('id', 'gold', new AbortController().signal))
  calls[0]?.answer({ state: 'rich', delivered: false })
  expect(await code).toBe('backend_unreachable')
})

test('no answer names the likely mistake', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
  await expect(backendAt(server).methods({ order: 'gold' }, new AbortController().signal)).rejects.toMatchObject({
    code: 'backend_unreachable',
    message: `No answer from ${server}/methods?order=gold: is this page in its \`pages\`?`,
  })
})

test.each([200, 404])(
  'a page in place of an answer (%i), as a development server gives it, is named as what it is',
  async (status) => {
    const page = () => new Response('<!doctype html><title>Shop</title>', { status, headers: { 'content-type': 'text/html' } })
    vi.stubGlobal('fetch', () => Promise.resolve(page()))
    await expect(backendAt(server).methods({ order: 'gold' }, new AbortController().signal)).rejects.toMatchObject({
      code: 'backend_unreachable',
      message: `${server} is answered with a page: is it passed on to your checkout server?`,
    })
  },
)
