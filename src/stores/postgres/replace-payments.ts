import { CompiledQuery, type Kysely } from 'kysely'
import type { Payment } from '../../server/store.js'
import { changing } from '../sql/replace-payment.js'
import { paymentRow } from '../sql/rows.js'
import type { Tables } from '../sql/tables.js'

// As in SQLite one statement compares and writes, and whoever changed a row since it was read wins. Here it does so for many payments,
// and waits for no lock: outside of a transaction the server knows no end to that.

export interface Change {
  readonly before: Payment
  readonly after: Payment
}

const fieldsOf = (row: string): string => changing.map((name) => `${row}.${name}`).join(', ')

/** By its place, and a list of places, a row that is locked is found again whatever the planner thinks of indexes and of joins. */
const replaceUnlocked = `with unlocked as (
    select payment.place, change.after
    from json_to_recordset($1) as change(before ledger_payments, after ledger_payments)
    cross join lateral (
      select ctid as place from ledger_payments as payment
      where provider = (change.before).provider and reference = (change.before).reference
      and (${fieldsOf('payment')}) is not distinct from (${fieldsOf('(change.before)')})
      for update skip locked) as payment)
  update ledger_payments as payment
  set (${changing}) = row(${fieldsOf('(unlocked.after)')})
  from unlocked
  where payment.ctid = unlocked.place and payment.ctid = any (array(select place from unlocked))
  returning payment.provider, payment.reference`

const keyOf = ({ provider, reference }: { provider: string; reference: string }): string =>
  JSON.stringify([provider, reference])

/** Answers for each whether its row was still as before; false as well while somebody holds it, or changes it in the same moment. */
export async function replaceUnlockedPayments(db: Kysely<Tables>, all: readonly Change[]): Promise<readonly (() => boolean)[]> {
  const byKey = new Map(all.map((change) => [keyOf(change.before), change]))
  const rows = [...byKey.values()].map(({ before, after }) => ({ before: paymentRow(before), after: paymentRow(after) }))
  const answer = await db.executeQuery(CompiledQuery.raw(replaceUnlocked, [JSON.stringify(rows)]))
  const replaced = new Set((answer.rows as { provider: string; reference: string }[]).map(keyOf))
  return all.map((change) => {
    const key = keyOf(change.before)
    return () => replaced.has(key) && byKey.get(key) === change
  })
}
