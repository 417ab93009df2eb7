// The calls of zod/mini that the browser's schemas make, in thirty lines. Zod's core alone is five kilobytes of the sixteen that a page
// may load for this element, so the build for <script> resolves `zod/mini` to this file (vite.config.ts). Everywhere else, server,
// tests, bundlers, the same schemas run on zod itself; test/protocol/zod-subset.test.ts holds that both read alike.
// It knows no error messages: an answer that does not fit is refused, and why is nothing that a buyer could mend.

interface Schema {
  read(value: unknown): unknown
  check(...checks: Check[]): Schema
  safeParse(value: unknown): { success: boolean; data?: unknown }
}
type Check = (value: never) => unknown

const refused = Symbol()

const schema = (read: Schema['read']): Schema => ({
  read,
  check: (...checks) =>
    schema((value) => {
      const data = read(value)
      return data === refused || checks.every((check) => check(data as never)) ? data : refused
    }),
  safeParse(value) {
    const data = read(value)
    return data === refused ? { success: false } : { success: true, data }
  },
})

const only = (isFine: (value: unknown) => unknown) => schema((value) => (isFine(value) ? value : refused))

export const string = () => only((value) => typeof value === 'string')
export const number = () => only(Number.isFinite)
export const boolean = () => only((value) => typeof value === 'boolean')
export const unknown = () => only(() => true)
export const literal = (expected: unknown) => only((value) => value === expected)
const oneOf = (expected: readonly unknown[]) => only((value) => expected.includes(value))

export { oneOf as enum }

export const optional = (inner: Schema) => schema((value) => (value === undefined ? value : inner.read(value)))

const orElse = (inner: Schema, otherwise: unknown) =>
  schema((value) => {
    const data = inner.read(value)
    return data === refused ? otherwise : data
  })

export { orElse as catch }

export const array = (inner: Schema) =>
  schema((value) => {
    const data = Array.isArray(value) ? value.map(inner.read) : [refused]
    return data.includes(refused) ? refused : data
  })

export const object = (shape: Readonly<Record<string, Schema>>) => ({
  shape,
  ...schema((value) => {
    if (typeof value !== 'object' || !value || Array.isArray(value)) return refused
    const given = value as Record<string, unknown>
    const data: Record<string, unknown> = {}
    for (const key in shape) {
      const read = shape[key]?.read(given[key])
      if (read === refused) return refused
      if (key in given) data[key] = read
    }
    return data
  }),
})

export const regex = (pattern: RegExp): Check => ((value: string) => pattern.test(value)) as Check
export const minLength = (length: number): Check => ((value: string) => value.length >= length) as Check
export const refine = (isFine: Check): Check => isFine
