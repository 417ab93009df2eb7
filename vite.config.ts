import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import MagicString from 'magic-string'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

// Five builds: `browser` (for bundlers; lit and zod stay outside), `standalone` (one file for a <script type="module">, and beside it the
// languages that the first build made), `classic` (the same for a plain <script>), `workers` (the element where a Worker renders pages),
// `server`. Any other mode is development and the unit tests. Each build names its own entries and shares no output file with another:
// two builds that wrote the same module, each shaken for itself, broke one another.

const src = (path = '') => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

/** `providers/acme` → `src/providers/acme/index.ts`: a new folder is a new entry, without an edit here. */
const folders = (room: string): [string, string][] =>
  readdirSync(src(room), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(src(`${room}/${entry.name}/index.ts`)))
    .map(({ name }) => [`${room}/${name}`, src(`${room}/${name}/index.ts`)])

const files = (room: string): [string, string][] =>
  readdirSync(src(room))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [`${room}/${name.slice(0, -3)}`, src(`${room}/${name}`)])

/** Code that belongs to the server, or a secret with it, cannot get into a browser file: the build refuses. */
const browserFence: Plugin = {
  name: 'browser-fence',
  enforce: 'pre',
  resolveId(id, importer) {
    if (id.startsWith('node:')) this.error(`${importer} imports ${id}, which no browser has`)
  },
  load(id) {
    const path = relative(src(), id)
    const server = /^(server|stores|hosts|sandbox|cli)\//.test(path)
    const providerCode = /^providers\//.test(path) && !/^providers\/(browser|[^/]+\/messages)\.ts$/.test(path)
    if (server || providerCode) this.error(`src/${path} belongs to the server and was reached from the browser's entry`)
  },
}

/** The code, and where in the source each of its words stands: an error in a shop is looked up there. */
const changedWithMap = (changed: MagicString) => ({ code: changed.toString(), map: changed.generateMap({ hires: 'boundary' }) })

/** The presets: sheets of the page's, which cost the element nothing. */
const themes: Plugin = {
  name: 'themes',
  generateBundle() {
    for (const name of readdirSync(src('element/themes')))
      this.emitFile({ type: 'asset', fileName: `themes/${name}`, source: readFileSync(src(`element/themes/${name}`)) })
  },
}

/**
 * The file for <script> looks for a language where it was loaded from itself. A bundler must see each import by its name; the file says
 * them all in one. A plain script from another origin has no address to a browser that was not told `crossorigin`, but to itself it has.
 */
const languagesBeside = (isClassic: boolean): Plugin => ({
  name: 'languages-beside',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('/src/element/language.ts')) return
    const names = Array.from(code.matchAll(/import\('\.\/languages\/(.+)\.js'\)/g), ([, name]) => name)
    const file = `\`./languages/\${name}.js\``
    const address = isClassic ? `here ? new URL(${file}, here).href : ${file}` : file
    const table = `Object.fromEntries('${names.join(' ')}'.split(' ').map((name) => [name, () => import(/* @vite-ignore */ ${address})]))`
    const here = isClassic ? 'const here = document.currentScript?.src\n' : ''
    const changed = new MagicString(code)
    changed.replace(/(const files\b.*) = \{[^}]*import[^}]*\}/, (_, files) => `${here}${files} = ${table}`)
    return changedWithMap(changed)
  },
})

/**
 * What Lit brings and this element has no use for, as its minified files have it, and what is left in its place. Each is found, or the build
 * fails: another version of Lit may be minified otherwise.
 */
