import { CheckoutError, type CheckoutErrorCode } from '../../protocol/checkout-error.js'
import type { Money } from '../../protocol/money.js'
import type { OpenedCheckout, PaymentEvent, Secret } from '../adapter.js'
import { callProvider, type ProviderAnswer } from '../request.js'
import { usd } from './micro-usd.js'
import {
  checkoutKey,
  detailsOf,
  eventOf,
  type FulfilOn,
  isBeforeSettlement,
  isSessionId,
  orderKey,
  readSession,
  type Session,
} from './session.js'
import { asObject, type Json, type JsonObject, readJson } from './strict-json.js'

// What is asked of GStable with the API key. Whatever went wrong comes as HTTP 200 with a `code` that is not 0, mostly; an answer
// without one comes from a gateway on the way and says nothing about what was done.

export interface ApiRules {
  readonly apiKey: Secret
  readonly baseUrl: URL
  readonly fetch: typeof fetch | undefined
}

/** `path` under the base, which has one of its own. With a body it is a POST; `changes` as in a ProviderRequest. */
export async function callApi(
  { apiKey, baseUrl, fetch }: ApiRules,
  path: string,
  body?: object,
  changes = false,
): Promise<ProviderAnswer> {
  const url = new URL(baseUrl)
  url.pathname = url.pathname.replace(/\/$/, '') + path
  return callProvider({
    url,
    hosts: [url.host],
    changes,
    headers: {
      authorization: `Bearer ${apiKey.reveal()}`,
      accept: 'application/json',
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { method: 'POST' as const, body: JSON.stringify(body) }),
    ...(fetch && { fetch }),
  })
}

const likelyMistakes: ReadonlyMap<number, string> = new Map([
  [100201, 'there is no such session: was it made with another API key?'],
  [100203, 'the session has expired'],
  [100204, 'the session is paid'],
  [100205, 'the session is cancelled'],
  [100301, 'there is no such product: is what stands in `products.gstable` of an item an id of this account’s catalogue?'],
  [100302, 'some of the products do not exist: are `products.gstable` of all items ids of this account’s catalogue?'],
  [100303, 'some of the products are not available: is one of them not active, used already or removed?'],
  [100304, 'a product is not active: activate it in the dashboard, or leave `products.gstable` out of the item'],
  [100305, 'a product can be sold once, and was used already: make it anew, or leave `products.gstable` out of the item'],
  [100306, 'a product was removed from the catalogue: does the shop still name it in `products.gstable`?'],
  [400201, 'the currency is not supported'],
  [400202, 'the channel is not supported'],
  [400203, 'it cannot settle in that token: is settlementToken among those of the account?'],
  [900101, 'there were too many requests'],
])

/**
 * The `data` of an answer. Throws CheckoutError `provider_refused` where GStable said no (`details.code` is its number), and
 * `unreadable` where nobody knows what happened.
 */
export function readEnvelope({ status, text }: ProviderAnswer, unreadable: CheckoutErrorCode): JsonObject {
  const envelope = asObject(parseAnswer(text))
  const code = envelope?.code
  if (typeof code !== 'number' || Number.isNaN(code))
    throw new CheckoutError(
      unreadable,
      `GStable answered with status ${status} and no envelope: is baseUrl right (/payment/v1 in the documents, /api/v1 in the official client), and the API key?`,
      { details: { code: String(status) } },
    )
  if (code !== 0)
    throw new CheckoutError('provider_refused', `GStable refused with code ${code}: ${reasonOf(code, envelope?.message)}`, {
      details: { code: String(code) },
    })
  if (status >= 400)
    throw new CheckoutError(unreadable, `GStable said success with status ${status}`, { details: { code: String(status) } })
  return asObject(envelope?.data) ?? {}
}

/** An unreadable text has no envelope. */
export function parseAnswer(text: string): Json | undefined {
  try {
    return readJson(text)
  } catch {
    return undefined
  }
}

/** A known code in our words. GStable's own may quote what was sent, so they are left out unless nothing else is known. */
function reasonOf(code: number, message: Json | undefined): string {
  const known = likelyMistakes.get(code)
  if (known !== undefined) return known
  if (typeof message !== 'string') return 'without a reason'
  const safe = message.replace(/\b(sk|rk|wkk)_\S+/g, '[secret]').replace(/\p{Cc}/gu, ' ')
  return `"${safe.slice(0, 200)}"`
}

// One session --------------------------------------------------------------------------------------------------------------------

async function askForSession(rules: ApiRules, id: string): Promise<Session> {
  if (!isSessionId(id)) throw new CheckoutError('request_invalid', 'this is no id of a session')
  const session = readSession(readEnvelope(await callApi(rules, `/session/${id}`), 'provider_unreachable'))
  if (session?.id !== id)
    throw new CheckoutError('event_mismatch', 'GStable was asked for one session and told of another, or of none')
  return session
}

