import type { SessionLine } from './session-request.js'

// The catalogue of a GStable account: a line of a session may name a product of it by its id, and is refused where there is no such one, or
// none that can be sold.

export interface SandboxProduct {
  readonly name: string
  /** Why it cannot be sold; left out: it can. */
  readonly state?: 'inactive' | 'used' | 'removed'
}

/** By id. */
export type SandboxProducts = Readonly<Record<string, SandboxProduct>>

export const usualProducts: SandboxProducts = {
  prod_gold: { name: 'Gold Membership' },
  prod_silver: { name: 'Silver Membership' },
}

interface ProductFault {
  readonly code: number
  readonly message: string
}

const faults = {
  inactive: { code: 100304, message: 'Product is not active' },
  used: { code: 100305, message: 'Product is already used' },
  removed: { code: 100306, message: 'Product is removed' },
} as const

/** Why GStable would not sell these lines; several products have codes of their own. */
export function productFault(lines: readonly SessionLine[], products: SandboxProducts): ProductFault | undefined {
  const named = lines.flatMap((line) => (line.itemType === 'product' ? line.productId : []))
  const known = named.flatMap((id) => (Object.hasOwn(products, id) ? (products[id] as SandboxProduct) : []))
  const isBatch = new Set(named).size > 1
  if (known.length < named.length)
    return isBatch ? { code: 100302, message: 'Some products are not found' } : { code: 100301, message: 'Product not found' }
  const [state] = known.flatMap((product) => product.state ?? [])
  if (state === undefined) return undefined
  return isBatch ? { code: 100303, message: 'Some products are unavailable' } : faults[state]
}
