import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let built: string | undefined

/** Builds the package once a process, in a folder of its own so that nobody's dist/ is touched; answers where its dist/ is. */
export function buildPackage(environment: Readonly<Record<string, string>> = {}): string {
  if (built) return built
  const folder = mkdtempSync(join(tmpdir(), 'checkout-button-build-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const name of ['src', 'test', 'demo', 'package.json', 'tsconfig.json', 'vite.config.ts'])
    cpSync(name, join(folder, name), { recursive: true })
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
  execFileSync('npm', ['run', 'build'], { cwd: folder, stdio: 'pipe', env: { ...process.env, ...environment } })
  built = join(folder, 'dist')
  return built
}
