import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Notification, OpenedCheckout, OpenedCheckouts, Order } from '../../../src/providers/adapter.js'

// The vectors come from WiPay's documents, or were computed by hand from them, never by the code under test; `hashed` and `signed` below
// are second implementations for the same reason.

export interface Vector {
  readonly id: string
  readonly kind: 'redirect' | 'request' | 'response' | 'webhook'
  readonly title: string
  readonly input: {
    readonly flow: 'payment' | 'charge' | 'card_create'
    readonly environment: 'live' | 'sandbox'
    readonly apiKeys: readonly string[]
    readonly stored: Readonly<Record<'transactionId' | 'orderId' | 'requestTotal' | 'currency' | 'feeStructure', string>>
    readonly query: string
    readonly params: Readonly<Record<string, string>>
    readonly httpStatus: number
    readonly body: string
    readonly secrets: readonly string[]
    readonly scheme: 'auto' | 'timestamp.body' | 'body'
    readonly toleranceSeconds: number
    readonly nowUnix: number
    readonly headers: Readonly<Record<string, string>>
    readonly rawBody: string
  }
  readonly expected: {
    readonly verdict: string
    readonly reason: string | null
    readonly orderState: string
    readonly warnings: readonly string[]
    readonly errors: readonly { readonly field: string; readonly code: string }[]
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly form: Readonly<Record<string, string>>
    readonly fields: Readonly<Record<string, unknown>>
  }
}

const all: readonly Vector[] = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8')).vectors
export const vectorIds = all.map(({ id }) => id)

/** Vectors that are not run, each with the rule that forbids it. */
export const notRun: Readonly<Record<string, string>> = {
  'wipay-039': 'T-31: whether an event was seen before is known by the ledger alone',
}

const asked = new Set<Vector['kind']>()
/** Every vector of a kind but those of `notRun`: a new one is run without an edit. */
export function vectorsOf(kind: Vector['kind']): readonly Vector[] {
  asked.add(kind)
  return all.filter((vector) => vector.kind === kind && !(vector.id in notRun))
}
/** Of the kinds that no test asked for. */
export const forgotten = (): readonly string[] =>
  all.filter(({ id, kind }) => !asked.has(kind) && !(id in notRun)).map(({ id }) => id)

// The merchant of the tests -----------------------------------------------------------------------------------------------------

export const apiKey = 'k9f2m4q7zz1xk9f2m4q7zz1x'
export const accountNumber = '4520000911'
export const webhookSecret = 'whs_demo_endpoint_secret_01'
export const wapiKey = `wapi_live_aB3dE5gH7jK9mN1pQ2_${'0123456789abcdef'.repeat(4)}`
export const transactionId = '45-20911-INV20267x8y9z0ab-20260405181530'
export const orderId = 'INV20267x8y9z0ab'
export const cardId = '213e4777-2179-4fbd-9540-84e8ed83187a'

export const order: Order = {
  title: 'Gold Membership',
  price: { amount: '155', currency: 'TTD' },
  buyer: {
    id: 'user40012',
    email: 'jane.doe+shop@hostname.example',
    name: 'José María Bain',
    phone: '+1 868 555-0100',
    country: 'TT',
    address: { line1: '66 Crossbay Court', line2: 'Apt 4', city: 'Port of Spain', state: 'TT-POS', zip: '10115' },
  },
}

export const checkoutId = 'wq0jIhpqfyJvRWZ7yv1H3g'

/** A checkout as the store gives it back, with some of what was kept changed. */
export function opened(kept: Record<string, string> = {}, changes: Partial<OpenedCheckout> = {}): OpenedCheckout {
  return {
    ...{ id: checkoutId, order, method: 'wipay:card', mode: 'live', openedAt: new Date('2026-04-05T22:15:30Z') },
    reference: transactionId,
    kept: { flow: 'payment', order: orderId, total: '155.00', currency: 'TTD', fees: 'customer_pay', ...kept },
    ...changes,
  }
}

/** The store's reads, counted. */
export function storeOf(...checkouts: readonly OpenedCheckout[]): OpenedCheckouts & { reads: number } {
  return {
    reads: 0,
    async byId(id) {
      this.reads++
      return checkouts.find((checkout) => checkout.id === id)
    },
    async byReference(reference) {
      this.reads++
      return checkouts.find((checkout) => checkout.reference === reference)
    },
  }
}

