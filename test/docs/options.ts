import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'vite'

// The table of options in each provider's README.md, made of its configuration's type: name, type, default and comment. Vite's parser reads
// it, since TypeScript's own has no interface for programs any more.

const folder = fileURLToPath(new URL('../../src/providers', import.meta.url))

/** A provider's README.md as it stands, and as it should. */
export interface Readme {
  readonly provider: string
  readonly path: string
  readonly text: string
  readonly wanted: string
}

const mark = {
  start: '<!-- options: written by `npm run docs`, from the comments in configuration.ts -->',
  end: '<!-- /options -->',
}

export function readmes(): Readme[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name: provider }) => {
      const path = join(folder, provider, 'README.md')
      const text = readFileSync(path, 'utf8')
      const [before, rest] = text.split(mark.start)
      const after = rest?.split(mark.end)[1]
      if (before === undefined || after === undefined)
        throw new Error(`${path} holds no place for its options: ${mark.start} … ${mark.end}`)
      return { provider, path, text, wanted: `${before}${mark.start}\n${tableOf(provider)}${mark.end}${after}` }
    })
}

interface Option {
  readonly name: string
  readonly isNeeded: boolean
  readonly type: string
  /** The comment without its tags, and what `@default` says. */
  readonly about: string
  readonly otherwise: string
}

function tableOf(provider: string): string {
  const room = join(folder, provider)
  const files = [join(folder, 'adapter.ts'), join(folder, '../protocol/requests.ts')]
  for (const name of readdirSync(room)) if (name.endsWith('.ts')) files.push(join(room, name))
  const types = readTypes(files)
  const name = [...types.interfaces.keys()].find((each) => /Configuration$/.test(each) && !/BackOffice/.test(each)) ?? ''
  const shared = optionsOf('ProviderOptions', types).map((option) => option.name)
  const rank = ({ name, isNeeded }: Option) => (isNeeded ? 0 : shared.includes(name) ? 2 : 1)
  const options = optionsOf(name, types)
    .filter(({ name }, at, all) => all.findIndex((each) => each.name === name) === at)
    .sort((one, other) => rank(one) - rank(other))
  for (const { name, about } of options) if (about === '') throw new Error(`the option ${name} of ${provider} has no comment`)
  const row = ({ name, isNeeded, type, about, otherwise }: Option) =>
    `| \`${name}\` | \`${cell(type)}\` | ${isNeeded ? '**needed**' : cell(otherwise) || '–'} | ${cell(about)} |\n`
  return `| option | type | default | |\n|---|---|---|---|\n${options.map(row).join('')}`
}

const cell = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('|', '\\|').trim()

interface Types {
  readonly interfaces: Map<string, { readonly parents: readonly string[]; readonly options: readonly Option[] }>
  /** What the names of literals stand for: `Mode` is `'live' | 'test'`. */
  readonly aliases: Map<string, string>
}

const optionsOf = (name: string, types: Types): Option[] => {
  const { parents = [], options = [] } = types.interfaces.get(name) ?? {}
  const all = [...parents.flatMap((parent) => optionsOf(parent, types)), ...options]
  return all.map((option) => ({ ...option, type: spelledOut(option.type, types.aliases) }))
}

/** `undefined` is taken for the sake of `process.env`, and refused: no value to choose. */
const unmarked = (type: string): string =>
  type
    .replace(/\breadonly | \| undefined\b/g, '')
    .replace(/^\|\s+/, '')
    .replace(/\s+\|/g, ' |')

const spelledOut = (type: string, aliases: ReadonlyMap<string, string>): string =>
  unmarked(type)
    .replace(/Readonly<(Record<(?:[^<>]|<[^<>]*>)*>)>/g, '$1')
    .replace(/\{\s*\n\s*/g, '{ ')
    .replace(/\s*\n\s*\}/g, ' }')
    .replace(/\s*\n\s*/g, '; ')
    .replace(/\b[A-Z]\w+\b(\[\])?/g, (name, list = '') => {
      const text = aliases.get(name.replace('[]', ''))
      return text === undefined ? name : list && / /.test(text) ? `(${text})[]` : `${text}${list}`
    })

function readTypes(files: readonly string[]): Types {
  const types: Types = { interfaces: new Map(), aliases: new Map() }
  const lists = new Map<string, string>()
  for (const file of files) {
    const source = readFileSync(file, 'utf8')
    const { program, comments } = parseSync(file, source)
    const textOf = ({ start, end }: { start: number; end: number }) => source.slice(start, end)
    const commentBefore = (start: number) =>
      comments.find(({ type, end }) => type === 'Block' && end <= start && source.slice(end, start).trim() === '')?.value ?? ''
    for (const node of program.body) {
      const declaration = node.type === 'ExportNamedDeclaration' ? node.declaration : node
      if (declaration?.type === 'VariableDeclaration')
        for (const { id, init } of declaration.declarations) {
          const list = init?.type === 'TSAsExpression' ? init.expression : undefined
          if (id.type === 'Identifier' && list?.type === 'ArrayExpression')
            lists.set(id.name, list.elements.map((each) => (each ? textOf(each) : '')).join(' | '))
        }
      if (declaration?.type === 'TSTypeAliasDeclaration')
        types.aliases.set(declaration.id.name, textOf(declaration.typeAnnotation))
      if (declaration?.type !== 'TSInterfaceDeclaration') continue
      const options = declaration.body.body.flatMap((member): Option[] => {
        if (member.type !== 'TSPropertySignature' || member.key.type !== 'Identifier' || !member.typeAnnotation) return []
        const [about = '', otherwise = ''] = commentBefore(member.start)
          .replace(/^\s*\*+ ?/gm, '')
          .split('@default')
        const { name } = member.key
        const type = textOf(member.typeAnnotation.typeAnnotation)
        return [{ name, isNeeded: !member.optional, type, about: about.trim(), otherwise: otherwise.trim() }]
      })
      const parents = declaration.extends.flatMap(({ expression }) =>
        expression.type === 'Identifier' ? [expression.name] : [],
      )
      types.interfaces.set(declaration.id.name, { parents, options })
    }
  }
  for (const [name, text] of types.aliases) {
    const list = /^\(typeof (\w+)\)\[number\]$/.exec(text)?.[1]
    const spelled = list === undefined ? unmarked(text) : lists.get(list)
    // Only what is short says more than its name.
    if (spelled !== undefined && /^[\w\s'|.{}:;-]{1,80}$/.test(spelled)) types.aliases.set(name, spelled)
    else types.aliases.delete(name)
  }
  return types
}
