import { expect } from '@open-wc/testing'
import { inElevenMinutes, pause, until } from '../window/provider.js'
import { emulateMedia, isMediaEmulated, itWithMedia } from './engine.js'
import { gold, one, Shop } from './shop.js'

// An audit of every state, light and dark, from left to right and from right to left. Colours are audited where the buyer sees them:
// on a page that only says which scheme it has.

const states: Readonly<Record<string, (shop: Shop, look: Readonly<Record<string, string>>) => Promise<unknown>>> = {
  async loading(shop, look) {
    shop.hangs = true
    await shop.open(look)
  },
  ready: (shop, look) => shop.open(look),
  async 'ready with one method'(shop, look) {
    shop.offer = one
    await shop.open(look)
  },
  'ready and disabled': (shop, look) => shop.open({ ...look, disabled: '' }),
  async 'ready after a failure'(shop, look) {
    shop.page = { status: 502, body: { error: 'provider_refused', message: 'no' } }
    await shop.open({ ...look, surface: 'iframe' })
    shop.tiles[0]?.click()
    await until(() => shop.told.includes('failure'))
  },
  async 'ready without methods'(shop, look) {
    shop.offer = { ...gold, methods: [] }
    await shop.open(look)
  },
  async opening(shop, look) {
    await shop.open({ ...look, surface: 'iframe' })
    shop.hangs = true
    shop.tiles[0]?.click()
    await shop.reach('opening')
    for (const animation of shop.root.querySelector('.late')?.getAnimations() ?? []) animation.finish()
  },
  'ready as a grid': (shop, look) => shop.open({ ...look, layout: 'grid' }),
  async 'opening in a grid'(shop, look) {
    await shop.open({ ...look, surface: 'iframe', layout: 'grid' })
    shop.hangs = true
    shop.tiles[0]?.click()
    await shop.reach('opening')
    for (const animation of shop.root.querySelector('.late')?.getAnimations() ?? []) animation.finish()
  },
  'ready with one button': (shop, look) => shop.open({ ...look, layout: 'single' }),
  async 'ready and choosing'(shop, look) {
    await shop.open({ ...look, layout: 'single' })
    shop.tiles[0]?.click()
    await pause(300)
  },
  async 'opening from one button'(shop, look) {
    await shop.open({ ...look, layout: 'single', surface: 'iframe' })
    shop.hangs = true
    shop.tiles[0]?.click()
    shop.tiles[1]?.click()
    await shop.reach('opening')
    for (const animation of shop.root.querySelector('.late')?.getAnimations() ?? []) animation.finish()
  },
  async 'paying in the dialog'(shop, look) {
    await shop.open({ ...look, surface: 'iframe' })
    await shop.pay()
    await pause(300)
  },
  async 'paying in a window'(shop, look) {
    await shop.open({ ...look, surface: 'popup' })
    await shop.pay()
  },
  async confirming(shop, look) {
    await shop.open({ ...look, surface: 'iframe' })
    await shop.pay()
    shop.comeBack()
    await shop.reach('confirming')
  },
  async waiting(shop, look) {
    await shop.open({ ...look, surface: 'iframe' })
    await shop.pay()
    shop.comeBack()
    await until(() => shop.is('confirming'))
    await inElevenMinutes(() => shop.reach('waiting'))
  },
  async unavailable(shop, look) {
    shop.offer = { status: 403, body: { error: 'origin_refused', message: 'no' } }
    await shop.open(look)
  },
  async paid(shop, look) {
    await shop.open({ ...look, surface: 'iframe' })
    await shop.pay()
    shop.status = { state: 'paid', delivered: true }
    shop.comeBack()
    await shop.reach('paid')
  },
}

