import type { CheckoutButtonAttributes } from 'checkout-button/solid'

export const right = () => (
  <checkout-button
    success-url="/thanks"
    surface="popup"
    prop:labels={{ pay: 'Buy' }}
    on:checkout-failure={(event) => event.error.code}
    class="wide"
    slot="pay"
    refuse-when-framed
    {...({ 'on:checkout-open': (event) => event.method } satisfies CheckoutButtonAttributes)}
  />
)
export const wrong = () => [
  <checkout-button layout="rows" />, // WRONG
  <checkout-button price="19.90" />, // WRONG
  <checkout-button prop:labels={{ buy: 'Buy' }} />, // WRONG
  <checkout-button prop:offer="none" />, // WRONG
  <checkout-button on:checkout-success={(event) => event.amount} />, // WRONG
  <checkout-button disabled="no" />, // WRONG
  <checkout-button refuse-when-framed="no" />, // WRONG
  // JSX checks no name with a hyphen in it that it does not know, unless it is asked to.
  <checkout-button {...({ 'on:checkout-paid': () => {} } satisfies CheckoutButtonAttributes)} />, // WRONG
]
