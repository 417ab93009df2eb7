import { answerFile, answerPage } from '../../sandbox-page.js'
import type { ApiType } from '../api-type.js'
import type { SandboxProject } from '../sandbox.js'
import { methodsOf, type SandboxMethod } from './methods.js'
import { type PageRequest, readPageRequest, readSigned } from './page-request.js'
import { pageScript } from './page-script.js'
import { pageStyle } from './page-style.js'
import { notAuthorised, notPossible, paymentPage, type Section } from './payment-page.js'
import type { SandboxPayment } from './payments.js'

/** How a choice went: what the page's script shows, says and does next. */
interface Ending {
  /** `processing`: it never ends. */
  readonly state: Section
  readonly payment?: SandboxPayment
  /** The payment as `paymentSuccess` carries it; absent where nothing was paid, or not yet. */
  readonly object?: object
  readonly messageLost: boolean
  readonly next?: string
  readonly returnAfter: number | null
}

/**
 * `/api/subscription`, `/api/ps`, `/api/cart`: GET shows the page; POST to the very same address is the buyer's choice, so that its signature covers
 * that too and nothing has to be remembered in between. A script gets JSON, a plain form the page that shows the ending.
 */
export async function hostedPage(project: SandboxProject, apiType: ApiType, request: Request, url: URL): Promise<Response> {
  const parameters = readSigned(url.search.slice(1), project)
  if (!parameters) return answerPage(notAuthorised(request))
  const page = readPageRequest(parameters, apiType, project)
  if ('faults' in page) return answerPage(notPossible(request, page.faults), 400)
  const active = methodsOf(project.methods, page.country).filter(({ id }) => page.method === 'all' || id === page.method)
  if (active.length === 0) return answerPage(notPossible(request, [`ps: ${page.method} is not active for this country`]), 400)
  const methods = page.plan?.renews ? active.filter(({ id }) => project.renewingMethods.includes(id)) : active
  if (methods.length === 0) return answerPage(notPossible(request, [`ps: ${page.method} cannot renew`]), 400)

  const { speaks } = project
  const shop = [page.successUrl, page.failureUrl]
  if (request.method === 'GET') return answerPage(paymentPage({ request, page, methods, speaks, section: 'choose' }), 200, shop)
  if (request.method !== 'POST') return new Response(null, { status: 405, headers: { allow: 'GET, POST' } })

  const form = new URLSearchParams(await request.text())
  const ending = await decide(project, page, methods, form)
  if (!ending) return answerPage(notPossible(request, ['choice: is not one that can be made here']), 400)
  if (request.headers.get('accept')?.includes('application/json')) return Response.json(ending)
  const { state: section, payment, next: back, returnAfter } = ending
  return answerPage(
    paymentPage({
      ...{ request, page, methods, speaks, section, returnAfter },
      ...(payment && { ref: payment.ref }),
      ...(back && { back }),
    }),
    200,
    shop,
  )
}

async function decide(
  { outcome, book }: SandboxProject,
  page: PageRequest,
  methods: readonly SandboxMethod[],
  form: URLSearchParams,
): Promise<Ending | undefined> {
  const choice = form.get('choice')
  const method = form.get('method') === null ? methods[0] : methods.find(({ id }) => id === form.get('method'))
  const ref = form.get('ref') || null
  if (!method) return undefined
  const usual = { messageLost: outcome.messageLost, returnAfter: outcome.returnAfter }
  if (choice === 'close') return { state: 'closed', ...usual }
  if (choice === 'again') return { state: 'choose', ...usual }
  if (outcome.answer === 'never') return { state: 'processing', ...usual }
  await new Promise((done) => setTimeout(done, outcome.processing))

  if (ref !== null) {
    if (choice !== 'accept' && choice !== 'decline') return undefined
    const payment = book.move(ref, choice, outcome)
    return payment && { ...usual, ...told(page, payment) }
  }
  if (choice === 'decline') {
    // Where a method has no other card to offer, the buyer is sent back; a card page lets them try another one.
    const next = method.ps_type_id === 1 ? undefined : page.failureUrl
    return { ...usual, state: 'declined', ...(next && { next }) }
  }
  if (choice !== 'pay' && choice !== 'review') return undefined
  return { ...usual, ...told(page, await book.pay(page, method.id, choice === 'review', outcome)) }
}

function told(
  page: PageRequest,
  payment: SandboxPayment,
): Pick<Ending, 'state' | 'payment' | 'object' | 'next'> & Partial<Ending> {
  if (payment.state === 'declined') return { state: 'declined', payment, ...(page.failureUrl && { next: page.failureUrl }) }
  // `$ref` is the one thing that Paymentwall puts into the address; nothing else is appended.
  const next = page.successUrl?.replaceAll('$ref', payment.ref)
  const back = next === undefined ? {} : { next }
  // Under review the page stays, so that the reviewer's two buttons can be pressed.
  if (payment.state === 'review') return { state: 'review', payment, returnAfter: null, ...back }
  return { state: 'paid', payment, object: paymentObject(payment), ...back }
}

/** The payment as messages and the status call show it. `payment_system` is an inner name and differs from `ps` for cards. */
export const paymentObject = (payment: SandboxPayment) => ({
  object: 'payment',
  id: payment.ref,
  created: Math.floor(Date.parse(payment.createdAt) / 1000),
  amount: payment.amount,
  currency: payment.currency,
  refunded: payment.state === 'refunded' || payment.state === 'charged_back',
  risk: payment.state === 'review' ? 'pending' : payment.state === 'declined' ? 'declined' : 'approved',
  uid: payment.uid,
  product_id: payment.product,
  payment_system: payment.method === 'cc' ? 'gateway' : payment.method,
})

export const pageFile = (path: string): Response =>
  path.endsWith('.css') ? answerFile('css', pageStyle) : answerFile('javascript', pageScript)
