import { expect } from '@open-wc/testing'
import { fill } from '../../src/element/labels.js'
import { fetchLabels, labelsFor } from '../../src/element/language.js'
import type { PaymentState } from '../../src/protocol/payment-state.js'
import { gold, Shop } from './shop.js'

// What a screen reader says while a buyer pays, in its order: every sentence once, none twice, and none that is over already.

type Word = keyof ReturnType<typeof labelsFor>
const ways: readonly [name: string, surface: string, state: PaymentState, says: readonly (Word | '')[]][] = [
  ['in a window, and paid', 'popup', 'paid', ['loading', '', 'opening', 'paying', 'confirming', 'paid']],
  ['in the dialog, and paid', 'iframe', 'paid', ['loading', '', 'opening', 'confirming', 'paid']],
  ['in a window, and declined', 'popup', 'declined', ['loading', '', 'opening', 'paying', 'confirming', 'declined']],
]
const prices: Readonly<Record<string, string>> = { en: 'US$19.90', de: '19,90\u00a0$', tr: '$19,90' }

describe('announced', () => {
  let shop: Shop
  beforeEach(() => {
    shop = new Shop()
  })
  afterEach(() => shop.close())

  for (const [lang, price] of Object.entries(prices))
    for (const [name, surface, state, says] of ways)
      it(`T-79 ${lang}: ${name}`, async () => {
        await fetchLabels(lang)
        const words = labelsFor(lang)
        shop.hangs = true
        await shop.open({ lang, surface })
        const region = shop.parts('message')[0] as HTMLElement
        const heard: string[] = []
        const listen = () => {
          const text = region.textContent?.replace(/\u200e/g, '') ?? ''
          if (text !== heard.at(-1)) heard.push(text)
        }
        listen()
        const observer = new MutationObserver(listen)
        observer.observe(region, { subtree: true, childList: true, characterData: true })

        shop.hangs = false
        await shop.reach('ready')
        shop.hangs = true
        shop.tiles[0]?.click()
        await shop.reach('opening')
        shop.hangs = false
        await shop.reach('paying')
        shop.comeBack()
        await shop.reach('confirming')
        shop.status = { state, delivered: state === 'paid' }
        await shop.reach(state === 'paid' ? 'paid' : 'ready')
        observer.disconnect()

        const { title } = gold
        expect(heard).to.deep.equal(says.map((word) => (word ? fill(words[word], { title, price }) : '')))
        expect(region.isConnected, 'one region from the first moment to the last').to.equal(true)
      })

  it('"Paid" is seen and heard, and not read a second time', async () => {
    shop.offer = { status: 409, body: { error: 'order_paid', message: 'paid' } }
    await shop.open()
    expect(shop.message).to.equal('Paid')
    expect(shop.parts('paid')[0]?.ariaHidden).to.equal('true')
  })
})
