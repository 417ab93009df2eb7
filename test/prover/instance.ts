import { gstable } from 'checkout-button/providers/gstable'
import { paymentwall } from 'checkout-button/providers/paymentwall'
import { wipay } from 'checkout-button/providers/wipay'
import { CheckoutError, type CheckoutServer, createCheckout, type MerchantHooks, type Store } from 'checkout-button/server'
import { type BackOffices, wapiKey } from './back-offices.js'
import type { Plan } from './plan.js'
import { keys } from './signers.js'
import { Died, never, type Steps, stepped } from './stepped-store.js'
import type { World } from './world.js'

export const origin = 'https://shop.example'
export const base = `${origin}/checkout`

export class Unreachable extends Error {}

/** What the merchant's hooks do; given the steps of the process in which they run. */
export type Hooks = (
  steps: Steps,
  instance: number,
) => Pick<MerchantHooks, 'price' | 'fulfil' | 'revoke' | 'alert' | 'news' | 'foreign'>

interface Parts {
  readonly world: World
  readonly plan: Plan
  readonly offices: BackOffices
  readonly hooks: Hooks
  readonly committed: Parameters<typeof stepped>[2]
  /** Of this process alone, or shared with the others. */
  readonly store: Store
  /** Of this place, whatever process holds it: the steps taken so far. */
  readonly taken: { steps: number }
  /** What is to happen at the n-th step. */
  faultAt(step: number): 'die' | 'fail' | undefined
  onDeath(step: string): void
}

/** A process of the shop: it can die at any step, and then nothing that it had begun goes on. */
export class Instance {
  readonly server: CheckoutServer
  readonly store: Store
  #alive = true
  #died!: () => void
  readonly #dead = new Promise<void>((resolve) => {
    this.#died = resolve
  })

  constructor(
    readonly index: number,
    private readonly parts: Parts,
  ) {
    const { world, plan, store, hooks, committed } = parts
    const steps: Steps = {
      isAlive: () => this.#alive,
      pass: async (name) => {
        if (this.#fault(name) === 'fail') throw this.#failure()
        if (!this.#alive) return never()
        await world.turn()
        if (!this.#alive) return never()
      },
      passInside: async (name) => {
        if (!this.#alive) throw new Died()
        if (this.#fault(name) === 'fail') throw this.#failure()
        // A SQLite transaction holds the writer's lock, and waiting for that takes real time: nobody comes between.
        if (plan.store === 'memory') await world.turn()
        if (!this.#alive) throw new Died()
      },
    }
    this.store = store
    this.server = createCheckout({
      base,
      pages: [origin],
      providers: providersOf(parts),
      store: stepped(store, steps, committed),
      now: world.shopTime,
      delivery: { time: 30_000, attempts: 4 },
      ...(plan.keeps && { keep: { details: 1 } }),
      ...hooks(steps, index),
    })
  }

  get isAlive(): boolean {
    return this.#alive
  }

  #fault(name: string): 'die' | 'fail' | undefined {
    if (!this.#alive) return undefined
    const fault = this.parts.faultAt(this.parts.taken.steps++)
    if (fault === 'die') this.die(name)
    return fault
  }

  #failure = () => new CheckoutError('store_unavailable', 'the simulated store fails')

  die(step: string): void {
    this.parts.onDeath(step)
    this.#alive = false
    this.#died()
  }

  /** Over the network: who asks a dead process is told so, or hears nothing until it gives up. */
  async ask(request: Request): Promise<Response> {
    const { world } = this.parts
    await world.turn()
    if (!this.#alive) throw new Unreachable()
    const answer = await Promise.race([this.server.fetch(request), this.#dead])
    if (!answer || !this.#alive) throw new Unreachable()
    return answer
  }

  /** One round for a scheduler; ends early when the process does. */
  async work(): Promise<void> {
    await Promise.race([this.server.work({ once: true }).catch(() => {}), this.#dead])
  }

  /** Of the ledger, while the process lives. */
  async during<T>(work: Promise<T>): Promise<T> {
    const value = await Promise.race([work, this.#dead.then(() => Promise.reject(new Unreachable()))])
    if (!this.#alive) throw new Unreachable()
    return value
  }
}

function providersOf({ plan, world, offices }: Parts) {
  const { mode, wipayProof, fulfilOn, tellsPrice, tellsFirst } = plan
  const shared = { mode, now: world.shopTime, fetch: offices.fetch }
  const proof = {
    redirect: { proof: 'redirect', apiKey: keys.wipay.apiKey },
    webhook: { proof: 'webhook', webhookSecret: keys.wipay.webhookSecret },
    wapi: { proof: 'wapi', webhookSecret: keys.wipay.webhookSecret, wapi: { key: wapiKey(plan) } },
  } as const
  return [
    paymentwall({
      ...shared,
      ...keys.paymentwall,
      methods: [{ id: 'cc', label: 'Card' }],
      ...(tellsPrice && { amountParameter: 'paid_amount', currencyParameter: 'paid_in' }),
      ...(tellsFirst && { firstReferenceParameter: 'first_one' }),
    }),
    wipay({
      ...shared,
      ...proof[wipayProof],
      accountNumber: mode === 'test' ? '1234567890' : '4630081724',
      country: 'TT',
      warn: () => {},
    }),
    gstable({
      ...shared,
      ...{ apiKey: `sk_${mode}_51HqLyjWDarj`, webhookKey: keys.gstable.webhookKey, accountId: 'acc_9TqXv' },
      ...{ settlementToken: 'polygon::usdc', label: 'Stablecoins', fulfilOn },
      ...(mode === 'test' && { baseUrl: 'http://127.0.0.1:9/payment/v1' }),
    }),
  ]
}
