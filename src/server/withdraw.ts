import { CheckoutError } from '../protocol/checkout-error.js'
import { isFinal } from '../protocol/payment-state.js'
import type { CheckoutOptions, Log } from './merchant.js'
import { coveringPayment } from './sold.js'
import type { Checkout, Store } from './store.js'

// Ends pages that nobody shall pay any more, where their provider can end one: else an order is paid twice, and a person has to give
// money back.

export interface Withdrawal {
  /** Ends the other pages of an order that was paid. Never rejects. */
  withdrawOthers(orderId: string, but: string): Promise<void>
  /** Ends the pages of its order that were opened before it: two that are opened at one moment must not end each other. Never rejects. */
  withdrawOlder(checkout: Checkout): Promise<void>
  /** Ends it if its order needs it no more. Never rejects. */
  endSuperseded(checkout: Checkout): Promise<void>
}

interface Pages extends Pick<CheckoutOptions, 'store' | 'providers'> {
  readonly log: Log | undefined
  onWithdrawn(checkout: Checkout): void
  onRefused(checkout: Checkout): Promise<unknown>
}

/** Whether one of its payments came to an end. */
export const isSettled = async (store: Store, { id }: Checkout): Promise<boolean> =>
  (await store.paymentsOf(id)).some(({ state }) => isFinal(state))

export function createWithdrawal({ store, providers, log, onWithdrawn, onRefused }: Pages): Withdrawal {
  const providerOf = (checkout: Checkout) => providers.find(({ name }) => name === checkout.provider)

  async function withdrawEach(orderId: string, isOver: (checkout: Checkout) => boolean): Promise<void> {
    if (!providers.some(({ withdraw }) => withdraw)) return
    for (const checkout of await store.openCheckouts(orderId).catch(() => [])) {
      if (!isOver(checkout) || !providerOf(checkout)?.withdraw) continue
      if (await isSettled(store, checkout).catch(() => true)) continue
      if (!(await isWithdrawn(checkout))) await onRefused(checkout)
    }
  }

  /** Ends a page, or says why in the log. Never rejects. */
  async function isWithdrawn(checkout: Checkout): Promise<boolean> {
    try {
      await providerOf(checkout)?.withdraw?.(checkout)
      onWithdrawn(checkout)
      return true
    } catch (error) {
      const code = error instanceof CheckoutError ? error.code : 'unexpected'
      const fields = { provider: checkout.provider, checkoutId: checkout.id, code }
      log?.info(fields, 'an older page could not be withdrawn; it ends by itself')
      return false
    }
  }

  /** Nobody shall pay it any more: its order holds the money of another page or, where it holds none, a newer one can still be paid. */
  async function isSuperseded(checkout: Checkout): Promise<boolean> {
    const covering = await coveringPayment(store, checkout.order)
    if (covering) return covering.checkoutId !== checkout.id
    const newer = (await store.openCheckouts(checkout.orderId)).filter((other) => isOlder(checkout, other))
    return (await Promise.all(newer.map((each) => isSettled(store, each)))).includes(false)
  }

  return {
    withdrawOthers: (orderId, but) => withdrawEach(orderId, ({ id }) => id !== but),
    withdrawOlder: (checkout) => withdrawEach(checkout.orderId, (other) => isOlder(other, checkout)),
    async endSuperseded(checkout) {
      if (providerOf(checkout)?.withdraw && (await isSuperseded(checkout).catch(() => false))) await isWithdrawn(checkout)
    },
  }
}

/** Of two pages that were opened in one millisecond everybody must call the same one the older. */
const isOlder = (one: Checkout, other: Checkout): boolean =>
  one.openedAt < other.openedAt || (one.openedAt.getTime() === other.openedAt.getTime() && one.id < other.id)
