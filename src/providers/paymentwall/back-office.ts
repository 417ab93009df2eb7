import { CheckoutError } from '../../protocol/checkout-error.js'
import type { Secret } from '../adapter.js'
import { parseJson, quoted } from '../foreign-text.js'
import { callProvider } from '../request.js'
import { type DeliveryNotice, deliveryFields } from './delivery.js'
import { type GeolocationRules, locateAddress } from './geolocation.js'
import { askForPayments, type PaymentReport, type StatusRules } from './payment-status.js'
import { addressOf, signedQuery } from './signature.js'

// What a merchant asks of Paymentwall besides payments: for a person, a script, or the shop's own back office. Nothing is recorded here:
// what a refund or a cancellation comes to is told by pingback, like everything else.

export interface BackOffice {
  /** What became of a payment; undefined where Paymentwall knows none of this reference. Switched on by Paymentwall's support. */
  payment(reference: string): Promise<PaymentReport | undefined>
  /** All payments of a buyer for a product, our checkout id or a stored one's; oldest first. */
  payments(buyerId: string, product: string): Promise<readonly PaymentReport[]>
  /**
   * Opens a ticket by which Paymentwall's support gives the whole payment back; a pingback of type 2 tells when it has. Throws
   * CheckoutError `outcome_unknown` where nobody knows whether the ticket was opened: look before you ask again.
   */
  requestRefund(reference: string, message: string): Promise<void>
  /** Opens a ticket that ends a subscription; a pingback of type 12 tells when it has. Throws as `requestRefund` does. */
  requestCancellation(reference: string, message: string): Promise<void>
  /** Tells that the goods of a payment are on their way, or there: it answers disputes. Throws as `requestRefund` does. */
  confirmDelivery(notice: DeliveryNotice): Promise<void>
  /** The country, ISO 3166-1 alpha-2, in which Paymentwall places an address; undefined where it cannot. Live projects only. */
  countryOf(buyerId: string, address: string): Promise<string | undefined>
}

export interface BackOfficeRules extends StatusRules, GeolocationRules {
  readonly secret: Secret
  readonly test: boolean
}

const referencePattern = /^[A-Za-z0-9_.-]{1,64}$/
const messagePattern = /^[^=\p{Cs}]{1,2000}$/u

export function backOffice(rules: BackOfficeRules): BackOffice {
  return {
    async payment(reference) {
      // Of what has no place in a query nothing is known either.
      const reports = referencePattern.test(reference) ? await askForPayments(rules, { reference }) : []
      return reports.find((report) => report.reference === reference)
    },
    payments: (buyerId, product) => askForPayments(rules, { buyerId, product }),
    requestRefund: (reference, message) => openTicket(rules, '1', reference, message),
    requestCancellation: (reference, message) => openTicket(rules, '2', reference, message),
    confirmDelivery: (notice) => confirm(rules, notice),
    countryOf: (buyerId, address) => locateAddress(rules, buyerId, address),
  }
}

async function openTicket(rules: BackOfficeRules, type: '1' | '2', reference: string, message: string): Promise<void> {
  if (!referencePattern.test(reference)) throw new CheckoutError('request_invalid', 'this is no reference of a payment')
  // It is signed beside `ref` and `type`: without `=` no cut of it can say more than it says.
  if (!messagePattern.test(message))
    throw new CheckoutError('request_invalid', 'a ticket needs a message, of at most 2,000 characters and without "="')
  const fields = new Map(Object.entries({ key: rules.projectKey, ref: reference, type, message }))
  if (rules.test) fields.set('test_mode', '1')
  const body = signedQuery(fields, rules, 'ref')
  const answer = await post(rules, '/developers/api/ticket', body)
  if (answer.result === 1) return
  if (answer.result !== 0) throw unknown('its answer says neither')
  const reason = Array.isArray(answer.errors) ? answer.errors[0] : undefined
  throw new CheckoutError(
    'provider_refused',
    `Paymentwall opened no ticket: ${quoted(reason, [reference, message])} – are these the keys of the payment's project?`,
  )
}

async function confirm(rules: BackOfficeRules, notice: DeliveryNotice): Promise<void> {
  if (!referencePattern.test(notice.reference)) throw new CheckoutError('request_invalid', 'this is no reference of a payment')
  const fields = deliveryFields(notice, rules.now())
  if (rules.test) fields.set('is_test', '1')
  const body = new URLSearchParams([...fields]).toString()
  const answer = await post(rules, '/api/delivery', body, { 'x-apikey': rules.secret.reveal() })
  if (answer.success === 1 || answer.success === true) return
  if (!('error' in answer)) throw unknown('its answer says neither')
  const sent = [...fields.values(), rules.secret.reveal()]
  throw new CheckoutError('provider_refused', `Paymentwall took no delivery notice: ${quoted(answer.error, sent)}`)
}

/** The answer as an object. Throws CheckoutError `provider_unreachable` where nothing can have been done, else `outcome_unknown`. */
async function post(
  rules: BackOfficeRules,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const url = addressOf(rules, path)
  const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' }
  const { fetch } = rules
  const request = {
    url,
    hosts: [url.host],
    method: 'POST',
    changes: true,
    headers: form,
    body,
    ...(fetch && { fetch }),
  } as const
  const { text } = await callProvider(request).catch((error: unknown) => {
    throw error instanceof CheckoutError && error.code === 'outcome_unknown' ? unknown(error.message, error) : error
  })
  const answer = parseJson(text)
  // A gateway's page says nothing about what was done behind it.
  if (typeof answer !== 'object' || answer === null) throw unknown('its answer cannot be read')
  return answer as Readonly<Record<string, unknown>>
}

const unknown = (why: string, cause?: unknown): CheckoutError =>
  new CheckoutError('outcome_unknown', `whether Paymentwall took it is unknown: ${why}. Look there before you ask again`, {
    cause,
  })
