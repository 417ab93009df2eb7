import * as z from 'zod/mini'
import { money } from './money.js'
import { paymentStates } from './payment-state.js'
import { isWebAddress } from './web-address.js'

// The server's answers, as both sides know them. They are read leniently (unknown fields are passed over), since a browser
// file that a page has pinned may be older than its server. What a browser says is read strictly: checkout-request.ts.
// No z.url here: it costs the browser 600 bytes, and says nothing about the protocol, the user name or the host.

const webAddress = z.string().check(z.refine(isWebAddress))

/** How often a renewal is charged: `{ every: 1, unit: 'month' }`. */
export const period = z.object({ every: z.number(), unit: z.enum(['day', 'week', 'month', 'year']) })
export type Period = Readonly<z.infer<typeof period>>

export const surfaces = ['iframe', 'popup', 'redirect'] as const
export type SurfaceKind = (typeof surfaces)[number]

export const paymentMethod = z.object({
  /** `provider:method`; the part before the colon picks the adapter. */
  id: z.string().check(z.regex(/^[a-z0-9-]+:[a-z0-9_-]+$/)),
  label: z.string(),
  /** One that may not be loaded is dropped, not the methods with it: a letter stands in its place. */
  icon: z.catch(z.optional(webAddress), undefined),
  /** Where this page may be shown, best first. */
  surfaces: z.array(z.enum(surfaces)).check(z.minLength(1)),
  /** The page adds the provider's fee to our price: the label says so. */
  feeOnTop: z.optional(z.boolean()),
})
export type PaymentMethod = z.infer<typeof paymentMethod>

const text = z.optional(z.string())
/**
 * A price as a buyer reads it in one locale. `first` is what is paid today; the rest is there for what renews: `price` at every renewal,
 * `period` (`month`, `3 months`), `periods` (`1 month`), and how long a `trial` is.
 */
export const priceText = z.object({
  locale: z.string(),
  first: z.string(),
  ...{ price: text, period: text, periods: text, trial: text },
})
export type PriceText = z.infer<typeof priceText>

/** `GET methods`: what is sold, as the server prices it, and how it can be paid. */
export const offer = z.object({
  title: z.string(),
  price: z.optional(money),
  renews: z.optional(z.object({ period, trial: z.optional(z.object({ period, price: money })) })),
  methods: z.array(paymentMethod),
  /** In the locale that was asked for. One that does not read as such is dropped, and one in another locale is passed over. */
  written: z.catch(z.optional(priceText), undefined),
})
export type Offer = z.infer<typeof offer>

/** `POST checkouts`: where the buyer pays. */
export const openedPage = z.object({
  id: z.string(),
  url: webAddress,
  /** Origins whose window messages count as signals; absent when the page is silent. */
  speaksFrom: z.optional(z.array(z.string())),
  /** ISO 8601, UTC. When the page ends for the buyer. One that is no time is dropped: the page opens all the same. */
  closesAt: z.catch(z.optional(z.string().check(z.refine((time) => Date.parse(time) > 0))), undefined),
})
export type OpenedPage = z.infer<typeof openedPage>

/** `GET checkouts/:id`. `delivered` speaks of the order, whichever of its payments paid. */
export const checkoutStatus = z.object({
  state: z.enum(paymentStates),
  delivered: z.boolean(),
  /** While it is `pending`: the money is there, and only what the shop waits for is missing. Nothing is to be paid again. */
  received: z.optional(z.boolean()),
})
export type CheckoutStatus = z.infer<typeof checkoutStatus>

/** Every refusal: a closed code (checkout-error.ts) and a sentence that is safe to show. */
export const refusal = z.object({
  error: z.string(),
  message: z.string(),
  /** `order_paid`: what was paid, without methods. To be shown, and missed by nobody who cannot read it. */
  offer: z.catch(z.optional(offer), undefined),
  /** `order_pending`: the checkout whose payment was received. Its status tells how that ends. */
  id: z.optional(z.string()),
})
export type Refusal = z.infer<typeof refusal>

/** What our return page tells the window that waits for it, by `postMessage` and by a BroadcastChannel of this name. */
export const returnedMessage = 'checkout-returned'
export const returned = z.object({
  type: z.literal(returnedMessage),
  id: z.string(),
  /** Unproven: it makes the page ask, and is shown only while the server knows nothing better. */
  claims: z.optional(z.literal('failed')),
})
