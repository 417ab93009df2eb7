import { readFile } from 'node:fs/promises'
import type { Faults, SandboxOutcome, SandboxPayment } from 'checkout-button/sandbox'
import type { CheckoutServer, EventRecord, Notice, Payment } from 'checkout-button/server'
import { type HookCall, type Orders, type ShopOrder, totalOf } from './orders.js'

const shopSource = new URL('./shop.ts', import.meta.url)

interface DeskOptions {
  readonly sandboxUrl: string
  readonly shop: () => { readonly checkout: CheckoutServer; readonly orders: Orders }
  readonly startOver: () => Promise<void>
}

/** Faults of our own side: the page gets nothing from the checkout server, or the hooks throw. */
const shopFaults = ['none', 'away', 'hooks'] as const
export type ShopFault = (typeof shopFaults)[number]

/** What the panel shows: the shop's own orders, what the ledger holds, and what the pretend Paymentwall knows. */
export interface DeskState {
  readonly orders: readonly (ShopOrder & { readonly total: string })[]
  readonly hookCalls: readonly HookCall[]
  readonly payments: readonly Payment[]
  readonly events: readonly EventRecord[]
  readonly notices: readonly Notice[]
  readonly hosted: readonly SandboxPayment[]
  readonly outcome: SandboxOutcome
  readonly faults: Faults
  readonly shopFault: ShopFault
}

/** What the developer panel reads and switches. A real shop has nothing like it. */
export function createDeveloperDesk({ sandboxUrl, shop, startOver }: DeskOptions) {
  let shopFault: ShopFault = 'none'

  const sandbox = async <T>(path: string, init?: RequestInit): Promise<T> => {
    const answer = await fetch(`${sandboxUrl}/sandbox/${path}`, init)
    return answer.json() as Promise<T>
  }

  async function read(): Promise<DeskState> {
    const { checkout, orders } = shop()
    const [payments, events, notices, hosted, outcome, faults] = await Promise.all([
      checkout.ledger.payments({ limit: 60 }),
      checkout.ledger.events({ limit: 80 }),
      checkout.ledger.notices({ limit: 30 }),
      sandbox<SandboxPayment[]>('payments'),
      sandbox<SandboxOutcome>('outcome'),
      sandbox<Faults>('faults'),
    ])
    const placed = orders.latest().map((order) => ({ ...order, total: totalOf(order) }))
    return { orders: placed, hookCalls: orders.hookCalls(), payments, events, notices, hosted, outcome, faults, shopFault }
  }

  async function change(path: string, body: string): Promise<unknown> {
    if (path === 'start-over') return startOver()
    if (path === 'shop-fault') {
      shopFault = shopFaults.find((fault) => fault === body) ?? 'none'
      shop().orders.fail(shopFault === 'hooks')
      return shopFault
    }
    // The sandbox takes orders from programs and from its own page, so the panel's are handed on by the shop.
    if (path.startsWith('sandbox/')) return sandbox(path.slice('sandbox/'.length), { method: 'POST', body })
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

const json = (value: unknown, status = 200) => Response.json(value, { status, headers: { 'cache-control': 'no-store' } })
