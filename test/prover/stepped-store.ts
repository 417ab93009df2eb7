import type { Payment, Store } from 'checkout-button/server'

// A store whose every step may be the last of its process, may fail, and waits for its turn among all that runs at the same time.

export type Work = Parameters<Store['transaction']>[0]
export type Transaction = Parameters<Work>[0]

export interface Steps {
  /** Waits for its turn; never answers when the process is dead, or dies here; throws where this step is to fail. */
  pass(name: string): Promise<void>
  /** The same inside a transaction: there a death throws, so that what was begun is taken back, as a database does. */
  passInside(name: string): Promise<void>
  isAlive(): boolean
}

/** A promise of its own each time: one for all would hold what waits for it, and so every dead process, for ever. */
export const never = (): Promise<never> => new Promise(() => {})
/** The process is gone; what it had begun is rolled back. */
export class Died extends Error {}

/** `committed` hears of each payment that was written for good. */
export function stepped(store: Store, steps: Steps, committed: (payment: Payment) => void): Store {
  const around =
    <Given extends unknown[], Value>(name: string, call: (...given: Given) => Promise<Value>) =>
    async (...given: Given): Promise<Value> => {
      await steps.pass(`${name} before`)
      const value = await call(...given)
      await steps.pass(`${name} after`)
      return value
    }

  const inside = (tx: Transaction, saved: Map<string, Payment>): Transaction =>
    new Proxy(tx, {
      get(target, name) {
        const value = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        return async (...given: unknown[]) => {
          await steps.passInside(`tx.${String(name)} before`)
          const answer = await value.apply(target, given)
          await steps.passInside(`tx.${String(name)} after`)
          // What is written twice in one transaction is committed once.
          const { provider, reference } = given[0] as Payment
          if (name === 'savePayment') saved.set(`${provider}:${reference}`, given[0] as Payment)
          return answer
        }
      },
    })

  async function transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    await steps.pass('transaction before')
    let saved = new Map<string, Payment>()
    let value: T
    try {
      value = await store.transaction((tx) => {
        saved = new Map() // it may run again from its start
        if (!steps.isAlive()) throw new Died()
        return work(inside(tx, saved))
      })
    } catch (error) {
      if (!steps.isAlive()) return never()
      throw error
    }
    for (const payment of saved.values()) committed(payment)
    await steps.pass('transaction after')
    return value
  }

  const replacePayment: Store['replacePayment'] = async (before, change) => {
    await steps.pass('replacePayment before')
    let after: Payment | undefined
    const isReplaced = await store.replacePayment(before, (now) => {
      after = change(now)
      return after
    })
    if (isReplaced && after) committed(after)
    await steps.pass('replacePayment after')
    return isReplaced
  }

  return {
    ready: () => store.ready(),
    transaction,
    replacePayment,
    close: () => store.close(),
    ...Object.fromEntries(
      (Object.keys(store) as (keyof Store)[])
        .filter((name) => !['ready', 'transaction', 'replacePayment', 'close'].includes(name))
        .map((name) => {
          const call = (store[name] as (...given: unknown[]) => Promise<unknown>).bind(store)
          return [name, around(name, call)]
        }),
    ),
  } as Store
}
