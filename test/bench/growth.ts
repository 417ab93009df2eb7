import { rmSync } from 'node:fs'
import { paymentwall } from '../../src/providers/paymentwall/index.js'
import { createCheckout } from '../../src/server/index.js'
import type { Checkout, Store } from '../../src/server/store.js'
import { sqlite } from '../../src/stores/sqlite.js'
import { pingback, project } from './notifications.js'

// Whether accepting, claiming and reading a status take longer in a ledger that has grown (T-46). One after the other and not under load,
// so that what is measured is the ledger and not a queue before it.

const samples = 1_000

export interface Growth {
  readonly orders: number
  /** Milliseconds, p50 and p99. */
  readonly accept: readonly [number, number]
  readonly claim: readonly [number, number]
  readonly status: readonly [number, number]
}

/** As opening leaves it. */
function checkoutOf(index: number, now: number): Checkout {
  const id = `bench-${String(index).padStart(16, '0')}`
  return {
    ...{
      id,
      orderId: `order-${index}`,
      attempt: `attempt-${index}`,
      asked: `["order-${index}","paymentwall:cc"]`,
      stage: 'open',
    },
    ...{ provider: 'paymentwall', method: 'paymentwall:cc', mode: 'test', openedAt: new Date(now), kept: {} },
    ...{ order: { title: 'Gold', price: { amount: '9.99', currency: 'USD' }, buyer: { id: 'u1', email: 'u1@example.com' } } },
    ...{
      page: { url: new URL('https://api.paymentwall.com/api/subscription') },
      backTo: 'http://127.0.0.1/',
      surface: 'iframe',
    },
  }
}

/** Orders that were paid and delivered, each with its event, and `samples` that wait for their notification. */
async function fill(store: Store, orders: number): Promise<void> {
  for (let from = 0; from < orders + samples; from += 2_000)
    await store.transaction(async (tx) => {
      for (let index = from; index < Math.min(from + 2_000, orders + samples); index++) {
        const { id, orderId, provider } = checkoutOf(index, tx.now)
        await tx.saveCheckout(checkoutOf(index, tx.now))
        if (index >= orders) continue
        const reference = `old-${index}`
        const names = { provider, reference, checkoutId: id, orderId }
        await tx.seen({
          ...{ ...names, key: `${reference}:0:`, content: `${id}|${reference}|paid|`, verdict: 'taken', reason: '' },
          ...{ becomes: 'paid', details: { type: '0' }, at: tx.now },
        })
        await tx.savePayment({
          ...{ ...names, role: 'first', state: 'paid', details: { type: '0' }, held: false, delivery: 'done', attempts: 0 },
          ...{ lease: { until: 0, fence: 1 }, fulfilledAt: tx.now },
        })
      }
    })
}

export async function measureGrowth(path: string, orders: number): Promise<Growth> {
  const store = sqlite(path)
  const checkout = createCheckout({
    ...{ base: 'http://127.0.0.1/checkout', pages: ['http://127.0.0.1'], store, fulfil() {}, revoke() {} },
    ...{ providers: [paymentwall({ ...project, mode: 'test' })], delivery: { atOnce: 1 } },
    price: () => {
      throw new Error('nothing is opened while this is measured')
    },
  })
  await fill(store, orders)
  const measure = async (count: number, call: (index: number) => Promise<unknown>): Promise<[number, number]> => {
    const times: number[] = []
    for (let index = 0; index < count; index++) {
      const start = performance.now()
      await call(index)
      times.push(performance.now() - start)
    }
    times.sort((one, other) => one - other)
    return [times[Math.floor(count * 0.5)] ?? 0, times[Math.floor(count * 0.99)] ?? 0]
  }
  const accept = await measure(samples, async (index) => {
    const url = `http://127.0.0.1/checkout/notify/paymentwall?${pingback(orders + index)}`
    const answer = await checkout.fetch(new Request(url))
    if ((await answer.text()) !== 'OK') throw new Error('a notification was not accepted')
  })
  const claim = await measure(samples / 4, () => store.claim(32))
  const status = await measure(samples, async (index) => {
    const id = checkoutOf((index * 7919) % (orders + samples), 0).id
    const answer = await checkout.fetch(new Request(`http://127.0.0.1/checkout/checkouts/${id}`))
    if (answer.status !== 200) throw new Error('a status was not answered')
  })
  await checkout.close()
  rmSync(path)
  return { orders, accept, claim, status }
}
