import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPackage } from '../build/package.js'
import { startServer } from '../postgres/server.js'
import { fillLedger, measureGrowth } from './growth.js'
import { sendNotifications } from './load.js'
import { measurePostgresInserts, measureSqliteInserts } from './raw-inserts.js'
import { measureRefusals } from './refusals.js'
import { startServerProcess } from './server-process.js'
import { measureVerification, proofNames } from './verification.js'

// Figures, never a verdict: a machine under load would fail a test for no fault of ours. Aims stand beside them.

const notifications = Number(process.env.NOTIFICATIONS ?? 200_000)
const measured = Math.min(20_000, notifications)
const connections = Number(process.env.CONNECTIONS ?? 24)

const number = (value: number, digits = 0): string => value.toLocaleString('en', { maximumFractionDigits: digits })
const megabytes = (bytes: number): string => `${number(bytes / 1024 ** 2)} MB`

const dist = buildPackage()
const folder = mkdtempSync(join(tmpdir(), 'checkout-button-bench-'))
console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`)

for (const name of proofNames) {
  const { perSecond } = await measureVerification(name)
  console.log(`verified alone: ${name.padEnd(21)} ${number(perSecond)} /s${name === proofNames[0] ? ' (aim: ≥ 400,000)' : ''}`)
}

const { perSecond: refused, grown: heapGrown, touched } = await measureRefusals(200_000)
console.log(
  `refused, signature does not hold  ${number(refused)} /s, ${number(Math.max(0, heapGrown) / 1024)} KB more heap after 200,000, the store touched ${touched} times (aim: ≥ 20,000/s on one core, no growth, 0)`,
)

const rawSqlite = measureSqliteInserts(join(folder, 'raw.db'))
const server = await startServerProcess(dist, join(folder, 'ledger.db'), notifications)
const rest = await server.memory()
const first = await sendNotifications([server.port], 0, measured, connections)
console.log(
  `accepted over HTTP, SQLite FULL   ${number(first.perSecond)} /s, p50 ${number(first.share(0.5), 1)} ms, p99 ${number(first.share(0.99), 1)} ms (${connections} connections, each fulfilled; aim: ≥ 2,000/s, p99 ≤ 20 ms); ${number(first.perSecond / rawSqlite, 2)} of ${number(rawSqlite)} raw durable inserts/s (aim: ≥ 0.4)`,
)
const early = await server.memory()
await sendNotifications([server.port], measured, notifications, connections)
const late = await server.memory()
console.log(
  `memory of the server              ${megabytes(rest.rss)} at rest (${number(notifications)} checkouts in the file), ${megabytes(early.rss)} after ${number(measured)}, ${megabytes(late.rss)} after ${number(notifications)} (heap ${megabytes(late.heap)}; aim: ≤ 150 MB, flat)`,
)
await server.end()

const grown = Number(process.env.ORDERS ?? 300_000)
const [small, large] = [join(folder, 'young.db'), join(folder, 'old.db')]
await fillLedger(small, 1_000)
await fillLedger(large, grown)
const [young, old] = [await measureGrowth(small, 1_000), await measureGrowth(large, grown)]
for (const name of ['accept', 'claim', 'status'] as const) {
  const [[youngMiddle, youngWorst], [oldMiddle, oldWorst]] = [young[name], old[name]]
  console.log(
    `${name} with 1,000 and ${number(grown)} orders`.padEnd(40) +
      `p50 ${number(youngMiddle, 2)} and ${number(oldMiddle, 2)} ms, ratio ${number(oldMiddle / youngMiddle, 2)}; p99 ${number(youngWorst, 2)} and ${number(oldWorst, 2)} ms, ratio ${number(oldWorst / youngWorst, 2)} (aim: ≤ 1.3; ORDERS=3000000 for more)`,
  )
}

const slow = await startServerProcess(dist, join(folder, 'slow.db'), 2_000, 60_000)
const acknowledged = await sendNotifications([slow.port], 0, 2_000, connections)
console.log(`acknowledged while hooks take 60 s p99 ${number(acknowledged.share(0.99), 1)} ms (aim: ≤ 100 ms)`)
await slow.end('SIGKILL')

const postgres = await startServer()
try {
  const rawPostgres = await measurePostgresInserts(postgres.url, 20)
  const one = await startServerProcess(dist, postgres.url, measured)
  const other = await startServerProcess(dist, postgres.url, 0)
  const both = await sendNotifications([one.port, other.port], 0, measured, connections)
  console.log(
    `accepted over HTTP, PostgreSQL    ${number(both.perSecond)} /s, p50 ${number(both.share(0.5), 1)} ms, p99 ${number(both.share(0.99), 1)} ms (two servers, ${connections} connections, each fulfilled; aim: ≥ 1,200/s, p99 ≤ 50 ms); ${number(both.perSecond / rawPostgres, 2)} of ${number(rawPostgres)} raw durable inserts/s over 20 connections`,
  )
  await one.end()
  await other.end()
} finally {
  await postgres.remove()
  rmSync(folder, { recursive: true })
}
