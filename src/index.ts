import { CheckoutButton } from './element/checkout-button.js'
import { define } from './element/define.js'

export type { Offer, PaymentMethod, SurfaceKind } from './element/checkout-button.js'
export {
  CheckoutCloseEvent,
  type CheckoutEventMap,
  CheckoutFailureEvent,
  CheckoutOpenEvent,
  CheckoutPendingEvent,
  CheckoutSuccessEvent,
} from './element/checkout-events.js'
export type { Labels } from './element/labels.js'

export { CheckoutButton }

define(CheckoutButton)
