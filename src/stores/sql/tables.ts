import type { Generated } from 'kysely'

// What the SQL stores share: the tables here, migrations, statements, and reads beside them. What differs between databases (how a
// transaction begins, locks and commits) is in the file of each. JSON stands in text columns: it is never searched.

/** The names are the ledger's own, because a shop's database may hold it as well, and that has payments and events too. */
export const tableOf = <Kind extends string>(kind: Kind) => `ledger_${kind}` as const

export interface Tables {
  ledger_checkouts: {
    id: string
    provider: string
    method: string
    mode: string
    order_id: string
    order_json: string
    attempt: string
    asked: string
    stage: string
    opened_at: number
    reference: string | null
    kept: string
    page: string | null
    ask_at: number | null
    back_to: string
    surface: string
    /** 1: what a person could be known by is gone from it. */
    forgotten: Generated<number>
  }
  ledger_payments: {
    provider: string
    reference: string
    checkout_id: string
    order_id: string
    role: string | null
    state: string
    details: string
    held: number
    delivery: string
    lease_until: number
    fence: number
    attempts: number
    due_at: number | null
    since: number
    fulfilled_at: number | null
    revoked_at: number | null
  }
  ledger_events: {
    provider: string
    key: string
    content: string
    verdict: string
    reference: string
    checkout_id: string | null
    order_id: string | null
    becomes: string | null
    news: string | null
    reason: string
    details: string
    said: string | null
    at: number
  }
  ledger_notices: {
    id: string
    kind: string
    provider: string
    checkout_id: string | null
    order_id: string | null
    reference: string | null
    reason: string
    details: string
    attempts: number
    /** Null: told. */
    due_at: number | null
    at: number
  }
  ledger_decisions: {
    id: string
    decision: string
    provider: string
    key: string
    reference: string
    checkout_id: string | null
    order_id: string | null
    by: string
    reason: string
    at: number
  }
  ledger_probe: { one: number; at: number }
}

/** For statements that are printed before their values are known. */
export const columns = {
  ledger_checkouts: [
    ...(['id', 'provider', 'method', 'mode', 'order_id', 'order_json', 'attempt', 'asked', 'stage', 'opened_at'] as const),
    ...(['reference', 'kept', 'page', 'ask_at', 'back_to', 'surface'] as const),
  ],
  ledger_payments: [
    ...(['provider', 'reference', 'checkout_id', 'order_id', 'role', 'state', 'details', 'held', 'delivery'] as const),
    ...(['lease_until', 'fence', 'attempts', 'due_at', 'since'] as const),
    ...(['fulfilled_at', 'revoked_at'] as const),
  ],
  ledger_events: [
    ...(['provider', 'key', 'content', 'verdict', 'reference', 'checkout_id', 'order_id', 'becomes', 'news'] as const),
    ...(['reason', 'details', 'said', 'at'] as const),
  ],
} satisfies { [Table in keyof Tables]?: readonly (keyof Tables[Table])[] }
