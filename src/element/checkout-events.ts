import type { CheckoutFailure, CheckoutNotice } from '../checkout/checkout-session.js'

// Every event bubbles, leaves shadow roots and can be prevented: then the default action named here does not happen. None carries
// personal data or money, since they pass through every script of the page (T-82), and none is a reason to ship goods: the
// server's `fulfil` is.

class CheckoutEvent extends Event {
  constructor(type: string) {
    super(type, { bubbles: true, composed: true, cancelable: true })
  }
}

/** The buyer chose a method. Default: the hosted page is opened. */
export class CheckoutOpenEvent extends CheckoutEvent {
  /** `provider:method`, as the server named it. */
  constructor(readonly method: string) {
    super('checkout-open')
  }
}

/** The buyer closed the hosted page, and nothing was paid as far as the server knows. No default. */
export class CheckoutCloseEvent extends CheckoutEvent {
  constructor(readonly checkoutId: string) {
    super('checkout-close')
  }
}

/** No outcome after ten minutes of asking; the server goes on without the page. Default: "still being checked" is shown. */
export class CheckoutPendingEvent extends CheckoutEvent {
  constructor(readonly checkoutId: string) {
    super('checkout-pending')
  }
}

/** The server says: paid and delivered. Default: the page goes to `success-url`; without one "paid" is shown. */
export class CheckoutSuccessEvent extends CheckoutEvent {
  constructor(readonly checkoutId: string) {
    super('checkout-success')
  }
}

/** The payment did not come about. Default: the reason is shown above the methods. */
export class CheckoutFailureEvent extends CheckoutEvent {
  /** A code of the closed list or the state in which the payment ended, and a sentence for the log. */
  constructor(readonly error: CheckoutFailure) {
    super('checkout-failure')
  }
}

export interface CheckoutEventMap {
  'checkout-open': CheckoutOpenEvent
  'checkout-close': CheckoutCloseEvent
  'checkout-pending': CheckoutPendingEvent
  'checkout-success': CheckoutSuccessEvent
  'checkout-failure': CheckoutFailureEvent
}

declare global {
  interface HTMLElementEventMap extends CheckoutEventMap {}
}

const outcomes = { close: CheckoutCloseEvent, pending: CheckoutPendingEvent, success: CheckoutSuccessEvent }

export function eventOf(notice: CheckoutNotice): Event {
  if (notice.type === 'open') return new CheckoutOpenEvent(notice.method.id)
  if (notice.type === 'failure') return new CheckoutFailureEvent(notice.error)
  return new outcomes[notice.type](notice.checkoutId)
}
