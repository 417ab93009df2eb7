import type { Payment } from 'checkout-button/server'
import type { Call } from './merchant.js'
import type { Plan } from './plan.js'
import type { World } from './world.js'

// Watches each commit and each call of a hook as they happen: what must hold at every moment, and not only in the end.

const rank: Readonly<Record<string, number>> = {
  ...{ pending: 0, failed: 1, expired: 1, paid: 2, declined: 3, refunded: 3, charged_back: 3 },
}
const hookTime = 30_000

export class Witness {
  readonly #rows = new Map<string, Payment>()
  readonly #firsts = new Map<string, string>()
  readonly #given = new Set<string>()
  /** The turn in which each was first seen to be paid, and so its goods to be owed. */
  readonly paidAt = new Map<string, number>()
  #leaptAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly plan: Plan,
    private readonly world: World,
    private readonly report: (fault: string) => void,
  ) {}

  /** Set forward, it ends the leases of all who hold one, and only within a process is it known that their hooks still run. */
  clockLeapt(): void {
    this.#leaptAt = this.world.now
  }

  knows(reference: string | undefined): boolean {
    return [...this.#rows.values()].some((row) => row.reference === reference)
  }

  committed(payment: Payment): void {
    const { provider, reference, checkoutId, orderId, role, state, held, delivery } = payment
    const name = `${provider}:${reference}`
    const before = this.#rows.get(name)
    this.#rows.set(name, payment)
    if (delivery === 'done') this.#given.add(name)
    if (state === 'paid' && !this.paidAt.has(name)) this.paidAt.set(name, this.world.turns)
    if (role === 'first') {
      const first = this.#firsts.get(orderId) ?? name
      this.#firsts.set(orderId, first)
      if (first !== name) this.report(`I-1: ${orderId} has two first payments, ${first} and ${name}`)
    }
    if (!before) return
    if (before.checkoutId !== checkoutId) this.report(`I-2: ${name} moved to another checkout`)
    // Commits of two instances are heard of in any order; what was lost is found by the checker as well.
    if (before.role && role && before.role !== role) this.report(`I-1: ${name} was ${before.role} and became ${role}`)
    if (before.held && held && before.state !== state && rank[state] !== 3) this.report(`${name} is held and became ${state}`)
    if (before.state !== state && rank[before.state] === 3 && rank[state] === 2) this.report(`I-7: ${name} was paid again`)
  }

  onCall(call: Call, before: readonly Call[]): void {
    const { task, id, name, orderId, kind, instance } = call
    const earlier = before.filter((each) => each.id === id)
    if (task === 'fulfil') {
      if (this.#given.has(name)) this.report(`I-1: ${name} is fulfilled again after its delivery was done`)
      if (earlier.some((each) => each.task === 'revoke')) this.report(`I-7: ${id} is fulfilled after it was taken back`)
      const other = before.find((each) => each.orderId === orderId && each.id !== id && each.kind === 'first')
      if (kind === 'first' && other) this.report(`I-1: ${orderId} is fulfilled by ${id} and by ${other.id}`)
    }
    const beside = earlier.find(
      (each) =>
        each.answer === 'running' &&
        each.isAlive() &&
        this.world.now - each.startedAt < hookTime &&
        (this.#leaptAt < each.startedAt || each.instance === instance),
    )
    if (beside && this.plan.slowness === 0)
      this.report(`${id}: ${task} on instance ${instance} beside ${beside.task} on instance ${beside.instance}`)
  }
}
