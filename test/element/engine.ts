import { emulateMedia as imitate } from '@web/test-runner-commands'

// What the drivers of the engines cannot do: in those the tests of it are left out, and not counted as passed. What concerns money in
// these files is walked through in every engine by test/engines.

const isChromium = /Chrome\//.test(navigator.userAgent)
const isFirefox = /Firefox\//.test(navigator.userAgent)
const isWebKit = !isChromium && !isFirefox

const leftOut = () => {}
const itNot = leftOut as unknown as typeof it

/** The opener policies that cut a page off; the last one is not known to Firefox, which leaves the window as it is. */
export const cuttingPolicies = [...['same-origin', 'same-origin-allow-popups'], ...(isFirefox ? [] : ['noopener-allow-popups'])]

/** WebKitGTK knows no `navigation`, by which such a test keeps its own page from leaving. */
export const itWithNavigation = 'navigation' in window ? it : itNot

/** WebKit goes through all slots of a tree for each that it adds: two thousand tiles take it two seconds, ten thousand minutes. */
export const manyMethods = isWebKit ? 2_000 : 10_000

/** Whether the buyer can be made to prefer dark colours, less motion, forced colours. */
export const isMediaEmulated = isChromium

/** Where nothing can be imitated nothing was, and there is nothing to take back. */
export const emulateMedia: typeof imitate = (media) => (isMediaEmulated ? imitate(media) : Promise.resolve())

/** A test of what looks otherwise then. */
export const itWithMedia = (name: string, run: () => Promise<void>): void => {
  if (isMediaEmulated) it(name, run)
}

/** How narrow a page can be made: WebKitGTK's window has a bar of this width. */
export const narrowest = isWebKit ? 450 : 0
/** A test of a page that is so narrow. */
export const itAt = (width: number): typeof it => (width >= narrowest ? it : itNot)
