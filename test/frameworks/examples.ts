/** A row of the table. */
export interface Example {
  readonly name: string
  /** Of demo/. */
  readonly source: string
  /** How its types are checked, and what else than what Vite makes its files. */
  readonly check: readonly [tool: string, ...parameters: string[]]
  readonly builder?: 'angular' | 'next' | 'none'
  /** Which of Next's two bundles it: pages, the route of the checkout, and in development as well. */
  readonly bundler?: '--turbopack' | '--webpack'
  /** Where the sources stand, and with them the file of what may not compile. */
  readonly room: string
}

const tsc = ['typescript/bin/tsc', '-p', '.'] as const

export const examples: readonly Example[] = [
  { name: 'React 19', source: 'react', check: tsc, room: 'src' },
  { name: 'React 18', source: 'react', check: tsc, room: 'src' },
  { name: 'React 19, the tag', source: 'react-tag', check: tsc, room: 'src' },
  { name: 'Vue 3', source: 'vue', check: ['vue-tsc/bin/vue-tsc.js', '-p', '.'], room: 'src' },
  {
    ...{ name: 'Svelte 5', source: 'svelte', room: 'src' },
    check: ['svelte-check/bin/svelte-check', '--output', 'machine', '--tsconfig', 'tsconfig.json'],
  },
  { name: 'Solid', source: 'solid', check: tsc, room: 'src' },
  {
    ...{ name: 'Angular 21', source: 'angular', builder: 'angular', room: 'src' },
    check: ['@angular/compiler-cli/bundles/src/bin/ngc.js', '-p', '.', '--noEmit'],
  },
  { name: 'Next.js 16, Turbopack', source: 'next', check: tsc, builder: 'next', bundler: '--turbopack', room: '.' },
  { name: 'Next.js 16, webpack', source: 'next', check: tsc, builder: 'next', bundler: '--webpack', room: '.' },
  { name: 'plain HTML', source: 'plain', check: tsc, builder: 'none', room: '.' },
]

/** The cart of Vue as somebody configures it who has not read that far. */
export const unaware: Example = { name: 'Vue 3, unaware', source: 'vue', check: tsc, room: 'src' }

/** The cart of Vue as Nuxt treats it: rendered by Node, and taken over in the browser. */
export const rendered: Example = { name: 'Vue 3, rendered', source: 'vue', check: tsc, room: 'src' }

/** The first five minutes: the cart of the same framework is what src/element/README.md shows of it. */
export const snippets: readonly (Example & { readonly fence: string; readonly cart: string })[] = [
  { name: 'React 19, snippet', source: 'react', check: tsc, room: 'src', fence: 'jsx', cart: 'cart.tsx' },
  { name: 'Vue 3, snippet', source: 'vue', check: tsc, room: 'src', fence: 'vue', cart: 'Cart.vue' },
  { name: 'Svelte 5, snippet', source: 'svelte', check: tsc, room: 'src', fence: 'svelte', cart: 'Cart.svelte' },
]

/** The component of React where a server rendered it, which the carts do not show. */
export const hydrated: readonly Example[] = ['React 19, hydrated', 'React 18, hydrated'].map((name) => ({
  ...{ name, source: '../test/frameworks/hydrated', check: tsc, room: 'src' },
}))

/** `strict`: in the framework's build for developers, with all that it checks; in React's, under StrictMode. */
export const columns = ['types', 'property', 'event', 'payment', 'unmount', 'strict'] as const

/** Two examples may be made of one source. */
export const folderOf = ({ name }: Pick<Example, 'name'>): string => name.toLowerCase().replace(/\W+/g, '-')
