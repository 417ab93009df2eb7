import { isFinal } from '../protocol/payment-state.js'
import type { Order } from '../providers/adapter.js'
import * as settle from './settle.js'
import type { Checkout, Entries, EventRecord, Payment, Store } from './store.js'

// What the law wants deleted and the ledger does not need: who the buyer was, and what the provider told besides. What makes the ledger
// a ledger stays for ever: keys, references, states, roles and the digests of what was said, so that a replay of many years is still
// known as one, a renewal is still given, and a refund still taken back. Nothing that is open in any way is touched, and a checkout whose
// outcome was never heard is open for as long as `reconcile()` looks for it: a person needs the buyer to find their payment.

const atOnce = 100
/** Milliseconds that a checkout without an outcome is looked for. */
export const looksBack = 30 * 24 * 60 * 60_000

/** How many rows forgot something. */
export interface Forgotten {
  readonly checkouts: number
  readonly events: number
  readonly notices: number
}

/**
 * Removes personal data and payload details from what is older than that (milliseconds since 1970) and finished. Short transactions,
 * so it may run beside everything else, on several instances as well. Stops early when told to; the rest is found again.
 */
export async function forget(store: Store, before: number, signal?: AbortSignal): Promise<Forgotten> {
  return {
    checkouts: await each(store, 'checkouts', before, signal, (row) => forgetCheckout(store, row)),
    events: await each(store, 'events', before, signal, (row) => forgetEvent(store, row)),
    notices: await each(store, 'notices', before, signal, async ({ id, isTold }) => {
      if (isTold) await store.transaction((tx) => tx.forgetNotice(id))
      return isTold
    }),
  }
}

async function each<Kind extends 'checkouts' | 'events' | 'notices'>(
  store: Store,
  kind: Kind,
  before: number,
  signal: AbortSignal | undefined,
  forgetOne: (row: Entries[Kind]) => Promise<boolean>,
): Promise<number> {
  let count = 0
  for (let after = -1; ; ) {
    const rows = await store.forgettable(kind, { limit: atOnce, after, before })
    const last = rows.at(-1)
    if (!last || signal?.aborted) return count
    const forgotten = await Promise.all(rows.map(forgetOne)) // at one moment, so that on SQLite they share a commit
    count += forgotten.filter(Boolean).length
    // What stands open is passed by. A full page of one moment is read again, unless all of it stood open.
    after = rows[0]?.at === last.at && forgotten.some(Boolean) ? after : last.at
  }
}

/** A person may still look at it, a hook be called for it, or its money arrive: that it is on its way stands among its details. */
const isOpen = (payment: Payment): boolean =>
  payment.held || settle.isBeingChecked(payment) || settle.owed(payment) !== undefined

async function forgetCheckout(store: Store, { id, provider }: Checkout): Promise<boolean> {
  // Asked before and not within: a payment that comes between is delivered with what is left of the order, as any later one is.
  const payments = await store.paymentsOf(id)
  if (payments.some(isOpen)) return false
  const isHeardOf = payments.some(({ state }) => isFinal(state))
  return store.transaction(async (tx) => {
    const checkout = await tx.checkout(provider, { id })
    if (!checkout || (!isHeardOf && checkout.openedAt.getTime() > tx.now - looksBack)) return false
    await tx.forgetCheckout(withoutPerson(checkout))
    return true
  })
}

async function forgetEvent(store: Store, { provider, key, reference }: EventRecord): Promise<boolean> {
  return store.transaction(async (tx) => {
    const payment = await tx.payment(provider, reference) // locked first, as a notification does it
    const record = await tx.event(provider, key)
    if (!record || record.verdict === 'quarantined' || record.verdict === 'unknown') return false
    if (payment && isOpen(payment)) return false
    const { said: _, ...row } = record
    await tx.saveEvent({ ...row, details: {} })
    if (payment && Object.keys(payment.details).length > 0) await tx.savePayment({ ...payment, details: {} })
    return true
  })
}

/** What verifying, settling, looking up, renewing and revoking need of it. */
function withoutPerson({ order, page, backTo, ...checkout }: Checkout): Checkout {
  const { buyer, ...sold } = order
  const slim: Order = { ...sold, buyer: { id: buyer.id } }
  const { origin, pathname } = new URL(backTo)
  const { url, fields: _, ...rest } = page ?? {}
  return {
    ...{ ...checkout, order: slim, backTo: `${origin}${pathname}` },
    // The address of the page holds what was sent to it; where it was is enough.
    ...(url && { page: { ...rest, url: new URL(url.origin) } }),
  }
}
