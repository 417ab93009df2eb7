// Every string that a buyer sees or hears. `{name}` is filled in; a page overrides any of them by the `labels` property, which is also
// the way to a language that is not here (language.ts has the others). No word that a buyer would not say, and no promise that only
// the server can make. Of a renewal: `{period}` is `month` or `3 months`, `{periods}` is `1 month` or `3 months`.

export const english = {
  loading: 'Loading payment methods…',
  payWith: 'Pay with',
  pay: 'Pay {price}',
  payBy: 'Pay {price} with {method}',
  renews: '{price} every {period}',
  trial: '{first} for {trial}, then {price} every {period}',
  fee: 'plus the provider’s fee',
  none: 'There is no way to pay for this at the moment.',
  disabled: 'Paying is not possible yet.',
  elsewhere: 'Another payment is open on this page.',
  opening: 'Opening payment page…',
  blocked: 'Your browser blocked the payment window. The page opens here…',
  cancel: 'Cancel',
  paying: 'Finish in the payment window.',
  astray: 'Not finished yet? Go on in the payment window, or start again.',
  resumed: 'Not finished yet? Go on where you were paying, or start again.',
  showWindow: 'Show window',
  here: 'Pay on this page',
  startAgain: 'Start again',
  check: 'Check payment',
  confirming: 'Confirming with the shop… You can leave, nothing is lost.',
  unanswered: 'No connection to the shop. We keep trying, nothing is lost.',
  waiting: 'Your payment is still being checked. The shop will let you know.',
  paid: 'Paid {price}',
  unavailable: 'Payment methods could not be loaded.',
  retry: 'Try again',
  // Why it did not work, by the code of the failure.
  failed: 'The payment was not completed. You can try again.',
  declined: 'The payment was declined. Please try another way to pay.',
  expired: 'The payment page has expired. You can try again.',
  refunded: 'This payment was refunded.',
  charged_back: 'This payment was refunded.',
  backend_unreachable: 'No connection to the shop. Nothing was charged.',
  refused: 'The payment page could not be opened. Nothing was charged.',
  // Around a page in a dialog.
  page: 'Payment page',
  host: 'Payment page of {host}',
  until: 'Open until {time}',
  close: 'Close',
  newWindow: 'Open in a new window',
  silent: 'Does the page stay empty? Open it in a new window.',
  busy: 'Your payment is being processed. Close anyway?',
  keep: 'Keep open',
}
export type Labels = Readonly<typeof english>

/** Fills `{name}`; what has no value leaves no gap. */
export const fill = (label: string, values: Readonly<Record<string, string>>): string =>
  label
    .replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
    .replace(/ {2,}/g, ' ')
    .trim()
