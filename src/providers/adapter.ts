import { CheckoutError } from '../protocol/checkout-error.js'
import type { Money } from '../protocol/money.js'
import type { PaymentState } from '../protocol/payment-state.js'
import type { PaymentMethod, Period } from '../protocol/requests.js'

// What a provider is to the rest: this interface, and nothing else. A provider is one folder that exports one function, which
// takes the merchant's configuration and answers a ProviderAdapter.

export type Mode = 'live' | 'test'

// What the merchant sells --------------------------------------------------------------------------------------------------

export interface Order {
  /**
   * One sale to one buyer, fulfilled at most once, whatever is paid how often: an order or cart number, never a product code. Virtual
   * currency alone, which the buyer may buy again on the same page, is given for each payment there.
   * Left out: every checkout is an order of its own.
   */
  readonly id?: string
  readonly title: string
  /** The regular price. Left out only where the provider knows it: stored products, virtual currency, a card to store. */
  readonly price?: Money
  readonly buyer: Buyer
  /** A subscription; every renewal is a payment of its own and is fulfilled once. A trial is charged first. */
  readonly renews?: {
    readonly period: Period
    readonly trial?: { readonly period: Period; readonly price: Money; readonly title?: string }
  }
  /** Sold for a time, once: no renewal. */
  readonly lasts?: Period
  readonly items?: readonly OrderItem[]
  /** Nothing is sold: the buyer stores a card; the hook receives its id in `delivery.details`. */
  readonly storesCard?: boolean
  readonly metadata?: Readonly<Record<string, string>>
}

export interface Buyer {
  /** Stable and unique per person, `^[A-Za-z0-9_.-]{1,64}$`. */
  readonly id: string
  readonly email?: string
  readonly name?: string
  readonly phone?: string
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country?: string
  readonly address?: {
    readonly line1: string
    readonly line2?: string
    readonly city?: string
    readonly state?: string
    readonly zip?: string
  }
  /** When the account was made; some providers weigh risk by it. */
  readonly registeredAt?: Date
  /** Cards stored before: each becomes a method of its own. */
  readonly cards?: readonly { readonly provider: string; readonly id: string; readonly label: string }[]
}

export interface OrderItem {
  readonly title: string
  readonly quantity: number
  /** Of one. Where all items have one, they add up to the order's price. */
  readonly price?: Money
  readonly description?: string
  readonly image?: string
  readonly attributes?: Readonly<Record<string, string>>
  /** The same thing in a provider's own catalogue, by provider's name. */
  readonly products?: Readonly<Record<string, string>>
}

// Opening a page -----------------------------------------------------------------------------------------------------------

/** Who asks for methods, and from where. `address` is the buyer's, for a provider that can tell the country from it. */
export interface Market {
  readonly country?: string
  readonly locale?: string
  readonly address?: string
}

export interface OpenContext {
  /** Must travel to the provider and come back in its notification, itself or something kept in its place. */
  readonly checkoutId: string
  /** Full method id, already checked to be on offer for this order. */
  readonly method: string
  readonly country?: string
  readonly locale?: string
  /** Ends with the checkout id and holds no query; also the address for failures. */
  readonly returnUrl: URL
  readonly notifyUrl: URL
}

export interface HostedPage {
  readonly url: URL
  /** Present: the page is reached by POST with these fields. The browser gets a page of ours that sends them. */
  readonly fields?: Readonly<Record<string, string>>
  /** The provider's own id, when it gives one on opening; later events must carry it. */
  readonly reference?: string
  /** The reference finds the checkout, but the transaction has its name only later: the first one that comes binds itself. */
  readonly bindsLater?: boolean
  /** What verify and look-up need again, exactly as sent. */
  readonly kept?: Readonly<Record<string, string>>
  /** When the page ends for the buyer: for the clock in the page, never for money. */
  readonly closesAt?: Date
  /** The page can be paid until `closesAt` by a buyer who left it: who starts the same sale again is led there, and to no second page. */
  readonly resumes?: boolean
  /** When to ask for the outcome if nothing was heard. Past the last the checkout reads `expired`. */
  readonly askAt?: readonly Date[]
  /** Origins whose window messages count as signals; absent when the page is silent. */
  readonly speaksFrom?: readonly string[]
}

