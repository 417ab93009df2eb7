import * as z from 'zod/mini'
import type { SandboxAccount } from '../sandbox.js'
import { goesWell, sandboxOutcomeChange } from './outcome.js'

const repeatRequest = z.strictObject({ ref: z.optional(z.string()), takenToo: z.optional(z.boolean()) })

/**
 * The control API, for the demo's panel and for tests; JSON in and out.
 *
 * - `GET /sandbox/payments`, `GET /sandbox/payments/:ref`: every transaction with its webhooks and how they were answered.
 * - `POST /sandbox/payments/:ref/<move>`: one of the transaction's `moves` – `pay`, `fail`, `error`, `time-out` while its page is
 *   open; `recover` after a time-out, as WiPay may for hours; `ask-refund`, `grant-refund`, `reject-refund`, `refund`, `dispute`,
 *   `chargeback`, `release`, `fraud` later. Answers the transaction.
 * - `GET /sandbox/outcome`, `POST /sandbox/outcome`: what happens around the next choices (outcome.ts); what the body leaves
 *   out goes well, so `{}` puts everything back.
 * - `POST /sandbox/repeat`: sends at once what was not taken yet, lost or waiting; `{ "ref", "takenToo": true }`: of one
 *   transaction, and what was taken as well.
 *
 * Every page may read (`Access-Control-Allow-Origin: *`: it is a toy on this machine and holds nothing real); a page of
 * another origin may change nothing.
 */
export async function control(account: SandboxAccount, request: Request, url: URL): Promise<Response> {
  const [, , collection, ref, move] = url.pathname.split('/').map(decodeURIComponent)
  const { book } = account
  if (request.method === 'GET') {
    if (collection === 'payments' && ref === undefined) return json(book.list())
    if (collection === 'payments' && ref !== undefined && move === undefined)
      return json(book.find(ref), 'There is no such transaction.')
    if (collection === 'outcome' && ref === undefined) return json(account.outcome)
  }
  if (request.method === 'POST') {
    const origin = request.headers.get('origin')
    if (origin !== null && origin !== url.origin) return refuse(403, 'Pages of other origins may only read.')
    const body = await request.json().catch(() => ({}))
    if (collection === 'outcome' && ref === undefined) {
      const change = z.safeParse(sandboxOutcomeChange, body)
      if (!change.success)
        return refuse(400, `There is no such outcome: ${change.error.issues.map(({ path }) => path.join('.')).join(', ')}`)
      const given = Object.fromEntries(Object.entries(change.data).filter(([, value]) => value !== undefined))
      account.outcome = { ...goesWell, ...given }
      return json(account.outcome)
    }
    if (collection === 'repeat' && ref === undefined) {
      const which = z.safeParse(repeatRequest, body)
      if (!which.success) return refuse(400, 'Only `ref` and `takenToo` can be said here.')
      const { ref: one, takenToo } = which.data
      return json({ sent: await book.repeat({ ...(one !== undefined && { ref: one }), ...(takenToo && { takenToo }) }) })
    }
    if (collection === 'payments' && ref !== undefined && move !== undefined) {
      const found = book.find(ref)
      if (!found) return refuse(404, 'There is no such transaction.')
      const moved = book.move(ref, move, account.outcome)
      return moved
        ? json(moved)
        : refuse(409, `This transaction is ${found.state}: possible are ${found.moves.join(', ') || 'no moves'}.`)
    }
  }
  return refuse(404, 'There is nothing here.')
}

const open = { 'access-control-allow-origin': '*', 'cache-control': 'no-store' }
const refuse = (status: number, error: string) => Response.json({ error }, { status, headers: open })
const json = (value: unknown, otherwise = '') =>
  value === undefined ? refuse(404, otherwise) : Response.json(value, { headers: open })
