import { returned, returnedMessage } from '../protocol/requests.js'
import type { MessageReader, WindowSignal } from '../protocol/window-signal.js'

// Any window may post a message to any other: every frame of the page, every tab that opened it, every extension. So each
// message is asked three questions, and the data is read last:
//
//   1. Source: is it the window that we opened, now? Otherwise another frame of the same provider, or yesterday's popup, could
//      drive this checkout (T-63).
//   2. Origin: is it exactly one that the server named for this checkout? Compared whole: anything with endsWith or a pattern
//      lets `https://api.paymentwall.com.evil.example` in (T-62).
//   3. Shape: does this provider's reader know it? Everything else is passed over without a word: noise is normal (T-64).
//
// Two speakers remain: the provider's page, read by its reader, and our own return page, on the server's origin. The frame may
// wander through a bank's pages in between: same window, other origin, not heard.
//
// And whatever is heard only hastens a question to the server. The buyer owns this browser and can forge all of it; a forged
// message costs one request, a lost one some seconds, and neither ever shows "paid" (T-65).

/** `claims`: our return page says, without proof, that the payment failed. */
export type Heard = WindowSignal | { readonly kind: 'returned'; readonly claims: boolean }

export interface Hearing {
  readonly id: string
  /** The window opened for this checkout; asked at every message, since it may change. */
  source(): Window | null | undefined
  /** Exact origins of the provider's page. */
  readonly speaksFrom: readonly string[]
  readonly read: MessageReader | undefined
  /** Our server's origin: its return page speaks from there. */
  readonly home: string
}

// A page that floods is read this often a second and no more: what is dropped was only a hint, and polling goes on.
const readAtMost = 50

/** Hears the hosted page until the closer is called. Never throws into the page. */
export function listen(hearing: Hearing, hear: (heard: Heard) => void): () => void {
  let since = 0
  let read = 0

  const onMessage = ({ source, origin, data, timeStamp }: MessageEvent) => {
    if (!source || source !== hearing.source()) return
    const isHome = origin === hearing.home
    const isProviders = hearing.speaksFrom.includes(origin)
    if (!isHome && !isProviders) return
    if (timeStamp > since + 1000) {
      since = timeStamp
      read = 0
    }
    if (++read > readAtMost) return
    tell((isHome && readReturned(data)) || (isProviders && hearing.read?.(data)))
  }

  const tell = (heard: Heard | false | undefined) => heard && hear(heard)

  const readReturned = (data: unknown): Heard | undefined => {
    const said = returned.safeParse(data).data
    return said?.id === hearing.id ? { kind: 'returned', claims: said.claims === 'failed' } : undefined
  }

  addEventListener('message', onMessage)
  // The same word from a return page that lost its opener. Only pages of our own origin reach this channel.
  let channel: BroadcastChannel | undefined
  try {
    channel = new BroadcastChannel(returnedMessage)
    channel.onmessage = ({ data }) => tell(readReturned(data))
  } catch {
    // Unknown to older browsers, and forbidden by some that forbid storage: the server is asked all the same (T-78).
  }
  return () => {
    removeEventListener('message', onMessage)
    channel?.close()
  }
}
