import type { BrowserLauncher } from '@web/test-runner'
import { Key, type WebDriver } from 'selenium-webdriver'
import { engineLabels, startDisplay, startWebKitDriver } from '../engines.js'

// @web/test-runner in WebKitGTK: its own launcher for WebDriver brings a second client of two hundred packages, and can neither hold a
// key down nor set a viewport. This one says it is Playwright's, and has as much of its page as the runner's commands ask for.

export function webkitLauncher(binary: string): BrowserLauncher {
  const active = new Map<string, string>()
  let opening: Promise<WebDriver> | undefined
  const open = () => {
    opening ??= startDisplay()
      .then(({ name }) => startWebKitDriver(binary, name, ['--javascript-can-open-windows-automatically=true']))
      .then((driver) => driver.open())
    return opening
  }
  const visit = async (id: string, url: string) => {
    const driver = await open()
    active.set(id, url)
    await resize(driver, 800, 600)
    await driver.get(url)
  }
  const launcher = {
    ...{ name: engineLabels.webkit, type: 'playwright', concurrency: 1 },
    async initialize() {},
    stop: async () => void (await (await opening)?.quit()),
    startSession: visit,
    startDebugSession: visit,
    async stopSession(id: string) {
      await (await open()).get('about:blank') // ends whatever still runs in the page
      active.delete(id)
      return {}
    },
    isActive: (id: string) => active.has(id),
    getBrowserUrl: (id: string) => active.get(id) ?? '',
    getPage: () => ({
      keyboard: {
        type: async (text: string) => (await open()).actions().sendKeys(text).perform(),
        press: async (name: string) => (await open()).actions().sendKeys(keyOf(name)).perform(),
        down: async (name: string) => (await open()).actions().keyDown(keyOf(name)).perform(),
        up: async (name: string) => (await open()).actions().keyUp(keyOf(name)).perform(),
      },
      setViewportSize: async ({ width, height }: { width: number; height: number }) => resize(await open(), width, height),
    }),
  }
  return launcher
}

const keyOf = (name: string): string => Key[name.toUpperCase() as 'TAB'] ?? name

/** A window is as much larger than its page as its frame and its bar take. */
async function resize(driver: WebDriver, width: number, height: number): Promise<void> {
  for (let tries = 0; tries < 3; tries++) {
    const [pageWidth = 0, pageHeight = 0] = await driver.executeScript<number[]>('return [innerWidth, innerHeight]')
    if (pageWidth === width && pageHeight === height) return
    const window = await driver.manage().window().getRect()
    const rect = { width: window.width + width - pageWidth, height: window.height + height - pageHeight, x: 0, y: 0 }
    await driver.manage().window().setRect(rect)
  }
}
