import { parseJson } from './foreign-text.js'

// A signature covers bytes. The most usual reason why it does not match: something in front of us read the JSON and wrote it anew.

/** How JSON is written by those who sign it: PHP, Python and JavaScript, on one line or indented. */
const writings: readonly ((value: unknown) => string)[] = [
  (value) => JSON.stringify(value),
  (value) => spaced(value),
  (value) => JSON.stringify(value, null, 2),
  (value) => JSON.stringify(value, null, 4),
]
const escapings: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.replaceAll('/', '\\/'),
  (text) => escaped(text),
  (text) => escaped(text.replaceAll('/', '\\/')),
]
const endings: readonly string[] = ['', '\n', '\r\n']

/** With a space behind every comma and colon, as Python does. */
const spaced = (value: unknown): string =>
  JSON.stringify(value, null, 1)
    .replace(/,\n */g, ', ')
    .replace(/([[{])\n */g, '$1')
    .replace(/\n *([\]}])/g, '$1')

const escaped = (text: string): string =>
  text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Whether a signature holds for another writing of the same JSON. For a developer who asks why it does not match, never for an answer. */
export function isOfRewritten(body: Uint8Array, holds: (body: Uint8Array) => boolean): boolean {
  const value = parseJson(new TextDecoder().decode(body))
  if (typeof value !== 'object' || value === null) return false
  return writings.some((write) =>
    escapings.some((escaping) => endings.some((end) => holds(new TextEncoder().encode(escaping(write(value)) + end)))),
  )
}

export const rewritten =
  'the signature holds for the same JSON written in another way: something in front read the body and wrote it anew. Hand the bytes on as they came: mount the checkout server in front of any JSON parser'
export const ended = 'it is signed by a key whose `until` has passed: nothing that it signs is believed any more'
