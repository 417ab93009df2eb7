import { html, type Markup } from '../../sandbox-markup.js'
import { again, answerFile, answerPage, check, clock, cross, frame, linkBack, priceText } from '../../sandbox-page.js'
import type { SandboxAccount } from '../sandbox.js'
import { pageScript } from './page-script.js'
import { pageStyle } from './page-style.js'
import type { SandboxPayment, Wanted } from './payment.js'

const provider = 'WiPay'

type Section = 'choose' | 'processing' | 'paid' | 'failed' | 'timeout' | 'closed' | 'broken'

/** How a choice went: what the page's script shows and does next. */
interface Ending {
  /** `processing`: it never ends. */
  readonly state: Section
  readonly ref: string
  readonly next?: string
  readonly returnAfter: number | null
}

/**
 * `/checkout/payment`: GET shows the page; POST to the very same address is the buyer's choice, a form field `choice` (`pay`, `abroad`,
 * `fail`, `time-out`, `close`). A script gets JSON, a plain form the page that shows the ending.
 */
export async function hostedPage(account: SandboxAccount, request: Request, url: URL): Promise<Response> {
  const { book } = account
  const ref = account.refOf(url.searchParams.get('_data') ?? '')
  const wanted = ref === undefined ? undefined : book.wanted(ref)
  if (ref === undefined || !wanted) return answerPage(unknownPage(request), 404)
  book.closeOverdue(ref)
  const payment = book.find(ref) as SandboxPayment
  const show = (payment: SandboxPayment, ending: Ending) =>
    answerPage(paymentPage(request, wanted, payment, ending), 200, [wanted.responseUrl])
  if (request.method === 'GET') return show(payment, endingOf(account, payment))
  if (request.method !== 'POST') return new Response(null, { status: 405, headers: { allow: 'GET, POST' } })

  const choice = new URLSearchParams(await request.text()).get('choice') ?? ''
  const ending = await decide(account, payment, choice)
  if (!ending) return answerPage(unknownPage(request), 400)
  if (request.headers.get('accept')?.includes('application/json')) return Response.json(ending)
  return show(book.find(ref) ?? payment, ending)
}

async function decide(account: SandboxAccount, payment: SandboxPayment, choice: string): Promise<Ending | undefined> {
  const { ref, state } = payment
  if (state !== 'open') return endingOf(account, payment)
  if (choice === 'close') return { state: 'closed', ref, returnAfter: null }
  if (choice === 'again') return endingOf(account, payment)
  if (choice !== 'pay' && choice !== 'abroad' && choice !== 'fail' && choice !== 'time-out') return undefined
  const { outcome, book } = account
  if (outcome.answer === 'never') return { state: 'processing', ref, returnAfter: null }
  await new Promise((done) => setTimeout(done, outcome.processing))
  const decided = (await book.choose(ref, choice, outcome)) ?? book.find(ref)
  return decided && endingOf(account, decided)
}

function endingOf({ book, outcome }: SandboxAccount, { ref, state }: SandboxPayment): Ending {
  if (state === 'open') return { state: 'choose', ref, returnAfter: null }
  const next = outcome.returnLost ? undefined : book.wayBack(ref, outcome)
  const section = state === 'failed' ? 'failed' : state === 'timed_out' ? 'timeout' : 'paid'
  return { state: section, ref, returnAfter: outcome.returnAfter, ...(next && { next }) }
}

// The page ------------------------------------------------------------------------------------------------------------------------

function paymentPage(request: Request, wanted: Wanted, payment: SandboxPayment, ending: Ending): Markup {
  const price = priceText(payment.shownTotal, payment.shownCurrency)
  const isDearer = payment.shownTotal !== payment.total && payment.shownCurrency === payment.currency
  const isCard = wanted.flow === 'card'
  const part = (name: Section, content: Markup) =>
    html`<section data-section="${name}"${name !== ending.state && html` hidden`}>${content}</section>\n`
  const title = (words: string) => html`<h2 tabindex="-1">${words}</h2>`
  const back = linkBack('Return to shop', ending.next)

  return frame({
    ...{ request, provider },
    title: isCard ? 'Save a card' : 'Payment',
    returnAfter: ending.returnAfter,
    content: html`<header>
<div><h1>${isCard ? 'Save your card' : wanted.origin}</h1><p class="muted">${wanted.email ?? wanted.orderId}</p></div>
<p class="price"><strong>${price}</strong>${isDearer && html`<span class="muted">${payment.total} and the fee</span>`}</p>
</header>
${[
  part('choose', choices(wanted, price)),
  part(
    'processing',
    html`<div class="spinner"></div>${title('Processing your payment…')}<p class="muted">Please keep this page open.</p>`,
  ),
  part(
    'paid',
    html`${check}${title(isCard ? 'Your card is saved' : `Thank you, ${price} paid`)}
<p class="muted">Transaction <code>${payment.ref}</code></p>${back}`,
  ),
  part('failed', html`${cross}${title('The payment was declined')}<p class="muted">Nothing was charged.</p>${back}`),
  part(
    'timeout',
    html`${clock}${title('Your time is over')}
<p class="muted">This page was open for too long. WiPay may still recover a payment that was made.</p>${back}`,
  ),
  part(
    'closed',
    html`${clock}${title('You left without paying')}
<p class="muted">Nobody was told, as when a buyer closes the page. The transaction stays unfinished.</p>
${again('Pay after all', '')}`,
  ),
  part(
    'broken',
    html`${cross}${title('The payment page cannot be reached')}<p class="muted">Nothing was charged.</p>${again()}`,
  ),
]}`,
  })
}

function choices({ flow, currency }: Wanted, price: string): Markup {
  return html`<form method="post">
<fieldset><legend>You are paying with</legend>
<label class="method alone"><input type="radio" checked><span>${flow === 'charge' ? 'Your saved card' : 'A card'} … 1111</span></label></fieldset>
<button name="choice" value="pay" class="primary">${flow === 'card' ? 'Save the card' : `Pay ${price}`}</button>
<fieldset class="others"><legend>or try another ending</legend>
<button name="choice" value="fail">Decline</button>
<button name="choice" value="time-out">Time out</button>
<button name="choice" value="close">Close</button>
${flow !== 'card' && currency !== 'USD' && html`<button name="choice" value="abroad">Card from abroad</button>`}
</fieldset>
</form>`
}

const unknownPage = (request: Request): Markup =>
  frame({
    ...{ request, provider },
    title: 'Not found',
    content: html`<section>${cross}<h2>This payment cannot be shown</h2>
<p class="muted">The address is wrong, its transaction is forgotten, or nothing of this kind can be chosen here.</p></section>`,
  })

export const pageFile = (path: string): Response =>
  path.endsWith('.css') ? answerFile('css', pageStyle) : answerFile('javascript', pageScript)
