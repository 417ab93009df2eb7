import * as z from 'zod/mini'
import type { SandboxAccount } from '../sandbox.js'
import { goesWell, sandboxOutcomeChange } from './outcome.js'
import { shown } from './session.js'

const repeatRequest = z.strictObject({ ref: z.optional(z.string()), takenToo: z.optional(z.boolean()) })

/**
 * The control API, for the demo's panel and for tests; JSON in and out.
 *
 * - `GET /sandbox/payments`, `GET /sandbox/payments/:ref`: every session with its webhooks and how they were answered.
 * - `POST /sandbox/payments/:ref/<move>`: one of the session's `moves` – `pay`, `expire`, `cancel` while it waits; `settle`,
 *   `delay` once paid. Answers the session.
 * - `GET /sandbox/outcome`, `POST /sandbox/outcome`: what happens around the next payments (outcome.ts); what the body leaves
 *   out goes well, so `{}` puts everything back.
 * - `POST /sandbox/repeat`: sends at once what was not taken yet, lost or waiting; `{ "ref", "takenToo": true }`: of one
 *   session, and what was taken as well.
 *
 * Every page may read (`Access-Control-Allow-Origin: *`: it is a toy on this machine and holds nothing real); a page of
 * another origin may change nothing.
 */
export async function control(account: SandboxAccount, request: Request, url: URL): Promise<Response> {
  const [, , collection, ref, move] = url.pathname.split('/')
  const { book } = account
  if (request.method === 'GET') {
    if (collection === 'payments' && ref === undefined) return json(book.all().map(shown))
    if (collection === 'payments' && ref !== undefined && move === undefined) {
      const session = book.find(ref)
      return session ? json(shown(session)) : refuse(404, 'There is no such session.')
    }
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
      if (!found) return refuse(404, 'There is no such session.')
      const moved = book.move(ref, move, account.outcome)
      const { state, moves } = shown(found)
      return moved ? json(moved) : refuse(409, `This session is ${state}: possible are ${moves.join(', ') || 'no moves'}.`)
    }
  }
  return refuse(404, 'There is nothing here.')
}

const open = { 'access-control-allow-origin': '*', 'cache-control': 'no-store' }
const refuse = (status: number, error: string) => Response.json({ error }, { status, headers: open })
const json = (value: unknown) => Response.json(value, { headers: open })
