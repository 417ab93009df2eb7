// JSON as a sender means it who has nothing to hide. JSON.parse lets the last of two equal keys win, rounds 2⁵³+1 and 0.1e-400 to
// numbers that nobody sent, and nests as deep as one likes; each of these lets two readers of one signed text see two things (T-19).

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
/** Without a prototype: what was not sent is not there, whatever it is called. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** Why a text is not read; the reason names no part of the text. */
export class UnreadableJson extends Error {}

const deepest = 16
const token = /[ \t\n\r]*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[[\]{}:,])/y
const restOfNothing = /^[ \t\n\r]*$/
const wholeNumber = /^-?(0|[1-9]\d*)$/
const otherNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/**
 * Reads a JSON text. A number that is no safe integer, written as one, becomes NaN: nothing that we take from GStable is anything
 * else, and no check mistakes NaN for an amount. Throws UnreadableJson.
 */
export function readJson(text: string): Json {
  let at = 0
  const result = readValue(next(), 0)
  if (!restOfNothing.test(text.slice(at))) throw new UnreadableJson('there is more behind its end')
  return result

  function next(): string {
    token.lastIndex = at
    const found = token.exec(text)?.[1]
    if (found === undefined) throw new UnreadableJson('it is not JSON')
    at = token.lastIndex
    return found
  }

  function readValue(first: string, depth: number): Json {
    switch (first.charAt(0)) {
      case '{':
        return readObject(depth + 1)
      case '[':
        return readArray(depth + 1)
      case '"':
        return readText(first)
      case 't':
        return true
      case 'f':
        return false
      case 'n':
        return null
      default:
        return readNumber(first)
    }
  }

  function readObject(depth: number): JsonObject {
    checkDepth(depth)
    const object: Record<string, Json> = Object.create(null)
    let mark = next()
    if (mark === '}') return object
    for (;;) {
      if (!mark.startsWith('"')) throw new UnreadableJson('it is not JSON')
      const key = readText(mark)
      if (key in object) throw new UnreadableJson('a key stands twice in one object')
      if (next() !== ':') throw new UnreadableJson('it is not JSON')
      object[key] = readValue(next(), depth)
      if (isLast(next(), '}')) return object
      mark = next()
    }
  }

  function readArray(depth: number): Json[] {
    checkDepth(depth)
    const items: Json[] = []
    let mark = next()
    if (mark === ']') return items
    for (;;) {
      items.push(readValue(mark, depth))
      if (isLast(next(), ']')) return items
      mark = next()
    }
  }
}

function isLast(mark: string, end: string): boolean {
  if (mark !== ',' && mark !== end) throw new UnreadableJson('it is not JSON')
  return mark === end
}

function checkDepth(depth: number): void {
  if (depth > deepest) throw new UnreadableJson(`it is nested more than ${deepest} deep`)
}

/** The escapes of one string are nothing to write anew. */
function readText(quoted: string): string {
  try {
    return JSON.parse(quoted)
  } catch {
    throw new UnreadableJson('it is not JSON')
  }
}

function readNumber(written: string): number {
  if (!otherNumber.test(written)) throw new UnreadableJson('it is not JSON')
  const number = wholeNumber.test(written) ? Number(written) : Number.NaN
  return Number.isSafeInteger(number) ? number : Number.NaN
}

/** The value where it is an object, else undefined. */
export const asObject = (value: Json | undefined): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
