import { CheckoutError } from '../protocol/checkout-error.js'
import { type CheckoutRequest, checkoutRequest } from '../protocol/checkout-request.js'
import { isFinal } from '../protocol/payment-state.js'
import type { OpenedPage } from '../protocol/requests.js'
import { isWebAddress } from '../protocol/web-address.js'
import type { HostedPage, Order, ProviderAdapter } from '../providers/adapter.js'
import { randomId } from '../providers/signing.js'
import { askedOf, refuseConflict } from './attempt.js'
import type { CheckoutOptions } from './merchant.js'
import { marketOf, methodsFor, type OfferDesk, priceOf } from './offer.js'
import { readJson, refusalOf } from './read-request.js'
import type { Inquirer } from './reconcile.js'
import { coveringPayment, refusePaid } from './sold.js'
import type { Checkout } from './store.js'

// Opening a page is asked for by a browser that may ask twice, and done by a provider that may not answer. So a row stands before the
// provider is called, unique per attempt, and is complete before the address leaves: a notification always finds its checkout (T-26),
// and two clicks open one page (T-25). An opening whose outcome nobody knows is left as `lost` and its attempt taken over under
// a new checkout id, so that nothing is ever sent twice under one number; the lost one's address never reached a buyer.

const openingTime = 15_000 // milliseconds after which an opening without answer counts as lost
const lookAgain = 100 // milliseconds
const shortestRest = 60_000 // milliseconds that a page must still be open to be shown again
const mostAsked = 5 // pages of one order, the latest

/** What opening needs of the server besides its options. */
export interface OpeningDesk extends OfferDesk {
  readonly inquirer: Inquirer
}

/** What is opened, whoever asked for it and how. */
export type Asked = Omit<CheckoutRequest, 'surface'> & Pick<Checkout, 'surface'>

/** `POST checkouts` by the element. Throws CheckoutError. */
export async function openCheckout(
  options: CheckoutOptions,
  desk: OpeningDesk,
  request: Request,
  address?: string,
): Promise<OpenedPage> {
  const given = checkoutRequest.safeParse(await readJson(request))
  if (!given.success) throw refusalOf(given.error)
  const asked = given.data
  if (new URL(asked.page).origin !== request.headers.get('origin'))
    throw new CheckoutError('origin_refused', 'the page to come back to is not on the origin that asks')
  return pageOf(options, await checkoutFor(options, desk, asked, request, address))
}

/** The open checkout of this attempt: opened now, or by a request that came before. Throws CheckoutError. */
export async function checkoutFor(
  options: CheckoutOptions,
  desk: OpeningDesk,
  asked: Asked,
  request: Request,
  address?: string,
): Promise<Checkout> {
  const known = await options.store.checkoutByAttempt(asked.attempt)
  if (known) refuseConflict(known, asked)
  if (known?.stage === 'open') return known

  const order = await priceOf(options, asked.order, request)
  await refusePaid(options, order, asked.order)
  const market = marketOf(options, order, { country: asked.country, locale: asked.locale, address })
  // No other provider is asked what it offers: one that is slow or away holds up its own buyers only.
  const provider = options.providers.find(({ name }) => asked.method.startsWith(`${name}:`))
  const [offered, before] = await Promise.all([
    provider ? methodsFor({ providers: [provider] }, desk, order, market) : [],
    unpaidPages(options, desk, order, asked.order),
  ])
  if (!provider || !offered.some(({ id }) => id === asked.method))
    throw new CheckoutError('method_unavailable', `${asked.method} is not on offer for this order`)

  const left = known ? undefined : leftOpen(options, before, order, asked)
  if (left) return left
  const checkout = await begin(options, order, provider, asked)
  if (checkout.stage === 'open') return checkout
  const open = await complete(options, provider, checkout, market)
  // Paid meanwhile, on another page: then it is this one that nobody shall pay.
  const covering = await coveringPayment(options.store, order)
  void (covering ? desk.inquirer.withdrawOthers(open.orderId, covering.checkoutId) : desk.inquirer.withdrawOlder(open))
  if (covering && covering.checkoutId !== open.id) await refusePaid(options, order, asked.order)
  return open
}

/**
 * The latest pages of this order on which nobody has paid. Their providers are asked first, whichever they are: the news of a payment may
 * be late or lost, and its buyer, who cannot know, must not pay twice. One that does not answer is waited for no longer than by any buyer
 * who waits. Throws CheckoutError `order_paid` or `order_pending` where one was paid.
 */
async function unpaidPages(
  options: CheckoutOptions,
  { inquirer }: OpeningDesk,
  order: Order,
  name: string,
): Promise<readonly Checkout[]> {
  const { store } = options
  const { id } = order
  const open = id === undefined ? [] : await store.openCheckouts(id) // without an id each of its checkouts is an order of its own
  if (id === undefined || open.length === 0) return []
  const unended = async (pages: readonly Checkout[]) => {
    const payments = await store.payments({ orderId: id, limit: 100 })
    return pages.filter((page) => !payments.some(({ checkoutId, state }) => checkoutId === page.id && isFinal(state)))
  }
  const latest = (await unended(open))
    .sort((one, other) => other.openedAt.getTime() - one.openedAt.getTime())
    .slice(0, mostAsked)
  await Promise.all(latest.map(inquirer.askFor))
  await refusePaid(options, order, name)
  return unended(latest)
}

