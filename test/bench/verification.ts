import { createHash, createHmac } from 'node:crypto'
import type { Notification, OpenedCheckout, ProviderAdapter } from '../../src/providers/adapter.js'
import { gstable } from '../../src/providers/gstable/index.js'
import { paymentwall } from '../../src/providers/paymentwall/index.js'
import { wipay } from '../../src/providers/wipay/index.js'

// Each proof as the provider would make it, by hand, and each of another payment, so that nothing is answered from memory.

const order = { id: 'order-1', title: 'Gold', price: { amount: '19.90', currency: 'USD' }, buyer: { id: 'user40012' } }
const checkoutId = 'wq0jIhpqfyJvRWZ7yv1H3g'
const now = new Date('2026-04-05T22:15:30Z')
const seconds = String(now.getTime() / 1000)

interface Measured {
  readonly adapter: ProviderAdapter
  readonly notification: (number: number) => Notification
  readonly kept?: Readonly<Record<string, string>>
  readonly reference?: (number: number) => string
}

const headers = (given: Record<string, string>) => new Headers(given)
const nothing = new Uint8Array()
const hmac = (key: string, text: string) => createHmac('sha256', key).update(text).digest('hex')

const pingbackKeys = { projectKey: '0123456789abcdef0123456789abcdef', secretKey: 'fedcba98765432100123456789abcdef' }
function pingback(number: number): Notification {
  const ref = `b${1_493_096_790 + number}`
  const base = `goodsid=${checkoutId}ref=${ref}sign_version=3slength=speriod=type=0uid=user40012`
  const sig = createHash('sha256')
    .update(base + pingbackKeys.secretKey)
    .digest('hex')
  const query = `uid=user40012&goodsid=${checkoutId}&slength=&speriod=&type=0&ref=${ref}&sign_version=3&sig=${sig}`
  const url = new URL(`https://shop.example/checkout/notify/paymentwall?${query}`)
  return { method: 'GET', url, headers: headers({}), body: nothing }
}

const account = { accountNumber: '4520000911', country: 'TT', now: () => now } as const
const apiKey = 'a-key-of-the-account-01'
const webhookSecret = 'whs_an_endpoint_of_the_account_01'
const transaction = (number: number) => `12-1-oid_${number}-20260405221530`
const sold = { flow: 'payment', order: 'oid123', total: '19.90', currency: 'USD', fees: 'merchant_absorb' }
function wayBack(number: number): Notification {
  const id = transaction(number)
  const hash = createHash('md5').update(`${id}19.90${apiKey}`).digest('hex')
  const query = `status=success&transaction_id=${id}&order_id=oid123&total=19.90&currency=USD&message=%5B1-R1%5D&hash=${hash}`
  const url = new URL(`https://shop.example/checkout/return/${checkoutId}?${query}`)
  return { method: 'GET', url, headers: headers({}), body: nothing }
}
function webhook(number: number): Notification {
  const id = `7a1f0c1e-9b7d-4c55-8f5b-${String(number).padStart(12, '0')}`
  const data = { transaction_id: transaction(number), order_id: 'oid123', total: '19.90', currency: 'USD' }
  const body = JSON.stringify({ id, event: 'payment.success', api_family: 'payments_api', data })
  const given = {
    'x-wipay-webhook-event': 'payment.success',
    'x-wipay-webhook-id': id,
    'x-wipay-webhook-signature': `sha256=${hmac(webhookSecret, `${seconds}.${body}`)}`,
    'x-wipay-webhook-timestamp': seconds,
    'x-wipay-webhook-version': 'v1',
  }
  return { method: 'POST', url: new URL('https://shop.example/x'), headers: headers(given), body: Buffer.from(body) }
}

const webhookKey = 'wkk_an_endpoint_of_the_account_01'
function sessionPaid(number: number): Notification {
  const sessionData = {
    ...{ sessionId: `sess_${number}`, status: 'paid', amount: 19_900_000, settlementToken: 'polygon::usdc', feeModel: 1 },
    metadata: { orderId: 'order-1', checkoutId },
  }
  const body = JSON.stringify({
    ...{ eventId: `evt_${number}`, eventType: 'session.paid', businessType: 'session', occurrence: '2026-04-05 22:15:30' },
    payload: { sessionData, transaction: null },
  })
  const given = { 'x-gstable-timestamp': seconds, 'x-gstable-signature': hmac(webhookKey, `${seconds}:${body}`) }
  return { method: 'POST', url: new URL('https://shop.example/x'), headers: headers(given), body: Buffer.from(body) }
}

const proofs: Readonly<Record<string, Measured>> = {
  'Paymentwall, pingback': { adapter: paymentwall(pingbackKeys), notification: pingback },
  'WiPay, way back': {
    adapter: wipay({ ...account, proof: 'redirect', apiKey }),
    ...{ notification: wayBack, kept: sold, reference: transaction },
  },
  'WiPay, webhook': {
    adapter: wipay({ ...account, proof: 'webhook', webhookSecret }),
    ...{ notification: webhook, kept: sold, reference: transaction },
  },
  'GStable, webhook': {
    adapter: gstable({
      ...{ apiKey: 'sk_live_abcdefgh', webhookKey, accountId: 'acc_1', settlementToken: 'polygon::usdc', now: () => now },
    }),
    ...{ notification: sessionPaid, kept: { amount: '19900000', feeModel: '1', settlementToken: 'polygon::usdc' } },
    reference: (number) => `sess_${number}`,
  },
}
export const proofNames = Object.keys(proofs)

const few = 500 // to stay in the processor's cache
const times = 10 // longer rounds would all be interrupted on a machine that others use; shorter ones would see no garbage collected
const rounds = 60

/** Verifications a second on one core, the stored checkout at hand: the best of some rounds, as others use the machine. */
export async function measureVerification(name: string): Promise<{ perSecond: number }> {
  const { adapter, notification, kept = {}, reference } = proofs[name] as Measured
  const checkouts = new Map<string, OpenedCheckout>()
  for (let number = 0; number < few; number++) {
    const its = reference?.(number) ?? ''
    const opened = { id: checkoutId, order, method: 'x', mode: 'live', openedAt: now, reference: its, kept } as const
    checkouts.set(its, opened)
  }
  const opened = { byId: async () => undefined, byReference: async (its: string) => checkouts.get(its) }
  const notifications = Array.from({ length: few }, (_, number) => notification(number))
  for (const each of notifications) {
    const [event] = await adapter.verify(each, opened)
    if (event?.becomes !== 'paid' || event.objection) throw new Error(`${name}: this is no payment`)
  }
  let perSecond = 0
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    for (let time = 0; time < times; time++) for (const each of notifications) await adapter.verify(each, opened)
    perSecond = Math.max(perSecond, (times * few * 1000) / (performance.now() - start))
  }
  return { perSecond: Math.round(perSecond) }
}
