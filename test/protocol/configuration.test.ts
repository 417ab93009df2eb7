import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { CheckoutError } from '../../src/protocol/checkout-error.js'
import { credential, readConfiguration } from '../../src/protocol/configuration.js'

const schema = z.strictObject({
  key: credential,
  mode: z.enum(['live', 'test']),
  tries: z.optional(z.number().check(z.minimum(1), z.maximum(9))),
  inner: z.optional(z.strictObject({ code: z.string().check(z.regex(/^[a-z]+$/), z.maxLength(5)) })),
  either: z.optional(z.union([z.number(), z.boolean()])),
})

function faultOf(given: unknown): string {
  try {
    readConfiguration('acme', schema, given)
  } catch (error) {
    expect(error).toBeInstanceOf(CheckoutError)
    expect((error as CheckoutError).code).toBe('config_invalid')
    return (error as CheckoutError).message
  }
  return ''
}

describe('readConfiguration', () => {
  test('answers what it read', () => {
    expect(readConfiguration('acme', schema, { key: 'k-1', mode: 'test' })).toEqual({ key: 'k-1', mode: 'test' })
  })

  test('T-55 names every fault in one message, by option, and prints no value', () => {
    const message = faultOf({
      key: 'canary 1',
      mode: 'canary2',
      tries: 77,
      inner: { code: 'CANARY3', canary: 'canary4' },
      either: 'canary5',
      other: 'canary6',
    })
    expect(message.split('\n')).toEqual([
      'acme is not configured correctly:',
      '- key: holds white space: was it pasted with a line break?',
      '- mode: must be one of live, test',
      '- tries: is too large',
      '- inner.code: is not of the form expected',
      '- inner.code: is too large',
      expect.stringMatching(/^- inner\.canary: there is no such /),
      '- either: is not valid',
      expect.stringMatching(/^- other: there is no such /),
    ])
    expect(message).not.toMatch(/canary\d|77/i)
  })

  test.each([
    [undefined, 'it: must be an object'],
    [null, 'it: must be an object'],
    [{}, 'key: must be a string (is it missing or undefined?)'],
    [{ key: 7, mode: 'live' }, 'key: must be a string'],
    [{ key: '', mode: 'live' }, 'key: is empty'],
    [{ key: 'k', mode: undefined }, 'mode: must be one of live, test'],
    [{ key: 'k', mode: 'live', tries: 0 }, 'tries: is empty or too small'],
    [{ key: 'k', mode: 'live', tries: '3' }, 'tries: must be a number'],
  ])('T-55 %j', (given, message) => {
    expect(faultOf(given)).toContain(`- ${message}`)
  })
})

describe('credential', () => {
  test.each(['a', '123', 'wkk_aB3', 'fedcba98765432100123456789abcdef', 'testing', 'secretariat'])('takes %s', (value) => {
    expect(credential.safeParse(value).success).toBe(true)
  })

  test.each([
    ...['', ' ', ' a', 'a ', 'a\n', 'a b', 'a\u0000b', 'a\u00a0b', '\ufeffa'],
    ...[
      'changeme',
      'CHANGE-ME',
      'your_secret_key',
      'your-key',
      '<secret>',
      'xxxx',
      'XXX',
      '***',
      '...',
      'secret',
      'Password',
      'TODO',
      'undefined',
      'null',
      'none',
      'test',
    ],
  ])('T-55 refuses %j', (value) => {
    expect(credential.safeParse(value).success).toBe(false)
  })
})
