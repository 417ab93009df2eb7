import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { build, type Rollup } from 'vite'
import { beforeAll, describe, expect, test } from 'vitest'
import { checkoutStatus, offer, openedPage, refusal, returned } from '../../src/protocol/requests.js'
import { readPaymentwallMessage } from '../../src/providers/paymentwall/messages.js'

// The same schemas twice: on zod, and as the file for <script> reads them, built with the very substitution that vite.config.ts makes.

type Read = (value: unknown) => { success: boolean; data?: unknown }
const schemas = { offer, openedPage, checkoutStatus, returned, refusal }
const names = ['offer', 'openedPage', 'checkoutStatus', 'returned', 'refusal'] as const
const ofZod: Record<string, Read> = Object.fromEntries(
  Object.entries(schemas).map(([name, schema]) => [name, (value: unknown) => schema.safeParse(value)]),
)
let ofSubset: Record<string, Read>
let readMessage: typeof readPaymentwallMessage

beforeAll(async () => {
  const path = (file: string) => fileURLToPath(new URL(`../../src/${file}`, import.meta.url))
  const entry = `${path('')}subset-under-test.ts`
  const output = (await build({
    configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)),
    mode: 'standalone',
    logLevel: 'silent',
    build: { write: false, sourcemap: false, lib: { entry: { standalone: entry }, formats: ['es'] } },
    plugins: [
      {
        name: 'entry',
        enforce: 'pre',
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) =>
          id === entry
            ? `export * from '${path('protocol/requests.ts')}'; export * from '${path('providers/paymentwall/messages.ts')}'`
            : undefined,
      },
    ],
  })) as Rollup.RollupOutput[]
  const code = output[0]?.output[0].code ?? ''
  expect(code.length, 'zod is in it').toBeLessThan(5000)
  const built = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  ofSubset = Object.fromEntries(names.map((name) => [name, (value: unknown) => built[name].safeParse(value)]))
  readMessage = built.readPaymentwallMessage
})

const valid = {
  offer: {
    ...{ title: 'Gold', price: { amount: '19.90', currency: 'USD' }, added: 'later' },
    renews: {
      period: { every: 1, unit: 'month' },
      trial: { period: { every: 7, unit: 'day' }, price: { amount: '1', currency: 'USD' } },
    },
    methods: [
      { id: 'paymentwall:cc', label: 'Card', icon: 'https://x.example/a.svg', surfaces: ['iframe', 'popup'], feeOnTop: true },
    ],
  },
  openedPage: { id: 'c', url: 'https://x.example/', speaksFrom: ['https://x.example'], closesAt: '2026-01-01T00:00:00Z' },
  checkoutStatus: { state: 'pending', delivered: false, received: true },
  returned: { type: 'checkout-returned', id: 'c', claims: 'failed' },
  refusal: {
    ...{ error: 'order_paid', message: 'x', id: 'c' },
    offer: { title: 'Gold', price: { amount: '19.90', currency: 'USD' }, methods: [] },
  },
}

/** Any value, and more often one that stands somewhere in a valid answer. */
const anyValue = fc.oneof(
  fc.constantFrom<unknown>('', 'x', 'paid', 'iframe', 'month', '19.90', 'USD', 'paymentwall:cc', 'checkout-returned', 'failed'),
  fc.constantFrom<unknown>(
    'https://x.example/',
    'http://x.example/',
    'javascript:1',
    null,
    undefined,
    true,
    0,
    1,
    Number.NaN,
    [],
    {},
  ),
  fc.constantFrom<unknown>(Infinity, -1, 1.5, ['iframe'], ['sheet'], new Date(0), new Map(), () => 1, Symbol.iterator, 1n),
  fc.anything({ maxDepth: 2 }),
)

/** A valid answer with some of its leaves or branches replaced, taken away or added. */
const damaged = (of: unknown): fc.Arbitrary<unknown> => {
  if (Array.isArray(of))
    return fc.oneof({ weight: 6, arbitrary: fc.tuple(...of.map(damaged)) }, { weight: 1, arbitrary: anyValue })
  if (typeof of !== 'object' || of === null)
    return fc.oneof({ weight: 8, arbitrary: fc.constant(of) }, { weight: 1, arbitrary: anyValue })
  const fields = Object.fromEntries(Object.entries(of).map(([key, value]) => [key, damaged(value)]))
  const some = fc.record(fields, { requiredKeys: [] })
  return fc.oneof(
    { weight: 8, arbitrary: fc.record(fields) },
    { weight: 3, arbitrary: some },
    { weight: 1, arbitrary: fc.tuple(some, fc.dictionary(fc.string(), anyValue)).map(([own, more]) => ({ ...more, ...own })) },
    { weight: 1, arbitrary: anyValue },
  )
}

describe('the browser’s few lines read as zod does', () => {
  for (const name of names)
    test(name, () => {
      expect(ofSubset[name]?.(valid[name])).toEqual({ success: true, data: ofZod[name]?.(valid[name]).data })
      let accepted = 0
      fc.assert(
        fc.property(damaged(valid[name]), (value) => {
          const zod = ofZod[name]?.(value)
          const subset = ofSubset[name]?.(value)
          expect(subset?.success).toBe(zod?.success)
          if (zod?.success) {
            accepted++
            expect(subset?.data).toStrictEqual(zod.data)
          }
        }),
        { numRuns: 3000 },
      )
      expect(accepted, 'nothing was accepted: the test says nothing').toBeGreaterThan(100)
    })

  test('messages of Paymentwall’s page', () => {
    const said = { event: 'widgetSizeChanged', data: { height: '900px', width: '700px' } }
    expect(readMessage(JSON.stringify(said))).toEqual({ kind: 'resize', height: 900 })
    fc.assert(
      fc.property(fc.oneof(damaged(said), damaged({ event: 'paymentSuccess' }), fc.string()), (value) => {
        expect(readMessage(value)).toStrictEqual(readPaymentwallMessage(value))
      }),
      { numRuns: 3000 },
    )
  })
})
