import { expect } from '@open-wc/testing'
import { sendKeys } from '@web/test-runner-commands'
import { CheckoutButton } from '../../src/element/checkout-button.js'
import { inElevenMinutes, pause, provider, until } from '../window/provider.js'
import { gold, one, Shop } from './shop.js'

describe('the element', () => {
  let shop: Shop
  const { error, warn, info } = console
  let logged: string[]

  beforeEach(() => {
    shop = new Shop()
    logged = []
    console.error = console.warn = console.info = (text: string) => logged.push(text)
  })
  afterEach(() => {
    shop.close()
    Object.assign(console, { error, warn, info })
  })

  const texts = () => shop.tiles.map(({ textContent }) => textContent?.replace(/\s+/g, ' ').trim())

  describe('shows the methods', () => {
    it('as the server names them, with its price, in the buyer’s own variant of the page’s language', async () => {
      await shop.open({ lang: 'en', country: 'NL' })
      expect(shop.asked).to.deep.equal(['GET methods?order=gold&country=NL&locale=en-GB'])
      expect(texts()).to.deep.equal(['Credit card', 'iDEAL', 'W WiPay plus the provider’s fee'])
      expect(shop.parts('price')[0]?.textContent).to.equal('US$19.90')
    })

    it('one method as one button that says it all', async () => {
      shop.offer = one
      await shop.open()
      expect(texts()).to.deep.equal(['Pay US$19.90 with iDEAL'])
      expect(shop.parts('summary')).to.deep.equal([])
    })

    it('both prices of a trial above the single button, which hides neither', async () => {
      const trial = { period: { every: 1, unit: 'week' as const }, price: { amount: '1.00', currency: 'USD' } }
      shop.offer = { ...gold, renews: { period: { every: 1, unit: 'month' }, trial } }
      await shop.open({ layout: 'single' })
      expect(texts()[0]).to.equal('Pay US$1.00')
      expect(shop.parts('price')[0]?.textContent).to.equal('US$1.00 for 1 week, then US$19.90 every month')
    })

    it('both prices of a trial', async () => {
      const renews = { period: { every: 1, unit: 'month' as const } }
      shop.offer = {
        ...gold,
        renews: { ...renews, trial: { period: { every: 7, unit: 'day' }, price: { amount: '1.00', currency: 'USD' } } },
      }
      await shop.open()
      expect(shop.parts('price')[0]?.textContent).to.equal('US$1.00 for 7 days, then US$19.90 every month')
      shop.button.remove()
      shop.offer = { ...one, renews }
      await shop.open()
      expect(shop.parts('price')[0]?.textContent).to.equal('US$19.90 every month')
    })

    it('skeletons while they are fetched', async () => {
      shop.hangs = true
      await shop.open()
      expect(shop.parts('skeleton')).to.have.length(3)
      expect(shop.message).to.equal('Loading payment methods…')
    })

    it('an offer that the page has already, without fetching', async () => {
      const button = document.createElement('checkout-button')
      Object.assign(button, { server: '/checkout', order: 'gold', offer: gold })
      document.body.append(button)
      shop.button = button
      await button.updateComplete
      expect(shop.tiles).to.have.length(3)
      expect(shop.asked).to.deep.equal([])
    })

    it('takes the place of what a server rendered, where nothing is there to take it over', async () => {
      const page = document.createElement('div')
      page.setHTMLUnsafe(`<checkout-button server="/checkout" order="gold">
        <template shadowrootmode="open"><button part="method">dead</button></template>
      </checkout-button>`)
      document.body.append(page)
      shop.button = page.querySelector('checkout-button') as CheckoutButton
      await until(() => shop.tiles.length === 3)
      expect(shop.root.textContent).not.to.contain('dead')
      page.remove()
    })

    it('T-80 put in and taken out in one breath, it asks nothing and throws nothing', async () => {
      const button = document.createElement('checkout-button')
      button.setAttribute('server', '/checkout')
      button.setAttribute('order', 'gold')
      document.body.append(button)
      button.remove()
      await button.updateComplete
      await pause(100) // what is thrown later reaches the runner, and fails the test
      expect(shop.asked).to.deep.equal([])
    })

    describe('without waiting for a price, which costs more than all of them', () => {
      const { NumberFormat } = Intl
      /** How many tiles there were at each time when the browser was asked for a format. */
      let there: number[]

      beforeEach(() => {
        there = []
        const counted = new Proxy(NumberFormat, {
          construct(target, given) {
            there.push(shop.root.querySelectorAll('.tile').length)
            return Reflect.construct(target, given)
          },
        })
        Object.assign(Intl, { NumberFormat: counted })
      })
      afterEach(() => Object.assign(Intl, { NumberFormat }))

      const put = async (given: object) => {
        const button = document.createElement('checkout-button')
        shop.button = Object.assign(button, { server: '/checkout', order: 'gold', ...given })
        document.body.append(button)
        await button.updateComplete
      }
      const price = () => shop.parts('price')[0]?.textContent

      for (const layout of ['list', 'grid'])
        it(`${layout}: the tiles of an offer in the page come first, and the price moves nothing when it comes`, async () => {
          await put({ offer: gold, layout })
          expect([there, shop.tiles.length, price()]).to.deep.equal([[], 3, ''])
          const box = () => [shop.button, ...shop.tiles].map((each) => each.getBoundingClientRect().toJSON())
          const before = box()
          await until(() => price() === 'US$19.90')
          expect(there.every((tiles) => tiles === 3)).to.equal(true)
          expect(box()).to.deep.equal(before)
        })

      const written = { locale: navigator.languages.find((name) => name.startsWith('en-')) ?? 'en', first: 'nineteen dollars' }
      const renews = { period: { every: 1, unit: 'month' } } as const

      for (const [what, given, says] of [
        ['a price', { offer: { ...gold, written } }, 'nineteen dollars'],
        ['one method', { offer: { ...one, written } }, 'Pay nineteen dollars with iDEAL'],
        ['one button', { offer: { ...gold, written }, layout: 'single' }, 'Pay nineteen dollars'],
        [
          'what renews',
          { offer: { ...gold, renews, written: { ...written, price: 'nineteen', period: 'moon' } } },
          'nineteen every moon',
        ],
        [
          'a trial',
          {
            offer: {
              ...gold,
              renews: { ...renews, trial: { period: { every: 7, unit: 'day' }, price: { amount: '1.00', currency: 'USD' } } },
              written: { locale: written.locale, first: 'one', price: 'nineteen', period: 'moon', trial: 'a week' },
            },
          },
          'one for a week, then nineteen every moon',
        ],
      ] as const)
        it(`${what} as the server wrote it, at once, and the browser writes none`, async () => {
          await put(given)
          expect([price() || texts()[0], there]).to.deep.equal([says, []])
          await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)))
          expect(there).to.deep.equal([])
        })

      for (const [what, given] of [
        ['another locale', { ...written, locale: 'fr' }],
        ['none that reads as such', { ...written, first: 19 }],
      ] as const)
        it(`what the server wrote in ${what} is passed over`, async () => {
          await put({ offer: { ...one, written: given } })
          expect(texts()[0]).to.equal('Pay US$19.90 with iDEAL')
        })

      it('what renews, of which the server wrote half, is written anew', async () => {
        await put({ offer: { ...gold, renews, written } })
        expect(price()).to.equal('US$19.90 every month')
      })

      it('the browser gets ready to write until when the page is open while the server is asked for it', async () => {
        await put({ offer: { ...gold, written } })
        await until(() => shop.tiles[0])
        shop.hangs = true
        shop.tiles[0]?.click()
        expect(there).to.deep.equal([])
        await until(() => there.length)
        expect(shop.is('opening')).to.equal(true)
        shop.hangs = false
      })

      for (const [what, given, says] of [
        ['one method', { offer: one }, 'Pay US$19.90 with iDEAL'],
        ['one button', { offer: gold, layout: 'single' }, 'Pay US$19.90'],
      ] as const)
        it(`${what}: a button never says "Pay" without its price`, async () => {
          await put(given)
          expect(texts()[0]).to.equal(says)
        })

      it('what is charged again is never shown in part', async () => {
        await put({ offer: { ...gold, renews: { period: { every: 1, unit: 'month' } } } })
        expect(price()).to.equal('US$19.90 every month')
      })
    })

    it('an order paid before as paid', async () => {
      shop.offer = { status: 409, body: { error: 'order_paid', message: 'This order is paid already.' } }
      await shop.open()
      expect(shop.is('paid')).to.equal(true)
      expect(shop.parts('paid')[0]?.textContent?.trim()).to.equal('Paid')
      expect(shop.told).to.deep.equal([])
    })

    it('T-27 T-65 an order whose money was received as being checked, with nothing to pay, and as paid once the server says so', async () => {
      shop.offer = { status: 409, body: { error: 'order_pending', message: 'It is being checked.', id: 'c1' } }
      shop.status = { state: 'pending', delivered: false, received: true }
      await shop.open()
      expect(shop.is('confirming')).to.equal(true)
      expect(shop.message).to.contain('Confirming with the shop')
      expect([shop.tiles.length, shop.parts('paid').length, shop.told.length]).to.deep.equal([0, 0, 0])
      await inElevenMinutes(async () => {
        await shop.reach('waiting')
        expect(shop.message).to.equal('Your payment is still being checked. The shop will let you know.')
        shop.action('Start again')?.click()
        await shop.reach('confirming')
        shop.status = { state: 'paid', delivered: true }
        await shop.reach('paid')
      })
      expect(shop.told).to.deep.equal(['pending', 'success'])
      expect(shop.opened).to.deep.equal([])
    })

    it('that there are none', async () => {
      shop.offer = { ...gold, methods: [] }
      await shop.open()
      expect(shop.message).to.equal('There is no way to pay for this at the moment.')
    })

    describe('that `methods` names', () => {
      for (const [names, shown] of [
        ['paymentwall:ideal', ['Pay US$19.90 with iDEAL']],
        ['wipay paymentwall:cc', ['W WiPay plus the provider’s fee', 'Credit card']],
        ['paymentwall', ['Credit card', 'iDEAL']],
        [' paymentwall:ideal,\n paymentwall ', ['iDEAL', 'Credit card']],
        ['', ['Credit card', 'iDEAL', 'W WiPay plus the provider’s fee']],
      ] as const)
        it(`in its order: "${names}"`, async () => {
          await shop.open({ methods: names })
          expect(texts()).to.deep.equal(shown)
          expect(logged).to.deep.equal([])
        })

      it('passing over a name that finds nothing, of which the developer is told once', async () => {
        await shop.open({ methods: 'paymentwal paymentwall:c ideal wipay' })
        expect(texts()).to.deep.equal(['W Pay US$19.90 with WiPay plus the provider’s fee'])
        shop.button.methods = 'gstable'
        await shop.button.updateComplete
        expect(texts()).to.deep.equal([])
        expect(shop.message).to.equal('There is no way to pay for this at the moment.')
        expect(logged).to.deep.equal(['methods="paymentwal paymentwall:c ideal wipay": paymentwal is not on offer.'])
      })

      it('without asking the server again, and without disturbing a payment', async () => {
        await shop.open({ methods: 'wipay paymentwall:cc' })
        await shop.pay(1)
        expect(shop.opened.map(({ method }) => method)).to.deep.equal(['paymentwall:cc'])
        shop.button.methods = 'paymentwall:ideal'
        await shop.button.updateComplete
        expect(shop.is('paying')).to.equal(true)
        expect(shop.dialog?.open).to.equal(true)
        expect(shop.asked.filter((asked) => asked.startsWith('GET methods'))).to.have.length(1)
      })
    })

    it('what the page holds for this case when they cannot be loaded, and tells the developer once', async () => {
      shop.offer = {
        status: 403,
        body: { error: 'origin_refused', message: 'This page is not listed: add its origin to `pages`.' },
      }
      const button = await shop.open()
      button.innerHTML = '<a href="/pay">Pay without script</a>'
      expect(shop.message).to.equal('Payment methods could not be loaded.')
      expect(button.querySelector('a')?.checkVisibility()).to.equal(true)
      expect(logged).to.have.length(1)
      expect(logged[0]).to.contain('server="').and.to.contain('add its origin to `pages`')
      shop.offer = gold
      shop.action('Try again')?.click()
      await shop.reach('ready')
      expect(button.querySelector('a')?.checkVisibility()).to.equal(false)
    })

    it('muted and with the reason when disabled', async () => {
      await shop.open({ disabled: '' })
      expect(shop.message).to.equal('Paying is not possible yet.')
      for (const tile of shop.tiles) {
        expect(tile.getAttribute('aria-disabled')).to.equal('true')
        expect(shop.root.getElementById(tile.getAttribute('aria-describedby') ?? '')?.textContent).to.equal(
          'Paying is not possible yet.',
        )
        tile.click()
      }
      expect(shop.told).to.deep.equal([])
      shop.button.disabled = false
      await shop.button.updateComplete
      expect(shop.tiles[0]?.getAttribute('aria-disabled')).to.equal('false')
    })

    it('"false" in an attribute means no, as frameworks write it out, before the tag is defined as well', async () => {
      for (const [name, wanted] of [
        ['', true],
        ['true', true],
        ['false', false],
      ] as const) {
        const button = document.createElement(`late-button-${name}`) as CheckoutButton
        for (const attribute of ['disabled', 'refuse-when-framed']) button.setAttribute(attribute, name)
        document.body.append(button)
        customElements.define(button.localName, class extends CheckoutButton {})
        expect([button.disabled, button.refuseWhenFramed], name).to.deep.equal([wanted, wanted])
        await button.updateComplete
        button.remove()
      }
      await shop.open({ disabled: 'false' })
      expect(shop.tiles[0]?.getAttribute('aria-disabled')).to.equal('false')
      shop.button.disabled = true
      await shop.button.updateComplete
      expect(shop.button.getAttribute('disabled')).to.equal('')
      shop.button.disabled = false
      await shop.button.updateComplete
      expect(shop.button.hasAttribute('disabled')).to.equal(false)
    })

    it('in Arabic, from right to left', async () => {
      await shop.open({ lang: 'ar' })
      const base = shop.parts('base')[0]
      expect(base?.dir).to.equal('rtl')
      expect(base?.lang).to.equal('ar')
      expect(shop.parts('summary')[0]?.textContent).to.contain('ادفع عبر')
    })

    it('in English where the page’s language is not here, and in any language that the page brings', async () => {
      const button = await shop.open({ lang: 'fa' })
      expect(shop.parts('base')[0]?.dir).to.equal('ltr')
      button.labels = { payWith: 'پرداخت با' }
      await button.updateComplete
      expect(shop.parts('base')[0]?.dir).to.equal('rtl')
      expect(shop.parts('summary')[0]?.textContent).to.contain('پرداخت با')
    })

    it('a language that is none, or is written otherwise, as the nearest that there is', async () => {
      for (const [lang, dir] of [
        ['en_US', 'ltr'],
        ['x', 'ltr'],
        ['ar_EG', 'rtl'],
      ] as const) {
        await shop.open({ lang })
        expect(shop.tiles).to.have.length(3)
        expect(shop.parts('base')[0]?.dir).to.equal(dir)
        shop.button.remove()
      }
    })

    it('as a group named by what it is for', async () => {
      await shop.open()
      expect(shop.parts('base')[0]?.ariaLabel).to.equal('Pay with')
    })

    it('the page’s language where the element has none', async () => {
      const section = document.createElement('section')
      section.lang = 'ar'
      document.body.append(section)
      await shop.open({}, section)
      expect(shop.parts('base')[0]?.dir).to.equal('rtl')
      section.remove()
    })

    it('a letter where a logo does not load, and what the page puts in its place', async () => {
      const [card, ideal] = gold.methods
      if (!card || !ideal) throw new Error('no methods')
      shop.offer = { ...gold, methods: [{ ...card, icon: `${provider}/missing.svg` }, ideal] }
      const button = await shop.open()
      await until(() => shop.parts('logo')[0]?.textContent?.trim() === 'C')
      expect(shop.parts('logo')[0]?.querySelector('img') === null).to.equal(true)
      expect(shop.parts('logo')[1]?.querySelector('img') === null).to.equal(false)
      button.innerHTML = '<svg slot="icon:paymentwall:cc"></svg><span slot="label:paymentwall:cc">Visa or Mastercard</span>'
      const slot = shop.root.querySelector<HTMLSlotElement>('slot[name="icon:paymentwall:cc"]')
      expect(slot?.assignedElements()).to.have.length(1)
    })
  })

  describe('T-75', () => {
    it('T-75 names and titles are text, whatever markup they hold', async () => {
      const hostile = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>'
      const [card] = gold.methods
      if (!card) throw new Error('no method')
      shop.offer = { ...gold, title: hostile, methods: [{ ...card, label: hostile }, ...gold.methods.slice(1)] }
      await shop.open({ surface: 'iframe' })
      expect(shop.tiles[0]?.textContent).to.contain('<script>')
      await shop.pay()
      expect(shop.dialog?.textContent).to.contain('<script>')
      expect(shop.root.querySelector('script, img[src="x"]') === null).to.equal(true)
      expect('hit' in window).to.equal(false)
    })

    const addresses = [
      ...['javascript:window.hit=1', 'data:text/html,<script>opener.hit=1</script>', 'http://pay.example/', '//pay.example/'],
      ...[
        'https://user:pass@pay.example/',
        'blob:https://pay.example/1',
        'file:///etc/passwd',
        '/pay',
        ' javascript:hit=1',
        '',
      ],
    ]
    for (const url of addresses) {
      it(`T-75 an address like "${url.slice(0, 30)}" is not opened`, async () => {
        shop.page = { body: { id: 'checkout-0000000000000001', url } }
        await shop.open({ surface: 'iframe' })
        shop.hurry()
        shop.tiles[0]?.click()
        await until(() => shop.told.includes('failure'))
        expect(shop.dialog === null).to.equal(true)
        expect(shop.message).to.equal('No connection to the shop. Nothing was charged.')
        expect('hit' in window).to.equal(false)
      })

      it(`T-75 nor loaded as a logo: "${url.slice(0, 30)}"`, async () => {
        const [card] = gold.methods
        if (!card) throw new Error('no method')
        shop.offer = { ...gold, methods: [{ ...card, icon: url }] }
        await shop.open()
        expect(shop.root.querySelector('img') === null).to.equal(true)
      })
    }
  })

  it('T-61 is defined once; a second copy says so and does no harm', async () => {
    const before = customElements.get('checkout-button')
    const copy = '../../src/index.ts?again'
    await import(copy)
    expect(customElements.get('checkout-button')).to.equal(before)
    expect(before).to.equal(CheckoutButton)
    expect(logged).to.have.length(1)
    expect(logged[0]).to.contain('twice')
  })

  it('T-61 listens to nothing of the page while it rests', async () => {
    const added: string[] = []
    const { addEventListener } = EventTarget.prototype
    EventTarget.prototype.addEventListener = function (this: EventTarget, ...given) {
      if (this === undefined || this === window || this === document) added.push(given[0])
      return addEventListener.apply(this, given)
    }
    await shop.open()
    EventTarget.prototype.addEventListener = addEventListener
    expect(shop.is('ready')).to.equal(true)
    expect(added).to.deep.equal([])
  })

  it('T-60 sets no inline style, and builds nothing from text', async () => {
    await shop.open({ surface: 'iframe' })
    await shop.pay()
    expect(shop.root.querySelectorAll('[style], style, [onclick]')).to.have.length(0)
    expect(shop.root.adoptedStyleSheets).to.have.length(1)
  })

  describe('by keyboard', () => {
    it('every method is reached by Tab and chosen by Enter or Space', async () => {
      for (const key of ['Enter', ' ']) {
        await shop.open({ surface: 'iframe' })
        shop.tiles[0]?.focus()
        await sendKeys({ press: 'Tab' })
        expect(shop.root.activeElement === shop.tiles[1]).to.equal(true)
        await sendKeys({ down: 'Shift' })
        await sendKeys({ press: 'Tab' })
        await sendKeys({ up: 'Shift' })
        await sendKeys({ press: key })
        await shop.reach('paying')
        expect((shop.events.at(-1) as Event & { method: string }).method).to.equal('paymentwall:cc')
        shop.button.remove()
        sessionStorage.clear()
      }
    })

    it('T-76 held down or pressed again, Enter opens one checkout', async () => {
      await shop.open({ surface: 'iframe' })
      shop.tiles[0]?.focus()
      for (let press = 0; press < 5; press++) await sendKeys({ press: 'Enter' })
      shop.tiles[0]?.click()
      await shop.reach('paying')
      expect(shop.opened).to.have.length(1)
    })
  })

  it('T-76 a second button of the page waits, and says why', async () => {
    shop.hangs = false
    const other = await shop.open({ order: 'silver' })
    await shop.open({ surface: 'iframe' })
    shop.hangs = true
    shop.tiles[0]?.click()
    await other.updateComplete
    const tile = other.shadowRoot?.querySelector<HTMLElement>('[part~="method"]')
    expect(tile?.getAttribute('aria-disabled')).to.equal('true')
    expect(other.shadowRoot?.querySelector('[role="status"]')?.textContent).to.equal('Another payment is open on this page.')
    tile?.click()
    await pause(50)
    expect(shop.opened).to.have.length(1)
    shop.button.remove()
    await pause()
    await other.updateComplete
    expect(tile?.getAttribute('aria-disabled')).to.equal('false')
  })
})
