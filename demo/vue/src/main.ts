import { createApp } from 'vue'
import Cart from './Cart.vue'

const order = new URLSearchParams(location.search).get('order') ?? 'order-4711'

createApp(Cart, { order }).mount('main')
