import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { buildPackage } from './package.js'

// What a page loads from elsewhere can be held to its hash, and whoever doubts the hash can build the file again.

const dist = buildPackage()
const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
const text = (file: string) => readFileSync(join(dist, file), 'utf8')
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

describe('the files for <script>', () => {
  test('T-58 integrity.json has the hash of each of them and of the languages beside them, and of nothing else', () => {
    const { integrity, ...rest } = JSON.parse(text('integrity.json'))
    const languages = filesOf(join(dist, 'languages')).filter((file) => file.endsWith('.js'))
    const files = [...languages.map((file) => `languages/${file}`), 'standalone.classic.js', 'standalone.js']
    expect(rest).toEqual({ version })
    expect(Object.keys(integrity)).toEqual(files)
    expect(languages.length).toBeGreaterThan(3)
    for (const file of files) expect(integrity[file]).toBe(`sha384-${createHash('sha384').update(text(file)).digest('base64')}`)
  })

  test('say what they are and under which licences; the licences stand beside them', () => {
    for (const file of ['standalone.js', 'standalone.classic.js'])
      expect(text(file)).toContain(`\n//! checkout-button ${version}, LICENSES.txt\n`)
    for (const words of ['MIT License', 'BSD 3-Clause', 'Copyright (c) 2017 Google LLC', 'THIS SOFTWARE IS PROVIDED'])
      expect(text('LICENSES.txt')).toContain(words)
  })

  test('have source maps that lead to the source as it is', () => {
    for (const file of ['standalone.js', 'standalone.classic.js']) {
      expect(text(file)).toContain(`\n//# sourceMappingURL=${file}.map`)
      const { sources, sourcesContent, mappings } = JSON.parse(text(`${file}.map`))
      const at = sources.indexOf('../src/element/checkout-button.ts')
      expect(sourcesContent[at]).toBe(readFileSync('src/element/checkout-button.ts', 'utf8'))
      expect(mappings).toMatch(/^[^;]{1000}/)
    }
  })

  test.each(['.elsewhere', '.payBy', '.startAgain'])(
    'their maps know the line of %s, among templates that were made shorter',
    (word) => {
      for (const file of ['standalone.js', 'standalone.classic.js']) {
        const lines = text(file).split('\n')
        const at = lines.findIndex((line) => line.includes(word))
        const map = new SourceMap(JSON.parse(text(`${file}.map`)))
        const found = map.findEntry(at, (lines[at]?.indexOf(word) ?? 0) + 1)
        if (!('originalSource' in found)) throw new Error(`${file} has ${word} nowhere`)
        const source = readFileSync(join('src', found.originalSource.replace(/^.*\/src\//, '')), 'utf8').split('\n')
        expect([file, source[found.originalLine]]).toEqual([file, expect.stringContaining(word)])
      }
    },
  )
})

test.each(['react.js', 'workers/react.js'])('%s is for the browser where React renders on a server', (file) => {
  expect(text(file)).toMatch(/^['"]use client['"]/)
})

test('T-58 the script of a release writes the hashes of the build into the page of the element', () => {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-button-readme-'))
  try {
    const page = join(folder, 'README.md')
    writeFileSync(page, readFileSync('src/element/README.md'))
    execFileSync(process.execPath, ['.ci/hashes.js', page, join(dist, 'integrity.json')])
    const hash = JSON.parse(text('integrity.json')).integrity['standalone.classic.js']
    const tag = `checkout-button@${version}/dist/standalone.classic.js" crossorigin integrity="${hash}"></script>`
    expect(readFileSync(page, 'utf8')).toContain(tag)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('T-58 built again elsewhere, in another time zone, language and mood, every file has the same bytes', () => {
  const again = buildPackage({ TZ: 'Pacific/Auckland', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', NODE_ENV: 'development' })
  expect(dirname(again)).not.toBe(dirname(dist))
  expect(filesOf(again)).toEqual(filesOf(dist))
  const differing = filesOf(dist).filter((file) => !readFileSync(join(again, file)).equals(readFileSync(join(dist, file))))
  expect(differing).toEqual([])
}, 180_000)

test('no file tells of the machine that built it', () => {
  const told = filesOf(dist).filter((file) => text(file).includes(dirname(dist)) || text(file).includes(process.cwd()))
  expect(told).toEqual([])
})

test('the package holds what it is meant to, states its size, and installs without a compiler', () => {
  const pack = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const [{ files, unpackedSize }] = JSON.parse(execFileSync('npm', pack, { cwd: dirname(dist), encoding: 'utf8' }))
  const paths = files.map(({ path }: { path: string }) => path) as string[]
  const odd = paths.filter(
    (path) =>
      !/^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.+|src\/(cli|element|hosts|sandbox|server|providers\/\w+)\/README\.md|demo\/pictures\/[\w-]+\.webp)$/.test(
        path,
      ),
  )
  expect(odd).toEqual([])
  const inDist = paths.filter((path) => path.startsWith('dist/')).map((path) => path.slice(5))
  const top = inDist.filter((path) => !path.includes('/') && !path.endsWith('.map'))
  expect(top.sort()).toEqual([
    ...[
      'LICENSES.txt',
      'custom-elements.json',
      'element.js',
      'hydrate.js',
      'index.js',
      'integrity.json',
      'react.js',
      'sandbox.js',
      'server-only.cjs',
      'server-only.js',
      'server.js',
    ],
    ...['standalone.classic.js', 'standalone.js'],
    ...['vscode.css-data.json', 'vscode.html-data.json', 'web-types.json'],
  ])
  const folders = new Set(inDist.filter((path) => path.includes('/')).map((path) => path.split('/')[0]))
  expect([...folders].sort()).toEqual([
    'chunks',
    'cli',
    'hosts',
    'languages',
    'providers',
    'stores',
    'themes',
    'types',
    'workers',
  ])
  expect(inDist.filter((path) => !/\.(js|cjs|js\.map|css|d\.ts|json|txt)$/.test(path))).toEqual([])
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([])
  const megabytes = (unpackedSize / 1e6).toFixed(1)
  console.log(`the package: ${paths.length} files, ${megabytes} MB unpacked, the most of it source maps`)
  expect(readFileSync('README.md', 'utf8')).toContain(`The package is ${megabytes} MB unpacked`)
  expect(unpackedSize).toBeLessThan(4e6)
})
