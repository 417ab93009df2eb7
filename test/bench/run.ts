import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPackage } from '../build/package.js'
import { pingback, project } from './notifications.js'
import { measureRefusals } from './refusals.js'
import { measureVerification } from './verification.js'

// Figures, never a verdict: a machine under load would fail a test for no fault of ours. Aims stand beside them.

const notifications = Number(process.env.NOTIFICATIONS ?? 200_000)
const measured = Math.min(20_000, notifications)
const connections = Number(process.env.CONNECTIONS ?? 24)

const number = (value: number, digits = 0): string => value.toLocaleString('en', { maximumFractionDigits: digits })
const megabytes = (bytes: number): string => `${number(bytes / 1024 ** 2)} MB`

const dist = buildPackage()

/** `hookTime`: milliseconds that the merchant's hook takes. */
async function startServer(path: string, checkouts: number, hookTime = 0): Promise<{ child: ChildProcess; port: number }> {
  const parameters = [dist, path, String(checkouts), JSON.stringify(project), String(hookTime)]
  const child = spawn(process.execPath, ['--expose-gc', 'test/bench/server.js', ...parameters], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [{ port }] = (await once(child)) as [{ port: number }]
  return { child, port }
}

const once = (child: ChildProcess): Promise<unknown[]> =>
  new Promise((resolve) => child.once('message', (...message) => resolve(message)))

async function memoryOf(child: ChildProcess): Promise<{ rss: number; heap: number }> {
  const answer = once(child)
  child.send('memory')
  return (await answer)[0] as { rss: number; heap: number }
}

/** Every connection sends its next one when the last is answered. Answers the milliseconds of each. */
async function send(port: number, from: number, to: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const times: number[] = []
  let next = from
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (next < to) {
        const index = next++
        const query = pingback(index)
        const start = performance.now()
        const body = await ask(`http://127.0.0.1:${port}/checkout/notify/paymentwall?${query}`, agent)
        times.push(performance.now() - start)
        if (body !== 'OK') throw new Error(`notification ${index} was answered ${body}`)
      }
    }),
  )
  agent.destroy()
  return times
}

const ask = (url: string, agent: Agent): Promise<string> =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => resolve(body))
    }).on('error', reject)
  })

const folder = mkdtempSync(join(tmpdir(), 'checkout-button-bench-'))
console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`)

const { perSecond } = await measureVerification()
console.log(`verification alone                ${number(perSecond)} /s            (aim: ≥ 400,000)`)

const { perSecond: refused, grown, touched } = await measureRefusals(200_000)
console.log(
  `refused, signature does not hold  ${number(refused)} /s, ${number(Math.max(0, grown) / 1024)} KB more heap after 200,000, the store touched ${touched} times (aim: ≥ 20,000/s on one core, no growth, 0)`,
)

const { child, port } = await startServer(join(folder, 'ledger.db'), notifications)
const rest = await memoryOf(child)
const start = performance.now()
const times = (await send(port, 0, measured)).sort((one, other) => one - other)
const rate = (measured / (performance.now() - start)) * 1000
const share = (part: number): string => number(times[Math.floor(times.length * part)] ?? 0, 1)
console.log(
  `accepted over HTTP, SQLite FULL   ${number(rate)} /s, p50 ${share(0.5)} ms, p99 ${share(0.99)} ms (${connections} connections, each fulfilled; aim: ≥ 2,000/s, p99 ≤ 20 ms)`,
)
const early = await memoryOf(child)
await send(port, measured, notifications)
const late = await memoryOf(child)
console.log(
  `memory of the server              ${megabytes(rest.rss)} at rest (${number(notifications)} checkouts in the file), ${megabytes(early.rss)} after ${number(measured)}, ${megabytes(late.rss)} after ${number(notifications)} (heap ${megabytes(late.heap)}; aim: ≤ 150 MB, flat)`,
)
child.kill('SIGTERM')
child.disconnect()
await new Promise((resolve) => child.once('exit', resolve))

const slow = await startServer(join(folder, 'slow.db'), 2_000, 60_000)
const acknowledged = (await send(slow.port, 0, 2_000)).sort((one, other) => one - other)
console.log(
  `acknowledged while hooks take 60 s p99 ${number(acknowledged[Math.floor(acknowledged.length * 0.99)] ?? 0, 1)} ms (aim: ≤ 100 ms)`,
)
slow.child.kill('SIGKILL')
await new Promise((resolve) => slow.child.once('exit', resolve))
rmSync(folder, { recursive: true })
