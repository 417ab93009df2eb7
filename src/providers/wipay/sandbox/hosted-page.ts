import { html, type Markup } from '../../sandbox-markup.js'
import type { SandboxAccount } from '../sandbox.js'
import { pageScript } from './page-script.js'
import { pageStyle } from './page-style.js'
import type { SandboxPayment, Wanted } from './payments.js'

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
  if (ref === undefined || !wanted) return answerPage(unknownPage().text, 404)
  book.closeOverdue(ref)
  const payment = book.find(ref) as SandboxPayment
  if (request.method === 'GET') return answerPage(paymentPage(wanted, payment, endingOf(account, payment)).text, 200, wanted)
  if (request.method !== 'POST') return new Response(null, { status: 405, headers: { allow: 'GET, POST' } })

  const choice = new URLSearchParams(await request.text()).get('choice') ?? ''
  const ending = await decide(account, payment, choice)
  if (!ending) return answerPage(unknownPage().text, 400)
  if (request.headers.get('accept')?.includes('application/json')) return Response.json(ending)
  return answerPage(paymentPage(wanted, book.find(ref) ?? payment, ending).text, 200, wanted)
}

async function decide(account: SandboxAccount, payment: SandboxPayment, choice: string): Promise<Ending | undefined> {
  const { ref, state } = payment
  if (state !== 'open') return endingOf(account, payment)
  if (choice === 'close') return { state: 'closed', ref, returnAfter: null }
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

function paymentPage(wanted: Wanted, payment: SandboxPayment, ending: Ending): Markup {
  const price = priceText(payment.shownTotal, payment.shownCurrency)
  const isDearer = payment.shownTotal !== payment.total && payment.shownCurrency === payment.currency
  const isCard = wanted.flow === 'card'
  const part = (name: Section, content: Markup) =>
    html`<section data-section="${name}"${name !== ending.state && html` hidden`}>${content}</section>\n`
  const title = (words: string) => html`<h2 tabindex="-1">${words}</h2>`
  const back = html`<a class="quiet" data-back${ending.next ? html` href="${ending.next}"` : html` hidden`}>Return to shop</a>`
  const again = html`<button data-again class="primary">Try again</button>`

  return frame(
    isCard ? 'Save a card' : 'Payment',
    html`<header>
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
<button data-again>Pay after all</button>`,
  ),
  part('broken', html`${cross}${title('The payment page cannot be reached')}<p class="muted">Nothing was charged.</p>${again}`),
]}`,
  )
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

const unknownPage = (): Markup =>
  frame(
    'Not found',
    html`<section>${cross}<h2>This payment cannot be shown</h2>
<p class="muted">The address is wrong, its transaction is forgotten, or nothing of this kind can be chosen here.</p></section>`,
  )

const frame = (title: string, content: Markup): Markup => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} – sandbox</title>
<link rel="stylesheet" href="/sandbox/page.css">
<script type="module" src="/sandbox/page.js"></script>
</head>
<body>
<main>
<p class="ribbon"><strong>Sandbox</strong> A pretend page: no money moves</p>
${content}</main>
</body>
</html>
`

const sign = (kind: string, path: Markup) =>
  html`<svg class="${kind}" viewBox="0 0 48 48" width="48" height="48" aria-hidden="true">
<circle cx="24" cy="24" r="22"/>${path}</svg>`
const check = sign('good', html`<path d="m15 24 6 6 12-12"/>`)
const cross = sign('bad', html`<path d="m17 17 14 14M31 17 17 31"/>`)
const clock = sign('calm', html`<path d="M24 13v11l7 5"/>`)

/** For the eye alone; a currency that Intl does not know is written out. */
function priceText(amount: string, currency: string): string {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).format(Number(amount))
  } catch {
    return `${amount} ${currency}`
  }
}

/** The page's style and script: files of their own, so that its content policy allows neither inline. */
export function pageFile(path: string): Response {
  const isStyle = path.endsWith('.css')
  return new Response(isStyle ? pageStyle : pageScript, {
    headers: {
      'content-type': `${isStyle ? 'text/css' : 'text/javascript'}; charset=utf-8`,
      'x-content-type-options': 'nosniff',
    },
  })
}

function answerPage(text: string, status = 200, wanted?: Wanted): Response {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    // Browsers apply it to where a form's answer leads, too.
    `form-action 'self' ${wanted ? new URL(wanted.responseUrl).origin : ''}`.trim(),
  ]
  return new Response(text, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  })
}
