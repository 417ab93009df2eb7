// What the documents list: seven tokens on four chains, all with six decimals. The real list grows.

export interface Token {
  readonly tokenId: string
  readonly symbol: string
  readonly chain: string
  readonly chainId: number
}

const chains: Readonly<Record<string, readonly [name: string, chainId: number]>> = {
  ethereum: ['Ethereum', 1],
  base: ['Base', 8453],
  arbitrumone: ['Arbitrum One', 42161],
  polygon: ['Polygon', 137],
}

const tokenIds = [
  'polygon::usdc',
  'polygon::usdt',
  'base::usdc',
  'arbitrumone::usdc',
  'arbitrumone::usdt',
  'ethereum::usdc',
  'ethereum::usdt',
]

export const tokens: readonly Token[] = tokenIds.map((tokenId) => {
  const [network = '', symbol = ''] = tokenId.split('::')
  const [chain, chainId] = chains[network] ?? ['', 0]
  return { tokenId, symbol: symbol.toUpperCase(), chain, chainId }
})

export const findToken = (id: string): Token | undefined => tokens.find(({ tokenId }) => tokenId === id)

/** The documented rates, in millionths of what is paid. */
export function feeRate(paid: Token, settlement: Token): number {
  if (paid.chain !== settlement.chain) return 6000
  return paid.symbol === settlement.symbol ? 2000 : 3000
}

/** The answer of the capabilities call: which token may pay for which settlement token, from and up to which value. */
export const capabilities = () => ({
  supportedTokens: tokens.map(({ tokenId, symbol, chainId }) => ({ tokenId, symbol, chainId, decimals: 6 })),
  paymentCapabilities: Object.fromEntries(
    tokens.map((settlement) => {
      const routes = tokens.map((token) => ({
        tokenId: token.tokenId,
        crosschain: token.chain !== settlement.chain,
        feeRatePPM: feeRate(token, settlement),
        minPaymentValue: 10_000,
        maxPaymentValue: 1_000_000_000_000,
      }))
      return [settlement.tokenId, { stablecoin: routes }]
    }),
  ),
})

// Logos: drawn here, since real ones are trademarks. The currency's sign on its colour.

const colours: Readonly<Record<string, string>> = { USDC: '#2f6fc4', USDT: '#1f8f6d' }

/** An SVG of 56 × 56. Undefined: the sandbox has no such token. */
export function drawnLogo(symbol: string): string | undefined {
  const colour = Object.hasOwn(colours, symbol) ? colours[symbol] : undefined
  if (colour === undefined) return undefined
  const text =
    'x="28" y="38" text-anchor="middle" font-family="system-ui,sans-serif" font-size="28" font-weight="700" fill="#fff"'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 56 56" width="56" height="56">
<circle cx="28" cy="28" r="28" fill="${colour}"/><text ${text}>${symbol === 'USDC' ? '$' : '₮'}</text></svg>`
}