// Notifications ------------------------------------------------------------------------------------------------------------

/** A request already read: one raw body, its query as received. Never parsed before it is verified. */
export interface Notification {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
  /** The received bytes: what is signed is bytes, not text. */
  readonly body: Uint8Array
  /** Of the connection, or of the configured number of trusted hops; absent where the host cannot know. */
  readonly address?: string
}

/** What a provider said, proven and in our words. */
export interface PaymentEvent {
  /** Same delivery, same key. Different news, different key. */
  readonly key: string
  /** Which checkout: by the reference that the provider gave on opening, or, where it gives none, by our own id. */
  readonly checkout: { readonly reference: string } | { readonly id: string }
  /** The provider's name of this transaction; with the provider's name the identity of a payment. */
  readonly reference: string
  /** Absent: news that moves no payment and binds none. */
  readonly becomes?: PaymentState
  /**
   * With `becomes: 'pending'`: the money was received, and only what the merchant waits for is missing, as its settlement. Such a payment
   * never reads as expired or failed again, and no other page of its order is opened beside it.
   */
  readonly received?: boolean
  /**
   * With `becomes: 'pending'`: the buyer has paid, and the provider looks into it, for days perhaps. Until its next word, whichever that
   * is, such a payment reads as being checked, never as expired.
   */
  readonly underReview?: boolean
  /** Handed to the merchant's `news` hook. */
  readonly news?: News
  /** What was paid towards our price, a fee on top left out. Absent when the provider does not repeat it. */
  readonly money?: Money
  /** The buyer as the provider names them, compared with the order where present. */
  readonly buyerId?: string
  /** The provider's word that this is, or is not, a renewal. */
  readonly renewal?: boolean
  /** Proven, yet at odds with what the adapter knows: quarantined with this reason. */
  readonly objection?: string
  /** Taken, and yet something for the merchant to mend: told in the log. Names, never values. */
  readonly warning?: string
  readonly test: boolean
  /** What the provider adds and the merchant may want: reason code, transaction hash on chain, masked card. */
  readonly details?: Readonly<Record<string, string>>
}

export const news = [
  /** No renewal will follow. What is paid stays paid: keep it until its period ends. */
  'subscription_cancelled',
  /** The subscription is over: its periods are used up, or the provider gave it up. */
  'subscription_ended',
  /** A renewal was not paid. The provider may try again. */
  'renewal_failed',
  /** A part of a payment was given back. Nothing is revoked: how much of the goods that is, you decide. */
  'partly_reversed',
  /** The buyer, their bank or the provider doubts the payment. Nothing is revoked yet: answer it in the provider's dashboard. */
  'disputed',
  /** The dispute ended for you: the payment stands. */
  'dispute_dropped',
  /** A refund was asked for, and not decided. */
  'refund_requested',
  /** It was refused: the payment stands. */
  'refund_rejected',
  /** The money reached your account. */
  'settled',
  /** Something proven that has no meaning here; `details` hold the provider's words. It moves no payment. */
  'unknown',
] as const
export type News = (typeof news)[number]

/** A checkout as an adapter may see it; it never changes after opening. */
export interface OpenedCheckout {
  readonly id: string
  readonly order: Order
  readonly method: string
  readonly mode: Mode
  readonly openedAt: Date
  readonly reference?: string
  readonly kept: Readonly<Record<string, string>>
}

/** Read-only look-up for proofs that rest on what we stored. */
export interface OpenedCheckouts {
  byReference(reference: string): Promise<OpenedCheckout | undefined>
  byId(id: string): Promise<OpenedCheckout | undefined>
}

// The provider -------------------------------------------------------------------------------------------------------------

