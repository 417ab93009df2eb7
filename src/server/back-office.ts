import { CheckoutError } from '../protocol/checkout-error.js'
import type { ProviderAdapter } from '../providers/adapter.js'
import type { Courier } from './courier.js'
import { offersOf } from './foreign.js'
import { type Forgotten, forget } from './forget.js'
import { type Deliverer, record } from './ledger.js'
import type { MerchantHooks } from './merchant.js'
import { momentBy } from './moment.js'
import { type Decider, decide, decisionOf, refuseNameless } from './quarantine.js'
import type { Finding, Inquirer, ReconcileQuery } from './reconcile.js'
import * as settle from './settle.js'
import type { EventRecord, Payment, PendingNotice, Store, Story, Verdict } from './store.js'

// What a person sees of the ledger and may do about it: from the server, or from the command line beside it, on the same rows.

type PaymentName = Pick<Payment, 'provider' | 'reference'>
type EventName = Pick<EventRecord, 'provider' | 'key'>

/** What the ledger holds, newest first, and what a person may do about it. */
export interface Ledger {
  payments(query?: { limit?: number; orderId?: string }): Promise<readonly Payment[]>
  events(query?: {
    limit?: number
    before?: number
    orderId?: string
    verdicts?: readonly Verdict[]
  }): Promise<readonly EventRecord[]>
  notices(query?: { limit?: number; untold?: boolean }): Promise<readonly PendingNotice[]>
  /** All that is known of one order, each kind oldest first. */
  story(orderId: string): Promise<Story>
  /** Every row of a kind in the order of its identity; `after` is the last one of the page before. */
  page: Store['page']
  /** What was not taken as it came, and waits for a person. */
  readonly quarantine: Quarantine
  /**
   * Finds payments that came to no end, asks the providers that can be asked, puts their answers through the ledger, and answers what
   * it found, oldest first. Asks nobody about what is stuck or surplus: that is the shop's to mend.
   */
  reconcile(query?: ReconcileQuery): Promise<readonly Finding[]>
  /**
   * Delivers a payment that is stuck, or waits for its next attempt, without further delay. Answers whether anything is owed; then, if
   * you say who asks for it and why, that is kept in the order's story.
   */
  retry(payment: PaymentName, decider?: Decider): Promise<boolean>
  /**
   * Removes personal data and payload details from what is older than that and finished, as the option `keep` does by itself. What
   * a replay, a renewal or a refund needs stays. Answers how many rows forgot something.
   */
  forget(query: { olderThan: Date; signal?: AbortSignal }): Promise<Forgotten>
  /**
   * Takes a payment back that the provider will not report as such: a refund made in its dashboard, say. The `id` is yours, and
   * recording it twice is once. Throws CheckoutError `checkout_unknown` for a payment that nobody heard of, `event_mismatch` for an id
   * that was used for something else: then nothing was taken back.
   */
  reverse(payment: PaymentName, state: 'refunded' | 'charged_back', why: { id: string; reason: string }): Promise<void>
}

/** An event in quarantine, with its reason, and how long it has stood there in milliseconds. */
export interface Quarantined extends EventRecord {
  readonly age: number
}

/**
 * Each decision is kept for ever with who made it, when and why. They throw CheckoutError `checkout_unknown` where there is no such
 * event, `event_mismatch` where it was decided by now or must not be decided so, `request_invalid` without a name or a reason.
 */
export interface Quarantine {
  /** Newest first; `before` pages: the `at` of the last one seen. */
  list(query?: { limit?: number; before?: number }): Promise<readonly Quarantined[]>
  /** What a contradiction said is true: it is settled by the same rules as any event. The second payment of an order stays a surplus. */
  accept(event: EventName, decider: Decider): Promise<Verdict>
  /** It is to have no effect. Its repeats are acknowledged. */
  drop(event: EventName, decider: Decider): Promise<Verdict>
  /** As if it came again: its checkout may be there by now. Undoes a drop. Answers the verdict. */
  retry(event: EventName, decider: Decider): Promise<Verdict>
}

const usedId = 'this id was used for another payment or another state: give each reversal an id of its own'

interface Staff {
  readonly courier: Courier
  readonly inquirer: Inquirer
}

