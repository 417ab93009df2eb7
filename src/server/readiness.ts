import type { Store } from './store.js'

const fresh = 1_000 // milliseconds for which an answer holds, however often it is asked: a probe must not become a load

/** Answers whether the store took a write just now. Never rejects. */
export function createReadiness(store: Store, closing: AbortSignal): () => Promise<boolean> {
  let asked = Number.NEGATIVE_INFINITY
  let answer = Promise.resolve(false)
  return async () => {
    if (performance.now() - asked >= fresh) {
      asked = performance.now()
      answer = store
        .transaction((tx) => tx.probe())
        .then(() => true)
        .catch(() => false)
    }
    return (await answer) && !closing.aborted
  }
}
