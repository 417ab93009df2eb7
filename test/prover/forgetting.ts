import type { EventRecord, Payment } from 'checkout-button/server'
import type { Fault } from './checker.js'
import { keyOf, providerOf } from './notifications.js'
import type { Books, Replay, Story } from './simulation.js'

// T-46: deletion takes away who the buyer was and what was told besides, and nothing else: what is owed is given with all that belongs to
// it, and whatever is said once more, years later, finds itself said before.

export function checkForgetting(story: Story, fault: Fault): void {
  const { calls, forgot, paidAt, replay } = story
  for (const { task, name, hasAddress } of calls) {
    const since = paidAt.get(name)
    // Who pays when their checkout was forgotten by then is given the goods, and is a stranger.
    const isForgotten = since === undefined || forgot.some((turn) => turn <= since)
    if (task === 'fulfil' && !hasAddress && !isForgotten)
      fault(`T-46: the buyer of ${name} was forgotten while its goods were owed`)
  }
  if (replay) checkReplay(story, replay, fault)
}

function checkReplay(story: Story, { full, slim, after, checkouts }: Replay, fault: Fault): void {
  const { plan, places, sent } = story
  same('forgetting', full, slim, fault)
  same('saying all of it again', slim, after, fault)
  const held = new Set(full.payments.filter(isOpen).map(({ provider, reference }) => `${provider}:${reference}`))
  const heldCheckouts = new Set(full.payments.filter(isOpen).map(({ checkoutId }) => checkoutId))
  for (const { id, order } of checkouts) {
    if (heldCheckouts.has(id) !== (order.buyer.email !== undefined) && !(heldCheckouts.has(id) && story.forgot.length > 0))
      fault(`T-46: the buyer of the checkout ${id} is ${order.buyer.email === undefined ? 'forgotten' : 'still known'}`)
    if (order.buyer.id === '') fault(`T-46: nobody is left who bought ${id}`)
  }
  const unread = new Set(
    sent.flatMap(({ message, index, wasSent }) =>
      wasSent && message.unlisted ? [`${providerOf(plan, message)} ${keyOf(plan, places, message, index)}`] : [],
    ),
  )
  for (const { provider, key, reference, verdict, said, details } of slim.events) {
    const waits = verdict === 'quarantined' || verdict === 'unknown'
    const name = `${provider} ${key}`
    if (waits && !said && !unread.has(name)) fault(`T-46: ${name} is ${verdict}, and nothing is left to decide about`)
    const isFinished = !waits && !held.has(`${provider}:${reference}`)
    if (isFinished && (said || Object.keys(details).length > 0)) fault(`T-46: ${name} is finished, and its details are kept`)
  }
}

/** A contradiction stands open, or its money is on the way. */
const isOpen = ({ held, state, details }: Payment): boolean =>
  held || (state === 'pending' && (details.received !== undefined || details['under-review'] !== undefined))

/** What makes the ledger a ledger. */
function same(what: string, before: Books, now: Books, fault: Fault): void {
  const eventLine = ({ provider, key, content, verdict }: EventRecord) => `${provider} ${key} ${content} ${verdict}`
  const paymentLine = ({ provider, reference, checkoutId, role, state, held, delivery }: Payment) =>
    `${provider}:${reference} of ${checkoutId}, ${role} ${state} ${held ? 'held ' : ''}${delivery}`
  const was = new Set([...before.events.map(eventLine), ...before.payments.map(paymentLine)])
  const is = new Set([...now.events.map(eventLine), ...now.payments.map(paymentLine)])
  for (const line of was) if (!is.has(line)) fault(`T-46: ${what} lost ${line}`)
  // A question whose time comes between is no replay; what it finds still open moves nothing.
  const answers = now.events.filter((event) => event.key.startsWith('look-up:') && !was.has(eventLine(event)))
  const open = now.payments.filter(
    ({ provider, reference, role, state, held, delivery }) =>
      answers.some((answer) => answer.provider === provider && answer.reference === reference) &&
      role === undefined &&
      !held &&
      state === 'pending' &&
      delivery === 'none',
  )
  const excused = new Set([...answers.map(eventLine), ...open.map(paymentLine)])
  for (const line of is) if (!was.has(line) && !excused.has(line)) fault(`T-46: ${what} made ${line}`)
  if (now.calls > before.calls) fault(`T-46: after ${what} ${now.calls - before.calls} hooks were called`)
}
