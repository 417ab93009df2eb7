import { html, type Markup } from './sandbox-markup.js'

// What the hosted pages of all pretend providers share: the frame around them, how they are answered, and the part of their script
// that shows how a choice went. Each page works without its script too: every choice is a plain form, answered by the page that shows
// the ending with a link back. A click that comes before the script is there must not be lost.

interface Frame {
  /** Whose page this pretends to be: someone with three of them open has to tell them apart. */
  readonly provider: string
  readonly title: string
  readonly lang?: string
  /** The request for this page: whether it is shown in a frame. */
  readonly request: Request
  /** The answer to a plain form: once the script is there, it goes back to the shop by itself. Milliseconds. */
  readonly returnAfter?: number | null | undefined
  /** Whether the page posts messages to the window that frames it. */
  readonly speaks?: boolean
  readonly content: Markup
}

export function frame({ provider, title, lang = 'en', request, returnAfter, speaks = false, content }: Frame): Markup {
  const isFramed = request.headers.get('sec-fetch-dest') === 'iframe'
  const goesBack = request.method === 'POST' && typeof returnAfter === 'number'
  return html`<!doctype html>
<html lang="${lang}"${isFramed && html` class="framed"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} – ${provider} sandbox</title>
<link rel="stylesheet" href="/sandbox/page.css">
<script type="module" src="/sandbox/page.js"></script>
</head>
<body data-speaks="${String(speaks)}"${goesBack && html` data-return-after="${returnAfter}"`}>
<main>
<p class="ribbon" lang="en" dir="ltr"><strong>${provider}</strong> <span>Sandbox: nothing is charged</span></p>
${content}</main>
</body>
</html>
`
}

/** The link to the shop; hidden until it is known where that is. */
export const linkBack = (words: string, address: string | undefined): Markup =>
  html`<a class="quiet" data-back${address === undefined ? html` hidden` : html` href="${address}"`}>${words}</a>`

const sign = (kind: string, path: Markup) =>
  html`<svg class="${kind}" viewBox="0 0 48 48" width="48" height="48" aria-hidden="true">
<circle cx="24" cy="24" r="22"/>${path}</svg>`
export const check = sign('good', html`<path d="m15 24 6 6 12-12"/>`)
export const cross = sign('bad', html`<path d="m17 17 14 14M31 17 17 31"/>`)
export const clock = sign('calm', html`<path d="M24 13v11l7 5"/>`)

/** `$19.90` as the buyer's language writes it, for the eye alone; what Intl does not know is written out. */
export function priceText(amount: string, currency: string, lang = 'en'): string {
  try {
    return new Intl.NumberFormat(lang, { style: 'currency', currency }).format(Number(amount))
  } catch {
    return `${amount} ${currency}`
  }
}

/** `goesTo`: the shop's addresses, to which the page may lead. */
export function answerPage(page: Markup, status = 200, goesTo: readonly (string | undefined)[] = []): Response {
  const shop = goesTo.flatMap((address) => (address && URL.canParse(address) ? [new URL(address).origin] : []))
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    // Browsers apply it to where a form's answer leads, too.
    `form-action 'self' ${[...new Set(shop)].join(' ')}`.trim(),
  ]
  return new Response(page.text, {
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

/** The page's style and script: files of their own, so that its content policy allows neither inline. */
export function answerFile(kind: 'css' | 'javascript', text: string): Response {
  return new Response(text, {
    headers: { 'content-type': `text/${kind}; charset=utf-8`, 'x-content-type-options': 'nosniff' },
  })
}

/** Back to the choice, by script or by a plain form. */
export const again = (words = 'Try again', kind = 'primary'): Markup =>
  html`<form method="post"><button name="choice" value="again" class="${kind}">${words}</button></form>`

/**
 * The beginning of every `/sandbox/page.js`, as text, since the package builds no browser code of a sandbox. It calls two functions
 * that the page's own part declares: `started()` and `ended(result)`, for what the page says and does beside showing it.
 */
export const commonScript = `
const framed = window.parent !== window

function show(name) {
  for (const section of document.querySelectorAll('[data-section]')) section.hidden = section.dataset.section !== name
  document.querySelector('[data-section=' + name + '] h2')?.focus({ preventScroll: true })
}

// Inside a frame it is the frame that goes to the shop's address.
const goBack = (address, after) => setTimeout(() => location.assign(address), after)

function finish(result) {
  const { state, next, returnAfter } = result
  for (const link of document.querySelectorAll('[data-back]')) {
    link.hidden = !next
    if (next) link.href = next
  }
  show(state)
  ended(result)
  if (next && returnAfter !== null) goBack(next, returnAfter)
}

async function decide(fields) {
  show('processing')
  started()
  try {
    const body = new URLSearchParams(fields)
    const answer = await fetch(location.href, { method: 'POST', headers: { accept: 'application/json' }, body })
    if (!answer.ok) throw new Error(String(answer.status))
    const result = await answer.json()
    if (result.state !== 'processing') finish(result)
  } catch {
    show('broken')
    ended({})
  }
}

document.addEventListener('submit', (event) => {
  event.preventDefault()
  const choice = event.submitter?.value ?? 'pay'
  if (choice === 'again') return show('choose')
  if (choice !== 'close') return decide({ ...Object.fromEntries(new FormData(event.target)), choice })
  // Nobody is told when a buyer leaves: whoever waits has to notice by itself.
  show('closed')
  if (!framed && window.opener) window.close()
})

const { returnAfter } = document.body.dataset
const back = document.querySelector('section:not([hidden]) [data-back][href]')
if (returnAfter && back) goBack(back.href, Number(returnAfter))
`
