import { describe, expect, test } from 'vitest'
import { causeOf } from '../../src/server/cause.js'
import { paid } from './pretend-provider.js'
import { createShop } from './shop.js'

const here = /cause\.test\.ts:\d+:\d+$/

/** As a hook of a shop throws it. */
function thrown(message: string, more: object = {}): Error {
  return Object.assign(new TypeError(message), more)
}

describe('what is logged of a foreign error', () => {
  test('T-54 leads to the line that threw, without a word of its message', () => {
    const { cause, at } = causeOf(thrown('canary@example.com is not iterable'))
    expect(cause).toBe('TypeError')
    expect(at?.[0]).toMatch(here)
    expect(at?.length).toBeLessThanOrEqual(5)
    expect(at?.join()).not.toContain('canary')
  })

  test.each([
    'two lines\n    at canary (/canary.ts:1:1)',
    'canary\n    at /canary.ts:1:1\n    at file:///canary.ts:2:2',
    '\n    at node:canary:1:1',
  ])('T-54 a message that looks like a stack is none: %j', (message) => {
    const said = causeOf(thrown(message))
    expect(said.at?.[0]).toMatch(here)
    expect(JSON.stringify(said)).not.toContain('canary')
  })

  test('T-54 a message that was changed later hides every place: nobody knows where the first one ended', () => {
    for (const message of ['something else', '', 'can']) {
      const error = thrown('canary\n    at /canary.ts:1:1')
      expect(error.stack).toContain('canary') // made at the first look in some runtimes
      error.message = message
      expect(causeOf(error), message).toEqual({ cause: 'TypeError' })
    }
  })

  test('tells a code, its own or that of what caused it, where it is a plain word', () => {
    expect(causeOf(thrown('x', { code: 'SQLITE_BUSY' }))).toMatchObject({ causeCode: 'SQLITE_BUSY' })
    expect(causeOf(thrown('fetch failed', { cause: thrown('x', { code: 'ECONNREFUSED' }) }))).toMatchObject({
      causeCode: 'ECONNREFUSED',
    })
    for (const code of ['of canary@example.com', 7, { toString: () => 'CANARY' }])
      expect(causeOf(thrown('x', { code }))).not.toHaveProperty('causeCode')
    const circle = thrown('x')
    circle.cause = circle
    expect(causeOf(circle)).not.toHaveProperty('causeCode')
  })

  test.each([
    [undefined, {}],
    ['canary', { cause: 'string' }],
    [null, { cause: 'object' }],
    [Object.assign(new Error('x'), { stack: undefined }), { cause: 'Error' }],
  ])('of %s it is %j', (error, expected) => expect(causeOf(error)).toEqual(expected))
})

describe('a hook that prices wrongly is told apart', () => {
  const linesOf = async (price: unknown) => {
    const shop = createShop({ price: price as never })
    const answer = await shop.get('methods?order=a')
    expect([answer.status, await answer.json()]).toEqual([500, { error: 'order_invalid', message: expect.any(String) }])
    expect(shop.lines).toHaveLength(1)
    return shop.lines[0]
  }

  test('T-54 one that throws, with where', async () => {
    const line = await linesOf(() => {
      throw thrown('canary@example.com')
    })
    expect(line).toContain('the price hook failed')
    expect(line).toMatch(/"cause":"TypeError","at":\["[^"]*cause\.test\.ts:\d+:\d+"/)
    expect(line).not.toContain('canary')
  })

  test.each([undefined, null])('one that answers %s at once', async (answer) => {
    const line = await linesOf(() => answer)
    expect(line).toMatch(/answered nothing: is a `return` missing\?.*order_unknown/)
    expect(line).not.toMatch(/cause|seconds/)
  })

  test('one whose answer is no order: there is no cause to tell', async () => {
    expect(await linesOf(() => ({ title: 5 }))).toMatch(/^\{"code":"order_invalid"\} what the price hook answered/)
  })
})

test('T-54 a hook that gives the goods and throws is told with where, too', async () => {
  const shop = createShop({
    fulfil: () => {
      throw thrown('canary@example.com')
    },
  })
  await shop.notify(paid(await shop.open()))
  await shop.settled()
  expect(shop.lines.join('\n')).toMatch(/"cause":"TypeError","at":\["[^"]*cause\.test\.ts:\d+:\d+".* a delivery hook failed/)
  expect(shop.lines.join()).not.toContain('canary')
})
