import * as z from 'zod/mini'
import { paymentMethod, surfaces } from './requests.js'
import { isWebAddress } from './web-address.js'

// What a browser says to the server, read strictly: an unknown field is an error, so nobody grows used to sending a price.
// Read on the server alone; the browser imports the type and none of the code.

/** `POST checkouts`: all a browser may say. It names what is paid for, never a price. */
export const checkoutRequest = z.strictObject({
  /** An order number, cart id or product code: whatever the merchant's `price` hook understands. */
  order: z.string().check(z.minLength(1), z.maxLength(200)),
  /** Made per attempt by the browser and kept across its retries and changes of surface. */
  attempt: z.uuid(),
  method: paymentMethod.shape.id,
  surface: z.enum(surfaces),
  /** Where to come back to. Its origin must be allow-listed and equal the request's own `Origin`. */
  page: z.string().check(z.maxLength(2048), z.refine(isWebAddress)),
  country: z.optional(z.string().check(z.regex(/^[A-Z]{2}$/))),
  locale: z.optional(z.string().check(z.maxLength(35))),
})
export type CheckoutRequest = z.infer<typeof checkoutRequest>

/** `POST checkouts` by a plain form, where no script runs. Without `attempt` or `method` it is answered by a page to choose from. */
export const plainRequest = z.strictObject({
  order: checkoutRequest.shape.order,
  page: checkoutRequest.shape.page,
  /** Fresh in every rendering of the form: it is the key to what is opened under it. */
  attempt: z.optional(checkoutRequest.shape.attempt),
  method: z.optional(checkoutRequest.shape.method),
  country: checkoutRequest.shape.country,
  locale: checkoutRequest.shape.locale,
})
export type PlainRequest = z.infer<typeof plainRequest>

/** `GET methods`, from its query. */
export const methodsRequest = z.strictObject({
  order: checkoutRequest.shape.order,
  country: checkoutRequest.shape.country,
  locale: checkoutRequest.shape.locale,
})

/** What the buyer's window may report; handed to the `observe` hook and to nothing else. */
export const signalKinds = ['opened', 'busy', 'idle', 'finished', 'closed'] as const

/** `POST checkouts/:id/signals`. */
export const signalRequest = z.strictObject({ kind: z.enum(signalKinds) })
