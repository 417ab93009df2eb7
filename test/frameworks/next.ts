import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startSandbox } from 'checkout-button/sandbox'
import { freePort } from '../free-port.js'
import type { Example } from './examples.js'
import { keys, quicken } from './shop.js'
import { type Mode, modules } from './workshop.js'

/** The example for Next.js as a server of its own: it has pages and checkout in one. */
export async function startNext(
  home: string,
  bundler: Example['bundler'],
  mode: Mode,
  delivered: string[],
): Promise<{ url: string; close(): Promise<void> }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const sandbox = await startSandbox({ paymentwall: { ...keys, pingbackUrl: `${url}/checkout/notify/paymentwall` } })
  await quicken(sandbox.paymentwall.url)
  const way = mode === 'production' ? ['start'] : ['dev', bundler ?? '']
  const command = [...way, '--port', String(port), '--hostname', '127.0.0.1']
  const child = spawn(process.execPath, [join(modules, 'next/dist/bin/next'), ...command], {
    cwd: home,
    env: {
      ...{ ...process.env, NODE_ENV: mode, SHOP: url, PAYMENTWALL: sandbox.paymentwall.url, NEXT_TELEMETRY_DISABLED: '1' },
      ...{ PAYMENTWALL_PROJECT_KEY: keys.projectKey, PAYMENTWALL_SECRET_KEY: keys.secretKey },
    },
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      for (const [, order = ''] of text.matchAll(/^give (\S+) for /gm)) delivered.push(order)
    })
  const close = async () => {
    await Promise.all([end(child), sandbox.close()])
  }
  for (let tries = 0; tries < 240 && child.exitCode === null; tries++) {
    // The first look makes a server for developers build the page: no test should wait for that.
    const answers = await Promise.all(
      ['/', '/checkout/methods?order=first'].map((path) => fetch(url + path).catch(() => undefined)),
    )
    if (answers.every((answer) => answer?.ok)) return { url, close }
    await sleep(250)
  }
  await close()
  throw new Error(`next ${way.join(' ')} did not answer:\n${printed}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await Promise.race([ended, sleep(3000)])
  if (child.exitCode === null) child.kill('SIGKILL')
}
