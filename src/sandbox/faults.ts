import * as z from 'zod/mini'

/** What goes wrong with everything that an origin answers, its control addresses below `/sandbox/` excepted. */
export const faults = z.strictObject({
  /** Milliseconds that every answer is late. */
  delay: z.number().check(z.int(), z.minimum(0), z.maximum(600_000)),
  /** Every answer is a page of HTML with status 500. */
  fails: z.boolean(),
  /** Every connection is cut before a byte of the answer. */
  drops: z.boolean(),
  /** Pages refuse frames, by `X-Frame-Options` or by their content policy: the browser shows nothing there, and no event tells of it. */
  refusesFrames: z.union([z.boolean(), z.literal('frame-ancestors')]),
  /** Pages say this `Cross-Origin-Opener-Policy`, which cuts a popup off from the window that opened it. */
  openerPolicy: z.nullable(z.enum(['same-origin', 'same-origin-allow-popups', 'noopener-allow-popups'])),
  /** Where JSON is expected (a method list), a page of HTML comes with status 200. */
  htmlForJson: z.boolean(),
})
export type Faults = Readonly<z.infer<typeof faults>>

export const noFaults: Faults = {
  delay: 0,
  fails: false,
  drops: false,
  refusesFrames: false,
  openerPolicy: null,
  htmlForJson: false,
}

export type Fetch = (request: Request) => Promise<Response>

/** The answer in place of which the connection is cut. */
export const dropped = Symbol('dropped')

/** An origin with faults that can be switched on: `GET /sandbox/faults` shows them, a POST sets them (`{}`: none). */
export class FaultyOrigin {
  #faults = noFaults
  readonly #fetch: Fetch
  readonly #closed = new AbortController()

  constructor(fetch: Fetch) {
    this.#fetch = fetch
  }

  get faults(): Faults {
    return this.#faults
  }

  /** What is left out does not go wrong. */
  setFaults(change: Partial<Faults>): Faults {
    this.#faults = faults.parse({ ...noFaults, ...change })
    return this.#faults
  }

  async answer(request: Request): Promise<Response | typeof dropped> {
    const { pathname, origin } = new URL(request.url)
    if (pathname === '/sandbox/faults') return this.#control(request, origin)
    if (pathname.startsWith('/sandbox/')) return this.#fetch(request)
    const { delay, fails, drops } = this.#faults
    if (delay > 0) await this.#wait(delay)
    if (drops) return dropped
    return fails ? html(500, 'Something went wrong') : this.#spoil(await this.#fetch(request))
  }

  close(): void {
    this.#closed.abort()
  }

  #spoil(response: Response): Response {
    const type = response.headers.get('content-type') ?? ''
    const { htmlForJson, refusesFrames, openerPolicy } = this.#faults
    if (htmlForJson && type.startsWith('application/json')) return html(200, 'We are back soon')
    if (!type.startsWith('text/html')) return response
    const headers = new Headers(response.headers)
    if (refusesFrames === 'frame-ancestors') headers.append('content-security-policy', "frame-ancestors 'none'")
    else if (refusesFrames) headers.set('x-frame-options', 'DENY')
    if (openerPolicy) headers.set('cross-origin-opener-policy', openerPolicy)
    return new Response(response.body, { status: response.status, headers })
  }

  async #control(request: Request, origin: string): Promise<Response> {
    const headers = { 'access-control-allow-origin': '*', 'cache-control': 'no-store' }
    if (request.method === 'POST') {
      const from = request.headers.get('origin')
      if (from !== null && from !== origin)
        return Response.json({ error: 'Pages of other origins may only read.' }, { status: 403, headers })
      const change = z.safeParse(z.partial(faults), await request.json().catch(() => ({})))
      if (!change.success) return Response.json({ error: 'There is no such fault.' }, { status: 400, headers })
      this.setFaults(Object.fromEntries(Object.entries(change.data).filter(([, value]) => value !== undefined)))
    }
    return Response.json(this.#faults, { headers })
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, milliseconds)
      const stop = () => {
        clearTimeout(timer)
        done()
      }
      this.#closed.signal.addEventListener('abort', stop, { once: true })
    })
  }
}

const html = (status: number, words: string) =>
  new Response(`<!doctype html><title>${words}</title><h1>${words}</h1>`, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  })
