import { CheckoutError } from '../../src/protocol/checkout-error.js'
import type { HostedPage, OpenContext, Order, PaymentEvent, ProviderAdapter } from '../../src/providers/adapter.js'

export interface PretendOptions extends Partial<Omit<ProviderAdapter, 'open'>> {
  /** What the provider answers on opening, besides its address; or throws. */
  readonly open?: (order: Order, context: OpenContext) => Partial<HostedPage> | Promise<Partial<HostedPage>>
}

/** A provider whose notification is the event itself, "signed" by a header: everything of the server is real, and only this is not. */
export function pretend({ name = 'pretend', open, ...change }: PretendOptions = {}): ProviderAdapter {
  return {
    mode: 'test',
    acknowledgement: 'OK',
    methods: () => [{ id: `${name}:card`, label: 'Card', surfaces: ['iframe', 'popup', 'redirect'] }],
    async verify({ headers, body }) {
      const signature = headers.get('x-signature')
      if (signature === null) throw new CheckoutError('signature_missing', 'no header')
      if (signature !== 'right') throw new CheckoutError('signature_invalid', 'wrong header')
      return JSON.parse(new TextDecoder().decode(body)) as PaymentEvent[]
    },
    readReturn: (address) => (address.searchParams.has('failed') ? 'failed' : undefined),
    ...change,
    name,
    async open(order, context) {
      const url = new URL(`https://pay.example/${context.checkoutId}`)
      return { url, speaksFrom: ['https://pay.example'], ...(await open?.(order, context)) }
    },
  }
}

/** An event of the pretend provider; the key is made as providers make it: transaction and news. */
export function eventOf(checkoutId: string, change: Partial<PaymentEvent> = {}): PaymentEvent {
  const { reference = 'tx1', becomes, news } = change
  return { key: `${reference}:${becomes ?? news}`, checkout: { id: checkoutId }, reference, test: true, ...change }
}

export const paid = (checkoutId: string, change: Partial<PaymentEvent> = {}): PaymentEvent =>
  eventOf(checkoutId, { becomes: 'paid', ...change })

/** The money is there, and the shop waits for its settlement. */
export const received = (checkoutId: string, change: Partial<PaymentEvent> = {}): PaymentEvent =>
  eventOf(checkoutId, { becomes: 'pending', received: true, ...change })

export const refunded = (checkoutId: string, change: Partial<PaymentEvent> = {}): PaymentEvent =>
  eventOf(checkoutId, { becomes: 'refunded', ...change })
