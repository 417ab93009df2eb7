import type { EventRecord } from 'checkout-button/server'
import type { Fault } from './checker.js'
import type { Decided } from './clerk.js'
import { isEndOfUnknown, keyOf, providerOf, referenceOf } from './notifications.js'
import type { Message, Plan } from './plan.js'
import type { SentMessage, Story } from './simulation.js'

// What became of each message that was not taken as it came: by itself it waits for ever, and only a person, or the shop's word that it
// is theirs, changes that. From the diaries of those two, and of the provider, who was acknowledged or not.

export const nameOf = (plan: Plan, message: Message, index: number): string =>
  `message ${index} (${providerOf(plan, message)} ${message.says}${kindOf(message)})`

const kindOf = ({ wrong, forged, unlisted, unknown }: Message): string =>
  [wrong && `, wrong ${wrong}`, forged && `, ${forged}`, unlisted && ', unlisted', unknown && ', unknown']
    .filter(Boolean)
    .join('')

/** The decisions about one event, as far as they were not refused. Of those that nobody heard of, each was made or was not. */
class Choices {
  constructor(readonly all: readonly Decided[]) {}
  /** How often it was done, by the ledger's own answer. */
  did(choice: Decided['choice']): number {
    return this.all.filter((each) => each.choice === choice && each.outcome !== 'refused' && each.outcome !== 'unheard').length
  }
  mayHave(choice: Decided['choice'], until = Number.POSITIVE_INFINITY): boolean {
    return this.all.some((each) => each.choice === choice && each.outcome !== 'refused' && each.startedAt <= until)
  }
}

export function checkVerdicts(story: Story, fault: Fault): void {
  const { plan, places, sent, events, decided } = story
  const rows = new Map(events.map((event) => [`${event.provider} ${event.key}`, event]))
  const choicesOf = (provider: string, key: string) =>
    new Choices(decided.filter((each) => each.provider === provider && each.key === key && each.choice !== 'deliver'))
  const keys = sent.map(
    ({ message, index, wasSent }) => wasSent && `${providerOf(plan, message)} ${keyOf(plan, places, message, index)}`,
  )
  for (const one of sent) {
    const { message, index, wasSent } = one
    const row = rows.get(keys[index] as string)
    if (!wasSent || message.forged || !row) continue
    // One that says the same with nothing against it takes the place of what could not be read.
    const isMended = message.unlisted && sent.some((each) => each.index !== index && keys[each.index] === keys[index])
    const choices = choicesOf(row.provider, row.key)
    if (message.wrong) checkContradiction(story, one, row, choices, fault)
    else if ((message.unknown && !isEndOfUnknown(plan, message)) || (message.unlisted && !isMended))
      checkUnknown(story, one, row, choices, fault)
  }
  for (const row of events) if (row.key.includes('#')) checkAside(story, row, choicesOf(row.provider, row.key), fault)
  for (const { provider, key } of events) checkDecisions(story, `${provider} ${key}`, choicesOf(provider, key), fault)
  for (const { id, reference } of story.asked)
    if (
      !sent.some(
        ({ message, index, wasSent }) => wasSent && message.unknown && referenceOf(plan, places, message, index) === reference,
      )
    )
      fault(`I-8: the shop was asked about ${id}, which nobody sent, or of a checkout that was opened here`)
}

/** What contradicts its order moves nothing and is told, until a person accepts it, and then once. */
function checkContradiction({ plan, told }: Story, one: SentMessage, row: EventRecord, choices: Choices, fault: Fault): void {
  const what = nameOf(plan, one.message, one.index)
  if (!told.some(({ kind, reference }) => kind === 'contradiction' && reference === row.reference))
    fault(`I-3: ${what} was told to nobody`)
  if (one.message.wrong === 'mode' && plan.mode === 'live' && choices.did('accept') > 0)
    fault(`T-55: ${what} is a test, and paid for a live order`)
  checkQuarantined(what, row, choices, fault)
}

