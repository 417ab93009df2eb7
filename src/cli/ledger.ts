import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { CheckoutError } from '../protocol/checkout-error.js'
import { type CheckoutServer, createLedger, type Entries, type Ledger, type Store } from '../server/index.js'
import { escaped, found, lines, payment, quarantined, type Shown, show, story, table } from './ledger-output.js'
import type { Terminal } from './verify.js'

// The ledger for the person who runs the shop: beside the running server, on the same rows. What is decided here is written by the same
// transaction as in the server, and delivered by the server's worker. Only what needs the shop's configuration (asking its providers)
// takes the shop's own module, which must export the checkout server and start nothing.

export const ledgerUsage = `checkout-button ledger <command> [--store <file>] [--json] [--limit <number>]

  list                       payments, newest first
  show <order>               all that is known of an order, in time order
  quarantine                 what was not taken as it came, with the reason and since when
  accept <provider> <key>    a contradiction is right after all: settle it as it said
  drop <provider> <key>      it is to have no effect; its repeats are acknowledged
  retry <provider> <key>     try it anew: its checkout may be there by now
  retry <provider> <reference>  call the hook of a stuck payment again
      each with --by <who decides> --why <reason>: both are kept for ever
  reconcile --server <file>  find payments that came to no end, and ask the providers about them
  export                     every row as a JSON object a line

  --store   the SQLite file; or, in the environment, CHECKOUT_STORE: a file or a postgres:// address.
  --server  the module whose default export is createCheckout({ … }), instead of a store: its hooks
            are called and its providers asked from here. It must not listen: keep that in another file.
  --json    one JSON array instead of a table.

  Neither secrets nor personal data are shown. Exits with 0 when done, 1 when it is not there, was
  decided before or cannot be reached, 2 when the call is wrong.`

const text = { type: 'string' } as const
const options = {
  ...{ store: text, server: text, by: text, why: text },
  ...{ json: { type: 'boolean' as const }, limit: text },
} as const

class WrongCall extends Error {}
type Output = Pick<Terminal, 'environment' | 'print' | 'complain'>
interface Given {
  readonly store?: string
  readonly server?: string
  readonly by?: string
  readonly why?: string
  readonly json?: boolean
  readonly limit?: string
}

/** Answers the exit code. */
export async function ledger(parameters: readonly string[], output: Output): Promise<number> {
  try {
    const { values, positionals } = read(parameters)
    const [name = '', ...given] = positionals
    const command = commands[name]
    if (!command || given.length !== command.takes) throw new WrongCall(ledgerUsage)
    const opened = await open(values, output.environment)
    try {
      return await command.run(opened.ledger, { given, values, limit: limitOf(values.limit), output })
    } finally {
      await opened.close()
    }
  } catch (error) {
    // What others threw may hold anything: a password in an address among it.
    const isOurs = error instanceof WrongCall || error instanceof CheckoutError
    output.complain(isOurs ? escaped(error.message, '\n') : `it failed: ${error instanceof Error ? error.name : typeof error}`)
    return error instanceof WrongCall || (error instanceof CheckoutError && wrong.has(error.code)) ? 2 : 1
  }
}

const wrong = new Set<CheckoutError['code']>(['config_invalid', 'request_invalid'])

function read(parameters: readonly string[]): { values: Given; positionals: string[] } {
  try {
    return parseArgs({ args: [...parameters], options, allowPositionals: true })
  } catch {
    throw new WrongCall(ledgerUsage)
  }
}

function limitOf(given = '50'): number {
  if (!/^[1-9]\d{0,5}$/.test(given)) throw new WrongCall('--limit must be a number from 1 to 999999')
  return Number(given)
}

interface Call {
  readonly given: readonly string[]
  readonly values: Given
  readonly limit: number
  readonly output: Output
}

interface Command {
  readonly takes: number
  run(ledger: Ledger, call: Call): Promise<number>
}

