import { readConfiguration } from '../../protocol/configuration.js'
import type { Market, Order, ProviderAdapter } from '../adapter.js'
import { exchangedKeys } from '../exchanged-keys.js'
import { type BackOffice, backOffice } from './back-office.js'
import { catalog } from './catalog.js'
import { pageAddress } from './checkout.js'
import type { PaymentwallConfiguration } from './configuration.js'
import { configurationSchema, sellsStoredProducts } from './configuration-schema.js'
import { locator } from './geolocation.js'
import { likelyMistake } from './likely-mistake.js'
import { lookUp } from './payment-status.js'
import { readSale } from './sale.js'
import { testSignatures } from './signature.js'
import { readRange } from './source-address.js'
import { signedText, verifyPingback } from './verify.js'

export type { ApiType } from './api-type.js'
export type { BackOffice } from './back-office.js'
export type { PaymentwallConfiguration } from './configuration.js'
export type { DeliveryNotice, DeliveryStatus, ShippingNotice } from './delivery.js'
export type { PaymentReport, SubscriptionReport } from './payment-status.js'
export type { Profile, ProfileValue } from './profile.js'

/**
 * Payments through Paymentwall's hosted page: one-time and renewing sales, stored products, virtual currency, carts. Throws
 * CheckoutError `config_invalid`.
 */
export function paymentwall(configuration: PaymentwallConfiguration): ProviderAdapter {
  const { given, keys, shared } = readProject(configuration)
  const { apiType, checkoutParameter, longPeriods, renewingMethods } = given
  const { signVersion, now } = shared
  const { widget, evaluation, profile } = given
  const saleRules = { apiType, checkoutParameter, longPeriods }
  const checkoutRules = { ...shared, ...saleRules, widget, evaluation, profile }
  const { methods, allMethods, allMethodsLabel } = given
  const listMethods = catalog({ ...shared, methods, allMethods, allMethodsLabel, renewingMethods })
  const { amountParameter: amount, currencyParameter: currency, firstReferenceParameter: firstReference } = given
  const named = [checkoutParameter, amount, currency, firstReference].filter((name) => name !== undefined)
  const pingbackRules = {
    ...{ apiType, keys, checkoutParameter, firstReference, now },
    version: given.dangerouslyAcceptPingbacksOfVersion1 ? (1 as const) : apiType === 'cart' ? (2 as const) : signVersion,
    sources: given.sourceCheck?.flatMap((text) => readRange(text) ?? []),
    sourcesVouch: !sellsStoredProducts(given),
    customParameters: new Set([...given.customParameters, ...named]),
    equalsSignIn: new Set(given.dangerouslyAllowEqualsSignIn),
    price: amount !== undefined && currency !== undefined ? { amount, currency } : undefined,
  }

  // The same for the list and for the page, or the page would refuse what the list offered.
  const countryOf = (order: Order, asked: string | undefined) => asked ?? order.buyer.country ?? given.country
  const locate = given.locate && !methods ? locator(shared) : undefined
  async function marketOf(order: Order, { country, address }: Market): Promise<string | undefined> {
    return countryOf(order, country) ?? (address === undefined ? undefined : locate?.(order, address))
  }

  return {
    name: 'paymentwall',
    mode: given.mode,
    notifiesBy: ['GET'],
    acknowledgement: 'OK',
    async methods(order, market) {
      const sale = readSale(order, saleRules)
      return typeof sale === 'string' ? [] : listMethods(sale, await marketOf(order, market))
    },
    whyNot(order) {
      const sale = readSale(order, saleRules)
      return typeof sale === 'string' ? sale : undefined
    },
    async open(order, context) {
      const url = pageAddress(order, context, countryOf(order, context.country), checkoutRules)
      return { url, speaksFrom: [url.origin] }
    },
    async verify(notification, opened) {
      const event = verifyPingback(pingbackRules, notification, opened)
      return [event instanceof Promise ? await event : event] // at once, where nothing has to be looked up
    },
    ...(given.paymentStatus && { lookUp: (checkout) => lookUp(shared, checkout) }),
    explain: (notification) => signedText(pingbackRules, notification),
    likelyMistake: (notification) => likelyMistake(pingbackRules, notification),
    readReturn: (address) => (address.searchParams.has('failed') ? 'failed' : undefined),
  }
}

/**
 * What else can be asked of Paymentwall, for the shop's own back office, a person or a script: payment status, refunds, cancellations,
 * delivery notices. Takes the same configuration. Throws CheckoutError `config_invalid`.
 */
export const paymentwallBackOffice = (configuration: PaymentwallConfiguration): BackOffice =>
  backOffice(readProject(configuration).shared)

/** What everything that is signed, asked or verified needs. */
function readProject(configuration: PaymentwallConfiguration) {
  const given = readConfiguration('paymentwall', configurationSchema, configuration)
  testSignatures()
  const { projectKey, apiType, mode, fetch, now = () => new Date() } = given
  const keys = exchangedKeys(given.secretKey)
  const { secret } = keys[0] as (typeof keys)[0] // the newest: older ones only verify
  const signVersion = given.signVersion ?? (apiType === 'cart' ? 2 : 3)
  const baseUrl = new URL(given.baseUrl)
  return { given, keys, shared: { projectKey, apiType, secret, signVersion, baseUrl, test: mode === 'test', fetch, now } }
}
