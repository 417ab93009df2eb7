import type { Compilable, CompiledQuery, Kysely, QueryResult } from 'kysely'
import type { Tables } from './tables.js'

/** Stands for a value while a statement is printed. */
class Slot {
  constructor(readonly name: string) {}
}

/**
 * A statement that is built and printed once, and afterwards only given its values: Kysely takes longer to print the few statements of
 * a notification than SQLite to run them. `build` sees a stand-in for each value, so it must not look at what they are.
 */
export function statement<Values extends object, Row>(
  build: (db: Kysely<Tables>, given: Values) => Compilable<Row>,
): (db: Kysely<Tables>, values: Values) => Promise<QueryResult<Row>> {
  const slots = new Proxy({}, { get: (_, name) => new Slot(String(name)) }) as Values
  const printed = new WeakMap<object, CompiledQuery<Row>>() // one a database, since each prints its own dialect
  return (db, values) => {
    const { adapter } = db.getExecutor()
    let query = printed.get(adapter)
    if (!query) {
      query = build(db, slots).compile()
      printed.set(adapter, query)
    }
    const parameters = query.parameters.map((each) => (each instanceof Slot ? values[each.name as keyof Values] : each))
    return db.executeQuery({ ...query, parameters })
  }
}
