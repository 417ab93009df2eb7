import { CheckoutError } from '../protocol/checkout-error.js'
import { methodsRequest } from '../protocol/checkout-request.js'
import { writePrice } from '../protocol/price-text.js'
import { refusals } from '../protocol/refusals.js'
import type { Offer, PaymentMethod } from '../protocol/requests.js'
import type { Market, Order, ProviderAdapter } from '../providers/adapter.js'
import { json } from './answers.js'
import { causeOf } from './cause.js'
import { within } from './in-time.js'
import type { CheckoutOptions } from './merchant.js'
import { readOrder } from './order.js'
import { refusalOf } from './read-request.js'
import type { SampledLog } from './sampled-log.js'
import { paidOrder, refusePaid } from './sold.js'

// What is sold, for how much, and how it can be paid: the merchant's `price` hook names the first two, the providers the last.

const patience = 1_500 // milliseconds for a provider when another has answered
const longestPatience = 10_000 // milliseconds when none has

/** Where it is told why somebody offers nothing: buyers cause it at will. */
export interface OfferDesk {
  readonly refused: SampledLog
}

/**
 * `GET methods`. That an order is paid is refused with what was paid: nobody is told more than before it was paid, since the `price`
 * hook has named this order, and this buyer, to whoever asks. Throws CheckoutError: `request_invalid`, `order_unknown`, `order_invalid`,
 * `order_pending`.
 */
export async function answerOffer(
  options: CheckoutOptions,
  desk: OfferDesk,
  request: Request,
  address?: string,
): Promise<Response> {
  const given = methodsRequest.safeParse(Object.fromEntries(new URL(request.url).searchParams))
  if (!given.success) throw refusalOf(given.error)
  const order = await priceOf(options, given.data.order, request)
  const paid = await paidOrder(options, order, given.data.order)
  if (!paid) return json(200, await offerOf(options, desk, order, { ...given.data, address }))
  const [status, message] = refusals.order_paid
  return json(status, { error: 'order_paid', message, offer: describe(paid, [], given.data.locale) })
}

/** Throws CheckoutError: `order_unknown`, `order_invalid`, `order_paid`, `order_pending`. */
export async function offerFor(
  options: CheckoutOptions,
  desk: OfferDesk,
  asked: { readonly order: string; readonly country?: string | undefined; readonly locale?: string | undefined },
  request: Request,
  address?: string,
): Promise<Offer> {
  const order = await priceOf(options, asked.order, request)
  await refusePaid(options, order, asked.order)
  return offerOf(options, desk, order, { ...asked, address })
}

async function offerOf(
  options: CheckoutOptions,
  desk: OfferDesk,
  order: Order,
  asked: Parameters<typeof marketOf>[2],
): Promise<Offer> {
  return describe(order, await methodsFor(options, desk, order, marketOf(options, order, asked)), asked.locale)
}

function describe({ title, price, renews }: Order, methods: readonly PaymentMethod[], locale?: string): Offer {
  const offer = { title, ...(price && { price }), ...(renews && { renews }), methods } as Offer
  return price && locale && isKnown(locale) ? { ...offer, written: writePrice(offer, locale) } : offer
}

/** Where the `Intl` of this machine knows the language: else it would write in its own. */
function isKnown(locale: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale).length > 0
  } catch {
    return false // no name of a language at all, which a page may well have
  }
}

/** Asks the merchant what this order is. Whatever the hook throws besides a CheckoutError is a fault of the shop, not of the buyer. */
export async function priceOf(options: CheckoutOptions, name: string, request: Request): Promise<Order> {
  try {
    const answer = Promise.resolve(options.price(name, request)).then((order: unknown) => ({ order }))
    const given = await within(answer, longestPatience)
    if (!given) throw new CheckoutError('order_invalid', `the price hook took longer than ${longestPatience / 1000} seconds`)
    if (given.order === undefined || given.order === null)
      throw new CheckoutError(
        'order_invalid',
        "the price hook answered nothing: is a `return` missing? To refuse an order that there is none of, throw CheckoutError('order_unknown')",
      )
    return readOrder(given.order)
  } catch (cause) {
    if (cause instanceof CheckoutError) throw cause
    throw new CheckoutError(
      'order_invalid',
      'the price hook failed: what it threw may hold data of the buyer, so its message is left out',
      {
        cause,
      },
    )
  }
}

export function marketOf(
  options: CheckoutOptions,
  order: Order,
  asked: { country?: string | undefined; locale?: string | undefined; address?: string | undefined },
): Market {
  const country = asked.country ?? order.buyer.country ?? options.country
  return {
    ...(country !== undefined && { country }),
    ...(asked.locale !== undefined && { locale: asked.locale }),
    ...(asked.address !== undefined && { address: asked.address }),
  }
}

/** All providers side by side: one that throws or is slow is left out, unless nobody else has anything to offer. */
export async function methodsFor(
  { providers }: Pick<CheckoutOptions, 'providers'>,
  { refused }: OfferDesk,
  order: Order,
  market: Market,
): Promise<PaymentMethod[]> {
  const asked = providers.map((provider) => ask(provider))
  const inTime = await Promise.all(asked.map((answer) => within(answer, patience)))
  if (inTime.some((methods) => methods && methods.length > 0)) return inTime.flatMap((methods) => methods ?? [])
  const late = await Promise.all(asked.map((answer) => within(answer, longestPatience - patience)))
  return late.flatMap((methods) => methods ?? [])

  async function ask(provider: ProviderAdapter): Promise<readonly PaymentMethod[]> {
    const { name } = provider
    try {
      const methods = (await provider.methods(order, market)).filter(({ id }) => id.startsWith(`${name}:`))
      if (methods.length === 0) {
        const reason = provider.whyNot?.(order) ?? 'it has none for the country and the price of this order'
        refused(`nothing ${name}`, { provider: name }, `${name} offers no methods: ${reason}`)
      }
      return methods
    } catch (error) {
      // Our own errors quote a provider without what was sent to it; anybody else's may hold anything.
      const isOurs = error instanceof CheckoutError
      const fields = isOurs ? { code: error.code } : { code: 'unexpected', ...causeOf(error) }
      const reason = isOurs ? error.message : 'it failed unexpectedly'
      refused(`failed ${name}`, { provider: name, ...fields }, `${name} offers no methods: ${reason}`, 'warn')
      return []
    }
  }
}
