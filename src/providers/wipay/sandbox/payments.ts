import type { Repeat } from '../../sandbox-control.js'
import { type SandboxPost, tenSeconds, unsent } from '../../sandbox-post.js'
import { converted, withFee } from './fees.js'
import type { SandboxOutcome } from './outcome.js'
import {
  type Move,
  moves,
  type Payment,
  possible,
  type SandboxPayment,
  shown,
  transactionOf,
  type Wanted,
  wayBackOf,
} from './payment.js'
import { CardBox } from './stored-cards.js'
import { randomUuid, type Webhook, type WebhookOptions, webhookPost } from './webhooks.js'

const kept = 500

/** Every transaction of the sandbox, its cards, and the webhooks that tell of them. In memory: a restart forgets. */
export class PaymentBook {
  readonly #options: WebhookOptions & { readonly apiKey: string }
  readonly #post: SandboxPost<Webhook>
  readonly #payments = new Map<string, Payment>()
  readonly cards = new CardBox()

  constructor(options: WebhookOptions & { readonly apiKey: string }) {
    this.#options = options
    this.#post = webhookPost(options)
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
      shown: withFee(wanted),
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
    if (outcome.webhookFirst) await Promise.race([taken, tenSeconds()])
    return shown(payment)
  }

  /** One of the payment's `moves`. Undefined: it cannot be done in its state. */
  move(ref: string, name: string, outcome: SandboxOutcome): SandboxPayment | undefined {
    const payment = this.#payments.get(ref)
    if (!payment || !possible(payment).includes(name)) return undefined
    void this.#apply(payment, moves[name] as Move, outcome)
    return shown(payment)
  }

  wayBack(ref: string, { hashOnFailure }: SandboxOutcome): string | undefined {
    const payment = this.#payments.get(ref)
    return payment && wayBackOf(payment, this.#options.apiKey, hashOnFailure)
  }

  transactionOf(ref: string): Readonly<Record<string, unknown>> | undefined {
    const payment = this.#payments.get(ref)
    return payment && transactionOf(payment)
  }

  // Webhooks -------------------------------------------------------------------------------------------------------------------

  /** Sends again what was not taken yet; of one payment, or where asked, also what was. */
  repeat({ ref, takenToo }: Repeat): Promise<number> {
    const payments = ref === undefined ? [...this.#payments.values()] : [this.#payments.get(ref)]
    return this.#post.repeat(
      payments.flatMap((payment) => payment?.webhooks ?? []),
      takenToo,
    )
  }

  close(): void {
    this.#post.close()
  }

  #apply(payment: Payment, { to, event }: Move, outcome: SandboxOutcome): Promise<void> {
    if (to) payment.state = to
    if (to === 'paid') payment.message ||= '[1-R1]: Transaction is approved.'
    if (to === 'failed') payment.message = '[2-05]: Transaction is declined.'
    if (to === 'paid' && payment.flow === 'card' && !payment.uuid)
      payment.uuid = this.cards.store(payment.name ?? 'Jo Bain', this.#options.now())
    return event ? this.#tell(payment, event, outcome) : Promise.resolve()
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
      data: transactionOf(payment),
      meta: event === 'payment.refund_rejected' ? { reason: 'The sandbox said so.' } : {},
    }
    const webhook: Webhook = { id, event, body: JSON.stringify(envelope), ...unsent() }
    payment.webhooks.push(webhook)
    const { webhookAfter: after, copies, webhooksLost: lost } = outcome
    return this.#post.send(webhook, { after, copies, lost })
  }
}
