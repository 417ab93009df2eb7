import { join } from 'node:path'
import { refusals } from '../../src/protocol/refusals.js'
import { cell, code, fill, type Page, root, table } from './places.js'
import { type Named, type Option, optionsOf, readTypes } from './types.js'

// The tables of src/server/README.md: options, hooks, notices and errors, from the comments of their types.

const types = readTypes(
  ['server/merchant.ts', 'server/store.ts', 'providers/adapter.ts', 'protocol/checkout-error.ts'].map((file) =>
    join(root, 'src', file),
  ),
)

/** Everything told has a comment, or nobody knows what to do about it. */
function listOf(name: string): readonly Named[] {
  const list = types.lists.get(name)
  if (!list?.length) throw new Error(`there is no list ${name}`)
  return list.map((each) => {
    if (each.about === '' && each.name !== 'News') throw new Error(`${each.name} of ${name} has no comment`)
    return each
  })
}

const optionRow = ({ name, isNeeded, type, about, otherwise }: Option, prefix = '') => {
  if (about === '') throw new Error(`the option ${name} has no comment`)
  return [code(prefix + name), code(type), isNeeded ? '**needed**' : cell(otherwise) || '–', cell(about)]
}

function options(): string {
  const hooks = new Set(optionsOf('MerchantHooks', types).map(({ name }) => name))
  const own = optionsOf('CheckoutOptions', types).filter(({ name }) => !hooks.has(name))
  const inner = optionsOf('DeliveryLimits', types)
  const rows = own.flatMap((option) =>
    option.name === 'delivery' ? inner.map((each) => optionRow(each, 'delivery.')) : [optionRow(option)],
  )
  return table(['option', 'type', 'default', ''], rows)
}

const hooks = () =>
  table(
    ['hook', '', ''],
    optionsOf('MerchantHooks', types).map(({ name, type, isNeeded, about }) => {
      const given = /^\((.*)\) =>/s.exec(type)?.[1] ?? ''
      const parameters = given.replace(/: \{[^}]*\}|: \w+(<\w+>)?/g, '')
      return [code(`${name}(${parameters})`), isNeeded ? '**needed**' : '–', cell(about)]
    }),
  )

const delivery = () =>
  table(
    ['field', ''],
    optionsOf('Delivery', types).map((field) => {
      if (field.about === '') throw new Error(`the field ${field.name} of a delivery has no comment`)
      return [code(field.name), cell(field.about)]
    }),
  )

const named = (head: string, list: readonly Named[]) =>
  table(
    [head, ''],
    list.map(({ name, about }) => [code(name), cell(about)]),
  )

const notices = () =>
  named(
    '`alert`',
    listOf('Notice.kind').filter(({ name }) => name !== 'News' && name !== 'foreign'),
  )

const errors = () =>
  table(
    ['code', 'HTTP', 'the likely mistake'],
    listOf('checkoutErrorCodes').map(({ name, about }) => [
      code(name),
      /^In the browser/.test(about) ? '–' : String(refusals[name as keyof typeof refusals][0]),
      cell(about),
    ]),
  )

/** The server's page: as it stands, and as it should. */
export const serverPage = (): Page =>
  fill('src/server/README.md', 'the comments in the source', {
    ...{ options: options(), hooks: hooks(), delivery: delivery() },
    ...{ notices: notices(), news: named('`news`', listOf('news')), errors: errors() },
  })
