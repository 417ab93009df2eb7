import { createCheckout } from '../../src/server/index.js'
import { paymentwall } from '../../src/providers/paymentwall/index.js'
import { memory } from '../../src/stores/memory.js'
import { project } from './notifications.js'
