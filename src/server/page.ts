import { createHash } from 'node:crypto'
import { answer } from './answers.js'

// The few pages that a buyer sees of this server: plain, without a request's words in them, under a policy that allows their own
// script and style alone.

const style = `:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 20%,transparent)}
body{font:16px/1.5 system-ui,sans-serif;display:grid;place-content:center;min-height:90vh;margin:0;padding:16px;text-align:center}
main{max-width:420px}
h1{font-size:1.25em;margin:0 0 .25em;overflow-wrap:anywhere}
p{margin:0 0 1em}
p,small{opacity:.8}
form{width:min(420px,100vw - 32px);margin:0 0 8px}
button{display:flex;align-items:center;gap:12px;width:100%;min-height:52px;padding:8px 16px;font:inherit;font-weight:600;text-align:start;color:inherit;background:none;border:1px solid var(--line);border-radius:10px;cursor:pointer}
button:not(:has(i)){justify-content:center}
button:hover{border-color:currentColor}
:focus-visible{outline:2px solid AccentColor;outline-offset:2px;border-radius:10px}
i{flex:none;display:grid;place-items:center;width:44px;height:28px;box-sizing:border-box;font-style:normal;text-transform:uppercase;background:color-mix(in srgb,AccentColor 16%,transparent);border:1px solid var(--line);border-radius:5px;overflow:hidden}
img{width:100%;height:26px;box-sizing:border-box;padding:1px;object-fit:contain;background:#fff}
small{display:block;font-weight:400;font-size:.875em}
nav{display:flex;flex-wrap:wrap;justify-content:center;gap:0 24px}
a{color:inherit;display:inline-block;padding:10px 0}`

const hashOf = (source: string): string => `'sha256-${createHash('sha256').update(source).digest('base64')}'`
const styleHash = hashOf(style)

export interface Page {
  /** Title and sentence are text. */
  readonly title: string
  readonly sentence: string
  /** What follows the sentence, as HTML that is already safe. */
  readonly more?: string
  /** Read by the script as `document.body.dataset`. */
  readonly data?: Readonly<Record<string, string>>
  readonly script?: string
  /** Origins whose pages may frame it; none unless said. */
  readonly framedBy?: readonly string[]
  /**
   * Origin that its form may be sent to. `home`: it comes back to this server, which has to see the page's origin, and is answered by
   * the way to a provider's page; browsers apply the policy to that as well, and nobody knows yet which it is.
   */
  readonly sendsTo?: string | 'home'
  /** Origins of its pictures. */
  readonly images?: readonly string[]
  /** Seconds until it loads itself again. */
  readonly reload?: number | undefined
}

export function htmlPage(
  status: number,
  { title, sentence, more = '', data = {}, script, framedBy = [], sendsTo, images = [], reload }: Page,
): Response {
  const attributes = Object.entries(data).map(([name, value]) => ` data-${name}="${quoted(value)}"`)
  const refresh = reload ? `<meta http-equiv="refresh" content="${reload}">` : ''
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">${refresh}<title>${quoted(title)}</title><style>${style}</style>`
  const body = `<main><h1>${quoted(title)}</h1><p>${quoted(sentence)}</p>${more}</main>${script ? `<script>${script}</script>` : ''}`
  const policy = [
    "default-src 'none'",
    `style-src ${styleHash}`,
    script && `script-src ${hashOf(script)}`,
    images.length > 0 && `img-src ${[...new Set(images)].join(' ')}`,
    `form-action ${sendsTo === 'home' ? '*' : (sendsTo ?? "'none'")}`,
    "base-uri 'none'",
    `frame-ancestors ${framedBy.length > 0 ? framedBy.join(' ') : "'none'"}`,
  ]
  return answer(status, `<!doctype html><html lang="en">${head}<body${attributes.join('')}>${body}`, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.filter(Boolean).join('; '),
    ...(sendsTo === 'home' && { 'referrer-policy': 'same-origin' }), // without a referrer, a form says that it comes from nowhere
    ...(status === 503 && { 'retry-after': String(reload ?? 5) }),
  })
}

export const quoted = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
