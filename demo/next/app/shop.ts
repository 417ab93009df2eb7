import { paymentwall } from 'checkout-button/providers/paymentwall'
import { createCheckout } from 'checkout-button/server'
import { sqlite } from 'checkout-button/stores/sqlite'

const { SHOP = 'http://127.0.0.1:3000', PAYMENTWALL } = process.env

export const checkout = createCheckout({
  base: `${SHOP}/checkout`,
  pages: [SHOP],
  country: 'US', // for buyers of whom nobody knows it: a route handler does not see their address
  providers: [
    paymentwall({
      projectKey: process.env.PAYMENTWALL_PROJECT_KEY ?? '', // what is missing is named when the server starts
      secretKey: process.env.PAYMENTWALL_SECRET_KEY ?? '',
      ...(PAYMENTWALL && { mode: 'test' as const, baseUrl: PAYMENTWALL }), // where the pretend one is
    }),
  ],
  store: sqlite('checkout.db'),
  price: (id) => ({
    id,
    title: 'Gold membership',
    price: { amount: '19.90', currency: 'USD' },
    buyer: { id: 'user-42', email: 'ada@example.com' },
  }),
  fulfil: ({ id, order }) => console.log(`give ${order.id} for ${id}`),
  revoke: ({ id, order }) => console.log(`take ${order.id} for ${id}`),
  log: console,
})
