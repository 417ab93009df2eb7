import { baseString, signatureOf } from '../../src/providers/paymentwall/signature.js'

export const project = { projectKey: '0123456789abcdef0123456789abcdef', secretKey: 'fedcba98765432100123456789abcdef' }

/** 22 characters, as an id of ours has. */
const checkoutName = (index: number): string => `bench-${String(index).padStart(16, '0')}`

/** The query of a pingback that says "paid", as Paymentwall sends it in test mode. */
export function pingback(index: number): string {
  const values = new Map([
    ['uid', 'u1'],
    ['goodsid', checkoutName(index)],
    ['slength', ''],
    ['speriod', ''],
    ['type', '0'],
    ['ref', `t${1_400_000_000 + index}`],
    ['is_test', '1'],
    ['sign_version', '3'],
  ])
  values.set('sig', signatureOf(baseString(values), 3, project.secretKey))
  return new URLSearchParams([...values]).toString()
}
