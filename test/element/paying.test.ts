import { expect } from '@open-wc/testing'
import { sendKeys } from '@web/test-runner-commands'
import type {
  CheckoutCloseEvent,
  CheckoutFailureEvent,
  CheckoutOpenEvent,
  CheckoutPendingEvent,
  CheckoutSuccessEvent,
} from '../../src/index.js'
import { inElevenMinutes, pause, say, until } from '../window/provider.js'
import { itWithNavigation } from './engine.js'
import { one, Shop } from './shop.js'

const id = 'checkout-0000000000000001'
const delivered = { state: 'paid', delivered: true } as const

describe('paying', () => {
  let shop: Shop
  const { open, stop } = window
  const { warn } = console

  beforeEach(() => {
    shop = new Shop()
    console.warn = () => {}
  })
  afterEach(() => {
    shop.close()
    Object.assign(window, { open, stop })
    console.warn = warn
  })

  const prevent = (type: string) => shop.button.addEventListener(type, (event) => event.preventDefault())

  describe('events, and what follows where nobody prevents it', () => {
    it('checkout-open: bubbles, leaves shadow roots, names the method; then the page opens', async () => {
      await shop.open({ surface: 'iframe' })
      await shop.pay(0)
      const event = shop.events[0] as CheckoutOpenEvent
      expect([event.type, event.method]).to.deep.equal(['checkout-open', 'paymentwall:cc'])
      expect([event.bubbles, event.composed, event.cancelable]).to.deep.equal([true, true, true])
      expect(event.target === shop.button).to.equal(true)
      expect(shop.dialog?.matches(':modal')).to.equal(true)
    })

    it('checkout-open, prevented: nothing opens', async () => {
      await shop.open({ surface: 'iframe' })
      prevent('checkout-open')
      shop.tiles[0]?.click()
      await pause(100)
      expect(shop.opened).to.deep.equal([])
      expect(shop.is('ready')).to.equal(true)
    })

    it('checkout-success: "paid" is shown', async () => {
      await shop.open({ surface: 'iframe' })
      await shop.pay()
      shop.status = delivered
      shop.comeBack()
      await shop.reach('paid')
      expect((shop.events.at(-1) as CheckoutSuccessEvent).checkoutId).to.equal(id)
      expect(shop.told).to.deep.equal(['open', 'success'])
      expect(shop.parts('paid')[0]?.textContent?.trim()).to.equal('Paid US$19.90')
      expect(shop.message).to.equal('Paid US$19.90')
      expect(shop.dialog === null).to.equal(true)
    })

    it('checkout-success with success-url: the page goes there; prevented it stays, and shows nothing of its own', async () => {
      for (const isPrevented of [false, true]) {
        await shop.open({ surface: 'iframe', 'success-url': '#thanks' })
        if (isPrevented) prevent('checkout-success')
        await shop.pay()
        shop.status = delivered
        shop.comeBack()
        await shop.reach('paid')
        await pause(50)
        expect(location.hash).to.equal(isPrevented ? '' : '#thanks')
        expect(shop.parts('paid')).to.have.length(isPrevented ? 0 : 1)
        history.replaceState(null, '', location.pathname + location.search)
        shop.button.remove()
        shop.status = { state: 'pending', delivered: false }
      }
    })

    it('checkout-success with a success-url that is no address: "paid" is shown, and the developer is told', async () => {
      const logged: string[] = []
      console.warn = (text: string) => logged.push(text)
      await shop.open({ surface: 'iframe', 'success-url': 'https://[' })
      await shop.pay()
      shop.status = delivered
      shop.comeBack()
      await shop.reach('paid')
      expect(shop.parts('paid')).to.have.length(1)
      expect(logged).to.deep.equal(['success-url="https://[" is no address.'])
    })

    it('checkout-failure: a refunded payment is called so', async () => {
      for (const state of ['refunded', 'charged_back'] as const) {
        await shop.open({ surface: 'iframe' })
        await shop.pay()
        shop.status = { state, delivered: false }
        shop.comeBack()
        await shop.reach('ready')
        expect(shop.message).to.equal('This payment was refunded.')
        shop.button.remove()
      }
    })

    it('checkout-failure: the reason is shown, the methods are back, the focus is on the first', async () => {
      await shop.open({ surface: 'iframe' })
      shop.tiles[1]?.focus()
      await shop.pay(1)
      shop.status = { state: 'declined', delivered: false }
      shop.comeBack()
      await shop.reach('ready')
      const { error } = shop.events.at(-1) as CheckoutFailureEvent
      expect(error.code).to.equal('declined')
      expect(shop.message).to.equal('The payment was declined. Please try another way to pay.')
      expect(shop.parts('message')[0]?.checkVisibility()).to.equal(true)
      expect(shop.root.activeElement === shop.tiles[0]).to.equal(true)
    })

    it('checkout-failure, prevented: the methods are back, and no reason is shown', async () => {
      await shop.open({ surface: 'iframe' })
      prevent('checkout-failure')
      shop.page = { status: 502, body: { error: 'provider_refused', message: 'no' } }
      shop.tiles[0]?.click()
      await until(() => shop.told.includes('failure'))
      await shop.button.updateComplete
      expect(shop.message).to.equal('')
      expect(shop.tiles).to.have.length(3)
    })

    it('checkout-failure of a refused opening carries the server’s code', async () => {
      await shop.open({ surface: 'popup' })
      shop.page = { status: 502, body: { error: 'provider_refused', message: 'no' } }
      shop.tiles[0]?.click()
      await until(() => shop.told.includes('failure'))
      await shop.button.updateComplete
      expect((shop.events.at(-1) as CheckoutFailureEvent).error.code).to.equal('provider_refused')
      expect(shop.message).to.equal('The payment page could not be opened. Nothing was charged.')
    })

    it('checkout-close: the buyer closed the page, and nothing is paid', async () => {
      await shop.open({ surface: 'iframe' })
      await shop.pay()
      shop.parts('dialog-close')[0]?.click()
      await shop.reach('ready')
      expect((shop.events.at(-1) as CheckoutCloseEvent).checkoutId).to.equal(id)
      expect(shop.told).to.deep.equal(['open', 'close'])
    })

    for (const isPrevented of [false, true])
      it(`checkout-pending${isPrevented ? ', prevented: nothing is shown' : ': "still being checked" is shown'}`, async () => {
        await shop.open({ surface: 'iframe' })
        if (isPrevented) prevent('checkout-pending')
        await shop.pay()
        shop.comeBack()
        await until(() => shop.is('confirming'))
        await inElevenMinutes(async () => {
          await shop.reach('waiting')
          expect((shop.events.at(-1) as CheckoutPendingEvent).checkoutId).to.equal(id)
          expect(shop.message).to.equal(isPrevented ? '' : 'Your payment is still being checked. The shop will let you know.')
          if (isPrevented) return
          shop.status = delivered
          shop.action('Check payment')?.click()
          await shop.reach('paid')
        })
      })

    it('T-82 no event and no address carries more than the checkout id', async () => {
      await shop.open({ surface: 'iframe' })
      await shop.pay()
      shop.status = delivered
      shop.comeBack()
      await shop.reach('paid')
      const own = shop.events.map((event) => Object.keys(event).filter((key) => key !== 'isTrusted'))
      expect(own).to.deep.equal([['method'], ['checkoutId']])
      expect(new Set(shop.asked.filter((request) => request.includes('gold')))).to.deep.equal(
        new Set(['GET methods?order=gold&locale=en-GB', `GET checkouts/${id}?order=gold`]),
      )
    })
  })

  describe('in the dialog', () => {
    it('T-65 the provider’s "paid" shows only that we ask; the server’s shows "paid"', async () => {
      await shop.open({ surface: 'iframe' })
      const frame = await shop.payInFrame()
      await say(frame, JSON.stringify({ event: 'paymentSuccess', data: { object: 'payment', amount: '19.90' } }))
      await shop.reach('confirming')
      expect(shop.message).to.contain('Confirming with the shop')
      const again = shop.action('Start again') as HTMLElement
      // Not at once, for the word may come at any moment; but a buyer whose page ended without one must not wait for ten minutes.
      expect(getComputedStyle(again).visibility).to.equal('hidden')
      for (const animation of again.getAnimations()) animation.currentTime = 15_000
      expect(getComputedStyle(again).visibility).to.equal('visible')
      await pause(1500)
      expect(shop.told).to.deep.equal(['open'])
      shop.status = delivered
      await shop.reach('paid')
    })

    it('T-67 closed in the middle of a payment it goes on asking: the payment may go through', async () => {
      await shop.open({ surface: 'iframe' })
      const frame = await shop.payInFrame()
      await say(frame, JSON.stringify({ event: 'paymentProcessingStart' }))
      await until(() => shop.told.length === 1)
      shop.parts('dialog-close')[0]?.click()
      shop.parts('dialog-close')[0]?.click()
      await shop.reach('confirming')
      await pause(1500)
      expect(shop.is('confirming')).to.equal(true)
      shop.status = delivered
      await shop.reach('paid')
      expect(shop.told).to.deep.equal(['open', 'success'])
    })

    it('goes on in a window of its own, with the same checkout', async () => {
      await shop.open({ surface: 'iframe' })
      await shop.pay()
      shop.parts('dialog-new-window')[0]?.click()
      await shop.button.updateComplete
      expect(shop.dialog === null).to.equal(true)
      expect(shop.message).to.equal('Finish in the payment window.')
      expect(shop.opened).to.have.length(1)
      shop.status = delivered
      shop.comeBack()
      await shop.reach('paid')
    })

    it('T-79 removed with its element, the page behind is usable again', async () => {
      await shop.open({ surface: 'iframe' })
      await shop.pay()
      shop.button.remove()
      await pause()
      expect(shop.root.querySelector('dialog, iframe') === null).to.equal(true)
      const behind = document.createElement('button')
      document.body.append(behind)
      behind.focus()
      expect(document.activeElement === behind).to.equal(true)
      behind.remove()
    })

    it('T-79 the focus comes back to the method', async () => {
      await shop.open({ surface: 'iframe' })
      shop.tiles[0]?.focus()
      await shop.pay()
      await sendKeys({ press: 'Escape' })
      await shop.reach('ready')
      expect(shop.root.activeElement === shop.tiles[0]).to.equal(true)
    })
  })

  describe('while money that was received is waited for', () => {
    const received = { state: 'pending', delivered: false, received: true } as const

    it('T-27 T-65 a click opens no second page: that payment is shown as being checked, and as paid when it is', async () => {
      await shop.open({ surface: 'popup' })
      shop.page = { status: 409, body: { error: 'order_pending', message: 'It is being checked.', id } }
      shop.status = received
      shop.tiles[0]?.click()
      await shop.reach('confirming')
      expect(shop.message).to.contain('Confirming with the shop')
      expect([shop.tiles.length, shop.parts('paid').length]).to.deep.equal([0, 0])
      shop.status = delivered
      await shop.reach('paid')
      expect(shop.told).to.deep.equal(['open', 'success'])
    })

    it('T-27 a dialog closed after paying leads to no other method, nor does "Start again"', async () => {
      await shop.open({ surface: 'iframe' })
      await shop.pay()
      shop.status = received
      shop.offer = { status: 409, body: { error: 'order_pending', message: 'It is being checked.', id } }
      shop.action('✕')?.click()
      await shop.reach('confirming')
      await pause(300)
      expect([shop.is('confirming'), shop.tiles.length]).to.deep.equal([true, 0])
      shop.action('Start again')?.click()
      await until(() => shop.told.includes('close'))
      await shop.reach('confirming')
      expect(shop.tiles).to.have.length(0)
      shop.status = delivered
      await shop.reach('paid')
      expect(shop.opened).to.have.length(1)
    })
  })

  describe('in a window', () => {
    it('T-69 it is opened inside the click, before the server is asked', async () => {
      await shop.open({ surface: 'popup' })
      shop.hangs = true
      let asked = -1
      window.open = (...given) => {
        asked = shop.opened.length
        return open.apply(window, given)
      }
      shop.tiles[0]?.click()
      expect(asked).to.equal(0)
    })

    it('shows what to do meanwhile', async () => {
      await shop.open({ surface: 'popup' })
      await shop.pay()
      expect(shop.message).to.equal('Finish in the payment window.')
      expect(
        ['Show window', 'Check payment', 'Pay on this page', 'Start again'].map((text) => !!shop.action(text)),
      ).to.deep.equal([true, true, true, true])
      shop.action('Start again')?.click()
      await shop.reach('ready')
      expect(shop.told).to.deep.equal(['open', 'close'])
    })

    it('says until when the page is open, and again when that is no news, but is heard once', async function () {
      this.timeout(20_000)
      let popup: Window | null = null
      window.open = (...given) => {
        popup = open.apply(window, given)
        return popup
      }
      shop.closeAt(new Date(new Date().setHours(23, 59)).toISOString())
      await shop.open({ surface: 'popup' })
      await shop.pay()
      const heard = () => shop.parts('until').map((line) => [line.textContent, !!line.closest('[role=status]')])
      expect(heard()).to.deep.equal([['Open until 23:59', true]])
      expect(shop.parts('until')[0]?.checkVisibility()).to.equal(true)
      ;(popup as Window | null)?.close()
      await shop.reach('confirming')
      expect(heard()).to.deep.equal([])
      await until(() => shop.message.startsWith('Not finished yet?'), 7000)
      expect(heard()).to.deep.equal([['Open until 23:59', false]])
    })

    for (const closesAt of [undefined, 'soon', ''])
      it(`says nothing of an end that is not known (${closesAt})`, async () => {
        shop.closeAt(closesAt)
        await shop.open({ surface: 'popup' })
        await shop.pay()
        expect(shop.message).to.equal('Finish in the payment window.')
        expect(shop.parts('until')).to.have.length(0)
      })

    it('T-70 closed is not cancelled: it asks, then offers to go on, and hears of the payment all the same', async function () {
      this.timeout(20_000)
      let popup: Window | null = null
      window.open = (...given) => {
        popup = open.apply(window, given)
        return popup
      }
      await shop.open({ surface: 'popup' })
      await shop.pay()
      ;(popup as Window | null)?.close()
      await shop.reach('confirming')
      expect(shop.told).to.deep.equal(['open'])
      await until(() => shop.message.startsWith('Not finished yet?'), 7000)
      shop.action('Check payment')?.click()
      await shop.reach('confirming')
      expect(shop.message).to.contain('Confirming with the shop')
      await until(() => shop.message.startsWith('Not finished yet?'), 7000)
      shop.action('Show window')?.click()
      await shop.button.updateComplete
      expect(shop.message).to.equal('Finish in the payment window.')
      expect(shop.opened).to.have.length(1)
      shop.status = delivered
      shop.comeBack()
      await shop.reach('paid')
    })

    const refusals: Readonly<Record<string, () => Window | null>> = {
      'answers null': () => null,
      'opens nothing': () => ({ closed: true }) as Window,
      'gives the page itself': () => window,
    }
    for (const [what, answer] of Object.entries(refusals))
      it(`T-78 a browser that ${what}: the buyer is told, and the page itself is to go there`, async () => {
        window.open = answer
        let stopped = 0
        window.stop = () => stopped++ // not in earnest: Firefox ends a page's WebSockets with it, and the runner's is one
        await shop.open({ surface: 'popup' })
        shop.tiles[0]?.click()
        await shop.button.updateComplete
        expect(shop.message).to.contain('blocked the payment window')
        expect(stopped).to.equal(what === 'gives the page itself' ? 1 : 0)
        expect(shop.opened.map(({ surface }) => surface)).to.deep.equal(['redirect'])
        shop.button.remove() // or the tests would go there, too
        await pause(1600)
      })
  })

  itWithNavigation('Cancel while the page is left by redirect: it stays, and the methods are back', async () => {
    // The browser is on its way to the provider; the test keeps it here, as a slow network would.
    const { navigation } = window as unknown as { navigation: EventTarget }
    const left: string[] = []
    const stay = (event: Event & { destination?: { url: string } }) => {
      left.push(event.destination?.url ?? '')
      event.preventDefault()
    }
    navigation.addEventListener('navigate', stay)
    await shop.open({ surface: 'redirect' })
    shop.tiles[2]?.focus()
    await shop.pay(2)
    await until(() => left.length)
    expect(left[0]).to.contain('/puppet')
    expect(shop.message).to.equal('Opening payment page…')
    expect(shop.tiles.map((tile) => tile.ariaDisabled)).to.deep.equal(['true', 'true', 'true'])
    shop.action('Cancel')?.click()
    await shop.reach('ready')
    expect(shop.told).to.deep.equal(['open', 'close'])
    expect(sessionStorage).to.have.length(0)
    expect(shop.tiles.map((tile) => tile.ariaDisabled)).to.deep.equal(['false', 'false', 'false'])
    navigation.removeEventListener('navigate', stay)
  })

  describe('the dialog opens in the moment of the click', () => {
    beforeEach(async () => {
      await shop.open({ surface: 'iframe' })
      shop.hangs = true
      shop.tiles[0]?.focus()
      shop.tiles[0]?.click()
    })

    it('before the server has been asked, and the page comes into it', async () => {
      expect(shop.dialog?.matches(':modal')).to.equal(true)
      expect(shop.dialog?.querySelector('.waiting')?.textContent).to.equal('Opening payment page…')
      const { dialog } = shop
      await shop.reach('opening')
      shop.hangs = false
      await shop.reach('paying')
      expect(shop.dialog === dialog).to.equal(true)
      expect(shop.frame?.isConnected).to.equal(true)
    })

    it('closed before the page is there, it gives the methods back and opens nothing later', async () => {
      await shop.reach('opening')
      shop.parts('dialog-close')[0]?.click()
      await shop.reach('ready')
      expect(shop.dialog === null).to.equal(true)
      expect(shop.root.activeElement === shop.tiles[0]).to.equal(true)
      expect(shop.told).to.deep.equal(['open'])
      shop.hangs = false
      await pause(100)
      expect([shop.is('ready'), shop.dialog]).to.deep.equal([true, null])
      expect(shop.asked.filter((asked) => asked.includes('/signals'))).to.deep.equal([])
    })

    it('and closes when the server refuses: the reason is shown, and the focus is back', async () => {
      shop.page = { status: 502, body: { error: 'provider_refused', message: 'no' } }
      shop.hangs = false
      await shop.reach('failed')
      expect(shop.dialog === null).to.equal(true)
      expect(shop.message).to.equal('The payment page could not be opened. Nothing was charged.')
      expect(shop.root.activeElement === shop.tiles[0]).to.equal(true)
    })
  })

  describe('without a network', () => {
    it('T-81 says that it keeps trying, and that nothing is lost; then goes on', async () => {
      await shop.open({ surface: 'iframe' })
      await shop.pay()
      shop.status = 'offline'
      shop.comeBack()
      await until(() => shop.message.startsWith('No connection'))
      expect(shop.is('confirming')).to.equal(true)
      expect(!!shop.action('Start again')).to.equal(true)
      shop.status = delivered
      shop.action('Check payment')?.click()
      await shop.reach('paid')
    })

    it('opening waits, and can be cancelled', async () => {
      await shop.open({ surface: 'iframe' })
      shop.hangs = true
      shop.tiles[0]?.click()
      await shop.reach('opening')
      expect(shop.message).to.equal('Opening payment page…')
      expect(shop.tiles.map((tile) => tile.getAttribute('aria-disabled'))).to.deep.equal(['true', 'true', 'true'])
      const cancel = shop.action('Cancel')
      expect(getComputedStyle(cancel as Element).visibility).to.equal('hidden')
      for (const animation of cancel?.getAnimations() ?? []) animation.finish()
      expect(getComputedStyle(cancel as Element).visibility).to.equal('visible')
      cancel?.click()
      await shop.reach('ready')
      expect(shop.told).to.deep.equal(['open'])
    })
  })

  describe('T-80', () => {
    it('T-80 survives changed attributes and a new render', async () => {
      const button = await shop.open({ surface: 'iframe' })
      await shop.pay()
      const { frame } = shop
      Object.assign(button, { order: 'silver', country: 'DE', lang: 'ar', layout: 'single', disabled: true })
      await button.updateComplete
      expect(shop.frame === frame).to.equal(true)
      expect(shop.is('paying')).to.equal(true)
      shop.status = delivered
      shop.comeBack()
      await until(() => shop.told.includes('success'))
      await until(() => shop.asked.some((request) => request.startsWith('GET methods?order=silver')))
    })

    it('T-80 moved within the page it goes on, in the dialog as well', async () => {
      const button = await shop.open({ surface: 'iframe' })
      await shop.pay()
      const section = document.createElement('section')
      document.body.append(section)
      section.append(button)
      await pause(50)
      expect(shop.is('paying')).to.equal(true)
      expect(shop.dialog?.matches(':modal')).to.equal(true)
      expect(shop.opened).to.have.length(1)
      shop.status = delivered
      shop.comeBack()
      await shop.reach('paid')
      section.remove()
    })

    it('T-80 removed while paying and put back, it resumes', async () => {
      const button = await shop.open({ surface: 'popup' })
      await shop.pay()
      button.remove()
      await pause(20)
      expect(Object.values(sessionStorage)).to.deep.equal([id])
      shop.status = delivered
      document.body.append(button)
      await shop.reach('paid')
      expect(shop.told).to.deep.equal(['open', 'success'])
      expect(sessionStorage).to.have.length(0)
    })

    it('after a redirect "paid" is said once, and shown with its price when that comes, though the status names none', async () => {
      const { href } = location
      history.replaceState(null, '', `?checkout=${id}`)
      shop.status = delivered
      shop.offer = { status: 409, body: { error: 'order_paid', message: 'paid', offer: { ...one, methods: [] } } }
      await shop.open()
      const said: string[] = []
      const note = new MutationObserver(() => said.push(shop.message))
      note.observe(shop.root, { subtree: true, childList: true, characterData: true })
      await shop.reach('paid')
      await until(() => shop.parts('paid')[0]?.textContent?.trim() === 'Paid US$19.90')
      note.disconnect()
      expect([...new Set(said)].filter((text) => text.startsWith('Paid'))).to.deep.equal(['Paid'])
      expect(shop.told).to.deep.equal(['success'])
      history.replaceState(null, '', href)
    })

    it('T-77 after a reload the address is clean and the outcome is asked for', async () => {
      const { href } = location
      history.replaceState(null, '', `?checkout=${id}`)
      shop.status = delivered
      await shop.open()
      expect(location.search).to.equal('')
      await shop.reach('paid')
      expect(shop.asked[0]).to.equal(`GET checkouts/${id}?order=gold`)
      history.replaceState(null, '', href)
    })

    it('T-77 after a reload nothing is said of a window that may never have been', async () => {
      await shop.open({ surface: 'popup' })
      await shop.pay()
      shop.button.remove()
      await pause(20)
      await shop.open()
      await until(() => shop.action('Check payment'), 7000)
      expect(shop.message).to.equal('Not finished yet? Go on where you were paying, or start again.')
      expect(shop.action('Show window')).to.equal(undefined)
    })
  })

  it('T-68 a hundred checkouts leave no listener, no timer, no frame and no window behind', async function () {
    this.timeout(30_000)
    const { addEventListener, removeEventListener } = EventTarget.prototype
    const { setTimeout, clearTimeout, setInterval, clearInterval } = window
    const listeners = new Map<string, number>()
    const timers = new Set<unknown>()
    const opened: (Window | null)[] = []
    const isPages = (target: EventTarget | undefined) => target === undefined || target === window || target === document
    const count = (type: string, by: number) => listeners.set(type, (listeners.get(type) ?? 0) + by)
    EventTarget.prototype.addEventListener = function (this: EventTarget, ...given) {
      const [type, , options] = given
      if (isPages(this)) {
        count(type, 1)
        if (typeof options === 'object') options?.signal?.addEventListener('abort', () => count(type, -1))
      }
      return addEventListener.apply(this, given)
    }
    EventTarget.prototype.removeEventListener = function (this: EventTarget, ...given) {
      if (isPages(this)) count(given[0], -1)
      return removeEventListener.apply(this, given)
    }
    window.setTimeout = ((run: () => void, delay = 0) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        run()
      }, delay / 50)
      timers.add(timer)
      return timer
    }) as typeof window.setTimeout
    window.setInterval = ((run: () => void, delay?: number) => {
      const timer = setInterval(run, delay)
      timers.add(timer)
      return timer
    }) as typeof window.setInterval
    window.clearTimeout = window.clearInterval = ((timer?: number) => {
      timers.delete(timer)
      clearTimeout(timer)
      clearInterval(timer)
    }) as typeof window.clearTimeout
    window.open = () => {
      const popup = {
        closed: false,
        location: { replace() {} },
        document: document.implementation.createHTMLDocument(),
        focus() {},
      }
      opened.push(Object.assign(popup, { close: () => Object.assign(popup, { closed: true }) }) as unknown as Window)
      return opened.at(-1) ?? null
    }
    try {
      const button = await shop.open()
      for (let round = 0; round < 100; round++) {
        button.surface = round % 2 ? 'popup' : 'iframe'
        shop.tiles[0]?.click()
        while (!shop.is('paying')) await new Promise((resolve) => setTimeout(resolve))
        await button.updateComplete
        if (round % 10 === 9) {
          button.remove()
          await new Promise((resolve) => setTimeout(resolve))
          sessionStorage.clear()
          document.body.append(button)
        } else if (round % 2) shop.action('Start again')?.click()
        else shop.parts('dialog-close')[0]?.click()
        while (!shop.is('ready')) await new Promise((resolve) => setTimeout(resolve))
        await button.updateComplete
      }
      expect(shop.opened).to.have.length(100)
      expect([...listeners].filter(([, left]) => left !== 0)).to.deep.equal([])
      expect(timers.size).to.equal(0)
      expect(shop.root.querySelectorAll('dialog, iframe')).to.have.length(0)
      expect(opened.filter((popup) => !popup?.closed)).to.deep.equal([])
    } finally {
      Object.assign(EventTarget.prototype, { addEventListener, removeEventListener })
      Object.assign(window, { setTimeout, clearTimeout, setInterval, clearInterval })
    }
  })

  it('T-82 the address is clean before anything is asked', async () => {
    const { href } = location
    history.replaceState(null, '', `?checkout=${id}&a=1`)
    shop.offer = one
    const answer = window.fetch
    const seen: string[] = []
    window.fetch = (...given) => {
      seen.push(location.search)
      return answer(...given)
    }
    await shop.open()
    await until(() => seen.length)
    expect(seen[0]).to.equal('?a=1')
    history.replaceState(null, '', href)
  })
})
