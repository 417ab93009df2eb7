import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { currencyDecimals, minorUnits, money, sameMoney } from '../../src/protocol/money.js'

describe('money', () => {
  test.each(['0', '1', '19.90', '0.5', '999999999999', '1.12345678'])('T-23 takes %s', (amount) => {
    expect(money.safeParse({ amount, currency: 'USD' }).success).toBe(true)
  })

  test.each([
    19.9,
    '',
    '.5',
    '1.',
    '01',
    '00',
    '-1',
    '+1',
    '1e3',
    '1,50',
    '1 000',
    ' 1',
    '1\n',
    '٣',
    'NaN',
    '1000000000000',
    '1.123456789',
    null,
  ])('T-23 refuses %j', (amount) => {
    expect(money.safeParse({ amount, currency: 'USD' }).success).toBe(false)
  })

  test.each(['usd', 'US', 'USDT', '', 'U$D', 840, undefined])('T-23 refuses the currency %j', (currency) => {
    expect(money.safeParse({ amount: '1', currency }).success).toBe(false)
  })
})

describe('minorUnits', () => {
  test.each([
    ['19.90', 'USD', 1990n],
    ['19.9', 'USD', 1990n],
    ['19', 'USD', 1900n],
    ['19.900', 'USD', 1990n],
    ['19.901', 'USD', undefined],
    ['500', 'JPY', 500n],
    ['500.00', 'JPY', 500n],
    ['500.01', 'JPY', undefined],
    ['1.234', 'KWD', 1234n],
    ['1.2345', 'KWD', undefined],
    ['1.5', 'IQD', 1500n],
    ['12.34', 'LBP', 1234n],
    ['0', 'EUR', 0n],
    ['0.00', 'EUR', 0n],
    ['999999999999.99', 'EUR', 99999999999999n],
    ['-1', 'EUR', undefined],
    ['1e2', 'EUR', undefined],
    ['', 'EUR', undefined],
    ['1.00\n', 'EUR', undefined],
  ])('T-23 %s %s is %s', (amount, currency, units) => {
    expect(minorUnits({ amount, currency })).toBe(units)
  })

  test('T-23 knows the currencies without cents, and with a thousand', () => {
    for (const currency of ['JPY', 'KRW', 'VND', 'CLP', 'XAF', 'ISK', 'PYG', 'UGX']) expect(currencyDecimals(currency)).toBe(0)
    for (const currency of ['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND']) expect(currencyDecimals(currency)).toBe(3)
    for (const currency of ['USD', 'EUR', 'HUF', 'TWD', 'XYZ', 'constructor']) expect(currencyDecimals(currency)).toBe(2)
  })

  test('T-23 is exact for every amount, in every spelling', () => {
    const currencies = fc.constantFrom('USD', 'JPY', 'KWD', 'UYW')
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 12n - 1n }),
        fc.nat(9999),
        currencies,
        fc.nat(4),
        (whole, rest, currency, zeros) => {
          const decimals = currencyDecimals(currency)
          const units = whole * 10n ** BigInt(decimals) + BigInt(rest % 10 ** decimals)
          const fraction = decimals === 0 ? '' : String(rest % 10 ** decimals).padStart(decimals, '0')
          const written = fraction + '0'.repeat(zeros)
          expect(minorUnits({ amount: written ? `${whole}.${written}` : `${whole}`, currency })).toBe(units)
        },
      ),
    )
  })
})

describe('sameMoney', () => {
  test.each([
    [['10', 'USD'], ['10.00', 'USD'], true],
    [['10.5', 'USD'], ['10.50', 'USD'], true],
    [['10', 'USD'], ['10', 'EUR'], false],
    [['10.01', 'USD'], ['10.00', 'USD'], false],
    [['1.005', 'USD'], ['1.005', 'USD'], false], // no amount of dollars equals nothing
    [['0.1', 'KWD'], ['0.100', 'KWD'], true],
  ] as const)('%j and %j: %s', ([one, unit], [other, otherUnit], same) => {
    expect(sameMoney({ amount: one, currency: unit }, { amount: other, currency: otherUnit })).toBe(same)
  })
})
