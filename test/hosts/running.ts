import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** A line of test/hosts/checkout.js. */
export interface Line {
  readonly mount: string
  readonly arrived?: { method: string; search: string; body: string; address: string | null }
  readonly log?: string
  readonly closed?: boolean
  readonly fulfilling?: string
  readonly fulfilled?: string
}

export interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: Uint8Array | string
  readonly host?: string
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Somebody's server as a process of its own, which is told nothing but how to start and how to end. */
export class Running {
  readonly lines: Line[] = []
  readonly #process: ChildProcess
  #printed = ''

  constructor(
    readonly port: number,
    command: string,
    parameters: readonly string[],
    cwd: string,
    environment: NodeJS.ProcessEnv = {},
  ) {
    this.#process = spawn(command, parameters, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_ENV: 'production', ...environment },
    })
    let rest = ''
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.startsWith('{')) this.lines.push(JSON.parse(line))
    })
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text
    })
  }

  async ready(): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      if (this.#process.exitCode !== null) break
      const answer = await this.send('/checkout/methods?order=ready', { method: 'GET' }).catch(() => undefined)
      if (answer?.status === 200) return
      await sleep(50)
    }
    throw new Error(`the server did not start:\n${this.#printed}`)
  }

  send(path: string, { method = 'POST', headers = {}, body, host = '127.0.0.1' }: Sent = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sending = request({ host, port: this.port, path, method, headers, agent: false }, (message) => {
        const chunks: Buffer[] = []
        message.on('data', (chunk) => chunks.push(chunk)).on('error', reject)
        message.on('end', () =>
          resolve({ status: message.statusCode ?? 0, headers: message.headers, text: Buffer.concat(chunks).toString() }),
        )
      })
      sending.on('error', reject).end(body)
    })
  }

  /** Waits until a line of this kind was told, and answers it. */
  async told<Kind extends keyof Line>(kind: Kind, from = 0): Promise<Line> {
    for (let tries = 0; tries < 400; tries++) {
      const line = this.lines.slice(from).find((each) => each[kind] !== undefined)
      if (line) return line
      await sleep(25)
    }
    throw new Error(`nothing was told of "${kind}":\n${this.#printed}`)
  }

  /** Ends it as an operating system does; answers the exit code. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#process.exitCode !== null) return this.#process.exitCode
    this.#process.kill(signal)
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, 'exit')
    return this.#process.exitCode
  }
}
