import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

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
    console.log(`${file}: ${code.length} raw, ${gzipSync(code, { level: 9 }).length} gzip, ${brotli} brotli`)
    expect(brotli).toBeLessThanOrEqual(16_000)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
