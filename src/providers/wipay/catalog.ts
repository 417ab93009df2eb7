import { currencyDecimals, type Money, minorUnits } from '../../protocol/money.js'
import type { PaymentMethod, SurfaceKind } from '../../protocol/requests.js'
import type { Order } from '../adapter.js'
import { type CardType, emailPattern, type FeeStructure, longestEmail, totalPattern } from './parameters.js'

// What a buyer may choose from. WiPay has one way to pay, a card, so nothing is asked of anybody: the order decides, and the cards that
// the buyer stored before. The page of WiPay lets a buyer choose the network; where the merchant lists networks, each is a method.

export interface CatalogRules {
  readonly currencies: readonly string[]
  /** Of the account, by currency: what is outside of them would be refused when the buyer has clicked already. */
  readonly limits: Readonly<Record<string, { readonly from?: string | undefined; readonly to?: string | undefined }>>
  readonly feeStructure: FeeStructure
  readonly cards: readonly CardType[] | undefined
  readonly surfaces: readonly SurfaceKind[]
  readonly labels: Readonly<Record<Named, string>>
  readonly icons: Readonly<Partial<Record<Named, string | undefined>>>
  /** Whether there are credentials for WiPay's back office, which stores and charges cards. */
  readonly hasBackOffice: boolean
  /** The request goes through the buyer's browser: a stored card cannot be charged so. */
  readonly isForm: boolean
}

/** Methods that the merchant can name and draw; a stored card is named by its buyer's shop, and drawn as any card. */
type Named = 'card' | CardType | 'store-card'

/** How a method of ours is carried out. */
export type Way =
  | { readonly kind: 'hosted'; readonly cardType?: CardType }
  | { readonly kind: 'stored'; readonly card: string }
  | { readonly kind: 'store' }

/** What is sold, in the form in which it is sent. */
export interface Sale {
  readonly total: string
  readonly currency: string
  /** Absent where the buyer has none that WiPay takes: then only a stored card can be charged, which asks for none. */
  readonly email?: string
}

/** Ids of stored cards are version 4 UUIDs; anything else never came from WiPay. */
export const cardIdPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** What is sold; `'card'` where a card is to be stored; or, as a fault, why WiPay cannot sell it. */
export function readSale(order: Order, rules: CatalogRules): Sale | 'card' | { readonly fault: string } {
  const { price, buyer, renews, lasts } = order
  if (renews || lasts) return { fault: 'it renews or lasts, and WiPay charges once' }
  if (order.storesCard) {
    if (price) return { fault: 'it stores a card and has a price: storing a card sells nothing' }
    return rules.hasBackOffice ? 'card' : { fault: 'storing a card needs WAPI credentials (`wapi`)' }
  }
  if (!price) return { fault: 'it has no price' }
  if (!rules.currencies.includes(price.currency))
    return { fault: `the account takes ${rules.currencies.join(', ')} and not its currency` }
  const total = totalText(price)
  if (total === undefined) return { fault: 'its price is not above zero, or cannot be written with two decimals' }
  if (!isWithin(price, rules.limits[price.currency])) return { fault: 'its price is outside of the configured limits' }
  const { email = '' } = buyer
  if (email.length <= longestEmail && emailPattern.test(email)) return { total, currency: price.currency, email }
  if (storedCardsOf(order, rules).length > 0) return { total, currency: price.currency }
  return { fault: `the buyer's e-mail address, which WiPay demands, is missing, unusual or over ${longestEmail} characters` }
}

/** Those of the buyer that can be charged here. */
function storedCardsOf({ buyer }: Order, { hasBackOffice, isForm }: CatalogRules): readonly { card: string; label: string }[] {
  if (!hasBackOffice || isForm) return []
  return (buyer.cards ?? []).flatMap(({ provider, id, label }) => {
    const card = id.toLowerCase()
    return provider === 'wipay' && cardIdPattern.test(card) ? { card, label } : []
  })
}

/** The price as WiPay takes and hashes it: always two decimals, by digits (T-11). Undefined for what that cannot hold. */
export function totalText(price: Money): string | undefined {
  const units = minorUnits(price)
  if (units === undefined || units <= 0n || currencyDecimals(price.currency) !== 2) return undefined
  const total = `${units / 100n}.${String(units % 100n).padStart(2, '0')}`
  return totalPattern.test(total) ? total : undefined
}

function isWithin(price: Money, { from, to }: { from?: string | undefined; to?: string | undefined } = {}): boolean {
  const units = minorUnits(price) ?? 0n
  const bound = (amount: string | undefined) => amount && minorUnits({ amount, currency: price.currency })
  const [least, most] = [bound(from), bound(to)]
  return (typeof least !== 'bigint' || units >= least) && (typeof most !== 'bigint' || units <= most)
}

/** Every method of an order and how it is carried out; empty for an order that WiPay cannot sell. Stored cards first. */
export function waysToPay(order: Order, rules: CatalogRules): ReadonlyMap<string, Way & { readonly method: PaymentMethod }> {
  const sale = readSale(order, rules)
  if (typeof sale === 'object' && 'fault' in sale) return new Map()
  const { labels, icons } = rules
  const ways: [code: string, label: string, way: Way, icon: string | undefined][] = []
  if (sale === 'card') ways.push(['store-card', labels['store-card'], { kind: 'store' }, icons['store-card']])
  else {
    for (const { card, label } of storedCardsOf(order, rules))
      ways.push([`card-${card}`, label, { kind: 'stored', card }, icons.card])
    if (sale.email !== undefined) {
      if (!rules.cards) ways.push(['card', labels.card, { kind: 'hosted' }, icons.card])
      for (const cardType of rules.cards ?? [])
        ways.push([cardType, labels[cardType], { kind: 'hosted', cardType }, icons[cardType]])
    }
  }
  const isDearer = sale !== 'card' && rules.feeStructure !== 'merchant_absorb'
  return new Map(
    ways.map(([code, label, way, icon]) => {
      const method = {
        ...{ id: `wipay:${code}`, label, ...(icon !== undefined && { icon }) },
        ...{ surfaces: [...rules.surfaces], ...(isDearer && { feeOnTop: true }) },
      }
      return [method.id, { ...way, method }]
    }),
  )
}
