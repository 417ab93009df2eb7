import { CheckoutError } from '../../protocol/checkout-error.js'
import { type Money, minorUnits } from '../../protocol/money.js'
import { isWebAddress } from '../../protocol/web-address.js'
import type { HostedPage, OpenContext, Order, OrderItem } from '../adapter.js'
import { type ApiRules, callApi, readEnvelope } from './back-office.js'
import { microUnits } from './micro-usd.js'
import { checkoutKey, isSessionId, orderKey } from './session.js'
import type { JsonObject } from './strict-json.js'

// An order becomes a Checkout Session: GStable is asked once, and answers the address of a page that can be paid once. Asking again
// makes another session, so nothing here repeats a call whose answer is lost: the checkout is given up and its page, which no buyer
// has seen, lapses by itself.

export interface CheckoutRules extends ApiRules {
  readonly accountId: string
  /** What the merchant receives: `network::symbol`. */
  readonly settlementToken: string
  readonly feeModel: 'merchant' | 'payer'
  readonly payerEmailRequired: boolean
  /** Undefined: GStable's own half hour. */
  readonly closesAfterSeconds: number | undefined
  readonly metadata: Metadata | ((order: Order) => Metadata)
  /** Hosts of GStable's pages, they and what is under them. */
  readonly pageHosts: readonly string[]
  readonly test: boolean
  readonly now: () => Date
}

/** There is one: token, chain and wallet are chosen on GStable's page. */
export const methodId = 'gstable:stablecoins'

export type Metadata = Readonly<Record<string, string>>

// What can be sold ------------------------------------------------------------------------------------------------------------------

/** An order as GStable takes it. */
export interface Sale {
  /** In Micro-USD. */
  readonly amount: number
  readonly lines: readonly Line[]
}

type Line = { readonly quantity: number; readonly unitPrice: number } & (
  | { readonly itemType: 'product'; readonly productId: string }
  | { readonly itemType: 'one_time'; readonly productData: ProductData }
)

interface ProductData {
  readonly productName: string
  readonly productDescription?: string
  readonly imageUrl?: string
  readonly attributes?: readonly { readonly name: string; readonly value: string }[]
}

const productName = /^[^\p{Cc}\p{Cs}]{1,256}$/u
const productId = /^[A-Za-z0-9_-]{1,128}$/

/** What is sold; or, as a text, why GStable cannot sell it. */
export function readSale(order: Order): Sale | string {
  const { price, title, items = [], renews, lasts, storesCard } = order
  if (renews || lasts || storesCard || !price) return 'it is no one-time sale at a price of ours'
  if (price.currency !== 'USD') return 'its price is not in USD, which is all that GStable counts in'
  const amount = unitsOf(price)
  if (amount === undefined) return 'its price is no amount in USD above zero'
  const lines = items.length > 0 && items.every((item) => item.price) ? items.map(lineOf) : [wholeLine(order, amount)]
  const faults = lines.filter((line) => typeof line === 'string')
  if (faults[0] !== undefined) return faults[0]
  if (!productName.test(title)) return 'its title is empty, longer than 256 characters or holds control characters'
  const sold = lines as readonly Line[]
  // Exact where it matters: every part is a safe integer below 10¹⁵, and one that rounding could make equal is no such sum.
  const sum = sold.reduce((total, { quantity, unitPrice }) => total + BigInt(quantity) * BigInt(unitPrice), 0n)
  if (sum !== BigInt(amount)) return 'the prices of its items times their quantities do not add up to its price'
  return { amount, lines: sold }
}

/** More decimals than USD has would be sold here, but no ledger could ever compare them. */
const unitsOf = (price: Money): number | undefined => (minorUnits(price) ? microUnits(price.amount) : undefined)

function lineOf(item: OrderItem): Line | string {
  const { title, quantity, price, products } = item
  const unitPrice = price?.currency === 'USD' ? unitsOf(price) : undefined
  if (unitPrice === undefined) return 'the price of an item is no amount in USD above zero'
  if (!Number.isSafeInteger(quantity) || quantity < 1) return 'the quantity of an item is no whole number above zero'
  const stored = products?.gstable
  if (stored !== undefined)
    return productId.test(stored)
      ? { itemType: 'product', productId: stored, quantity, unitPrice }
      : 'an item names a product that is no id'
  if (!productName.test(title)) return 'the title of an item is empty, longer than 256 characters or holds control characters'
  return { itemType: 'one_time', quantity, unitPrice, productData: productDataOf(item) }
}

/** Without prices of its own, an item cannot be a line: the order is sold as one thing. */
function wholeLine({ title, items = [] }: Order, unitPrice: number): Line | string {
  if (items.some(({ products }) => products?.gstable !== undefined))
    return 'an item names a product of GStable, but some item has no price'
  return { itemType: 'one_time', quantity: 1, unitPrice, productData: { productName: title } }
}

function productDataOf({ title, description, image, attributes = {} }: OrderItem): ProductData {
  const pairs = Object.entries(attributes).map(([name, value]) => ({ name, value }))
  return {
    productName: title,
    ...(description !== undefined && { productDescription: description }),
    ...(image !== undefined && isWebAddress(image) && { imageUrl: image }),
    ...(pairs.length > 0 && { attributes: pairs }),
  }
}

// Opening -----------------------------------------------------------------------------------------------------------------------------

