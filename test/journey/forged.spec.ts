import { expect, type Shop, test } from './shop.js'

// Everything that a window can say is said here by somebody who may not: the checkout must stay where it was, and the server must
// not even be asked.

// As on a page without a content policy, where strangers are let in.
test.use({ bypassCSP: true })

const success = JSON.stringify({ event: 'paymentSuccess', data: { object: 'payment', id: 't1', amount: '9.00' } })

/** Opens a checkout on a page that hostile code shares. */
async function beginPaying(shop: Shop, strangers = '') {
  let id = ''
  shop.page.on('response', async (answer) => {
    if (answer.request().method() === 'POST' && answer.url().endsWith('/checkout/checkouts')) id = (await answer.json()).id
  })
  await shop.visitBare(
    `<checkout-button server="/checkout" order="${await shop.place()}" country="NL"></checkout-button>${strangers}`,
  )
  await shop.tile('Credit Cards').click()
  await expect(shop.frame.getByRole('button', { name: /^Pay €/ })).toBeVisible()
  await expect.poll(() => id).not.toBe('')
  return id
}

/** What a stranger says, in every form that would move the checkout from the right mouth, and last a word by which we know it arrived. */
const everything = (id: string) => [
  success,
  { event: 'paymentSuccess' },
  { type: 'checkout-returned', id },
  { type: 'checkout-returned', id, claims: 'failed' },
  'the end',
]

/** Resolves when the page has heard all of it: messages of one sender arrive in order. */
const heardToTheEnd = (shop: Shop) =>
  shop.page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        addEventListener('message', ({ data }) => data === 'the end' && resolve())
      }),
  )

async function expectUnmoved(shop: Shop) {
  await expect(shop.dialog).toBeVisible()
  expect(shop.questions).toBe(0)
  expect(shop.heard).toEqual(['checkout-open'])
  expect(await shop.states()).toEqual([])
  // And the checkout is as alive as before.
  await shop.pay(shop.frame)
  await expect(shop.button.locator('[part=paid]')).toBeVisible()
  expect(await shop.hooks()).toEqual(['fulfil'])
}

const origins = {
  'a look-alike host': () => 'http://api.paymentwall.com.evil.test',
  'another port of the provider': (shop: Shop) => `http://localhost:${Number(new URL(shop.demo.sandboxUrl).port) + 1}`,
  'the provider by its other name': (shop: Shop) => shop.demo.sandboxUrl.replace('localhost', 'xlocalhost.test'),
}

for (const [who, originOf] of Object.entries(origins))
  test(`T-62 success forged by a frame of ${who} changes nothing`, async ({ shop, page }) => {
    const origin = originOf(shop)
    await page.route(`${origin}/**`, (route) => route.fulfill({ contentType: 'text/html', body: '<title>stranger</title>' }))
    const id = await beginPaying(shop, `<iframe id="stranger" src="${origin}/"></iframe>`)
    const arrived = heardToTheEnd(shop)
    const stranger = page.frames().find((frame) => frame.url() === `${origin}/`)
    await stranger?.evaluate((said) => {
      for (const each of said) parent.postMessage(each, '*')
    }, everything(id))
    await arrived
    await expectUnmoved(shop)
  })

test('T-62 success forged inside the very frame, from another origin, changes nothing', async ({ shop, page }) => {
  await page.route('http://bank.test/**', (route) => route.fulfill({ contentType: 'text/html', body: '<title>bank</title>' }))
  const id = await beginPaying(shop)
  const arrived = heardToTheEnd(shop)
  const hosted = page.frames().find((frame) => frame.url().startsWith(shop.demo.sandboxUrl))
  // The hosted page wanders to a bank's page, as with 3-D Secure: the right window, the wrong origin.
  await hosted?.goto('http://bank.test/', { referer: '' })
  const bank = page.frames().find((frame) => frame.url() === 'http://bank.test/')
  await bank?.evaluate((said) => {
    for (const each of said) parent.postMessage(each, '*')
  }, everything(id))
  await arrived
  await expect(shop.dialog).toBeVisible()
  expect(shop.questions).toBe(0)
  expect(shop.heard).toEqual(['checkout-open'])
})

test('T-62 a sandboxed frame, of origin "null", is not heard', async ({ shop, page }) => {
  const id = await beginPaying(shop)
  const arrived = heardToTheEnd(shop)
  await page.evaluate((said) => {
    const frame = document.createElement('iframe')
    frame.sandbox.add('allow-scripts')
    frame.srcdoc = `<script>for (const each of ${JSON.stringify(said)}) parent.postMessage(each, '*')</script>`
    document.body.append(frame)
  }, everything(id))
  await arrived
  await expectUnmoved(shop)
})

