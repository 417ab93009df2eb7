import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findChromium } from './browsers.js'

// Everything, one runner after another; each writes its counts to a file, since what it prints is for people. The last line is the sum.

interface Result {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const results = mkdtempSync(join(tmpdir(), 'checkout-button-results-'))
const { executablePath, via } = await findChromium()
console.log(`Chromium: ${executablePath} (${via})`)

let passed = 0
let failed = 0

function run(name: string, command: string, parameters: readonly string[], count: () => Result): void {
  console.log(`\n── ${name}`)
  const environment = { ...process.env, RESULTS: results, CHROMIUM: executablePath }
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

run('unit: vitest', 'vitest', ['run', '--reporter=dot', '--reporter=json', `--outputFile.json=${results}/unit.json`], () => {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = readResult('unit.json')
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests }
})

run(
  'element: @web/test-runner',
  'tsx',
  ['node_modules/@web/test-runner/dist/bin.js', '--config', 'test/web-test-runner.config.ts'],
  () => readResult('element.json'),
)

run('journey: playwright', 'playwright', ['test', '--config', 'test/playwright.config.ts'], () => {
  const { expected, unexpected, flaky, skipped } = readResult('journey.json').stats
  return { passed: expected, failed: unexpected + flaky, skipped }
})

rmSync(results, { recursive: true })
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
