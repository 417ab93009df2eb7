import { Agent, get } from 'node:http'
import { pingback } from './notifications.js'

export interface Load {
  readonly perSecond: number
  /** Milliseconds that this part of the answers took at most: `share(0.99)`. */
  share(part: number): number
}

/** Notifications `from` to `to`, to the servers in turn. Every connection sends its next one when the last is answered. */
export async function sendNotifications(
  ports: readonly number[],
  from: number,
  to: number,
  connections: number,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const times: number[] = []
  let next = from
  const begin = performance.now()
  await Promise.all(
    Array.from({ length: connections }, async (_, lane) => {
      const port = ports[lane % ports.length]
      while (next < to) {
        const index = next++
        const start = performance.now()
        const body = await ask(`http://127.0.0.1:${port}/checkout/notify/paymentwall?${pingback(index)}`, agent)
        times.push(performance.now() - start)
        if (body !== 'OK') throw new Error(`notification ${index} was answered ${body}`)
      }
    }),
  )
  const perSecond = ((to - from) / (performance.now() - begin)) * 1000
  agent.destroy()
  times.sort((one, other) => one - other)
  return { perSecond, share: (part) => times[Math.floor(times.length * part)] ?? 0 }
}

const ask = (url: string, agent: Agent): Promise<string> =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => resolve(body))
    }).on('error', reject)
  })
