import type { EventRecord, Notice, Payment } from 'checkout-button/server'
import { html, nothing, type TemplateResult } from 'lit'
import type { DeskState } from '../developer-desk.js'
import type { ProviderName } from '../keys.js'
import { deliveryWords, moveWord, providers, providerWords, roleWords } from './ledger-words.js'
import { command, type Order, type PageState, startOver } from './page-state.js'

/** Orders, newest first: what is true (payments), what is done (deliveries), and how it came about. */
export function ledgerView({ desk, order: current }: PageState): TemplateResult {
  if (!desk) return html`<p class="note">Reading…</p>`
  return html`
    ${providers.map((provider) => waitingRow(provider, desk))}
    ${desk.orders.length === 0 ? html`<p class="note">No orders yet.</p>` : nothing}
    ${desk.orders.map((order) => orderRow(order, desk, current?.id))}
    ${desk.notices.length > 0 ? notices(desk.notices) : nothing}
    <button class="start-over" @click=${startOver}>Start over</button>
    <p class="note">Forgets orders and ledger; nothing goes wrong any more.</p>`
}

/** What the pretend provider has sent in vain so far, or is still to send. */
function waitingRow(provider: ProviderName, desk: DeskState): TemplateResult | typeof nothing {
  const sent = desk.hosted.flatMap((payment) => (payment.provider === provider ? payment.pingbacks : []))
  const count = sent.filter(({ taken }) => !taken).length
  if (count === 0) return nothing
  const { name, message } = providerWords[provider]
  return html`<p class="waiting">
    <span>${name}: ${count === 1 ? `a ${message} is` : `${count} ${message}s are`} not taken yet</span>
    <button @click=${() => command(`sandbox/${provider}/repeat`)}>Send now</button>
  </p>`
}

function orderRow(order: Order, desk: DeskState, current: string | undefined): TemplateResult {
  const payments = desk.payments.filter(({ orderId }) => orderId === order.id)
  const isNewest = order.id === desk.orders[0]?.id
  return html`<details class="order" ?open=${order.id === current || (isNewest && payments.length > 0)}>
    <summary><code>${order.id}</code><span class="amount">${priceText(order.total, desk.currency)}</span>${pill(order.state)}</summary>
    ${payments.length === 0 ? html`<p class="note">No provider has told of a payment.</p>` : nothing}
    ${payments.map((payment) => paymentRow(payment, desk))}
    ${story(order, desk)}
  </details>`
}

/** A payment as the ledger has it, and what its provider may still do to it. */
function paymentRow(payment: Payment, desk: DeskState): TemplateResult {
  const { reference, state, role, delivery, attempts, held } = payment
  const provider = payment.provider as ProviderName
  const { name, message } = providerWords[provider]
  const hosted = desk.hosted.find((each) => each.provider === provider && each.ref === reference)
  const sends = hosted?.pingbacks.reduce((sum, each) => sum + each.sends, 0)
  const facts = {
    by: name,
    ...(role && { is: roleWords[role] }),
    goods: deliveryWords[delivery],
    ...(attempts > 0 && { 'failed hooks': attempts }),
    ...(held && { held: 'in quarantine, until somebody decides' }),
    ...(sends && { [`${message}s sent`]: sends }),
  }
  const fact = ([name, value]: [string, string | number]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`
  const move = (move: string) =>
    html`<button @click=${() => command(`sandbox/${provider}/payments/${reference}/${move}`)}>${moveWord(move)}</button>`
  const again = () => command(`sandbox/${provider}/repeat`, { ref: reference, takenToo: true })
  return html`<div class="payment">
    <p class="payment-head"><code>${reference}</code>${pill(state)}</p>
    <dl>${Object.entries(facts).map(fact)}</dl>
    ${
      hosted
        ? html`<p class="moves">${hosted.moves.map(move)}<button @click=${again}>Repeat ${message}s</button></p>`
        : html`<p class="note">The sandbox was restarted and has forgotten it.</p>`
    }
  </div>`
}

/** What the providers said, as the ledger took it, and between them the calls of the shop's hooks. */
function story(order: Order, desk: DeskState): TemplateResult | typeof nothing {
  const news = desk.events
    .filter(({ orderId }) => orderId === order.id)
    .map((event) => ({ at: event.at, name: messageName(event), sense: senseOf(event), kind: event.verdict }))
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

/** Paymentwall numbers its pingbacks; the others give their events names. What came without either is our own question. */
function messageName({ provider, key, details }: EventRecord): string {
  const name = details.event ?? (provider === 'paymentwall' ? key.split(':')[1] : undefined)
  return name === undefined ? 'look-up' : `${providerWords[provider as ProviderName].message} ${name}`
}

const senseOf = ({ verdict, becomes, news, reason }: EventRecord): string =>
  verdict === 'taken' ? (becomes ?? news ?? '') : `${verdict}: ${reason}`

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
const priceText = (amount: string, currency: string): string =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).format(Number(amount))
const pill = (text: string) => html`<span class="pill ${tones[text] ?? 'calm'}">${text.replace('_', ' ')}</span>`
