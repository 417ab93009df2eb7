import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build as esbuild } from 'esbuild'
import { build as vite } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installPackage } from './package.js'

// What real bundlers make of `exports`: the server is refused in page code, and found where a page's conditions are not the only ones.

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkout-button-bundlers-'))
  installPackage(folder)
  for (const entry of pageEntries)
    writeFileSync(join(folder, pageOf(entry)), `import { CheckoutButton } from '${entry}'\nconsole.log(typeof CheckoutButton)`)
  // The package leaves React to the shop; what the component takes of it while it is loaded is one function.
  mkdirSync(join(folder, 'node_modules/react'))
  const names = ['createElement', 'useEffect', 'useImperativeHandle', 'useLayoutEffect', 'useRef', 'forwardRef']
  writeFileSync(
    join(folder, 'node_modules/react/index.js'),
    `export const [${names.join(', ')}] = Array(6).fill((given) => given)`,
  )
  for (const path of serverPaths)
    writeFileSync(join(folder, fileOf(path)), `import * as all from 'checkout-button/${path}'\nconsole.log(all)`)
})
const { NODE_ENV = 'test' } = process.env // Vite sets another, and other files run in this process
afterAll(() => {
  process.env.NODE_ENV = NODE_ENV
  rmSync(folder, { recursive: true, force: true })
})

const pageEntries = ['', '/element', '/hydrate', '/react', '/vue', '/svelte', '/solid'].map((path) => `checkout-button${path}`)
const pageOf = (entry: string) => `page-${entry.replace('/', '-')}.js`
const serverPaths = ['server', 'providers/gstable', 'stores/memory', 'hosts/fetch', 'sandbox']
const exported: Readonly<Record<string, string>> = {
  ...{ server: 'createCheckout', 'providers/gstable': 'gstable', 'stores/memory': 'memory' },
  ...{ 'hosts/fetch': 'forwardedAddress', sandbox: 'startSandbox' },
}
const forWorkers = serverPaths.filter((path) => path !== 'sandbox') // listens on ports
const fileOf = (path: string) => `${path.replace('/', '-')}.js`

/** What each bundler makes of a file: its code, or what it says. */
const bundlers: Readonly<Record<string, (file: string, ...conditions: string[]) => Promise<string>>> = {
  async esbuild(file, ...conditions) {
    const { outputFiles } = await esbuild({
      ...{
        entryPoints: [join(folder, file)],
        absWorkingDir: folder,
        bundle: true,
        format: 'esm',
        write: false,
        logLevel: 'silent',
      },
      ...{ platform: 'browser', external: ['node:*'], conditions },
    })
    return outputFiles[0]?.text ?? ''
  },
  async Vite(file, ...conditions) {
    const built = await vite({
      ...{ root: folder, configFile: false, logLevel: 'silent' },
      resolve: { conditions: [...conditions, 'module', 'browser', 'production'] },
      build: { write: false, rolldownOptions: { input: join(folder, file), external: /^node:/ } },
    })
    const [{ output }] = [built].flat() as unknown as [{ output: { code?: string }[] }]
    return output[0]?.code ?? ''
  },
}

describe.each(Object.keys(bundlers))('%s', (name) => {
  const bundle = bundlers[name] as (typeof bundlers)[string]

  test('bundles the element for a page', async () => {
    expect(await bundle(pageOf('checkout-button'))).toContain('checkout-button')
  })

  test.each(['workerd', 'edge-light'].flatMap((condition) => pageEntries.map((entry) => [entry, condition] as const)))(
    'bundles %s for %s, where it loads without a document',
    async (entry, condition) => {
      const file = join(folder, `${name}-${condition}-${pageOf(entry)}`)
      writeFileSync(file, await bundle(pageOf(entry), condition))
      expect(execFileSync(process.execPath, [file], { encoding: 'utf8' }).trim()).toBe('function')
    },
  )

  test.each(serverPaths)('refuses %s in page code, by a file whose name says why', async (path) => {
    writeFileSync(
      join(folder, 'wrong.js'),
      `import { ${exported[path]} } from 'checkout-button/${path}'\nconsole.log(${exported[path]})`,
    )
    await expect(bundle('wrong.js')).rejects.toThrow(/server-only\.js/)
  })

  test('what gets past the build has nothing of the server in it, and says what is wrong when it runs', async () => {
    const code = await bundle(fileOf('server'))
    expect(code).toContain('was imported in page code')
    expect(code.length).toBeLessThan(1000)
  })

  test.each(forWorkers)('bundles %s for Workers and for edge runtimes, which claim to be browsers too', async (path) => {
    const file = `named-${fileOf(path)}`
    writeFileSync(
      join(folder, file),
      `import { ${exported[path]} } from 'checkout-button/${path}'\nconsole.log(${exported[path]})`,
    )
    for (const condition of ['workerd', 'edge-light']) {
      const code = await bundle(file, condition) // which fails where the name is not exported
      expect([condition, code.includes('was imported in page code')]).toEqual([condition, false])
    }
  })
})
