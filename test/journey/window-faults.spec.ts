import { type Browser, chromium, type Locator, type Page } from '@playwright/test'
import { english } from '../../src/element/labels.js'
import { expect, freshOrder, type Merchant, payButton, shopPage, test } from './merchant.js'
import { type Fault, type FaultName, faults, faultTable } from './outcomes.js'
import { press } from './press.js'

// What browsers, networks and pages do to a window or a frame. Each row ends within ten seconds in something that the buyer can use, is
// never called failed by guessing, never paid without the server's word, and what is paid is delivered once.

interface Scene {
  readonly page: Page
  readonly merchant: Merchant
}

interface Play {
  /** In a browser that keeps pages for "back", as browsers do outside of tests. */
  readonly keepsPages?: boolean
  readonly headers?: Readonly<Record<string, string>>
  /** Runs in the shop's page before anything of it. */
  readonly before?: () => void
  /** From the choice of a method to the fault; by default the choice alone. Answers the window, where there is one. */
  readonly strike?: (scene: Scene) => Promise<Page> | Promise<void>
  /** What the buyer does with what is offered, to the end: paid. By default what lies nearest. */
  readonly goOn?: (scene: Scene, popup?: Page) => Promise<void>
}

const tile = (page: Page) => page.getByRole('button', { name: 'Credit Cards' })
const action = (page: Page, name: keyof typeof english) =>
  page.locator('checkout-button').getByRole('button', { name: english[name], exact: true })
const framed = (page: Page) => page.frameLocator('checkout-button iframe')

async function openWindow(page: Page, click = () => tile(page).click()): Promise<Page> {
  const [popup] = await Promise.all([page.waitForEvent('popup'), click()])
  return popup
}

/** Chooses, and waits until the hosted page stands in its window. */
async function inWindow({ page }: Scene): Promise<Page> {
  const popup = await openWindow(page)
  await expect(payButton(popup)).toBeVisible()
  return popup
}

async function inDialog({ page }: Scene): Promise<void> {
  await tile(page).click()
  await expect(payButton(framed(page))).toBeVisible()
}

const payInFrame = ({ page }: Scene) => press(payButton(framed(page)))
const payHere = ({ page }: Scene) => payButton(page).click()
const payInNewWindow = async ({ page, merchant }: Scene) => {
  await merchant.faults()
  await payButton(await openWindow(page, () => action(page, 'newWindow').click())).click()
}
const payInShownWindow = async ({ page }: Scene) =>
  payButton(await openWindow(page, () => action(page, 'showWindow').click())).click()
const payOnThePage = async (scene: Scene) => {
  await action(scene.page, 'here').click()
  await payHere(scene)
}
const startAgainInFrame = async (scene: Scene) => {
  await action(scene.page, 'startAgain').click()
  await inDialog(scene)
  await payInFrame(scene)
}

