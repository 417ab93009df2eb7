import { afterEach, describe, expect, test } from 'vitest'
import { baseString, signatureOf } from '../../src/providers/paymentwall/signature.js'
import { startSandbox } from '../../src/sandbox/index.js'

const keys = { projectKey: '0123456789abcdef0123456789abcdef', secretKey: 'fedcba98765432100123456789abcdef' }

let close = async () => {}
afterEach(() => close())

async function start() {
  const sandbox = await startSandbox({ paymentwall: keys })
  close = sandbox.close
  const { url } = sandbox.paymentwall
  const values = new Map([
    ['key', keys.projectKey],
    ['country_code', 'NL'],
    ['sign_version', '3'],
  ])
  values.set('sign', signatureOf(baseString(values), 3, keys.secretKey))
  return {
    ...sandbox.paymentwall,
    methods: () => fetch(`${url}/api/payment-systems/?${new URLSearchParams([...values])}`),
    page: () => fetch(`${url}/api/subscription?sign=0`),
  }
}

describe('an origin of its own', () => {
  test('is served on this machine alone, under the name that makes it another site', async () => {
    const { url, methods } = await start()
    expect(url).toMatch(/^http:\/\/localhost:\d+$/)
    const [first] = await (await methods()).json()
    expect(new URL(first.img_url).origin).toBe(url)
    expect((await fetch(first.img_url)).status).toBe(200)
  })

  test('refuses to start on a port that is taken', async () => {
    const { url } = await start()
    await expect(startSandbox({ port: Number(new URL(url).port), paymentwall: keys })).rejects.toThrow('EADDRINUSE')
  })
})

describe('several providers', () => {
  const gstable = { apiKey: 'sk_test_1234567890', webhookKey: 'wkk_1234567890' }
  /** An address of each that answers 200 to a GET. */
  const doors = { paymentwall: '/favicon.ico', wipay: '/favicon.ico', gstable: '/public/api/v1/capabilities/all' } as const

  async function startAll(port = 0) {
    const sandbox = await startSandbox({ port, paymentwall: keys, wipay: {}, gstable })
    close = sandbox.close
    return sandbox
  }

  test('are served side by side, each on a port of its own, and only those that were asked for', async () => {
    const { paymentwall, wipay, gstable } = await startAll()
    expect(new Set([paymentwall.url, wipay.url, gstable.url]).size).toBe(3)
    await close()
    const alone = await startSandbox({ wipay: {} })
    close = alone.close
    expect(Object.keys(alone).sort()).toEqual(['close', 'wipay'])
    // @ts-expect-error a name that no provider has
    await (await startSandbox({ wypay: {} })).close()
  })

  test('take ports in a row, and leave none taken when one of them is not free', async () => {
    const { url } = (await startAll()).wipay
    const taken = Number(new URL(url).port)
    await expect(startAll(taken - 1)).rejects.toThrow('EADDRINUSE')
    const first = await startSandbox({ port: taken - 1, wipay: {} })
    expect(first.wipay.url).toBe(`http://localhost:${taken - 1}`)
    await first.close()
  })

  test.each(['paymentwall', 'wipay', 'gstable'] as const)('faults of %s are its own', async (name) => {
    const running = await startAll()
    running[name].setFaults({ fails: true })
    for (const other of ['paymentwall', 'wipay', 'gstable'] as const) {
      const { status } = await fetch(`${running[other].url}${doors[other]}`)
      expect([other, status >= 500]).toEqual([other, other === name])
    }
  })
})

describe('faults', () => {
  test('late answers', async () => {
    const { setFaults, methods } = await start()
    setFaults({ delay: 120 })
    const before = performance.now()
    expect((await methods()).status).toBe(200)
    expect(performance.now() - before).toBeGreaterThan(100)
  })

  test('a page of HTML with 500', async () => {
    const { setFaults, methods } = await start()
    setFaults({ fails: true })
    const answer = await methods()
    expect([answer.status, answer.headers.get('content-type')]).toEqual([500, 'text/html; charset=utf-8'])
  })

  test('HTML in place of JSON, with 200', async () => {
    const { setFaults, methods, page } = await start()
    setFaults({ htmlForJson: true })
    const answer = await methods()
    expect([answer.status, (await answer.text()).slice(0, 15)]).toEqual([200, '<!doctype html>'])
    expect(await (await page()).text()).toContain('not authorised')
  })

  test('connections that are cut', async () => {
    const { setFaults, methods } = await start()
    setFaults({ drops: true })
    await expect(methods()).rejects.toThrow('fetch failed')
    setFaults({})
    expect((await methods()).status).toBe(200)
  })

  test('pages that may not be framed or that cut off their opener; JSON stays as it is', async () => {
    const { setFaults, methods, page } = await start()
    setFaults({ refusesFrames: true, openerPolicy: 'same-origin' })
    const { headers } = await page()
    expect([headers.get('x-frame-options'), headers.get('cross-origin-opener-policy')]).toEqual(['DENY', 'same-origin'])
    expect((await methods()).headers.has('x-frame-options')).toBe(false)
  })

  test('are switched over HTTP, even while nothing else answers', async () => {
    const { url, faults } = await start()
    const post = (body: string, headers = {}) => fetch(`${url}/sandbox/faults`, { method: 'POST', body, headers })
    expect(faults.drops).toBe(false)
    expect(await (await post('{"drops":true}')).json()).toMatchObject({ drops: true, delay: 0 })
    expect(await (await fetch(`${url}/sandbox/faults`)).json()).toMatchObject({ drops: true })
    expect((await post('{"drops":"yes"}')).status).toBe(400)
    expect((await post('{}', { origin: 'http://127.0.0.1:1' })).status).toBe(403)
    expect(await (await post('{}')).json()).toMatchObject({ drops: false })
  })
})
