import { text } from './answers.js'
import type { CheckoutOptions } from './merchant.js'
import { htmlPage, quoted } from './page.js'
import type { Checkout } from './store.js'

// Some hosted pages are reached by POST alone. The window then loads this page of ours first, which sends the form on by itself; where
// scripts are off, the buyer presses its button.

const script = 'document.forms[0].submit()'
const openFor = 15 * 60_000 // milliseconds: the fields name the buyer, so the id does not open them for ever (T-30)

export const isFresh = ({ openedAt }: Checkout, now: Date): boolean => Math.abs(now.getTime() - openedAt.getTime()) < openFor

/** `GET go/:id`. */
export async function goPage({ store, now = () => new Date() }: CheckoutOptions, id: string): Promise<Response> {
  const checkout = await store.checkout(id)
  const page = checkout?.stage === 'open' ? checkout.page : undefined
  if (!page?.fields || !isFresh(checkout as Checkout, now()) || (await store.paymentsOf(id)).length > 0)
    return text(404, 'not found')
  const fields = Object.entries(page.fields).map(
    ([name, value]) => `<input type="hidden" name="${quoted(name)}" value="${quoted(value)}">`,
  )
  return htmlPage(200, {
    title: 'Opening the payment page',
    sentence: `You are being led to ${page.url.host}.`,
    more: `<form method="post" action="${quoted(page.url.href)}">${fields.join('')}<button>Continue</button></form>`,
    script,
    sendsTo: page.url.origin,
  })
}
