import { expect } from '@open-wc/testing'
import { sendKeys, setViewport } from '@web/test-runner-commands'
import type { Offer } from '../../src/protocol/requests.js'
import { pause, until } from '../window/provider.js'
import { emulateMedia, itAt, itWithMedia, narrowest } from './engine.js'
import { gold, one, Shop } from './shop.js'

// The measures of a tile, and that nothing of the page moves: where content grows, below it something does.

const long: Offer = {
  ...gold,
  methods: gold.methods.map((method, at) => ({
    ...method,
    label: ['Credit or debit card of any bank', 'iDEAL', 'WiPay'][at] ?? '',
  })),
}

describe('layouts', () => {
  let shop: Shop
  const after = document.createElement('p')

  beforeEach(() => {
    shop = new Shop()
    after.textContent = 'Terms and conditions'
  })
  afterEach(async () => {
    shop.close()
    after.remove()
    await setViewport({ width: 800, height: 600 })
    await emulateMedia({ colorScheme: 'light', forcedColors: 'none' })
  })

  const chooser = () => shop.root.querySelector<HTMLDialogElement>('.chooser')
  const boxes = () => [after, ...shop.tiles].map((each) => each.getBoundingClientRect()).map(({ top, height }) => [top, height])

  describe('single', () => {
    it('is one button with the price, which opens a chooser with the methods', async () => {
      await shop.open({ layout: 'single' })
      expect(shop.tiles[0]?.textContent?.trim()).to.equal('Pay US$19.90')
      expect(shop.tiles[0]?.ariaHasPopup).to.equal('dialog')
      expect(chooser()?.open).to.equal(false)
      shop.tiles[0]?.click()
      expect(chooser()?.matches(':modal')).to.equal(true)
      expect(chooser()?.ariaLabel).to.equal('Pay with')
      expect(shop.root.activeElement === shop.tiles[1]).to.equal(true)
      expect(shop.told).to.deep.equal([])
    })

    for (const [how, close] of Object.entries({
      Escape: () => sendKeys({ press: 'Escape' }),
      'its button': async () => chooser()?.querySelector<HTMLElement>('header button')?.click(),
    }))
      it(`T-79 closed by ${how}, the focus is back on the button, and nothing was chosen`, async () => {
        await shop.open({ layout: 'single' })
        shop.tiles[0]?.focus()
        shop.tiles[0]?.click()
        await close()
        await until(() => !chooser()?.open)
        expect(shop.root.activeElement === shop.tiles[0]).to.equal(true)
        expect(shop.told).to.deep.equal([])
      })

    it('a method chosen, it closes, and the button shows the progress and lets it be cancelled', async () => {
      await shop.open({ layout: 'single', surface: 'popup' })
      shop.tiles[0]?.focus()
      shop.tiles[0]?.click()
      shop.hangs = true
      shop.tiles[2]?.click()
      await shop.reach('opening')
      expect(chooser()?.open).to.equal(false)
      expect(shop.root.activeElement === shop.tiles[0]).to.equal(true)
      expect(shop.tiles[0]?.querySelector('.now')?.textContent).to.equal('Opening payment page…')
      expect(shop.tiles.map((tile) => getComputedStyle(tile, '::before').animationName)).to.deep.equal([
        'turn',
        'none',
        'none',
        'none',
      ])
      shop.action('Cancel')?.click()
      await shop.reach('ready')
      expect(shop.tiles[0]?.textContent?.trim()).to.equal('Pay US$19.90')
    })

    it('T-79 chosen for the dialog, that takes the place of the chooser, and gives the focus back to the button', async () => {
      await shop.open({ layout: 'single', surface: 'iframe' })
      shop.hangs = true
      shop.tiles[0]?.focus()
      shop.tiles[0]?.click()
      shop.tiles[1]?.click()
      expect([chooser()?.open, shop.dialog?.matches(':modal')]).to.deep.equal([false, true])
      expect(shop.root.activeElement === shop.dialog).to.equal(true)
      await shop.reach('opening')
      shop.parts('dialog-close')[0]?.click()
      await until(() => shop.is('ready'))
      await shop.button.updateComplete
      expect(shop.root.activeElement === shop.tiles[0]).to.equal(true)
    })

    it('T-69 a window is opened inside the click on a method in the chooser', async () => {
      await shop.open({ layout: 'single', surface: 'popup' })
      const { open } = window
      let isInClick = false
      window.open = (...given) => {
        isInClick = shop.opened.length === 0
        return open.apply(window, given)
      }
      shop.tiles[0]?.click()
      shop.tiles[1]?.click()
      window.open = open
      expect(isInClick).to.equal(true)
      await shop.reach('paying')
    })

    it('T-80 moved within the page with its chooser open, it rests closed and opens again', async () => {
      const button = await shop.open({ layout: 'single' })
      shop.tiles[0]?.click()
      const section = document.createElement('section')
      document.body.append(section)
      section.append(button)
      await button.updateComplete
      expect(chooser()?.open).to.equal(false)
      shop.tiles[0]?.click()
      expect(chooser()?.matches(':modal')).to.equal(true)
      section.remove()
    })

    itAt(390)('the chooser stands at the bottom of a phone, where the thumb is, and at the top of a wide window', async () => {
      await shop.open({ layout: 'single' })
      shop.tiles[0]?.click()
      const box = () => chooser()?.getBoundingClientRect()
      await setViewport({ width: 390, height: 700 })
      await until(() => innerWidth === 390)
      expect([box()?.bottom, box()?.width]).to.deep.equal([700, 390])
      await setViewport({ width: 800, height: 600 })
      await until(() => innerWidth === 800)
      expect(box()?.top).to.equal(32)
    })

    it('what is agreed to stands at the beginning of its line', async () => {
      const trial = { period: { every: 1, unit: 'week' as const }, price: { amount: '1.00', currency: 'USD' } }
      shop.offer = { ...gold, renews: { period: { every: 1, unit: 'month' }, trial } }
      await shop.open({ layout: 'single' })
      expect(shop.parts('price')[0]?.getBoundingClientRect().left).to.equal(shop.button.getBoundingClientRect().left)
    })

    it('a single method needs no chooser', async () => {
      shop.offer = one
      await shop.open({ layout: 'single' })
      expect(chooser() === null).to.equal(true)
      expect(shop.tiles[0]?.textContent).to.contain('Pay US$19.90 with iDEAL')
    })
  })

  it('grid: as many side by side as there is room for, and one method as one wide button', async () => {
    const columns = () => new Set(shop.tiles.map((tile) => tile.getBoundingClientRect().left)).size
    const section = document.createElement('section')
    document.body.append(section)
    const sheet = new CSSStyleSheet()
    document.adoptedStyleSheets.push(sheet)
    await shop.open({ layout: 'grid' }, section)
    for (const [width, count] of [
      [130, 1],
      [280, 2],
      [500, 3],
    ]) {
      sheet.replaceSync(`section { width: ${width}px }`)
      expect([width, columns()]).to.deep.equal([width, count])
    }
    document.adoptedStyleSheets.pop()
    shop.offer = one
    shop.button.order = 'silver'
    await until(() => shop.tiles.length === 1)
    expect(shop.tiles[0]?.getBoundingClientRect().width).to.equal(section.getBoundingClientRect().width)
    section.remove()
  })

  for (const layout of ['list', 'grid', 'single'])
    for (const lang of ['en', 'de', 'ar']) {
      it(`${layout}, ${lang}: nothing of the page moves while it loads`, async () => {
        const shifts: PerformanceEntry[] = []
        const observer = new PerformanceObserver((list) => shifts.push(...list.getEntries()))
        observer.observe({ type: 'layout-shift' })
        shop.hangs = true
        await shop.open({ layout, lang })
        document.body.append(after)
        await until(() => shop.parts('skeleton').length)
        await pause(100)
        const before = after.getBoundingClientRect().top
        shop.hangs = false
        // Methods of one line each: the height of a text that wraps cannot be known beforehand.
        shop.offer = { ...gold, methods: gold.methods.map((method) => ({ ...method, feeOnTop: false })) }
        await until(() => shop.tiles.length)
        await pause(100)
        expect(after.getBoundingClientRect().top).to.equal(before)
        expect(
          shifts.concat(observer.takeRecords()).map((shift) => (shift as PerformanceEntry & { value: number }).value),
        ).to.deep.equal([])
        observer.disconnect()
      })

      for (const width of [280, 390].filter((each) => each >= narrowest))
        it(`${layout}, ${lang}, ${width} px: nothing moves while a method opens, and nothing sticks out`, async () => {
          await setViewport({ width, height: 700 })
          shop.offer = long
          await shop.open({ layout, lang, surface: 'iframe' })
          document.body.append(after)
          await until(() => shop.tiles.length)
          const before = boxes()
          shop.hangs = true
          for (const tile of shop.tiles.slice(0, layout === 'single' ? 2 : 1)) tile.click()
          await shop.reach('opening')
          expect(boxes()).to.deep.equal(before)
          for (const animation of shop.root.getAnimations())
            if (Number(animation.effect?.getComputedTiming().delay) > 0) animation.currentTime = 5000
          expect(boxes()).to.deep.equal(before)
          expect(document.documentElement.scrollWidth).to.be.at.most(width)
          const { left, right } = shop.button.getBoundingClientRect()
          for (const each of shop.root.querySelectorAll('button')) {
            const box = each.getBoundingClientRect()
            if (box.width) expect(box.left >= left - 1 && box.right <= right + 1, each.textContent ?? '').to.equal(true)
          }
        })
    }

  for (const layout of ['list', 'grid', 'single'])
    itAt(390)(
      `${layout}: with letters twice as large nothing is cut off or sticks out, in the tiles and in the dialog`,
      async () => {
        const sheet = new CSSStyleSheet()
        sheet.replaceSync('checkout-button { font-size: 32px }')
        document.adoptedStyleSheets.push(sheet)
        await setViewport({ width: 390, height: 700 })
        shop.offer = long
        await shop.open({ layout, surface: 'iframe' })
        const isWhole = ({ scrollWidth, clientWidth, scrollHeight, clientHeight }: Element) =>
          scrollWidth <= clientWidth + 1 && scrollHeight <= clientHeight + 1
        for (const tile of shop.tiles) if (tile.checkVisibility()) expect(isWhole(tile), tile.textContent ?? '').to.equal(true)
        expect(document.documentElement.scrollWidth).to.be.at.most(390)
        for (const tile of shop.tiles.slice(0, layout === 'single' ? 2 : 1)) tile.click()
        await shop.reach('paying')
        for (const name of ['dialog-close', 'dialog-new-window']) {
          const { top, bottom, left, right } = (shop.parts(name)[0] as Element).getBoundingClientRect()
          expect([name, top >= 0, bottom <= 700, left >= 0, right <= 390]).to.deep.equal([name, true, true, true, true])
        }
        expect(shop.frame?.getBoundingClientRect().height).to.be.at.least(200)
        document.adoptedStyleSheets.pop()
      },
    )

  itWithMedia('the mark of "paid" is drawn once, and at once where nothing shall move', async () => {
    for (const reducedMotion of ['no-preference', 'reduce'] as const) {
      await emulateMedia({ reducedMotion })
      shop.offer = { status: 409, body: { error: 'order_paid', message: 'paid' } }
      await shop.open()
      const mark = shop.root.querySelector('svg') as SVGElement
      const { animationIterationCount, animationDuration } = getComputedStyle(mark)
      expect([animationIterationCount, animationDuration]).to.deep.equal(['1', reducedMotion === 'reduce' ? '0s' : '0.4s'])
      await Promise.all(mark.getAnimations().map(({ finished }) => finished))
      expect(getComputedStyle(mark).strokeDashoffset).to.equal('0px')
      shop.button.remove()
    }
  })

  const tomorrow = new Date(Date.now() + 24 * 60 * 60_000).toISOString()

  itAt(280)('head and foot of the dialog hold their words on the narrowest phone', async () => {
    await setViewport({ width: 280, height: 600 })
    shop.closeAt(tomorrow)
    await shop.open({ surface: 'iframe' })
    await shop.pay()
    expect(shop.parts('dialog-until')[0]?.textContent).to.match(/^Open until \d+ \w+ \d{4}, \d\d:\d\d$/)
    for (const bar of [...shop.parts('dialog-head'), ...shop.parts('dialog-foot')]) {
      const { top, bottom, left, right } = bar.getBoundingClientRect()
      for (const child of bar.children) {
        const box = child.getBoundingClientRect()
        const isInside = box.top >= top && box.bottom <= bottom && box.left >= left && box.right <= right
        expect(isInside, child.textContent ?? '').to.equal(true)
      }
      expect(bottom - top).to.be.at.most(80)
    }
  })

  for (const layout of ['list', 'grid', 'single'])
    itAt(280)(`${layout}: until when the payment window is open stands in the panel, on the narrowest phone too`, async () => {
      await setViewport({ width: 280, height: 600 })
      shop.closeAt(tomorrow)
      await shop.open({ layout, surface: 'popup', lang: 'pl' })
      await until(() => shop.tiles.length)
      if (layout === 'single') shop.tiles[0]?.click()
      shop.tiles[layout === 'single' ? 1 : 0]?.click()
      await shop.reach('paying')
      const panel = shop.parts('base')[0] as HTMLElement
      const line = shop.parts('until')[0] as HTMLElement
      expect(line.textContent).to.contain('Otwarta do: ')
      expect(line.scrollWidth).to.be.at.most(line.clientWidth)
      expect(line.getBoundingClientRect().right).to.be.at.most(panel.getBoundingClientRect().right - 16)
      expect(document.documentElement.scrollWidth).to.be.at.most(280)
    })

  itWithMedia('behind a dialog it is dark, and darker on a dark page', async () => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync('html { color-scheme: light dark }')
    document.adoptedStyleSheets.push(sheet)
    await shop.open({ layout: 'single' })
    shop.tiles[0]?.click()
    const seen: string[] = []
    for (const colorScheme of ['light', 'dark'] as const) {
      await emulateMedia({ colorScheme })
      seen.push(getComputedStyle(chooser() as Element, '::backdrop').backgroundColor)
    }
    document.adoptedStyleSheets.pop()
    expect(seen).to.deep.equal(['rgba(0, 0, 0, 0.533)', 'rgba(0, 0, 0, 0.667)'])
  })

  describe('with forced colours', () => {
    const seenOf = (element: Element | null | undefined, pseudo?: string) => getComputedStyle(element as Element, pseudo)

    itWithMedia(
      'what is drawn by a background elsewhere has an edge: tiles, the pay button, the line of progress',
      async () => {
        await emulateMedia({ forcedColors: 'active' })
        for (const layout of ['list', 'grid', 'single']) {
          await shop.open({ layout })
          const { borderTopStyle, borderTopWidth, borderTopColor, backgroundColor } = seenOf(shop.tiles[0])
          expect([borderTopStyle, borderTopWidth]).to.deep.equal(['solid', '1px'])
          expect(borderTopColor).to.not.equal(backgroundColor)
          shop.button.remove()
        }
        await shop.open({ surface: 'iframe' })
        await shop.pay()
        shop.comeBack()
        await shop.reach('confirming')
        const line = shop.parts('progress')[0]
        expect(seenOf(line, '::before').borderTopWidth).to.equal('3px')
        expect(seenOf(line, '::before').borderTopColor).to.not.equal(seenOf(line).backgroundColor)
      },
    )

    itWithMedia('both dialogs have an edge, on a page of their own colour', async () => {
      await emulateMedia({ forcedColors: 'active' })
      const edgeOf = (dialog: Element | undefined) => {
        const { outlineStyle, outlineWidth, outlineColor, backgroundColor } = seenOf(dialog)
        expect([outlineStyle, outlineWidth]).to.deep.equal(['solid', '1px'])
        expect(outlineColor).to.not.equal(backgroundColor)
      }
      await shop.open({ layout: 'single' })
      shop.tiles[0]?.click()
      edgeOf(shop.parts('chooser')[0])
      shop.button.remove()
      await shop.open({ surface: 'iframe' })
      await shop.pay()
      edgeOf(shop.parts('dialog')[0])
    })

    itWithMedia('the bars of what is not loaded yet are drawn', async () => {
      await emulateMedia({ forcedColors: 'active' })
      shop.hangs = true
      await shop.open()
      const bone = shop.parts('skeleton')[0]
      for (const bar of ['::before', '::after'])
        expect(seenOf(bone, bar).backgroundColor, bar).to.equal(seenOf(document.body).color)
    })

    itWithMedia('a plain button has no edge of its own across a tile', async () => {
      await emulateMedia({ forcedColors: 'active' })
      await shop.open({ surface: 'iframe' })
      shop.hangs = true
      shop.tiles[0]?.click()
      await shop.reach('opening')
      expect(seenOf(shop.action('Cancel')).borderTopWidth).to.equal('0px')
    })
  })

  it('custom states: one for the moment, and `failed` while a reason is shown', async () => {
    const names = ['loading', 'ready', 'opening', 'paying', 'confirming', 'waiting', 'unavailable', 'paid', 'failed']
    const states = () => names.filter((name) => shop.is(name))
    shop.hangs = true
    await shop.open({ surface: 'iframe' })
    expect(states()).to.deep.equal(['loading'])
    shop.hangs = false
    await shop.reach('ready')
    expect(states()).to.deep.equal(['ready'])
    shop.page = { status: 502, body: { error: 'provider_refused', message: 'no' } }
    shop.tiles[0]?.click()
    await shop.reach('failed')
    expect(states()).to.deep.equal(['ready', 'failed'])
    shop.hangs = true
    shop.tiles[0]?.click()
    await shop.reach('opening')
    expect(states()).to.deep.equal(['opening'])
  })

  describe('presets', () => {
    const load = async (name: string) => {
      const link = document.createElement('link')
      const loaded = new Promise((resolve) => link.addEventListener('load', resolve))
      Object.assign(link, { rel: 'stylesheet', href: `/src/element/themes/${name}.css` })
      document.head.append(link)
      await loaded
      return link
    }

    it('joined: tiles without a gap or corners of their own, in one frame', async () => {
      const link = await load('joined')
      await shop.open()
      const [first, second] = shop.tiles.map((tile) => tile.getBoundingClientRect())
      expect((second?.top ?? 0) - (first?.bottom ?? 0)).to.equal(-1)
      expect(getComputedStyle(shop.tiles[0] as Element).borderRadius).to.equal('0px')
      expect(getComputedStyle(shop.parts('methods')[0] as Element).borderRadius).to.equal('8px')
      link.remove()
    })

    it('soft: filled, round, without lines; and the pay button keeps its accent', async () => {
      const link = await load('soft')
      await shop.open()
      const { borderRadius, backgroundColor, borderTopColor } = getComputedStyle(shop.tiles[0] as Element)
      expect([borderRadius, borderTopColor]).to.deep.equal(['26px', 'rgba(0, 0, 0, 0)'])
      expect(backgroundColor).to.contain('0.07')
      shop.button.remove()
      shop.offer = one
      await shop.open()
      expect(getComputedStyle(shop.parts('pay')[0] as Element).backgroundColor).to.not.contain('0.07')
      link.remove()
    })
  })

  it('a page styles it by properties, parts, slots and states', async () => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(`
      checkout-button { --checkout-radius: 3px; --checkout-gap: 20px; --checkout-tile: rgb(1, 2, 3); --checkout-accent: rgb(4, 5, 6) }
      checkout-button::part(price) { color: rgb(7, 8, 9) }
      checkout-button:state(ready)::part(method) { letter-spacing: 2px }`)
    document.adoptedStyleSheets.push(sheet)
    await shop.open()
    const { borderTopLeftRadius, backgroundColor, letterSpacing } = getComputedStyle(shop.tiles[0] as Element)
    expect([borderTopLeftRadius, backgroundColor, letterSpacing]).to.deep.equal(['3px', 'rgb(1, 2, 3)', '2px'])
    expect(getComputedStyle(shop.parts('price')[0] as Element).color).to.equal('rgb(7, 8, 9)')
    const [first, second] = shop.tiles.map((tile) => tile.getBoundingClientRect())
    expect((second?.top ?? 0) - (first?.bottom ?? 0)).to.equal(20)
    shop.button.remove()
    shop.offer = one
    await shop.open()
    expect(getComputedStyle(shop.parts('pay')[0] as Element).backgroundColor).to.equal('rgb(4, 5, 6)')
    document.adoptedStyleSheets.pop()
  })
})
