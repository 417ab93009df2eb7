import { gstable } from 'checkout-button/providers/gstable'
import { paymentwall } from 'checkout-button/providers/paymentwall'
import { wipay } from 'checkout-button/providers/wipay'
import { CheckoutError, type CheckoutServer, createCheckout } from 'checkout-button/server'
import { sqlite } from 'checkout-button/stores/sqlite'
import { keys, type ProviderName } from './keys.js'
import { type Orders, openOrders, totalOf } from './orders.js'

// What a merchant writes: what an order costs, how its goods are given, and how they are taken back. Everything about money,
// repeats and providers is the package's.

export interface ShopOptions {
  /** Where the shop is reached: its pages, and below `/checkout` the checkout server. */
  readonly address: string
  /** The pretend providers. With real accounts there is no `baseUrl`, and the keys come from the environment. */
  readonly sandboxes: Readonly<Record<ProviderName, string>>
  /** Of the two SQLite files: the shop's own orders, and the ledger of the checkout server. */
  readonly folder: string
  readonly currency: string
}

export function openShop({ address, sandboxes, folder, currency }: ShopOptions): { checkout: CheckoutServer; orders: Orders } {
  const orders = openOrders(`${folder}/orders.db`)

  const checkout = createCheckout({
    base: `${address}/checkout`,
    pages: [address],
    country: 'NL',
    providers: [
      paymentwall({ ...keys.paymentwall, mode: 'test', baseUrl: sandboxes.paymentwall }),
      wipay({
        ...keys.wipay,
        ...{ mode: 'test', baseUrl: sandboxes.wipay, country: 'TT' },
        // The way back alone would do to sell. But a buyer who never comes back, a refund and a dispute are heard of by webhook only.
        proof: 'webhook',
        origin: 'Quiet-Hours',
        labels: { card: 'Card with WiPay' }, // beside Paymentwall's cards: two equal names would leave the buyer to guess
      }),
      gstable({
        ...keys.gstable,
        ...{ mode: 'test', baseUrl: `${sandboxes.gstable}/payment/v1`, settlementToken: 'polygon::usdc' },
      }),
    ],
    store: sqlite(`${folder}/ledger.db`),

    price(id) {
      const order = orders.find(id)
      if (!order) throw new CheckoutError('order_unknown', 'there is no such order')
      return {
        id,
        title: order.items.map(({ title }) => title).join(', '),
        price: { amount: totalOf(order), currency },
        buyer: { id: order.buyer, email: order.email },
      }
    },
    // Called again with the same id when a process dies half-way: both writes are keyed by it.
    fulfil: (delivery) => orders.give(delivery.orderId, delivery.id),
    revoke: (delivery) => orders.takeBack(delivery.orderId, delivery.id),
  })

  return { checkout, orders }
}
