import { english, type Labels } from './labels.js'

// Every language but English is a file of its own, loaded when a page speaks it: by a bundler as a chunk, by the file for <script>
// from the folder beside it. A file that does not come leaves English, and no error.

const files: Readonly<Record<string, () => Promise<{ readonly labels: Labels }>>> = {
  ar: () => import('./languages/ar.js'),
  de: () => import('./languages/de.js'),
  es: () => import('./languages/es.js'),
  fr: () => import('./languages/fr.js'),
  he: () => import('./languages/he.js'),
  id: () => import('./languages/id.js'),
  it: () => import('./languages/it.js'),
  ja: () => import('./languages/ja.js'),
  ko: () => import('./languages/ko.js'),
  nl: () => import('./languages/nl.js'),
  pl: () => import('./languages/pl.js'),
  pt: () => import('./languages/pt.js'),
  'pt-BR': () => import('./languages/pt-BR.js'),
  ru: () => import('./languages/ru.js'),
  tr: () => import('./languages/tr.js'),
  zh: () => import('./languages/zh.js'),
  'zh-Hant': () => import('./languages/zh-Hant.js'),
}

const loaded: Record<string, Labels> = {}
const arriving: Record<string, Promise<unknown> | undefined> = {}

/** `pt-BR`, else `pt`; `zh-Hant` for a page in `zh-TW`, which does not say its script. Undefined: English stands in. */
const fileFor = (locale: string): string | undefined =>
  [locale, locale.replace(/^zh-.*(Hant|TW|HK|MO).*/, 'zh-Hant'), languageOf(locale)].find((name) => files[name])

const languageOf = (locale: string) => locale.replace(/-.*/, '')

/** Fetches the words of a language. Undefined: they are here already, or will never be. Else it ends, and never throws. */
export function fetchLabels(locale: string): Promise<unknown> | undefined {
  const name = fileFor(locale)
  if (!name || loaded[name]) return undefined
  arriving[name] ??= files[name]?.().then(
    ({ labels }) => {
      loaded[name] = labels
    },
    () => {
      arriving[name] = undefined // the next element may have more luck
    },
  )
  return arriving[name]
}

/**
 * The labels of a language, as far as they are here; English for one that is not, unless the page brings its own. On their way they
 * have their direction already, so that nothing turns round when they come.
 */
export function labelsFor(locale: string, own?: Partial<Labels>, isOnItsWay = false) {
  const name = fileFor(locale)
  const labels = name && loaded[name]
  const lang = labels || own || isOnItsWay ? locale : 'en'
  const language = languageOf(lang)
  // The browser's own table of scripts, only for languages that are not here: the first look into it takes a slow phone 12 ms.
  const script = files[language] || language === 'en' ? language : new Intl.Locale(lang).maximize().script
  const dir: 'rtl' | 'ltr' = /^(ar|he)$|Arab|Hebr|Thaa|Nkoo|Syrc|Adlm/.test(script ?? '') ? 'rtl' : 'ltr'
  return { ...english, ...labels, ...own, lang, dir }
}

/** The buyer's own variant of the page's language: `en` on the page and `en-GB` in the browser is `en-GB`. */
export function localeOf(element: HTMLElement): string {
  const buyers = navigator.languages.map(canonical)
  const page = canonical(element.lang || element.closest<HTMLElement>('[lang]')?.lang || buyers[0])
  return buyers.find((language) => language.startsWith(`${page}-`)) ?? page
}

/** Intl throws at a name that is none, and a page may well say `en_US`, or nothing. */
export function canonical(locale?: string): string {
  try {
    return Intl.getCanonicalLocales((locale as string).replace(/_/g, '-'))[0] as string
  } catch {
    return 'en'
  }
}
