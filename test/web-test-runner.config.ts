import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { esbuildPlugin } from '@web/dev-server-esbuild'
import {
  type BrowserLauncher,
  defaultReporter,
  type Reporter,
  type TestRunnerConfig,
  type TestSuiteResult,
} from '@web/test-runner'
import { chromeLauncher } from '@web/test-runner-chrome'
import { playwrightLauncher } from '@web/test-runner-playwright'
import type { BrowserContext, Page } from 'puppeteer-core'
import { findChromium } from './browsers.js'
import { webkitLauncher } from './engines/element-in-webkit.js'
import { engineLabels, findEngine, firefoxPreferences, isAskedFor } from './engines.js'
import { startPages } from './window/pages.js'

// The element and the windows in real browsers; start it by tsx, since it is TypeScript itself. A second server stands for the
// provider: same pages, another origin, so that nothing about origins is pretended.

const pages = await startPages()

// Every engine that is here, by the name under which its tests are counted.
const browsers = new Map<BrowserLauncher, string>()
if (isAskedFor('chromium')) {
  const { executablePath, args } = await findChromium()
  const chromium = playwrightLauncher({
    product: 'chromium',
    launchOptions: { executablePath, args: [...args] },
    createBrowserContext: ({ browser }) => browser.newContext({ locale: 'en-GB', reducedMotion: 'no-preference' }),
  })
  browsers.set(chromium, engineLabels.chromium)
}
/** A machine that does much else is slow, and nothing else. */
const browserStartTimeout = 120_000

// Nobody clicks in these tests, and they open more windows than a page may.
const manyWindows = { 'dom.disable_open_during_load': false, 'dom.popup_maximum': 1000 }
const firefox = findEngine('firefox')
if (firefox) {
  // The launcher's puppeteer drives Firefox as well, and calls it Chrome.
  const launchOptions = {
    browser: 'firefox',
    executablePath: firefox,
    extraPrefsFirefox: { ...firefoxPreferences, ...manyWindows },
  } as const
  // A window of its own for each file: a key presses no button of a page that has lost the focus to a window, and it never comes back.
  let page: Page | undefined
  const createPage = async ({ context }: { context: BrowserContext }) => {
    page = await context.newPage({ type: 'window' })
    page.setDefaultNavigationTimeout(browserStartTimeout)
    return page
  }
  const launcher = chromeLauncher({ launchOptions, concurrency: 1, createPage })
  const { stopSession } = launcher
  launcher.stopSession = async (id) => {
    const result = await stopSession.call(launcher, id)
    await page?.close()
    Reflect.set(launcher, 'inactivePages', []) // or it would open the next file in this one
    return result
  }
  launcher.name = engineLabels.firefox
  browsers.set(launcher, engineLabels.firefox)
}
const webkit = findEngine('webkit')
if (webkit) browsers.set(webkitLauncher(webkit), engineLabels.webkit)

/** Counts into a file: nothing is read off the screen. A test file that does not load has no tests, and counts as one failure. */
const counts: Reporter = {
  onTestRunFinished({ sessions }) {
    const none = { passed: 0, failed: 0, skipped: 0 }
    const engines = Object.fromEntries([...browsers.values()].map((name) => [name, { ...none }]))
    const walk = (suite: TestSuiteResult, total: typeof none) => {
      for (const test of suite.tests) {
        if (test.skipped) total.skipped++
        else if (test.passed) total.passed++
        else total.failed++
      }
      for (const inner of suite.suites) walk(inner, total)
    }
    for (const session of sessions) {
      const total = engines[browsers.get(session.browser) ?? ''] ?? none
      const before = total.failed
      if (session.testResults) walk(session.testResults, total)
      if (!session.passed && total.failed === before) total.failed++
    }
    const folder = process.env.RESULTS ?? fileURLToPath(new URL('results', import.meta.url))
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'element.json'), JSON.stringify(engines))
  },
}

const config: TestRunnerConfig = {
  rootDir: fileURLToPath(new URL('..', import.meta.url)),
  files: [fileURLToPath(new URL('{element,window}/*.test.ts', import.meta.url))],
  nodeResolve: { exportConditions: ['production', 'default'] }, // Lit as a shop ships it
  concurrentBrowsers: 3,
  concurrency: 2,
  browserStartTimeout,
  browsers: [...browsers.keys()],
  plugins: [
    esbuildPlugin({ ts: true, target: 'es2022', tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) }),
    { name: 'pages', serve: ({ path }) => (path === '/pages.json' ? JSON.stringify(pages) : undefined) },
  ],
  // WebKitGTK takes its language from a locale that the machine may not have; the buyer of all tests is British.
  testRunnerHtml: (framework) => `<!doctype html><html><body><script>
    if (navigator.languages[0] !== 'en-GB') Object.defineProperty(Navigator.prototype, 'languages', { get: () => ['en-GB', 'en'] })
    </script><script type="module" src="${framework}"></script></body></html>`,
  testFramework: { config: { timeout: 10_000 } },
  reporters: [defaultReporter({ reportTestProgress: false }), counts],
}
export default config
