import type { Notification } from '../adapter.js'
import { isOver } from '../exchanged-keys.js'
import { ended } from '../rewritten-body.js'
import { equalInConstantTime, type QueryValue } from '../signing.js'
import { apis } from './api-type.js'
import { type Pingback, readPingback, readValues, type Values } from './pingback.js'
import { baseOfPingback } from './pingback-proof.js'
import { signatureOf } from './signature.js'
import type { PingbackRules } from './verify.js'

// Why a pingback does not verify: what usually happens to a query on its way is undone, one after the other, until the signature holds.

/** Undefined where none of it explains the signature. */
export function likelyMistake(rules: PingbackRules, { url }: Notification): string | undefined {
  let values: Values
  let pingback: Pingback
  try {
    values = readValues(rules.apiType, url.search)
    pingback = readPingback(rules.apiType, values)
  } catch {
    return undefined // its own message says what is wrong with it
  }
  values.delete('sig')
  const { sig } = pingback
  const hash = rules.version === 3 ? 3 : 2
  const holds = (of: Values, written = sig) =>
    rules.keys.some(({ secret }) =>
      equalInConstantTime(signatureOf(baseOfPingback(rules, of, pingback), hash, secret.reveal()), written),
    )
  if (holds(values)) return rules.keys.some((key) => isOver(key, rules.now())) ? ended : undefined
  if (holds(values, sig.toLowerCase()))
    return 'the signature holds in small letters: something on the way changed the case of `sig`'

  const { standardNames } = apis[rules.apiType]
  const added = [...values.keys()].filter((name) => !standardNames.has(name) && !name.startsWith('goodsid['))
  for (const names of [added, ...added.map((name) => [name])])
    if (names.length > 0 && holds(without(values, names)))
      return `the signature holds without ${names.join(', ')}: something on the way, a proxy or a tracker, added it to the address`

  const left = ['slength', 'speriod'].filter((name) => !values.has(name))
  const filled = new Map([...values, ...left.map((name) => [name, received('')] as const)])
  if (left.length > 0 && holds(filled))
    return `the signature holds with an empty ${left.join(' and ')}: something on the way took empty parameters out of the address`

  const plus = new Map([...values].map(([name, { text = '' }]) => [name, received(text.replaceAll('+', ' '))]))
  if (holds(plus)) return 'the signature holds with blanks in place of +: something on the way encoded the + of the address'
  const decoded = new Map([...values].map(([name, value]) => [name, decodedOnce(value)]))
  if (holds(decoded))
    return 'the signature holds for the values decoded once more: something on the way encoded the address twice'
  return undefined
}

const without = (values: Values, names: readonly string[]): Values =>
  new Map([...values].filter(([name]) => !names.includes(name)))

const received = (text: string): QueryValue => ({ text, bytes: new TextEncoder().encode(text), isPlain: false })

function decodedOnce(value: QueryValue): QueryValue {
  try {
    return received(decodeURIComponent((value.text ?? '').replaceAll('+', ' ')))
  } catch {
    return value
  }
}
