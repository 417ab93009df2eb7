import { expect } from '@open-wc/testing'
import { sendKeys, setViewport } from '@web/test-runner-commands'
import { styles } from '../../src/element/checkout-button.styles.js'
import { labelsFor } from '../../src/element/language.js'
import { openIframe } from '../../src/window/iframe.js'
import type { Surface, SurfaceOptions } from '../../src/window/surface.js'
import { itAt, narrowest } from '../element/engine.js'
import { heard, pause, provider, until } from './provider.js'
import { timers } from './timers.js'

const words = { ...labelsFor('en'), title: 'Gold <b>coins</b>', price: 'US$19.90' }

describe('the dialog', () => {
  let host: HTMLElement
  let root: ShadowRoot
  let surface: Required<Surface>
  let told: string[]
  let clock: ReturnType<typeof timers> | undefined

  const dialog = () => root.querySelector('dialog') as HTMLDialogElement
  const frame = () => root.querySelector('iframe') as HTMLIFrameElement
  const part = (name: string) => root.querySelector<HTMLElement>(`[part="dialog-${name}"]`) as HTMLElement
  const question = () => part('question')
  const button = (text: string) => [...root.querySelectorAll('button')].find(({ textContent }) => textContent === text)

  const open = (given: Partial<SurfaceOptions>) =>
    openIframe({
      ...{ root, words, onClose: () => told.push('closed'), onNewWindow: () => told.push('new window') },
      until: (time) => `Open until ${time}`,
      ...given,
    }) as Required<Surface>
  const show = async (path = '/puppet') => {
    const ready = path.startsWith('/puppet') ? heard(() => frame()?.contentWindow ?? null) : pause(300)
    surface.show(provider + path)
    await ready
  }

  beforeEach(() => {
    told = []
    host = document.createElement('div')
    root = host.attachShadow({ mode: 'open' })
    root.adoptedStyleSheets = [styles.styleSheet as CSSStyleSheet]
    document.body.append(host)
    surface = open({ onClose: (how) => told.push(how === 'busy' ? 'closed while busy' : 'closed') })
  })
  afterEach(async () => {
    clock?.restore()
    surface.close()
    host.remove()
    await setViewport({ width: 800, height: 600 })
  })

  describe('before the address of the page is known', () => {
    const waiting = () => root.querySelector<HTMLElement>('.waiting')

    it('stands there already, and says that the page is on its way', () => {
      expect(dialog().matches(':modal')).to.equal(true)
      expect(root.activeElement === dialog()).to.equal(true)
      expect(waiting()?.textContent).to.equal('Opening payment page…')
      expect(waiting()?.getAttribute('role')).to.equal('status')
      expect(part('title').textContent).to.contain('Gold <b>coins</b>')
      expect(part('price').textContent).to.equal('US$19.90')
    })

    it('has no frame, whose blank page would be a page too', async () => {
      expect(frame() === null).to.equal(true)
      expect(surface.window() === null).to.equal(true)
      await show()
      expect(waiting() === null).to.equal(true)
    })

    it('says whose page comes and until when it is open, without a word aloud', async () => {
      surface.show(`${provider}/silent`, '14:32')
      expect(part('until').textContent).to.equal('Open until 14:32')
      expect(part('until').closest('[role]') === null).to.equal(true)
      surface.close()
      surface = open({})
      surface.show(`${provider}/silent`)
      expect(part('until') === null).to.equal(true)
    })

    it('T-72 shows the way out, which leads nowhere yet', async () => {
      const button = part('new-window') as HTMLButtonElement
      expect([button.checkVisibility(), button.disabled]).to.deep.equal([true, true])
      await show()
      expect(button.disabled).to.equal(false)
    })

    it('T-79 passes an audit', async () => {
      await Promise.all(
        dialog()
          .getAnimations()
          .map(({ finished }) => finished),
      )
      await expect(dialog()).to.be.accessible()
    })

    it('T-79 closes by its button and by Escape', async () => {
      part('close').click()
      expect(told).to.deep.equal(['closed'])
      expect(dialog() === null).to.equal(true)
      surface = open({})
      await sendKeys({ press: 'Escape' })
      await until(() => told.length === 2)
      expect(dialog() === null).to.equal(true)
    })

    for (const [width, height] of [
      [1280, 1100],
      [800, 500],
      [390, 760],
    ] as const)
      itAt(width)(`nothing of it moves when the page comes, in a window of ${width} × ${height}`, async () => {
        await setViewport({ width, height })
        await until(() => innerWidth === width)
        const boxes = () =>
          ['head', 'title', 'close', 'foot', 'new-window'].map((name) => {
            const { left, top, right, bottom } = part(name).getBoundingClientRect()
            return [name, left, top, right, bottom]
          })
        const before = boxes()
        surface.show(`${provider}/silent`)
        expect(boxes()).to.deep.equal(before)
      })
  })

  it('T-78 a browser that knows no dialogs gets none, and nothing is left of it', () => {
    surface.close()
    const { showModal } = HTMLDialogElement.prototype
    Reflect.deleteProperty(HTMLDialogElement.prototype, 'showModal')
    try {
      expect(open({})).to.equal(undefined)
      expect(root.children).to.have.length(0)
    } finally {
      HTMLDialogElement.prototype.showModal = showModal
    }
  })

  it('T-73 gives the frame exactly what a payment page needs', async () => {
    await show()
    const attributes = Object.fromEntries([...frame().attributes].map(({ name, value }) => [name, value]))
    expect(attributes).to.deep.equal({
      part: 'dialog-frame',
      title: 'Payment page',
      allow: 'payment',
      referrerpolicy: 'strict-origin',
      height: '800',
      sandbox:
        'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation',
      src: `${provider}/puppet`,
    })
  })

  it('names what is bought, where, for how much, and whose page it is; names are text', async () => {
    await show()
    expect(part('title').textContent).to.equal(`Gold <b>coins</b>${location.host}`)
    expect(part('price').textContent).to.equal('US$19.90')
    expect(part('host').textContent).to.equal(`Payment page of ${new URL(provider).host}`)
  })

  it('T-79 is modal, labelled, has the focus, and passes an audit', async () => {
    await show()
    expect(dialog().matches(':modal')).to.equal(true)
    expect(root.activeElement === dialog()).to.equal(true)
    expect(dialog().ariaLabel).to.equal('Gold <b>coins</b>')
    await Promise.all(
      dialog()
        .getAnimations()
        .map(({ finished }) => finished),
    ) // while it fades in, no contrast is right
    await expect(dialog()).to.be.accessible()
  })

  it('T-79 gives the focus back when it closes', async () => {
    const before = document.createElement('button')
    document.body.append(before)
    surface.close()
    before.focus()
    surface = open({})
    await show()
    expect(document.activeElement === host).to.equal(true)
    surface.close()
    expect(document.activeElement === before).to.equal(true)
    before.remove()
  })

  it('T-79 keeps the keyboard inside', async () => {
    const behind = document.createElement('button')
    document.body.append(behind)
    await show('/silent')
    for (let step = 0; step < 8; step++) {
      await sendKeys({ press: 'Tab' })
      expect(document.activeElement === behind).to.equal(false)
    }
    behind.remove()
  })

  it('closes by its button and by Escape', async () => {
    await show()
    part('close').click()
    expect(told).to.deep.equal(['closed'])
    expect(dialog() === null).to.equal(true)

    surface = open({})
    await show('/silent')
    await sendKeys({ press: 'Escape' })
    await until(() => told.length === 2)
    expect(dialog() === null).to.equal(true)
  })

  it('closed by us it tells nothing, and closing twice is harmless', async () => {
    await show()
    surface.close()
    surface.close()
    await pause(50)
    expect(told).to.deep.equal([])
  })

  describe('while the page processes a payment', () => {
    beforeEach(async () => {
      await show()
      surface.heed({ kind: 'busy' })
    })

    it('T-67 closing asks first, and is never impossible', () => {
      part('close').click()
      expect(told).to.deep.equal([])
      expect(question().hidden).to.equal(false)
      expect(root.activeElement === button('Keep open')).to.equal(true)
      button('Keep open')?.click()
      expect(question().hidden).to.equal(true)
      part('close').click()
      button('Close')?.click()
      expect(told).to.deep.equal(['closed while busy'])
      expect(dialog() === null).to.equal(true)
    })

    it('T-67 pressed again, the close button closes', () => {
      part('close').click()
      part('close').click()
      expect(told).to.deep.equal(['closed while busy'])
    })

    it('T-67 Escape asks as well, and the second one closes', async () => {
      dialog().focus()
      await sendKeys({ press: 'Tab' }) // a browser lets a page object to Escape only where the buyer has done something before
      await sendKeys({ press: 'Escape' })
      await until(() => !question().hidden)
      expect(told).to.deep.equal([])
      await sendKeys({ press: 'Escape' })
      await until(() => told.length === 1)
    })

    it('T-67 the end of processing makes closing free again', () => {
      part('close').click()
      surface.heed({ kind: 'idle' })
      expect(question().hidden).to.equal(true)
      part('close').click()
      expect(told).to.deep.equal(['closed'])
    })
  })

  it('T-67 a processing without an end ends by itself after ten minutes', async () => {
    await show()
    clock = timers()
    surface.heed({ kind: 'busy' })
    expect(clock.delays()).to.deep.equal([600_000])
    part('close').click()
    expect(question().hidden).to.equal(false)
    clock.run()
    expect(question().hidden).to.equal(true)
    part('close').click()
    expect(told).to.deep.equal(['closed'])
  })

  const sizes = [
    [1280, 800],
    [800, 500],
    [390, 760],
  ] as const
  for (const [width, height] of sizes.filter(([width]) => width >= narrowest))
    it(`T-66 no size that a page reports gets out of a window of ${width} × ${height}`, async () => {
      await setViewport({ width, height })
      await show()
      for (const reported of [1, 200, 900, 99_999]) {
        surface.heed({ kind: 'resize', height: reported })
        const box = dialog().getBoundingClientRect()
        const isFull = width < 600
        expect(box.width).to.equal(isFull ? width : Math.min(760, width - 32))
        expect(box.height).to.be.at.most(isFull ? height : height - 64)
        expect(box.height).to.be.at.least(isFull ? height : Math.min(480, height - 64))
        for (const always of ['head', 'foot', 'close', 'new-window'])
          expect(part(always).getBoundingClientRect().bottom, always).to.be.at.most(box.bottom + 1)
        expect(dialog().scrollHeight).to.be.at.most(dialog().clientHeight)
      }
      expect(dialog().outerHTML).to.not.contain('style=')
    })

  it('T-66 grows with the page up to the window', async () => {
    await setViewport({ width: 1280, height: 900 })
    await show()
    surface.heed({ kind: 'resize', height: 600 })
    expect(Math.round(frame().getBoundingClientRect().height)).to.equal(600)
    surface.heed({ kind: 'resize', height: 5000 })
    expect(dialog().getBoundingClientRect().height).to.equal(900 - 64)
  })

  it('T-72 the way out stands there from the first moment, whether the frame shows something or not', async () => {
    for (const path of [
      '/puppet',
      '/silent?header=x-frame-options: DENY',
      '/silent?header=content-security-policy: frame-ancestors none',
    ]) {
      surface.close()
      surface = open({})
      surface.show(provider + path)
      expect(part('new-window').checkVisibility()).to.equal(true)
      part('new-window').click()
      surface.close()
    }
    expect(told).to.deep.equal(['new window', 'new window', 'new window'])
  })

  it('T-72 after eight silent seconds it points to the way out, without a word of failure', async () => {
    clock = timers()
    surface.show(`${provider}/silent`)
    expect(clock.delays()).to.deep.equal([8000])
    expect(part('hint').checkVisibility()).to.equal(false)
    clock.run()
    expect(part('hint').textContent).to.equal('Does the page stay empty? Open it in a new window.')
    expect(part('hint').getAttribute('role')).to.equal('status')
    expect(part('host').checkVisibility()).to.equal(true)
    surface.heed({ kind: 'loaded' })
    expect(part('hint').textContent).to.equal('')
  })

  it('T-72 a page that speaks is never pointed at', async () => {
    clock = timers()
    surface.show(`${provider}/puppet`)
    surface.heed({ kind: 'resize', height: 500 })
    expect(clock.delays()).to.deep.equal([])
  })

  it('shows progress until the page has arrived', async () => {
    surface.show(`${provider}/silent`)
    const progress = root.querySelector('.line') as HTMLElement
    expect(progress.hidden).to.equal(false)
    await until(() => progress.hidden)
  })

  it('T-80 moved with its element it is modal again, and the page is there', async () => {
    await show()
    const elsewhere = document.createElement('section')
    document.body.append(elsewhere)
    const again = heard(() => frame().contentWindow)
    elsewhere.append(host)
    surface.restore()
    await again
    expect(dialog().matches(':modal')).to.equal(true)
    expect(told).to.deep.equal([])
    elsewhere.append(host)
    elsewhere.remove()
    document.body.append(host)
  })

  it('T-80 restored after it was closed it stays away', () => {
    surface.close()
    expect(() => surface.restore()).to.not.throw()
    expect(dialog() === null).to.equal(true)
  })
})