interface Office extends Pick<MerchantHooks, 'foreign'> {
  readonly store: Store
  readonly providers?: readonly ProviderAdapter[]
  readonly now?: () => Date
}

/**
 * The ledger of a store. Without `staff` it only writes down what is to be done: the worker of the server beside it delivers, and
 * nobody is asked.
 */
export function createLedger({ store, providers = [], foreign, now = () => new Date() }: Office, staff?: Staff): Ledger {
  const deliverer: Deliverer = staff?.courier ?? { room: () => 0, moment: () => momentBy(now) }

  async function decideAndDeliver(choice: 'accept' | 'drop' | 'retry', event: EventName, decider: Decider): Promise<Verdict> {
    const provider = providers.find(({ name }) => name === event.provider)
    const verdict = await decide(store, choice, event, decider, provider && offersOf(foreign, provider))
    await staff?.courier.round()
    if (staff) await withdrawOthers(event, staff.inquirer)
    return verdict
  }

  /** What a person lets in may cover its order like any news. */
  async function withdrawOthers({ provider, key }: EventName, inquirer: Inquirer): Promise<void> {
    const { orderId } = (await store.event(provider, key)) ?? {}
    const payments = orderId === undefined ? [] : await store.payments({ orderId, limit: 100 })
    const covering = payments.find(settle.coversOrder)
    if (covering) void inquirer.withdrawOthers(covering.orderId, covering.checkoutId)
  }

  return {
    payments: ({ limit = 50, ...query } = {}) => store.payments({ limit, ...query }),
    events: ({ limit = 50, ...query } = {}) => store.events({ limit, ...query }),
    notices: ({ limit = 50, ...query } = {}) => store.notices({ limit, ...query }),
    story: (orderId) => store.story(orderId),
    page: (kind, query) => store.page(kind, query),
    quarantine: {
      async list({ limit = 50, ...query } = {}) {
        const events = await store.events({ limit, ...query, verdicts: ['quarantined', 'unknown'] })
        return events.map((event) => ({ ...event, age: now().getTime() - event.at }))
      },
      accept: (event, decider) => decideAndDeliver('accept', event, decider),
      drop: (event, decider) => decideAndDeliver('drop', event, decider),
      retry: (event, decider) => decideAndDeliver('retry', event, decider),
    },
    async reconcile(query) {
      if (!staff) throw new CheckoutError('config_invalid', 'only a checkout server can ask its providers')
      return staff.inquirer.reconcile(query)
    },
    async retry({ provider, reference }, decider) {
      if (decider) refuseNameless(decider)
      const isOwed = await store.transaction(async (tx) => {
        const payment = await tx.payment(provider, reference)
        if (!payment || !settle.owed(payment)) return false
        await tx.savePayment(settle.withDueAt({ ...payment, attempts: 0 }, tx.now))
        if (decider) await tx.decision(decisionOf(tx.now, 'deliver', { ...payment, key: '' }, decider))
        return true
      })
      if (isOwed) await staff?.courier.round()
      return isOwed
    },
    forget: ({ olderThan, signal }) => forget(store, olderThan.getTime(), signal),
    /** What only the merchant knows, told as an event like any provider's; everything after is the same. */
    async reverse({ provider, reference }, becomes, { id, reason }) {
      const payment = await store.transaction((tx) => tx.payment(provider, reference))
      const checkout = payment && (await store.checkout(payment.checkoutId))
      if (!checkout) throw new CheckoutError('checkout_unknown', `no payment of this reference was recorded for ${provider}`)
      const test = checkout.mode === 'test'
      const event = { key: `merchant:${id}`, checkout: { id: checkout.id }, reference, becomes, test, details: { reason } }
      const before = await store.event(provider, event.key)
      if (before && before.content !== settle.contentOf(event)) throw new CheckoutError('event_mismatch', usedId)
      const { leases, verdict } = await record(store, provider, [event], deliverer)
      if (verdict === 'dropped')
        throw new CheckoutError('event_mismatch', 'a person dropped this event: retry it, or use another id')
      if (verdict !== 'taken')
        throw new CheckoutError(
          'event_mismatch',
          `${before ? usedId : 'it does not fit its checkout'}: it stands in quarantine`,
        )
      for (const leased of leases) staff?.courier.deliver(leased)
    },
  }
}
