import { CheckoutError } from '../protocol/checkout-error.js'
import { isFinal } from '../protocol/payment-state.js'
import type { ProviderAdapter } from '../providers/adapter.js'
import type { Courier } from './deliver.js'
import { record } from './ledger.js'
import type { CheckoutOptions } from './merchant.js'
import type { Checkout } from './store.js'

// For what never arrives: a notification that was lost, a buyer who did not come back. Where a provider can be asked, it is asked at the
// times that it named on opening, and sooner for a buyer who waits; its answer goes through the same transaction as a notification.

const pauseBetween = 3_000 // milliseconds between two questions about one checkout, however often its status is read
const longestAnswer = 4_000 // milliseconds that a waiting buyer's status may take
const patience = 30_000 // milliseconds for a question that nobody waits for; less than it is put off meanwhile
const atOnce = 8

export interface Inquirer {
  /** For a buyer who waits: asks now, unless it was asked a moment ago. Answers whether it was; never rejects. */
  askFor(checkout: Checkout): Promise<boolean>
  /** Asks about whatever is due. Answers how many there were. */
  round(): Promise<number>
  /** Ends the other pages of an order that was opened anew, or paid. Never rejects. */
  withdrawOthers(orderId: string, but: string): Promise<void>
}

export function createInquirer(
  { store, providers, log }: Pick<CheckoutOptions, 'store' | 'providers' | 'log'>,
  courier: Courier,
): Inquirer {
  /** Bounded: what falls out is asked once more than needed. */
  const asked = new Map<string, number>()

  const providerOf = (checkout: Checkout): ProviderAdapter | undefined =>
    providers.find(({ name }) => name === checkout.provider)

  async function ask(checkout: Checkout): Promise<void> {
    const provider = providerOf(checkout)
    if (!provider?.lookUp) return
    try {
      const events = await provider.lookUp(checkout)
      if (events.length === 0) return
      const { leases } = await record(store, provider.name, events, courier.room)
      for (const { payment, order } of leases) courier.deliver(payment, order)
    } catch (error) {
      const code = error instanceof CheckoutError ? error.code : 'unexpected'
      log?.warn({ provider: provider.name, checkoutId: checkout.id, code }, 'the outcome of a checkout could not be asked')
    }
  }

  const isSettled = async ({ id }: Checkout): Promise<boolean> =>
    (await store.paymentsOf(id)).some(({ state }) => isFinal(state))

  /** Asks, and puts down when to ask again; after the last time without an outcome a person is told, since money may be involved. */
  async function askAsDue(checkout: Checkout): Promise<void> {
    if (!(await isSettled(checkout))) await within(patience, ask(checkout))
    const settled = await isSettled(checkout)
    await store.transaction(async (tx) => {
      const { askAt: _, ...row } = (await tx.checkout(checkout.provider, { id: checkout.id })) ?? checkout
      const next = settled ? undefined : row.page?.askAt?.find((at) => at.getTime() > tx.now)
      await tx.saveCheckout({ ...row, ...(next && { askAt: next.getTime() }) })
      if (settled || next) return
      await tx.notice({
        ...{
          id: `unconfirmed:${row.id}`,
          kind: 'unconfirmed',
          provider: row.provider,
          checkoutId: row.id,
          orderId: row.orderId,
        },
        ...{ reason: "its outcome was never heard: look the order up in the provider's dashboard", details: {} },
      })
    })
  }

  return {
    async askFor(checkout) {
      const now = performance.now()
      if (!providerOf(checkout)?.lookUp || now - (asked.get(checkout.id) ?? -pauseBetween) < pauseBetween) return false
      asked.delete(checkout.id)
      asked.set(checkout.id, now)
      for (const [oldest] of asked) if (asked.size > 10_000) asked.delete(oldest)
      await within(longestAnswer, ask(checkout))
      return true
    },
    async round() {
      const due = await store.claimQuestions(atOnce)
      await Promise.all(due.map(askAsDue))
      return due.length
    },
    async withdrawOthers(orderId, but) {
      if (!providers.some(({ withdraw }) => withdraw)) return
      for (const checkout of await store.openCheckouts(orderId).catch(() => [])) {
        const provider = providerOf(checkout)
        if (checkout.id === but || !provider?.withdraw) continue
        if (await isSettled(checkout).catch(() => true)) continue
        try {
          await provider.withdraw(checkout)
        } catch (error) {
          const code = error instanceof CheckoutError ? error.code : 'unexpected'
          const fields = { provider: provider.name, checkoutId: checkout.id, code }
          log?.info(fields, 'an older page could not be withdrawn; it ends by itself')
        }
      }
    },
  }
}

/** Waits for no longer than that; what comes later is still recorded. */
function within(time: number, answer: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, time)
  })
  return Promise.race([answer, over]).finally(() => clearTimeout(timer))
}
