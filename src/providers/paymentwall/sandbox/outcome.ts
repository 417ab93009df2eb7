import * as z from 'zod/mini'

const milliseconds = z.number().check(z.int(), z.minimum(0), z.maximum(600_000))

/** What happens around a choice on the sandbox's page, from now on: how slow, in which order, what gets lost. */
export const sandboxOutcome = z.strictObject({
  /** `never`: the page goes on turning, no payment is made, nobody is told. */
  answer: z.enum(['normal', 'never']),
  /** How long the page processes a choice. Milliseconds, as all times here. */
  processing: milliseconds,
  /** From the decision to the first pingback. */
  pingbackAfter: milliseconds,
  /** The page answers the buyer only after the shop has taken the pingback (or ten seconds). */
  pingbackFirst: z.boolean(),
  /** So many sends of each pingback get lost on the way; `all`: until `POST /sandbox/repeat`. */
  pingbacksLost: z.union([z.literal('all'), z.number().check(z.int(), z.minimum(0), z.maximum(1000))]),
  /** So many equal pingbacks arrive at the same moment. */
  copies: z.number().check(z.int(), z.minimum(1), z.maximum(50)),
  /** The page says everything but `paymentSuccess`. */
  messageLost: z.boolean(),
  /** When the page goes back to the shop by itself; null: the buyer has to press the link, as on older designs. */
  returnAfter: z.nullable(milliseconds),
})
export type SandboxOutcome = Readonly<z.infer<typeof sandboxOutcome>>

/** A change: what is left out is as it is when everything goes well. */
export const sandboxOutcomeChange = z.partial(sandboxOutcome)

export const goesWell: SandboxOutcome = {
  answer: 'normal',
  processing: 700,
  pingbackAfter: 250,
  pingbackFirst: false,
  pingbacksLost: 0,
  copies: 1,
  messageLost: false,
  returnAfter: 1600,
}
