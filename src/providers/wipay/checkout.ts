import { CheckoutError } from '../../protocol/checkout-error.js'
import type { Buyer, HostedPage, Mode, OpenContext, Order } from '../adapter.js'
import { parseObject, quoted } from '../foreign-text.js'
import { callProvider } from '../request.js'
import { randomId } from '../signing.js'
import type { BackOffice } from './back-office.js'
import { type CatalogRules, readSale, type Sale, type Way, waysToPay } from './catalog.js'
import { longestAddress, parameterFaults } from './parameters.js'
import { environmentOf, isTestTransaction, isTrustedPage, type TrustedPages, transactionIdPattern } from './platform.js'
import { keptOf, keptOfCard } from './sold.js'

// An order becomes a page of WiPay's in one of three ways: a payment request, a charge of a stored card, or the storing of a card.
// Each is asked for by our server (JSON mode), which learns the transaction id before the buyer sees anything; all later proof rests on
// that id and on the total as it was sent. In form mode the buyer's browser sends the request, so no id is known beforehand, every
// field may have been changed on the way, and only a webhook or a look-up that repeats all of them proves a payment (T-11).
//
// WiPay knows no idempotency, so nothing is ever asked twice under one order id: each opening makes its own.

export interface CheckoutRules extends CatalogRules, TrustedPages {
  readonly accountNumber: string
  readonly country: string
  readonly mode: Mode
  readonly avs: boolean
  /** The name of the shop's software, as WiPay's dashboard shows it. */
  readonly origin: string
  readonly backOffice: BackOffice | undefined
  readonly fetch: typeof fetch | undefined
  readonly now: () => Date
}

/** Throws CheckoutError `order_invalid`, `method_unavailable`, `provider_refused`, `provider_unreachable` or `outcome_unknown`. */
export async function openPage(order: Order, context: OpenContext, rules: CheckoutRules): Promise<HostedPage> {
  const sale = readSale(order, rules)
  if (typeof sale === 'object' && 'fault' in sale)
    throw new CheckoutError('order_invalid', `WiPay cannot sell this order: ${sale.fault}`)
  const way = waysToPay(order, rules).get(context.method)
  if (!way) throw new CheckoutError('method_unavailable', 'this is no method of WiPay for this order and buyer')
  if (context.returnUrl.href.length > longestAddress)
    throw new CheckoutError(
      'config_invalid',
      `the return address is longer than the ${longestAddress} characters that WiPay takes: shorten \`base\``,
    )
  if (sale === 'card') return storeCard(context, rules)
  return way.kind === 'stored' ? chargeCard(way.card, sale, context, rules) : requestPayment(way, sale, order, context, rules)
}

// The three ways --------------------------------------------------------------------------------------------------------------

async function requestPayment(
  way: Way,
  sale: Sale,
  order: Order,
  { returnUrl }: OpenContext,
  rules: CheckoutRules,
): Promise<HostedPage> {
  const { accountNumber, country, feeStructure, isForm } = rules
  const orderId = newOrderId()
  const fields: Record<string, string> = {
    account_number: accountNumber,
    country_code: country,
    currency: sale.currency,
    environment: environmentOf(rules.mode),
    fee_structure: feeStructure,
    method: 'credit_card_co', // for debit cards too; `credit_card` is its deprecated name
    order_id: orderId,
    origin: rules.origin,
    response_url: returnUrl.href,
    total: sale.total,
    ...(sale.email !== undefined && { email: sale.email }),
    ...(rules.avs && { avs: '1' }),
    ...(way.kind === 'hosted' && way.cardType && { card_type: way.cardType }),
    ...knownOf(order.buyer),
  }
  const faults = parameterFaults(fields)
  if (faults.length > 0) {
    const named = faults.map(({ field, code }) => `${field} (${code})`).join(', ')
    throw new CheckoutError('order_invalid', `WiPay would refuse this request: ${named}`)
  }
  const url = new URL('/plugins/payments/request', rules.baseUrl)
  const kept = keptOf({ flow: 'payment', isForm, orderId, total: sale.total, currency: sale.currency, fees: feeStructure })
  // Its session begins when the buyer's browser sends the form, so there is no time that we could name.
  if (isForm) return { url, fields, reference: orderId, bindsLater: true, kept, askAt: askAt(rules) }

  const answer = await callProvider({
    url,
    hosts: [url.host],
    method: 'POST',
    changes: true,
    readsRedirect: true,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
    ...(rules.fetch && { fetch: rules.fetch }),
  })
  return { ...pageOf(readAnswer(answer, rules), fields, rules), kept, ...times(rules) }
}

