import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { createServer, type ViteDevServer } from 'vite'
import { installPackage } from '../build/package.js'

// The server imported in page code, under the server for developers that most pages are written with; what builds make of it is in
// test/build/bundlers.test.ts.

const imports = {
  server: 'createCheckout',
  'providers/paymentwall': 'paymentwall',
  'stores/memory': 'memory',
  'hosts/node': 'listener',
  sandbox: 'startSandbox',
} as const

test.describe.configure({ mode: 'default' }) // one package and one server for all

let folder: string
let vite: ViteDevServer

test.beforeAll(async () => {
  test.setTimeout(240_000) // it builds, packs and installs
  folder = mkdtempSync(join(tmpdir(), 'checkout-button-in-page-'))
  installPackage(folder)
  for (const [path, name] of Object.entries(imports)) {
    const code = `import { ${name} } from 'checkout-button/${path}'\nconsole.log(typeof ${name})`
    writeFileSync(join(folder, `${name}.html`), `<!doctype html><title>Shop</title><script type="module">${code}</script>`)
  }
  vite = await createServer({
    ...{ root: folder, configFile: false, logLevel: 'error' },
    server: { host: '127.0.0.1', port: 0 },
    optimizeDeps: { entries: '*.html' }, // found in one go: a package found late loads the page again
  })
  await vite.listen()
})

test.afterAll(async () => {
  await vite?.close()
  rmSync(folder, { recursive: true, force: true })
})

for (const [path, name] of Object.entries(imports))
  test(`checkout-button/${path} imported in a page under Vite’s dev server: the console says what is wrong, and nothing runs`, async ({
    page,
  }) => {
    const uncaught: string[] = []
    const printed: string[] = []
    page.on('pageerror', ({ message }) => uncaught.push(message))
    page.on('console', (message) => message.type() === 'log' && printed.push(message.text()))
    await page.goto(`${vite.resolvedUrls?.local[0]}${name}.html`)
    await expect.poll(() => uncaught).toEqual([expect.stringContaining("checkout-button's server was imported in page code")])
    expect(printed).toEqual([])
  })
