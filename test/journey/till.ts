import type { DeskState } from '../../demo/developer-desk.js'
import type { Demo } from '../../demo/server.js'

export type Product = 'rain' | 'harbour' | 'forest'

/** What stands behind the shop's counter, and behind the provider's, whichever browser the buyer has: one order, and what became of it. */
export class Till {
  order = ''

  constructor(readonly demo: Demo) {}

  /** A sale with a number of its own, as the shop's server notes it at "Check out". */
  async place(items: readonly Product[] = ['rain']): Promise<string> {
    const answer = await fetch(`${this.demo.url}/shop/orders`, {
      method: 'POST',
      headers: { origin: this.demo.url },
      body: JSON.stringify({ products: items, buyer: 'buyer-journey', email: 'ada@example.com' }),
    })
    this.order = ((await answer.json()) as { id: string }).id
    return this.order
  }

  async desk(): Promise<DeskState> {
    return (await fetch(`${this.demo.url}/developer/state`)).json() as Promise<DeskState>
  }

  async payments(order = this.order) {
    return (await this.desk()).payments.filter(({ orderId }) => orderId === order)
  }

  /** The payments of this order as the provider has them. */
  async hosted() {
    const { hosted, payments } = await this.desk()
    const own = payments.filter(({ orderId }) => orderId === this.order).map(({ reference }) => reference)
    return hosted.filter(({ ref }) => own.includes(ref))
  }

  /** How the ledger has the payments of this order. */
  readonly states = async (): Promise<string[]> => (await this.payments()).map(({ state, delivery }) => `${state} ${delivery}`)

  /** The calls of the shop's hooks for this order, oldest first. */
  readonly hooks = async (): Promise<string[]> =>
    (await this.desk()).hookCalls
      .filter(({ order }) => order === this.order)
      .map(({ hook }) => hook)
      .reverse()

  /**
   * How often a hook was started for each payment: every start takes a lease, and each lease raises the fence. The shop's diary
   * cannot tell, since it keeps one line for one delivery however often that is handed over.
   */
  readonly starts = async (): Promise<number[]> => (await this.payments()).map(({ lease }) => lease?.fence ?? 0)

  /** What the sandbox does around the next choices; what is left out goes well, and quickly. */
  readonly outcome = (change: object = {}) =>
    // A frame that goes in the moment of a click leaves the browser's driver waiting for that click's end.
    this.#tell('outcome', { processing: 300, pingbackAfter: 50, returnAfter: 300, ...change })

  /** Keeps back every pingback of the next choices until `release`: what happens in between does not depend on any clock. */
  readonly hold = (change: object = {}) => this.outcome({ pingbacksLost: 'all', ...change })

  readonly release = () => this.#tell('repeat', {})

  readonly faults = (change: object = {}) => this.#tell('faults', change)

  readonly move = async (name: string) => this.#tell(`payments/${(await this.payments())[0]?.reference}/${name}`, {})

  async #tell(path: string, body: object): Promise<void> {
    const answer = await fetch(`${this.demo.sandboxUrl}/sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
  }

  /** Our own server stops answering pages, or its hooks begin to throw. */
  async fault(fault: 'none' | 'away' | 'hooks'): Promise<void> {
    const headers = { origin: this.demo.url }
    await fetch(`${this.demo.url}/developer/shop-fault`, { method: 'POST', headers, body: fault })
  }
}
