import { describe, expect, test, vi } from 'vitest'
import type { Notification, OpenedCheckouts } from '../../src/providers/adapter.js'
import { CheckoutError, type CheckoutErrorCode } from '../../src/server/index.js'
import type { Store } from '../../src/server/store.js'
import { memory } from '../../src/stores/memory.js'
import { paid, pretend } from './pretend-provider.js'
import { base, createShop } from './shop.js'

const answerOf = async (response: Response) => [response.status, await response.text()]
const refusing = (error: unknown) => pretend({ verify: () => Promise.reject(error) })

/** Counts what is asked of the store. */
function counting(inner: Store = memory()) {
  const calls: string[] = []
  const store = new Proxy(inner, {
    get(target, name: keyof Store) {
      const method = target[name] as (...given: unknown[]) => unknown
      return (...given: unknown[]) => {
        calls.push(name)
        return method.apply(target, given)
      }
    },
  })
  return { store, calls }
}

describe('the answer', () => {
  test('T-02 what was taken and yet is to be mended is told in the log, once in a while', async () => {
    const shop = createShop()
    const id = await shop.open()
    for (const at of [1, 2, 3])
      expect((await shop.notify(paid(id, { key: `tx1:${at}`, warning: 'it names colour' }))).status).toBe(200)
    expect(shop.lines.filter((line) => line.includes('a notification was taken: it names colour'))).toHaveLength(1)
  })

  test('is exactly what tells the provider to stop, as plain text, and not to be kept', async () => {
    const shop = createShop()
    const answer = await shop.notify(paid(await shop.open()))
    expect(await answerOf(answer.clone())).toEqual([200, 'OK'])
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('is empty for a provider that expects none', async () => {
    const { acknowledgement: _, ...silent } = pretend()
    const shop = createShop({ providers: [silent] })
    expect(await answerOf(await shop.notify(paid(await shop.open())))).toEqual([200, ''])
  })

  test.each([
    ['signature_missing', 401],
    ['signature_invalid', 401],
    ['notification_expired', 401],
    ['request_invalid', 400],
    ['checkout_unknown', 404],
  ] as [CheckoutErrorCode, number][])(
    'to %s is %i and the code alone; nothing is written or asked of the store',
    async (code, status) => {
      const { store, calls } = counting()
      const shop = createShop({ store, providers: [refusing(new CheckoutError(code, 'the key is 1234'))] })
      expect(await answerOf(await shop.notify())).toEqual([status, code])
      expect(calls).toEqual([])
      expect(shop.done).toEqual([])
    },
  )

  test.each([
    ['an exception', new TypeError('undefined is not a function')],
    ['nothing', undefined],
    ['a fault of ours', new CheckoutError('config_invalid', 'no source address')],
    ['a provider that could not be asked', new CheckoutError('provider_unreachable', 'away')],
  ])('to %s while verifying is 503 and never OK: it may be right the next time (I-4)', async (_, error) => {
    const shop = createShop({ providers: [refusing(error)] })
    const answer = await shop.notify()
    expect(answer.headers.get('retry-after')).toBe('30')
    expect(await answerOf(answer)).toEqual([503, 'store_unavailable'])
  })

  test('T-40 with the store away is 503 and never OK, and the repeat is taken when it is back', async () => {
    const inner = memory()
    let isAway = false
    const transaction: Store['transaction'] = (work) =>
      isAway ? Promise.reject(new Error('SQLITE_IOERR')) : inner.transaction(work)
    const shop = createShop({ store: { ...inner, transaction } })
    const id = await shop.open()
    isAway = true
    for (let repeats = 0; repeats < 3; repeats++) {
      const answer = await shop.notify(paid(id))
      expect(answer.headers.get('retry-after')).toBe('30')
      expect(await answerOf(answer)).toEqual([503, 'store_unavailable'])
    }
    isAway = false
    expect(await answerOf(await shop.notify(paid(id)))).toEqual([200, 'OK'])
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
  })

  test('T-41 when the outcome of the commit is unknown is 503; the repeat finds what was stored', async () => {
    const clock = { at: Date.UTC(2026, 0, 1) }
    const inner = memory({ now: () => new Date(clock.at) })
    let isCut = false
    const transaction: Store['transaction'] = async (work) => {
      const value = await inner.transaction(work)
      if (isCut) throw new CheckoutError('store_unavailable', 'the connection was lost during COMMIT')
      return value
    }
    const shop = createShop({ store: { ...inner, transaction } })
    const id = await shop.open()
    isCut = true
    expect((await shop.notify(paid(id))).status).toBe(503)
    isCut = false
    expect(await answerOf(await shop.notify(paid(id)))).toEqual([200, 'OK'])
    // The lease went with the answer that was lost: it has to run out.
    clock.at += 60_000
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
  })

  test('is the same whether the answer of the first reached the provider or not', async () => {
    const shop = createShop()
    const id = await shop.open()
    const answers = [await shop.notify(paid(id)), await shop.notify(paid(id))]
    const [one, other] = await Promise.all(answers.map(async (each) => [each.status, [...each.headers], await each.text()]))
    expect(other).toEqual(one)
  })
})

test('T-02 a parameter that an adapter names without the key of its pingback leaves no row: nobody could tell its repeat', async () => {
  const shop = createShop({ providers: [refusing(new CheckoutError('parameter_unknown', 'not listed'))] })
  expect(await answerOf(await shop.notify())).toEqual([400, 'parameter_unknown'])
  expect(await shop.checkout.ledger.events()).toEqual([])
  await shop.settled()
  expect(shop.notices).toEqual([])
})

describe('T-50 strangers', () => {
  test('T-50 cause no write, no read and no line each', async () => {
    const { store, calls } = counting()
    const shop = createShop({ store })
    for (let at = 0; at < 2_000; at++) {
      const headers: Record<string, string> = at % 2 ? { 'x-signature': `guess ${at}` } : {}
      expect((await shop.post('notify/pretend', [], headers)).status).toBe(401)
    }
    expect(calls).toEqual([])
    // One line for each kind of refusal.
    expect(shop.lines).toHaveLength(2)
  })

  test('T-50 are counted in the next line, ten seconds later', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      const shop = createShop()
      for (let at = 0; at < 50; at++) await shop.post('notify/pretend', [])
      vi.advanceTimersByTime(9_999)
      await shop.post('notify/pretend', [])
      expect(shop.lines).toHaveLength(1)
      vi.advanceTimersByTime(1)
      await shop.post('notify/pretend', [])
      expect(shop.lines).toHaveLength(2)
      expect(shop.lines[1]).toContain('"unsaid":50')
    } finally {
      vi.useRealTimers()
    }
  })

  test('T-50 cause a line of each kind at the other addresses, however many they are', async () => {
    const { store, calls } = counting()
    const shop = createShop({ store })
    for (let at = 0; at < 200; at++) {
      await shop.get(`nowhere/${at}`)
      await shop.get(`checkouts/guess-${at}`)
      await shop.get('methods')
      await shop.post('checkouts', 'not json', { origin: 'https://evil.example' })
      await shop.post('checkouts', 'not json')
      await shop.get(`notify/nobody-${at}`)
    }
    const codes = shop.lines.map((line) => /"code":"(\w+)"/.exec(line)?.[1])
    expect(codes.sort()).toEqual(['origin_refused', 'request_invalid'])
    expect(calls).toEqual([])
  })
})

