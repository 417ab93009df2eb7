import type { CheckoutErrorCode } from '../protocol/checkout-error.js'
import { isFinal, type PaymentState } from '../protocol/payment-state.js'
import type { CheckoutStatus, Offer, OpenedPage, PaymentMethod, SurfaceKind } from '../protocol/requests.js'

// What the button shows, as one table without a clock, a network or a window: checkout-session.ts turns what happens there into
// inputs, and does what a new state asks for. An input that a state does not name changes nothing, so late answers and forged
// messages need no guard of their own. `paid` has one way in: the server's word.

/** Why no payment came about: an error's code, or the state in which the payment ended. */
export interface CheckoutFailure {
  readonly code: CheckoutErrorCode | Exclude<PaymentState, 'pending' | 'paid'>
  readonly message: string
}

export interface CheckoutState {
  readonly name: 'idle' | 'loading' | 'ready' | 'opening' | 'paying' | 'confirming' | 'waiting' | 'unavailable' | 'paid'
  readonly offer?: Offer | undefined
  readonly failure?: CheckoutFailure | undefined
  readonly method?: PaymentMethod | undefined
  readonly surface?: SurfaceKind | undefined
  /** The checkout on the server. After a reload nothing but its id is known. */
  readonly page?: ({ readonly id: string } & Partial<OpenedPage>) | undefined
  /** opening: the browser refused a window, and the page itself will go there; the buyer is told first. */
  readonly blocked?: boolean | undefined
  /** paying: the window seems closed, and the server knows nothing yet. */
  readonly astray?: boolean | undefined
  /** confirming: somebody said it is done, so we wait; the buyer closed the dialog, so one answer decides; the popup may be closed. */
  readonly after?: 'word' | 'dialog' | 'popup' | undefined
  /** confirming: the way back said, without proof, that it failed. */
  readonly claims?: boolean | undefined
  /** confirming: whether the last question found no answer; undefined while none was answered or could be asked. */
  readonly unanswered?: boolean | undefined
  /** waiting, paid: the page prevented the default and shows something of its own. */
  readonly quiet?: boolean | undefined
}

interface Inputs {
  /** `returned`: the buyer comes from our return page, not from a reload in the middle. */
  connect: {
    readonly offer?: Offer | undefined
    readonly id?: string | undefined
    readonly returned?: boolean | undefined
    readonly claims?: boolean | undefined
  }
  methods: { readonly offer: Offer }
  /** What was paid, where the server says it. */
  order_paid: { readonly offer?: Offer | undefined }
  /** Money was received: `page` is the checkout to be asked how that ends. */
  order_pending: { readonly page: { readonly id: string } }
  refused: { readonly failure: CheckoutFailure }
  choose: { readonly method: PaymentMethod; readonly surface: SurfaceKind; readonly blocked: boolean }
  opened: { readonly page: OpenedPage }
  /** The same checkout goes on in another place. */
  moved: { readonly surface: SurfaceKind }
  busy: unknown
  idle: unknown
  finished: unknown
  returned: { readonly claims: boolean }
  /** `busy`: while the page was processing a payment, which may go through all the same. */
  closed: { readonly how?: 'early' | 'busy' | undefined }
  status: CheckoutStatus
  checkout_unknown: unknown
  unanswered: unknown
  grace_over: unknown
  patience_over: unknown
  check: unknown
  start_again: unknown
  retry: unknown
  /** The page prevented what the last event would show. */
  hush: unknown
}
type InputType = keyof Inputs
export type CheckoutInput = { [Type in InputType]: { readonly type: Type } & Inputs[Type] }[InputType]

/** Undefined: nothing changes. */
type Move<Type extends InputType> = (state: CheckoutState, input: Inputs[Type]) => CheckoutState | undefined

const connect: Move<'connect'> = (_, { offer, id, returned, claims }) =>
  id ? confirm({ name: 'idle', offer, page: { id } }, returned ? 'word' : 'popup', claims) : again({ name: 'idle', offer })

/** Back to the methods; after a reload they must be fetched first. */
const again = ({ offer }: CheckoutState, failure?: CheckoutFailure): CheckoutState => ({
  name: offer ? 'ready' : 'loading',
  offer,
  failure,
})
const startAgain = (state: CheckoutState) => again(state)

/** What was said of the window is over: it must not come back with an answer that knows better. */
const confirm = (state: CheckoutState, after: CheckoutState['after'], claims = false): CheckoutState => ({
  ...state,
  ...{ name: 'confirming', after, claims, unanswered: undefined, astray: false, blocked: false },
})
const wait = (state: CheckoutState) => confirm(state, 'word')
const hush = (state: CheckoutState): CheckoutState => ({ ...state, quiet: true })
const paid = ({ offer, page }: CheckoutState): CheckoutState => ({ name: 'paid', offer, page })
const paidBefore: Move<'order_paid'> = (state, { offer = state.offer }) => paid({ ...state, offer })

