import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Server, startServer } from './server.js'

// One PostgreSQL for a whole run of tests, started when the first file asks for it and stopped at the end, whatever the end is. The
// files run in processes that come and go, so the server belongs to the runner's, and they ask for it over HTTP.

/** vitest's global set-up. */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.DATABASE_URL) return undefined
  let starting: Promise<Server> | undefined
  const desk = createServer(async (_, response) => {
    starting ??= startServer()
    try {
      response.end((await starting).url)
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
  await new Promise<void>((resolve) => desk.listen(0, '127.0.0.1', resolve))
  process.env.POSTGRES_ON_DEMAND = `http://127.0.0.1:${(desk.address() as AddressInfo).port}/`
  return async () => {
    desk.close()
    await (await starting)?.remove()
  }
}
