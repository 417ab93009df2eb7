import type { Order } from '../adapter.js'

// What Paymentwall weighs the risk of a payment by: `customer[…]` and `history[…]`. All of it is optional text, much of it was typed
// by the buyer, and all of it is signed. So each field has a strict pattern, and a value that does not fit is left out, never
// signed (T-01): a missing risk field costs nothing, a bent one might be cut into a pingback.

export type ProfileValue = string | number | boolean | Date

/** Risk data by Paymentwall's own names. Dates become unix seconds, booleans 1 or 0. What does not fit its field is not sent. */
export interface Profile {
  readonly customer?: Readonly<Partial<Record<keyof typeof customerFields, ProfileValue>>>
  readonly history?: Readonly<Partial<Record<keyof typeof historyFields, ProfileValue>>>
}

/** An address as buyers have them. Stricter than the standard: quotes and `=` are not taken. */
export const email = /^(?=.{3,254}$)[\p{L}\p{N}.!#$%&'*+/?^_`{|}~-]{1,64}@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)*$/u
export const countryCode = /^[A-Z]{2}$/
const text = /^[^=\p{Cc}\p{Cs}]{1,256}$/u
const seconds = /^\d{1,10}$/
const count = /^\d{1,10}$/
const flag = /^[01]$/
const percent = /^(\d{1,2}|100)$/
const usd = /^\d{1,10}(\.\d{1,2})?$/
const ip = /^[0-9A-Fa-f.:]{2,45}$/

export const customerFields = {
  birthday: /^-?\d{1,10}$/, // unix seconds; negative before 1970
  sex: /^(male|female)$/,
  username: text,
  firstname: text,
  lastname: text,
  city: text,
  state: text,
  address: text,
  country: countryCode,
  zip: text,
}

export const historyFields = {
  membership: text,
  membership_date: seconds,
  registration_date: seconds,
  registration_country: countryCode,
  registration_age: text,
  registration_ip: ip,
  registration_email: email,
  registration_email_verified: flag,
  registration_name: text,
  registration_lastname: text,
  registration_source: text,
  logins_number: count,
  payments_number: count,
  payments_amount: usd,
  followers: count,
  messages_sent: count,
  messages_sent_last_24hours: count,
  messages_received: count,
  interactions: count,
  interactions_last_24hours: count,
  customer_rating: percent,
  risk_score: percent, // 0 is good, 100 is bad
  complaints: count,
  was_banned: flag,
  delivered_products: count,
  cancelled_payments: count,
}

/** The parameters for an order: what its buyer is known by, then what the merchant's own profile says, which wins. */
export function profileParameters({ buyer }: Order, profile: Profile): [name: string, value: string][] {
  const { line1, line2, city, state, zip } = buyer.address ?? {}
  const known = {
    customer: {
      ...splitName(buyer.name),
      address: line2 ? `${line1}, ${line2}` : line1,
      city,
      state,
      zip,
      country: buyer.country,
    },
    history: { registration_date: buyer.registeredAt },
  }
  return [
    ...fitting('customer', customerFields, { ...known.customer, ...profile.customer }),
    ...fitting('history', historyFields, { ...known.history, ...profile.history }),
  ]
}

function fitting(
  group: string,
  fields: Readonly<Record<string, RegExp>>,
  values: Readonly<Record<string, ProfileValue | undefined>>,
): [string, string][] {
  return Object.entries(fields).flatMap(([field, pattern]) => {
    const value = values[field] === undefined ? '' : written(values[field])
    return pattern.test(value) ? [[`${group}[${field}]`, value]] : []
  })
}

function written(value: ProfileValue): string {
  if (value instanceof Date) return String(Math.floor(value.getTime() / 1000))
  return typeof value === 'boolean' ? String(Number(value)) : String(value)
}

// The last word is taken for the family name. Wrong for some, and only weighed: nothing is addressed by it.
function splitName(name: string | undefined): { firstname?: string; lastname?: string } {
  const words = name?.trim().split(/\s+/) ?? []
  if (words.length < 2) return words[0] ? { firstname: words[0] } : {}
  return { firstname: words.slice(0, -1).join(' '), lastname: words.at(-1) as string }
}
