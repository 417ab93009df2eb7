import { expect, test } from 'vitest'
import { gstable, gstableBackOffice } from '../../src/providers/gstable/index.js'
import { paymentwall } from '../../src/providers/paymentwall/index.js'
import { wipay } from '../../src/providers/wipay/index.js'
import { postgres } from '../../src/stores/postgres.js'

// A merchant writes `process.env.NAME`, whose type is a text or nothing. The compiler takes it as it stands (this file is checked), since the
// start-up refuses what is not set, by its option: a cast that silences the compiler would tell nobody.

const unset = process.env.CHECKOUT_BUTTON_IS_NOT_SET

test.each<[string, () => unknown, readonly string[]]>([
  ['paymentwall', () => paymentwall({ projectKey: unset, secretKey: unset }), ['projectKey', 'secretKey']],
  [
    'gstable',
    () => gstable({ apiKey: unset, webhookKey: unset, accountId: unset, settlementToken: 'polygon::usdc' }),
    ['apiKey', 'webhookKey', 'accountId'],
  ],
  ['the back office of gstable', () => gstableBackOffice({ apiKey: unset }), ['apiKey']],
  [
    'wipay',
    () => wipay({ accountNumber: unset, country: 'TT', proof: 'wapi', wapi: { key: unset } }),
    ['accountNumber', 'wapi'],
  ],
  [
    'wipay by password',
    () => wipay({ accountNumber: unset, country: 'TT', proof: 'wapi', wapi: { email: unset, password: unset } }),
    ['accountNumber', 'wapi'],
  ],
])('T-55 %s refuses variables that are not set, each by its option', (_, make, options) => {
  expect(make).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  for (const option of options) expect(make).toThrow(`\n- ${option}: must be`)
})

test('T-55 PostgreSQL refuses an address whose variable is not set', () => {
  expect(() => postgres(unset)).toThrow('is its variable set?')
})
