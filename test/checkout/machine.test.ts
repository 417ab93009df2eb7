import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CheckoutInput, type CheckoutState, newsOf, next } from '../../src/checkout/machine.js'

const offer = { title: 'Gold', methods: [{ id: 'paymentwall:cc', label: 'Card', surfaces: ['iframe' as const] }] }
const bill = { ...offer, methods: [] }
const method = { id: 'paymentwall:cc', label: 'Card', surfaces: ['iframe' as const] }
const page = { id: 'checkout-1', url: 'https://pay.example/1' }
const failure = { code: 'provider_refused' as const, message: 'no' }

const opened = { offer, method, page }
const idle: CheckoutState = { name: 'idle' }
const loading: CheckoutState = { name: 'loading' }
const ready: CheckoutState = { name: 'ready', offer }
const opening: CheckoutState = { name: 'opening', offer, method, surface: 'iframe', blocked: false }
const dialog: CheckoutState = { name: 'paying', ...opened, surface: 'iframe' }
const popup: CheckoutState = { name: 'paying', ...opened, surface: 'popup' }
const redirect: CheckoutState = { name: 'paying', ...opened, surface: 'redirect' }
const astray: CheckoutState = { ...popup, astray: true }
const confirming: CheckoutState = { name: 'confirming', ...opened, after: 'word' }
const afterDialog: CheckoutState = { ...confirming, after: 'dialog' }
const afterPopup: CheckoutState = { ...confirming, after: 'popup' }
const claimed: CheckoutState = { ...confirming, claims: true }
const unanswered: CheckoutState = { ...confirming, unanswered: true }
const resumed: CheckoutState = { name: 'confirming', page: { id: 'checkout-1' }, after: 'word' }
const waiting: CheckoutState = { name: 'waiting', ...opened }
const unavailable: CheckoutState = { name: 'unavailable', failure }
const paid: CheckoutState = { name: 'paid', offer }

const states = {
  ...{ idle, loading, ready, opening, dialog, popup, redirect, astray, confirming, afterDialog, afterPopup, claimed },
  ...{ unanswered, resumed, waiting, unavailable, paid },
}

const says = (state: string, delivered = false) => ({ type: 'status', state, delivered }) as CheckoutInput
const gone = { code: 'method_unavailable' as const, message: 'gone' }
const inputs: Readonly<Record<string, CheckoutInput>> = {
  'refused: the method is gone': { type: 'refused', failure: gone },
  connect: { type: 'connect' },
  'connect with an offer': { type: 'connect', offer },
  'connect from our return page': { type: 'connect', id: 'checkout-1', returned: true },
  'connect from our return page, claims it failed': { type: 'connect', id: 'checkout-1', returned: true, claims: true },
  'connect after a reload': { type: 'connect', id: 'checkout-1', returned: false },
  methods: { type: 'methods', offer },
  order_paid: { type: 'order_paid' },
  'order_paid, and what was paid': { type: 'order_paid', offer: bill },
  order_pending: { type: 'order_pending', page: { id: 'checkout-2' } },
  refused: { type: 'refused', failure },
  choose: { type: 'choose', method, surface: 'popup', blocked: false },
  opened: { type: 'opened', page },
  moved: { type: 'moved', surface: 'redirect' },
  busy: { type: 'busy' },
  idle: { type: 'idle' },
  finished: { type: 'finished' },
  returned: { type: 'returned', claims: false },
  'returned, claims it failed': { type: 'returned', claims: true },
  closed: { type: 'closed' },
  'closed in the middle of a payment': { type: 'closed', how: 'busy' },
  'status pending': says('pending'),
  'status paid': says('paid'),
  'status delivered': says('paid', true),
  'status received': { type: 'status', state: 'pending', delivered: false, received: true },
  'status failed': says('failed'),
  'status expired': says('expired'),
  'status declined': says('declined'),
  'status refunded': says('refunded'),
  'status charged_back': says('charged_back'),
  checkout_unknown: { type: 'checkout_unknown' },
  unanswered: { type: 'unanswered' },
  grace_over: { type: 'grace_over' },
  patience_over: { type: 'patience_over' },
  check: { type: 'check' },
  start_again: { type: 'start_again' },
  retry: { type: 'retry' },
  hush: { type: 'hush' },
}

