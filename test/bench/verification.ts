import { createHash } from 'node:crypto'
import { paymentwall } from '../../src/providers/paymentwall/index.js'

const projectKey = '0123456789abcdef0123456789abcdef'
const secretKey = 'fedcba98765432100123456789abcdef'
const opened = { byId: async () => undefined, byReference: async () => undefined }

/** A pingback about one product, as Paymentwall sends it; each of another payment, so that nothing is answered from memory. */
function pingback(number: number) {
  const ref = `b${1_493_096_790 + number}`
  const base = `goodsid=wq0jIhpqfyJvRWZ7yv1H3gref=${ref}sign_version=3slength=speriod=type=0uid=user40012`
  const sig = createHash('sha256')
    .update(base + secretKey)
    .digest('hex')
  const query = `uid=user40012&goodsid=wq0jIhpqfyJvRWZ7yv1H3g&slength=&speriod=&type=0&ref=${ref}&sign_version=3&sig=${sig}`
  const url = new URL(`https://shop.example/checkout/notify/paymentwall?${query}`)
  return { method: 'GET', url, headers, body }
}

const [headers, body] = [new Headers(), new Uint8Array()]

/** Verifications a second on one core, of Paymentwall's pingbacks in version 3: the best of some rounds, as others use the machine. */
export async function measureVerification(): Promise<{ perSecond: number }> {
  const adapter = paymentwall({ projectKey, secretKey })
  const notifications = Array.from({ length: 500 }, (_, number) => pingback(number)) // few enough to stay in the processor's cache
  const times = 40
  let perSecond = 0
  for (let round = 0; round < 12; round++) {
    const start = performance.now()
    for (let time = 0; time < times; time++)
      for (const notification of notifications) await adapter.verify(notification, opened)
    perSecond = Math.max(perSecond, (times * notifications.length * 1000) / (performance.now() - start))
  }
  return { perSecond: Math.round(perSecond) }
}
