import * as z from 'zod/mini'

const milliseconds = z.number().check(z.int(), z.minimum(0), z.maximum(600_000))

/** What happens around a payment on the sandbox's page, from now on: how slow, in which order, what gets lost. */
export const sandboxOutcome = z.strictObject({
  /** `never`: the transaction is never confirmed, nobody is told. */
  answer: z.enum(['normal', 'never']),
  /** How long the chain takes to confirm. Milliseconds, as all times here. */
  processing: milliseconds,
  /** From the confirmation to `completed`; null: the settlement hangs (`settlement_pending`) until somebody moves it. */
  settlesAfter: z.nullable(milliseconds),
  /** From each news to its first webhook. */
  webhookAfter: milliseconds,
  /** The page answers the buyer only after the shop has taken `session.paid` (or ten seconds). */
  webhookFirst: z.boolean(),
  /** So many sends of each webhook get lost on the way; `all`: until `POST /sandbox/repeat`. */
  webhooksLost: z.union([z.literal('all'), z.number().check(z.int(), z.minimum(0), z.maximum(1000))]),
  /** So many equal webhooks arrive at the same moment. */
  copies: z.number().check(z.int(), z.minimum(1), z.maximum(50)),
  /** One cent less than was asked for is paid, and the session's `amount` says so. */
  paysLess: z.boolean(),
  /** When the page goes back to the shop by itself; null: the buyer has to press the link. */
  returnAfter: z.nullable(milliseconds),
})
export type SandboxOutcome = Readonly<z.infer<typeof sandboxOutcome>>

/** A change: what is left out is as it is when everything goes well. */
export const sandboxOutcomeChange = z.partial(sandboxOutcome)

export const goesWell: SandboxOutcome = {
  answer: 'normal',
  processing: 900,
  settlesAfter: 4_000, // really 30 to 40 seconds
  webhookAfter: 250,
  webhookFirst: false,
  webhooksLost: 0,
  copies: 1,
  paysLess: false,
  returnAfter: 1600,
}
