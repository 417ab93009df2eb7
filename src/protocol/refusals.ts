import type { CheckoutErrorCode } from './checkout-error.js'

/** How a server answers each code: the HTTP status, and the sentence that a stranger may read. */
export const refusals: Readonly<Record<CheckoutErrorCode, readonly [status: number, sentence: string]>> = {
  config_invalid: [500, 'The shop is not set up correctly.'],
  request_invalid: [400, 'The request is not of the form that this address takes.'],
  origin_refused: [403, 'This page is not allowed to open a checkout here.'],
  order_unknown: [404, 'There is no such order.'],
  order_invalid: [500, 'This order cannot be paid for at the moment.'],
  order_paid: [409, 'This order is paid already.'],
  order_pending: [409, 'A payment for this order has been received and is still being checked.'],
  attempt_conflict: [409, 'This attempt was used for another order or method.'],
  method_unavailable: [409, 'This payment method is not on offer for this order.'],
  provider_unreachable: [502, 'The payment provider could not be reached. Nothing was charged.'],
  provider_refused: [502, 'The payment provider did not accept the order. Nothing was charged.'],
  outcome_unknown: [502, 'The payment provider did not answer in time. Nothing was charged.'],
  store_unavailable: [503, 'The shop cannot take payments for a moment. Please try again.'],
  signature_missing: [401, 'The notification is not signed.'],
  signature_invalid: [401, 'The signature does not match.'],
  notification_expired: [401, 'The notification is too old or from the future.'],
  parameter_unknown: [400, 'The notification holds a parameter that is not configured.'],
  event_mismatch: [409, 'The notification does not fit the checkout.'],
  checkout_unknown: [404, 'There is no such checkout.'],
  backend_unreachable: [502, 'The shop could not be reached.'],
}
