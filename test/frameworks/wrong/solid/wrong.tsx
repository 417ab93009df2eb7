import 'checkout-button/solid'

export const right = () => (
  <checkout-button
    success-url="/thanks"
    surface="popup"
    prop:labels={{ pay: 'Buy' }}
    on:checkout-failure={(event) => event.error.code}
    class="wide"
    slot="pay"
  />
)
export const wrong = () => [
  <checkout-button layout="rows" />, // WRONG
  <checkout-button price="19.90" />, // WRONG
  <checkout-button prop:labels={{ buy: 'Buy' }} />, // WRONG
  <checkout-button prop:offer="none" />, // WRONG
  <checkout-button on:checkout-success={(event) => event.amount} />, // WRONG
  <checkout-button disabled="no" />, // WRONG
]
