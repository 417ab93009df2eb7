import { CheckoutError } from '../protocol/checkout-error.js'
import type { Order } from '../providers/adapter.js'
import { isOf } from './attempt.js'
import type { CheckoutOptions } from './merchant.js'
import { isReceived } from './settle.js'
import type { Payment, Store } from './store.js'

// An order is sold once, for ever: nobody is led to a page whose payment would have to be given back.

const mostRead = 100 // payments of one order, the latest

/** Refuses an order that holds money. Throws CheckoutError: `order_paid`, and what `paidOrder` throws. */
export async function refusePaid(options: CheckoutOptions, order: Order, name: string): Promise<void> {
  if (await paidOrder(options, order, name)) throw new CheckoutError('order_paid', 'this order is paid already')
}

/**
 * The order as it was priced when it was paid; undefined where nothing was. `name` is what the page calls it. Throws CheckoutError:
 * `order_pending` where money was received and is not the shop's yet; its `details.checkoutId` is the checkout to be asked how that ends,
 * where the page may ask for it. `order_invalid` where the order cannot be sold at all.
 */
export async function paidOrder({ store }: CheckoutOptions, order: Order, name: string): Promise<Order | undefined> {
  const payment = await coveringPayment(store, order)
  if (!payment) return undefined
  const checkout = await store.checkout(payment.checkoutId)
  if (checkout && checkout.order.buyer.id !== order.buyer.id)
    throw new CheckoutError(
      'order_invalid',
      'another buyer has paid this order: is its id a product code? Give each sale an id of its own',
    )
  if (isReceived(payment))
    throw new CheckoutError('order_pending', 'money was received for this order already, and its settlement is waited for', {
      details: checkout && isOf(checkout, name) ? { checkoutId: checkout.id } : {},
    })
  if (payment.state !== 'paid')
    throw new CheckoutError('order_invalid', 'this order was paid and taken back: sell it again under a new id')
  return checkout?.order ?? order
}

/** The payment that leaves nothing to be paid of the order, taken back since or not. */
export async function coveringPayment(store: Store, { id }: Order): Promise<Payment | undefined> {
  if (id === undefined) return undefined // each of its checkouts is an order of its own
  const [first, payments] = await Promise.all([store.firstOf(id), store.payments({ orderId: id, limit: mostRead })])
  return first ?? payments.find(isReceived)
}
