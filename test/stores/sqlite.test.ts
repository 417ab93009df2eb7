import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import fs, { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { Kysely, SqliteDialect } from 'kysely'
import Database from 'libsql'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Store } from '../../src/server/store.js'
import { sqlite, sqliteDatabase } from '../../src/stores/sqlite.js'
import { bundleChild } from '../server/bundle-child.js'
import { paid, refunded } from '../server/pretend-provider.js'
import { createShop } from '../server/shop.js'
import { backToFirst, checkoutRow, eventRow, noticeRow, paymentRow } from './rows.js'
import { describeStore } from './store-contract.js'

const folder = mkdtempSync(join(tmpdir(), 'checkout-sqlite-'))
chmodSync(folder, 0o755)
let script: string
beforeAll(async () => {
  script = await bundleChild('test/stores/sqlite-child.ts')
})
const disk = join(folder, 'disk')
const isMounted = canMount(disk)
afterAll(() => {
  if (isMounted) execFileSync('umount', ['-l', disk])
  for (const each of [folder, dirname(script)]) rmSync(each, { recursive: true, force: true })
})
let files = 0
const freshFile = (): string => join(folder, `${files++}.db`)

describeStore('sqlite', (now) => {
  const path = freshFile()
  return { one: sqlite(path, { now }), other: sqlite(path, { now }) }
})

const opened: { close(): unknown }[] = []
const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const each of opened.splice(0)) await each.close()
  vi.restoreAllMocks()
  vi.useRealTimers()
})
const track = <Each extends { close(): unknown }>(each: Each): Each => {
  opened.push(each)
  return each
}
const open = (path = freshFile()): Store => track(sqlite(path))
/** Another connection that knows nothing of us; it does not wait for locks. */
const raw = (path: string): Database.Database => track(new Database(path))

/** A process of its own, and the lines that it says. */
function start(command: string, given: string[], options: object = {}) {
  const child = spawn(command, given, { stdio: ['pipe', 'pipe', 'inherit'], ...options })
  children.push(child)
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  return {
    line: async (): Promise<string | undefined> => (await lines.next()).value,
    tell: (line: string) => child.stdin?.write(`${line}\n`),
    kill: () => child.kill('SIGKILL'),
    exited: new Promise<void>((resolve) => child.once('exit', () => resolve())),
  }
}
const startTask = (task: string, path: string, options?: object, more = '') =>
  start(process.execPath, [script, task, path, more], options)

/** A process that holds the writer's lock until it is told to let go. */
async function lockElsewhere(path: string) {
  const code = `
    import Database from ${JSON.stringify(new URL('../../node_modules/libsql/index.js', import.meta.url).href)}
    const database = new Database(process.argv[1])
    database.exec('begin immediate')
    console.log('locked')
    process.stdin.once('data', () => {
      database.exec('commit')
      database.close()
      process.stdin.destroy()
    })`
  const process_ = start(process.execPath, ['--input-type=module', '-e', code, path])
  expect(await process_.line()).toBe('locked')
  return {
    async letGo() {
      process_.tell('now')
      await process_.exited
    },
  }
}

const refused = (code: string) => ({ name: 'CheckoutError', code })

