import { parseObject } from '../../foreign-text.js'
import { equalInConstantTime } from '../../signing.js'
import type { SandboxAccount } from '../sandbox.js'
import { type BookedSession, sessionObject, transactionObject } from './session.js'
import { readSessionRequest } from './session-request.js'
import { capabilities } from './tokens.js'

const base = '/payment/v1'
const codes: Readonly<Record<number, string>> = {
  100201: 'Session not found',
  100203: 'Session is expired',
  100204: 'Session is paid',
  100205: 'Session is cancelled',
  400101: 'Invalid field format',
}

/** The merchant API, and the public list of tokens. Undefined: none of its addresses. */
export async function api(account: SandboxAccount, request: Request, url: URL): Promise<Response | undefined> {
  if (url.pathname === '/public/api/v1/capabilities/all' && request.method === 'GET') return success(capabilities())
  if (!url.pathname.startsWith(`${base}/`)) return undefined
  // How GStable refuses a wrong key is not documented; a gateway's page is what an adapter must be ready for.
  if (!equalInConstantTime(request.headers.get('authorization') ?? '', `Bearer ${account.apiKey}`))
    return new Response('<html>Unauthorized</html>', { status: 401, headers: { 'content-type': 'text/html' } })
  const path = url.pathname.slice(base.length)
  if (request.method === 'POST') {
    if (!request.headers.get('content-type')?.startsWith('application/json'))
      return refusal(400101, 'Content-Type must be application/json')
    if (path === '/session/checkout/create') return create(account, await request.text(), url)
    if (path === '/session/checkout/cancel') return cancel(account, await request.text())
  }
  if (request.method === 'GET') {
    const [, which = '', page = '', size = ''] = /^\/session\/list\/(.+)\/(\d+)\/(\d+)$/.exec(path) ?? []
    if (which !== '') return list(account, which, Number(page), Number(size))
    const id = /^\/session\/([\w-]+)$/.exec(path)?.[1]
    if (id !== undefined) return retrieve(account, id)
  }
  return new Response('<html>Not Found</html>', { status: 404, headers: { 'content-type': 'text/html' } })
}

function create({ book, outcome, accountId, stock, now }: SandboxAccount, body: string, url: URL): Response {
  const request = readSessionRequest(body, stock, Math.floor(now().getTime() / 1000))
  if ('code' in request) return refusal(request.code, request.message)
  if (accountId !== undefined && request.accountId !== accountId) return refusal(400101, 'Invalid field format: accountId')
  const session = book.create(request, outcome)
  return success({ ...sessionObject(session), paymentUrl: pageOf(session, url) })
}

/** The page's key is part of its address, as `clientCode` seems to be of the real one's. */
const pageOf = ({ id, clientCode }: BookedSession, url: URL): string => `${url.origin}/session/${id}/${clientCode}`

const pair = (session: BookedSession) => ({ session: sessionObject(session), transaction: transactionObject(session) })

function retrieve({ book }: SandboxAccount, id: string): Response {
  const session = book.find(id)
  return session ? success(pair(session)) : refusal(100201)
}

function cancel({ book, outcome }: SandboxAccount, body: string): Response {
  const { sessionId: id, ...more } = parseObject(body) ?? {}
  if (typeof id !== 'string' || Object.keys(more).length > 0) return refusal(400101, 'Invalid field format: sessionId')
  const session = book.find(id)
  if (!session) return refusal(100201)
  if (session.status === 'expired') return refusal(100203)
  if (session.status === 'cancelled') return refusal(100205)
  if (session.status !== 'initialized') return refusal(100204)
  // Signed and not confirmed: the money may be on its way. Which code the real one gives is not documented.
  return success({ success: book.move(id, 'cancel', outcome) !== undefined })
}

function list({ book }: SandboxAccount, which: string, page: number, size: number): Response {
  const statuses: Readonly<Record<string, string>> = {
    ...{ paid: 'paid', settling: 'settling', completed: 'completed', cancelled: 'cancelled' },
    'settlement/pending': 'settlement_pending',
  }
  if (which !== 'all' && !Object.hasOwn(statuses, which)) return refusal(400101, 'Invalid field format: list')
  if (page < 1 || size < 1 || size > 100) return refusal(400101, 'Invalid field format: page, size')
  const sessions = book.all().filter(({ status }) => which === 'all' || status === statuses[which])
  const shown = sessions.slice((page - 1) * size, page * size).map(pair)
  return success({ total: String(sessions.length), page: String(page), size: String(size), sessions: shown })
}

const success = (data: unknown): Response => Response.json({ code: 0, message: 'success', data })
const refusal = (code: number, message = codes[code]): Response => Response.json({ code, message, data: null })
