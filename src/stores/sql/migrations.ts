import { type Kysely, type Migration, type MigrationProvider, Migrator, sql } from 'kysely'
import { CheckoutError } from '../../protocol/checkout-error.js'
import type { Tables } from './tables.js'

// Forward only, and under a lock: whoever calls holds one where Kysely takes none (SQLite). A migration that shipped is never edited.
const migrations: Record<string, Migration> = {
  '2026-11-20-first': {
    async up(db) {
      await db.schema
        .createTable('ledger_checkouts')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('method', 'text', (column) => column.notNull())
        .addColumn('mode', 'text', (column) => column.notNull())
        .addColumn('order_id', 'text', (column) => column.notNull())
        .addColumn('order_json', 'text', (column) => column.notNull())
        .addColumn('attempt', 'text', (column) => column.notNull())
        .addColumn('asked', 'text', (column) => column.notNull())
        .addColumn('stage', 'text', (column) => column.notNull())
        .addColumn('opened_at', 'bigint', (column) => column.notNull())
        .addColumn('reference', 'text')
        .addColumn('kept', 'text', (column) => column.notNull())
        .addColumn('page', 'text')
        .addColumn('ask_at', 'bigint')
        .addColumn('back_to', 'text', (column) => column.notNull())
        .addColumn('surface', 'text', (column) => column.notNull())
        .execute()
      await sql`create unique index ledger_checkouts_attempt on ledger_checkouts (attempt) where stage <> 'lost'`.execute(db)
      await sql`create unique index ledger_checkouts_reference on ledger_checkouts (provider, reference) where reference is not null`.execute(
        db,
      )
      await db.schema.createIndex('ledger_checkouts_order').on('ledger_checkouts').column('order_id').execute()
      await sql`create index ledger_checkouts_ask on ledger_checkouts (ask_at) where ask_at is not null`.execute(db)

      await db.schema
        .createTable('ledger_payments')
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('reference', 'text', (column) => column.notNull())
        .addColumn('checkout_id', 'text', (column) => column.notNull().references('ledger_checkouts.id'))
        .addColumn('order_id', 'text', (column) => column.notNull())
        .addColumn('role', 'text')
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('details', 'text', (column) => column.notNull())
        .addColumn('held', 'integer', (column) => column.notNull())
        .addColumn('delivery', 'text', (column) => column.notNull())
        .addColumn('lease_until', 'bigint', (column) => column.notNull())
        .addColumn('fence', 'integer', (column) => column.notNull())
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('due_at', 'bigint')
        .addColumn('since', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('ledger_payments_identity', ['provider', 'reference'])
        .execute()
      // One payment of an order is the first, for ever: this index is what makes a second delivery impossible.
      await sql`create unique index ledger_payments_first on ledger_payments (order_id) where role = 'first'`.execute(db)
      await db.schema.createIndex('ledger_payments_checkout').on('ledger_payments').column('checkout_id').execute()
      await db.schema.createIndex('ledger_payments_order').on('ledger_payments').column('order_id').execute()
      await sql`create index ledger_payments_due on ledger_payments (due_at) where due_at is not null`.execute(db)
      await db.schema.createIndex('ledger_payments_since').on('ledger_payments').column('since').execute()

      await db.schema
        .createTable('ledger_events')
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('content', 'text', (column) => column.notNull())
        .addColumn('verdict', 'text', (column) => column.notNull())
        .addColumn('reference', 'text', (column) => column.notNull())
        .addColumn('checkout_id', 'text')
        .addColumn('order_id', 'text')
        .addColumn('becomes', 'text')
        .addColumn('news', 'text')
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('details', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('ledger_events_identity', ['provider', 'key'])
        .execute()
      await db.schema.createIndex('ledger_events_at').on('ledger_events').column('at').execute()
      await sql`create index ledger_events_order on ledger_events (order_id) where order_id is not null`.execute(db)
      await sql`create index ledger_events_quarantine on ledger_events (at) where verdict <> 'taken'`.execute(db)

      await db.schema
        .createTable('ledger_notices')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('checkout_id', 'text')
        .addColumn('order_id', 'text')
        .addColumn('reference', 'text')
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('details', 'text', (column) => column.notNull())
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('due_at', 'bigint')
        .addColumn('at', 'bigint', (column) => column.notNull())
        .execute()
      await sql`create index ledger_notices_due on ledger_notices (due_at) where due_at is not null`.execute(db)
    },
  },
  '2026-11-21-back-office': {
    async up(db) {
      await db.schema
        .alterTable('ledger_checkouts')
        .addColumn('forgotten', 'integer', (column) => column.notNull().defaultTo(0))
        .execute()
      await sql`create index ledger_checkouts_kept on ledger_checkouts (opened_at) where forgotten = 0`.execute(db)

      await db.schema.alterTable('ledger_payments').addColumn('fulfilled_at', 'bigint').execute()
      await db.schema.alterTable('ledger_payments').addColumn('revoked_at', 'bigint').execute()
      await sql`create index ledger_payments_halted on ledger_payments (since) where due_at is null and (delivery = 'started' or delivery = 'done' and state in ('declined', 'refunded', 'charged_back'))`.execute(
        db,
      )
      await sql`create index ledger_payments_surplus on ledger_payments (since) where role = 'surplus' and state = 'paid'`.execute(
        db,
      )

      await db.schema.alterTable('ledger_events').addColumn('said', 'text').execute()
      await sql`create index ledger_events_kept on ledger_events (at) where details <> '{}' or said is not null`.execute(db)

      await db.schema.createIndex('ledger_notices_at').on('ledger_notices').column('at').execute()
      await sql`create index ledger_notices_order on ledger_notices (order_id) where order_id is not null`.execute(db)
      await sql`create index ledger_notices_kept on ledger_notices (at) where details <> '{}'`.execute(db)

      await db.schema
        .createTable('ledger_decisions')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('decision', 'text', (column) => column.notNull())
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('reference', 'text', (column) => column.notNull())
        .addColumn('checkout_id', 'text')
        .addColumn('order_id', 'text')
        .addColumn('by', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .execute()
      await sql`create index ledger_decisions_order on ledger_decisions (order_id) where order_id is not null`.execute(db)

      await db.schema
        .createTable('ledger_probe')
        .addColumn('one', 'integer', (column) => column.primaryKey())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .execute()
    },
  },
}

/** Not Kysely's own names: a shop whose database this is may keep its own migrations there. */
const tables = { migrationTableName: 'ledger_migrations', migrationLockTableName: 'ledger_migration_lock' }

const provider: MigrationProvider = { getMigrations: async () => migrations }

const newer = 'the database was made by a newer version of checkout-button: update this one'

function migratorOf(db: Kysely<Tables>, schema?: string | null): Migrator {
  return new Migrator({ db, provider, ...tables, ...(schema && { migrationTableSchema: schema }) })
}

/** Brings the tables up to date; a database that is newer than this code is refused (T-44). */
export async function migrate(db: Kysely<Tables>, schema?: string | null): Promise<void> {
  const { error } = await migratorOf(db, schema).migrateToLatest()
  if (!error) return
  if (error instanceof Error && /previously executed migration/.test(error.message))
    throw new CheckoutError('config_invalid', newer, { cause: error })
  throw error
}

/** For whoever only looks on, and must leave the tables as they are. */
export async function refuseUnlessMigrated(db: Kysely<Tables>, schema?: string | null): Promise<void> {
  const missing = (await migratorOf(db, schema).getMigrations()).filter(({ executedAt }) => !executedAt)
  if (missing.length === Object.keys(migrations).length)
    throw new CheckoutError(
      'config_invalid',
      'there is no ledger in this database: is its address the one that your server has?',
    )
  if (missing.length > 0)
    throw new CheckoutError(
      'config_invalid',
      'the ledger was made by an older version of checkout-button: start your server with this one, and its tables are brought up to date',
    )
  const name = sql.table(schema ? `${schema}.${tables.migrationTableName}` : tables.migrationTableName)
  const { rows } = await sql<{ name: string }>`select name from ${name}`.execute(db)
  if (rows.some((row) => !(row.name in migrations))) throw new CheckoutError('config_invalid', newer)
}
