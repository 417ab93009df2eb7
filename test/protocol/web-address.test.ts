import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isLoopback, isWebAddress } from '../../src/protocol/web-address.js'

describe('isWebAddress', () => {
  test.each([
    ...[
      'https://shop.example',
      'https://shop.example:8443/a?b#c',
      'https://bücher.example',
      'https://[2001:db8::1]/',
      'HTTPS://SHOP.EXAMPLE',
    ],
    ...['http://localhost:3000/', 'http://127.0.0.1', 'http://127.1', 'http://[::1]:8080/a', 'http://2130706433/'],
  ])('T-75 takes %s', (address) => {
    expect(isWebAddress(address)).toBe(true)
  })

  test.each([
    ...['', ' ', 'shop.example', '/path', '//evil.example', '\\\\evil.example', 'https:', 'https://', 'https://a b'],
    ...[
      'javascript:alert(1)',
      'JavaScript:alert(1)',
      ' javascript:alert(1)',
      'java\nscript:alert(1)',
      'data:text/html,x',
      'blob:https://a',
    ],
    ...['file:///etc/passwd', 'ftp://shop.example', 'ws://localhost', 'about:blank', 'mailto:a@b.example'],
    ...[
      'http://shop.example',
      'http://localhost.evil.example',
      'http://127.0.0.1.evil.example',
      'http://evil.example#localhost',
    ],
    ...[
      'http://192.168.0.1',
      'http://169.254.169.254',
      'http://[::ffff:127.0.0.1]',
      'http://localhost@evil.example',
      'http://0.0.0.0',
    ],
    ...[
      'https://user@shop.example',
      'https://user:word@shop.example',
      'https://:word@shop.example',
      'https://shop.example@evil.example',
    ],
  ])('T-75 refuses %j', (address) => {
    expect(isWebAddress(address)).toBe(false)
  })

  test('T-29 back slashes and line breaks lead where the parser says, not where they seem to', () => {
    expect(new URL('https:\\\\shop.example\\a').host).toBe('shop.example')
    for (const [address, host] of [
      ['https:\\evil.example', 'evil.example'],
      ['https://shop.example\\@evil.example', 'shop.example'],
    ] as const)
      expect(isWebAddress(address) && new URL(address).host).toBe(host)
  })

  test('T-75 says the same however often it is asked', () => {
    for (let time = 0; time < 20_000; time++) expect(isWebAddress('https://bücher.example')).toBe(true)
  })

  test('T-75 what it takes is https, or this machine; never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl({ validSchemes: ['http', 'https', 'ftp'] }), fc.string({ unit: 'binary' })), (address) => {
        if (!isWebAddress(address)) return
        const url = new URL(address)
        expect(url.protocol === 'https:' || isLoopback(url)).toBe(true)
        expect(url.username + url.password).toBe('')
      }),
      { numRuns: 2_000 },
    )
  })
})