const plays: Readonly<Record<FaultName, Play>> = {
  'the payment page refuses frames by `X-Frame-Options`': {
    async strike({ page, merchant }) {
      await merchant.faults({ refusesFrames: true })
      await tile(page).click()
    },
    goOn: payInNewWindow,
  },
  'the payment page refuses frames by `frame-ancestors`': {
    async strike({ page, merchant }) {
      await merchant.faults({ refusesFrames: 'frame-ancestors' })
      await tile(page).click()
    },
    goOn: payInNewWindow,
  },
  "the shop's own `frame-src` forbids it": {
    headers: { 'content-security-policy': "frame-src 'none'" },
    goOn: payInNewWindow,
  },
  'the payment page never answers': {
    async strike({ page, merchant }) {
      await merchant.faults({ delay: 600_000 })
      await tile(page).click()
    },
    goOn: payInNewWindow,
  },
  'the connection to the payment page is cut': {
    async strike({ page, merchant }) {
      await merchant.faults({ drops: true })
      await tile(page).click()
    },
    goOn: payInNewWindow,
  },
  'a browser without dialogs': {
    before: () => Reflect.deleteProperty(HTMLDialogElement.prototype, 'showModal'),
  },
  '`navigator.onLine` is wrong': {
    before: () => Object.defineProperty(Navigator.prototype, 'onLine', { get: () => false }),
  },
  'a framework moves the element': {
    async strike(scene) {
      await inDialog(scene)
      await scene.page.evaluate(() => {
        const button = document.querySelector('checkout-button') as Element
        document.body.append(document.createElement('section'))
        document.querySelector('section')?.append(button)
      })
    },
  },
  'the element is moved by `moveBefore`': {
    async strike(scene) {
      await inDialog(scene)
      await scene.page.evaluate(() => {
        const button = document.querySelector('checkout-button') as Element
        const place = document.body as unknown as { moveBefore(node: Node, before: Node | null): void }
        place.moveBefore(button, document.querySelector('h1'))
      })
    },
  },
  'the element is removed, and comes back': {
    async strike(scene) {
      const { page } = scene
      await inDialog(scene)
      const button = await page.evaluateHandle(() => document.querySelector('checkout-button') as Element)
      await button.evaluate((button) => button.remove())
      await expect(page.getByRole('heading', { name: 'Cart' })).toBeVisible()
      await expect(page.getByRole('dialog')).toHaveCount(0)
      await button.evaluate((button) => document.body.append(button))
    },
    goOn: startAgainInFrame,
  },
  'the network goes, and the buyer closes the dialog': {
    async strike(scene) {
      await inDialog(scene)
      await scene.page.context().setOffline(true)
      await action(scene.page, 'close').click()
    },
    async goOn(scene) {
      await scene.page.context().setOffline(false)
      await inDialog(scene) // asked at once, and nothing was paid: the methods again
      await payInFrame(scene)
    },
  },
  '`window.open` answers null': {
    before() {
      window.open = () => null
    },
  },
  '`window.open` throws': {
    before() {
      window.open = () => {
        throw new Error('no windows here')
      }
    },
  },
  'a sandbox forbids windows': {
    headers: { 'content-security-policy': 'sandbox allow-scripts allow-same-origin allow-forms' },
  },
  '`window.open` takes the page itself': {
    before() {
      window.open = () => {
        location.href = 'about:blank'
        return window
      }
    },
  },
  '`window.open` answers a window that is closed': {
    before() {
      const { open } = window
      window.open = (...given) => {
        const popup = open.apply(window, given)
        popup?.close()
        Object.defineProperty(popup, 'closed', { get: () => performance.now() > 0 })
        return popup
      }
    },
  },
  'something closes the window while the server is asked': {
    before() {
      const { open } = window
      window.open = (...given) => {
        const popup = open.apply(window, given)
        setTimeout(() => popup?.close(), 100)
        return popup
      }
    },
    async strike({ page }) {
      await page.route('**/checkout/checkouts', async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 1500))
        await route.continue()
      })
      await tile(page).click()
    },
  },
  '`window.open` answers a window that shows nothing': {
    before() {
      window.open = () => ({ closed: false, location: { replace() {} }, focus() {}, close() {} }) as unknown as Window
    },
    goOn: payOnThePage,
  },
  'another page takes the place of the payment page': {
    async strike(scene) {
      const popup = await inWindow(scene)
      await popup.goto(scene.merchant.put('elsewhere', { headers: {}, html: '<!doctype html><title>Elsewhere</title>' }))
    },
    goOn: payOnThePage,
  },
  'the buyer closes the window, and opens it again': {
    strike: async (scene) => (await inWindow(scene)).close(),
    goOn: payInShownWindow,
  },
  'the buyer closes the window, and pays on the page': {
    strike: async (scene) => (await inWindow(scene)).close(),
    goOn: payOnThePage,
  },
  'a window cut off, in a browser without `BroadcastChannel`': {
    before: () => Reflect.deleteProperty(window, 'BroadcastChannel'),
    async strike(scene) {
      await scene.merchant.faults({ openerPolicy: 'same-origin' })
      return inWindow(scene)
    },
    async goOn({ page, merchant }, popup) {
      const given = merchant.given.length
      await payButton(popup as Page).click()
      await expect.poll(() => merchant.given.length).toBe(given + 1)
      await action(page, 'check').click()
    },
  },
  "the shop's server is away when the window closes": {
    async strike(scene) {
      const popup = await inWindow(scene)
      scene.merchant.isAway = true
      await popup.close()
    },
    async goOn(scene) {
      scene.merchant.isAway = false
      await payInShownWindow(scene)
    },
  },
  'the tab is reloaded, as after it was discarded': {
    async strike(scene) {
      const popup = await inWindow(scene)
      await scene.page.reload()
      return popup
    },
    goOn: (_, popup) => payButton(popup as Page).click(),
  },
  'storage throws': {
    before: () =>
      Object.defineProperty(window, 'sessionStorage', {
        get() {
          throw new DOMException('no', 'SecurityError')
        },
      }),
  },
  'the buyer goes back, and the browser has kept the page': {
    keepsPages: true,
    before() {
      addEventListener('pageshow', ({ persisted }) => Object.assign(window, { persisted }))
    },
    async strike({ page }) {
      await tile(page).click()
      await expect(payButton(page)).toBeVisible()
      // Not the runner's own, which would wait for a page that loads; and after the answer, which going back may cut off.
      await page.evaluate(() => void setTimeout(() => history.back()))
      await expect.poll(() => page.evaluate('window.persisted').catch(() => {})).toBe(true)
    },
    async goOn(scene) {
      await tile(scene.page).click()
      await payHere(scene)
    },
  },
  'the buyer goes back, and the browser loads the page anew': {
    async strike(scene) {
      const { page } = scene
      await tile(page).click()
      await expect(payButton(page)).toBeVisible()
      await page.goBack()
    },
    async goOn(scene) {
      await action(scene.page, 'startAgain').click()
      await tile(scene.page).click()
      await payHere(scene)
    },
  },
}

