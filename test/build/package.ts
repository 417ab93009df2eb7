import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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

/** What would be published, in `folder`; answers the name of the file. */
function pack(folder: string): string {
  const built = dirname(buildPackage())
  const command = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  return JSON.parse(execFileSync('npm', command, { cwd: built, encoding: 'utf8' }))[0].filename
}

/** The package in `folder`/node_modules as npm would put it there: packed, unpacked, its dependencies and its command beside it. */
export function installPackage(folder: string): void {
  const tarball = pack(folder)
  const home = join(folder, 'node_modules/checkout-button')
  mkdirSync(home, { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, tarball), '--strip-components=1', '-C', home])
  const { dependencies, bin } = JSON.parse(readFileSync('package.json', 'utf8'))
  for (const name of Object.keys(dependencies))
    link(join(process.cwd(), 'node_modules', name), join(folder, 'node_modules', name))
  for (const [name, file] of Object.entries<string>(bin)) {
    chmodSync(join(home, file), 0o755)
    link(join(home, file), join(folder, 'node_modules/.bin', name))
  }
}

/**
 * The package in an empty folder as a merchant gets it: by npm itself, from the packed file, with the dependencies that npm finds for it,
 * and no script of any package run: so no compiler is needed. Where npm reaches no registry the dependencies are ours, and a line says so;
 * with FRAMEWORKS=required, as in CI, that is an error.
 */
export function installByNpm(folder: string): void {
  const tarball = pack(folder)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const command = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', join(folder, tarball)]
  const { status, stderr } = spawnSync('npm', command, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 180_000,
    shell: process.platform === 'win32',
  })
  if (status === 0) return
  if (process.env.FRAMEWORKS === 'required') throw new Error(`npm does not install the packed package: ${stderr}`)
  console.warn(`NOT TESTED: the dependencies as npm finds them. \`npm install\` of the packed package ends with ${status}.`)
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true })
  installPackage(folder)
}

export function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}
