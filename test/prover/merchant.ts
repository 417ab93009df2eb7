import type { Delivery, ForeignEvent, Notice } from 'checkout-button/server'
import type { Hooks } from './instance.js'
import type { Plan } from './plan.js'
import { never } from './stepped-store.js'
import type { World } from './world.js'

// The merchant's hooks, with the diary that the checker reads, and with everything wrong with them that the documents allow.

export interface Call {
  readonly task: 'fulfil' | 'revoke'
  readonly id: string
  /** Provider and transaction, as the provider names it. */
  readonly name: string
  readonly reference: string
  readonly orderId: string
  readonly cents: number
  readonly kind: Delivery['kind']
  /** Whether the buyer can be written to: an address may be forgotten, and not before the goods were given. */
  readonly hasAddress: boolean
  readonly startedAt: number
  readonly instance: number
  readonly isAlive: () => boolean
  /** Whether the goods were given, or taken back: what counts, whatever was answered. */
  tookEffect: boolean
  /** What it answered in time. `running` also of one whose process died. */
  answer: 'running' | 'done' | 'failed'
}

/** The shop was asked about what names a checkout that was never opened. */
export interface ForeignCall {
  readonly id: string
  readonly reference: string
  /** Its word, and the turn of the world in which it gave it: none before it has kept the event. */
  word?: { readonly isTaken: boolean; readonly at: number }
}

export class Merchant {
  readonly calls: Call[] = []
  readonly asked: ForeignCall[] = []
  readonly told: Notice[] = []
  /** As long as false, hooks fail as planned; stubborn ones until they are mended. */
  isCalm = false
  isMended = false
  #count = 0

  constructor(
    private readonly plan: Plan,
    private readonly world: World,
    /** Asked before each call. */
    private readonly onCall: (call: Call) => void,
    /** By the provider's name of the transaction. */
    private readonly isStubborn: (reference: string) => boolean,
    /** Whether it was sold before the shop moved here. */
    private readonly isTheirs: (reference: string) => boolean,
  ) {}

  /** A call that may still have its effect: the latest of them ends before two minutes are over. */
  get isBusy(): boolean {
    return this.calls.some(({ answer, isAlive, startedAt }) => {
      return answer === 'running' && isAlive() && startedAt > this.world.now - 120_000
    })
  }

  readonly hooks: Hooks = (steps, instance) => {
    const around = async (name: string, effect: () => void): Promise<void> => {
      const fault = this.isCalm ? undefined : this.plan.hookFaults.find(({ call }) => call === this.#count)?.fault
      this.#count++
      await steps.pass(`${name} before`)
      if (fault === 'throws') throw new Error('the hook fails')
      if (fault === 'throws-undefined') throw undefined
      if (fault === 'never') return never()
      const time = fault === 'late' ? 45_000 : fault === 'very-late' ? 95_000 : fault === 'slow' ? 20_000 : 0
      if (time > 0) await this.world.sleep(time)
      if (!steps.isAlive()) return never()
      effect()
      if (fault === 'fails-after') throw new Error('the hook fails after its effect')
      await steps.pass(`${name} after`)
    }
    const deliver =
      (task: Call['task']) =>
      ({ id, provider, reference, orderId, order, kind }: Delivery): Promise<void> => {
        const cents = Math.round(Number(order.price?.amount) * 100)
        const name = `${provider}:${reference}`
        const hasAddress = order.buyer.email !== undefined
        const given = { task, id, name, reference, orderId, cents, kind, hasAddress, instance, startedAt: this.world.now }
        const call: Call = { ...given, isAlive: steps.isAlive, tookEffect: false, answer: 'running' }
        this.onCall(call)
        this.calls.push(call)
        const isAtOnce = this.plan.hookFaults.some((each) => each.call === this.#count && each.fault === 'throws-at-once')
        if (isAtOnce && !this.isCalm) {
          this.#count++
          call.answer = 'failed'
          throw new Error('the hook fails before its first wait')
        }
        if (this.isStubborn(reference) && !this.isMended) {
          call.answer = 'failed'
          return Promise.reject(new Error('out of stock'))
        }
        const take = () => {
          call.tookEffect = true
        }
        return around(task, take).then(
          () => {
            call.answer = 'done'
          },
          (error) => {
            call.answer = 'failed'
            throw error
          },
        )
      }
    const foreign = async ({ id, reference }: ForeignEvent): Promise<boolean> => {
      const call: ForeignCall = { id, reference }
      this.asked.push(call)
      const isTaken = this.isTheirs(reference)
      await around('foreign', () => {})
      call.word = { isTaken, at: this.world.turns }
      return isTaken
    }
    const tell = (name: string) => async (notice: Notice) => around(name, () => this.told.push(notice))
    return {
      price: (name) => {
        const { cents, buyer, renews, trial } = this.plan.orders[Number(name.replace('order-', ''))]!
        const period = { every: 1, unit: 'month' } as const
        const priceOf = (units: number) => ({ amount: (units / 100).toFixed(2), currency: 'USD' })
        return {
          ...{ id: name, title: 'Gold', price: priceOf(cents), buyer: { id: buyer, email: `${buyer}@example.com` } },
          ...(renews && { renews: { period, ...(trial !== undefined && { trial: { period, price: priceOf(trial) } }) } }),
        }
      },
      fulfil: deliver('fulfil'),
      revoke: deliver('revoke'),
      alert: tell('alert'),
      news: tell('news'),
      ...(this.plan.hearsForeign && { foreign }),
    }
  }
}
