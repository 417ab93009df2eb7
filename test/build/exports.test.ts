import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installPackage } from './package.js'

// Every path of `exports` under every condition, as Node and the bundlers resolve it: to a file that is there, or to nothing.

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const serverPaths = [
  'server',
  'sandbox',
  'providers/paymentwall',
  'providers/wipay',
  'providers/gstable',
  'stores/sqlite',
  'stores/postgres',
  'stores/memory',
  'hosts/node',
  'hosts/fastify',
  'hosts/fetch',
]
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkout-button-exports-'))
  installPackage(folder)
})
afterAll(() => rmSync(folder, { recursive: true }))

const resolveUnder = (path: string, ...conditions: string[]): string => {
  const script = `try { console.log(import.meta.resolve('checkout-button/${path}')) } catch (error) { console.log(error.code) }`
  const file = join(folder, 'resolve.mjs')
  writeFileSync(file, script)
  return execFileSync(process.execPath, [...conditions.flatMap((condition) => ['-C', condition]), file], {
    encoding: 'utf8',
  }).trim()
}

describe('the package', () => {
  test('every server path is its own file for Node, for Workers and for edge runtimes, which claim to be browsers too', () => {
    for (const path of serverPaths)
      for (const conditions of [[], ['workerd'], ['edge-light'], ['workerd', 'browser'], ['edge-light', 'browser']]) {
        const resolved = resolveUnder(path, ...conditions)
        expect([path, conditions, resolved]).toEqual([path, conditions, expect.stringMatching(`/dist/${path}\\.js$`)])
        expect(existsSync(new URL(resolved))).toBe(true)
      }
  })

  test('in a browser every server path is the file that says so', () => {
    for (const path of serverPaths)
      expect([path, resolveUnder(path, 'browser')]).toEqual([path, expect.stringMatching(/\/dist\/server-only\.js$/)])
  })

  test('every browser path is a file, and its types are there', () => {
    for (const path of [
      'element',
      'hydrate',
      'standalone',
      'react',
      'vue',
      'svelte',
      'solid',
      'languages/pt-BR',
      'themes/joined.css',
      'themes/soft.css',
      'custom-elements.json',
      'package.json',
    ])
      expect(existsSync(new URL(resolveUnder(path, 'browser')))).toBe(true)
    const types = Object.values<{ types?: string }>(manifest.exports).flatMap(({ types }) => (types ? [types] : []))
    for (const file of types.filter((name) => !name.includes('*')))
      expect([file, existsSync(join(folder, 'node_modules/checkout-button', file))]).toEqual([file, true])
  })

  test('the command runs from the package, and knows its providers', () => {
    const command = join(folder, 'node_modules/checkout-button', manifest.bin['checkout-button'])
    const run = (...parameters: string[]) => spawnSync(process.execPath, [command, ...parameters], { encoding: 'utf8' })
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('checkout-button verify'), stderr: '' })
    expect(run('unheard-of')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('checkout-button verify'),
    })
    expect(run('verify', 'nobody', 'https://shop.example/').stderr).toContain('there is no provider called nobody')
    expect(run('verify', 'paymentwall', 'https://shop.example/').stderr).toContain('projectKey: must be')
  })

  test('the element loads under the conditions of Node and of Deno, and finds nothing to do where there is no document', () => {
    const file = join(folder, 'element.mjs')
    writeFileSync(
      file,
      `const { CheckoutButton } = await import('checkout-button')
      new CheckoutButton()
      setTimeout(() => console.log(typeof window, typeof document, customElements.get('checkout-button') === CheckoutButton))`,
    )
    for (const conditions of [[], ['-C', 'deno'], ['-C', 'workerd'], ['-C', 'edge-light']])
      expect([conditions, execFileSync(process.execPath, [...conditions, file], { encoding: 'utf8' })]).toEqual([
        conditions,
        'undefined undefined true\n',
      ])
  })

  test('each entry loads in plain Node without doing anything', () => {
    const browsers = ['element', 'standalone', 'hydrate', 'vue', 'svelte', 'solid', 'languages/de']
    mkdirSync(join(folder, 'node_modules/@lit-labs'))
    symlinkSync(resolve('node_modules/@lit-labs/ssr-client'), join(folder, 'node_modules/@lit-labs/ssr-client'))
    const paths = ['', ...[...browsers, ...serverPaths].map((each) => `/${each}`)]
    for (const path of paths) {
      const file = join(folder, 'load.mjs')
      writeFileSync(
        file,
        `const entry = await import('checkout-button${path}'); if (Object.keys(entry).length === 0) throw new Error('it exports nothing')`,
      )
      expect(execFileSync(process.execPath, [file], { encoding: 'utf8' })).toBe('')
    }
  })
})
