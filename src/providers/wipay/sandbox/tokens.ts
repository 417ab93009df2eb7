import { randomId } from '../../signing.js'

// Access tokens of WAPI: what they may do, until when, and by what they are exchanged for new ones.

const lifetime = 43_200 // seconds
const refreshable = 6 * 60 * 60 // seconds after the access token has ended

interface Grant {
  readonly scopes: readonly string[]
  readonly endsAt: number
}

export class TokenBook {
  readonly #now: () => Date
  readonly #granted = new Map<string, Grant>()
  /** By refresh token: the access token that was granted with it. */
  readonly #refreshes = new Map<string, string>()

  constructor(now: () => Date) {
    this.#now = now
  }

  /** Undefined: no such token, or one that has ended. */
  scopesOf(token: string): readonly string[] | undefined {
    const grant = this.#granted.get(token)
    return grant && this.#seconds() < grant.endsAt ? grant.scopes : undefined
  }

  grant(scopes: readonly string[]): Readonly<Record<string, unknown>> {
    const [token, refresh] = [randomId(), randomId()]
    this.#granted.set(token, { scopes, endsAt: this.#seconds() + lifetime })
    this.#refreshes.set(refresh, token)
    return { token_type: 'Bearer', expires_in: lifetime, access_token: token, refresh_token: refresh }
  }

  /** The old refresh token dies, and with it its access token. Undefined: no such one, or too late. */
  refresh(refresh: string): Readonly<Record<string, unknown>> | undefined {
    const token = this.#refreshes.get(refresh)
    const grant = token === undefined ? undefined : this.#granted.get(token)
    if (token === undefined || !grant || this.#seconds() >= grant.endsAt + refreshable) return undefined
    this.#refreshes.delete(refresh)
    this.#granted.delete(token)
    return this.grant(grant.scopes)
  }

  revoke(token: string): void {
    this.#granted.delete(token)
  }

  #seconds(): number {
    return this.#now().getTime() / 1000
  }
}
