import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

// One address in front of shops that come and go. Who comes while none is there is cut off, as from a machine that is down.

export interface Door {
  readonly port: number
  opens(place: number, port: number): void
  closes(place: number): void
  close(): Promise<void>
}

export async function openDoor(): Promise<Door> {
  const ports = new Map<number, number>()
  const sockets = new Set<Socket>()
  let turns = 0
  const server = createServer((from) => {
    const open = [...ports.values()]
    const port = open[turns++ % Math.max(1, open.length)]
    sockets.add(from)
    from.once('close', () => sockets.delete(from)).on('error', () => {})
    if (port === undefined) return void from.destroy()
    const to = connect(port, '127.0.0.1')
    to.on('error', () => from.destroy())
    to.once('close', () => from.destroy())
    from.once('close', () => to.destroy())
    from.pipe(to).pipe(from)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    opens: (place, port) => void ports.set(place, port),
    closes: (place) => void ports.delete(place),
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      return closed
    },
  }
}
