import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Notification, OpenedCheckout, OpenedCheckouts, Order } from '../../../src/providers/adapter.js'
import type { GStableConfiguration } from '../../../src/providers/gstable/index.js'

// The vectors were computed apart from the code under test; `signed` below is a second implementation for the same reason.

export interface Vector {
  readonly id: string
  readonly kind: 'webhook' | 'amount' | 'envelope' | 'request'
  readonly title: string
  readonly base: string
  readonly expectedSignature: { readonly hex: string; readonly base64: string }
  readonly input: {
    readonly keys: readonly string[]
    readonly signatureEncoding: 'auto'
    readonly timestampUnit: 'auto'
    readonly toleranceSeconds: number
    readonly nowUnix: number
    readonly headers: Readonly<Record<string, string>>
    readonly rawBody: string
    readonly stored?: { readonly sessionId?: string; readonly amountMicroUsd?: number }
    readonly usd: string
    readonly httpStatus: number
    readonly body: string
    readonly baseUrl: string
    readonly apiKey: string
    readonly order: {
      readonly accountId: string
      readonly settlementToken: string
      readonly successUrl: string
      readonly payerEmailRequired: boolean
      readonly items: readonly { name: string; description: string; imageUrl: string; quantity: number; unitPriceUsd: string }[]
      readonly metadata: { readonly orderId: string; readonly userId: string }
    }
  }
  readonly expected: {
    readonly verdict: string
    readonly reason: string | null
    readonly ackStatus: number
    readonly fields: {
      readonly eventId: string
      readonly eventType: string
      readonly sessionId?: string
      readonly sessionStatus?: string
      readonly orderState?: string
      readonly amountMicroUsd?: number
    }
    readonly fulfil: boolean
    readonly fulfilBlockedBy: string | null
    readonly value?: number
    readonly throws?: string
    readonly code: number
    readonly sessionId: string
    readonly redirectUrl: string
    readonly expirationTime: number
    readonly message?: string
    readonly url: string
    readonly method: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: object & { readonly metadata: object }
  }
}

const all: readonly Vector[] = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8')).vectors

/** Vectors that are not run, each with the rule that decides otherwise. */
export const notRun: Readonly<Record<string, string>> = {
  'gstable-014': 'T-31: that an event was seen before is for the ledger, and repeats are absorbed there',
}

export const vectorsOf = (kind: Vector['kind']): readonly Vector[] =>
  all.filter((vector) => vector.kind === kind && !(vector.id in notRun))

export const vectorIds = all.map(({ id }) => id)
export const vectorKinds = new Set(all.map(({ kind }) => kind))

// One sale, as the tests know it ------------------------------------------------------------------------------------------------

export const webhookKey = 'wkk_Demo1f8Qx2LrT0pZ7vB4nS6yH9'
export const olderKey = 'wkk_Older7f8Qx2LrT0pZ7vB4nS6y'
export const apiKey = 'sk_live_6dK2mQ9xT4'
export const signedAt = 1_767_495_160 // unix seconds
export const checkoutId = 'wq0jIhpqfyJvRWZ7yv1H3g'

export const configuration: GStableConfiguration = {
  apiKey,
  webhookKey,
  accountId: 'acc_merchant_02',
  settlementToken: 'polygon::usdc',
  now: () => new Date((signedAt + 5) * 1000),
}

export const order: Order = {
  id: 'order-4711',
  title: 'Gold Membership',
  price: { amount: '19.90', currency: 'USD' },
  buyer: { id: 'user40012', email: 'jane.doe@hostname.example', name: 'Jane Margaret Doe' },
}

export const context = {
  checkoutId,
  method: 'gstable:stablecoins',
  returnUrl: new URL(`https://shop.example/checkout/return/${checkoutId}`),
  notifyUrl: new URL('https://shop.example/checkout/notify/gstable'),
}

export const checkout: OpenedCheckout = {
  id: checkoutId,
  order,
  method: 'gstable:stablecoins',
  mode: 'live',
  openedAt: new Date((signedAt - 60) * 1000),
  reference: 'sess_A1',
  kept: { amount: '19900000', feeModel: '1', settlementToken: 'polygon::usdc' },
}

export const openedAs = (...checkouts: OpenedCheckout[]): OpenedCheckouts => ({
  byId: async (id) => checkouts.find((each) => each.id === id),
  byReference: async (reference) => checkouts.find((each) => each.reference === reference),
})

// What GStable would send -----------------------------------------------------------------------------------------------------

/** The session as the documents' sample has it, with some fields changed, added, or (undefined) left out. */
export const sessionOf = (changes: object = {}) => ({
  sessionId: 'sess_A1',
  status: 'paid',
  amount: 19_900_000,
  settlementToken: 'polygon::usdc',
  feeModel: 1,
  metadata: { orderId: 'order-4711', checkoutId },
  ...changes,
})

export const bodyOf = (session: object = {}, changes: object = {}, transaction: object | null = null): string =>
  JSON.stringify({
    eventId: 'evt_Paid0001',
    eventType: 'session.paid',
    businessType: 'session',
    occurrence: '2026-01-04 02:52:39',
    isSubscribable: true,
    payload: { sessionData: sessionOf(session), transaction },
    ...changes,
  })

export interface Signing {
  readonly key?: string
  readonly timestamp?: string
  readonly encoding?: 'hex' | 'base64' | 'base64url'
  readonly separator?: string
}

export const signatureOf = (body: string | Uint8Array, { key, timestamp, encoding, separator }: Required<Signing>): string =>
  createHmac('sha256', key).update(timestamp).update(separator).update(body).digest(encoding)

/** A notification as the server hands it to an adapter, rightly signed whatever it says. */
export function signed(body: string | Uint8Array, signing: Signing = {}): Notification {
  const { key = webhookKey, timestamp = String(signedAt), encoding = 'hex', separator = ':' } = signing
  const signature = signatureOf(body, { key, timestamp, encoding, separator })
  return withHeaders({ 'x-gstable-timestamp': timestamp, 'x-gstable-signature': signature }, body)
}

export const withHeaders = (headers: HeadersInit, body: string | Uint8Array): Notification => ({
  method: 'POST',
  url: context.notifyUrl,
  headers: new Headers(headers),
  body: new Uint8Array(Buffer.from(body)),
})

// A network of one provider ---------------------------------------------------------------------------------------------------

export interface Asked {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** A fetch that answers what the test says, by the end of the path, and keeps what it was asked. */
export function network(answers: Readonly<Record<string, object | string | (() => Response | Promise<Response>)>> = {}) {
  const asked: Asked[] = []
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const { pathname } = new URL(String(url))
    asked.push({
      url: String(url),
      method: init?.method ?? 'GET',
      headers: (init?.headers ?? {}) as Record<string, string>,
      body: init?.body === undefined ? undefined : JSON.parse(String(init.body)),
    })
    const answer = Object.entries({ ...usual, ...answers }).find(([path]) => pathname.endsWith(path))?.[1]
    if (answer === undefined) throw new TypeError('fetch failed')
    if (typeof answer === 'function') return (answer as () => Response | Promise<Response>)()
    return typeof answer === 'string' ? new Response(answer) : Response.json({ code: 0, message: 'success', data: answer })
  }
  return { fetch, asked, posted: () => asked.findLast(({ body }) => body !== undefined)?.body as Record<string, unknown> }
}

const usual = {
  '/session/checkout/create': {
    ...sessionOf({ status: 'initialized' }),
    clientCode: 'cc_not-for-strangers',
    expirationTime: signedAt + 1805,
    paymentUrl: 'https://pay.gstable.io/session/sess_A1',
  },
}
