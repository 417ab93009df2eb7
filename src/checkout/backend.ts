import type * as z from 'zod/mini'
import { CheckoutError, type CheckoutErrorCode } from '../protocol/checkout-error.js'
import type { CheckoutRequest } from '../protocol/checkout-request.js'
import {
  type CheckoutStatus,
  checkoutStatus,
  type Offer,
  type OpenedPage,
  offer,
  openedPage,
  type Refusal,
  refusal,
} from '../protocol/requests.js'

// The server gives a provider ten seconds, and opening has to outlast that. Whoever waits for an answer to a question wants something to
// press by then.
const patience = 20_000
const shortPatience = 9_000
const pauses = [1_000, 3_000]
const unsettled: readonly CheckoutErrorCode[] = ['backend_unreachable', 'store_unavailable', 'outcome_unknown']

/** Nobody knows whether a checkout was opened: asking again under the same attempt finds it, or opens it once. */
export const isUnsettled = ({ code }: CheckoutError): boolean => unsettled.includes(code)

/** Our server, as the page knows it. Every answer is parsed; every failure is a CheckoutError. */
export interface Backend {
  /** The `cause` of what the server refuses is its answer, a `Refusal`. */
  methods(query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Offer>
  /** Tries three times under one attempt, so that a lost answer never makes two checkouts of one click. */
  open(request: CheckoutRequest, signal: AbortSignal): Promise<OpenedPage>
  /** Unknown to the server where it was opened for another order. */
  status(id: string, order: string, signal: AbortSignal): Promise<CheckoutStatus>
  /** For the merchant's statistics. Nobody waits for it, and nobody minds when it is lost. */
  report(id: string, kind: string): void
}

/** @param server absolute address of what the server calls `base` */
export function backendAt(server: string): Backend {
  const call = (path: string, init?: RequestInit) => fetch(`${server}/${path}`, { cache: 'no-store', ...init })

  async function ask<Answer extends z.ZodMiniType>(path: string, answer: Answer, signal: AbortSignal, init?: RequestInit) {
    try {
      // Browsers of 2023 do not know `any`: there, an answer is waited for as long as the browser does.
      const wanted = AbortSignal.any?.([signal, AbortSignal.timeout(init ? patience : shortPatience)]) ?? signal
      const response = await call(path, { ...init, signal: wanted })
      if (response.headers.get('content-type')?.includes('html'))
        throw new CheckoutError(
          'backend_unreachable',
          `${server} is answered with a page: is it passed on to your checkout server?`,
        )
      const body: unknown = await response.json()
      const { data } = (response.ok ? answer : refusal).safeParse(body)
      if (response.ok && data) return data as z.output<Answer>
      const { error, message } = data as Refusal // what does not fit is none, and throws as well
      throw new CheckoutError(error as CheckoutErrorCode, message, { cause: data }) // a newer server may know more codes than this file
    } catch (cause) {
      if (cause instanceof CheckoutError) throw cause
      throw new CheckoutError('backend_unreachable', `No answer from ${server}/${path}: is this page in its \`pages\`?`, {
        cause,
      })
    }
  }

  return {
    methods: (query, signal) => ask(`methods?${new URLSearchParams(query)}`, offer, signal),
    async open(request, signal) {
      for (let round = 0; ; round++) {
        try {
          return await ask('checkouts', openedPage, signal, post(request))
        } catch (error) {
          const pause = pauses[round]
          if (!pause || signal.aborted || !isUnsettled(error as CheckoutError)) throw error
          await new Promise((resolve) => setTimeout(resolve, pause))
        }
      }
    },
    status: (id, order, signal) => ask(`checkouts/${id}?${new URLSearchParams({ order })}`, checkoutStatus, signal),
    report: (id, kind) => void call(`checkouts/${id}/signals`, { ...post({ kind }), keepalive: true }).catch(() => {}),
  }
}

const post = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
