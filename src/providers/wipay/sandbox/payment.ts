import { md5 } from '../../signing.js'
import type { Displayed } from './fees.js'
import type { Webhook } from './webhooks.js'

export type SandboxPaymentState =
  | 'open'
  | 'paid'
  | 'failed'
  | 'timed_out'
  | 'refund_requested'
  | 'refunded'
  | 'disputed'
  | 'charged_back'

/** What was asked for, by whichever of the three ways. */
export interface Wanted {
  readonly flow: 'payment' | 'charge' | 'card'
  readonly orderId: string
  readonly total: string
  readonly currency: string
  readonly fees: string
  readonly responseUrl: string
  readonly origin: string
  readonly email?: string
  readonly name?: string
  readonly data?: string
  readonly avs: boolean
}

export interface Payment extends Wanted {
  readonly ref: string
  readonly createdAt: Date
  state: SandboxPaymentState
  /** What the buyer sees: the fee on top, perhaps converted. */
  shown: Displayed
  /** Of a card that was stored. */
  uuid?: string
  message: string
  readonly webhooks: Webhook[]
}

/** A transaction as `GET /sandbox/payments` shows it. */
export interface SandboxPayment {
  readonly ref: string
  readonly flow: Wanted['flow']
  readonly state: SandboxPaymentState
  readonly orderId: string
  readonly total: string
  readonly currency: string
  readonly shownTotal: string
  readonly shownCurrency: string
  readonly card?: string
  readonly createdAt: string
  /** What can be done to it now: the last part of `POST /sandbox/payments/:ref/…`. */
  readonly moves: readonly string[]
  readonly webhooks: readonly Readonly<Webhook>[]
}

export interface Move {
  readonly from: readonly SandboxPaymentState[]
  readonly to?: SandboxPaymentState
  /** Absent: which event tells of it is documented nowhere, so nobody is told. */
  readonly event?: string
}

/** What may happen after the page was opened, and which webhook tells of it. */
export const moves: Readonly<Record<string, Move>> = {
  pay: { from: ['open'], to: 'paid', event: 'payment.success' },
  fail: { from: ['open'], to: 'failed', event: 'payment.failed' },
  error: { from: ['open'], event: 'payment.error' },
  'time-out': { from: ['open'], to: 'timed_out' },
  recover: { from: ['timed_out'], to: 'paid', event: 'payment.success' },
  'ask-refund': { from: ['paid'], to: 'refund_requested', event: 'payment.refund_requested' },
  'grant-refund': { from: ['refund_requested'], to: 'refunded', event: 'payment.refunded' },
  'reject-refund': { from: ['refund_requested'], to: 'paid', event: 'payment.refund_rejected' },
  refund: { from: ['paid'], to: 'refunded', event: 'payment.refunded' },
  dispute: { from: ['paid'], to: 'disputed', event: 'payment.chargeback_pending' },
  chargeback: { from: ['disputed'], to: 'charged_back', event: 'payment.chargeback_processed' },
  release: { from: ['disputed'], to: 'paid', event: 'payment.chargeback_released' },
  fraud: { from: ['paid'], to: 'charged_back', event: 'payment.fraud_confirmed' },
}

/** What can be done to a payment now. */
export const possible = ({ state, flow }: Payment): string[] =>
  Object.entries(moves)
    .filter(([name, { from }]) => from.includes(state) && (flow !== 'card' || ['pay', 'fail', 'time-out'].includes(name)))
    .map(([name]) => name)

export function shown(payment: Payment): SandboxPayment {
  const { ref, flow, state, orderId, total, currency, uuid, createdAt, webhooks } = payment
  return {
    ...{ ref, flow, state, orderId, total, currency },
    ...{ shownTotal: payment.shown.total, shownCurrency: payment.shown.currency },
    ...(uuid !== undefined && { card: uuid }),
    ...{ createdAt: createdAt.toISOString(), moves: possible(payment) },
    webhooks: webhooks.map((webhook) => ({ ...webhook })),
  }
}

/** The way back to the shop, as the documents describe it: a hash on success alone, and `uuid` where a card was stored. */
export function wayBackOf(payment: Payment, apiKey: string, hashOnFailure: boolean): string {
  const { ref, state, flow, uuid, orderId, createdAt } = payment
  const status = state === 'failed' ? 'failed' : state === 'timed_out' ? 'timeout' : 'success'
  const hash = md5(ref + payment.total + apiKey)
  const hasHash = flow !== 'card' && (status === 'success' || hashOnFailure)
  const query = new URLSearchParams({
    ...{ status, transaction_id: ref, order_id: orderId, ...payment.shown },
    ...(hasHash && { hash }),
    ...(payment.message && { message: payment.message }),
    date: createdAt.toISOString().slice(0, 19).replace('T', ' '),
    ...(status === 'success' && { card: '(VISA) ... 1111' }),
    ...(payment.name && { customer_name: payment.name }),
    ...(payment.email && { customer_email: payment.email }),
    ...(payment.data && { data: payment.data }),
    ...(uuid && { uuid }),
  })
  return `${payment.responseUrl}${payment.responseUrl.includes('?') ? '&' : '?'}${query}`
}

/** As `GET /wapi/transactions/:id` describes it: much is there only once it is finished. */
export function transactionOf(payment: Payment): Readonly<Record<string, unknown>> {
  const { ref, state, orderId, currency, createdAt, fees, shown: seen, data } = payment
  const isOpen = state === 'open'
  const hasFailed = state === 'failed' || state === 'timed_out'
  const remarks: Partial<Record<SandboxPaymentState, string>> = {
    ...{ open: 'Transaction Incomplete', timed_out: 'Transaction Timeout', refund_requested: 'Refund Requested' },
    ...{ refunded: 'Refunded', disputed: 'Chargeback Pending', charged_back: 'Chargeback' },
  }
  return {
    ...{ transaction_id: ref, order_id: orderId, total: seen.total, currency: seen.currency, data: data ?? null },
    ...{
      date: createdAt.toISOString(),
      fee_structure: fees.replace(/(^|_)(\w)/g, (_, gap, letter) => (gap && ' ') + letter.toUpperCase()),
    },
    ...{ status: isOpen ? 'incomplete' : hasFailed ? 'failed' : 'success', status_desc: remarks[state] ?? 'Normal' },
    ...(!isOpen && {
      card: 'XXXXXXXXXXXX1111',
      currency_credited: currency,
      total_credited: payment.total,
      message: payment.message,
    }),
  }
}
