import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Checkout,
  CheckoutError,
  type Decision,
  type EventRecord,
  type Notice,
  type Payment,
  type Store,
} from 'checkout-button/server'
import { memory } from 'checkout-button/stores/memory'
import { sqlite } from 'checkout-button/stores/sqlite'
import { BackOffices, type Opened } from './back-offices.js'
import { Clerk, type Decided, endOfTime } from './clerk.js'
import { base, Instance, origin, Unreachable } from './instance.js'
import { type Call, type ForeignCall, Merchant } from './merchant.js'
import { expectationOf, type Places, referenceOf, requestOf } from './notifications.js'
import type { Message, Plan } from './plan.js'
import { Random } from './random.js'
import { Witness } from './witness.js'
import { World } from './world.js'

// Plays a plan: buyers, providers, a scheduler, a merchant who takes payments back, a clerk who decides what the ledger would not, and an
// operator who restarts what died, all at once; then peace, in which whatever is owed must be brought to its end.

export interface SentMessage {
  readonly message: Message
  readonly index: number
  wasSent: boolean
  /** As the provider saw it: answers that got lost are not among them. */
  readonly answers: {
    readonly status: number
    readonly body: string
    readonly at: number
  }[]
  isAnswered: boolean
}

/** The ledger at a moment. */
export interface Books {
  readonly events: readonly EventRecord[]
  readonly payments: readonly Payment[]
  readonly calls: number
}

/** All that is finished was forgotten; then everybody said once more what they had said. */
export interface Replay {
  /** Before anything was forgotten, after it, and after the replay. */
  readonly full: Books
  readonly slim: Books
  readonly after: Books
  readonly checkouts: readonly Checkout[]
}

/** What the checker is given: the diaries of everybody, and what the ledger says in the end. */
export interface Story {
  readonly plan: Plan
  readonly places: Places
  /** Checkouts that a buyer got a page for. */
  readonly ids: ReadonlyMap<number, string>
  readonly sent: readonly SentMessage[]
  readonly reversed: ReadonlySet<number>
  readonly calls: readonly Call[]
  readonly asked: readonly ForeignCall[]
  readonly told: readonly Notice[]
  readonly decided: readonly Decided[]
  readonly decisions: readonly Decision[]
  /** The turns in which a deletion began, and those in which payments became paid. */
  readonly forgot: readonly number[]
  readonly paidAt: ReadonlyMap<string, number>
  readonly replay?: Replay
  readonly events: readonly EventRecord[]
  readonly payments: readonly Payment[]
  readonly statuses: ReadonlyMap<number, { readonly state: string; readonly delivered: boolean }>
  readonly deaths: readonly string[]
  /** What was seen to go wrong on the way. */
  readonly faults: readonly string[]
  readonly turns: number
}

const minute = 60_000
const mostRounds = 4

/** A database file that is made once: migrating each anew would be most of the time of a schedule. */
export interface Template {
  readonly folder: string
  readonly file: string
}

export class Simulation {
  readonly #world: World
  readonly #offices: BackOffices
  readonly #merchant: Merchant
  readonly #clerk: Clerk
  readonly #witness: Witness
  readonly #random: Random
  readonly #places: Instance[] = []
  readonly #stores: Store[] = []
  readonly #taken: { steps: number }[]
  readonly #ids = new Map<number, string>()
  /** Whether a checkout was opened, once that is known. */
  readonly #openings: Promise<boolean>[] = []
  readonly #sent: SentMessage[]
  readonly #reversed = new Set<number>()
  readonly #deaths: string[] = []
  readonly #faults: string[] = []
  readonly #loops = new AbortController()
  readonly #newStore: () => Store
  readonly #cleanUp: () => void
  #isCalm = false

  readonly places: Places = {
    checkoutId: (checkout) => this.#ids.get(checkout) ?? '',
    opened: (checkout) => this.#offices.latestOf(this.#ids.get(checkout) ?? '') as Opened,
  }

