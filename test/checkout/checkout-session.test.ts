import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type CheckoutNotice,
  type CheckoutSettings,
  checkoutSession,
  type Surroundings,
} from '../../src/checkout/checkout-session.js'
import { CheckoutError } from '../../src/protocol/checkout-error.js'
import type { CheckoutStatus, Offer, OpenedPage, SurfaceKind } from '../../src/protocol/requests.js'
import type { Heard, Hearing } from '../../src/window/signals.js'
import type { SurfaceOptions } from '../../src/window/surface.js'

// The session with everything around it in the test's hands: a server whose answers come when the test says so, surfaces that only
// take notes, and a clock that stands still until it is moved.

const method = { id: 'paymentwall:cc', label: 'Card', surfaces: ['iframe', 'popup', 'redirect'] as SurfaceKind[] }
const offer: Offer = { title: 'Gold', price: { amount: '19.90', currency: 'USD' }, methods: [method] }
const page: OpenedPage = { id: 'checkout-1', url: 'https://pay.example/1', speaksFrom: ['https://pay.example'] }
const settings: CheckoutSettings = { server: 'https://shop.example/checkout', order: 'gold', country: '', locale: 'en', offer }
const pending: CheckoutStatus = { state: 'pending', delivered: false }
const delivered: CheckoutStatus = { state: 'paid', delivered: true }

/** A call whose answer is given by the test. */
interface Call {
  readonly of: string
  readonly given: unknown
  readonly signal: AbortSignal
  answer(value: unknown): Promise<void>
  refuse(code: string, cause?: unknown): Promise<void>
}

const settle = async () => void (await vi.advanceTimersByTimeAsync(0))

class Stage {
  calls: Call[] = []
  reports: string[] = []
  notices: CheckoutNotice[] = []
  prevented = new Set<string>()
  log: string[] = []
  /** Answered at once when set. */
  status: CheckoutStatus | undefined
  blocked: SurfaceKind[] = []
  frames = true
  /** Surfaces that cannot show anything. */
  broken: SurfaceKind[] = []
  attentive = true
  online = true
  /** The order of the last question. */
  askedFor = ''
  successUrl = ''
  onTold: (() => void) | undefined
  store = new Map<string, string>()
  left: { id: string; returned: boolean; claims?: boolean } | undefined
  surfaces: { kind: SurfaceKind; options: SurfaceOptions; isOpen: boolean }[] = []
  ears: { hearing: Hearing; hear: (heard: Heard) => void }[] = []
  watchers = new Set<(restored: boolean) => void>()

  readonly session = checkoutSession(
    {
      changed: () => {},
      tell: (notice) => {
        this.notices.push(notice)
        this.onTold?.()
        return !this.prevented.has(notice.type)
      },
      place: () => ({ root: {} as ShadowRoot, words: {} as SurfaceOptions['words'], until: (time) => time }),
      successUrl: () => this.successUrl,
    },
    this.#around(),
  )

  #around(): Surroundings {
    const call = (of: string, given: unknown, signal: AbortSignal) =>
      new Promise<never>((resolve, reject) => {
        this.calls.push({
          ...{ of, given, signal },
          answer(value) {
            resolve(value as never)
            return settle()
          },
          refuse(code, cause) {
            reject(new CheckoutError(code as 'order_paid', 'refused', { cause }))
            return settle()
          },
        })
      })
    return {
      backendAt: () => ({
        methods: (query, signal) => call('methods', query, signal),
        open: (request, signal) => call('open', request, signal),
        status: (id, order, signal) => {
          this.askedFor = order
          return this.status ? this.#noted(id, signal) : call('status', id, signal)
        },
        report: (id, kind) => this.reports.push(`${id} ${kind}`),
      }),
      chooseSurface: (possible, wanted) => (wanted === 'auto' ? (possible[0] ?? 'redirect') : wanted),
      mayFrame: () => this.frames,
      openSurface: (kind, options) => {
        this.log.push(`open ${kind}`)
        if (this.blocked.includes(kind)) return undefined
        const surface = { kind, options, isOpen: true }
        this.surfaces.push(surface)
        return {
          kind,
          window: () => null,
          show: (url) => {
            if (this.broken.includes(kind)) throw new TypeError('there is no such thing here')
            this.log.push(`show ${kind} ${url}`)
          },
          heed: ({ kind }) => this.log.push(`heed ${kind}`),
          focus: () => this.log.push(`focus ${kind}`),
          restore: () => this.log.push(`restore ${kind}`),
          close: () => {
            surface.isOpen = false
          },
        }
      },
      listen: (hearing, hear) => {
        this.log.push('listen')
        const ear = { hearing, hear }
        this.ears.push(ear)
        return () => {
          this.ears = this.ears.filter((other) => other !== ear)
        }
      },
      isAttentive: (isNews) => this.attentive && (isNews || this.online),
      isOnline: () => this.online,
      watchAttention: (onBack) => {
        this.watchers.add(onBack)
        return () => this.watchers.delete(onBack)
      },
      here: () => 'https://shop.example/gold',
      leave: (address) => this.log.push(`leave ${address}`),
      remember: (order, id) => this.store.set(order, id),
      resume: () => this.left,
      forget: (order) => this.store.delete(order),
    }
  }

  async #noted(id: string, signal: AbortSignal): Promise<CheckoutStatus> {
    this.calls.push({ of: 'status', given: id, signal } as Call)
    return this.status ?? pending
  }

  get state() {
    return this.session.state
  }

  get told() {
    return this.notices.map(({ type }) => type)
  }

  asked(of: string) {
    return this.calls.filter((call) => call.of === of)
  }

  last(of: string): Call {
    const call = this.asked(of).at(-1)
    if (!call) throw new Error(`nobody asked for ${of}`)
    return call
  }

  attention(restored = false) {
    this.attentive = true
    for (const tell of this.watchers) tell(restored)
  }

  get surface() {
    return this.surfaces.at(-1)
  }

  get openSurfaces() {
    return this.surfaces.filter(({ isOpen }) => isOpen).length
  }

  /** Until the hosted page stands in front of the buyer. */
  async pay(kind: SurfaceKind = 'iframe') {
    this.session.configure(settings)
    this.session.choose(method, kind)
    await this.last('open').answer(page)
  }

  hear(heard: Heard) {
    this.ears.at(-1)?.hear(heard)
  }
}

