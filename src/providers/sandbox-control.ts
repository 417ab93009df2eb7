import * as z from 'zod/mini'

// The control API of every pretend provider, for the demo's panel and for tests; JSON in and out.
//
// - `GET /sandbox/payments`, `GET /sandbox/payments/:ref`: everything that was opened or paid, with what the shop was told and answered.
// - `POST /sandbox/payments/:ref/<move>`: one of its `moves`; what they are stands in each sandbox's control.ts. Answers what came of it.
// - `GET /sandbox/outcome`, `POST /sandbox/outcome`: what happens around the next choices (outcome.ts); what the body leaves out goes
//   well, so `{}` puts everything back.
// - `POST /sandbox/repeat`: sends at once what was not taken yet, lost or waiting; `{ "ref", "takenToo": true }`: of one payment, and
//   what was taken as well.
//
// Every page may read (`Access-Control-Allow-Origin: *`: it is a toy on this machine and holds nothing real); a page of another
// origin may change nothing.

export interface Repeat {
  readonly ref?: string | undefined
  readonly takenToo?: boolean | undefined
}

/** Whose state it is and what can be done to it. */
export interface Controlled<
  Outcome extends object,
  Shown extends { readonly state: string; readonly moves: readonly string[] },
> {
  /** What a payment is called there: `transaction`. */
  readonly noun: string
  readonly outcomeChange: z.ZodMiniType<{ readonly [Name in keyof Outcome]?: Outcome[Name] | undefined }>
  readonly goesWell: Outcome
  /** How it stands now, and is from now on. */
  readonly project: { outcome: Outcome }
  list(): readonly Shown[]
  find(ref: string): Shown | undefined
  /** Undefined: it cannot be done in its state. Text: what is wrong with the body of the request. */
  move(ref: string, name: string, body: unknown): Shown | string | undefined
  repeat(which: Repeat): Promise<number>
}

const repeatRequest = z.strictObject({ ref: z.optional(z.string()), takenToo: z.optional(z.boolean()) })

export async function answerControl<Outcome extends object, Shown extends { state: string; moves: readonly string[] }>(
  controlled: Controlled<Outcome, Shown>,
  request: Request,
  url: URL,
): Promise<Response> {
  const { noun, project, goesWell, outcomeChange } = controlled
  const [, , collection, ref, move] = url.pathname.split('/').map(decodeURIComponent)
  const found = collection === 'payments' && ref !== undefined ? controlled.find(ref) : undefined
  if (request.method === 'GET') {
    if (collection === 'payments' && ref === undefined) return json(controlled.list())
    if (collection === 'payments' && move === undefined) return found ? json(found) : refuse(404, `There is no such ${noun}.`)
    if (collection === 'outcome' && ref === undefined) return json(project.outcome)
  }
  if (request.method === 'POST') {
    const origin = request.headers.get('origin')
    if (origin !== null && origin !== url.origin) return refuse(403, 'Pages of other origins may only read.')
    const body: unknown = await request.json().catch(() => ({}))
    if (collection === 'outcome' && ref === undefined) {
      const change = z.safeParse(outcomeChange, body)
      if (!change.success)
        return refuse(400, `There is no such outcome: ${change.error.issues.map(({ path }) => path.join('.')).join(', ')}`)
      const given = Object.entries(change.data).filter(([, value]) => value !== undefined)
      project.outcome = { ...goesWell, ...(Object.fromEntries(given) as Partial<Outcome>) }
      return json(project.outcome)
    }
    if (collection === 'repeat' && ref === undefined) {
      const which = z.safeParse(repeatRequest, body)
      if (!which.success) return refuse(400, 'Only `ref` and `takenToo` can be said here.')
      return json({ sent: await controlled.repeat(which.data) })
    }
    if (collection === 'payments' && ref !== undefined && move !== undefined) {
      if (!found) return refuse(404, `There is no such ${noun}.`)
      const moved = controlled.move(ref, move, body)
      if (typeof moved === 'string') return refuse(400, moved)
      return moved
        ? json(moved)
        : refuse(409, `This ${noun} is ${found.state}: possible are ${found.moves.join(', ') || 'no moves'}.`)
    }
  }
  return refuse(404, 'There is nothing here.')
}

const open = { 'access-control-allow-origin': '*', 'cache-control': 'no-store' }
const refuse = (status: number, error: string) => Response.json({ error }, { status, headers: open })
const json = (value: unknown) => Response.json(value, { headers: open })