describe('settings', () => {
  test('T-42 are in force on the very connection that writes', async () => {
    const seen: Record<string, unknown> = {}
    const { close } = Database.prototype
    vi.spyOn(Database.prototype, 'close').mockImplementation(function (this: Database.Database) {
      for (const name of ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout'])
        [seen[name]] = Object.values((this.pragma(name) as object[])[0] as object)
      return close.call(this)
    })
    const store = sqlite(freshFile())
    await store.ready()
    await store.close()
    // FULL is 2. Our own wait is outside of SQLite, whose wait would stop the process.
    expect(seen).toMatchObject({ journal_mode: 'wal', synchronous: 2, foreign_keys: 1 })
    expect(seen.busy_timeout).toBeLessThanOrEqual(100)
  })

  test('T-42 a transaction holds the lock of the writer from its begin, not from its first write', async () => {
    const path = freshFile()
    const store = open(path)
    const other = raw(path)
    await store.transaction(async () => {
      expect(() => other.exec('begin immediate')).toThrow(/locked/)
    })
    other.exec('begin immediate')
    other.exec('rollback')
  })

  test('T-42 a damaged file is refused, again and again, and left as it is', async () => {
    const path = freshFile()
    const store = sqlite(path)
    await store.transaction(async (tx) => {
      await tx.saveCheckout(checkoutRow())
      for (let at = 0; at < 500; at++)
        await tx.savePayment(paymentRow({ reference: `tx${at}`, details: { a: 'x'.repeat(200) } }))
    })
    await store.close()
    const bytes = readFileSync(path)
    expect(bytes.length, 'closing leaves all of it in the one file').toBeGreaterThan(30 * 4096)
    bytes.fill(0xab, 20 * 4096, 24 * 4096)
    writeFileSync(path, bytes)
    const damaged = open(path)
    await expect(damaged.ready()).rejects.toMatchObject(refused('store_unavailable'))
    await expect(damaged.transaction(async () => 1)).rejects.toMatchObject(refused('store_unavailable'))
    await expect(damaged.checkout('checkout-1')).rejects.toMatchObject(refused('store_unavailable'))
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })

  test('T-42 a damaged file is refused behind a Kysely of the shop as well', async () => {
    const path = freshFile()
    const store = sqlite(path)
    await store.transaction(async (tx) => {
      await tx.saveCheckout(checkoutRow())
      for (let at = 0; at < 500; at++)
        await tx.savePayment(paymentRow({ reference: `tx${at}`, details: { a: 'x'.repeat(200) } }))
    })
    await store.close()
    const bytes = readFileSync(path)
    bytes.fill(0xab, 20 * 4096, 24 * 4096)
    writeFileSync(path, bytes)
    const kysely = new Kysely<object>({ dialect: new SqliteDialect({ database: sqliteDatabase(path) }) })
    await expect(sqlite({ kysely }).ready()).rejects.toMatchObject(refused('store_unavailable'))
    await kysely.destroy()
  })

  test('T-42 a file that is no database is refused and left as it is', async () => {
    const path = freshFile()
    writeFileSync(path, 'my holiday pictures '.repeat(500))
    await expect(open(path).ready()).rejects.toMatchObject(refused('store_unavailable'))
    expect(readFileSync(path, 'utf8')).toBe('my holiday pictures '.repeat(500))
  })

  test('T-42 a folder that is not there is named as the mistake', async () => {
    await expect(open(join(folder, 'nowhere', 'a.db')).ready()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('folder'),
    })
  })

  test('T-42 a link is followed to the file system where the file is', async () => {
    const [path, link] = [freshFile(), freshFile()]
    const store = sqlite(path)
    await store.ready()
    await store.close()
    fs.symlinkSync(path, link)
    const { statfsSync } = fs
    fs.statfsSync = ((given: string) => ({
      ...statfsSync(given),
      ...(fs.realpathSync(given) === fs.realpathSync(path) && { type: 0x6969 }),
    })) as typeof statfsSync
    syncBuiltinESMExports()
    try {
      await expect(open(link).ready()).rejects.toMatchObject({ message: expect.stringContaining('network file system') })
    } finally {
      fs.statfsSync = statfsSync
      syncBuiltinESMExports()
    }
  })

  // No kernel here has such a mount, so the answer of statfs is the one thing that is not real.
  test.each([
    ['NFS', 0x6969],
    ['SMB', 0x517b],
    ['SMB2', 0xfe534d42],
    ['SMB2, as a signed number', 0xfe534d42 | 0],
    ['CIFS', 0xff534d42 | 0],
    ['Ceph', 0x00c36400],
    ['9P', 0x01021997],
  ])('T-42 a file on %s is refused before it is touched', async (_, type) => {
    const path = freshFile()
    const { statfsSync } = fs
    fs.statfsSync = ((given: string) => ({ ...statfsSync(given), type })) as typeof statfsSync
    syncBuiltinESMExports()
    try {
      await expect(open(path).ready()).rejects.toMatchObject({
        code: 'config_invalid',
        message: expect.stringContaining('network file system'),
      })
      expect(fs.existsSync(path)).toBe(false)
    } finally {
      fs.statfsSync = statfsSync
      syncBuiltinESMExports()
    }
  })
})

