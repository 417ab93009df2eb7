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
  blocked: 'Your browser blocked the payment window. The page opens here…',
  cancel: 'Cancel',
  paying: 'Finish in the payment window.',
  astray: 'Not finished yet? Go on in the payment window, or start again.',
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
  refunded: 'This payment was given back.',
  charged_back: 'This payment was given back.',
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

// In the order of the English ones, whose names are thus loaded once.
const arabic = [
  'جارٍ تحميل طرق الدفع…',
  'ادفع عبر',
  'ادفع {price}',
  'ادفع {price} عبر {method}',
  '{price} كل {period}',
  '{first} لأول {trial}، ثم {price} كل {period}',
  'تُضاف رسوم المزوّد',
  'لا توجد طريقة للدفع حاليًا.',
  'الدفع غير متاح بعد.',
  'عملية دفع أخرى مفتوحة في هذه الصفحة.',
  'جارٍ فتح صفحة الدفع…',
  'حُظرت نافذة الدفع، ستُفتح الصفحة هنا…',
  'إلغاء',
  'أكمل الدفع في نافذة الدفع.',
  'لم يكتمل الدفع؟ تابع في نافذة الدفع أو ابدأ من جديد.',
  'إظهار النافذة',
  'ادفع في هذه الصفحة',
  'ابدأ من جديد',
  'تحقق من الدفع',
  'جارٍ التأكيد مع المتجر… يمكنك المغادرة، لن يضيع شيء.',
  'لا يوجد اتصال بالمتجر. نواصل المحاولة، لن يضيع شيء.',
  'لا يزال الدفع قيد التحقق. سيُعلمك المتجر.',
  'تم دفع {price}',
  'تعذّر تحميل طرق الدفع.',
  'حاول مجددًا',
  'لم يكتمل الدفع. يمكنك المحاولة مجددًا.',
  'رُفض الدفع. حاول بطريقة أخرى.',
  'انتهت صلاحية صفحة الدفع. يمكنك المحاولة مجددًا.',
  'أُعيد المبلغ.',
  'أُعيد المبلغ.',
  'لا يوجد اتصال بالمتجر. لم يُخصم أي مبلغ.',
  'تعذّر فتح صفحة الدفع. لم يُخصم أي مبلغ.',
  'صفحة الدفع',
  'صفحة الدفع من {host}',
  'إغلاق',
  'فتح في نافذة جديدة',
  'الصفحة فارغة؟ افتحها في نافذة جديدة.',
  'جارٍ تنفيذ الدفع. هل تريد الإغلاق؟',
  'لا تغلق',
]

/** The labels of a language; English for one that is not here, unless the page brings its own. */
export function labelsFor(locale: string, own: Partial<Labels> | undefined) {
  const isArabic = /^ar\b/.test(locale)
  const lang = isArabic || own ? locale : 'en'
  const dir: 'rtl' | 'ltr' = /^(ar|dv|fa|he|ks|ku|ps|sd|ug|ur|yi)\b/.test(lang) ? 'rtl' : 'ltr'
  return {
    ...(isArabic ? (Object.fromEntries(Object.keys(english).map((name, at) => [name, arabic[at]])) as Labels) : english),
    ...own,
    lang,
    dir,
  }
}

/** Fills `{name}`; what has no value leaves no gap. */
export const fill = (label: string, values: Readonly<Record<string, string>>): string =>
  label
    .replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
    .replace(/ {2,}/g, ' ')
    .trim()
