import type { PostgresPool, PostgresPoolClient } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { sha256 } from '../../providers/signing.js'
import { spoilsConnection } from './errors.js'

// A connection is lent for a few seconds at most, the wait for it among them. Whatever goes wrong (a server that does not answer, a
// lock, a cable), the work on it then fails, and the provider hears 503 instead of nothing (T-40). What the server had of it is rolled
// back, unless it was the COMMIT whose answer was lost.

const keptStatements = 200 // on each connection; a bound against a change of what texts there are

/** The pool for Kysely. `longest` is the milliseconds of a loan; without it there is no end to one. */
export function lend(pool: Pool, longest?: number): PostgresPool {
  const names = new Map<string, string>()
  // The server may go away while nobody waits for an answer, between two statements or two loans. The next one says so; without a
  // listener the process would end. The pool's own listener is not there while a connection is lent.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))

  /**
   * Parsing and planning cost more than running: a statement with values is known to its connection by a name. The same text has the
   * same name everywhere: behind a pooler a connection may turn out to be another one, that knows its statements from somebody else.
   */
  function nameOf(text: string): string | undefined {
    const known = names.get(text)
    if (known !== undefined || names.size === keptStatements) return known
    const name = `ledger_${sha256(text).slice(0, 32)}`
    names.set(text, name)
    return name
  }

  function borrow(client: PoolClient, until: number): PostgresPoolClient {
    let isSpoiled = false
    const takeBack = () => {
      isSpoiled = true
      // Ended under a running statement, it closes its socket, so that whoever waits for the answer hears of it.
      Promise.resolve((client as unknown as { end(): Promise<void> }).end()).catch(() => {})
    }
    const timer = until === Number.POSITIVE_INFINITY ? undefined : setTimeout(takeBack, until - performance.now())

    async function query(text: string, values: readonly unknown[]) {
      try {
        const name = values.length > 0 ? nameOf(text) : undefined
        const answer = await client.query({ text, values: [...values], ...(name !== undefined && { name }) })
        const result = Array.isArray(answer) ? answer.at(-1) : answer // of several statements in one text, the last one's
        if (text === 'commit' && result.command !== 'COMMIT')
          throw new Error('Connection terminated its transaction: rolled back')
        return result
      } catch (error) {
        isSpoiled ||= spoilsConnection(error)
        throw error
      }
    }
    return {
      query: query as PostgresPoolClient['query'],
      release() {
        clearTimeout(timer)
        client.release(isSpoiled)
      },
    }
  }

  return {
    async connect() {
      const until = performance.now() + (longest ?? Number.POSITIVE_INFINITY)
      return borrow(await pool.connect(), until)
    },
    end: () => pool.end(),
  }
}