describe('a second host', () => {
  /** A file that another machine has signed so many milliseconds ago. */
  async function signedByAnother(ago: number) {
    const path = freshFile()
    const store = sqlite(path)
    await store.ready()
    await store.close()
    const other = raw(path)
    const sign = () => other.exec(`insert or replace into ledger_holder values (1, 'another machine', ${Date.now() - ago})`)
    sign()
    return {
      path,
      sign,
      holder: () => other.prepare('select machine, beat from ledger_holder').all() as { machine: string; beat: number }[],
    }
  }
  const time = { toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] as const }

  test('T-42 whose sign still moves is there: refused, and nothing was written', async () => {
    const { path, sign, holder } = await signedByAnother(1_000)
    vi.useFakeTimers({ toFake: [...time.toFake] })
    const ready = open(path).ready()
    const result = expect(ready).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('another host'),
    })
    await vi.advanceTimersByTimeAsync(4_000)
    sign()
    await vi.advanceTimersByTimeAsync(4_000)
    await result
    expect(holder()[0]?.machine).toBe('another machine')
  })

  test('T-42 is refused behind a Kysely of the shop as well, and this one goes on signing', async () => {
    const { path, sign, holder } = await signedByAnother(1_000)
    const kysely = new Kysely<object>({ dialect: new SqliteDialect({ database: sqliteDatabase(path) }) })
    vi.useFakeTimers({ toFake: [...time.toFake] })
    const result = expect(sqlite({ kysely }).ready()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('another host'),
    })
    await vi.advanceTimersByTimeAsync(4_000)
    sign()
    await vi.advanceTimersByTimeAsync(4_000)
    await result
    const store = sqlite({ kysely })
    const ready = store.ready()
    await vi.advanceTimersByTimeAsync(8_000)
    await ready
    const [first] = holder()
    expect(first?.machine).not.toBe('another machine')
    await vi.advanceTimersByTimeAsync(6_000)
    await vi.waitFor(() => expect(holder()[0]?.beat).toBeGreaterThan(first?.beat ?? 0))
    await store.close()
    const [last] = holder()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(holder()).toEqual([last])
    await kysely.destroy()
  })

  test('T-42 whose sign stands still was left by a crash: taken over', async () => {
    const { path, holder } = await signedByAnother(1_000)
    vi.useFakeTimers({ toFake: [...time.toFake] })
    const ready = open(path).ready()
    await vi.advanceTimersByTimeAsync(8_000)
    await ready
    expect(holder()[0]?.machine).not.toBe('another machine')
  })

  test('T-42 whose sign is old is not waited for', async () => {
    const { path } = await signedByAnother(60_000)
    await open(path).ready()
  })

  test('T-42 our own sign moves while the store is open, and not after', async () => {
    const path = freshFile()
    vi.useFakeTimers({ toFake: [...time.toFake] })
    const store = sqlite(path)
    await store.ready()
    const other = raw(path)
    const beat = () => (other.prepare('select beat from ledger_holder').all() as { beat: number }[])[0]?.beat
    const first = beat()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(beat()).toBe(Number(first) + 5_000)
    await store.close()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(beat()).toBe(Number(first) + 5_000)
  })

  test('a sign that meets a lock leaves the connection as good as new', async () => {
    const path = freshFile()
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const store = open(path)
    await store.transaction((tx) => tx.saveCheckout(checkoutRow()))
    const other = raw(path)
    other.exec('begin immediate')
    await vi.advanceTimersByTimeAsync(15_000)
    other.exec("update ledger_checkouts set surface = 'popup'")
    other.exec('commit')
    expect((await store.checkout('checkout-1'))?.surface).toBe('popup')
    await store.transaction((tx) => tx.savePayment(paymentRow()))
    expect(await store.payments({ limit: 9 })).toHaveLength(1)
  })
})

