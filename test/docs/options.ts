import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { cell, fill, type Page, root } from './places.js'
import { type Option, optionsOf, readTypes } from './types.js'

// The table of options in each provider's README.md, made of its configuration's type.

const folder = join(root, 'src/providers')

export const providers = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

/** A provider's README.md as it stands, and as it should. */
export interface Readme extends Page {
  readonly provider: string
}

export const readmes = (): Readme[] =>
  providers.map((provider) => ({
    provider,
    ...fill(`src/providers/${provider}/README.md`, 'the comments in configuration.ts', { options: tableOf(provider) }),
  }))

/** In the order of the table: what is needed, then what is its own, then what all providers have. */
export function providerOptions(provider: string): readonly Option[] {
  const room = join(folder, provider)
  const files = [join(folder, 'adapter.ts'), join(folder, '../protocol/requests.ts')]
  for (const name of readdirSync(room)) if (name.endsWith('.ts')) files.push(join(room, name))
  const types = readTypes(files)
  const name = [...types.interfaces.keys()].find((each) => /Configuration$/.test(each) && !/BackOffice/.test(each)) ?? ''
  const shared = optionsOf('ProviderOptions', types).map((option) => option.name)
  const rank = ({ name, isNeeded }: Option) => (isNeeded ? 0 : shared.includes(name) ? 2 : 1)
  return optionsOf(name, types)
    .filter(({ name }, at, all) => all.findIndex((each) => each.name === name) === at)
    .sort((one, other) => rank(one) - rank(other))
}

function tableOf(provider: string): string {
  const options = providerOptions(provider)
  for (const { name, about } of options) if (about === '') throw new Error(`the option ${name} of ${provider} has no comment`)
  const row = ({ name, isNeeded, type, about, otherwise }: Option) =>
    `| \`${name}\` | \`${cell(type)}\` | ${isNeeded ? '**needed**' : cell(otherwise) || '–'} | ${cell(about)} |\n`
  return `| option | type | default | |\n|---|---|---|---|\n${options.map(row).join('')}`
}