/** What is posted, complete. */
function sessionRequest({ lines }: Sale, order: Order, { checkoutId, returnUrl }: OpenContext, rules: CheckoutRules) {
  const { closesAfterSeconds } = rules
  return {
    accountId: rules.accountId,
    settlementToken: rules.settlementToken,
    successUrl: returnUrl.href,
    ...(rules.payerEmailRequired && { payerEmailRequired: 1 }),
    feeModel: rules.feeModel === 'payer' ? 2 : 1,
    ...(closesAfterSeconds !== undefined && { expirationTime: Math.floor(rules.now().getTime() / 1000) + closesAfterSeconds }),
    lineItems: lines,
    metadata: metadataOf(order, checkoutId, rules),
  }
}

/** Opens a session. Throws CheckoutError `order_invalid`, `provider_refused`, `provider_unreachable`, `outcome_unknown`. */
export async function openSession(order: Order, context: OpenContext, rules: CheckoutRules): Promise<HostedPage> {
  if (context.method !== methodId) throw new CheckoutError('method_unavailable', `${context.method} is no method of gstable`)
  const sale = readSale(order)
  if (typeof sale === 'string') throw new CheckoutError('order_invalid', `GStable cannot sell this order: ${sale}`)
  const request = sessionRequest(sale, order, context, rules)
  const session = readEnvelope(await callApi(rules, '/session/checkout/create', request, true), 'outcome_unknown')
  const { sessionId, paymentUrl } = session
  if (!isSessionId(sessionId) || typeof paymentUrl !== 'string')
    throw new CheckoutError('outcome_unknown', 'GStable said success, but named no session or no page of it', {
      details: { code: '0' },
    })
  const url = readPageAddress(paymentUrl, rules)
  if (!url)
    throw new CheckoutError(
      'provider_refused',
      'GStable answered a page that is not on a host of its own: is pageHosts complete?',
      {
        details: { code: '0' },
      },
    )
  refuseOtherSale(session, request, sale.amount)
  const openedAt = rules.now().getTime()
  const closesAt = readTime(session.expirationTime) ?? openedAt + (rules.closesAfterSeconds ?? usualLife) * 1000
  return {
    url,
    reference: sessionId,
    kept: { amount: String(sale.amount), feeModel: String(request.feeModel), settlementToken: request.settlementToken },
    closesAt: new Date(closesAt),
    resumes: true,
    askAt: askTimes(openedAt, closesAt),
  }
}

const usualLife = 30 * 60 // seconds
const minute = 60_000

/** Early, since the webhook may be lost; after the page has closed; and once more, for what the chain was slow to confirm. */
const askTimes = (openedAt: number, closesAt: number): Date[] =>
  [openedAt + 2 * minute, openedAt + 10 * minute, closesAt + minute, closesAt + 30 * minute].map((time) => new Date(time))

/** Unix seconds, within the years in which a date can be one. */
const readTime = (value: unknown): number | undefined =>
  typeof value === 'number' && value > 0 && value < 1e11 ? value * 1000 : undefined

/** A product's price may be stored at GStable, too: a page that asks for another amount than ours is never shown to a buyer. */
function refuseOtherSale(session: JsonObject, request: { feeModel: number; settlementToken: string }, expected: number): void {
  const { amount, feeModel, settlementToken } = session
  const isOurs = typeof amount === 'number' && (request.feeModel === 2 ? amount >= expected : amount === expected)
  if (amount !== undefined && !isOurs)
    throw new CheckoutError(
      'provider_refused',
      'GStable priced the session otherwise: do its stored products cost what the items say?',
    )
  if (feeModel !== undefined && feeModel !== request.feeModel)
    throw new CheckoutError('provider_refused', 'GStable opened the session with another fee model than was asked for')
  if (settlementToken !== undefined && settlementToken !== request.settlementToken)
    throw new CheckoutError('provider_refused', 'GStable opened the session for another settlement token than was asked for')
}

/** The page's address as one of GStable's own (T-28); undefined for any other. Its path is opaque. */
export function readPageAddress(
  address: string,
  { pageHosts, baseUrl, test }: Pick<CheckoutRules, 'pageHosts' | 'baseUrl' | 'test'>,
) {
  if (!isWebAddress(address)) return undefined
  const url = new URL(address)
  if (test && url.origin === baseUrl.origin) return url // the sandbox is API and page in one
  const isListed = pageHosts.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`))
  return isListed && url.protocol === 'https:' && url.port === '' ? url : undefined
}

// Metadata ----------------------------------------------------------------------------------------------------------------------------

/** Ours are the cross-check of T-20, so the merchant's cannot take their place. GStable publishes no limits: these are cautious. */
function metadataOf(order: Order, checkoutId: string, { metadata }: CheckoutRules): Metadata {
  const given = typeof metadata === 'function' ? metadata(order) : metadata
  const whole = { ...given, [orderKey]: order.id ?? checkoutId, [checkoutKey]: checkoutId }
  if (!isMetadata(whole))
    throw new CheckoutError(
      'order_invalid',
      'the metadata is more than GStable is given: 18 entries of texts, names up to 40 characters, values up to 500, 4 KiB in all',
    )
  return whole
}

export function isMetadata(value: unknown): value is Metadata {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const entries = Object.entries(value)
  return (
    entries.length <= 20 &&
    entries.every(([name, text]) => name.length <= 40 && typeof text === 'string' && text.length <= 500) &&
    Buffer.byteLength(JSON.stringify(value)) <= 4096
  )
}
