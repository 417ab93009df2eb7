import { createSSRApp } from 'vue'
import { renderToString } from 'vue/server-renderer'
import Cart from './Cart.vue'

export const render = (order: string): Promise<string> => renderToString(createSSRApp(Cart, { order }))
