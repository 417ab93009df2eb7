import { Cart } from './cart'

// Rendered on the server for every order; the cart goes on in the browser.

export default async function Page({ searchParams }: { searchParams: Promise<{ order?: string }> }) {
  const { order = 'order-4711' } = await searchParams
  return <Cart order={order} />
}
