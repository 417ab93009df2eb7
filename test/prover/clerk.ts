import { CheckoutError, type EventRecord } from 'checkout-button/server'
import { type Instance, Unreachable } from './instance.js'
import type { Plan, PlannedDecision } from './plan.js'
import type { Random } from './random.js'
import type { World } from './world.js'

// A person of the shop, who looks at what was not taken as it came, decides about it, sometimes about what was decided long ago, and
// sometimes together with a colleague; who asks for a delivery anew; and who has the law's deletions made. With the diary of it.

export interface Decided {
  readonly choice: PlannedDecision['choice']
  readonly provider: string
  readonly key: string
  readonly reference: string
  /** In turns of the world. */
  readonly startedAt: number
  /** What it stands as by the ledger's answer; `unheard` where none came: then it was decided, or was not. */
  outcome: EventRecord['verdict'] | 'refused' | 'unheard'
}

type Name = Pick<Decided, 'provider' | 'key' | 'reference'>

export class Clerk {
  readonly decided: Decided[] = []
  /** The turns in which a deletion began. */
  readonly forgot: number[] = []
  /** All that ever stood in the list: a page that was printed yesterday is decided from as well. */
  readonly #listed = new Map<string, Name>()

  constructor(
    private readonly plan: Plan,
    private readonly world: World,
    private readonly random: Random,
    private readonly anybody: () => Instance,
  ) {}

  async decide({ at, choice, which, copies }: PlannedDecision): Promise<void> {
    await this.world.sleep(at)
    let names = await this.#list(choice)
    for (let patience = 0; names.length === 0 && patience < 3; patience++) {
      await this.world.sleep(500 + this.random.below(5_000))
      names = await this.#list(choice)
    }
    const name = names[Math.floor(which * names.length)]
    if (name) await Promise.all(Array.from({ length: copies }, () => this.#decideSurely(choice, name)))
  }

  async #list(choice: PlannedDecision['choice']): Promise<readonly Name[]> {
    const instance = this.anybody()
    const { ledger } = instance.server
    try {
      if (choice === 'deliver')
        return (await instance.during(ledger.payments())).map((payment) => ({
          ...payment,
          key: '',
        }))
      for (const { provider, key, reference } of await instance.during(ledger.quarantine.list()))
        this.#listed.set(`${provider} ${key}`, { provider, key, reference })
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof CheckoutError)) throw error
    }
    return [...this.#listed.values()]
  }

  /** Who hears no answer tries again. */
  async #decideSurely(choice: PlannedDecision['choice'], name: Name): Promise<void> {
    for (let tries = 0; tries < 3; tries++) {
      const decided: Decided = {
        choice,
        ...name,
        startedAt: this.world.turns,
        outcome: 'unheard',
      }
      this.decided.push(decided)
      decided.outcome = await this.#outcomeOf(choice, name)
      if (decided.outcome !== 'unheard') return
      await this.world.sleep(1_000 + this.random.below(9_000))
    }
  }

  async #outcomeOf(choice: PlannedDecision['choice'], name: Name): Promise<Decided['outcome']> {
    const instance = this.anybody()
    const { ledger } = instance.server
    const decider = { by: 'anna', reason: 'asked the buyer' }
    try {
      if (choice !== 'deliver') return await instance.during(ledger.quarantine[choice](name, decider))
      await instance.during(ledger.retry(name, decider))
      return 'taken'
    } catch (error) {
      if (error instanceof Unreachable) return 'unheard'
      if (!(error instanceof CheckoutError)) throw error
      return error.code === 'event_mismatch' ? 'refused' : 'unheard'
    }
  }

  /** Deletes what is finished: of the past alone, or whatever there is. */
  async forget({ at, isAll }: Plan['forgets'][number]): Promise<void> {
    await this.world.sleep(at)
    this.forgot.push(this.world.turns)
    const instance = this.anybody()
    try {
      await instance.during(
        instance.server.ledger.forget({
          olderThan: isAll ? endOfTime : this.world.shopTime(),
        }),
      )
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof CheckoutError)) throw error
    }
  }

  /** The option `keep` deletes by itself what a clock that was set calls a day old. */
  clockJumped(by: number): void {
    if (this.plan.keeps && Math.abs(by) >= day) this.forgot.push(this.world.turns)
  }
}

const day = 86_400_000
export const endOfTime = new Date(8.64e15)
