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
