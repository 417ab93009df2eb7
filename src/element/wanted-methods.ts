import type { PaymentMethod } from '../protocol/requests.js'

let isHinted = false

/** Names that find nothing are passed over: in another country they may find something. The developer is told once. */
export function wantedOf(methods: PaymentMethod[], names = ''): PaymentMethod[] {
  const found = names.match(/[^\s,]+/g)?.flatMap((name) => {
    const named = methods.filter(({ id }) => `${id}:`.startsWith(`${name}:`))
    // biome-ignore lint/suspicious/noConsole: a typing error is the developer's to see, and hides nothing else
    if (!named[0] && !isHinted) console.info(`methods="${names}": ${name} is not on offer.`)
    isHinted ||= !named[0]
    return named
  })
  return found ? [...new Set(found)] : methods
}
