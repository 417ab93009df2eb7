/** Every way in which a checkout can go wrong; a closed list. A buyer's cancel is not among them. */
export const checkoutErrorCodes = [
  'config_invalid',
  'request_invalid',
  'origin_refused',
  'order_unknown',
  'order_invalid',
  'order_paid',
  'order_pending',
  'attempt_conflict',
  'method_unavailable',
  'provider_unreachable',
  'provider_refused',
  'outcome_unknown',
  'store_unavailable',
  'signature_missing',
  'signature_invalid',
  'notification_expired',
  'parameter_unknown',
  'event_mismatch',
  'checkout_unknown',
  'surface_blocked',
  'backend_unreachable',
  'fulfilment_failed',
] as const
export type CheckoutErrorCode = (typeof checkoutErrorCodes)[number]

/**
 * The one error of this package. The message names the rule that was broken and the likely mistake, for the log; it holds no
 * secret and no personal data. `details` are for a person who mends it: names of parameters and options, never values.
 */
export class CheckoutError extends Error {
  readonly details: Readonly<Record<string, string>>
  constructor(
    readonly code: CheckoutErrorCode,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, string>> } = {},
  ) {
    super(message, options)
    this.name = 'CheckoutError'
    this.details = options.details ?? {}
  }
}
