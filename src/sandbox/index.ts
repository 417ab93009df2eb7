import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { ProviderSandbox } from '../providers/adapter.js'
import { type PaymentwallSandboxOptions, paymentwallSandbox } from '../providers/paymentwall/sandbox.js'
import { dropped, type Faults, FaultyOrigin } from './faults.js'

export type {
  MethodsByCountry,
  Pingback,
  PingbackAttempt,
  PingbackVersion,
  SandboxMethod,
  SandboxOutcome,
  SandboxPayment,
  SandboxPaymentState,
} from '../providers/paymentwall/sandbox.js'
export { type PaymentwallSandboxOptions, paymentwallSandbox, signPingback } from '../providers/paymentwall/sandbox.js'
export type { Faults } from './faults.js'

export interface SandboxOptions {
  /** Of the first provider; 0 takes a free one, as the others always do. Default 0. */
  readonly port?: number
  /** The name in the address. Default `localhost`: for a browser another site than a shop on `127.0.0.1`. */
  readonly host?: string
  readonly paymentwall: PaymentwallSandboxOptions
}

export interface RunningSandbox {
  /** Its origin: the provider's `baseUrl`. */
  readonly url: string
  readonly faults: Faults
  /** Switches faults on; what is left out is switched off. Over HTTP: `POST /sandbox/faults`. */
  setFaults(change: Partial<Faults>): Faults
}

/**
 * Serves the pretend providers, each on an origin of its own, as real ones are; listens to this machine only.
 *
 * ```ts
 * const sandbox = await startSandbox({ paymentwall: { projectKey, secretKey, pingbackUrl } })
 * const provider = paymentwall({ projectKey, secretKey, mode: 'test', baseUrl: sandbox.paymentwall.url })
 * ```
 */
export async function startSandbox(options: SandboxOptions): Promise<{
  readonly paymentwall: RunningSandbox
  close(): Promise<void>
}> {
  const paymentwall = await listen(paymentwallSandbox(options.paymentwall), options.port ?? 0, options.host ?? 'localhost')
  return { paymentwall, close: paymentwall.close }
}

async function listen(
  sandbox: ProviderSandbox,
  port: number,
  host: string,
): Promise<RunningSandbox & { close(): Promise<void> }> {
  const origin = new FaultyOrigin((request) => sandbox.fetch(request))
  const server = createAdaptorServer({
    fetch: async (request, { incoming }) => {
      const answer = await origin.answer(request)
      if (answer !== dropped) return answer
      incoming.socket?.destroy()
      return RESPONSE_ALREADY_SENT
    },
  })
  await new Promise<void>((listening, failed) => {
    // `localhost` may also mean ::1; one address is enough, since browsers and Node try both.
    server.once('error', failed).listen(port, host === 'localhost' ? '127.0.0.1' : host, listening)
  })
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    get faults() {
      return origin.faults
    },
    setFaults: (change) => origin.setFaults(change),
    async close() {
      sandbox.close()
      origin.close()
      const closed = new Promise<void>((done) => server.close(() => done()))
      if ('closeAllConnections' in server) server.closeAllConnections()
      await closed
    },
  }
}
