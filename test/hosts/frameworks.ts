import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Other people's servers, apart from the project's own dependencies: whoever only builds the button need not load them. They are
// installed when the tests first need them, and anew when their lock file has changed.

const folder = fileURLToPath(new URL('frameworks', import.meta.url))
const modules = join(folder, 'node_modules')
const installed = join(modules, 'installed-from.json')

/**
 * Where the frameworks are. Undefined on a machine that cannot load them, where the tests of Node's own host remain; with
 * FRAMEWORKS=required, as in CI, that is an error.
 */
export function installFrameworks(): string | undefined {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8')
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return modules
  console.log(`installing Express, Fastify, Hono and workerd into ${modules}`)
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 300_000,
    shell: process.platform === 'win32',
  })
  if (status === 0) {
    writeFileSync(installed, lock)
    return modules
  }
  if (process.env.FRAMEWORKS === 'required') throw new Error(`the frameworks could not be installed: ${stderr}`)
  console.warn(
    `NOT TESTED: Express, Fastify, Hono, workerd. They could not be installed (npm ci in ${folder} ends with ${status}).`,
  )
  return undefined
}
