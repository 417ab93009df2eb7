import { expect, test } from 'vitest'
import { checkoutErrorCodes } from '../../src/protocol/checkout-error.js'
import { news } from '../../src/providers/adapter.js'
import { serverPage } from './server.js'

const { text, wanted } = serverPage()
/** The names in the first column of the table that is called so. */
const rowsOf = (block: string): string[] => {
  const [, table = ''] = wanted.split(`<!-- ${block}: `)
  return [...(table.split(`<!-- /${block}`)[0] ?? '').matchAll(/^\| `(\w[\w.]*)(?:\([\w, ]*\))?` \| /gm)].map(
    ([, name = '']) => name,
  )
}

test('the tables in the server’s README.md are those of the comments: `npm run docs` writes them', () => {
  expect(text).toBe(wanted)
})

test('they hold every option and every hook that a server takes', () => {
  expect(rowsOf('options')).toEqual([
    ...['base', 'pages', 'providers', 'store', 'country'],
    ...['inTransaction', 'time', 'attempts', 'atOnce'].map((name) => `delivery.${name}`),
    ...['keep', 'log', 'now'],
  ])
  expect(rowsOf('hooks')).toEqual(['price', 'fulfil', 'revoke', 'alert', 'news', 'foreign', 'observe'])
  expect(wanted).toContain('| `price(order, http)` | **needed** | The only source of prices.')
  expect(wanted).toMatch(/\| `delivery\.attempts` \| `number` \| 25: about ten hours \| After so many failures/)
})

test('they hold every code of an error with its status, every notice and all news', () => {
  expect(rowsOf('errors')).toEqual([...checkoutErrorCodes])
  expect(wanted).toMatch(/\| `signature_invalid` \| 401 \| The secret is another/)
  expect(rowsOf('news').filter((name) => name !== 'news')).toEqual([...news])
  expect(rowsOf('notices').filter((name) => name !== 'alert')).toEqual([
    ...['contradiction', 'unknown_checkout', 'unknown_parameter', 'surplus', 'late', 'stuck', 'unconfirmed'],
  ])
})
