import { type BrowserContext, type ElementHandle, type Frame, launch, type Page } from 'puppeteer-core'
import { firefoxPreferences } from '../engines.js'
import { type Buyer, type Engine, findFrame, type Place } from './buyer.js'

// Firefox by WebDriver BiDi, with the popup blocker that a buyer has: puppeteer switches it off by itself.

export async function startFirefox(executablePath: string): Promise<Engine> {
  const browser = await launch({
    ...{ browser: 'firefox', executablePath },
    extraPrefsFirefox: { ...firefoxPreferences, 'dom.disable_open_during_load': true },
  })
  return { enter: async () => enter(await browser.createBrowserContext()), close: () => browser.close() }
}

async function enter(context: BrowserContext): Promise<Buyer> {
  const page = await context.newPage()
  await page.setViewport({ width: 1280, height: 900 })

  const popup = async (): Promise<Page> => {
    const other = (await context.pages()).find((each) => each !== page)
    if (!other) throw new Error('no window is open')
    return other
  }
  const frame = async (place: Place): Promise<Frame> => {
    const found = await page.evaluateHandle(findFrame, place)
    const inside = await found.asElement()?.contentFrame()
    if (!inside) throw new Error('there is no such frame')
    return inside
  }
  const at = (place: Place) => (place === 'page' ? page : place === 'popup' ? popup() : frame(place))

  return {
    visit: async (url) => void (await page.goto(url)),
    reload: async () => void (await page.reload()),
    run: async (place, code, ...given) => (await at(place)).evaluate(code, ...given),
    async click(place, find, ...given) {
      const handle = await (await at(place)).evaluateHandle(find, ...given)
      const found = handle.asElement() as ElementHandle<Element> | null
      await found?.click()
      return !!found
    },
    press: (key) => page.keyboard.press(key),
    windows: async () => (await context.pages()).length,
    leave: () => context.close(),
  }
}
