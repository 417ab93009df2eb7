/** The answer, or undefined where it takes longer than that many milliseconds: then it goes on, and nobody waits for it. */
export function within<T>(answer: Promise<T>, time: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, time, undefined)
  })
  return Promise.race([answer, over]).finally(() => clearTimeout(timer))
}

/** Calls a hook of the merchant's. Rejects where it takes longer than that many milliseconds, and tells the hook so by its signal. */
export async function withTime<T>(hook: (signal: AbortSignal) => T | Promise<T>, time: number): Promise<T> {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`the hook took longer than ${time} ms`)
      controller.abort(error)
      reject(error)
    }, time)
  })
  try {
    return await Promise.race([hook(controller.signal), over])
  } finally {
    clearTimeout(timer)
  }
}
