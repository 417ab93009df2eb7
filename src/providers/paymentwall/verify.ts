import { CheckoutError } from '../../protocol/checkout-error.js'
import { type Money, money } from '../../protocol/money.js'
import type { PaymentState } from '../../protocol/payment-state.js'
import type { News, Notification, PaymentEvent, Secret } from '../adapter.js'
import { equalInConstantTime, type QueryValue, readQuery } from '../signing.js'
import { receivedBase, signatureOf } from './signature.js'
import { type AddressRange, comesFrom } from './source-address.js'

// A pingback is the only proof of payment: a GET of Paymentwall's server to ours, all of it in the query, signed with the project's
// secret key. Follows the pingback reference at docs.paymentwall.com, as read on 2026-11-20 together with what the official
// libraries compute; where they are lenient, this is not.
//
// The weakness to know. `name=value` pairs are hashed with nothing between them, and the addresses of payment pages, which the buyer
// sees, are signed with the same secret in the same way. So an e-mail address like `m@x.ygoodsid=ORD-7ref=b1sign_version=3type=0uid=x`,
// signed into a page address, can be cut at other places and sent back as a pingback that says "paid"; the official libraries
// believe it. Two things stop it, each alone:
//
// - signature.ts never signs a text that holds `goodsid=`, and every pingback holds it. (But the merchant's other software may.)
// - Here, names come from a list and no value holds `=`. Then every `=` of the signed text ends a listed name. Every signed
//   address holds `key=`, and no listed name ends in `key` or is an end of it: so nothing that was signed as an address can be
//   read as a pingback, wherever one cuts.
//
// The order of the checks is the order of their cost, and of trust: what is malformed is refused before anything is hashed (400),
// then what does not come from Paymentwall (401); only what does is looked at, and only then may a refusal leave a trace
// (`parameter_unknown`). Unlike the libraries, this accepts one signature version, the configured one: they let the sender choose,
// and fall back to MD5 for a number that they do not know.

export interface PingbackRules {
  /** All of them verify; which is the newest does not matter here. */
  readonly secrets: readonly Secret[]
  /** Exactly this one is believed. Version 1 signs six fields and nothing else. */
  readonly version: 1 | 2 | 3
  /** Present: the sender's address must be in one of them. */
  readonly sources: readonly AddressRange[] | undefined
  /** Names of custom parameters that may come. */
  readonly customParameters: ReadonlySet<string>
  /** Of those, the ones whose value may hold `=`. */
  readonly equalsSignIn: ReadonlySet<string>
  /** Custom parameters that repeat the price. */
  readonly price: { readonly amount: string; readonly currency: string } | undefined
}

const standardNames = [
  'uid',
  'goodsid',
  'slength',
  'speriod',
  'type',
  'ref',
  'sign_version',
  'sig',
  'is_test',
  'reason',
] as const
const standard: ReadonlySet<string> = new Set(standardNames)
const addressNames = new Set(['key', 'widget', 'ps', 'sign', 'amount', 'currencyCode', 'country_code'])

/** Whether a custom parameter may have this name: none that a signed address holds, and none that a cut could find inside `key`. */
export const isListable = (name: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) &&
  !standard.has(name) &&
  !addressNames.has(name) &&
  !name.startsWith('ag_') &&
  !name.endsWith('key') &&
  !'key'.endsWith(name)

/**
 * Verifies one pingback and says in our words what it says. Throws CheckoutError: `request_invalid`, `signature_missing`,
 * `signature_invalid`, `parameter_unknown`; `config_invalid` where the source address must be checked and the host tells none.
 *
 * It does not guard against a right pingback for the wrong order, buyer or price, nor against repeats: the ledger compares and counts.
 */
export function verifyPingback(rules: PingbackRules, { url, address }: Notification): PaymentEvent {
  const values = readQuery(url.search.slice(1))
  const pingback = readPingback(values)
  values.delete('sig') // what is signed is all the rest
  verifySource(rules, address)
  verifySignature(rules, values, pingback)
  const unlisted = verifyNames(rules, values, pingback)
  return eventOf(rules, values, pingback, unlisted)
}

/** What the signature of a pingback is computed over, with the secret masked; undefined where its query cannot be read. */
export function signedText({ version }: PingbackRules, { url }: Notification): string | undefined {
  try {
    const values = readQuery(url.search.slice(1))
    if (version === 1) return `${baseOfVersion1(readPingback(values))}[secret]`
    values.delete('sig')
    const base = receivedBase(values)
    return `${typeof base === 'string' ? base : new TextDecoder().decode(base)}[secret]`
  } catch {
    return undefined
  }
}

