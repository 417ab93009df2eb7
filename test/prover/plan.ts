import { Random } from './random.js'
import type { Forgery, Mode, ProviderName } from './signers.js'

// What is going to happen, as data: a seed makes it, and a failing one can be cut down piece by piece. When exactly the parts meet is
// drawn while it runs (world.ts).

export interface PlannedOrder {
  /** Of what is sold, in cents of USD. */
  readonly cents: number
  readonly buyer: string
  readonly renews?: true
  /** Charged first, in cents. */
  readonly trial?: number
}

export interface PlannedCheckout {
  readonly order: number
  readonly provider: ProviderName
  readonly at: number
  /** Of the button, at once. */
  readonly clicks: number
}

/** One transaction at the provider, made for one checkout. */
export interface PlannedPayment {
  readonly checkout: number
  /** Only the question finds it: nothing that the provider sends arrives. */
  readonly silent?: true
  /** Its hook fails until a person has mended it. */
  readonly stubborn?: true
  /** Recorded by the merchant, so many milliseconds after opening. */
  readonly reversedAt?: number
  readonly isRenewal?: true
}

export type Wrong = 'buyer' | 'amount' | 'currency' | 'mode' | 'order' | 'status' | 'fee' | 'metadata'

export interface Message {
  /** Which checkout it names. Not that of its payment: one transaction shown for two. */
  readonly checkout: number
  readonly payment: number
  /** In the provider's words: type and reason, event, or event and status. */
  readonly says: string
  readonly wrong?: Wrong
  readonly forged?: Forgery
  /** Signed, with a parameter that is not configured. */
  readonly unlisted?: true
  /** Names a checkout that was never opened. */
  readonly unknown?: true
  /** Of those: the shop knows it from before it moved here. */
  readonly isTheirs?: true
  readonly at: number
  readonly copies: number
  /** Sends that do not arrive, and answers that do not. */
  readonly lost: number
  readonly unheard: number
  /** Sent once more so long after it was acknowledged. */
  readonly again?: number
}

/** What a person does by hand about something that was not taken as it came; `deliver`: about a payment. */
export interface PlannedDecision {
  readonly at: number
  readonly choice: 'accept' | 'drop' | 'retry' | 'deliver'
  /** Which of all that was ever listed: in 0…1. */
  readonly which: number
  /** So many at once. */
  readonly copies: number
}

export type Crash = { readonly instance: number; readonly step: number; readonly kind: 'die' | 'fail' }
export const hookFaults = [
  ...['throws', 'throws-undefined', 'throws-at-once', 'fails-after', 'never', 'late', 'very-late', 'slow'],
] as const satisfies readonly string[]
export const providerFaults = ['unreachable', 'answer-lost', 'error', 'hangs'] as const
export type HookFault = (typeof hookFaults)[number]
export type ProviderFault = (typeof providerFaults)[number]

export interface Plan {
  readonly seed: string
  readonly store: 'memory' | 'sqlite'
  readonly mode: Mode
  readonly wipayProof: 'redirect' | 'webhook' | 'wapi'
  readonly fulfilOn: 'paid' | 'completed'
  /** Pingbacks repeat the price; they name the first payment of a subscription. */
  readonly tellsPrice: boolean
  readonly tellsFirst: boolean
  readonly instances: number
  /** The worker goes by itself; else a scheduler calls it. */
  readonly loops: boolean
  readonly slowness: number
  /** The shop has a hook for what names a checkout that was never opened. */
  readonly hearsForeign: boolean
  /** Details are kept for a day: the worker deletes what is older. */
  readonly keeps: boolean
  /** Time goes on past the last question about each checkout. */
  readonly asks: boolean
  readonly orders: readonly PlannedOrder[]
  readonly checkouts: readonly PlannedCheckout[]
  readonly payments: readonly PlannedPayment[]
  readonly messages: readonly Message[]
  readonly decisions: readonly PlannedDecision[]
  /** Deletions asked for by hand: of what is older than that moment, or of all that is finished. */
  readonly forgets: readonly { readonly at: number; readonly isAll: boolean }[]
  readonly crashes: readonly Crash[]
  readonly hookFaults: readonly { readonly call: number; readonly fault: HookFault }[]
  readonly providerFaults: readonly { readonly call: number; readonly fault: ProviderFault }[]
  readonly jumps: readonly { readonly at: number; readonly by: number }[]
}

