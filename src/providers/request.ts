import { CheckoutError } from '../protocol/checkout-error.js'
import { isWebAddress } from '../protocol/web-address.js'

const patience = 10_000 // milliseconds for the whole answer
const largestAnswer = 256 * 1024 // bytes

export interface ProviderRequest {
  readonly url: URL
  /** Hosts (with port) that this provider's configuration names; any other is refused. */
  readonly hosts: readonly string[]
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Something is opened, charged or asked for there: without a usable answer nobody knows whether it was. */
  readonly changes?: boolean
  /** What stands in a redirect is an answer, too, and is read; followed it is as little as any (T-28). */
  readonly readsRedirect?: boolean
  /** Tests hold the network here. */
  readonly fetch?: typeof fetch
}

/** Status and text of a provider's answer, whatever the status. */
export interface ProviderAnswer {
  readonly status: number
  readonly text: string
}

/**
 * The one way to call a provider (T-28): https (http only towards this machine), one of its own hosts, no redirect
 * followed, 10 seconds, at most 256 KiB. Throws CheckoutError `provider_unreachable`, or `outcome_unknown` where the request
 * `changes` something and may have arrived. The message names the host and never the address, since a query may hold personal data.
 */
export async function callProvider(request: ProviderRequest): Promise<ProviderAnswer> {
  const { url, hosts, method = 'GET', headers = {}, body, changes = false } = request
  if (!isWebAddress(url.href) || !hosts.includes(url.host)) {
    throw new CheckoutError('config_invalid', `${url.host} is not a host of this provider, or not reached by https`)
  }
  try {
    const answer = await (request.fetch ?? fetch)(url, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
      ...(body === undefined ? {} : { body }),
    })
    // Some runtimes hide a redirect that they were told not to follow behind status 0.
    const isHidden = answer.type === 'opaqueredirect'
    if (isHidden || (answer.status >= 300 && answer.status < 400 && !request.readsRedirect)) {
      await answer.body?.cancel()
      throw new Unusable('it answered with a redirect, which is never followed')
    }
    return { status: answer.status, text: await readAtMost(answer, largestAnswer) }
  } catch (cause) {
    const code = changes && !wasNeverSent(cause) ? 'outcome_unknown' : 'provider_unreachable'
    throw new CheckoutError(code, `${url.host} could not be asked: ${reasonOf(cause)}`, { cause })
  }
}

async function readAtMost(answer: Response, limit: number): Promise<string> {
  if (!answer.body) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > limit) throw new Unusable(`its answer is larger than ${limit} bytes`)
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

// Codes of the runtime for a connection that never stood.
const neverStood = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/

/** Whether the request arrived only the innermost cause can tell; where it does not, it may have. */
function wasNeverSent(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ('code' in cause && neverStood.test(String(cause.code))) return true
  return false
}

/** An answer came, and is none that we take. */
class Unusable extends Error {}

// Our own words, or a code. The message of a foreign error may quote the address, and with it what no log shall hold.
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown reason'
  if (cause instanceof Unusable) return cause.message
  if (cause.name === 'TimeoutError') return `no answer within ${patience / 1000} seconds`
  const inner = cause.cause
  return inner instanceof Error && 'code' in inner ? String(inner.code) : cause.name
}
