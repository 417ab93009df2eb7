import type { ExpressionBuilder, Insertable, Kysely } from 'kysely'
import type { Payment } from '../../server/store.js'
import { paymentRow } from './rows.js'
import { statement } from './statement.js'
import type { Tables } from './tables.js'

// One statement that compares and writes: whoever changed the row since it was read wins, and nothing of theirs is written over.

/** What changes of a payment; all of it is compared, so that no rule about what matters is needed here. */
export const changing = [
  ...(['role', 'state', 'details', 'held', 'delivery', 'lease_until', 'fence', 'attempts', 'due_at'] as const),
  ...(['fulfilled_at', 'revoked_at'] as const),
]
type Changing = (typeof changing)[number]
type Row = Omit<Insertable<Tables['ledger_payments']>, 'since'>
type Given = Row & { [Name in Changing as `before_${Name}`]: Row[Name] }

const isAsBefore = (given: Given) => (where: ExpressionBuilder<Tables, 'ledger_payments'>) =>
  where.and([
    where('provider', '=', given.provider),
    where('reference', '=', given.reference),
    ...changing.map((name) => where(name, 'is not distinct from', given[`before_${name}`] as never)),
  ])

const replace = statement((db, given: Given) =>
  db
    .updateTable('ledger_payments')
    .set(Object.fromEntries(changing.map((name) => [name, given[name]])))
    .where(isAsBefore(given)),
)

function given(before: Payment, after: Payment): Given {
  const row = paymentRow(before)
  const compared = Object.fromEntries(changing.map((name) => [`before_${name}`, row[name]]))
  return { ...paymentRow(after), ...compared } as Given
}

/** Answers whether the row was still as before. */
export async function replacePayment(db: Kysely<Tables>, before: Payment, after: Payment): Promise<boolean> {
  return (await replace(db, given(before, after))).numAffectedRows === 1n
}
