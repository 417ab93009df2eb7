import type { Repeat } from '../../sandbox-control.js'
import { type PostOptions, type SandboxPost, tenSeconds, unsent } from '../../sandbox-post.js'
import type { SandboxOutcome } from './outcome.js'
import type { PageRequest } from './page-request.js'
import { type Pingback, type PingbackVersion, pingbackPost, signPingback } from './pingbacks.js'

export type SandboxPaymentState = 'review' | 'paid' | 'declined' | 'voided' | 'refunded' | 'charged_back'

interface Payment {
  readonly ref: string
  readonly page: PageRequest
  readonly method: string
  readonly product: { readonly id: string; readonly name: string }
  readonly amount: string
  readonly currency: string
  readonly period?: { readonly length: string; readonly unit: string }
  readonly createdAt: Date
  state: SandboxPaymentState
  readonly pingbacks: Pingback[]
}

/** A payment as `GET /sandbox/payments` shows it. */
export interface SandboxPayment {
  readonly ref: string
  readonly state: SandboxPaymentState
  readonly uid: string
  readonly method: string
  /** What the pingback names as `goodsid`. */
  readonly product: string
  readonly title: string
  readonly amount: string
  readonly currency: string
  readonly test: boolean
  readonly createdAt: string
  /** What can be done to it now: the last part of `POST /sandbox/payments/:ref/…`. */
  readonly moves: readonly string[]
  readonly pingbacks: readonly Readonly<Pingback>[]
}

interface Move {
  readonly from: readonly SandboxPaymentState[]
  readonly to?: SandboxPaymentState
  readonly type: string
  readonly reason?: string
  readonly ofPlans?: true
}

/** What may happen to a payment after its first pingback, and which pingback tells of it (protocol: types and reasons). */
const moves: Readonly<Record<string, Move>> = {
  accept: { from: ['review'], to: 'paid', type: '201' },
  decline: { from: ['review'], to: 'declined', type: '202' },
  void: { from: ['review'], to: 'voided', type: '203' },
  refund: { from: ['paid'], to: 'refunded', type: '2', reason: '9' },
  'refund-partly': { from: ['paid'], type: '2', reason: '10' },
  chargeback: { from: ['paid'], to: 'charged_back', type: '2', reason: '1' },
  cancel: { from: ['paid'], type: '12', ofPlans: true },
  expire: { from: ['paid'], type: '13', ofPlans: true },
  'fail-renewal': { from: ['paid'], type: '14', ofPlans: true },
}

export interface BookOptions extends PostOptions {
  readonly secretKey: string
  readonly signVersion: PingbackVersion
  readonly pingbackUrl?: string
  /** Custom pingback parameters: name → `OWN` or one of the values that Paymentwall fills. */
  readonly pingbackParameters: Readonly<Record<string, string>>
}

const kept = 500

/** Every payment made in the sandbox, and the pingbacks that tell of them. In memory: a restart forgets. */
export class PaymentBook {
  readonly #options: BookOptions
  readonly #post: SandboxPost<Pingback>
  readonly #payments = new Map<string, Payment>()
  #lastSecond = 0

  constructor(options: BookOptions) {
    this.#options = options
    this.#post = pingbackPost(options)
  }

