import { rmSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { type KillSum, killShops } from './kill.js'
import { bundleWorker, playSchedules, replaySchedule, type Sum } from './schedules.js'

// npm run torture -- --schedules 1000000 --kills 2000
// npm run torture -- --replay 3f2a:17
//
// Everything that may happen to a payment between a provider and a merchant's hook, until something is given twice, or lost, or
// acknowledged without a row. Every number that it draws comes from its seed, which is printed.

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '20000' },
    /** Where a run that was ended goes on, as its last line says. */
    from: { type: 'string', default: '0' },
    /** Of processes on SQLite, one and two at a time; and of two instances on PostgreSQL, whose server is restarted as well. */
    kills: { type: 'string', default: '40' },
    'postgres-kills': { type: 'string' },
    restarts: { type: 'string' },
    seed: { type: 'string', default: crypto.randomUUID().slice(0, 8) },
    workers: { type: 'string', default: String(cpus().length) },
    replay: { type: 'string' },
  },
})
const [schedules, from, kills, workers] = [values.schedules, values.from, values.kills, values.workers].map(Number) as [
  number,
  number,
  number,
  number,
]
const postgresKills = Number(values['postgres-kills'] ?? Math.ceil(kills / 4))
const restarts = Number(values.restarts ?? Math.ceil(postgresKills / 25))

const count = (value: number): string => value.toLocaleString('en')
const time = (milliseconds: number): string =>
  milliseconds < 90_000 ? `${Math.round(milliseconds / 1000)} s` : `${(milliseconds / 60_000).toFixed(1)} min`

function progress(): (line: string) => void {
  let last = 0
  return (line) => {
    const now = performance.now()
    if (now - last < 5_000) return
    last = now
    console.log(`  ${line}`)
  }
}

async function playAll(file: string): Promise<Sum> {
  console.log(`schedules: ${count(from)} to ${count(schedules)} of seed ${values.seed}, ${workers} at a time`)
  const show = progress()
  let shown = 0
  const onProgress = (sum: Sum) => {
    for (const { seed, faults } of sum.failures.slice(shown)) console.log(`  ${seed} fails: ${faults[0]?.split('\n')[0]}`)
    shown = sum.failures.length
    const rate = Math.round((sum.schedules / sum.milliseconds) * 1000)
    show(`${count(sum.until)} of ${count(schedules)}, ${count(rate)} a second, ${sum.failures.length} failed`)
  }
  return playSchedules({ file, seed: values.seed, from, schedules, workers, signal: stop.signal, onProgress })
}

// Control-C ends what runs and shows the table of what was done by then.
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())

const rows: [string, string][] = []
const row = (name: string, value: string | number) => void rows.push([name, typeof value === 'number' ? count(value) : value])
const problems: string[] = []

function tellSchedules(sum: Sum): void {
  row('schedules', sum.schedules)
  row('  of which on SQLite files', sum.onSqlite)
  row('  messages planned', sum.messages)
  row('  deaths of a process', sum.deaths)
  row('  calls of delivery hooks', sum.deliveries)
  row('  turns', sum.turns)
  row('  failed', sum.failures.length)
  row('  time', time(sum.milliseconds))
  for (const { seed, faults } of sum.failures.slice(0, 20))
    problems.push(`${seed}: ${faults.join('\n    ')}\n    npm run torture -- --replay ${seed}`)
}

function tellKills(name: string, sum: KillSum): void {
  row(name, sum.kills)
  if (sum.restarts > 0) row('  restarts of the database', sum.restarts)
  row('  payments', sum.payments)
  row('  acknowledged', sum.acknowledged)
  row('  delivered', sum.delivered)
  row('  the same id again, after a kill', sum.repeated)
  row('  double', sum.double.length)
  row('  lost', sum.lost.length)
  row('  acknowledged without a row', sum.withoutRow.length)
  row('  time', time(sum.milliseconds))
  for (const each of [...sum.double, ...sum.lost, ...sum.withoutRow]) problems.push(`${name}: ${each}`)
}

async function main(): Promise<void> {
  const file = await bundleWorker()
  try {
    if (values.replay !== undefined) {
      process.exitCode = replaySchedule(file, values.replay)
      return
    }
    if (schedules > from) tellSchedules(await playAll(file))
  } finally {
    rmSync(dirname(file), { recursive: true, force: true })
  }
  const killed = async (name: string, options: Omit<Parameters<typeof killShops>[0], 'seed' | 'signal' | 'onProgress'>) => {
    if (options.kills === 0 || stop.signal.aborted) return
    console.log(`${name}: ${count(options.kills)} from seed ${values.seed}`)
    const show = progress()
    const onProgress = ({ kills, payments, acknowledged }: KillSum) =>
      show(`${count(kills)} of ${count(options.kills)}, ${count(payments)} payments, ${count(acknowledged)} acknowledged`)
    tellKills(name, await killShops({ ...options, seed: values.seed, signal: stop.signal, onProgress }))
  }
  await killed('kills, SQLite, one instance', { store: 'sqlite', instances: 1, kills: Math.ceil(kills / 2) })
  await killed('kills, SQLite, two instances', { store: 'sqlite', instances: 2, kills: Math.floor(kills / 2) })
  await killed('kills, PostgreSQL, two instances', { store: 'postgres', instances: 2, kills: postgresKills, restarts })

  console.log(`\nseed ${values.seed}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`)
  for (const [name, value] of rows) console.log(`${name.padEnd(36)}${value.padStart(14)}`)
  for (const problem of problems) console.log(`\n${problem}`)
  if (problems.length > 0) process.exitCode = 1
}

await main()
