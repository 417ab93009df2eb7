import { type PostOptions, type SandboxMessage, SandboxPost } from '../../sandbox-post.js'
import { md5 } from '../../signing.js'
import { baseString, signatureOf } from '../signature.js'

export type PingbackVersion = 1 | 2 | 3

/**
 * The query of a signed pingback, as Paymentwall would send it: `GET <pingback address>?<this>`. For tests of a shop's own
 * endpoint. Adds `sign_version` (from version 2) and `sig`; everything else is taken as given, right or wrong.
 */
export function signPingback(
  parameters: Readonly<Record<string, string | number>>,
  { secretKey, signVersion = 3 }: { readonly secretKey: string; readonly signVersion?: PingbackVersion },
): string {
  const values = new Map(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
  if (signVersion === 1) {
    // Six fields of digital goods, in this order; whatever else is there goes unsigned.
    const base = ['uid', 'goodsid', 'slength', 'speriod', 'type', 'ref']
      .map((name) => `${name}=${values.get(name) ?? ''}`)
      .join('')
    values.set('sig', md5(base + secretKey))
  } else {
    values.set('sign_version', String(signVersion))
    values.set('sig', signatureOf(baseString(values), signVersion, secretKey))
  }
  return new URLSearchParams([...values]).toString()
}

export interface Pingback extends SandboxMessage {
  readonly type: string
  readonly reason?: string
  readonly address: string
}

export const pingbackPost = (options: PostOptions): SandboxPost<Pingback> =>
  new SandboxPost(options, {
    patience: 30_000,
    request: ({ address }) => ({ url: address, headers: { 'user-agent': 'Paymentwall API', connection: 'close' } }),
    // Exactly: `OK\n`, `"OK"` and a page that says OK are all repeated, by Paymentwall as well.
    isTaken: (status, body) => status === 200 && body === 'OK',
  })