// What must be there --------------------------------------------------------------------------------------------------------

type Values = ReadonlyMap<string, QueryValue>
type Pingback = Readonly<Record<(typeof standardNames)[number], string>>

const control = /\p{Cc}/u

/** The standard parameters as text, absent ones as empty: nothing but `sign_version` tells the two apart. */
function readPingback(values: Values): Pingback {
  const sig = read(values, 'sig')
  if (sig === '') throw new CheckoutError('signature_missing', 'the pingback is not signed: it lacks the parameter sig')
  return {
    sig,
    uid: readNeeded(values, 'uid'),
    goodsid: readNeeded(values, 'goodsid'),
    type: readNeeded(values, 'type'),
    ref: readNeeded(values, 'ref'),
    slength: read(values, 'slength'),
    speriod: read(values, 'speriod'),
    sign_version: read(values, 'sign_version'),
    is_test: read(values, 'is_test'),
    reason: read(values, 'reason'),
  }
}

function read(values: Values, name: string): string {
  const value = values.get(name)
  if (!value) return ''
  if (value.text === undefined || control.test(value.text))
    throw new CheckoutError('request_invalid', `the parameter ${name} holds control characters or is no UTF-8`)
  return value.text
}

function readNeeded(values: Values, name: string): string {
  const text = read(values, name)
  if (text === '') throw new CheckoutError('request_invalid', `the pingback lacks the parameter ${name}`)
  return text
}

// Who sent it ---------------------------------------------------------------------------------------------------------------

function verifySource({ sources }: PingbackRules, address: string | undefined): void {
  if (!sources) return
  if (address === undefined)
    throw new CheckoutError('config_invalid', 'sourceCheck is on, but the host tells no address: configure its trusted proxies')
  if (!comesFrom(sources, address))
    throw new CheckoutError(
      'signature_invalid',
      'the pingback comes from an address that is not listed: is there a proxy in front whose number of hops is not configured?',
    )
}

function verifySignature(rules: PingbackRules, values: Values, pingback: Pingback): void {
  const { version, secrets } = rules
  const announced = values.get('sign_version')?.text
  // In version 1 it may be left out; everywhere else it must be there, byte for byte.
  if (announced !== String(version) && !(version === 1 && announced === undefined))
    throw new CheckoutError(
      'signature_invalid',
      `the pingback is not signed by version ${version}: set the pingback signature version in the project's settings to it`,
    )
  const { sig } = pingback
  let matches = false
  // Of the right length: that it is lower-case hex then follows from being equal to what is.
  if (sig.length === (version === 3 ? 64 : 32)) {
    const base = version === 1 ? baseOfVersion1(pingback) : receivedBase(values)
    const hash = version === 3 ? 3 : 2 // version 1 hashes as version 2 does, another text
    for (const secret of secrets) matches = equalInConstantTime(signatureOf(base, hash, secret.reveal()), sig) || matches
  }
  if (!matches)
    throw new CheckoutError(
      'signature_invalid',
      "the signature does not match: is this the project's secret key (not the project key), and does the query reach us unchanged?",
    )
}

/** Six fields in a fixed order; whatever else came is not signed at all. */
const baseOfVersion1 = ({ uid, goodsid, slength, speriod, type, ref }: Pingback): string =>
  `uid=${uid}goodsid=${goodsid}slength=${slength}speriod=${speriod}type=${type}ref=${ref}`

// Whether it was meant as a pingback (T-02) -----------------------------------------------------------------------------------

/** Answers the names that are not listed, where the sender's address vouches for them. */
function verifyNames(rules: PingbackRules, values: Values, pingback: Pingback): readonly string[] {
  let unlisted: string[] | undefined // nearly always neither: nothing is made for nothing
  let withEqualsSign: string[] | undefined
  for (const [name, value] of values) {
    const isStandard = standard.has(name)
    if (!isStandard && !rules.customParameters.has(name)) unlisted = [...(unlisted ?? []), name]
    if (!holdsEqualsSign(value) || rules.equalsSignIn.has(name)) continue
    // None of ours: no id that we send can hold it, so there is nothing to configure.
    if (isStandard) throw new CheckoutError('request_invalid', `the parameter ${name} holds an equals sign`)
    withEqualsSign = [...(withEqualsSign ?? []), name]
  }
  if (withEqualsSign)
    throw unbelievable(pingback, withEqualsSign, 'holds an equals sign, with which a signed text can be cut anew')
  if (unlisted && !rules.sources)
    throw unbelievable(
      pingback,
      unlisted,
      "is not listed in customParameters: was it added in the project's settings, or is its API type not digital goods?",
    )
  return unlisted ?? none
}

