import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules, createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installPackage, link } from '../build/package.js'
import { freePort } from '../free-port.js'
import { installApart } from '../installed-apart.js'
import { createDatabase, type TestDatabase } from '../postgres/databases.js'
import { describeHost, type Host, type Kept } from './conformance.js'
import { installFrameworks } from './frameworks.js'
import { Running } from './running.js'

// The snippets of src/hosts/README.md, as they stand there: only the port is another, and where the suite needs a second checkout or a
// merchant's mistake it is written into the snippet, at a line that must be found.

const frameworks = installFrameworks()
const readme = readFileSync('src/hosts/README.md', 'utf8')
let folder: string
let database: TestDatabase

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'checkout-button-hosts-'))
  installPackage(folder)
  for (const name of ['express', 'fastify']) if (frameworks) link(join(frameworks, name), join(folder, 'node_modules', name))
  cpSync('test/hosts/checkout.js', join(folder, 'checkout.js'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  link(join(process.cwd(), 'node_modules/pg'), join(folder, 'node_modules/pg'))
  database = await createDatabase()
}, 120_000)
afterAll(async () => {
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

function snippet(heading: string): string {
  const found = new RegExp(`## ${heading}\\n[\\s\\S]*?\`\`\`js\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1]
  if (!found) throw new Error(`src/hosts/README.md has no snippet for ${heading}`)
  return found.replace("{ checkout } from './checkout.js'", "{ checkout, other } from './checkout.js'")
}

/** The snippet of a file that the page gives a place of its own: the fence after the line that begins with its path. */
function fileAt(path: string): string {
  const [, after] = readme.split(`\n\`${path}\``)
  const found = /```js\n([\s\S]*?)```/.exec(after ?? '')?.[1]
  if (!found) throw new Error(`src/hosts/README.md has no snippet for ${path}`)
  return found
}

/** What the page says between its code marks in a sentence. */
function phrase(pattern: RegExp): string {
  const found = pattern.exec(readme)?.[1]
  if (!found) throw new Error(`src/hosts/README.md no longer says ${pattern}`)
  return found
}

function change(code: string, line: string, by: string): string {
  if (!code.includes(line)) throw new Error(`the snippet has no longer this in it: ${line}`)
  return code.replace(line, () => by)
}

interface Snippet {
  readonly name: string
  readonly heading: string
  /** A line of the snippet, with a second checkout, and with what reads bodies in front. */
  readonly line: string
  readonly twice: string
  readonly eaten: string
  /** The line with a parser in front that sets `rawBody` to this expression over `bytes`. */
  readonly kept?: (rawBody: string) => string
  /** What `import 'express'` is. */
  readonly express?: string
}

/** Starts `code` as a server in a folder of its own, with the merchant's file and these others beside it. */
async function startOnNode(name: string, code: string, files: Record<string, string>, express?: string): Promise<Running> {
  const port = await freePort()
  const home = join(folder, `${name.replace(/\W/g, '-')}-${port}`)
  const beside = { ...files, 'server.js': code.replace('port: 3000', `port: ${port}, host: '::'`) }
  for (const [path, text] of Object.entries(beside)) {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    writeFileSync(join(home, path), text)
  }
  cpSync(join(folder, 'checkout.js'), join(home, 'checkout.js'))
  if (express && frameworks) link(join(frameworks, express), join(home, 'node_modules/express'))
  const host = new Running(port, process.execPath, ['server.js'], home)
  await host.ready()
  return host
}

const onNode = ({ name, heading, line, twice, eaten, kept, express }: Snippet): Host => {
  const start = (by: string) => startOnNode(name, change(snippet(heading), line, by), {}, express)
  const rawBodies: Record<Kept, string> = { bytes: 'bytes', text: 'bytes.toString()' }
  return {
    ...{ name, start: () => start(twice), startEaten: () => start(eaten), address: 'connection', endsInOrder: true },
    ...(kept && { startKept: (as) => start(kept(rawBodies[as])) }),
  }
}

describeHost(
  onNode({
    name: 'Node alone',
    heading: 'Node alone',
    line: 'await serve(checkout, { port: 3000 })',
    twice: `
      import { listener } from 'checkout-button/hosts/node'
      const [one, two] = [listener(checkout), listener(other, { trustedHops: 1 })]
      await serve(checkout, { port: 3000, app: (...given) => (given[0].url.startsWith('/eu/') ? two : one)(...given) })`,
    eaten: `
      import { listener } from 'checkout-button/hosts/node'
      const listen = listener(checkout)
      await serve(checkout, { port: 3000, app: (request, response) => request.method === 'GET' ? listen(request, response) : request.resume().on('end', () => listen(request, response)) })`,
    kept: (rawBody) => `
      import { listener } from 'checkout-button/hosts/node'
      const listen = listener(checkout)
      await serve(checkout, { port: 3000, app: async (request, response) => {
        const bytes = Buffer.concat(await request.toArray())
        request.rawBody = ${rawBody}
        listen(request, response)
      } })`,
  }),
)

/**
 * The files of the page where it puts them, in an app that Next itself builds and runs; beside the first checkout's route lies that of the
 * second. Whether a parser is in front is asked at run time, so that one build has both.
 */
function describeNext(next: string): void {
  const route = 'app/checkout/[...path]/route.js'
  const call = 'return checkout.fetch('
  const eaten = `if (process.env.EATEN && request.method === 'POST') await request.json()\n${call}`
  const program = join(next, 'next/dist/bin/next')
  // Its dependencies are looked for upwards, and a link out of the place is refused.
  const place = mkdtempSync(join(dirname(next), '.work-hosts-'))
  const home = join(place, 'app-of-hosts')

  function buildApp(): void {
    installPackage(place)
    const code = change(fileAt(route), call, eaten)
    const second = change(code, '{ checkout }', '{ other: checkout }')
    const files = {
      [route]: code,
      [`app/eu/${route.slice(4)}`]: change(second, '../../../checkout.js', '../../../../checkout.js'),
      'instrumentation.js': fileAt('instrumentation.js'),
      'checkout.js': readFileSync('test/hosts/checkout.js', 'utf8'),
      'next.config.js': `export default { ${phrase(/In `next.config.js` `(.*?)`/)} }`,
      'package.json': '{ "type": "module" }',
      'jsconfig.json': '{}', // or that of this project is taken, by which the package is its own source
    }
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(home, path)), { recursive: true })
      writeFileSync(join(home, path), text)
    }
    const env = { ...process.env, NODE_ENV: 'production' as const, NEXT_TELEMETRY_DISABLED: '1' }
    execFileSync(process.execPath, [program, 'build'], { cwd: home, stdio: 'pipe', env })
  }

  async function start(environment: NodeJS.ProcessEnv): Promise<Running> {
    const port = await freePort()
    const parameters = [program, 'start', '--port', String(port), '--hostname', '::']
    const host = new Running(port, process.execPath, parameters, home, environment)
    await host.ready()
    return host
  }

  describe('built and run by Next', () => {
    beforeAll(buildApp, 300_000)
    afterAll(() => rmSync(place, { recursive: true, force: true }))
    describeHost({
      name: 'Next.js route handlers',
      start: () => start({}),
      startEaten: () => start({ EATEN: '1' }),
      address: { header: 'x-forwarded-for', unsaid: 'connection' },
      rewritesAddress: true,
      endsInOrder: false,
    })
  })
}

