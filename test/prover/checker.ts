import type { Payment } from 'checkout-button/server'
import { checkForgetting } from './forgetting.js'
import type { Call } from './merchant.js'
import { isEndOfUnknown, keyOf, providerOf, rankOf, referenceOf } from './notifications.js'
import type { Story } from './simulation.js'
import { checkVerdicts, nameOf } from './verdicts.js'

// What must be true in the end, worked out from what was sent and what the protocols say of it, and from nothing else: no rule of the
// product stands here in its own words. The order in which things came must make no difference, so none of it is looked at.

const rankOfState: Readonly<Record<string, number>> = {
  ...{ pending: 0, failed: 1, expired: 1, paid: 3, declined: 4, refunded: 4, charged_back: 4 },
}
const rankOfRow = ({ state, details }: Payment): number =>
  state === 'pending' && details.received !== undefined ? 2 : (rankOfState[state] as number)
const words = ['pending', 'ended', 'received', 'paid', 'taken back']
const word = (rank: number | undefined): string => (rank === undefined ? 'unknown' : (words[rank] as string))

/** What was said of one transaction, by everybody who may. */
interface Truth {
  readonly provider: string
  readonly reference: string
  /** The checkouts that right messages named; two of them contest it. */
  readonly claims: Map<number, { rank: number }>
  isWrong: boolean
  wasPaid: boolean
}

/** Everything that does not hold; empty when all does. */
export function check(story: Story): string[] {
  const faults = [...story.faults]
  const fault = (sentence: string) => void faults.push(sentence)
  const truths = truthsOf(story)
  checkAnswers(story, fault)
  checkRecords(story, fault)
  checkPayments(story, truths, fault)
  checkOrders(story, fault)
  checkStatuses(story, fault)
  checkVerdicts(story, fault)
  checkForgetting(story, fault)
  return [...new Set(faults)]
}

export type Fault = (sentence: string) => void

function truthsOf({ plan, places, ids, sent, reversed, events }: Story): Map<string, Truth> {
  const truths = new Map<string, Truth>()
  const truthOf = (provider: string, reference: string): Truth => {
    const name = `${provider}:${reference}`
    const known = truths.get(name)
    if (known) return known
    const truth: Truth = { provider, reference, claims: new Map(), isWrong: false, wasPaid: false }
    truths.set(name, truth)
    return truth
  }
  const say = (truth: Truth, checkout: number, rank: number) => {
    const before = truth.claims.get(checkout)?.rank ?? 0
    truth.claims.set(checkout, { rank: Math.max(before, rank) })
    if (rank === 3) truth.wasPaid = true
  }
  const verdicts = new Map(events.map(({ provider, key, verdict }) => [`${provider} ${key}`, verdict]))
  for (const { message, index, wasSent } of sent) {
    if (!wasSent || message.forged || message.unknown || message.unlisted) continue
    const truth = truthOf(providerOf(plan, message), referenceOf(plan, places, message, index))
    const rank = message.wrong === 'status' ? undefined : rankOf(plan, message)
    // What a person may have made of it, verdicts.ts says: accepted, it is true like any other; dropped, it was never said.
    const verdict = message.wrong && verdicts.get(`${providerOf(plan, message)} ${keyOf(plan, places, message, index)}`)
    if (verdict === 'dropped') continue
    if (message.wrong && verdict !== 'taken') truth.isWrong = true
    else if (rank !== undefined) say(truth, message.checkout, rank)
  }
  for (const [index, { checkout, silent }] of plan.payments.entries()) {
    if (!ids.has(checkout) || plan.checkouts[checkout]?.provider === 'paymentwall') continue
    const { provider, reference } = places.opened(checkout)
    if (silent) say(truthOf(provider, reference), checkout, 3)
    if (reversed.has(index)) say(truthOf(provider, reference), checkout, 4)
  }
  return truths
}

/** Every message was answered as the table says; whatever else was answered before is a refusal that makes the provider repeat. */
function checkAnswers({ plan, sent }: Story, fault: Fault): void {
  for (const { message, index, wasSent, isAnswered, answers } of sent) {
    const told = answers.map(({ status, body }) => `${status} ${body}`).join(', ')
    const what = nameOf(plan, message, index)
    if (wasSent && !isAnswered) fault(`${what} was never answered as it must be: ${told}`)
    if (message.forged && answers.some(({ body }) => body === 'OK')) fault(`I-8: ${what} was acknowledged`)
    for (const { status } of answers)
      if (![200, 303, 400, 401, 404, 503].includes(status)) fault(`T-52: ${what} was answered ${told}`)
  }
}

