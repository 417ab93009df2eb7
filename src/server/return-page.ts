import { createHash } from 'node:crypto'
import { returnedMessage } from '../protocol/requests.js'
import type { ProviderAdapter } from '../providers/adapter.js'
import { answer } from './answers.js'
import type { CheckoutOptions } from './merchant.js'
import type { Checkout } from './store.js'

// The one page that every provider sends the buyer back to, after success and failure alike. It proves nothing and shows nothing of the
// request (T-16): it tells the window that waits to ask the server, or leads back to the page that the checkout was opened from, which
// was fixed then and is never taken from an address (T-29).

/** `GET return/:id`. */
export async function returnPage(options: CheckoutOptions, id: string, url: URL): Promise<Response> {
  let checkout: Checkout | undefined
  try {
    checkout = await options.store.checkout(id)
  } catch {
    return page(503, 'Your payment is being checked', 'This page loads itself again in a moment. Nothing is lost.', {
      reload: 5,
    })
  }
  if (!checkout)
    return page(
      404,
      'This checkout is not known here',
      'Please go back to the shop. If you have paid, the shop will find your payment.',
    )
  const back = backTo(checkout)
  if (checkout.surface === 'redirect') return answer(303, null, { location: back })
  const claims = providerOf(options, checkout)?.readReturn?.(url)
  return page(200, 'Thank you', 'You can close this window and go on in the shop.', {
    tell: { id, origin: new URL(checkout.backTo).origin, back, ...(claims && { claims }) },
    framedBy: options.pages,
  })
}

const providerOf = ({ providers }: CheckoutOptions, { provider }: Checkout): ProviderAdapter | undefined =>
  providers.find(({ name }) => name === provider)

/** The page that the buyer came from, with the id that lets the button there ask how it ended. */
function backTo({ id, backTo }: Checkout): string {
  const url = new URL(backTo)
  url.searchParams.set('checkout', id)
  return url.href
}

// Framed: the page around us closes the frame. In a popup: tell the opener and go. Opened apart, or cut off by an opener policy: the
// channel may still reach the shop's page (same origin); unheard, the page goes on like a redirect.
const script = `
const { id, origin, back, claims } = document.body.dataset
const message = { type: '${returnedMessage}', id, ...(claims && { claims }) }
if (parent !== window) parent.postMessage(message, origin)
else {
  opener?.postMessage(message, origin)
  try {
    new BroadcastChannel(message.type).postMessage(message)
  } catch {}
  if (opener) close()
  setTimeout(() => location.replace(back), opener ? 2000 : 800)
}`
const style =
  ':root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;display:grid;place-content:center;justify-items:center;min-height:90vh;margin:0;padding:16px;text-align:center}h1{font-size:1.25em;margin:0 0 .25em}p{margin:0 0 1em;opacity:.75}'

const hashOf = (source: string): string => `'sha256-${createHash('sha256').update(source).digest('base64')}'`
const [scriptHash, styleHash] = [hashOf(script), hashOf(style)]

interface Shown {
  readonly tell?: Readonly<Record<string, string>>
  readonly framedBy?: readonly string[]
  /** Seconds. */
  readonly reload?: number
}

function page(status: number, title: string, sentence: string, { tell, framedBy = [], reload }: Shown = {}): Response {
  const data = Object.entries(tell ?? {}).map(([name, value]) => ` data-${name}="${quoted(value)}"`)
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">${reload ? `<meta http-equiv="refresh" content="${reload}">` : ''}<title>${title}</title><style>${style}</style>
<body${data.join('')}><h1>${title}</h1><p>${sentence}</p>${tell ? `<a href="${quoted(tell.back ?? '')}">Back to the shop</a><script>${script}</script>` : ''}`
  const policy = `default-src 'none'; script-src ${scriptHash}; style-src ${styleHash}; base-uri 'none'; frame-ancestors ${framedBy.length > 0 ? framedBy.join(' ') : "'none'"}`
  return answer(status, html, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    ...(reload && { 'retry-after': String(reload) }),
  })
}

const quoted = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
