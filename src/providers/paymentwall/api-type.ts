// A project at Paymentwall is of one API type, a setting of its own. What differs between them stands here: how a page is reached,
// what a pingback holds, and so what must never be signed.

export const apiTypes = ['digital-goods', 'virtual-currency', 'cart'] as const
/** `digital-goods` is one product: ours, or one stored at Paymentwall. */
export type ApiType = (typeof apiTypes)[number]

interface Api {
  /** Of payment pages. Digital goods' is named so for one-time payments too. */
  readonly path: string
  /** Which page fits: `pw` shows a product that its address describes, and nothing else. */
  readonly widget: string
  /**
   * Every pingback of this type that verify.ts believes holds this text, so what is signed without it never becomes one, however it is
   * cut (T-01).
   */
  readonly mark: string
  /** The standard parameter that says what was sold, without which a pingback is none. For a cart it is a list. */
  readonly sold: 'goodsid' | 'currency'
  /** Names that a pingback may have without being listed in the configuration. */
  readonly standardNames: ReadonlySet<string>
}

const everywhere = ['uid', 'type', 'ref', 'sign_version', 'sig', 'is_test', 'reason']
const ofGoods = new Set([...everywhere, 'goodsid', 'slength', 'speriod'])

export const apis: Readonly<Record<ApiType, Api>> = {
  'digital-goods': { path: '/api/subscription', widget: 'pw', mark: 'goodsid=', sold: 'goodsid', standardNames: ofGoods },
  'virtual-currency': {
    ...{ path: '/api/ps', widget: 'p1', mark: 'ref=', sold: 'currency' },
    standardNames: new Set([...everywhere, 'currency']),
  },
  cart: { path: '/api/cart', widget: 'p1', mark: 'goodsid[', sold: 'goodsid', standardNames: ofGoods },
}