async function chargeCard(card: string, sale: Sale, { returnUrl }: OpenContext, rules: CheckoutRules): Promise<HostedPage> {
  const { total, currency } = sale
  const orderId = newOrderId()
  const fields = {
    ...{ total, currency, fee_structure: rules.feeStructure, order_id: orderId, response_url: returnUrl.href },
    ...{ origin: rules.origin, environment: environmentOf(rules.mode), country_code: rules.country },
  }
  const answer = await officeOf(rules).create(`/wapi/trusted-cards/${card}/charge`, fields)
  const kept = keptOf({ flow: 'charge', isForm: false, orderId, total, currency, fees: rules.feeStructure })
  return { ...pageOf(readAnswer(answer, rules), fields, rules), kept, ...times(rules) }
}

async function storeCard({ returnUrl }: OpenContext, rules: CheckoutRules): Promise<HostedPage> {
  const fields = { environment: environmentOf(rules.mode), response_url: returnUrl.href }
  const answer = await officeOf(rules).create('/wapi/trusted-cards', fields)
  return { ...pageOf(readAnswer(answer, rules), fields, rules), kept: keptOfCard, ...times(rules) }
}

function officeOf({ backOffice }: CheckoutRules): BackOffice {
  if (!backOffice) throw new CheckoutError('method_unavailable', 'stored cards need WAPI credentials (`wapi`)')
  return backOffice
}

// WiPay's answer ----------------------------------------------------------------------------------------------------------------

export type Answer =
  | { readonly verdict: 'created'; readonly redirectUrl: string; readonly transactionId: string }
  | { readonly verdict: 'rejected'; readonly message: string | null; readonly transactionId: string | null }
  | { readonly verdict: 'indeterminate'; readonly message: string | null; readonly transactionId: string | null }

/**
 * Reads the answer to a creation. Only `created` may be shown to a buyer: on a refusal `url` is our own return address with the error
 * in it, and an address without a transaction id could never be proven paid. A redirect may hold the same JSON as a success; where it
 * does not, it may be a gateway's, and nobody knows.
 */
export function readAnswer({ status, text }: { readonly status: number; readonly text: string }, pages: TrustedPages): Answer {
  const answer = parseObject(text)
  if (!answer) return { verdict: 'indeterminate', message: null, transactionId: null }
  const { url, message, transaction_id: id } = answer
  const said = typeof message === 'string' ? message : null
  const transactionId = typeof id === 'string' && transactionIdPattern.test(id) ? id : null
  if (status >= 400) return { verdict: 'rejected', message: said, transactionId }
  if (typeof url !== 'string' || !isTrustedPage(url, pages)) {
    if (status >= 300) return { verdict: 'indeterminate', message: said, transactionId }
    return { verdict: 'rejected', message: 'untrusted_redirect_url', transactionId }
  }
  if (transactionId === null) return { verdict: 'indeterminate', message: said, transactionId }
  return { verdict: 'created', redirectUrl: url, transactionId }
}

