import * as z from 'zod/mini'
import { CheckoutError } from '../../protocol/checkout-error.js'
import { type Money, money } from '../../protocol/money.js'
import type { OpenedCheckout, PaymentEvent } from '../adapter.js'
import { parseJson, quoted } from '../foreign-text.js'
import { callProvider } from '../request.js'
import { type SigningRules, signedAddress } from './signature.js'
import { isStored } from './stored-products.js'

// The Payment Status API: what became of a payment, for projects of digital goods for which Paymentwall has switched it on.

export interface StatusRules extends SigningRules {
  readonly fetch: typeof fetch | undefined
}

/** A payment as Paymentwall has it. Every field but its reference may be missing. */
export interface PaymentReport {
  readonly reference: string
  readonly createdAt: Date | undefined
  readonly price: Money | undefined
  readonly refunded: boolean
  /** Paymentwall's word: `approved` is the only one that is documented. */
  readonly risk: string | undefined
  readonly buyerId: string | undefined
  /** Our checkout id, or the id of a stored product. */
  readonly product: string | undefined
  /** Paymentwall's inner name of the method: `gateway` for cards. */
  readonly method: string | undefined
  readonly subscription: SubscriptionReport | undefined
}

export interface SubscriptionReport {
  readonly id: string | undefined
  readonly isActive: boolean
  readonly isTrial: boolean
  readonly hasExpired: boolean
  /** The next charge, or the next attempt after one that failed. */
  readonly nextAt: Date | undefined
}

/** By the reference of a payment, or by buyer and product: then all of theirs. */
export type PaymentQuestion = { readonly reference: string } | { readonly buyerId: string; readonly product: string }

// Flags are 0 and 1 here, true and false there; a wrong field is as good as a missing one.
const flag = z._default(
  z.catch(
    z.transform((value) => value === true || value === 1 || value === '1'),
    false,
  ),
  false,
)
const seconds = z.catch(z.optional(z.number().check(z.int(), z.positive())), undefined)
const text = z.catch(z.optional(z.string()), undefined)
const subscriptionShape = z.object({ id: text, active: flag, is_trial: flag, expired: flag, date_next: seconds })
const paymentShape = z.object({
  ...{
    id: z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,64}$/)),
    created: seconds,
    amount: text,
    currency: text,
    refunded: flag,
  },
  ...{ risk: text, uid: text, product_id: text, payment_system: text },
  subscription: z.catch(z.optional(subscriptionShape), undefined),
})

const dateOf = (value: number | undefined): Date | undefined => (value === undefined ? undefined : new Date(value * 1000))

/** Oldest first; empty where Paymentwall knows none. Throws CheckoutError `provider_refused` or `provider_unreachable`. */
export async function askForPayments(rules: StatusRules, question: PaymentQuestion): Promise<readonly PaymentReport[]> {
  const about: Record<string, string> =
    'reference' in question ? { ref: question.reference } : { uid: question.buyerId, ag_external_id: question.product }
  const url = signedAddress(rules, '/api/rest/payment', new Map(Object.entries({ key: rules.projectKey, ...about })), 'ref')
  const { text } = await callProvider({ url, hosts: [url.host], ...(rules.fetch && { fetch: rules.fetch }) })
  return readPayments(text, Object.values(about))
}

/** One object, or a list of them. An empty list is the documented way to say "none" elsewhere. `sent` is kept out of errors. */
export function readPayments(text: string, sent: readonly string[] = []): readonly PaymentReport[] {
  const answer = parseJson(text)
  if (typeof answer !== 'object' || answer === null)
    throw new CheckoutError('provider_unreachable', 'Paymentwall answered something that is no payment status')
  if ('error' in answer)
    throw new CheckoutError(
      'provider_refused',
      `Paymentwall refused to tell a payment's status: ${quoted(answer.error, sent)} – is the Payment Status API switched on for this project?`,
    )
  const payments = Array.isArray(answer) ? answer : [answer]
  const reports = payments.flatMap((each: unknown) => {
    const read = paymentShape.safeParse(each)
    return read.success ? [reportOf(read.data)] : []
  })
  if (reports.length < payments.length)
    throw new CheckoutError('provider_unreachable', 'Paymentwall answered with a payment that has no reference')
  return reports.sort((one, other) => (one.createdAt?.getTime() ?? 0) - (other.createdAt?.getTime() ?? 0))
}

function reportOf(given: z.output<typeof paymentShape>): PaymentReport {
  const { subscription } = given
  return {
    reference: given.id,
    createdAt: dateOf(given.created),
    price: money.safeParse({ amount: given.amount, currency: given.currency }).data,
    refunded: given.refunded,
    risk: given.risk,
    buyerId: given.uid,
    product: given.product_id,
    method: given.payment_system,
    subscription: subscription && {
      id: subscription.id,
      isActive: subscription.active,
      isTrial: subscription.is_trial,
      hasExpired: subscription.expired,
      nextAt: dateOf(subscription.date_next),
    },
  }
}

/**
 * What became of a checkout, settled like a pingback. Of a product stored at Paymentwall, whose id is that of every sale of it, nothing
 * can be told: which checkout a payment belongs to, only its pingback says.
 */
export async function lookUp(rules: StatusRules, { id, order }: OpenedCheckout): Promise<readonly PaymentEvent[]> {
  if (isStored(order)) return []
  const payments = await askForPayments(rules, { buyerId: order.buyer.id, product: id })
  return payments.filter(({ product }) => product === undefined || product === id).map((payment) => eventOf(payment, id))
}

function eventOf({ reference, price, refunded, risk, buyerId, method }: PaymentReport, checkoutId: string): PaymentEvent {
  // What is not approved may be anything from "under review" to words that nobody has seen: it waits for the pingback.
  const becomes = refunded ? 'refunded' : risk === 'approved' ? 'paid' : 'pending'
  return {
    key: `look-up:${reference}:${becomes}`,
    checkout: { id: checkoutId },
    reference,
    becomes,
    ...(becomes === 'pending' && { underReview: true }),
    ...(becomes === 'paid' && priced(price)),
    ...(buyerId !== undefined && { buyerId }),
    // There is no other mark here: references of tests begin with t.
    test: reference.startsWith('t'),
    details: { ...(risk !== undefined && { risk }), ...(method !== undefined && { 'payment-system': method }) },
  }
}

/** Every field may be missing but this one: what was paid is told here, so it is compared. */
const priced = (price: Money | undefined): Pick<PaymentEvent, 'money' | 'objection'> =>
  price ? { money: price } : { objection: 'the payment status tells no amount' }