// What WiPay sends ----------------------------------------------------------------------------------------------------------------

export const hashed = (id: string, total: string, key = apiKey): string =>
  createHash('md5')
    .update(id + total + key)
    .digest('hex')

/** The buyer's way back, as the server hands it to an adapter. */
export const returned = (query: string): Notification => ({
  method: 'GET',
  url: new URL(`https://shop.example/checkout/return/${checkoutId}${query && `?${query}`}`),
  headers: new Headers(),
  body: new Uint8Array(),
})

const usual = {
  status: 'success',
  transaction_id: transactionId,
  order_id: orderId,
  total: '162.13',
  currency: 'TTD',
  hash: hashed(transactionId, '155.00'),
  message: '[1-R1]: Transaction is approved.',
  date: '2026-04-05 18:17:02',
  card: '(MASTERCARD) ... 0031',
  customer_name: 'Jo Bain',
}

/** A right return with some parameters changed, added, or (undefined) left out. */
export const returnedWith = (changes: Readonly<Record<string, string | undefined>> = {}): Notification =>
  returned(new URLSearchParams(defined({ ...usual, ...changes })).toString())

const defined = (values: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

export const sentAt = new Date('2026-04-17T15:04:03Z')

/** A signed webhook, rightly signed whatever it says. */
export function webhook(
  event: string,
  data: Readonly<Record<string, unknown>> = {},
  {
    scheme = 'timestamp.body',
    secret = webhookSecret,
    id = '3e1f9b2c-5a70-4c1e-9b7e-0d2f6a114a1e',
    family = 'payments_api',
  } = {},
): Notification {
  const sold = { transaction_id: transactionId, order_id: orderId, total: '162.13', currency: 'TTD', card: 'XXXXXXXXXXXX1234' }
  const body = JSON.stringify({
    ...{ id, api_family: family, event, occurred_at: '2026-04-17T15:04:03+00:00' },
    ...{ data: { ...sold, status_desc: 'Normal', ...data }, meta: {} },
  })
  const timestamp = String(sentAt.getTime() / 1000)
  const signature = createHmac('sha256', secret)
    .update(scheme === 'body' ? body : `${timestamp}.${body}`)
    .digest('hex')
  return posted(
    {
      'X-WiPay-Webhook-Event': event,
      'X-WiPay-Webhook-Id': id,
      'X-WiPay-Webhook-Signature': `sha256=${signature}`,
      'X-WiPay-Webhook-Timestamp': timestamp,
      'X-WiPay-Webhook-Version': 'v1',
    },
    body,
  )
}

export const posted = (headers: Record<string, string> | [string, string][], body: string): Notification => ({
  method: 'POST',
  url: new URL('https://shop.example/checkout/notify/wipay'),
  headers: new Headers(headers),
  body: new TextEncoder().encode(body),
})

// What WiPay answers --------------------------------------------------------------------------------------------------------------

export interface Asked {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly form: Readonly<Record<string, string>>
}

/** A network with WiPay at its end: what it was asked, and answers of the test's choice. */
export function network(answer: (asked: Asked) => unknown): { fetch: typeof fetch; asked: Asked[] } {
  const asked: Asked[] = []
  return {
    asked,
    fetch: async (input, init) => {
      const body = String(init?.body ?? '')
      const one = {
        url: new URL(String(input)),
        method: init?.method ?? 'GET',
        headers: new Headers(init?.headers),
        form: Object.fromEntries(new URLSearchParams(body)),
      }
      asked.push(one)
      const given = answer(one)
      return given instanceof Response ? given : Response.json(given)
    },
  }
}

export const page = 'https://tt.wipayfinancial.com/checkout/payment?_data=abc'
/** Every opening goes well. */
export const opening = () => network(() => ({ url: page, message: 'OK', transaction_id: transactionId }))

export const context = {
  checkoutId,
  method: 'wipay:card',
  country: 'TT',
  returnUrl: new URL(`https://shop.example/checkout/return/${checkoutId}`),
  notifyUrl: new URL('https://shop.example/checkout/notify/wipay'),
}
