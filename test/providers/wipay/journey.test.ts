import { afterEach, describe, expect, test } from 'vitest'
import type { Order } from '../../../src/providers/adapter.js'
import { type WipayConfiguration, wipay, wipayBackOffice } from '../../../src/providers/wipay/index.js'
import { type WipaySandboxOptions, wipaySandbox } from '../../../src/providers/wipay/sandbox.js'
import { base, createShop, order, origin } from '../../server/shop.js'

// The provider, its sandbox and the real server together, without a port: what is opened is accepted there, what comes back is
// believed here, and the goods are given once.

const webhookSecret = 'whs_demo_endpoint_secret_01'
const key = `wapi_test_aB3dE5gH7jK9mN1pQ2_${'0123456789abcdef'.repeat(4)}`
const sandboxUrl = 'http://localhost:8405'
const platform = { mode: 'test', country: 'TT', baseUrl: sandboxUrl } as const
const account = { ...platform, accountNumber: '1234567890' } as const
const proofs = {
  redirect: { ...account, proof: 'redirect', apiKey: '123' },
  webhook: { ...account, proof: 'webhook', webhookSecret },
  wapi: { ...account, proof: 'wapi', wapi: { key } },
} satisfies Record<string, WipayConfiguration>

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

function open(configuration: WipayConfiguration, options: WipaySandboxOptions = {}, buyer: Partial<Order> = {}) {
  const sandbox = wipaySandbox({
    ...{ webhookSecret, wapiKey: key, repeatEvery: 60_000, outcome: { processing: 0, webhookAfter: 0, webhookFirst: true } },
    ...('webhookSecret' in configuration && { webhookUrl: `${base}/notify/wipay` }),
    now: () => new Date(shop.clock.at),
    fetch: async (url, init) => shop.checkout.fetch(new Request(String(url), init)),
    ...options,
  })
  const fetchSandbox: typeof fetch = (url, init) => sandbox.fetch(new Request(String(url), init))
  const now = () => new Date(shop.clock.at)
  let given = buyer
  let isCut = false
  const line: typeof fetch = (...asked) => (isCut ? Promise.reject(new TypeError('fetch failed')) : fetchSandbox(...asked))
  const shop = createShop({
    providers: [wipay({ ...configuration, fetch: line, now })],
    price: (name) => order(name, given),
  })
  closing.push(() => sandbox.close())

  const post = async (url: string, choice: string) => {
    const body = new URLSearchParams({ choice })
    const answer = await sandbox.fetch(new Request(url, { method: 'POST', body, headers: { accept: 'application/json' } }))
    return (await answer.json()) as { ref: string; next: string }
  }
  return {
    ...{ ...shop, fetchSandbox, post },
    /** Whether WiPay can be reached by the shop. */
    cut: (to: boolean) => {
      isCut = to
    },
    /** What the `price` hook says from now on. */
    sells: (change: Partial<Order>) => {
      given = change
    },
    sandbox: async (path: string, init?: RequestInit) => (await fetchSandbox(`${sandboxUrl}/sandbox/${path}`, init)).json(),
    office: wipayBackOffice({ ...platform, wapi: { key }, fetch: fetchSandbox, now }),
    /** The buyer clicks, pays or not, and comes back or not. */
    async buy(choice: string, name = 'order-1', method = 'wipay:card', surface = 'redirect') {
      const answer = await shop.ask(name, undefined, { method, surface })
      const { id, url } = (await answer.json()) as { id: string; url: string }
      const { ref, next } = await post(url, choice)
      const back = async (address = next) => shop.checkout.fetch(new Request(address))
      return { id, ref, next, back }
    },
    /** In form mode: what the buyer's browser does with our page of the form, and with its fields. */
    async send(name: string, choice: string, change: Readonly<Record<string, string>> = {}) {
      const answer = await shop.ask(name, undefined, { method: 'wipay:card', surface: 'redirect' })
      const { id, url } = (await answer.json()) as { id: string; url: string }
      const html = await (await shop.checkout.fetch(new Request(url))).text()
      const fields = [...html.matchAll(/name="([^"]*)" value="([^"]*)"/g)].map(([, field = '', value = '']) => [
        field,
        decode(value),
      ])
      const [, action = ''] = /action="([^"]*)"/.exec(html) ?? []
      const body = new URLSearchParams({ ...Object.fromEntries(fields), ...change })
      const page = await fetchSandbox(decode(action), { method: 'POST', body, redirect: 'manual' })
      return { id, ...(await post(new URL(page.headers.get('location') ?? '', sandboxUrl).href, choice)) }
    },
    until: async (id: string, state: string) => {
      await expect.poll(() => shop.status(id), { timeout: 5_000 }).toMatchObject({ state })
      await shop.settled()
      return shop.status(id)
    },
  }
}

