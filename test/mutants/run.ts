import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { startVitest } from 'vitest/node'
import { plant } from '../prover/planted-bugs.js'

interface Mutant {
  readonly right: string
  readonly wrong: string
  /** Why no test can tell it from the product. */
  readonly survives?: string
}
/** By file, below src/. */
const mutants: Readonly<Record<string, readonly Mutant[]>> = JSON.parse(
  readFileSync(new URL('mutants.json', import.meta.url), 'utf8'),
)

// `npm run mutants [part of a file's name…]`: plants each bug of the list and runs the tests that speak of its file. One that no test
// notices is a hole in the tests. Long (a few seconds each), so no part of `npm test`.

const of = (folder: string, ...names: string[]) => names.map((name) => `test/${folder}/${name}.test.ts`)
const rules = of('server', 'settle', 'ledger')
const hooks = [of('server', 'deliver'), [...rules, ...of('server', 'in-transaction', 'foreign', 'quarantine')]]
const opening = of('server', 'open-checkout', 'reconcile')
/** The nearest tests first: most bugs need no others. */
const testsOf: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'server/settle.ts': [rules, of('server', 'deliver', 'quarantine', 'notifications', 'status'), opening],
  'server/ledger.ts': [rules, of('server', 'deliver', 'quarantine', 'foreign', 'notifications', 'status'), opening],
  ...Object.fromEntries(['courier', 'deliver', 'moment', 'tell', 'in-time'].map((name) => [`server/${name}.ts`, hooks])),
  'server/quarantine.ts': [of('server', 'quarantine')],
  'server/foreign.ts': [of('server', 'foreign'), of('server', 'quarantine', 'notifications')],
  'server/forget.ts': [of('server', 'forget'), of('server', 'quarantine', 'ledger')],
  ...Object.fromEntries(
    ['reconcile', 'withdraw'].map((name) => [`server/${name}.ts`, [of('server', 'reconcile'), of('server', 'open-checkout')]]),
  ),
  'providers/wipay/back-office.ts': [
    of('providers/wipay', 'back-office', 'verify-return'),
    [...of('providers/wipay', 'journey'), ...of('providers', 'bad-answers')],
  ],
  'providers/wipay/transaction-list.ts': [of('providers/wipay', 'back-office'), of('providers/wipay', 'journey')],
  'providers/signing.ts': [of('providers', 'signing'), ['test/providers/paymentwall/', 'test/providers/wipay/']],
}
const nearTests: readonly [string, readonly string[]][] = [
  ['providers/paymentwall/', of('providers/paymentwall', 'verify', 'paymentwall', 'stored-products', 'subscription')],
  ['providers/wipay/', of('providers/wipay', 'verify-return', 'verify-webhook')],
  ['providers/gstable/', of('providers/gstable', 'verify')],
  ['stores/', of('stores', 'postgres', 'sqlite')],
]
function tests(file: string): readonly (readonly string[])[] {
  const [folder = '', near = []] = nearTests.find(([folder]) => file.startsWith(folder)) ?? []
  return testsOf[file] ?? (folder === 'stores/' ? [near] : [near, [`test/${folder}`]])
}

/** The name of the first test that failed; undefined where all went well. Throws where none ran. */
async function firstFailure(file: string, { right, wrong }: Mutant, files: readonly string[]): Promise<string | undefined> {
  const options = { watch: false, bail: 1, reporters: [{}], silent: true, maxWorkers: 1, fileParallelism: false }
  const mutant = { name: `${right} → ${wrong}`, file, right, wrong }
  const vitest = await startVitest('test', [...files], options, { plugins: [plant(mutant)], logLevel: 'silent' })
  const modules = vitest.state.getTestModules()
  const failed = modules.flatMap((module) => [
    ...module.errors().map(({ message }) => message),
    ...Array.from(module.children.allTests('failed'), ({ fullName }) => fullName),
  ])
  const errors = vitest.state.getUnhandledErrors().length
  await vitest.close()
  if (modules.length === 0) throw new Error(`no test speaks of ${file}: ${files.join(' ')}`)
  return failed[0] ?? (errors > 0 ? 'an error that nobody caught' : undefined)
}

const wanted = process.argv.slice(2)
const left = Object.entries(mutants).filter(([file]) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
const count = { killed: 0, survived: 0, excused: 0 }
for (const [file, list] of left)
  for (const mutant of list) {
    let killer: string | undefined
    const since = performance.now()
    for (const files of tests(file)) killer ??= await firstFailure(file, mutant, files)
    const became = killer ? 'killed' : mutant.survives ? 'excused' : 'survived'
    count[became]++
    const time = `${Math.round((performance.now() - since) / 1_000)} s, load ${loadavg()[0]?.toFixed(0)}`
    console.log(
      `${became}  ${file}: ${mutant.right} → ${mutant.wrong}  (${killer ?? mutant.survives ?? 'by no test'}; ${time})`,
    )
  }
console.log(`${count.killed} killed, ${count.survived} survived, ${count.excused} cannot be told from the product`)
process.exit(count.survived > 0 ? 1 : 0)
