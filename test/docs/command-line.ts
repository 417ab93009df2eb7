import { spawnSync } from 'node:child_process'
import { inside } from '../../src/cli/verify.js'
import { providerOptions, providers } from './options.js'
import { code, fill, type Page, root, table } from './places.js'

// The reference of the command line in src/cli/README.md: what it prints itself, and the names that it reads in the environment.

function usage(): string {
  const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', '--help'], {
    cwd: root,
    encoding: 'utf8',
  })
  return `\`\`\`txt\n${stdout.trim()}\n\`\`\`\n`
}

/** `secretKey` of paymentwall is `PAYMENTWALL_SECRET_KEY`. */
const variable = (provider: string, option: string): string =>
  `${provider}_${option.replace(/[A-Z]/g, '_$&')}`.replaceAll('-', '_').toUpperCase()

/** What the environment can hold: no function, and for what stands inside another option, its own names. */
export function variables(provider: string): readonly string[] {
  return providerOptions(provider)
    .filter(({ type }) => !/=>|^typeof /.test(type))
    .flatMap(({ name }) => {
      const inner = Object.keys(inside).filter((each) => inside[each]?.[0] === name)
      return (inner.length > 0 ? inner : [name]).map((each) => variable(provider, each))
    })
}

const environment = () =>
  table(
    ['read by', 'variables'],
    [
      ['`ledger`', code('CHECKOUT_STORE')],
      ...providers.map((provider) => [code(`verify ${provider}`), variables(provider).map(code).join(' ')]),
    ],
  )

/** The page of the command line: as it stands, and as it should. */
export const commandLinePage = (): Page =>
  fill('src/cli/README.md', 'src/cli and the configurations of the providers', { usage: usage(), environment: environment() })