/**
 * A page of the very same sale that its buyer left, and that can still be paid: a second one beside it could be paid as well, and where a
 * payer has signed already it cannot be withdrawn.
 */
function leftOpen(
  { now = () => new Date() }: CheckoutOptions,
  before: readonly Checkout[],
  order: Order,
  { method, surface, page }: Asked,
): Checkout | undefined {
  const wanted = JSON.stringify([soldIn(order), method, surface, page])
  return before.find((each) => {
    const rest = each.page?.resumes ? (each.page.closesAt?.getTime() ?? 0) - now().getTime() : 0
    return rest >= shortestRest && JSON.stringify([soldIn(each.order), each.method, each.surface, each.backTo]) === wanted
  })
}

/** In an order of fields that survives being stored. */
const soldIn = ({ buyer, ...order }: Order): unknown => [order, buyer]

/** The row of this attempt: a new one in stage `opening`, or the finished one of a request that came first. */
async function begin({ store }: CheckoutOptions, order: Order, provider: ProviderAdapter, asked: Asked): Promise<Checkout> {
  for (;;) {
    const id = randomId()
    const checkout = await store.transaction(async (tx) => {
      const before = await tx.checkoutByAttempt(asked.attempt)
      const isLost = before?.stage === 'opening' && Math.abs(tx.now - before.openedAt.getTime()) > openingTime
      if (before && !isLost) return before
      if (before) await tx.saveCheckout({ ...before, stage: 'lost' })
      const fresh: Checkout = {
        ...{ id, provider: provider.name, mode: provider.mode, method: asked.method, order, orderId: order.id ?? id },
        ...{ attempt: asked.attempt, asked: askedOf(asked), stage: 'opening', openedAt: new Date(tx.now), kept: {} },
        ...{ backTo: asked.page, surface: asked.surface },
      }
      await tx.saveCheckout(fresh)
      return fresh
    })
    refuseConflict(checkout, asked)
    if (checkout.id === id || checkout.stage === 'open') return checkout
    await new Promise((resolve) => setTimeout(resolve, lookAgain)) // the same attempt is being opened by another request
  }
}

/** Calls the provider outside of any transaction, and writes down the answer before anybody else learns it. */
async function complete(
  options: CheckoutOptions,
  provider: ProviderAdapter,
  checkout: Checkout,
  market: { country?: string; locale?: string },
): Promise<Checkout> {
  const { store, base } = options
  const { country, locale } = market
  let page: HostedPage
  try {
    page = await provider.open(checkout.order, {
      ...{ checkoutId: checkout.id, method: checkout.method },
      ...(country !== undefined && { country }),
      ...(locale !== undefined && { locale }),
      ...{ returnUrl: new URL(`${base}/return/${checkout.id}`), notifyUrl: new URL(`${base}/notify/${provider.name}`) },
    })
    if (!isWebAddress(page.url.href))
      throw new CheckoutError('provider_refused', `${provider.name} answered with an address that is not https`)
  } catch (error) {
    await store.transaction((tx) => tx.saveCheckout({ ...checkout, stage: 'lost' }))
    if (error instanceof CheckoutError) throw error
    throw new CheckoutError('outcome_unknown', `${provider.name} failed while opening a page`, { cause: error })
  }
  const { reference, kept = {} } = page
  return store.transaction(async (tx) => {
    const row = await tx.checkout(provider.name, { id: checkout.id })
    if (row?.stage !== 'opening')
      throw new CheckoutError('outcome_unknown', 'the page was opened too late; its attempt was taken over')
    const askAt = page.askAt?.[0]?.getTime()
    const open: Checkout = {
      ...row,
      stage: 'open',
      page,
      kept,
      ...(reference !== undefined && { reference }),
      ...(askAt !== undefined && { askAt }),
    }
    await tx.saveCheckout(open)
    return open
  })
}

/** Where the buyer pays: the hosted page, or where it is reached by POST alone, the page of ours that leads there. */
export const addressOf = ({ base }: CheckoutOptions, { id, page }: Checkout): string =>
  page?.fields ? `${base}/go/${id}` : (page as HostedPage).url.href

function pageOf(options: CheckoutOptions, checkout: Checkout): OpenedPage {
  const { id, page } = checkout
  const { speaksFrom, closesAt } = page as HostedPage
  return {
    id,
    url: addressOf(options, checkout),
    ...(speaksFrom && { speaksFrom: [...speaksFrom] }),
    ...(closesAt && { closesAt: closesAt.toISOString() }),
  }
}
