import type { CheckoutErrorCode } from '../protocol/checkout-error.js'
import type { PlainRequest } from '../protocol/checkout-request.js'
import type { Money } from '../protocol/money.js'
import type { CheckoutStatus, Offer, PaymentMethod, Period } from '../protocol/requests.js'
import { isWebAddress } from '../protocol/web-address.js'
import { htmlPage, quoted } from './page.js'

// What a buyer without script sees: how to pay, how it stands, and why not. Prices are those of the server's offer; everything that
// came from outside is text.

/** Every form is an attempt of its own, so that pressing one twice opens one page, and another one after it is no conflict. */
export function chooserPage(action: string, asked: PlainRequest, offer: Offer, { status = 200, reason = '' } = {}): Response {
  const { title, methods } = offer
  const terms = termsOf(offer, asked.locale)
  const icons = methods.flatMap(({ icon }) => (icon !== undefined && isWebAddress(icon) ? [new URL(icon).origin] : []))
  const sentences = [reason, methods.length > 0 ? terms : 'There is no way to pay for this at the moment.']
  const forms = methods.map((method) => form(action, asked, method, methods.length === 1 ? terms : ''))
  return htmlPage(status, {
    title,
    sentence: sentences.filter(Boolean).join(' '),
    more: `${forms.join('')}${links([back, asked.page])}`,
    sendsTo: 'home',
    images: icons,
  })
}

function form(action: string, asked: PlainRequest, method: PaymentMethod, terms: string): string {
  const { id, icon, label, feeOnTop } = method
  const [letter = ''] = label
  const logo = icon !== undefined && isWebAddress(icon) ? `<img src="${quoted(icon)}" alt="">` : quoted(letter)
  const words = terms ? `Pay ${terms} with ${label}` : label
  const fee = feeOnTop ? '<small>plus the provider’s fee</small>' : ''
  const fields = hidden({ ...asked, attempt: crypto.randomUUID(), method: id })
  return `<form method="post" action="${quoted(action)}">${fields}<button><i aria-hidden="true">${logo}</i><span>${quoted(words)}${fee}</span></button></form>`
}

const hidden = (fields: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(fields)
    .map(([name, value]) => (value ? `<input type="hidden" name="${name}" value="${quoted(value)}">` : ''))
    .join('')

const back = 'Back to the shop'
const links = (...given: (readonly [words: string, address: string] | undefined)[]): string =>
  `<nav>${given.map((link) => (link ? `<a href="${quoted(link[1])}">${link[0]}</a>` : '')).join('')}</nav>`

/** `US$19.90`, `US$1.00 for the first 7 days, then US$19.90 every month`; empty where the server names no price. */
function termsOf({ price, renews }: Offer, locale: string | undefined): string {
  if (!price) return ''
  const due = priceText(price, locale)
  if (!renews) return due
  const { period, trial } = renews
  const later = `${due} every ${spanOf(period)}`
  return trial ? `${priceText(trial.price, locale)} for the first ${spanOf(trial.period)}, then ${later}` : later
}

/**
 * In English, as these pages are: in the buyer's own where it is known, else in the world's, which leaves no doubt whose dollar it is.
 * Never rounded.
 */
function priceText({ amount, currency }: Money, locale = ''): string {
  const maximumFractionDigits = Math.max(2, amount.split('.')[1]?.length ?? 0)
  const english = /^en-[A-Z]{2}$/.test(locale) ? locale : 'en-001'
  return new Intl.NumberFormat(english, { style: 'currency', currency, maximumFractionDigits }).format(amount as `${number}`)
}

const spanOf = ({ every, unit }: Period): string => (every === 1 ? unit : `${every} ${unit}s`)

const givenBack = ['This payment was refunded', 'The shop can tell you more.'] as const
const endings: Readonly<Record<CheckoutStatus['state'], readonly [title: string, sentence: string]>> = {
  pending: [
    'Confirming with the shop…',
    'You can leave this page, nothing is lost. It loads itself again until the shop knows.',
  ],
  paid: ['Paid', 'Thank you. The shop has confirmed your payment.'],
  failed: ['The payment was not completed', 'You can go back and try again.'],
  expired: ['The payment page has expired', 'You can go back and try again.'],
  declined: ['The payment was declined', 'Please go back and try another way to pay.'],
  refunded: givenBack,
  charged_back: givenBack,
}

export interface Outcome {
  readonly status: CheckoutStatus
  /** The way back said, without proof, that it failed: shown while the server knows nothing better. */
  readonly claims: 'failed' | undefined
  /** Milliseconds since the buyer came back. */
  readonly waited: number
  readonly shop: string
  /** Of this page, to look once more. */
  readonly again: string
}

const hurried = 30_000
const patience = 10 * 60_000

/** How it stands, for whoever holds the checkout's id: a word, no amount and no name (T-30). While it is open it loads itself again. */
export function outcomePage({ status, claims, waited, shop, again }: Outcome): Response {
  const { state, delivered } = status
  const isOpen = state === 'pending' || (state === 'paid' && !delivered)
  if (isOpen && waited > patience)
    return htmlPage(200, {
      title: 'Your payment is still being checked',
      sentence: 'The shop will let you know.',
      more: links(['Check again', again], [back, shop]),
    })
  const [title, sentence] = endings[isOpen ? (claims && state === 'pending' ? claims : 'pending') : state]
  const reload = waited < hurried ? 3 : 10
  return htmlPage(200, { title, sentence, more: links([back, shop]), ...(isOpen && { reload }) })
}

const titles: Readonly<Partial<Record<CheckoutErrorCode, string>>> = {
  order_paid: 'Paid already',
  order_pending: 'Your payment is still being checked',
}
const hopeless: readonly CheckoutErrorCode[] = ['order_unknown', 'order_invalid', 'order_paid', 'config_invalid']

/** Why no page was opened, and what now. `hint`: what the shop's developer can mend. */
export function refusedPage(
  action: string,
  { status, code, message }: { readonly status: number; readonly code: CheckoutErrorCode; readonly message: string },
  { asked, hint = '' }: { readonly asked?: PlainRequest | undefined; readonly hint?: string } = {},
): Response {
  const { attempt: _, method: __, ...fields } = asked ?? {}
  const retry =
    asked && !hopeless.includes(code)
      ? `<form method="post" action="${quoted(action)}">${hidden(fields)}<button>${code === 'order_pending' ? 'Check again' : 'Try again'}</button></form>`
      : ''
  const note = hint ? `<p><small>For the shop’s developer: ${quoted(hint)}</small></p>` : ''
  return htmlPage(status, {
    title: titles[code] ?? 'This did not work',
    sentence: message,
    more: `${note}${retry}${asked ? links([back, asked.page]) : ''}`,
    sendsTo: 'home',
  })
}
