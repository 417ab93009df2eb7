import { mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'vite'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Makes one file of a child's script with everything that it imports, and answers its path. A child that is killed at every step is
 * started some sixty times: from one file that takes a tenth of what it takes to transform and load each module anew.
 */
export async function bundleChild(entry: string, plugins: readonly Plugin[] = []): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-child-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const entryFileNames = `${basename(entry, '.ts')}.mjs`
  await build({
    ...{ configFile: false, logLevel: 'error', root, resolve: { tsconfigPaths: true }, plugins: [...plugins] },
    ssr: { noExternal: true, external: ['libsql', 'pg'] },
    build: { ssr: entry, target: 'node20', outDir: folder, rolldownOptions: { output: { entryFileNames } } },
  })
  return join(folder, entryFileNames)
}