const scripts = {
  paymentwall: [
    ...[['0'], ['0'], ['0', '2:9'], ['0', '2:1'], ['0', '2:4'], ['2:9', '0'], ['200'], ['200', '201'], ['200', '202']],
    ...[
      ['200', '203'],
      ['200', '201', '2:2'],
      ['0', '1'],
      ['0', '201'],
      ['0', '2:10'],
      ['0', '2:10', '2:9'],
      ['0', '77'],
    ],
    ...[['0', '203'], ['1'], ['202', '200', '0'], ['12'], ['0', '14', '13']],
  ],
  webhook: [
    ...[['success'], ['success'], ['created', 'success'], ['error', 'success'], ['failed'], ['failed', 'success']],
    ...[
      ['success', 'refunded'],
      ['success', 'chargeback_pending', 'chargeback_processed'],
      ['fraud_confirmed', 'success'],
    ],
    ...[
      ['success', 'chargeback_pending', 'chargeback_released'],
      ['success', 'refund_requested', 'refund_rejected'],
    ],
    ...[['success', 'news_of_another_kind'], ['created']],
  ],
  return: [['return'], ['return'], ['return', 'back-failed'], ['back-failed'], ['return', 'return']],
  gstable: [
    ...[['paid/paid'], ['completed/completed'], ['paid/paid', 'completed/completed'], ['paid/paid', 'completed/completed']],
    ...[['initialized/initialized', 'paid/paid', 'settling/settling', 'completed/completed'], ['expired/expired']],
    ...[['expired/expired', 'paid/paid'], ['cancelled/cancelled'], ['paid/paid', 'archived/of_another_kind']],
  ],
}
const wrongs: Readonly<Record<keyof typeof scripts, readonly Wrong[]>> = {
  paymentwall: ['buyer', 'mode'],
  webhook: ['amount', 'order'],
  return: ['amount', 'status', 'order'],
  gstable: ['amount', 'fee', 'metadata', 'mode'],
}
const forgeries: readonly Forgery[] = ['other-key', 'flipped', 'unsigned', 'altered', 'stale']

/** Mostly at once, where things meet; sometimes much later. */
const moment = (random: Random): number =>
  random.chance(0.5) ? random.below(40) : random.chance(0.6) ? random.below(5_000) : random.below(240_000)

export const scriptOf = (plan: Pick<Plan, 'wipayProof'>, provider: ProviderName): keyof typeof scripts =>
  provider === 'wipay' ? (plan.wipayProof === 'redirect' ? 'return' : 'webhook') : provider

