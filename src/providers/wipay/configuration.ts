import type { SurfaceKind } from '../../protocol/requests.js'
import type { ProviderOptions } from '../adapter.js'
import type { CardType, FeeStructure } from './parameters.js'
import type { Country } from './platform.js'
import type { WebhookScheme } from './verify-webhook.js'

/**
 * Of WAPI: a key made in the dashboard (the better one: it can be restricted), or the account's own e-mail address and password. Each may be
 * written `process.env.NAME`: undefined, where that is not set, is refused at start-up, as it is for `accountNumber`.
 */
export type WapiCredentials =
  | { readonly key: string | undefined }
  | { readonly email: string | undefined; readonly password: string | undefined }

/** Which account of WiPay's back office, in which mode. */
export interface WipayBackOfficeConfiguration extends ProviderOptions {
  /** The platform on which the account is registered: Barbados, Grenada, Guyana, Jamaica, Trinidad and Tobago. */
  readonly country: Country
  readonly wapi: WapiCredentials
  /**
   * Only in test mode, and only this machine: a sandbox.
   * @default by mode and country
   */
  readonly baseUrl?: string
}

/** What the merchant's WiPay account is set to; README.md says where each is found, and what each `proof` leaves open. */
export interface WipayConfiguration extends ProviderOptions {
  /** Ten digits; `1234567890` in test mode, and there alone. */
  readonly accountNumber: string | undefined
  /** The platform on which the account is registered: Barbados, Grenada, Guyana, Jamaica, Trinidad and Tobago. */
  readonly country: Country
  /**
   * What a payment must be proven by; there is no default, since each leaves something open: see above.
   * `redirect`: the hash in the buyer's way back. `webhook`: WiPay's signed message. `wapi`: WiPay's answer to our question.
   */
  readonly proof: 'redirect' | 'webhook' | 'wapi'
  /**
   * With proof `redirect`. Never sent anywhere. Several, newest first, while they are being exchanged: all verify, an older one until its end. The
   * published key `123` in test mode only.
   */
  readonly apiKey?: string | readonly (string | { readonly key: string; readonly until: Date })[]
  /**
   * Of the webhook endpoint. Needed for proof `webhook`; beside `wapi` it adds refunds and disputes. Several, newest first, while rotating,
   * an older one until its end.
   */
  readonly webhookSecret?: string | readonly (string | { readonly key: string; readonly until: Date })[]
  /**
   * What a webhook's signature covers. Pin it when you have seen one.
   * @default either
   */
  readonly webhookScheme?: WebhookScheme
  /**
   * Seconds that a webhook may be off, 30 to 900. It needs a server whose clock is right.
   * @default 300
   */
  readonly webhookTolerance?: number
  /** Needed for proof `wapi`, and for cards that buyers store; beside `webhook` it is asked as well, and both are believed. */
  readonly wapi?: WapiCredentials
  /**
   * Who bears WiPay's fee. With `customer_pay` and `split` the page adds it, and the label says so.
   * @default `merchant_absorb`
   */
  readonly feeStructure?: FeeStructure
  /**
   * `form`: the buyer's browser sends the request. Only with `merchant_absorb`, and with proof `webhook` or `wapi`: see *Form mode*.
   * @default `json`
   */
  readonly requestMode?: 'json' | 'form'
  /**
   * Address verification: five minutes on the page in place of three.
   * @default false
   */
  readonly avs?: boolean
  /**
   * Offer each of these as a method of its own.
   * @default WiPay's page asks
   */
  readonly cards?: readonly CardType[]
  /**
   * That the account takes: TTD, JMD, BBD, GYD, XCD, USD.
   * @default the platform's own and USD
   */
  readonly currencies?: readonly string[]
  /**
   * Of the account: `{ TTD: { from: '5.00', to: '20400.00' } }`. An order outside of them is not offered.
   * @default none
   */
  readonly limits?: Readonly<Record<string, { readonly from?: string; readonly to?: string }>>
  /**
   * Where the page may be shown, best first. `iframe` can be listed; WiPay says nothing about frames, and banks' pages refuse them.
   * @default `redirect`, `popup`
   */
  readonly surfaces?: readonly SurfaceKind[]
  /**
   * Names of the methods.
   * @default in English
   */
  readonly labels?: {
    readonly card?: string
    readonly visa?: string
    readonly mastercard?: string
    readonly storeCard?: string
  }
  /**
   * Addresses of the methods' logos; a stored card has that of `card`.
   * @default none
   */
  readonly icons?: {
    readonly card?: string
    readonly visa?: string
    readonly mastercard?: string
    readonly storeCard?: string
  }
  /**
   * The name of your software in WiPay's records, 1 to 32 of `A-Z a-z 0-9 _ -`.
   * @default `checkout-button`
   */
  readonly origin?: string
  /**
   * Hosts besides WiPay's own on which a card processor shows its page; pages on any other are never shown.
   * @default none
   */
  readonly pageHosts?: readonly string[]
  /**
   * Only in test mode, and only this machine: a sandbox.
   * @default by mode and country
   */
  readonly baseUrl?: string
  /**
   * Told at start-up what is allowed and unwise.
   * @default a warning of the process
   */
  readonly warn?: (message: string) => void
}
