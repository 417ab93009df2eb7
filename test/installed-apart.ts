import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Other people's packages, apart from the project's own dependencies: whoever only builds the button need not load them. They are
// installed when something first needs them, and anew when their lock file has changed.

/** Installs what `folder`/package-lock.json names. `error`: why it could not be done. */
export function installApart(folder: string, what: string): { readonly modules: string; readonly error?: string } {
  const modules = join(folder, 'node_modules')
  const installed = join(modules, 'installed-from.json')
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8')
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return { modules }
  console.log(`installing ${what} into ${modules}`)
  // Not `npm ci`: it refuses a lock file without the packages of other systems, and not every registry has those.
  const { status, stderr } = spawnSync('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 300_000,
    shell: process.platform === 'win32',
  })
  if (status !== 0) return { modules, error: `npm install in ${folder} ends with ${status}: ${stderr}` }
  writeFileSync(installed, lock)
  return { modules }
}
