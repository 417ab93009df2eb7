import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installPackage, link } from '../build/package.js'
import { installFrameworks } from '../hosts/frameworks.js'
import { pages } from './places.js'

// Every example of the documentation that ships, as a reader of TypeScript copies it: it compiles under `strict`, against the types of the
// packed package, as it stands. What it leaves to the reader (a `checkout.js`, a key) is declared around it, and nothing else.

interface Example {
  readonly name: string
  readonly code: string
}
const examples = pages.flatMap((document): Example[] =>
  [...readFileSync(document, 'utf8').matchAll(/^```(?:js|ts)\n([\s\S]*?)^```$/gm)].map(([, code = ''], at) => ({
    name: `${document}, ${at + 1}: ${code.trim().split('\n')[0]}`,
    code,
  })),
)

/** What stands around the example that holds these words. */
const left: readonly (readonly [words: string, around: (code: string) => string])[] = [
  [
    'async fulfil({ id, order, tx })',
    (code) => `
      import { Kysely } from 'kysely'
      import { createCheckout } from 'checkout-button/server'
      import { postgres } from 'checkout-button/stores/postgres'
      declare const kysely: Kysely<{ memberships: { delivery: string; buyer: string } }>
      createCheckout({ base: 'https://shop.example/checkout', providers: [], ${given} store: postgres({ kysely }), delivery: { inTransaction: true }, ${code} })`,
  ],
  [
    '// …',
    (code) =>
      `import { memory } from 'checkout-button/stores/memory'; ${code.replace('// …', `${given} store: memory(), fulfil() {},`)}`,
  ],
  ["import('../../../checkout.js')", (code) => code.replace('../../../', './')], // here all files lie side by side
  ["apiType: 'cart'", (code) => `${paymentwall} ${code}`],
  [
    'profile: (order) =>',
    (code) =>
      `${paymentwall} declare function paidBefore(buyer: string): number; paymentwall({ projectKey, secretKey, ${code} })`,
  ],
  [
    'secretKey: [newKey',
    (code) => `${paymentwall} declare const newKey: string, oldKey: string; paymentwall({ projectKey, ${code} })`,
  ],
  [
    'office.requestRefund',
    (code) => `declare const projectKey: string, secretKey: string, delivery: { reference: string }; ${code}`,
  ],
  ['cards.verify', (code) => `declare const key: string, id: string; ${code}`],
  [
    'notifications.jsonl',
    (code) => `import { serve } from 'checkout-button/hosts/node'; import { checkout } from './checkout.js'; ${code}`,
  ],
  ["accountId: 'acc_1'", (code) => `import { gstable } from 'checkout-button/providers/gstable'; ${code}`],
  ["accountNumber: '1234567890'", (code) => `import { wipay } from 'checkout-button/providers/wipay'; ${code}`],
]
const given = `
  pages: ['https://shop.example'], revoke() {},
  price: (id) => ({ id, title: 'Gold', price: { amount: '19.90', currency: 'USD' }, buyer: { id: 'user-42' } }),`
const paymentwall = `
  import { paymentwall } from 'checkout-button/providers/paymentwall'
  declare const projectKey: string, secretKey: string;`

/** Functions of JavaScript, without the types of what they are given: only those are taken for granted. */
const untyped = [
  'async fetch(request, peer)',
  'async function answer(request)',
  'async fetch(request, env, context)',
  'function within(env, context, use)',
  'function button(order, lang)',
]

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkout-button-examples-'))
  installPackage(folder)
  const ours = join(process.cwd(), 'node_modules')
  for (const name of ['@types', '@lit-labs', 'pg']) link(join(ours, name), join(folder, 'node_modules', name))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const apart = installFrameworks()
  for (const name of ['express', 'fastify']) if (apart) link(join(apart, name), join(folder, 'node_modules', name))
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function compile(name: string, code: string): string {
  const home = join(folder, name)
  mkdirSync(home)
  writeFileSync(join(home, 'example.ts'), `${code}\nexport {}\n`)
  writeFileSync(
    join(home, 'checkout.ts'),
    `import type { CheckoutServer } from 'checkout-button/server'\nexport declare const checkout: CheckoutServer\nexport declare function open(url: string): CheckoutServer`,
  )
  writeFileSync(join(home, 'untyped.d.ts'), "declare module 'express'")
  const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc')
  const strict = ['--strict', '--noImplicitAny', String(!untyped.some((words) => code.includes(words)))]
  const options = ['--noEmit', ...strict, '--target', 'es2022', '--module', 'nodenext', '--types', 'node', '--skipLibCheck']
  const { stdout } = spawnSync(process.execPath, [tsc, ...options, 'example.ts', 'checkout.ts', 'untyped.d.ts'], {
    cwd: home,
    encoding: 'utf8',
  })
  return stdout
}

const around = ({ code }: Example): string => left.find(([words]) => code.includes(words))?.[1](code) ?? code

test.each(examples.map((example, at) => [example.name, example, at] as const))('compiles: %s', (_, example, at) => {
  expect(compile(String(at), around(example))).toBe('')
})

test('everything that is left to the reader, or taken for granted, stands in an example', () => {
  expect(examples.length).toBeGreaterThan(15)
  for (const words of [...left.map(([words]) => words), ...untyped])
    expect([words, examples.some(({ code }) => code.includes(words))]).toEqual([words, true])
})
