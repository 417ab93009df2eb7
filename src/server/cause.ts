// An error that is not ours may quote anything in its message, the buyer's data among it, so no log of ours repeats that (T-54). What is
// left still leads to the line that threw: its name, the code that runtimes and databases give, and where it came from.

const mostPlaces = 5
const plainCode = /^\w{1,40}$/
const head = /^[\w$.[\] ]*:? ?$/ // `TypeError: `, `Error [ERR_INVALID_URL]: `
const place = /^\s+at .*?\(?((?:file:\/\/|node:|[A-Za-z]:\\|\/)[^()]*:\d+:\d+)\)?$/

/** Fields for a log: `cause` is the name of what was thrown, `causeCode` its code, `at` the innermost places in the code, deepest first. */
export interface Cause {
  readonly cause?: string
  readonly causeCode?: string
  readonly at?: readonly string[]
}

/** Nothing where nothing is known. */
export function causeOf(error: unknown): Cause {
  if (error === undefined) return {}
  if (!(error instanceof Error)) return { cause: typeof error }
  const code = codeOf(error)
  const at = placesOf(error)
  return { cause: error.name, ...(code !== undefined && { causeCode: code }), ...(at.length > 0 && { at }) }
}

/** Of the error or of what caused it: `fetch failed` has its reason a level below. */
function codeOf(error: Error): string | undefined {
  for (let each: unknown = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++)
    if ('code' in each && typeof each.code === 'string' && plainCode.test(each.code)) return each.code
  return undefined
}

/** A stack begins with name and message; where that cannot be told from the rest, a line of the message could pass for a place. */
function placesOf({ stack, message }: Error): readonly string[] {
  if (typeof stack !== 'string') return []
  const from = stack.indexOf(message === '' ? '\n' : message)
  const rest = stack.slice(from + message.length)
  if (!head.test(stack.slice(0, from)) || !rest.startsWith('\n')) return []
  return rest
    .split('\n')
    .flatMap((line) => place.exec(line)?.[1] ?? [])
    .slice(0, mostPlaces)
}
