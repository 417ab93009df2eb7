import { mount } from 'svelte'
import Cart from './Cart.svelte'

const order = new URLSearchParams(location.search).get('order') ?? 'order-4711'

mount(Cart, { target: document.querySelector('main') as HTMLElement, props: { order } })
