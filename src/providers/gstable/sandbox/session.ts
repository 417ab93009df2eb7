import type { SessionRequest } from './session-request.js'
import type { Token } from './tokens.js'
import type { Webhook } from './webhooks.js'

export type SandboxSessionStatus =
  | 'initialized'
  | 'paid'
  | 'settling'
  | 'settlement_pending'
  | 'completed'
  | 'expired'
  | 'cancelled'

/** A session as the sandbox keeps it. */
export interface BookedSession {
  readonly id: string
  readonly clientCode: string
  readonly request: SessionRequest
  /** In Micro-USD; it falls where too little is paid. */
  amount: number
  readonly expirationTime: number
  readonly createdAt: Date
  status: SandboxSessionStatus
  /** A payer has signed: from then on the shop cannot cancel. */
  signedOnce: boolean
  transaction?: Transaction
  readonly webhooks: Webhook[]
}

/** On chain, as GStable shows it. */
export interface Transaction {
  readonly orderId: string
  readonly channelId: string
  readonly orderType: string
  readonly from: string
  readonly to: string
  readonly metaData: string
  readonly totalValue: number
  readonly paymentValue: number
  readonly feeValue: number
  readonly netValue: number
  readonly sourceTx: string
  targetTx: string
  readonly executeTime: string
  finalizeTime: string | null
  readonly token: Token
}

/** A session as `GET /sandbox/payments` shows it. */
export interface SandboxSession {
  readonly ref: string
  readonly state: SandboxSessionStatus
  readonly title: string
  /** In Micro-USD. */
  readonly amount: number
  readonly settlementToken: string
  readonly paidToken: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly createdAt: string
  readonly expiresAt: string
  /** What can be done to it now: the last part of `POST /sandbox/payments/:ref/…`. */
  readonly moves: readonly string[]
  readonly webhooks: readonly Readonly<Webhook>[]
}

const moves: Readonly<Record<string, readonly SandboxSessionStatus[]>> = {
  pay: ['initialized'],
  expire: ['initialized'],
  cancel: ['initialized'],
  settle: ['paid', 'settling', 'settlement_pending'],
  delay: ['paid', 'settling'],
}

/** What can be done to a session now. */
export function possible(session: BookedSession): string[] {
  const names = Object.keys(moves).filter((name) => moves[name]?.includes(session.status))
  return session.signedOnce ? names.filter((name) => name !== 'cancel') : names
}

export const titleOf = ({ request }: BookedSession): string =>
  request.lineItems.map((line) => (line.itemType === 'product' ? line.productId : line.productData.productName)).join(', ')

export function shown(session: BookedSession): SandboxSession {
  const { id, status, amount, request, transaction, createdAt, expirationTime, webhooks } = session
  return {
    ref: id,
    state: status,
    title: titleOf(session),
    amount,
    settlementToken: request.settlementToken,
    paidToken: transaction?.token.tokenId ?? null,
    metadata: request.metadata,
    createdAt: createdAt.toISOString(),
    expiresAt: new Date(expirationTime * 1000).toISOString(),
    moves: possible(session),
    webhooks: webhooks.map((webhook) => ({ ...webhook })),
  }
}

/** A session as API and webhooks show it; fields of the official client. `sandbox` marks it, which no real one does. */
export function sessionObject({ id, clientCode, request, amount, status, signedOnce, transaction, ...rest }: BookedSession) {
  const { accountId, settlementToken, feeModel, successUrl = null, payerEmailRequired = 0, lineItems, metadata } = request
  return {
    sandbox: true,
    sessionId: id,
    sessionType: 'checkout',
    businessId: accountId,
    businessType: 'session',
    clientCode,
    payer: transaction?.from ?? null,
    payerEmail: null,
    payerEmailRequired,
    paidToken: transaction?.token.tokenId ?? null,
    receiptId: null,
    recipient: accountId,
    settlementToken,
    feeModel,
    amount,
    lineItems: { items: lineItems.map((item, index) => ({ lineItemId: `item_${index + 1}`, ...item })) },
    expirationTime: rest.expirationTime,
    successUrl,
    signedOnce: signedOnce ? 1 : 0,
    initiateTx: transaction?.sourceTx ?? null,
    completeTx: transaction?.targetTx || null,
    paymentSucceededTime: transaction?.executeTime ?? null,
    settlementSucceededTime: transaction?.finalizeTime ?? null,
    createAt: timeText(rest.createdAt),
    status,
    metadata,
  }
}

export function transactionObject({ transaction }: BookedSession) {
  if (!transaction) return null
  const { token: _, ...fields } = transaction
  return fields
}

export const timeText = (time: Date): string => time.toISOString().slice(0, 19).replace('T', ' ')
