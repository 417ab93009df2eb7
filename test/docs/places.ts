import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Where what is generated stands in a page: between `<!-- NAME: written by `npm run docs`, from … -->` and `<!-- /NAME -->`. One shape for
// all of it, so that a reader knows what not to edit.

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** All the pages that ship, found and not listed: a new one is tested from its first day. */
export const pages: readonly string[] = [
  'README.md',
  ...readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === 'README.md')
    .map((path) => `src/${path.replaceAll('\\', '/')}`)
    .sort(),
]

/** A page as it stands, and as it should. */
export interface Page {
  readonly path: string
  readonly text: string
  readonly wanted: string
}

/** @param from what each block's own line says of its source */
export function fill(name: string, from: string, blocks: Readonly<Record<string, string>>, text = readPage(name)): Page {
  let wanted = text
  for (const [block, content] of Object.entries(blocks)) {
    const start = `<!-- ${block}: written by \`npm run docs\`, from ${from} -->`
    const end = `<!-- /${block} -->`
    const [before, rest] = wanted.split(start)
    const after = rest?.split(end)[1]
    if (before === undefined || after === undefined) throw new Error(`${name} holds no place for ${block}: ${start} … ${end}`)
    wanted = `${before}${start}\n${content}${end}${after}`
  }
  return { path: join(root, name), text, wanted }
}

const readPage = (name: string): string => readFileSync(join(root, name), 'utf8')

export const cell = (text = ''): string => text.replace(/\s+/g, ' ').replaceAll('|', '\\|').trim()
export const code = (text: string): string => `\`${cell(text)}\``

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('')
}
