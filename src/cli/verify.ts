import { createInterface } from 'node:readline'
import * as z from 'zod/mini'
import { CheckoutError } from '../protocol/checkout-error.js'
import { readConfiguration } from '../protocol/configuration.js'
import type { Notification, OpenedCheckout, OpenedCheckouts, ProviderAdapter } from '../providers/adapter.js'
import { parseJson } from '../providers/foreign-text.js'

// What a merchant's developer runs when a signature does not match: the same verification as the server's, with what was signed
// laid open and every secret masked. It reads, it writes nothing, it asks nobody but a provider whose messages prove nothing alone.

export interface Terminal {
  readonly input: NodeJS.ReadableStream
  readonly environment: Readonly<Record<string, string | undefined>>
  print(line: string): void
  complain(line: string): void
}

const line = z.strictObject({
  config: z.optional(z.record(z.string(), z.unknown())),
  request: z.strictObject({
    method: z._default(z.string(), 'GET'),
    url: z.string(),
    headers: z._default(z.record(z.string(), z.string()), {}),
    body: z._default(z.string(), ''),
    address: z.optional(z.string()),
  }),
  /** As an adapter sees it, for proofs that rest on what was stored. */
  checkout: z.optional(z.looseObject({ id: z.string() })),
})
type Line = z.infer<typeof line>

/** Answers the exit code: 0 all verify, 1 one does not, 2 the call or a line is wrong. */
export async function verify(provider: string, source: string, terminal: Terminal): Promise<number> {
  const make = await load(provider)
  if (!make) {
    terminal.complain(`there is no provider called ${provider}`)
    return 2
  }
  const configuration = fromEnvironment(provider, terminal.environment)
  let code = 0
  for await (const text of source === '-'
    ? createInterface({ input: terminal.input })
    : [JSON.stringify({ request: { url: source } })]) {
    if (text.trim() === '') continue
    try {
      const given = readLine(text)
      const adapter = make({ ...configuration, ...given.config })
      const said = await verifyOne(adapter, given)
      terminal.print(JSON.stringify(said))
      if (!said.verifies) code = Math.max(code, 1)
    } catch (error) {
      terminal.complain(error instanceof CheckoutError ? error.message : String(error))
      code = 2
    }
  }
  return code
}

type Make = (configuration: Readonly<Record<string, unknown>>) => ProviderAdapter

/** Each provider is an entry of this package that exports one function of its own name. */
async function load(name: string): Promise<Make | undefined> {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) return undefined
  const entry = await import(`checkout-button/providers/${name}`).catch(() => undefined)
  return typeof entry?.[name] === 'function' ? (entry[name] as Make) : undefined
}

/** What is written inside another option: the names that the providers' pages use for the environment. */
const inside: Readonly<Record<string, readonly [outer: string, inner: string]>> = {
  wapiKey: ['wapi', 'key'],
  wapiEmail: ['wapi', 'email'],
  wapiPassword: ['wapi', 'password'],
}

/**
 * `PAYMENTWALL_SECRET_KEY` is `secretKey`, and `…_WAPI_KEY` the `key` in `wapi`. Short numbers, true and false, lists and objects are read
 * as JSON: `["newer","older"]` are two secrets, and an account number stays a text.
 */
function fromEnvironment(provider: string, environment: Terminal['environment']): Record<string, unknown> {
  const prefix = `${provider.toUpperCase().replaceAll('-', '_')}_`
  const options: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || value === undefined) continue
    const option = name
      .slice(prefix.length)
      .toLowerCase()
      .replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    const read = /^(\d{1,3}|true|false|\[.*\]|\{.*\})$/s.test(value) ? (parseJson(value) ?? value) : value
    const [outer, inner] = inside[option] ?? [option]
    options[outer] = inner === undefined ? read : { ...(options[outer] as object | undefined), [inner]: read }
  }
  return options
}

function readLine(text: string): Line {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    throw new CheckoutError('request_invalid', 'a line is not JSON')
  }
  return readConfiguration('the line', line, given)
}

async function verifyOne(adapter: ProviderAdapter, { request, checkout }: Line) {
  if (!URL.canParse(request.url, 'http://localhost'))
    throw new CheckoutError('request_invalid', 'the url of the request cannot be read')
  const notification: Notification = {
    method: request.method,
    url: new URL(request.url, 'http://localhost'),
    headers: new Headers(request.headers),
    body: new TextEncoder().encode(request.body),
    ...(request.address !== undefined && { address: request.address }),
  }
  const opened = checkout && revived(checkout as Partial<OpenedCheckout> as OpenedCheckout)
  const signed = adapter.explain?.(notification, opened)
  try {
    const events = await adapter.verify(notification, known(opened))
    return { verifies: true, events, ...(signed !== undefined && { signed }) }
  } catch (error) {
    if (!(error instanceof CheckoutError)) throw error
    const { code, message, details } = error
    return {
      verifies: false,
      code,
      message,
      ...(Object.keys(details).length > 0 && { details }),
      ...(signed !== undefined && { signed }),
    }
  }
}

const known = (checkout: OpenedCheckout | undefined): OpenedCheckouts => ({
  byReference: async (reference) => (checkout?.reference === reference ? checkout : undefined),
  byId: async (id) => (checkout?.id === id ? checkout : undefined),
})

/** JSON knows no dates. */
const revived = (checkout: OpenedCheckout): OpenedCheckout => ({
  ...checkout,
  kept: checkout.kept ?? {},
  openedAt: new Date(checkout.openedAt),
})
