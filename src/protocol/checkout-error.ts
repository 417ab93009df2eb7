/** Every way in which a checkout can go wrong; a closed list, with the likely mistake. A buyer's cancel is not among them. */
export const checkoutErrorCodes = [
  /** An option is wrong or missing: the message names each. At start-up mostly; later, where a host tells no address that a proof needs. */
  'config_invalid',
  /** Not what this address takes. A body that something parsed, cut or re-encoded on its way is the likely reason; else a stranger. */
  'request_invalid',
  /** The page's origin is not in `pages`: compare scheme, host and port. Or its `Referrer-Policy` hides where a form comes from. */
  'origin_refused',
  /** Yours: the `price` hook throws it for an order that there is none of. */
  'order_unknown',
  /** What the `price` hook answered cannot be sold, it took too long, or the order was paid and taken back. The log names the fields. */
  'order_invalid',
  /** A payment covers the order. To sell it again, give the sale an `id` of its own. */
  'order_paid',
  /** Money was received and its settlement is waited for. Nothing to mend; no second payment is let in meanwhile. */
  'order_pending',
  /** The `attempt` of a form was used before for something else: make a new one in every rendering. */
  'attempt_conflict',
  /** The provider does not sell this order by this method: its currency, the buyer's country, a renewal, a missing e-mail. */
  'method_unavailable',
  /** No answer, or none that can be read, and surely nothing was opened. Is the provider down, or its address blocked? */
  'provider_unreachable',
  /** The provider said no; the log has its reason. Mostly keys, the account's mode, or a payment system that is not switched on. */
  'provider_refused',
  /** The provider may have opened a page, and we do not know. The same attempt may be tried again. */
  'outcome_unknown',
  /** The ledger's database cannot be written: full, locked, damaged or away. Providers are told to come again. */
  'store_unavailable',
  /** A notification without a proof: a stranger mostly. If each lacks it, signing is not switched on at the provider. */
  'signature_missing',
  /** The secret is another than the provider's, or something in front altered the request. `checkout-button verify` says what was signed. */
  'signature_invalid',
  /** Signed too long ago or in the future: is this machine's clock right? A replay else. */
  'notification_expired',
  /** Signed, but with a parameter that is not configured. It waits in quarantine; the provider's page says which option names it. */
  'parameter_unknown',
  /** It does not fit what was opened, or a decision about it does not: the message says which rule. */
  'event_mismatch',
  /** No checkout or event of this name is in this ledger: an old link, or the wrong database. */
  'checkout_unknown',
  /** In the browser: the shop did not answer. Offline, or the page is not in `pages`, or a content policy forbids `connect-src`. */
  'backend_unreachable',
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
