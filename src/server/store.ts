import type { CheckoutRequest } from '../protocol/checkout-request.js'
import type { PaymentState } from '../protocol/payment-state.js'
import type { HostedPage, News, OpenedCheckout, PaymentEvent } from '../providers/adapter.js'

// What the ledger needs of a database: transactions, locks and unique constraints, and no rules. Every rule lives in settle.ts, so a
// store cannot get one wrong. Times are milliseconds since 1970.

/** One attempt to pay one order. There before the provider is called; complete before the address leaves the server. */
export interface Checkout extends OpenedCheckout {
  readonly provider: string
  /** The order's id, or this checkout's own where the order has none. */
  readonly orderId: string
  /** Unique among those not lost. */
  readonly attempt: string
  /** What was asked under this attempt, order and method: the same attempt with another of them is a conflict. */
  readonly asked: string
  /** `lost`: nothing was opened, or the provider's answer never came; another checkout may take the attempt over. */
  readonly stage: 'opening' | 'open' | 'lost'
  readonly page?: HostedPage
  /** When to ask the provider for the outcome, if nothing was heard until then. */
  readonly askAt?: number
  /** Where the buyer came from: fixed at opening, never read from an address later. */
  readonly backTo: string
  /** `plain`: opened by a form without script, so the outcome is shown on a page of ours. */
  readonly surface: CheckoutRequest['surface'] | 'plain'
}

/** One transaction of a provider. (provider, reference) is its identity, so it can never serve two orders. */
export interface Payment {
  readonly provider: string
  readonly reference: string
  readonly checkoutId: string
  readonly orderId: string
  /** Decided once, in the transaction that first makes it paid. An order has one `first`, by a unique index. */
  readonly role?: 'first' | 'renewal' | 'surplus'
  /** What is true. */
  readonly state: PaymentState
  /** What the provider said with the news that put it there; while it is pending, and received or under review, that mark among it. */
  readonly details: Readonly<Record<string, string>>
  /** A contradiction of it stands open in quarantine: only a reversal moves it. */
  readonly held: boolean
  /** What is done. `started` means: perhaps. */
  readonly delivery: 'none' | 'started' | 'done'
  readonly lease?: Lease
  readonly attempts: number
  /** When to look again; absent: nothing is owed, or stuck. Written by settle.ts, so that a store only compares a number. */
  readonly dueAt?: number
  /** When the hook last gave the goods, and last took them back: for the order's story, never for a decision. */
  readonly fulfilledAt?: number
  readonly revokedAt?: number
}

/** The right to call the hook for one payment. The fence grows with each holder, so that a late one can be told apart. */
export interface Lease {
  readonly until: number
  readonly fence: number
}

/** What was made of a notification; kept for ever with what makes two deliveries the same, so that a replay is known as one. */
export interface EventRecord {
  readonly provider: string
  readonly key: string
  /** A digest of checkout, reference, state, money, buyer and test mark: the same key with other content is a contradiction. */
  readonly content: string
  readonly verdict: Verdict
  readonly reference: string
  readonly checkoutId?: string
  readonly orderId?: string
  readonly becomes?: PaymentState
  readonly news?: News
  /** Why it stands in quarantine; empty where it does not. */
  readonly reason: string
  readonly details: Readonly<Record<string, string>>
  /** What it takes to settle it later. Kept of what was not settled as it came, and of nothing else. */
  readonly said?: Said
  readonly at: number
}

/** The rest of an event, beside what stands in its record. */
export type Said = Pick<
  PaymentEvent,
  'checkout' | 'received' | 'underReview' | 'money' | 'buyerId' | 'renewal' | 'objection' | 'test'
>

/** `unknown` is tried anew when it comes again; the others are final, but for a person. */
export type Verdict = 'taken' | 'quarantined' | 'unknown' | 'dropped'