/** What became of a checkout, settled like a webhook: the same reader makes the same event of it. */
export async function lookUp(
  rules: ApiRules & { readonly fulfilOn: FulfilOn },
  checkout: OpenedCheckout,
): Promise<readonly PaymentEvent[]> {
  if (checkout.reference === undefined) return [] // its opening was never answered: there is nothing to ask for
  const session = await askForSession(rules, checkout.reference)
  // By GStable's status and not by our state alone: `completed` after `paid` is other news, and must not pass for a repeat.
  const event = eventOf({
    key: `look-up:${session.id}:${session.status ?? ''}`,
    session,
    fulfilOn: rules.fulfilOn,
    checkout,
    tellsSettled: true,
  })
  // What `fulfilOn` decides is in the key, too: after it was changed the same status is other news, and no contradiction.
  return [isBeforeSettlement(session.status) ? { ...event, key: `${event.key}:${event.becomes}` } : event]
}

/** Answers that say: nobody can pay it any more. That somebody has paid it is no such answer. */
const alreadyOver = new Set(['100203', '100205'])

/**
 * Ends a page that nobody shall pay any more. Throws CheckoutError `provider_refused` where it cannot be ended: it is paid, or a payer
 * has signed already.
 */
export async function withdraw(rules: ApiRules, { reference }: Pick<OpenedCheckout, 'reference'>): Promise<void> {
  if (reference === undefined) return
  try {
    await cancel(rules, reference)
  } catch (error) {
    if (error instanceof CheckoutError && alreadyOver.has(error.details.code ?? '')) return
    throw error
  }
}

async function cancel(rules: ApiRules, id: string): Promise<void> {
  if (!isSessionId(id)) throw new CheckoutError('request_invalid', 'this is no id of a session')
  const { success } = readEnvelope(await callApi(rules, '/session/checkout/cancel', { sessionId: id }), 'provider_unreachable')
  if (success === false)
    throw new CheckoutError('provider_refused', 'GStable did not cancel the session: has a payer signed already?')
}

// For the merchant ----------------------------------------------------------------------------------------------------------------

/** A session as GStable has it, without its page's key and the payer's e-mail. */
export interface SessionReport {
  readonly id: string
  /** As GStable says it: `initialized`, `paid`, `settling`, `settlement_pending`, `completed`, `expired`, `cancelled`. */
  readonly status: string | undefined
  readonly amount: Money | undefined
  /** Ours, from its metadata; absent for one that was not made here. */
  readonly checkoutId: string | undefined
  readonly orderId: string | undefined
  /** Tokens, wallet, transactions and values on chain. */
  readonly details: Readonly<Record<string, string>>
}

export const sessionLists = ['all', 'paid', 'settling', 'settlement/pending', 'completed', 'cancelled'] as const
export type SessionList = (typeof sessionLists)[number]

/** The sessions of the account, beside the adapter: for a person, a script or a comparison of books. Nothing is recorded. */
export interface Sessions {
  retrieve(id: string): Promise<SessionReport>
  /** Pages count from 1; at most 100 on one. There is no list of those that wait or have expired. */
  list(
    which?: SessionList,
    page?: { page?: number; size?: number },
  ): Promise<{ total: number; sessions: readonly SessionReport[] }>
  /** Only before a payer has signed. Throws CheckoutError `provider_refused` otherwise. */
  cancel(id: string): Promise<void>
}

export function backOffice(rules: ApiRules): Sessions {
  return {
    async retrieve(id) {
      return reportOf(await askForSession(rules, id))
    },
    async list(which = 'all', { page = 1, size = 20 } = {}) {
      if (!sessionLists.includes(which) || !isCount(page, 1_000_000) || !isCount(size, 100))
        throw new CheckoutError('request_invalid', 'there is no such list, or no such page of it: page from 1, size 1 to 100')
      const answer = readEnvelope(await callApi(rules, `/session/list/${which}/${page}/${size}`), 'provider_unreachable')
      const { total, sessions } = answer
      if (!Array.isArray(sessions)) throw new CheckoutError('provider_unreachable', 'GStable answered no list of sessions')
      return {
        total: Number(total), // a number in some lists, a text in others
        sessions: sessions.flatMap((each) => {
          const session = readSession(asObject(each))
          return session ? [reportOf(session)] : []
        }),
      }
    },
    cancel: (id) => cancel(rules, id),
  }
}

const isCount = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most

function reportOf(session: Session): SessionReport {
  const { amount, metadata } = session.fields
  const ours = (name: string) => {
    const value = asObject(metadata)?.[name]
    return typeof value === 'string' ? value : undefined
  }
  return {
    id: session.id,
    status: session.status,
    amount: typeof amount === 'number' && amount >= 0 ? usd(amount) : undefined,
    checkoutId: ours(checkoutKey),
    orderId: ours(orderKey),
    details: detailsOf(session),
  }
}
