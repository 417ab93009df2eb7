import { type RenderedShop, startRenderedShop } from '../journey/rendered-shop.js'
import { expect, type Shop, test } from './shop.js'

// How the button comes into a page, in the engines that Playwright does not drive; what each of them leaves out is in test/journey.

test.describe.configure({ mode: 'default' }) // one package and one server for all

let rendered: RenderedShop
test.beforeAll(async () => {
  test.setTimeout(240_000) // it builds, packs and installs
  rendered = await startRenderedShop()
})
test.afterAll(() => rendered?.close())

/** Pays in the frame, and waits until both the page and the server say so. */
async function sell(shop: Shop): Promise<void> {
  const fulfilled = () => rendered.printed().split('fulfilled paymentwall:').length
  const before = fulfilled()
  await shop.click('Credit Cards')
  await shop.click('Pay $19.90', 'frame')
  await expect.poll(() => shop.buyer.run('page', shown, '[part=paid]')).toEqual(['Paid US$19.90'])
  await expect.poll(fulfilled).toBe(before + 1)
}

const shown = (selector: string) =>
  [...(document.querySelector('checkout-button')?.shadowRoot?.querySelectorAll(selector) ?? [])].map(
    ({ textContent }) => textContent,
  )
const isReady = () => !!document.querySelector('checkout-button:state(ready)')
const askedForMethods = () =>
  performance.getEntriesByType('resource').filter(({ name }) => new URL(name).pathname === '/checkout/methods').length

test('rendered by the server, it is taken over as it stands, asks for no methods, and sells', async ({ shop }) => {
  await shop.buyer.visit(`${rendered.url}/?order=engine-rendered&lang=en-GB`)
  await expect.poll(() => shop.buyer.run('page', isReady)).toBe(true)
  const isTheServers = () => {
    const button = document.querySelector('checkout-button')?.shadowRoot?.querySelector('button')
    return !!button && button === Reflect.get(window, 'sent')
  }
  expect(await shop.buyer.run('page', isTheServers)).toBe(true)
  expect(await shop.buyer.run('page', shown, '[part=price]')).toEqual(['US$19.90'])
  expect(await shop.buyer.run('page', shown, '[part=methods]')).toHaveLength(1)
  await sell(shop)
  expect(await shop.buyer.run('page', askedForMethods)).toBe(0)
})

test('T-61 the plain script in the head, twice: one button, asked for once, and it sells', async ({ shop }) => {
  await shop.buyer.visit(`${rendered.url}/classic?order=engine-classic`)
  await shop.offers('Credit Cards')
  expect(await shop.buyer.run('page', shown, '[part=methods]')).toHaveLength(1)
  await sell(shop)
  expect(await shop.buyer.run('page', askedForMethods)).toBe(1)
})