const { modules: next, error } = installApart(fileURLToPath(new URL('../frameworks', import.meta.url)), 'the frameworks')
if (!error) describeNext(next)
else if (process.env.FRAMEWORKS === 'required') throw new Error(`Next.js could not be installed: ${error}`)
else console.warn(`NOT TESTED: Next.js. It could not be installed: ${error}`)

if (frameworks) {
  for (const [version, express] of [
    [5, 'express'],
    [4, 'express-4'],
  ] as const)
    describeHost(
      onNode({
        ...{
          name: `Express ${version}`,
          express,
          heading: 'Express 5 and 4',
          line: "app.use('/checkout', listener(checkout))",
        },
        twice: "app.use('/checkout', listener(checkout)); app.use('/eu/checkout', listener(other, { trustedHops: 1 }))",
        eaten: "app.use(express.json()); app.use('/checkout', listener(checkout))",
        kept: (rawBody) => `
          app.use(express.json({ verify: (request, _response, bytes) => { request.rawBody = ${rawBody} } }))
          app.use('/checkout', listener(checkout))`,
      }),
    )

  describeHost(
    onNode({
      ...{ name: 'Fastify 5', heading: 'Fastify 5', line: "app.register(routes(checkout), { prefix: '/checkout' })" },
      twice: `
        app.register(routes(checkout), { prefix: '/checkout' })
        app.register(routes(other, { trustedHops: 1 }), { prefix: '/eu/checkout' })`,
      eaten: `
        import { listener } from 'checkout-button/hosts/node'
        app.all('/checkout/*', (request, reply) => {
          reply.hijack()
          listener(checkout)(request.raw, reply.raw)
        })`,
    }),
  )

  const line = "app.all('/checkout/*', (c) =>"
  test('what the page says of Fastify 5 and of Hono is right for their types', () => {
    writeFileSync(
      join(folder, 'typed.ts'),
      `import { getConnInfo } from '@hono/node-server/conninfo'
      import Fastify from 'fastify'
      import { Hono } from 'hono'
      import { routes } from 'checkout-button/hosts/fastify'
      import { forwardedAddress } from 'checkout-button/hosts/fetch'
      import type { CheckoutServer } from 'checkout-button/server'
      declare const checkout: CheckoutServer
      Fastify().register(routes(checkout, { trustedHops: 1 }), { prefix: '/checkout' })
      const app = new Hono()
      ${phrase(/^(app\.all\(.*)$/m)}
      app.all('/', (c) => c.text(${phrase(/is `(forwardedAddress\(c\..*?\))` of/)} ?? ''))`,
    )
    link(join(process.cwd(), 'node_modules/@types'), join(folder, 'node_modules/@types'))
    const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc')
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', 'node', 'typed.ts']
    const { status, stdout } = spawnSync(process.execPath, [tsc, ...options], { cwd: folder, encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, ''])
  })

  describeHost(
    onNode({
      ...{ name: 'Hono on Node', heading: 'Hono on Node', line },
      twice: `
        import { forwardedAddress } from 'checkout-button/hosts/fetch'
        app.all('/eu/checkout/*', (c) => other.fetch(c.req.raw, { address: forwardedAddress(c.req.header('x-forwarded-for'), 1) }))
        ${line}`,
      eaten: `
        app.use(async (c, next) => {
          if (c.req.method === 'POST') await c.req.json()
          await next()
        })
        ${line}`,
    }),
  )

  // The program itself: `.bin/workerd` is a script around it, and whoever kills that one leaves the other running.
  const { default: workerd } = createRequire(import.meta.url)(join(frameworks, 'workerd')) as { default: string }
  const address = "{ address: forwardedAddress(request.headers.get('x-forwarded-for'), 1) }"
  const isOther = "new URL(request.url).pathname.startsWith('/eu/')"
  const importing = "const { forwardedAddress } = await import('checkout-button/hosts/fetch')"
  const first = 'async fetch(request, env, context) {'
  const call = 'const answer = await checkout.fetch('
  describeHost(
    onWorkers(workerd, {
      name: 'Workers (workerd)',
      heading: 'Workers, and whatever else only speaks fetch',
      twice: [first, `${first} ${importing}; if (${isOther}) return other.fetch(request, ${address})`],
      eaten: [call, `if (request.method === 'POST') await request.text()\n${call}`],
    }),
  )

  const use = '(checkout) =>'
  describeHost(
    onWorkers(workerd, {
      name: 'Workers (workerd) with PostgreSQL',
      heading: 'The ledger of Workers: PostgreSQL',
      database: () => database.schema(),
      twice: [
        'fetch: (request, env, context) =>',
        `async fetch(request, env, context) {
          ${importing}
          if (!(${isOther})) return this.first(request, env, context)
          const checkout = open(env.HYPERDRIVE.connectionString, '/eu/checkout')
          try {
            return await checkout.fetch(request, ${address})
          } finally {
            context.waitUntil(checkout.close())
          }
        },
        first: (request, env, context) =>`,
      ],
      eaten: [use, `async ${use} request.method === 'POST' && (await request.text()) === null ? undefined :`],
    }),
  )

  test('what was sold on Workers stands in PostgreSQL', async () => {
    const rows = await database.query('select role, state from s0.ledger_payments')
    expect(rows).toEqual([{ role: 'first', state: 'paid' }])
  })
}

