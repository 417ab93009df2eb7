import { type Opened, sessionOf } from './back-offices.js'
import { base } from './instance.js'
import { type Message, type Plan, scriptOf } from './plan.js'
import { gstableWebhook, type Posted, type ProviderName, pingbackQuery, wipayReturn, wipayWebhook } from './signers.js'

// Each message of a plan as the request that a provider, or a buyer's browser, would send; and what the protocols say of it: what it
// makes of its payment, under which key it is known, and how it is to be answered.

/** What is only known once the pages were opened. */
export interface Places {
  /** The id of a checkout of the plan. */
  checkoutId(checkout: number): string
  /** Of WiPay's and GStable's pages. */
  opened(checkout: number): Opened
}

const money = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
export const providerOf = (plan: Plan, { checkout }: Pick<Message, 'checkout'>): ProviderName =>
  plan.checkouts[checkout]!.provider

/** In our ranks: 0 pending, 1 ended, 2 received and waited for, 3 paid, 4 taken back; undefined for what moves nothing. */
export function rankOf(plan: Plan, message: Message): number | undefined {
  const { says } = message
  switch (scriptOf(plan, providerOf(plan, message))) {
    case 'paymentwall':
      if (says.startsWith('2:')) return says === '2:10' ? undefined : 4
      return { '0': 3, '1': 3, '200': 0, '201': 3, '202': 4, '203': 1 }[says]
    case 'webhook':
      return {
        ...{ created: 0, error: 0, failed: 1, success: 3, chargeback_released: 3, refund_rejected: 3 },
        ...{ refunded: 4, chargeback_processed: 4, fraud_confirmed: 4 },
      }[says]
    case 'return':
      return says === 'return' ? 3 : undefined
    case 'gstable': {
      const paid = plan.fulfilOn === 'paid' ? 3 : 2
      return { initialized: 0, paid, settling: paid, completed: 3, expired: 1, cancelled: 1 }[says.split('/')[1] as string]
    }
  }
}

/** The provider's name of the transaction. */
export function referenceOf(plan: Plan, places: Places, message: Message, index: number): string {
  const { payment, forged, unknown } = message
  if (providerOf(plan, message) === 'paymentwall')
    return forged ? `f${9_000 + index}` : unknown ? `x${9_000 + index}` : `b${1_000 + payment}`
  if (unknown) return `${plan.mode === 'test' ? 'SB-' : ''}99-9-${index}-20270301`
  return places.opened(message.checkout).reference
}

/** Same message, same key; undefined for what is never recorded. */
export function keyOf(plan: Plan, places: Places, message: Message, index: number): string | undefined {
  const { says, wrong, forged } = message
  if (forged) return undefined
  const reference = referenceOf(plan, places, message, index)
  switch (scriptOf(plan, providerOf(plan, message))) {
    case 'paymentwall': {
      const [type, reason = ''] = says.split(':')
      return `${reference}:${type}:${reason}`
    }
    case 'webhook':
      return `5e0d2c1a-${index}`
    case 'return':
      if (says !== 'return') return undefined
      return `${reference}:${wrong === 'status' ? 'other' : wrong ? 'success:altered' : 'success'}`
    case 'gstable':
      return `evt_${index}`
  }
}

/**
 * WiPay and GStable name their own transaction, and may have opened one whose answer was lost: that it ended unpaid costs nobody
 * anything, and an endpoint that refuses it for ever is paused.
 */
export const isEndOfUnknown = (plan: Plan, message: Message): boolean =>
  message.unknown === true && providerOf(plan, message) !== 'paymentwall' && (rankOf(plan, message) ?? 0) <= 1

/**
 * How it must be answered in the end. What a person may drop, or the shop's hook may take, may be acknowledged as well: whether it was
 * rightly so, the checker says (verdicts.ts).
 */
export function expectationOf(plan: Plan, message: Message): (status: number, body: string) => boolean {
  const { forged, unlisted, unknown, isTheirs } = message
  const script = scriptOf(plan, providerOf(plan, message))
  if (script === 'return') return (status) => status === 303 || status === 200
  if (forged) return (status) => status === 401 || status === 400
  const isAcknowledged = (status: number, body: string) => status === 200 && body === (script === 'paymentwall' ? 'OK' : '')
  if (unlisted) return (status, body) => status === 400 || isAcknowledged(status, body)
  if (unknown && !isEndOfUnknown(plan, message) && !(plan.hearsForeign && isTheirs))
    return (status, body) => status === 404 || isAcknowledged(status, body)
  return isAcknowledged
}

