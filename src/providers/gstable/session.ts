import type { PaymentState } from '../../protocol/payment-state.js'
import type { News, OpenedCheckout, PaymentEvent } from '../adapter.js'
import { usd } from './micro-usd.js'
import { asObject, type Json, type JsonObject } from './strict-json.js'

// A Checkout Session as GStable tells of it, in a webhook and in the answer to a question: both are read here and become the same
// event, so that whoever of the two comes first, or alone, the payment ends in the same state.

/** What a session says, as far as it matters here; each field as received. */
export interface Session {
  readonly id: string
  readonly status: string | undefined
  /** The session object itself and the transaction on chain: only read through the functions below. */
  readonly fields: JsonObject
  readonly transaction: JsonObject | undefined
  /** GStable has no test mode and no such field; our sandbox marks every session that it makes. */
  readonly test: boolean
}

/** Where the ids of ours stand in the session's metadata. */
export const checkoutKey = 'checkoutId'
export const orderKey = 'orderId'

/** GStable writes flags as 0 and 1. */
const noTest: readonly (Json | undefined)[] = [undefined, null, false, 0]

/** Also safe as part of a path. */
export const isSessionId = (id: unknown): id is string => typeof id === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(id)

/**
 * Reads what stands where a session is told: the session's fields themselves with the transaction beside them (as the documents'
 * sample has it), or `{ session, transaction }` (as their text has it). Undefined where there is none, or one without an id.
 */
export function readSession(data: JsonObject | undefined, beside?: Json): Session | undefined {
  const fields = asObject(data?.session) ?? data
  const id = fields?.sessionId
  if (!fields || !isSessionId(id)) return undefined
  const { status, sandbox } = fields
  return {
    id,
    status: typeof status === 'string' ? status : undefined,
    fields,
    transaction: asObject(data?.transaction) ?? asObject(beside),
    test: !noTest.includes(sandbox), // what nobody knows there is rather a test than money
  }
}

const paidStatuses = new Set(['paid', 'settling', 'settlement_pending', 'completed'])

/** Paid, and not in the merchant's wallet yet: what that means `fulfilOn` decides. */
export const isBeforeSettlement = (status: string | undefined): boolean =>
  status !== undefined && status !== 'completed' && paidStatuses.has(status)

export type FulfilOn = 'paid' | 'completed'

/** Undefined for a status that nobody has documented. The status decides and not the event's name, of which not all are known. */
function stateOf(status: string | undefined, fulfilOn: FulfilOn): PaymentState | undefined {
  if (status === 'initialized') return 'pending'
  if (status === 'expired' || status === 'cancelled') return 'expired'
  if (status === undefined || !paidStatuses.has(status)) return undefined
  return status === 'completed' || fulfilOn === 'paid' ? 'paid' : 'pending'
}

export interface Telling {
  readonly key: string
  readonly session: Session
  readonly fulfilOn: FulfilOn
  /** Undefined: no checkout of this session is known, which the ledger will find, too. */
  readonly checkout: OpenedCheckout | undefined
  /** That the money has arrived in the merchant's wallet is news of its own. */
  readonly tellsSettled: boolean
  readonly details?: Readonly<Record<string, string>>
}

/** A session in our words. Whether its amount is the order's is compared by the ledger; here only what the ledger cannot know. */
export function eventOf({ key, session, fulfilOn, checkout, tellsSettled, details }: Telling): PaymentEvent {
  const becomes = stateOf(session.status, fulfilOn)
  const news: News | undefined = becomes ? (tellsSettled && session.status === 'completed' ? 'settled' : undefined) : 'unknown'
  const objection = objectionTo(session, checkout)
  return {
    key,
    checkout: { reference: session.id },
    reference: session.id,
    ...(becomes && { becomes }),
    ...(becomes === 'pending' && paidStatuses.has(session.status ?? '') && { received: true }),
    ...(news && { news }),
    ...moneyOf(session, checkout),
    ...(objection !== undefined && { objection }),
    test: session.test,
    details: { ...detailsOf(session), ...details },
  }
}

/**
 * What was paid towards the price. Where the payer bears the fee, it is not documented whether `amount` then holds it: anything
 * not below the price is the price (T-22).
 */
