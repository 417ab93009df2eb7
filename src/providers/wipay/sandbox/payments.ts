import { md5 } from '../../signing.js'
import type { SandboxOutcome } from './outcome.js'
import { randomUuid, type Webhook, type WebhookOptions, WebhookPost } from './webhooks.js'

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

interface Payment extends Wanted {
  readonly ref: string
  readonly createdAt: Date
  state: SandboxPaymentState
  /** What the buyer sees: the fee on top, perhaps converted. */
  shown: { readonly total: string; readonly currency: string }
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

/** As WAPI describes a stored card. */
interface StoredCard {
  readonly uuid: string
  readonly card_type: string
  readonly environment: 'sandbox'
  readonly exp_mm: string
  readonly exp_yy: string
  readonly first_name: string
  readonly last_name: string
  readonly pan: string
  verified: boolean
  verify_expiry: string | null
}

interface Move {
  readonly from: readonly SandboxPaymentState[]
  readonly to?: SandboxPaymentState
  /** Absent: which event tells of it is documented nowhere, so nobody is told. */
  readonly event?: string
}

/** What may happen after the page was opened, and which webhook tells of it. */
const moves: Readonly<Record<string, Move>> = {
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

const kept = 500
const testCharge = '0.80' // what a stored card is proven by

/** Every transaction of the sandbox, its cards, and the webhooks that tell of them. In memory: a restart forgets. */
export class PaymentBook {
  readonly #options: WebhookOptions & { readonly apiKey: string }
  readonly #post: WebhookPost
  readonly #payments = new Map<string, Payment>()
  readonly #cards = new Map<string, StoredCard>()

  constructor(options: WebhookOptions & { readonly apiKey: string }) {
    this.#options = options
    this.#post = new WebhookPost(options)
  }

  /** Newest first. */
  list(): SandboxPayment[] {
    return Array.from(this.#payments.values(), shown).reverse()
  }

  find(ref: string): SandboxPayment | undefined {
    const payment = this.#payments.get(ref)
    return payment && shown(payment)
  }

  wanted(ref: string): Wanted | undefined {
    return this.#payments.get(ref)
  }

  open(wanted: Wanted, outcome: SandboxOutcome): SandboxPayment {
    const createdAt = this.#options.now()
    const local = new Date(createdAt.getTime() - 4 * 60 * 60_000).toISOString().replace(/\D/g, '').slice(0, 14) // UTC-4
    const ref = `SB-${(this.#payments.size % 99) + 1}-1-${wanted.orderId}-${local}`
    const payment: Payment = {
      ...wanted,
      ...{ ref, createdAt, state: 'open', message: '', webhooks: [] },
      shown: { total: withFee(wanted.total, wanted.currency, wanted.fees), currency: wanted.currency },
    }
    this.#payments.set(ref, payment)
    if (this.#payments.size > kept) this.#payments.delete(this.#payments.keys().next().value as string)
    if (wanted.flow !== 'card') this.#tell(payment, 'payment.created', outcome)
    return shown(payment)
  }

  /** Three minutes, with address verification five: then the page takes no choice any more. */
  closeOverdue(ref: string): void {
    const payment = this.#payments.get(ref)
    if (payment?.state !== 'open') return
    const open = (payment.avs ? 5 : 3) * 60_000
    if (this.#options.now().getTime() - payment.createdAt.getTime() > open) payment.state = 'timed_out'
  }

  /** The buyer's choice. Resolves at once, or where the outcome says so once the shop has taken the webhook. */
  async choose(
    ref: string,
    choice: 'pay' | 'abroad' | 'fail' | 'time-out',
    outcome: SandboxOutcome,
  ): Promise<SandboxPayment | undefined> {
    const payment = this.#payments.get(ref)
    if (payment?.state !== 'open') return undefined
    if (choice === 'abroad') payment.shown = converted(payment)
    const move = moves[choice === 'abroad' ? 'pay' : choice] as Move
    const taken = this.#apply(payment, move, outcome)
    if (outcome.webhookFirst) await Promise.race([taken, timeout(10_000)])
    return shown(payment)
  }

  /** One of the payment's `moves`. Undefined: it cannot be done in its state. */
  move(ref: string, name: string, outcome: SandboxOutcome): SandboxPayment | undefined {
    const payment = this.#payments.get(ref)
    if (!payment || !possible(payment).includes(name)) return undefined
    void this.#apply(payment, moves[name] as Move, outcome)
    return shown(payment)
  }

  /** The way back to the shop, as the documents describe it: a hash on success alone, and `uuid` where a card was stored. */
  wayBack(ref: string, outcome: SandboxOutcome): string | undefined {
    const payment = this.#payments.get(ref)
    if (!payment) return undefined
    const { state, flow, uuid, orderId, createdAt } = payment
    const status = state === 'failed' ? 'failed' : state === 'timed_out' ? 'timeout' : 'success'
    const hash = md5(ref + payment.total + this.#options.apiKey)
    const hasHash = flow !== 'card' && (status === 'success' || outcome.hashOnFailure)
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
  transactionOf(ref: string): Readonly<Record<string, unknown>> | undefined {
    const payment = this.#payments.get(ref)
    if (!payment) return undefined
    const { state, orderId, currency, createdAt, fees, shown: seen, data } = payment
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

  // Stored cards --------------------------------------------------------------------------------------------------------------

  cards(): readonly StoredCard[] {
    return [...this.#cards.values()]
  }

  /** A wrong amount deletes the card. `verified`: that was done before. */
  verifyCard(uuid: string, amount: string): 'fine' | 'unknown' | 'wrong' | 'verified' {
    const card = this.#cards.get(uuid)
    if (!card) return 'unknown'
    if (card.verified) return 'verified'
    if (amount !== testCharge) {
      this.#cards.delete(uuid)
      return 'wrong'
    }
    card.verified = true
    card.verify_expiry = null
    return 'fine'
  }

  deleteCard(uuid: string): boolean {
    return this.#cards.delete(uuid)
  }

  // Webhooks -------------------------------------------------------------------------------------------------------------------

  /** Sends again what was not taken yet; of one payment, or where asked, also what was. */
  async repeat(which: { ref?: string; takenToo?: boolean }): Promise<number> {
    const payments = which.ref === undefined ? [...this.#payments.values()] : [this.#payments.get(which.ref)]
    const again = payments.flatMap((payment) => payment?.webhooks ?? []).filter(({ taken }) => which.takenToo || !taken)
    await Promise.all(again.map((webhook) => this.#post.repeat(webhook)))
    return again.length
  }

  close(): void {
    this.#post.close()
  }

  #apply(payment: Payment, { to, event }: Move, outcome: SandboxOutcome): Promise<void> {
    if (to) payment.state = to
    if (to === 'paid') payment.message ||= '[1-R1]: Transaction is approved.'
    if (to === 'failed') payment.message = '[2-05]: Transaction is declined.'
    if (to === 'paid' && payment.flow === 'card' && !payment.uuid) payment.uuid = this.#storeCard(payment)
    return event ? this.#tell(payment, event, outcome) : Promise.resolve()
  }

  #storeCard({ name = 'Jo Bain' }: Payment): string {
    const uuid = randomUuid()
    const expiry = new Date(this.#options.now().getTime() + 3 * 24 * 60 * 60_000)
    this.#cards.set(uuid, {
      ...{ uuid, card_type: 'visa', environment: 'sandbox', exp_mm: '12', exp_yy: '39', pan: 'XXXXXXXXXXXX1111' },
      ...{ first_name: name.split(' ')[0] ?? '', last_name: name.split(' ').at(-1) ?? '', verified: false },
      verify_expiry: expiry.toISOString().slice(0, 19).replace('T', ' '),
    })
    return uuid
  }

  #tell(payment: Payment, event: string, outcome: SandboxOutcome): Promise<void> {
    if (this.#options.webhookUrl === undefined) return Promise.resolve()
    const id = randomUuid()
    const envelope = {
      ...{
        id,
        api_family: 'payments_api',
        event,
        occurred_at: this.#options
          .now()
          .toISOString()
          .replace(/\.\d+Z$/, '+00:00'),
      },
      data: this.transactionOf(payment.ref),
      meta: event === 'payment.refund_rejected' ? { reason: 'The sandbox said so.' } : {},
    }
    const webhook: Webhook = { id, event, body: JSON.stringify(envelope), taken: false, sends: 0, attempts: [] }
    payment.webhooks.push(webhook)
    const { webhookAfter: after, copies, webhooksLost } = outcome
    return this.#post.send(webhook, { after, copies, lost: webhooksLost === 'all' ? Number.POSITIVE_INFINITY : webhooksLost })
  }
}

const possible = ({ state, flow }: Payment): string[] =>
  Object.entries(moves)
    .filter(([name, { from }]) => from.includes(state) && (flow !== 'card' || ['pay', 'fail', 'time-out'].includes(name)))
    .map(([name]) => name)

function shown(payment: Payment): SandboxPayment {
  const { ref, flow, state, orderId, total, currency, uuid, createdAt, webhooks } = payment
  return {
    ...{ ref, flow, state, orderId, total, currency },
    ...{ shownTotal: payment.shown.total, shownCurrency: payment.shown.currency },
    ...(uuid !== undefined && { card: uuid }),
    ...{ createdAt: createdAt.toISOString(), moves: possible(payment) },
    webhooks: webhooks.map((webhook) => ({ ...webhook })),
  }
}

// Money, in cents; a pretend fee of 3.5 % and 0.25 USD, at the rates of the documents ------------------------------------------------

const perDollar: Readonly<Record<string, bigint>> = { TTD: 680n, USD: 100n } // hundredths
export const centsOf = (text: string): bigint => BigInt(text.replace('.', ''))
const textOf = (cents: bigint): string => `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`

const feeOf = (cents: bigint, currency: string): bigint =>
  (cents * 35n + 500n) / 1000n + (25n * (perDollar[currency] ?? 100n)) / 100n

function withFee(total: string, currency: string, fees: string): string {
  const cents = centsOf(total)
  const fee = feeOf(cents, currency)
  return textOf(cents + (fees === 'customer_pay' ? fee : fees === 'split' ? fee / 2n : 0n))
}

/** A card from abroad is charged in US dollars, whatever was asked for. */
function converted({ total, currency, fees }: Payment): Payment['shown'] {
  const dollars = (centsOf(total) * 100n) / (perDollar[currency] ?? 100n)
  return { total: withFee(textOf(dollars), 'USD', fees), currency: 'USD' }
}

const timeout = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds).unref())
