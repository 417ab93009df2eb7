import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startSandbox } from 'checkout-button/sandbox'
import { type Server, startServer } from '../postgres/server.js'
import { bundleChild } from '../server/bundle-child.js'
import { openDoor } from './door.js'
import { apiKey, type Books, type ShopOptions } from './kill-shop.js'
import { Random } from './random.js'
import { Shoppers } from './shoppers.js'
import { keys } from './signers.js'

// Real processes, real sockets, a real database and kill -9. Behind one address stand one or two shops; the pretend providers repeat
// over HTTP until they are acknowledged; and in the end the providers' diary, the merchant's file and the ledger are compared.

export interface KillOptions {
  readonly store: ShopOptions['store']
  readonly instances: number
  readonly kills: number
  readonly seed: string
  /** Of the database, under load. */
  readonly restarts?: number
  /** Ends early, and checks what was done until then. */
  readonly signal?: AbortSignal
  readonly onProgress?: (sum: KillSum) => void
}

export interface KillSum {
  readonly kills: number
  readonly restarts: number
  readonly payments: number
  readonly acknowledged: number
  readonly delivered: number
  /** Deliveries whose effect was repeated under the same id, which the documents allow after a death. */
  readonly repeated: number
  readonly double: readonly string[]
  readonly lost: readonly string[]
  readonly withoutRow: readonly string[]
  readonly milliseconds: number
}

const leaseIsOver = 61_000

export async function killShops({
  store,
  instances,
  kills,
  seed,
  restarts = 0,
  signal,
  onProgress,
}: KillOptions): Promise<KillSum> {
  const since = performance.now()
  const random = new Random(`${seed}/kills/${store}/${instances}`)
  const folder = mkdtempSync(join(tmpdir(), 'checkout-kill-'))
  const file = await bundleChild('test/prover/kill-shop.ts')
  const door = await openDoor()
  const base = `http://127.0.0.1:${door.port}/checkout`
  const diary = new Diary()
  const providers = await startSandbox({
    paymentwall: { ...keys.paymentwall, pingbackUrl: `${base}/notify/paymentwall`, repeatEvery: 150, fetch: diary.fetch },
    wipay: {
      ...{ webhookUrl: `${base}/notify/wipay`, webhookSecret: keys.wipay.webhookSecret },
      ...{ repeatEvery: 150, fetch: diary.fetch },
    },
    gstable: {
      ...{ apiKey, webhookKey: keys.gstable.webhookKey, webhookUrl: `${base}/notify/gstable` },
      ...{ repeatEvery: 150, fetch: diary.fetch },
    },
  })
  let server: Server | undefined
  const shops = new Set<ChildProcess>()
  const start = (parameters: string[]): ChildProcess => {
    const shop = fork(file, parameters, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    shops.add(shop)
    shop.once('exit', () => shops.delete(shop))
    return shop
  }
  try {
    server = store === 'postgres' ? await startServer() : undefined
    const options: ShopOptions = {
      ...{ store, database: server?.url ?? join(folder, 'ledger.db'), effects: join(folder, 'effects'), base },
      sandboxes: { paymentwall: providers.paymentwall.url, wipay: providers.wipay.url, gstable: providers.gstable.url },
    }
    let killed = 0
    let restarted = 0
    const shoppers = new Shoppers(base, options.sandboxes, random.fork('shoppers'))
    const sum = (): KillSum => ({
      ...{ kills: killed, restarts: restarted, payments: shoppers.payments.size, acknowledged: diary.acknowledged.size },
      ...{ delivered: 0, repeated: 0, double: [], lost: [], withoutRow: [], milliseconds: performance.now() - since },
    })

    /** One place of the shop: a process stands there until it is killed, and then the next. */
    const hold = async (place: number): Promise<void> => {
      const mine = random.fork(`place ${place}`)
      while (killed < kills && !signal?.aborted) {
        const shop = start(['serve', JSON.stringify(options)])
        const exited = new Promise<void>((resolve) => shop.once('exit', () => resolve()))
        // Some die before they have begun.
        const port = await Promise.race([portOf(shop), exited, ...(mine.chance(0.05) ? [sleep(mine.below(400))] : [])])
        if (port !== undefined) door.opens(place, port)
        await Promise.race([port === undefined ? undefined : moment(mine), exited])
        shop.kill('SIGKILL')
        await exited
        door.closes(place)
        if (shop.signalCode === 'SIGKILL') killed++ // and not one that found no database to begin with
        onProgress?.(sum())
      }
    }
    /** So many milliseconds later, or so many notifications. */
    const moment = async (mine: Random): Promise<void> => {
      if (mine.chance(0.5)) return void (await sleep(mine.below(400)))
      const enough = diary.sends + mine.between(1, 25)
      for (let waits = 0; waits < 300 && diary.sends < enough; waits++) await sleep(10)
    }
    const restart = async (): Promise<void> => {
      while (server && restarted < restarts && killed < kills && !signal?.aborted) {
        // Spread over all of the kills.
        if (killed < ((restarted + 1) * kills) / (restarts + 1)) {
          await sleep(100)
          continue
        }
        await server.stop()
        await sleep(random.below(1_500))
        await server.start()
        restarted++
      }
    }
    shoppers.begin()
    await Promise.all([...Array.from({ length: instances }, (_, place) => hold(place)), restart()])
    // Peace: whoever waits for an answer gets one now; and then the leases of the dead have run out.
    const peaceful = start(['serve', JSON.stringify(options)])
    door.opens(0, await portOf(peaceful))
    await shoppers.end()
    await diary.isQuiet()
    peaceful.kill('SIGKILL')
    const last = start(['books', JSON.stringify({ ...options, ahead: leaseIsOver })])
    const books = (await answerOf(last)) as Books
    const effects = existsSync(options.effects) ? readFileSync(options.effects, 'utf8').split('\n').filter(Boolean) : []
    return { ...sum(), ...compare(diary, books, effects), milliseconds: performance.now() - since }
  } finally {
    for (const shop of shops) shop.kill('SIGKILL')
    await Promise.all([door.close(), providers.close(), server?.remove()])
    for (const each of [folder, dirname(file)]) rmSync(each, { recursive: true, force: true })
  }
}

const sleep = (time: number): Promise<undefined> => new Promise((resolve) => setTimeout(resolve, time))
const answerOf = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`the last shop ended with ${code}`)))
  })
const portOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => child.once('message', (message) => resolve((message as { port: number }).port)))

/** What the providers sent, and what of it was acknowledged, by the names that the protocols give. */
export class Diary {
  readonly sent = new Set<string>()
  readonly acknowledged = new Set<string>()
  /** That a page was opened, and nothing else: if it overtakes our own record of that, it is acknowledged and forgotten. */
  readonly unimportant = new Set<string>()
  sends = 0

  readonly fetch: typeof fetch = async (input, init) => {
    const name = nameOf(String(input), init)
    this.sent.add(name)
    this.sends++
    if (/"event":"payment\.created"|"status":"initialized"/.test(String(init?.body))) this.unimportant.add(name)
    const answer = await fetch(input, init)
    const body = await answer.text()
    const isTaken = name.startsWith('paymentwall') ? answer.status === 200 && body === 'OK' : answer.status === 200
    if (isTaken) this.acknowledged.add(name)
    return new Response(answer.status === 204 ? null : body, { status: answer.status })
  }

  /** Nothing is repeated any more; gives up after two minutes, and what is left then is lost. */
  async isQuiet(): Promise<void> {
    const until = performance.now() + 120_000
    for (let calm = 0; calm < 5 && performance.now() < until; ) {
      const before = this.sent.size
      await sleep(200)
      calm = this.sent.size === before && this.sent.size === this.acknowledged.size ? calm + 1 : 0
    }
  }
}

function nameOf(address: string, init?: RequestInit): string {
  const url = new URL(address)
  if (url.pathname.endsWith('/paymentwall')) {
    const [ref, type, reason] = ['ref', 'type', 'reason'].map((name) => url.searchParams.get(name) ?? '')
    return `paymentwall ${ref}:${type}:${reason}`
  }
  const body = JSON.parse(String(init?.body)) as { id?: string; eventId?: string }
  return url.pathname.endsWith('/wipay') ? `wipay ${body.id}` : `gstable ${body.eventId}`
}

/** The three books side by side. */
export function compare(diary: Pick<Diary, 'sent' | 'acknowledged' | 'unimportant'>, books: Books, effects: readonly string[]) {
  const double: string[] = []
  const lost: string[] = []
  const { payments, surplus } = books
  const events = new Set(books.events.map(({ provider, key }) => `${provider} ${key}`))
  const withoutRow = [...diary.acknowledged].filter((name) => !events.has(name) && !diary.unimportant.has(name))
  for (const name of diary.sent)
    if (!diary.acknowledged.has(name)) lost.push(`${name} was sent again and again, and never acknowledged`)

  const given = new Map<string, { id: string; words: string[] }>()
  const orders = new Map<string, string>()
  for (const [word = '', id = '', orderId = '', name = ''] of effects.map((line) => line.split(' '))) {
    const known = given.get(name) ?? { id, words: [] }
    given.set(name, known)
    known.words.push(word)
    if (known.id !== id) double.push(`${name} was delivered as ${known.id} and as ${id}`)
    const other = orders.get(orderId) ?? name
    orders.set(orderId, other)
    if (other !== name) double.push(`${orderId} was delivered by ${other} and by ${name}`)
  }
  for (const [name, { words }] of given)
    if (!/^(fulfil )*(revoke )*$/.test(`${words.join(' ')} `))
      double.push(`${name} was given after it was taken back: ${words.join(', ')}`)
  for (const { provider, reference, state, role } of payments) {
    const name = `${provider}:${reference}`
    const words = given.get(name)?.words ?? []
    const isTakenBack = ['refunded', 'charged_back', 'declined'].includes(state)
    if (isTakenBack && words.length > 0 && words.at(-1) !== 'revoke') lost.push(`${name} is ${state}, and was not taken back`)
    if (state !== 'paid') continue
    if (role === 'surplus' && !surplus.includes(reference)) lost.push(`${name} is a surplus, and nobody was told`)
    if (role === 'surplus' && words.length > 0) double.push(`${name} is a surplus, and was delivered`)
    if (role !== 'surplus' && !words.includes('fulfil')) lost.push(`${name} is paid, and was not delivered`)
  }
  if (!books.isAtRest) lost.push('something is owed still')
  const repeated = [...given.values()].filter(({ words }) => new Set(words).size < words.length).length
  return { double, lost, withoutRow, delivered: given.size, repeated }
}
