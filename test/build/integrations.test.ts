import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readElement } from '../docs/element.js'
import { buildPackage, installPackage, link } from './package.js'

// What editors and templates are told is all of the element that is public, in its own words, and nothing else.

const dist = buildPackage()
const element = readElement()
const json = (file: string) => JSON.parse(readFileSync(join(dist, file), 'utf8'))
const named = (entries: readonly { name: string; description?: string }[], name = (text: string) => text) =>
  entries.map((each) => ({ name: name(each.name), description: each.description?.replace(/\s+/g, ' ') ?? '' }))

test('VS Code is told of every attribute with its values, of every part, state and custom property', () => {
  const [tag] = json('vscode.html-data.json').tags
  expect(tag.name).toBe('checkout-button')
  expect(named(tag.attributes)).toEqual(named(element.attributes))
  const of = (name: string) => tag.attributes.find((each: { name: string }) => each.name === name)
  expect(of('layout').values).toEqual([{ name: 'list' }, { name: 'grid' }, { name: 'single' }])
  expect(of('surface').values).toEqual([{ name: 'iframe' }, { name: 'popup' }, { name: 'redirect' }, { name: 'auto' }])
  expect(of('disabled').valueSet).toBe('v') // no value at all
  const { properties, pseudoElements, pseudoClasses } = json('vscode.css-data.json')
  expect(properties).toEqual(named(element.cssProperties))
  expect(pseudoElements).toEqual(named(element.cssParts, (name) => `::part(${name})`))
  expect(pseudoClasses).toEqual(named(element.cssStates, (name) => `:state(${name})`))
})

test("JetBrains' editors are told the same, and of slots, properties and events", () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(manifest['web-types']).toBe('./dist/web-types.json')
  const { name, version, contributions } = json('web-types.json')
  expect([name, version]).toEqual([manifest.name, manifest.version])
  const [tag] = contributions.html.elements
  expect(named(tag.attributes)).toEqual(named(element.attributes))
  expect(named(tag.slots)).toEqual(named(element.slots))
  expect(named(tag.js.events)).toEqual(named(element.events))
  expect(tag.js.events.map(({ type }: { type: string }) => type)).toEqual(element.events.map(({ type }) => type?.text))
  const fields = element.members.filter(({ kind, privacy }) => kind === 'field' && privacy === 'public')
  expect(named(tag.js.properties)).toEqual(named(fields))
  expect(named(tag.css.parts)).toEqual(named(element.cssParts))
  expect(named(tag.css.properties)).toEqual(named(element.cssProperties))
})

test('the types of every template have each attribute, property and event once, with its words', () => {
  for (const [framework, before, on] of [
    ['vue', '', undefined],
    ['svelte', '', 'on'],
    ['solid', 'prop:', 'on:'],
  ] as const) {
    const text = readFileSync(join(dist, `types/wrappers/${framework}.d.ts`), 'utf8')
    const told = [...text.matchAll(/^ {2}\/\*\* (.+) \*\/\n {2}'(.+?)'\?: /gm)].map(([, description, name]) => ({
      name,
      description,
    }))
    const attributes = named(element.attributes).map((each, at) =>
      framework === 'vue' ? { ...each, name: element.attributes[at]?.fieldName ?? '' } : each,
    )
    const properties = element.members.filter(({ name }) => name === 'labels' || (name === 'offer' && framework === 'solid'))
    const events = on === undefined ? [] : named(element.events, (name) => on + name)
    expect(told).toEqual([...attributes, ...named(properties, (name) => before + name), ...events])
  }
})

test('the types of React’s component and of its tag have each attribute, property and event, and none that is anything', () => {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-button-react-types-'))
  try {
    installPackage(folder)
    link(join(process.cwd(), 'node_modules/@types'), join(folder, 'node_modules/@types'))
    const onElement = (name: string) => `Element['${name}']`
    const hears = (name: string) => `((event: CheckoutEventMap['${name}']) => void)`
    const camelCase = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
    const own = [...element.attributes, { name: 'labels', fieldName: 'labels' }].filter(({ name }) => name !== 'lang') // is HTML's
    const of = (props: string, name: string, type: string) => `expectSame<${props}['${name}'], ${type} | undefined>(true)`
    const lines = [
      ...own.flatMap(({ name, fieldName = name }) => [
        of('CheckoutButtonProps', fieldName, onElement(fieldName)),
        of('CheckoutButtonAttributes', name, onElement(fieldName)),
      ]),
      ...element.events.flatMap(({ name }) => [
        of('CheckoutButtonProps', camelCase(`on-${name}`), hears(name)),
        of('CheckoutButtonAttributes', `on${name}`, hears(name)),
      ]),
    ]
    expect(lines.length).toBeGreaterThan(30)
    writeFileSync(
      join(folder, 'all.ts'),
      `import type { CheckoutButton as Element, CheckoutEventMap } from 'checkout-button'
      import type { CheckoutButtonAttributes, CheckoutButtonProps } from 'checkout-button/react'
      type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false
      declare function expectSame<One, Other>(same: Same<One, Other>): void
      ${lines.join('\n')}`,
    )
    const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc')
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', 'react', 'all.ts']
    const { status, stdout } = spawnSync(process.execPath, [tsc, ...options], { cwd: folder, encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, ''])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the directive with which Angular checks its templates takes each attribute, property and event under its name', () => {
  const source = readFileSync('demo/angular/src/checkout-button.ts', 'utf8')
  const taken = (decorator: string) =>
    [
      ...source.matchAll(
        new RegExp(`@${decorator}\\((?:'([\\w-]+)'|\\{(?: alias: '([\\w-]+)',)?[^}]*\\})?\\)(?: readonly)? (\\w+)`, 'g'),
      ),
    ].map(([, name, alias, field]) => name ?? alias ?? field)
  const own = [...element.attributes.map(({ name }) => name), 'labels'].filter((name) => name !== 'lang')
  expect(taken('Input').sort()).toEqual(own.sort())
  expect(taken('Output').sort()).toEqual(element.events.map(({ name }) => name).sort())
})
