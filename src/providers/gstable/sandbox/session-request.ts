import * as z from 'zod/mini'
import { isMetadata } from '../checkout.js'
import { productFault, type SandboxProducts } from './products.js'

// What a shop asks of GStable, read as strictly as the documents allow: a field that is missing, misspelled or of the wrong form shows
// up here and not in the first week of selling.

const isUrl = (value: string): boolean => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
const text = z.string().check(z.minLength(1))
const whole = z.int().check(z.minimum(1))
const url = z.string().check(z.refine(isUrl))

const line = z.discriminatedUnion('itemType', [
  z.strictObject({ itemType: z.literal('product'), productId: text, quantity: whole, unitPrice: whole }),
  z.strictObject({
    itemType: z.literal('one_time'),
    quantity: whole,
    unitPrice: whole,
    productData: z.strictObject({
      productName: text,
      productDescription: z.optional(z.string()),
      imageUrl: z.optional(url),
      attributes: z.optional(z.array(z.strictObject({ name: text, value: z.string() }))),
    }),
  }),
])

const sessionRequest = z.strictObject({
  accountId: z.string().check(z.regex(/^acc_[A-Za-z0-9_-]+$/)),
  settlementToken: z.string().check(z.regex(/^[a-z0-9]+::[a-z0-9]+$/)),
  lineItems: z.array(line).check(z.minLength(1)),
  successUrl: z.optional(url),
  payerEmailRequired: z.optional(z.literal([0, 1])),
  feeModel: z._default(z.literal([1, 2]), 1),
  expirationTime: z.optional(whole),
  // Its limits are not published: what keeps to the adapter's is taken.
  metadata: z._default(z.record(z.string(), z.unknown()).check(z.refine(isMetadata)), {}),
})
export type SessionRequest = z.infer<typeof sessionRequest>
export type SessionLine = z.infer<typeof line>

/** What an account sells, and receives. */
export interface SandboxStock {
  readonly products: SandboxProducts
  readonly settlementCurrencies: readonly string[]
}

/** The request, or why GStable would refuse it. `now` in Unix seconds. */
export function readSessionRequest(
  body: string,
  { products, settlementCurrencies }: SandboxStock,
  now: number,
): SessionRequest | { readonly code: number; readonly message: string } {
  const read = z.safeParse(sessionRequest, parse(body))
  const invalid = (fields: string) => ({ code: 400101, message: `Invalid field format: ${fields}` })
  if (!read.success) return invalid(read.error.issues.map(({ path }) => path.join('.') || 'body').join(', '))
  const { expirationTime, settlementToken, lineItems } = read.data
  if (expirationTime !== undefined && expirationTime < now + 1800)
    return invalid('expirationTime must be at least 30 minutes ahead')
  if (!settlementCurrencies.includes(settlementToken)) return { code: 400203, message: 'Settlement capability not found' }
  if (!Number.isSafeInteger(totalOf(lineItems))) return invalid('lineItems add up to too much')
  return productFault(lineItems, products) ?? read.data
}

export const totalOf = (lines: readonly SessionLine[]): number =>
  lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0)

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
