import { isFinal } from '../protocol/payment-state.js'
import type { CheckoutStatus } from '../protocol/requests.js'
import { readStatus } from './ledger.js'
import type { CheckoutOptions } from './merchant.js'
import type { NotificationDesk } from './notifications.js'
import type { Checkout } from './store.js'

/** How a checkout stands, as far as this server knows. */
export async function statusOf(
  { store, now = () => new Date() }: Pick<CheckoutOptions, 'store' | 'now'>,
  checkout: Checkout,
): Promise<CheckoutStatus> {
  const [payments, first] = await Promise.all([store.paymentsOf(checkout.id), store.firstOf(checkout.orderId)])
  return readStatus(checkout, payments, first, now().getTime())
}

/** The same for a buyer who waits: where nothing was heard the provider is asked, and what is still owed is delivered now. */
export async function askStatus(
  options: CheckoutOptions,
  { inquirer, courier }: NotificationDesk,
  checkout: Checkout,
): Promise<CheckoutStatus> {
  const known = await statusOf(options, checkout)
  const isAsked = !isFinal(known.state) && (await inquirer.askFor(checkout))
  const status = isAsked ? await statusOf(options, checkout) : known
  // Somebody waits: a delivery that a dead process left behind need not wait for the worker as well.
  if (status.state === 'paid' && !status.delivered) courier.round().catch(() => {})
  return status
}
