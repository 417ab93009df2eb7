import type { CheckoutButton as Element } from 'checkout-button'
import { CheckoutButton } from 'checkout-button/react'
import { createRef } from 'react'

export const right = (
  <CheckoutButton
    ref={createRef<Element>()}
    successUrl="/thanks"
    surface="popup"
    refuseWhenFramed
    labels={{ pay: 'Buy' }}
    onCheckoutFailure={(event) => event.error.code}
    className="wide"
    slot="pay"
  >
    <form method="post" action="/checkout/checkouts" />
  </CheckoutButton>
)
export const wrong = [
  <CheckoutButton key="1" layout="rows" />, // WRONG
  <CheckoutButton key="2" price="19.90" />, // WRONG
  <CheckoutButton key="3" labels={{ buy: 'Buy' }} />, // WRONG
  <CheckoutButton key="4" offer="none" />, // WRONG
  <CheckoutButton key="5" onCheckoutSuccess={(event) => event.amount} />, // WRONG
  <CheckoutButton key="6" onCheckoutPaid={() => {}} />, // WRONG
  <CheckoutButton key="7" ref={createRef<HTMLInputElement>()} />, // WRONG
  <CheckoutButton key="8" disabled="no" />, // WRONG
  <CheckoutButton key="9" refuseWhenFramed="no" />, // WRONG
]
