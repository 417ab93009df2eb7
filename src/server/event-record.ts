import type { PaymentEvent } from '../providers/adapter.js'
import * as settle from './settle.js'
import type { Checkout, EventRecord, Notice, Said, Verdict } from './store.js'

// An event and the row that is kept of it, both ways; and the notice about it.

interface Kept {
  readonly reason?: string | undefined
  readonly checkout?: Checkout
  /** Whether a person's decision may set it in motion later: what was not taken as it came, or came for a payment that is held. */
  readonly isKept?: boolean | undefined
}

export function entryOf(
  at: number,
  provider: string,
  event: PaymentEvent,
  verdict: Verdict,
  { reason = '', checkout, isKept = verdict !== 'taken' }: Kept,
): EventRecord {
  const { key, reference, becomes, news, details = {} } = event
  return {
    ...{ provider, key, content: settle.contentOf(event), verdict, reference, reason, details, at },
    ...(checkout && { checkoutId: checkout.id, orderId: checkout.orderId }),
    ...(becomes && { becomes }),
    ...(news && { news }),
    ...(isKept && { said: saidOf(event) }),
  }
}

export function saidOf({ checkout, received, underReview, money, buyerId, renewal, objection, test }: PaymentEvent): Said {
  return {
    ...{ checkout, test },
    ...(received && { received }),
    ...(underReview && { underReview }),
    ...(money && { money }),
    ...(buyerId !== undefined && { buyerId }),
    ...(renewal !== undefined && { renewal }),
    ...(objection !== undefined && { objection }),
  }
}

/** The event as the provider told it, from what was kept of it. */
export function eventOf({ key, reference, becomes, news, details }: EventRecord, said: Said): PaymentEvent {
  return { ...said, key, reference, details, ...(becomes && { becomes }), ...(news && { news }) }
}

/** The same fact has the same id. */
export function noticeOf(
  kind: Notice['kind'],
  { provider, key, reference, checkoutId, orderId, reason, details }: EventRecord,
): Notice {
  return {
    ...{ id: `${kind}:${provider}:${key}`, kind, provider, reference, reason, details },
    ...(checkoutId !== undefined && { checkoutId }),
    ...(orderId !== undefined && { orderId }),
  }
}
