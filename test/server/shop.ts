import type { PaymentEvent } from '../../src/providers/adapter.js'
import { type CheckoutOptions, type CheckoutServer, createCheckout, type Delivery, type Order } from '../../src/server/index.js'
import type { Deliverer } from '../../src/server/ledger.js'
import type { Notice, Store } from '../../src/server/store.js'
import { memory } from '../../src/stores/memory.js'
import { pretend } from './pretend-provider.js'

export const origin = 'https://shop.example'
export const base = `${origin}/checkout`

export interface Shop {
  readonly checkout: CheckoutServer
  readonly store: Store
  /** The clock of the store and the server, unless they were given their own. */
  readonly clock: { at: number }
  /** What the hooks did, in order: `fulfil tx1`, `revoke tx1`. */
  readonly done: string[]
  readonly deliveries: Delivery[]
  readonly notices: Notice[]
  readonly news: Notice[]
  /** Every line that was logged, as text. */
  readonly lines: string[]
  get(path: string, headers?: Record<string, string>): Promise<Response>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  /** Asks for a checkout as the element does. */
  ask(order?: string, attempt?: string, change?: object): Promise<Response>
  /** Posts a form as a browser without script does. */
  submit(fields: Readonly<Record<string, string>> | string, headers?: Record<string, string>): Promise<Response>
  /** Opens a checkout as the element does, and answers its id. */
  open(order?: string, attempt?: string, change?: object): Promise<string>
  /** One notification of the pretend provider with all these events. */
  notify(...events: PaymentEvent[]): Promise<Response>
  notifyBy(provider: string, ...events: PaymentEvent[]): Promise<Response>
  status(id: string): Promise<{ state: string; delivered: boolean }>
  /** Until nothing is running or due any more, unless it was put off. */
  settled(): Promise<void>
  /** Lets time pass until nothing is put off either: a failed delivery is tried again until it is stuck. */
  exhausted(): Promise<void>
}

export const order = (id: string, change: Partial<Order> = {}): Order => ({
  ...{ id, title: 'Gold', price: { amount: '19.90', currency: 'USD' }, buyer: { id: 'u1', email: 'u1@example.com' } },
  ...change,
})

/** A shop whose orders are what their name says, with hooks that keep a diary. */
export function createShop(change: Partial<CheckoutOptions> = {}): Shop {
  const [done, lines, deliveries]: [string[], string[], Delivery[]] = [[], [], []]
  const [notices, news]: [Notice[], Notice[]] = [[], []]
  const clock = { at: Date.UTC(2026, 0, 1) }
  const now = () => new Date(clock.at)
  const store = change.store ?? memory({ now })
  const write = (word: string) => async (delivery: Delivery) => {
    deliveries.push(delivery)
    done.push(`${word} ${delivery.reference}`)
  }
  const line = (fields: object, message: string) => void lines.push(`${JSON.stringify(fields)} ${message}`)
  const checkout = createCheckout({
    base,
    pages: [origin],
    providers: [pretend()],
    price: (name) => order(name),
    fulfil: write('fulfil'),
    revoke: write('revoke'),
    alert: (notice) => void notices.push(notice),
    news: (notice) => void news.push(notice),
    log: { info: line, warn: line, error: line },
    now,
    ...change,
    store,
  })
  const get = (path: string, headers: Record<string, string> = {}) =>
    checkout.fetch(new Request(`${base}/${path}`, { headers }))
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    checkout.fetch(
      new Request(`${base}/${path}`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    )
  const ask = (name = 'order-1', attempt: string = crypto.randomUUID(), given = {}) =>
    post('checkouts', { order: name, attempt, method: 'pretend:card', surface: 'iframe', page: `${origin}/cart`, ...given })
  const submit: Shop['submit'] = (fields, headers = {}) =>
    post('checkouts', new URLSearchParams(fields).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    })
  const notifyBy = (provider: string, ...events: PaymentEvent[]) =>
    checkout.fetch(
      new Request(`${base}/notify/${provider}`, {
        method: 'POST',
        headers: { 'x-signature': 'right' },
        body: JSON.stringify(events),
      }),
    )
  async function settled() {
    // A round may leave what became due while it ran, or what it had no room for.
    for (let rounds = 0; rounds < 3; rounds++) await checkout.work({ once: true })
  }
  return {
    ...{ checkout, store, clock, done, deliveries, notices, news, lines, get, post, ask, submit, notifyBy, settled },
    async open(...given) {
      const response = await ask(...given)
      const body = (await response.json()) as { id: string; error?: string }
      if (response.status !== 200) throw new Error(`${response.status} ${body.error}`)
      return body.id
    },
    notify: (...events) => notifyBy('pretend', ...events),
    status: async (id) => (await get(`checkouts/${id}`)).json() as Promise<{ state: string; delivered: boolean }>,
    async exhausted() {
      for (let hours = 0; hours < 60; hours++) {
        await settled()
        clock.at += 61 * 60_000
      }
    },
  }
}

/** A promise to be settled by hand: a hook that waits, a provider that answers when the test says so. */
/** Delivers nothing at once. */
export const noRoom: Deliverer = { room: () => 0, moment: () => ({ running: 0, wall: 0 }) }

export function gate<Value = void>() {
  let open!: (value: Value) => void
  let fail!: (error: unknown) => void
  const opened = new Promise<Value>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { opened, open, fail }
}