function moneyOf({ fields: { amount } }: Session, checkout: OpenedCheckout | undefined): Pick<PaymentEvent, 'money'> {
  if (typeof amount !== 'number' || !(amount >= 0)) return {}
  const { price } = checkout?.order ?? {}
  const isCovered = checkout?.kept.feeModel === '2' && amount >= Number(checkout.kept.amount)
  return { money: price && isCovered ? price : usd(amount) }
}

/** Why a session that is proven to be GStable's is still not the one that we opened, or undefined. */
function objectionTo({ fields, status }: Session, checkout: OpenedCheckout | undefined): string | undefined {
  const { amount, feeModel } = fields
  const isPaid = status !== undefined && paidStatuses.has(status)
  if (amount === undefined ? isPaid : typeof amount !== 'number' || !(amount >= 0))
    return 'its amount is missing, or no whole number of Micro-USD'
  if (!checkout) return undefined
  const { kept, order, id } = checkout
  if (feeModel !== undefined && String(feeModel) !== kept.feeModel) return 'another side pays its fee than was asked for'
  // The documents' sample calls `currency` what the official client calls `settlementToken`.
  const token = fields.settlementToken ?? fields.currency
  if (token !== undefined && token !== kept.settlementToken) return 'it settles in another token than was asked for'
  const metadata = asObject(fields.metadata)
  if (metadata?.[checkoutKey] !== undefined && metadata[checkoutKey] !== id) return 'its metadata names another checkout'
  if (metadata?.[orderKey] !== undefined && metadata[orderKey] !== (order.id ?? id)) return 'its metadata names another order'
  return undefined
}

/** For a person alone: what `paymentValue` holds, and in which unit, no document says, so that it holds no payment back. */
function remarkOn({ transaction, fields: { amount } }: Session): string | undefined {
  const value = wholeNumber(transaction?.paymentValue)
  const asked = wholeNumber(amount)
  return value !== undefined && asked !== undefined && value < asked ? 'paymentValue is below amount' : undefined
}

/** On-chain values may come as numbers or as texts. */
function wholeNumber(value: Json | undefined): bigint | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  return typeof value === 'string' && /^\d{1,78}$/.test(value) ? BigInt(value) : undefined
}

/** Whether a session was made by this software at all: the same account may sell by payment links, too. */
export function isForeign({ fields: { metadata } }: Session): boolean {
  // Not there at all: then nothing is known, and a session of ours is what it must be taken for.
  return metadata !== undefined && asObject(metadata)?.[checkoutKey] === undefined
}

const shown = /^[\x21-\x7e]([\x20-\x7e]{0,126}[\x21-\x7e])?$/
/** That gas is told is documented nowhere, and so is what the field is called: what begins like it is handed on. */
const ofGas = /^gas[A-Za-z]{0,20}$/

/** What a merchant needs to find the payment on chain, or to give it back: never the payer's e-mail or the page's `clientCode`. */
export function detailsOf(session: Session): Readonly<Record<string, string>> {
  const { fields, transaction, status } = session
  const told: Readonly<Record<string, Json | undefined>> = {
    status,
    settlementToken: fields.settlementToken ?? fields.currency,
    paidToken: fields.paidToken,
    payer: fields.payer ?? transaction?.from,
    chainOrderId: transaction?.orderId, // GStable's own; ours is `orderId`
    sourceTx: transaction?.sourceTx,
    targetTx: transaction?.targetTx,
    totalValue: transaction?.totalValue,
    paymentValue: transaction?.paymentValue,
    feeValue: transaction?.feeValue,
    netValue: transaction?.netValue,
    remark: remarkOn(session),
    executeTime: transaction?.executeTime,
    finalizeTime: transaction?.finalizeTime,
    ...Object.fromEntries(Object.entries(transaction ?? {}).filter(([name]) => ofGas.test(name))),
  }
  const texts = Object.entries(told).map(
    ([name, value]) => [name, Number.isSafeInteger(value) ? String(value) : value] as const,
  )
  return Object.fromEntries(
    texts.filter((entry): entry is [string, string] => typeof entry[1] === 'string' && shown.test(entry[1])),
  )
}
