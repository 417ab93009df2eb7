import { type CompiledQuery, type DatabaseConnection, type Dialect, type Driver, Kysely, Transaction } from 'kysely'
import type { Tables } from './tables.js'

// What a hook is given as `delivery.tx`: the merchant's own Kysely, plugins and all, on the connection of the ledger's transaction. It
// ends with the hook. A statement that came later would run in somebody else's transaction, or in none: it throws instead.

export interface HookTransaction<Db> {
  readonly tx: Transaction<Db>
  /** From here on its statements throw. */
  end(): void
}

/** `connection` is the merchant's `kysely` bound to the connection of a transaction that has begun. */
export function hookTransaction<Db>(kysely: Kysely<Db>, connection: Kysely<Tables>): HookTransaction<Db> {
  const executor = connection.getExecutor()
  let isOver = false

  const refuseLate = () => {
    if (isOver) throw new Error('delivery.tx ended with its hook: await every statement in it')
  }
  const refuseNested = async () => {
    throw new Error('delivery.tx is a transaction already, and is committed with the delivery: write with it as it is')
  }
  const guarded: DatabaseConnection = {
    async executeQuery<Row>(query: CompiledQuery) {
      refuseLate()
      return executor.provideConnection((raw) => raw.executeQuery<Row>(query))
    },
    streamQuery() {
      throw new Error('delivery.tx does not stream: a hook writes, and nothing else')
    },
  }
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => guarded,
    releaseConnection: async () => {},
    beginTransaction: refuseNested,
    commitTransaction: refuseNested,
    rollbackTransaction: refuseNested,
    destroy: async () => {},
  }
  const dialect: Dialect = {
    createAdapter: () => executor.adapter,
    createDriver: () => driver,
    createQueryCompiler: () => ({ compileQuery: (node, id) => executor.compileQuery(node, id) }),
    createIntrospector: () => kysely.introspection,
  }
  const config = { dialect, plugins: [...kysely.getExecutor().plugins] }
  const props = { config, dialect, driver, executor: new Kysely<Db>(config).getExecutor() }
  return {
    tx: new Transaction<Db>(props),
    end() {
      isOver = true
    },
  }
}
