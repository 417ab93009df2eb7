import type { DeskState, ShopFault } from '../developer-desk.js'

/** One thing that goes wrong, and what is said to whom to make it so. Whatever is not named goes well. */
export interface Trouble {
  readonly key: string
  readonly label: string
  readonly outcome?: object
  readonly faults?: object
  readonly shop?: ShopFault
}

export const troubles: readonly (readonly [group: string, troubles: readonly Trouble[]])[] = [
  ['', [{ key: 'none', label: 'Nothing: all goes well' }]],
  [
    'On the way back from the payment page',
    [
      { key: 'slow', label: 'Paying takes 8 seconds', outcome: { processing: 8000 } },
      { key: 'late', label: 'The pingback comes 10 seconds late', outcome: { pingbackAfter: 10_000 } },
      { key: 'first', label: 'The pingback comes before the page answers', outcome: { pingbackFirst: true } },
      { key: 'silent', label: 'The browser message gets lost', outcome: { messageLost: true } },
      { key: 'stays', label: 'The buyer is not sent back', outcome: { returnAfter: null } },
      { key: 'nothing-back', label: 'Message lost and not sent back', outcome: { messageLost: true, returnAfter: null } },
      { key: 'copies', label: 'Five equal pingbacks at once', outcome: { copies: 5 } },
      { key: 'lost', label: 'Pingbacks get lost until repeated by hand', outcome: { pingbacksLost: 'all' } },
      { key: 'never', label: 'The payment page never answers', outcome: { answer: 'never' } },
    ],
  ],
  [
    'At Paymentwall',
    [
      { key: 'unframed', label: 'Its page refuses to be framed', faults: { refusesFrames: true } },
      { key: 'cut', label: 'Its page cuts off the opener (COOP)', faults: { openerPolicy: 'same-origin' } },
      { key: 'sluggish', label: 'Every answer takes 4 seconds', faults: { delay: 4000 } },
      { key: 'broken', label: 'Every answer is an error 500', faults: { fails: true } },
      { key: 'dropped', label: 'Every connection is cut', faults: { drops: true } },
      { key: 'html', label: 'The method list is HTML (try another country)', faults: { htmlForJson: true } },
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
export const troubleOf = (key: string): Trouble | undefined => all.find((each) => each.key === key)

/** The one that is switched on now, whoever did it: of several that fit, the one that says most. */
export function currentTrouble({ outcome, faults, shopFault }: DeskState): string {
  const fits = (wanted: object = {}, found: object) =>
    Object.entries(wanted).every(([name, value]) => found[name as keyof typeof found] === value)
  const says = (trouble: Trouble) =>
    Object.keys({ ...trouble.outcome, ...trouble.faults, ...(trouble.shop && { shop: 1 }) }).length
  const fitting = all.filter(
    (each) => fits(each.outcome, outcome) && fits(each.faults, faults) && (each.shop ?? shopFault) === shopFault,
  )
  return fitting.sort((one, other) => says(other) - says(one))[0]?.key ?? 'none'
}
