import type { Surface } from './surface.js'

// The way out of the page, and the way back into it.

/** Nothing to open: the page itself goes there. The floor that works in every browser (T-78). */
export const openRedirect = (): Surface => ({ kind: 'redirect', window: () => null, show: leave, close() {} })

/** Leaves the page for a web address. A page in a foreign frame leaves it by the top: payment pages refuse to be framed (T-74). */
export function leave(address: string): void {
  if (!/^https?:/.test(address)) return
  try {
    outermost().location.href = address
  } catch {
    location.href = address
  }
}

/** Where the buyer comes back to. The server takes 2048 characters. */
export const here = (): string => (location.href.length > 2048 ? location.origin + location.pathname : location.href)

function outermost(): Window {
  try {
    void window.top?.document
  } catch {
    return window.top as Window
  }
  return window
}

const remembered = (order: string) => `checkout-button ${order}`
let back: Returning | undefined

export interface Returning {
  readonly id: string
  /** Our return page sent the buyer. */
  readonly returned: boolean
  /** It said, without proof, that the payment failed. */
  readonly claims?: boolean
}

/**
 * The checkout that this page was left for: from `?checkout=`, read once and stripped (a reload must not show it again, and no
 * analytics shall see it: T-82), or from what a reload in the middle left behind. On a page
 * with several buttons the id goes to the one that remembers it; where storage is closed, to the first that asks.
 */
export function resume(order: string): Returning | undefined {
  const given = strip('=([\\w-]{16,64})')
  if (given) back = { id: given, returned: true, claims: !!strip('-claims=(failed)') }
  const own = store((storage) => storage.getItem(remembered(order))) ?? undefined
  if (back && (own === back.id || !isRemembered(back.id))) {
    const mine = back
    back = undefined
    return mine
  }
  return own ? { id: own, returned: false } : undefined
}

/** Takes our parameter out of the address, and leaves the rest as it was. */
function strip(end: string): string | undefined {
  const [all = '', before = '', value, after] = location.href.match(`([?&])checkout${end}(&|(?=#)|$)`) ?? []
  if (value)
    history.replaceState(
      history.state,
      '',
      location.href.replace(all, () => (after ? before : '')),
    )
  return value
}

const isRemembered = (id: string) => store((storage) => Object.values(storage).includes(id)) ?? false

/** Keeps the id, and nothing else, for a reload in the middle. */
export const remember = (order: string, id: string): void => void store((storage) => storage.setItem(remembered(order), id))

export const forget = (order: string): void => void store((storage) => storage.removeItem(remembered(order)))

/** Storage may be switched off, full or partitioned: then a reload forgets, and nothing else changes (T-77). */
function store<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage)
  } catch {
    return undefined
  }
}
