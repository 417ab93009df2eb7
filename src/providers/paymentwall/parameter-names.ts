import { apis } from './api-type.js'

// Names that a merchant may choose, in the project's settings and in the configuration.

const signedNames = new Set(['key', 'widget', 'ps', 'sign', 'amount', 'currencyCode', 'country_code'])

/**
 * Whether a custom pingback parameter may be listed under this name: none that every signed address holds, and none that a cut could
 * find inside `key` (T-02).
 */
export const isListable = (name: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) &&
  !apis['digital-goods'].standardNames.has(name) &&
  !signedNames.has(name) &&
  !name.startsWith('ag_') &&
  !name.endsWith('key') &&
  !'key'.endsWith(name)

// Without those that cannot be listed anyway. Brackets are left out: a custom parameter has none.
const addressNames = new Set(
  [
    'email timestamp lang success_url failure_url cancel_url pingback_url evaluation test_mode merchant_order_id skey promo vc ts',
    'version integration_module hide_goodsid display_goodsid external_ids prices currencies names customer history tax_id',
    'calculate_tax user_cart post_trial_amount post_trial_currencyCode hide_post_trial_good currency',
  ]
    .join(' ')
    .split(' '),
)

/**
 * Whether our checkout id can travel under this name: none that an address holds already, and none that ends like the mark of a pingback,
 * with which no page could be signed.
 */
export const canCarryId = (name: string): boolean => isListable(name) && !addressNames.has(name) && !/(goodsid|ref)$/.test(name)
