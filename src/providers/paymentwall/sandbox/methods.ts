/** One entry of the Payment Systems API, without its logo. */
export interface SandboxMethod {
  readonly id: string
  readonly name: string
  readonly new_window: boolean
  /** 1 card, 2 bank transfer, 3 prepaid, 4 e-wallet, 5 mobile. */
  readonly ps_type_id: number
}

export type MethodsByCountry = Readonly<Record<string, readonly SandboxMethod[]>>

const method = (id: string, name: string, ps_type_id: number, new_window = true): SandboxMethod => ({
  id,
  name,
  new_window,
  ps_type_id,
})

// Codes, names, kinds and windows are those of Paymentwall's own list.
const cards = method('cc', 'Credit Cards', 1, false)
const paypal = method('paypal', 'PayPal', 4)
const alipay = method('alipay', 'AliPay', 4)
const unionpay = method('unionpay', 'UnionPay', 1)
const sofort = method('sofortbanktransfer', 'Klarna(Sofort)', 2)
const neosurf = method('neosurf', 'NeoSurf', 3)
const onecard = method('onecard', 'OneCard', 3)
const trustpay = method('trustpay', 'TrustPay', 2)
const mobile = method('mobilegateway', 'Mobiamo', 5, false)
const test = method('test', 'Test Method', 1, false)

const local: MethodsByCountry = {
  AT: [method('epspayments', 'EPS', 2), sofort],
  AU: [method('polipayments', 'Poli', 2)],
  BE: [method('bancontact', 'Bancontact', 1), method('kbc', 'KBC', 2), method('belfius', 'Belfius', 2)],
  BR: [method('boletobancario', 'Boleto', 3, false), method('ccbrazilhipercard', 'Hipercard Brazil', 1, false)],
  CA: [method('interac', 'Interac', 2, false)],
  CH: [sofort],
  CN: [alipay, method('wechatpayments', 'Wechat Payments', 4, false), unionpay],
  CZ: [trustpay],
  DE: [sofort],
  EG: [onecard],
  FI: [method('btfinland', 'Bank Transfer Finland', 2)],
  FR: [neosurf],
  HK: [alipay, unionpay],
  ID: [method('dokuwallet', 'DOKU Wallet', 4)],
  JP: [method('konbini', 'Konbini', 3, false)],
  KR: [method('kftc', 'Bank Transfer Korea', 2), mobile],
  MX: [method('oxxomexico', 'Oxxo', 3, false)],
  NL: [method('idealpayments', 'iDeal', 2), sofort],
  PH: [method('dragonpay', 'Bank Transfer Philippines', 2)],
  PL: [method('btpoland', 'Bank Transfer Poland', 2)],
  PT: [method('multibanco', 'Multibanco', 2)],
  SA: [onecard],
  SE: [method('btsweden', 'Bank Transfer Sweden', 2)],
  SK: [trustpay],
  US: [method('openbucks', 'Openbucks', 3, false)],
}

/** What the sandbox offers unless told otherwise: cards, PayPal and the test method, and what is usual in a country. */
export const usualMethods: MethodsByCountry = {
  ...Object.fromEntries(Object.entries(local).map(([country, methods]) => [country, [cards, ...methods, paypal, test]])),
  '*': [cards, paypal, test],
}

/** The list of a country, else that of `*`. */
export const methodsOf = (methods: MethodsByCountry, country: string | undefined): readonly SandboxMethod[] =>
  (country !== undefined && Object.hasOwn(methods, country) ? methods[country] : methods['*']) ?? []

// Logos: drawn here, since real ones are trademarks. A card, a flask, or two letters on the colour of their kind.

const colours: Readonly<Record<number, string>> = { 1: '#1f4b99', 2: '#0f6e5c', 3: '#9a4a12', 4: '#5b3aa6', 5: '#a12a5e' }

const drawings: Readonly<Record<string, string>> = {
  cc: `<rect x="20" y="12" width="48" height="32" rx="5" fill="#fff"/><path d="M20 20h48v7H20z" fill="#1f4b99" opacity=".85"/>
<path d="M26 35h14" stroke="#1f4b99" stroke-width="3" stroke-linecap="round"/><circle cx="58" cy="35" r="4" fill="#f2a33a"/>`,
  test: `<path d="M40 11h8v13l9 16a4 4 0 0 1-3.5 6h-19A4 4 0 0 1 31 40l9-16z" fill="#fff"/>
<path d="m37 34-4.2 7.5a1.5 1.5 0 0 0 1.3 2.2h19.8a1.5 1.5 0 0 0 1.3-2.2L51 34z" fill="#d08a1d"/>
<path d="M38 11h12" stroke="#fff" stroke-width="3.5" stroke-linecap="round"/>`,
}

/** An SVG of 88 × 56. Undefined: the sandbox has no such method. */
export function drawnLogo(methods: MethodsByCountry, id: string): string | undefined {
  const found = Object.values(methods)
    .flat()
    .find((each) => each.id === id)
  if (!found) return undefined
  const colour = id === 'test' ? '#3d4653' : (colours[found.ps_type_id] ?? '#3d4653')
  const style = 'font-family="system-ui,sans-serif" font-size="27" font-weight="700" letter-spacing="1"'
  const drawing = drawings[id] ?? `<text x="44" y="38" text-anchor="middle" ${style} fill="#fff">${initials(found.name)}</text>`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 88 56" width="88" height="56">
<rect width="88" height="56" rx="8" fill="${colour}"/>${drawing}</svg>`
}

/** `Bank Transfer Korea` is BK, `PayPal` PP, `Boleto` BO. */
function initials(name: string): string {
  const words = name.match(/\p{L}+/gu) ?? ['?']
  const capitals = name.match(/\p{Lu}/gu) ?? []
  const pair =
    words.length > 1 ? `${words[0]?.[0]}${words.at(-1)?.[0]}` : capitals.length > 1 ? capitals.slice(0, 2).join('') : words[0]
  return (pair ?? '?').slice(0, 2).toUpperCase()
}