/** I-4, I-8: a row for each acknowledgement, and none for what was not proven. */
function checkRecords({ plan, places, sent, events, payments }: Story, fault: Fault): void {
  const rows = new Map(events.map((event) => [`${event.provider} ${event.key}`, event]))
  const asides = events.filter(({ key }) => key.includes('#'))
  const expected = new Set<string>()
  for (const { message, index, wasSent, isAnswered } of sent) {
    if (!wasSent) continue
    const provider = providerOf(plan, message)
    const key = keyOf(plan, places, message, index)
    const row =
      rows.get(`${provider} ${key}`) ?? asides.find((each) => each.provider === provider && each.key.startsWith(`${key}#`))
    if (isEndOfUnknown(plan, message)) {
      if (row) fault(`message ${index}, that an unknown page ended unpaid, stands as ${row.verdict}`)
      continue
    }
    if (key !== undefined) expected.add(`${provider} ${key}`)
    if (key !== undefined && isAnswered && !row)
      fault(`I-4: message ${index} (${provider} ${key}) was acknowledged without a row`)
  }
  for (const name of rows.keys())
    if (!expected.has(name) && !/ (look-up|merchant):/.test(name) && !name.includes('#')) fault(`I-8: nobody sent ${name}`)
  for (const { reference } of payments)
    if (/^[fx]9\d{3}/.test(reference)) fault(`I-8: the forged or unknown ${reference} has a payment`)
}

function checkPayments(story: Story, truths: ReadonlyMap<string, Truth>, fault: Fault): void {
  const { plan, ids, payments, calls, told } = story
  const rows = new Map(payments.map((row) => [`${row.provider}:${row.reference}`, row]))
  const checkouts = new Map([...ids].map(([index, id]) => [id, index]))
  for (const [name, truth] of truths) {
    const row = rows.get(name)
    if (!row) {
      if (truth.claims.size > 0 || truth.isWrong) fault(`I-3: ${name} was acknowledged and is not in the ledger`)
      continue
    }
    const checkout = checkouts.get(row.checkoutId)
    const claim = checkout === undefined ? undefined : truth.claims.get(checkout)
    const said = claim?.rank ?? 0
    const is = rankOfRow(row)
    if (!truth.isWrong && is !== said) fault(`I-10: ${name} is ${row.state}, and what was said of it makes it ${word(said)}`)
    if (truth.isWrong && !row.held) fault(`${name} was contradicted and is not held`)
    if (!truth.isWrong && truth.claims.size <= 1 && row.held) fault(`I-3: ${name} is held, and no contradiction of it is open`)
    if (truth.isWrong && (is > said || (said === 4 && is !== 4)))
      fault(`I-10: ${name} is ${row.state}, held, and what was said of it makes it ${word(said)}`)
    if (truth.claims.size > 1 && !told.some(({ kind, reference }) => kind === 'contradiction' && reference === row.reference))
      fault(`T-39: ${name} was shown for two checkouts, and nobody was told`)
    if (row.dueAt !== undefined) fault(`I-3: ${name} is due still`)
    checkDelivery(
      row,
      calls.filter((call) => call.name === name),
      truth,
      story,
      fault,
    )
    const order = plan.orders[plan.checkouts[checkout ?? 0]!.order]!
    for (const call of calls)
      if (call.name === name && (call.orderId !== row.orderId || call.cents !== order.cents))
        fault(`${name} was delivered as ${call.orderId} for ${call.cents}, and is ${row.orderId} for ${order.cents}`)
  }
  for (const { name } of calls)
    if (!truths.get(name)?.wasPaid) fault(`I-8: ${name} was delivered, and nobody said that it was paid`)
  for (const [name, row] of rows)
    if (!truths.has(name) && rankOfState[row.state] !== 0) fault(`I-8: nobody said anything of ${name}, and it is ${row.state}`)
}

