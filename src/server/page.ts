import { createHash } from 'node:crypto'
import { answer } from './answers.js'

// The few pages that a buyer sees of this server: plain, without a request's words in them, under a policy that allows their own
// script and style alone.

const style =
  ':root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;display:grid;place-content:center;justify-items:center;min-height:90vh;margin:0;padding:16px;text-align:center}h1{font-size:1.25em;margin:0 0 .25em}p{margin:0 0 1em;opacity:.75}button{font:inherit;padding:.5em 1.25em}'

const hashOf = (source: string): string => `'sha256-${createHash('sha256').update(source).digest('base64')}'`
const styleHash = hashOf(style)

export interface Page {
  readonly title: string
  readonly sentence: string
  /** What follows the sentence, as HTML that is already safe. */
  readonly more?: string
  /** Read by the script as `document.body.dataset`. */
  readonly data?: Readonly<Record<string, string>>
  readonly script?: string
  /** Origins whose pages may frame it; none unless said. */
  readonly framedBy?: readonly string[]
  /** Origin that its form may be sent to. */
  readonly sendsTo?: string
  /** Seconds until it loads itself again. */
  readonly reload?: number
}

export function htmlPage(
  status: number,
  { title, sentence, more = '', data = {}, script, framedBy = [], sendsTo, reload }: Page,
): Response {
  const attributes = Object.entries(data).map(([name, value]) => ` data-${name}="${quoted(value)}"`)
  const refresh = reload ? `<meta http-equiv="refresh" content="${reload}">` : ''
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">${refresh}<title>${title}</title><style>${style}</style><body${attributes.join('')}><h1>${title}</h1><p>${sentence}</p>${more}${script ? `<script>${script}</script>` : ''}`
  const policy = [
    "default-src 'none'",
    `style-src ${styleHash}`,
    script && `script-src ${hashOf(script)}`,
    `form-action ${sendsTo ?? "'none'"}`,
    "base-uri 'none'",
    `frame-ancestors ${framedBy.length > 0 ? framedBy.join(' ') : "'none'"}`,
  ]
  return answer(status, html, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.filter(Boolean).join('; '),
    ...(reload && { 'retry-after': String(reload) }),
  })
}

export const quoted = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
