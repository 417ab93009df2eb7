import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

const builds = new Map<string, string>()

/** Builds the package once a process, in a folder of its own so that nobody's dist/ is touched; answers where its dist/ is. */
export function buildPackage(environment: Readonly<Record<string, string>> = {}): string {
  const name = JSON.stringify(environment)
  const known = builds.get(name)
  if (known) return known
  const folder = mkdtempSync(join(tmpdir(), 'checkout-button-build-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const name of [
    'src',
    'test',
    'demo',
    'package.json',
    'tsconfig.json',
    'vite.config.ts',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
  ])
    cpSync(name, join(folder, name), { recursive: true, filter: (path) => basename(path) !== 'node_modules' })
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
  execFileSync('npm', ['run', 'build'], { cwd: folder, stdio: 'pipe', env: { ...process.env, ...environment } })
  const dist = join(folder, 'dist')
  builds.set(name, dist)
  return dist
}

/** The package in `folder`/node_modules as npm would put it there: packed, unpacked, its dependencies beside it. */
export function installPackage(folder: string): void {
  const built = dirname(buildPackage())
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const tarball = JSON.parse(execFileSync('npm', pack, { cwd: built, encoding: 'utf8' }))[0].filename
  const home = join(folder, 'node_modules/checkout-button')
  mkdirSync(home, { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, tarball), '--strip-components=1', '-C', home])
  for (const name of Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).dependencies))
    link(join(process.cwd(), 'node_modules', name), join(folder, 'node_modules', name))
}

export function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}
