import { describe, expect, test } from 'vitest'
import { CheckoutError, type CheckoutErrorCode } from '../../src/protocol/checkout-error.js'
import { memory } from '../../src/stores/memory.js'
import { eventOf, pretend } from './pretend-provider.js'
import { createShop, origin, type Shop } from './shop.js'

const page = `${origin}/cart?a=1&b="><script>alert(1)</script>#here`
const policyOf = (answer: Response) => String(answer.headers.get('content-security-policy'))

/** As a form without script opens it; answers its id. */
async function openPlainly(shop: Shop): Promise<string> {
  const fields = { order: 'order-1', attempt: crypto.randomUUID(), method: 'pretend:card', page: `${origin}/cart` }
  return new URL(String((await shop.submit(fields)).headers.get('location'))).pathname.slice(1)
}

describe('the way back', () => {
  test('T-29 after a redirect leads to the page that was fixed at opening, with the id', async () => {
    const shop = createShop()
    const id = await shop.open('order-1', undefined, { surface: 'redirect', page: `${origin}/cart?a=1&checkout=old#here` })
    const answer = await shop.get(`return/${id}?checkout=evil&url=https://evil.example&status=success&page=//evil.example`)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${origin}/cart?a=1&checkout=${id}#here`])
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('after a redirect carries what the way back claims, and no claim of an address that was there before', async () => {
    const shop = createShop()
    const id = await shop.open('order-1', undefined, { surface: 'redirect', page: `${origin}/cart?checkout-claims=paid` })
    const location = async (query: string) => (await shop.get(`return/${id}${query}`)).headers.get('location')
    expect(await location('')).toBe(`${origin}/cart?checkout=${id}`)
    expect(await location('?failed')).toBe(`${origin}/cart?checkout=${id}&checkout-claims=failed`)
  })

  test.each(['iframe', 'popup'])('in an %s tells the page that opened it, and no other', async (surface) => {
    const shop = createShop()
    const id = await shop.open('order-1', undefined, { surface, page })
    const answer = await shop.get(`return/${id}`)
    const html = await answer.text()
    expect(answer.status).toBe(200)
    expect(html).toContain(`data-id="${id}"`)
    expect(html).toContain(`data-origin="${origin}"`)
    expect(html).not.toContain('<script>alert')
    expect(html, 'an address is a text here').toContain('cart?a=1&#38;b=')
    expect(html).not.toContain("postMessage(message, '*')")
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  })

  test('T-16 echoes nothing of the request', async () => {
    const shop = createShop()
    const id = await shop.open('order-1', undefined, { page })
    const canaries =
      'message=canary1&customer_name=%3Cscript%3Ecanary2&card=canary3&status=success&checkout=canary4&back=canary5'
    const answer = await shop.get(`return/${id}?${canaries}#canary6`, { referer: 'https://canary7.example', cookie: 'canary8' })
    expect(`${[...answer.headers].join('\n')}\n${await answer.text()}`).not.toMatch(/canary/)
    const unknown = await shop.get(`return/canary${'9'.repeat(16)}?${canaries}`)
    expect(`${[...unknown.headers].join('\n')}\n${await unknown.text()}`).not.toMatch(/canary/)
    expect(unknown.status).toBe(404)
  })

  test('T-16 runs its own script and no other, in the frames of listed pages alone', async () => {
    const shop = createShop({ pages: [origin, 'https://blog.example'] })
    const answer = await shop.get(`return/${await shop.open()}`)
    const policy = policyOf(answer)
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`frame-ancestors ${origin} https://blog.example`)
    expect(policy).toMatch(/script-src 'sha256-[^']+'(;|$)/)
    expect(policy).not.toMatch(/unsafe|\*|https:(?!\/\/)/)
    const html = await answer.text()
    const [, script] = /<script>([\s\S]*)<\/script>/.exec(html) as RegExpExecArray
    const hash = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(script))).toString('base64')
    expect(policy).toContain(`'sha256-${hash}'`)
    // The opener must be reachable: no opener policy of ours.
    expect(answer.headers.get('cross-origin-opener-policy')).toBeNull()
  })

  test('claims what the provider says without proof, and changes nothing (I-6)', async () => {
    const shop = createShop()
    const id = await shop.open()
    expect(await (await shop.get(`return/${id}?failed`)).text()).toContain('data-claims="failed"')
    expect(await (await shop.get(`return/${id}?status=success&paid=1`)).text()).not.toContain('claims=')
    expect(await shop.status(id)).toEqual({ state: 'pending', delivered: false })
    expect(await shop.checkout.ledger.events()).toEqual([])
  })

  test('T-30 of an id that is malformed or unknown is a page that says so, framed by nobody', async () => {
    const shop = createShop()
    const answers = await Promise.all(
      ['A'.repeat(22), 'x', '%00', "'", '__proto__'].map(async (id) => {
        const answer = await shop.get(`return/${id}`)
        expect(policyOf(answer)).toContain("frame-ancestors 'none'")
        return `${answer.status} ${await answer.text()}`
      }),
    )
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toMatch(/^404/)
  })

  test('T-40 with the store away says that it is being checked, and loads itself again', async () => {
    const shop = createShop({ store: { ...memory(), checkout: () => Promise.reject(new Error('canary')) } })
    const answer = await shop.get(`return/${'A'.repeat(22)}`)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    const html = await answer.text()
    expect(html).toContain('<meta http-equiv="refresh" content="5">')
    expect(html).not.toContain('canary')
    expect(html).not.toContain('OK')
  })

  describe('whose provider has to be asked, and does not answer', () => {
    function unanswered(code: CheckoutErrorCode = 'provider_unreachable') {
      const asked: string[] = []
      let isAway = true
      const shop = createShop({
        providers: [
          pretend({
            returnIsNotification: true,
            async verify({ url }) {
              asked.push(url.search)
              if (isAway) throw new CheckoutError(code, 'away')
              return [eventOf(url.pathname.split('/').at(-1) as string, { becomes: 'paid' })]
            },
          }),
        ],
      })
      const comes = () => {
        isAway = false
      }
      return { ...shop, asked, comes }
    }
    const waits = async (answer: Response) => {
      const html = await answer.text()
      const [, after] = /http-equiv="refresh" content="(\d+)"/.exec(html) ?? []
      return { status: answer.status, after: Number(after), html }
    }

    test.each(['iframe', 'popup', 'redirect', 'plain'] as const)(
      'T-15 it is being checked and asks again with the same address, and is no failure, on the surface %s',
      async (surface) => {
        const shop = unanswered()
        const id =
          surface === 'plain'
            ? await openPlainly(shop)
            : await shop.open('order-1', undefined, { surface, page: `${origin}/cart?checkout-claims=failed` })
        const address = `return/${id}?failed&card=c1`
        const answer = await shop.get(address)
        const policy = policyOf(answer)
        const { status, after, html } = await waits(answer)
        expect([status, after]).toEqual([503, 5])
        expect(html).toContain('being checked')
        expect(html, 'the buyer is not locked in').toContain(`href="${origin}/cart?checkout=${id}"`)
        expect(html, 'what nobody could ask about has not failed').not.toMatch(/fail|claims|c1/)
        expect(policy).toContain(`frame-ancestors ${origin}`)
        expect([await shop.status(id), await shop.checkout.ledger.events()]).toEqual([
          { state: 'pending', delivered: false },
          [],
        ])
        shop.comes()
        expect((await shop.get(address)).status).toBeLessThan(400)
        expect([await shop.status(id), shop.done]).toEqual([{ state: 'paid', delivered: true }, ['fulfil tx1']])
        expect(shop.asked).toEqual(['?failed&card=c1', '?failed&card=c1'])
      },
    )

    test.each(['provider_refused', 'outcome_unknown'] as const)('T-15 nor is it one when the answer is %s', async (code) => {
      const shop = unanswered(code)
      expect((await waits(await shop.get(`return/${await shop.open()}?failed`))).status).toBe(503)
      expect(shop.lines.filter((line) => line.includes('could not be asked about'))).toHaveLength(1)
    })

    test('T-50 it asks more and more slowly, once a minute in the end', async () => {
      const shop = unanswered()
      const id = await shop.open()
      const pauses: number[] = []
      for (const minutes of [1, 2, 3, 6, 24]) {
        shop.clock.at += minutes * 60_000
        pauses.push((await waits(await shop.get(`return/${id}`))).after)
      }
      expect(pauses).toEqual([5, 6, 12, 24, 60])
    })
  })

  test('T-51 is for GET alone: a prefetch by HEAD moves nothing', async () => {
    const shop = createShop()
    const id = await shop.open()
    for (const method of ['HEAD', 'POST', 'OPTIONS', 'DELETE']) {
      const answer = await shop.checkout.fetch(new Request(`${origin}/checkout/return/${id}`, { method }))
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET'])
    }
  })

  test('T-52 of a provider whose reader throws is still an answer', async () => {
    const readReturn = () => {
      throw new Error('canary')
    }
    const shop = createShop({ providers: [pretend({ readReturn })] })
    const answer = await shop.get(`return/${await shop.open()}`)
    expect(answer.status).toBe(200)
    expect(await answer.text()).not.toContain('canary')
  })
})
