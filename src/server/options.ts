import * as z from 'zod/mini'
import { functionOf, must, readConfiguration, ruleOf } from '../protocol/configuration.js'
import { isLoopback, readUrl } from '../protocol/web-address.js'
import type { CheckoutOptions } from './merchant.js'

// A wrong configuration is found at start-up, all of it at once, and not by the first buyer (T-55).

type Given = CheckoutOptions
/** Milliseconds of a hook in the ledger's transaction: on SQLite nobody else writes meanwhile. */
export const longestInTransaction = 2_000
const hook = functionOf<() => void>()
const optionalHook = z.optional(hook)

const isOrigin = (value: string): boolean => readUrl(value)?.origin === value
const isBase = (value: string): boolean => {
  const url = readUrl(value)
  if (!url) return false
  // Addresses are made by writing behind it, so it is compared with what the parser makes of it; at the root of a host it has no path.
  const isPlain = url.href === value || url.href === `${value}/`
  return isPlain && /^https?:$/.test(url.protocol) && !/[?#@]|\/$/.test(value)
}
interface Ruled extends Pick<Given, 'base' | 'pages' | 'providers' | 'store'> {
  readonly delivery?: { readonly inTransaction?: boolean | undefined; readonly time?: number | undefined } | undefined
}
const rule = ruleOf<Ruled>()
const addressesOf = ({ base, pages }: Ruled): readonly string[] => [base, ...pages]
const has = (names: readonly string[]) => (value: unknown) =>
  typeof value === 'object' && value !== null && names.every((name) => name in value)

const options = z
  .strictObject({
    base: z.string().check(
      z.refine(isBase, {
        message:
          "must be the public address of the mount, without query and without a slash at its end: 'https://shop.example/checkout'",
      }),
    ),
    pages: z
      .array(
        z.string().check(
          z.refine((page) => !page.includes('*'), {
            message: 'must not hold `*`: any page could show your prices and open payments then; list each origin',
            abort: true,
          }),
          z.refine((page) => /^https?:\/\//i.test(page), {
            message: "must begin with https:// (on this machine http://): 'https://shop.example'",
            abort: true,
          }),
          z.refine(isOrigin, { message: "must be an origin, without a path or a slash at its end: 'https://shop.example'" }),
        ),
      )
      .check(z.minLength(1)),
    providers: z
      .array(
        z.custom<Given['providers'][number]>(
          has(['name', 'mode', 'methods', 'open', 'verify']),
          must('be a provider, as its own function makes it from your configuration'),
        ),
      )
      .check(z.minLength(1)),
    store: z.custom<Given['store']>(
      has(['transaction', 'claim']),
      must("be a store, made by its function: sqlite('checkout.db')"),
    ),
    country: z.optional(z.string().check(z.regex(/^[A-Z]{2}$/))),
    delivery: z.optional(
      z.strictObject({
        inTransaction: z.optional(z.boolean()),
        time: z.optional(z.int().check(z.minimum(1), z.maximum(45_000))),
        attempts: z.optional(z.int().check(z.minimum(1))),
        atOnce: z.optional(z.int().check(z.minimum(1))),
      }),
    ),
    keep: z.optional(z.strictObject({ details: z.int().check(z.minimum(1)) })),
    log: z.optional(
      z.custom<NonNullable<Given['log']>>(has(['info', 'warn', 'error']), must('have info, warn and error, like pino')),
    ),
    ...{
      price: hook,
      fulfil: hook,
      revoke: hook,
      alert: optionalHook,
      news: optionalHook,
      foreign: optionalHook,
      observe: optionalHook,
      now: optionalHook,
    },
  })
  .check(
    rule('providers', 'two have the same name', ({ providers }) => {
      return new Set(providers.map(({ name }) => name)).size === providers.length
    }),
    rule('providers', 'some are live and some are in test mode: one server is one or the other', ({ providers }) => {
      return new Set(providers.map(({ mode }) => mode)).size <= 1
    }),
    rule('base', 'base and pages must be https in live mode; http is for test mode on this machine', (given) => {
      return given.providers[0]?.mode === 'test' || addressesOf(given).every(isSafe)
    }),
    rule('base', 'http is only for localhost', (given) => {
      return addressesOf(given).every((address) => isSafe(address) || isLoopback(new URL(address)))
    }),
    rule(
      'delivery',
      'inTransaction needs a store in your own database: postgres({ kysely }) or sqlite({ kysely })',
      ({ store, delivery }) => !delivery?.inTransaction || has(['share'])(store),
    ),
    rule(
      'delivery',
      `time must be at most ${longestInTransaction} in a transaction: others wait for its locks`,
      ({ delivery }) => !delivery?.inTransaction || (delivery.time ?? 0) <= longestInTransaction,
    ),
  )

const isSafe = (address: string): boolean => address.startsWith('https:')
/** Throws CheckoutError `config_invalid` that names every wrong option, and no value. */
export function readOptions(given: CheckoutOptions): CheckoutOptions {
  // Parsed for its faults alone: hooks and stores are used as they were given, with their own `this`.
  readConfiguration('the checkout server', options, given)
  return given
}
