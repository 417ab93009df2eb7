import { fileURLToPath } from 'node:url'
import { installApart } from '../installed-apart.js'

const folder = fileURLToPath(new URL('frameworks', import.meta.url))
const frameworks = 'Express, Fastify, Hono and workerd'

/**
 * Where other people's servers are. Undefined on a machine that cannot load them, where the tests of Node's own host remain; with
 * FRAMEWORKS=required, as in CI, that is an error.
 */
export function installFrameworks(): string | undefined {
  const { modules, error } = installApart(folder, frameworks)
  if (!error) return modules
  if (process.env.FRAMEWORKS === 'required') throw new Error(`the frameworks could not be installed: ${error}`)
  console.warn(`NOT TESTED: ${frameworks}. They could not be installed: ${error}`)
  return undefined
}
