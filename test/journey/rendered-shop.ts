import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { installPackage, link } from '../build/package.js'
import { freePort } from '../free-port.js'

// A shop whose server renders the button, as src/element/README.md shows it.

const snippet = /## Rendered on a server[\s\S]*?```js\n([\s\S]*?)```/.exec(readFileSync('src/element/README.md', 'utf8'))?.[1]

const checkout = (port: number) => `
  import { paymentwall } from 'checkout-button/providers/paymentwall'
  import { startSandbox } from 'checkout-button/sandbox'
  import { createCheckout } from 'checkout-button/server'
  import { memory } from 'checkout-button/stores/memory'
  const keys = { projectKey: '1dd3e0c5a1f04b6c9a7e2b8f4d6c0e92', secretKey: '7c1f9b2e5d8a4036b1c7e9f2a4d6080b' }
  const shop = 'http://127.0.0.1:${port}'
  const sandbox = await startSandbox({ paymentwall: { ...keys, pingbackUrl: shop + '/checkout/notify/paymentwall' } })
  export const checkout = createCheckout({
    base: shop + '/checkout',
    pages: [shop],
    providers: [paymentwall({ ...keys, mode: 'test', baseUrl: sandbox.paymentwall.url })],
    store: memory(),
    price: (id) => ({ id, title: 'Gold', price: { amount: '19.90', currency: 'USD' }, buyer: { id: 'user-42', email: 'ada@example.com', country: 'NL' } }),
    fulfil: ({ id }) => console.log('fulfilled ' + id),
    revoke() {},
  })
  checkout.work()`

const server = (port: number) => `
  import { readFileSync } from 'node:fs'
  import { createServer } from 'node:http'
  import { listener } from 'checkout-button/hosts/node'
  import { execFile } from 'node:child_process'
  import { promisify } from 'node:util'
  import { button } from './button.js'
  import { button as singleButton } from './single.js'
  import { checkout } from './checkout.js'
  const answer = listener(checkout)
  // A process of its own: once an element is registered in this one, it is so for every page.
  const forgetful = async (...given) => (await promisify(execFile)(process.execPath, ['forgetful/print.js', ...given])).stdout
  createServer(async (request, response) => {
    if (request.url.startsWith('/checkout')) return answer(request, response)
    const { pathname, searchParams } = new URL(request.url, 'http://shop')
    if (pathname.endsWith('.js')) return response.setHeader('content-type', 'text/javascript').end(readFileSync('./page' + pathname))
    const lang = searchParams.get('lang')
    response.setHeader('content-type', 'text/html; charset=utf-8')
    if (pathname === '/classic') {
      const script = '<script src="/standalone.classic.js"></script>'
      return response.end(
        '<!doctype html><html lang="en-GB"><title>Shop</title>' + script + script +
        '<body><checkout-button server="/checkout" order="' + searchParams.get('order') + '"></checkout-button>')
    }
    const order = searchParams.get('order')
    const tag = await ({ button, singleButton, forgetful }[searchParams.get('by') ?? 'button'])(order, lang)
    response.end(
      '<!doctype html><html lang="' + lang + '"><title>Shop</title><body>' + tag +
      '<script>var sent = document.querySelector("checkout-button").shadowRoot?.querySelector("button")</script>' +
      '<p>Terms and conditions</p><script type="module" src="/page.js"></script>')
  }).listen(${port}, '127.0.0.1', () => console.log('listening'))`

export interface RenderedShop {
  readonly url: string
  /** What its server has printed, a line for each order that it fulfilled among it. */
  printed(): string
  close(): void
}

/**
 * A shop that renders the button with its offer inside, from the packed package: as documented, with `by=singleButton` in one button, with
 * `by=forgetful` as a server that never imported the element; `/classic` is a page with the plain script in its head, twice.
 */
export async function startRenderedShop(): Promise<RenderedShop> {
  const folder = mkdtempSync(join(tmpdir(), 'checkout-button-rendered-'))
  installPackage(folder)
  for (const name of ['@lit-labs/ssr', '@lit-labs/ssr-client'])
    link(join(process.cwd(), 'node_modules', name), join(folder, 'node_modules', name))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const button = snippet?.replace('https://shop.example', url) ?? ''
  const files = {
    'package.json': '{ "type": "module" }',
    'button.js': button,
    'single.js': button.replace('<checkout-button ', '<checkout-button layout="single" '),
    'forgetful/button.js': button.replace("import 'checkout-button'\n", ''),
    'forgetful/checkout.js': 'export const checkout = { fetch }',
    'forgetful/print.js': "import { button } from './button.js'\nprocess.stdout.write(await button(...process.argv.slice(2)))",
    'checkout.js': checkout(port),
    'server.js': server(port),
    'page.js': "import 'checkout-button/hydrate'",
  }
  mkdirSync(join(folder, 'forgetful'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  buildSync({
    ...{ entryPoints: [join(folder, 'page.js')], outdir: join(folder, 'page'), absWorkingDir: folder },
    ...{ bundle: true, splitting: true, format: 'esm', logLevel: 'error' },
  })
  const classic = 'standalone.classic.js'
  copyFileSync(join(folder, 'node_modules/checkout-button/dist', classic), join(folder, 'page', classic))
  const child = spawn(process.execPath, ['server.js'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  await listens(child, (text) => {
    printed += text
    return printed
  })
  return {
    url,
    printed: () => printed,
    close() {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const listens = (child: ChildProcess, print: (text: string) => string) =>
  new Promise<void>((resolve, reject) => {
    child.once('exit', (status) => reject(new Error(`the shop ended with ${status}`)))
    child.stdout?.setEncoding('utf8').on('data', (text) => print(text).includes('listening') && resolve())
  })
