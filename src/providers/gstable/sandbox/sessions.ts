import type { Repeat } from '../../sandbox-control.js'
import { type SandboxPost, tenSeconds, unsent } from '../../sandbox-post.js'
import { randomId } from '../../signing.js'
import type { SandboxOutcome } from './outcome.js'
import {
  type BookedSession,
  possible,
  type SandboxSession,
  type SandboxSessionStatus,
  sessionObject,
  shown,
  type Transaction,
  timeText,
  transactionObject,
} from './session.js'
import { type SessionRequest, totalOf } from './session-request.js'
import { feeRate, findToken, type Token } from './tokens.js'
import { type Webhook, type WebhookOptions, webhookPost } from './webhooks.js'

export interface BookOptions extends WebhookOptions {
  /** Also sends events whose names the documents do not give: `session.settling`, `session.expired`… */
  readonly tellsAll: boolean
}

const kept = 500
const usualLife = 1800 // seconds

/** Every session made in the sandbox, and the webhooks that tell of them. In memory: a restart forgets. */
export class SessionBook {
  readonly #options: BookOptions
  readonly #post: SandboxPost<Webhook>
  readonly #sessions = new Map<string, BookedSession>()
  readonly #settlements = new Map<BookedSession, ReturnType<typeof setTimeout>>()

  constructor(options: BookOptions) {
    this.#options = options
    this.#post = webhookPost(options)
  }

  create(request: SessionRequest, outcome: SandboxOutcome): BookedSession {
    const createdAt = this.#options.now()
    const session: BookedSession = {
      id: `sess_${randomId()}`,
      clientCode: randomId(),
      request,
      amount: totalOf(request.lineItems),
      expirationTime: request.expirationTime ?? Math.floor(createdAt.getTime() / 1000) + usualLife,
      createdAt,
      status: 'initialized',
      signedOnce: false,
      webhooks: [],
    }
    this.#sessions.set(session.id, session)
    if (this.#sessions.size > kept) this.#sessions.delete(this.#sessions.keys().next().value as string)
    this.#tell(session, 'session.created', outcome)
    return session
  }

  find(id: string): BookedSession | undefined {
    const session = this.#sessions.get(id)
    const isOver = session?.status === 'initialized' && this.#options.now().getTime() > session.expirationTime * 1000
    if (session && isOver) session.status = 'expired'
    return session
  }

  /** Newest first. */
  all(): BookedSession[] {
    return [...this.#sessions.keys()].flatMap((id) => this.find(id) ?? []).reverse()
  }

  /** Confirmed on chain. Resolves at once, or where the outcome says so once the shop has taken the webhook. */
  async pay(session: BookedSession, token: Token, outcome: SandboxOutcome): Promise<void> {
    session.signedOnce = true
    if (outcome.paysLess) session.amount -= 10_000
    session.transaction = transactionOf(session, token, this.#options.now())
    session.status = 'paid'
    const taken = this.#tell(session, 'session.paid', outcome)
    if (outcome.settlesAfter === null) this.#move(session, 'settlement_pending', outcome)
    else {
      const timer = setTimeout(() => this.#complete(session, outcome), outcome.settlesAfter).unref()
      this.#settlements.set(session, timer)
    }
    if (outcome.webhookFirst) await Promise.race([taken, tenSeconds()])
  }

  /** One of the session's `moves`. Undefined: it cannot be done in its state. */
  move(id: string, name: string, outcome: SandboxOutcome): SandboxSession | undefined {
    const session = this.find(id)
    if (!session || !possible(session).includes(name)) return undefined
    if (name === 'pay') void this.pay(session, findToken(session.request.settlementToken) as Token, outcome)
    if (name === 'settle') this.#complete(session, outcome)
    if (name === 'delay') this.#move(session, 'settlement_pending', outcome)
    if (name === 'expire') this.#move(session, 'expired', outcome)
    if (name === 'cancel') this.#move(session, 'cancelled', outcome)
    return shown(session)
  }

  /** Sends again what was not taken yet; of one session, or where asked, also what was. */
  async repeat({ ref, takenToo }: Repeat): Promise<number> {
    if (this.#options.webhookUrl === undefined) return 0
    const sessions = ref === undefined ? this.all() : [this.find(ref)]
    return this.#post.repeat(
      sessions.flatMap((session) => session?.webhooks ?? []),
      takenToo,
    )
  }

  close(): void {
    for (const timer of this.#settlements.values()) clearTimeout(timer)
    this.#post.close()
  }

  #complete(session: BookedSession, outcome: SandboxOutcome): void {
    clearTimeout(this.#settlements.get(session))
    this.#settlements.delete(session)
    if (session.status === 'completed') return
    if (this.#options.tellsAll) this.#move(session, 'settling', outcome)
    if (session.transaction) {
      session.transaction.targetTx = hash()
      session.transaction.finalizeTime = timeText(this.#options.now())
    }
    this.#move(session, 'completed', outcome)
  }

  #move(session: BookedSession, status: SandboxSessionStatus, outcome: SandboxOutcome): void {
    if (status === 'settlement_pending') clearTimeout(this.#settlements.get(session))
    session.status = status
    if (status === 'completed' || this.#options.tellsAll) this.#tell(session, `session.${status}`, outcome)
  }

  #tell(
    session: BookedSession,
    eventType: string,
    { webhookAfter: after, copies, webhooksLost: lost }: SandboxOutcome,
  ): Promise<void> {
    const eventId = `evt_${randomId()}`
    const webhook: Webhook = {
      eventId,
      eventType,
      body: JSON.stringify({
        eventId,
        eventType,
        businessType: 'session',
        occurrence: timeText(this.#options.now()),
        isSubscribable: true,
        payload: { sessionData: sessionObject(session), transaction: transactionObject(session) },
      }),
      ...unsent(),
    }
    session.webhooks.push(webhook)
    if (this.#options.webhookUrl === undefined) return Promise.resolve()
    return this.#post.send(webhook, { after, copies, lost })
  }
}

const hash = (): string =>
  `0x${Buffer.from(randomId() + randomId())
    .toString('hex')
    .slice(0, 64)}`
const wallet = '0x7a11e700000000000000000000000000000000b1'

function transactionOf({ amount, request }: BookedSession, token: Token, now: Date): Transaction {
  const rate = feeRate(token, findToken(request.settlementToken) as Token)
  const fee = Math.ceil((amount * rate) / 1_000_000)
  const paymentValue = request.feeModel === 2 ? amount + fee : amount
  return {
    orderId: hash(),
    channelId: 'sandbox',
    orderType: 'payment',
    from: wallet,
    to: '0x5a4db0c000000000000000000000000000000001',
    metaData: '',
    totalValue: paymentValue,
    paymentValue,
    feeValue: fee,
    netValue: paymentValue - fee,
    sourceTx: hash(),
    targetTx: '',
    executeTime: timeText(now),
    finalizeTime: null,
    token,
  }
}
