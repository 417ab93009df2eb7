import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { ProviderSandbox } from '../providers/adapter.js'
import { gstableSandbox } from '../providers/gstable/sandbox.js'
import { paymentwallSandbox } from '../providers/paymentwall/sandbox.js'
import { wipaySandbox } from '../providers/wipay/sandbox.js'
import { dropped, type Faults, FaultyOrigin } from './faults.js'

export {
  type GStableSandboxOptions,
  gstableSandbox,
  type SandboxOutcome as GStableSandboxOutcome,
  type SandboxSession,
  type SandboxSessionStatus,
  signWebhook as signGStableWebhook,
} from '../providers/gstable/sandbox.js'
export type {
  MethodsByCountry,
  Pingback,
  PingbackVersion,
  SandboxMethod,
  SandboxOutcome,
  SandboxPayment,
  SandboxPaymentState,
} from '../providers/paymentwall/sandbox.js'
export { type PaymentwallSandboxOptions, paymentwallSandbox, signPingback } from '../providers/paymentwall/sandbox.js'
export type { SandboxAttempt } from '../providers/sandbox-post.js'
export {
  type SandboxOutcome as WipaySandboxOutcome,
  type SandboxPayment as WipaySandboxPayment,
  type SandboxPaymentState as WipaySandboxPaymentState,
  signWebhook as signWipayWebhook,
  type WipaySandboxOptions,
  wipaySandbox,
} from '../providers/wipay/sandbox.js'
export type { Faults } from './faults.js'

/** Every pretend provider, by the name of the adapter that it plays; in the order in which they take their ports. */
const sandboxes = { paymentwall: paymentwallSandbox, wipay: wipaySandbox, gstable: gstableSandbox }
type Sandboxes = typeof sandboxes
type SandboxName = keyof Sandboxes

export interface SandboxPlace {
  /** Of the first provider; each further one takes the next port. Default 0: free ones. */
  readonly port?: number
  /** The name in the address. Default `localhost`: for a browser another site than a shop on `127.0.0.1`. */
  readonly host?: string
}

/** A provider that is not named is not served. */
export type SandboxOptions = SandboxPlace & {
  readonly [Name in SandboxName]?: NonNullable<Parameters<Sandboxes[Name]>[0]>
}

export interface RunningSandbox {
  /** Its origin: the provider's `baseUrl`, to which GStable's adds `/payment/v1`. */
  readonly url: string
  readonly faults: Faults
  /** Switches faults on; what is left out is switched off. Over HTTP: `POST /sandbox/faults`. */
  setFaults(change: Partial<Faults>): Faults
}

/** The providers that were asked for, and no other. */
export type RunningSandboxes<Given> = {
  readonly [Name in keyof Given as Extract<Name, SandboxName>]: RunningSandbox
} & { close(): Promise<void> }

/** A misspelt provider would be one that is quietly not there. */
type Nothing<Name extends PropertyKey> = { readonly [Each in Name]: never }

/**
 * Serves the pretend providers, each on an origin of its own, as real ones are; listens to this machine only.
 *
 * ```ts
 * const sandbox = await startSandbox({ paymentwall: { projectKey, secretKey, pingbackUrl }, wipay: {} })
 * const providers = [
 *   paymentwall({ projectKey, secretKey, mode: 'test', baseUrl: sandbox.paymentwall.url }),
 *   wipay({ accountNumber, apiKey, country: 'TT', proof: 'redirect', mode: 'test', baseUrl: sandbox.wipay.url }),
 * ]
 * ```
 */
export async function startSandbox<Given extends SandboxOptions>(
  options: Given & Nothing<Exclude<keyof Given, keyof SandboxOptions>>,
): Promise<RunningSandboxes<Given>> {
  const { port = 0, host = 'localhost' } = options
  const running = new Map<string, Listening>()
  const close = async () => {
    await Promise.all([...running.values()].map((each) => each.close()))
  }
  try {
    for (const sandbox of sandboxesOf(options))
      running.set(sandbox.name, await listen(sandbox, port === 0 ? 0 : port + running.size, host))
  } catch (error) {
    await close() // or those that listen already would keep the process alive
    throw error
  }
  return { ...Object.fromEntries(running), close } as RunningSandboxes<Given>
}

const sandboxesOf = (options: SandboxOptions): ProviderSandbox[] =>
  Object.entries(sandboxes).flatMap(([name, sandbox]) => {
    const given = options[name as SandboxName]
    // Name and options come from the same key; TypeScript keeps no such pairs through `entries`.
    return given ? [(sandbox as (options: unknown) => ProviderSandbox)(given)] : []
  })

type Listening = RunningSandbox & { close(): Promise<void> }

async function listen(sandbox: ProviderSandbox, port: number, host: string): Promise<Listening> {
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
