import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CheckoutServer } from '../server/index.js'
import { listener, type NodeOptions } from './node.js'

// Fastify reads every body before a route sees it, and refuses types that it does not know. So the checkout answers in the hook before.

/** What is used of a FastifyInstance; the package itself is yours. */
export interface FastifyScope {
  all(path: string, handler: () => void): unknown
  addHook(name: 'onRequest', hook: (request: { raw: IncomingMessage }, reply: FastifyAnswer, done: () => void) => void): unknown
  addHook(name: 'onReady' | 'onClose', hook: () => Promise<void>): unknown
  addHook(name: 'onListen', hook: (done: () => void) => void): unknown
}

interface FastifyAnswer {
  readonly raw: ServerResponse
  hijack(): unknown
}

/**
 * A plugin: `app.register(routes(checkout), { prefix: '/checkout' })`. Opens the store before Fastify listens, works in the background,
 * and closes the store when Fastify has answered its last request.
 */
export function routes(checkout: CheckoutServer, options: NodeOptions = {}): (scope: FastifyScope) => Promise<void> {
  const listen = listener(checkout, options)
  return async (scope) => {
    scope.addHook('onRequest', (request, reply, _done) => {
      reply.hijack()
      listen(request.raw, reply.raw)
    })
    scope.all('/*', () => {})
    scope.addHook('onReady', () => checkout.ready())
    scope.addHook('onListen', (done) => {
      checkout.work()
      done()
    })
    scope.addHook('onClose', () => checkout.close())
  }
}
