import { CheckoutError } from '../../protocol/checkout-error.js'
import type { PaymentMethod, SurfaceKind } from '../../protocol/requests.js'
import { callProvider } from '../request.js'
import { parseAnswer } from './back-office.js'
import { methodId, type Sale } from './checkout.js'
import { asObject, type Json, type JsonObject } from './strict-json.js'

// There is one method: token, chain and wallet are chosen on GStable's page. What can be known beforehand is which tokens a payer may
// use for what the merchant wants to receive, and from which amount on. GStable tells that without a key.
//
// The answer only refines the offer. It is known from the official client's types alone, so what cannot be read, or is not there,
// hides nothing from a buyer: a method that leads to a refusal costs less than no method.

export interface CatalogRules {
  readonly publicUrl: URL
  readonly settlementToken: string
  /** Undefined: named after the tokens that can be used. */
  readonly label: string | undefined
  readonly icon: string | undefined
  readonly surfaces: readonly SurfaceKind[]
  readonly feeOnTop: boolean
  readonly fetch: typeof fetch | undefined
  readonly now: () => Date
}

export type Catalog = (sale: Sale) => Promise<readonly PaymentMethod[]>

/** Methods for a sale. Throws CheckoutError `provider_refused` where GStable settles in other tokens than the configured one. */
export function catalog(rules: CatalogRules): Catalog {
  const routesOf = rememberedRoutes(rules)
  return async ({ amount }) => {
    const routes = await routesOf()
    const open = routes?.filter(({ least, most }) => amount >= least && amount <= most)
    if (open?.length === 0) return []
    const symbols = [...new Set(open?.flatMap(({ symbol }) => symbol ?? []))].sort()
    return [
      {
        id: methodId,
        label: rules.label ?? (symbols.length > 0 ? `Stablecoins (${symbols.join(', ')})` : 'Stablecoins'),
        ...(rules.icon !== undefined && { icon: rules.icon }),
        surfaces: [...rules.surfaces],
        ...(rules.feeOnTop && { feeOnTop: true }),
      },
    ]
  }
}

// The routes, remembered ------------------------------------------------------------------------------------------------------------

/** One token with which a payer can pay what the merchant receives in the settlement token. */
export interface Route {
  readonly symbol: string | undefined
  /** In Micro-USD. */
  readonly least: number
  readonly most: number
}

const fresh = 60 * 60_000 // milliseconds; tokens come and go by announcement
const pause = 30_000 // after a failure, so that an outage does not make every buyer wait for it

/** Undefined: nothing is known. What was known once is used until something newer is, and a buyer waits for the first answer alone. */
function rememberedRoutes(rules: CatalogRules): () => Promise<readonly Route[] | undefined> {
  let routes: readonly Route[] | undefined
  let refusal: unknown
  let nextAt = Number.NEGATIVE_INFINITY
  let askedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | undefined

  async function refresh(): Promise<void> {
    askedAt = rules.now().getTime()
    try {
      routes = await askForRoutes(rules)
      refusal = undefined
      nextAt = askedAt + fresh
    } catch (error) {
      refusal = error instanceof CheckoutError && error.code === 'provider_refused' ? error : undefined
      nextAt = askedAt + pause
    } finally {
      asking = undefined
    }
  }

  return async () => {
    const now = rules.now().getTime()
    // Before the last question: the clock was set back.
    if (now >= nextAt || now < askedAt) asking ??= refresh()
    if (!routes) await asking
    if (refusal) throw refusal
    return routes
  }
}

// The question and its answer ---------------------------------------------------------------------------------------------------------

async function askForRoutes({ publicUrl, settlementToken, fetch }: CatalogRules): Promise<readonly Route[] | undefined> {
  const url = new URL(publicUrl)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/capabilities/all`
  const { text } = await callProvider({
    url,
    hosts: [url.host],
    headers: { accept: 'application/json' },
    ...(fetch && { fetch }),
  })
  return readRoutes(parseAnswer(text), settlementToken)
}

/**
 * The routes to a settlement token; undefined where the answer is none that is known. Throws CheckoutError `provider_refused` where
 * it is, and names other settlement tokens: then no session could be opened either.
 */
export function readRoutes(answer: Json | undefined, settlementToken: string): readonly Route[] | undefined {
  const whole = asObject(answer)
  const data = asObject(whole?.data) ?? whole
  const settlements = asObject(data?.paymentCapabilities)
  if (!settlements || !Object.keys(settlements).some((name) => name.includes('::'))) return undefined
  const groups = asObject(settlements[settlementToken])
  if (!groups)
    throw new CheckoutError(
      'provider_refused',
      'GStable does not settle in the configured settlementToken: is it spelled `network::symbol`?',
    )
  const symbols = symbolsOf(data?.supportedTokens)
  const routes = Object.values(groups)
    .flatMap((group) => (Array.isArray(group) ? group : []))
    .flatMap((each: Json) => {
      const route = asObject(each)
      return route ? [routeOf(route, symbols)] : []
    })
  return routes.length > 0 ? routes : undefined
}

const routeOf = (route: JsonObject, symbols: ReadonlyMap<string, string>): Route => ({
  symbol: typeof route.tokenId === 'string' ? symbols.get(route.tokenId) : undefined,
  least: readUnits(route.minPaymentValue) ?? 0,
  most: readUnits(route.maxPaymentValue) ?? Number.POSITIVE_INFINITY,
})

/** Zero stands for "no bound" as likely as for a bound that lets nothing through. */
function readUnits(value: Json | undefined): number | undefined {
  const units = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  return typeof units === 'number' && units > 0 ? units : undefined
}

function symbolsOf(tokens: Json | undefined): ReadonlyMap<string, string> {
  const named = (Array.isArray(tokens) ? tokens : []).flatMap((each: Json): [string, string][] => {
    const { tokenId, symbol } = asObject(each) ?? {}
    return typeof tokenId === 'string' && typeof symbol === 'string' && /^[A-Za-z0-9.]{1,12}$/.test(symbol)
      ? [[tokenId, symbol.toUpperCase()]]
      : []
  })
  return new Map(named)
}
