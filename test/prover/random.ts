import { createHash } from 'node:crypto'

/** Random numbers that a seed repeats: sfc32, seeded by the hash of a text. */
export class Random {
  readonly #state: Uint32Array

  constructor(readonly seed: string) {
    const hash = createHash('sha256').update(seed).digest()
    this.#state = new Uint32Array([0, 4, 8, 12].map((at) => hash.readUInt32LE(at)))
  }

  /** In 0…1, 1 left out. */
  next(): number {
    const state = this.#state
    const [a, b, c, count] = state as unknown as [number, number, number, number]
    const result = (a + b + count) | 0
    state[3] = count + 1
    state[0] = b ^ (b >>> 9)
    state[1] = (c + (c << 3)) | 0
    state[2] = ((c << 21) | (c >>> 11)) + result
    return (result >>> 0) / 2 ** 32
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  /** Both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /** Another stream, which goes on the same whatever is taken from this one. */
  fork(name: string): Random {
    return new Random(`${this.seed}/${name}`)
  }
}