const chooseAlone = ({ page }: Scene): Promise<void> => tile(page).click()
const payWhereItStands = ({ offers }: Fault) => (offers.includes('the payment page') ? payInFrame : payHere)

const stories = {
  all: ['checkout-open', 'checkout-success'],
  end: ['checkout-success'], // a page that was left hears only how it ended
  twice: ['checkout-open', 'checkout-close', 'checkout-open', 'checkout-success'],
}

for (const [name, fault] of Object.entries<Fault>(faults)) {
  const { keepsPages, before, headers, strike = chooseAlone, goOn = payWhereItStands(fault) } = plays[name as FaultName]
  test(`${fault.id} ${name}: never called failed or paid, usable within ten seconds, and then paid once`, async ({
    page: given,
    merchant,
  }) => {
    const keeper = keepsPages && (await launchKeeper(given))
    const page = keeper ? await keeper.newPage() : given
    const order = freshOrder()
    const crashes: string[] = []
    const read: string[] = []
    page.context().on('weberror', (error) => crashes.push(String(error.error())))
    await page.exposeFunction('journeyReads', (text: string) => read.push(text))
    await page.addInitScript(noteSentences)
    if (before) await page.addInitScript(`if (location.origin === ${JSON.stringify(merchant.url)}) (${asExpression(before)})()`)
    await page.goto(merchant.put(order, shopPage(order, { surface: fault.surface }, headers)))
    await expect(tile(page)).toBeVisible()

    const popup = await strike({ page, merchant })
    const usable = fault.offers.map((offer) => expect(offered(page, offer)).toBeVisible({ timeout: 10_000 }))
    await Promise.all(usable)
    if (fault.says) await expect.poll(() => read).toContain(english[fault.says])
    expect(read.filter((text) => /Paid|not completed|declined|could not be opened/.test(text))).toEqual([])
    expect(merchant.given).not.toContain(order)

    await goOn({ page, merchant }, popup ?? undefined)
    await expect(page.locator('[part=paid]')).toBeVisible()
    expect(await page.evaluate('heard')).toEqual(stories[fault.heard])
    expect(merchant.given.filter((each) => each === order)).toHaveLength(1)
    expect(crashes).toEqual([])
    if (keeper) await keeper.close()
  })
}

/** The runner switches the back/forward cache off; this is the same browser with it. It ends with the test at the latest. */
async function launchKeeper(page: Page): Promise<Browser> {
  const options = test.info().project.use.launchOptions
  const keeper = await chromium.launch({ ...options, ignoreDefaultArgs: ['--disable-back-forward-cache'] })
  page.once('close', () => void keeper.close())
  return keeper
}

function offered(page: Page, offer: Fault['offers'][number]): Locator {
  if (offer === 'methods') return tile(page)
  if (offer === 'the payment page') return payButton(framed(page))
  if (offer === 'the payment page, in this tab') return payButton(page)
  return action(page, offer)
}

/** Tells every sentence that the buyer could read, however short it stood. */
const noteSentences = () => {
  if (window.top !== window) return
  const known = new Set<string>()
  const heard = new WeakSet<Node>()
  const tell = (text: string) => (window as unknown as { journeyReads(text: string): void }).journeyReads(text)
  const look = () => {
    const root = document.querySelector('checkout-button')?.shadowRoot
    if (!root) return
    // At each change, since the page may be left right after it.
    if (!heard.has(root)) new MutationObserver(look).observe(root, { subtree: true, childList: true, characterData: true })
    heard.add(root)
    for (const { textContent } of root.querySelectorAll('[part=message], [part=dialog-hint]')) {
      if (!textContent || known.has(textContent)) continue
      known.add(textContent)
      setTimeout(tell, 0, textContent) // what is told in the task that calls stop() is lost
    }
  }
  setInterval(look, 50)
}

/** A function as text: methods need their word in front. */
const asExpression = (given: () => void): string => (/^before\b/.test(String(given)) ? `function ${given}` : String(given))

test.afterAll(({}, { status, expectedStatus }) => {
  if (process.env.TABLES && status === expectedStatus) console.log(faultTable())
})
