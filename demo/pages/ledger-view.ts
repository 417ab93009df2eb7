import type { SandboxPayment } from 'checkout-button/sandbox'
import type { Notice, Payment } from 'checkout-button/server'
import { html, nothing, type TemplateResult } from 'lit'
import type { DeskState } from '../developer-desk.js'
import { command, type Order, type PageState, startOver } from './page-state.js'

/** Orders, newest first: what is true (payments), what is done (deliveries), and how it came about. */
export function ledgerView({ desk, order: current }: PageState): TemplateResult {
  if (!desk) return html`<p class="note">Reading…</p>`
  const waiting = desk.hosted.flatMap(({ pingbacks }) => pingbacks).filter(({ taken }) => !taken).length
  return html`
    ${waiting > 0 ? waitingRow(waiting) : nothing}
    ${desk.orders.length === 0 ? html`<p class="note">No orders yet.</p>` : nothing}
    ${desk.orders.map((order) => orderRow(order, desk, current?.id))}
    ${desk.notices.length > 0 ? notices(desk.notices) : nothing}
    <button class="start-over" @click=${startOver}>Start over: forget orders and ledger</button>`
}

const waitingRow = (count: number) => html`<p class="waiting">
  <span>${count === 1 ? 'A pingback is' : `${count} pingbacks are`} not taken yet</span>
  <button @click=${() => command('sandbox/repeat')}>Send now</button>
</p>`

function orderRow(order: Order, desk: DeskState, current: string | undefined): TemplateResult {
  const payments = desk.payments.filter(({ orderId }) => orderId === order.id)
  const isNewest = order.id === desk.orders[0]?.id
  return html`<details class="order" ?open=${order.id === current || (isNewest && payments.length > 0)}>
    <summary><code>${order.id}</code><span class="amount">€${order.total}</span>${pill(order.state)}</summary>
    ${payments.length === 0 ? html`<p class="note">No pingback has told of a payment.</p>` : nothing}
    ${payments.map((payment) =>
      paymentRow(
        payment,
        desk.hosted.find(({ ref }) => ref === payment.reference),
      ),
    )}
    ${story(order, desk)}
  </details>`
}

/** A payment as the ledger has it, and what Paymentwall may still do to it. */
function paymentRow({ reference, state, role, delivery, attempts, held }: Payment, hosted?: SandboxPayment): TemplateResult {
  const sends = hosted?.pingbacks.reduce((sum, each) => sum + each.sends, 0)
  const facts = {
    role: role ?? 'none yet',
    delivery,
    ...(attempts > 0 && { attempts }),
    ...(held && { held: 'in quarantine' }),
    ...(sends && { 'pingbacks sent': sends }),
  }
  const fact = ([name, value]: [string, string | number]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`
  const move = (name: string) =>
    html`<button @click=${() => command(`sandbox/payments/${reference}/${name}`)}>${moveNames[name] ?? name}</button>`
  const again = () => command('sandbox/repeat', { ref: reference, takenToo: true })
  return html`<div class="payment">
    <p class="payment-head"><code>${reference}</code>${pill(state)}</p>
    <dl>${Object.entries(facts).map(fact)}</dl>
    ${
      hosted
        ? html`<p class="moves">${hosted.moves.map(move)}<button @click=${again}>Repeat pingbacks</button></p>`
        : html`<p class="note">The sandbox was restarted and has forgotten it.</p>`
    }
  </div>`
}

const moveNames: Readonly<Record<string, string>> = {
  ...{ accept: 'Accept', decline: 'Decline', void: 'Void', refund: 'Refund', chargeback: 'Chargeback' },
  'refund-partly': 'Refund a part',
}

/** Pingbacks as the ledger took them, and between them the calls of the shop's hooks. */
function story(order: Order, desk: DeskState): TemplateResult | typeof nothing {
  const news = desk.events
    .filter(({ orderId }) => orderId === order.id)
    .map(({ at, key, becomes, news, verdict, reason }) => ({
      at,
      name: `pingback ${key.split(':')[1] ?? ''}`,
      sense: verdict === 'taken' ? (becomes ?? news ?? '') : `${verdict}: ${reason}`,
      kind: verdict,
    }))
  const calls = desk.hookCalls
    .filter((call) => call.order === order.id)
    .map(({ at, hook, delivery }) => ({ at: Date.parse(at), name: `${hook}()`, sense: delivery, kind: 'hook' }))
  const all = [...news, ...calls].sort((one, other) => one.at - other.at)
  if (all.length === 0) return nothing
  return html`<ol class="story">${all.map(
    ({ at, name, sense, kind }) => html`<li class=${kind}>
      <time>${new Date(at).toLocaleTimeString('en-GB')}</time><strong>${name}</strong><span class="sense">${sense}</span>
    </li>`,
  )}</ol>`
}

function notices(all: readonly Notice[]): TemplateResult {
  const row = ({ kind, reason, orderId }: Notice) =>
    html`<li>
      <strong>${kind}</strong><span class="sense">${reason}${orderId ? html` <code>${orderId}</code>` : nothing}</span>
    </li>`
  return html`<h4>Notices</h4><ul class="story">${all.map(row)}</ul>`
}

const tones: Readonly<Record<string, string>> = {
  ...{ delivered: 'good', paid: 'good', 'taken back': 'bad' },
  ...{ refunded: 'bad', charged_back: 'bad', declined: 'bad', failed: 'bad' },
}
const pill = (text: string) => html`<span class="pill ${tones[text] ?? 'calm'}">${text.replace('_', ' ')}</span>`
