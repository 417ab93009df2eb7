import { CheckoutError, type CheckoutErrorCode } from '../protocol/checkout-error.js'
import { refusals } from '../protocol/refusals.js'

// Every answer of this server is made here: none may be cached or sniffed, and none tells the next site where the buyer came from.

const always = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }

export const answer = (status: number, body: string | null = null, headers: Record<string, string> = {}): Response =>
  new Response(body, { status, headers: { ...always, ...headers } })

export const json = (status: number, body: unknown): Response =>
  answer(status, JSON.stringify(body), { 'content-type': 'application/json' })

export const text = (status: number, body: string, headers: Record<string, string> = {}): Response =>
  answer(status, body, { 'content-type': 'text/plain; charset=utf-8', ...headers })

/** A refusal as a stranger may see it: the closed code and a safe sentence. What it was really about is for the log. */
export function refusalFor(error: unknown): { status: number; code: CheckoutErrorCode; message: string } {
  if (!(error instanceof CheckoutError))
    return { status: 500, code: 'store_unavailable', message: 'Something went wrong. Please try again.' }
  const [status, message] = refusals[error.code]
  return { status, code: error.code, message }
}

export function refuse(error: unknown): Response {
  const { status, code, message: sentence } = refusalFor(error)
  // What is wrong with a request or its page is for a developer to mend; nothing of it is a secret of ours.
  const isOfPage = error instanceof CheckoutError && (code === 'request_invalid' || code === 'origin_refused')
  const message = isOfPage ? error.message : sentence
  // The one detail that is meant for a page; all others are for a log.
  const id = error instanceof CheckoutError && code === 'order_pending' ? error.details.checkoutId : undefined
  const response = json(status, { error: code, message, ...(id !== undefined && { id }) })
  if (status === 503) response.headers.set('retry-after', '5')
  return response
}

/** Exact methods, nothing routed to a sibling: a HEAD or a prefetch must never be answered for a GET that acts (T-51). */
export function requireMethod(request: Request, allowed: readonly string[]): Response | undefined {
  return allowed.includes(request.method) ? undefined : text(405, 'method not allowed', { allow: allowed.join(', ') })
}
