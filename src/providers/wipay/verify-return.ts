import { CheckoutError } from '../../protocol/checkout-error.js'
import type { Notification, OpenedCheckout, OpenedCheckouts, PaymentEvent, Secret } from '../adapter.js'
import { type ExchangedKey, isOver } from '../exchanged-keys.js'
import { ended } from '../rewritten-body.js'
import { equalInConstantTime, md5, type QueryValue, readQuery } from '../signing.js'
import { type BackOffice, lookUp } from './back-office.js'
import { isTestTransaction, transactionIdPattern } from './platform.js'
import { objectionTo, readSold, type Sold, storesCard } from './sold.js'
import { confirmCard } from './trusted-cards.js'

// The buyer's browser comes back with the outcome in its address, and, on success alone, a hash. Follows "Transaction Response" and
// "FAQ" of the Payments API at docs.wipayfinancial.com (1.0.9 to 1.0.11), read on 2026-11-20.
//
//   hash = MD5(transaction_id ‖ total ‖ API key), nothing in between; `total` is the one we asked for, not the one in the address
//
// The weakness to know: everything here passes through the buyer's hands, and the hash covers two texts of it. So:
//
// - Both are taken from what we stored when we opened the page, never from the address. Read from there, digits could be moved from one
//   to the other: `…4001` + `2.05` and `…400` + `12.05` hash alike (T-11).
// - The checkout is found by its transaction id, never by `order_id`, which is not covered (T-12).
// - `status` is not covered. That only a success carries a hash is WiPay's promise, and the one thing that this proof rests on (T-10):
//   whoever needs more names `webhook` or `wapi` as proof, and then nothing in the address is believed at all.
// - Displayed total, currency, names and messages are not covered: they decide nothing and are never shown (T-13, T-16).
//
// A return that claims no success is no event: it is shown by readReturn, and records nothing.

const longestAddress = 8192
const hashPattern = /^[0-9a-f]{32}$/

/** What the address says; absent and empty are the same. */
interface Return {
  readonly status: string
  readonly transactionId: string
  readonly orderId: string
  readonly total: string
  readonly currency: string
  readonly hash: string
  readonly uuid: string
}

/** What the hash of a way back is computed over: what was stored at opening, never what the address says. */
export function signedText(checkout: OpenedCheckout): string | undefined {
  const sold = readSold(checkout)
  return sold && checkout.reference !== undefined ? `${checkout.reference}${sold.total}[secret]` : undefined
}

/**
 * Proof `redirect`: verifies the hash, over the stored transaction id and total, with each key, undefined for one
 * that has ended. Throws CheckoutError `request_invalid`,
 * `signature_missing` or `signature_invalid`; answers [] where no success is claimed. One indexed read, after the shape is right.
 *
 * It does not guard against a hash on a failed return (it would be believed if `status` were flipped), nor against a buyer who never
 * comes back.
 */
export async function verifyReturn(
  keys: readonly (Secret | undefined)[],
  notification: Notification,
  opened: OpenedCheckouts,
): Promise<readonly PaymentEvent[]> {
  const given = readAddress(notification.url)
  const { status, transactionId, hash } = given
  if (status !== 'success' && hash === '') return []
  if (transactionId === '') throw new CheckoutError('request_invalid', 'the return claims success and names no transaction')
  if (hash === '') throw new CheckoutError('signature_missing', 'the return claims success and carries no hash')
  const lowered = hash.toLowerCase() // hex: the case says nothing
  if (!hashPattern.test(lowered)) throw mismatch('its hash is not of 32 hex digits')
  const checkout = await opened.byReference(transactionId)
  const sold = checkout && readSold(checkout)
  if (!checkout || !sold || sold.isForm) throw mismatch('no payment was opened here under its transaction id')
  const key = matchingKey(keys, transactionId, sold, lowered)
  if (key < 0) throw mismatch('is `apiKey` the key of this account, and not replaced?')
  return [eventOf(given, sold, checkout, key)]
}

/** The usual mistakes with a way back, one after the other. `keys` are those that have ended, too. */
export function mistakeOfReturn(
  keys: readonly ExchangedKey[],
  now: Date,
  { url }: Notification,
  checkout: OpenedCheckout,
): string | undefined {
  const { transactionId, total, hash, orderId } = readAddress(url)
  const sold = readSold(checkout)
  if (!sold || checkout.reference !== transactionId) return undefined
  const secrets = keys.map(({ secret }) => secret)
  const holdsFor = (text: string) => matchingKey(secrets, transactionId, { ...sold, total: text }, hash.toLowerCase()) >= 0
  if (holdsFor(sold.total)) return keys.some((key) => isOver(key, now)) ? ended : undefined
  if (total !== '' && holdsFor(total))
    return `the hash holds for the total of the address, and not for that of the checkout: is its \`kept.total\` what was asked for${orderId === sold.orderId ? '' : ', and the checkout that of this order'}?`
  return undefined
}

/** Which key matches; -1 where none does. Every one is tried: how long it takes says nothing. */
function matchingKey(keys: readonly (Secret | undefined)[], transactionId: string, { total }: Sold, hash: string): number {
  const matches = keys.map((key) => key !== undefined && equalInConstantTime(md5(transactionId + total + key.reveal()), hash))
  return matches.indexOf(true)
}

