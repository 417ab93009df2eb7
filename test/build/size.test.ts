import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const peers = readFileSync(join(root, 'src/element/README.md'), 'utf8')

// What a page loads for one <script>: the element, Lit, everything. Built anew, so that it tells of the source and not of an old dist/,
// and by a process of its own: under a test runner Lit's development build would be weighed.
test.each([
  ['standalone', 'standalone.js'],
  ['classic', 'standalone.classic.js'],
])('the file for <script> (%s) weighs no more than 16 kB (brotli)', (mode, file) => {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-button-size-'))
  try {
    const vite = join(root, 'node_modules/vite/bin/vite.js')
    execFileSync(process.execPath, [vite, 'build', '--mode', mode, '--outDir', folder, '--logLevel', 'error'], {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'production' },
    })
    const scripts = readdirSync(folder).filter((file) => file.endsWith('.js'))
    expect(scripts, 'one file, and nothing that it loads later').toEqual([file])
    const code = readFileSync(join(folder, file))
    const brotli = brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length
    const sizes = [code.length, gzipSync(code, { level: 9 }).length, brotli]
    console.log(`${file}: ${sizes[0]} raw, ${sizes[1]} gzip, ${brotli} brotli`)
    expect(brotli).toBeLessThanOrEqual(16_000)
    // What the table of the peers says, give or take a fiftieth.
    const row = new RegExp(`\\x60${file.replace('.', '[.]')}\\x60 [|] ([\\d,]+) [|] ([\\d,]+) [|] ([\\d,]+) [|]`).exec(peers)
    for (const [at, size] of row?.slice(1).entries() ?? [])
      expect(Math.abs(Number(size.replace(',', '')) / (sizes[at] ?? 0) - 1)).toBeLessThan(0.02)
    expect(row !== null).toBe(file === 'standalone.js')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