export function planOf(seed: string, store: Plan['store']): Plan {
  const random = new Random(seed)
  const wipayProof = random.pick(['redirect', 'webhook', 'webhook', 'wapi'] as const)
  const asks = random.chance(0.06)
  const tellsPrice = random.chance(0.4)
  const byHand = random.fork('by hand')
  const decides = byHand.chance(0.35)
  const hearsForeign = byHand.chance(0.4)
  const orders: PlannedOrder[] = []
  const checkouts: PlannedCheckout[] = []
  const payments: PlannedPayment[] = []
  const messages: Message[] = []

  const tell = (payment: number, says: string, change: Partial<Message> = {}) => {
    const { checkout } = payments[payment] as PlannedPayment
    messages.push({
      ...{ checkout, payment, says, at: moment(random), copies: random.chance(0.25) ? random.between(2, 4) : 1 },
      lost: random.chance(0.15) ? random.between(1, 3) : 0,
      unheard: random.chance(0.15) ? random.between(1, 2) : 0,
      ...(random.chance(0.1) && { again: moment(random) }),
      ...change,
    })
  }
  const pay = (checkout: number, change: Partial<PlannedPayment> = {}) => {
    const { provider } = checkouts[checkout] as PlannedCheckout
    const isAskable = provider === 'gstable' || (provider === 'wipay' && wipayProof === 'wapi')
    const silent = asks && isAskable && random.chance(0.4)
    payments.push({
      checkout,
      ...(silent && { silent }),
      ...(random.chance(0.03) && { stubborn: true }),
      ...(provider !== 'paymentwall' && random.chance(0.12) && { reversedAt: moment(random) }),
      ...change,
    })
    const payment = payments.length - 1
    const script = scriptOf({ wipayProof }, provider)
    const lines = random.pick<readonly string[]>(scripts[script])
    for (const says of lines) if (!silent) tell(payment, says)
    if (!silent && random.chance(decides ? 0.5 : 0.08)) {
      const kinds = provider === 'paymentwall' && tellsPrice ? [...wrongs.paymentwall, 'amount', 'currency'] : wrongs[script]
      // Of another key than what is right: of two that say the same under one key, the second is a duplicate.
      const unused = ['1', '201', '0'].find((each) => !lines.includes(each)) ?? '1'
      const says = { paymentwall: unused, webhook: 'success', return: 'return', gstable: 'paid/paid' }[script]
      if (provider === 'paymentwall') {
        payments.push({ checkout })
        tell(random.chance(0.5) ? payment : payments.length - 1, says, { wrong: random.pick(kinds) as Wrong })
      } else tell(payment, says, { wrong: random.pick(kinds) as Wrong })
    }
    return payment
  }

  for (let order = 0, count = random.pick([1, 1, 1, 2, 3]); order < count; order++) {
    const renews = random.chance(0.15)
    orders.push({
      ...{ cents: random.pick([1990, 999, 5000, 120_001]), buyer: random.pick(['u1', 'u2']) },
      ...(renews && { renews: true }),
      ...(renews && random.chance(0.4) && { trial: 150 }),
    })
    for (let left = random.pick([1, 1, 1, 2, 2, 3]); left > 0; left--) {
      const provider = renews ? 'paymentwall' : random.pick(['paymentwall', 'wipay', 'gstable'] as const)
      checkouts.push({ order, provider, at: moment(random), clicks: random.chance(0.1) ? 2 : 1 })
      const checkout = checkouts.length - 1
      if (random.chance(0.92)) pay(checkout)
      if (provider === 'paymentwall' && !renews && random.chance(0.15)) pay(checkout) // paid twice on one page
      if (renews) for (let more = random.below(3); more > 0; more--) pay(checkout, { isRenewal: true })
    }
  }
  if (random.chance(0.06)) {
    const own = payments.findIndex(({ checkout }) => checkouts[checkout]?.provider === 'paymentwall')
    const others = checkouts.flatMap(({ provider, order }, at) =>
      provider === 'paymentwall' && at !== payments[own]?.checkout && !orders[order]?.renews ? [at] : [],
    )
    const isPlain = own >= 0 && !messages.some(({ payment, wrong }) => payment === own && wrong !== undefined)
    if (isPlain && others.length > 0) tell(own, '0', { checkout: random.pick(others) })
  }
  for (
    let left = random.chance(decides || hearsForeign ? 0.6 : 0.25) ? random.between(1, 3) : 0;
    left > 0 && payments.length > 0;
    left--
  ) {
    const payment = random.below(payments.length)
    const { checkout } = payments[payment] as PlannedPayment
    const { provider } = checkouts[checkout] as PlannedCheckout
    const script = scriptOf({ wipayProof }, provider)
    const says = { paymentwall: '0', webhook: 'success', return: 'return', gstable: 'completed/completed' }[script]
    const endOf = { paymentwall: '203', webhook: 'failed', return: 'return', gstable: 'expired/expired' }
    const kind = random.below(script === 'paymentwall' ? 3 : script === 'return' ? 1 : 2)
    if (kind === 0) tell(payment, says, { forged: random.pick(forgeries) })
    else if (kind === 1)
      tell(payment, messages.length % 2 === 0 ? endOf[script] : says, {
        unknown: true,
        ...(hearsForeign && byHand.chance(0.7) && { isTheirs: true }),
      })
    else if (!decides) tell(payment, says, { unlisted: true })
    else {
      // Once a person dropped it, whatever comes under its key contradicts it: so nothing else does.
      payments.push({ checkout })
      tell(payments.length - 1, says, { unlisted: true })
    }
  }

  const instances = random.chance(0.5) ? 2 : 1
  const list = <T>(share: number, most: number, make: () => T, from = random): T[] =>
    from.chance(share) ? Array.from({ length: from.between(1, most) }, make) : []
  return {
    ...{ seed, store, wipayProof, asks, tellsPrice, instances, orders, checkouts, payments, messages },
    mode: random.chance(0.5) ? 'live' : 'test',
    fulfilOn: random.chance(0.7) ? 'paid' : 'completed',
    tellsFirst: random.chance(0.3),
    hearsForeign,
    keeps: byHand.chance(0.2),
    decisions: list(
      decides ? 1 : 0,
      5,
      () => ({
        at: byHand.chance(0.5) ? byHand.below(8_000) : byHand.below(300_000),
        choice: byHand.pick(['accept', 'accept', 'accept', 'drop', 'drop', 'retry', 'retry', 'deliver']),
        which: byHand.next(),
        copies: byHand.chance(0.3) ? byHand.between(2, 3) : 1,
      }),
      byHand,
    ),
    forgets: list(0.25, 3, () => ({ at: moment(byHand), isAll: byHand.chance(0.5) }), byHand),
    loops: random.chance(0.1),
    slowness: random.pick([0, 0, 0, 0.02, 0.1]),
    crashes: list(0.45, 3, () => ({
      instance: random.below(instances),
      step: random.chance(0.5) ? random.below(60) : random.below(400),
      kind: random.chance(0.6) ? 'die' : 'fail',
    })),
    hookFaults: list(0.35, 4, () => ({ call: random.below(8), fault: random.pick(hookFaults) })),
    providerFaults: list(0.1, 2, () => ({ call: random.below(6), fault: random.pick(providerFaults) })),
    jumps: list(0.12, 2, () => ({
      at: moment(random),
      by: random.pick([-1, 1]) * random.pick([30_000, 100_000, 3_600_000, 86_400_000]),
    })),
  }
}
