// @ts-check
/// <reference types="checkout-button" />

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id))
const button = /** @type {import('checkout-button').CheckoutButton} */ (document.querySelector('checkout-button'))

button.order = new URLSearchParams(location.search).get('order') ?? 'order-4711'
button.labels = { payWith: 'Settle by' }
button.addEventListener('checkout-open', ({ method }) => {
  find('said').textContent = `You chose ${method}.`
})
button.addEventListener('checkout-success', ({ checkoutId }) => {
  find('said').textContent = `Thank you! Your receipt is ${checkoutId}.`
})

find('terms').addEventListener('change', () => {
  button.disabled = !button.disabled
})
find('leave').addEventListener('click', () => {
  if (button.isConnected) button.remove()
  else find('cart').append(button)
  find('leave').textContent = button.isConnected ? 'Back to the shop' : 'To the cart'
})
