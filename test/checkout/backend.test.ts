import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { backendAt } from '../../src/checkout/backend.js'

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
  expect(vi.getTimerCount()).toBe(0)
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

test('nothing of an answered question stays behind', async () => {
  const answer = backendAt(server).status('id', 'gold', new AbortController().signal)
  calls[0]?.answer({ state: 'pending', delivered: false })
  expect(await answer).toEqual({ state: 'pending', delivered: false })
  expect(vi.getTimerCount()).toBe(0)
})

test('no answer names the likely mistake', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
  await expect(backendAt(server).methods({ order: 'gold' }, new AbortController().signal)).rejects.toMatchObject({
    code: 'backend_unreachable',
    message: `No answer from ${server}/methods?order=gold. Is this page in its \`pages\`?`,
  })
})