const none: readonly string[] = []

const holdsEqualsSign = (value: QueryValue): boolean =>
  value.text === undefined ? value.bytes.includes(0x3d) : value.text.includes('=')

function unbelievable(pingback: Pingback, names: readonly string[], why: string): CheckoutError {
  const parameter = names.join(', ')
  return new CheckoutError('parameter_unknown', `a pingback is signed, but its parameter ${parameter} ${why}`, {
    details: { key: keyOf(pingback), reference: pingback.ref, parameter },
  })
}

// What it says --------------------------------------------------------------------------------------------------------------

interface Meaning {
  readonly becomes?: PaymentState
  readonly news?: News
}

// Exact texts: read as a number, `0junk`, ` 0` and the empty text would all be "paid" (T-05).
const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['0', { becomes: 'paid' }], // also each renewal, under a new `ref`
  ['1', { becomes: 'paid' }], // goodwill, given by Paymentwall's support
  ['200', { becomes: 'pending' }], // under review
  ['201', { becomes: 'paid' }],
  ['202', { becomes: 'declined' }],
  ['203', { becomes: 'expired' }], // the authorisation was voided
  ['12', { news: 'subscription_cancelled' }],
  ['13', { news: 'subscription_ended' }],
  ['14', { news: 'renewal_failed' }],
])

const reasons: ReadonlyMap<string, string> = new Map([
  ['1', 'chargeback'],
  ['2', 'card fraud'],
  ['3', 'other fraud'],
  ['4', 'bad data entry'],
  ['5', 'fake or proxy user'],
  ['6', 'rejected by advertiser'],
  ['7', 'duplicate conversion'],
  ['8', 'goodwill credit taken back'],
  ['9', 'cancelled order, such as a refund'],
  ['10', 'partly reversed'],
])

function meaningOf({ type, reason }: Pingback): Meaning {
  if (type !== '2') return meanings.get(type) ?? { news: 'unknown' }
  if (reason === '10') return { news: 'partly_reversed' } // how much is not told, so nothing is taken back by itself
  return { becomes: reason === '1' || reason === '2' || reason === '3' ? 'charged_back' : 'refunded' }
}

/** With the reason: a full reversal may follow a partial one of the same `ref`. */
const keyOf = ({ ref, type, reason }: Pingback): string => `${ref}:${type}:${reason}`

function eventOf(rules: PingbackRules, values: Values, pingback: Pingback, unlisted: readonly string[]): PaymentEvent {
  const { ref, goodsid, uid, is_test: isTest } = pingback
  const meaning = meaningOf(pingback)
  return {
    key: keyOf(pingback),
    checkout: { id: goodsid },
    reference: ref,
    ...meaning,
    ...(rules.price && meaning.becomes === 'paid' ? moneyOf(rules.price, values) : undefined),
    buyerId: uid,
    // Documented is `1` or nothing. A value that nobody knows is rather a test than money. Version 1 does not sign it.
    test: (isTest !== '' && isTest !== '0') || (rules.version === 1 && ref.startsWith('t')),
    details: detailsOf(rules, values, pingback, unlisted),
  }
}

/** The price, where the merchant had it added. Of a payment alone: what stands there in a reversal is documented nowhere. */
function moneyOf(names: { amount: string; currency: string }, values: Values): { money: Money } | { objection: string } {
  const read = money.safeParse({ amount: values.get(names.amount)?.text, currency: values.get(names.currency)?.text })
  if (read.success) return { money: read.data }
  return { objection: `${names.amount} and ${names.currency}, which should repeat the price, are missing or hold none` }
}

// Names with a hyphen cannot clash with a parameter's.
function detailsOf(rules: PingbackRules, values: Values, { type, reason }: Pingback, unlisted: readonly string[]) {
  const details: Record<string, string> = { type }
  if (reason !== '') details.reason = reasons.has(reason) ? `${reason} (${reasons.get(reason)})` : reason
  if (unlisted.length > 0) details['unlisted-parameters'] = unlisted.join(', ')
  if (rules.version === 1) return details // custom parameters are not signed there: anybody could have written them
  for (const name of rules.customParameters) {
    const value = values.get(name)
    if (value) details[name] = value.text ?? `hex:${Buffer.from(value.bytes).toString('hex')}`
  }
  return details
}
