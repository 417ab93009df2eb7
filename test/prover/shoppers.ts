import { origin } from './kill-shop.js'
import type { Random } from './random.js'

// Buyers who come all the time, pay on the providers' pages, sometimes twice for one order, and sometimes get their money back. They
// try again when the shop is down, as an element and a person do.

const methods = { paymentwall: 'paymentwall:test', wipay: 'wipay:card', gstable: 'gstable:stablecoins' } as const
type Name = keyof typeof methods
const atOnce = 5

export class Shoppers {
  /** Made at the providers. */
  readonly payments = new Set<string>()
  #isOver = false
  #orders = 0
  readonly #all: Promise<void>[] = []

  constructor(
    private readonly base: string,
    private readonly sandboxes: Readonly<Record<Name, string>>,
    private readonly random: Random,
  ) {}

  begin(): void {
    for (let index = 0; index < atOnce; index++) this.#all.push(this.#shop(this.random.fork(`shopper ${index}`)))
  }

  /** Nobody new comes; resolves when the last has gone. */
  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#all)
  }

  async #shop(random: Random): Promise<void> {
    await this.#outcomes()
    while (!this.#isOver) {
      const order = `order-${this.#orders++}`
      const names = random.chance(0.2) ? [random.pick(kinds), random.pick(kinds)] : [random.pick(kinds)]
      // Both pages are open before either is paid.
      const pages = await Promise.all(names.map(async (name) => ({ name, url: await this.#open(order, name) })))
      await Promise.all(pages.map(({ name, url }) => url && this.#pay(name, url, random)))
      await new Promise((resolve) => setTimeout(resolve, random.below(60)))
    }
  }

  /** Everything at once, and some of it twice. */
  async #outcomes(): Promise<void> {
    const after = { paymentwall: 'pingbackAfter', wipay: 'webhookAfter', gstable: 'webhookAfter' }
    for (const name of kinds) {
      const body = JSON.stringify({
        processing: 0,
        [after[name]]: 0,
        copies: 2,
        ...(name === 'gstable' && { settlesAfter: 50 }),
      })
      await fetch(`${this.sandboxes[name]}/sandbox/outcome`, { method: 'POST', body })
    }
  }

  async #open(order: string, name: Name): Promise<string | undefined> {
    const attempt = crypto.randomUUID()
    const page = `${origin}/cart?${attempt}` // each its own: who comes back to the same one is shown the page that they left
    const asked = { order, attempt, method: methods[name], surface: 'redirect', page }
    for (let tries = 0; tries < 200; tries++) {
      try {
        const headers = { origin, 'content-type': 'application/json' }
        const signal = AbortSignal.timeout(20_000)
        const answer = await fetch(`${this.base}/checkouts`, { method: 'POST', headers, body: JSON.stringify(asked), signal })
        const said = (await answer.json()) as { url?: string; error?: string }
        if (said.url !== undefined) return said.url
        if (answer.status < 500) return undefined // paid by now
      } catch {
        // The shop is down.
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return undefined
  }

  async #pay(name: Name, url: string, random: Random): Promise<void> {
    const choose = (choice: string) =>
      fetch(url, {
        method: 'POST',
        // A machine that is busy answers late: a connection that is kept may be closed just when it is used again, and nobody pays twice.
        headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', connection: 'close' },
        body: new URLSearchParams({ choice, method: 'test' }),
      })
    const isReviewed = name === 'paymentwall' && random.chance(0.1)
    const answer = await choose(isReviewed ? 'review' : 'pay')
    if (!answer.ok) throw new Error(`${name} takes no payment: ${answer.status} ${await answer.text()}`)
    const said = (await answer.json()) as { ref?: string; payment?: { ref: string } }
    const ref = said.payment?.ref ?? said.ref
    this.payments.add(`${name} ${ref ?? url}`)
    if (ref === undefined) return
    await new Promise((resolve) => setTimeout(resolve, random.below(150)))
    const move = isReviewed ? random.pick(['accept', 'decline']) : random.chance(0.2) ? 'refund' : undefined
    const headers = { connection: 'close' }
    if (move) await fetch(`${this.sandboxes[name]}/sandbox/payments/${ref}/${move}`, { method: 'POST', headers })
  }
}

const kinds = Object.keys(methods) as Name[]
