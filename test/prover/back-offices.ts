import type { Plan, ProviderFault } from './plan.js'
import { keys } from './signers.js'
import type { World } from './world.js'

// The interfaces of WiPay and GStable, as far as a server of ours asks them: pages are opened, and what became of them is told.

export interface Opened {
  readonly provider: 'wipay' | 'gstable'
  readonly reference: string
  readonly checkoutId: string
  /** WiPay's order number and total; GStable's request. */
  readonly said: Readonly<Record<string, unknown>>
}

export class BackOffices {
  readonly opened = new Map<string, Opened>()
  #calls = 0

  constructor(
    readonly plan: Plan,
    readonly world: World,
    /** What became of it by now, in the provider's words. */
    readonly truthOf: (opened: Opened) => string,
  ) {}

  /** The one that was opened last for a checkout: an earlier one, whose answer was lost, no buyer has seen. */
  latestOf(checkoutId: string): Opened | undefined {
    return [...this.opened.values()].findLast((each) => each.checkoutId === checkoutId)
  }

  readonly fetch: typeof fetch = async (input, init = {}) => {
    const call = this.#calls++
    const fault = this.plan.providerFaults.find((each) => each.call === call)?.fault
    await this.world.turn()
    if (fault === 'unreachable') throw unreachable('ECONNREFUSED')
    if (fault === 'error') return new Response('<h1>Something went wrong</h1>', { status: 500 })
    const answer = this.#answer(new URL(String(input)), String(init.method ?? 'GET'), String(init.body ?? ''))
    await this.world.turn()
    if (fault !== undefined) await this.#loseAnswer(fault, init.signal ?? undefined)
    return answer
  }

  async #loseAnswer(fault: ProviderFault, signal: AbortSignal | undefined): Promise<never> {
    if (fault === 'answer-lost') throw unreachable('ECONNRESET')
    signal?.throwIfAborted()
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  }

  #answer(url: URL, method: string, body: string): Response {
    const path = url.pathname
    if (path === '/plugins/payments/request') return this.#openTransaction(new URLSearchParams(body))
    const transaction = /^\/wapi\/transactions\/([^/]+)$/.exec(path)?.[1]
    if (transaction !== undefined) return this.#transaction(decodeURIComponent(transaction))
    if (path === '/payment/v1/session/checkout/create') return this.#openSession(JSON.parse(body))
    // A payer may have signed by now, so no page is ever ended: whoever pays a page that is not wanted any more is a surplus.
    if (path === '/payment/v1/session/checkout/cancel') return Response.json({ code: 100204, message: 'paid' })
    const session = /^\/payment\/v1\/session\/([^/]+)$/.exec(path)?.[1]
    if (session !== undefined && method === 'GET') return this.#session(session)
    return new Response('not played here', { status: 500 })
  }

  #openTransaction(form: URLSearchParams): Response {
    const reference = `${this.plan.mode === 'test' ? 'SB-' : ''}12-1-${this.opened.size}-20270301`
    const checkoutId = form.get('response_url')?.split('/').at(-1) ?? ''
    const said = { orderNumber: form.get('order_id'), total: form.get('total'), currency: form.get('currency') }
    this.opened.set(reference, { provider: 'wipay', reference, checkoutId, said })
    const host = `tt${this.plan.mode === 'test' ? 'sb' : ''}.wipayfinancial.com`
    return Response.json({ url: `https://${host}/checkout?_data=1`, message: 'OK', transaction_id: reference })
  }

  #transaction(reference: string): Response {
    const opened = this.opened.get(reference)
    if (!opened) return Response.json({ message: 'Not found.' }, { status: 404 })
    const { orderNumber, total, currency } = opened.said
    const status = this.truthOf(opened)
    const data = { transaction_id: reference, order_id: orderNumber, total, currency, status, status_desc: 'Normal' }
    return Response.json({ data })
  }

  #openSession(request: { metadata: { checkoutId: string } } & Record<string, unknown>): Response {
    const reference = `ses_${this.opened.size}`
    this.opened.set(reference, { provider: 'gstable', reference, checkoutId: request.metadata.checkoutId, said: request })
    const { settlementToken, feeModel } = request
    const pages = this.plan.mode === 'test' ? 'http://127.0.0.1:9' : 'https://pay.gstable.io'
    const data = { sessionId: reference, paymentUrl: `${pages}/s/${reference}`, settlementToken, feeModel }
    return Response.json({ code: 0, data })
  }

  #session(reference: string): Response {
    const opened = this.opened.get(reference)
    if (!opened) return Response.json({ code: 100201, message: 'no such session' })
    return Response.json({ code: 0, data: sessionOf(this.plan, opened, this.truthOf(opened)) })
  }
}

/** A session as GStable tells of it; `status` in its words. */
export function sessionOf(plan: Plan, { reference, said }: Opened, status: string): Record<string, unknown> {
  const { settlementToken, feeModel, metadata } = said
  const lines = said.lineItems as { quantity: number; unitPrice: number }[]
  const amount = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0)
  return {
    ...{ sessionId: reference, status, amount, settlementToken, feeModel, metadata },
    ...(plan.mode === 'test' && { sandbox: true }),
  }
}

/** As fetch fails. */
const unreachable = (code: string): Error => new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })

export const wapiKey = (plan: Pick<Plan, 'mode'>): string => `wapi_${plan.mode}_${keys.wipay.wapiKey}_${'ab'.repeat(32)}`
