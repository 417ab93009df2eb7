import { tellDeveloper } from '../checkout/developer.js'
import type { PaymentMethod } from '../protocol/requests.js'

let isHinted = false

/** Names that find nothing are passed over: in another country they may find something. The developer is told once. */
export function wantedOf(methods: PaymentMethod[], names = ''): PaymentMethod[] {
  const found = names.match(/[^\s,]+/g)?.flatMap((name) => {
    const named = methods.filter(({ id }) => `${id}:`.startsWith(`${name}:`))
    if (!named[0] && !isHinted) {
      isHinted = true
      tellDeveloper(`methods="${names}": ${name} is not on offer.`)
    }
    return named
  })
  return found ? [...new Set(found)] : methods
}