describe('what the provider’s code is given', () => {
  function spying() {
    const seen: Notification[] = []
    const looks: OpenedCheckouts[] = []
    const provider = pretend({
      notifiesBy: ['GET', 'POST'],
      verify: async (notification, opened) => {
        seen.push(notification)
        looks.push(opened)
        return []
      },
    })
    return { provider, seen, looks }
  }

  test('T-17 is the bytes as they came, the whole address and the sender’s', async () => {
    const { provider, seen } = spying()
    const shop = createShop({ providers: [provider] })
    const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x20, 0xff, 0x00, 0x0d, 0x0a, 0x7d])
    const url = `${base}/notify/pretend?a=%2b+b&sig=%C3%BC`
    await shop.checkout.fetch(new Request(url, { method: 'POST', body: bytes }), { address: '192.0.2.1' })
    await shop.checkout.fetch(new Request(url))
    expect(Buffer.from(seen[0]?.body as Uint8Array).equals(Buffer.from(bytes))).toBe(true)
    expect(seen[0]).toMatchObject({ method: 'POST', address: '192.0.2.1' })
    expect(seen[0]?.url.search).toBe('?a=%2b+b&sig=%C3%BC')
    expect(seen[1]).toMatchObject({ method: 'GET', body: new Uint8Array() })
    expect(seen[1]).not.toHaveProperty('address')
  })

  test('T-20 are its own checkouts alone', async () => {
    const { provider, looks } = spying()
    const other = pretend({ name: 'other', open: () => ({ reference: 'session-1' }) })
    const shop = createShop({ providers: [provider, other] })
    const [mine, theirs] = [await shop.open(), await shop.open('order-2', undefined, { method: 'other:card' })]
    await shop.notify()
    const opened = looks[0] as OpenedCheckouts
    expect((await opened.byId(mine))?.id).toBe(mine)
    expect(await opened.byId(theirs)).toBeUndefined()
    expect(await opened.byReference('session-1')).toBeUndefined()
    expect(await opened.byId('nobody')).toBeUndefined()
  })

  test('T-51 comes by its own methods alone', async () => {
    const shop = createShop()
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answer = await shop.checkout.fetch(
        new Request(`${base}/notify/pretend`, { method, headers: { 'x-signature': 'right' } }),
      )
      expect([method, answer.status, answer.headers.get('allow')]).toEqual([method, 405, 'POST'])
      expect(await answer.text()).not.toContain('OK')
    }
  })

  test('is of a provider that is there', async () => {
    const shop = createShop()
    for (const name of ['nobody', 'pretend/', 'pretend/x', 'PRETEND', '', '__proto__', 'constructor'])
      expect((await shop.notifyBy(name, paid('x'))).status).toBe(404)
  })
})
