import { expect } from '@open-wc/testing'
import { english, type Labels } from '../../src/element/labels.js'
import { fetchLabels, labelsFor } from '../../src/element/language.js'
import { until } from '../window/provider.js'
import { gold, Shop } from './shop.js'

const codes = 'ar de es fr he id it ja ko nl pl pt pt-BR ru tr zh zh-Hant'.split(' ')

/** What a page has fetched of languages until now. */
const fetched = () =>
  performance.getEntriesByType('resource').flatMap(({ name }) => /\/languages\/([\w-]+)\./.exec(name)?.[1] ?? [])

describe('languages', () => {
  let shop: Shop
  beforeEach(() => {
    performance.clearResourceTimings()
    shop = new Shop()
  })
  afterEach(() => shop.close())

  const base = () => shop.parts('base')[0] as HTMLElement
  /** White space of all kinds as spaces, without the marks of direction. */
  const price = () =>
    shop
      .parts('price')[0]
      ?.textContent?.replace(/[\s\u200e]+/g, ' ')
      .trim()

  it('English costs nothing, and no other is loaded before a page speaks it', async () => {
    await shop.open({ lang: 'en-US' })
    expect(fetched()).to.deep.equal([])
    shop.button.lang = 'nl'
    await until(() => base().lang === 'nl')
    expect(fetched()).to.deep.equal(['nl'])
  })

  it('the browser’s table of scripts, slow to open, is looked into only for languages that are not here', async () => {
    const { maximize } = Intl.Locale.prototype
    const asked: string[] = []
    Intl.Locale.prototype.maximize = function () {
      asked.push(String(this))
      return maximize.call(this)
    }
    try {
      for (const code of ['en', 'en-GB', ...codes, 'de-AT', 'zh-TW']) {
        await fetchLabels(code)
        labelsFor(code)
      }
      expect(asked).to.deep.equal([])
      expect(labelsFor('fa', english).dir).to.equal('rtl')
      expect(labelsFor('sv', english).dir).to.equal('ltr')
      expect(asked).to.include('fa')
    } finally {
      Intl.Locale.prototype.maximize = maximize
    }
  })

  it('no word of English is shown or said before the buyer’s own come', async () => {
    // After a second English stands in: on a busy machine the words may take longer, and that is not what is tried here.
    const { setTimeout } = window
    window.setTimeout = ((run: () => void, delay = 0) => (delay === 1000 ? 0 : setTimeout(run, delay))) as typeof setTimeout
    const button = document.createElement('checkout-button')
    Object.assign(button, { server: '/checkout', order: 'gold', lang: 'tr', offer: gold })
    document.body.append(button)
    shop.button = button
    const root = await until(() => button.shadowRoot)
    const said: string[] = []
    const note = () => said.push(root.textContent ?? '')
    note()
    new MutationObserver(note).observe(root, { subtree: true, childList: true, characterData: true })
    await until(() => shop.tiles.length)
    expect(said.filter((text) => /Pay with|Loading/.test(text))).to.deep.equal([])
    expect(base().lang).to.equal('tr')
  })

  it('a page that changes its language is never spoken to in a third', async () => {
    await shop.open({ lang: 'de' })
    await until(() => shop.tiles.length)
    expect(price()).to.equal('19,90 $')
    const spoken = [base().lang]
    new MutationObserver(() => spoken.push(base().lang)).observe(base(), { attributeFilter: ['lang'] })
    shop.button.lang = 'ja'
    await until(() => base().lang === 'ja')
    expect(spoken).to.deep.equal(['de', 'ja'])
    await until(() => shop.tiles.length)
    expect(price()).to.equal('$19.90')
  })

  for (const code of codes)
    it(`${code}: every sentence is there, with the same places in it`, async () => {
      await fetchLabels(code)
      const { lang, dir, ...labels } = labelsFor(code)
      expect(lang).to.equal(code)
      expect(dir).to.equal(['ar', 'he'].includes(code) ? 'rtl' : 'ltr')
      const places = (label: string) =>
        (label.match(/\{\w+\}/g) ?? []).map((place) => place.replace('periods', 'period')).sort()
      expect(Object.keys(labels)).to.deep.equal(Object.keys(english))
      for (const [name, label] of Object.entries(english)) {
        const own = labels[name as keyof Labels]
        expect(own, name).to.not.equal(label)
        expect(own.trim() || 'empty', name).to.equal(own)
        expect(places(own), name).to.deep.equal(places(label))
        expect(own.endsWith('…'), name).to.equal(label.endsWith('…'))
      }
    })

  const fallbacks = [
    ...(['pt-BR pt-BR Pagar', 'pt-AO pt Pagar', 'de-AT de bezahlen', 'zh-TW zh-Hant 付款', 'zh-HK zh-Hant 付款'] as const),
    ...(['zh-SG zh 支付', 'iw he תשלום', 'ar-EG ar ادفع', 'de_CH de bezahlen', 'sv en Pay', 'x en Pay'] as const),
  ]
  for (const line of fallbacks) {
    const [asked = '', , word = ''] = line.split(' ')
    it(`a page in ${asked} is spoken to in ${line.split(' ')[1]}`, async () => {
      await shop.open({ lang: asked })
      await until(() => shop.tiles.length)
      expect(base().ariaLabel).to.match(new RegExp(word, 'i'))
    })
  }

  it('any of the words can be the page’s own, in any language', async () => {
    await shop.open({ lang: 'fr' })
    shop.button.labels = { payWith: 'Réglez par' }
    await until(() => shop.tiles.length)
    await shop.button.updateComplete
    expect(base().ariaLabel).to.equal('Réglez par')
    shop.offer = { ...gold, methods: [] }
    shop.button.order = 'silver'
    await until(() => shop.message.startsWith('Aucun moyen'))
  })

  const terms = {
    en: 'US$1.00 for 1 week, then US$19.90 every month',
    de: '1,00 $ für 1 Woche, danach 19,90 $ pro Monat',
    fr: '1,00 $US pour 1 semaine, puis 19,90 $US par mois',
    ja: '1 週間は $1.00、その後 $19.90 / 1 か月',
    pl: '1,00 USD (1 tydzień), potem 19,90 USD / miesiąc',
    'pt-BR': 'US$ 1,00 por 1 semana, depois US$ 19,90 por mês',
  }
  for (const [lang, words] of Object.entries(terms))
    it(`both prices of a trial as one says it in ${lang}`, async () => {
      const trial = { period: { every: 1, unit: 'week' as const }, price: { amount: '1.00', currency: 'USD' } }
      shop.offer = { ...gold, renews: { period: { every: 1, unit: 'month' }, trial } }
      await shop.open({ lang })
      await until(() => shop.tiles.length)
      expect(price()).to.equal(words)
    })
})
