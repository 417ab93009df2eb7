import { CheckoutError } from '../protocol/checkout-error.js'
import type { CheckoutRequest } from '../protocol/checkout-request.js'
import type { Checkout } from './store.js'

// What was asked under an attempt: the same again is answered by the same checkout.

type Named = Pick<CheckoutRequest, 'order' | 'method'>

/** A change of surface is the same request; another order or method is not. */
export const askedOf = ({ order, method }: Named): string => JSON.stringify([order, method])

/** Whether the checkout was opened for what the page calls this order. */
export const isOf = (checkout: Checkout, order: string): boolean => checkout.asked.startsWith(`[${JSON.stringify(order)},`)

/** Throws CheckoutError `attempt_conflict`. */
export function refuseConflict(known: Checkout, asked: Named): void {
  if (known.asked !== askedOf(asked))
    throw new CheckoutError(
      'attempt_conflict',
      'this attempt was used for another order or method: make a new one for each click',
    )
}
