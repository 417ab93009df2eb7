// One checkout at a time per page (T-76): two payment windows for one buyer end in two payments. This is the one thing that all
// buttons of a page share, so it stands in the module.

let holder: object | undefined
const watchers = new Set<() => void>()

/** It is this one's turn, unless it is another's. */
export function takeTurn(who: object): void {
  if (holder === undefined) pass(who)
}

export function giveTurn(who: object): void {
  if (holder === who) pass(undefined)
}

/** Whether another checkout runs on this page. */
export const isOthersTurn = (who: object): boolean => holder !== undefined && holder !== who

/** Tells of every change until the closer is called. */
export function watchTurn(onChange: () => void): () => void {
  watchers.add(onChange)
  return () => watchers.delete(onChange)
}

function pass(to: object | undefined) {
  holder = to
  for (const tell of watchers) tell()
}
