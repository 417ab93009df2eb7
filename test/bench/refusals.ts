import { paymentwall } from '../../src/providers/paymentwall/index.js'
import { createCheckout } from '../../src/server/index.js'
import type { Store } from '../../src/server/store.js'
import { memory } from '../../src/stores/memory.js'
import { pingback, project } from './notifications.js'

export interface Refusals {
  readonly perSecond: number
  /** Bytes of heap that stayed behind. */
  readonly grown: number
  /** How often the store was touched: never, or a stranger could slow the shop down. */
  readonly touched: number
  /** Lines of log: a few, however many are refused. */
  readonly lines: number
}

/** Notifications whose signature does not hold, from the request to the answer, without a socket in between: one core's work. */
export async function measureRefusals(count: number): Promise<Refusals> {
  let touched = 0
  let lines = 0
  const line = () => void lines++
  const store = new Proxy(memory(), {
    get(real, name: keyof Store) {
      if (name !== 'close') touched++
      return real[name]
    },
  })
  const checkout = createCheckout({
    base: 'https://shop.example/checkout',
    pages: ['https://shop.example'],
    providers: [paymentwall(project)],
    store,
    log: { info: line, warn: line, error: line },
    price: () => {
      throw new Error('nothing is opened while this is measured')
    },
    fulfil: () => {},
    revoke: () => {},
  })
  const forged = Array.from({ length: 500 }, (_, index) => {
    const query = pingback(index).replace(/sig=./, (sig) => (sig === 'sig=0' ? 'sig=1' : 'sig=0'))
    return `https://shop.example/checkout/notify/paymentwall?${query}`
  })
  const refuse = async (times: number): Promise<void> => {
    for (let index = 0; index < times; index++) {
      const { status } = await checkout.fetch(new Request(forged[index % forged.length] as string))
      if (status !== 401) throw new Error(`a forged notification was answered ${status}`)
    }
  }
  await refuse(5_000)
  touched = 0 // checking the options looked at it, too
  const before = heap()
  const start = performance.now()
  await refuse(count)
  const perSecond = (count / (performance.now() - start)) * 1000
  const grown = heap() - before
  await checkout.close()
  return { perSecond, grown, touched, lines }
}

function heap(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
