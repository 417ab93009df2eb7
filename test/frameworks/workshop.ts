import { type SpawnSyncReturns, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { buildPackage, installPackage } from '../build/package.js'
import { type Example, examples, folderOf, hydrated, rendered, snippets, unaware } from './examples.js'

// Every example of demo/, copied to where its framework is installed and the packed package beside it, and built there as its reader would.

const here = fileURLToPath(new URL('.', import.meta.url))
const demo = fileURLToPath(new URL('../../demo', import.meta.url))
export const modules = join(here, 'node_modules')

export const modes = ['production', 'development'] as const
export type Mode = (typeof modes)[number]
export interface Built {
  /** Where the copied sources are. */
  readonly home: string
  /** What could not be built, in the builder's words. */
  failed: string
}
export type Workshop = Readonly<Record<string, Built>>

export async function buildExamples(): Promise<{ readonly workshop: Workshop; remove(): void }> {
  // Dependencies are looked for upwards, so React 18 finds itself, and the others find everything else. Were it not there it would find
  // React 19, and every test of it would pass.
  if (!existsSync(join(here, 'react-18/node_modules/react'))) throw new Error('React 18 is not installed: `npm test` does it')
  const places = { 18: mkdtempSync(join(here, 'react-18/.work-')), 19: mkdtempSync(join(here, '.work-')) }
  for (const place of Object.values(places)) installPackage(place)
  const workshop: Record<string, Built> = {}
  const builds = [...examples, ...snippets, ...hydrated, rendered, unaware].map((example) => async () => {
    const home = join(places[example.name.startsWith('React 18') ? 18 : 19], folderOf(example))
    cpSync(join(demo, example.source), home, { recursive: true })
    if (example === rendered) cpSync(join(here, 'rendered', example.source), home, { recursive: true })
    if (example === unaware) change(join(home, 'vite.config.ts'), /vue\(\{.*\}\)/, 'vue()')
    const snippet = snippets.find((each) => each === example)
    if (snippet) writeFileSync(join(home, snippet.room, snippet.cart), shown(snippet.fence))
    const failed = (await build(example, home, 'production')) + (await build(example, home, 'development'))
    const wrong = join(here, 'wrong', example.source)
    if (existsSync(wrong)) cpSync(wrong, join(home, example.room), { recursive: true })
    workshop[example.name] = { home, failed }
  })
  await inPairs(builds)
  return {
    workshop,
    remove() {
      for (const place of Object.values(places)) rmSync(place, { recursive: true, force: true })
    },
  }
}

/** The cart that the documentation shows, in its only fence of that language. */
function shown(fence: string): string {
  const [, code, ...more] = readFileSync(join(demo, '../src/element/README.md'), 'utf8').split(`\n\`\`\`${fence}\n`)
  if (!code || more.length > 0) throw new Error(`src/element/README.md shows not one ${fence}`)
  return code.split('\n```')[0] ?? ''
}

function change(file: string, what: RegExp, by: string): void {
  const text = readFileSync(file, 'utf8')
  if (!what.test(text)) throw new Error(`${file} has no longer this in it: ${what}`)
  writeFileSync(file, text.replace(what, by))
}

/** What stands where the built files of an example are served from. */
export const builtOf = (home: string, mode: Mode): string => join(home, 'built', mode)

/** What renders the pages of an example, where a server does. */
export const rendererOf = (home: string, mode: Mode): string => join(home, 'built', `${mode}-server`, 'server.js')

async function build(example: Example, home: string, mode: Mode): Promise<string> {
  const { builder, bundler } = example
  const outDir = builtOf(home, mode)
  if (builder === 'none') {
    for (const file of ['index.html', 'cart.js']) cpSync(join(home, file), join(outDir, file))
    cpSync(join(buildPackage(), 'standalone.js'), join(outDir, 'checkout-button.js'))
    return ''
  }
  if (builder === 'next' && mode === 'development') return '' // built while it runs
  const parameters = [...commands[builder ?? 'vite'](mode, outDir), ...(bundler ? [bundler] : [])]
  const environment = { NODE_ENV: mode, NEXT_TELEMETRY_DISABLED: '1' }
  const { status, output } = await run(home, parameters, environment)
  if (status !== 0 || example !== rendered) return status === 0 ? '' : output
  const onServer = ['vite/bin/vite.js', 'build', '--mode', mode, '--ssr', 'src/server.ts', '--logLevel', 'warn']
  const server = await run(home, [...onServer, '--outDir', dirname(rendererOf(home, mode))], environment)
  return server.status === 0 ? '' : server.output
}

const commands = {
  vite: (mode: Mode, outDir: string) => {
    const options = ['--mode', mode, '--base', './', '--outDir', outDir, '--logLevel', 'warn']
    return ['vite/bin/vite.js', 'build', ...options]
  },
  angular: (mode: Mode) => [
    '@angular-devkit/architect-cli/bin/cli.js',
    `cart:build${mode === 'development' ? `:${mode}` : ''}`,
  ],
  next: () => ['next/dist/bin/next', 'build'],
}

/** Runs a tool of the frameworks' own. */
export function run(
  cwd: string,
  [tool = '', ...parameters]: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Pick<SpawnSyncReturns<string>, 'status'> & { output: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment }
    const child = spawn(process.execPath, [join(modules, tool), ...parameters], { cwd, env })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    child.once('error', reject).once('exit', (status) => resolve({ status, output: stripVTControlCharacters(output) }))
  })
}

async function inPairs(works: (() => Promise<void>)[]): Promise<void> {
  const waiting = [...works]
  const worker = async () => {
    for (let work = waiting.shift(); work; work = waiting.shift()) await work()
  }
  await Promise.all([worker(), worker()])
}
