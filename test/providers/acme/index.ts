import { createHmac, timingSafeEqual } from 'node:crypto'
import {
  CheckoutError,
  type HostedPage,
  type Notification,
  type OpenContext,
  type Order,
  type PaymentEvent,
  type PaymentState,
  type ProviderAdapter,
  type ProviderOptions,
  Secret,
} from 'checkout-button/server'

// A provider that this package has never heard of, as a merchant would write it: one folder, and nothing but public entries. Acme's page
// is reached by a signed address; its notification is a POST of JSON with `acme-time` and `acme-signature`, HMAC-SHA256 over both.

export interface AcmeConfiguration extends ProviderOptions {
  readonly shop: string
  readonly key: string
  /** Default `https://pay.acme.example`. */
  readonly baseUrl?: string
}

const tolerance = 300 // seconds
const states: ReadonlyMap<string, PaymentState> = new Map([
  ['paid', 'paid'],
  ['refused', 'failed'],
  ['returned', 'refunded'],
])

export function acme({ shop, key, mode = 'live', baseUrl, now = () => new Date() }: AcmeConfiguration): ProviderAdapter {
  const secret = new Secret(key)
  const sign = (text: string) => createHmac('sha256', secret.reveal()).update(text).digest('hex')
  const pages = new URL(baseUrl ?? 'https://pay.acme.example')
  return {
    name: 'acme',
    mode,
    methods: (order) =>
      refusalOf(order) ? [] : [{ id: 'acme:transfer', label: 'Acme transfer', surfaces: ['redirect', 'popup'] }],
    async open(order, context) {
      return pageOf(order, context)
    },
    async verify({ headers, body }) {
      const [time, signature] = [headers.get('acme-time'), headers.get('acme-signature')]
      if (!time || !signature) throw new CheckoutError('signature_missing', 'acme-time or acme-signature is missing')
      if (!/^[1-9]\d{9}$/.test(time)) throw new CheckoutError('signature_invalid', 'acme-time is no time in seconds')
      const text = new TextDecoder().decode(body)
      if (!isEqual(sign(`${time}.${text}`), signature))
        throw new CheckoutError('signature_invalid', 'the signature does not match: is `key` that of this shop?')
      if (Math.abs(now().getTime() / 1000 - Number(time)) > tolerance)
        throw new CheckoutError('notification_expired', 'the notification is too old: is the clock right?')
      return [eventOf(JSON.parse(text))]
    },
    explain: ({ headers, body }: Notification) => `${headers.get('acme-time')}.${new TextDecoder().decode(body)}`,
  }

  function pageOf(order: Order, { checkoutId, returnUrl, notifyUrl }: OpenContext): HostedPage {
    const refusal = refusalOf(order)
    if (refusal) throw new CheckoutError('order_invalid', refusal)
    const url = new URL('/pay', pages)
    const { amount, currency } = order.price as NonNullable<Order['price']>
    const query = { shop, checkout: checkoutId, amount, currency, back: returnUrl.href, tell: notifyUrl.href }
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    url.searchParams.set('signature', sign(JSON.stringify(Object.values(query))))
    return { url }
  }
}

const refusalOf = ({ price, renews, lasts, storesCard }: Order): string | undefined =>
  !price || renews || lasts || storesCard ? 'Acme sells once, at a price' : undefined

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

interface AcmeNotification {
  readonly transfer: string
  readonly checkout: string
  readonly state: string
  readonly amount: string
  readonly currency: string
  readonly trial: boolean
}

function eventOf({ transfer, checkout, state, amount, currency, trial }: AcmeNotification): PaymentEvent {
  const becomes = states.get(state)
  return {
    key: `${transfer}:${state}`,
    checkout: { id: checkout },
    reference: transfer,
    ...(becomes ? { becomes } : { news: 'unknown' as const }),
    ...(becomes === 'paid' && { money: { amount, currency } }),
    test: trial,
  }
}
