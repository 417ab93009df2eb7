// For hosts that hand over a Request: they call `checkout.fetch(request, { address })` themselves, and only the address is theirs to know.

/**
 * The sender's address out of `X-Forwarded-For`, as the outermost of your proxies saw it: counted from the right, since what stands
 * further left was written by the sender. Undefined where fewer proxies added to it. With a wrong number of hops it is worth nothing:
 * name exactly the proxies that every request passes.
 */
export function forwardedAddress(forwarded: string | null | undefined, trustedHops: number): string | undefined {
  return trustedHops > 0 ? (forwarded ?? '').split(',').at(-trustedHops)?.trim() || undefined : undefined
}
