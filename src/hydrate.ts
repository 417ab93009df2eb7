import { hydrate } from '@lit-labs/ssr-client'
import { adoptStyles, type PropertyValues } from 'lit'
import { CheckoutButton } from './element/checkout-button.js'
import { define } from './element/define.js'
import { canonical, fetchLabels } from './element/language.js'

// The element for a page whose server has rendered it already, in place of the plain entry. Its first rendering finds what stands there,
// so it must come out as the server's did: with the words of the server's language, and without a session, which a server has none of.
// The second one is the buyer's own, and touches only what differs.

class RenderedCheckoutButton extends CheckoutButton {
  /** Before its script has run, only a server can have given it a shadow root. */
  #isServers = !!this.shadowRoot

  protected override createRenderRoot(): HTMLElement | DocumentFragment {
    return this.shadowRoot ?? super.createRenderRoot()
  }

  protected override async scheduleUpdate(): Promise<void> {
    if (this.#isServers) await fetchLabels(canonical(this.lang))
    super.scheduleUpdate()
  }

  protected override get isAsleep(): boolean {
    return this.#isServers || super.isAsleep
  }

  protected override update(changed: PropertyValues<this>): void {
    if (this.#isServers) this.#takeOver(this.renderRoot as ShadowRoot)
    super.update(changed)
  }

  #takeOver(root: ShadowRoot): void {
    // The server's own sheet stands in the markup, where a strict content policy does not let it work.
    adoptStyles(root, CheckoutButton.elementStyles)
    try {
      hydrate(this.render(), root, this.renderOptions)
    } catch {
      root.replaceChildren() // rendered by another version: then all of it is made anew
    }
  }

  protected override updated(): void {
    super.updated()
    if (this.#isServers) this.requestUpdate()
    this.#isServers = false
  }
}

define(RenderedCheckoutButton)

export { RenderedCheckoutButton as CheckoutButton }
