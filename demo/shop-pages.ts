import { type Orders, products, type ShopOrder, totalOf } from './orders.js'

/** What the shop's page asks of its server: products and their currency, placing an order, and how an order stands. */
export async function shopPages(orders: Orders, currency: string, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const [, , room, id] = url.pathname.split('/')
  if (request.method === 'GET' && room === 'products') return json({ products, currency })
  if (request.method === 'GET' && room === 'orders' && id) return answer(orders.find(id), 404)
  if (request.method === 'POST' && room === 'orders' && !id) {
    if (request.headers.get('origin') !== url.origin) return json({ error: 'Not from this page.' }, 403)
    const { products: wanted, buyer, email } = await request.json().catch(() => ({}))
    if (!Array.isArray(wanted)) return json({ error: 'Nothing was ordered.' }, 400)
    return answer(orders.place(wanted, String(buyer), String(email)), 400)
  }
  return json({ error: 'There is nothing here.' }, 404)
}

const answer = (order: ShopOrder | undefined, otherwise: number) =>
  order ? json({ ...order, total: totalOf(order) }) : json({ error: 'There is no such order.' }, otherwise)

const json = (value: unknown, status = 200) => Response.json(value, { status, headers: { 'cache-control': 'no-store' } })