describe('processes that share the file', () => {
  test('T-44 may all be the first: one makes the tables, none fails', async () => {
    const path = freshFile()
    const processes = Array.from({ length: 4 }, () => startTask('open', path))
    expect(await Promise.all(processes.map(({ line }) => line()))).toEqual(['open', 'open', 'open', 'open'])
    await open(path).transaction((tx) => tx.saveCheckout(checkoutRow()))
  })

  test('T-44 a ledger of the first version comes forward with its rows, and is worked with as any', async () => {
    const path = freshFile()
    const first = createShop({ store: sqlite(path) })
    const ids = [await first.open('order-1'), await first.open('order-2')] as const
    await first.notify(paid(ids[0]))
    await first.settled()
    await first.checkout.close()
    for (const statement of backToFirst) raw(path).exec(statement)
    const shop = createShop({ store: open(path) })
    expect(await shop.status(ids[0])).toEqual({ state: 'paid', delivered: true })
    await shop.notify(paid(ids[0]))
    await shop.notify(paid(ids[1], { reference: 'tx2' }))
    await shop.notify(refunded(ids[0]))
    await shop.settled()
    expect(shop.done.sort()).toEqual(['fulfil tx2', 'revoke tx1'])
    expect((await shop.store.forgettable('checkouts', { limit: 9, after: 0, before: Date.now() + 1 })).length).toBe(2)
    await shop.checkout.close()
  })

  test('T-44 a newer schema is refused by older code', async () => {
    const path = freshFile()
    const store = sqlite(path)
    await store.ready()
    await store.close()
    raw(path).exec("insert into ledger_migrations (name, timestamp) values ('9999-99-99-later', '')")
    await expect(open(path).ready()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('newer version'),
    })
  })

  test('T-44 what runs goes on while a later version changes the tables', async () => {
    const path = freshFile()
    const shop = createShop({ store: open(path) })
    const ids = [await shop.open('order-1'), await shop.open('order-2')] as const
    expect(await (await shop.notify(paid(ids[0]))).text()).toBe('OK')
    const later = raw(path)
    for (const table of ['checkouts', 'payments', 'events']) later.exec(`alter table ledger_${table} add column mood text`)
    later.exec("insert into ledger_migrations (name, timestamp) values ('9999-99-99-later', '')")
    expect(await (await shop.notify(paid(ids[1], { reference: 'tx2' }))).text()).toBe('OK')
    expect(await shop.status(ids[0])).toEqual({ state: 'paid', delivered: true })
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1', 'fulfil tx2'])
  })

  const inTheMiddle = [
    'create table "ledger_payments"',
    'create unique index ledger_payments_first',
    'insert into "ledger_migrations"',
  ]

  test.each(inTheMiddle)('T-44 kill -9 during the migration, before %s: the next start makes it whole', async (statement) => {
    const path = freshFile()
    const dying = startTask('die', path, {}, statement)
    await dying.exited
    expect(await dying.line()).toBeUndefined()
    const tables = raw(path)
      .prepare("select name from sqlite_master where name in ('ledger_checkouts', 'ledger_payments')")
      .all()
    expect(tables).toEqual([])
    await open(path).transaction((tx) => tx.saveCheckout(checkoutRow()))
  })

  test.each(inTheMiddle)('T-44 a migration that fails at %s is taken back, and the next use tries again', async (statement) => {
    const store = open()
    const { prepare } = Database.prototype
    const failing = vi.spyOn(Database.prototype, 'prepare').mockImplementation(function (
      this: Database.Database,
      text: string,
    ) {
      if (text.startsWith(statement)) throw new Error('not now')
      return prepare.call(this, text)
    })
    await expect(store.ready()).rejects.toThrow('not now')
    failing.mockRestore()
    await store.transaction((tx) => tx.saveCheckout(checkoutRow()))
  })

  test('T-32 whatever a work resolved with is there after kill -9', async () => {
    const path = freshFile()
    for (const lives of [300, 1_000]) {
      const flood = startTask('flood', path)
      const durable: string[] = []
      for (let said = 0; said < lives; said++) durable.push((await flood.line()) as string)
      flood.kill()
      for (let line = await flood.line(); line !== undefined; line = await flood.line()) durable.push(line)
      await flood.exited
      const stored = new Set((await open(path).events({ limit: 1_000_000 })).map(({ key }) => key))
      expect(durable.filter((key) => !stored.has(key))).toEqual([])
    }
  })
})

