import { paymentwall } from 'checkout-button/providers/paymentwall'
import { CheckoutError, type CheckoutServer, createCheckout } from 'checkout-button/server'
import { sqlite } from 'checkout-button/stores/sqlite'
import { keys } from './keys.js'
import { type Orders, openOrders, totalOf } from './orders.js'

// What a merchant writes: what an order costs, how its goods are given, and how they are taken back. Everything about money,
// repeats and providers is the package's.

export interface ShopOptions {
  /** Where the shop is reached: its pages, and below `/checkout` the checkout server. */
  readonly address: string
  /** The pretend Paymentwall. With a real account there is no `baseUrl`, and the keys come from the environment. */
  readonly paymentwallAddress: string
  /** Of the two SQLite files: the shop's own orders, and the ledger of the checkout server. */
  readonly folder: string
}

export function openShop({ address, paymentwallAddress, folder }: ShopOptions): { checkout: CheckoutServer; orders: Orders } {
  const orders = openOrders(`${folder}/orders.db`)

  const checkout = createCheckout({
    base: `${address}/checkout`,
    pages: [address],
    country: 'NL',
    providers: [paymentwall({ ...keys, mode: 'test', baseUrl: paymentwallAddress })],
    store: sqlite(`${folder}/ledger.db`),

    price(id) {
      const order = orders.find(id)
      if (!order) throw new CheckoutError('order_unknown', 'there is no such order')
      return {
        id,
        title: order.items.map(({ title }) => title).join(', '),
        price: { amount: totalOf(order), currency: 'EUR' },
        buyer: { id: order.buyer, email: order.email },
      }
    },
    // Called again with the same id when a process dies half-way: both writes are keyed by it.
    fulfil: (delivery) => orders.give(delivery.orderId, delivery.id),
    revoke: (delivery) => orders.takeBack(delivery.orderId, delivery.id),
  })

  return { checkout, orders }
}
