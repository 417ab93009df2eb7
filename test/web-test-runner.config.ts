import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { esbuildPlugin } from '@web/dev-server-esbuild'
import { defaultReporter, type Reporter, type TestRunnerConfig, type TestSuiteResult } from '@web/test-runner'
import { playwrightLauncher } from '@web/test-runner-playwright'
import { findChromium } from './browsers.js'
import { startPages } from './window/pages.js'

// The element and the windows in real browsers; start it by tsx, since it is TypeScript itself. A second server stands for the
// provider: same pages, another origin, so that nothing about origins is pretended.

const { executablePath, args } = await findChromium()

const pages = await startPages()

// One line per engine: the tests do not know how many there are.
const browsers = [
  playwrightLauncher({
    product: 'chromium',
    launchOptions: { executablePath, args: [...args] },
    createBrowserContext: ({ browser }) => browser.newContext({ locale: 'en-GB', reducedMotion: 'no-preference' }),
  }),
]

/** Counts into a file: nothing is read off the screen. A test file that does not load has no tests, and counts as one failure. */
const counts: Reporter = {
  onTestRunFinished({ sessions }) {
    const total = { passed: 0, failed: 0, skipped: 0 }
    const walk = (suite: TestSuiteResult) => {
      for (const test of suite.tests) {
        if (test.skipped) total.skipped++
        else if (test.passed) total.passed++
        else total.failed++
      }
      suite.suites.forEach(walk)
    }
    for (const session of sessions) {
      const before = total.failed
      if (session.testResults) walk(session.testResults)
      if (!session.passed && total.failed === before) total.failed++
    }
    const folder = process.env.RESULTS ?? fileURLToPath(new URL('results', import.meta.url))
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'element.json'), JSON.stringify(total))
  },
}

const config: TestRunnerConfig = {
  rootDir: fileURLToPath(new URL('..', import.meta.url)),
  files: [fileURLToPath(new URL('{element,window}/*.test.ts', import.meta.url))],
  nodeResolve: { exportConditions: ['production', 'default'] }, // Lit as a shop ships it
  concurrentBrowsers: 3,
  concurrency: 2,
  browsers,
  plugins: [
    esbuildPlugin({ ts: true, target: 'es2022', tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) }),
    { name: 'pages', serve: ({ path }) => (path === '/pages.json' ? JSON.stringify(pages) : undefined) },
  ],
  testFramework: { config: { timeout: 10_000 } },
  reporters: [defaultReporter({ reportTestProgress: false }), counts],
}
export default config
