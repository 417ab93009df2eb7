import { html, type TemplateResult } from 'lit'
import type { PageState } from './page-state.js'

/** What a merchant copies: the page's two tags, and the shop's own file, read from disk so that it cannot go stale. */
export function snippets({ order, surface, lang, layout, shopSource }: PageState): TemplateResult {
  const extras = [
    ...(lang === 'en' ? [] : [`lang="${lang}"`]),
    ...(surface === 'auto' ? [] : [`surface="${surface}"`]),
    ...(layout === 'list' ? [] : [`layout="${layout}"`]),
  ]
  const attributes = ['server="/checkout"', `order="${order?.id ?? 'order-1'}"`, ...extras].join('\n  ')
  const page = `<!-- dist/standalone.js of the package; with a bundler: import 'checkout-button' -->
<script type="module" src="/checkout-button.js"></script>

<checkout-button
  ${attributes}
></checkout-button>`
  return html`${snippet('In the page', page)}${snippet('On the server: demo/shop.ts', shopSource.trim())}
    <p class="note">Beside it in demo/: orders.ts, the shop's own table, and keys.ts, the keys of the pretend providers. server.ts mounts it;
    alone it would be <code>await serve(checkout, { port: 3000 })</code>, from <code>checkout-button/hosts/node</code>.</p>`
}

function snippet(title: string, code: string): TemplateResult {
  const copy = async (event: Event) => {
    const button = event.currentTarget as HTMLButtonElement
    await navigator.clipboard.writeText(code)
    button.textContent = 'Copied'
    setTimeout(() => {
      button.textContent = 'Copy'
    }, 1500)
  }
  return html`<figure class="snippet">
    <figcaption>${title}<button @click=${copy}>Copy</button></figcaption>
    <pre tabindex="0"><code>${code}</code></pre>
  </figure>`
}
