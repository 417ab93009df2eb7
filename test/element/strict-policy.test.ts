import { expect } from '@open-wc/testing'
import type { CheckoutButton } from '../../src/element/checkout-button.js'
import { pause, provider, until } from '../window/provider.js'
import { gold } from './shop.js'

// A page that allows nothing but what the element needs, in a document of its own; every refusal is noted.

const policy = [
  "default-src 'none'",
  `script-src ${location.origin}`, // Firefox lets 'self' match nothing in a document without an address
  `connect-src ${location.origin}`,
  `frame-src ${provider}`,
  `img-src ${provider}`,
  "require-trusted-types-for 'script'",
].join('; ')

const page = `<!doctype html><html lang="en"><meta http-equiv="content-security-policy" content="${policy}"><title>Shop</title>
<checkout-button server="/checkout" order="gold" surface="iframe"></checkout-button><script type="module" src="/src/index.ts"></script>`

describe('under a strict content policy', () => {
  let frame: HTMLIFrameElement
  let inside: Window & typeof globalThis
  let refused: string[]

  beforeEach(async () => {
    refused = []
    frame = document.createElement('iframe')
    frame.srcdoc = page
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
    document.body.append(frame)
    await loaded
    inside = frame.contentWindow as typeof inside
    inside.document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      refused.push(`${violatedDirective} ${blockedURI}`),
    )
  })
  afterEach(() => frame.remove())

  it('T-60 the whole way to the payment page is allowed, styles and all', async () => {
    const answer = { id: 'checkout-0000000000000001', url: `${provider}/puppet`, speaksFrom: [provider] }
    inside.fetch = async (target) =>
      inside.Response.json(String(target).endsWith('/checkouts') ? answer : { state: 'pending', delivered: false })
    const button = inside.document.querySelector('checkout-button') as CheckoutButton
    button.offer = gold
    const root = await until(() => button.shadowRoot)
    const tile = await until(() => root.querySelector<HTMLElement>('[part~="method"]'))
    expect(inside.getComputedStyle(tile).minHeight).to.equal('52px')
    tile.click()
    await until(() => root.querySelector('iframe'))
    await pause(500)
    expect(refused).to.deep.equal([])
    button.remove()
  })

  it('T-60 and what the policy forbids would be noticed', async () => {
    inside.document.body.setAttribute('style', 'color: red')
    await until(() => refused.length)
    expect(refused[0]).to.contain('style-src')
  })
})
