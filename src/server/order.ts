import * as z from 'zod/mini'
import { CheckoutError } from '../protocol/checkout-error.js'
import { faultsOf } from '../protocol/configuration.js'
import { type Money, minorUnits, money } from '../protocol/money.js'
import { period } from '../protocol/requests.js'
import type { Order } from '../providers/adapter.js'

// What the merchant's `price` hook answers, read as strictly as any input: a float or a typing error here is a wrong price.

const isPositive = (given: Money): boolean => (minorUnits(given) ?? 0n) > 0n
const price = money.check(
  z.refine(isPositive, {
    message: 'must be a decimal text above zero with no more decimals than its currency has, like "19.90"',
  }),
)
const text = (longest: number) => z.string().check(z.minLength(1), z.maxLength(longest))
const country = z.string().check(z.regex(/^[A-Z]{2}$/))

const buyer = z.strictObject({
  id: z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,64}$/)),
  email: z.optional(text(254)),
  name: z.optional(text(200)),
  phone: z.optional(text(40)),
  country: z.optional(country),
  address: z.optional(
    z.strictObject({
      line1: text(200),
      line2: z.optional(text(200)),
      city: z.optional(text(100)),
      state: z.optional(text(100)),
      zip: z.optional(text(20)),
    }),
  ),
  registeredAt: z.optional(z.date()),
  cards: z.optional(z.array(z.strictObject({ provider: text(40), id: text(100), label: text(100) }))),
})

const item = z.strictObject({
  title: text(256),
  quantity: z.int().check(z.positive()),
  price: z.optional(price),
  description: z.optional(text(1000)),
  image: z.optional(text(2048)),
  attributes: z.optional(z.record(z.string(), z.string())),
  products: z.optional(z.record(z.string(), z.string())),
})

const order = z
  .strictObject({
    id: z.optional(z.string().check(z.regex(/^[\x21-\x7e]{1,200}$/))),
    title: text(256),
    price: z.optional(price),
    buyer,
    renews: z.optional(
      z.strictObject({ period, trial: z.optional(z.strictObject({ period, price, title: z.optional(text(256)) })) }),
    ),
    lasts: z.optional(period),
    items: z.optional(z.array(item)),
    storesCard: z.optional(z.boolean()),
    metadata: z.optional(z.record(z.string(), z.string())),
  })
  .check(z.refine(addsUp, { path: ['items'], message: 'their prices times quantities do not add up to the price' }))

function addsUp(given: {
  price?: Money | undefined
  items?: readonly { price?: Money | undefined; quantity: number }[] | undefined
}): boolean {
  const { price, items = [] } = given
  if (!price || items.length === 0 || items.some((each) => !each.price)) return true
  const units = items.map(
    (each) =>
      (each.price as Money).currency === price.currency && (minorUnits(each.price as Money) ?? -1n) * BigInt(each.quantity),
  )
  return (
    units.every((each) => each !== false) &&
    units.reduce<bigint>((sum, each) => sum + (each as bigint), 0n) === minorUnits(price)
  )
}

/** Throws CheckoutError `order_invalid` that names every fault by its field, and no value. */
export function readOrder(given: unknown): Order {
  const read = z.safeParse(order, given)
  if (read.success) return read.data as Order
  const error = { issues: read.error.issues.map(withMistake) } as z.core.$ZodError
  throw new CheckoutError('order_invalid', `what the price hook answered cannot be sold:\n${faultsOf(error)}`)
}

const mistakes: Readonly<Record<string, string>> = {
  'amount invalid_type': "must be text, and no number, which cannot hold every price: write it as '19.90'",
  'amount invalid_format': "must be digits with a point and no sign, like '19.90'",
  'currency invalid_format': "must be the three letters of ISO 4217 in upper case, like 'USD'",
}

/** What is most often wrong with a price, said in full. */
function withMistake(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  const message = mistakes[`${String(issue.path.at(-1))} ${issue.code}`]
  return message === undefined ? issue : { code: 'custom', path: issue.path, message, input: undefined }
}