let stage: Stage
beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  stage = new Stage()
})
afterEach(() => {
  stage.session.disconnect()
  expect(vi.getTimerCount(), 'a timer is left').toBe(0)
  expect(stage.ears).toEqual([])
  expect(stage.watchers.size).toBe(0)
  expect(stage.openSurfaces).toBe(0)
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('showing the methods', () => {
  const fetching = { ...settings, offer: undefined, country: 'NL' }

  test('asks once, with order, country and language', async () => {
    stage.session.configure(fetching)
    stage.session.configure({ ...fetching })
    expect(stage.asked('methods').map(({ given }) => given)).toEqual([{ order: 'gold', country: 'NL', locale: 'en' }])
    await stage.last('methods').answer(offer)
    expect(stage.state).toMatchObject({ name: 'ready', offer })
  })

  test('an order already paid is shown as paid, without an event', async () => {
    stage.session.configure(fetching)
    await stage.last('methods').refuse('order_paid')
    expect(stage.state.name).toBe('paid')
    expect(stage.notices).toEqual([])
  })

  test('after a way back by redirect the price is asked for, once it is paid, and nothing else is told', async () => {
    stage.left = { id: 'checkout-1', returned: true }
    stage.session.configure(fetching)
    await settle()
    await stage.last('status').answer({ state: 'paid', delivered: true })
    expect(stage.state).toMatchObject({ name: 'paid', offer: undefined })
    const bill = { ...offer, methods: [] }
    await stage.last('methods').refuse('order_paid', { offer: bill })
    expect(stage.state).toMatchObject({ name: 'paid', offer: bill })
    expect(stage.notices.map(({ type }) => type)).toEqual(['success'])
    expect(stage.asked('methods')).toHaveLength(1)
  })

  test('T-27 T-65 money that was received is waited for under its own checkout: paid once the server says so', async () => {
    stage.session.configure(fetching)
    await stage.last('methods').refuse('order_pending', { id: 'checkout-1' })
    expect(stage.state).toMatchObject({ name: 'confirming', page: { id: 'checkout-1' } })
    expect(console.warn).not.toHaveBeenCalled()
    await settle()
    expect(stage.last('status').given).toBe('checkout-1')
    await stage.last('status').answer({ ...pending, received: true })
    expect(stage.state.name).toBe('confirming')
    stage.session.input({ type: 'start_again' })
    expect(stage.state.name).toBe('loading')
    await stage.last('methods').refuse('order_pending', { id: 'checkout-1' })
    await vi.advanceTimersByTimeAsync(1_000)
    await stage.last('status').answer(delivered)
    expect(stage.state.name).toBe('paid')
    expect(stage.told).toEqual(['close', 'success'])
  })

  test('without that checkout it says what it says of any other refusal', async () => {
    stage.session.configure(fetching)
    await stage.last('methods').refuse('order_pending', {})
    expect(stage.state).toMatchObject({ name: 'unavailable', failure: { code: 'order_pending' } })
  })

  test('where that is not answered, it is paid all the same, and nobody is bothered', async () => {
    stage.left = { id: 'checkout-1', returned: true }
    stage.session.configure(fetching)
    await settle()
    await stage.last('status').answer({ state: 'paid', delivered: true })
    await stage.last('methods').refuse('backend_unreachable')
    expect(stage.state).toMatchObject({ name: 'paid', offer: undefined })
    expect(console.warn).not.toHaveBeenCalled()
  })

  test('a page that shows its own success keeps it when the price comes', async () => {
    stage.prevented.add('success')
    stage.left = { id: 'checkout-1', returned: true }
    stage.session.configure(fetching)
    await settle()
    await stage.last('status').answer({ state: 'paid', delivered: true })
    await stage.last('methods').refuse('order_paid', { offer })
    expect(stage.state).toMatchObject({ name: 'paid', quiet: true })
    expect(stage.asked('methods')).toHaveLength(1)
  })

  test('what fails is told to the developer once, and can be tried again', async () => {
    stage.session.configure(fetching)
    await stage.last('methods').refuse('origin_refused')
    expect(stage.state).toMatchObject({ name: 'unavailable', failure: { code: 'origin_refused' } })
    expect(console.warn).toHaveBeenCalledTimes(1)
    stage.session.input({ type: 'retry' })
    await stage.last('methods').refuse('origin_refused')
    expect(console.warn).toHaveBeenCalledTimes(1)
    stage.session.input({ type: 'retry' })
    await stage.last('methods').answer(offer)
    expect(stage.state.name).toBe('ready')
  })

  test('without an order or a server nothing is fetched, and the developer is told', async () => {
    for (const lacking of [{ order: '' }, { server: '' }]) {
      stage.session.configure({ ...fetching, ...lacking })
      await settle()
      expect(stage.state).toMatchObject({ name: 'unavailable', failure: { code: 'config_invalid' } })
    }
    expect(stage.calls).toEqual([])
    expect(console.warn).toHaveBeenCalledTimes(2)
  })

  test('the network comes back: the methods are fetched without a click', async () => {
    stage.session.configure(fetching)
    await stage.last('methods').refuse('backend_unreachable')
    stage.attention()
    await stage.last('methods').answer(offer)
    expect(stage.state.name).toBe('ready')
  })

  test('a late answer about another order is not shown', async () => {
    stage.session.configure(fetching)
    const late = stage.last('methods')
    stage.session.configure({ ...fetching, order: 'silver' })
    expect(late.signal.aborted).toBe(true)
    await late.answer({ ...offer, title: 'late' })
    expect(stage.state.name).toBe('loading')
    await stage.last('methods').answer({ ...offer, title: 'Silver' })
    expect(stage.state.offer?.title).toBe('Silver')
  })
})

describe('opening', () => {
  test('T-69 the surface is opened inside the click, before anything is awaited', () => {
    stage.session.configure(settings)
    stage.session.choose(method, 'popup')
    expect(stage.log).toEqual(['open popup'])
    expect(stage.asked('open')).toHaveLength(1)
  })

  test('T-68 listens before it navigates', async () => {
    await stage.pay()
    expect(stage.log).toEqual(['open iframe', 'listen', 'show iframe https://pay.example/1'])
    expect(stage.ears[0]?.hearing).toMatchObject({
      ...{ id: 'checkout-1', speaksFrom: ['https://pay.example'], home: 'https://shop.example' },
      read: expect.any(Function),
    })
  })

  test('says all that the server needs, and no price', async () => {
    stage.session.configure({ ...settings, country: 'NL' })
    stage.session.choose(method, 'iframe')
    expect(stage.last('open').given).toEqual({
      ...{
        order: 'gold',
        method: 'paymentwall:cc',
        surface: 'iframe',
        page: 'https://shop.example/gold',
        country: 'NL',
        locale: 'en',
      },
      attempt: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    })
  })

  test('T-78 a window that something closes at once counts as blocked: the buyer reads so, and the page itself goes there', async () => {
    stage.session.configure(settings)
    stage.session.choose(method, 'popup')
    stage.surface?.options.onClose('early')
    expect(stage.state).toMatchObject({ name: 'opening', surface: 'redirect', blocked: true })
    await stage.last('open').answer(page)
    expect(stage.state.name).toBe('opening')
    await vi.advanceTimersByTimeAsync(1_500)
    expect(stage.log.slice(-1)).toEqual(['show redirect https://pay.example/1'])
    expect(stage.told).toEqual(['open'])
  })

  test('a window closed by the buyer while it opens leads back to the methods', () => {
    stage.session.configure(settings)
    stage.session.choose(method, 'popup')
    stage.surface?.options.onClose()
    expect(stage.state.name).toBe('ready')
    expect(stage.told).toEqual(['open'])
  })

  test('T-67 closed in the middle of a payment it goes on asking, for the payment may go through', async () => {
    await stage.pay('iframe')
    stage.surface?.options.onClose('busy')
    expect(stage.state).toMatchObject({ name: 'confirming', after: 'word' })
    await vi.advanceTimersByTimeAsync(0)
    await stage.last('status').answer({ state: 'pending', delivered: false })
    expect(stage.state.name).toBe('confirming')
    expect(stage.told).toEqual(['open'])
  })

  test('T-70 one that seems closed as soon as the page is in it is asked about, not taken for blocked', async () => {
    await stage.pay('popup')
    stage.surface?.options.onClose('early')
    expect(stage.state).toMatchObject({ name: 'confirming', after: 'popup' })
  })

  test('T-78 a browser that cannot show a dialog or a window goes there itself', async () => {
    stage.broken = ['iframe', 'popup']
    for (const kind of stage.broken) {
      await stage.pay(kind)
      expect(stage.state).toMatchObject({ name: 'paying', surface: 'redirect' })
      expect(stage.log.slice(-1)).toEqual(['show redirect https://pay.example/1'])
      stage.session.input({ type: 'start_again' })
    }
  })

  test('keeps the attempt as long as nobody knows whether something was opened, and not longer', async () => {
    stage.session.configure(settings)
    const attempts: string[] = []
    const choose = () => {
      stage.session.choose(method, 'iframe')
      attempts.push((stage.last('open').given as { attempt: string }).attempt)
    }
    choose()
    await stage.last('open').refuse('backend_unreachable')
    choose()
    stage.session.input({ type: 'closed' })
    choose()
    await stage.last('open').refuse('provider_refused')
    choose()
    await stage.last('open').answer(page)
    stage.session.input({ type: 'start_again' })
    choose()
    expect(attempts[1]).toBe(attempts[0])
    expect(attempts[2]).toBe(attempts[0])
    expect(new Set(attempts).size).toBe(3)
  })

  test('a cancelled attempt is forgotten when the offer or the settings change: the old price is not agreed to', async () => {
    stage.session.configure(settings)
    const attempts = new Set<unknown>()
    const prices = [
      { amount: '24.90', currency: 'USD' },
      { amount: '29.90', currency: 'USD' },
    ]
    const given = [
      settings,
      ...prices.map((price) => ({ ...settings, offer: { ...offer, price } })),
      { ...settings, country: 'NL' },
    ]
    for (const change of given) {
      stage.session.configure(change)
      stage.session.choose(method, 'iframe')
      attempts.add((stage.last('open').given as { attempt: string }).attempt)
      stage.session.input({ type: 'closed' })
    }
    expect(attempts.size).toBe(given.length)
  })

  test('a method that is gone: the list is fetched afresh, and the reason stays to be read', async () => {
    stage.session.configure(settings)
    stage.session.choose(method, 'iframe')
    await stage.last('open').refuse('method_unavailable')
    expect(stage.told).toEqual(['open', 'failure'])
    expect(stage.state).toMatchObject({ name: 'loading', failure: { code: 'method_unavailable' } })
    stage.session.configure({ ...settings, offer: { ...offer } })
    await stage.last('methods').answer({ ...offer, title: 'fresh' })
    expect(stage.state).toMatchObject({ name: 'ready', offer: { title: 'fresh' }, failure: { code: 'method_unavailable' } })
  })

  test('refused: what was opened is closed, and the reason is told', async () => {
    stage.session.configure(settings)
    stage.session.choose(method, 'popup')
    await stage.last('open').refuse('provider_refused')
    expect(stage.openSurfaces).toBe(0)
    expect(stage.state).toMatchObject({ name: 'ready', failure: { code: 'provider_refused' } })
    expect(stage.told).toEqual(['open', 'failure'])
  })

  test('paid meanwhile, in another tab: shown as paid', async () => {
    stage.session.configure(settings)
    stage.session.choose(method, 'popup')
    await stage.last('open').refuse('order_paid')
    expect(stage.state.name).toBe('paid')
    expect(stage.told).toEqual(['open'])
  })

  test('T-27 received meanwhile, in another tab: that payment is waited for, in this page, and nothing failed', async () => {
    stage.session.configure(settings)
    stage.session.choose(method, 'popup')
    await stage.last('open').refuse('order_pending', { id: 'checkout-2' })
    expect(stage.openSurfaces).toBe(0)
    expect(stage.state).toMatchObject({ name: 'confirming', page: { id: 'checkout-2' } })
    await settle()
    expect(stage.last('status').given).toBe('checkout-2')
    await stage.last('status').answer(delivered)
    expect(stage.state.name).toBe('paid')
    expect(stage.told).toEqual(['open', 'success'])
  })

  test('T-78 what the browser says of the network stops no question while the money is waited for and the shop answers', async () => {
    await stage.pay()
    stage.online = false
    stage.status = { ...pending, received: true }
    stage.hear({ kind: 'finished' })
    await vi.advanceTimersByTimeAsync(20_000)
    expect(stage.state).toMatchObject({ name: 'confirming', unanswered: false })
    expect(stage.asked('status').length).toBeGreaterThan(4)
  })

  test('cancelled while opening: a late answer opens nothing', async () => {
    stage.session.configure(settings)
    stage.session.choose(method, 'iframe')
    const late = stage.last('open')
    stage.session.input({ type: 'closed' })
    await late.answer(page)
    expect(stage.state.name).toBe('ready')
    expect(stage.log).not.toContain('listen')
    expect(stage.store.size).toBe(0)
  })

  test('T-69 blocked: the buyer reads so first, then the page itself goes there', async () => {
    stage.blocked = ['popup']
    stage.session.configure(settings)
    stage.session.choose(method, 'popup')
    expect(stage.state).toMatchObject({ name: 'opening', surface: 'redirect', blocked: true })
    expect(stage.last('open').given).toMatchObject({ surface: 'redirect' })
    await stage.last('open').answer(page)
    expect(stage.log).toEqual(['open popup', 'open redirect'])
    await vi.advanceTimersByTimeAsync(1500)
    expect(stage.log.at(-1)).toBe('show redirect https://pay.example/1')
  })

  test('T-73 a page on our own origin is never framed', async () => {
    stage.frames = false
    await stage.pay('iframe')
    expect(stage.log).toEqual(['open iframe', 'open redirect', 'listen', 'show redirect https://pay.example/1'])
    expect(stage.state).toMatchObject({ name: 'paying', surface: 'redirect' })
  })

  test('prevented: nothing opens, nothing is asked', () => {
    stage.prevented.add('open')
    stage.session.configure(settings)
    stage.session.choose(method, 'popup')
    expect(stage.log).toEqual([])
    expect(stage.calls).toEqual([])
    expect(stage.state.name).toBe('ready')
  })

  test('T-76 a second click, and a second button, open nothing', async () => {
    const other = new Stage()
    other.session.configure({ ...settings, order: 'silver' })
    stage.session.configure(settings)
    stage.session.choose(method, 'popup')
    stage.session.choose(method, 'popup')
    other.session.choose(method, 'popup')
    expect(stage.log).toEqual(['open popup'])
    expect(other.log).toEqual([])
    expect(other.session.isBlocked).toBe(true)
    stage.session.input({ type: 'closed' })
    expect(other.session.isBlocked).toBe(false)
    other.session.choose(method, 'popup')
    expect(other.log).toEqual(['open popup'])
    other.session.disconnect()
  })
})

describe('the outcome', () => {
  test('T-65 "finished" only makes us ask, and asking alone leads to paid', async () => {
    await stage.pay()
    stage.hear({ kind: 'finished' })
    await settle()
    expect(stage.state.name).toBe('confirming')
    await stage.last('status').answer(pending)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(stage.state.name).toBe('confirming')
    expect(stage.told).toEqual(['open'])
    await stage.last('status').answer({ state: 'paid', delivered: false })
    expect(stage.state.name).toBe('confirming')
    await vi.advanceTimersByTimeAsync(60_000)
    await stage.last('status').answer(delivered)
    expect(stage.state.name).toBe('paid')
    expect(stage.told).toEqual(['open', 'success'])
  })

  test('success leads to its address; prevented it leads nowhere and is not shown', async () => {
    stage.successUrl = 'https://shop.example/thanks'
    await stage.pay()
    stage.status = delivered
    stage.hear({ kind: 'returned', claims: false })
    await vi.advanceTimersByTimeAsync(1)
    expect(stage.log.at(-1)).toBe('leave https://shop.example/thanks')
    expect(stage.store.size).toBe(0)

    const other = new Stage()
    other.successUrl = stage.successUrl
    other.prevented.add('success')
    await other.pay()
    other.status = delivered
    other.hear({ kind: 'returned', claims: false })
    await vi.advanceTimersByTimeAsync(1)
    expect(other.state).toMatchObject({ name: 'paid', quiet: true })
    expect(other.log).not.toContain('leave https://shop.example/thanks')
    other.session.disconnect()
  })

  test('a message before the answer, and an answer older than the message, are both harmless', async () => {
    await stage.pay()
    await vi.advanceTimersByTimeAsync(13_000)
    const old = stage.last('status')
    stage.surface?.options.onClose()
    expect(stage.state).toMatchObject({ name: 'confirming', after: 'dialog' })
    expect(old.signal.aborted).toBe(true)
    await old.answer(pending)
    expect(stage.state.name, 'an answer from before the closing decides nothing').toBe('confirming')
    await vi.advanceTimersByTimeAsync(1000)
    await stage.last('status').answer(pending)
    expect(stage.state.name).toBe('ready')
    expect(stage.told).toEqual(['open', 'close'])
  })

  test('a dialog closed without an answer goes on asking, and says so', async () => {
    await stage.pay()
    stage.surface?.options.onClose()
    await settle()
    await stage.last('status').refuse('backend_unreachable')
    expect(stage.state).toMatchObject({ name: 'confirming', unanswered: true })
    await vi.advanceTimersByTimeAsync(2000)
    await stage.last('status').answer(delivered)
    expect(stage.state.name).toBe('paid')
  })

  test('T-70 a closed window is not a cancelled payment: questions, then "finish there or start again", still asking', async () => {
    await stage.pay('popup')
    stage.status = pending
    stage.surface?.options.onClose()
    expect(stage.state).toMatchObject({ name: 'confirming', after: 'popup' })
    await vi.advanceTimersByTimeAsync(5000)
    expect(stage.state).toMatchObject({ name: 'paying', astray: true })
    expect(stage.told).toEqual(['open'])
    stage.status = delivered
    await vi.advanceTimersByTimeAsync(12_000)
    expect(stage.state.name).toBe('paid')
  })

  test('T-70 without an answer nothing is said about the window', async () => {
    await stage.pay('popup')
    stage.surface?.options.onClose()
    await settle()
    await stage.last('status').refuse('backend_unreachable')
    await vi.advanceTimersByTimeAsync(6000)
    expect(stage.state).toMatchObject({ name: 'confirming', unanswered: true })
    stage.status = pending
    await stage.last('status').answer(pending)
    await vi.advanceTimersByTimeAsync(6000)
    expect(stage.state).toMatchObject({ name: 'paying', astray: true })
  })

  test('T-70 nor while the first answer is still on its way', async () => {
    await stage.pay('popup')
    stage.surface?.options.onClose()
    await vi.advanceTimersByTimeAsync(6000)
    expect(stage.state).toMatchObject({ name: 'confirming', after: 'popup' })
    await stage.last('status').answer(pending)
    stage.status = pending
    await vi.advanceTimersByTimeAsync(6000)
    expect(stage.state).toMatchObject({ name: 'paying', astray: true })
  })

  test('T-70 once the server says paid, nothing more is said about the window', async () => {
    await stage.pay('popup')
    stage.status = { state: 'paid', delivered: false }
    stage.surface?.options.onClose()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(stage.state).toMatchObject({ name: 'confirming', astray: false })
  })

  test('without a network the buyer reads so at once, nothing is said about the window, and asking again asks', async () => {
    await stage.pay('popup')
    stage.online = false
    stage.surface?.options.onClose()
    await vi.advanceTimersByTimeAsync(1)
    await stage.last('status').refuse('backend_unreachable')
    expect(stage.state).toMatchObject({ name: 'confirming', unanswered: true })
    await vi.advanceTimersByTimeAsync(20_000)
    expect(stage.state).toMatchObject({ name: 'confirming', unanswered: true })
    expect(stage.asked('status')).toHaveLength(1)
    stage.online = true
    stage.session.input({ type: 'check' })
    expect(stage.state.unanswered).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    await stage.last('status').answer(delivered)
    expect(stage.state.name).toBe('paid')
    expect(stage.askedFor).toBe('gold')
  })

  test('T-78 where the browser says wrongly that there is no network, news and "check" ask all the same, and an answer keeps the rhythm', async () => {
    await stage.pay('popup')
    stage.online = false
    stage.hear({ kind: 'returned', claims: false })
    await vi.advanceTimersByTimeAsync(1)
    await stage.last('status').answer(pending)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(stage.asked('status')).toHaveLength(2)
    await stage.last('status').refuse('backend_unreachable')
    await vi.advanceTimersByTimeAsync(20_000)
    expect(stage.asked('status')).toHaveLength(2) // without one the rhythm rests (T-81)
    expect(stage.state).toMatchObject({ name: 'confirming', unanswered: true })
    stage.session.input({ type: 'check' })
    await vi.advanceTimersByTimeAsync(1)
    await stage.last('status').answer(delivered)
    expect(stage.state.name).toBe('paid')
  })

  test('without an answer the buyer may start again', async () => {
    await stage.pay()
    stage.hear({ kind: 'finished' })
    await settle()
    await stage.last('status').refuse('backend_unreachable')
    stage.session.input({ type: 'start_again' })
    expect(stage.state.name).toBe('ready')
  })

  test('a claim that it failed is shown only while the server knows nothing better', async () => {
    for (const [status, name] of [
      [pending, 'ready'],
      [delivered, 'paid'],
    ] as const) {
      const own = new Stage()
      await own.pay()
      own.status = status
      own.hear({ kind: 'returned', claims: true })
      await vi.advanceTimersByTimeAsync(1)
      expect(own.state.name).toBe(name)
      expect(own.told.at(-1)).toBe(name === 'paid' ? 'success' : 'failure')
      own.session.disconnect()
    }
  })

  test('busy and idle reach the surface and the statistics, and change nothing', async () => {
    await stage.pay()
    const before = stage.state
    stage.hear({ kind: 'busy' })
    stage.hear({ kind: 'idle' })
    stage.hear({ kind: 'resize', height: 900 })
    expect(stage.state).toBe(before)
    expect(stage.log.slice(-3)).toEqual(['heed busy', 'heed idle', 'heed resize'])
    expect(stage.reports).toEqual(['checkout-1 opened', 'checkout-1 busy', 'checkout-1 idle'])
  })

  test('the window that seems closed is opened again with the same checkout', async () => {
    await stage.pay('popup')
    stage.session.showWindow()
    expect(stage.log.at(-1)).toBe('focus popup')
    stage.status = pending
    stage.surface?.options.onClose()
    await vi.advanceTimersByTimeAsync(5000)
    stage.session.showWindow()
    expect(stage.log.slice(-2)).toEqual(['open popup', 'show popup https://pay.example/1'])
    expect(stage.openSurfaces).toBe(1)
    expect(stage.state).toMatchObject({ name: 'paying', astray: false })
    expect(stage.asked('open')).toHaveLength(1)
  })

  test('the closing of a surface that was left tells nothing', async () => {
    await stage.pay('iframe')
    const left = stage.surface
    left?.options.onNewWindow()
    expect(stage.state).toMatchObject({ name: 'paying', surface: 'popup' })
    left?.options.onClose()
    expect(stage.state.name).toBe('paying')
  })
})

describe('T-81 asking', () => {
  /** When the server was asked, in seconds after the first question. */
  async function rhythm(seconds: number): Promise<number[]> {
    const from = Date.now()
    const times: number[] = []
    const before = stage.asked('status').length
    for (let second = 0; second <= seconds * 10; second++) {
      const count = stage.asked('status').length - before
      while (times.length < count) times.push((Date.now() - from) / 1000)
      await vi.advanceTimersByTimeAsync(100)
    }
    return times
  }

  const confirm = async () => {
    await stage.pay()
    stage.status = pending
    stage.hear({ kind: 'returned', claims: false })
  }

  test('T-81 at once, then after 1, 2, 3, 5, 8, 10, 10… seconds, each up to a fifth late', async () => {
    await confirm()
    const times = await rhythm(120)
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(times[0]).toBeLessThan(0.2)
    for (const [index, least] of [1, 2, 3, 5, 8, 10, 10, 10].entries()) {
      expect(pauses[index]).toBeGreaterThanOrEqual(least - 0.11)
      expect(pauses[index]).toBeLessThanOrEqual(least * 1.2 + 0.21)
    }
  })

  test('T-81 rests while nobody looks or no network is there, and goes on at once after', async () => {
    await confirm()
    await vi.advanceTimersByTimeAsync(500)
    stage.attentive = false
    const before = stage.asked('status').length
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(stage.asked('status')).toHaveLength(before)
    expect(stage.state.name).toBe('confirming')
    stage.attention()
    await vi.advanceTimersByTimeAsync(1000)
    expect(stage.asked('status')).toHaveLength(before + 1)
  })

  test('T-81 however often something hurries, never twice within a second', async () => {
    await confirm()
    const before = stage.asked('status').length
    for (let flood = 0; flood < 3000; flood++) {
      stage.attention()
      stage.hear({ kind: flood % 2 ? 'finished' : 'resize' })
      await vi.advanceTimersByTimeAsync(1)
    }
    expect(stage.asked('status').length - before).toBeLessThanOrEqual(4)
  })

  test('T-81 after ten minutes it waits, in neutral words; looking again asks again', async () => {
    await confirm()
    await vi.advanceTimersByTimeAsync(599_000)
    expect(stage.state.name).toBe('confirming')
    await vi.advanceTimersByTimeAsync(13_000)
    expect(stage.state.name).toBe('waiting')
    expect(stage.told).toEqual(['open', 'pending'])
    const before = stage.asked('status').length
    await vi.advanceTimersByTimeAsync(600_000)
    expect(stage.asked('status')).toHaveLength(before)
    expect(stage.store.get('gold'), 'a reload finds it again').toBe('checkout-1')
    stage.status = delivered
    stage.attention()
    await vi.advanceTimersByTimeAsync(1)
    expect(stage.state.name).toBe('paid')
  })

  test('T-81 a page that stays open for longer is asked for as long', async () => {
    await stage.pay('iframe')
    stage.status = pending
    await vi.advanceTimersByTimeAsync(25 * 60_000)
    expect(stage.state.name).toBe('paying')
    stage.status = delivered
    await vi.advanceTimersByTimeAsync(13_000)
    expect(stage.state.name).toBe('paid')
  })

  test('T-70 a window that was lost sight of is asked for as long as nobody starts again', async () => {
    await stage.pay('popup')
    stage.status = pending
    stage.surface?.options.onClose()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(stage.state).toMatchObject({ name: 'paying', astray: true })
    await vi.advanceTimersByTimeAsync(25 * 60_000)
    stage.status = delivered
    await vi.advanceTimersByTimeAsync(13_000)
    expect(stage.state.name).toBe('paid')
  })

  test('T-81 no answer is never a failure', async () => {
    await stage.pay()
    stage.hear({ kind: 'finished' })
    for (let round = 0; round < 70; round++) {
      await vi.advanceTimersByTimeAsync(12_100)
      if (stage.state.name === 'confirming') await stage.last('status').refuse('backend_unreachable')
    }
    expect(stage.state.name).toBe('waiting')
    expect(stage.told).toEqual(['open', 'pending'])
  })

  test('while the page is open the server is asked every ten seconds, since a message may be lost', async () => {
    await stage.pay()
    stage.status = pending
    expect((await rhythm(60)).length).toBeGreaterThanOrEqual(4)
    stage.status = delivered
    await vi.advanceTimersByTimeAsync(12_000)
    expect(stage.state.name).toBe('paid')
  })
})

describe('coming back', () => {
  test('from our return page it waits for the outcome', async () => {
    stage.left = { id: 'checkout-1', returned: true }
    stage.status = pending
    stage.session.configure(settings)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(stage.state).toMatchObject({ name: 'confirming', page: { id: 'checkout-1' } })
    stage.status = delivered
    await vi.advanceTimersByTimeAsync(13_000)
    expect(stage.told).toEqual(['success'])
  })

  test('from our return page, which claims that it failed: the reason, and the methods again', async () => {
    stage.left = { id: 'checkout-1', returned: true, claims: true }
    stage.status = pending
    stage.session.configure(settings)
    await vi.advanceTimersByTimeAsync(1)
    expect(stage.state).toMatchObject({ name: 'ready', failure: { code: 'failed' } })
    expect(stage.told).toEqual(['failure'])
  })

  test('after a reload in the middle it asks, then offers to go on or start again', async () => {
    stage.left = { id: 'checkout-1', returned: false }
    stage.status = pending
    stage.session.configure({ ...settings, offer: undefined })
    await vi.advanceTimersByTimeAsync(6000)
    expect(stage.state).toMatchObject({ name: 'paying', astray: true })
    stage.left = undefined
    stage.session.input({ type: 'start_again' })
    expect(stage.state.name).toBe('loading')
    await stage.last('methods').answer(offer)
    expect(stage.state.name).toBe('ready')
  })

  test('with an id that the server does not know it starts afresh', async () => {
    stage.left = { id: 'checkout-0', returned: true }
    stage.session.configure(settings)
    await settle()
    await stage.last('status').refuse('checkout_unknown')
    expect(stage.state.name).toBe('ready')
  })

  test('T-77 restored by "back" from the provider: one question, then the methods again', async () => {
    await stage.pay('redirect')
    stage.status = pending
    stage.attention(true)
    await vi.advanceTimersByTimeAsync(1)
    expect(stage.state.name).toBe('ready')
    expect(stage.told).toEqual(['open', 'close'])
  })
})

describe('T-80 removed, changed, moved', () => {
  test('T-80 other attributes wait until the running checkout has ended', async () => {
    await stage.pay()
    stage.session.configure({ ...settings, order: 'silver', offer: { ...offer, title: 'Silver' } })
    expect(stage.state).toMatchObject({ name: 'paying', page: { id: 'checkout-1' } })
    expect(stage.openSurfaces).toBe(1)
    stage.status = pending
    stage.surface?.options.onClose()
    await vi.advanceTimersByTimeAsync(1)
    expect(stage.told).toEqual(['open', 'close'])
    expect(stage.state).toMatchObject({ name: 'ready', offer: { title: 'Silver' } })
  })

  test('T-80 "paid" stands when the page renders again, and goes when another order is meant', async () => {
    await stage.pay()
    stage.session.configure({ ...settings, offer: { ...offer } })
    stage.status = delivered
    stage.hear({ kind: 'returned', claims: false })
    await vi.advanceTimersByTimeAsync(1)
    expect(stage.state.name).toBe('paid')
    stage.session.configure({ ...settings, offer: { ...offer }, locale: 'ar' })
    expect(stage.state.name).toBe('paid')
    stage.session.configure({ ...settings, order: 'silver', offer: { ...offer, title: 'Silver' } })
    expect(stage.state).toMatchObject({ name: 'ready', offer: { title: 'Silver' } })
  })

  test('T-80 a new offer alone takes the place of the last one, and the reason shown stays', async () => {
    stage.session.configure(settings)
    stage.session.choose(method, 'iframe')
    await stage.last('open').refuse('provider_refused')
    stage.session.configure({ ...settings, offer: { ...offer } })
    expect(stage.state.failure?.code).toBe('provider_refused')
    stage.session.configure({ ...settings, offer: { ...offer, title: 'Dearer' } })
    expect(stage.state).toMatchObject({ name: 'ready', offer: { title: 'Dearer' }, failure: { code: 'provider_refused' } })
  })

  test('T-80 so does "still being checked"', async () => {
    await stage.pay()
    stage.status = pending
    stage.hear({ kind: 'returned', claims: false })
    await vi.advanceTimersByTimeAsync(612_000)
    stage.session.configure({ ...settings, offer: { ...offer } })
    expect(stage.state.name).toBe('waiting')
  })

  const moments: Readonly<Record<string, (own: Stage) => Promise<Call>>> = {
    'while the methods are fetched': async (own) => {
      own.session.configure({ ...settings, offer: undefined })
      return own.last('methods')
    },
    'while the page is opened': async (own) => {
      own.session.configure(settings)
      own.session.choose(method, 'popup')
      return own.last('open')
    },
    'while the server is asked': async (own) => {
      await own.pay('popup')
      own.hear({ kind: 'finished' })
      await settle()
      return own.last('status')
    },
  }
  const answers: Readonly<Record<string, unknown>> = { methods: offer, open: page, status: delivered }
  for (const [moment, reach] of Object.entries(moments)) {
    test(`T-80 disconnected ${moment}: the answer finds nobody, and nothing is left`, async () => {
      const own = new Stage()
      const call = await reach(own)
      own.session.disconnect()
      expect(call.signal.aborted).toBe(true)
      await call.answer(answers[call.of])
      await vi.advanceTimersByTimeAsync(60_000)
      expect(own.state.name).toBe('idle')
      expect(own.told).not.toContain('success')
      expect(own.openSurfaces + own.ears.length + own.watchers.size).toBe(0)
      expect(vi.getTimerCount()).toBe(0)
    })
    test(`T-80 disconnected ${moment}, then refused: likewise`, async () => {
      const own = new Stage()
      const call = await reach(own)
      own.session.disconnect()
      await call.refuse('provider_refused')
      expect(own.state.name).toBe('idle')
      expect(own.told).not.toContain('failure')
    })
  }

  test('T-80 disconnected while the buyer reads that the window was blocked: the page stays', async () => {
    stage.blocked = ['popup']
    stage.session.configure(settings)
    stage.session.choose(method, 'popup')
    await stage.last('open').answer(page)
    stage.session.disconnect()
    await vi.advanceTimersByTimeAsync(2000)
    expect(stage.log).toEqual(['open popup', 'open redirect'])
  })

  test('T-80 put back, it resumes what it left', async () => {
    await stage.pay('popup')
    stage.session.disconnect()
    expect(stage.store.get('gold')).toBe('checkout-1')
    stage.left = { id: 'checkout-1', returned: false }
    stage.status = delivered
    stage.session.configure(settings)
    await vi.advanceTimersByTimeAsync(1000)
    expect(stage.state.name).toBe('paid')
  })

  test('removed by the listener of the opening event: nothing opens', () => {
    stage.onTold = () => stage.session.disconnect()
    stage.session.configure(settings)
    stage.session.choose(method, 'popup')
    expect(stage.told).toEqual(['open'])
    expect(stage.log).toEqual([])
  })
})
