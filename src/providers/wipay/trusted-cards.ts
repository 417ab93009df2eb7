import { CheckoutError } from '../../protocol/checkout-error.js'
import { type Money, minorUnits } from '../../protocol/money.js'
import type { OpenedCheckout, PaymentEvent } from '../adapter.js'
import { textOf } from '../foreign-text.js'
import type { BackOffice } from './back-office.js'
import { cardIdPattern, totalText } from './catalog.js'
import { environmentOf, isTestTransaction } from './platform.js'

// Cards that a buyer stored at WiPay. We only ever know their id; the number is WiPay's. To prove that a card is theirs the buyer reads
// the amount of a small charge off their statement (`verify`). A wrong amount deletes the card, so nothing here tries twice.

/** A stored card as WAPI describes it; the number is masked by WiPay. */
export interface StoredCard {
  readonly id: string
  /** `VISA … 1234`: what to call it in front of its owner. */
  readonly label: string
  /** Whether its owner has read the amount off their statement. Only then may it be charged. */
  readonly isVerified: boolean
  /** Until when they can. */
  readonly verifyBefore?: Date
  readonly expires?: { readonly month: number; readonly year: number }
}

export interface StoredCards {
  list(): Promise<readonly StoredCard[]>
  /** Undefined where WiPay knows no such card. */
  find(id: string): Promise<StoredCard | undefined>
  /** `amount`: what the buyer read off their statement. A wrong one **deletes the card**: ask twice, never guess. */
  verify(id: string, amount: Money): Promise<void>
  delete(id: string): Promise<void>
}

/**
 * Every call throws CheckoutError `provider_refused`, `provider_unreachable`, or `request_invalid` for what is no card id; `verify` also
 * `outcome_unknown`: then look whether the card is still there.
 */
export function storedCards(office: BackOffice): StoredCards {
  const path = (id: string) => {
    if (!cardIdPattern.test(id.toLowerCase())) throw new CheckoutError('request_invalid', 'this is no id of a stored card')
    return `/wapi/trusted-cards/${id.toLowerCase()}`
  }
  const refuse = (what: string, message: string) => {
    throw new CheckoutError('provider_refused', `WiPay did not ${what}: ${message}`)
  }
  return {
    async list() {
      const answer = await office.ask('GET', '/wapi/trusted-cards')
      return answer.isFine ? cardsOf(answer.body.data, office) : refuse('list its cards', answer.message)
    },
    async find(id) {
      const answer = await office.ask('GET', path(id))
      // An unknown id is an empty list in one version, and may be an error in another.
      return answer.isFine ? cardsOf(answer.body.data, office).find((card) => card.id === id.toLowerCase()) : undefined
    },
    async verify(id, amount) {
      const text = totalText(amount)
      if (text === undefined || minorUnits(amount) === undefined)
        throw new CheckoutError('request_invalid', 'the amount is none: nothing was sent, so the card is still there')
      const answer = await office.ask('POST', `${path(id)}/verify`, { amount: text })
      if (!answer.isFine) refuse('verify the card', `${answer.message} – after a wrong amount the card is gone`)
    },
    async delete(id) {
      const answer = await office.ask('DELETE', path(id))
      if (!answer.isFine) refuse('delete the card', answer.message)
    },
  }
}

/**
 * One object in one version of WAPI, a list in another. What is of the other environment, or has no id, is left out. Where there is
 * neither, nothing was said, and least of all that a card is not there: throws CheckoutError `provider_unreachable`.
 */
function cardsOf(data: unknown, { mode }: BackOffice): readonly StoredCard[] {
  if (typeof data !== 'object' || data === null)
    throw new CheckoutError('provider_unreachable', "WiPay's back office answered with something else than stored cards")
  return (Array.isArray(data) ? data : [data]).flatMap((row: unknown): StoredCard[] => {
    if (typeof row !== 'object' || row === null) return []
    const card = row as Readonly<Record<string, unknown>>
    const id = String(card.uuid ?? '').toLowerCase()
    if (!cardIdPattern.test(id)) return []
    if (card.environment !== undefined && card.environment !== environmentOf(mode)) return []
    const [month, year] = [Number(textOf(card.exp_mm)), Number(textOf(card.exp_yy))]
    const before = typeof card.verify_expiry === 'string' ? readUtc(card.verify_expiry) : undefined
    return [
      {
        id,
        label: labelOf(card),
        isVerified: card.verified === true || card.verified === 1 || card.verified === '1',
        ...(before && { verifyBefore: before }),
        ...(month >= 1 && month <= 12 && year >= 0 && { expires: { month, year: year < 100 ? 2000 + year : year } }),
      },
    ]
  })
}

/** Network and last four digits, whatever the mask looks like. */
function labelOf({ card_type: type, pan }: Readonly<Record<string, unknown>>): string {
  const digits = /(\d{4})\D*$/.exec(textOf(pan) ?? '')?.[1]
  const network = typeof type === 'string' && /^[\w ]{1,20}$/.test(type) ? type.toUpperCase() : 'Card'
  return digits ? `${network} … ${digits}` : network
}

function readUtc(text: string): Date | undefined {
  const date = new Date(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text.replace(' ', 'T')}Z`)
  return Number.isNaN(date.getTime()) ? undefined : date
}

/**
 * The buyer came back with the id of a card that they stored. Nothing authenticates it, so WiPay is asked: the card must be there, and
 * be new, which means not verified yet. So the id of a card that somebody uses already is never delivered to somebody else.
 */
export async function confirmCard(
  office: BackOffice,
  checkout: OpenedCheckout,
  uuid: string,
): Promise<readonly PaymentEvent[]> {
  const reference = checkout.reference
  const id = uuid.toLowerCase()
  if (reference === undefined || !cardIdPattern.test(id))
    throw new CheckoutError('request_invalid', 'the return claims that a card was stored, and names none')
  const card = await storedCards(office).find(id)
  if (!card) throw new CheckoutError('signature_invalid', 'the return proves nothing: WiPay knows no stored card of its id')
  return [
    {
      key: `${reference}:card:${id}`,
      checkout: { reference },
      reference,
      becomes: 'paid',
      test: isTestTransaction(reference),
      details: { card: id, label: card.label, verified: String(card.isVerified) },
      ...(card.isVerified && { objection: 'the card that it names was verified before: a new one never is' }),
    },
  ]
}
