import { equalInConstantTime, readQuery } from '../../signing.js'
import type { ApiType } from '../api-type.js'
import { customerFields, historyFields } from '../profile.js'
import { receivedBase, signatureOf } from '../signature.js'
import { readStoredGoods, type SandboxGoods } from './stored-goods.js'

// What a shop asks of Paymentwall, read as strictly as the documents allow: a signature that does not hold, a parameter that is
// missing or too long shows up here and not in the first week of selling.

export interface ProjectKeys {
  readonly projectKey: string
  readonly secretKey: string
}

const parameterName = /^[A-Za-z_][A-Za-z0-9_]*(\[[A-Za-z0-9_]+\])?$/

/**
 * The parameters of a signed request, `sign` left out; undefined where key, version (2 or 3) or signature do not hold.
 * Version 1 protects nothing but the buyer's id and cannot carry `test_mode`, so it is not taken.
 */
export function readSigned(rawQuery: string, { projectKey, secretKey }: ProjectKeys): ReadonlyMap<string, string> | undefined {
  try {
    const received = readQuery(rawQuery, (name) => parameterName.test(name))
    const sign = received.get('sign')?.text
    received.delete('sign')
    const version = received.get('sign_version')?.text
    if (sign === undefined || (version !== '2' && version !== '3') || received.get('key')?.text !== projectKey) return undefined
    const expected = signatureOf(receivedBase(received), version === '2' ? 2 : 3, secretKey)
    if (!equalInConstantTime(sign, expected)) return undefined
    return new Map(Array.from(received, ([name, { text }]) => [name, text ?? '']))
  } catch {
    return undefined // a query that cannot be read was not signed by anybody either
  }
}

/** A checkout as the page address describes it, or as what is stored completes it. */
export interface PageRequest {
  readonly apiType: ApiType
  readonly uid: string
  readonly product: { readonly id: string; readonly name: string }
  readonly amount: string
  readonly currency: string
  /** A short code, or `all`: the buyer chooses. */
  readonly method: string
  readonly country?: string
  readonly lang: string
  readonly testMode: boolean
  readonly successUrl?: string
  readonly failureUrl?: string
  readonly pingbackUrl?: string
  readonly plan?: Plan
  /** How the pingback names what was sold, where that is not the product of this address. */
  readonly named?: Readonly<Record<string, string>>
  /** Everything that was signed: a custom pingback parameter may return any of it. */
  readonly parameters: ReadonlyMap<string, string>
}

/** Sold for a time. With a trial, product and amount above are the trial's, charged first. */
export interface Plan {
  readonly length: string
  readonly period: string
  readonly renews: boolean
  readonly afterTrial?: {
    readonly id: string
    readonly name: string
    readonly amount: string
    readonly currency: string
    readonly length: string
    readonly period: string
  }
}

type Rule = readonly [pattern: RegExp, sentence: string]

const text = (longest: number): Rule => [new RegExp(`^.{1,${longest}}$`, 'su'), `must hold 1 to ${longest} characters`]
const decimal: Rule = [/^(0|[1-9]\d{0,11})(\.\d{1,3})?$/, 'must be a plain decimal number']
const currency: Rule = [/^[A-Z]{3}$/, 'must be three capital letters']
const flag: Rule = [/^[01]$/, 'must be 0 or 1']
const seconds: Rule = [/^\d{1,10}$/, 'must be unix seconds, at most 10 digits']
const count: Rule = [/^[1-9]\d{0,3}$/, 'must be a whole number']
const period: Rule = [/^(day|week|month|year)$/, 'must be day, week, month or year']
const address: Rule = [/^https?:\/\/\S+$/, 'must be a web address']
const languages = 'en fr de es it pt pt_BR tr sv ja fi ru uk pl el zh_TW zh_CN vi hi ko tl th hr lt sl sr bg nl'

const needed: Readonly<Record<string, Rule>> = {
  uid: text(64),
  widget: [/^[a-z][a-z0-9_]*$/, 'must be a widget code'],
  ps: [/^[a-z0-9_]+$/, 'must be `all` or a short code in lower case'],
  email: [/^[^\s@]+@[^\s@]+$/, 'must be an e-mail address'],
}
const neededByProduct: Readonly<Record<string, Rule>> = {
  amount: decimal,
  currencyCode: currency,
  ag_name: text(256),
  ag_external_id: text(256),
  ag_type: [/^(fixed|subscription)$/, 'must be fixed or subscription'],
}
// Whether both times are needed depends on the page of the documents, so their absence is no fault.
const risk = (group: string, fields: Readonly<Record<string, RegExp>>): Readonly<Record<string, Rule>> =>
  Object.fromEntries(Object.entries(fields).map(([name, pattern]) => [`${group}[${name}]`, [pattern, 'is not of its form']]))