function eventOf(given: Return, sold: Sold, checkout: OpenedCheckout, key: number): PaymentEvent {
  const { status, transactionId, total, currency } = given
  const isSuccess = status === 'success'
  const said = { ...(given.orderId && { orderId: given.orderId }), ...(total && { total }), ...(currency && { currency }) }
  const objection = isSuccess ? objectionTo(sold, said) : 'it carries a right hash, which WiPay issues on success only'
  return {
    // An altered copy of a right return is other news: it must neither pass for the right one nor keep it out.
    key: `${transactionId}:${isSuccess ? 'success' : 'other'}${isSuccess && objection ? ':altered' : ''}`,
    checkout: { reference: transactionId },
    reference: transactionId,
    ...(isSuccess && { becomes: 'paid' as const, ...(checkout.order.price && { money: checkout.order.price }) }),
    test: isTestTransaction(transactionId),
    ...(objection !== undefined && { objection }),
    // An older key says when it may be removed (T-56).
    details: { ...unprovenNotes(given), ...(key > 0 && { 'api-key': `number ${key + 1} of those configured` }) },
  }
}

/** What the buyer was shown, as far as it is what it should be: for a person who compares, not for anything that decides. */
function unprovenNotes({ total, currency }: Return): Record<string, string> {
  return {
    ...(/^[\d,.]{1,20}$/.test(total) && { 'unproven-total': total }),
    ...(/^[A-Z]{3}$/.test(currency) && { 'unproven-currency': currency }),
  }
}

const mismatch = (why: string) => new CheckoutError('signature_invalid', `the return proves nothing: ${why}`)

/**
 * Where WAPI can be asked: the address only says what about. Throws CheckoutError `signature_invalid` where that was not opened here,
 * and what asking throws. `sparingly` keeps somebody who loads the address again and again from using up the questions of everybody.
 */
export async function confirmReturn(
  office: BackOffice,
  notification: Notification,
  opened: OpenedCheckouts,
  sparingly: Sparingly,
): Promise<readonly PaymentEvent[]> {
  const { status, transactionId, orderId, uuid } = readAddress(notification.url)
  if (transactionId === '') return [] // refused before a transaction was made
  // A request that went through the browser is known by its order id alone; others never are, or a paid return would pay any order.
  const byOrder = async () => {
    const found = orderId === '' ? undefined : await opened.byReference(orderId)
    return found && readSold(found)?.isForm ? found : undefined
  }
  const checkout = (await opened.byReference(transactionId)) ?? (await byOrder())
  if (!checkout) throw mismatch('no payment was opened here under its transaction id')
  if (storesCard(checkout) && status !== 'success') return []
  return sparingly(checkout.reference ?? checkout.id, () =>
    storesCard(checkout) ? confirmCard(office, checkout, uuid) : lookUp(office, checkout, transactionId),
  )
}

const pause = 3_000 // milliseconds, as for a page that asks how it stands

type Ask = () => Promise<readonly PaymentEvent[]>
export type Sparingly = (reference: string, ask: Ask) => ReturnType<Ask>

/** Asks, or tells again what was answered a moment ago; also that nothing was, or whoever comes twice would be let go unheard. */
export function askedSparingly(now: () => Date): Sparingly {
  const asked = new Map<string, { readonly at: number; readonly answer: ReturnType<Ask> }>()
  return (reference, ask) => {
    const at = now().getTime()
    const before = asked.get(reference)
    if (before && Math.abs(at - before.at) < pause) return before.answer
    const answer = ask()
    asked.delete(reference) // and set anew: the first of the map is then the oldest
    asked.set(reference, { at, answer })
    if (asked.size > 1_000) asked.delete(asked.keys().next().value as string)
    return answer
  }
}

function readAddress({ search }: URL): Return {
  if (search.length > longestAddress)
    throw new CheckoutError('request_invalid', "the return address is longer than any of WiPay's")
  const values = readQuery(search.slice(1))
  const status = read(values, 'status')
  if (status === '') throw new CheckoutError('request_invalid', 'the return says no status')
  const transactionId = read(values, 'transaction_id')
  if (transactionId !== '' && !transactionIdPattern.test(transactionId))
    throw new CheckoutError('request_invalid', 'the return names something that is no transaction id')
  return {
    ...{ status, transactionId, orderId: read(values, 'order_id'), total: read(values, 'total') },
    ...{ currency: read(values, 'currency'), hash: read(values, 'hash'), uuid: read(values, 'uuid') },
  }
}

function read(values: ReadonlyMap<string, QueryValue>, name: string): string {
  const value = values.get(name)
  if (!value) return ''
  if (value.text === undefined || /\p{Cc}/u.test(value.text))
    throw new CheckoutError('request_invalid', `the parameter ${name} holds control characters or is no UTF-8`)
  return value.text
}

/**
 * What the way back claims without proof. Only a plain failure lets the buyer try again at once: a timeout, or an error of a payment that
 * was begun, may still turn out paid for four hours.
 */
export function readReturn({ searchParams }: URL): 'failed' | undefined {
  const [status, more] = searchParams.getAll('status')
  if (more !== undefined) return undefined
  if (status === 'error') return searchParams.has('transaction_id') ? undefined : 'failed'
  return status === 'failed' ? 'failed' : undefined
}
