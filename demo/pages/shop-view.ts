import { html, nothing, type TemplateResult } from 'lit'
import type { Product } from '../orders.js'
import { cover, wave } from './covers.js'
import { addToCart, backToCart, change, checkOut, type PageState, removeFromCart, showReceipt } from './page-state.js'
import { type Words, words } from './words.js'

/** The shop, as a buyer sees it: recordings on the shelf, and below them the cart, the payment or the receipt. */
export function shopView(state: PageState): TemplateResult {
  const say = words[state.lang]
  const step = !state.order ? cartStep(state, say) : state.isPaid ? receiptStep(state, say) : paymentStep(state, say)
  return html`
    <header class="shop-head">
      <a href="/" class="brand">${wave}<span>Quiet Hours</span></a>
      <p class="tagline">${say.tagline}</p>
      ${state.order ? nothing : html`<button class="to-cart" @click=${toCart}>${say.cart}<span>${state.cart.length}</span></button>`}
    </header>
    <main>
      ${state.order ? nothing : html`<ul class="shelf">${state.products.map((product) => card(product, state, say))}</ul>`}
      <div class="step">${step}</div>
    </main>`
}

const toCart = () => document.querySelector('.step')?.scrollIntoView({ behavior: 'smooth' })

function card(product: Product, { cart, lang }: PageState, say: Words): TemplateResult {
  const isInCart = cart.includes(product.id)
  return html`<li class="product">
    ${cover(product.id)}
    <div class="about">
      <h2>${product.title}</h2>
      <p>${say[product.id]}</p>
      <p class="facts"><strong>${price(product.cents, lang)}</strong><span>${say.minutes.replace('{n}', String(product.minutes))}</span></p>
      <button class=${isInCart ? 'add added' : 'add'} ?disabled=${isInCart} @click=${() => addToCart(product.id)}>${isInCart ? say.added : say.add}</button>
    </div>
  </li>`
}

function cartStep(state: PageState, say: Words): TemplateResult {
  const items = state.products.filter(({ id }) => state.cart.includes(id))
  if (items.length === 0) return html`<section class="sheet"><h2>${say.cart}</h2><p class="muted">${say.empty}</p></section>`
  const submit = (event: Event) => {
    event.preventDefault()
    checkOut()
  }
  return html`<section class="sheet">
    <h2>${say.cart}</h2>
    ${lines(items, state.lang, (id) => html`<button class="text" aria-label="${say.remove}: ${items.find((item) => item.id === id)?.title}" @click=${() => removeFromCart(id)}>${say.remove}</button>`)}
    ${total(items, state.lang, say)}
    <form @submit=${submit}>
      <label>${say.email}<input type="email" required autocomplete="email" dir="ltr" .value=${state.email}
        @input=${(event: Event) => change({ email: (event.target as HTMLInputElement).value })}></label>
      ${state.problem ? html`<p class="problem" role="alert">${say.problem}</p>` : nothing}
      <button class="primary">${say.checkOut}</button>
    </form>
  </section>`
}

function paymentStep(state: PageState, say: Words): TemplateResult {
  const { order, lang, surface, layout, country } = state
  if (!order) return html``
  return html`<section class="sheet">
    <div class="sheet-head"><h2>${say.payment}</h2><button class="text" @click=${backToCart}>${say.change}</button></div>
    ${lines(order.items, lang)}${total(order.items, lang, say)}
    <checkout-button server="/checkout" order=${order.id} country=${country} lang=${lang} surface=${surface} layout=${layout}
      @checkout-success=${showReceipt}></checkout-button>
  </section>`
}

function receiptStep({ order, lang }: PageState, say: Words): TemplateResult {
  if (!order) return html``
  const isReturned = order.state === 'taken back'
  return html`<section class="sheet receipt" role="status">
    <h2>${isReturned ? say.returned : say.thanks}</h2>
    <p class="muted">${isReturned ? say.gone : say.sent.replace('{email}', order.email)}</p>
    ${isReturned ? nothing : html`<p class="code"><span>${say.code}</span><strong dir="ltr">${order.code ?? say.onTheWay}</strong></p>`}
    ${lines(order.items, lang)}${total(order.items, lang, say)}
    <p class="muted small">${say.order} <span dir="ltr">${order.id}</span></p>
    <button class="secondary" @click=${backToCart}>${say.again}</button>
  </section>`
}

const lines = (items: readonly Product[], lang: string, extra?: (id: string) => TemplateResult) =>
  html`<ul class="lines">${items.map(
    ({ id, title, cents }) =>
      html`<li>${cover(id)}<span class="title">${title}</span>${extra?.(id)}<span class="amount">${price(cents, lang)}</span></li>`,
  )}</ul>`

const total = (items: readonly Product[], lang: string, say: Words) =>
  html`<p class="total"><span>${say.total}</span><strong>${price(
    items.reduce((sum, { cents }) => sum + cents, 0),
    lang,
  )}</strong></p>`

/** To look at only: what is paid is the server's price. */
const price = (cents: number, lang: string) =>
  new Intl.NumberFormat(lang, { style: 'currency', currency: 'EUR' }).format(cents / 100)
