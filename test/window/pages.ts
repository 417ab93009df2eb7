import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

// What stands on the other side of an origin: pages that do as they are told, served where the tests are not.

/** A page that posts what it is told to post, to whoever told it, and says when it is there. */
const puppet = `<!doctype html><html lang="en"><title>Payment page</title><h1>Payment page</h1><input aria-label="Card number"><script>
const boss = opener ?? (parent === window ? undefined : parent)
addEventListener('message', ({ data, source }) => {
  if ('say' in data) for (let times = data.times ?? 1; times > 0; times--) source.postMessage(data.say, '*')
  if ('go' in data) location.href = data.go
})
boss?.postMessage({ puppet: 'ready' }, '*')
</script>`

function respond(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
  const header = searchParams.get('header')?.split(': ')
  response.setHeader('content-type', pathname.endsWith('.svg') ? 'image/svg+xml' : 'text/html')
  if (header) response.setHeader(header[0] ?? '', header[1] ?? '')
  if (pathname === '/puppet') response.end(puppet)
  else if (pathname === '/logo.svg')
    response.end('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><path d="M0 0h2v1H0z"/></svg>')
  else if (pathname === '/silent') response.end('<!doctype html><html lang="en"><title>Silent</title><p>Nothing is said here.')
  else response.writeHead(404).end('nothing here')
}

/** Two ports of the same pages: an origin is a port as well. They end with the process. */
export async function startPages(): Promise<{ readonly port: number; readonly otherPort: number }> {
  const listen = async () => {
    const server = createServer(respond).listen(0)
    await new Promise((resolve) => server.once('listening', resolve))
    server.unref()
    return (server.address() as AddressInfo).port
  }
  return { port: await listen(), otherPort: await listen() }
}
