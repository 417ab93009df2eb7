import * as z from 'zod/mini'
import type { Order } from '../adapter.js'
import { parseJson } from '../foreign-text.js'
import { callProvider } from '../request.js'
import { countryCode } from './profile.js'
import { addressOf, type SigningRules } from './signature.js'

// Where Paymentwall places a buyer by address, for a shop that knows no country. It is asked while the buyer waits for the list of
// methods, so it is remembered, and what goes wrong is no fault: the page on which Paymentwall lets the buyer choose does without.

export interface GeolocationRules extends Pick<SigningRules, 'projectKey' | 'baseUrl'> {
  readonly fetch: typeof fetch | undefined
  readonly now: () => Date
}

const answerShape = z.object({ code: z.string().check(z.regex(countryCode)) })

/** Undefined where it cannot place the address. Not signed: the documents ask for none. Throws CheckoutError `provider_unreachable`. */
export async function locateAddress(
  { projectKey, baseUrl, fetch }: GeolocationRules,
  buyerId: string,
  address: string,
): Promise<string | undefined> {
  const url = addressOf({ baseUrl }, '/api/rest/country')
  url.search = new URLSearchParams({ key: projectKey, uid: buyerId, user_ip: address }).toString()
  const { text } = await callProvider({ url, hosts: [url.host], ...(fetch && { fetch }) })
  return answerShape.safeParse(parseJson(text)).data?.code
}

const fresh = 60 * 60_000 // milliseconds
const pause = 30_000 // after a failure, so that an outage does not make every buyer wait for it
const mostAddresses = 1_000

/** The same, remembered for an hour per address. Never rejects. */
export function locator(rules: GeolocationRules) {
  const known = new Map<string, { readonly country: Promise<string | undefined>; readonly askedAt: number }>()
  let failedAt = Number.NEGATIVE_INFINITY
  const now = (): number => rules.now().getTime()
  return async ({ buyer }: Order, address: string): Promise<string | undefined> => {
    const before = known.get(address)
    if (before && Math.abs(now() - before.askedAt) < fresh) return before.country
    if (Math.abs(now() - failedAt) < pause) return undefined
    const country = locateAddress(rules, buyer.id, address).catch(() => {
      failedAt = now()
      known.delete(address)
      return undefined
    })
    known.delete(address)
    known.set(address, { country, askedAt: now() })
    for (const [oldest] of known) if (known.size > mostAddresses) known.delete(oldest)
    return country
  }
}
