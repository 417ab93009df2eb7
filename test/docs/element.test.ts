import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Element, elementPage, readElement } from './element.js'

const element = readElement()
const read = (...files: string[]) => files.map((file) => readFileSync(file, 'utf8')).join('\n')
const namesOf = (of: keyof Element) => (element[of] as readonly { name: string }[]).map(({ name }) => name).sort()
const all = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].flatMap(([, names = '']) => names.split(' ')))].filter(Boolean).sort()

test('the tables in the element’s README.md are those of its comments: `npm run docs` writes them', () => {
  const { text, wanted } = elementPage()
  expect(text).toBe(wanted)
})

test('every part that is drawn is in the comments, and no other', () => {
  const drawn = read('src/element/checkout-button.ts', 'src/window/iframe.ts').replace(/^ \*.*$/gm, '')
  expect(namesOf('cssParts')).toEqual(all(drawn, /(?:\bpart="|\bpart: '|isOne \? ')([\w -]+)/g))
})

test('every custom property that the styles read is in the comments, and no other', () => {
  expect(namesOf('cssProperties')).toEqual(all(read('src/element/checkout-button.styles.ts'), /var\((--checkout-[\w-]+)/g))
})

test('every state of the machine is in the comments, and `failed`', () => {
  const [, names = ''] = /readonly name: ([^\n]+)/.exec(read('src/checkout/machine.ts')) ?? []
  const states = all(names, /'(\w+)'/g).filter((name) => name !== 'idle')
  expect(namesOf('cssStates')).toEqual([...states, 'failed'].sort())
})

test('every attribute and property has a sentence, and every event says what follows by default', () => {
  for (const each of [...element.attributes, ...element.members.filter(({ privacy }) => privacy === 'public')])
    expect([each.name, each.description?.endsWith('.')]).toEqual([each.name, true])
  for (const { name, description } of element.events)
    expect([name, /Default: |No default\./.test(description ?? '')]).toEqual([name, true])
})

test('every event that is sent is in the comments', () => {
  expect(namesOf('events')).toEqual(all(read('src/element/checkout-events.ts'), /super\('(checkout-\w+)'\)/g))
})
