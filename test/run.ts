import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findChromium } from './browsers.js'
import { engineLabels, findEngine, isAskedFor, versionOf } from './engines.js'
import { installApart } from './installed-apart.js'

// Everything, one runner after another; each writes its counts to a file, since what it prints is for people. The last line is the sum.

interface Result {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

interface Engine {
  readonly version: string
  readonly counts: Record<string, Result>
}

/** Nobody watches: a line per file, in which what failed is found later, and no colours. */
const isLog = !process.stdout.isTTY
const results = mkdtempSync(join(tmpdir(), 'checkout-button-results-'))
const { executablePath, via } = await findChromium()
console.log(`Chromium: ${executablePath} (${via})`)

const engines: Record<string, Engine> = {}
for (const name of ['chromium', 'firefox', 'webkit'] as const) {
  const path = name === 'chromium' ? executablePath : findEngine(name)
  if (path && isAskedFor(name)) engines[engineLabels[name]] = { version: versionOf(name, path), counts: {} }
  else console.log(`NOT TESTED: ${engineLabels[name]}, which is not on this machine or was not asked for (ENGINES).`)
}
console.log(
  `Engines: ${Object.values(engines)
    .map(({ version }) => version)
    .join(', ')}`,
)

let passed = 0
let failed = 0

function run(name: string, command: string, parameters: readonly string[], count: () => Result): void {
  console.log(`\n── ${name}`)
  // Playwright gives its workers FORCE_COLOR, and Node warns of both in each of them.
  const colours = isLog && command !== 'playwright' ? { NO_COLOR: '1' } : {}
  const environment = { ...process.env, RESULTS: results, CHROMIUM: executablePath, ...colours }
  const { status } = spawnSync(command, parameters, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment,
    shell: process.platform === 'win32',
  })
  let result: Result = { passed: 0, failed: 0, skipped: 0 }
  try {
    result = count()
  } catch {
    console.error(`${name}: no result was written`)
  }
  // A runner that fails without naming a test (a broken import, a crash, an unhandled rejection) is one failure; so is a skipped test.
  const unexplained = status === 0 && result.passed > 0 ? 0 : 1
  passed += result.passed
  failed += result.failed + result.skipped || unexplained
}

const readResult = (file: string) => JSON.parse(readFileSync(join(results, file), 'utf8'))

const reporters = [`--reporter=${isLog ? 'default' : 'dot'}`, '--reporter=json', `--outputFile.json=${results}/unit.json`]
run('unit: vitest', 'vitest', ['run', ...reporters], () => {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = readResult('unit.json')
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests }
})

/** Notes what each engine did, and answers the sum. */
function perEngine(kind: string, counts: Readonly<Record<string, Result>>): Result {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const [name, engine] of Object.entries(engines)) {
    const own = counts[name] ?? { passed: 0, failed: 1, skipped: 0 } // an engine that is here and ran nothing
    engine.counts[kind] = own
    for (const key of ['passed', 'failed', 'skipped'] as const) sum[key] += own[key]
  }
  return sum
}

run(
  'element: @web/test-runner',
  'tsx',
  ['node_modules/@web/test-runner/dist/bin.js', '--config', 'test/web-test-runner.config.ts'],
  () => perEngine('element', readResult('element.json')),
)

interface JourneySuite {
  readonly suites?: readonly JourneySuite[]
  readonly specs?: readonly { readonly tests: readonly { readonly projectName: string; readonly status: string }[] }[]
}

run('journey: playwright', 'playwright', ['test', '--config', 'test/playwright.config.ts'], () => {
  const counts: Record<string, { passed: number; failed: number; skipped: number }> = {}
  const walk = ({ suites = [], specs = [] }: JourneySuite) => {
    for (const { projectName, status } of specs.flatMap(({ tests }) => tests)) {
      counts[projectName] ??= { passed: 0, failed: 0, skipped: 0 }
      const key = status === 'expected' ? 'passed' : status === 'skipped' ? 'skipped' : 'failed'
      counts[projectName][key]++
    }
    suites.forEach(walk)
  }
  walk(readResult('journey.json'))
  return perEngine('journey', counts)
})

const apart = { frameworks: 'Next.js, React 19, Vue, Svelte, Solid and Angular', 'frameworks/react-18': 'React 18' }
const missing = Object.entries(apart).flatMap(([folder, what]) => {
  const { error } = installApart(join('test', folder), what)
  return error ? [`NOT TESTED: the button in ${what}. They could not be installed: ${error}`] : []
})
for (const words of missing) console.warn(words)
if (process.env.FRAMEWORKS === 'required') failed += missing.length
if (missing.length === 0)
  run('frameworks: playwright', 'playwright', ['test', '--config', 'test/frameworks/playwright.config.ts'], () => {
    const { expected, unexpected, flaky, skipped } = readResult('frameworks.json').stats
    return { passed: expected, failed: unexpected + flaky, skipped }
  })

console.log('\n── engines')
for (const { version, counts } of Object.values(engines))
  console.log(
    `${version}: ${Object.entries(counts)
      .map(([kind, { passed, failed, skipped }]) => `${kind} ${passed} passed, ${failed + skipped} failed`)
      .join('; ')}`,
  )

rmSync(results, { recursive: true })
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
