import pg from 'pg'

// Databases for tests on the server of this run, or on the one that DATABASE_URL names.

let counted = 0

async function serverUrl(): Promise<string> {
  const { DATABASE_URL, POSTGRES_ON_DEMAND } = process.env
  if (DATABASE_URL) return DATABASE_URL
  if (!POSTGRES_ON_DEMAND) throw new Error('start this by vitest, or name a server in DATABASE_URL')
  const response = await fetch(POSTGRES_ON_DEMAND)
  const said = await response.text()
  if (!response.ok) throw new Error(said)
  return said
}

/** Statements over a connection of their own, one after the other; the rows of the last. */
export async function query<Row extends object>(url: string, ...texts: string[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    let rows: Row[] = []
    for (const text of texts) ({ rows } = await client.query<Row>(text))
    return rows
  } finally {
    await client.end()
  }
}

export interface TestDatabase {
  readonly url: string
  /** The address of an empty schema in it. */
  schema(): Promise<string>
  query<Row extends object>(...texts: string[]): Promise<Row[]>
  drop(): Promise<void>
}

/** An empty database of the caller's own. */
export async function createDatabase(given?: string): Promise<TestDatabase> {
  const server = given ?? (await serverUrl())
  const name = `checkout_${process.pid}_${Date.now()}_${counted++}`
  await query(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  let schemas = 0
  return {
    url: url.href,
    async schema() {
      const schema = `s${schemas++}`
      await query(url.href, `create schema ${schema}`)
      return `${url.href}?options=-c%20search_path%3D${schema}`
    },
    query: (...texts) => query(url.href, ...texts),
    drop: async () => void (await query(server, `drop database if exists ${name} with (force)`)),
  }
}