const decode = (text: string) => text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))

describe('proven by redirect', () => {
  test('paid once, however often the buyer comes back', async () => {
    const shop = open(proofs.redirect)
    const { id, ref, back, next } = await shop.buy('pay')
    expect(await shop.status(id)).toEqual({ state: 'pending', delivered: false })
    for (let time = 0; time < 3; time++) {
      const answer = await back()
      expect([answer.status, answer.headers.get('location')]).toEqual([303, `${origin}/cart?checkout=${id}`])
      expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
    }
    expect(shop.done).toEqual([`fulfil ${ref}`])
    expect(new URL(next).searchParams.get('hash')).toMatch(/^[0-9a-f]{32}$/)
  })

  test('a fee on top and a card from abroad are paid all the same', async () => {
    const sells = { price: { amount: '155.00', currency: 'TTD' } }
    const shop = open({ ...proofs.redirect, feeStructure: 'customer_pay' }, {}, sells)
    for (const choice of ['pay', 'abroad']) {
      const { id, back } = await shop.buy(choice, `order-${choice}`)
      await back()
      expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
    }
    expect(shop.deliveries.map(({ details }) => details)).toEqual([
      { 'unproven-total': '162.13', 'unproven-currency': 'TTD' },
      { 'unproven-total': '23.84', 'unproven-currency': 'USD' },
    ])
    expect(shop.notices).toEqual([])
  })

  test('T-10 a decline is shown and not recorded, and turned into a success it is refused', async () => {
    const shop = open(proofs.redirect)
    const { id, back, next } = await shop.buy('fail', 'order-1', 'wipay:card', 'popup')
    expect(await (await back()).text()).toContain('data-claims="failed"')
    await back(next.replace('status=failed', 'status=success'))
    await back(`${next.replace('status=failed', 'status=success')}&hash=${'0'.repeat(32)}`)
    expect(await shop.status(id)).toEqual({ state: 'pending', delivered: false })
    expect([shop.done, await shop.checkout.ledger.events()]).toEqual([[], []])
  })

  test('T-10 were a failure to carry a hash after all, a person is told', async () => {
    const outcome = { processing: 0, hashOnFailure: true }
    const shop = open(proofs.redirect, { outcome })
    const { id, back, next } = await shop.buy('fail')
    await back()
    await back(next.replace('status=failed', 'status=success'))
    await shop.settled()
    expect(shop.done).toEqual([])
    expect(shop.notices).toMatchObject([{ kind: 'contradiction', reason: expect.stringMatching(/right hash/) }])
    expect(await shop.status(id)).toMatchObject({ delivered: false })
  })

  test('T-12 what was paid for one order pays no other', async () => {
    const shop = open(proofs.redirect)
    const cheap = await shop.buy('pay', 'cheap')
    const dear = await shop.buy('close', 'dear')
    const claimed = new URL(cheap.next)
    claimed.pathname = `/checkout/return/${dear.id}`
    await shop.checkout.fetch(new Request(claimed))
    expect(await shop.status(dear.id)).toEqual({ state: 'pending', delivered: false })
    expect(await shop.status(cheap.id)).toEqual({ state: 'paid', delivered: true }) // it was paid, wherever that is said
    claimed.searchParams.set('order_id', 'dear')
    await shop.checkout.fetch(new Request(claimed))
    await shop.settled()
    expect(shop.done).toEqual([`fulfil ${cheap.ref}`])
    expect(shop.notices).toMatchObject([{ kind: 'contradiction' }])
  })

  test('T-15 a buyer who never comes back is reported after four hours', async () => {
    const shop = open(proofs.redirect)
    const { id } = await shop.buy('pay')
    shop.clock.at += 244 * 60_000
    await shop.settled()
    expect(await shop.status(id)).toEqual({ state: 'pending', delivered: false })
    shop.clock.at += 2 * 60_000
    await shop.settled()
    expect(await shop.status(id)).toEqual({ state: 'expired', delivered: false })
    await shop.settled()
    expect(shop.notices).toMatchObject([{ kind: 'unconfirmed', checkoutId: id }])
  })
})

