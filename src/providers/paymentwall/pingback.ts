import { CheckoutError } from '../../protocol/checkout-error.js'
import { type QueryValue, readQuery } from '../signing.js'
import type { ApiType } from './api-type.js'
import { apis } from './api-type.js'

// What must be there before anything is hashed: a query that every reader reads alike, and the parameters that make it a pingback.

export type Values = Map<string, QueryValue>

/** The standard parameters as text, absent ones as empty: nothing but `sign_version` tells the two apart. */
export interface Pingback {
  readonly sig: string
  readonly uid: string
  readonly type: string
  readonly ref: string
  readonly goodsid: string
  readonly slength: string
  readonly speriod: string
  /** Of virtual currency: how much of it, no code. */
  readonly currency: string
  readonly sign_version: string
  readonly is_test: string
  readonly reason: string
  /** Of a cart: an id per unit, in place of `goodsid`. */
  readonly units: readonly string[] | undefined
}

const control = /\p{Cc}/u
const cartName = /^goodsid\[(0|[1-9]\d?)\]$/
const plainName = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/
// Bracket groups are read for carts alone, and there in the one form in which PHP signs what it was asked for (T-06).
const isCartName = (name: string): boolean => cartName.test(name) || (plainName.test(name) && name !== 'goodsid')

export const readValues = (apiType: ApiType, search: string): Values =>
  apiType === 'cart' ? readQuery(search.slice(1), isCartName) : readQuery(search.slice(1))

/** Throws CheckoutError `signature_missing` or `request_invalid`. */
export function readPingback(apiType: ApiType, values: Values): Pingback {
  const sig = read(values, 'sig')
  if (sig === '') throw new CheckoutError('signature_missing', 'the pingback is not signed: it lacks the parameter sig')
  const isCart = apiType === 'cart'
  const { sold } = apis[apiType]
  return {
    sig,
    uid: readNeeded(values, 'uid'),
    goodsid: sold === 'goodsid' && !isCart ? readNeeded(values, 'goodsid') : '',
    currency: sold === 'currency' ? readNeeded(values, 'currency') : '',
    type: readNeeded(values, 'type'),
    ref: readNeeded(values, 'ref'),
    slength: read(values, 'slength'),
    speriod: read(values, 'speriod'),
    sign_version: read(values, 'sign_version'),
    is_test: read(values, 'is_test'),
    reason: read(values, 'reason'),
    units: isCart ? readCart(values) : undefined,
  }
}

function readCart(values: Values): readonly string[] {
  const count = [...values.keys()].filter((name) => cartName.test(name)).length
  // As a list of PHP counts: a gap would mean that something was taken out on the way.
  return Array.from({ length: Math.max(count, 1) }, (_, at) => readNeeded(values, `goodsid[${at}]`))
}

function read(values: Values, name: string): string {
  const value = values.get(name)
  if (!value) return ''
  if (value.text === undefined || (!value.isPlain && control.test(value.text)))
    throw new CheckoutError('request_invalid', `the parameter ${name} holds control characters or is no UTF-8`)
  return value.text
}

function readNeeded(values: Values, name: string): string {
  const text = read(values, name)
  if (text === '')
    throw new CheckoutError(
      'request_invalid',
      `the pingback lacks the parameter ${name}${/^(goodsid|currency)/.test(name) ? ": is the project's API type another than apiType?" : ''}`,
    )
  return text
}
