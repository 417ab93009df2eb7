import { render } from 'solid-js/web'
import { Cart } from './cart'

const order = new URLSearchParams(location.search).get('order') ?? 'order-4711'

render(() => <Cart order={order} />, document.querySelector('main') as HTMLElement)
