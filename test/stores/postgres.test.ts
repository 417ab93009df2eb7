import { afterAll, beforeAll } from 'vitest'
import { postgres } from '../../src/stores/postgres.js'
import { createDatabase, type TestDatabase } from '../postgres/databases.js'
import { describeStore } from './store-contract.js'

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database?.drop())

describeStore('postgres', async (now) => {
  const url = await database.schema()
  return { one: postgres({ url, now, connections: 4 }), other: postgres({ url, now, connections: 4 }) }
})
