import * as z from 'zod/mini'
import { answerControl } from '../../sandbox-control.js'
import type { SandboxProject } from '../sandbox.js'
import { goesWell, sandboxOutcomeChange } from './outcome.js'

const moveRequest = z.strictObject({ reason: z.optional(z.string().check(z.regex(/^([1-9]|10)$/))) })

/**
 * The control API (../../sandbox-control.ts). Moves of a payment: `accept`, `decline`, `void` under review; `refund`, `refund-partly`,
 * `chargeback` once paid (a body `{ "reason": "2" }` names another reason); `renew`, `cancel`, `expire`, `fail-renewal` for a plan that
 * renews. `renew` answers the new payment.
 */
export function control(project: SandboxProject, request: Request, url: URL): Promise<Response> {
  const { book } = project
  const controlled = {
    ...{ noun: 'payment', project, goesWell, outcomeChange: sandboxOutcomeChange },
    list: () => book.list(),
    find: (ref: string) => book.find(ref),
    move(ref: string, name: string, body: unknown) {
      const how = z.safeParse(moveRequest, body)
      if (!how.success) return 'Only a `reason` from "1" to "10" can be said here.'
      return book.move(ref, name, project.outcome, how.data.reason)
    },
    repeat: book.repeat.bind(book),
  }
  return answerControl(controlled, request, url)
}
