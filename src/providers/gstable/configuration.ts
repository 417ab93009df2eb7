import type { SurfaceKind } from '../../protocol/requests.js'
import type { Order, ProviderOptions } from '../adapter.js'

/**
 * What asking GStable's API needs. Its `mode` `test` is for the sandbox on this machine: GStable itself has mainnet only. What is needed may
 * be written `process.env.NAME`: undefined, where that is not set, is refused at start-up.
 */
export interface GStableBackOfficeConfiguration extends ProviderOptions {
  /** Never leaves the server: `sk_live_…`, or `rk_live_…` where it may create, read and cancel sessions; the sandbox's is `sk_test_…`. */
  readonly apiKey: string | undefined
  /**
   * The documents' address; the official client says `/api/v1`. A 404 or a page of HTML is the sign that the other one is right.
   * @default `https://api.gstable.io/payment/v1`
   */
  readonly baseUrl?: string
}

/** What the merchant's GStable account is set to; README.md says where each is found. */
export interface GStableConfiguration extends GStableBackOfficeConfiguration {
  /**
   * The webhook endpoint's own key, `wkk_…`; or several, while endpoints or keys are being exchanged: all of them verify,
   * an older one until its end, and `details.webhookKey` tells when it was not the first.
   */
  readonly webhookKey: string | undefined | readonly (string | { readonly key: string; readonly until: Date })[]
  /** The account that receives, `acc_…`. */
  readonly accountId: string | undefined
  /** What you receive: `network::symbol`, like `polygon::usdc`, one of the account's own. The payer may pay with another. */
  readonly settlementToken: string
  /**
   * Who bears GStable's percentage (0.2 to 0.6 %). `payer`: it comes on top of the price, and the label says so.
   * @default `merchant`
   */
  readonly feeModel?: 'merchant' | 'payer'
  /**
   * `paid`: confirmed on chain. `completed`: also arrived in your wallet, usually 30 to 40 seconds later.
   * @default `paid`
   */
  readonly fulfilOn?: 'paid' | 'completed'
  /**
   * How the signature is written. The documents do not say: pin it when you have seen one.
   * @default `auto`, either
   */
  readonly signatureEncoding?: 'auto' | 'hex' | 'base64'
  /**
   * Of the signed time: `s` has 10 digits, `ms` 13. The documents do not say either.
   * @default `auto`, either
   */
  readonly timestampUnit?: 'auto' | 's' | 'ms'
  /**
   * How far a webhook's time may be from ours, before and after: 30 to 900. It needs a server whose clock is right.
   * @default 300
   */
  readonly toleranceSeconds?: number
  /**
   * GStable's page asks for an e-mail address; we send none.
   * @default false
   */
  readonly payerEmailRequired?: boolean
  /**
   * How long the page can be paid. At least 1,860: GStable takes half an hour, and clocks differ.
   * @default GStable's half hour
   */
  readonly closesAfterSeconds?: number
  /**
   * Texts, or a function of the order, sent with each session and seen in GStable's dashboard, never by the payer. No personal data.
   * `orderId` and `checkoutId` are ours.
   * @default none
   */
  readonly metadata?: Readonly<Record<string, string>> | ((order: Order) => Readonly<Record<string, string>>)
  /**
   * The name of the method. The tokens in it come from GStable, where it answers.
   * @default `Stablecoins (USDC, USDT)`
   */
  readonly label?: string
  /** Address of the method's logo. */
  readonly icon?: string
  /**
   * Where the page may be shown, best first. `iframe` can be listed; wallets work badly or not at all in a frame.
   * @default `redirect`, `popup`
   */
  readonly surfaces?: readonly SurfaceKind[]
  /**
   * Where the tokens are listed, without a key.
   * @default `/public/api/v1` beside `baseUrl`
   */
  readonly publicUrl?: string
  /**
   * Hosts on which, or under which, GStable's payment pages may stand; pages on any other are never shown.
   * @default `gstable.io`
   */
  readonly pageHosts?: readonly string[]
}
