// A buyer's browser, as far as the core journeys need one: Playwright drives no Firefox and no WebKit but its own, so each of the two is
// driven through the standard that it speaks itself.

/** The shop's page, the hosted page in the element's frame or in the window that was opened for it, or a frame that the page has besides. */
export type Place = 'page' | 'frame' | 'popup' | 'stranger'

/** A browser that is running: every buyer has cookies and windows of their own. */
export interface Engine {
  enter(): Promise<Buyer>
  close(): Promise<void>
}

export interface Buyer {
  visit(url: string): Promise<void>
  reload(): Promise<void>
  /** Runs in the page of that place, on what stands there now; a place that is not there throws. */
  run<Result>(place: Place, code: (...given: string[]) => Result, ...given: string[]): Promise<Result>
  /** Presses and releases the mouse in the middle of what `find` answers; false where it answers nothing yet. */
  click(place: Place, find: (...given: string[]) => Element | undefined, ...given: string[]): Promise<boolean>
  press(key: 'Escape'): Promise<void>
  /** How many windows are open, the shop's own among them. */
  windows(): Promise<number>
  leave(): Promise<void>
}

/** Runs in a page: the frame that is meant. */
export const findFrame = (place: string): HTMLIFrameElement | null | undefined =>
  place === 'stranger'
    ? document.querySelector('body > iframe')
    : document.querySelector('checkout-button')?.shadowRoot?.querySelector('iframe')
