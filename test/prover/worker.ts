import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqlite } from 'checkout-button/stores/sqlite'
import { check } from './checker.js'
import { type Plan, planOf } from './plan.js'
import { Simulation } from './simulation.js'
import { installVirtualTime } from './world.js'

// Plays schedules in a process of its own, whose time is not real. Asked by torture.ts over IPC, a batch at a time.

export interface Batch {
  readonly seed: string
  readonly from: number
  readonly to: number
}
export interface Failure {
  readonly seed: string
  readonly faults: readonly string[]
  readonly deaths: readonly string[]
}
export interface Played {
  readonly schedules: number
  readonly onSqlite: number
  readonly messages: number
  readonly deaths: number
  readonly deliveries: number
  readonly turns: number
  readonly failures: readonly Failure[]
}

export const seedOf = (seed: string, index: number): string => `${seed}:${index}`

export class Player {
  readonly #folder = mkdtempSync(join(tmpdir(), 'checkout-torture-'))
  readonly #file = join(this.#folder, 'template.db')

  /** Makes the file that each schedule on SQLite begins with; before virtual time is installed. */
  async ready(): Promise<void> {
    const store = sqlite(this.#file)
    await store.ready()
    await store.close()
  }

  async play(plan: Plan): Promise<{ faults: string[]; deaths: readonly string[]; calls: number; turns: number }> {
    const simulation = new Simulation(plan, { folder: this.#folder, file: this.#file })
    try {
      const story = await simulation.run()
      return { faults: check(story), deaths: story.deaths, calls: story.calls.length, turns: story.turns }
    } catch (error) {
      const words = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return { faults: [words], deaths: simulation.deaths, calls: 0, turns: 0 }
    }
  }

  /** The smallest plan that was found to fail as well: pieces are left out as long as that is so. */
  async shrink(plan: Plan): Promise<Plan> {
    const lists = ['messages', 'crashes', 'hookFaults', 'providerFaults', 'jumps', 'decisions', 'forgets'] as const
    const simpler: ((given: Plan) => Plan)[] = [
      (given) => ({ ...given, instances: 1 }),
      (given) => ({ ...given, slowness: 0 }),
      (given) => ({ ...given, loops: false }),
      (given) => ({ ...given, asks: false }),
      (given) => ({ ...given, keeps: false }),
      (given) => ({ ...given, hearsForeign: false }),
    ]
    let best = plan
    for (let isSmaller = true; isSmaller; ) {
      isSmaller = false
      const cuts = lists.flatMap((list) =>
        best[list].map((_, at) => (given: Plan) => ({ ...given, [list]: given[list].filter((_, index) => index !== at) })),
      )
      const plain = best.messages.map((_, at) => (given: Plan) => ({
        ...given,
        messages: given.messages.map((each, index) => {
          const { again: _, ...rest } = each
          return index === at ? { ...rest, copies: 1, lost: 0, unheard: 0 } : each
        }),
      }))
      for (const cut of [...cuts, ...simpler, ...plain]) {
        const smaller = cut(best)
        if (JSON.stringify(smaller) === JSON.stringify(best)) continue
        if ((await this.play(smaller)).faults.length === 0) continue
        best = smaller
        isSmaller = true
        break
      }
    }
    return best
  }

  async batch({ seed, from, to }: Batch): Promise<Played> {
    const failures: Failure[] = []
    const sums = { onSqlite: 0, messages: 0, deaths: 0, deliveries: 0, turns: 0 }
    for (let index = from; index < to; index++) {
      const plan = planOfIndex(seed, index)
      const { faults, deaths, calls, turns } = await this.play(plan)
      sums.onSqlite += plan.store === 'sqlite' ? 1 : 0
      sums.messages += plan.messages.length
      sums.deaths += deaths.length
      sums.deliveries += calls
      sums.turns += turns
      if (faults.length > 0) failures.push({ seed: seedOf(seed, index), faults, deaths })
    }
    return { schedules: to - from, ...sums, failures }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** One of so many is played on SQLite: it takes five times as long. */
const sqliteEvery = 64

export const planOfIndex = (seed: string, index: number): Plan =>
  planOf(seedOf(seed, index), index % sqliteEvery === sqliteEvery - 1 ? 'sqlite' : 'memory')

async function replay(player: Player, given: string): Promise<void> {
  const [, seed, index] = /^(.+):(\d+)$/.exec(given) ?? []
  if (seed === undefined) throw new Error('the seed of a schedule ends with its number: 3f2a:17')
  const plan = planOfIndex(seed, Number(index))
  const { faults, deaths } = await player.play(plan)
  console.log(`${given}: ${faults.length === 0 ? 'nothing fails' : faults.join('\n  ')}`)
  if (faults.length === 0) return
  for (const death of deaths) console.log(`died: ${death}`)
  const smallest = await player.shrink(plan)
  console.log(JSON.stringify(smallest, null, 1))
  const again = await player.play(smallest)
  console.log(`of which is left:\n  ${again.faults.join('\n  ')}`)
  for (const death of again.deaths) console.log(`died: ${death}`)
  process.exitCode = 1
}

const [, , task, given = ''] = process.argv
if (task === 'serve' || task === 'replay') {
  const player = new Player()
  await player.ready()
  process.on('disconnect', () => {
    player.close()
    process.exit()
  })
  installVirtualTime()
  if (task === 'serve') {
    process.on('message', async (batch: Batch) => process.send?.(await player.batch(batch)))
    process.send?.('ready')
  } else {
    await replay(player, given)
    player.close()
    process.exit()
  }
}
