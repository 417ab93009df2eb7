import 'checkout-button/solid' // the element, and the types of its tag
import { createSignal, Show } from 'solid-js'

const labels = { payWith: 'Settle by' }

export function Cart(props: { order: string }) {
  const [isOpen, setOpen] = createSignal(true)
  const [isAgreed, setAgreed] = createSignal(false)
  const [said, setSaid] = createSignal('')

  return (
    <>
      <h1>Gold membership</h1>
      <label>
        <input type="checkbox" checked={isAgreed()} onChange={() => setAgreed(!isAgreed())} /> I accept the terms
      </label>
      <Show when={isOpen()}>
        <checkout-button
          server="/checkout"
          order={props.order}
          prop:labels={labels}
          disabled={!isAgreed()}
          on:checkout-open={({ method }) => setSaid(`You chose ${method}.`)}
          on:checkout-success={({ checkoutId }) => setSaid(`Thank you! Your receipt is ${checkoutId}.`)}
        />
      </Show>
      <p>{said()}</p>
      <button type="button" onClick={() => setOpen(!isOpen())}>
        {isOpen() ? 'Back to the shop' : 'To the cart'}
      </button>
    </>
  )
}
