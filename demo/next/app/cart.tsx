'use client'

import { CheckoutButton } from 'checkout-button/react'
import { useState } from 'react'

const labels = { payWith: 'Settle by' }

export function Cart({ order }: { order: string }) {
  const [isOpen, setOpen] = useState(true)
  const [isAgreed, setAgreed] = useState(false)
  const [said, setSaid] = useState('')

  return (
    <>
      <h1>Gold membership</h1>
      <label>
        <input type="checkbox" checked={isAgreed} onChange={() => setAgreed(!isAgreed)} /> I accept the terms
      </label>
      {isOpen && (
        <CheckoutButton
          server="/checkout"
          order={order}
          labels={labels}
          disabled={!isAgreed}
          onCheckoutOpen={({ method }) => setSaid(`You chose ${method}.`)}
          onCheckoutSuccess={({ checkoutId }) => setSaid(`Thank you! Your receipt is ${checkoutId}.`)}
        />
      )}
      <p>{said}</p>
      <button type="button" onClick={() => setOpen(!isOpen)}>
        {isOpen ? 'Back to the shop' : 'To the cart'}
      </button>
    </>
  )
}