test('T-63 success forged by another frame of the provider itself changes nothing', async ({ shop, page }) => {
  const address = `${shop.demo.sandboxUrl}/stranger`
  await page.route(address, (route) => route.fulfill({ contentType: 'text/html', body: '<title>stranger</title>' }))
  const id = await beginPaying(shop, `<iframe id="stranger" src="${address}"></iframe>`)
  const arrived = heardToTheEnd(shop)
  const stranger = page.frames().find((frame) => frame.url() === address)
  await stranger?.evaluate((said) => {
    for (const each of said) parent.postMessage(each, '*')
  }, everything(id))
  await arrived
  await expectUnmoved(shop)
})

test('T-63 the page cannot speak for the payment page either', async ({ shop, page }) => {
  const id = await beginPaying(shop)
  const arrived = heardToTheEnd(shop)
  await page.evaluate((said) => {
    for (const each of said) window.postMessage(each, '*')
  }, everything(id))
  await arrived
  await expectUnmoved(shop)
})

test('T-63 a hostile opener cannot speak for the payment page', async ({ shop, page }) => {
  const context = page.context()
  await context.route('http://evil.test/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<title>opener</title>' }),
  )
  await shop.visit() // the shop knows its order, and is opened once more by a stranger
  await page.goto('http://evil.test/')
  const opened = await shop.popup(() =>
    page.evaluate((url) => {
      Object.assign(window, { victim: window.open(url) })
    }, shop.demo.url),
  )
  const answered = opened.waitForResponse((answer) => answer.url().endsWith('/checkout/checkouts'))
  await opened.getByRole('button', { name: 'Credit Cards' }).click()
  const { id } = await (await answered).json()
  await expect(opened.getByRole('dialog')).toBeVisible()
  const arrived = opened.evaluate(
    () =>
      new Promise<void>((resolve) => {
        addEventListener('message', ({ data }) => data === 'the end' && resolve())
      }),
  )
  await page.evaluate((said) => {
    for (const each of said) (window as unknown as { victim: Window }).victim.postMessage(each, '*')
  }, everything(id))
  await arrived
  await expect(opened.getByRole('dialog')).toBeVisible()
  expect(shop.questions).toBe(0)
  expect(shop.heard).toEqual(['checkout-open'])
  expect(await shop.states()).toEqual([])
})

test('T-65 success said by the payment page itself is a reason to ask, never to show paid', async ({ shop, page }) => {
  await page.clock.install()
  await shop.visit()
  await shop.tile('Credit Cards').click()
  await expect(shop.frame.getByRole('button', { name: /^Pay €/ })).toBeVisible()
  const hosted = page.frames().find((frame) => frame.url().startsWith(shop.demo.sandboxUrl))
  const address = hosted?.url() ?? ''
  await hosted?.evaluate((said) => parent.postMessage(said, '*'), success)
  await expect(shop.says).toHaveText(/Confirming/)
  for (let asked = 1; asked <= 3; asked++) {
    await expect.poll(() => shop.answers.length).toBeGreaterThanOrEqual(asked)
    await shop.later(4000)
  }
  expect(shop.answers[0]).toContain('"pending"')
  await expect(shop.says).toHaveText(/Confirming/)
  expect(shop.heard).toEqual(['checkout-open'])
  expect(await shop.hooks()).toEqual([])

  // Only the money moves it.
  const other = await page.context().newPage()
  await other.goto(address)
  await shop.pay(other)
  await page.bringToFront()
  await expect.poll(shop.states).toEqual(['paid done'])
  await shop.later(13_000)
  await expect(shop.receipt).toBeVisible()
  expect(await shop.hooks()).toEqual(['fulfil'])
})

test('T-65 the return page, opened by hand, proves nothing', async ({ shop, page }) => {
  await shop.visit()
  const answered = page.waitForResponse((answer) => answer.url().endsWith('/checkout/checkouts'))
  const popup = await shop.popup(() => shop.tile('iDeal').click())
  const { id } = await (await answered).json()
  await expect(popup.getByRole('button', { name: /^Pay €/ })).toBeVisible()
  const closed = popup.waitForEvent('close')
  await popup.evaluate((url) => location.assign(url), `${shop.demo.url}/checkout/return/${id}`)
  await closed
  await expect.poll(() => shop.answers[0]).toContain('"pending"')
  await expect(shop.says).toHaveText(/Confirming/)
  expect(shop.heard).toEqual(['checkout-open'])
  expect(await shop.hooks()).toEqual([])
})
