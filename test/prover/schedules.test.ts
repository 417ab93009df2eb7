import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plant, plantedBugs } from './planted-bugs.js'
import { bundleWorker, playSchedules, told } from './schedules.js'

// A short torture: all that may happen between a provider and a merchant's hook, drawn from a seed (simulation.ts), and what must
// be true whatever happened (checker.ts, witness.ts). `npm run torture` is the long one.

let file: string
beforeAll(async () => {
  file = await bundleWorker()
})
afterAll(() => rmSync(dirname(file), { recursive: true, force: true }))

const perSeed = 250

describe('schedules of deliveries', () => {
  const claims = 'I-1 I-2 I-3 I-4 I-7 I-8 I-10 T-25 T-31 T-32 T-33 T-34 T-36 T-37 T-38 T-39 T-45 T-46'
  test(`${claims} the same every time`, { timeout: 180_000 }, async () => {
    const sum = await playSchedules({ file, seed: 'always', schedules: perSeed, workers: 2 })
    expect(told(sum)).toEqual([])
    // A torture that hurts nobody proves nothing.
    expect(sum.deaths).toBeGreaterThan(perSeed / 10)
    expect(sum.deliveries).toBeGreaterThan(perSeed)
    expect(sum.onSqlite).toBeGreaterThan(0)
  })

  test('and new ones', { timeout: 180_000 }, async () => {
    const seed = crypto.randomUUID().slice(0, 8)
    console.log(`schedules from seed ${seed}`)
    expect(told(await playSchedules({ file, seed, schedules: perSeed, workers: 2 }))).toEqual([])
  })

  test('a schedule is repeated to the letter', { timeout: 60_000 }, async () => {
    const play = () => playSchedules({ file, seed: 'twice', schedules: 40, workers: 1 })
    const [{ milliseconds: _, ...one }, { milliseconds: __, ...other }] = [await play(), await play()]
    expect(other).toEqual(one)
  })
})

describe('the checker finds', () => {
  test.each(plantedBugs)('$name', { timeout: 180_000 }, async (bug) => {
    const broken = await bundleWorker([plant(bug)])
    try {
      const sum = await playSchedules({
        file: broken,
        seed: 'bug',
        schedules: 2_000,
        workers: 2,
        untilFailure: true,
      })
      expect(sum.failures.length).toBeGreaterThan(0)
    } finally {
      rmSync(dirname(broken), { recursive: true, force: true })
    }
  })
})