const done = { name: 'paid', offer, page }
const word = { name: 'confirming', after: 'word', claims: false, astray: false, blocked: false }
const ended = (code: string) => ({ name: 'ready', offer, failure: { code, message: code } })
const whatConnects = {
  connect: { name: 'loading' },
  'connect with an offer': { name: 'ready', offer },
  'connect from our return page': { name: 'confirming', after: 'word', page: { id: 'checkout-1' } },
  'connect from our return page, claims it failed': {
    name: 'confirming',
    after: 'word',
    claims: true,
    page: { id: 'checkout-1' },
  },
  'connect after a reload': { name: 'confirming', after: 'popup', page: { id: 'checkout-1' } },
}
const pendingBefore = { ...word, page: { id: 'checkout-2' } }
const finals = {
  'status failed': ended('failed'),
  'status expired': ended('expired'),
  'status declined': ended('declined'),
  'status refunded': ended('refunded'),
  'status charged_back': ended('charged_back'),
}
const whilePaying = {
  'closed in the middle of a payment': { name: 'confirming', after: 'word' },
  moved: { name: 'paying', surface: 'redirect', astray: false },
  finished: word,
  returned: word,
  'returned, claims it failed': { ...word, claims: true },
  'status paid': { ...word, offer },
  'status received': { ...word, offer: undefined },
  'status delivered': done,
  checkout_unknown: { name: 'ready', offer },
  check: { name: 'confirming', after: 'popup' },
  start_again: { name: 'ready', offer },
}
const whileConfirming = {
  returned: word,
  'returned, claims it failed': { ...word, claims: true },
  'status delivered': done,
  ...finals,
  'status paid': { ...word, unanswered: false },
  'status received': { ...word, unanswered: false, offer: undefined },
  check: { name: 'confirming', unanswered: undefined },
  start_again: { name: 'ready', offer },
  checkout_unknown: { name: 'ready', offer },
  unanswered: { name: 'confirming', unanswered: true },
  patience_over: { name: 'waiting', offer, page },
}
const stays = { name: 'confirming', unanswered: false }

/** Every state and what it heeds. What is not named here changes nothing: that is asserted of every other cell. */
const table: Readonly<Record<keyof typeof states, Readonly<Record<string, object>>>> = {
  idle: whatConnects,
  loading: {
    ...whatConnects,
    order_pending: pendingBefore,
    methods: { name: 'ready', offer },
    order_paid: { name: 'paid' },
    'order_paid, and what was paid': { name: 'paid', offer: bill },
    refused: { name: 'unavailable', failure },
    'refused: the method is gone': { name: 'unavailable', failure: gone },
    hush: { name: 'loading', failure: undefined },
  },
  ready: {
    ...whatConnects,
    choose: { name: 'opening', offer, method, surface: 'popup', blocked: false },
    methods: { name: 'ready', offer },
    hush: { name: 'ready' },
  },
  opening: {
    order_pending: pendingBefore,
    opened: { name: 'paying', offer, method, page, surface: 'iframe' },
    moved: { name: 'opening', surface: 'redirect', blocked: true },
    order_paid: { name: 'paid', offer },
    'order_paid, and what was paid': { name: 'paid', offer: bill },
    refused: { name: 'ready', offer, failure },
    // Fetched afresh; the reason is kept until then.
    'refused: the method is gone': { name: 'loading', offer: undefined, failure: gone },
    closed: { name: 'ready', offer, failure: undefined },
    'closed in the middle of a payment': { name: 'ready', offer, failure: undefined },
    start_again: { name: 'ready', offer, failure: undefined },
  },
  dialog: { ...whilePaying, closed: { name: 'confirming', after: 'dialog' } },
  popup: { ...whilePaying, closed: { name: 'confirming', after: 'popup' } },
  redirect: { ...whilePaying, closed: { name: 'confirming', after: 'dialog' } },
  astray: { ...whilePaying, ...finals, closed: { name: 'confirming', after: 'popup' } },
  confirming: { ...whileConfirming, 'status pending': stays },
  afterDialog: { ...whileConfirming, finished: word, 'status pending': { name: 'ready', offer } },
  afterPopup: {
    ...{ ...whileConfirming, finished: word, 'status pending': stays },
    grace_over: { name: 'paying', astray: true, page },
  },
  claimed: { ...whileConfirming, 'status pending': ended('failed') },
  unanswered: { ...without(whileConfirming, 'unanswered'), 'status pending': stays },
  resumed: {
    ...whileConfirming,
    ...{ 'status pending': stays, start_again: { name: 'loading' }, checkout_unknown: { name: 'loading' } },
    'status delivered': { name: 'paid', page: { id: 'checkout-1' } },
    patience_over: { name: 'waiting', page: { id: 'checkout-1' } },
    // The methods have to be fetched first; the reason is kept until they are there.
    ...Object.fromEntries(Object.entries(finals).map(([cell, { failure }]) => [cell, { name: 'loading', failure }])),
  },
  waiting: { ...whatConnects, check: word, start_again: { name: 'ready', offer }, hush: { name: 'waiting', quiet: true } },
  unavailable: { ...whatConnects, methods: { name: 'ready', offer, failure: undefined }, retry: { name: 'loading' } },
  paid: {
    ...whatConnects,
    hush: { name: 'paid', quiet: true },
    'order_paid, and what was paid': { name: 'paid', offer: bill },
  },
}

