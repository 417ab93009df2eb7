import type { DeskState, SandboxState, ShopFault } from '../developer-desk.js'
import type { ProviderName } from '../keys.js'

/** One thing that goes wrong, and what is said to whom to make it so. Whatever is not named goes well. */
export interface Trouble {
  readonly key: string
  readonly label: string
  /** Where all of it is a provider's own: not every one can make every trouble. */
  readonly outcome?: Readonly<Record<string, unknown>>
  readonly faults?: object
  readonly shop?: ShopFault
}

const troubles: readonly (readonly [group: string, troubles: readonly Trouble[]])[] = [
  ['', [{ key: 'none', label: 'Nothing: all goes well' }]],
  [
    'On the way back from the payment page',
    [
      { key: 'slow', label: 'Paying takes 8 seconds', outcome: { processing: 8000 } },
      { key: 'late', label: 'The notification comes 10 seconds late', outcome: { webhookAfter: 10_000 } },
      { key: 'first', label: 'The notification comes before the page answers', outcome: { webhookFirst: true } },
      { key: 'silent', label: 'The browser message gets lost', outcome: { messageLost: true } },
      { key: 'stays', label: 'The buyer is not sent back, and must press the link', outcome: { returnAfter: null } },
      { key: 'nothing-back', label: 'Message lost and not sent back', outcome: { messageLost: true, returnAfter: null } },
      { key: 'no-way-back', label: 'The buyer never comes back', outcome: { returnLost: true } },
      { key: 'hash', label: 'The way back from a failure is signed as if paid', outcome: { hashOnFailure: true } },
      { key: 'less', label: 'A cent too little is paid', outcome: { paysLess: true } },
      { key: 'unsettled', label: 'Paid, but the settlement hangs', outcome: { settlesAfter: null } },
      { key: 'copies', label: 'The notification comes five times at once', outcome: { copies: 5 } },
      { key: 'lost', label: 'Notifications get lost until sent again by hand', outcome: { webhooksLost: 'all' } },
      { key: 'never', label: 'The payment page never answers', outcome: { answer: 'never' } },
    ],
  ],
  [
    'Everywhere at this provider',
    [
      { key: 'unframed', label: 'Its page refuses to be framed', faults: { refusesFrames: true } },
      { key: 'cut', label: 'Its page cuts off the opener (COOP)', faults: { openerPolicy: 'same-origin' } },
      { key: 'sluggish', label: 'Every answer takes 4 seconds', faults: { delay: 4000 } },
      { key: 'broken', label: 'Every answer is an error 500', faults: { fails: true } },
      { key: 'dropped', label: 'Every connection is cut', faults: { drops: true } },
      { key: 'html', label: 'Its list of methods is an HTML page (try another country)', faults: { htmlForJson: true } },
    ],
  ],
  [
    'In the shop',
    [
      { key: 'away', label: 'The checkout server is away', shop: 'away' },
      { key: 'hooks', label: 'The hooks fail: orders cannot be written', shop: 'hooks' },
    ],
  ],
]

const all = troubles.flatMap(([, each]) => each)

/** Paymentwall's messages are pingbacks; what can happen to them is the same. */
function inWordsOf({ outcome: known }: SandboxState, outcome: Trouble['outcome'] = {}): Record<string, unknown> {
  const own = (name: string) => ('pingbackAfter' in known ? name.replace(/^webhook/, 'pingback') : name)
  return Object.fromEntries(Object.entries(outcome).map(([name, value]) => [own(name), value]))
}

/** What can go wrong at a provider, by groups; none of them is empty. */
export const troublesAt = (desk: DeskState, provider: ProviderName): typeof troubles =>
  troubles.map(([group, each]) => {
    const sandbox = desk.sandboxes[provider]
    return [
      group,
      each.filter(({ outcome }) => Object.keys(inWordsOf(sandbox, outcome)).every((name) => name in sandbox.outcome)),
    ]
  })

/** What to tell the sandbox of this provider, and the shop, to make it so. */
export function ordersFor(key: string, desk: DeskState, provider: ProviderName) {
  const { outcome, faults = {}, shop = 'none' } = all.find((each) => each.key === key) ?? {}
  return { outcome: inWordsOf(desk.sandboxes[provider], outcome), faults, shop }
}

/** The one that is switched on now, whoever did it: of several that fit, the one that says most. */
export function currentTrouble({ sandboxes, shopFault }: DeskState, provider: ProviderName): Trouble | undefined {
  const sandbox = sandboxes[provider]
  const fits = (wanted: object = {}, found: object) =>
    Object.entries(wanted).every(([name, value]) => found[name as keyof typeof found] === value)
  const says = (trouble: Trouble) =>
    Object.keys({ ...trouble.outcome, ...trouble.faults, ...(trouble.shop && { shop: 1 }) }).length
  const fitting = all.filter(
    (each) =>
      fits(inWordsOf(sandbox, each.outcome), sandbox.outcome) &&
      fits(each.faults, sandbox.faults) &&
      (each.shop ?? shopFault) === shopFault,
  )
  return fitting.sort((one, other) => says(other) - says(one))[0]
}
