import { equalInConstantTime, randomId } from '../../signing.js'
import { parameterFaults } from '../parameters.js'
import type { SandboxAccount } from '../sandbox.js'
import { totalFault } from './fees.js'
import type { Wanted } from './payment.js'

// WAPI, as far as a shop uses it: sign-in, transactions, refund requests, stored cards. Undocumented shapes are as plain as can be.

/** Who may call what, and how often in a minute; beside the scope stands the one that holds all of its kind. */
const rules: Readonly<Record<string, { readonly aMinute: number; readonly scopes: readonly string[] }>> = {
  'GET transactions': { aMinute: 15, scopes: ['wapi-transactions-retrieve', 'wapi-transactions-all'] },
  'GET transactions/:id': { aMinute: 60, scopes: ['wapi-transactions-retrieve', 'wapi-transactions-all'] },
  'POST transactions/:id/refund': { aMinute: 15, scopes: ['wapi-transactions-refund-request'] },
  'GET trusted-cards': { aMinute: 15, scopes: ['wapi-trusted-cards-retrieve', 'wapi-trusted-cards-all'] },
  'GET trusted-cards/:id': { aMinute: 15, scopes: ['wapi-trusted-cards-retrieve', 'wapi-trusted-cards-all'] },
  'DELETE trusted-cards/:id': { aMinute: 15, scopes: ['wapi-trusted-cards-delete', 'wapi-trusted-cards-all'] },
  'POST trusted-cards': { aMinute: 15, scopes: ['wapi-trusted-cards-create', 'wapi-trusted-cards-all'] },
  'POST trusted-cards/:id/verify': { aMinute: 15, scopes: ['wapi-trusted-cards-verify', 'wapi-trusted-cards-all'] },
  'POST trusted-cards/:id/charge': { aMinute: 15, scopes: ['wapi-trusted-cards-charge-request', 'wapi-trusted-cards-all'] },
}
const signInsAMinute = 5

/** Whatever begins with `/wapi/`. */
export async function backOffice(account: SandboxAccount, request: Request, url: URL): Promise<Response> {
  const [, , collection = '', id, action] = url.pathname.split('/').map(decodeURIComponent)
  const form = request.method === 'POST' ? new URLSearchParams(await request.text()) : new URLSearchParams()
  const call = `${request.method} ${collection}${id === undefined ? '' : '/:id'}${action === undefined ? '' : `/${action}`}`
  const { rateLimit } = account
  if (call === 'POST auth/:id' && id === 'tokens')
    return rateLimit.allows(call, signInsAMinute) ? signIn(account, form) : tooMany()
  if (call === 'POST auth/:id/refresh' && id === 'tokens')
    return rateLimit.allows(call, signInsAMinute) ? refresh(account, form) : tooMany()
  const granted = scopesOf(account, request)
  if (!granted) return say(401, 'Unauthenticated.')
  if (call === 'DELETE auth/:id' && id === 'tokens') return signOut(account, request)
  const rule = rules[call]
  if (!rule) return say(405, 'Method not allowed.')
  if (!rateLimit.allows(call, rule.aMinute)) return tooMany()
  if (granted !== 'all' && !rule.scopes.some((scope) => granted.includes(scope))) return say(403, 'Invalid scope(s) provided.')

  const { book, outcome } = account
  switch (call) {
    case 'GET transactions':
      return transactions(account, url)
    case 'GET transactions/:id': {
      const data = book.transactionOf(id as string)
      return data ? Response.json({ message: 'OK', data }) : say(404, 'Transaction not found.')
    }
    case 'POST transactions/:id/refund': {
      const found = book.find(id as string)
      if (!found) return say(400, 'Invalid transaction id.')
      return book.move(found.ref, 'ask-refund', outcome)
        ? say(201, 'Created')
        : say(400, `A ${found.state} transaction cannot be refunded.`)
    }
    case 'GET trusted-cards':
      return Response.json({ message: 'OK', data: book.cards.list() })
    case 'GET trusted-cards/:id':
      return Response.json({ message: 'OK', data: book.cards.list().filter(({ uuid }) => uuid === id) })
    case 'DELETE trusted-cards/:id':
      return book.cards.delete(id as string) ? say(200, 'OK') : say(400, 'Invalid card.')
    case 'POST trusted-cards/:id/verify': {
      const said = {
        fine: say(200, 'OK'),
        unknown: say(400, 'Invalid card.'),
        wrong: say(400, 'Wrong amount: the card was deleted.'),
        invalid: say(400, 'The amount field is invalid.'),
        verified: say(403, 'Already verified.'),
        late: say(403, 'The verification window has expired.'),
      }
      return said[book.cards.verify(id as string, form.get('amount') ?? '', account.now())]
    }
    case 'POST trusted-cards':
      return storeCard(account, form, url)
    case 'POST trusted-cards/:id/charge':
      return chargeCard(account, id as string, form, url)
    default:
      return say(405, 'Method not allowed.')
  }
}