export function requestOf(plan: Plan, places: Places, message: Message, index: number, now: Date): Request {
  const reference = referenceOf(plan, places, message, index)
  switch (scriptOf(plan, providerOf(plan, message))) {
    case 'paymentwall':
      return new Request(`${base}/notify/paymentwall?${pingbackOf(plan, places, message, reference)}`)
    case 'webhook':
      return posted('wipay', webhookOf(places, message, reference, index, now))
    case 'return':
      return returnOf(places, message, reference)
    case 'gstable':
      return posted('gstable', eventOf(plan, places, message, reference, index, now))
  }
}

const posted = (provider: string, { headers, body }: Posted): Request =>
  new Request(`${base}/notify/${provider}`, { method: 'POST', headers, body })

function pingbackOf(plan: Plan, places: Places, message: Message, ref: string): string {
  const { says, wrong, forged, unlisted, unknown } = message
  const { cents, buyer, renews, trial } = plan.orders[plan.checkouts[message.checkout]!.order]!
  const isRenewal = plan.payments[message.payment]!.isRenewal ?? false
  const isPlan = isRenewal && trial !== undefined
  const [type = '', reason] = says.split(':')
  const id = unknown ? 'nobody-opened-this-one' : places.checkoutId(message.checkout)
  const asked = trial !== undefined && !isRenewal ? trial : cents
  const first = plan.payments.findIndex(({ checkout }) => checkout === message.checkout)
  return pingbackQuery(
    {
      ...{
        uid: wrong === 'buyer' ? 'mallory' : buyer,
        goodsid: isPlan ? `${id}.plan` : id,
        slength: '',
        speriod: '',
        type,
        ref,
      },
      ...(reason !== undefined && { reason }),
      ...((plan.mode === 'test') !== (wrong === 'mode') && { is_test: '1' }),
      ...(plan.tellsPrice && {
        paid_amount: wrong === 'amount' ? '0.01' : money(asked),
        paid_in: wrong === 'currency' ? 'EUR' : 'USD',
      }),
      ...(plan.tellsFirst && renews && { first_one: `b${1_000 + first}` }),
      ...(unlisted && { brand_new: '1' }),
    },
    forged,
  )
}

function webhookOf(places: Places, message: Message, reference: string, index: number, now: Date): Posted {
  const { says, wrong, forged, unknown } = message
  const { said } = places.opened(message.checkout)
  const data = {
    transaction_id: reference,
    order_id: unknown || wrong === 'order' ? 'ofSomebodyElse16' : said.orderNumber,
    total: wrong === 'amount' ? '0.01' : said.total,
    currency: said.currency,
  }
  return wipayWebhook({ id: `5e0d2c1a-${index}`, event: `payment.${says}`, data }, now, forged)
}

function returnOf(places: Places, message: Message, reference: string): Request {
  const { says, wrong, forged } = message
  const { said } = places.opened(message.checkout)
  const isFailed = says !== 'return'
  const address = `${base}/return/${places.checkoutId(message.checkout)}`
  if (isFailed)
    return new Request(`${address}?${new URLSearchParams({ status: 'failed', transaction_id: reference, message: 'no' })}`)
  const told = {
    status: wrong === 'status' ? 'failed' : 'success',
    transaction_id: reference,
    order_id: wrong === 'order' ? 'ofSomebodyElse16' : String(said.orderNumber),
    total: wrong === 'amount' ? '0.01' : String(said.total),
    currency: 'USD',
  }
  return new Request(`${address}?${wipayReturn(told, String(said.total), forged)}`)
}

function eventOf(plan: Plan, places: Places, message: Message, reference: string, index: number, now: Date): Posted {
  const { says, wrong, forged } = message
  const [name, status = ''] = says.split('/')
  const session = { ...sessionOf(plan, places.opened(message.checkout), status), sessionId: reference }
  const changed: Record<string, unknown> = {
    ...(wrong === 'amount' && { amount: 1 }),
    ...(wrong === 'fee' && { feeModel: 2 }),
    ...(wrong === 'metadata' && { metadata: { checkoutId: 'of-another-one' } }),
    ...(wrong === 'mode' && { sandbox: plan.mode !== 'test' }),
  }
  const event = { eventId: `evt_${index}`, eventType: `session.${name}`, payload: { sessionData: { ...session, ...changed } } }
  return gstableWebhook(event, now, forged)
}
