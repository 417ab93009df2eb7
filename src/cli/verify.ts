import { createInterface } from 'node:readline'
import { CheckoutError } from '../protocol/checkout-error.js'
import type { OpenedCheckout, OpenedCheckouts, PaymentEvent, ProviderAdapter } from '../providers/adapter.js'
import { parseJson } from '../providers/foreign-text.js'
import { type Line, readLine } from './verify-line.js'

// What a merchant's developer runs when a signature does not match: the same verification as the server's, with what was signed
// laid open and every secret masked. It reads, it writes nothing, it asks nobody but a provider whose messages prove nothing alone.

export interface Terminal {
  readonly input: NodeJS.ReadableStream
  readonly environment: Readonly<Record<string, string | undefined>>
  print(line: string): void
  complain(line: string): void
}

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
      const said = await verifyOne(make({ ...configuration, ...given.config }), given)
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
export const inside: Readonly<Record<string, readonly [outer: string, inner: string]>> = {
  wapiKey: ['wapi', 'key'],
  wapiEmail: ['wapi', 'email'],
  wapiPassword: ['wapi', 'password'],
}

/** What is never a number, whatever it looks like: the published key of WiPay's sandbox is 123. */
const isName = /(key|secret|password|number|id)$/i

/**
 * `PAYMENTWALL_SECRET_KEY` is `secretKey`, and `…_WAPI_KEY` the `key` in `wapi`. Numbers, true and false, lists and objects are read
 * as JSON: `["newer","older"]` are two secrets.
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
    const isJson = /^(true|false|\[.*\]|\{.*\})$/s.test(value) || (/^\d{1,9}$/.test(value) && !isName.test(option))
    const read = isJson ? (parseJson(value) ?? value) : value
    const [outer, inner] = inside[option] ?? [option]
    options[outer] = inner === undefined ? read : { ...(options[outer] as object | undefined), [inner]: read }
  }
  return options
}

async function verifyOne(adapter: ProviderAdapter, { notification, checkout }: Line) {
  const signed = adapter.explain?.(notification, checkout)
  const { opened, inVain } = known(checkout)
  const shown = (hint: string | undefined) => ({ ...(signed !== undefined && { signed }), ...(hint !== undefined && { hint }) })
  try {
    const events = await adapter.verify(notification, opened)
    const hint = events.length === 0 ? hintOf(checkout, inVain()) : hintOfMode(adapter, events)
    return { verifies: true, events, ...shown(hint) }
  } catch (error) {
    if (!(error instanceof CheckoutError)) throw error
    const { code, message, details } = error
    const isWhole = !checkout || signed !== undefined || code !== 'signature_invalid'
    return {
      verifies: false,
      code,
      message,
      ...(Object.keys(details).length > 0 && { details }),
      ...shown(
        hintOf(checkout, inVain(), isWhole) ??
          (code === 'notification_expired' ? past : undefined) ??
          (code === 'signature_invalid' ? adapter.likelyMistake?.(notification, checkout) : undefined),
      ),
    }
  }
}

const past =
  'the signature matches, so key and body are right: only its time is past, as that of whatever was recorded before is. If it came just now, the clock is wrong'

/** A right signature, and a payment that the server would hold all the same. */
const hintOfMode = ({ mode }: ProviderAdapter, events: readonly PaymentEvent[]): string | undefined =>
  events.some(({ test }) => test !== (mode === 'test'))
    ? `it is ${mode === 'live' ? 'a test, and `mode` is live' : 'live, and `mode` is test'}: the server would hold it. Are the keys those of the other mode?`
    : undefined

/** The one checkout that is known here, and whether another was looked for. */
function known(checkout: OpenedCheckout | undefined): { readonly opened: OpenedCheckouts; readonly inVain: () => boolean } {
  let asked = false
  const only = (isMeant: boolean) => {
    if (!isMeant) asked = true
    return isMeant ? checkout : undefined
  }
  return {
    opened: {
      byReference: async (reference) => only(checkout?.reference === reference),
      byId: async (id) => only(checkout?.id === id),
    },
    inVain: () => asked,
  }
}

/** What the message of an adapter cannot say, which takes what it is not shown for what does not exist. */
function hintOf(checkout: OpenedCheckout | undefined, inVain: boolean, isWhole = true): string | undefined {
  if (inVain && !checkout)
    return 'it is compared with what was stored when the page was opened, and no `checkout` was given: give it in a line, as its row in ledger_checkouts holds it'
  if (inVain) return 'the `checkout` of the line is not the one that this names: compare its `reference` and `id`'
  return isWhole
    ? undefined
    : 'the `checkout` of the line lacks what was signed: is its `kept` whole, as its row in ledger_checkouts holds it?'
}