const pendingBefore: Move<'order_pending'> = (_, { page }) => wait({ name: 'idle', page })

const offered: Move<'methods'> = ({ failure }, { offer }) => ({ name: 'ready', offer, failure })

/** Where the server knows of money. Until that is the shop's, what was on offer is forgotten: it must not be paid again meanwhile. */
const settling = (state: CheckoutState, { state: known, delivered, received }: CheckoutStatus) =>
  known === 'paid' && delivered
    ? paid(state)
    : (known === 'paid' || received) && { ...wait(state), unanswered: false, offer: received ? undefined : state.offer }

const ended = (state: CheckoutState, code: PaymentState) =>
  again(state, { code: code as CheckoutFailure['code'], message: code })

/** Every state, and every input that it heeds. */
const table: Readonly<Record<CheckoutState['name'], { readonly [Type in InputType]?: Move<Type> }>> = {
  idle: { connect },

  loading: {
    connect,
    methods: offered,
    order_paid: paidBefore,
    order_pending: pendingBefore,
    refused: (_, { failure }) => ({ name: 'unavailable', failure }),
    hush: startAgain,
  },

  ready: {
    connect,
    choose: ({ offer }, { method, surface, blocked }) => ({ name: 'opening', offer, method, surface, blocked }),
    methods: offered,
    hush: startAgain,
  },

  opening: {
    opened: (state, { page }) => ({ ...state, name: 'paying', page }),
    moved: (state, { surface }) => ({ ...state, surface, blocked: true }),
    order_paid: paidBefore,
    order_pending: pendingBefore,
    // A list that names what is not there any more is not shown again.
    refused: (state, { failure }) => again(failure.code === 'method_unavailable' ? { name: 'loading' } : state, failure),
    closed: startAgain,
    start_again: startAgain,
  },

  paying: {
    finished: wait,
    returned: (state, { claims }) => confirm(state, 'word', claims),
    closed: (state, { how }) => (how === 'busy' ? wait(state) : confirm(state, state.surface === 'popup' ? 'popup' : 'dialog')),
    check: (state) => confirm(state, 'popup'),
    moved: (state, { surface }) => ({ ...state, surface, astray: false }),
    start_again: startAgain,
    checkout_unknown: startAgain,
    status: (state, status) =>
      settling(state, status) ||
      // With the page in front of the buyer, another card may follow a refused one.
      (state.astray && isFinal(status.state) ? ended(state, status.state) : undefined),
  },

  confirming: {
    finished: (state) => (state.after === 'word' ? undefined : wait(state)),
    returned: (state, { claims }) => confirm(state, 'word', claims),
    unanswered: (state) => (state.unanswered ? undefined : { ...state, unanswered: true }),
    grace_over: (state) => (state.after === 'popup' ? { ...state, name: 'paying', astray: true } : undefined),
    patience_over: (state) => ({ ...state, name: 'waiting' }),
    check: (state) => confirm(state, state.after, state.claims),
    start_again: startAgain,
    checkout_unknown: startAgain,
    status(state, status) {
      const settled = settling(state, status)
      if (settled) return settled
      if (isFinal(status.state)) return ended(state, status.state)
      if (state.claims) return ended(state, 'failed')
      return state.after === 'dialog' ? again(state) : { ...state, unanswered: false }
    },
  },

  waiting: { connect, check: wait, start_again: startAgain, hush },

  unavailable: { connect, methods: (_, { offer }) => again({ name: 'ready', offer }), retry: startAgain },

  // After a way back by redirect nothing but the id is known, and the price is asked for.
  paid: { connect, hush, order_paid: (state, { offer }) => offer && { ...state, offer } },
}

/** One state and one input give one state. Never throws; the same object means: nothing changed. */
export function next(state: CheckoutState, input: CheckoutInput): CheckoutState {
  const move = table[state.name][input.type] as
    | ((state: CheckoutState, input: CheckoutInput) => CheckoutState | undefined)
    | undefined
  return move?.(state, input) ?? state
}

/** What the page is told of a transition; most of them are nobody's business. */
export function newsOf(
  before: CheckoutState,
  { name, failure }: CheckoutState,
): 'close' | 'pending' | 'success' | 'failure' | undefined {
  if (before.name === name || !(before.page || before.name === 'opening')) return undefined
  if (name === 'waiting') return 'pending'
  const isBack = name === 'ready' || name === 'loading'
  if (isBack && failure) return 'failure'
  if (!before.page || before.name === 'waiting') return undefined
  return isBack ? 'close' : name === 'paid' ? 'success' : undefined
}