describe('trouble', () => {
  test("T-40 the writer's lock is held elsewhere: 503 within 5 s, while reads go on; it recovers by itself", async () => {
    const path = freshFile()
    const store = open(path)
    const shop = createShop({ store })
    const [id, ticks] = [await shop.open(), { count: 0 }]
    const lock = await lockElsewhere(path)
    const ticking = setInterval(() => ticks.count++, 20)
    const since = performance.now()
    const refusals = Promise.all([shop.notify(paid(id)), shop.ask('order-2'), shop.notify(paid(id, { reference: 'tx2' }))])

    let isRefused = false
    refusals.then(() => {
      isRefused = true
    })
    for (let reads = 0; reads < 20; reads++) {
      expect(await shop.status(id)).toEqual({ state: 'pending', delivered: false })
      expect((await shop.get('methods?order=order-3')).status).toBe(200)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    expect(isRefused, 'the reads were answered while the writes waited').toBe(false)

    const [first, opening, second] = await refusals
    expect(performance.now() - since).toBeLessThan(5_000)
    clearInterval(ticking)
    expect(ticks.count, 'the process was not stopped meanwhile').toBeGreaterThan(50)
    for (const answer of [first, second]) {
      expect([answer.status, await answer.text()]).toEqual([503, 'store_unavailable'])
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
    }
    expect(opening.status).toBe(503)
    expect(await shop.checkout.ledger.events()).toEqual([])

    await lock.letGo()
    expect(await (await shop.notify(paid(id))).text()).toBe('OK')
    await shop.settled()
    expect(shop.done).toEqual(['fulfil tx1'])
  })

  test('T-40 a lock that is let go in time is waited for, and nobody notices', async () => {
    const path = freshFile()
    const shop = createShop({ store: open(path) })
    const id = await shop.open()
    const lock = await lockElsewhere(path)
    const answer = shop.notify(paid(id))
    await new Promise((resolve) => setTimeout(resolve, 300))
    await lock.letGo()
    expect(await (await answer).text()).toBe('OK')
  })

  test('T-40 locked before it could be opened: 503 within 5 s without stopping the process; it recovers by itself', async () => {
    const path = freshFile()
    const maker = sqlite(path)
    await maker.ready()
    await maker.close()
    const lock = await lockElsewhere(path)
    const shop = createShop({ store: open(path) })
    let ticks = 0
    const ticking = setInterval(() => ticks++, 20)
    const since = performance.now()
    const answer = await shop.ask()
    expect(answer.status).toBe(503)
    expect(performance.now() - since).toBeLessThan(5_000)
    clearInterval(ticking)
    expect(ticks).toBeGreaterThan(50)
    await lock.letGo()
    expect((await shop.ask()).status).toBe(200)
  })

  test('reads of a connection that meets a lock see what others committed', async () => {
    const path = freshFile()
    const store = open(path)
    await store.transaction((tx) => tx.saveCheckout(checkoutRow()))
    const other = raw(path)
    other.exec('begin immediate')
    other.exec("update ledger_checkouts set surface = 'popup'")
    const waiting = store.transaction((tx) => tx.savePayment(paymentRow()))
    for (let reads = 0; reads < 5; reads++) {
      expect((await store.checkout('checkout-1'))?.surface).toBe('iframe')
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    // Nothing between this read and the next but what the other one does: its lock is held again before the work can have it.
    expect((await store.checkout('checkout-1'))?.surface).toBe('iframe')
    other.exec('commit')
    other.exec('begin immediate')
    expect((await store.checkout('checkout-1'))?.surface).toBe('popup')
    other.exec('commit')
    await waiting
  })

  /** Fills the disk while works are written; whatever was promised is there, the rest is not, and it recovers by itself. */
  async function expectSurvival(path: string, fill: () => void, empty: () => void) {
    const store = open(path)
    const shop = createShop({ store })
    const ids = await Promise.all(Array.from({ length: 20 }, (_, at) => shop.open(`order-${at}`)))
    fill()
    const details = { blob: 'x'.repeat(30_000) }
    const answers = await Promise.all(ids.map((id, at) => shop.notify(paid(id, { reference: `P${at}`, details }))))
    const bodies = await Promise.all(answers.map((answer) => answer.text()))
    for (const [at, { status }] of answers.entries()) expect([200, 503]).toContain(bodies[at] === 'OK' ? 200 : status)
    expect(bodies.filter((body) => body !== 'OK').length).toBeGreaterThan(0)
    const stored = new Set((await shop.checkout.ledger.payments({ limit: 99 })).map(({ reference }) => reference))
    expect(stored).toEqual(new Set(ids.flatMap((_, at) => (bodies[at] === 'OK' ? [`P${at}`] : []))))
    expect((await shop.get(`checkouts/${ids[0]}`)).status).toBe(200)
    empty()
    for (const [at, id] of ids.entries())
      expect(await (await shop.notify(paid(id, { reference: `P${at}`, details }))).text()).toBe('OK')
    for (let rounds = 0; rounds < 3; rounds++) await shop.settled()
    await vi.waitFor(async () => {
      const payments = await shop.checkout.ledger.payments({ limit: 99 })
      expect(payments.filter(({ role }) => role === 'first')).toHaveLength(20)
    })
  }

  test('T-40 the file cannot grow: 503, and nothing that was not acknowledged', async () => {
    const path = freshFile()
    let connection: Database.Database | undefined
    const { exec } = Database.prototype
    vi.spyOn(Database.prototype, 'exec').mockImplementation(function (this: Database.Database, text: string) {
      connection ??= this
      return exec.call(this, text)
    })
    const limit = (pages: number) => connection?.exec(`PRAGMA max_page_count = ${pages}`)
    await expectSurvival(
      path,
      () => limit(1), // as many as there are: it cannot become smaller
      () => limit(1_000_000),
    )
  })

  // Only root can mount a disk to fill; for everybody else the test above stands for it.
  if (isMounted)
    test('T-40 the disk is full', async () => {
      const ballast = join(disk, 'ballast')
      const fill = () => {
        let size = 1 << 20
        for (let bytes = Buffer.alloc(size); size > 0; ) {
          try {
            fs.appendFileSync(ballast, bytes.subarray(0, size))
          } catch {
            size >>= 1
          }
        }
      }
      await expectSurvival(join(disk, 'a.db'), fill, () => rmSync(ballast))
    })

  test('T-40 the file is read-only: refused, and used again as soon as it is not', async () => {
    const place = join(folder, 'locked')
    mkdirSync(place)
    const path = join(place, 'a.db')
    const store = sqlite(path)
    await store.transaction((tx) => tx.saveCheckout(checkoutRow()))
    await store.close()
    const setMode = (file: number, directory: number) => {
      chmodSync(path, file)
      chmodSync(place, directory)
    }
    // Root may write whatever the mode says, so the child is somebody else. Its script lies in a folder that it may read.
    const isRoot = process.getuid?.() === 0
    if (isRoot)
      for (const each of [place, ...fs.readdirSync(place).map((name) => join(place, name))]) fs.chownSync(each, 65534, 65534)
    chmodSync(dirname(script), 0o755)
    setMode(0o444, 0o555)
    const child = startTask('write', path, isRoot ? { uid: 65534, gid: 65534 } : {})
    expect(await child.line()).toBe('ready')
    child.tell('try')
    expect(await child.line()).toBe('store_unavailable store_unavailable')
    setMode(0o644, 0o755)
    // libsql may take a moment to let go of what it could only read.
    let said: string | undefined
    for (let tries = 0; tries < 100 && said !== 'ok ok'; tries++) {
      child.tell('try')
      said = await child.line()
    }
    expect(said).toBe('ok ok')
  })
})

describe('the common commit', () => {
  test('works that wait together are one transaction: all of them durable, or none', async () => {
    const path = freshFile()
    const store = open(path)
    await store.transaction((tx) => tx.saveCheckout(checkoutRow()))
    let commits = 0
    const other = raw(path)
    const seenBy = () => (other.prepare('select count(*) as count from ledger_events').all() as { count: number }[])[0]?.count
    const works = Array.from({ length: 50 }, (_, at) =>
      store
        .transaction(async (tx) => {
          await tx.seen(eventRow({ key: `k${at}` }))
          return seenBy()
        })
        .then((during) => {
          commits = Math.max(commits, Number(seenBy()))
          return during
        }),
    )
    const during = await Promise.all(works)
    // Nobody else saw any of the second batch while it ran, and all of it as soon as the first of it resolved.
    expect(new Set(during).size).toBeLessThanOrEqual(2)
    expect(commits).toBe(50)
  })

  test('a notice and an event of a work that fails are gone, its neighbours are not', async () => {
    const store = open()
    await store.transaction((tx) => tx.saveCheckout(checkoutRow()))
    const results = await Promise.allSettled(
      Array.from({ length: 9 }, (_, at) =>
        store.transaction(async (tx) => {
          await tx.seen(eventRow({ key: `k${at}` }))
          await tx.notice(noticeRow({ id: `n${at}` }))
          if (at === 4) throw new Error('this one')
        }),
      ),
    )
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual([true, true, true, true, false, true, true, true, true])
    expect((await store.events({ limit: 99 })).map(({ key }) => key)).not.toContain('k4')
    expect(await store.notices({ limit: 99 })).toHaveLength(8)
  })
})

function canMount(place: string): boolean {
  try {
    mkdirSync(place)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', place], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
