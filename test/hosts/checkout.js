import { gstable } from 'checkout-button/providers/gstable'
import { createCheckout } from 'checkout-button/server'
import { memory } from 'checkout-button/stores/memory'

// The merchant's file of the snippets, as the conformance suite wants it: two checkouts that say on their output, a line of JSON each,
// what reached them. One provider is real, so that a signature over the bytes is checked by what checks it in a shop.

const tell = (line) => console.log(JSON.stringify(line))

export function create(mount, store = memory()) {
  const line = (_fields, message) => tell({ mount, log: message })
  const { close } = store
  store.close = async () => {
    await close()
    tell({ mount, closed: true })
  }
  return createCheckout({
    base: `https://shop.example${mount}`,
    pages: ['https://shop.example'],
    providers: [
      gstable({
        ...{ apiKey: 'sk_live_6dK2mQ9xT4', webhookKey: 'wkk_Demo1f8Qx2LrT0pZ7vB4nS6yH9', accountId: 'acc_merchant_02' },
        ...{ settlementToken: 'polygon::usdc', now: () => new Date(1_767_495_165_000) },
      }),
      probe(mount),
    ],
    store,
    price: (id) => ({
      id,
      title: 'Gold',
      price: { amount: '19.90', currency: 'USD' },
      buyer: { id: 'u1', email: 'u@example.com' },
    }),
    fulfil: async ({ id }) => {
      tell({ mount, fulfilling: id })
      await new Promise((resolve) => setTimeout(resolve, 200))
      tell({ mount, fulfilled: id })
    },
    revoke() {},
    log: { info() {}, warn: line, error: line },
  })
}

/** Tells what arrived. A body that names a checkout pays it; with the header `x-wait` it takes its time first. */
const probe = (mount) => ({
  name: 'probe',
  mode: 'live',
  acknowledgement: 'OK',
  notifiesBy: ['GET', 'POST'],
  methods: () => [{ id: 'probe:card', label: 'Card', surfaces: ['redirect'] }],
  open: (_order, { checkoutId }) => ({ url: new URL(`https://pay.example/${checkoutId}`) }),
  async verify({ method, url, headers, body, address }) {
    tell({
      mount,
      arrived: { method, search: url.search, body: Buffer.from(body).toString('base64'), address: address ?? null },
    })
    if (headers.has('x-wait')) await new Promise((resolve) => setTimeout(resolve, 300))
    const id = /^paid (\S+)$/.exec(Buffer.from(body).toString('latin1'))?.[1]
    return id ? [{ key: `${id}:paid`, checkout: { id }, reference: id, becomes: 'paid', test: false }] : []
  },
})

export const checkout = create('/checkout')
export const other = create('/eu/checkout')
