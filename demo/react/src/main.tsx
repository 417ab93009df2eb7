import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Cart } from './cart'

const order = new URLSearchParams(location.search).get('order') ?? 'order-4711'

createRoot(document.querySelector('main') as HTMLElement).render(
  <StrictMode>
    <Cart order={order} />
  </StrictMode>,
)
