import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { serve } from 'checkout-button/hosts/node'
import { gstable } from 'checkout-button/providers/gstable'
import { paymentwall } from 'checkout-button/providers/paymentwall'
import { wipay } from 'checkout-button/providers/wipay'
import { createCheckout, type Delivery, type EventRecord, type Payment, type Store } from 'checkout-button/server'
import { postgres } from 'checkout-button/stores/postgres'
import { sqlite } from 'checkout-button/stores/sqlite'
import { keys } from './signers.js'

// A shop in a process of its own, as a merchant would run it, which is killed again and again. What its hooks do stands in a file outside
// of the database, written through to the disk line by line.

export interface ShopOptions {
  readonly store: 'sqlite' | 'postgres'
  /** A file, or an address. */
  readonly database: string
  readonly effects: string
  readonly base: string
  readonly sandboxes: { readonly paymentwall: string; readonly wipay: string; readonly gstable: string }
  /** By which the store's clock is ahead: the leases of all who died have run out by then. */
  readonly ahead?: number
}

/** What the ledger says in the end. */
export interface Books {
  readonly events: readonly EventRecord[]
  readonly payments: readonly Payment[]
  /** References of those that were told to be surplus. */
  readonly surplus: readonly string[]
  readonly isAtRest: boolean
}

export const origin = 'http://127.0.0.1'
export const apiKey = 'sk_test_9aZkQ81mT0bWc2'
const pause = (most: number) => new Promise((resolve) => setTimeout(resolve, Math.random() * most))

function shopOf({ store: kind, database, effects, base, sandboxes, ahead = 0 }: ShopOptions) {
  const clock = ahead > 0 ? { now: () => new Date(Date.now() + ahead) } : {}
  const store: Store = kind === 'sqlite' ? sqlite(database, clock) : postgres({ url: database, connections: 6, ...clock })
  const file = openSync(effects, 'a')
  const write = (word: string) => async (delivery: Delivery) => {
    await pause(15)
    const { id, orderId, provider, reference } = delivery
    writeSync(file, `${word} ${id} ${orderId} ${provider}:${reference}\n`)
    fsyncSync(file)
    await pause(15)
  }
  const checkout = createCheckout({
    base,
    pages: [origin],
    providers: [
      paymentwall({
        ...keys.paymentwall,
        mode: 'test',
        baseUrl: sandboxes.paymentwall,
        methods: [{ id: 'test', label: 'Test' }],
      }),
      wipay({
        ...{ mode: 'test', accountNumber: '1234567890', country: 'TT', baseUrl: sandboxes.wipay },
        ...{ proof: 'webhook', webhookSecret: keys.wipay.webhookSecret },
      }),
      gstable({
        ...{ mode: 'test', apiKey, webhookKey: keys.gstable.webhookKey, accountId: 'acc_9TqXv' },
        ...{ settlementToken: 'polygon::usdc', baseUrl: `${sandboxes.gstable}/payment/v1` },
      }),
    ],
    store,
    price: (id) => ({
      ...{ id, title: 'Gold', price: { amount: '19.90', currency: 'USD' } },
      buyer: { id: 'u1', email: 'u1@example.com' },
    }),
    fulfil: write('fulfil'),
    revoke: write('revoke'),
    alert: () => {},
    news: () => {},
  })
  return { checkout, file }
}

async function readBooks({ checkout, file }: ReturnType<typeof shopOf>): Promise<Books> {
  const limit = 1_000_000
  const isAtRest = async () => {
    const untold = await checkout.ledger.notices({ limit, untold: true })
    return untold.length === 0 && (await checkout.ledger.payments({ limit })).every(({ dueAt }) => dueAt === undefined)
  }
  const until = Date.now() + 120_000
  while (!(await isAtRest()) && Date.now() < until) await checkout.work({ once: true })
  const notices = await checkout.ledger.notices({ limit })
  const books = {
    events: await checkout.ledger.events({ limit }),
    payments: await checkout.ledger.payments({ limit }),
    surplus: notices.flatMap(({ kind, reference }) => (kind === 'surplus' && reference !== undefined ? [reference] : [])),
    isAtRest: await isAtRest(),
  }
  await checkout.close()
  closeSync(file)
  return books
}

const [, , task, given = ''] = process.argv
if (task === 'serve' || task === 'books') {
  process.on('disconnect', () => process.exit())
  const shop = shopOf(JSON.parse(given) as ShopOptions)
  if (task === 'serve') {
    // Without a database it ends, and whoever runs it starts it again.
    const served = await serve(shop.checkout, { port: 0, host: '127.0.0.1' }).catch(() => process.exit(1))
    process.send?.({ port: served.port })
  } else process.send?.(await readBooks(shop))
}
