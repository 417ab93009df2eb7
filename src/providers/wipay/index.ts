import { CheckoutError } from '../../protocol/checkout-error.js'
import { readConfiguration } from '../../protocol/configuration.js'
import { type OpenedCheckout, type PaymentEvent, type ProviderAdapter, Secret } from '../adapter.js'
import { believed, exchangedKeys } from '../exchanged-keys.js'
import { hmacSha256, md5 } from '../signing.js'
import { backOffice, findTransaction, lookUp, requestRefund, type Transaction } from './back-office.js'
import { readSale, waysToPay } from './catalog.js'
import { openPage } from './checkout.js'
import type { WipayBackOfficeConfiguration, WipayConfiguration } from './configuration.js'
import { currenciesOf, officeSchema, type ReadCredentials, schema, warningsOf } from './configuration-schema.js'
import { platformUrl } from './platform.js'
import { readSold } from './sold.js'
import { lookUpByOrder, transactionList } from './transaction-list.js'
import { type StoredCards, storedCards } from './trusted-cards.js'
import { askedSparingly, confirmReturn, mistakeOfReturn, readReturn, signedText, verifyReturn } from './verify-return.js'
import { bothSchemes, mistakeOfWebhook, verifyWebhook } from './verify-webhook.js'

export type { Transaction } from './back-office.js'
export type { WapiCredentials, WipayBackOfficeConfiguration, WipayConfiguration } from './configuration.js'
export type { StoredCard, StoredCards } from './trusted-cards.js'

/** Card payments through WiPay's hosted page, stored cards among them. Throws CheckoutError `config_invalid`. */
export function wipay(configuration: WipayConfiguration): ProviderAdapter {
  const given = readConfiguration('wipay', schema, configuration)
  testHashes()
  for (const warning of warningsOf(given)) (given.warn ?? warnOfProcess)(warning)

  const { mode, country, feeStructure, avs, cards, limits, surfaces, origin, pageHosts, fetch } = given
  const baseUrl = given.baseUrl === undefined ? platformUrl(country, mode) : new URL(given.baseUrl)
  const now = given.now ?? (() => new Date())
  const office = given.wapi && backOffice({ baseUrl, mode, credentials: secretsOf(given.wapi), fetch, now })
  const isForm = given.requestMode === 'form'
  const sparingly = askedSparingly(now)
  const list = office && transactionList(office)
  const { card = 'Card', visa = 'Visa', mastercard = 'Mastercard', storeCard = 'Save a card' } = given.labels
  const { storeCard: storing, ...icons } = given.icons
  const rules = {
    ...{ mode, country, feeStructure, avs, cards, limits, surfaces, origin, pageHosts, fetch, baseUrl, now, isForm },
    ...{ accountNumber: given.accountNumber, currencies: currenciesOf(given), backOffice: office },
    ...{ hasBackOffice: office !== undefined, labels: { card, visa, mastercard, 'store-card': storeCard } },
    icons: { ...icons, 'store-card': storing },
  }
  const apiKeys = given.apiKey && exchangedKeys(given.apiKey)
  const webhooks = given.webhookSecret && {
    secrets: exchangedKeys(given.webhookSecret),
    schemes: given.webhookScheme ? [given.webhookScheme] : bothSchemes,
    tolerance: given.webhookTolerance,
    now,
  }

  return {
    name: 'wipay',
    mode,
    notifiesBy: webhooks ? ['POST'] : [],
    returnIsNotification: apiKeys !== undefined || office !== undefined,
    readReturn,
    async methods(order) {
      return [...waysToPay(order, rules).values()].map(({ method }) => method)
    },
    whyNot(order) {
      const sale = readSale(order, rules)
      return typeof sale === 'object' && 'fault' in sale ? sale.fault : undefined
    },
    open: (order, context) => openPage(order, context, rules),
    // A webhook is a POST, the buyer's way back a GET: they come in by different addresses, and are never taken for one another.
    async verify(notification, opened) {
      if (notification.method === 'POST' && webhooks) {
        const secrets = believed(webhooks.secrets, now())
        return verifyWebhook({ ...webhooks, secrets }, notification, opened)
      }
      if (notification.method === 'GET' && apiKeys) return verifyReturn(believed(apiKeys, now()), notification, opened)
      if (notification.method === 'GET' && office) return confirmReturn(office, notification, opened, sparingly)
      throw new CheckoutError(
        'signature_invalid',
        'what came cannot be proven: is `webhookSecret` or `wapi` missing in the configuration?',
      )
    },
    explain({ method, headers, body }, checkout) {
      if (method === 'GET') return checkout && apiKeys && signedText(checkout)
      const text = new TextDecoder().decode(body)
      return given.webhookScheme === 'body' ? text : `${headers.get('x-wipay-webhook-timestamp') ?? ''}.${text}`
    },
    likelyMistake(notification, checkout) {
      if (notification.method !== 'GET')
        return webhooks && mistakeOfWebhook({ ...webhooks, secrets: [] }, webhooks.secrets, notification)
      return checkout && apiKeys && mistakeOfReturn(apiKeys, now(), notification, checkout)
    },
    ...(office &&
      list && {
        async lookUp(checkout: OpenedCheckout): Promise<readonly PaymentEvent[]> {
          if (readSold(checkout)?.isForm) return lookUpByOrder(list, office, checkout)
          try {
            return await lookUp(office, checkout)
          } catch (error) {
            if (!(error instanceof CheckoutError && error.details.status === '429')) throw error
            // Sixty transactions a minute can be asked for one by one. Where more are due, the list may know, a hundred to a question.
            const events = await lookUpByOrder(list, office, checkout).catch(() => [])
            if (events.length === 0) throw error
            return events
          }
        },
      }),
  }
}

