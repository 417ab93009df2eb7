import { CheckoutError } from '../protocol/checkout-error.js'
import { type PlainRequest, plainRequest } from '../protocol/checkout-request.js'
import { isFinal } from '../protocol/payment-state.js'
import { answer, refusalFor } from './answers.js'
import { isFresh } from './go-page.js'
import type { CheckoutOptions } from './merchant.js'
import { offerFor } from './offer.js'
import { addressOf, checkoutFor, type OpeningDesk } from './open-checkout.js'
import { chooserPage, refusedPage } from './plain-pages.js'
import { readForm, refusalOf } from './read-request.js'
import { statusOf } from './status.js'
import type { Checkout } from './store.js'

// The same checkout for a page whose script is off, blocked or broken: a form posts it, and every answer is a page. The rules are those of
// open-checkout.ts; only who may ask is a little wider, since the page to choose from is ours and asks on behalf of the shop's.

/** `POST checkouts` by a plain form: 303 to the hosted page, or a page to choose from. Never throws; what is refused goes to `note`. */
export async function openByForm(
  options: CheckoutOptions,
  desk: OpeningDesk,
  request: Request,
  note: (error: unknown) => void,
  address?: string,
): Promise<Response> {
  const action = `${options.base}/checkouts`
  let asked: PlainRequest | undefined
  try {
    asked = await readAsked(options, request)
    const { attempt, method } = asked
    if (!attempt || !method) return chooserPage(action, asked, await offerFor(options, desk, asked, request, address))
    const checkout = await checkoutFor(options, desk, { ...asked, attempt, method, surface: 'plain' }, request, address)
    const { state, received } = await statusOf(options, checkout)
    if (state === 'paid' || received) return answer(303, null, { location: `${options.base}/return/${checkout.id}` })
    if (isFinal(state) || isOver(options, checkout))
      throw new CheckoutError('attempt_conflict', 'the page of this attempt has ended: make a new attempt for each rendering')
    return answer(303, null, { location: addressOf(options, checkout) })
  } catch (error) {
    return refusePlainly(options, desk, request, { error, asked, action, address, note })
  }
}

/** Throws CheckoutError `origin_refused` and `request_invalid`. */
async function readAsked({ base, pages }: CheckoutOptions, request: Request): Promise<PlainRequest> {
  const origin = request.headers.get('origin')
  const isOurs = origin === new URL(base).origin
  if (origin === null || !(isOurs || pages.includes(origin)))
    throw new CheckoutError(
      'origin_refused',
      origin === 'null' || origin === null
        ? 'the form does not say where it comes from: give its page the referrer policy strict-origin-when-cross-origin instead of no-referrer, and no sandbox'
        : 'the form stands on a page that is not listed: add its origin to `pages`',
    )
  const given = plainRequest.safeParse(await readForm(request))
  if (!given.success) throw refusalOf(given.error)
  const back = new URL(given.data.page).origin
  if (!pages.includes(back) || (back !== origin && !isOurs))
    throw new CheckoutError('origin_refused', 'the page to come back to is not on the origin that asks')
  return given.data
}

/** A hosted page that cannot be paid any more would be a dead end. */
function isOver({ now = () => new Date() }: CheckoutOptions, checkout: Checkout): boolean {
  const { closesAt, fields } = checkout.page ?? {}
  return (closesAt !== undefined && closesAt <= now()) || (fields !== undefined && !isFresh(checkout, now()))
}

interface Refused {
  readonly error: unknown
  readonly asked: PlainRequest | undefined
  readonly action: string
  readonly address: string | undefined
  readonly note: (error: unknown) => void
}

/** A form that was used before, or names what is not on offer any more, is answered by what is. */
async function refusePlainly(
  options: CheckoutOptions,
  desk: OpeningDesk,
  request: Request,
  refused: Refused,
): Promise<Response> {
  const { error, asked, action, address, note } = refused
  note(error)
  const told = refusalFor(error)
  const { code } = told
  if (asked && (code === 'attempt_conflict' || code === 'method_unavailable'))
    try {
      const reason = code === 'attempt_conflict' ? 'This form was used before.' : told.message
      return chooserPage(action, asked, await offerFor(options, desk, asked, request, address), {
        status: told.status,
        reason: `${reason} Please choose again.`,
      })
    } catch (next) {
      return refusedPage(action, refusalFor(next), { asked })
    }
  const isOfDeveloper = error instanceof CheckoutError && (code === 'origin_refused' || code === 'request_invalid')
  return refusedPage(action, told, { asked, ...(isOfDeveloper && { hint: error.message }) })
}
