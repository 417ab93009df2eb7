import type { SurfaceKind } from '../protocol/requests.js'
import type { WindowSignal } from '../protocol/window-signal.js'
import { openIframe } from './iframe.js'
import { openPopup } from './popup.js'
import { openRedirect } from './redirect.js'

/** A place where a hosted page is shown. Whoever opens one calls `close` in the end; closing twice is harmless. */
export interface Surface {
  readonly kind: SurfaceKind
  /** The window that the hosted page lives in at this moment. A function, since a frame gets a new one when it is moved. */
  window(): Window | null
  /**
   * Leads to the hosted page, which ends at `closesAt` where that is known. The listener for its messages must stand before: the first
   * message may come at once (T-68).
   */
  show(url: string, closesAt?: string): void
  /** What the page reported: its size, that it is there, that closing should ask first. */
  heed?(signal: WindowSignal): void
  focus?(): void
  /** The element was moved within the document, and the browser tore down what stood inside it. */
  restore?(): void
  close(): void
}

/** What the buyer reads around the page; `host` with `{host}` in it. Handed in, since this room knows no language. */
export type SurfaceWords = Readonly<
  Record<'lang' | 'title' | 'price' | 'opening' | 'page' | 'close' | 'newWindow' | 'host' | 'silent' | 'busy' | 'keep', string>
> & { readonly dir: 'ltr' | 'rtl' }

export interface SurfaceOptions {
  /** The element's shadow root: the dialog stands there, under the element's own style sheet. */
  readonly root: ShadowRoot
  readonly words: SurfaceWords
  /** Says until when the page is open. */
  until(closesAt: string): string
  /**
   * Closed by the buyer, or so it seems: a popup cut off by an opener policy reads as closed too (T-70). `early`: sooner than a buyer
   * would, as blockers do it; `busy`: in the middle of a payment, which may go through all the same.
   */
  onClose(how?: 'early' | 'busy'): void
  /** The buyer asked, by a click, for a window of its own. */
  onNewWindow(): void
}

const narrow = 600

/**
 * Where a method's page is shown: where the page asked for, if the method can; else the method's own first choice. On a narrow screen
 * the whole page is better than a dialog of its size, and a page that is framed itself opens a window: payment pages refuse to stand
 * in a frame of a frame.
 */
export function chooseSurface(possible: readonly SurfaceKind[], wanted: SurfaceKind | 'auto'): SurfaceKind {
  const preferred = wanted !== 'auto' ? wanted : window.top !== window ? 'popup' : innerWidth < narrow ? 'redirect' : undefined
  return possible.find((kind) => kind === preferred) ?? possible[0] ?? 'redirect'
}

/** Never our own origin in the frame: with scripts and same origin allowed it could take its sandbox off (T-73). */
export const mayFrame = (url: string): boolean => new URL(url).origin !== location.origin

/**
 * Opens a surface, still blank. Must run inside the click, since a browser lets a page open a window only there (T-69). Undefined:
 * the browser refused.
 */
export function openSurface(kind: SurfaceKind, options: SurfaceOptions): Surface | undefined {
  if (kind === 'popup') return openPopup(options)
  return kind === 'iframe' ? openIframe(options) : openRedirect()
}
