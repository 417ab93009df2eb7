import { CheckoutError } from '../../protocol/checkout-error.js'
import { methodCode, type OpenContext, type Order } from '../adapter.js'
import { apis } from './api-type.js'
import { countryCode, type Profile, profileParameters } from './profile.js'
import { opaqueId, readSale, type SaleRules } from './sale.js'
import { type SigningRules, signedAddress } from './signature.js'

// An order becomes one signed address, and nothing is asked of the provider: whoever opens the address sees the page. It goes
// through the buyer's browser, who can change nothing in it without breaking the signature, but may try to use the signature for
// something else (T-01). So what the buyer has a say in is held to a pattern without `=`; only titles, which are the merchant's,
// are freer, and signature.ts has the last word on the whole.

export interface CheckoutRules extends SaleRules, SigningRules {
  /** Undefined: the one that fits what is sold. */
  readonly widget: string | undefined
  readonly test: boolean
  readonly evaluation: boolean
  readonly profile: Profile | ((order: Order) => Profile)
  readonly now: () => Date
}

const shortCode = /^[a-z0-9_]+$/

/** The signed address of the payment page. Throws CheckoutError `order_invalid` or `method_unavailable`. */
export function pageAddress(order: Order, context: OpenContext, country: string | undefined, rules: CheckoutRules): URL {
  const sale = readSale(order, rules)
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
    ['widget', rules.widget ?? sale.widget],
    ['ps', ps],
    ['email', sale.email],
    // Older pages of the documentation demand it, newer ones only the registration date: both are sent where known.
    ['timestamp', String(Math.floor(rules.now().getTime() / 1000))],
    ...sale.parameters(context.checkoutId),
    ['success_url', context.returnUrl.href],
    ['failure_url', failed.href],
    ...profileParameters(order, typeof rules.profile === 'function' ? rules.profile(order) : rules.profile),
  ])
  if (rules.checkoutParameter !== undefined) parameters.set(rules.checkoutParameter, context.checkoutId)
  if (language) parameters.set('lang', language)
  if (country !== undefined && countryCode.test(country)) parameters.set('country_code', country)
  if (rules.test) parameters.set('test_mode', '1')
  if (rules.evaluation) parameters.set('evaluation', '1')

  return signedAddress(rules, apis[rules.apiType].path, parameters, 'default_goodsid')
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
