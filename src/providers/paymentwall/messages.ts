import * as z from 'zod/mini'
import type { WindowSignal } from '../../protocol/window-signal.js'

// Paymentwall's client-side callback: the page posts a JSON text with `event` and sometimes `data` to the window that frames
// it. Only when switched on for the project, so everything works without. There is no event for failure, cancel or close.

const message = z.object({ event: z.string(), data: z.optional(z.unknown()) })
// The width is said too; the frame is as wide as it can be anyway.
const size = z.object({ height: z.string().check(z.regex(/^\d{1,5}px$/)) })

// `paymentSuccess` is a hint like the rest: the buyer owns this browser, so it only makes us ask the server.
const kinds = new Map<string | undefined, 'loaded' | 'busy' | 'idle' | 'finished'>([
  ['widgetLoaded', 'loaded'],
  ['paymentProcessingStart', 'busy'],
  ['paymentProcessingEnd', 'idle'],
  ['paymentSuccess', 'finished'],
])

const longest = 64 * 1024 // characters

/** Source and origin are checked before this is asked (window/signals.ts); here only the shape. Never throws. */
export function readPaymentwallMessage(data: unknown): WindowSignal | undefined {
  const read = message.safeParse(typeof data === 'string' ? parse(data) : data).data
  if (read?.event === 'widgetSizeChanged') return resize(read.data)
  const kind = kinds.get(read?.event)
  return kind && { kind }
}

function resize(data: unknown): WindowSignal | undefined {
  const read = size.safeParse(data).data
  return read && { kind: 'resize', height: Number.parseInt(read.height, 10) }
}

function parse(text: string): unknown {
  if (text.length > longest) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