/** What a shop's own back office asks of WiPay's; needs WAPI credentials. Throws CheckoutError `config_invalid`. */
export function wipayBackOffice(configuration: WipayBackOfficeConfiguration): {
  readonly cards: StoredCards
  /** Undefined where WiPay knows no such transaction. */
  transaction(id: string): Promise<Transaction | undefined>
  /** Of the whole amount; whether it is granted WiPay says by webhook, or in the dashboard. */
  requestRefund(transactionId: string): Promise<void>
} {
  const given = readConfiguration('wipayBackOffice', officeSchema, configuration)
  const { mode, country, fetch } = given
  const baseUrl = given.baseUrl === undefined ? platformUrl(country, mode) : new URL(given.baseUrl)
  const office = backOffice({
    ...{ baseUrl, mode, credentials: secretsOf(given.wapi), fetch },
    now: given.now ?? (() => new Date()),
  })
  return {
    cards: storedCards(office),
    transaction: (id) => findTransaction(office, id),
    requestRefund: (transactionId) => requestRefund(office, transactionId),
  }
}

const secretsOf = (given: ReadCredentials) =>
  'key' in given ? { key: new Secret(given.key) } : { email: new Secret(given.email), password: new Secret(given.password) }

/** Proofs rest on these two, and some runtimes lack MD5 or answer it wrongly: better not to start than to believe nobody (T-57). */
function testHashes(): void {
  const known = [
    // The sample that WiPay's documents print, and RFC 4231's second test case.
    [() => md5('SB-12-1-oid_123-aBc-2021061602400110.00123'), '3d34d20260f7433ceee277e9ed9166a3'],
    [
      () => Buffer.from(hmacSha256('Jefe', 'what do ya want for nothing?')).toString('hex'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
  ] as const
  for (const [hash, expected] of known) if (attempt(hash) !== expected) throw brokenHash()
}

const brokenHash = () =>
  new CheckoutError('config_invalid', "this runtime's MD5 or HMAC-SHA256 is missing or wrong: does it run in FIPS mode?")

function attempt(hash: () => string): string | undefined {
  try {
    return hash()
  } catch {
    return undefined
  }
}

/** Where nobody asked to be told: on standard error, once, and silenced by the usual switches. Other runtimes lack it. */
const warnOfProcess = (message: string): void => globalThis.process?.emitWarning?.(message)
