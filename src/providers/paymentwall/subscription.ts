import type { Period } from '../../protocol/requests.js'
import type { Order } from '../adapter.js'
import { amountText } from './price.js'

// What Paymentwall calls a subscription: sold for a time, renewed or not. One page of its documents says that `post_trial_…` describe the
// trial; every official library does the opposite, and so do the names: `amount` and `ag_…` are what is charged now – the trial, where
// there is one – and `post_trial_…` the plan that follows.

/**
 * Short codes of the methods that can renew, from several generations of the documents; the method list names some of them otherwise
 * (`mobiamo`). `all` is Paymentwall's own choice, and `test` the method of tests.
 */
export const renewingMethods = [
  ...['cc', 'paypal', 'mercadopago', 'mobilegateway', 'mobiamo', 'sepadirectdebit', 'qiwiwallet'],
  ...['fasterpay', 'alipayplus', 'creditcardkr', 'tosspay', 'all', 'test'],
]

/** The plan after a trial comes back under an id of its own, so that both can be told apart. */
const planOf = (checkoutId: string): string => `${checkoutId}.plan`
const planId = /^(.+)\.plan$/

/** Reads back what `planOf` wrote: the checkout, and whether it was its plan. No id of ours ends like that by itself. */
export function readSoldId(id: string): { readonly checkoutId: string; readonly isPlan: boolean } {
  const checkoutId = id.endsWith('.plan') ? planId.exec(id)?.[1] : undefined
  return checkoutId === undefined ? { checkoutId: id, isPlan: false } : { checkoutId, isPlan: true }
}

/** Why these periods cannot be sold; undefined where they can. */
export function periodFault({ renews, lasts }: Order, allowsLongPeriods: boolean): string | undefined {
  if (renews && lasts) return 'it renews and lasts at once: `lasts` is for what is sold for a time, once'
  const renewing = renews ? [renews.period, ...(renews.trial ? [renews.trial.period] : [])] : []
  if (![...renewing, ...(lasts ? [lasts] : [])].every(isCountable)) return 'a period must be a whole number of units, 1 to 9999'
  const isSold = renewing.every((each) => length(each) >= 36 && (allowsLongPeriods || length(each) < 4_380))
  return isSold
    ? undefined
    : 'a period that renews must be 3 days or more, and under a year unless Paymentwall allowed longer ones'
}

const isCountable = ({ every }: Period): boolean => Number.isInteger(every) && every >= 1 && every <= 9999

// In twelfths of a day, so that twelve months are a year.
const twelfths = { day: 12, week: 84, month: 365, year: 4_380 } as const
const length = ({ every, unit }: Period): number => every * twelfths[unit]

/** What an order that renews or lasts adds to the address: with a trial its own price and name take the place of the plan's. */
export function periodParameters(order: Order, checkoutId: string): [name: string, value: string][] {
  const { renews, lasts, price, title } = order
  const now = renews?.trial?.period ?? renews?.period ?? lasts
  if (!now) return [['ag_type', 'fixed']]
  const parameters: [string, string][] = [
    ['ag_type', 'subscription'],
    ['ag_period_length', String(now.every)],
    ['ag_period_type', now.unit],
  ]
  if (renews) parameters.push(['ag_recurring', '1']) // left out otherwise, as the libraries do
  if (!renews?.trial || !price) return parameters
  return [
    ...parameters,
    ['ag_trial', '1'],
    ['ag_post_trial_external_id', planOf(checkoutId)],
    ['ag_post_trial_name', title],
    ['ag_post_trial_period_length', String(renews.period.every)],
    ['ag_post_trial_period_type', renews.period.unit],
    ['post_trial_amount', amountText(price) as string],
    ['post_trial_currencyCode', price.currency],
  ]
}
