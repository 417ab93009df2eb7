import { expect } from '@open-wc/testing'
import { labelsFor } from '../../src/element/language.js'
import { openPopup } from '../../src/window/popup.js'
import type { Surface } from '../../src/window/surface.js'
import { chooseSurface } from '../../src/window/surface.js'
import { cuttingPolicies } from '../element/engine.js'
import { heard, pause, provider, until } from './provider.js'

const words = { ...labelsFor('en'), title: 'Gold', price: 'US$19.90' }

describe('the popup', () => {
  const { open, stop } = window
  let surface: Surface | undefined
  let told: string[]
  const start = () => openPopup({ words, onClose: (isAtOnce) => told.push(isAtOnce ? 'closed at once' : 'closed') })

  beforeEach(() => {
    told = []
  })
  afterEach(() => {
    surface?.close()
    surface = undefined
    Object.assign(window, { open, stop })
  })

  it('T-69 opens at once and blank, with a word for the wait, and goes to the page later', async () => {
    surface = start()
    const popup = surface?.window()
    expect(popup?.location.href).to.equal('about:blank')
    expect(popup?.document.title).to.equal('Gold')
    expect(popup?.document.body.textContent).to.equal('Opening payment page…')
    const ready = heard(() => popup ?? null)
    surface?.show(`${provider}/puppet`)
    await ready
    expect(popup?.closed).to.equal(false)
  })

  for (const scheme of ['normal', 'dark', 'light dark'])
    it(`is blank in the colours of a page that is ${scheme}`, () => {
      const { style } = document.documentElement
      style.colorScheme = scheme
      try {
        surface = start()
        const root = surface?.window()?.document.documentElement as Element
        expect(getComputedStyle(root).colorScheme).to.equal(scheme)
      } finally {
        style.colorScheme = ''
      }
    })

  it('T-69 is centred over the window it belongs to, and fits the screen', () => {
    let features = ''
    window.open = (_, __, given = '') => {
      features = given
      return null
    }
    start()
    const read = Object.fromEntries(features.split(',').map((feature) => feature.split('=')))
    expect(Number(read.width)).to.be.at.most(Math.min(760, screen.availWidth))
    expect(Number(read.height)).to.be.at.most(Math.min(800, screen.availHeight))
    expect(Number(read.left)).to.be.closeTo(screenX + (outerWidth - Number(read.width)) / 2, 1)
    expect(Number(read.top)).to.be.closeTo(screenY + (outerHeight - Number(read.height)) / 2, 1)
  })

  const refusals: Readonly<Record<string, () => Window | null>> = {
    null: () => null,
    'a window that is closed already': () => ({ closed: true }) as Window,
    'the page itself': () => window,
    'by throwing': () => {
      throw new Error('no windows here')
    },
  }
  for (const [answer, give] of Object.entries(refusals))
    it(`T-78 a browser that answers ${answer} has refused`, () => {
      window.open = give
      // Not in earnest: Firefox ends a page's WebSockets with it, and the runner's is one.
      window.stop = () => told.push('stopped')
      surface = start()
      expect(surface === undefined).to.equal(true)
      expect(told).to.deep.equal(answer === 'the page itself' ? ['stopped'] : [])
    })

  it('T-78 a blank window that may not be written to is as good', () => {
    const closed = false
    window.open = () =>
      ({
        closed,
        close() {},
        get document() {
          throw new DOMException('no', 'SecurityError')
        },
      }) as unknown as Window
    surface = start()
    expect(surface?.kind).to.equal('popup')
  })

  it('T-78 tells a window that was closed sooner than a buyer would', async () => {
    surface = start()
    surface?.window()?.close()
    await until(() => told.length)
    expect(told).to.deep.equal(['closed at once'])
  })

  it('tells that the buyer closed it, once', async () => {
    surface = start()
    await pause(600)
    surface?.window()?.close()
    await until(() => told.length)
    await pause(700)
    expect(told).to.deep.equal(['closed'])
  })

  it('closed by us it tells nothing', async () => {
    surface = start()
    surface?.close()
    surface?.close()
    await pause(700)
    expect(told).to.deep.equal([])
  })

  for (const policy of cuttingPolicies)
    it(`T-70 a page with the opener policy ${policy} seems closed: it is told, and it is for the server to say what it means`, async () => {
      surface = start()
      surface?.show(`${provider}/puppet?header=cross-origin-opener-policy: ${policy}`)
      await until(() => told.length)
      expect(told[0]).to.contain('closed')
      expect(() => surface?.close()).to.not.throw()
    })
})

describe('choosing the surface', () => {
  const all = ['iframe', 'popup', 'redirect'] as const
  const { innerWidth } = window
  const wide = (width: number) => Object.defineProperty(window, 'innerWidth', { value: width, configurable: true })
  afterEach(() => wide(innerWidth))

  it('takes what the page asks for, when the method can', () => {
    for (const kind of all) expect(chooseSurface(all, kind)).to.equal(kind)
    expect(chooseSurface(['redirect', 'popup'], 'iframe')).to.equal('redirect')
  })

  it('T-74 in a page that is framed itself it takes a window: payment pages refuse to stand in a frame of a frame', async () => {
    const frame = document.createElement('iframe')
    frame.srcdoc = '<!doctype html><title>Shop</title>'
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
    document.body.append(frame)
    await loaded
    const run = frame.contentWindow as Window & { eval(code: string): Promise<{ chooseSurface: typeof chooseSurface }> }
    const inside = await run.eval("import('/src/window/surface.ts')")
    expect(inside.chooseSurface(all, 'auto')).to.equal('popup')
    expect(inside.chooseSurface(all, 'iframe')).to.equal('iframe')
    expect(inside.chooseSurface(['redirect'], 'auto')).to.equal('redirect')
    frame.remove()
  })

  it('takes the method’s first choice, and on a narrow screen the whole page', () => {
    wide(1024)
    expect(chooseSurface(all, 'auto')).to.equal('iframe')
    expect(chooseSurface(['popup', 'redirect'], 'auto')).to.equal('popup')
    wide(599)
    expect(chooseSurface(all, 'auto')).to.equal('redirect')
    expect(chooseSurface(['iframe'], 'auto')).to.equal('iframe')
  })
})
