import { type Money, sameMoney } from '../../protocol/money.js'
import type { Order, OrderItem } from '../adapter.js'
import { amountText } from './price.js'

// Products that Paymentwall knows, by the ids that it knows them by: one of them on a page of the Widget API, or several in a cart. Their
// ids come back in the pingback, in place of ours, and are compared with the order.

const externalId = /^[A-Za-z0-9_.:/-]{1,256}$/
const mostUnits = 50 // each is a parameter of the pingback, and a server reads 64 at most

const idOf = ({ products = {} }: OrderItem): string | undefined =>
  Object.hasOwn(products, 'paymentwall') ? products.paymentwall : undefined

/** Whether an order is about products stored at Paymentwall: any of its items is one. */
export const isStored = ({ items = [] }: Order): boolean => items.some((item) => idOf(item) !== undefined)

/** The id of each unit, in the order of the items. */
export const productsOf = ({ items = [] }: Order): readonly string[] =>
  items.flatMap((item) => Array.from({ length: item.quantity }, () => idOf(item) ?? ''))

/** Why these items cannot be sold as stored products; undefined where they can. */
export function itemsFault({ items = [] }: Order, most: 'one' | 'cart'): string | undefined {
  const units = items.reduce((sum, { quantity }) => sum + quantity, 0)
  if (items.length === 0 || !items.every((item) => externalId.test(idOf(item) ?? '')))
    return 'each of its items must name its product at Paymentwall, products.paymentwall'
  if (!items.every(({ quantity }) => Number.isInteger(quantity) && quantity >= 1)) return 'a quantity is no whole number'
  if (most === 'one') return units === 1 ? undefined : 'a page of stored products sells one: several are for the API type cart'
  if (units > mostUnits) return `it holds more than ${mostUnits} units, more than come back in one pingback`
  return pricesFault(items)
}

/** Prices of ours, of all items or of none; where one product stands there twice, the same. */
function pricesFault(items: readonly OrderItem[]): string | undefined {
  const prices = items.flatMap(({ price }) => price ?? [])
  if (prices.length > 0 && prices.length < items.length) return 'some of its items have a price, and some have none'
  if (prices.some((price) => amountText(price) === undefined)) return 'a price cannot be written with two decimals'
  const byId = new Map<string, Money>()
  for (const item of items) {
    const [id = '', before] = [idOf(item), byId.get(idOf(item) ?? '')]
    if (item.price && before && !sameMoney(item.price, before)) return 'one product stands there with two prices'
    if (item.price) byId.set(id, item.price)
  }
  return undefined
}

/** Preselected, and the only one that is shown: the buyer shall not pay for another product than the order names. */
export function storedProductParameters(order: Order): [name: string, value: string][] {
  const [id = ''] = productsOf(order)
  return [
    ['default_goodsid', id],
    ['display_goodsid[0]', id],
  ]
}

/** An id per unit, and where they are ours the price and name of each. */
export function cartParameters({ items = [] }: Order): [name: string, value: string][] {
  const units = items.flatMap((item) => Array.from({ length: item.quantity }, () => item))
  return units.flatMap((item, at): [string, string][] => [
    [`external_ids[${at}]`, idOf(item) as string],
    ...(item.price
      ? ([
          [`prices[${at}]`, amountText(item.price) as string],
          [`currencies[${at}]`, item.price.currency],
        ] satisfies [string, string][])
      : []),
    [`names[${at}]`, item.title],
  ])
}

/** Why what was sold is not what the order names (T-09); undefined where it is. The order of a cart means nothing. */
export function goodsObjection(order: Order, goods: readonly string[]): string | undefined {
  const [sold, named] = [[...goods].sort(), [...productsOf(order)].sort()]
  const isSame = sold.length === named.length && sold.every((id, at) => id === named[at])
  return isSame ? undefined : 'what was sold, by goodsid, is not what the order names'
}