/** Something a person or the shop should know. A row of its own, told until the hook has taken it. */
export interface Notice {
  /** The same fact has the same id, and is one row. */
  readonly id: string
  readonly kind:
    | News
    /** What was paid does not fit what was opened, or was said twice in two ways. In quarantine: `accept` or `drop` it. */
    | 'contradiction'
    /** Names a checkout that was never opened here. A wrong or restored database? Then put it right, and `retry`; else `drop`. */
    | 'unknown_checkout'
    /** Signed, with a parameter that is not configured: name it in the provider's options. The provider repeats it. */
    | 'unknown_parameter'
    /** A second payment of an order, which is never fulfilled: give the money back at the provider. */
    | 'surplus'
    /** An order was paid after its page counted as expired, and is fulfilled; or a failure was reported after it was paid, and is not believed. */
    | 'late'
    /** A hook failed so many times that it is called no more: mend it, then `retry` the payment. */
    | 'stuck'
    /** The provider was asked to the end and brought no outcome: look the payment up in its dashboard. */
    | 'unconfirmed'
    /** Never told: what is to be asked of the `foreign` hook. */
    | 'foreign'
  readonly provider: string
  readonly checkoutId?: string
  readonly orderId?: string
  readonly reference?: string
  readonly reason: string
  readonly details: Readonly<Record<string, string>>
}

export interface PendingNotice extends Notice {
  readonly attempts: number
}

/** What a person decided about an event, kept for ever. */
export interface Decision {
  readonly id: string
  /** `deliver`: a hook was asked for anew; there is no event, and `key` is empty. */
  readonly decision: 'accept' | 'drop' | 'retry' | 'deliver'
  readonly provider: string
  readonly key: string
  readonly reference: string
  readonly checkoutId?: string
  readonly orderId?: string
  /** As the person named themselves, and gave their reason. */
  readonly by: string
  readonly reason: string
  readonly at: number
}

/** Rows with the time at which each came into the ledger, for lists and stories. */
export interface Entries {
  checkouts: Checkout & { readonly at: number }
  payments: Payment & { readonly at: number }
  events: EventRecord
  notices: PendingNotice & { readonly at: number; readonly isTold: boolean }
  decisions: Decision
}

/** All that is known of one order, each kind oldest first. */
export type Story = { readonly [Kind in keyof Entries]: readonly Entries[Kind][] }

/** `Tx` is what a merchant's statements run with, where the ledger lies in a database of theirs. */
export interface Store<Tx = unknown> {
  /** Opens and migrates, once, on first use or when asked. Hosts await it before they listen. Throws CheckoutError `config_invalid`
   *  for a database that must not be used as it is, `store_unavailable` for one that cannot be reached. */
  ready(): Promise<void>
  /**
   * Runs the work with the rows that it touches locked, and makes it durable before it resolves. A work that loses on a unique
   * constraint runs again from its start, a bounded number of times, so it must have no effect outside. Throws CheckoutError
   * `store_unavailable` when the database cannot be written within a few seconds: then nothing, or perhaps all, was written.
   * `news` is the one event that the work records. A store to which each statement is a trip may first run the work as if nothing had
   * been heard of its payment and its order yet, which nearly always holds, and write all of that in one statement, or none of it.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, news?: NamedEvent): Promise<T>
  /**
   * For a database that the merchant handed in, and absent elsewhere: one transaction for the ledger and for what they write with
   * `theirs`. Runs once. `end` stops their statements: whatever comes later throws.
   */
  share?<T>(work: (tx: Transaction, theirs: Tx, end: () => void) => Promise<T>): Promise<T>
  /**
   * Writes what becomes of a payment if its row is still as it is here, and answers whether it was: without reading it first, it costs
   * a database across a wire one trip instead of four. `now` is the store's clock as far as it is known without asking: for what is
   * told, not for leases. May answer false of a row that somebody holds locked.
   */
  replacePayment(before: Payment, change: (now: number) => Payment): Promise<boolean>
  /** Payments that are due and whose lease is free; takes the lease by the store's own clock. Two instances never get the same. */
  claim(limit: number): Promise<readonly Payment[]>
  /** Notices that are due; puts them off by a minute, so that another instance leaves them alone meanwhile. */
  claimNotices(limit: number): Promise<readonly PendingNotice[]>

  /** Checkouts whose time to ask the provider has come; puts them off likewise. */
  claimQuestions(limit: number): Promise<readonly Checkout[]>

  checkout(id: string): Promise<Checkout | undefined>
  checkoutByReference(provider: string, reference: string): Promise<Checkout | undefined>
  /** The one of this attempt that is not lost. */
  checkoutByAttempt(attempt: string): Promise<Checkout | undefined>
  /** Those of an order whose page a buyer may still have before them. */
  openCheckouts(orderId: string): Promise<readonly Checkout[]>
  paymentsOf(checkoutId: string): Promise<readonly Payment[]>
  firstOf(orderId: string): Promise<Payment | undefined>

