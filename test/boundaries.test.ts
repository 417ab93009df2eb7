import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'vite'
import { describe, expect, test } from 'vitest'

// Who may import whom, as a table. It is compared both ways: an import that is not allowed fails, and so does a permission that no
// file uses any more. No lint plugin: the message names the chain that broke it.

const src = fileURLToPath(new URL('../src', import.meta.url))

/** Rooms, finer than folders where a folder has two sides. */
function roomOf(path: string): string {
  if (path === 'index.ts' || path === 'hydrate.ts') return path.slice(0, -3)
  if (path === 'providers/browser.ts') return 'providers/browser'
  if (/^providers\/[^/]+\.ts$/.test(path)) return 'providers/shared'
  if (/^providers\/[^/]+\/messages\.ts$/.test(path)) return 'providers/x/messages'
  if (/^providers\/[^/]+\/sandbox(\/|\.ts$)/.test(path)) return 'providers/x/sandbox'
  if (/^providers\/[^/]+\//.test(path)) return 'providers/x'
  if (path === 'server/store.ts') return 'server/store'
  return path.slice(0, path.indexOf('/'))
}

const may: Readonly<Record<string, readonly string[]>> = {
  protocol: ['zod/mini'],
  window: ['protocol'],
  checkout: ['window', 'protocol', 'providers/browser', 'zod/mini'],
  element: ['checkout', 'protocol', 'lit'],
  index: ['element'],
  hydrate: ['element', 'lit', '@lit-labs/ssr-client'],
  wrappers: ['index', 'react'],
  'providers/browser': ['providers/x/messages', 'protocol'],
  'providers/x/messages': ['protocol', 'zod/mini'],
  'providers/shared': ['protocol', 'node:crypto', 'zod/mini'],
  'providers/x': ['providers/shared', 'protocol', 'zod/mini'],
  'providers/x/sandbox': ['providers/x', 'providers/shared', 'zod/mini'],
  'server/store': ['providers/shared', 'protocol'],
  server: ['server/store', 'providers/shared', 'protocol', 'zod/mini', 'node:crypto'],
  stores: ['server/store', 'providers/shared', 'protocol', 'kysely', 'libsql', 'pg', 'node:fs', 'node:os', 'node:path'],
  cli: [
    ...['server', 'providers/shared', 'protocol', 'zod/mini', 'checkout-button', 'given'],
    ...['node:fs', 'node:path', 'node:readline', 'node:url', 'node:util'],
  ],
  hosts: ['server', '@hono/node-server', 'node:http'],
  sandbox: ['providers/x/sandbox', 'providers/shared', 'zod/mini', '@hono/node-server', 'node:net'],
}

/** Names no file outside of a provider's folder may know, but for the one line that hears its page. */
const providers = readdirSync(join(src, 'providers'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

interface Import {
  readonly file: string
  readonly target: string
  readonly isType: boolean
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : entry.name.endsWith('.ts') ? [join(folder, entry.name)] : [],
  )
}

function importsOf(file: string): Import[] {
  const source = readFileSync(file, 'utf8')
  const { program, module, errors } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file} does not parse`)
  const found: { target: string; isType: boolean }[] = []
  for (const node of program.body) {
    if (node.type === 'ImportDeclaration') found.push({ target: node.source.value, isType: node.importKind === 'type' })
    else if ((node.type === 'ExportNamedDeclaration' || node.type === 'ExportAllDeclaration') && node.source)
      found.push({ target: node.source.value, isType: node.exportKind === 'type' })
  }
  for (const { moduleRequest } of module.dynamicImports)
    found.push({ target: nameIn(source.slice(moduleRequest.start, moduleRequest.end)), isType: false })
  return found.map(({ target, isType }) => ({
    file: relative(src, file),
    target: target.startsWith('.') ? relative(src, resolve(dirname(file), target)).replace(/\.js$/, '.ts') : target,
    isType,
  }))
}

/** What stands in quotes; `given` where the module is named by whoever calls. */
const nameIn = (request: string): string => (/^['"`]/.test(request) ? request.slice(1, -1) : 'given')

const imports = filesBelow(src).flatMap(importsOf)
const targetRoom = ({ target }: Import): string =>
  /\.ts$/.test(target)
    ? roomOf(target)
    : target.replace(/^(lit|@lit-labs\/ssr-client|@hono\/node-server|checkout-button)\/.*/, '$1')

describe('boundaries', () => {
  test('every room imports only what it may', () => {
    const broken = imports.filter((each) => {
      const [from, to] = [roomOf(each.file), targetRoom(each)]
      if (from === to) return /^providers\/x/.test(from) && folderOf(each.file) !== folderOf(each.target)
      if (!may[from]) return true
      // Types vanish: the store's rows and the browser's request are described by the room that owns them.
      if (each.isType && from === 'stores' && to === 'server') return false
      return (
        !may[from].includes(to) ||
        (to.startsWith('providers/x') && from.startsWith('providers/x') && folderOf(each.file) !== folderOf(each.target))
      )
    })
    expect(broken.map(({ file, target }) => `${file} (${roomOf(file)}) imports ${target}`)).toEqual([])
  })

  test('every permission is used', () => {
    const used = new Set(imports.map((each) => `${roomOf(each.file)} → ${targetRoom(each)}`))
    const unused = Object.entries(may).flatMap(([from, rooms]) =>
      rooms.map((to) => `${from} → ${to}`).filter((pair) => !used.has(pair)),
    )
    expect(unused).toEqual([])
  })

  test('nothing of the server is reached from the browser entry', () => {
    const reached = reach('index.ts')
    const forbidden = [...reached.entries()].filter(
      ([target]) =>
        /^(server|stores|hosts|sandbox|cli)\/|^node:/.test(target) ||
        (/^providers\//.test(target) && !/\/messages\.ts$|^providers\/browser\.ts$/.test(target)),
    )
    expect(forbidden.map(([, chain]) => chain.join(' → '))).toEqual([])
    expect(
      [...reached.keys()].filter((target) => !target.endsWith('.ts')).map((target) => target.replace(/^lit\/.*/, 'lit')),
    ).toEqual(expect.arrayContaining(['lit', 'zod/mini']))
  })

  test('no file outside of its folder knows a provider by name', () => {
    const named = filesBelow(src)
      .map((file) => relative(src, file))
      .filter((file) => !/^providers\/[^/]+\//.test(file) && file !== 'providers/browser.ts' && !/^sandbox\//.test(file))
      .filter((file) => new RegExp(providers.join('|'), 'i').test(codeOf(readFileSync(join(src, file), 'utf8'))))
    expect(named).toEqual([])
  })
})

const folderOf = (path: string): string => path.split('/').slice(0, 2).join('/')

/** Without comments: an example may name a provider. */
const codeOf = (source: string): string => source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

/** Everything that the file loads when it runs, each with the chain that leads there. */
function reach(entry: string): Map<string, string[]> {
  const chains = new Map<string, string[]>([[entry, [entry]]])
  for (const [file, chain] of chains)
    for (const { target, isType } of imports.filter((each) => each.file === file))
      if (!isType && !chains.has(target)) chains.set(target, [...chain, target])
  return chains
}
