import type { Notification, OpenedCheckouts, PaymentEvent } from '../adapter.js'
import type { ExchangedKey } from '../exchanged-keys.js'
import type { ApiType } from './api-type.js'
import { type Pingback, readPingback, readValues, type Values } from './pingback.js'
import { checkoutOf, eventOf } from './pingback-event.js'
import { baseOfPingback, verifyNames, verifySignature, verifySource } from './pingback-proof.js'
import type { AddressRange } from './source-address.js'

// A pingback is the only proof of payment: a GET of Paymentwall's server to ours, all of it in the query, signed with the project's
// secret key. Follows the pingback reference at docs.paymentwall.com, as read on 2026-11-20 together with what the official
// libraries compute; where they are lenient, this is not.
//
// The weakness to know. `name=value` pairs are hashed with nothing between them, and the addresses of payment pages, which the buyer
// sees, are signed with the same secret in the same way. So an e-mail address like `m@x.ygoodsid=ORD-7ref=b1sign_version=3type=0uid=x`,
// signed into a page address, can be cut at other places and sent back as a pingback that says "paid"; the official libraries
// believe it. Two things stop it, each alone:
//
// - signature.ts never signs a text that holds `goodsid=`, and every pingback holds it (of the other API types: `ref=`, `goodsid[`).
//   But the merchant's other software may; and the address of a stored product has to, in the name `default_goodsid`.
// - Here, names come from a list and no value holds `=`. Then every `=` of the signed text ends a listed name. Every signed
//   address holds `key=`, and no listed name ends in `key` or is an end of it: so nothing that was signed as an address can be
//   read as a pingback, wherever one cuts.
//
// The order of the checks is the order of their cost, and of trust: what is malformed is refused before anything is hashed (400),
// then what does not come from Paymentwall (401); only what does is looked at, and only then may a refusal leave a trace
// (`parameter_unknown`). Only where our id came as a custom parameter is the checkout looked at: then the products that are named are
// Paymentwall's own, and must be those of the order (T-09). Unlike the libraries, this accepts one signature version, the configured one: they let the sender choose,
// and fall back to MD5 for a number that they do not know.

export interface PingbackRules {
  readonly apiType: ApiType
  /** Newest first. All of them verify, each until its end. */
  readonly keys: readonly ExchangedKey[]
  /** Exactly this one is believed. Version 1 signs six fields and nothing else; a cart's is always 2. */
  readonly version: 1 | 2 | 3
  /** Present: the sender's address must be in one of them. */
  readonly sources: readonly AddressRange[] | undefined
  /** Whether a listed address vouches for names that are not listed. Not where pages hold a pingback's mark (T-01). */
  readonly sourcesVouch: boolean
  /** Names of custom parameters that may come; those below are among them. */
  readonly customParameters: ReadonlySet<string>
  /** Of those, the ones whose value may hold `=`. */
  readonly equalsSignIn: ReadonlySet<string>
  /** The one that carries our checkout id. */
  readonly checkoutParameter: string | undefined
  /** The one that repeats the reference of a subscription's first payment. */
  readonly firstReference: string | undefined
  /** Those that repeat the price. */
  readonly price: { readonly amount: string; readonly currency: string } | undefined
  readonly now: () => Date
}

/** A pingback whose sender is known. */
export interface Proven {
  readonly values: Values
  readonly pingback: Pingback
  /** Names that are not listed, where the sender's address vouches for them. */
  readonly unlisted: readonly string[]
  /** Which of the keys signed it: 0 is the newest. */
  readonly keyUsed: number
}

/**
 * Verifies one pingback and says in our words what it says. Throws CheckoutError: `request_invalid`, `signature_missing`,
 * `signature_invalid`, `parameter_unknown`; `config_invalid` where the source address must be checked and the host tells none.
 *
 * It does not guard against a right pingback for the wrong buyer or price, nor against repeats: the ledger compares and counts.
 */
export function verifyPingback(
  rules: PingbackRules,
  notification: Notification,
  opened: OpenedCheckouts,
): PaymentEvent | Promise<PaymentEvent> {
  const proven = provePingback(rules, notification)
  if (rules.checkoutParameter === undefined) return eventOf(rules, proven)
  const { id, isStored } = checkoutOf(rules, proven)
  if (!isStored) return eventOf(rules, proven)
  // Of a checkout that was never opened here there is nothing to compare: the ledger says so.
  return opened.byId(id).then((checkout) => eventOf(rules, proven, checkout?.order))
}

/** That it comes from Paymentwall and was meant as a pingback. Throws as `verifyPingback` does. */
export function provePingback(rules: PingbackRules, { url, address }: Notification): Proven {
  const values = readValues(rules.apiType, url.search)
  const pingback = readPingback(rules.apiType, values)
  values.delete('sig') // what is signed is all the rest
  verifySource(rules, address)
  const keyUsed = verifySignature(rules, values, pingback)
  const unlisted = verifyNames(rules, values, pingback)
  return { values, pingback, unlisted, keyUsed }
}

/** What the signature of a pingback is computed over, with the secret masked; undefined where its query cannot be read. */
export function signedText(rules: PingbackRules, { url }: Notification): string | undefined {
  try {
    const values = readValues(rules.apiType, url.search)
    const pingback = readPingback(rules.apiType, values)
    values.delete('sig')
    const base = baseOfPingback(rules, values, pingback)
    return `${typeof base === 'string' ? base : new TextDecoder().decode(base)}[secret]`
  } catch {
    return undefined
  }
}
