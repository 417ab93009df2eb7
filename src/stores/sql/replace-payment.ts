import type { ExpressionBuilder, Insertable, Kysely } from 'kysely'
import type { Payment } from '../../server/store.js'
import { paymentRow } from './rows.js'
import { statement } from './statement.js'
import type { Tables } from './tables.js'

// One statement that compares and writes: whoever changed the row since it was read wins, and nothing of theirs is written over.

/** What changes of a payment; all of it is compared, so that no rule about what matters is needed here. */
const changing = [
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

const update = (db: Kysely<Tables>, given: Given) =>
  db.updateTable('ledger_payments').set(Object.fromEntries(changing.map((name) => [name, given[name]])))

const replace = statement((db, given: Given) => update(db, given).where(isAsBefore(given)))

/** Waits for no lock: outside of a transaction the server knows no end to that. */
const replaceUnlocked = statement((db, given: Given) =>
  update(db, given).where(({ eb, refTuple, selectFrom }) =>
    eb(
      refTuple('provider', 'reference'),
      'in',
      selectFrom('ledger_payments')
        .select(['provider', 'reference'])
        .where(isAsBefore(given))
        .forUpdate()
        .skipLocked()
        .$asTuple('provider', 'reference'),
    ),
  ),
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

/** The same where rows are locked one by one; false as well while somebody holds this one. */
export async function replaceUnlockedPayment(db: Kysely<Tables>, before: Payment, after: Payment): Promise<boolean> {
  return (await replaceUnlocked(db, given(before, after))).numAffectedRows === 1n
}