  constructor(
    private readonly plan: Plan,
    template: Template,
  ) {
    this.#world = new World(plan.seed, plan.slowness)
    this.#random = new Random(`${plan.seed}/places`)
    this.#offices = new BackOffices(plan, this.#world, (opened) => this.#truthOf(opened))
    this.#witness = new Witness(plan, this.#world, (fault) => this.#faults.push(fault))
    this.#merchant = new Merchant(
      plan,
      this.#world,
      (call) => this.#witness.onCall(call, this.#merchant.calls),
      (reference) => this.#paymentsOf(reference).some(({ stubborn }) => stubborn),
      (reference) =>
        plan.messages.some(
          (each, index) => each.isTheirs && each.unknown && referenceOf(plan, this.places, each, index) === reference,
        ),
    )
    this.#clerk = new Clerk(plan, this.#world, new Random(`${plan.seed}/clerk`), () => this.#anybody())
    this.#sent = plan.messages.map((message, index) => ({ message, index, wasSent: false, answers: [], isAnswered: false }))
    this.#taken = Array.from({ length: plan.instances }, () => ({ steps: 0 }))
    if (plan.store === 'sqlite') {
      const folder = mkdtempSync(join(template.folder, 'schedule-'))
      const file = join(folder, 'ledger.db')
      copyFileSync(template.file, file)
      this.#newStore = () => sqlite(file, { now: this.#world.shopTime })
      this.#cleanUp = () => rmSync(folder, { recursive: true, force: true })
    } else {
      const store = memory({ now: this.#world.shopTime })
      this.#newStore = () => store
      this.#cleanUp = () => {}
    }
  }

  async run(): Promise<Story> {
    try {
      return await this.#world.run(() => this.#play())
    } finally {
      await this.#world.run(() => Promise.all([...new Set(this.#stores)].map((store) => store.close()))).catch(() => {})
      this.#cleanUp()
    }
  }

  /** For the report of a failing schedule. */
  get deaths(): readonly string[] {
    return this.#deaths
  }

  async #play(): Promise<Story> {
    const { plan } = this
    for (let index = 0; index < plan.instances; index++) this.#start(index)
    let isOver = false
    const scheduler = this.#schedule(() => isOver)
    await Promise.all([
      ...plan.checkouts.map((_, index) => {
        this.#openings[index] = this.#buy(index)
        return this.#openings[index]
      }),
      ...this.#sent.map((sent) => this.#send(sent)),
      ...plan.payments.map((_, index) => this.#takeBack(index)),
      ...plan.jumps.map(async ({ at, by }) => {
        await this.#world.sleep(at)
        this.#world.off += by
        if (by > 0) this.#witness.clockLeapt()
        this.#clerk.clockJumped(by)
      }),
      ...plan.decisions.map((each) => this.#clerk.decide(each)),
      ...plan.forgets.map((each) => this.#clerk.forget(each)),
    ])
    isOver = true
    await scheduler
    await this.#rest()
    return this.#tellStory(plan.forgets.length > 0 ? await this.#replay() : undefined)
  }

  #start(index: number): void {
    const { plan } = this
    const store = this.#newStore()
    this.#stores.push(store)
    const instance = new Instance(index, {
      ...{ world: this.#world, plan, offices: this.#offices, hooks: this.#merchant.hooks, store },
      committed: (payment) => this.#witness.committed(payment),
      taken: this.#taken[index] as { steps: number },
      faultAt: (step) =>
        this.#isCalm ? undefined : plan.crashes.find((each) => each.instance === index && each.step === step)?.kind,
      onDeath: (step) => {
        this.#deaths.push(`instance ${index} at ${step}, ${this.#world.now} ms`)
        const pause = this.#random.chance(0.7) ? this.#random.below(3_000) : this.#random.below(2 * minute)
        this.#world.setTimer(() => this.#start(index), pause)
      },
    })
    this.#places[index] = instance
    if (plan.loops && !this.#isCalm) instance.server.work({ signal: this.#loops.signal })
  }

  #anybody(): Instance {
    return this.#places[this.#random.below(this.#places.length)] as Instance
  }

  // The buyer ------------------------------------------------------------------------------------------------------------------

  async #buy(index: number): Promise<boolean> {
    const { at, clicks } = this.plan.checkouts[index]!
    await this.#world.sleep(at)
    const ids = await Promise.all(Array.from({ length: clicks }, () => this.#open(index)))
    const known = new Set(ids.filter((id) => id !== undefined))
    if (known.size > 1) this.#faults.push(`T-25: two clicks of checkout ${index} opened two pages`)
    for (const id of known) this.#ids.set(index, id)
    if (this.#ids.has(index) && this.#random.chance(0.3))
      this.#world.setTimer(() => this.#status(index).catch(() => {}), this.#random.below(10_000))
    return this.#ids.has(index)
  }

  async #open(index: number): Promise<string | undefined> {
    const { order, provider } = this.plan.checkouts[index]!
    const method = { paymentwall: 'paymentwall:cc', wipay: 'wipay:card', gstable: 'gstable:stablecoins' }[provider]
    const attempt = `5d2f8a10-7c1b-4e7e-9a51-${String(index).padStart(12, '0')}`
    const page = `${origin}/cart?${index}` // each its own: who comes back to the same one is shown the page that they left
    const body = JSON.stringify({ order: `order-${order}`, attempt, method, surface: 'redirect', page })
    for (let tries = 0; tries < 25; tries++) {
      try {
        const headers = { origin, 'content-type': 'application/json' }
        const answer = await this.#anybody().ask(new Request(`${base}/checkouts`, { method: 'POST', headers, body }))
        const said = (await answer.json()) as { id?: string; error?: string }
        if (answer.ok) return said.id
        if (answer.status < 500 || said.error === 'order_invalid') return undefined // paid by now, or not for sale there
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error
      }
      await this.#world.sleep(1_000 + this.#random.below(4_000))
    }
    return undefined
  }

  async #status(index: number): Promise<{ state: string; delivered: boolean }> {
    const answer = await this.#anybody().ask(new Request(`${base}/checkouts/${this.#ids.get(index)}`, { headers: { origin } }))
    return (await answer.json()) as { state: string; delivered: boolean }
  }

  // The provider ---------------------------------------------------------------------------------------------------------------

  async #send(sent: SentMessage): Promise<void> {
    const { message } = sent
    const { copies, lost, unheard, at, again } = message
    const { checkout } = this.plan.payments[message.payment]!
    if (!(await this.#openings[message.checkout]) || !(await this.#openings[checkout])) return
    await this.#world.sleep(at)
    for (let gone = 0; gone < lost; gone++) await this.#world.sleep(500 + this.#random.below(3_000))
    sent.wasSent = true
    let left = unheard
    for (let tries = 0; tries < 8 && !sent.isAnswered; tries++) {
      await Promise.all(Array.from({ length: tries === 0 ? copies : 1 }, () => this.#sendOnce(sent, left <= 0)))
      left--
      if (!sent.isAnswered) await this.#world.sleep(1_000 + this.#random.below(9_000))
    }
    if (again === undefined) return
    await this.#world.sleep(again)
    await this.#sendOnce(sent, true)
  }

  async #sendOnce(sent: SentMessage, isHeard: boolean): Promise<void> {
    const { message, index } = sent
    try {
      const request = requestOf(this.plan, this.places, message, index, this.#world.trueTime())
      const answer = await this.#anybody().ask(request)
      const body = await answer.text()
      if (!isHeard) return
      const { status } = answer
      sent.answers.push({ status, body: status === 200 || status >= 400 ? body.slice(0, 60) : '', at: this.#world.turns })
      if (expectationOf(this.plan, message)(status, body)) sent.isAnswered = true
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error
    }
  }

  #paymentsOf(reference: string) {
    const { plan, places } = this
    return plan.payments.filter((payment, index) => {
      const at = { checkout: payment.checkout, payment: index, says: '', at: 0, copies: 1, lost: 0, unheard: 0 }
      return this.#ids.has(payment.checkout) && referenceOf(plan, places, at, 0) === reference
    })
  }

  /** What the provider answers when it is asked. Where it also sends notifications, it knows no more than that a page was opened. */
  #truthOf({ provider, reference }: Opened): string {
    const isPaid = this.#paymentsOf(reference).some(({ silent }) => silent)
    if (provider === 'wipay') return isPaid ? 'success' : 'incomplete'
    return isPaid ? 'completed' : 'initialized'
  }

  // The merchant and the operator ------------------------------------------------------------------------------------------------

  async #takeBack(index: number): Promise<void> {
    const { checkout, reversedAt } = this.plan.payments[index]!
    if (reversedAt === undefined || !(await this.#openings[checkout])) return
    await this.#world.sleep(reversedAt)
    for (let tries = 0; tries < 4 && !(await this.#reverse(index)); tries++) await this.#world.sleep(4_000)
  }

  async #reverse(index: number): Promise<boolean> {
    const { checkout } = this.plan.payments[index]!
    const { provider, reference } = this.places.opened(checkout)
    const instance = this.#anybody()
    try {
      const why = { id: `refund-${index}`, reason: 'asked for by the buyer' }
      await instance.during(instance.server.ledger.reverse({ provider, reference }, 'refunded', why))
      this.#reversed.add(index)
      return true
    } catch (error) {
      if (error instanceof Unreachable || error instanceof CheckoutError) return false
      throw error
    }
  }

  /** Rounds of one process may overlap, but not without end: where turns are slow they would take all of them. */
  async #schedule(isOver: () => boolean): Promise<void> {
    const running: Instance[] = []
    const work = async (instance: Instance) => {
      if (running.filter((each) => each === instance).length === mostRounds) return
      running.push(instance)
      await instance.work()
      running.splice(running.indexOf(instance), 1)
    }
    while (!isOver()) {
      await this.#world.sleep(2_000 + this.#random.below(40_000))
      if (!this.plan.loops) for (const instance of this.#places) void work(instance)
    }
  }

  /** No more faults; providers go on repeating, the scheduler goes on calling. */
  async #rest(): Promise<void> {
    this.#isCalm = true
    this.#merchant.isCalm = true
    if (this.#world.off < 0) this.#witness.clockLeapt()
    this.#world.off = 0
    this.#world.calmDown()
    this.#loops.abort()
    await this.#settle()
    if (this.plan.asks) {
      await this.#askInTime()
      // What was opened while the clock was ahead is asked for so much later.
      const ahead = Math.max(0, ...this.plan.jumps.map(({ by }) => by))
      if (ahead > 0) {
        await this.#world.sleep(ahead)
        await this.#askInTime()
      }
    }
    const stuck = this.#merchant.told.filter(({ kind }) => kind === 'stuck')
    this.#merchant.isMended = true
    for (const { provider, reference = '' } of stuck) await this.#anybody().server.ledger.retry({ provider, reference })
    if (stuck.length > 0) await this.#settle()
  }

  async #askInTime(): Promise<void> {
    for (const after of [2, 3, 4, 6, 10, 11, 16, 25, 36, 61, 66, 121, 246, 255]) {
      await this.#world.sleep(after * minute + 100 - (after > 60 ? 60 * minute : 0))
      await this.#settle()
    }
  }

  async #settle(): Promise<void> {
    for (let rounds = 0; rounds < 40; rounds++) {
      while (this.#places.some(({ isAlive }) => !isAlive)) await this.#world.sleep(1_000)
      for (const sent of this.#sent) if (sent.wasSent && !sent.isAnswered) await this.#sendOnce(sent, true)
      for (const [index, { reversedAt }] of this.plan.payments.entries())
        if (reversedAt !== undefined && !this.#reversed.has(index) && this.#hasRow(index)) await this.#reverse(index)
      for (const instance of this.#places) await instance.work()
      if (await this.#isAtRest()) return
      await this.#world.sleep(rounds < 3 ? 7_000 : rounds < 8 ? 61_000 : 61 * minute)
    }
    this.#faults.push('I-3: something is owed and does not come to its end')
  }

  #hasRow(index: number): boolean {
    const { checkout } = this.plan.payments[index]!
    return this.#ids.has(checkout) && this.#witness.knows(this.places.opened(checkout)?.reference)
  }

  async #isAtRest(): Promise<boolean> {
    const { store } = this.#places[0]! // past its steps: nothing is left to come between
    const isAnswered = this.#sent.every((sent) => !sent.wasSent || sent.isAnswered)
    if (!isAnswered || this.#merchant.isBusy) return false
    const untold = await store.notices({ untold: true, limit: 1_000 })
    return untold.length === 0 && (await store.payments({ limit: 1_000 })).every(({ dueAt }) => dueAt === undefined)
  }

  /** Years later, when nothing is left of the buyers, all that was ever said is said again. */
  async #replay(): Promise<Replay> {
    const { ledger } = this.#places[0]!.server
    await this.#world.sleep(60 * 24 * 60 * minute) // whatever time it was when it was opened, nobody looks for its outcome any more
    const full = await this.#books()
    await ledger.forget({ olderThan: endOfTime })
    const slim = await this.#books()
    const checkouts = await ledger.page('checkouts', { limit: 1_000 })
    for (const sent of this.#sent) if (sent.wasSent) await this.#sendOnce(sent, true)
    await this.#settle()
    return { full, slim, after: await this.#books(), checkouts }
  }

  async #books(): Promise<Books> {
    const { ledger } = this.#places[0]!.server
    return {
      events: await ledger.page('events', { limit: 2_000 }),
      payments: await ledger.page('payments', { limit: 2_000 }),
      calls: this.#merchant.calls.length + this.#merchant.asked.length,
    }
  }

  async #tellStory(replay?: Replay): Promise<Story> {
    const { ledger } = this.#places[0]!.server
    const statuses = new Map<number, { state: string; delivered: boolean }>()
    // A buyer who asks may be the first to: what the shop hears of it then is given to them a moment later.
    for (const index of this.#ids.keys()) await this.#status(index)
    await this.#settle()
    for (const index of this.#ids.keys()) statuses.set(index, await this.#status(index))
    return {
      ...{ plan: this.plan, places: this.places, ids: this.#ids, sent: this.#sent, reversed: this.#reversed, statuses },
      ...{ calls: this.#merchant.calls, told: this.#merchant.told, asked: this.#merchant.asked },
      ...{ deaths: this.#deaths, faults: this.#faults, ...(replay && { replay }) },
      ...{ decided: this.#clerk.decided, forgot: this.#clerk.forgot, paidAt: this.#witness.paidAt },
      decisions: await ledger.page('decisions', { limit: 2_000 }),
      events: await ledger.events({ limit: 2_000 }),
      payments: await ledger.payments({ limit: 2_000 }),
      turns: this.#world.turns,
    }
  }
}