describe('proven by webhook', () => {
  test('paid without a way back, then refunded', async () => {
    const shop = open(proofs.webhook)
    const { id, ref } = await shop.buy('pay')
    expect(await shop.until(id, 'paid')).toEqual({ state: 'paid', delivered: true })
    await shop.sandbox(`payments/${ref}/refund`, { method: 'POST' })
    await expect.poll(() => shop.done).toEqual([`fulfil ${ref}`, `revoke ${ref}`])
    expect(shop.notices).toEqual([])
  })

  test('T-11 T-13 sent by a form in the browser: paid as it was priced, held when the buyer lowered the total', async () => {
    const shop = open({ ...proofs.webhook, requestMode: 'form' })
    expect(await shop.until((await shop.send('order-1', 'pay')).id, 'paid')).toEqual({ state: 'paid', delivered: true })
    const { id: lowered } = await shop.send('order-2', 'pay', { total: '1.00' })
    await expect.poll(() => shop.checkout.ledger.events({ verdicts: ['quarantined'] })).not.toEqual([])
    await shop.settled()
    expect([(await shop.status(lowered)).state, shop.done.length]).toEqual(['pending', 1])
  })

  test('T-10 a way back proves nothing', async () => {
    const shop = open(proofs.webhook, { outcome: { processing: 0, webhooksLost: 'all' } })
    const { id, ref, back } = await shop.buy('pay')
    expect((await back()).status).toBe(303)
    expect(await shop.status(id)).toEqual({ state: 'pending', delivered: false })
    await shop.sandbox('repeat', { method: 'POST', body: '{}' })
    await shop.until(id, 'paid')
    expect(shop.done).toEqual([`fulfil ${ref}`])
  })

  test('a dispute is told, and lost it takes the goods back', async () => {
    const shop = open(proofs.webhook)
    const { id, ref } = await shop.buy('pay')
    await shop.until(id, 'paid')
    await shop.sandbox(`payments/${ref}/dispute`, { method: 'POST' })
    await expect.poll(() => shop.settled().then(() => shop.news)).toMatchObject([{ kind: 'disputed', reference: ref }])
    expect(shop.done).toEqual([`fulfil ${ref}`])
    await shop.sandbox(`payments/${ref}/chargeback`, { method: 'POST' })
    await expect.poll(() => shop.done).toEqual([`fulfil ${ref}`, `revoke ${ref}`])
  })
})

