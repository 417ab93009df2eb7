import { readConfiguration } from '../../protocol/configuration.js'
import { type ProviderAdapter, Secret } from '../adapter.js'
import { exchangedKeys } from '../exchanged-keys.js'
import { backOffice, lookUp, type Sessions, withdraw } from './back-office.js'
import { catalog } from './catalog.js'
import { openSession, readSale } from './checkout.js'
import type { GStableBackOfficeConfiguration, GStableConfiguration } from './configuration.js'
import { officeSchema, schema } from './configuration-schema.js'
import { testSignature } from './signature.js'
import { likelyMistake, signedText, verifyWebhook } from './verify.js'

export type { SessionList, SessionReport, Sessions } from './back-office.js'
export type { GStableBackOfficeConfiguration, GStableConfiguration } from './configuration.js'

/** Stablecoins through GStable's Checkout Sessions: one-time sales in USD. Throws CheckoutError `config_invalid`. */
export function gstable(configuration: GStableConfiguration): ProviderAdapter {
  const given = readConfiguration('gstable', schema, configuration)
  testSignature()
  const { mode, fetch, settlementToken, feeModel, fulfilOn } = given
  const test = mode === 'test'
  const now = given.now ?? (() => new Date())
  const baseUrl = new URL(given.baseUrl)
  const publicUrl = given.publicUrl === undefined ? new URL('/public/api/v1', baseUrl) : new URL(given.publicUrl)
  const api = { apiKey: new Secret(given.apiKey), baseUrl, fetch }
  const { accountId, payerEmailRequired, closesAfterSeconds, metadata, pageHosts } = given
  const shared = { settlementToken, feeModel, test, now }
  const checkoutRules = { ...api, ...shared, accountId, payerEmailRequired, closesAfterSeconds, metadata, pageHosts }
  const { label, icon } = given
  const listMethods = catalog({
    ...{ publicUrl, settlementToken, label, icon, fetch, now },
    surfaces: given.surfaces,
    feeOnTop: feeModel === 'payer',
  })
  const { signatureEncoding, timestampUnit, toleranceSeconds } = given
  const keys = exchangedKeys(given.webhookKey)
  const webhookRules = { keys, signatureEncoding, timestampUnit, toleranceSeconds, fulfilOn, now }

  return {
    name: 'gstable',
    mode,
    async methods(order) {
      const sale = readSale(order)
      return typeof sale === 'string' ? [] : listMethods(sale)
    },
    whyNot(order) {
      const sale = readSale(order)
      return typeof sale === 'string' ? sale : undefined
    },
    open: (order, context) => openSession(order, context, checkoutRules),
    verify: (notification, opened) => verifyWebhook(webhookRules, notification, opened),
    explain: signedText,
    likelyMistake: (notification) => likelyMistake(webhookRules, notification),
    lookUp: (checkout) => lookUp({ ...api, fulfilOn }, checkout),
    withdraw: (checkout) => withdraw(api, checkout),
  }
}

/** The account's sessions, for the shop's own back office, a person or a script. Throws CheckoutError `config_invalid`. */
export function gstableBackOffice(configuration: GStableBackOfficeConfiguration): Sessions {
  const { apiKey, baseUrl, fetch } = readConfiguration('gstableBackOffice', officeSchema, configuration)
  return backOffice({ apiKey: new Secret(apiKey), baseUrl: new URL(baseUrl), fetch })
}
