import { startDemo } from '../../demo/server.js'
import { test as base, type Shop } from './shop.js'

// The same shop with dollars for a currency, which all three providers take.

export { expect } from './shop.js'

export const test = base.extend<{ at: (provider: Provider) => ReturnType<typeof sandboxOf> }, object>({
  demo: [
    async ({}, use) => {
      const demo = await startDemo({ currency: 'USD', sandbox: { repeatEvery: 500 } })
      await use(demo)
      await demo.close()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  at: async ({ shop }, use) => {
    const at = (provider: Provider) => sandboxOf(shop, provider)
    await Promise.all((['wipay', 'gstable'] as const).flatMap((each) => [at(each).outcome(), at(each).faults()]))
    await use(at)
  },
})

export type Provider = 'paymentwall' | 'wipay' | 'gstable'

export const names = { paymentwall: 'Credit Cards', wipay: 'Card with WiPay', gstable: /^Stablecoins \(USDC, USDT\)/ }

const usual = { processing: 300, webhookAfter: 50, returnAfter: 300 }

/** What a pretend provider does from now on; what is left out goes well, and quickly. */
function sandboxOf({ demo }: Shop, provider: Provider) {
  const url = demo.sandboxes[provider]
  const tell = async (path: string, body: object) => {
    const answer = await fetch(`${url}/sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
  }
  /** The payments that this page of the provider was asked for, newest first. */
  const payments = async (): Promise<{ ref: string; state: string }[]> => (await fetch(`${url}/sandbox/payments`)).json()
  return {
    url,
    payments,
    /** Does something to the buyer's payment there. Every buyer waits for theirs, so the newest in that state is it. */
    move: async (name: string, state: string) => {
      const found = (await payments()).find((each) => each.state === state)
      if (!found) throw new Error(`${provider} has no payment that is ${state}`)
      await tell(`payments/${encodeURIComponent(found.ref)}/${name}`, {})
    },
    outcome: (change: object = {}) => tell('outcome', { ...usual, ...change }),
    release: () => tell('repeat', {}),
    faults: (change: object = {}) => tell('faults', change),
  }
}
