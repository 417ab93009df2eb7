import { isWebAddress } from '../../protocol/web-address.js'
import type { Mode } from '../adapter.js'

// Where a merchant's account lives. WiPay runs a platform per country, each with a sandbox beside it; an account exists on one of them.

export const countries = ['BB', 'GD', 'GY', 'JM', 'TT'] as const
export type Country = (typeof countries)[number]

/** Of the platform. Which of them an account may take is a matter of its contract: `currencies` in the configuration says so. */
export const usualCurrencies: Readonly<Record<Country, readonly string[]>> = {
  BB: ['BBD', 'USD'],
  GD: ['XCD', 'USD'],
  GY: ['GYD', 'USD'],
  JM: ['JMD', 'USD'],
  TT: ['TTD', 'USD'],
}

/** Published in the documents, so they prove nothing: whoever knows them can make a "successful" sandbox redirect. */
export const publishedAccount = '1234567890'
export const publishedKey = '123'

/** WiPay's word for our mode; the request names it, and it must agree with the host. */
export const environmentOf = (mode: Mode): 'live' | 'sandbox' => (mode === 'live' ? 'live' : 'sandbox')

export const platformUrl = (country: string, mode: Mode): URL =>
  new URL(`https://${country.toLowerCase()}${mode === 'live' ? '' : 'sb'}.wipayfinancial.com`)

/** The id says which of the two made it; nothing else in a message does. */
export const isTestTransaction = (transactionId: string): boolean => transactionId.startsWith('SB-')

/** Opaque but for its prefix: alphabet and length are documented nowhere, so this only keeps out what no id can be. */
export const transactionIdPattern = /^[\x21-\x7e]{1,200}$/

export interface TrustedPages {
  /** The platform itself: in tests a sandbox of this machine. */
  readonly baseUrl: URL
  /** Further hosts that the merchant lists: some card processors show a page of their own. */
  readonly pageHosts: readonly string[]
}

/** Whether the buyer may be sent there (T-28): https, default port, no user name, on a host of WiPay's or one that is listed. */
export function isTrustedPage(address: string, { baseUrl, pageHosts }: TrustedPages): boolean {
  if (!isWebAddress(address)) return false
  const { protocol, host, hostname, port } = new URL(address)
  if (host === baseUrl.host && protocol === baseUrl.protocol) return true
  if (protocol !== 'https:' || port !== '') return false
  return hostname === 'wipayfinancial.com' || hostname.endsWith('.wipayfinancial.com') || pageHosts.includes(hostname)
}
