import * as z from 'zod/mini'
import { CheckoutError } from '../../protocol/checkout-error.js'
import type { PaymentMethod } from '../../protocol/requests.js'
import { isWebAddress } from '../../protocol/web-address.js'
import { parseJson, quoted } from '../foreign-text.js'
import { callProvider } from '../request.js'
import { countryCode } from './profile.js'
import type { Sale } from './sale.js'
import { type SigningRules, signedAddress } from './signature.js'

// Which methods a buyer may choose from: Paymentwall's Payment Systems API knows, per country, and with amount and currency (which
// the documents do not name, but the official shop modules send) it leaves out those that cannot carry the price.
//
// The list is asked for while a buyer looks at the page, so it is remembered per country, currency and magnitude of the amount: ten
// minutes as it is, and up to a day while Paymentwall does not answer. It may show a method that is gone, or does not carry just this
// amount, whose page then says so; no list sells nothing at all, and a question for every price would make every cart wait.

export interface CatalogRules extends SigningRules {
  readonly test: boolean
  /** Short codes of the methods that can carry an order that renews. */
  readonly renewingMethods: readonly string[]
  /** Given: nothing is asked. */
  readonly methods: readonly ListedMethod[] | undefined
  /** When the page on which Paymentwall lets the buyer choose is offered as a method of its own. */
  readonly allMethods: 'fallback' | 'always' | 'never'
  readonly allMethodsLabel: string
  readonly fetch: typeof fetch | undefined
  readonly now: () => Date
}

export interface ListedMethod {
  /** Paymentwall's short code, its `ps`. */
  readonly id: string
  readonly label: string
  readonly icon?: string | undefined
  /** It leaves for a window of its own: never framed. */
  readonly newWindow?: boolean | undefined
}

/** What the list of methods depends on. */
export type Offered = Pick<Sale, 'price' | 'renews'>
export type Catalog = (sale: Offered, country: string | undefined) => Promise<readonly PaymentMethod[]>

/** Methods for a sale in a country. Throws CheckoutError `provider_refused` or `provider_unreachable` where nothing stands in. */
export function catalog(rules: CatalogRules): Catalog {
  const lists = rememberedLists(rules)
  const all: ListedMethod = { id: 'all', label: rules.allMethodsLabel }
  const listed = async (sale: Offered, country: string | undefined): Promise<readonly ListedMethod[]> => {
    if (rules.methods) return rules.methods
    if (country === undefined || !countryCode.test(country)) return rules.allMethods === 'fallback' ? [all] : []
    try {
      return await lists(sale, country)
    } catch (error) {
      // A refusal is not papered over: wrong keys or settings would refuse the payment page too, only later and to the buyer.
      const refused = error instanceof CheckoutError && error.code === 'provider_refused'
      if (refused || rules.allMethods === 'never') throw error
      return rules.allMethods === 'fallback' ? [all] : []
    }
  }
  return async (sale, country) => {
    const methods = await listed(sale, country)
    const offered = rules.allMethods === 'always' ? [...methods, all] : methods
    return offered
      .filter(({ id }) => (rules.test || id !== 'test') && (!sale.renews || rules.renewingMethods.includes(id)))
      .map(offer)
  }
}

const offer = ({ id, label, icon, newWindow }: ListedMethod): PaymentMethod => ({
  id: `paymentwall:${id}`,
  label,
  ...(icon !== undefined && { icon }),
  surfaces: newWindow ? ['popup', 'redirect'] : ['iframe', 'popup', 'redirect'],
})

// The lists, remembered ---------------------------------------------------------------------------------------------------

const fresh = 10 * 60_000 // milliseconds
const stale = 24 * 60 * 60_000
const pause = 30_000 // after a failure, so that an outage does not make every buyer wait for it
const mostLists = 1_000 // countries are named by browsers, 676 at most: without a bound they could fill the memory

interface RememberedList {
  /** Country and currency, whatever the amount. */
  readonly market: string
  methods?: readonly ListedMethod[]
  readAt: number
  /** Of the last question, answered or not. */
  askedAt: number
  failure?: unknown
  asking?: Promise<void> | undefined
}

