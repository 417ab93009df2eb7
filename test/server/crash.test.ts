import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../postgres/databases.js'
import { bundleChild } from './bundle-child.js'
import { type Answered, type Asked, type CrashOptions, createCrashShop, openGoods } from './crash-shop.js'
import { paid, refunded } from './pretend-provider.js'
import type { Shop } from './shop.js'

// kill -9 at every step between a request and the hook. Whatever was acknowledged is finished by whoever comes after; whatever was
// not is either not there, or finished as well. The hook's effect lies outside of the database, in a file.

const folder = mkdtempSync(join(tmpdir(), 'checkout-crash-'))
let child: string
beforeAll(async () => {
  child = await bundleChild('test/server/crash-shop.ts')
})
afterAll(async () => {
  await database?.drop()
  for (const each of [folder, dirname(child)]) rmSync(each, { recursive: true, force: true })
})
let database: TestDatabase | undefined
const server = async () => {
  database ??= await createDatabase()
  return database
}
let places = 0
const place = () => {
  const name = join(folder, String(places++))
  return { database: `${name}.db`, effects: `${name}.effects`, trace: `${name}.trace` }
}
const linesOf = (file: string): string[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [])

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A shop in a process of its own. What it does not answer any more is answered `undefined`. */
async function startShop(options: CrashOptions & { trace?: string }) {
  const shop = fork(child, ['serve', JSON.stringify(options)], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  children.push(shop)
  const exited = new Promise<void>((resolve) => shop.once('exit', () => resolve()))
  const waiting = new Map<number, (answered: Answered) => void>()
  const ready = new Promise<void>((resolve) =>
    shop.on('message', (message: { ready?: true; id: number; answered: Answered }) => {
      if (message.ready) resolve()
      else waiting.get(message.id)?.(message.answered)
    }),
  )
  await Promise.race([ready, exited])
  let asks = 0
  return {
    kill: () => shop.kill('SIGKILL'),
    exited,
    ask(asked: Asked): Promise<Answered | undefined> {
      const id = asks++
      const answered = new Promise<Answered>((resolve) => waiting.set(id, resolve))
      if (shop.connected) shop.send({ id, asked }, () => {}) // it may be dead by now
      return Promise.race([answered, exited.then(() => undefined)])
    },
  }
}

const attempt = '3b241101-e2bb-4255-8caf-4136c566a962'
const leaseIsOver = 61_000

/** The same database in the hands of the process that comes after, when every lease of the dead one has run out. */
async function afterwards(options: CrashOptions, check: (shop: Shop) => Promise<void>): Promise<void> {
  const shop = createCrashShop({ ...options, crashAt: '', ahead: leaseIsOver })
  try {
    await shop.settled()
    await check(shop)
  } finally {
    await shop.checkout.close()
  }
}

/** Opens, pays, refunds: everything that the child is asked in its life, until it dies. Answers what was acknowledged. */
async function live(options: CrashOptions & { trace?: string }) {
  const shop = await startShop(options)
  const opened = await shop.ask({ open: 'order-1', attempt })
  const id = opened?.status === 200 ? (JSON.parse(opened.body) as { id: string }).id : undefined
  const isAcknowledged = async (event: ReturnType<typeof paid>) => (await shop.ask({ notify: [event] }))?.body === 'OK'
  const wasPaid = id !== undefined && (await isAcknowledged(paid(id)))
  if (wasPaid) await shop.ask({ settle: true })
  const wasRefunded = id !== undefined && wasPaid && (await isAcknowledged(refunded(id)))
  if (wasRefunded) await shop.ask({ settle: true })
  shop.kill()
  await shop.exited
  return { id, wasPaid, wasRefunded }
}

async function expectFinished(options: CrashOptions, { id, wasPaid, wasRefunded }: Awaited<ReturnType<typeof live>>) {
  await afterwards(options, async (shop) => {
    const stored = (await shop.checkout.ledger.events()).map(({ key }) => key)
    // T-26: an address that left belongs to a checkout that is stored and complete.
    if (id !== undefined) expect(await shop.store.checkout(id)).toMatchObject({ stage: 'open', page: {} })
    // T-32: acknowledged means stored; stored means finished by now, acknowledged or not.
    if (wasPaid) expect(stored).toContain('tx1:paid')
    if (wasRefunded) expect(stored).toContain('tx1:refunded')
    const effects = linesOf(options.effects)
    if (!stored.includes('tx1:paid')) expect(effects).toEqual([])
    else expect(effects).toContain('fulfil pretend:tx1')
    if (stored.includes('tx1:refunded')) expect(effects).toContain('revoke pretend:tx1')

    // The buyer tries again under the same attempt, the provider repeats what it was not told to stop: all of it ends well.
    const again = (await (await shop.ask('order-1', attempt)).json()) as { id?: string; error?: string }
    const final = id ?? again.id ?? ''
    if (id !== undefined && again.id !== undefined) expect(again.id).toBe(id)
    expect(await (await shop.notify(paid(final))).text()).toBe('OK')
    await shop.settled()
    expect(await (await shop.notify(refunded(final))).text()).toBe('OK')
    await shop.settled()
    expect((await shop.checkout.ledger.payments())[0]).toMatchObject({ state: 'refunded', delivery: 'none' })
    expect((await shop.checkout.ledger.payments())[0]).not.toHaveProperty('dueAt')
    const log = linesOf(options.effects)
    // Each effect once, or twice under the same id where the process died between the effect and our note of it.
    expect(log.join('\n')).toMatch(/^(fulfil pretend:tx1\n){1,2}(revoke pretend:tx1(\n|$)){1,2}$/)
    expect(log.length).toBeLessThanOrEqual(3)
  })
}

describe('kill -9', () => {
  test('T-32 after the commit and before the hook: whoever comes after delivers once', async () => {
    const options = { ...place(), crashAt: 'fulfil 1 before' }
    const lived = await live(options)
    expect(linesOf(options.effects)).toEqual([])
    await afterwards(options, async (shop) => {
      expect(linesOf(options.effects)).toEqual(['fulfil pretend:tx1'])
      expect((await shop.checkout.ledger.payments())[0]).toMatchObject({ state: 'paid', delivery: 'done' })
    })
    await afterwards(options, async () => expect(linesOf(options.effects)).toEqual(['fulfil pretend:tx1']))
    expect(lived.id).toBeDefined()
  })

  test('T-33 between the effect of the hook and our note of it: called again with the same id', async () => {
    const options = { ...place(), crashAt: 'fulfil 1 after' }
    await live(options)
    expect(linesOf(options.effects)).toEqual(['fulfil pretend:tx1'])
    await afterwards(options, async (shop) => {
      expect(linesOf(options.effects)).toEqual(['fulfil pretend:tx1', 'fulfil pretend:tx1'])
      expect((await shop.checkout.ledger.payments())[0]).toMatchObject({ delivery: 'done' })
    })
  })

  test('T-32 T-26 at every step from the click to the revocation', { timeout: 120_000 }, async () => {
    const whole = place()
    expect(await live(whole)).toMatchObject({ wasPaid: true, wasRefunded: true })
    const steps = [...new Set(linesOf(whole.trace))]
    for (const named of ['checkoutByAttempt 1 before', 'tx.saveCheckout 2 after', 'tx.seen 1 after', 'transaction 3 after'])
      expect(steps).toContain(named)
    for (const named of ['tx.savePayment 1 after', 'fulfil 1 after', 'tx.savePayment 2 before', 'revoke 1 after'])
      expect(steps).toContain(named)
    // Claims without anything due come and go between them; one of each is enough.
    const named = steps.filter((step) => !/^(claim|claimNotices) ([2-9]|\d\d)/.test(step))
    const dieAt = async (crashAt: string) => {
      const options = { ...place(), crashAt }
      const { trace: _, ...untraced } = options
      const lived = await live(untraced)
      try {
        await expectFinished(options, lived)
      } catch (cause) {
        throw new Error(`killed at ${crashAt}, having lived ${JSON.stringify(lived)}: ${(cause as Error).message}`, { cause })
      }
    }
    const left = [...named]
    await Promise.all(
      Array.from({ length: 3 }, async () => {
        for (let step = left.shift(); step !== undefined; step = left.shift()) await dieAt(step)
      }),
    )
  })
})

describe.each([
  ['one file', async () => place()],
  ['one PostgreSQL database', async () => ({ ...place(), database: await (await server()).schema() })],
])('several processes on %s', (_, where) => {
  test('T-32 at any moment of a flood: what was acknowledged is stored, and delivered once an order', async () => {
    const options = await where()
    const acknowledged: string[] = []
    let ids: string[] = []
    for (let lives = 0; lives < 3; lives++) {
      const shop = await startShop(options)
      const opened = await Promise.all(
        Array.from({ length: 30 }, (_, at) => shop.ask({ open: `order-${lives}-${at}`, attempt: crypto.randomUUID() })),
      )
      ids = opened.map((each) => (JSON.parse(each?.body ?? '{}') as { id: string }).id)
      const notices = ids.map(async (id, at) => {
        const reference = `tx-${lives}-${at}`
        const answered = await shop.ask({ notify: [paid(id, { reference })] })
        if (answered?.body === 'OK') acknowledged.push(reference)
      })
      // Somewhere in the middle: when about a third, a half, all but the last have been answered.
      const enough = [8, 15, 29][lives] as number
      await Promise.race(notices.slice(enough))
      shop.kill()
      await Promise.all(notices)
    }
    expect(acknowledged.length).toBeGreaterThan(0)
    await afterwards(options, async (shop) => {
      const payments = await shop.checkout.ledger.payments({ limit: 200 })
      const done = payments.filter(({ delivery, state }) => delivery === 'done' && state === 'paid')
      expect(done.map(({ reference }) => reference)).toEqual(expect.arrayContaining(acknowledged))
      expect(done).toHaveLength(payments.length)
      const effects = new Set(linesOf(options.effects))
      expect(effects).toEqual(new Set(payments.map(({ reference }) => `fulfil pretend:${reference}`)))
    })
  })

  test('T-33 with delivery.tx: between the effect of the hook and our note of it, and after: exactly once', {
    timeout: 120_000,
  }, async () => {
    for (const crashAt of ['fulfil 1 before', 'fulfil 1 after', 'share 1 after', 'revoke 1 after', 'share 2 after']) {
      const options = { ...(await where()), crashAt, inTransaction: true }
      const goods = openGoods(options.database)
      await goods.schema.createTable('goods').addColumn('delivery', 'text').execute()
      const written = async () => (await goods.selectFrom('goods').selectAll().execute()).map(({ delivery }) => delivery)
      const { id } = await live(options)
      const before = await written()
      expect([crashAt, before]).toEqual([crashAt, /^fulfil/.test(crashAt) ? [] : before])
      if (crashAt === 'share 1 after') expect(before).toEqual(['fulfil pretend:tx1'])
      await afterwards(options, async (shop) => {
        if (id !== undefined) await shop.notify(refunded(id))
        for (let rounds = 0; rounds < 2; rounds++) await shop.settled()
        const [row] = await shop.checkout.ledger.payments()
        expect([crashAt, row]).toMatchObject([crashAt, { state: 'refunded', delivery: 'none' }])
      })
      expect([crashAt, await written()]).toEqual([crashAt, ['fulfil pretend:tx1', 'revoke pretend:tx1']])
      await goods.destroy()
    }
  })

  test('T-31 the same notification to all of them at once: one fulfilment, the same answer', async () => {
    const options = await where()
    const shops = await Promise.all(Array.from({ length: 4 }, () => startShop(options)))
    const opened = await shops[0]?.ask({ open: 'order-1', attempt })
    const { id } = JSON.parse(opened?.body ?? '{}') as { id: string }
    const answers = await Promise.all(
      shops.flatMap((shop) => Array.from({ length: 25 }, () => shop.ask({ notify: [paid(id)] }))),
    )
    expect(new Set(answers.map((answered) => `${answered?.status} ${answered?.body}`))).toEqual(new Set(['200 OK']))
    await Promise.all(shops.map((shop) => shop.ask({ settle: true })))
    expect(linesOf(options.effects)).toEqual(['fulfil pretend:tx1'])
  })

  test('T-27 T-31 different payments of one order at once: one first, one fulfilment', async () => {
    const options = await where()
    const shops = await Promise.all(Array.from({ length: 3 }, () => startShop(options)))
    const ids = await Promise.all(
      shops.map(async (shop) => {
        const opened = await shop.ask({ open: 'order-1', attempt: crypto.randomUUID() })
        return (JSON.parse(opened?.body ?? '{}') as { id: string }).id
      }),
    )
    const answers = await Promise.all(
      shops.map((shop, at) => shop.ask({ notify: [paid(ids[at] as string, { reference: `P${at}` })] })),
    )
    expect(answers.map((answered) => answered?.body)).toEqual(['OK', 'OK', 'OK'])
    await Promise.all(shops.map((shop) => shop.ask({ settle: true })))
    expect(linesOf(options.effects)).toHaveLength(1)
    await afterwards(options, async (shop) => {
      const roles = (await shop.checkout.ledger.payments()).map(({ role }) => role).sort()
      expect(roles).toEqual(['first', 'surplus', 'surplus'])
      expect(linesOf(options.effects)).toHaveLength(1)
    })
  })
})
