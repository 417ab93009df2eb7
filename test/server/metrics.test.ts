import { describe, expect, test, vi } from 'vitest'
import { memory } from '../../src/stores/memory.js'
import { eventOf, paid, pretend } from './pretend-provider.js'
import { createShop, gate, type Shop } from './shop.js'

const canary = 'canary@example.com'
async function metricsOf(shop: Shop) {
  const text = await shop.checkout.metrics().text()
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#') && !line.includes('_created'))
  return { text, values: Object.fromEntries(lines.map((line) => [line.replace(/ \S+$/, ''), Number(line.replace(/.* /, ''))])) }
}

describe('metrics', () => {
  test('count requests, notifications, hooks and questions by what became of them', async () => {
    let isBroken = true
    const fulfil = () => {
      if (isBroken) throw new Error('not yet')
    }
    const shop = createShop({ fulfil, providers: [{ ...pretend(), lookUp: async () => [] }] })
    const id = await shop.open()
    await shop.notify(paid(id))
    await shop.notify(paid('nobody', { reference: 'tx9' }))
    await shop.notify(eventOf(id, { news: 'disputed', objection: 'odd' }))
    await shop.post('notify/pretend', [])
    await shop.get('methods?order=/notify/')
    await shop.status(await shop.open('order-2'))
    await shop.checkout.fetch(new Request('https://shop.example/elsewhere'))
    await shop.settled()
    isBroken = false
    await shop.exhausted()
    expect((await metricsOf(shop)).values).toEqual({
      'checkout_button_requests_total{to="checkouts",status="200"}': 3,
      'checkout_button_requests_total{to="notify",status="200"}': 2,
      'checkout_button_requests_total{to="notify",status="404"}': 1,
      'checkout_button_requests_total{to="notify",status="401"}': 1,
      'checkout_button_requests_total{to="methods",status="200"}': 1,
      'checkout_button_requests_total{to="other",status="404"}': 1,
      'checkout_button_notifications_total{provider="pretend",became="taken"}': 1,
      'checkout_button_notifications_total{provider="pretend",became="unknown"}': 1,
      'checkout_button_notifications_total{provider="pretend",became="quarantined"}': 1,
      'checkout_button_notifications_total{provider="pretend",became="signature_missing"}': 1,
      'checkout_button_hooks_total{hook="fulfil",outcome="failed"}': 1,
      'checkout_button_hooks_total{hook="fulfil",outcome="done"}': 1,
      'checkout_button_hooks_total{hook="alert",outcome="done"}': 2,
      'checkout_button_questions_total{provider="pretend",outcome="silent"}': 1,
      checkout_button_hooks_running: 0,
    })
  })

  test('are OpenMetrics: each family with its type and its help, once, and an end', async () => {
    const shop = createShop()
    await shop.notify(paid(await shop.open()))
    const response = shop.checkout.metrics()
    expect(response.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
    const lines = (await response.text()).split('\n')
    expect(lines.slice(-2)).toEqual(['# EOF', ''])
    const families = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2] ?? '')
    expect(new Set(families).size).toBe(families.length)
    // A sample stands under its own family's type, as the format demands.
    let family = ''
    for (const line of lines.slice(0, -2)) {
      if (line.startsWith('# TYPE ')) family = line.split(' ')[2] ?? ''
      expect(line.replace(/^# (TYPE|HELP) /, '').startsWith(family)).toBe(true)
      if (!line.startsWith('#')) expect(line).toMatch(/^[a-z_]+(\{([a-z]+="[^"\\\n]*",?)+\})? [\d.]+$/)
    }
  })

  test('T-50 T-54 hold nothing that a stranger or a buyer wrote, however many come', async () => {
    const shop = createShop()
    for (let at = 0; at < 200; at++) {
      await shop.get(`${canary}/${at}?${canary}=${at}`)
      await shop.get(`checkouts/${canary}${at}`)
      await shop.get(`notify/${canary}${at}`)
      await shop.post('notify/pretend', [], { 'x-signature': `${canary}${at}` })
    }
    await shop.notify(paid(canary, { reference: canary, key: canary, buyerId: canary }))
    const { text } = await metricsOf(shop)
    expect(text).not.toContain('canary')
    expect(text.split('\n').length).toBeLessThan(40)
  })

  test('tell how many hooks run now', async () => {
    const hook = gate()
    const shop = createShop({ fulfil: () => hook.opened })
    await shop.notify(paid(await shop.open()))
    expect((await metricsOf(shop)).values.checkout_button_hooks_running).toBe(1)
    hook.open()
    await shop.settled()
    expect((await metricsOf(shop)).values.checkout_button_hooks_running).toBe(0)
  })
})

describe('health', () => {
  test('T-40 ready while the store can be written, and again when it can; alive all the time', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      const inner = memory()
      let isAway = true
      let writes = 0
      const store = {
        ...inner,
        transaction: ((work) => {
          writes++
          return isAway ? Promise.reject(new Error('SQLITE_FULL: canary')) : inner.transaction(work)
        }) as typeof inner.transaction,
      }
      const shop = createShop({ store })
      const ready = async () => (await shop.checkout.readiness()).status
      expect(await ready()).toBe(503)
      expect(await (await shop.checkout.readiness()).text()).not.toContain('canary')
      isAway = false
      // However often it is asked: one write a second.
      for (let times = 0; times < 50; times++) expect(await ready()).toBe(503)
      expect(writes).toBe(1)
      vi.advanceTimersByTime(1_000)
      expect([await ready(), shop.checkout.liveness().status]).toEqual([200, 200])
      await shop.checkout.close()
      expect([await ready(), shop.checkout.liveness().status]).toEqual([503, 200])
    } finally {
      vi.useRealTimers()
    }
  })
})
