import type { Insertable, Selectable } from 'kysely'
import type { PaymentState } from '../../protocol/payment-state.js'
import type { HostedPage, Mode, News, Order } from '../../providers/adapter.js'
import type {
  Checkout,
  Decision,
  Entries,
  EventRecord,
  Lease,
  Notice,
  Payment,
  PendingNotice,
  Verdict,
} from '../../server/store.js'
import type { Tables } from './tables.js'

// Rows and what the server knows them as. PostgreSQL's driver answers bigint as text, hence Number(). ---------------------------

export function readCheckout(row: Selectable<Tables['ledger_checkouts']>): Checkout {
  return {
    ...{ id: row.id, provider: row.provider, method: row.method, mode: row.mode as Mode, orderId: row.order_id },
    ...{ order: readOrder(row.order_json), attempt: row.attempt, asked: row.asked, stage: row.stage as Checkout['stage'] },
    ...{ openedAt: new Date(Number(row.opened_at)), kept: JSON.parse(row.kept), backTo: row.back_to },
    surface: row.surface as Checkout['surface'],
    ...(row.reference !== null && { reference: row.reference }),
    ...(row.page !== null && { page: readPage(row.page) }),
    ...(row.ask_at !== null && { askAt: Number(row.ask_at) }),
  }
}

export function checkoutRow(checkout: Checkout): Insertable<Tables['ledger_checkouts']> {
  const { id, provider, method, mode, attempt, asked, stage, surface, reference, page } = checkout
  return {
    ...{ id, provider, method, mode, attempt, asked, stage, surface, order_id: checkout.orderId, back_to: checkout.backTo },
    ...{
      order_json: JSON.stringify(checkout.order),
      kept: JSON.stringify(checkout.kept),
      opened_at: checkout.openedAt.getTime(),
    },
    ...{ reference: reference ?? null, page: page ? JSON.stringify(page) : null, ask_at: checkout.askAt ?? null },
  }
}

function readOrder(json: string): Order {
  const { buyer, ...order } = JSON.parse(json)
  return { ...order, buyer: { ...buyer, ...(buyer.registeredAt && { registeredAt: new Date(buyer.registeredAt) }) } }
}

function readPage(json: string): HostedPage {
  const { url, closesAt, askAt, ...page } = JSON.parse(json)
  return {
    ...page,
    url: new URL(url),
    ...(closesAt && { closesAt: new Date(closesAt) }),
    ...(askAt && { askAt: askAt.map((at: string) => new Date(at)) }),
  }
}

export function readPayment(row: Selectable<Tables['ledger_payments']>): Payment {
  const lease: Lease | undefined = row.fence === 0 ? undefined : { until: Number(row.lease_until), fence: row.fence }
  return {
    ...{ provider: row.provider, reference: row.reference, checkoutId: row.checkout_id, orderId: row.order_id },
    ...{ state: row.state as PaymentState, details: JSON.parse(row.details), held: row.held === 1, attempts: row.attempts },
    delivery: row.delivery as Payment['delivery'],
    ...(row.role !== null && { role: row.role as NonNullable<Payment['role']> }),
    ...(lease && { lease }),
    ...(row.due_at !== null && { dueAt: Number(row.due_at) }),
    ...(row.fulfilled_at !== null && { fulfilledAt: Number(row.fulfilled_at) }),
    ...(row.revoked_at !== null && { revokedAt: Number(row.revoked_at) }),
  }
}

export function paymentRow(payment: Payment): Omit<Insertable<Tables['ledger_payments']>, 'since'> {
  const { provider, reference, checkoutId, orderId, role, state, details, held, delivery, lease, attempts, dueAt } = payment
  const { fulfilledAt, revokedAt } = payment
  return {
    ...{ provider, reference, checkout_id: checkoutId, order_id: orderId, role: role ?? null, state, delivery, attempts },
    ...{ details: JSON.stringify(details), held: held ? 1 : 0, due_at: dueAt ?? null },
    ...{ lease_until: lease?.until ?? 0, fence: lease?.fence ?? 0 },
    ...{ fulfilled_at: fulfilledAt ?? null, revoked_at: revokedAt ?? null },
  }
}

export function readEvent(row: Selectable<Tables['ledger_events']>): EventRecord {
  return {
    ...{
      provider: row.provider,
      key: row.key,
      content: row.content,
      verdict: row.verdict as Verdict,
      reference: row.reference,
    },
    ...{ reason: row.reason, details: JSON.parse(row.details), at: Number(row.at) },
    ...(row.checkout_id !== null && { checkoutId: row.checkout_id }),
    ...(row.order_id !== null && { orderId: row.order_id }),
    ...(row.becomes !== null && { becomes: row.becomes as PaymentState }),
    ...(row.news !== null && { news: row.news as News }),
    ...(row.said !== null && { said: JSON.parse(row.said) }),
  }
}

export function eventRow(record: EventRecord): Insertable<Tables['ledger_events']> {
  const { provider, key, content, verdict, reference, checkoutId, orderId, becomes, news, reason, details, said, at } = record
  return {
    ...{ provider, key, content, verdict, reference, reason, details: JSON.stringify(details), at },
    ...{ checkout_id: checkoutId ?? null, order_id: orderId ?? null, becomes: becomes ?? null, news: news ?? null },
    said: said ? JSON.stringify(said) : null,
  }
}

export function readNotice(row: Selectable<Tables['ledger_notices']>): PendingNotice {
  return {
    ...{ id: row.id, kind: row.kind as Notice['kind'], provider: row.provider, reason: row.reason },
    ...{ details: JSON.parse(row.details), attempts: row.attempts },
    ...(row.checkout_id !== null && { checkoutId: row.checkout_id }),
    ...(row.order_id !== null && { orderId: row.order_id }),
    ...(row.reference !== null && { reference: row.reference }),
  }
}

export function decisionRow(given: Decision): Insertable<Tables['ledger_decisions']> {
  const { id, decision, provider, key, reference, checkoutId, orderId, by, reason, at } = given
  return {
    ...{ id, decision, provider, key, reference, by, reason, at },
    ...{ checkout_id: checkoutId ?? null, order_id: orderId ?? null },
  }
}

export function readDecision(row: Selectable<Tables['ledger_decisions']>): Decision {
  return {
    ...{ id: row.id, decision: row.decision as Decision['decision'], provider: row.provider, key: row.key },
    ...{ reference: row.reference, by: row.by, reason: row.reason, at: Number(row.at) },
    ...(row.checkout_id !== null && { checkoutId: row.checkout_id }),
    ...(row.order_id !== null && { orderId: row.order_id }),
  }
}

/** The same rows with the time at which each came, for lists and stories. */
export const readEntry: { [Kind in keyof Entries]: (row: Selectable<Tables[`ledger_${Kind}`]>) => Entries[Kind] } = {
  checkouts: (row) => ({ ...readCheckout(row), at: Number(row.opened_at) }),
  payments: (row) => ({ ...readPayment(row), at: Number(row.since) }),
  events: readEvent,
  notices: (row) => ({ ...readNotice(row), at: Number(row.at), isTold: row.due_at === null }),
  decisions: readDecision,
}
