import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { CheckoutError, type CheckoutServer } from '../server/index.js'
import { forwardedAddress } from './fetch.js'

// Node's http around the checkout server: the untouched bytes of the body, and the real address of who sent them.

export interface NodeOptions {
  /** How many proxies of yours stand in front, each of which adds to `X-Forwarded-For`. None unless said. */
  readonly trustedHops?: number
}

/**
 * To mount in a server of your own, before any body parser, for every path below `base`: `http.createServer(listener(checkout))`, or in
 * Express `app.use('/checkout', listener(checkout))`.
 */
export function listener(
  checkout: CheckoutServer,
  { trustedHops = 0 }: NodeOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const listen = getRequestListener(
    async (request, { incoming }) => {
      const message = incoming as IncomingMessage
      // Decided before the adapter touches the stream: data that somebody else has read by now is gone.
      const whole = isEaten(message) ? await eaten(request) : request
      return checkout.fetch(whole, { address: addressOf(message, trustedHops) })
    },
    { overrideGlobalObjects: false },
  )
  return (request: Mounted, response) => {
    // Express and its like cut their mount path off the address; our routes begin at `base`.
    if (request.originalUrl !== undefined) request.url = request.originalUrl
    return listen(request, response)
  }
}

type Mounted = IncomingMessage & { readonly originalUrl?: string; readonly rawBody?: unknown }

/**
 * A body parser in front of us has read the body; without this it would look like an empty one, and its signature like a forged one. The
 * bytes that it kept are as good, and the adapter takes them; a text that it made of them is not what was signed.
 */
const isEaten = (message: Mounted): boolean => message.readableDidRead && !(message.rawBody instanceof Buffer)

async function eaten({ url, method, headers }: Request): Promise<Request> {
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers })
  const request = new Request(url, { method, headers, body: 'gone' })
  await request.text()
  return request
}

function addressOf({ socket, headers }: IncomingMessage, trustedHops: number): string | undefined {
  return trustedHops === 0 ? socket.remoteAddress : forwardedAddress(String(headers['x-forwarded-for'] ?? ''), trustedHops)
}

export interface ServeOptions extends NodeOptions {
  readonly port?: number
  readonly host?: string
  /** What answers: a server of yours with `listener(checkout)` mounted in it, an Express app say. Default: the checkout alone. */
  readonly app?: (request: IncomingMessage, response: ServerResponse) => unknown
}

export interface Served {
  readonly port: number
  /** Where it listens on this machine, to print: `http://localhost:3000`. The public address is `base`. */
  readonly url: string
  /** Takes no more requests, answers those that came, lets running hooks end, closes the store. */
  close(): Promise<void>
}

/**
 * Listens when the store is open, works in the background, and ends in order on SIGTERM and SIGINT. Throws CheckoutError
 * `config_invalid` where the port cannot be had; the store is closed again.
 */
export async function serve(
  checkout: CheckoutServer,
  { port = 3000, host, app, ...options }: ServeOptions = {},
): Promise<Served> {
  await checkout.ready()
  const server = createServer(
    { requestTimeout: 15_000, headersTimeout: 10_000, maxHeaderSize: 16 * 1024 },
    app ?? listener(checkout, options),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  }).catch(async (error) => {
    await checkout.close() // or the store would keep the process from ending
    throw cannotListen(error, port)
  })
  checkout.work()
  const close = once(async () => {
    for (const signal of signals) process.off(signal, close)
    await stopInOrder(server, checkout)
  })
  const signals = ['SIGTERM', 'SIGINT'] as const
  for (const signal of signals) process.once(signal, close)
  const bound = server.address() as Exclude<ReturnType<Server['address']>, string | null> // a pipe alone has a name in its place
  const hostname = isEverywhere.test(bound.address)
    ? 'localhost'
    : bound.family === 'IPv6'
      ? `[${bound.address}]`
      : bound.address
  return { port: bound.port, url: `http://${hostname}:${bound.port}`, close }
}

const isEverywhere = /^(::|0\.0\.0\.0)$/

function cannotListen(error: unknown, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return new CheckoutError(
      'config_invalid',
      `port ${port} is in use: end what listens there, or give \`serve\` another \`port\``,
    )
  if (code === 'EACCES')
    return new CheckoutError(
      'config_invalid',
      `port ${port} may not be listened on: ports below 1024 need a right of their own`,
    )
  return error
}

/** Milliseconds that requests on their way have when the server ends. */
const lastRequests = 15_000

async function stopInOrder(server: Server, checkout: CheckoutServer): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), lastRequests)
  await closed
  clearTimeout(timer)
  await checkout.close()
}

function once(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined
  return () => {
    stopped ??= stop()
    return stopped
  }
}
