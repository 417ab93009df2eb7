import { CheckoutButton } from './element/checkout-button.js'

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

// A second copy on the page, of another version perhaps, must not throw and take the rest of its bundle along (T-61).
if (!customElements.get('checkout-button')) customElements.define('checkout-button', CheckoutButton)
// biome-ignore lint/suspicious/noConsole: for the developer, who alone can mend it
else console.warn('<checkout-button> is on this page twice.')