  /** Newest first. */
  list(): SandboxPayment[] {
    return Array.from(this.#payments.values(), shown).reverse()
  }

  find(ref: string): SandboxPayment | undefined {
    const payment = this.#payments.get(ref)
    return payment && shown(payment)
  }

  /** Who paid for what, for the look-up by buyer and product. */
  latestOf(uid: string, product: string): SandboxPayment | undefined {
    return this.list().find((payment) => payment.uid === uid && payment.product === product)
  }

  /** Resolves at once, or where the outcome says so once the shop has taken the pingback. */
  async pay(page: PageRequest, method: string, isReviewed: boolean, outcome: SandboxOutcome): Promise<SandboxPayment> {
    const payment = this.#add(page, method, isReviewed ? 'review' : 'paid', {
      product: page.product,
      amount: page.amount,
      currency: page.currency,
      ...(page.plan && { period: { length: page.plan.length, unit: page.plan.period } }),
    })
    const taken = this.#tell(payment, { type: isReviewed ? '200' : '0' }, outcome)
    if (outcome.pingbackFirst) await Promise.race([taken, tenSeconds()])
    return shown(payment)
  }

  /** One of the payment's `moves`. Undefined: it cannot be done in its state. */
  move(ref: string, name: string, outcome: SandboxOutcome, reason?: string): SandboxPayment | undefined {
    const payment = this.#payments.get(ref)
    if (!payment || !possible(payment).includes(name)) return undefined
    if (name === 'renew') return this.#renew(payment, outcome)
    const { to, type, reason: usual } = moves[name] as Move
    if (to) payment.state = to
    const why = usual && (reason ?? usual)
    this.#tell(payment, { type, ...(why && { reason: why }) }, outcome)
    return shown(payment)
  }

  /** Sends again what was not taken yet; of one payment, or where asked, also what was. */
  repeat({ ref, takenToo }: Repeat): Promise<number> {
    const payments = ref === undefined ? [...this.#payments.values()] : [this.#payments.get(ref)]
    return this.#post.repeat(
      payments.flatMap((payment) => payment?.pingbacks ?? []),
      takenToo,
    )
  }

  close(): void {
    this.#post.close()
  }

  #renew(payment: Payment, outcome: SandboxOutcome): SandboxPayment {
    const { plan } = payment.page
    const next = plan?.afterTrial
    const renewal = this.#add(payment.page, payment.method, 'paid', {
      product: next ?? payment.product,
      amount: next?.amount ?? payment.amount,
      currency: next?.currency ?? payment.currency,
      period: { length: next?.length ?? plan?.length ?? '', unit: next?.period ?? plan?.period ?? '' },
    })
    this.#tell(renewal, { type: '0' }, outcome)
    return shown(renewal)
  }

  #add(
    page: PageRequest,
    method: string,
    state: SandboxPaymentState,
    sold: Pick<Payment, 'product' | 'amount' | 'currency'> & { period?: NonNullable<Payment['period']> },
  ): Payment {
    const createdAt = this.#options.now()
    // Paymentwall's test references are unix seconds; two payments in one second must still differ.
    this.#lastSecond = Math.max(Math.floor(createdAt.getTime() / 1000), this.#lastSecond + 1)
    const ref = `${isTest(page, method) ? 't' : 'b'}${this.#lastSecond}`
    const payment: Payment = { ref, page, method, createdAt, state, pingbacks: [], ...sold }
    this.#payments.set(ref, payment)
    if (this.#payments.size > kept) this.#payments.delete(this.#payments.keys().next().value as string)
    return payment
  }

  #tell(payment: Payment, news: { type: string; reason?: string }, outcome: SandboxOutcome): Promise<void> {
    const { secretKey, signVersion, pingbackParameters } = this.#options
    const { page, product, period, ref, method } = payment
    // An address in the page works only where Paymentwall has enabled it, so the project's own comes first.
    const target = this.#options.pingbackUrl ?? page.pingbackUrl
    if (target === undefined) return Promise.resolve()
    const isTakenBack = news.type === '2'
    const query = signPingback(
      {
        uid: page.uid,
        ...(page.named ?? {
          goodsid: product.id,
          slength: period ? `${isTakenBack ? '-' : ''}${period.length}` : '',
          speriod: period?.unit ?? '',
        }),
        type: news.type,
        ref,
        ...(isTest(page, method) && { is_test: '1' }),
        ...(news.reason && { reason: news.reason }),
        ...custom(pingbackParameters, payment),
      },
      { secretKey, signVersion: page.apiType === 'cart' ? 2 : signVersion },
    )
    const address = `${target}${target.includes('?') ? '&' : '?'}${query}`
    const pingback: Pingback = { ...news, address, ...unsent() }
    payment.pingbacks.push(pingback)
    const { pingbackAfter: after, copies, pingbacksLost: lost } = outcome
    return this.#post.send(pingback, { after, copies, lost })
  }
}

const isTest = (page: PageRequest, method: string): boolean => page.testMode || method === 'test'

function possible(payment: Payment): string[] {
  const names = Object.entries(moves)
    .filter(([, { from, ofPlans }]) => from.includes(payment.state) && (!ofPlans || payment.page.plan?.renews))
    .map(([name]) => name)
  return payment.state === 'paid' && payment.page.plan?.renews ? [...names, 'renew'] : names
}

function custom(
  wanted: Readonly<Record<string, string>>,
  { page, product, ref, amount, currency }: Payment,
): Record<string, string> {
  const filled: Readonly<Record<string, string>> = {
    GOODSID: product.id,
    PRODUCT_PRICE: amount,
    PRODUCT_CURRENCY_CODE: currency,
    CURRENCY_CODE: currency,
    COUNTRY_CODE: page.country ?? '',
    REFERENCE_ID: ref,
    USER_ID: page.uid,
  }
  const value = (name: string, kind: string) => (kind === 'OWN' ? page.parameters.get(name) : filled[kind]) ?? ''
  return Object.fromEntries(Object.entries(wanted).map(([name, kind]) => [name, value(name, kind)]))
}

function shown(payment: Payment): SandboxPayment {
  const { ref, state, page, method, product, amount, currency, createdAt, pingbacks } = payment
  return {
    ref,
    state,
    uid: page.uid,
    method,
    product: product.id,
    title: product.name,
    amount,
    currency,
    test: isTest(page, method),
    createdAt: createdAt.toISOString(),
    moves: possible(payment),
    pingbacks: pingbacks.map((pingback) => ({ ...pingback })),
  }
}
