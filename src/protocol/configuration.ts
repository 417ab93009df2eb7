import * as z from 'zod/mini'
import { CheckoutError } from './checkout-error.js'

/**
 * Reads a configuration strictly, and refuses it with every fault in one message (T-55). Options are named, their values never
 * printed: half of them are secrets. Throws CheckoutError `config_invalid`.
 */
export function readConfiguration<Schema extends z.ZodMiniType>(of: string, schema: Schema, given: unknown): z.output<Schema> {
  const read = z.safeParse(schema, given)
  if (read.success) return read.data
  throw new CheckoutError('config_invalid', `${of} is not configured correctly:\n${faultsOf(read.error, given)}`)
}

/** Every fault a line, by the name of its field, as it was given where that is known; never a value. */
export const faultsOf = (error: z.core.$ZodError, given?: unknown): string =>
  error.issues.flatMap((issue) => faults(issue, given)).join('\n')

/** A schema may read one thing as a list of objects: a fault is named by what was written, `secretKey` and not `secretKey.0.key`. */
function pathOf(path: readonly PropertyKey[], given: unknown): string {
  const names: string[] = []
  let at = given
  for (const name of path) {
    if (typeof name === 'number' && !Array.isArray(at) && names.length > 0) continue
    names.push(String(name))
    at = (at as Readonly<Record<PropertyKey, unknown>>)[name]
    if (typeof at !== 'object' || at === null) break
  }
  return names.join('.')
}

function faults(issue: z.core.$ZodIssue, given: unknown): string[] {
  const isKnown = typeof given === 'object' && given !== null
  const path = isKnown ? pathOf(issue.path, given) : issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `- ${path ? `${path}.` : ''}${key}: there is no such field`)
  if (issue.code === 'custom' && issue.message !== 'Invalid input') return [`- ${path || 'it'}: ${issue.message}`]
  if (issue.code === 'invalid_type')
    return [
      `- ${path || 'it'}: must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected} (is it missing or undefined?)`,
    ]
  if (issue.code === 'invalid_value') return [`- ${path}: must be one of ${issue.values.map(String).join(', ')}`]
  if (issue.code === 'too_small') return [`- ${path}: is empty or too small`]
  if (issue.code === 'too_big') return [`- ${path}: is too large`]
  if (issue.code === 'invalid_format') return [`- ${path}: is not of the form expected`]
  return [`- ${path || 'it'}: is not valid`]
}

/** Of a check on one option. It ends nothing: the rules between options are asked all the same, so that every fault is told at once. */
export const must = (what: string) => ({ message: `must ${what}`, abort: false })

export const functionOf = <Type>() => z.custom<Type>((value) => typeof value === 'function', must('be a function'))

/** A rule between options, told as a fault of `path`. It is asked even where an option is not of its own form. */
export const ruleOf =
  <Given>() =>
  (path: string & keyof Given, message: string, holds: (given: Given) => boolean) =>
    z.refine<Given>((given) => attempt(() => holds(given)) ?? true, { path: [path], message, when: () => true })

function attempt(ask: () => boolean): boolean | undefined {
  try {
    return ask()
  } catch {
    return undefined // that option's own fault is told already
  }
}

const placeholder = /^(change[-_ ]?me|your[-_ ].*|<.*>|x{3,}|\*+|\.+|secret|password|todo|undefined|null|none|test)$/i

/** A text that a provider's dashboard shows: not empty, no white space around it, no placeholder left from an example. */
export const credential = z.string().check(
  z.refine((value) => value !== '', { message: 'is empty' }),
  z.refine((value) => value === value.trim() && !/[\s\p{Cc}]/u.test(value), {
    message: 'holds white space: was it pasted with a line break?',
  }),
  z.refine((value) => !placeholder.test(value), { message: 'is a placeholder: put the real value there' }),
)
