#!/usr/bin/env node
import { ledger, ledgerUsage } from './ledger.js'
import { verify } from './verify.js'

const usage = `checkout-button verify <provider> <url | ->

  Reads one notification, or with - one JSON object a line from standard input:
  {"config": {…}, "request": {"method", "url", "headers", "body"}, "checkout": {…}}
  and prints a JSON object for each: whether it verifies, and what it says or what is likely wrong.

  The configuration comes from the environment (ACME_SECRET_KEY is the secretKey of acme) or
  from the line, never from the command line, where others on the machine could read it.
  Two secrets while they are exchanged: ACME_SECRET_KEY='["newer","older"]'. What more than an
  address proves (a body, headers, the stored checkout) goes in by a line:
  echo '{"request": {"method": "POST", "url": "/checkout/notify/acme", "headers": {…}, "body": "…"}}' |
    checkout-button verify acme -
  The checkout is what its row in ledger_checkouts holds: "id", "reference", "order", "kept".
  Without it, a proof that rests on what was stored says so in "hint".

  Exits with 0 when all verify, 1 when one does not, 2 when the call is wrong.

${ledgerUsage}`

const terminal = {
  input: process.stdin,
  environment: process.env,
  print: (line: string) => process.stdout.write(`${line}\n`),
  complain: (line: string) => process.stderr.write(`${line}\n`),
}
const [command, ...parameters] = process.argv.slice(2)
const [provider, source] = parameters
if (command === 'verify' && provider && source && parameters.length === 2) {
  process.exitCode = await verify(provider, source, terminal)
} else if (command === 'ledger') {
  process.exitCode = await ledger(parameters, terminal)
} else {
  const isAskedFor = command === '--help' || command === 'help'
  process[isAskedFor ? 'stdout' : 'stderr'].write(`${usage}\n`)
  process.exitCode = isAskedFor ? 0 : 2
}
