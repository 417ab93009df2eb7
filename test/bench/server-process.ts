import { type ChildProcess, spawn } from 'node:child_process'
import { project } from './notifications.js'

/** The built server (test/bench/server.js) in a process of its own. */
export interface ServerProcess {
  readonly port: number
  /** Bytes, after a collection of garbage. */
  memory(): Promise<{ rss: number; heap: number }>
  end(signal?: NodeJS.Signals): Promise<void>
}

/** `database`: a SQLite file, or the address of PostgreSQL; so many `checkouts` are put there first. `hookTime`: milliseconds. */
export async function startServerProcess(
  dist: string,
  database: string,
  checkouts: number,
  hookTime = 0,
): Promise<ServerProcess> {
  const parameters = [dist, database, String(checkouts), JSON.stringify(project), String(hookTime)]
  const child = spawn(process.execPath, ['--expose-gc', 'test/bench/server.js', ...parameters], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const { port } = (await nextMessage(child)) as { port: number }
  return {
    port,
    memory() {
      const answer = nextMessage(child)
      child.send('memory')
      return answer as Promise<{ rss: number; heap: number }>
    },
    async end(signal = 'SIGTERM') {
      const exited = new Promise((resolve) => child.once('exit', resolve))
      child.kill(signal)
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

const nextMessage = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', () => reject(new Error('the server of the measurement has died')))
  })
