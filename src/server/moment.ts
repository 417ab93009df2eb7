// A lease ends by the clock of the wall, which somebody may set; how long it was really held, only a clock that nobody sets can tell. So
// its holder looks at both.

export interface Moment {
  /** Milliseconds of the process, `performance.now()`. */
  readonly running: number
  /** Milliseconds since 1970, as the shop's clock says. */
  readonly wall: number
}

export const momentBy = (now: () => Date): Moment => ({ running: performance.now(), wall: now().getTime() })

/**
 * Whether a lease that was taken after `since` may be over within `left` milliseconds. Whoever set the clock may have set it to and fro, and
 * somebody have taken the lease over meanwhile: what its row says, only the row can tell (T-45).
 */
export function mayBeOver(since: Moment, length: number, left: number, now: () => Date): boolean {
  const { running, wall } = momentBy(now)
  const shown = wall - since.wall
  return shown < 0 || Math.max(shown, running - since.running) > length - left
}
