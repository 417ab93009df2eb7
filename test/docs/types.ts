import { readFileSync } from 'node:fs'
import { parseSync } from 'vite'

// What the source says of its own options: name, type, default and comment. Vite's parser reads it, since TypeScript's own has no interface
// for programs any more.

export interface Option {
  readonly name: string
  readonly isNeeded: boolean
  readonly type: string
  /** The comment without its tags, and what `@default` says. */
  readonly about: string
  readonly otherwise: string
}

export interface Types {
  readonly interfaces: Map<string, { readonly parents: readonly string[]; readonly options: readonly Option[] }>
  /** What the names of literals stand for: `Mode` is `'live' | 'test'`. */
  readonly aliases: Map<string, string>
  /** What is listed one by one, each with its comment: the elements of an array of texts, the members of a union. */
  readonly lists: Map<string, readonly Named[]>
}

/** A text with the comment before it. */
export interface Named {
  readonly name: string
  readonly about: string
}

export const optionsOf = (name: string, types: Types): Option[] => {
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

export function readTypes(files: readonly string[]): Types {
  const types: Types = { interfaces: new Map(), aliases: new Map(), lists: new Map() }
  const lists = new Map<string, string>()
  for (const file of files) {
    const source = readFileSync(file, 'utf8')
    const { program, comments } = parseSync(file, source)
    const textOf = ({ start, end }: { start: number; end: number }) => source.slice(start, end)
    // The stroke before a member of a union stands between it and its comment, or before both.
    const commentBefore = (start: number) =>
      (
        comments.find(({ type, end }) => type === 'Block' && end <= start && /^[\s|]*$/.test(source.slice(end, start)))
          ?.value ?? ''
      ).replace(/^\s*\*+ ?/gm, '')
    const named = ({ start, end }: { start: number; end: number }): Named => ({
      name: textOf({ start, end }).replace(/^'(.*)'$/, '$1'),
      about: commentBefore(start).trim(),
    })
    for (const node of program.body) {
      const declaration = node.type === 'ExportNamedDeclaration' ? node.declaration : node
      if (declaration?.type === 'VariableDeclaration')
        for (const { id, init } of declaration.declarations) {
          const list = init?.type === 'TSAsExpression' ? init.expression : undefined
          if (id.type !== 'Identifier' || list?.type !== 'ArrayExpression') continue
          lists.set(id.name, list.elements.map((each) => (each ? textOf(each) : '')).join(' | '))
          types.lists.set(
            id.name,
            list.elements.flatMap((each) => (each ? [named(each)] : [])),
          )
        }
      if (declaration?.type === 'TSTypeAliasDeclaration')
        types.aliases.set(declaration.id.name, textOf(declaration.typeAnnotation))
      if (declaration?.type !== 'TSInterfaceDeclaration') continue
      const options = declaration.body.body.flatMap((member): Option[] => {
        const isMethod = member.type === 'TSMethodSignature'
        if (!isMethod && member.type !== 'TSPropertySignature') return []
        if (member.key.type !== 'Identifier') return []
        const { name } = member.key
        const annotation = isMethod ? member.returnType : member.typeAnnotation
        if (!annotation) return []
        const answer = annotation.typeAnnotation
        const type = isMethod ? `(${member.params.map(textOf).join(', ')}) => ${textOf(answer)}` : textOf(answer)
        if (answer.type === 'TSUnionType') types.lists.set(`${declaration.id.name}.${name}`, answer.types.map(named))
        const [about = '', otherwise = ''] = commentBefore(member.start).split('@default')
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
