import { isWebAddress } from '../../protocol/web-address.js'
import { countries, publishedAccount } from './platform.js'

// The parameters of a payment request, as the documents limit them (Payments API 1.0.8 to 1.0.11). checkout.ts asks before it sends,
// the sandbox asks what it was sent: one table, so that what is developed against the sandbox is refused there and not in live.

export type FaultCode = 'required' | 'too_long' | 'pattern' | 'enum' | 'depends' | 'environment'
export interface ParameterFault {
  readonly field: string
  readonly code: FaultCode
}

interface Rule {
  readonly isRequired?: true
  readonly longest?: number
  readonly pattern?: RegExp
  readonly oneOf?: readonly string[]
  /** Only together with this one. */
  readonly needs?: string
  readonly holds?: (value: string) => boolean
}

/** Of order ids and of the name of the application. */
export const wipayName = /^(?![_-])[a-zA-Z0-9_-]+(?<![_-])$/
/** A requested total, exactly as it is hashed: no sign, no separator, no leading zero, two decimals (T-11). */
export const totalPattern = /^(0|[1-9]\d{0,9})\.\d{2}$/
/** Also within 50 characters. Stricter than the standard, as everything here: no quotes, one `@`. */
export const emailPattern = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/
export const longestEmail = 50
export const longestAddress = 255

export const feeStructures = ['customer_pay', 'merchant_absorb', 'split'] as const
export type FeeStructure = (typeof feeStructures)[number]
export const cardTypes = ['visa', 'mastercard'] as const
export type CardType = (typeof cardTypes)[number]

const rules: Readonly<Record<string, Rule>> = {
  account_number: { isRequired: true, pattern: /^\d{10}$/ },
  addr1: { longest: 50 },
  addr2: { longest: 50, needs: 'addr1' },
  avs: { oneOf: ['0', '1'] },
  card_type: { oneOf: cardTypes },
  city: { longest: 30 },
  country: { pattern: /^[A-Z]{2}$/ },
  country_code: { isRequired: true, pattern: /^[A-Z]{2}$/, oneOf: countries },
  currency: { isRequired: true, pattern: /^[A-Z]{3}$/ },
  data: { longest: 4096 },
  email: { isRequired: true, longest: longestEmail, pattern: emailPattern },
  environment: { isRequired: true, oneOf: ['live', 'sandbox'] },
  fee_structure: { isRequired: true, oneOf: feeStructures },
  fname: { longest: 30 },
  lname: { longest: 30, needs: 'fname' },
  method: { isRequired: true, oneOf: ['credit_card_co', 'credit_card'] },
  name: { longest: 60 },
  order_id: { isRequired: true, longest: 48, pattern: wipayName },
  origin: { isRequired: true, longest: 32, pattern: wipayName },
  phone: { longest: 20 },
  response_url: { isRequired: true, longest: longestAddress, holds: isWebAddress },
  state: { pattern: /^[A-Z]{2}-[A-Z0-9]{1,3}$/ },
  total: { isRequired: true, pattern: totalPattern, holds: (total) => /[1-9]/.test(total) },
  version: { longest: 16 },
  zipcode: { longest: 10 },
}

/** Every fault, by field, one each; empty where the request may be sent. */
export function parameterFaults(given: Readonly<Record<string, string>>): readonly ParameterFault[] {
  const faults = Object.entries(rules).flatMap(([field, rule]): ParameterFault[] => {
    const code = faultOf(given[field] ?? '', rule, given)
    return code ? [{ field, code }] : []
  })
  // Two texts that are fine each, and together pay nobody: a test against the live account, or the reverse.
  const isPublished = given.account_number === publishedAccount
  if (!faults.some(({ field }) => field === 'account_number' || field === 'environment'))
    if (isPublished !== (given.environment === 'sandbox')) faults.push({ field: 'account_number', code: 'environment' })
  return faults.sort((one, other) => (one.field < other.field ? -1 : 1))
}

function faultOf(value: string, rule: Rule, given: Readonly<Record<string, string>>): FaultCode | undefined {
  if (value === '') return rule.isRequired && 'required'
  if (rule.longest !== undefined && [...value].length > rule.longest) return 'too_long'
  if (rule.pattern?.test(value) === false || rule.holds?.(value) === false) return 'pattern'
  if (rule.oneOf?.includes(value) === false) return 'enum'
  if (rule.needs !== undefined && !given[rule.needs]) return 'depends'
  return undefined
}