const decide = (choice: 'accept' | 'drop' | 'retry'): Command => ({
  takes: 2,
  async run(ledger, { given: [provider = '', key = ''], values: { by = '', why: reason = '' }, output }) {
    const decider = { by, reason }
    try {
      output.print(await ledger.quarantine[choice]({ provider, key }, decider))
      return 0
    } catch (error) {
      const isNoEvent = choice === 'retry' && error instanceof CheckoutError && error.code === 'checkout_unknown'
      if (!isNoEvent || !(await ledger.retry({ provider, reference: key }, decider))) throw error
      output.print('to be delivered')
      return 0
    }
  },
})

const commands: Readonly<Record<string, Command>> = {
  list: {
    takes: 0,
    async run(ledger, call) {
      return printAll(call, (await ledger.payments({ limit: call.limit })).map(payment))
    },
  },
  show: {
    takes: 1,
    async run(ledger, call) {
      const rows = lines(await ledger.story(call.given[0] ?? ''))
      if (rows.length > 0) return printAll(call, rows, story)
      call.output.complain('nothing is known of an order of this id')
      return 1
    },
  },
  quarantine: {
    takes: 0,
    async run(ledger, call) {
      return printAll(call, (await ledger.quarantine.list({ limit: call.limit })).map(quarantined))
    },
  },
  accept: decide('accept'),
  drop: decide('drop'),
  retry: decide('retry'),
  reconcile: {
    takes: 0,
    async run(ledger, call) {
      if (call.values.server === undefined)
        throw new WrongCall('reconcile asks the shop’s providers: name its module with --server')
      return printAll(call, (await ledger.reconcile({ limit: call.limit })).map(found))
    },
  },
  export: {
    takes: 0,
    async run(ledger, { output }) {
      for (const kind of ['checkouts', 'payments', 'events', 'notices', 'decisions'] as const)
        for await (const line of rowsOf(ledger, kind)) output.print(line)
      return 0
    },
  },
}

async function* rowsOf<Kind extends keyof Entries>(ledger: Ledger, kind: Kind): AsyncIterable<string> {
  const shown: (row: Entries[Kind]) => Shown = show[kind]
  for (let after: Entries[Kind] | undefined; ; ) {
    const page = await ledger.page(kind, { limit: 500, ...(after && { after }) })
    for (const row of page) yield JSON.stringify({ row: kind.slice(0, -1), ...shown(row) })
    after = page.at(-1)
    if (!after) return
  }
}

function printAll({ values, output }: Call, rows: readonly Shown[], layOut = table): number {
  if (values.json) output.print(JSON.stringify(rows))
  else for (const line of layOut(rows)) output.print(line)
  return 0
}

interface Opened {
  readonly ledger: Ledger
  close(): Promise<void>
}

async function open({ store, server }: Given, environment: Terminal['environment']): Promise<Opened> {
  if (server !== undefined) return openServer(server)
  const address = store ?? environment.CHECKOUT_STORE
  if (!address) throw new WrongCall('name the ledger: --store checkout.db, or CHECKOUT_STORE in the environment')
  const opened = await openStore(address)
  return { ledger: createLedger({ store: opened }), close: () => opened.close() }
}

async function openStore(address: string): Promise<Store> {
  if (/^(postgres(ql)?|socket):/.test(address)) {
    const { postgres } = await import('checkout-button/stores/postgres').catch(() => {
      throw new WrongCall('PostgreSQL needs its driver: npm install pg')
    })
    return postgres({ url: address, migrates: false })
  }
  // Opening would make an empty one.
  if (!existsSync(address)) throw new WrongCall('there is no such SQLite file')
  const { sqlite } = await import('checkout-button/stores/sqlite')
  return sqlite(address, { migrates: false })
}

async function openServer(file: string): Promise<Opened> {
  if (!existsSync(file)) throw new WrongCall('there is no such module')
  const entry: { default?: Partial<CheckoutServer> } = await import(pathToFileURL(resolve(file)).href)
  const server = entry.default
  if (!server?.ledger || !server.close) throw new WrongCall('the default export of that module is no createCheckout({ … })')
  return server as CheckoutServer
}
