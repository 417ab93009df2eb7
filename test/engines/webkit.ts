import { Key, type WebDriver, type WebElement } from 'selenium-webdriver'
import { startDisplay, startWebKitDriver } from '../engines.js'
import { type Buyer, type Engine, findFrame, type Place } from './buyer.js'

// WebKitGTK by classic WebDriver, which looks at one place at a time: every question goes there first.

/** A driver for each buyer: one that has ended a session is not always ready for the next. */
export async function startWebKit(binary: string): Promise<Engine> {
  const display = await startDisplay()
  return {
    async enter() {
      const driver = await startWebKitDriver(binary, display.name)
      return enter(await driver.open(), driver.close)
    },
    close: async () => display.close(),
  }
}

async function enter(driver: WebDriver, end: () => void): Promise<Buyer> {
  await driver.manage().window().setRect({ x: 0, y: 0, width: 1280, height: 900 })
  const own = await driver.getWindowHandle()

  async function go(place: Place): Promise<void> {
    const handles = await driver.getAllWindowHandles()
    const handle = place === 'popup' ? handles.find((each) => each !== own) : own
    if (!handle) throw new Error('no window is open')
    await driver.switchTo().window(handle)
    await driver.switchTo().defaultContent()
    if (place === 'page' || place === 'popup') return
    const frame = await driver.executeScript<WebElement | null>(`return (${findFrame})(...arguments)`, place)
    if (!frame) throw new Error('there is no such frame')
    await driver.switchTo().frame(frame)
  }
  const run = async (place: Place, code: unknown, given: readonly string[]) => {
    await go(place)
    return driver.executeScript(`return (${code})(...arguments)`, ...given)
  }

  return {
    async visit(url) {
      await go('page')
      await driver.get(url)
    },
    async reload() {
      await go('page')
      await driver.navigate().refresh()
    },
    run: (place, code, ...given) => run(place, code, given) as never,
    async click(place, find, ...given) {
      const found = (await run(place, find, given)) as WebElement | null
      await found?.click()
      return !!found
    },
    async press(key) {
      await go('page')
      await driver
        .actions()
        .sendKeys(Key[key.toUpperCase() as 'ESCAPE'])
        .perform()
    },
    windows: async () => (await driver.getAllWindowHandles()).length,
    async leave() {
      await driver.quit()
      end()
    },
  }
}
