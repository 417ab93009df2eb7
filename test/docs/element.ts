import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { faultTable, policyTable } from '../journey/outcomes.js'
import { cell, code, fill, type Page, root, table } from './places.js'

// What the element's own comments say, as tables in src/element/README.md. The manifest is read, which the package ships as well, so the docs, the editors' hints and the source cannot tell three stories.

export interface Entry {
  readonly name: string
  readonly description?: string
  readonly default?: string
  readonly type?: { readonly text: string }
  readonly fieldName?: string
  readonly kind?: string
  readonly privacy?: string
  readonly attribute?: string
}
export interface Element {
  readonly tagName: string
  readonly attributes: readonly Entry[]
  readonly members: readonly Entry[]
  readonly events: readonly Entry[]
  readonly slots: readonly Entry[]
  readonly cssParts: readonly Entry[]
  readonly cssProperties: readonly Entry[]
  readonly cssStates: readonly Entry[]
}

/** Reads the element's comments, in a folder of its own: the analyzer writes into the package.json that it finds. */
export function readElement(): Element {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-button-manifest-'))
  try {
    cpSync(join(root, 'src/element'), join(folder, 'src/element'), { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{}')
    const analyzer = join(root, 'node_modules/@custom-elements-manifest/analyzer/cem.js')
    const options = ['--litelement', '--globs', 'src/element/checkout-button.ts', '--outdir', 'dist']
    execFileSync(process.execPath, [analyzer, 'analyze', ...options], { cwd: folder, stdio: 'pipe' })
    const { modules } = JSON.parse(readFileSync(join(folder, 'dist/custom-elements.json'), 'utf8'))
    const declarations: Element[] = modules.flatMap((each: { declarations?: Element[] }) => each.declarations ?? [])
    const element = declarations.find(({ tagName }) => tagName === 'checkout-button')
    if (!element) throw new Error('the manifest names no checkout-button')
    return element
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function attributes({ attributes }: Element): string {
  const type = (text = '') => code(text.replace(' | undefined', '').replace('SurfaceKind', "'iframe' | 'popup' | 'redirect'"))
  return table(
    ['attribute', 'type', 'default', ''],
    attributes.map((each) => [
      code(each.name),
      type(each.type?.text),
      each.default ? code(each.default.replaceAll("'", '')) : '–',
      cell(each.description),
    ]),
  )
}

function events({ events }: Element): string {
  const source = readFileSync(join(root, 'src/element/checkout-events.ts'), 'utf8')
  const fieldOf = (name = '') => new RegExp(`class ${name} [^}]*?constructor\\(readonly (\\w+)`).exec(source)?.[1] ?? ''
  return table(
    ['event (bubbles, composed, cancelable)', 'field', 'when', 'default action'],
    events.map(({ name, type, description }) => {
      const [when = '', then = 'none'] = cell(description)
        .replace(/ No default\.$/, '')
        .split(/\.? Default: /)
      return [code(name), code(fieldOf(type?.text)), when.replace(/\.$/, ''), then.replace(/\.$/, '')]
    }),
  )
}

function everything(element: Element): string {
  const named = (entries: readonly Entry[], head: string, name = (each: Entry) => code(each.name)) =>
    table(
      [head, ''],
      entries.map((each) => [name(each), cell(each.description)]),
    )
  const properties = element.members.filter(
    ({ kind, privacy, attribute }) => kind === 'field' && privacy === 'public' && !attribute,
  )
  const parts: Readonly<Record<string, string>> = {
    Attributes: attributes(element),
    Properties: `Every attribute is a property as well (\`success-url\` is \`successUrl\`). And without an attribute:\n\n${table(
      ['property', 'type', ''],
      properties.map((each) => [
        code(each.name),
        code(each.type?.text.replace(' | undefined', '') ?? ''),
        cell(each.description),
      ]),
    )}`,
    Events: events(element),
    Slots: named(element.slots, 'slot', ({ name }) => (name ? code(name) : 'the default one')),
    Parts: named(element.cssParts, 'part'),
    'Custom properties': table(
      ['property', 'default', ''],
      element.cssProperties.map((each) => [code(each.name), each.default ? code(each.default) : '–', cell(each.description)]),
    ),
    'Custom states': named(element.cssStates, 'state', ({ name }) => code(`:state(${name})`)),
  }
  return Object.entries(parts)
    .map(([title, text]) => `## ${title}\n\n${text}`)
    .join('\n')
}

const windows = () => `### Opener policies

${policyTable()}
### What goes wrong with windows and frames

${faultTable()}`

/** The element's page: as it stands, and as it should. */
export function elementPage(): Page {
  const name = 'src/element/README.md'
  const filled = fill(name, 'the comments in src/element', { element: everything(readElement()) })
  return { ...fill(name, 'what test/journey/outcomes.ts asserts', { windows: windows() }, filled.wanted), text: filled.text }
}
