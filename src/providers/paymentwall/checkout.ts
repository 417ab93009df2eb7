import { CheckoutError } from '../../protocol/checkout-error.js'
import { type Money, minorUnits } from '../../protocol/money.js'
import { methodCode, type OpenContext, type Order, type Secret } from '../adapter.js'
import { countryCode, email, type Profile, profileParameters } from './profile.js'
import { type SigningVersion, signedAddress } from './signature.js'

// An order becomes one signed address, and nothing is asked of the provider: whoever opens the address sees the page. It goes
// through the buyer's browser, who can change nothing in it without breaking the signature, but may try to use the signature for
// something else (T-01). So what the buyer has a say in is held to a pattern without `=`; only the title, which is the merchant's,
// is freer, and signature.ts has the last word on the whole.

export interface CheckoutRules {
  readonly projectKey: string
  /** The newest: older ones only verify. */
  readonly secret: Secret
  readonly signVersion: SigningVersion
  readonly baseUrl: URL
  readonly widget: string
  readonly test: boolean
  readonly evaluation: boolean
  readonly profile: Profile | ((order: Order) => Profile)
  readonly now: () => Date
}

const opaqueId = /^[A-Za-z0-9_.-]{1,64}$/
const productName = /^[^\p{Cc}\p{Cs}]{1,256}$/u
const shortCode = /^[a-z0-9_]+$/

/** What must be there to sell an order, in the form in which it is sent. */
export interface Sale {
  readonly amount: string
  readonly currency: string
  readonly email: string
}

/** What is sold; or, as a text, why Paymentwall cannot sell it. Only one-time sales at a price of ours are carried out. */
export function readSale({ price, title, buyer, renews, lasts, storesCard }: Order): Sale | string {
  if (renews || lasts || storesCard || !price) return 'it is no one-time sale at a price of ours'
  const amount = amountText(price)
  if (amount === undefined) return 'its price cannot be written with two decimals, or is below the minimum (0.30 USD)'
  if (!opaqueId.test(buyer.id)) return "the buyer's id is not of the form ^[A-Za-z0-9_.-]{1,64}$"
  if (!email.test(buyer.email ?? '')) return "the buyer's e-mail address, which Paymentwall demands, is missing or unusual"
  if (!productName.test(title)) return 'its title is empty, longer than 256 characters or holds control characters'
  if (title.includes('goodsid=')) return 'its title holds the text "goodsid=", which is never signed'
  return { amount, currency: price.currency, email: buyer.email as string }
}

/**
 * The price as Paymentwall takes it: always two decimals, worked out by digits. Undefined for what two decimals cannot hold
 * (1.234 KWD), for what is no amount of its currency (1.005 USD, 0.50 JPY), and below the documented minimum. That is
 * known for USD alone: "or equal value" needs a rate which only the provider has.
 */
export function amountText(price: Money): string | undefined {
  const units = minorUnits(price)
  if (units === undefined || units <= 0n || !/^[A-Z]{3}$/.test(price.currency)) return undefined
  if (price.currency === 'USD' && units < 30n) return undefined
  const [whole = '', fraction = ''] = price.amount.split('.')
  return /[1-9]/.test(fraction.slice(2)) ? undefined : `${whole}.${fraction.slice(0, 2).padEnd(2, '0')}`
}

/** The signed address of the payment page. Throws CheckoutError `order_invalid` or `method_unavailable`. */
export function pageAddress(order: Order, context: OpenContext, country: string | undefined, rules: CheckoutRules): URL {
  const sale = readSale(order)
  if (typeof sale === 'string') throw new CheckoutError('order_invalid', `Paymentwall cannot sell this order: ${sale}`)
  if (!opaqueId.test(context.checkoutId))
    throw new CheckoutError('order_invalid', 'the checkout id is not of the form that is signed')
  const ps = methodCode('paymentwall', context.method)
  if (!shortCode.test(ps) || (ps === 'test' && !rules.test))
    throw new CheckoutError('method_unavailable', 'this is no method of Paymentwall, or the test method in live mode')

  const failed = new URL(context.returnUrl)
  failed.search = 'failed'
  const language = pageLanguage(context.locale)
  const parameters = new Map<string, string>([
    ['key', rules.projectKey],
    ['uid', order.buyer.id],
    ['widget', rules.widget],
    ['ps', ps],
    ['email', sale.email],
    // Older pages of the documentation demand it, newer ones only the registration date: both are sent where known.
    ['timestamp', String(Math.floor(rules.now().getTime() / 1000))],
    ['amount', sale.amount],
    ['currencyCode', sale.currency],
    ['ag_name', order.title],
    ['ag_external_id', context.checkoutId], // comes back as `goodsid`
    ['ag_type', 'fixed'],
    ['success_url', context.returnUrl.href],
    ['failure_url', failed.href],
    ...profileParameters(order, typeof rules.profile === 'function' ? rules.profile(order) : rules.profile),
  ])
  if (language) parameters.set('lang', language)
  if (country !== undefined && countryCode.test(country)) parameters.set('country_code', country)
  if (rules.test) parameters.set('test_mode', '1')
  if (rules.evaluation) parameters.set('evaluation', '1')

  return signedAddress(rules, '/api/subscription', parameters) // so named for one-time payments too
}

const languages = new Set(
  'en fr de es it pt pt_BR tr sv ja fi ru uk pl el zh_TW zh_CN vi hi ko tl th hr lt sl sr bg nl'.split(' '),
)

/** The page's name for a BCP 47 locale (`pt-BR` → `pt_BR`, `zh-Hant` → `zh_TW`, `fil` → `tl`); undefined for one it does not speak. */
export function pageLanguage(locale: string | undefined): string | undefined {
  const { language = '', region, script } = readLocale(locale) ?? {}
  if (language === 'zh') return script === 'Hant' ? 'zh_TW' : 'zh_CN'
  const name = language === 'fil' ? 'tl' : language
  return [`${name}_${region}`, name].find((each) => languages.has(each))
}

function readLocale(locale: string | undefined): { language: string; region?: string; script?: string } | undefined {
  try {
    const given = new Intl.Locale((locale ?? '').replaceAll('_', '-'))
    // Which Chinese is written follows from the region; which Portuguese is spoken must not be guessed from the language.
    const { language, region } = given
    const { script } = given.maximize()
    return { language, ...(region && { region }), ...(script && { script }) }
  } catch {
    return undefined
  }
}
