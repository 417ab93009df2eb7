import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildPackage } from '../build/package.js'
import { expect, test } from './shop.js'

// Two whole copies of the button on one page, each with a Lit of its own: the file for <script> of another version, and what the shop's
// bundler made. The other version has other words, so that it is seen which of the two sells.

let another: string
test.beforeAll(() => {
  test.setTimeout(240_000) // it builds
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  another = readFileSync(join(buildPackage(), 'standalone.js'), 'utf8')
  for (const [ours, theirs] of [
    [`checkout-button ${version}`, 'checkout-button 0.0.9'],
    ['Pay with', 'Pay by'],
  ] as const) {
    if (!another.includes(ours)) throw new Error(`standalone.js does not say: ${ours}`)
    another = another.replace(ours, theirs)
  }
})

for (const [which, copies, says] of [
  ['another version', ['/another-version.js', '/src/index.ts'], 'Pay by'],
  ['our version', ['/src/index.ts', '/another-version.js'], 'Pay with'],
] as const)
  test(`T-61 ${which} is first on the page: it sells, and the second copy makes one remark and nothing else`, async ({
    shop,
  }) => {
    const { page } = shop
    const said: string[] = []
    const asked: string[] = []
    page.on('console', (message) => said.push(message.text()))
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.route('**/another-version.js', (route) => route.fulfill({ contentType: 'text/javascript', body: another }))
    await page.route('**/demo/pages/main.ts', (route) =>
      route.fulfill({
        contentType: 'text/javascript',
        body: `${copies.map((file) => `import '${file}'`).join('\n')}\ndocument.title = 'goes on'`,
      }),
    )
    await page.goto(shop.demo.url)
    await expect(page).toHaveTitle('goes on')
    await page.evaluate(
      (order) => {
        document.body.innerHTML = `<checkout-button server="/checkout" order="${order}" lang="en"></checkout-button>`
      },
      await shop.place(),
    )

    await expect(shop.button.locator('[part=summary]')).toContainText(says)
    await expect(shop.button.locator('[part=methods]')).toHaveCount(1)
    await shop.tile('Credit Cards').click()
    await shop.pay(shop.frame)
    await expect(shop.button.locator('[part=paid]')).toBeVisible()
    expect(await shop.hooks()).toEqual(['fulfil'])
    expect(said).toEqual([expect.stringContaining('<checkout-button> is on this page twice.')])
    expect(asked.filter((path) => path === '/checkout/methods')).toHaveLength(1)
    expect(asked.filter((path) => path === '/checkout/checkouts')).toHaveLength(1)
  })
