import { html, nothing, type TemplateResult } from 'lit'
import type { Product } from '../orders.js'
import { cover, wave } from './covers.js'
import {
  addToCart,
  backToCart,
  change,
  checkOut,
  type Order,
  type PageState,
  removeFromCart,
  showReceipt,
} from './page-state.js'
import { type Words, words } from './words.js'

/** The shop, as a buyer sees it: recordings on the shelf and the cart below; then the payment, then the receipt. */
export function shopView(state: PageState): TemplateResult {
  const say = words[state.lang]
  const { order, isPaid, cart, products } = state
  const head = html`<h1><a href="/" class="brand">${wave}<span>Quiet Hours</span></a></h1>
    <p class="tagline">${say.tagline}</p>`
  if (order)
    return html`<header class="shop-head">${head}</header>
      <main class="step">${isPaid ? receiptStep(state, order, say) : paymentStep(state, order, say)}</main>`
  return html`<header class="shop-head">
      ${head}<button class="to-cart" @click=${toCart}>${say.cart}<span>${cart.length}</span></button>
    </header>
    <main>
      <ul class="shelf">${products.map((product) => card(product, state, say))}</ul>
      <div class="step">${cartStep(state, say)}</div>
    </main>`
}

const toCart = () => document.querySelector('.step')?.scrollIntoView({ behavior: 'smooth' })

function card(product: Product, state: PageState, say: Words): TemplateResult {
  const isInCart = state.cart.includes(product.id)
  const add = () => addToCart(product.id)
  return html`<li class="product">
    ${cover(product.id)}
    <div class="about">
      <h2>${product.title}</h2>
      <p>${say[product.id]}</p>
      <p class="facts">
        <strong>${price(product.cents, state)}</strong>
        <span>${say.minutes.replace('{n}', String(product.minutes))}</span>
      </p>
      <button class=${isInCart ? 'add added' : 'add'} ?disabled=${isInCart} @click=${add}>
        ${isInCart ? say.added : say.add}
      </button>
    </div>
  </li>`
}

function cartStep(state: PageState, say: Words): TemplateResult {
  const { products, cart, email, problem } = state
  const items = products.filter(({ id }) => cart.includes(id))
  if (items.length === 0)
    return html`<section class="sheet">
      <h2 tabindex="-1">${say.cart}</h2>
      <p class="muted">${say.empty}</p>
    </section>`
  const submit = async (event: Event) => {
    event.preventDefault()
    if (await checkOut()) beginStep()
  }
  const type = (event: Event) => change({ email: (event.target as HTMLInputElement).value })
  const remove = ({ id, title }: Product) =>
    html`<button class="text" aria-label="${say.remove}: ${title}" @click=${() => removeFromCart(id)}>${say.remove}</button>`
  return html`<section class="sheet">
    <h2 tabindex="-1">${say.cart}</h2>
    ${lines(items, state, remove)} ${total(items, state, say)}
    <form @submit=${submit}>
      <label>
        ${say.email}
        <input type="email" required autocomplete="email" dir="ltr" .value=${email} @input=${type}>
      </label>
      ${problem ? html`<p class="problem" role="alert">${say[problem]}</p>` : nothing}
      <button class="primary">${say.checkOut}</button>
    </form>
  </section>`
}

function paymentStep(state: PageState, order: Order, say: Words): TemplateResult {
  const { lang, surface, layout, country } = state
  return html`<section class="sheet">
    <div class="sheet-head">
      <h2 tabindex="-1">${say.payment}</h2>
      <button class="text" @click=${toCartAgain}>${say.change}</button>
    </div>
    ${lines(order.items, state)} ${total(order.items, state, say)}
    <checkout-button
      server="/checkout"
      order=${order.id}
      country=${country}
      lang=${lang}
      surface=${surface}
      layout=${layout}
      @checkout-success=${toReceipt}
    ></checkout-button>
  </section>`
}

/** The button that had the focus is gone, and on a phone the heading stands above what is in view. */
const beginStep = () => document.querySelector<HTMLElement>('.step h2')?.focus()

async function toReceipt(): Promise<void> {
  await showReceipt()
  beginStep()
}

async function toCartAgain(): Promise<void> {
  await backToCart()
  beginStep()
}

async function toShelf(): Promise<void> {
  await backToCart()
  document.querySelector<HTMLElement>('.brand')?.focus()
}

function receiptStep(state: PageState, order: Order, say: Words): TemplateResult {
  const isReturned = order.state === 'taken back'
  return html`<section class="sheet receipt">
    <div role="status">
      <h2 tabindex="-1">${isReturned ? say.returned : say.thanks}</h2>
      <p class="muted">${isReturned ? say.gone : say.sent.replace('{email}', order.email)}</p>
      ${isReturned ? nothing : listeningCode(order, say)}
    </div>
    ${lines(order.items, state)} ${total(order.items, state, say)}
    <p class="muted small">${say.order} <span dir="ltr">${order.id.replace('order-', '')}</span></p>
    <button class="secondary" @click=${toShelf}>${say.again}</button>
  </section>`
}

const listeningCode = ({ code }: Order, say: Words) => html`<p class="code">
  <span>${say.code}</span>
  <strong dir="ltr">${code ?? say.onTheWay}</strong>
</p>`

function lines(items: readonly Product[], state: Locale, extra?: (item: Product) => TemplateResult): TemplateResult {
  const row = (item: Product) => html`<li>
    ${cover(item.id)}
    <span class="title">${item.title}</span>
    ${extra?.(item)}
    <span class="amount">${price(item.cents, state)}</span>
  </li>`
  return html`<ul class="lines">${items.map(row)}</ul>`
}

function total(items: readonly Product[], state: Locale, say: Words): TemplateResult {
  const cents = items.reduce((sum, item) => sum + item.cents, 0)
  return html`<p class="total"><span>${say.total}</span><strong>${price(cents, state)}</strong></p>`
}

type Locale = Pick<PageState, 'lang' | 'currency'>

/** To look at only: what is paid is the server's price. Written as the button writes it, in the buyer's own variant of the language. */
function price(cents: number, { lang, currency }: Locale): string {
  const locale = navigator.languages.find((language) => language.startsWith(`${lang}-`)) ?? lang
  const written = new Intl.NumberFormat(locale, { style: 'currency', currency }).format(cents / 100)
  return written.replace(/\$$/, '$\u200e') // from right to left a lone `$` would leave its `US`
}
