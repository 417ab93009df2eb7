// Every string that a buyer sees or hears. `{name}` is filled in; a page overrides any of them by the `labels` property, which is also
// the way to a language that is not here. No word that a buyer would not say, and no promise that only the server can make.

const english = {
  loading: 'Loading payment methods…',
  payWith: 'Pay with',
  pay: 'Pay {price}',
  payBy: 'Pay {price} with {method}',
  renews: '{price} every {period}',
  trial: '{first} for the first {trial}, then {price} every {period}',
  fee: 'plus the provider’s fee',
  none: 'There is no way to pay for this at the moment.',
  disabled: 'Paying is not possible yet.',
  elsewhere: 'Another payment is open on this page.',
  opening: 'Opening payment page…',
  blocked: 'Your browser blocked the payment window, so the payment page opens here…',
  cancel: 'Cancel',
  paying: 'Finish in the payment window.',
  astray: 'Not finished yet? Go on in the payment window, or start again.',
  showWindow: 'Show window',
  here: 'Pay on this page',
  startAgain: 'Start again',
  check: 'Check payment',
  confirming: 'Confirming with the shop… You can leave this page, nothing is lost.',
  unanswered: 'No connection to the shop. We keep trying, nothing is lost.',
  waiting: 'Your payment is still being checked. The shop will let you know.',
  paid: 'Paid {price}',
  unavailable: 'Payment methods could not be loaded.',
  retry: 'Try again',
  // Why it did not work, by the code of the failure.
  failed: 'The payment was not completed. You can try again.',
  declined: 'The payment was declined. Please try another way to pay.',
  expired: 'The payment page has expired. You can try again.',
  backend_unreachable: 'No connection to the shop. Nothing was charged.',
  refused: 'The payment page could not be opened. Nothing was charged.',
  // Around a page in a dialog.
  page: 'Payment page',
  host: 'Payment page of {host}',
  close: 'Close',
  newWindow: 'Open in a new window',
  silent: 'Does the page stay empty? Open it in a new window.',
  busy: 'Your payment is being processed. Close anyway?',
  keep: 'Keep open',
}
export type Labels = Readonly<typeof english>

const arabic: Labels = {
  loading: 'جارٍ تحميل طرق الدفع…',
  payWith: 'ادفع عبر',
  pay: 'ادفع {price}',
  payBy: 'ادفع {price} عبر {method}',
  renews: '{price} كل {period}',
  trial: '{first} لأول {trial}، ثم {price} كل {period}',
  fee: 'تُضاف رسوم مزوّد الدفع',
  none: 'لا توجد طريقة للدفع حاليًا.',
  disabled: 'الدفع غير متاح بعد.',
  elsewhere: 'هناك عملية دفع أخرى مفتوحة في هذه الصفحة.',
  opening: 'جارٍ فتح صفحة الدفع…',
  blocked: 'حظر المتصفح نافذة الدفع، لذا ستُفتح صفحة الدفع هنا…',
  cancel: 'إلغاء',
  paying: 'أكمل الدفع في نافذة الدفع.',
  astray: 'لم تكمل الدفع بعد؟ تابع في نافذة الدفع أو ابدأ من جديد.',
  showWindow: 'إظهار النافذة',
  here: 'ادفع في هذه الصفحة',
  startAgain: 'ابدأ من جديد',
  check: 'تحقق من الدفع',
  confirming: 'جارٍ التأكيد مع المتجر… يمكنك مغادرة هذه الصفحة، لن يضيع شيء.',
  unanswered: 'لا يوجد اتصال بالمتجر. نواصل المحاولة، لن يضيع شيء.',
  waiting: 'لا يزال الدفع قيد التحقق. سيُعلمك المتجر بالنتيجة.',
  paid: 'تم دفع {price}',
  unavailable: 'تعذّر تحميل طرق الدفع.',
  retry: 'حاول مجددًا',
  failed: 'لم يكتمل الدفع. يمكنك المحاولة مجددًا.',
  declined: 'رُفض الدفع. حاول مجددًا بطريقة أخرى.',
  expired: 'انتهت صلاحية صفحة الدفع. يمكنك المحاولة مجددًا.',
  backend_unreachable: 'لا يوجد اتصال بالمتجر. لم يُخصم أي مبلغ.',
  refused: 'تعذّر فتح صفحة الدفع. لم يُخصم أي مبلغ.',
  page: 'صفحة الدفع',
  host: 'صفحة الدفع من {host}',
  close: 'إغلاق',
  newWindow: 'فتح في نافذة جديدة',
  silent: 'هل تبقى الصفحة فارغة؟ افتحها في نافذة جديدة.',
  busy: 'جارٍ تنفيذ الدفع. هل تريد الإغلاق؟',
  keep: 'لا تغلق',
}

/** The labels of a language; English for one that is not here, unless the page brings its own. */
export function labelsFor(locale: string, own: Partial<Labels> | undefined) {
  const isArabic = /^ar\b/.test(locale)
  const lang = isArabic || own ? locale : 'en'
  const dir: 'rtl' | 'ltr' = /^(ar|dv|fa|he|ks|ku|ps|sd|ug|ur|yi)\b/.test(lang) ? 'rtl' : 'ltr'
  return { ...(isArabic ? arabic : english), ...own, lang, dir }
}

/** Fills `{name}`; what has no value leaves no gap. */
export const fill = (label: string, values: Readonly<Record<string, string>>): string =>
  label
    .replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
    .replace(/ {2,}/g, ' ')
    .trim()