/** In every provider's configuration. Tests hold the clock and the network here; back-office calls use the same. */
export interface ProviderOptions {
  /**
   * `test`: the provider's sandbox or test method, and notifications of tests; nothing live is believed then. All providers of a server
   * have the same.
   * @default `live`
   */
  readonly mode?: Mode
  /**
   * For tests.
   * @default the runtime's
   */
  readonly fetch?: typeof fetch
  /**
   * For tests.
   * @default the runtime's clock
   */
  readonly now?: () => Date
}

export interface ProviderAdapter {
  /** Lower-case slug; also its place in addresses and method ids. */
  readonly name: string
  /** `live` unless configured; a server refuses to start with two modes. */
  readonly mode: Mode
  /** Empty for an order that this provider cannot sell: its currency, a renewal, no price, no e-mail. */
  methods(order: Order, market: Market): readonly PaymentMethod[] | Promise<readonly PaymentMethod[]>
  /** Why this provider cannot sell the order, where the order alone tells: for the shop's log, so it names fields and no values. */
  whyNot?(order: Order): string | undefined
  open(order: Order, context: OpenContext): Promise<HostedPage>
  /**
   * Throws CheckoutError `signature_invalid` and the like; answers [] for news that concerns no checkout. Writes nothing; asks
   * the provider only where the message alone proves nothing. `parameter_unknown` says: the signature holds, yet the
   * message must not be believed until a person has configured it; its `details` are `key`, `reference` and `parameter`.
   */
  verify(notification: Notification, opened: OpenedCheckouts): Promise<readonly PaymentEvent[]>
  /** Ask the provider what became of a checkout; absent where it cannot be asked. The answer is settled like a notification. */
  lookUp?(checkout: OpenedCheckout): Promise<readonly PaymentEvent[]>
  /** End a page that nobody shall pay any more: a newer one was opened for its order, or the order is paid. */
  withdraw?(checkout: OpenedCheckout): Promise<void>
  /** The buyer's way back may carry proof: it is verified like a notification. */
  readonly returnIsNotification?: boolean
  /** What the way back claims without proof: shown to the buyer, never recorded. */
  readReturn?(address: URL): 'failed' | undefined
  /**
   * The text that the signature of this notification is computed over, with `[secret]` where the secret stands: for a developer whose
   * signature does not match. The checkout is for proofs that rest on what was stored. Undefined where the notification is too malformed to tell. Holds what the provider sent of the buyer.
   */
  explain?(notification: Notification, checkout?: OpenedCheckout): string | undefined
  /**
   * What went wrong with a notification whose signature does not match, found by trying the usual mistakes; undefined where none of them
   * explains it. For a developer who asks: it takes time, and is never part of an answer. Names, never values of secrets.
   */
  likelyMistake?(notification: Notification, checkout?: OpenedCheckout): string | undefined
  /** Methods of HTTP by which this provider notifies; anything else is answered 405. Default: POST. */
  readonly notifiesBy?: readonly ('GET' | 'POST')[]
  /** The body that tells this provider to stop repeating itself. Default: empty. */
  readonly acknowledgement?: string
}

/** The pretend provider of a folder's sandbox.ts: its hosted page, its API and its signed notifications, on an origin of its own. */
export interface ProviderSandbox {
  readonly name: string
  fetch(request: Request): Promise<Response>
  /** Stops repeating notifications. */
  close(): void
}

/**
 * A secret that does not print: as text, as JSON and under inspection it is `[secret]`. `reveal()` is greppable and belongs
 * only where a provider signs, verifies or calls.
 */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return '[secret]'
  }
  toJSON(): string {
    return '[secret]'
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }
}

/** The part of a method id behind the colon: `paymentwall:paypal` is `paypal`. */
export function methodCode(provider: string, method: string): string {
  if (!method.startsWith(`${provider}:`)) throw new CheckoutError('method_unavailable', `${method} is no method of ${provider}`)
  return method.slice(provider.length + 1)
}
