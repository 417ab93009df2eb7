/**
 * What a hosted page may report to the window that shows it. Only hints: they hasten a question to the server, size the frame,
 * or make closing ask first. The height is in whole CSS pixels.
 */
export interface WindowSignal {
  readonly kind: 'loaded' | 'busy' | 'idle' | 'finished' | 'resize'
  readonly height?: number
}

/** Reads the data of one window message; undefined for anything that this provider's page does not say. Never throws. */
export type MessageReader = (data: unknown) => WindowSignal | undefined
