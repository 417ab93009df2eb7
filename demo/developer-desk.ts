import { readFile } from 'node:fs/promises'
import type { Faults, SandboxPayment, SandboxSession, WipaySandboxPayment } from 'checkout-button/sandbox'
import type { CheckoutServer, EventRecord, Notice, Payment } from 'checkout-button/server'
import { keys, type ProviderName } from './keys.js'
import { type HookCall, type Orders, type ShopOrder, totalOf } from './orders.js'

const shopSource = new URL('./shop.ts', import.meta.url)

interface DeskOptions {
  readonly sandboxes: Readonly<Record<ProviderName, string>>
  readonly currency: string
  readonly shop: () => { readonly checkout: CheckoutServer; readonly orders: Orders }
  readonly startOver: () => Promise<void>
}

/** Faults of our own side: the page gets nothing from the checkout server, or the hooks throw. */
const shopFaults = ['none', 'away', 'hooks'] as const
export type ShopFault = (typeof shopFaults)[number]

/** What a pretend provider knows of a payment. Each has more of its own, and the others call their pingbacks webhooks. */
export interface HostedPayment {
  readonly provider: ProviderName
  readonly ref: string
  readonly moves: readonly string[]
  readonly pingbacks: readonly { readonly taken: boolean; readonly sends: number }[]
}

export interface SandboxState {
  /** Names and values are the provider's own. */
  readonly outcome: Readonly<Record<string, unknown>>
  readonly faults: Faults
}

/** What the panel shows: the shop's own orders, what the ledger holds, and what the pretend providers know. */
export interface DeskState {
  readonly currency: string
  readonly orders: readonly (ShopOrder & { readonly total: string })[]
  readonly hookCalls: readonly HookCall[]
  readonly payments: readonly Payment[]
  readonly events: readonly EventRecord[]
  readonly notices: readonly Notice[]
  readonly hosted: readonly HostedPayment[]
  readonly sandboxes: Readonly<Record<ProviderName, SandboxState>>
  readonly shopFault: ShopFault
}

/** What the developer panel reads and switches. A real shop has nothing like it. */
export function createDeveloperDesk({ sandboxes, currency, shop, startOver }: DeskOptions) {
  let shopFault: ShopFault = 'none'

  const sandbox = async <T>(provider: ProviderName, path: string, init?: RequestInit): Promise<T> => {
    const answer = await fetch(`${sandboxes[provider]}/sandbox/${path}`, init)
    return answer.json() as Promise<T>
  }

  async function readSandbox(provider: ProviderName) {
    const [payments, outcome, faults] = await Promise.all([
      sandbox<(SandboxPayment | WipaySandboxPayment | SandboxSession)[]>(provider, 'payments'),
      sandbox<SandboxState['outcome']>(provider, 'outcome'),
      sandbox<Faults>(provider, 'faults'),
    ])
    return { provider, hosted: payments.map((payment) => hostedPayment(provider, payment)), state: { outcome, faults } }
  }

  async function read(): Promise<DeskState> {
    const { checkout, orders } = shop()
    const [payments, events, notices, ...states] = await Promise.all([
      checkout.ledger.payments({ limit: 60 }),
      checkout.ledger.events({ limit: 80 }),
      checkout.ledger.notices({ limit: 30 }),
      ...providers.map(readSandbox),
    ])
    const placed = orders.latest().map((order) => ({ ...order, total: totalOf(order) }))
    return {
      ...{ currency, orders: placed, hookCalls: orders.hookCalls(), payments, events, notices, shopFault },
      hosted: states.flatMap(({ hosted }) => hosted),
      sandboxes: Object.fromEntries(states.map(({ provider, state }) => [provider, state])) as DeskState['sandboxes'],
    }
  }

  async function change(path: string, body: string): Promise<unknown> {
    if (path === 'start-over') {
      const orders = providers.flatMap((provider) => [sandbox(provider, 'outcome', calm), sandbox(provider, 'faults', calm)])
      await Promise.all([...orders, change('shop-fault', 'none')])
      return startOver()
    }
    if (path === 'shop-fault') {
      shopFault = shopFaults.find((fault) => fault === body) ?? 'none'
      shop().orders.fail(shopFault === 'hooks')
      return shopFault
    }
    // A sandbox takes orders from programs and from its own page, so the panel's are handed on by the shop.
    const [, name, order = ''] = /^sandbox\/([a-z]+)\/(.+)$/.exec(path) ?? []
    const provider = providers.find((each) => each === name)
    if (provider) return sandbox(provider, order, { method: 'POST', body })
    throw new Error(`there is no ${path}`)
  }

  return {
    /** Notifications and buyers on their way back still arrive. */
    isAway: (path: string) => shopFault === 'away' && !/^\/checkout\/(notify|return)\//.test(path),
    async answer(request: Request): Promise<Response> {
      const url = new URL(request.url)
      const path = url.pathname.slice('/developer/'.length)
      try {
        if (request.method === 'GET' && path === 'state') return json(await read())
        if (request.method === 'GET' && path === 'shop-source') return json(await readFile(shopSource, 'utf8'))
        if (request.method === 'POST' && request.headers.get('origin') === url.origin)
          return json((await change(path, await request.text())) ?? null)
      } catch (error) {
        return json({ error: error instanceof Error ? error.message : 'It failed.' }, 500)
      }
      return json({ error: 'There is nothing here.' }, 404)
    },
  }
}

const providers = Object.keys(keys) as ProviderName[]
/** Of outcome and faults: what is not named goes well. */
const calm = { method: 'POST', body: '{}' }

function hostedPayment(provider: ProviderName, payment: SandboxPayment | WipaySandboxPayment | SandboxSession): HostedPayment {
  const { ref, moves } = payment
  const sent = 'pingbacks' in payment ? payment.pingbacks : payment.webhooks
  return { provider, ref, moves, pingbacks: sent.map(({ taken, sends }) => ({ taken, sends })) }
}

const json = (value: unknown, status = 200) => Response.json(value, { status, headers: { 'cache-control': 'no-store' } })
