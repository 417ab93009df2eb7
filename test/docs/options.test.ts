import { expect, test } from 'vitest'
import { readmes } from './options.js'

test.each(readmes())(
  'the options in $provider’s README.md are those of its types: `npm run docs` writes them',
  ({ text, wanted }) => {
    expect(text).toBe(wanted)
  },
)

test('the tables hold every option with its type, default and comment', () => {
  const [gstable = '', paymentwall = '', wipay = ''] = readmes().map(({ wanted }) => wanted)
  expect(gstable).toContain('| `apiKey` | `string` | **needed** | Never leaves the server')
  expect(gstable).toContain("| `feeModel` | `'merchant' \\| 'payer'` | `merchant` | Who bears")
  expect(paymentwall).toMatch(
    /\| `mode` \| `'live' \\\| 'test'` \| `live` \| .*\n\| `fetch` .*\n\| `now` .*\n<!-- \/options -->/,
  )
  expect(wipay).toContain('| `limits` | `Record<string, { from?: string; to?: string }>` | none | Of the account')
  expect(wipay).toContain("| `country` | `'BB' \\| ")
  expect(wipay).toContain('| `wapi` | `{ key: string } \\| { email: string; password: string }` | – | Needed')
})
