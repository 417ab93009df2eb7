import { tellDeveloper } from '../checkout/developer.js'
import type { CheckoutButton } from './checkout-button.js'

/** Makes `<checkout-button>`. A second copy on the page, of another version perhaps, must not throw and take the rest of its bundle along (T-61). */
export function define(button: typeof CheckoutButton): void {
  if (customElements.get('checkout-button')) tellDeveloper('<checkout-button> is on this page twice.')
  else customElements.define('checkout-button', button)
}
