import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { verify } from '../../src/cli/verify.js'
import { commandLinePage, variables } from './command-line.js'
import { providerOptions, providers } from './options.js'

test('the page of the command line is what it prints, and the names that it reads: `npm run docs` writes them', () => {
  const { text, wanted } = commandLinePage()
  expect(text).toBe(wanted)
  expect(wanted).toContain('ledger <command> [--store <file>]')
})

test.each(providers)('%s is configured by the variables of that page, and by no other', async (provider) => {
  // Nothing that is needed is of this shape, so each that is read is named as wrong; and what no option is called by is said to be none.
  const said: string[] = []
  const environment = Object.fromEntries(variables(provider).map((name) => [name, '[1]']))
  const terminal = { input: Readable.from([]), environment, print: () => {}, complain: (line: string) => said.push(line) }
  expect(await verify(provider, '/notify', terminal)).toBe(2)
  const needed = providerOptions(provider).filter(({ isNeeded }) => isNeeded)
  expect(needed.length).toBeGreaterThan(0)
  for (const { name } of needed) expect(said.join('\n')).toContain(name)
  expect(said.join('\n')).not.toContain('there is no such field')
})
