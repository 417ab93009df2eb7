import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { verify } from '../../src/cli/verify.js'

// Against the vector of the protocol's reference (P02), whose signature was made by Paymentwall's own library.

const secretKey = 'fedcba98765432100123456789abcdef'
const environment = { PAYMENTWALL_PROJECT_KEY: '0123456789abcdef0123456789abcdef', PAYMENTWALL_SECRET_KEY: secretKey }
const sig = 'f133748d3d4bf363585fe9b08b1b91f90d26193be55172c2828aa16b98f482ad'
const query = `uid=user40012&goodsid=product301&slength=&speriod=&type=0&ref=b1493096790&sign_version=3&sig=${sig}`
const url = `https://shop.example/checkout/notify/paymentwall?${query}`

async function run(source: string, { input = '', env = environment as Record<string, string> } = {}) {
  const [printed, complaints]: [string[], string[]] = [[], []]
  const code = await verify('paymentwall', source, {
    input: Readable.from([input]),
    environment: env,
    print: (line) => printed.push(line),
    complain: (line) => complaints.push(line),
  })
  expect(`${printed}${complaints}`).not.toContain(secretKey)
  return { code, said: printed.map((line) => JSON.parse(line)), complaints }
}

describe('checkout-button verify', () => {
  test('a right notification: its events, and what was signed', async () => {
    const { code, said } = await run(url)
    expect(code).toBe(0)
    expect(said[0]).toMatchObject({ verifies: true, events: [{ key: 'b1493096790:0:', becomes: 'paid', test: false }] })
    expect(said[0].signed).toBe('goodsid=product301ref=b1493096790sign_version=3slength=speriod=type=0uid=user40012[secret]')
  })

  test('a wrong one: the code, the likely mistake, and what was signed', async () => {
    const { code, said } = await run(url.replace('user40012', 'user40013'))
    expect(code).toBe(1)
    expect(said[0]).toMatchObject({
      verifies: false,
      code: 'signature_invalid',
      message: expect.stringContaining('secret key'),
    })
    expect(said[0].signed).toContain('uid=user40013[secret]')
  })

  test('lines from standard input, each with a configuration of its own', async () => {
    const lines = [
      { request: { url } },
      { config: { secretKey: 'another0another0another0another0' }, request: { method: 'GET', url } },
    ]
    const { code, said } = await run('-', { input: lines.map((line) => JSON.stringify(line)).join('\n') })
    expect([code, said.map(({ verifies }) => verifies)]).toEqual([1, [true, false]])
  })

  test('T-54 T-55 a wrong call or configuration is named, and no value printed', async () => {
    const { code, complaints } = await run(url, { env: { ...environment, PAYMENTWALL_PROJECT_KEY: `${secretKey}-no` } })
    expect([code, complaints[0]]).toEqual([2, expect.stringContaining('projectKey')])
    expect((await run('-', { input: 'no json' })).complaints).toEqual(['a line is not JSON'])
    expect(await verify('nobody', url, { input: Readable.from([]), environment, print: () => {}, complain: () => {} })).toBe(2)
  })
})
