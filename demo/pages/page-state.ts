import type { DeskState } from '../developer-desk.js'
import type { ProviderName } from '../keys.js'
import type { Product, ShopOrder } from '../orders.js'

export type Order = ShopOrder & { readonly total: string }

/** Everything the page shows. What the buyer would miss after a reload is kept in the browser. */
export interface PageState {
  readonly products: readonly Product[]
  readonly currency: string
  readonly cart: readonly string[]
  readonly email: string
  /** Being paid, or paid. */
  readonly order: Order | undefined
  /** The receipt is on show, whatever happened to the order since. */
  readonly isPaid: boolean
  /** Why no order was placed. */
  readonly problem: 'refused' | 'unreachable' | undefined
  readonly lang: 'en' | 'ar'
  readonly theme: 'system' | 'light' | 'dark'
  readonly surface: 'auto' | 'iframe' | 'popup' | 'redirect'
  readonly layout: 'list' | 'grid' | 'single'
  readonly country: string
  /** At which something goes wrong. */
  readonly provider: ProviderName
  /** Events of the button, newest first; `at` in milliseconds. Kept too: a redirect would take the first half of them away. */
  readonly heard: readonly { readonly at: number; readonly type: string; readonly detail: string }[]
  readonly desk: DeskState | undefined
  /** The server answers the panel no more: what that shows is old. */
  readonly isCutOff: boolean
  readonly shopSource: string
}

const kept = ['cart', 'email', 'lang', 'theme', 'surface', 'layout', 'country', 'provider', 'heard'] as const

export let state: PageState = {
  ...{ products: [], currency: 'USD', cart: [], email: 'ada@example.com', order: undefined, isPaid: false, problem: undefined },
  ...{ lang: 'en', theme: 'system', surface: 'auto', layout: 'list', country: 'NL' },
  ...{ provider: 'paymentwall', heard: [], desk: undefined, isCutOff: false, shopSource: '' },
}

let draw = () => {}
let due: Promise<void> | undefined
export function onChange(drawn: () => void): void {
  draw = drawn
}

/** Done when it is drawn. */
export function change(part: Partial<PageState>): Promise<void> {
  state = { ...state, ...part }
  localStorage.setItem(
    'quiet-hours',
    JSON.stringify({ ...Object.fromEntries(kept.map((key) => [key, state[key]])), order: state.order?.id }),
  )
  due ??= Promise.resolve().then(() => {
    due = undefined
    draw()
  })
  return due
}

/** The page as it was left: a redirect to a payment page ends here again. */
export async function resume(): Promise<void> {
  const { order: id, ...rest } = readKept()
  state = { ...state, ...rest }
  draw() // and not change(), which would write down that there is no order: a page left right now would have lost it
  const [{ products, currency }, order, shopSource] = await Promise.all([
    ask<Pick<PageState, 'products' | 'currency'>>('/shop/products'),
    id ? findOrder(id) : undefined,
    ask<string>('/developer/shop-source'),
  ])
  const isPaid = order !== undefined && order.state !== 'open'
  // The button would take `?checkout=` out of the address; for an order that is settled by now none is drawn.
  if (isPaid) history.replaceState(null, '', location.pathname)
  change({ products, currency, shopSource, order, isPaid })
  await read()
}

function readKept(): Partial<PageState> & { order?: never } & { order?: string } {
  try {
    return JSON.parse(localStorage.getItem('quiet-hours') ?? '{}')
  } catch {
    return {}
  }
}

const findOrder = (id: string) => ask<Order>(`/shop/orders/${id}`).catch(() => undefined)

/** Every cart that is checked out is a new sale, with a number of its own: a number is paid once. False: it was not placed. */
export async function checkOut(): Promise<boolean> {
  const { cart, email } = state
  try {
    const order = await tell<Order>('/shop/orders', { products: cart, buyer: buyerId(), email })
    await change({ order, problem: undefined, isPaid: false })
  } catch (error) {
    await change({ problem: error instanceof Refusal ? 'refused' : 'unreachable' })
  }
  void read()
  return !state.problem
}

/** The shop's word after `checkout-success`; the event alone gives nothing. */
export async function showReceipt(): Promise<void> {
  const order = state.order && (await findOrder(state.order.id))
  await change({ order, isPaid: true, cart: [] })
}

export const backToCart = () => change({ order: undefined, isPaid: false })
export const addToCart = (id: string) => change({ cart: [...state.cart, id], order: undefined, isPaid: false })
export const removeFromCart = (id: string) => change({ cart: state.cart.filter((each) => each !== id) })

/** What the shop, its ledger and the sandboxes hold now. */
export async function read(): Promise<void> {
  const desk = await ask<DeskState>('/developer/state').catch(() => undefined)
  if (state.isCutOff === !!desk) change({ isCutOff: !desk })
  if (!desk) return
  // The receipt follows its order: a refund takes the code back.
  const order = state.isPaid ? (desk.orders.find(({ id }) => id === state.order?.id) ?? state.order) : state.order
  if (JSON.stringify([desk, order]) !== JSON.stringify([state.desk, state.order])) change({ desk, order })
}

/** After something happened: at once, and again when hooks and notifications have had their time. */
export function refresh(): void {
  for (const after of [0, 400, 1000]) setTimeout(read, after)
}

/** The developer's hand: `sandbox/wipay/payments/t1/refund`, `shop-fault`, `start-over`. False: it reached nobody. */
export async function command(path: string, body: object | string = {}): Promise<boolean> {
  const isDone = await tell(`/developer/${path}`, body).then(
    () => true,
    () => false,
  )
  refresh()
  return isDone
}

/** Forgets orders, ledger and cart, and ends every trouble. */
export async function startOver(): Promise<void> {
  if (await command('start-over')) change({ cart: [], heard: [], order: undefined, isPaid: false })
}

/** Asking the same once more is in vain. */
class Refusal extends Error {}

async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(path)
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  return answer.json()
}

async function tell<T>(path: string, body: object | string): Promise<T> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await fetch(path, { method: 'POST', body: text })
  if (answer.status === 400) throw new Refusal(path)
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  return answer.json()
}

/** Stands for an account: the same person each time they come back. */
function buyerId(): string {
  const id = localStorage.getItem('quiet-hours-buyer') ?? `buyer-${crypto.randomUUID().slice(0, 8)}`
  localStorage.setItem('quiet-hours-buyer', id)
  return id
}
