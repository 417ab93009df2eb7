import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildPackage } from './package.js'

// What a browser loads is searched for what must never be there. The canaries stand in the environment while it is built.

const canary = 'canary-4f1d6a'
const secretVariables = [
  'PAYMENTWALL_SECRET_KEY',
  'WIPAY_API_KEY',
  'WIPAY_WAPI_KEY',
  'WIPAY_WEBHOOK_SECRET',
  'GSTABLE_API_KEY',
  'GSTABLE_WEBHOOK_KEY',
  'DATABASE_URL',
]

test('no browser file holds a secret, the name of one, server code or the host of a provider', () => {
  const dist = buildPackage(Object.fromEntries(secretVariables.map((name) => [name, `${canary}-${name}`])))
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'))
  const entries = files.filter((file) => !ofServer.test(file) && !file.startsWith('chunks/'))
  expect(entries).toEqual(
    expect.arrayContaining([
      ...['index.js', 'element.js', 'hydrate.js', 'react.js', 'standalone.js', 'standalone.classic.js'],
      ...['workers/index.js', 'languages/de.js'],
    ]),
  )
  for (const file of [...entries, ...chunksOf(dist, entries)]) {
    const source = readFileSync(join(dist, file), 'utf8')
    for (const word of [
      canary,
      'secretKey',
      'apiKey',
      'signingSecret',
      'webhookSecret',
      'webhookKey',
      'wapi_live_',
      'node:crypto',
      'api.paymentwall.com',
      'wipayfinancial',
      'gstable',
    ])
      expect([file, word, source.includes(word)]).toEqual([file, word, false])
  }
})

/** What a server alone loads; everything else may come to a browser. */
const ofServer = /^(server|sandbox)\.js$|^(providers|stores|hosts|cli)\//

/** Chunks that one of the entries loads, itself or through another. */
function chunksOf(dist: string, entries: readonly string[]): string[] {
  const reached = new Set<string>()
  const follow = (file: string): void => {
    for (const [, name] of readFileSync(join(dist, file), 'utf8').matchAll(/["']\.{1,2}\/(?:chunks\/)?([\w-]+\.js)["']/g)) {
      const chunk = readdirSync(join(dist, 'chunks')).includes(String(name)) ? `chunks/${name}` : undefined
      if (chunk && !reached.has(chunk)) {
        reached.add(chunk)
        follow(chunk)
      }
    }
  }
  for (const entry of entries) follow(entry)
  return [...reached]
}
