import { CheckoutError } from '../protocol/checkout-error.js'
import { isFinal, type PaymentState } from '../protocol/payment-state.js'
import type { ProviderAdapter } from '../providers/adapter.js'
import type { Courier } from './courier.js'
import { looksBack } from './forget.js'
import { within } from './in-time.js'
import { record } from './ledger.js'
import type { CheckoutOptions } from './merchant.js'
import type { Metrics } from './metrics.js'
import { isBeingChecked, isReceived } from './settle.js'
import type { Checkout, Entries } from './store.js'
import { createWithdrawal, isSettled, type Withdrawal } from './withdraw.js'

// For what never arrives: a notification that was lost, a buyer who did not come back. Where a provider can be asked, it is asked at the
// times that it named on opening, and sooner for a buyer who waits; its answer goes through the same transaction as a notification.

const pauseBetween = 3_000 // milliseconds between two questions about one checkout, however often its status is read
const longestAnswer = 4_000 // milliseconds that a waiting buyer's status may take
const patience = 30_000 // milliseconds for a question that nobody waits for; less than it is put off meanwhile
const atOnce = 8
const hangs =
  "its money was received, and its settlement is still waited for: look it up in the provider's dashboard, and reconcile once it has arrived"
const reviewed = "it is still under review at its provider: look it up in the provider's dashboard"
const unheard = "its outcome was never heard: look the order up in the provider's dashboard"
const unanswered =
  "its provider did not answer at the last time to ask, nor in the hour after it, and is asked on for a day: is it away, or has a key ended? Look the order up in the provider's dashboard"
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Of which age, in milliseconds. */
export interface ReconcileQuery {
  /** 15 minutes unless said: before, a buyer may still be paying. */
  readonly olderThan?: number
  /** 30 days unless said, and for what is stuck or surplus without an end. */
  readonly youngerThan?: number
  /** At most so many, 1,000 unless said, the oldest. For the next ones ask again, `youngerThan` the age of the last. */
  readonly limit?: number
}

/** Something that may need a person. */
export interface Finding {
  /**
   * `pending`: nothing was heard of it yet · `unconfirmed`: nor past the last time to ask, so look it up in the provider's dashboard ·
   * `lost`: its page never reached a buyer · `stuck`: its hook has failed for too long · `surplus`: an order's second payment, to be
   * given back.
   */
  readonly kind: 'pending' | 'unconfirmed' | 'lost' | 'stuck' | 'surplus'
  /** Milliseconds since it was opened, or paid. */
  readonly age: number
  readonly provider: string
  readonly checkoutId: string
  readonly orderId: string
  readonly reference?: string
  /** Whether the provider was asked, and answered now. */
  readonly isAnswered?: boolean
  /** How it stands after that. */
  readonly state: PaymentState
}

export interface Inquirer extends Pick<Withdrawal, 'withdrawOthers' | 'withdrawOlder'> {
  /**
   * For a buyer who waits: asks now, or waits for a question that is still out; what was answered a moment ago is not asked again. Answers
   * whether anything may have changed; never rejects.
   */
  askFor(checkout: Checkout): Promise<boolean>
  /** Asks about whatever is due. Answers how many there were. */
  round(): Promise<number>
  /** Finds what came to no end, asks about it whatever its time, and answers it, oldest first. */
  reconcile(query?: ReconcileQuery): Promise<readonly Finding[]>
}

/** What came of a question. `nothing`: the provider answered, or cannot be asked, and nothing new is known; `failure`: no answer came. */
type Outcome = 'news' | 'nothing' | 'failure'

interface Question {
  readonly at: number
  readonly answer: Promise<Outcome>
  isOver: boolean
}

type Questioning = Pick<CheckoutOptions, 'store' | 'providers' | 'log' | 'now'> & { readonly metrics: Metrics }

