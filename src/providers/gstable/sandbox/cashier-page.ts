import { html, type Markup } from '../../sandbox-markup.js'
import { again, check, clock, cross, frame, linkBack } from '../../sandbox-page.js'
import { usd } from '../micro-usd.js'
import { type BookedSession, titleOf } from './session.js'
import { type Token, tokens } from './tokens.js'

export type Section = 'choose' | 'processing' | 'paid' | 'settled' | 'rejected' | 'reverted' | 'closed' | 'over' | 'broken'

const provider = 'GStable'

interface PageOptions {
  readonly request: Request
  readonly session: BookedSession
  /** Which part stands open; the page's script opens the others. Without script each choice answers a page of its own. */
  readonly section: Section
  /** Where "Back to the shop" leads, once that is known. */
  readonly back?: string
  readonly returnAfter?: number | null
  readonly sourceTx?: string
}

/** The cashier: what is bought, with which token from which wallet, and every ending that a shop must be ready for. */
export function cashierPage({ request, session, section, back, returnAfter, sourceTx }: PageOptions): Markup {
  const price = `$${usd(session.amount).amount}`
  const part = (name: Section, content: Markup) =>
    html`<section data-section="${name}"${name !== section && html` hidden`}>${content}</section>\n`
  const title = (words: string) => html`<h2 tabindex="-1">${words}</h2>`
  const toShop = linkBack('Back to the shop', back)

  return frame({
    ...{ request, provider, title: 'Payment', returnAfter },
    content: html`<header>
<div><h1>${titleOf(session)}</h1><p class="muted">Session ${session.id}</p></div>
<p class="price"><strong>${price}</strong>${session.request.feeModel === 2 && html`<span class="muted">plus GStable's fee</span>`}</p>
</header>
${[
  part('choose', choices(price, session.request.settlementToken)),
  part(
    'processing',
    html`<div class="spinner"></div>${title('Confirming on chain…')}
<ol class="steps"><li data-done>Wallet connected</li><li data-done>Payment signed</li><li>Confirmed by the network</li></ol>
<p class="muted">You can leave this page: nothing is lost.</p>`,
  ),
  part(
    'paid',
    html`${check}${title(`${price} paid`)}
<p class="muted">Transaction <code data-tx>${sourceTx}</code></p>
<p class="muted">On its way into the shop's wallet.</p>${toShop}`,
  ),
  part(
    'settled',
    html`${check}${title(`${price} paid and settled`)}<p class="muted">It has arrived in the shop's wallet.</p>${toShop}`,
  ),
  part(
    'rejected',
    html`${cross}${title('You declined in your wallet')}<p class="muted">Nothing was signed, nothing was charged.</p>${again()}`,
  ),
  part(
    'reverted',
    html`${cross}${title('The network rejected the transaction')}
<p class="muted">Nothing was charged but the network's own fee. The shop is not told of it.</p>${again()}`,
  ),
  part(
    'closed',
    html`${clock}${title('You left without paying')}
<p class="muted">Nothing was charged and nobody was told, as when a buyer closes the page.</p>${again('Pay after all', '')}`,
  ),
  part(
    'over',
    html`${cross}${title('This checkout has ended')}<p class="muted">Nothing was charged. Please go back to the shop.</p>`,
  ),
  part(
    'broken',
    html`${cross}${title('The payment page cannot be reached')}<p class="muted">Nothing was charged.</p>${again()}`,
  ),
]}`,
  })
}

function choices(price: string, settlementToken: string): Markup {
  const first = tokens.find(({ tokenId }) => tokenId === settlementToken)
  const row = ({ tokenId, symbol, chain }: Token) =>
    html`<label class="method"><input type="radio" name="token" value="${tokenId}"${tokenId === settlementToken && html` checked`}>
<img src="/sandbox/tokens/${symbol.toLowerCase()}.svg" alt="" width="28" height="28"><span>${symbol}</span>
<span class="muted">${chain}</span></label>`
  const rows = [...(first ? [first] : []), ...tokens.filter((token) => token !== first)].map(row)
  return html`<form method="post">
<fieldset><legend>Pretend wallet 0x7a11…00b1 pays with</legend>${rows}</fieldset>
<button name="choice" value="pay" class="primary">Sign and pay ${price}</button>
<fieldset class="others"><legend>or try another ending</legend>
<button name="choice" value="reject">Decline in the wallet</button>
<button name="choice" value="revert">Fail on chain</button>
<button name="choice" value="close">Close</button>
</fieldset>
</form>`
}

export const notFound = (request: Request): Markup =>
  frame({
    ...{ request, provider },
    title: 'Payment',
    content: html`<section>${cross}<h2>There is no such session</h2>
<p class="hint">For the developer: the sandbox keeps its sessions in memory, so a restart forgets them.</p></section>`,
  })
