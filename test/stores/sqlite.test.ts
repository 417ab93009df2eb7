import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { sqlite } from '../../src/stores/sqlite.js'
import { describeStore } from './store-contract.js'

const folder = mkdtempSync(join(tmpdir(), 'checkout-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const freshFile = (): string => join(folder, `${files++}.db`)

describeStore('sqlite', (now) => {
  const path = freshFile()
  return { one: sqlite(path, { now }), other: sqlite(path, { now }) }
})