const cuts: readonly (readonly [what: RegExp, left?: string])[] = [
  // Ways around browsers that cannot run the element anyway, and notes in the page.
  [/\b\w+\.\w+(Polyfill|Hydrate)Support\b|\(\w+\.\w+Versions\?\?=\[\]\)\.push\("[\d.]+"\)/g, '(void 0)'],
  [/\w=\w\.trustedTypes,(\w)=\w\?\w\.emptyScript:""/, '$1=""'],
  // What a server has rendered it cannot take over, and so does not keep: `attachShadow` empties a declarative shadow root.
  [/this\.shadowRoot\?\?(?=this\.attachShadow)/],
  // Controllers. One that is added all the same finds no such method.
  [/\b(add|remove)Controller\(\w\)\{[^}]*\}/g],
  [/,?\bthis\._\$EO\?\.forEach\(\w=>\w\.host\w+\?\.\(\)\)(?=\})/g],
  [/\bthis\._\$EO\?\.forEach\(\w=>\w\.host\w+\?\.\(\)\),/g],
  // Directives, of which the first alone would cost a page 700 bytes, and all that tells them where they are and how long.
  [/let (\w)=void 0!==\w\?\w\._\$Co.*?\._\$AS\(.*?\),\1,\w\)\),(\w)\}/, 'return $2}'],
  [/(\w)=\w\(this,\1(,\w){1,2}\),/g],
  [/\b\w\(this,(\w(?:\[\w\+\w\])?)(,\w){1,2}\)/g, '$1'],
  [/(?<=this\._\$AH)&&\w!==\w\b/g],
  [/\w===\w&&\(\w=this\._\$AH\[\w\]\),/],
  [/get (parentNode|_\$AU|startNode|endNode|tagName)\(\)\{[^}]*\}/g],
  [/setConnected\(\w\)\{.*?\}|this\._\$AP\?\.\(.*?\)(?=;)/g],
  [/this\.hasUpdated\|\|\(this\.renderOptions.*?\),/],
  [/,this\._\$(AN|Cv)=[^,;}]+/g],
  [/(dis)?connectedCallback\(\)\{[^}]*setConnected\(!\d\)\}/g],
  [/\(\w\?\.creationScope\?\?(\w)\)/, '$1'],
  // Decorators.
  [/Symbol\.metadata\?\?=.*?new WeakMap;|const (\w)=this\[Symbol\.metadata\];if\(null!==\1\)\{.*?\}(?=this)/g],
  [/static addInitializer\(\w\)\{[^}]*\}|,void 0!==\w\.l&&\(.*?\)|,this\.constructor\.l\?\.forEach\(.*?\)\)/g],
  // Templates of svg and MathML, and compiled ones.
  [/\(?2===\w\?"<\/?svg>":3===\w\?"<\/?math>":""\)?/g, '""'],
  [/,2===\w\|\|3===\w\)\{.*?\}/, '){}'],
  [/"number"==typeof \w\?(this\._\$AC\(\w\)):\(.*?\),\w\)/, '$1'],
  // Comments, `<style>` and its like, and values in them or in place of attributes.
  [/else \w\.startsWith\(\w\)&&\(\w\.push\(\{type:6.*?\);|else\{let \w=-1;for\(.*?\{type:7.*?\}.*?\}/g, ';'],
  [/if\(\w\.test\(\w\.tagName\)\)\{.*?\}\}(?=\}else)/],
  [/:6===\w\.type&&\(.*?\)\)/, ':0'],
  [/"!--"===\w\[1\]\?\w=\w:/],
  [/\w===\w\|\|(?=\w===\w\?\w=\w:\(\w=\w,\w=void 0\))/],
  [/\(\w\.test\(\w\[2\]\)&&\(.*?\),(\w=\w)\)/, '$1'],
  [/\((\w=\w),\w=void 0\)(?=;)/, '$1'],
  // `.property=`, `?attribute=`, and listeners that are objects, change or go; nodes and iterators as values.
  [/"\."===\w\[1\]\?\w:"\?"===\w\[1\]\?\w:/],
  [
    /(?<=type=5\})_\$AI\((\w),\w=this\)\{.*?const \w=this\._\$AH,\w=\w===(\w)&&.*?handleEvent\(\w\)\{.*?\}(?=\})/,
    '_$AI($1){this._$AH===$2&&this.element.addEventListener(this.name,this),this._$AH=$1}handleEvent($1){this._$AH($1)}',
  ],
  [/void 0!==\w\.nodeType\?this\.T\(\w\):/],
  [/(\w)=>(\w)\((\w)\)\|\|"function"==typeof \w\?\.\[Symbol\.iterator\]/, '$2'],
  // A place elsewhere than at the root's end.
  [/(const \w=)\w\?\.renderBefore\?\?(\w;)/, '$1$2'],
  // Options of properties: `useDefault`, `state`, `hasChanged`, converters that are objects, types; accessors of one's own.
  [/\|\|\w\.useDefault&&.*?\)\)(?=\))/],
  [/,useDefault:!1/],
  [/useDefault:\w,(reflect:\w),wrapped:\w\},\w\)\{.*?\|\|\((?=this\._\$AL)/, '$1}){('],
  [/(?<=\(this\.hasUpdated)\|\|\w(?=\|\|)/],
  [/\w\?\?this\._\$Ej\?\.get\(\w\)\?\?(\w)/, '$1'],
  [/\w\.state&&\(\w\.attribute=!1\),/],
  [/\(\w\.hasChanged\?\?(\w)\)/, '$1'],
  [/,hasChanged:\w/],
  [/void 0!==\w\.converter\?\.(to|from)Attribute\?\w\.converter:/g],
  [/case Number:.*?break;/],
  [/break;case Object:case Array:\w=null==\w\?\w:JSON\.stringify\(\w\)/],
  [/,this\.prototype\.hasOwnProperty\(\w\)&&\(\(\w=Object\.create\(\w\)\)\.wrapped=!0\)/],
  [
    /const\{get:\w,set:\w\}=\w\(this\.prototype,\w\)\?\?\{(get\(\)\{return (this\[\w\])\}).*?\};return\{get:\w,set\(\w\)\{.*?(this\.requestUpdate\(\w,)\w/,
    'return{$1,set(value){const before=$2;$2=value,$3before',
  ],
  [/const \w=this\.constructor\.elementProperties;if\(\w\.size>0\)for\(.*?this\.C\(.*?\)\}/],
  [/\[\.\.\.(\w\(\w\)),\.\.\.\w\(\w\)\]/, '$1'],
  // Updates that do not take place; the order of styles that stand twice in a list.
  [/(\w)=this\.shouldUpdate\(\w\),\1\?\((.*?)\):this\._\$EM\(\)/, '$1=!0,$2'],
  [/shouldUpdate\(\w\)\{return!0\}/],
  [/(?<=finalizeStyles\((\w)\)\{).*?return \w\}/, 'return[$1].flat(1/0)}'],
]

const leanLit: Plugin = {
  name: 'lean-lit',
  enforce: 'pre',
  buildStart: () => found.clear(),
  resolveId(id, importer) {
    if (/^lit(-html)?\/(async-)?directive/.test(id))
      this.error(`${importer} imports ${id}, which the file for <script> cannot run`)
    return id === './css-tag.js' ? src('element/adopted-styles.ts') : undefined
  },
  transform(code, id) {
    const [template] = /\/src\/element\/[^/]*$/.test(id) ? (code.match(/[\s"][.?][\w-]+=\$\{|<!--/) ?? []) : []
    if (template) this.error(`${id} writes ${template}, which the file for <script> cannot run`)
    if (!/\/(lit-html|lit-element|reactive-element)\/[^/]+$/.test(id)) return
    for (const [what, left = ''] of cuts) {
      const lean = code.replace(what, left)
      if (lean !== code) found.add(what)
      code = lean
    }
    return { code, map: null }
  },
  buildEnd(error) {
    const missing = found.size > 0 && cuts.find(([what]) => !found.has(what))
    if (!error && missing) this.error(`Lit does not have what vite.config.ts cuts out of it: ${missing[0]}`)
  },
}
const found = new Set<RegExp>()

/**
 * White space between tags and around css punctuation is for readers of the source; buyers need not load it. The templates are found
 * by the parser, since they stand inside one another.
 */
const squeezeTemplates: Plugin = {
  name: 'squeeze-templates',
  transform(code, id) {
    if (!/\/src\/element\/.*\.ts$/.test(id)) return
    const pieces: { start: number; end: number; text: string }[] = []
    const visit = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return
      if ('type' in node && node.type === 'TaggedTemplateExpression') {
        const { tag, quasi } = node as unknown as {
          tag: { name?: string }
          quasi: { quasis: { start: number; end: number }[] }
        }
        let isInTag = false
        for (const { start, end } of tag.name === 'html' || tag.name === 'css' ? quasi.quasis : []) {
          const text = code.slice(start, end)
          pieces.push({ start, end, text: tag.name === 'css' ? squeezeCss(text) : squeezeHtml(text, isInTag) })
          if (/[<>]/.test(text)) isInTag = text.lastIndexOf('<') > text.lastIndexOf('>')
        }
      }
      for (const child of Object.values(node)) visit(child)
    }
    visit(this.parse(code))
    const changed = new MagicString(code)
    for (const { start, end, text } of pieces) if (start < end) changed.update(start, end, text)
    return changedWithMap(changed)
  },
}

const squeezeCss = (css: string) =>
  css
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,>]) ?/g, '$1')
    .replace(/: /g, ':')
    .replace(/;}/g, '}')
    .replace(/([ ,:(])0\./g, '$1.')

/** A line break is no space between words here: where one is meant, it stands in the line. Inside a tag it parts attributes. */
const squeezeHtml = (html: string, isInTag: boolean) =>
  html.replace(/\s*\n\s*/g, (_, at: number) => {
    const before = html.slice(0, at)
    return (/[<>]/.test(before) ? before.lastIndexOf('<') > before.lastIndexOf('>') : isInTag) ? ' ' : ''
  })

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
/** At the end of the file, where it costs a third of what it does at its head. */
const notice = `//! checkout-button ${version}, LICENSES.txt`

/** What a page that loads these files from elsewhere needs: hashes to hold them to (T-58), and the licences of what is inside. */
const publish: Plugin = {
  name: 'publish',
  writeBundle({ dir = 'dist' }) {
    const scripts = readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => /^(standalone(\.classic)?|languages\/[\w-]+)\.js$/.test(file))
    const hash = (file: string) =>
      `sha384-${createHash('sha384')
        .update(readFileSync(join(dir, file)))
        .digest('base64')}`
    const integrity = Object.fromEntries(scripts.sort().map((file) => [file, hash(file)]))
    writeFileSync(join(dir, 'integrity.json'), `${JSON.stringify({ version, integrity }, null, 2)}\n`)
    const licence = (name: string, path: string) =>
      `${name}\n\n${readFileSync(new URL(path, import.meta.url), 'utf8').trim()}\n`
    const licences = [licence('checkout-button', 'LICENSE'), licence('Lit', 'node_modules/lit/LICENSE')]
    writeFileSync(join(dir, 'LICENSES.txt'), licences.join('\n\n'))
  },
}

/** Where the dependencies really lie (behind a link, above the folder) is the builder's affair: no map tells it. */
const sourcemapPathTransform = (source: string) => source.replace(/^.*\/(?=node_modules\/)/, '../')

export default defineConfig(({ mode }) => {
  const build = { target: 'es2022', sourcemap: true, emptyOutDir: false, reportCompressedSize: false }
  const chunkFileNames = 'chunks/[name]-[hash].js'
  // What is built may not depend on who builds it: elsewhere Lit's development half would be inside.
  if (/^(browser|standalone|classic|workers|server)$/.test(mode)) process.env.NODE_ENV = 'production'
  switch (mode) {
    case 'browser': // runs first of the three and clears dist/
      return {
        plugins: [browserFence, squeezeTemplates, themes],
        build: {
          ...build,
          emptyOutDir: true,
          lib: {
            entry: {
              ...{ index: src('index.ts'), element: src('element/checkout-button.ts'), hydrate: src('hydrate.ts') },
              react: src('wrappers/react.ts'),
              // Both browser builds import these: this one as chunks, the file for <script> from beside itself.
              ...Object.fromEntries(files('element/languages').map(([name, file]) => [name.replace('element/', ''), file])),
            },
            formats: ['es'],
          },
          rolldownOptions: { external: [/^lit(\/|$)/, /^@lit-labs\//, /^zod(\/|$)/, 'react'], output: { chunkFileNames } },
        },
      }
    case 'standalone':
    case 'classic': {
      const isClassic = mode === 'classic'
      return {
        plugins: [browserFence, squeezeTemplates, languagesBeside(isClassic), leanLit, publish],
        resolve: { alias: { 'zod/mini': src('protocol/zod-subset.ts') } }, // a third of the file would be zod's core
        build: {
          ...build,
          lib: {
            entry: src('index.ts'),
            fileName: () => (isClassic ? 'standalone.classic.js' : 'standalone.js'),
            formats: [isClassic ? 'iife' : 'es'],
            name: 'unused',
          },
          rolldownOptions: {
            // A plain script leaves nothing behind it but the element: no export, so no global variable (T-61).
            ...(isClassic && { preserveEntrySignatures: false }),
            output: { minify: true, comments: false, codeSplitting: false, postFooter: notice, sourcemapPathTransform },
          },
        },
      }
    }
    case 'workers':
      return {
        plugins: [browserFence, squeezeTemplates],
        // Bundlers for Workers choose Lit's half for browsers, which asks for `document` when it is loaded: so Lit is inside, its other half.
        resolve: { alias: { 'zod/mini': src('protocol/zod-subset.ts') } },
        ssr: { noExternal: true, target: 'webworker', resolve: { conditions: ['node', 'production'] } },
        build: {
          ...build,
          ...{ ssr: true, sourcemap: false },
          rolldownOptions: {
            input: {
              ...{ 'workers/index': src('index.ts'), 'workers/element': src('element/checkout-button.ts') },
              'workers/react': src('wrappers/react.ts'),
            },
            external: ['react'],
            output: { entryFileNames: '[name].js', chunkFileNames: 'workers/[name]-[hash].js', minify: true },
          },
        },
      }
    case 'server':
      return {
        build: {
          ...build,
          target: 'node20',
          ssr: true, // every dependency stays an import
          rolldownOptions: {
            input: Object.fromEntries([
              ['server', src('server/index.ts')],
              ['server-only', src('server/server-only.ts')],
              ['sandbox', src('sandbox/index.ts')],
              ['cli/main', src('cli/main.ts')],
              ...folders('providers'),
              ...files('stores'),
              ...files('hosts'),
            ]),
            output: { entryFileNames: '[name].js', chunkFileNames },
          },
        },
      }
    default:
      return {
        resolve: { tsconfigPaths: true },
        test: {
          include: ['test/**/*.test.ts'],
          globalSetup: 'test/postgres/on-demand.ts',
          // Element and windows need a real browser: test/web-test-runner.config.ts.
          exclude: ['test/element/**', 'test/window/**', '**/node_modules/**'],
          pool: 'forks',
          isolate: false,
          testTimeout: 30_000,
          hookTimeout: 60_000, // builds and database servers are started in them
        },
      }
  }
})
