// @ts-check
/// <reference types="checkout-button" />

const button = document.createElement('checkout-button')
button.successUrl = '/thanks'
button.addEventListener('checkout-failure', (event) => event.error.code)

button.layout = 'rows' // WRONG
button.price = '19.90' // WRONG
button.labels = { buy: 'Buy' } // WRONG
button.offer = 'none' // WRONG
button.addEventListener('checkout-success', (event) => event.amount) // WRONG
button.disabled = 'no' // WRONG
