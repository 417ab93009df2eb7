import { CheckoutError } from '../../protocol/checkout-error.js'
import type { Mode, OpenedCheckout, PaymentEvent, Secret } from '../adapter.js'
import { clipped, parseObject, quoted, textOf } from '../foreign-text.js'
import { callProvider, type ProviderAnswer } from '../request.js'
import { isTestTransaction, transactionIdPattern } from './platform.js'
import { objectionTo, readSold, type Sold } from './sold.js'

// WAPI, the interface behind WiPay's dashboard: what became of a transaction, refunds, stored cards. It is reached by a key, or by an
// access token that the account's e-mail address and password are exchanged for. Exactly one of the two may be sent.

export type Credentials =
  | { readonly key: Secret }
  /** Of the account. A key restricted by scope is the better one: this password can do anything. */
  | { readonly email: Secret; readonly password: Secret }

export interface BackOfficeRules {
  readonly baseUrl: URL
  readonly mode: Mode
  readonly credentials: Credentials
  readonly fetch: typeof fetch | undefined
  readonly now: () => Date
}

export interface BackOffice {
  readonly mode: Mode
  readonly now: () => Date
  /** A POST that opens a page: whatever WiPay answers, in a redirect too. Throws `outcome_unknown` where nothing usable came. */
  create(path: string, fields: Readonly<Record<string, string>>): Promise<ProviderAnswer>
  /**
   * The answer read as JSON. Throws CheckoutError `provider_refused` for 401, 403 and 405, `provider_unreachable` for 429 and 5xx; but
   * `outcome_unknown` for a POST after which nobody knows: look there before you ask again.
   */
  ask(method: 'GET' | 'POST' | 'DELETE', path: string, fields?: Readonly<Record<string, string>>): Promise<BackOfficeAnswer>
}

/** 2xx, 400, 404 and the like: what they mean depends on the question. */
export interface BackOfficeAnswer {
  readonly isFine: boolean
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  /** Fit for a log. */
  readonly message: string
}

// WiPay's documents name the second alone for refunds, and nowhere say that the first holds it.
const scopes = 'wapi-transactions-all wapi-transactions-refund-request wapi-trusted-cards-all'

