import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A pretend Acme on an origin of its own: its page has two links, and each tells the shop before it leads the buyer back. */
export async function acmeSandbox(key: string): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
    const { signature, ...query } = Object.fromEntries(searchParams)
    const expected = createHmac('sha256', key)
      .update(JSON.stringify(Object.values(query).slice(0, 6)))
      .digest('hex')
    if (signature !== expected) return response.writeHead(403).end('This page was not signed by the shop.')
    if (pathname === '/pay') {
      const link = (state: string) => `<a href="/${state}?${searchParams.toString().replaceAll('&', '&amp;')}">${state}</a>`
      return response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(
          `<!doctype html><title>Acme</title><h1>${Number(query.amount)} ${query.currency === 'USD' ? 'USD' : ''}</h1>${link('paid')} ${link('refused')}`,
        )
    }
    const { checkout, amount, currency, tell, back } = query
    const told = { transfer: `tr-${checkout}`, checkout, state: pathname.slice(1), amount, currency, trial: true }
    await notify(String(tell), key, JSON.stringify(told))
    response.writeHead(302, { location: back }).end()
  })
  await new Promise<void>((done) => server.listen(0, 'localhost', done))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((done) => server.close(() => done()).closeAllConnections()),
  }
}

/** Sends a signed notification, and answers the shop's status. */
export async function notify(address: string, key: string, body: string, now = new Date()): Promise<number> {
  return (await fetch(address, { method: 'POST', headers: signed(key, body, now), body })).status
}

export function signed(key: string, body: string, now: Date): Record<string, string> {
  const time = String(Math.floor(now.getTime() / 1000))
  return { 'acme-time': time, 'acme-signature': createHmac('sha256', key).update(`${time}.${body}`).digest('hex') }
}
