import type { Order, ProviderOptions } from '../adapter.js'
import type { ApiType } from './api-type.js'
import type { Profile } from './profile.js'

/**
 * What the merchant's Paymentwall project is set to; README.md says where each is found and what must be switched on. What is needed may be
 * written `process.env.NAME`: undefined, where that is not set, is refused at start-up.
 */
export interface PaymentwallConfiguration extends ProviderOptions {
  /** Public: 32 hex digits. */
  readonly projectKey: string | undefined
  /**
   * Never leaves the server. Several, newest first, while they are being exchanged: the newest signs, all verify, an older one until its
   * end. What an older one signed says so in `details['signed-by']`. See *Exchanging the secret key*.
   */
  readonly secretKey: string | undefined | readonly (string | { readonly key: string; readonly until: Date })[]
  /**
   * The project's setting *Your API*.
   * @default `digital-goods`
   */
  readonly apiType?: ApiType
  /**
   * The custom pingback parameter, set to OWN, that brings our checkout id back. Needed for products stored at Paymentwall, virtual
   * currency and carts, whose pingbacks name other ids; without it they are not offered.
   */
  readonly checkoutParameter?: string
  /**
   * Of page addresses, and the one version that pingbacks are believed in. 2 is MD5. A cart's: 2, pingbacks always.
   * @default 3 (SHA-256)
   */
  readonly signVersion?: 2 | 3
  /**
   * Believes pingbacks of version 1, and those alone: MD5 over six fields, so test mark, reason and custom parameters can be forged.
   * @default false
   */
  readonly dangerouslyAcceptPingbacksOfVersion1?: boolean
  /**
   * The look of the payment page, as made in the project's settings.
   * @default `pw`, and `p1` for what Paymentwall stores
   */
  readonly widget?: string
  /**
   * `https://payments.terminal3.com` for projects of that brand; http only to this machine, in test mode.
   * @default `https://api.paymentwall.com`
   */
  readonly baseUrl?: string
  /**
   * Lets a project that is not live yet be paid without being logged in at Paymentwall. Only in test mode.
   * @default false
   */
  readonly evaluation?: boolean
  /**
   * Offer exactly these, in this order, and ask Paymentwall for none. `id` is Paymentwall's short code (`cc`, `paypal`); `newWindow`: the
   * method's page must not be framed.
   */
  readonly methods?: readonly {
    readonly id: string
    readonly label: string
    readonly icon?: string
    readonly newWindow?: boolean
  }[]
  /**
   * When to offer the page on which Paymentwall lets the buyer choose, as one method, `paymentwall:all`. `fallback`: only where its list
   * of methods is not to be had.
   * @default `fallback`
   */
  readonly allMethods?: 'fallback' | 'always' | 'never'
  /**
   * The name of that method.
   * @default `All payment methods`
   */
  readonly allMethodsLabel?: string
  /**
   * Codes of the methods that can carry an order that renews; the documents' own lists differ.
   * @default the documented ones
   */
  readonly renewingMethods?: readonly string[]
  /**
   * Paymentwall has allowed this project periods of a year and more.
   * @default false
   */
  readonly longPeriods?: boolean
  /** Whose methods to offer where the buyer's country is not known. */
  readonly country?: string
  /**
   * Where it is still not known, Paymentwall is asked for the country of the buyer's address, which it then learns before the buyer has
   * chosen it.
   * @default true
   */
  readonly locate?: boolean
  /**
   * What you know of the buyer, for Paymentwall's risk check, by its own field names; or a function of the order.
   * @default nothing
   */
  readonly profile?: Profile | ((order: Order) => Profile)
  /**
   * Names of the custom pingback parameters that the project sends; they arrive in `delivery.details`. A pingback with any other is held
   * back until it is listed.
   * @default none
   */
  readonly customParameters?: readonly string[]
  /**
   * Of those, the ones whose value may hold `=`. Risky: see *What the proof is*.
   * @default none
   */
  readonly dangerouslyAllowEqualsSignIn?: readonly string[]
  /** Custom pingback parameter set to PRODUCT_PRICE: with `currencyParameter` each payment's price is compared too, see *The price*. */
  readonly amountParameter?: string
  /** Custom pingback parameter set to PRODUCT_CURRENCY_CODE. */
  readonly currencyParameter?: string
  /** Custom pingback parameter set to RECURRING_BILLING_INITIAL_REF: tells renewals from first payments, whichever comes first. */
  readonly firstReferenceParameter?: string
  /**
   * The Payment Status API is switched on for the project: what became of a checkout can be asked. Digital goods only.
   * @default false
   */
  readonly paymentStatus?: boolean
  /**
   * Believe only pingbacks from the documented addresses, or from these (`174.36.92.186`, `216.127.71.0/24`).
   * @default false
   */
  readonly sourceCheck?: boolean | readonly string[]
}
