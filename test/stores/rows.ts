import type { Checkout, Decision, EventRecord, Notice, Payment } from '../../src/server/store.js'

// Rows as the server writes them, for tests that speak with a store directly.

export function checkoutRow(change: Partial<Checkout> = {}): Checkout {
  const { id = 'checkout-1', provider = 'pretend' } = change
  return {
    ...{ id, provider, mode: 'test', method: `${provider}:card`, orderId: 'order-1', attempt: `attempt of ${id}` },
    ...{ asked: '["order-1","pretend:card"]', stage: 'open', openedAt: new Date('2026-01-01T00:00:00.123Z'), kept: {} },
    ...{ backTo: 'https://shop.example/cart', surface: 'iframe' },
    order: { id: 'order-1', title: 'Gold', price: { amount: '19.90', currency: 'USD' }, buyer: { id: 'u1' } },
    ...change,
  }
}

export function paymentRow(change: Partial<Payment> = {}): Payment {
  return {
    ...{ provider: 'pretend', reference: 'tx1', checkoutId: 'checkout-1', orderId: 'order-1' },
    ...{ state: 'pending', details: {}, held: false, delivery: 'none', attempts: 0 },
    ...change,
  }
}

export function eventRow(change: Partial<EventRecord> = {}): EventRecord {
  return {
    ...{ provider: 'pretend', key: 'tx1:paid', content: 'checkout-1|tx1|paid|', verdict: 'taken', reference: 'tx1' },
    ...{ reason: '', details: {}, at: 0 },
    ...change,
  }
}

export function noticeRow(change: Partial<Notice> = {}): Notice {
  return {
    ...{ id: 'surplus:pretend:tx1:paid', kind: 'surplus', provider: 'pretend', reason: 'paid before', details: {} },
    ...change,
  }
}

export function decisionRow(change: Partial<Decision> = {}): Decision {
  return {
    ...{ id: 'decision-1', decision: 'drop', provider: 'pretend', key: 'tx1:paid', reference: 'tx1' },
    ...{ by: 'ada', reason: 'a test of the provider', at: 0 },
    ...change,
  }
}

/** Makes of a ledger one as the first version left it, with its rows. */
export const backToFirst: readonly string[] = [
  ...[
    'checkouts_kept',
    'payments_halted',
    'payments_surplus',
    'events_kept',
    'notices_at',
    'notices_order',
    'notices_kept',
  ].map((name) => `drop index ledger_${name}`),
  'alter table ledger_checkouts drop column forgotten',
  'alter table ledger_payments drop column fulfilled_at',
  'alter table ledger_payments drop column revoked_at',
  'alter table ledger_events drop column said',
  'drop table ledger_decisions',
  'drop table ledger_probe',
  "delete from ledger_migrations where name = '2026-11-21-back-office'",
]
