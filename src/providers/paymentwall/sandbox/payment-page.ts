import { html, type Markup } from '../../sandbox-markup.js'
import { again, check, clock, cross, frame, linkBack, priceText } from '../../sandbox-page.js'
import type { SandboxMethod } from './methods.js'
import type { PageRequest, Plan } from './page-request.js'

export type Section = 'choose' | 'processing' | 'paid' | 'review' | 'declined' | 'closed' | 'broken'

const provider = 'Paymentwall'

interface PageOptions {
  readonly request: Request
  readonly page: PageRequest
  readonly methods: readonly SandboxMethod[]
  /** Whether the client-side callback is switched on for the project. */
  readonly speaks: boolean
  /** Which part stands open; the page's script opens the others. Without script each choice answers a page of its own. */
  readonly section: Section
  readonly ref?: string
  /** Where "Back to the shop" leads, once that is known. */
  readonly back?: string
  readonly returnAfter?: number | null
}

/** The hosted page: what is bought, how to pay, and every ending that a shop must be ready for. */
export function paymentPage({ request, page, methods, speaks, section, ref, back, returnAfter }: PageOptions): Markup {
  const price = priceText(page.amount, page.currency, page.lang)
  const part = (name: Section, content: Markup) =>
    html`<section data-section="${name}"${name !== section && html` hidden`}>${content}</section>\n`
  const title = (words: string) => html`<h2 tabindex="-1">${words}</h2>`
  const toShop = linkBack('Back to the shop', back)

  return frame({
    ...{ request, provider, lang: page.lang, title: 'Payment', speaks, returnAfter },
    content: html`<header>
<div><h1>${page.product.name}</h1><p class="muted">${page.parameters.get('email')}</p></div>
<p class="price"><strong>${price}</strong>${page.plan && html`<span class="muted">${planText(page.plan, page.lang)}</span>`}</p>
</header>
${[
  part('choose', choices(methods, price)),
  part(
    'processing',
    html`<div class="spinner"></div>${title('Processing your payment…')}
<p class="muted">Please keep this page open.</p>`,
  ),
  part(
    'paid',
    html`${check}${title(`Thank you, ${price} paid`)}
<p class="muted">Payment <code data-ref>${ref}</code></p>${toShop}`,
  ),
  part(
    'review',
    html`${clock}${title('Your payment is being reviewed')}
<p class="muted">The shop has been told to wait. In a sandbox you are the reviewer, too.</p>
<form method="post" class="row"><input type="hidden" name="ref" value="${ref}"><button name="choice" value="accept" class="primary">Accept</button>
<button name="choice" value="decline">Decline</button></form>
${toShop}`,
  ),
  part(
    'declined',
    html`${cross}${title('The payment was declined')}
<p class="muted">Nothing was charged. You can try again or choose another method.</p>
${again()}${toShop}`,
  ),
  part(
    'closed',
    html`${clock}${title('You left without paying')}
<p class="muted">Nothing was charged and nobody was told, as when a buyer closes the page.</p>
${again('Pay after all', '')}`,
  ),
  part(
    'broken',
    html`${cross}${title('The payment page cannot be reached')}
<p class="muted">Nothing was charged.</p>${again()}`,
  ),
]}`,
  })
}

function choices(methods: readonly SandboxMethod[], price: string): Markup {
  const isChoice = methods.length > 1
  const kind = isChoice ? 'method' : 'method alone'
  const row = ({ id, name }: SandboxMethod, index: number) =>
    html`<label class="${kind}"><input type="radio" name="method" value="${id}"${index === 0 && html` checked`}>
<img src="/images/ps_logos/pm_${id}.svg" alt="" width="44" height="28"><span>${name}</span></label>`
  return html`<form method="post">
<fieldset><legend>${isChoice ? 'How would you like to pay?' : 'You are paying with'}</legend>${methods.map(row)}</fieldset>
<button name="choice" value="pay" class="primary">Pay ${price}</button>
<fieldset class="others"><legend>or try another ending</legend>
<button name="choice" value="review">Pay, then review</button>
<button name="choice" value="decline">Decline</button>
<button name="choice" value="close">Close</button>
</fieldset>
</form>`
}

/** What Paymentwall shows when the signature of the address does not hold: a page like any other, not a redirect. */
export const notAuthorised = (request: Request): Markup =>
  frame({
    ...{ request, provider },
    title: 'Not authorised',
    content: html`<section>${cross}<h2>You are not authorised to view this content</h2>
<p class="muted">The request signature is wrong or expired.</p>
<p class="hint">For the developer: are project key and <em>secret</em> key those of this sandbox, is <code>sign_version</code>
2 or 3, and is the address exactly as it was signed?</p></section>`,
  })

/** Signed well, but no address that Paymentwall's documents allow. */
export const notPossible = (request: Request, faults: readonly string[]): Markup =>
  frame({
    ...{ request, provider },
    title: 'Not possible',
    content: html`<section>${cross}<h2>This payment cannot be shown</h2>
<p class="muted">The address is signed correctly, yet breaks rules of the payment page:</p>
<ul class="hint">${faults.map((fault) => html`<li>${fault}</li>`)}</ul></section>`,
  })

function planText({ length, period, renews, afterTrial }: Plan, lang: string): string {
  const every = (count: string, unit: string) => (count === '1' ? `a ${unit}` : `every ${count} ${unit}s`)
  const once = `for ${length} ${period}${length === '1' ? '' : 's'}`
  if (!afterTrial) return renews ? every(length, period) : once
  const later = priceText(afterTrial.amount, afterTrial.currency, lang)
  return `${once}, then ${later} ${every(afterTrial.length, afterTrial.period)}`
}