  /** Newest first. `before` pages: the `at` of the last row seen; so that none is passed over, a page holds all of its last moment. */
  events(query: {
    limit: number
    before?: number
    orderId?: string
    verdicts?: readonly Verdict[]
  }): Promise<readonly EventRecord[]>
  payments(query: { limit: number; orderId?: string }): Promise<readonly Payment[]>
  notices(query: { limit: number; untold?: boolean }): Promise<readonly PendingNotice[]>

  event(provider: string, key: string): Promise<EventRecord | undefined>
  story(orderId: string): Promise<Story>
  /** Every row of a kind, in the order of its identity; `after` is the last one of the page before. */
  page<Kind extends keyof Entries>(
    kind: Kind,
    query: { limit: number; after?: Entries[Kind] },
  ): Promise<readonly Entries[Kind][]>
  /** Checkouts opened in this time, oldest first, without a payment that came to an end, lost ones among them. */
  unsettled(query: { limit: number; since: number; until: number }): Promise<readonly Entries['checkouts'][]>
  /** Payments that came in since then, whose delivery stands still half-way, and surplus ones not given back; oldest first. */
  unfinished(query: { limit: number; since: number }): Promise<readonly Entries['payments'][]>
  /** What is older than that and still holds what may be forgotten, oldest first; rows open in any way among them. */
  forgettable<Kind extends 'checkouts' | 'events' | 'notices'>(
    kind: Kind,
    query: { limit: number; after: number; before: number },
  ): Promise<readonly Entries[Kind][]>

  close(): Promise<void>
}

/** How long a holder of a lease has before another may take it; hooks are stopped well before. */
export const leaseTime = 60_000
/** Nothing is ever put off for longer: a time further ahead shows a clock that was set back, and counts as due (T-45). */
export const furthestAhead = 2 * 60 * 60_000

/** An event by its names: its own, that of its payment, and that of its checkout. */
export interface NamedEvent extends Pick<PaymentEvent, 'key' | 'reference' | 'checkout'> {
  readonly provider: string
}

export interface Transaction {
  /** The store's clock, the same for the whole transaction. */
  readonly now: number
  /** Locks the row: whatever concerns one checkout happens one after the other. */
  checkout(provider: string, which: PaymentEvent['checkout']): Promise<Checkout | undefined>
  checkoutByAttempt(attempt: string): Promise<Checkout | undefined>
  saveCheckout(checkout: Checkout): Promise<void>
  /** Undefined: new, and now inserted. Else the record that this key had before, untouched, and its row locked. */
  seen(record: EventRecord): Promise<EventRecord | undefined>
  /** Locks the row. Whoever locks its checkout too, does that first. */
  event(provider: string, key: string): Promise<EventRecord | undefined>
  /** Writes the record over the one with its key. */
  saveEvent(record: EventRecord): Promise<void>
  /** Oldest first. */
  eventsOf(orderId: string): Promise<readonly EventRecord[]>
  decision(decision: Decision): Promise<void>
  /** Locks the row. */
  payment(provider: string, reference: string): Promise<Payment | undefined>
  firstOf(orderId: string): Promise<Payment | undefined>
  /** Its first payment, else its earliest renewal. What concerns the order's other checkouts waits for this transaction, from here on. */
  beganWith(orderId: string): Promise<Payment | undefined>
  /** Throws inside when another payment is the order's `first` already: the transaction then runs again. */
  savePayment(payment: Payment): Promise<void>
  /** To be told now, or from a time on. A notice whose id is known already is left as it is. */
  notice(notice: Notice, dueAt?: number): Promise<void>
  /** Taken by its hook: told once and for all. */
  noticeTold(id: string): Promise<void>
  noticeFailed(id: string, dueAt: number): Promise<void>
  /** Writes order, page and origin over those stored, and counts the checkout as forgotten. */
  forgetCheckout(checkout: Checkout): Promise<void>
  /** Drops the details of a notice. */
  forgetNotice(id: string): Promise<void>
  /** Writes a row that means nothing: its commit shows that the database can be written. */
  probe(): Promise<void>
}
