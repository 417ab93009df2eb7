import type { ApiType } from '../api-type.js'
import type { PageRequest } from './page-request.js'

// What a real project has stored at Paymentwall: products, and what its virtual currency costs. A page of these names them, or nothing.

export interface StoredProduct {
  readonly name: string
  readonly amount: string
  readonly currency: string
}

export interface SandboxGoods {
  /** By id. A cart may name others, too, at a price and under a name of its own. */
  readonly products: Readonly<Record<string, StoredProduct>>
  /** The one price point of the sandbox. */
  readonly virtualCurrency: StoredProduct & { readonly coins: string }
}

export const usualGoods: SandboxGoods = {
  products: {
    gold: { name: 'Gold Membership', amount: '9.99', currency: 'USD' },
    silver: { name: 'Silver Membership', amount: '4.99', currency: 'USD' },
  },
  virtualCurrency: { name: '200 Coins', coins: '200', amount: '1.99', currency: 'USD' },
}

/** What is sold on a page: its price, and how the pingback names it. */
export type Sold = Pick<PageRequest, 'product' | 'amount' | 'currency' | 'named'>
type Parameters = ReadonlyMap<string, string>

/** Whether a page of digital goods names a stored product in place of describing one. */
export const namesStored = (given: Parameters): boolean => given.has('default_goodsid') && !given.has('ag_external_id')

/** Undefined: the address describes what it sells. A text: its fault. */
export function readStoredGoods(apiType: ApiType, given: Parameters, goods: SandboxGoods): Sold | string | undefined {
  if (apiType === 'cart') return readCart(given, goods)
  if (apiType === 'virtual-currency') {
    const { name, amount, currency, coins } = goods.virtualCurrency
    return { product: { id: coins, name }, amount, currency, named: { currency: coins } }
  }
  if (!namesStored(given)) return undefined
  const id = given.get('default_goodsid') ?? ''
  const product = productOf(goods, id)
  if (!product) return 'default_goodsid: no product of this id is stored'
  const { name, amount, currency } = product
  return { product: { id, name }, amount, currency, named: { goodsid: id, slength: '', speriod: '' } }
}

function readCart(given: Parameters, goods: SandboxGoods): Sold | string {
  const units: { readonly id: string; readonly product: StoredProduct }[] = []
  for (let at = 0; given.has(`external_ids[${at}]`); at++) {
    const id = given.get(`external_ids[${at}]`) ?? ''
    const [amount, currency] = [given.get(`prices[${at}]`), given.get(`currencies[${at}]`)]
    if (amount !== undefined && (!/^(0|[1-9]\d{0,11})\.\d{2}$/.test(amount) || !/^[A-Z]{3}$/.test(currency ?? '')))
      return `prices[${at}]: must be a decimal number, with a currency beside it`
    const priced = amount === undefined ? productOf(goods, id) : { name: id, amount, currency: currency ?? '' }
    if (!priced) return `external_ids[${at}]: has no price, and no product of this id is stored`
    units.push({ id, product: { ...priced, name: given.get(`names[${at}]`) ?? priced.name } })
  }
  const [first] = units
  if (!first) return 'external_ids[0]: is missing'
  if (units.some(({ product }) => product.currency !== first.product.currency)) return 'currencies: must all be the same'
  return {
    product: { id: units.map(({ id }) => id).join(','), name: units.map(({ product }) => product.name).join(', ') },
    amount: sum(units.map(({ product }) => product.amount)),
    currency: first.product.currency,
    named: Object.fromEntries(units.map(({ id }, at) => [`goodsid[${at}]`, id])),
  }
}

const productOf = ({ products }: SandboxGoods, id: string): StoredProduct | undefined =>
  Object.hasOwn(products, id) ? products[id] : undefined

/** Of amounts with two decimals, by digits. */
function sum(amounts: readonly string[]): string {
  const digits = String(amounts.reduce((total, amount) => total + BigInt(amount.replace('.', '')), 0n)).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}
