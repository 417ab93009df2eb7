import { describe, expect, test } from 'vitest'
import { checkoutRequest, methodsRequest, signalRequest } from '../../src/protocol/checkout-request.js'

const request = {
  order: 'cart-17',
  attempt: '3c1f0f7e-6c0a-4a54-9b0e-1d2f3a4b5c6d',
  method: 'paymentwall:paypal',
  surface: 'iframe',
  page: 'https://shop.example/cart',
}
const takes = (changes: Record<string, unknown>) => checkoutRequest.safeParse({ ...request, ...changes }).success

describe('checkoutRequest', () => {
  test('takes what a browser says', () => {
    expect(checkoutRequest.parse(request)).toEqual(request)
    expect(takes({ country: 'DE', locale: 'de-DE', order: 'x'.repeat(200), page: 'http://localhost:3000/' })).toBe(true)
  })

  test.each(['price', 'amount', 'currency', 'buyer', 'email', 'title', 'test', '__proto__x'])(
    'T-23 refuses to be told a %s',
    (name) => {
      expect(takes({ [name]: '0.01' })).toBe(false)
    },
  )

  test.each(Object.keys(request))('needs its %s', (name) => {
    expect(takes({ [name]: undefined })).toBe(false)
    expect(takes({ [name]: 7 })).toBe(false)
    expect(takes({ [name]: [Object(request)[name]] })).toBe(false)
  })

  test.each([
    { order: '' },
    { order: 'x'.repeat(201) },
    { attempt: 'abc' },
    { attempt: '' },
    { method: 'paypal' },
    { method: 'paymentwall:' },
    { method: ':paypal' },
    { method: 'paymentwall:a:b' },
    { method: 'Paymentwall:paypal' },
    { method: 'paymentwall:a b' },
    { method: 'paymentwall:paypal\n' },
    { surface: 'tab' },
    { page: '/cart' },
    { page: 'javascript:alert(1)' },
    { page: 'http://shop.example/' },
    { page: 'https://user@shop.example/' },
    { page: `https://shop.example/${'x'.repeat(2048)}` },
    { country: 'de' },
    { country: 'DEU' },
    { locale: 'x'.repeat(36) },
  ])('refuses %j', (changes) => {
    expect(takes(changes)).toBe(false)
  })
})

describe('methodsRequest and signalRequest', () => {
  test('are as strict', () => {
    expect(methodsRequest.safeParse({ order: 'cart-17' }).success).toBe(true)
    expect(methodsRequest.safeParse({ order: 'cart-17', price: '1' }).success).toBe(false)
    expect(methodsRequest.safeParse({}).success).toBe(false)
    expect(signalRequest.safeParse({ kind: 'finished' }).success).toBe(true)
    expect(signalRequest.safeParse({ kind: 'paid' }).success).toBe(false)
    expect(signalRequest.safeParse({ kind: 'finished', state: 'paid' }).success).toBe(false)
  })
})
