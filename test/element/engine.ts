import { emulateMedia as imitate } from '@web/test-runner-commands'

// What the drivers of the engines cannot do: in those the tests of it are left out, and not counted as passed. What concerns money in
// these files is walked through in every engine by test/engines.

const isChromium = /Chrome\//.test(navigator.userAgent)
const isFirefox = /Firefox\//.test(navigator.userAgent)
const isWebKit = !isChromium && !isFirefox

const leftOut = () => {}
const describeNot = leftOut as unknown as typeof describe
const itNot = leftOut as unknown as typeof it

/** In Firefox the runner loses its own page when one of these opens windows or is about to leave; why is not known yet. */
export const describeWithWindows = isFirefox ? describeNot : describe

/** Firefox lets `'self'` match nothing in a document without an address; the shop of the journeys has a strict policy, too. */
export const describeInOwnDocument = isFirefox ? describeNot : describe

/** Firefox's driver does not press the key that follows on Shift and Tab in the way that these expect. */
export const itWithShift = isFirefox ? itNot : it

/** WebKitGTK knows no `navigation`, by which such a test keeps its own page from leaving. */
export const itWithNavigation = 'navigation' in window ? it : itNot

/** Ten thousand of anything take WebKitGTK longer than a test may. */
export const itWithThousands = isWebKit ? itNot : it

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