export function createInquirer(
  { store, providers, log, metrics, now = () => new Date() }: Questioning,
  courier: Courier,
): Inquirer {
  /** Bounded: what falls out is asked once more than needed. */
  const asked = new Map<string, Question>()

  const providerOf = (checkout: Checkout): ProviderAdapter | undefined =>
    providers.find(({ name }) => name === checkout.provider)

  /** Never rejects. */
  async function ask(checkout: Checkout): Promise<Outcome> {
    const provider = providerOf(checkout)
    if (!provider?.lookUp) return 'nothing'
    try {
      const events = await provider.lookUp(checkout)
      metrics.count('questions', { provider: provider.name, outcome: events.length > 0 ? 'answered' : 'silent' })
      if (events.length === 0) return 'nothing'
      const { leases, covering } = await record(store, provider.name, events, courier)
      for (const leased of leases) courier.deliver(leased)
      for (const { orderId, checkoutId } of covering) void withdrawOthers(orderId, checkoutId)
      return 'news'
    } catch (error) {
      const code = error instanceof CheckoutError ? error.code : 'unexpected'
      metrics.count('questions', { provider: provider.name, outcome: code })
      log?.warn({ provider: provider.name, checkoutId: checkout.id, code }, 'the outcome of a checkout could not be asked')
      return 'failure'
    }
  }

  function putQuestion(checkout: Checkout): Question {
    const question: Question = { at: performance.now(), answer: ask(checkout), isOver: false }
    question.answer.then(() => {
      question.isOver = true
    })
    asked.delete(checkout.id)
    asked.set(checkout.id, question)
    for (const [oldest] of asked) if (asked.size > 10_000) asked.delete(oldest)
    return question
  }

  /** A try that failed is not the last: the page may still be open, another card be paid with, and that notification be lost (T-47). */
  const isOver = async ({ id }: Checkout): Promise<boolean> =>
    (await store.paymentsOf(id)).some(({ state }) => isFinal(state) && state !== 'failed')

  const { withdrawOthers, withdrawOlder, endSuperseded } = createWithdrawal({
    ...{ store, providers, log },
    // What was heard of it a moment ago holds no longer.
    onWithdrawn: ({ id }) => void asked.delete(id),
    // It may be paid.
    onRefused: (checkout) => within(ask(checkout), patience),
  })

  /** What could not be ended when it was superseded is tried again first: the question then hears how it ended. */
  async function endAndAsk(checkout: Checkout): Promise<Outcome> {
    await endSuperseded(checkout)
    return ask(checkout)
  }

  /** Asks, and puts down when to ask again; after the last time without an outcome a person is told, since money may be involved. */
  async function askAsDue(checkout: Checkout): Promise<void> {
    const outcome = (await isOver(checkout)) ? 'nothing' : await within(endAndAsk(checkout), patience)
    const isHeard = outcome === 'news' || outcome === 'nothing'
    const [settled, over] = [await isSettled(store, checkout), await isOver(checkout)]
    const waits = (await store.paymentsOf(checkout.id)).find(isBeingChecked)
    await store.transaction(async (tx) => {
      const { askAt: _, ...row } = (await tx.checkout(checkout.provider, { id: checkout.id })) ?? checkout
      const named = (row.page?.askAt ?? []).map((at) => at.getTime())
      const next = over ? undefined : nextQuestion(named, tx.now, isHeard)
      await tx.saveCheckout({ ...row, ...(next !== undefined && { askAt: next }) })
      const since = tx.now - (named.at(-1) ?? tx.now) // the last time that was named
      if (settled || since < 0 || (!isHeard && since < hour)) return
      await tx.notice({
        ...{
          id: `unconfirmed:${row.id}`,
          kind: 'unconfirmed',
          provider: row.provider,
          checkoutId: row.id,
          orderId: row.orderId,
        },
        reason: isHeard ? (waits ? (isReceived(waits) ? hangs : reviewed) : unheard) : unanswered,
        ...(waits && { reference: waits.reference }),
        details: waits?.details ?? {},
      })
    })
  }

  /** Of an opened checkout that no payment brought to an end. */
  async function findingOf(checkout: Entries['checkouts']): Promise<Finding> {
    const { id, provider, orderId, stage, page, at } = checkout
    const isAnswered = stage === 'open' && (await within(endAndAsk(checkout), patience)) === 'news'
    const { state = 'pending' } = (await store.paymentsOf(id)).at(-1) ?? {}
    const lastAsk = page?.askAt?.at(-1)?.getTime() ?? Number.POSITIVE_INFINITY
    const kind = stage !== 'open' ? 'lost' : lastAsk < now().getTime() ? 'unconfirmed' : 'pending'
    return { kind, age: now().getTime() - at, provider, checkoutId: id, orderId, isAnswered, state }
  }

  const unfinishedOf = ({ at, role, state, ...payment }: Entries['payments']): Finding => {
    const { provider, reference, checkoutId, orderId } = payment
    const kind = role === 'surplus' && state === 'paid' ? 'surplus' : 'stuck'
    return { kind, age: now().getTime() - at, provider, checkoutId, orderId, reference, state }
  }

  return {
    async reconcile({ olderThan = 15 * 60_000, youngerThan, limit = 1_000 } = {}) {
      const at = now().getTime()
      const waiting = [...(await store.unsettled({ limit, since: at - (youngerThan ?? looksBack), until: at - olderThan }))]
      const found: Finding[] = []
      // A provider that is slow to answer holds up its own question, and the others go on.
      const askOn = async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) found.push(await findingOf(next))
      }
      await Promise.all(Array.from({ length: atOnce }, askOn))
      const unfinished = await store.unfinished({ limit, since: youngerThan === undefined ? 0 : at - youngerThan })
      return [...found, ...unfinished.map(unfinishedOf)].sort((one, other) => other.age - one.age).slice(0, limit)
    },
    async askFor(checkout) {
      if (!providerOf(checkout)?.lookUp) return false
      const last = asked.get(checkout.id)
      const recent = last && performance.now() - last.at < pauseBetween ? last : undefined
      if (recent?.isOver) return false
      const question = recent ?? putQuestion(checkout)
      await within(question.answer, longestAnswer)
      return true
    },
    async round() {
      const due = await store.claimQuestions(atOnce)
      await Promise.all(due.map(askAsDue))
      return due.length
    },
    withdrawOthers,
    withdrawOlder,
  }
}

/**
 * When to ask again: at the next of the times that the provider named. A question that got no answer is none of them: it is put again a
 * minute later, then more and more slowly, and past the last time for a day.
 */
function nextQuestion(named: readonly number[], now: number, isHeard: boolean): number | undefined {
  const next = named.find((at) => at > now)
  const since = now - (named.findLast((at) => at <= now) ?? now)
  if (isHeard || (next === undefined && since >= day)) return next
  const again = now + Math.min(Math.max(since, minute), hour)
  return next === undefined ? again : Math.min(again, next)
}