/** The effects, in the order in which the merchant's hooks were called. */
function checkDelivery(row: Payment, calls: readonly Call[], truth: Truth, { told }: Story, fault: Fault): void {
  const name = `${row.provider}:${row.reference}`
  const effects = calls.filter(({ tookEffect }) => tookEffect).map(({ task }) => task)
  // A hook that fails after its effect, outlives its time or dies is called again under the same id: the merchant keeps one of them.
  const kept = effects.filter((task, at) => at === 0 || task !== effects[at - 1])
  const story = `${calls.map(({ task, answer, tookEffect }) => `${task} ${answer}${tookEffect ? '' : ' in vain'}`).join(', ')}`
  const is = rankOfRow(row)
  if (new Set(calls.map(({ id }) => id)).size > 1) fault(`${name} was delivered under more than one id`)
  if (is === 3 && row.role === 'surplus') {
    if (calls.length > 0) fault(`I-1: ${name} is a surplus and was delivered: ${story}`)
    if (!told.some(({ kind, reference }) => kind === 'surplus' && reference === row.reference))
      fault(`I-3: ${name} is a surplus, and nobody was told`)
  } else if (is === 3) {
    if (row.role === undefined) fault(`${name} is paid and has no role`)
    if (row.delivery !== 'done' || kept.join() !== 'fulfil')
      fault(`I-3: ${name} is paid and its delivery ${row.delivery}: ${story || 'no hook was called'}`)
  } else if (is === 4) {
    if (row.delivery !== 'none') fault(`I-3: ${name} is ${row.state} and its delivery ${row.delivery}: ${story}`)
    const last = calls.filter(({ answer }) => answer !== 'failed').at(-1)
    if (calls.some(({ task }) => task === 'fulfil') && last?.task !== 'revoke')
      fault(`I-7: ${name} was not taken back: ${story}`)
    if (!truth.wasPaid && calls.length > 0) fault(`I-7: ${name} was never paid: ${story}`)
  } else if (calls.length > 0) fault(`I-1: ${name} is ${row.state} and was delivered: ${story}`)
}

function checkOrders({ plan, payments, calls }: Story, fault: Fault): void {
  for (const [index, { renews }] of plan.orders.entries()) {
    const orderId = `order-${index}`
    const rows = payments.filter((row) => row.orderId === orderId)
    const paid = rows.filter(({ state }) => rankOfState[state] === 3)
    const firsts = rows.filter(({ role }) => role === 'first')
    if (firsts.length > 1) fault(`I-1: ${orderId} has ${firsts.length} first payments`)
    // A renewal may be told of before the first payment, and stay alone where that one is contradicted or never comes: it holds the order.
    const began = firsts[0] ?? (renews ? rows.find(({ role }) => role === 'renewal') : undefined)
    if (paid.length > 0 && !began) fault(`I-3: ${orderId} is paid and none of its payments is the first`)
    const fulfilled = new Set(
      calls.filter((call) => call.orderId === orderId && call.task === 'fulfil').map(({ name }) => name),
    )
    if (!renews && fulfilled.size > 1) fault(`I-1: ${orderId} is fulfilled by ${[...fulfilled].join(' and ')}`)
    if (!renews || !began) continue
    for (const row of paid) {
      const isOwn = row.checkoutId === began.checkoutId
      if (isOwn && row.role === 'surplus')
        fault(`I-3: ${row.reference} belongs to what ${began.reference} began, and is a surplus`)
      if (!isOwn && row.role !== 'surplus') fault(`I-1: ${row.reference} is another subscription to ${orderId}`)
    }
  }
}

/** What the buyer is shown. */
function checkStatuses({ ids, statuses, payments }: Story, fault: Fault): void {
  for (const [index, { state, delivered }] of statuses) {
    const own = payments.filter(({ checkoutId }) => checkoutId === ids.get(index))
    if (own.some((row) => row.state === 'paid') && state !== 'paid') fault(`checkout ${index} is paid and reads as ${state}`)
    if (own.some((row) => rankOfRow(row) === 2) && state !== 'paid' && state !== 'pending')
      fault(`money was received for checkout ${index}, and it reads as ${state}`)
    const orderId = own[0]?.orderId
    const isGiven = payments.some((row) => row.orderId === orderId && row.role === 'first' && row.state === 'paid')
    if (orderId !== undefined && delivered !== isGiven) fault(`checkout ${index} reads as ${delivered ? '' : 'not '}delivered`)
  }
}
