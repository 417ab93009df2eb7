import querystring from 'node:querystring'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CheckoutError } from '../../src/protocol/checkout-error.js'
import { equalInConstantTime, hmacSha256, md5, randomId, readQuery, sha256 } from '../../src/providers/signing.js'
import { runs } from './paymentwall/vectors.js'

describe('hashes', () => {
  // RFC 1321, FIPS 180-2 and RFC 4231.
  test.each([
    ['', 'd41d8cd98f00b204e9800998ecf8427e', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', '900150983cd24fb0d6963f7d28e17f72', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ])('of %j', (text, md5Hex, sha256Hex) => {
    expect(md5(text)).toBe(md5Hex)
    expect(sha256(text)).toBe(sha256Hex)
  })

  test('are of the UTF-8 bytes', () => {
    expect(md5('ä€🎫')).toBe(md5(Buffer.from('ä€🎫')))
    expect(sha256('ä€🎫')).toBe(sha256(Buffer.from('ä€🎫')))
  })

  test('HMAC', () => {
    expect(Buffer.from(hmacSha256('Jefe', 'what do ya want for nothing?')).toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
  })
})

test('T-06 a name without a value ends where its pair ends', () => {
  expect([...readQuery('flag&b=1')].map(([name, { text }]) => [name, text])).toEqual([
    ['flag', ''],
    ['b', '1'],
  ])
})

describe('equalInConstantTime', () => {
  test('is equality of texts', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(equalInConstantTime(one, other)).toBe(one === other)
        expect(equalInConstantTime(one, `${one}`)).toBe(true)
      }),
    )
  })
})

describe('randomId', () => {
  test('T-30 is 128 bits that fit into an address', () => {
    const ids = new Set(Array.from({ length: 1000 }, randomId))
    expect(ids.size).toBe(1000)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/)
  })
})

describe('readQuery', () => {
  const read = (raw: string) => [...readQuery(raw)].map(([name, { text }]) => [name, text])

  test.each([
    ['', []],
    ['a=1', [['a', '1']]],
    ['a', [['a', '']]],
    ['a=', [['a', '']]],
    ['a==', [['a', '=']]],
    [
      'a=1=2&b=?/:@',
      [
        ['a', '1=2'],
        ['b', '?/:@'],
      ],
    ],
    [
      'a=+%2B&b=%C3%A9',
      [
        ['a', ' +'],
        ['b', 'é'],
      ],
    ],
    ['%61=1', [['a', '1']]],
    ['a=é', [['a', 'é']]],
  ])('reads %j', (raw, pairs) => {
    expect(read(raw)).toEqual(pairs)
  })

  test.each(['a=1&a=2', 'a=1&a=1', 'a=1&%61=2', 'a&a', 'a=1&b=2&a=3'])('T-06 refuses the repeated name of %j', (raw) => {
    expect(() => readQuery(raw)).toThrow(CheckoutError)
  })

  test.each([
    '&',
    'a=1&',
    '&a=1',
    'a=1&&b=2',
    '=',
    '=1',
    '1=1',
    'a[]=1',
    'a[b]=1',
    'a.b=1',
    'a b=1',
    'a%20b=1',
    'a%00=1',
    '%ff=1',
  ])('T-06 refuses a name of %j', (raw) => {
    expect(() => readQuery(raw)).toThrow(CheckoutError)
  })

  test.each(['a=%', 'a=%4', 'a=%4g', 'a=%%41', '%=1', 'a=\uD800', 'a=\uDC00x', 'a=%41\uD800'])(
    'T-07 refuses the malformed %j',
    (raw) => {
      expect(() => readQuery(raw)).toThrow(CheckoutError)
    },
  )

  test('T-07 keeps the bytes of what is no UTF-8, and has no text for it', () => {
    for (const [raw, bytes] of Object.entries({
      '%ff': [0xff],
      '%C3': [0xc3],
      '%ED%A0%80': [0xed, 0xa0, 0x80],
      '%C0%BD': [0xc0, 0xbd],
    })) {
      const value = readQuery(`a=x${raw}y`).get('a')
      expect(value?.text).toBeUndefined()
      expect([...(value?.bytes ?? [])]).toEqual([0x78, ...bytes, 0x79])
    }
  })

  test('takes other names where it is told to', () => {
    expect([...readQuery('goodsid[0]=a&goodsid[1]=b', () => true).keys()]).toEqual(['goodsid[0]', 'goodsid[1]'])
  })

  // An independent reader: Node's own unescaping (which its types do not know), after a split. Where ours accepts, they agree.
  const { unescapeBuffer } = querystring as unknown as { unescapeBuffer(text: string): Buffer }
  const byNode = (raw: string) =>
    raw.split('&').map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [name, value.join('=')].map((part) => unescapeBuffer(Buffer.from(part.replaceAll('+', ' ')).toString('latin1')))
    })

  test('T-07 agrees with another reader on all that it accepts', () => {
    const part = fc.array(
      fc.constantFrom(
        'a',
        'B',
        '_',
        '0',
        '+',
        '%20',
        '%2B',
        '%41',
        '%ff',
        '%C3%A9',
        '%zz',
        '%',
        '=',
        '&',
        'é',
        '🎫',
        '\n',
        '.',
      ),
      {
        maxLength: 6,
      },
    )
    const pair = fc.tuple(fc.stringMatching(/^[a-z_]{1,3}$/), part).map(([name, value]) => `${name}=${value.join('')}`)
    const raw = fc.oneof(
      fc.array(pair, { minLength: 1, maxLength: 5 }).map((pairs) => pairs.join('&')),
      fc.string({ minLength: 1 }),
    )
    let accepted = 0
    fc.assert(
      fc.property(raw, (query) => {
        let values: ReturnType<typeof readQuery>
        try {
          values = readQuery(query)
        } catch (error) {
          expect(error).toBeInstanceOf(CheckoutError)
          return
        }
        accepted++
        const ours = [...values].map(([name, { bytes }]) => [name, Buffer.from(bytes).toString('hex')])
        expect(ours).toEqual(byNode(query).map(([name, value]) => [name?.toString(), value?.toString('hex')]))
        for (const { bytes, text } of values.values())
          if (text !== undefined) expect(Buffer.from(text)).toEqual(Buffer.from(bytes))
      }),
      { numRuns: runs(3_000) },
    )
    expect(accepted).toBeGreaterThan(100)
  })

  test('T-52 never throws anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        try {
          readQuery(raw)
        } catch (error) {
          expect(error).toBeInstanceOf(CheckoutError)
        }
      }),
      { numRuns: runs(2_000) },
    )
  })
})
