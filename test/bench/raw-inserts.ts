import Database from 'libsql'
import pg from 'pg'

// What the database itself can do, for comparison: one small row a commit, each of them durable.

const time = 3_000 // milliseconds of a measurement

/** Inserts a second into a SQLite file, one after the other, with fsync at each. */
export function measureSqliteInserts(path: string): number {
  const database = new Database(path)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; create table raw (id integer primary key, text text)')
  const insert = database.prepare('insert into raw (text) values (?)')
  const begin = performance.now()
  let count = 0
  for (; performance.now() - begin < time; count++) insert.run('a row as small as a name')
  const perSecond = (count / (performance.now() - begin)) * 1000
  database.close()
  return perSecond
}

/** Inserts a second into PostgreSQL, over so many connections at once. */
export async function measurePostgresInserts(url: string, connections: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: connections })
  await pool.query('create table raw (id serial primary key, text text)')
  const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()))
  const begin = performance.now()
  let count = 0
  await Promise.all(
    clients.map(async (client) => {
      for (; performance.now() - begin < time; count++)
        await client.query({ name: 'raw', text: 'insert into raw (text) values ($1)', values: ['a row as small as a name'] })
      client.release()
    }),
  )
  const perSecond = (count / (performance.now() - begin)) * 1000
  await pool.end()
  return perSecond
}
