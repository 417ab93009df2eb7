import type { SandboxPayment } from 'checkout-button/sandbox'
import type { Payment } from 'checkout-button/server'
import { html, nothing, type TemplateResult } from 'lit'
import { command, type Order, type PageState, startOver } from './page-state.js'

/** Orders, newest first: what is true (payments), what is done (deliveries), and how it came about. */
export function ledgerView(state: PageState): TemplateResult {
  const { desk } = state
  if (!desk) return html`<p class="note">Reading…</p>`
  const waiting = desk.hosted.filter(({ pingbacks }) => pingbacks.some(({ taken }) => !taken)).length
  return html`
    ${waiting > 0 ? html`<p class="waiting"><span>${waiting} pingback${waiting > 1 ? 's' : ''} not taken yet</span><button @click=${() => command('sandbox/repeat')}>Send now</button></p>` : nothing}
    ${desk.orders.length === 0 ? html`<p class="note">No orders yet.</p>` : desk.orders.map((order) => orderRow(order, state))}
    ${desk.notices.length > 0 ? html`<h4>Notices</h4><ul class="story">${desk.notices.map(({ kind, reason, orderId }) => html`<li><strong>${kind}</strong><span class="sense">${reason} ${orderId ? html`<code>${orderId}</code>` : nothing}</span></li>`)}</ul>` : nothing}
    <button class="start-over" @click=${startOver}>Start over: forget orders and ledger</button>`
}

function orderRow(order: Order, state: PageState): TemplateResult {
  const desk = state.desk
  const payments = desk?.payments.filter(({ orderId }) => orderId === order.id) ?? []
  return html`<details class="order" ?open=${order.id === state.order?.id || (payments.length > 0 && order.id === desk?.orders[0]?.id)}>
    <summary><code>${order.id}</code><span class="amount">€${order.total}</span>${pill(order.state)}</summary>
    ${payments.length === 0 ? html`<p class="note">Not paid. No payment page has been heard of.</p>` : payments.map((payment) => paymentRow(payment, desk?.hosted ?? []))}
    ${story(order, state)}
  </details>`
}

function paymentRow(payment: Payment, hosted: readonly SandboxPayment[]): TemplateResult {
  const { reference, state, role, delivery, attempts, held } = payment
  const known = hosted.find(({ ref }) => ref === reference)
  const facts = { role: role ?? '–', delivery, ...(attempts > 0 && { attempts }), ...(held && { held: 'yes' }) }
  return html`<div class="payment">
    <p class="payment-head"><code>${reference}</code>${pill(state)}</p>
    <dl>${Object.entries(facts).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    ${known && known.moves.length > 0 ? html`<p class="moves">${known.moves.map((move) => html`<button @click=${() => command(`sandbox/payments/${reference}/${move}`)}>${names[move] ?? move}</button>`)}</p>` : nothing}
    ${known ? html`<p class="moves"><button @click=${() => command('sandbox/repeat', { ref: reference, takenToo: true })}>Send its pingbacks again</button></p>` : html`<p class="note">The sandbox has forgotten it: it was restarted.</p>`}
  </div>`
}

const names: Readonly<Record<string, string>> = {
  ...{ accept: 'Accept', decline: 'Decline', void: 'Void', refund: 'Refund', chargeback: 'Chargeback' },
  'refund-partly': 'Refund a part',
}

/** Pingbacks as the ledger took them, and the calls of the shop's hooks between them. */
function story(order: Order, { desk }: PageState): TemplateResult | typeof nothing {
  if (!desk) return nothing
  const news = desk.events
    .filter(({ orderId }) => orderId === order.id)
    .map(({ at, key, becomes, news, verdict, reason }) => {
      const type = key.split(':')[1] ?? key
      const sense = becomes ?? news ?? ''
      return { at, name: `pingback ${type}`, text: verdict === 'taken' ? sense : `${verdict}: ${reason}`, kind: verdict }
    })
  const calls = desk.hookCalls
    .filter((call) => call.order === order.id)
    .map(({ at, hook, delivery }) => ({ at: Date.parse(at), name: `${hook}()`, text: delivery, kind: 'hook' }))
  const all = [...news, ...calls].sort((one, other) => one.at - other.at)
  if (all.length === 0) return nothing
  return html`<ol class="story">${all.map(
    ({ at, name, text, kind }) =>
      html`<li class=${kind}><time>${new Date(at).toLocaleTimeString('en-GB')}</time><strong>${name}</strong><span class="sense">${text}</span></li>`,
  )}</ol>`
}

const tones: Readonly<Record<string, string>> = {
  ...{ delivered: 'good', paid: 'good', open: 'calm', pending: 'calm', 'taken back': 'bad' },
  ...{ refunded: 'bad', charged_back: 'bad', declined: 'bad', failed: 'bad', expired: 'calm' },
}
const pill = (text: string) => html`<span class="pill ${tones[text] ?? 'calm'}">${text.replace('_', ' ')}</span>`
