const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** Whether a URL leads to this very machine, where plain http is safe. */
export const isLoopback = (url: URL): boolean => loopback.test(url.hostname)

/**
 * Whether an address may be opened, framed or shown as a logo: https, or http towards this machine, and no user name
 * in it. The URL parser decides and not a pattern, so `javascript:`, `//evil`, back slashes and encoded hosts have no way in.
 */
export function isWebAddress(address: string): boolean {
  const url = readUrl(address)
  if (!url) return false
  return (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) && url.username + url.password === ''
}

/**
 * Not URL.canParse: in Node 20 it denies addresses with umlauts once it was asked often enough to be compiled, and browsers of early 2023
 * do not know it.
 */
export function readUrl(address: string, base?: string): URL | undefined {
  try {
    return new URL(address, base)
  } catch {
    return undefined
  }
}
