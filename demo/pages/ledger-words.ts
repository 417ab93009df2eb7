import type { Payment } from 'checkout-button/server'
import type { ProviderName } from '../keys.js'

// What the ledger and the pretend providers say in words of their own, said plainly beside it.

/** What the providers call themselves, and what they send. */
export const providerWords: Readonly<Record<ProviderName, { readonly name: string; readonly message: string }>> = {
  paymentwall: { name: 'Paymentwall', message: 'pingback' },
  wipay: { name: 'WiPay', message: 'webhook' },
  gstable: { name: 'GStable', message: 'webhook' },
}
export const providers = Object.keys(providerWords) as ProviderName[]

export const roleWords: Readonly<Record<NonNullable<Payment['role']>, string>> = {
  first: 'the payment of the order',
  renewal: 'a renewal',
  surplus: 'too much: pay it back',
}

export const deliveryWords: Readonly<Record<Payment['delivery'], string>> = {
  none: 'not given',
  started: 'perhaps given',
  done: 'given',
}

/** What a pretend provider can still do to a payment, by the name of its order. */
const moveWords: Readonly<Record<string, string>> = {
  accept: 'Accept after review',
  decline: 'Decline after review',
  void: 'Cancel in review',
  refund: 'Refund',
  'refund-partly': 'Refund a part',
  chargeback: 'Charge back',
  'fail-renewal': 'Let a renewal fail',
  pay: 'Pay',
  fail: 'Let it fail',
  error: 'Report an error',
  'time-out': 'Let it time out',
  recover: 'Pay late after all',
  'ask-refund': 'Request a refund',
  'grant-refund': 'Grant the refund',
  'reject-refund': 'Refuse the refund',
  dispute: 'Dispute it',
  release: 'End the dispute',
  fraud: 'Report as fraud',
  cancel: 'Cancel',
  expire: 'Let it expire',
  settle: 'Settle',
  delay: 'Hold up the settlement',
}
/** A move that has no words here yet is shown by its name. */
export const moveWord = (move: string): string => moveWords[move] ?? move.replaceAll('-', ' ')
