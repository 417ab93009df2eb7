/** Holds every timer that is set from now on, until `run` lets all of them pass; `restore` in the end. */
export function timers() {
  const { setTimeout, clearTimeout } = window
  const held = new Map<number, { run: () => void; delay: number }>()
  let next = 1_000_000
  window.setTimeout = ((run: (...given: unknown[]) => void, delay = 0, ...given: unknown[]) => {
    held.set(++next, { run: () => run(...given), delay })
    return next
  }) as typeof window.setTimeout
  window.clearTimeout = ((id?: number) => void (held.delete(id ?? 0) || clearTimeout(id))) as typeof window.clearTimeout
  return {
    delays: () => [...held.values()].map(({ delay }) => delay),
    run() {
      const due = [...held.values()]
      held.clear()
      for (const { run } of due) run()
    },
    restore() {
      window.setTimeout = setTimeout
      window.clearTimeout = clearTimeout
    },
  }
}
