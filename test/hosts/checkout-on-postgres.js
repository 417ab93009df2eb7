import { postgres } from 'checkout-button/stores/postgres'
import { create } from './checkout.js'

// The same where a checkout lives no longer than a request.

export const open = (url, mount = '/checkout') => create(mount, postgres({ url, connections: 2 }))