interface OnWorkers {
  readonly name: string
  readonly heading: string
  /** A line of the snippet, and what stands in its place for a second checkout, and for what reads bodies in front. */
  readonly twice: readonly [line: string, by: string]
  readonly eaten: readonly [line: string, by: string]
  /** An empty database for each start. */
  readonly database?: () => Promise<string>
}

/** The real runtime of Workers, on what a bundler makes of the snippet under the condition `workerd`. */
function onWorkers(workerd: string, { name, heading, twice, eaten, database }: OnWorkers): Host {
  async function start([line, by]: readonly [string, string]): Promise<Running> {
    const port = await freePort()
    const home = join(folder, `worker-${port}`)
    mkdirSync(home)
    const files = database ? ['checkout.js', 'checkout-on-postgres.js'] : ['checkout.js']
    for (const file of files) cpSync(join('test/hosts', file), join(home, file))
    const code = change(snippet(heading), line, by)
    // Beside the server a Worker may render pages, so the element must load there as well.
    const element = "import { CheckoutButton } from 'checkout-button'\nnew CheckoutButton()\n"
    writeFileSync(
      join(home, 'worker.js'),
      element + (database ? change(code, './checkout.js', './checkout-on-postgres.js') : code),
    )
    await build({
      ...{ entryPoints: [join(home, 'worker.js')], outfile: join(home, 'bundle.js'), plugins: [builtins] },
      ...{ bundle: true, format: 'esm', logLevel: 'error' },
      ...{ conditions: ['workerd', 'worker', 'browser'], external: ['node:*', 'cloudflare:*', 'pg-native'] },
    })
    writeFileSync(
      join(home, 'workerd.capnp'),
      `using Workerd = import "/workerd/workerd.capnp";
      const config :Workerd.Config = (
        services = [
          (name = "shop", worker = (
            modules = [(name = "worker", esModule = embed "bundle.js")],
            compatibilityDate = "2026-10-01",
            compatibilityFlags = ["nodejs_compat"],
            bindings = [(name = "HYPERDRIVE", json = ${JSON.stringify(JSON.stringify({ connectionString: await database?.() }))})],
          )),
          (name = "internet", network = (allow = ["public", "private", "local"])),
        ],
        sockets = [(name = "http", address = "*:${port}", http = (), service = "shop")],
      );`,
    )
    const host = new Running(port, workerd, ['serve', 'workerd.capnp'], home)
    await host.ready()
    return host
  }
  return {
    ...{ name, start: () => start(twice), startEaten: () => start(eaten) },
    ...{ address: { header: 'cf-connecting-ip' }, endsInOrder: false },
  }
}

/** As the bundler of Workers has it: modules of Node stay outside, also those that CommonJS asks for by their old names. */
const builtins: Plugin = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(node:)?(${builtinModules.join('|')})$`)
    onResolve({ filter }, ({ path, kind }) =>
      kind === 'require-call'
        ? { path: path.replace('node:', ''), namespace: 'required' }
        : { path: path.replace(/^(?!node:)/, 'node:'), external: true },
    )
    onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({
      contents: `import all from 'node:${path}'; module.exports = all`,
    }))
  },
}