describe('proven by WAPI', () => {
  test('asked while the buyer waits, without a way back', async () => {
    const shop = open(proofs.wapi)
    const { id, ref } = await shop.buy('pay')
    await shop.status(id)
    expect(await shop.until(id, 'paid')).toEqual({ state: 'paid', delivered: true })
    expect(shop.done).toEqual([`fulfil ${ref}`])
  })

  test('asked when the buyer comes back, whatever the address says', async () => {
    const shop = open(proofs.wapi)
    const paid = await shop.buy('pay')
    await paid.back(paid.next.replace('status=success', 'status=failed').replace(/hash=[^&]*&/, ''))
    expect(shop.done).toEqual([`fulfil ${paid.ref}`])
    const declined = await shop.buy('fail', 'order-2')
    await declined.back(declined.next.replace('status=failed', 'status=success'))
    expect(await shop.status(declined.id)).toMatchObject({ state: 'failed' })
  })

  test('T-27 a page that was paid and left is asked about before another is opened', async () => {
    const shop = open(proofs.wapi)
    const { ref } = await shop.buy('pay')
    shop.clock.at += 60_000
    const again = await shop.ask('order-1', undefined, { method: 'wipay:card', surface: 'redirect' })
    expect([again.status, await again.json()]).toMatchObject([409, { error: 'order_paid' }])
    await shop.settled()
    expect([shop.done, shop.notices]).toEqual([[`fulfil ${ref}`], []])
  })

  test('T-15 recovered long after the buyer left', async () => {
    const shop = open(proofs.wapi)
    const { ref } = await shop.buy('close')
    shop.clock.at += 5 * 60_000
    await shop.settled()
    expect(shop.done).toEqual([])
    await shop.sandbox(`payments/${ref}/pay`, { method: 'POST' })
    shop.clock.at += 31 * 60_000
    await shop.settled()
    await shop.settled()
    expect(shop.done).toEqual([`fulfil ${ref}`])
  })

  test('T-15 a time-out is no failure while WiPay may still recover the payment', async () => {
    const shop = open(proofs.wapi)
    const { id, ref } = await shop.buy('time-out')
    shop.clock.at += 5 * 60_000
    await shop.settled()
    expect(await shop.status(id)).toEqual({ state: 'pending', delivered: false })
    await shop.sandbox(`payments/${ref}/recover`, { method: 'POST' })
    shop.clock.at += 31 * 60_000
    await shop.settled()
    await shop.settled()
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
    expect(shop.done).toEqual([`fulfil ${ref}`])
  })

  test('T-15 a time-out that was never recovered is a failure in the end, and nobody is alerted', async () => {
    const shop = open(proofs.wapi)
    const { id } = await shop.buy('time-out')
    for (const minutes of [5, 234, 7]) {
      shop.clock.at += minutes * 60_000
      await shop.settled()
      await shop.settled()
      if (minutes !== 7) expect(await shop.status(id)).toEqual({ state: 'pending', delivered: false })
    }
    expect(await shop.status(id)).toEqual({ state: 'failed', delivered: false })
    expect([shop.done, shop.notices]).toEqual([[], []])
  })

  test('T-15 WiPay cannot be reached at the last of its times: it is asked again, and the recovered payment delivered', async () => {
    const shop = open(proofs.wapi)
    const { id, ref } = await shop.buy('close')
    for (const minutes of [4, 7, 15, 35, 60, 120, 244]) {
      shop.clock.at = Date.UTC(2026, 0, 1) + minutes * 60_000
      await shop.settled()
    }
    await shop.sandbox(`payments/${ref}/pay`, { method: 'POST' })
    shop.cut(true)
    for (let minutes = 0; minutes < 10; minutes++) {
      shop.clock.at += 60_000
      await shop.settled()
    }
    expect([shop.done, shop.notices]).toEqual([[], []])
    shop.cut(false)
    shop.clock.at += 15 * 60_000
    await shop.settled()
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
    expect([shop.done, shop.notices.map(({ kind }) => kind)]).toEqual([[`fulfil ${ref}`], ['late']])
  })

  test('T-15 in form mode every checkout that is due is asked about, however many are due together', async () => {
    const shop = open({ ...proofs.wapi, requestMode: 'form' })
    const choices = ['close', 'close', 'close', 'close', 'close', 'close', 'pay', 'pay', 'pay', 'pay']
    const paid: string[] = []
    for (const [index, choice] of choices.entries()) {
      const { ref } = await shop.send(`order-${index}`, choice)
      if (choice === 'pay') paid.push(`fulfil ${ref}`)
    }
    shop.clock.at += 4 * 60_000 + 1_000
    for (let round = 0; round < 4; round++) await shop.settled()
    expect(shop.done.toSorted()).toEqual(paid.toSorted())
    expect(shop.notices).toEqual([])
  })

  test('T-15 more checkouts are due in a minute than WiPay answers questions: those that are paid are heard of all the same', async () => {
    const shop = open(proofs.wapi)
    for (let index = 0; index < 65; index++) await shop.buy('close', `order-${index}`)
    const { ref } = await shop.buy('pay', 'order-65')
    shop.clock.at += 4 * 60_000 + 1_000
    for (let round = 0; round < 12; round++) await shop.settled()
    expect(shop.done).toEqual([`fulfil ${ref}`])
  })

  test('by e-mail address and password, whose token may do all that is asked', async () => {
    const signIn = { email: 'office@shop.example', password: 'correct horse' }
    const { fetchSandbox, ...shop } = open({ ...proofs.wapi, wapi: signIn }, { signIn })
    const { id, ref, back } = await shop.buy('pay')
    await back()
    expect(await shop.status(id)).toEqual({ state: 'paid', delivered: true })
    const office = wipayBackOffice({ ...platform, wapi: signIn, fetch: fetchSandbox })
    expect(await office.cards.list()).toEqual([])
    await office.requestRefund(ref)
    expect(await office.transaction(ref)).toMatchObject({ statusText: 'Refund Requested' })
  })

  test('T-15 WiPay cannot be asked when the buyer comes back: a decline is not claimed, and it is asked again', async () => {
    const shop = open(proofs.wapi)
    const { id, ref, back, next } = await shop.buy('pay')
    shop.cut(true)
    const answer = await back(next.replace('status=success', 'status=failed').replace(/hash=[^&]*&/, ''))
    expect([answer.status, answer.headers.get('location')]).toEqual([503, null])
    expect(await answer.text()).not.toMatch(/fail|claims/)
    shop.cut(false)
    expect((await back()).status, 'a moment later nobody has asked anew').toBe(503)
    shop.clock.at += 3_000
    expect((await back()).headers.get('location')).toBe(`${origin}/cart?checkout=${id}`)
    expect(shop.done).toEqual([`fulfil ${ref}`])
  })

  test('T-15 a stored card is not lost when WiPay cannot be asked about it: the page asks until it answers', async () => {
    const { price: _, ...unpriced } = order('x')
    const shop = open(proofs.wapi)
    shop.sells({ ...unpriced, id: 'card-of-u1', storesCard: true, price: undefined } as never)
    const { id, ref, back } = await shop.buy('pay', 'card', 'wipay:store-card')
    shop.cut(true)
    for (let time = 0; time < 3; time++) {
      expect((await back()).status).toBe(503)
      shop.clock.at += 10_000
    }
    expect([await shop.status(id), await shop.checkout.ledger.events()]).toEqual([{ state: 'pending', delivered: false }, []])
    shop.cut(false)
    expect((await back()).status).toBe(303)
    expect([await shop.status(id), shop.done]).toEqual([{ state: 'paid', delivered: true }, [`fulfil ${ref}`]])
  })

  test('a card is stored, proven by its owner and charged', async () => {
    const { price: _, ...unpriced } = order('x')
    const shop = open(proofs.wapi)
    shop.sells({ ...unpriced, id: 'card-of-u1', storesCard: true, price: undefined } as never)
    const stored = await shop.buy('pay', 'card', 'wipay:store-card')
    await stored.back(stored.next.replace(/uuid=[^&]*/, `uuid=${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}`))
    expect(shop.done).toEqual([]) // no card of WiPay's
    shop.clock.at += 5_000
    await stored.back()
    expect(shop.done).toEqual([`fulfil ${stored.ref}`])
    const { card = '', label = '' } = shop.deliveries[0]?.details ?? {}
    expect(label).toBe('VISA … 1111')
    await shop.office.cards.verify(card, { amount: '0.80', currency: 'USD' })

    shop.sells({ buyer: { id: 'u1', email: 'u1@example.com', cards: [{ provider: 'wipay', id: card, label }] } })
    const charged = await shop.buy('pay', 'order-9', `wipay:card-${card}`)
    await charged.back()
    expect(await shop.status(charged.id)).toEqual({ state: 'paid', delivered: true })
    // The charge has no field for an e-mail address, so it needs none.
    shop.sells({ buyer: { id: 'u1', cards: [{ provider: 'wipay', id: card, label }] } })
    const unnamed = await shop.buy('pay', 'order-10', `wipay:card-${card}`)
    await unnamed.back()
    expect(await shop.status(unnamed.id)).toEqual({ state: 'paid', delivered: true })
    await shop.office.requestRefund(charged.ref)
    expect(await shop.office.transaction(charged.ref)).toMatchObject({ status: 'success', statusText: 'Refund Requested' })
  })
})
