import * as z from 'zod/mini'
import { CheckoutError } from '../protocol/checkout-error.js'
import { readConfiguration } from '../protocol/configuration.js'
import { money } from '../protocol/money.js'
import type { Notification, OpenedCheckout } from '../providers/adapter.js'
import { parseJson } from '../providers/foreign-text.js'

// One line of what `checkout-button verify` reads. It is written by hand, from a server's log and the ledger's rows, so what is wrong with it is
// said by its field, and what a proof does not rest on may be left out.

const isHeaders = (given: Record<string, string>): boolean => {
  try {
    return Boolean(new Headers(given))
  } catch {
    return false // a name with a blank in it, a value of two lines
  }
}
const isTime = (text: string): boolean => !Number.isNaN(Date.parse(text))
const isAddress = (text: string): boolean => URL.canParse(text, 'http://localhost')

const request = z.strictObject({
  method: z._default(z.string(), 'GET'),
  url: z.string().check(z.refine(isAddress, { message: 'cannot be read as an address' })),
  headers: z._default(
    z.record(z.string(), z.string()).check(z.refine(isHeaders, { message: 'no header can have such a name, or such a value' })),
    {},
  ),
  body: z._default(z.string(), ''),
  address: z.optional(z.string()),
})

/** As an adapter sees it, for proofs that rest on what was stored: the columns of its row in `ledger_checkouts`. */
const checkout = z.object({
  id: z._default(z.string(), ''),
  method: z._default(z.string(), ''),
  mode: z._default(z.enum(['live', 'test']), 'live'),
  openedAt: z._default(z.string().check(z.refine(isTime, { message: 'is no time' })), new Date(0).toISOString()),
  reference: z.optional(z.string()),
  order: z._default(z.looseObject({ price: z.optional(money) }), {}),
  kept: z._default(z.record(z.string(), z.string()), {}),
})

const line = z.strictObject({
  config: z.optional(z.record(z.string(), z.unknown())),
  request,
  checkout: z.optional(checkout),
})

export interface Line {
  readonly config: Readonly<Record<string, unknown>> | undefined
  readonly notification: Notification
  readonly checkout: OpenedCheckout | undefined
}

/** Throws CheckoutError `request_invalid` for what is no JSON, `config_invalid` with every fault of a line by its field. */
export function readLine(text: string): Line {
  const given = parseJson(text)
  if (given === undefined) throw new CheckoutError('request_invalid', 'a line is not JSON')
  const { config, request, checkout } = readConfiguration('the line', line, given)
  return { config, notification: asReceived(request), checkout: checkout && asStored(checkout) }
}

const asReceived = ({ method, url, headers, body, address }: z.infer<typeof request>): Notification => ({
  method,
  url: new URL(url, 'http://localhost'),
  headers: new Headers(headers),
  body: new TextEncoder().encode(body),
  ...(address !== undefined && { address }),
})

/** JSON knows no dates. What was left out stands there empty: an order without title and buyer proves nothing more. */
const asStored = ({ openedAt, order, reference, ...rest }: z.infer<typeof checkout>): OpenedCheckout => ({
  ...rest,
  openedAt: new Date(openedAt),
  order: { title: '', buyer: { id: '' }, ...order } as OpenedCheckout['order'],
  ...(reference !== undefined && { reference }),
})
