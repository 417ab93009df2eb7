import { createSSRApp } from 'vue'
import Cart from './Cart.vue'

const order = new URLSearchParams(location.search).get('order') ?? 'order-4711'

createSSRApp(Cart, { order }).mount('main')