export function backOffice(rules: BackOfficeRules): BackOffice {
  const { baseUrl, credentials } = rules
  let token: Promise<Token> | undefined

  const call = (
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    headers: Record<string, string>,
    body?: string,
    { changes = false, readsRedirect = false } = {},
  ) =>
    callProvider({
      url: new URL(path, baseUrl),
      hosts: [baseUrl.host],
      method,
      changes,
      readsRedirect,
      headers: {
        accept: 'application/json',
        ...headers,
        ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(body !== undefined && { body }),
      ...(rules.fetch && { fetch: rules.fetch }),
    })

  // Granted anew when it ends, twice a day: a refresh token would save nothing, since the password is there in any case.
  async function grant(email: Secret, password: Secret): Promise<Token> {
    const form = new URLSearchParams({ email: email.reveal(), password: password.reveal(), scopes })
    const { status, text } = await call('POST', '/wapi/auth/tokens', {}, form.toString())
    const { access_token: value, expires_in: lifetime } = parseObject(text) ?? {}
    if (status >= 500 || status === 429)
      throw new CheckoutError('provider_unreachable', `WiPay answered ${status} to a sign-in`)
    if (status >= 400 || typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
      throw new CheckoutError('provider_refused', "WiPay did not take the account's e-mail address and password")
    const seconds = typeof lifetime === 'number' && lifetime > 120 ? lifetime : 120
    return { value, endsAt: rules.now().getTime() + (seconds - 60) * 1000 }
  }

  async function authorization(isAnew: boolean): Promise<Record<string, string>> {
    if ('key' in credentials) return { 'x-wapi-key': credentials.key.reveal() }
    const { email, password } = credentials
    const known = token
    const held = await known?.catch(() => undefined)
    const isOver = isAnew || !held || held.endsAt <= rules.now().getTime()
    // Whoever else waited for the same token has perhaps asked for the next one already.
    if (isOver && token === known) token = grant(email, password)
    return { authorization: `Bearer ${(await (token as Promise<Token>)).value}` }
  }

  async function send(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    fields?: Readonly<Record<string, string>>,
    readsRedirect = false,
  ) {
    const body = method === 'POST' ? new URLSearchParams(fields).toString() : undefined
    const how = { changes: method === 'POST', readsRedirect } // what is deleted twice is deleted
    const answer = await call(method, path, await authorization(false), body, how)
    // A token may end before its time, where it was revoked. Nothing was done yet, so it may be asked again.
    if (answer.status !== 401 || 'key' in credentials) return answer
    return call(method, path, await authorization(true), body, how)
  }

  return {
    mode: rules.mode,
    now: rules.now,
    create: (path, fields) => send('POST', path, fields, true),
    async ask(method, path, fields) {
      const { status, text } = await send(method, path, fields)
      const unclear = method === 'POST' ? 'outcome_unknown' : 'provider_unreachable'
      if (status >= 500 || status === 429)
        throw new CheckoutError(
          status === 429 ? 'provider_unreachable' : unclear,
          `WiPay's back office answered ${status}: it is down, or asked too often`,
          { details: { status: String(status) } },
        )
      const body = parseObject(text)
      const message = quoted(body?.message, Object.values(fields ?? {}))
      if (status === 401 || status === 403 || status === 405)
        throw new CheckoutError(
          'provider_refused',
          `WiPay's back office refused with ${status}: ${message} – are the credentials of this mode and country, not expired, and is their scope wide enough?`,
        )
      if (!body) throw new CheckoutError(unclear, "WiPay's back office answered something that is no JSON object")
      return { isFine: status < 300, status, body, message }
    },
  }
}

interface Token {
  readonly value: string
  readonly endsAt: number
}

// What became of a transaction --------------------------------------------------------------------------------------------------

/** As WAPI describes a transaction; texts as received. */
export interface Transaction {
  readonly id: string
  readonly orderId: string | undefined
  readonly status: string
  readonly statusText: string | undefined
  readonly message: string | undefined
  readonly total: string | undefined
  readonly currency: string | undefined
  readonly card: string | undefined
}

/** Undefined where WiPay knows no such transaction. Throws CheckoutError `provider_refused` or `provider_unreachable`. */
export async function findTransaction(office: BackOffice, id: string): Promise<Transaction | undefined> {
  if (!transactionIdPattern.test(id)) throw new CheckoutError('request_invalid', 'this is no transaction id')
  const answer = await office.ask('GET', `/wapi/transactions/${encodeURIComponent(id)}`)
  if (!answer.isFine) return undefined
  const { data } = answer.body
  const transaction = typeof data === 'object' && data !== null ? readTransaction(data as Record<string, unknown>) : undefined
  if (transaction?.id !== id)
    throw new CheckoutError('provider_unreachable', "WiPay's back office answered with something else than this transaction")
  return transaction
}

export function readTransaction(data: Readonly<Record<string, unknown>>): Transaction | undefined {
  const id = textOf(data.transaction_id)
  const status = textOf(data.status)
  if (id === undefined || status === undefined) return undefined
  return {
    ...{ id, status, statusText: textOf(data.status_desc), orderId: textOf(data.order_id), total: textOf(data.total) },
    ...{ message: textOf(data.message), currency: textOf(data.currency), card: textOf(data.card) },
  }
}

/**
 * What became of a checkout, asked of WiPay. An unfinished payment is no news, nor is one that WiPay does not know; a stored card is
 * confirmed in trusted-cards.ts, since no transaction names it. `transactionId` is for a request that went through the buyer's browser,
 * which alone knows it: it is believed where WiPay says that it belongs to this order id.
 */
export async function lookUp(
  office: BackOffice,
  checkout: OpenedCheckout,
  transactionId = checkout.reference,
): Promise<readonly PaymentEvent[]> {
  const sold = readSold(checkout) // nothing, of a card that was stored
  if (!sold || transactionId === undefined) return []
  const transaction = await findTransaction(office, transactionId)
  if (!transaction) return []
  if (transactionId !== checkout.reference && transaction.orderId !== sold.orderId) return []
  return eventsOf(transaction, sold, checkout, office.now())
}

const recovery = 240 * 60_000 // milliseconds: so long WiPay may still find a payment that ran out of time to be made

export function eventsOf(transaction: Transaction, sold: Sold, checkout: OpenedCheckout, now: Date): readonly PaymentEvent[] {
  const { id, status, statusText, card } = transaction
  if (status === 'incomplete') return []
  // Believed now it would end all asking, and a payment that is recovered later would never be heard of (T-15).
  if (status === 'failed' && hasTimedOut(transaction) && now.getTime() - checkout.openedAt.getTime() < recovery) return []
  const event = {
    key: `look-up:${id}:${status === 'success' || status === 'failed' ? status : 'other'}`,
    checkout: { reference: checkout.reference ?? id },
    reference: id,
    test: isTestTransaction(id),
    details: { 'transaction-status': clipped(statusText ?? status), ...(card !== undefined && { card: clipped(card) }) },
  }
  if (status === 'failed') return [{ ...event, becomes: 'failed' }]
  if (status !== 'success') return [{ ...event, news: 'unknown' }]
  // A refund and a dispute leave `success` as it is, and change its description.
  const isClean = statusText === undefined || statusText === 'Normal'
  const objection =
    objectionTo(sold, transaction) ?? (isClean ? undefined : 'WiPay lists it as a success with a remark: see the dashboard')
  return [
    {
      ...event,
      key: isClean ? event.key : `${event.key}:remark`,
      becomes: 'paid',
      ...(checkout.order.price && { money: checkout.order.price }),
      ...(objection !== undefined && { objection }),
    },
  ]
}

/** By which words WiPay says so is documented nowhere, so by any; an expired card is a decline. */
const hasTimedOut = ({ statusText = '', message = '' }: Transaction): boolean =>
  /time.{0,2}out|(transaction|session|checkout) expired/i.test(`${statusText} ${message}`)

// Refunds -----------------------------------------------------------------------------------------------------------------------

/**
 * Asks for the whole amount to be given back. It is a request: whether it is granted, WiPay says by webhook, and without webhooks in the
 * dashboard alone (then tell the ledger). Throws CheckoutError `provider_refused` where it cannot be asked for.
 */
export async function requestRefund(office: BackOffice, transactionId: string): Promise<void> {
  if (!transactionIdPattern.test(transactionId)) throw new CheckoutError('request_invalid', 'this is no transaction id')
  const answer = await office.ask('POST', `/wapi/transactions/${encodeURIComponent(transactionId)}/refund`)
  if (!answer.isFine) throw new CheckoutError('provider_refused', `WiPay did not take the refund request: ${answer.message}`)
}
