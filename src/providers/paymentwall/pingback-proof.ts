import { CheckoutError } from '../../protocol/checkout-error.js'
import { type ExchangedKey, isOver } from '../exchanged-keys.js'
import { equalInConstantTime, type QueryValue } from '../signing.js'
import { apis } from './api-type.js'
import type { Pingback, Values } from './pingback.js'
import { keyOf } from './pingback-event.js'
import { receivedBase, signatureOf } from './signature.js'
import { comesFrom } from './source-address.js'
import type { PingbackRules } from './verify.js'

// Who sent it ---------------------------------------------------------------------------------------------------------------

/** Throws CheckoutError `signature_invalid` or `config_invalid`. */
export function verifySource({ sources }: PingbackRules, address: string | undefined): void {
  if (!sources) return
  if (address === undefined)
    throw new CheckoutError('config_invalid', 'sourceCheck is on, but the host tells no address: configure its trusted proxies')
  if (!comesFrom(sources, address))
    throw new CheckoutError(
      'signature_invalid',
      'the pingback comes from an address that is not listed: is there a proxy in front whose number of hops is not configured?',
    )
}

/** Which of the keys signed it. Throws CheckoutError `signature_invalid`. */
export function verifySignature(rules: PingbackRules, values: Values, pingback: Pingback): number {
  const { apiType, version, keys } = rules
  const announced = values.get('sign_version')?.text
  // For a cart and in version 1 it may be left out; everywhere else it must be there, byte for byte.
  const mayBeAbsent = version === 1 || apiType === 'cart'
  if (announced !== String(version) && !(mayBeAbsent && announced === undefined))
    throw new CheckoutError(
      'signature_invalid',
      `the pingback is not signed by version ${version}: set the pingback signature version in the project's settings to it`,
    )
  const { sig } = pingback
  let used = -1
  // Of the right length: that it is lower-case hex then follows from being equal to what is.
  if (sig.length === (version === 3 ? 64 : 32)) {
    const base = baseOfPingback(rules, values, pingback)
    const hash = version === 3 ? 3 : 2 // version 1 hashes as version 2 does, another text
    // All of them, whichever matches: how long it takes tells nothing.
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] as ExchangedKey
      if (equalInConstantTime(signatureOf(base, hash, key.secret.reveal()), sig) && !isOver(key, rules.now())) used = at
    }
  }
  if (used < 0)
    throw new CheckoutError(
      'signature_invalid',
      "the signature does not match: is this the project's secret key (not the project key, and not past its end), and does the query reach us unchanged?",
    )
  return used
}

/** What is hashed with the secret behind it; `values` without `sig`. */
export function baseOfPingback(
  { apiType, version }: PingbackRules,
  values: Values,
  { uid, goodsid, slength, speriod, type, ref }: Pingback,
): string | Uint8Array {
  // Six fields in a fixed order; whatever else came is not signed at all.
  if (version === 1) return `uid=${uid}goodsid=${goodsid}slength=${slength}speriod=${speriod}type=${type}ref=${ref}`
  // Paymentwall signs a cart's as if the parameter were there.
  if (apiType === 'cart' && !values.has('sign_version')) return receivedBase(new Map(values).set('sign_version', cartVersion))
  return receivedBase(values)
}

const cartVersion: QueryValue = { text: '2', bytes: Buffer.from('2'), isPlain: true }

// Whether it was meant as a pingback (T-02) -----------------------------------------------------------------------------------

/** Answers the names that are not listed, where the sender's address vouches for them. Throws `request_invalid`, `parameter_unknown`. */
export function verifyNames(rules: PingbackRules, values: Values, pingback: Pingback): readonly string[] {
  const { standardNames } = apis[rules.apiType]
  const isCart = rules.apiType === 'cart'
  let unlisted: string[] | undefined // nearly always neither: nothing is made for nothing
  let withEqualsSign: string[] | undefined
  for (const [name, value] of values) {
    const isStandard = standardNames.has(name) || (isCart && name.startsWith('goodsid['))
    if (!isStandard && !rules.customParameters.has(name)) unlisted = [...(unlisted ?? []), name]
    if (!holdsEqualsSign(value) || rules.equalsSignIn.has(name)) continue
    // None of ours: no id that we send can hold it, so there is nothing to configure.
    if (isStandard) throw new CheckoutError('request_invalid', `the parameter ${name} holds an equals sign`)
    withEqualsSign = [...(withEqualsSign ?? []), name]
  }
  if (withEqualsSign)
    throw unbelievable(pingback, withEqualsSign, 'holds an equals sign, with which a signed text can be cut anew')
  if (unlisted && !(rules.sources && rules.sourcesVouch))
    throw unbelievable(
      pingback,
      unlisted,
      "is not listed in customParameters: was it added in the project's settings, or is its API type another than apiType?",
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
