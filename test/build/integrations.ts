import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Element, Entry } from '../docs/element.js'

// What editors and frameworks are told of the element, written at build from dist/custom-elements.json: custom data of VS Code, web-types of
// JetBrains, and types of Vue's, Svelte's and Solid's templates. The generators that exist for it were tried: they give the events of this
// element a `detail` that they do not have, and Svelte the names of its version 4.

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'))
const { modules } = JSON.parse(readFileSync('dist/custom-elements.json', 'utf8'))
const declarations: Element[] = modules.flatMap((each: { declarations?: Element[] }) => each.declarations ?? [])
const element = declarations.find(({ tagName }) => tagName) as Element & { summary: string; description: string }
const properties = element.members.filter((each) => each.kind === 'field' && each.privacy === 'public' && !each.attribute)

const words = ({ description = '' }: { readonly description?: string }) => description.replace(/\s+/g, ' ')
const typeOf = ({ type }: Entry) =>
  (type?.text ?? '').replace(' | undefined', '').replace('SurfaceKind', "'iframe' | 'popup' | 'redirect'")
const optionsOf = (entry: Entry) => [...typeOf(entry).matchAll(/'([\w-]+)'/g)].map(([, name = '']) => ({ name }))
const described = (entry: Entry) => ({ name: entry.name, description: words(entry) })

const files: Readonly<Record<string, string | object>> = {
  'vscode.html-data.json': {
    version: 1.1,
    tags: [
      {
        name: element.tagName,
        description: `${element.summary} ${words(element)}`,
        attributes: element.attributes.map((each) => {
          const values = optionsOf(each)
          return {
            ...described(each),
            ...(typeOf(each) === 'boolean' && { valueSet: 'v' }),
            ...(values.length > 0 && { values }),
          }
        }),
      },
    ],
  },
  'vscode.css-data.json': {
    version: 1.1,
    properties: element.cssProperties.map(described),
    pseudoElements: element.cssParts.map((each) => ({ name: `::part(${each.name})`, description: words(each) })),
    pseudoClasses: element.cssStates.map((each) => ({ name: `:state(${each.name})`, description: words(each) })),
  },
  'web-types.json': {
    ...{ name, version, 'description-markup': 'markdown' },
    contributions: {
      html: {
        elements: [
          {
            ...{ name: element.tagName, description: `${element.summary} ${words(element)}` },
            attributes: element.attributes.map((each) => ({
              ...described(each),
              value: typeOf(each) === 'boolean' ? { kind: 'no-value' } : { type: typeOf(each) },
              ...(each.default && { default: each.default.replaceAll("'", '') }),
            })),
            slots: element.slots.map(described),
            js: {
              properties: [
                ...element.attributes.map((each) => ({ ...each, name: each.fieldName ?? each.name })),
                ...properties,
              ].map((each) => ({ ...described(each), type: typeOf(each) })),
              events: element.events.map((each) => ({ ...described(each), type: each.type?.text })),
            },
            css: {
              properties: element.cssProperties.map(described),
              parts: element.cssParts.map(described),
              'pseudo-classes': element.cssStates.map((each) => ({ name: `state(${each.name})`, description: words(each) })),
            },
          },
        ],
      },
    },
  },

  'types/wrappers/vue.d.ts': types({
    imports: "import type { EmitFn, HTMLAttributes, PublicProps } from 'vue'",
    properties: '',
    events: undefined,
    camelCase: true,
    rest: `
/** What stands for the tag in a template. */
export type CheckoutButtonTag = new () => CheckoutButton & {
  $props: Omit<HTMLAttributes, keyof CheckoutButtonAttributes> & PublicProps & CheckoutButtonAttributes
  $emit: EmitFn<{ [Name in keyof CheckoutEventMap]: (event: CheckoutEventMap[Name]) => void }>
}
declare module 'vue' {
  interface GlobalComponents {
    '${element.tagName}': CheckoutButtonTag
  }
}`,
  }),
  'types/wrappers/svelte.d.ts': types({
    imports: "import type { HTMLAttributes } from 'svelte/elements'",
    properties: '',
    events: 'on',
    rest: `
declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    '${element.tagName}': Omit<HTMLAttributes<CheckoutButton>, keyof CheckoutButtonAttributes> & CheckoutButtonAttributes
  }
}`,
  }),
  'types/wrappers/solid.d.ts': types({
    imports: "import type { JSX } from 'solid-js'",
    properties: 'prop:',
    events: 'on:',
    rest: `
declare module 'solid-js' {
  namespace JSX {
    interface IntrinsicElements {
      '${element.tagName}': Omit<HTMLAttributes<CheckoutButton>, keyof CheckoutButtonAttributes> & CheckoutButtonAttributes
    }
  }
}`,
  }),
}

interface Idiom {
  readonly imports: string
  /** What stands before the name of a property, and of an event; without the latter events are declared otherwise. */
  readonly properties: string
  readonly events: string | undefined
  readonly rest: string
  /** Vue looks for `success-url` under this name. */
  readonly camelCase?: true
}

function types({ imports, properties: before, events, rest, camelCase }: Idiom): string {
  const member = (of: Entry, name: string, type: string) => `  /** ${words(of)} */\n  '${name}'?: ${type} | undefined\n`
  // An object is a property first: where properties have a mark of their own, it may stand there as well.
  const objects = element.members.filter(
    ({ attribute, type }) => before && attribute && /^[A-Z]\w+ \| undefined$/.test(type?.text ?? ''),
  )
  const own = (of: Entry) => `CheckoutButton['${of.fieldName ?? of.name}']`
  const members = [
    ...element.attributes.map((each) => member(each, (camelCase && each.fieldName) || each.name, own(each))),
    ...[...objects, ...properties].map((each) => member(each, before + each.name, own(each))),
    ...(events === undefined
      ? []
      : element.events.map((each) => member(each, events + each.name, `((event: CheckoutEventMap['${each.name}']) => void)`))),
  ]
  return `${imports}
import type { CheckoutButton, CheckoutEventMap } from '../index.js'

export * from '../index.js'

/** What the tag takes in a template. */
export interface CheckoutButtonAttributes {
${members.join('')}}
${rest}
`
}

const dist = fileURLToPath(new URL('../../dist/', import.meta.url))
mkdirSync(join(dist, 'types/wrappers'), { recursive: true })
for (const [path, content] of Object.entries(files))
  writeFileSync(join(dist, path), typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`)
