// The built server under load, as it is shipped, in a process of its own: SQLite with fsync at each commit or PostgreSQL, Paymentwall's
// verification, hooks that do nothing but wait. Plain JavaScript, so that no compiler's memory is measured with it.

const [dist, database, count, project, hookTime] = process.argv.slice(2)
const load = (name) => import(`${dist}/${name}.js`)
const [{ createCheckout }, { serve }, { paymentwall }, { sqlite }, { postgres }] = await Promise.all(
  ['server', 'hosts/node', 'providers/paymentwall', 'stores/sqlite', 'stores/postgres'].map(load),
)

const store = database.startsWith('postgres:') ? postgres(database) : sqlite(database)
const checkout = createCheckout({
  base: 'http://127.0.0.1/checkout',
  pages: ['http://127.0.0.1'],
  providers: [paymentwall({ ...JSON.parse(project), mode: 'test' })],
  store,
  price: () => {
    throw new Error('nothing is opened while this is measured')
  },
  fulfil: () => (hookTime === '0' ? undefined : new Promise((done) => setTimeout(done, Number(hookTime)))),
  revoke: () => {},
})

/** As opening leaves it: what is measured is what comes after. */
const checkoutOf = (index, now) => ({
  ...{ id: `bench-${String(index).padStart(16, '0')}`, orderId: `order-${index}`, attempt: `attempt-${index}`, asked: '' },
  ...{ stage: 'open', provider: 'paymentwall', method: 'paymentwall:cc', mode: 'test', openedAt: new Date(now), kept: {} },
  ...{ order: { title: 'Gold', price: { amount: '9.99', currency: 'USD' }, buyer: { id: 'u1', email: 'u1@example.com' } } },
  ...{ page: { url: new URL('https://api.paymentwall.com/api/subscription') }, backTo: 'http://127.0.0.1/', surface: 'iframe' },
})

const together = 100 // few enough for the time that a transaction has
for (let from = 0; from < Number(count); from += together)
  await store.transaction(async (tx) => {
    for (let index = from; index < Math.min(from + together, Number(count)); index++)
      await tx.saveCheckout(checkoutOf(index, tx.now))
  })

const { port } = await serve(checkout, { port: 0, host: '127.0.0.1' })
process.on('message', () => {
  globalThis.gc?.()
  process.send({ rss: process.memoryUsage.rss(), heap: process.memoryUsage().heapUsed })
})
process.send({ port })