function pageOf(
  answer: Answer,
  sent: Readonly<Record<string, string>>,
  { mode }: CheckoutRules,
): { url: URL; reference: string } {
  if (answer.verdict === 'indeterminate')
    throw new CheckoutError('outcome_unknown', 'WiPay answered without a transaction id, or with something that is no JSON')
  if (answer.verdict !== 'created') {
    const why =
      answer.message === 'untrusted_redirect_url'
        ? "its page is on no host of WiPay: list the processor's host in `pageHosts` if it is one"
        : `${quoted(answer.message, Object.values(ofTheBuyer(sent)))} – is the account on this country's platform, and does it take this currency?`
    throw new CheckoutError('provider_refused', `WiPay did not open a page: ${why}`)
  }
  if (isTestTransaction(answer.transactionId) !== (mode === 'test'))
    throw new CheckoutError('provider_refused', `WiPay opened a transaction that is not ${mode}: is the account of that mode?`)
  return { url: new URL(answer.redirectUrl), reference: answer.transactionId }
}

/** All but what is the merchant's own: why WiPay refused is often one of these. */
const merchants = /^(account_number|country_code|currency|environment|fee_structure|method|origin|total|avs|card_type)$/
const ofTheBuyer = (sent: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(sent).filter(([field]) => !merchants.test(field)))

// What is sent along ------------------------------------------------------------------------------------------------------------

/** 16 characters, as much as every processor of WiPay's takes; letters and digits alone, since it may not end with a dash. */
export function newOrderId(): string {
  let id = ''
  while (id.length < 16) id += randomId().replace(/[-_]/g, '')
  return id.slice(0, 16)
}

/** What is known of the buyer, filled in for them. Refused characters would fail the payment, so what does not fit is left out. */
function knownOf({ name, phone, country, address = { line1: '' } }: Buyer): Record<string, string> {
  const words = plain(name).split(/\s+/)
  const known: Record<string, [value: string, pattern: RegExp]> = {
    ...(words.length > 1 ? { name: [words.join(' '), /^[A-Za-z][A-Za-z .'-]{0,59}$/] } : {}),
    ...(words.length === 1 ? { fname: [words[0] as string, /^[A-Za-z][A-Za-z.'-]{0,29}$/] } : {}),
    addr1: [plain(address.line1), /^[ -~]{1,50}$/],
    addr2: [plain(address.line2), /^[ -~]{1,50}$/],
    city: [plain(address.city), /^[A-Za-z][A-Za-z .'-]{0,29}$/],
    state: [plain(address.state), /^[A-Z]{2}-[A-Z0-9]{1,3}$/], // ISO 3166-2: a name in words is not taken
    zipcode: [plain(address.zip), /^[A-Za-z0-9 -]{1,10}$/],
    country: [country ?? '', /^[A-Z]{2}$/],
    phone: [plain(phone).replace(/[ ().-]/g, ''), /^\+?\d{4,19}$/],
  }
  const fitting = Object.entries(known).filter(([, [value, pattern]]) => pattern.test(value))
  const fields = Object.fromEntries(fitting.map(([field, [value]]) => [field, value]))
  if (!('addr1' in fields)) delete fields.addr2
  return fields
}

/** Without accents: `José` becomes `Jose`, which a card's bank compares as well or as badly. */
const plain = (text = ''): string => text.normalize('NFD').replace(/\p{M}/gu, '').trim()

// Time --------------------------------------------------------------------------------------------------------------------------

const minute = 60_000
const session = 3 // minutes; with address verification 5
const questions = [4, 7, 15, 35, 60, 120, 245] // minutes: WiPay may recover an unfinished payment for four hours

/** When the page ends for the buyer, and when to ask what became of it. The one is never an end of hope: the other is. */
function times(rules: Pick<CheckoutRules, 'avs' | 'now'>): { closesAt: Date; askAt: readonly Date[] } {
  const longer = rules.avs ? 2 : 0
  return { closesAt: new Date(rules.now().getTime() + (session + longer) * minute), askAt: askAt(rules) }
}

function askAt({ avs, now }: Pick<CheckoutRules, 'avs' | 'now'>): readonly Date[] {
  const start = now().getTime()
  return questions.map((after, index) => new Date(start + (after + (avs && index < 2 ? 2 : 0)) * minute))
}
