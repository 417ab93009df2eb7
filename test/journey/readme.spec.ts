import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { installByNpm } from '../build/package.js'
import { freePort } from '../free-port.js'
import { press } from './press.js'

// The README, taken at its word: its server file in an empty folder where npm has installed the packed package, its tag in a page.

const example = (language: string, under = 'Use it', page = 'README.md'): string => {
  const section = readFileSync(page, 'utf8')
    .split(/^## /m)
    .find((each) => each.startsWith(`${under}\n`))
  const match = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(section ?? '')
  if (!match?.[1]) throw new Error(`${page} has no ${language} example under ${under}`)
  return match[1]
}
const keys = {
  PAYMENTWALL_PROJECT_KEY: '0123456789abcdef0123456789abcdef',
  PAYMENTWALL_SECRET_KEY: 'fedcba98765432100123456789abcdef',
}

let folder: string
let child: ChildProcess
let port: number
let printed = ''

test.beforeAll(async () => {
  test.setTimeout(240_000) // it builds, packs and installs
  folder = mkdtempSync(join(tmpdir(), 'checkout-button-readme-'))
  installByNpm(folder)
  port = await freePort()
  writeFileSync(join(folder, 'server.js'), example('js').replace('port: 3000', `port: ${port}, host: '127.0.0.1'`))
  child = spawn(process.execPath, ['server.js'], {
    cwd: folder,
    env: { ...process.env, ...keys },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    printed += text
  })
  await expect.poll(() => printed, { timeout: 60_000 }).toContain(`The checkout server listens at http://127.0.0.1:${port}`)
  expect((await fetch(`http://127.0.0.1:${port}/checkout/methods?order=none`)).status).toBe(404)
})

test.afterAll(() => {
  child?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

test.describe.configure({ mode: 'serial' }) // one server, one order

test('the command of the package is found by the name that the documentation gives it', () => {
  const help = execFileSync('npx', ['--no-install', 'checkout-button', '--help'], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(help).toContain('checkout-button verify <provider>')
  expect(help).toContain('checkout-button ledger <command>')
})

test.describe('with scripts off', () => {
  test.use({ javaScriptEnabled: false })

  test('the form of the element’s page leads to the hosted page, at the price of its server', async ({ page, context }) => {
    let place = ''
    await context.route('https://shop.example/**', async (route) => {
      if (route.request().method() === 'GET')
        return route.fulfill({
          contentType: 'text/html',
          body: `<!doctype html><title>Shop</title>${example('html', 'Without script', 'src/element/README.md')}`,
        })
      const { pathname } = new URL(route.request().url())
      const response = await route.fetch({ url: `http://127.0.0.1:${port}${pathname}`, maxRedirects: 0 })
      place = response.headers().location ?? ''
      return place ? route.fulfill({ body: 'led on' }) : route.fulfill({ response })
    })
    await page.goto('https://shop.example/')
    await page.getByRole('button', { name: 'Pay' }).click()
    await expect(page.getByRole('heading', { name: 'Gold membership' })).toBeVisible()
    await page.getByRole('button', { name: /^Pay US\$19\.90 with / }).click()
    await expect(page.getByText('led on')).toBeVisible()
    expect(new URL(place).host).toBe('api.paymentwall.com')
    expect(new URL(place).searchParams.get('amount')).toBe('19.90')
  })
})

test('the example of the README sells, and delivers once', async ({ page, context }) => {
  await context.route('https://shop.example/**', async (route) => {
    const { pathname, search } = new URL(route.request().url())
    if (pathname === '/')
      return route.fulfill({ contentType: 'text/html', body: `<!doctype html><title>Shop</title>${example('html')}` })
    if (pathname === '/checkout-button.js')
      return route.fulfill({
        contentType: 'text/javascript',
        path: join(folder, 'node_modules/checkout-button/dist/standalone.js'),
      })
    return route.fulfill({ response: await route.fetch({ url: `http://127.0.0.1:${port}${pathname}${search}` }) })
  })
  let hosted: URL | undefined
  await context.route('https://api.paymentwall.com/**', (route) => {
    hosted = new URL(route.request().url())
    return route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Pay</title><h1>A payment page</h1>' })
  })

  await page.goto('https://shop.example/')
  await page.getByRole('button', { name: /Pay .*19\.90/ }).click()
  await expect.poll(() => hosted?.searchParams.get('amount')).toBe('19.90')

  const pingback = new Map([
    ['uid', 'user-42'],
    ['goodsid', String(hosted?.searchParams.get('ag_external_id'))],
    ['type', '0'],
    ['ref', 'b1'],
    ['sign_version', '3'],
  ])
  // By hand, as the documents say: a signer of ours would agree with our own mistake.
  const signed = [...pingback]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('')
  pingback.set('sig', createHash('sha256').update(`${signed}${keys.PAYMENTWALL_SECRET_KEY}`).digest('hex'))
  for (let times = 0; times < 3; times++) {
    const answer = await fetch(`http://127.0.0.1:${port}/checkout/notify/paymentwall?${new URLSearchParams([...pingback])}`)
    expect(await answer.text()).toBe('OK')
  }
  await expect(page.getByText(/^Paid .*19\.90/).first()).toBeVisible({ timeout: 30_000 })
  expect(printed.split('\n').filter((line) => line.startsWith('paymentwall:'))).toEqual([
    'paymentwall:b1: give Gold membership to user-42',
  ])
})

test('the local example sells with the pretend provider, in the dialog', async ({ page }) => {
  const own = await freePort()
  writeFileSync(
    join(folder, 'local.js'),
    example('js', 'Try it on your machine', 'src/sandbox/README.md').replaceAll('3000', String(own)),
  )
  const local = spawn(process.execPath, ['local.js'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  local.stdout.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  try {
    await expect.poll(() => said).toContain('The shop is at')
    await page.goto(`http://127.0.0.1:${own}`)
    await page.getByRole('button', { name: 'Credit Cards' }).click()
    await press(page.frameLocator('checkout-button iframe').getByRole('button', { name: /^Pay \$19\.90/ }))
    await expect(page.getByText(/^Paid .*19\.90/).first()).toBeVisible({ timeout: 30_000 })
    expect(said.match(/give Gold membership/g)).toHaveLength(1)
  } finally {
    local.kill('SIGKILL')
  }
})