function checkQuarantined(what: string, { verdict }: EventRecord, choices: Choices, fault: Fault): void {
  const canBe = new Set<string>()
  if (choices.did('accept') > 0) canBe.add('taken')
  else {
    if (choices.did('drop') === 0 || choices.mayHave('retry')) canBe.add('quarantined')
    if (choices.mayHave('drop')) canBe.add('dropped')
    if (choices.mayHave('accept')) canBe.add('taken')
  }
  if (!canBe.has(verdict)) fault(`I-3: ${what} stands as ${verdict}, and can only be ${[...canBe].join(' or ')}`)
}

/** Two things said under one key, or one transaction shown for two checkouts. */
function checkAside({ plan, places, sent }: Story, row: EventRecord, choices: Choices, fault: Fault): void {
  const said = sent.filter(
    ({ message, index, wasSent }) =>
      wasSent && providerOf(plan, message) === row.provider && referenceOf(plan, places, message, index) === row.reference,
  )
  const what = `${row.provider} ${row.key}`
  const checkouts = new Set(said.map(({ message }) => message.checkout))
  if (checkouts.size < 2 && !said.some(({ message }) => message.wrong))
    fault(`I-10: ${what} stands beside its key, and nobody contradicted anything`)
  if (checkouts.size > 1 && choices.did('accept') > 0) fault(`I-2: ${what} was accepted for a second checkout`)
  checkQuarantined(what, row, choices, fault)
}

/** What names a checkout that was never opened, or cannot be read: acknowledged only when the shop took it, or a person dropped it. */
function checkUnknown(
  story: Story,
  one: SentMessage,
  { verdict, reference }: EventRecord,
  choices: Choices,
  fault: Fault,
): void {
  const { plan, asked, told } = story
  const { message, index, answers } = one
  const what = nameOf(plan, message, index)
  const isHeard = plan.hearsForeign && message.unknown === true
  const words = asked.filter((each) => each.reference === reference && each.word?.isTaken)
  for (const { status, at } of answers)
    if (status === 200 && !words.some(({ word }) => Number(word?.at) <= at) && !choices.mayHave('drop', at))
      fault(`I-4: ${what} was acknowledged, and nobody had taken or dropped it`)
  const canBe = new Set<string>()
  if (choices.mayHave('drop')) canBe.add('dropped')
  const isOpen = choices.did('drop') === 0 || choices.mayHave('retry')
  if (isOpen && isHeard && message.isTheirs && words.length > 0) canBe.add('taken')
  if (isOpen && !(isHeard && message.isTheirs)) canBe.add('unknown')
  if (!canBe.has(verdict)) fault(`I-3: ${what} stands as ${verdict}, and can only be ${[...canBe].join(' or ') || 'taken'}`)
  const kind = message.unlisted ? 'unknown_parameter' : 'unknown_checkout'
  if (verdict === 'unknown' && !told.some((notice) => notice.kind === kind && notice.reference === reference))
    fault(`I-3: ${what} is unknown, and nobody was told`)
  if (choices.did('accept') > 0) fault(`${what} was accepted, and nothing is known to accept it for`)
}

/** Who comes second finds it decided; and each decision stands in the ledger with its name, once. */
function checkDecisions({ decisions }: Story, name: string, choices: Choices, fault: Fault): void {
  if (choices.did('accept') > 1) fault(`I-1: ${name} was accepted ${choices.did('accept')} times`)
  if (choices.did('drop') > 1 && !choices.mayHave('retry')) fault(`${name} was dropped ${choices.did('drop')} times`)
  for (const choice of ['accept', 'drop', 'retry'] as const) {
    const kept = decisions.filter((each) => `${each.provider} ${each.key}` === name && each.decision === choice).length
    const most = choices.all.filter((each) => each.choice === choice && each.outcome !== 'refused').length
    if (kept < choices.did(choice) || kept > most)
      fault(
        `${name}: ${choice} was answered ${choices.did(choice)} times, at most made ${most} times, and stands ${kept} times`,
      )
  }
}
