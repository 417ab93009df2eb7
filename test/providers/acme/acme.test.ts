import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listener } from 'checkout-button/hosts/node'
import { createCheckout, type Delivery, type Notification, type Order } from 'checkout-button/server'
import { memory } from 'checkout-button/stores/memory'
import { afterEach, describe, expect, test } from 'vitest'
import { describeProvider } from '../contract.js'
import { acme } from './index.js'
import { acmeSandbox, notify, signed } from './sandbox.js'

// A fourth provider: what it costs to add one is this folder, and no file outside of it.

const key = 'acme-key-of-the-shop'
const strangersKey = 'acme-key-of-another'
const signedAt = new Date('2026-03-01T12:00:00Z')
const configuration = { shop: 'quiet-hours', key, now: () => signedAt }
const checkoutId = 'AAAAAAAAAAAAAAAAAAAAAA'
const order: Order = {
  ...{ id: 'order-1', title: 'Gold', price: { amount: '19.90', currency: 'USD' } },
  buyer: { id: 'u1', email: 'jane.doe@hostname.example', name: 'Jane Doe' },
}
const { price: _, ...priceless } = order

function recorded(name: string, said: object, becomes?: 'paid' | 'failed' | 'refunded') {
  const told = {
    transfer: 'tr-1',
    checkout: checkoutId,
    state: 'paid',
    amount: '19.90',
    currency: 'USD',
    trial: false,
    ...said,
  }
  const body = JSON.stringify(told)
  const notification: Notification = {
    ...{ method: 'POST', url: new URL('https://shop.example/checkout/notify/acme'), body: Buffer.from(body) },
    headers: new Headers(signed(key, body, signedAt)),
  }
  const event = {
    ...{ key: `tr-1:${told.state}`, checkout: { id: checkoutId }, reference: 'tr-1', test: told.trial },
    ...(becomes ? { becomes } : { news: 'unknown' as const }),
    ...(becomes === 'paid' && { money: order.price as NonNullable<Order['price']> }),
  }
  return { name, notification, events: [event] }
}

describeProvider({
  name: 'Acme',
  adapter: acme(configuration),
  stranger: acme({ ...configuration, key: strangersKey }),
  secrets: [key, strangersKey],
  personal: ['jane.doe@hostname.example', 'Jane Doe'],
  recorded: [
    recorded('paid', {}, 'paid'),
    recorded('a trial', { trial: true }, 'paid'),
    recorded('refused', { state: 'refused' }, 'failed'),
    recorded('given back', { state: 'returned' }, 'refunded'),
    recorded('a word that nobody knows', { state: 'blue' }),
  ],
  fields: {
    take: ({ headers, body }) => [
      ...['acme-time', 'acme-signature'].map((name) => [name, headers.get(name) ?? ''] as const),
      ['body', new TextDecoder().decode(body)],
    ],
    put(fields, like) {
      const headers = new Headers()
      for (const [name, value] of fields) if (name !== 'body') headers.append(name, value)
      return { ...like, headers, body: Buffer.from(fields.find(([name]) => name === 'body')?.[1] ?? '') }
    },
  },
  signature: 'acme-signature',
  needed: ['acme-time', 'acme-signature', 'body'],
  canRepeat: (name) => name !== 'body',
  clock: { at: (now) => acme({ ...configuration, now: () => now }), signedAt, tolerance: 300 },
  order,
  context: {
    ...{ checkoutId, method: 'acme:transfer', returnUrl: new URL(`https://shop.example/checkout/return/${checkoutId}`) },
    notifyUrl: new URL('https://shop.example/checkout/notify/acme'),
  },
  unsellable: {
    'no price': priceless,
    'a subscription': { ...order, renews: { period: { every: 1, unit: 'month' } } },
    'a card to store': { ...priceless, storesCard: true },
  },
  travels: ({ url }) => ({ sent: url.searchParams.get('checkout'), expected: checkoutId }),
})

describe('mounted in a server', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  test('it is offered, opened, paid once however often it tells, and given back', async () => {
    const sandbox = await acmeSandbox(key)
    closing.push(sandbox.close)
    const done: string[] = []
    const write =
      (word: string) =>
      async ({ reference }: Delivery) =>
        void done.push(`${word} ${reference}`)
    const server = createServer((request, response) => answer(request, response))
    let answer: ReturnType<typeof listener> = () => {} // where it listens is known only when it does
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    closing.push(() => new Promise((closed) => server.close(closed).closeAllConnections()))
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const checkout = createCheckout({
      ...{ base: `${origin}/checkout`, pages: [origin], store: memory() },
      providers: [acme({ shop: 'quiet-hours', key, mode: 'test', baseUrl: sandbox.url })],
      price: () => order,
      ...{ fulfil: write('fulfil'), revoke: write('revoke') },
    })
    closing.push(() => checkout.close())
    answer = listener(checkout)

    const offer = await (await fetch(`${origin}/checkout/methods?order=order-1`)).json()
    expect(offer).toMatchObject({ methods: [{ id: 'acme:transfer', label: 'Acme transfer' }] })
    const opened = await fetch(`${origin}/checkout/checkouts`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ order: 'order-1', attempt: crypto.randomUUID(), method: 'acme:transfer', surface: 'redirect' },
        page: `${origin}/cart`,
      }),
    })
    const { id, url } = (await opened.json()) as { id: string; url: string }
    const page = await (await fetch(url)).text()
    const paid = new URL(/href="(\/paid[^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '', url)
    const back = await fetch(paid, { redirect: 'manual' })
    expect(back.headers.get('location')).toBe(`${origin}/checkout/return/${id}`)
    await fetch(paid, { redirect: 'manual' })
    const status = async () => (await fetch(`${origin}/checkout/checkouts/${id}`)).json()
    await expect.poll(status).toEqual({ state: 'paid', delivered: true })

    const returned = { transfer: `tr-${id}`, checkout: id, state: 'returned', amount: '19.90', currency: 'USD', trial: true }
    const address = `${origin}/checkout/notify/acme`
    expect(await notify(address, strangersKey, JSON.stringify(returned))).toBe(401)
    expect(await notify(address, key, JSON.stringify(returned))).toBe(200)
    await expect.poll(() => done).toEqual([`fulfil tr-${id}`, `revoke tr-${id}`])
  })

  test('nothing outside of its folder knows it, and it imports public entries alone', () => {
    const here = fileURLToPath(new URL('.', import.meta.url))
    const imports = [...readFileSync(join(here, 'index.ts'), 'utf8').matchAll(/from '([^']+)'/g)].map(([, from]) => from)
    expect(imports).toEqual(['node:crypto', 'checkout-button/server'])
    const src = fileURLToPath(new URL('../../../src', import.meta.url))
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
    expect(files.length).toBeGreaterThan(100)
    // A help text of the command line takes it for an example.
    expect(files.filter((file) => /\bacme\b/i.test(readFileSync(join(src, file), 'utf8')))).toEqual(['cli/main.ts'])
  })
})
