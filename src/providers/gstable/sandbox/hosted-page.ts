import { answerFile, answerPage } from '../../sandbox-page.js'
import type { SandboxAccount } from '../sandbox.js'
import { cashierPage, notFound, type Section } from './cashier-page.js'
import { pageScript } from './page-script.js'
import { pageStyle } from './page-style.js'
import type { BookedSession } from './session.js'
import { drawnLogo, findToken } from './tokens.js'

/** How a choice went, or how the session stands: what the page's script shows next. */
interface Ending {
  /** `processing`: it never ends. */
  readonly state: Section
  readonly sourceTx?: string
  readonly next?: string
  readonly returnAfter: number | null
}

/**
 * `/session/:id/:key`: GET shows the page, or with `Accept: application/json` how the session stands; POST is the payer's choice.
 * A script gets JSON, a plain form the page that shows the ending.
 */
export async function hostedPage(account: SandboxAccount, request: Request, url: URL): Promise<Response> {
  const [, , id = '', key] = url.pathname.split('/')
  const session = account.book.find(id)
  if (!session || session.clientCode !== key) return answerPage(notFound(request), 404)
  const wantsJson = request.headers.get('accept')?.includes('application/json')
  if (request.method === 'GET') {
    const standing = endingOf(account, session, standingOf(session))
    return wantsJson ? Response.json(standing) : show(request, session, standing)
  }
  if (request.method !== 'POST') return new Response(null, { status: 405, headers: { allow: 'GET, POST' } })
  const form = new URLSearchParams(await request.text())
  const state = await decide(account, session, form)
  if (state === undefined) return new Response('This choice cannot be made here.\n', { status: 400 })
  const ending = endingOf(account, session, state)
  return wantsJson ? Response.json(ending) : show(request, session, ending)
}

const standingOf = ({ status }: BookedSession): Section => {
  if (status === 'initialized') return 'choose'
  if (status === 'expired' || status === 'cancelled') return 'over'
  return status === 'completed' ? 'settled' : 'paid'
}

/** There is no address for those who do not pay: only who has paid is led back. */
function endingOf({ outcome }: SandboxAccount, { request, transaction }: BookedSession, state: Section): Ending {
  const isPaid = state === 'paid' || state === 'settled'
  const { successUrl } = request
  return {
    state,
    ...(isPaid && transaction && { sourceTx: transaction.sourceTx }),
    ...(isPaid && successUrl !== undefined && { next: successUrl }),
    returnAfter: outcome.returnAfter,
  }
}

async function decide(
  { book, outcome }: SandboxAccount,
  session: BookedSession,
  form: URLSearchParams,
): Promise<Section | undefined> {
  const choice = form.get('choice')
  const token = findToken(form.get('token') ?? session.request.settlementToken)
  if (!token || !choice || !['pay', 'reject', 'revert', 'close', 'again'].includes(choice)) return undefined
  if (session.status !== 'initialized' || choice === 'again') return standingOf(session)
  if (choice === 'close') return 'closed'
  if (choice === 'reject') return 'rejected'
  session.signedOnce = true
  if (outcome.answer === 'never') return 'processing'
  await new Promise((done) => setTimeout(done, outcome.processing))
  // Time has passed: a payment of the same session, in another window, may have been faster.
  if (session.status !== 'initialized') return standingOf(session)
  if (choice === 'revert') return 'reverted'
  await book.pay(session, token, outcome)
  return 'paid'
}

const show = (request: Request, session: BookedSession, { state, next, returnAfter, sourceTx }: Ending): Response =>
  answerPage(
    cashierPage({
      ...{ request, session, section: state, returnAfter },
      ...(next !== undefined && { back: next }),
      ...(sourceTx !== undefined && { sourceTx }),
    }),
    200,
    [session.request.successUrl],
  )

export function pageFile(path: string): Response | undefined {
  if (path === '/sandbox/page.css') return answerFile('css', pageStyle)
  if (path === '/sandbox/page.js') return answerFile('javascript', pageScript)
  const symbol = /^\/sandbox\/tokens\/([a-z]+)\.svg$/.exec(path)?.[1]
  const svg = symbol === undefined ? undefined : drawnLogo(symbol.toUpperCase())
  const headers = { 'x-content-type-options': 'nosniff', 'content-type': 'image/svg+xml', 'cache-control': 'max-age=600' }
  return svg === undefined
    ? undefined
    : new Response(svg, { headers: { ...headers, 'content-security-policy': "default-src 'none'" } })
}
