import { CheckoutError, type CheckoutErrorCode } from '../protocol/checkout-error.js'
import { returnedMessage } from '../protocol/requests.js'
import type { ProviderAdapter } from '../providers/adapter.js'
import { answer } from './answers.js'
import { record } from './ledger.js'
import type { CheckoutOptions } from './merchant.js'
import { actOn, type NotificationDesk, openedBy, readNotification } from './notifications.js'
import { htmlPage, quoted } from './page.js'
import { outcomePage } from './plain-pages.js'
import { askStatus } from './status.js'
import type { Checkout } from './store.js'

// The one page that every provider sends the buyer back to, after success and failure alike. It shows nothing of the request (T-16): it
// tells the window that waits to ask the server, or leads back to the page that the checkout was opened from, which was fixed
// then and is never taken from an address (T-29). Where a provider's way back carries a proof, it is first recorded like a
// notification; without one it moves nothing.

const deliveryTime = 3_000 // milliseconds: the buyer is looking at this page

/** `GET return/:id`. */
export async function returnPage(
  options: CheckoutOptions,
  desk: NotificationDesk,
  id: string,
  request: Request,
  address?: string,
): Promise<Response> {
  let checkout: Checkout | undefined
  let provider: ProviderAdapter | undefined
  try {
    checkout = await options.store.checkout(id)
    const wait = readWait(request)
    if (checkout?.surface === 'plain' && wait) return await waitingRoom(options, desk, checkout, wait)
    provider = options.providers.find(({ name }) => name === checkout?.provider)
    if (provider?.returnIsNotification) await takeProof(desk, provider, request, address)
  } catch {
    return beingChecked(options, checkout)
  }
  if (!checkout) {
    const sentence = 'Please go back to the shop. If you have paid, the shop will find your payment.'
    return htmlPage(404, { title: 'This checkout is not known here', sentence })
  }
  const claims = claimsOf(provider, request)
  if (checkout.surface === 'plain') return answer(303, null, { location: waitAddress(options, id, claims) })
  const back = backTo(checkout, claims)
  if (checkout.surface === 'redirect') return answer(303, null, { location: back })
  return htmlPage(200, {
    ...{
      title: 'Back to the shop',
      sentence: 'You can close this window and go on in the shop.',
      script,
      framedBy: options.pages,
    },
    more: `<a href="${quoted(back)}">Back to the shop</a>`,
    data: { id, origin: new URL(checkout.backTo).origin, back, ...(claims && { claims }) },
  })
}

const [soonest, latest] = [5, 60] // seconds

/**
 * What came cannot be read or proven at the moment. The way back may be all that names what is to be asked (a card that was stored), and
 * nothing is written of it before it is proven: so the page asks with it again, more and more slowly, as long as it is open.
 */
function beingChecked({ pages, now = () => new Date() }: CheckoutOptions, checkout: Checkout | undefined): Response {
  const age = checkout ? Math.abs(now().getTime() - checkout.openedAt.getTime()) / 1000 : 0
  return htmlPage(503, {
    title: 'Your payment is being checked',
    sentence: 'Please keep this page open: it loads itself again until the shop knows.',
    reload: Math.round(Math.min(Math.max(age / 30, soonest), latest)),
    framedBy: pages,
    ...(checkout && { more: `<a href="${quoted(backTo(checkout, undefined))}">Back to the shop</a>` }),
  })
}

/** Since when a buyer without script waits, and what the way back claimed; nothing hangs on either but what is shown meanwhile. */
interface Wait {
  readonly since: number
  readonly claims: 'failed' | undefined
}

/** What the provider wrote into the address, names perhaps, is not kept in it: the page that shows the outcome has its own (T-82). */
const waitAddress = ({ base, now = () => new Date() }: CheckoutOptions, id: string, claims: Wait['claims']): string =>
  `${base}/return/${id}?since=${now().getTime()}${claims ? `&claims=${claims}` : ''}`

function readWait({ url }: Request): Wait | undefined {
  const [, since, claims] = /^\?since=(\d{1,15})(&claims=failed)?$/.exec(new URL(url).search) ?? []
  return since === undefined ? undefined : { since: Number(since), claims: claims ? 'failed' : undefined }
}

/** The outcome, where no script of the shop's page can show it. */
async function waitingRoom(
  options: CheckoutOptions,
  desk: NotificationDesk,
  checkout: Checkout,
  { since, claims }: Wait,
): Promise<Response> {
  const { now = () => new Date() } = options
  const waited = Math.abs(now().getTime() - since)
  const again = waitAddress(options, checkout.id, claims)
  return outcomePage({
    status: await askStatus(options, desk, checkout),
    claims,
    waited,
    shop: backTo(checkout, claims),
    again,
  })
}

/** Shown while the server knows nothing better, so a provider that cannot read its own way back has claimed nothing. */
function claimsOf(provider: ProviderAdapter | undefined, { url }: Request): 'failed' | undefined {
  try {
    return provider?.readReturn?.(new URL(url))
  } catch {
    return undefined
  }
}

/** That a proof was asked for, and the answer did not come: it says nothing of the payment. */
const unanswered: readonly CheckoutErrorCode[] = ['provider_unreachable', 'provider_refused', 'outcome_unknown']

/**
 * What is not proven is no notification: the buyer is led back, and nothing was written. Throws when the store cannot be reached, or the
 * provider that alone can prove it.
 */
async function takeProof(desk: NotificationDesk, provider: ProviderAdapter, request: Request, address?: string): Promise<void> {
  const { store, courier } = desk
  try {
    const events = await provider.verify(await readNotification(request, address), openedBy(store, provider))
    const deliveries = actOn(desk, await record(store, provider.name, events, courier))
    await Promise.race([deliveries, new Promise((resolve) => setTimeout(resolve, deliveryTime).unref())])
  } catch (error) {
    if (!(error instanceof CheckoutError) || error.code === 'store_unavailable') throw error
    const isUnanswered = unanswered.includes(error.code)
    desk.refused(
      `${provider.name} return ${error.code}`,
      { provider: provider.name, code: error.code },
      isUnanswered ? `a way back could not be asked about: ${error.message}` : 'a way back proved nothing',
    )
    if (isUnanswered) throw error
  }
}

/** The page that the buyer came from, with the id that lets the button there ask how it ended. */
function backTo({ id, backTo }: Checkout, claims: 'failed' | undefined): string {
  const url = new URL(backTo)
  url.searchParams.delete('checkout-claims')
  url.searchParams.set('checkout', id)
  if (claims) url.searchParams.set('checkout-claims', claims)
  return url.href
}

// Framed: the page around us closes the frame. In a popup: tell the opener and go. Opened apart, or cut off by an opener policy: the
// channel may still reach the shop's page (same origin); unheard, the page goes on like a redirect.
const script = `
const { id, origin, back, claims } = document.body.dataset
const message = { type: '${returnedMessage}', id, ...(claims && { claims }) }
if (parent !== window) parent.postMessage(message, origin)
else {
  opener?.postMessage(message, origin)
  try {
    new BroadcastChannel(message.type).postMessage(message)
  } catch {}
  if (opener) close()
  setTimeout(() => location.replace(back), opener ? 2000 : 800)
}`
