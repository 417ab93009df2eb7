import type { CheckoutButton } from 'checkout-button'
import type { CheckoutButtonAttributes } from 'checkout-button/react'
import { createRef } from 'react'

export const right = (
  <checkout-button
    ref={createRef<CheckoutButton>()}
    success-url="/thanks"
    surface="popup"
    refuse-when-framed
    labels={{ pay: 'Buy' }}
    oncheckout-failure={(event) => event.error.code}
    className="wide"
    slot="pay"
    {...({ 'oncheckout-open': (event) => event.method } satisfies CheckoutButtonAttributes)}
  />
)
export const wrong = [
  <checkout-button key="1" layout="rows" />, // WRONG
  <checkout-button key="2" price="19.90" />, // WRONG
  <checkout-button key="3" labels={{ buy: 'Buy' }} />, // WRONG
  <checkout-button key="4" offer="none" />, // WRONG
  <checkout-button key="5" oncheckout-success={(event) => event.amount} />, // WRONG
  <checkout-button key="7" ref={createRef<HTMLInputElement>()} />, // WRONG
  <checkout-button key="8" disabled="no" />, // WRONG
  <checkout-button key="9" refuse-when-framed="no" />, // WRONG
  // JSX checks no name with a hyphen in it that it does not know, unless it is asked to.
  <checkout-button key="10" {...({ 'oncheckout-paid': () => {} } satisfies CheckoutButtonAttributes)} />, // WRONG
]
export const element: HTMLElementTagNameMap['checkout-button']['layout'] = 'rows' // WRONG
