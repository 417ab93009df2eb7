import type { signalKinds } from '../protocol/checkout-request.js'
import type { PaymentState } from '../protocol/payment-state.js'
import type { Order, ProviderAdapter } from '../providers/adapter.js'
import type { ForeignEvent } from './foreign.js'
import type { Notice, Store } from './store.js'

// What the merchant writes, and what the hooks are given.

/** One payment of one order, to be given or taken back. */
export interface Delivery<Tx = unknown> {
  /** The same at every repeat, and for the revoke that takes it back: use it as the key of your write. */
  readonly id: string
  /** `renewal`: of a subscription; or another purchase on the same page of virtual currency. */
  readonly kind: 'first' | 'renewal'
  /** As priced at opening: give this, not what the cart holds by now. */
  readonly order: Order
  /** The order's `id`. */
  readonly orderId: string
  /** `paymentwall`. */
  readonly provider: string
  /** The provider's name of the transaction. */
  readonly reference: string
  /** `paid`, or why it is taken back. */
  readonly state: PaymentState
  /** What the provider adds: a reason, a masked card. Its page names them. */
  readonly details: Readonly<Record<string, string>>
  /**
   * The ledger's own transaction, with `delivery.inTransaction`: what is written with it happens exactly once, together with the note
   * that it did. Write with it and nothing else. It ends with the hook, or with the hook's time: a later statement throws.
   */
  readonly tx?: Tx
  /** Aborted when the hook's time is over; what it does after that may happen twice. */
  readonly signal: AbortSignal
}

export interface MerchantHooks<Tx = unknown> {
  /** The only source of prices. Throw CheckoutError('order_unknown') to refuse. */
  price(order: string, http: Request): Promise<Order> | Order
  /** Give the goods. Called again with the same `delivery.id` if it throws, takes too long, or the process dies in it. */
  fulfil(delivery: Delivery<Tx>): Promise<void> | void
  /** Take them back. Must not mind if they were never given. */
  revoke(delivery: Delivery<Tx>): Promise<void> | void
  /** Needs a person: contradiction, second payment, stuck. At least once, with the same `notice.id`. */
  alert?(notice: Notice): Promise<void> | void
  /** What the provider said besides payment: a subscription cancelled, a dispute. At least once, likewise. */
  news?(notice: Notice): Promise<void> | void
  /**
   * A verified event of a checkout that was never opened here: a subscription from before you moved here. The provider is told that it
   * arrived once you answer `true`: it is yours, and you have kept it. Throw, and you are asked again; `false` is not yours either, and
   * stays in quarantine. At least once, with the same `event.id`. Without this hook such events are not acknowledged, listed, and told.
   */
  foreign?(event: ForeignEvent): Promise<boolean> | boolean
  /** What the buyer's window reported. For statistics, never for goods. */
  observe?(signal: { readonly checkoutId: string; readonly kind: (typeof signalKinds)[number] }): Promise<void> | void
}

export interface CheckoutOptions<Tx = unknown> extends MerchantHooks<Tx> {
  /** The public address under which this server is reached: `https://shop.example/checkout`. */
  readonly base: string
  /** Origins whose pages may embed the button: `['https://shop.example']`. */
  readonly pages: readonly string[]
  /** One or several, all live or all in test mode: `[paymentwall({ … }), wipay({ … })]`. */
  readonly providers: readonly ProviderAdapter[]
  /** Where the ledger is kept: `sqlite('checkout.db')`, `postgres(process.env.DATABASE_URL)`, `memory()` in tests. */
  readonly store: Store<Tx>
  /** Market for buyers whose country nobody knows, ISO 3166-1 alpha-2. */
  readonly country?: string
  /** How the hooks are called. */
  readonly delivery?: DeliveryLimits
  /**
   * Whole days after which `work()` removes what is personal and what the provider told besides from all that is finished: the buyer
   * but for their id, and details of events. Titles, items and metadata of an order stay, for renewals and
   * refunds: put nothing personal into them.
   * @default for ever
   */
  readonly keep?: { readonly details: number }
  /**
   * Where a line goes that a developer may want to see; `console` and pino fit.
   * @default silent
   */
  readonly log?: Log
  /**
   * What time it is when a status is read; leases and rows have their store's clock. For tests.
   * @default the runtime's clock
   */
  readonly now?: () => Date
}

export interface DeliveryLimits {
  /**
   * Runs `fulfil` and `revoke` inside the ledger's transaction and gives them `delivery.tx`. For a store in a database of yours:
   * `postgres({ kysely })`, `sqlite({ kysely })`.
   * @default `false`
   */
  readonly inTransaction?: boolean
  /**
   * Milliseconds that a hook may take; at most 45,000, well below the lease. In a transaction 2,000 at most.
   * @default 30,000; in a transaction 2,000
   */
  readonly time?: number
  /**
   * After so many failures in a row a payment is `stuck`, told, and waits for a person.
   * @default 25: about ten hours
   */
  readonly attempts?: number
  /**
   * Hooks running at the same time in this process.
   * @default 32
   */
  readonly atOnce?: number
}

/** Fields first, as pino has it. Fields are from a fixed list, and never hold a secret or personal data. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}