function without(cells: Readonly<Record<string, object>>, cell: string) {
  const { [cell]: _, ...others } = cells
  return others
}

describe('the machine', () => {
  for (const [name, cells] of Object.entries(table)) {
    const state = states[name as keyof typeof states]
    for (const [cell, input] of Object.entries(inputs)) {
      const expected = cells[cell]
      if (expected) test(`${name} | ${cell}`, () => expect(next(state, input)).toMatchObject(expected))
      else test(`${name} | ${cell}: nothing changes`, () => expect(next(state, input)).toBe(state))
    }
    test(`${name}: the table names no cell that is not tried`, () => {
      expect(Object.keys(cells).filter((cell) => !inputs[cell])).toEqual([])
    })
  }

  test('a failure survives the fetching of the methods, and nothing else does', () => {
    const failed = next(resumed, says('declined'))
    expect(next(failed, { type: 'methods', offer })).toEqual({
      name: 'ready',
      offer,
      failure: expect.objectContaining({ code: 'declined' }),
    })
    const chosen = next({ ...ready, failure }, { type: 'choose', method, surface: 'popup', blocked: false })
    expect(chosen.failure).toBeUndefined()
  })

  test('T-27 while money that was received is waited for, no way of the page leads back to what was on offer', () => {
    const waits = next(confirming, inputs['status received'] as CheckoutInput)
    for (const state of [waits, next(waits, { type: 'patience_over' })])
      expect(next(state, { type: 'start_again' })).toEqual({ name: 'loading' })
    expect(next(opening, inputs.order_pending as CheckoutInput).offer).toBeUndefined()
  })

  test('prevented, a failure is not shown, and the methods are', () => {
    expect(next({ ...ready, failure }, { type: 'hush' })).toEqual({ name: 'ready', offer })
  })
})

describe('what the page is told', () => {
  const told: readonly [keyof typeof states, string, ReturnType<typeof newsOf>][] = [
    ['loading', 'methods', undefined],
    ['loading', 'order_paid', undefined],
    ['loading', 'refused', undefined],
    ['ready', 'choose', undefined],
    ['opening', 'opened', undefined],
    ['opening', 'order_paid', undefined],
    ['opening', 'refused', 'failure'],
    ['loading', 'order_pending', undefined],
    ['opening', 'order_pending', undefined],
    ['dialog', 'status received', undefined],
    ['opening', 'closed', undefined],
    ['dialog', 'closed', undefined],
    ['popup', 'start_again', 'close'],
    ['popup', 'status delivered', 'success'],
    ['astray', 'status failed', 'failure'],
    ['afterDialog', 'status pending', 'close'],
    ['confirming', 'status delivered', 'success'],
    ['confirming', 'status declined', 'failure'],
    ['claimed', 'status pending', 'failure'],
    ['confirming', 'patience_over', 'pending'],
    ['resumed', 'status delivered', 'success'],
    ['resumed', 'status failed', 'failure'],
    ['resumed', 'checkout_unknown', 'close'],
    ['afterPopup', 'grace_over', undefined],
    ['waiting', 'check', undefined],
    ['waiting', 'start_again', undefined],
    ['waiting', 'hush', undefined],
    ['paid', 'connect', undefined],
  ]
  test.each(told)('%s | %s: %s', (name, cell, news) => {
    const state = states[name]
    expect(newsOf(state, next(state, inputs[cell] as CheckoutInput))).toBe(news)
  })
})

describe('any input in any state is safe', () => {
  const anyInput = fc.constantFrom(...Object.values(inputs))

  test('T-65 only the word of the server leads to paid', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 60 }), (story) => {
        let state: CheckoutState = { name: 'idle' }
        for (const input of story) {
          const after = next(state, input)
          if (after.name === 'paid' && state.name !== 'paid')
            expect(input.type === 'order_paid' || (input.type === 'status' && input.state === 'paid' && input.delivered)).toBe(
              true,
            )
          state = after
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('every state keeps what it needs to be drawn and followed', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 60 }), (story) => {
        let state: CheckoutState = { name: 'idle' }
        for (const input of story) {
          const before = JSON.stringify(state)
          const after = next(state, input)
          expect(JSON.stringify(state)).toBe(before)
          if (after.name === 'ready' || after.name === 'opening') expect(after.offer).toBeDefined()
          if (after.name === 'opening') expect(after.method && after.surface).toBeDefined()
          if (['paying', 'confirming', 'waiting'].includes(after.name)) expect(after.page?.id).toBeDefined()
          if (after.name === 'unavailable') expect(after.failure).toBeDefined()
          if (after.failure) expect(['ready', 'loading', 'unavailable']).toContain(after.name)
          state = after
        }
      }),
      { numRuns: 2000 },
    )
  })
})
