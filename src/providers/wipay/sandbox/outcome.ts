import * as z from 'zod/mini'

const milliseconds = z.number().check(z.int(), z.minimum(0), z.maximum(600_000))

/** What happens around a choice on the sandbox's page, from now on: how slow, in which order, what gets lost. */
export const sandboxOutcome = z.strictObject({
  /** `never`: the page goes on turning, the transaction stays unfinished, nobody is told. */
  answer: z.enum(['normal', 'never']),
  /** How long the page processes a choice. Milliseconds, as all times here. */
  processing: milliseconds,
  /** From the decision to the first webhook. */
  webhookAfter: milliseconds,
  /** The page answers the buyer only after the shop has taken the webhook (or ten seconds). */
  webhookFirst: z.boolean(),
  /** So many sends of each webhook get lost on the way; `all`: until `POST /sandbox/repeat`. */
  webhooksLost: z.union([z.literal('all'), z.number().check(z.int(), z.minimum(0), z.maximum(1000))]),
  /** So many equal webhooks arrive at the same moment. */
  copies: z.number().check(z.int(), z.minimum(1), z.maximum(50)),
  /** When the page goes back to the shop by itself; null: the buyer has to press the link, as on older pages. */
  returnAfter: z.nullable(milliseconds),
  /** The buyer never comes back: there is no link either. */
  returnLost: z.boolean(),
  /** Failed ways back carry a hash too, which WiPay promises never happens. A shop must not believe such a one. */
  hashOnFailure: z.boolean(),
})
export type SandboxOutcome = Readonly<z.infer<typeof sandboxOutcome>>

/** A change: what is left out is as it is when everything goes well. */
export const sandboxOutcomeChange = z.partial(sandboxOutcome)

export const goesWell: SandboxOutcome = {
  answer: 'normal',
  processing: 700,
  webhookAfter: 250,
  webhookFirst: false,
  webhooksLost: 0,
  copies: 1,
  returnAfter: 1600,
  returnLost: false,
  hashOnFailure: false,
}
