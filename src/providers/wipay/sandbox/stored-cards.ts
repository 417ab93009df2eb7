import { randomUuid } from './webhooks.js'

/** As WAPI describes a stored card. */
export interface StoredCard {
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

const testCharge = '0.80' // what a stored card is proven by
const provenWithin = 3 * 24 * 60 * 60_000

/** The cards that buyers stored. */
export class CardBox {
  readonly #cards = new Map<string, StoredCard>()

  list(): readonly StoredCard[] {
    return [...this.#cards.values()]
  }

  /** Answers its id. */
  store(name: string, now: Date): string {
    const uuid = randomUuid()
    const expiry = new Date(now.getTime() + provenWithin)
    this.#cards.set(uuid, {
      ...{ uuid, card_type: 'visa', environment: 'sandbox', exp_mm: '12', exp_yy: '39', pan: 'XXXXXXXXXXXX1111' },
      ...{ first_name: name.split(' ')[0] ?? '', last_name: name.split(' ').at(-1) ?? '', verified: false },
      verify_expiry: expiry.toISOString().slice(0, 19).replace('T', ' '),
    })
    return uuid
  }

  /** A wrong amount deletes the card. `verified`: that was done before. `late`: its window is over. `invalid`: no amount at all. */
  verify(uuid: string, amount: string, now: Date): 'fine' | 'unknown' | 'wrong' | 'verified' | 'late' | 'invalid' {
    const card = this.#cards.get(uuid)
    if (!card) return 'unknown'
    if (card.verified) return 'verified'
    if (card.verify_expiry !== null && now.getTime() > Date.parse(`${card.verify_expiry.replace(' ', 'T')}Z`)) return 'late'
    if (!/^\d{1,10}(\.\d+)?$/.test(amount) || Number(amount) === 0) return 'invalid'
    if (amount !== testCharge) {
      this.#cards.delete(uuid)
      return 'wrong'
    }
    card.verified = true
    card.verify_expiry = null
    return 'fine'
  }

  delete(uuid: string): boolean {
    return this.#cards.delete(uuid)
  }
}