function rememberedLists(rules: CatalogRules) {
  const lists = new Map<string, RememberedList>()
  const now = (): number => rules.now().getTime()
  const usable = (list: RememberedList): boolean => list.methods !== undefined && now() - list.readAt <= stale

  async function refresh(list: RememberedList, sale: Offered, country: string): Promise<void> {
    try {
      list.methods = await askForMethods(rules, sale, country)
      list.readAt = now()
      list.failure = undefined
    } catch (error) {
      list.failure = error
    } finally {
      list.askedAt = now()
      list.asking = undefined
    }
  }

  return async (sale: Offered, country: string): Promise<readonly ListedMethod[]> => {
    const { amount = '', currency = '' } = sale.price ?? {}
    const market = `${country} ${currency}`
    const key = `${market} ${magnitudeOf(amount)}`
    const list = lists.get(key) ?? { market, readAt: 0, askedAt: Number.NEGATIVE_INFINITY }
    lists.delete(key) // and set anew: the first of the map is the one that was longest of no use
    if (lists.size >= mostLists) lists.delete(leastWorth(lists))
    lists.set(key, list)

    const age = now() - list.askedAt
    if (age >= (list.failure ? pause : fresh) || age < 0) list.asking ??= refresh(list, sale, country)
    // Nothing known for this amount: what another amount was offered in the same market is the best guess.
    const known = () =>
      usable(list) ? list : [...lists.values()].filter((each) => each.market === market && usable(each)).pop()
    // While something is known, a provider that hangs holds no buyer up; the answer is there for the next one.
    await (known() ? within(list.asking, longestWait) : list.asking)
    const { methods } = known() ?? {}
    if (methods) return methods
    throw list.failure
  }
}

/** How many digits stand before the point: few methods begin or end within a power of ten. */
const magnitudeOf = (amount: string): number => amount.replace(/\..*/, '').length

/** One that was never answered, or else the one that was longest of no use: strangers must not push out what is known in an outage. */
function leastWorth(lists: ReadonlyMap<string, RememberedList>): string {
  const [oldest = ''] = lists.keys()
  for (const [key, { methods, asking }] of lists) if (!methods && !asking) return key
  return oldest
}

/** Milliseconds for a fresh list while an older one is at hand. */
const longestWait = 1_000

async function within(asking: Promise<void> | undefined, time: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, time)
  })
  await Promise.race([asking, over])
  clearTimeout(timer)
}

// The question and its answer ---------------------------------------------------------------------------------------------

const entry = z.object({
  id: z.string().check(z.regex(/^[a-z0-9_]+$/)), // never a fixed set: the API names methods that no document does
  name: z.string().check(z.minLength(1)),
  img_url: z.optional(z.unknown()),
  new_window: z.optional(z.unknown()),
})

async function askForMethods(rules: CatalogRules, sale: Offered, country: string): Promise<ListedMethod[]> {
  const { price } = sale
  const limits = price && { currencyCode: price.currency, amount: price.amount }
  const question = new Map(Object.entries({ key: rules.projectKey, country_code: country, ...limits }))
  const url = signedAddress(rules, '/api/payment-systems/', question)
  const answer = await callProvider({ url, hosts: [url.host], ...(rules.fetch && { fetch: rules.fetch }) })
  return readMethods(answer.text, url.searchParams.values())
}

/** Reads the API's answer: a list, of which entries without id or name are left out. Throws CheckoutError for anything else. */
export function readMethods(text: string, sent: Iterable<string> = []): ListedMethod[] {
  const answer = parseJson(text)
  if (!Array.isArray(answer)) {
    if (typeof answer !== 'object' || answer === null || !('error' in answer))
      throw new CheckoutError('provider_unreachable', 'Paymentwall answered something that is no list of payment methods')
    throw new CheckoutError(
      'provider_refused',
      `Paymentwall refused to list its methods: ${quoted(answer.error, sent)} – are these the keys of this project, and is it live or in evaluation mode?`,
    )
  }
  const methods = answer.flatMap((each: unknown) => entry.safeParse(each).data ?? [])
  if (methods.length === 0 && answer.length > 0)
    throw new CheckoutError('provider_unreachable', 'Paymentwall answered a list in which no entry has an id and a name')
  const once = new Map(methods.map((method) => [method.id, method]))
  return [...once.values()].map(({ id, name, img_url: icon, new_window: newWindow }) => ({
    id,
    label: name,
    ...(typeof icon === 'string' && isWebAddress(icon) && { icon }),
    newWindow: newWindow === true,
  }))
}