const say = (status: number, message: string) => Response.json({ message }, { status })

const tooMany = () => say(429, 'Too Many Attempts.')

/** By exactly one of key and token; undefined for a stranger. */
function scopesOf(
  { wapiKey, wapiScopes, tokens }: SandboxAccount,
  { headers }: Request,
): readonly string[] | 'all' | undefined {
  const [key, bearer] = [headers.get('x-wapi-key'), headers.get('authorization')]
  if ((key === null) === (bearer === null)) return undefined
  if (bearer !== null) return tokens.scopesOf(/^Bearer (.+)$/.exec(bearer)?.[1] ?? '')
  if (wapiKey === undefined || !equalInConstantTime(key ?? '', wapiKey)) return undefined
  return wapiScopes ?? 'all'
}

function signIn({ signIn, tokens }: SandboxAccount, form: URLSearchParams): Response {
  const scopes = form.get('scopes')
  if (form.get('email') !== signIn?.email || form.get('password') !== signIn?.password || !scopes)
    return say(401, 'invalid_credentials')
  return Response.json({ message: 'OK', ...tokens.grant(scopes.split(' ')) })
}

function refresh({ tokens }: SandboxAccount, form: URLSearchParams): Response {
  const granted = tokens.refresh(form.get('refresh_token') ?? '')
  return granted ? Response.json({ message: 'OK', ...granted }) : say(401, 'invalid_credentials')
}

function signOut({ tokens }: SandboxAccount, { headers }: Request): Response {
  const token = headers.get('authorization')?.replace(/^Bearer /, '')
  if (token === undefined) return say(400, 'A WAPI key cannot be revoked here.')
  tokens.revoke(token)
  return say(200, 'OK')
}

function transactions({ book }: SandboxAccount, { searchParams }: URL): Response {
  const number = (name: string, usually: number) => Number(searchParams.get(name) ?? usually)
  const [page, size] = [number('page', 1), Math.min(number('page_size', 15), 100)]
  const all = searchParams.get('environment') === 'live' ? [] : book.list()
  const data = all.slice((page - 1) * size, page * size).map(({ ref }) => book.transactionOf(ref))
  return Response.json({ message: 'OK', data })
}

function storeCard(account: SandboxAccount, form: URLSearchParams, { origin }: URL): Response {
  const responseUrl = form.get('response_url') ?? ''
  if (form.get('environment') !== 'sandbox' || !URL.canParse(responseUrl) || responseUrl.length > 255)
    return say(400, 'The environment or response_url field is invalid.')
  const charge = { total: '0.80', currency: 'USD', fees: 'merchant_absorb' }
  return open(
    account,
    { flow: 'card', orderId: randomId().replace(/[-_]/g, '').slice(0, 10), ...charge, responseUrl, ...nobody },
    origin,
  )
}

/** As in a payment request; the others are not asked for, or overruled by the card. */
const ofCharge = new Set(['total', 'currency', 'fee_structure', 'order_id', 'response_url', 'origin'])

function chargeCard(account: SandboxAccount, uuid: string, form: URLSearchParams, { origin }: URL): Response {
  const value = (name: string) => form.get(name) ?? ''
  const card = account.book.cards.list().find((each) => each.uuid === uuid)
  if (!card) return say(400, 'Invalid card.')
  if (!card.verified) return say(403, 'The card is not verified.')
  const given = Object.fromEntries(form)
  const isWrong = parameterFaults(given).some(({ field }) => ofCharge.has(field)) || totalFault(given) !== undefined
  if (isWrong) return say(400, 'The given data was invalid.')
  const sold = { orderId: value('order_id'), total: value('total'), currency: value('currency'), fees: value('fee_structure') }
  return open(
    account,
    { flow: 'charge', ...sold, ...nobody, responseUrl: value('response_url'), origin: value('origin') },
    origin,
  )
}

const nobody = { origin: 'WiPay', avs: false }

function open({ book, outcome, pageOf }: SandboxAccount, wanted: Wanted, origin: string): Response {
  const { ref } = book.open(wanted, outcome)
  return Response.json({ message: 'OK', url: `${origin}${pageOf(ref)}`, transaction_id: ref })
}
