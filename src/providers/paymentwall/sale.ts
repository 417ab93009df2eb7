import type { Order } from '../adapter.js'
import { type ApiType, apis } from './api-type.js'
import { amountText } from './price.js'
import { email } from './profile.js'
import { cartParameters, isStored, itemsFault, storedProductParameters } from './stored-products.js'
import { periodFault, periodParameters } from './subscription.js'

// What an order is in Paymentwall's words, or why it is nothing that Paymentwall can sell. The list of methods and the page both ask
// here, so that the page refuses nothing that the list offered.

export interface SaleRules {
  readonly apiType: ApiType
  /** The custom parameter that carries our id where a pingback names products of Paymentwall instead. */
  readonly checkoutParameter: string | undefined
  /** Paymentwall has allowed periods of a year and more. */
  readonly longPeriods: boolean
}

/** What must be there to sell an order, in the form in which it is sent. */
export interface Sale {
  readonly email: string
  /** What is charged now, where it is ours to say: by it the list of methods is limited. */
  readonly price?: { readonly amount: string; readonly currency: string }
  readonly renews: boolean
  /** Which page fits, unless the merchant configured one. */
  readonly widget: string
  /** What of the address says what is sold. */
  parameters(checkoutId: string): readonly (readonly [name: string, value: string])[]
}

export const opaqueId = /^[A-Za-z0-9_.-]{1,64}$/
const productName = /^[^\p{Cc}\p{Cs}]{1,256}$/u

/** What is sold; or, as a text, why Paymentwall cannot sell it. */
export function readSale(order: Order, rules: SaleRules): Sale | string {
  const { buyer, storesCard } = order
  if (storesCard) return 'Paymentwall stores no cards for us'
  if (!opaqueId.test(buyer.id)) return "the buyer's id is not of the form ^[A-Za-z0-9_.-]{1,64}$"
  if (!email.test(buyer.email ?? '')) return "the buyer's e-mail address, which Paymentwall demands, is missing or unusual"
  const sold = readSold(order, rules)
  return typeof sold === 'string' ? sold : { email: buyer.email as string, ...sold }
}

function readSold(order: Order, rules: SaleRules): Omit<Sale, 'email'> | string {
  if (rules.apiType === 'virtual-currency') return readCurrencySale(order)
  if (rules.apiType === 'cart') return readCartSale(order)
  return isStored(order) ? readStoredSale(order, rules) : readCheckoutSale(order, rules)
}

/** Checkout API: the page's address describes the product, which has our id. */
function readCheckoutSale(order: Order, { longPeriods }: SaleRules): Omit<Sale, 'email'> | string {
  const { price, title, renews } = order
  if (!price) return 'it has no price, and no product stored at Paymentwall that would have one'
  const now = renews?.trial?.price ?? price
  const nowTitle = renews?.trial?.title ?? title
  const [amount, later] = [amountText(now), amountText(price)]
  if (amount === undefined || later === undefined)
    return 'its price cannot be written with two decimals, or is below the minimum (0.30 USD)'
  const unsigned = [title, nowTitle].map((each) => nameFault(each, apis['digital-goods'].mark)).find((fault) => fault)
  const fault = unsigned ?? periodFault(order, longPeriods)
  if (fault !== undefined) return fault
  return {
    price: { amount, currency: now.currency },
    renews: renews !== undefined,
    widget: apis['digital-goods'].widget,
    parameters: (checkoutId) => [
      ['amount', amount],
      ['currencyCode', now.currency],
      ['ag_name', nowTitle],
      ['ag_external_id', checkoutId], // comes back as `goodsid`
      ...periodParameters(order, checkoutId),
    ],
  }
}

/** Widget API: Paymentwall knows the product, its price, and whether it renews. */
function readStoredSale(order: Order, { checkoutParameter }: SaleRules): Omit<Sale, 'email'> | string {
  if (checkoutParameter === undefined) return 'products stored at Paymentwall need the option checkoutParameter'
  // What follows such a trial is another product, whose id the order does not name.
  if (order.renews?.trial) return 'a stored product with a trial comes back under a second id, which the order does not name'
  const fault = itemsFault(order, 'one')
  if (fault !== undefined) return fault
  return { ...listed(order), widget: 'p1', parameters: () => storedProductParameters(order) }
}

function readCartSale(order: Order): Omit<Sale, 'email'> | string {
  if (order.renews || order.lasts) return 'a cart is sold once: nothing in it renews'
  const { mark, widget } = apis.cart
  const fault = itemsFault(order, 'cart') ?? order.items?.map(({ title }) => nameFault(title, mark)).find((each) => each)
  if (fault !== undefined) return fault
  return { ...listed(order), widget, parameters: () => cartParameters(order) }
}

/** The buyer chooses on the page how much to buy, so no price of ours could hold. */
function readCurrencySale({ price, renews, lasts, items }: Order): Omit<Sale, 'email'> | string {
  if (price || renews || lasts || items?.some((item) => item.price))
    return 'virtual currency is sold at the prices and for the times that Paymentwall knows: leave them out'
  return { renews: false, widget: apis['virtual-currency'].widget, parameters: () => [] }
}

/** Where a price of ours stands beside Paymentwall's own, it limits the list of methods as well as any. */
function listed({ price, renews }: Order): Pick<Sale, 'price' | 'renews'> {
  const amount = price && amountText(price)
  return { ...(price && amount !== undefined && { price: { amount, currency: price.currency } }), renews: renews !== undefined }
}

// The one text on a page that is freer than a pattern: the merchant's own, and still not everything.
function nameFault(title: string, mark: string): string | undefined {
  if (!productName.test(title)) return 'a title is empty, longer than 256 characters or holds control characters'
  return title.includes(mark) ? `a title holds the text "${mark}", which is never signed` : undefined
}
