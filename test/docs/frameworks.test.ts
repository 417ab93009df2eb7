import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { examples } from '../frameworks/examples.js'

// What the table of src/element/README.md says is done in a framework is what the cart of that framework does.

const table = /^\| cart \|.*\n(?:\|.*\n)*/m.exec(readFileSync('src/element/README.md', 'utf8'))?.[0].trim() ?? ''
const rows = table
  .split('\n')
  .slice(2)
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| |\s\|$/g, '')))
const sourceOf = (folder: string): string =>
  readdirSync(join('demo', folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n')

test('the table has every cart that is tried, and no other', () => {
  const folders = rows.map(([cart = '']) => /`(.+)`/.exec(cart)?.[1])
  expect(folders.sort()).toEqual([...new Set(examples.map(({ source }) => source))].sort())
})

test.each(rows)('%s: what the table says stands in the cart', (cart = '', ...cells) => {
  const source = sourceOf(/`(.+)`/.exec(cart)?.[1] ?? '')
  const code = cells.flatMap((cell) => /^(?:its )?`(.+)`$/.exec(cell)?.[1] ?? []).filter((text) => text !== 'next dev')
  expect(code.length).toBeGreaterThan(2)
  for (const text of code) expect(source).toContain(text.replace(/\.ts$/, ''))
})

test('what development servers are to pass on, they pass on in the carts as well', () => {
  const [proxy = 'it is gone'] = /proxy: \{ .* \}(?= \})/.exec(readFileSync('src/element/README.md', 'utf8')) ?? []
  for (const folder of ['react', 'react-tag', 'vue', 'svelte', 'solid'])
    expect([folder, readFileSync(`demo/${folder}/vite.config.ts`, 'utf8')]).toEqual([folder, expect.stringContaining(proxy)])
})
