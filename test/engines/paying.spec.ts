import { expect, test } from './shop.js'

// The core of the journeys, in the engines that Playwright does not drive; what each of them leaves out is in test/journey.

test('in the frame: success only on the server’s word', async ({ shop }) => {
  await shop.hold()
  await shop.visit()
  await shop.click('Credit Cards')
  await shop.pay('frame')
  await shop.says(/Confirming with the shop/)
  expect(await shop.heard()).toEqual(['checkout-open'])
  await shop.release()
  await shop.receipt()
  expect(await shop.states()).toEqual(['paid done'])
  expect(await shop.hooks()).toEqual(['fulfil'])
  expect(await shop.heard()).toEqual(['checkout-open', 'checkout-success'])
})

test('T-69 in a popup, which opens inside the click and closes by itself', async ({ shop }) => {
  await shop.visit('popup')
  await shop.click('iDeal')
  expect(await shop.opened()).toEqual([true])
  await shop.says('Finish in the payment window.')
  await shop.pay('popup')
  await shop.receipt()
  await expect.poll(() => shop.buyer.windows()).toBe(1)
  expect(await shop.hooks()).toEqual(['fulfil'])
  expect(await shop.heard()).toEqual(['checkout-open', 'checkout-success'])
})

test('T-82 by redirect and back to the page it left, whose address shows nothing of it', async ({ shop }) => {
  await shop.hold()
  await shop.visit('redirect')
  await shop.click('Credit Cards')
  await shop.pay('page')
  await shop.says(/Confirming/)
  expect(await shop.address()).toBe(`${shop.demo.url}/`)
  await shop.release()
  await shop.receipt()
  expect(await shop.states()).toEqual(['paid done'])
  expect(await shop.hooks()).toEqual(['fulfil'])
})

test('declined: it is told, the methods are back, and another one works', async ({ shop }) => {
  await shop.visit()
  await shop.click('iDeal')
  await shop.click('Decline', 'popup')
  await shop.says('The payment was not completed. You can try again.')
  await expect.poll(() => shop.buyer.windows()).toBe(1)
  expect(await shop.heard()).toEqual(['checkout-open', 'checkout-failure'])
  expect(await shop.hooks()).toEqual([])
  await shop.click('Credit Cards')
  await shop.pay('frame')
  await shop.receipt()
  expect(await shop.states()).toEqual(['paid done'])
})

for (const how of ['its button', 'Escape'])
  test(`a dialog closed early, by ${how}, leads back to the methods`, async ({ shop }) => {
    await shop.visit()
    await shop.click('Credit Cards')
    await shop.offers('Pay €', 'frame')
    if (how === 'Escape') await shop.buyer.press('Escape')
    else await shop.click('Close')
    await expect.poll(shop.heard).toEqual(['checkout-open', 'checkout-close'])
    await shop.offers('Credit Cards')
    expect(await shop.states()).toEqual([])
  })

test('T-77 a reload in the middle goes on with the same payment', async ({ shop }) => {
  await shop.hold({ returnAfter: null })
  await shop.visit()
  await shop.click('Credit Cards')
  await shop.pay('frame')
  await shop.says(/Confirming/)
  await shop.buyer.reload()
  await shop.says(/Confirming/)
  await shop.release()
  await shop.receipt()
  expect(await shop.states()).toEqual(['paid done'])
  expect(await shop.hooks()).toEqual(['fulfil'])
})

test('T-63 success said by the page itself, and by another frame of the provider, is not heard', async ({ shop }) => {
  await shop.visit()
  await shop.click('Credit Cards')
  await shop.offers('Pay €', 'frame')
  await shop.buyer.run('page', addStranger, `${shop.demo.sandboxUrl}/sandbox/page.js`)
  for (const stranger of ['page', 'stranger'] as const)
    await expect.poll(() => shop.buyer.run(stranger, sayAll).catch(() => false)).toBe(true)
  await expect.poll(() => shop.buyer.run('page', () => Reflect.get(window, 'ends'))).toBe(2)
  expect(await shop.questions()).toBe(0)
  expect(await shop.heard()).toEqual(['checkout-open'])
  expect(await shop.states()).toEqual([])
  // And the checkout is as alive as before.
  await shop.pay('frame')
  await shop.receipt()
  expect(await shop.hooks()).toEqual(['fulfil'])
})

const addStranger = (address: string) => {
  Object.assign(window, { ends: 0 })
  addEventListener('message', ({ data }) => {
    if (data === 'the end') Object.assign(window, { ends: Reflect.get(window, 'ends') + 1 })
  })
  document.body.append(Object.assign(document.createElement('iframe'), { src: address }))
}

/** All that would move the checkout from the right mouth, and a last word by which we know that it arrived. */
const sayAll = () => {
  if (location.protocol === 'about:') return false
  const success = { event: 'paymentSuccess', data: { object: 'payment', id: 't1', amount: '9.00' } }
  const said = [JSON.stringify(success), success, { type: 'checkout-returned', id: 'checkout-0000000000000001' }, 'the end']
  for (const each of said) parent.postMessage(each, '*')
  return true
}
