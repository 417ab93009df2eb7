// From which addresses Paymentwall sends pingbacks (T-03). Off by default: such lists go stale, a stale one loses payments, and the
// signature is enough. Whose address it is – the connection's, or a trusted proxy's word – is the host's business.

/** As documented: single ones, and the range in use since 16 November 2018. */
export const documentedSources = [
  '174.36.92.186',
  '174.36.92.187',
  '174.36.92.192',
  '174.36.96.66',
  '174.37.14.28',
  '216.127.71.0/24',
]

export interface AddressRange {
  readonly network: number
  /** How many addresses. */
  readonly size: number
}

// Leading zeros are refused: some read them as octal, so one text could mean two addresses.
const byte = '(0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])'
const dottedQuad = new RegExp(`^${byte}\\.${byte}\\.${byte}\\.${byte}$`)

function readAddress(text: string): number | undefined {
  const match = dottedQuad.exec(text)
  return match?.slice(1).reduce((sum, each) => sum * 256 + Number(each), 0)
}

/** `174.36.92.186` or `216.127.71.0/24`; undefined for anything else. */
export function readRange(text: string): AddressRange | undefined {
  const [address = '', bits = '32', ...rest] = text.split('/')
  const network = readAddress(address)
  if (network === undefined || rest.length > 0 || !/^(8|9|[12]\d|3[0-2])$/.test(bits)) return undefined
  const size = 2 ** (32 - Number(bits))
  return { network: network - (network % size), size }
}

/** Whether an address lies in one of the ranges: IPv4, also as a dual-stack socket writes it (`::ffff:216.127.71.25`). */
export function comesFrom(ranges: readonly AddressRange[], address: string): boolean {
  const number = readAddress(address.replace(/^::ffff:/i, ''))
  return number !== undefined && ranges.some(({ network, size }) => number >= network && number < network + size)
}