describe('accessibility', () => {
  let shop: Shop
  const { warn } = console
  const page = document.documentElement

  before(() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync('html { color-scheme: light dark; background: Canvas; color: CanvasText }')
    document.adoptedStyleSheets.push(sheet)
    page.lang = 'en'
  })
  after(() => {
    document.adoptedStyleSheets.pop()
    page.removeAttribute('lang')
  })
  beforeEach(() => {
    shop = new Shop()
    console.warn = () => {}
  })
  afterEach(async () => {
    shop.close()
    console.warn = warn
    await emulateMedia({ colorScheme: 'light' })
  })

  for (const colorScheme of isMediaEmulated ? (['light', 'dark'] as const) : (['light'] as const))
    for (const lang of ['en', 'ar'])
      for (const [name, reach] of Object.entries(states))
        it(`${name}, ${colorScheme}, ${lang}`, async () => {
          await emulateMedia({ colorScheme })
          await reach(shop, { lang })
          await shop.button.updateComplete
          await pause(50)
          // What fades in is audited when it is there.
          for (const animation of shop.root.getAnimations())
            if (Number(animation.effect?.getComputedTiming().endTime) < 1000) animation.finish()
          await expect(shop.button).to.be.accessible()
        })

  it('every state has one live region, and it says what happens', async () => {
    for (const [name, reach] of Object.entries(states)) {
      const own = new Shop()
      await reach(own, {})
      await own.button.updateComplete
      const regions = own.root.querySelectorAll('.base [role="status"]')
      expect(regions, name).to.have.length(1)
      if (!name.startsWith('ready')) expect(regions[0]?.textContent, name).to.not.equal('')
      own.close()
    }
  })

  it('what stands in the place of the methods is called after what is sold, and not "Pay with"', async () => {
    const named: Record<string, string | null> = {}
    for (const [name, reach] of Object.entries(states)) {
      const own = new Shop()
      await reach(own, {})
      await own.button.updateComplete
      named[name] = own.parts('base')[0]?.ariaLabel ?? null
      own.close()
    }
    const others = Object.entries(named).filter(([, label]) => label !== 'Pay with')
    const panels = ['paying in a window', 'confirming', 'waiting', 'paid']
    expect(others).to.deep.equal(panels.map((name) => [name, 'Gold coins']))
  })

  itWithMedia('without motion nothing moves, and Cancel still comes', async () => {
    await emulateMedia({ reducedMotion: 'reduce' })
    await shop.open({ surface: 'iframe' })
    shop.hangs = true
    shop.tiles[0]?.click()
    await shop.reach('opening')
    const { animationName, animationDuration } = getComputedStyle(shop.tiles[0] as Element, '::before')
    expect([animationName, animationDuration]).to.deep.equal(['turn', '0s'])
    expect(getComputedStyle(shop.tiles[0] as Element).transitionProperty).to.equal('none')
    const cancel = shop.action('Cancel') as Element
    expect(getComputedStyle(cancel).visibility).to.equal('hidden')
    for (const animation of cancel.getAnimations()) animation.finish()
    expect(getComputedStyle(cancel).visibility).to.equal('visible')
    await emulateMedia({ reducedMotion: 'no-preference' })
  })

  itWithMedia('with forced colours every tile keeps its edge', async () => {
    await emulateMedia({ forcedColors: 'active' })
    shop.offer = one
    await shop.open()
    const { borderTopStyle, borderTopWidth, borderTopColor, backgroundColor } = getComputedStyle(shop.tiles[0] as Element)
    expect([borderTopStyle, borderTopWidth]).to.deep.equal(['solid', '1px'])
    expect(borderTopColor).to.not.equal(backgroundColor)
    await emulateMedia({ forcedColors: 'none' })
  })

  it('every target is at least 44 pixels high, a tile 52', async () => {
    await shop.open({ surface: 'popup' })
    for (const tile of shop.tiles) expect(tile.getBoundingClientRect().height).to.be.at.least(52)
    await shop.pay()
    for (const button of shop.root.querySelectorAll('button')) expect(button.getBoundingClientRect().height).to.be.at.least(44)
  })

  it('nothing jumps: a tile is as high while it opens as before, and as its skeleton', async () => {
    shop.hangs = true
    await shop.open({ surface: 'iframe' })
    const bone = shop.parts('skeleton')[0]?.getBoundingClientRect().height
    shop.hangs = false
    await shop.reach('ready')
    expect(shop.tiles[0]?.getBoundingClientRect().height).to.equal(bone)
    shop.hangs = true
    shop.tiles[0]?.click()
    await shop.reach('opening')
    expect(shop.tiles[0]?.getBoundingClientRect().height).to.equal(bone)
  })
})
