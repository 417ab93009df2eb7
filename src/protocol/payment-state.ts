/** What is known of a payment. `paid` is the only one that gives goods; the last three take them back. */
export const paymentStates = ['pending', 'failed', 'expired', 'paid', 'declined', 'refunded', 'charged_back'] as const
export type PaymentState = (typeof paymentStates)[number]

/**
 * A state only ever climbs. A rank and not a graph of arrows, because late and disordered news then needs no special case:
 * paid after expired is paid, a refund that overtakes its payment stays a refund.
 */
export const rank: Readonly<Record<PaymentState, number>> = {
  pending: 0,
  failed: 1,
  expired: 1,
  paid: 2,
  declined: 3,
  refunded: 3,
  charged_back: 3,
}

/** Whether the buyer may stop waiting. */
export const isFinal = (state: PaymentState): boolean => state !== 'pending'
