import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path/posix'
import { expect, test } from 'vitest'
import { pages } from './places.js'

// Whoever reads a page, in the repository or in node_modules, can follow what it links to: files and headings.

const pack = ['pack', '--dry-run', '--json', '--ignore-scripts']
const [{ files }] = JSON.parse(execFileSync('npm', pack, { encoding: 'utf8', shell: process.platform === 'win32' }))
const packed = new Set<string>(files.map(({ path }: { path: string }) => path))

/** As GitHub makes them of headings. */
const anchorsOf = (page: string): string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )

const linksOf = (page: string): string[] =>
  [...readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)]
    .map(([, link, picture]) => link ?? picture ?? '')
    .filter((link) => !/^https?:|^\/|^…/.test(link))

test.each(pages)('%s ships, and every link in it leads somewhere, in the repository and in the package', (page) => {
  expect(packed).toContain(page)
  const broken = linksOf(page).filter((link) => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : join(page, '..', path)
    return !existsSync(target) || !packed.has(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
  })
  expect(broken).toEqual([])
})

test('every page can be reached from the README', () => {
  const reached = new Set(linksOf('README.md').map((link) => link.split('#')[0]))
  expect(pages.slice(1).filter((page) => !reached.has(page))).toEqual([])
})

test('the README stays short: 120 lines and 8 kB at most', () => {
  expect(readFileSync('README.md', 'utf8').split('\n').length).toBeLessThanOrEqual(121)
  expect(statSync('README.md').size).toBeLessThanOrEqual(8_000)
})
