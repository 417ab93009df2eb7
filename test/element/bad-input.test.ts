import { expect } from '@open-wc/testing'
import type { Offer, PaymentMethod } from '../../src/protocol/requests.js'
import { provider, until } from '../window/provider.js'
import { manyMethods } from './engine.js'
import { gold, Shop } from './shop.js'

// What a page may hold that it should not: the page never breaks, the buyer sees a calm state, and the developer one message that says
// what to mend.

describe('bad input', () => {
  let shop: Shop
  let told: string[]
  let thrown: string[]
  const { warn } = console
  const { onerror } = window
  const note = ({ reason }: PromiseRejectionEvent) => thrown.push(String(reason))

  beforeEach(() => {
    shop = new Shop()
    told = []
    thrown = []
    console.warn = (text: string) => told.push(text)
    window.onerror = (text) => {
      thrown.push(String(text))
    }
    addEventListener('unhandledrejection', note)
  })
  afterEach(async () => {
    shop.close()
    console.warn = warn
    window.onerror = onerror
    removeEventListener('unhandledrejection', note)
    expect(thrown).to.deep.equal([])
  })

  /** In a calm state: words, a way to try again, and nothing was asked of anybody. */
  async function expectCalm() {
    await until(() => shop.message === 'Payment methods could not be loaded.')
    expect(!!shop.action('Try again')).to.equal(true)
    shop.action('Try again')?.click()
    await until(() => shop.is('unavailable'))
    expect(told).to.have.length(1)
  }

  const lacking: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'no server': { server: '' },
    'no order': { order: '' },
    'a server that is a script': { server: 'javascript:alert(1)' },
    'a server that is data': { server: 'data:text/html,x' },
    'a server that is no address': { server: 'https://[' },
  }
  for (const [what, attributes] of Object.entries(lacking))
    it(`T-75 ${what}: nothing is asked, and the message says what it needs`, async () => {
      await shop.open(attributes)
      await expectCalm()
      expect(told[0]).to.contain('It needs an order and a server')
      expect(shop.asked).to.deep.equal([])
    })

  it('attributes misspelt: the message says what it needs', async () => {
    const button = document.createElement('checkout-button')
    for (const name of ['sever', 'ordre']) button.setAttribute(name, '/checkout')
    document.body.append(button)
    shop.button = button
    await expectCalm()
    expect(told[0]).to.contain('order="" server=""')
  })

  it('a foreign server that does not know this page: the message names its `pages`', async () => {
    await shop.open({ server: `${provider}/nothing` }) // answers 404 without a word of permission, over a real network
    await expectCalm()
    expect(told[0]).to.contain(`No answer from ${provider}/nothing/methods`).and.to.contain('is this page in its `pages`?')
  })

  it('an unknown order: what the server says is told', async () => {
    shop.offer = { status: 404, body: { error: 'order_unknown', message: 'There is no such order.' } }
    await shop.open()
    await expectCalm()
    expect(told[0]).to.contain('order="gold"').and.to.contain('There is no such order.')
  })

  it('a page that the server does not list: refused when it opens, and what the server says is told once', async () => {
    const message = 'This page is not listed: add its origin to `pages`.'
    shop.page = { status: 403, body: { error: 'origin_refused', message } }
    await shop.open()
    for (let times = 0; times < 2; times++) {
      shop.tiles[0]?.click()
      await until(() => shop.message.startsWith('The payment page could not be opened'))
      await shop.reach('ready')
    }
    expect(told).to.have.length(1)
    expect(told[0]).to.contain('order="gold"').and.to.contain(message)
  })

  for (const [what, body] of Object.entries({
    HTML: '<h1>Hello</h1>',
    nothing: null,
    'a list': [],
    'methods without surfaces': { title: 'Gold', methods: [{ id: 'a:b', label: 'B' }] },
    'a method whose id is markup': { title: 'Gold', methods: [{ id: '"><script>', label: 'B', surfaces: ['popup'] }] },
    'a price that is a number': { ...gold, price: { amount: 19.9, currency: 'USD' } },
  }))
    it(`a server that answers ${what}`, async () => {
      shop.offer = { body }
      await shop.open()
      await expectCalm()
    })

  for (const [what, given] of Object.entries({
    'a text': '{"title":"Gold"}',
    'an offer without methods': { title: 'Gold', price: { amount: '1.00', currency: 'USD' } },
    'a price that is a number': { ...gold, price: 19.9 },
    'methods that lead nowhere': { ...gold, methods: [{ id: 'a:b', label: 'B', surfaces: ['carrier pigeon'] }] },
  }))
    it(`an \`offer\` that is ${what}: told once, and fetched instead`, async () => {
      const button = document.createElement('checkout-button')
      Object.assign(button, { server: '/checkout', order: 'gold', offer: given })
      document.body.append(button)
      shop.button = button
      await until(() => shop.is('ready') && shop.tiles.length === 3)
      button.country = 'NL'
      await until(() => shop.asked.length === 2)
      expect(told).to.deep.equal(['`offer` is not what the server answers to `methods`.'])
    })

  it('T-75 a logo in an `offer` of the page that is a script is a letter, and the methods are shown', async () => {
    const button = document.createElement('checkout-button')
    const [method] = gold.methods
    const hostile = [{ ...method, icon: 'javascript:window.hacked=1' }]
    Object.assign(button, { server: '/checkout', order: 'gold', lang: 'en', offer: { ...gold, methods: hostile } })
    document.body.append(button)
    shop.button = button
    await until(() => shop.tiles.length === 1)
    expect(shop.root.querySelector('img') === null).to.equal(true)
    expect(shop.asked).to.deep.equal([])
    expect(told).to.deep.equal([])
  })

  it('words that are none: layout, surface, language, country', async () => {
    await shop.open({ layout: 'carousel', surface: 'hologram', lang: 'not a language', country: 'Utopia' })
    expect(shop.tiles).to.have.length(3)
    shop.tiles[0]?.click()
    await shop.reach('paying')
    expect(shop.frame === null).to.equal(false)
    expect(told).to.deep.equal([])
  })

  it('T-75 names with markup are words, and a logo that is a script is a letter', async () => {
    const evil = '<img src=x onerror="window.hacked = 1"><b>'
    const methods: PaymentMethod[] = [
      { id: 'a:b', label: evil, icon: 'javascript:window.hacked=1', surfaces: ['popup'] },
      { id: 'a:c', label: '', surfaces: ['popup'] },
    ]
    shop.offer = { title: evil, price: { amount: '1.00', currency: 'USD' }, methods }
    await shop.open({ lang: 'en' })
    expect(shop.tiles[0]?.textContent).to.contain(evil)
    expect(shop.root.querySelector('b b, [onerror], img') === null).to.equal(true)
    expect('hacked' in window).to.equal(false)
    expect(told).to.deep.equal([])
  })

  it('a price in a currency that nobody knows is shown by its code', async () => {
    shop.offer = { ...gold, price: { amount: '19.90', currency: 'QQX' } }
    await shop.open({ lang: 'en' })
    expect(shop.parts('price')[0]?.textContent).to.match(/QQX\s19\.90/)
    expect(told).to.deep.equal([])
  })

  it('a `success-url` that is a script leads nowhere: paid is shown, and the developer is told', async () => {
    await shop.open({ surface: 'iframe', 'success-url': 'javascript:window.hacked=1' })
    await shop.pay()
    shop.status = { state: 'paid', delivered: true }
    shop.comeBack()
    await shop.reach('paid')
    expect('hacked' in window).to.equal(false)
    expect(told).to.deep.equal(['success-url="javascript:window.hacked=1" is no address.'])
  })

  it(`${manyMethods} methods are shown, and any of them can be chosen`, async function () {
    this.timeout(60_000)
    const methods = Array.from(
      { length: manyMethods },
      (_, at): PaymentMethod => ({ id: `a:m${at}`, label: `M ${at}`, surfaces: ['iframe'] }),
    )
    shop.offer = { ...gold, methods } satisfies Offer
    await shop.open()
    expect(shop.tiles).to.have.length(manyMethods)
    shop.tiles.at(-1)?.click()
    await shop.reach('paying')
    expect(shop.opened[0]?.method).to.equal(`a:m${manyMethods - 1}`)
  })
})
