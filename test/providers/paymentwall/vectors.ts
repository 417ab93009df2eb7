import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Notification, Secret } from '../../../src/providers/adapter.js'
import type { SigningRules } from '../../../src/providers/paymentwall/signature.js'
import type { PingbackRules } from '../../../src/providers/paymentwall/verify.js'

// The vectors were computed with the provider's own libraries and by hand, never by the code under test; `signed` below is a second
// implementation for the same reason.

export type Tree = Readonly<Record<string, string | readonly string[] | Readonly<Record<string, string>>>>

export interface ProductVector {
  readonly id: string
  readonly amount: number
  readonly currency: string
  readonly name: string
  readonly periodLength?: number
  readonly periodType?: 'day' | 'week' | 'month' | 'year'
  readonly recurring?: boolean
  readonly trial?: ProductVector
}

export interface Vector {
  readonly id: string
  readonly kind: 'widget-url' | 'request-signature' | 'pingback' | 'postmessage' | 'pingback-sequence'
  readonly description: string
  readonly apiType?: 'digital-goods' | 'virtual-currency' | 'cart'
  readonly projectKey: string
  readonly secretKey: string
  readonly signVersion: 1 | 2 | 3 | 4
  readonly input: {
    readonly uid: string
    readonly widget: string
    readonly products: readonly ProductVector[]
    readonly extra: Readonly<Record<string, string | number>>
  }
  readonly path: string
  readonly params: Tree
  readonly baseString: string
  readonly signature: string
  readonly rawQuery: string
  readonly fromIp: string
  readonly skipIpCheck?: boolean
  readonly data: unknown
  readonly expected: Readonly<Record<string, unknown>>
  readonly steps: readonly { type: number; ref: string; reason?: number; effect: string; answer: string }[]
}

const all: readonly Vector[] = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8')).vectors
export const vectorIds = all.map(({ id }) => id)

/** Vectors that are not run, each with the threat that forbids it or the piece of work that it waits for. */
export const notRun: Readonly<Record<string, string>> = {
  W03: 'T-01: version 1 is never signed, it is a free oracle',
  W16: 'T-01: version 1 is never signed, it is a free oracle',
  P22: 'T-06: bracket groups are read for carts alone',
  P25: 'T-06: a repeated name is refused',
  P40: 'T-09: version 1 does not sign the parameter that carries our id, by which alone such a sale is found',
  M06: 'T-62: the origin is checked before the reader is asked, in window/signals.ts',
  M07: 'T-62: the origin is checked before the reader is asked, in window/signals.ts',
}

const asked = new Set<Vector['kind']>()
/** Every vector of a kind but those of `notRun`: a new one is run without an edit. */
export function vectorsOf(kind: Vector['kind']): readonly Vector[] {
  asked.add(kind)
  return all.filter((vector) => vector.kind === kind && !(vector.id in notRun))
}
/** For `test.each`, which then names them plainly. */
export const named = (vectors: readonly Vector[]): [id: string, description: string, vector: Vector][] =>
  vectors.map((vector) => [vector.id, vector.description, vector])

/** Of the kinds that no test asked for. */
export const forgotten = (): readonly string[] =>
  all.filter(({ id, kind }) => !asked.has(kind) && !(id in notRun)).map(({ id }) => id)

export const projectKey = '0123456789abcdef0123456789abcdef'
export const secretKey = 'fedcba98765432100123456789abcdef'

/** A flat list of pairs, groups and lists written with brackets. */
export const flat = (tree: Tree): [name: string, value: string][] =>
  Object.entries(tree).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string'
      ? [[name, value]]
      : Object.entries(value).map(([item, text]) => [`${name}[${item}]`, String(text)]),
  )

/** The base string of plain names, by the documents: sorted pairs with nothing between them. Values may be bytes. */
export const baseOf = (pairs: readonly (readonly [string, string | Uint8Array])[]): Buffer =>
  Buffer.concat(
    [...pairs]
      .sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
      .flatMap(([name, value]) => [Buffer.from(`${name}=`), Buffer.from(value)]),
  )

export const hashed = (base: Buffer, version: number, secret = secretKey): string =>
  createHash(version === 3 ? 'sha256' : 'md5')
    .update(base)
    .update(secret)
    .digest('hex')

const percentEncoded = (value: string | Uint8Array): string =>
  Buffer.from(value)
    .toString('latin1')
    .replace(/[^A-Za-z0-9_.-]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`)

export const queryOf = (pairs: readonly (readonly [string, string | Uint8Array])[]): string =>
  pairs.map(([name, value]) => `${name}=${percentEncoded(value)}`).join('&')

/** The query of a pingback, rightly signed whatever it says. */
export const signed = (pairs: readonly (readonly [string, string | Uint8Array])[], version = 3, secret = secretKey): string =>
  queryOf([...pairs, ['sig', hashed(baseOf(pairs), version, secret)]])

const usual = {
  uid: 'user40012',
  goodsid: 'product301',
  slength: '',
  speriod: '',
  type: '0',
  ref: 'b1493096790',
  sign_version: '3',
}
/** The usual pairs of a pingback for one product, with some changed, added, or (undefined) left out. */
export const pairsOf = (
  changes: Readonly<Record<string, string | Uint8Array | undefined>> = {},
): [string, string | Uint8Array][] =>
  Object.entries<string | Uint8Array | undefined>({ ...usual, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  )

/** A notification as the server hands it to an adapter. */
export const pingback = (query: string, address?: string): Notification => ({
  method: 'GET',
  url: new URL(`https://shop.example/checkout/notify/paymentwall?${query}`),
  headers: new Headers(),
  body: new Uint8Array(),
  ...(address !== undefined && { address }),
})

/** How often each property is tried. The defaults take seconds; more: `PROPERTY_RUNS=1000000 npx vitest run … --testTimeout=600000`. */
export const runs = (usually: number): number => Number(process.env.PROPERTY_RUNS ?? usually)

/** Rules of a usual project, below the configuration: for what no configuration allows. */
export const pingbackRules = (changes: Partial<PingbackRules> = {}): PingbackRules => ({
  apiType: 'digital-goods',
  keys: [{ secret: new Secret(secretKey) }],
  version: 3,
  sources: undefined,
  sourcesVouch: true,
  customParameters: new Set(),
  equalsSignIn: new Set(),
  checkoutParameter: undefined,
  firstReference: undefined,
  price: undefined,
  now: () => new Date(),
  ...changes,
})

export const signingRules = (changes: Partial<SigningRules> = {}): SigningRules => ({
  projectKey,
  apiType: 'digital-goods',
  signVersion: 3,
  secret: new Secret(secretKey),
  baseUrl: new URL('https://api.paymentwall.com'),
  ...changes,
})
