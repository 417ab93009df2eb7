import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WebDriver } from 'selenium-webdriver'
import { freePort } from './free-port.js'

// The engines beside Chromium, which test/browsers.ts finds or fetches: Firefox, and WebKit as GTK's MiniBrowser. Every run uses those
// that the machine has, or, told by ENGINES=chromium,firefox,webkit, only those; one that is asked for and not there is an error.

export type EngineName = 'chromium' | 'firefox' | 'webkit'

export const engineLabels: Readonly<Record<EngineName, string>> = {
  chromium: 'Chromium',
  firefox: 'Firefox',
  webkit: 'WebKitGTK',
}

/** Where each engine may be; WebKitGTK's browser needs its driver, and a display or the means to pretend one. */
const places: Readonly<Record<Exclude<EngineName, 'chromium'>, () => readonly string[]>> = {
  firefox: () => ['/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'],
  webkit: () =>
    existsSync(webkitDriver) && (process.env.DISPLAY || existsSync(pretendedDisplay))
      ? readdirSync('/usr/lib').map((folder) => `/usr/lib/${folder}/webkit2gtk-4.1/MiniBrowser`)
      : [],
}
const webkitDriver = '/usr/bin/WebKitWebDriver'
const pretendedDisplay = '/usr/bin/Xvfb'

const asked = (process.env.ENGINES ?? '').split(',').filter(Boolean) as EngineName[]
for (const name of asked)
  if (!(name in engineLabels)) throw new Error(`ENGINES: there is no ${name}, only ${Object.keys(engineLabels).join(', ')}`)

export const isAskedFor = (name: EngineName): boolean => asked.length === 0 || asked.includes(name)

/** Path of an engine's browser; undefined where it is not here or not asked for. Throws where it is asked for by name and missing. */
export function findEngine(name: keyof typeof places): string | undefined {
  const path = places[name]().find((each) => existsSync(each))
  if (!path && asked.includes(name))
    throw new Error(`ENGINES asks for ${name}, and ${engineLabels[name]} is not on this machine`)
  return isAskedFor(name) ? path : undefined
}

/** `Firefox 153.0esr`, as the browser says it; the name alone where it does not say. */
export function versionOf(name: EngineName, path: string): string {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 20_000 })
  return `${engineLabels[name]} ${/\d[\w.]+/.exec(stdout ?? '')?.[0] ?? ''}`.trim()
}

/** What both drivers of Firefox start it with: the buyer of all tests is British, and sees things move. */
export const firefoxPreferences = { 'intl.accept_languages': 'en-GB, en', 'ui.prefersReducedMotion': 0 }

/** WebKit's own driver, for one browser at a time. */
export interface WebKitDriver {
  open(): Promise<WebDriver>
  close(): void
}

export async function startWebKitDriver(
  browser: string,
  display: string,
  options: readonly string[] = [],
): Promise<WebKitDriver> {
  const { Builder, Capabilities } = await import('selenium-webdriver')
  const port = await freePort()
  const driver = spawn(webkitDriver, [`--port=${port}`, '--host=127.0.0.1'], {
    stdio: 'ignore',
    env: { ...process.env, DISPLAY: display },
  })
  const close = () => void driver.kill()
  process.once('exit', close)
  await listens(port)
  const capabilities = new Capabilities({
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': { binary: browser, args: ['--automation', ...options] },
  })
  return {
    open: async () => new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build(),
    close() {
      process.off('exit', close)
      close()
    },
  }
}

/** The machine's display, or one that nobody sees. */
export async function startDisplay(): Promise<{ readonly name: string; close(): void }> {
  const own = process.env.DISPLAY
  if (own) return { name: own, close() {} }
  const child = spawn(pretendedDisplay, ['-displayfd', '1', '-nolisten', 'tcp', '-screen', '0', '1600x1200x24'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  process.once('exit', () => child.kill())
  const number = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.stdout.once('data', resolve)
  })
  return { name: `:${String(number).trim()}`, close: () => void child.kill() }
}

async function listens(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      }).once('error', () => resolve(false))
    })
    if (isUp) return
    await sleep(100)
  }
  throw new Error('WebKitWebDriver did not start')
}