const optional: Readonly<Record<string, Rule>> = {
  ...risk('customer', customerFields),
  ...risk('history', historyFields),
  timestamp: seconds,
  'history[registration_date]': seconds,
  lang: [new RegExp(`^(${languages.replaceAll(' ', '|')})$`), `must be one of ${languages}`],
  country_code: [/^[A-Z]{2}$/, 'must be two capital letters'],
  evaluation: flag,
  test_mode: flag,
  ag_recurring: flag,
  ag_trial: flag,
  hide_post_trial_good: flag,
  show_trial_non_recurring: flag,
  show_trial_recurring: flag,
  show_post_trial_non_recurring: flag,
  show_post_trial_recurring: flag,
  success_url: address,
  failure_url: address,
  pingback_url: address,
}
const neededByPlan: Readonly<Record<string, Rule>> = { ag_period_length: count, ag_period_type: period }
const neededByTrial: Readonly<Record<string, Rule>> = {
  ag_post_trial_external_id: text(256),
  ag_post_trial_name: text(256),
  ag_post_trial_period_length: count,
  ag_post_trial_period_type: period,
  post_trial_amount: decimal,
  post_trial_currencyCode: currency,
}

/** The checkout, or every fault of the address in a sentence of its own. The signature was checked before. */
export function readPageRequest(
  given: ReadonlyMap<string, string>,
  apiType: ApiType,
  { goods, longPeriods }: { readonly goods: SandboxGoods; readonly longPeriods: boolean },
): PageRequest | { readonly faults: readonly string[] } {
  const stored = readStoredGoods(apiType, given, goods)
  const value = (name: string) => given.get(name) ?? ''
  const isPlan = value('ag_type') === 'subscription' && stored === undefined
  const trial = isPlan && value('ag_trial') === '1'
  const faults = [
    ...check(given, { ...needed, ...(isPlan ? neededByPlan : {}), ...(trial ? neededByTrial : {}) }, true),
    ...(stored === undefined ? check(given, neededByProduct, true) : typeof stored === 'string' ? [stored] : []),
    ...check(given, optional, false),
  ]
  const sold =
    typeof stored === 'object'
      ? stored
      : {
          product: { id: value('ag_external_id'), name: value('ag_name') },
          amount: value('amount'),
          currency: value('currencyCode'),
        }
  if (sold.currency === 'USD' && Number(sold.amount) < 0.3) faults.push('amount: at least 0.30 USD')
  if (Number(sold.amount) === 0) faults.push('amount: must not be nothing')
  if (trial && value('ag_recurring') !== '1') faults.push('ag_recurring: must be 1 with a trial')
  if (faults.length > 0) return { faults }
  if (isPlan && value('ag_recurring') === '1') {
    const names = trial ? ['ag_period', 'ag_post_trial_period'] : ['ag_period']
    const unsold = names.flatMap((name) =>
      periodFault(name, Number(value(`${name}_length`)), value(`${name}_type`), longPeriods),
    )
    if (unsold.length > 0) return { faults: unsold }
  }

  const optionally = <Key extends string>(key: Key, name: string) =>
    (given.has(name) ? { [key]: value(name) } : {}) as { readonly [K in Key]?: string }
  return {
    apiType,
    uid: value('uid'),
    ...sold,
    method: value('ps'),
    lang: (given.get('lang') ?? 'en').replace('_', '-'),
    testMode: value('test_mode') === '1',
    parameters: given,
    ...optionally('country', 'country_code'),
    ...optionally('successUrl', 'success_url'),
    ...optionally('failureUrl', 'failure_url'),
    ...optionally('pingbackUrl', 'pingback_url'),
    ...(isPlan && {
      plan: {
        length: value('ag_period_length'),
        period: value('ag_period_type'),
        renews: value('ag_recurring') === '1',
        ...(trial && {
          afterTrial: {
            id: value('ag_post_trial_external_id'),
            name: value('ag_post_trial_name'),
            amount: value('post_trial_amount'),
            currency: value('post_trial_currencyCode'),
            length: value('ag_post_trial_period_length'),
            period: value('ag_post_trial_period_type'),
          },
        }),
      },
    }),
  }
}

function check(given: ReadonlyMap<string, string>, rules: Readonly<Record<string, Rule>>, isNeeded: boolean): string[] {
  return Object.entries(rules).flatMap(([name, [pattern, sentence]]) => {
    const value = given.get(name)
    if (value === undefined) return isNeeded ? [`${name}: is missing`] : []
    return pattern.test(value) ? [] : [`${name}: ${sentence}`]
  })
}

/** By the calendar, so that twelve months are a year and fifty-two weeks are not. */
function periodFault(name: string, count: number, unit: string, allowsLong: boolean): string[] {
  const years = unit === 'year' ? count : 0
  const months = unit === 'month' ? count : 0
  const days = unit === 'week' ? 7 * count : unit === 'day' ? count : 0
  const end = Date.UTC(2025 + years, months, 1 + days)
  if (end < Date.UTC(2025, 0, 4)) return [`${name}_length: at least 3 days where it renews`]
  if (!allowsLong && end >= Date.UTC(2026)) return [`${name}_length: less than a year where it renews`]
  return []
}
