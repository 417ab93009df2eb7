import { english, type Labels } from '../../src/element/labels.js'
import type { SurfaceKind } from '../../src/protocol/requests.js'

// What browsers, networks, opener policies and pages do to a window or a frame, and what becomes of it. Held by opener-policies.spec.ts and
// window-faults.spec.ts, each row in a real browser, and written into the element's README by `npm run docs`: one list, so neither can
// promise what the other does not keep.

export const policies = [null, 'same-origin', 'same-origin-allow-popups', 'noopener-allow-popups'] as const
export type Policy = (typeof policies)[number]

/** How a payment ends on a surface, seen by the buyer. The opener policies are those of the shop's page and of the payment page. */
export function endingOf(surface: SurfaceKind, shop: Policy, provider: Policy): string {
  if (surface !== 'popup') return 'paid'
  const isCutOff = shop === 'same-origin' || provider !== null
  return isCutOff ? 'paid, and the window leads back to the shop' : 'paid, and the window closes'
}

/** A button of the element, by its words, or what a buyer can use besides. */
type Offered = keyof Labels | 'methods' | 'the payment page' | 'the payment page, in this tab'

export interface Fault {
  readonly id: `T-${number}`
  readonly surface: SurfaceKind
  /** The sentence that stands there until the buyer goes on, if one is needed. */
  readonly says?: keyof Labels
  /** All of these can be used within ten seconds. */
  readonly offers: readonly Offered[]
  /** Whether the element hears the whole story: a page that was left hears only how it ended. */
  readonly heard: 'all' | 'end' | 'twice'
}

const inDialog = { surface: 'iframe', offers: ['newWindow', 'close'], heard: 'all' } as const
const inThisTab = { says: 'blocked', offers: ['the payment page, in this tab'], heard: 'end' } as const
const inWindow = {
  surface: 'popup',
  says: 'paying',
  offers: ['showWindow', 'check', 'here', 'startAgain'],
  heard: 'all',
} as const
const closed = { ...inWindow, says: 'astray' } as const

export const faults = {
  'the payment page refuses frames by `X-Frame-Options`': { id: 'T-72', ...inDialog },
  'the payment page refuses frames by `frame-ancestors`': { id: 'T-72', ...inDialog },
  "the shop's own `frame-src` forbids it": { id: 'T-72', ...inDialog },
  'the payment page never answers': { id: 'T-72', ...inDialog, says: 'silent' },
  'the connection to the payment page is cut': { id: 'T-72', ...inDialog },
  'a browser without dialogs': { id: 'T-78', surface: 'iframe', ...inThisTab },
  '`navigator.onLine` is wrong': { id: 'T-78', surface: 'iframe', offers: ['the payment page'], heard: 'all' },
  'a framework moves the element': { id: 'T-80', ...inDialog, offers: ['newWindow', 'close', 'the payment page'] },
  'the element is moved by `moveBefore`': { id: 'T-80', ...inDialog, offers: ['newWindow', 'close', 'the payment page'] },
  'the element is removed, and comes back': {
    ...{ id: 'T-80', surface: 'iframe', says: 'resumed', offers: ['check', 'startAgain'], heard: 'twice' },
  },
  'the network goes, and the buyer closes the dialog': {
    ...{ id: 'T-81', surface: 'iframe', says: 'unanswered', offers: ['check', 'startAgain'], heard: 'twice' },
  },
  '`window.open` answers null': { id: 'T-69', surface: 'popup', ...inThisTab },
  '`window.open` throws': { id: 'T-78', surface: 'popup', ...inThisTab },
  'a sandbox forbids windows': { id: 'T-69', surface: 'popup', ...inThisTab },
  '`window.open` takes the page itself': { id: 'T-78', surface: 'popup', ...inThisTab },
  '`window.open` answers a window that is closed': { id: 'T-78', surface: 'popup', ...inThisTab },
  'something closes the window while the server is asked': { id: 'T-78', surface: 'popup', ...inThisTab },
  '`window.open` answers a window that shows nothing': { id: 'T-78', ...inWindow, heard: 'end' },
  'another page takes the place of the payment page': { id: 'T-78', ...inWindow, heard: 'end' },
  'the buyer closes the window, and opens it again': { id: 'T-70', ...closed },
  'the buyer closes the window, and pays on the page': { id: 'T-70', ...closed, heard: 'end' },
  'a window cut off, in a browser without `BroadcastChannel`': { id: 'T-70', ...closed },
  "the shop's server is away when the window closes": {
    ...{ id: 'T-81', surface: 'popup', says: 'unanswered', offers: ['check', 'startAgain'], heard: 'all' },
  },
  'the tab is reloaded, as after it was discarded': {
    ...{ id: 'T-77', surface: 'popup', says: 'resumed', offers: ['check', 'startAgain'], heard: 'end' },
  },
  'storage throws': { id: 'T-77', surface: 'redirect', offers: ['the payment page, in this tab'], heard: 'end' },
  'the buyer goes back, and the browser has kept the page': {
    ...{ id: 'T-77', surface: 'redirect', offers: ['methods'], heard: 'end' },
  },
  'the buyer goes back, and the browser loads the page anew': {
    ...{ id: 'T-77', surface: 'redirect', says: 'resumed', offers: ['check', 'startAgain'], heard: 'end' },
  },
} as const satisfies Readonly<Record<string, Fault>>
export type FaultName = keyof typeof faults

const words = (of: Offered): string => (of in english ? `"${english[of as keyof Labels]}"` : of)

/** The table of opener policies, for a README and for whoever runs the journeys. */
export function policyTable(): string {
  const name = (policy: Policy) => (policy ? `\`${policy}\`` : 'none')
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  const head = ['policy of the shop', 'of the payment page', 'iframe', 'redirect', 'popup']
  const rows = policies.flatMap((shop) =>
    policies.map((provider) =>
      row([
        ...[name(shop), name(provider)],
        ...(['iframe', 'redirect', 'popup'] as const).map((surface) => endingOf(surface, shop, provider)),
      ]),
    ),
  )
  return row(head) + row(head.map(() => '---')) + rows.join('')
}

export function faultTable(): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  const head = ['what goes wrong', 'shown in', 'the buyer reads', 'and can use, within 10 s', 'id']
  const rows = Object.entries<Fault>(faults).map(([name, { id, surface, says, offers }]) =>
    row([name, surface, says ? words(says) : '–', offers.map(words).join(', '), id]),
  )
  return row(head) + row(head.map(() => '---')) + rows.join('')
}
