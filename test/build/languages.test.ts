import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { type Browser, chromium, type Page } from 'playwright'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../browsers.js'
import { buildPackage } from './package.js'

// The languages as a shop ships them: beside the file for <script>, and as chunks of a bundler. Under a policy that allows the
// page's own scripts and nothing else.

const policy =
  "default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types lit-html"
const offer = {
  title: 'Gold',
  price: { amount: '19.90', currency: 'EUR' },
  methods: [
    { id: 'acme:card', label: 'Card', surfaces: ['redirect'] },
    { id: 'acme:ideal', label: 'iDEAL', surfaces: ['redirect'] },
  ],
}
const elsewhere = "default-src 'none'; script-src http://127.0.0.1:*; connect-src 'self'"
const page = (lang: string, script: string) => `<!doctype html><html lang="${lang}"><title>Shop</title>
<checkout-button server="/checkout" order="gold"></checkout-button><script type="module" src="${script}"></script>`

let folder = ''
let address = ''
let server: Server
let browser: Browser

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'checkout-button-languages-'))
  const dist = buildPackage()
  mkdirSync(join(folder, 'app/node_modules'), { recursive: true })
  for (const name of ['lit', 'zod'])
    symlinkSync(join(process.cwd(), 'node_modules', name), join(folder, 'app/node_modules', name))
  mkdirSync(join(folder, 'app/node_modules/checkout-button'))
  symlinkSync(dist, join(folder, 'app/node_modules/checkout-button/dist'))
  symlinkSync(join(process.cwd(), 'package.json'), join(folder, 'app/node_modules/checkout-button/package.json'))
  writeFileSync(join(folder, 'app/index.html'), page('de', './app.js'))
  writeFileSync(join(folder, 'app/app.js'), "import 'checkout-button'")
  await build({
    ...{ root: join(folder, 'app'), configFile: false, logLevel: 'error' },
    build: { outDir: join(folder, 'built'), modulePreload: { polyfill: false } },
  })

  const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.html': 'text/html' }
  server = createServer(({ url = '/' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost')
    const send = (type: string, body: string | Buffer) =>
      response
        .writeHead(200, { 'content-type': type, 'content-security-policy': policy, 'access-control-allow-origin': '*' })
        .end(body)
    if (pathname.startsWith('/checkout/')) return send('application/json', JSON.stringify(offer))
    if (pathname === '/classic')
      return response
        .writeHead(200, { 'content-type': 'text/html', 'content-security-policy': elsewhere })
        .end(
          page('de', `${address.replace('localhost', '127.0.0.1')}/cdn/standalone.classic.js?v=1/2`).replace(
            'type="module" ',
            'defer ',
          ),
        )
    if (pathname === '/page') return send('text/html', page(searchParams.get('lang') ?? 'en', '/cdn/standalone.js'))
    const file = pathname.startsWith('/cdn/') ? join(dist, pathname.slice(5)) : join(folder, 'built', pathname)
    if (!existsSync(file)) return response.writeHead(404).end()
    return send(types[extname(file)] ?? 'text/plain', readFileSync(file))
  }).listen(0)
  address = `http://localhost:${(server.address() as AddressInfo).port}`
  const { executablePath, args } = await findChromium()
  browser = await chromium.launch({ executablePath, args: [...args] })
})
afterAll(async () => {
  await browser?.close()
  server?.close()
  rmSync(folder, { recursive: true })
})

/** A page, what it loaded, and what went wrong in it. */
async function visit(path: string, prepare: (page: Page) => unknown = () => {}) {
  const page = await browser.newPage({ locale: 'sv-SE' })
  const scripts: string[] = []
  const wrong: string[] = []
  page.on('request', (request) => {
    if (request.resourceType() === 'script') scripts.push(new URL(request.url()).pathname)
  })
  page.on('pageerror', (error) => wrong.push(error.message))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective }) =>
      console.error(`policy: ${violatedDirective}`),
    )
  })
  page.on('console', (message) => message.text().startsWith('policy') && wrong.push(message.text()))
  await prepare(page)
  await page.goto(address + path)
  await page.locator('checkout-button [part~=method]').first().waitFor()
  return { page, scripts, wrong, says: () => page.locator('checkout-button [part=summary]').innerText() }
}

describe('the file for <script>', () => {
  test('speaks the page’s language from a file beside it', async () => {
    const { says, scripts, wrong } = await visit('/page?lang=de')
    expect(await says()).toContain('Bezahlen mit')
    expect(scripts).toEqual(['/cdn/standalone.js', '/cdn/languages/de.js'])
    expect(wrong).toEqual([])
  })

  test('as a plain script from another origin, without a word of `crossorigin`, it looks beside itself all the same', async () => {
    const { says, scripts, wrong } = await visit('/classic')
    expect(await says()).toContain('Bezahlen mit')
    expect(scripts).toEqual(['/cdn/standalone.classic.js', '/cdn/languages/de.js'])
    expect(wrong).toEqual([])
  })

  test('is one download in English, and for a language that nobody has', async () => {
    for (const lang of ['en', 'en-GB', 'sv']) {
      const { says, scripts } = await visit(`/page?lang=${lang}`)
      expect(await says()).toContain('Pay with')
      expect(scripts).toEqual(['/cdn/standalone.js'])
    }
  })

  test('speaks English, without an error, where the file is missing, broken or refused', async () => {
    const answers: Readonly<Record<string, Parameters<Page['route']>[1]>> = {
      missing: (route) => route.fulfill({ status: 404 }),
      broken: (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><h1>Welcome' }),
      refused: (route) => route.abort(),
    }
    for (const answer of Object.values(answers)) {
      const { says, wrong } = await visit('/page?lang=de', (page) => page.route('**/languages/*', answer))
      expect(await says()).toContain('Pay with')
      expect(wrong).toEqual([])
    }
  })

  test('waits no longer than a second for it, and speaks it once it comes', async () => {
    let answer = () => {}
    const asked = performance.now()
    const { page, says } = await visit('/page?lang=de', (page) =>
      page.route('**/languages/*', async (route) => {
        await new Promise<void>((resolve) => {
          answer = resolve
        })
        await route.continue()
      }),
    )
    expect(performance.now() - asked).toBeLessThan(5000)
    expect(await says()).toContain('Pay with')
    answer()
    await page.getByText('Bezahlen mit').waitFor()
  })
})

test('a bundler makes a chunk of each, and a page loads the one that it speaks', async () => {
  const { says, scripts, wrong } = await visit('/index.html')
  expect(await says()).toContain('Bezahlen mit')
  expect(scripts.filter((path) => /\/de-[\w-]+\.js$/.test(path))).toHaveLength(1)
  expect(scripts).toHaveLength(2)
  expect(wrong).toEqual([])
})

test('each is a kilobyte at most (brotli), and can be imported by name', async () => {
  const dist = buildPackage()
  const files = readdirSync(join(dist, 'languages')).filter((name) => name.endsWith('.js'))
  expect(files.length).toBeGreaterThanOrEqual(12)
  for (const name of files)
    expect([name, brotliCompressSync(readFileSync(join(dist, 'languages', name))).length < 1000]).toEqual([name, true])
  const { labels } = await import(join(dist, 'languages/pt-BR.js'))
  expect(labels.cancel).toBe('Cancelar')
})
