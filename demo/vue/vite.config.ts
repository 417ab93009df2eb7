import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

// The page calls its own address, as in the shop; this development server passes that on to the checkout server.
const server = { proxy: { '/checkout': 'http://127.0.0.1:3000' } }

export default defineConfig({
  server,
  plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === 'checkout-button' } } })],
})
