import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

// A cable between the ledger and its database that can be pulled at the worst moment.

export interface Proxy {
  /** The same database through the cable. */
  readonly url: string
  /**
   * Cuts at the next COMMIT, or the next statement that is one by itself: before the server has heard of it, or after it has done it and
   * before anybody hears that.
   */
  cutAtCommit(when: 'before' | 'after'): void
  /** Whether it has been cut there. */
  readonly hasCut: boolean
  /** From here on nothing arrives any more, on either side, and no connection is closed either. */
  swallow(): void
  /** Whole again, for new connections. */
  mend(): void
  close(): Promise<void>
}

export async function startProxy(databaseUrl: string): Promise<Proxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let cut: 'before' | 'after' | undefined
  let isSwallowing = false
  let hasCut = false

  const server = createServer((client) => {
    const database = connect(Number(target.port || 5432), target.hostname)
    for (const socket of [client, database]) {
      sockets.add(socket)
      socket.setNoDelay(true).on('error', () => {})
    }
    const end = () => {
      client.destroy()
      database.destroy()
    }
    let isLost = isSwallowing
    let waitsForCommit = false
    const recording = new Set<string>() // names of the statement that records first news, which commits by itself
    client.on('data', (bytes) => {
      if (isSwallowing || isLost) {
        isLost = true
        return
      }
      const said = bytes.toString('latin1')
      for (const [, name = ''] of said.matchAll(/(ledger_[0-9a-f]{32})\0with news /g)) recording.add(name)
      if (cut && (said.includes('commit\0') || [...recording].some((name) => said.includes(`\0${name}\0`)))) {
        hasCut = true
        if (cut === 'before') end()
        else waitsForCommit = true
        cut = undefined
      }
      database.write(bytes)
    })
    database.on('data', (bytes) => {
      if (isSwallowing || isLost) isLost = true
      else if (waitsForCommit && /(COMMIT|INSERT 0 \d+)\0/.test(bytes.toString('latin1'))) end()
      else client.write(bytes)
    })
    client.on('close', end)
    database.on('close', end)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    cutAtCommit(when) {
      cut = when
      hasCut = false
    },
    get hasCut() {
      return hasCut
    },
    swallow() {
      isSwallowing = true
    },
    mend() {
      isSwallowing = false
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
