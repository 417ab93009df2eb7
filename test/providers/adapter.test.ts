import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { CheckoutError } from '../../src/protocol/checkout-error.js'
import { methodCode, Secret } from '../../src/providers/adapter.js'

describe('Secret', () => {
  test.each([
    ['as text', (secret: Secret) => String(secret)],
    ['in a template', (secret: Secret) => `${secret}`],
    ['as JSON', (secret: Secret) => JSON.stringify({ secret })],
    ['under inspection', (secret: Secret) => inspect({ secret }, { depth: 9, showHidden: true, getters: true })],
    ['with its properties', (secret: Secret) => JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret)])],
    ['as the cause of an error', (secret: Secret) => inspect(new Error('no', { cause: secret }))],
  ])('T-54 does not print %s', (_, print) => {
    expect(print(new Secret('canary'))).not.toContain('canary')
  })

  test('is there where it is asked for', () => {
    expect(new Secret('canary').reveal()).toBe('canary')
  })
})

describe('methodCode', () => {
  test('is what stands behind the colon of its own methods', () => {
    expect(methodCode('acme', 'acme:card')).toBe('card')
    for (const method of ['acme', 'acmecard', 'other:card', 'acme2:card', ''])
      expect(() => methodCode('acme', method)).toThrow(expect.objectContaining({ code: 'method_unavailable' }))
    expect(() => methodCode('acme', 'x')).toThrow(CheckoutError)
  })
})
