import { expect, freshOrder, shopPage, test } from './merchant.js'

// A page that stays open all day: payment pages are opened and closed, and nothing of them stays. `CYCLES=1000` for the full count.

const cycles = Number(process.env.CYCLES ?? 100)

/** Lets the page's timers pass fast, and counts those that wait. */
const hurry = () => {
  if (window.top !== window) return
  const { setTimeout, clearTimeout, setInterval, clearInterval } = window
  const waiting = new Set<unknown>()
  Object.assign(window, { waiting })
  const start =
    (set: typeof setTimeout | typeof setInterval, isOnce: boolean) =>
    (run: () => void, delay = 0, ...given: unknown[]) => {
      const timer: unknown = (set as (run: () => void, delay: number) => unknown)(
        () => {
          if (isOnce) waiting.delete(timer)
          ;(run as (...given: unknown[]) => void)(...given)
        },
        isOnce ? delay / 50 : delay,
      )
      waiting.add(timer)
      return timer
    }
  const stop = (clear: typeof clearTimeout) => (timer?: number) => {
    waiting.delete(timer)
    clear(timer)
  }
  Object.assign(window, { setTimeout: start(setTimeout, true), setInterval: start(setInterval, false) })
  Object.assign(window, { clearTimeout: stop(clearTimeout), clearInterval: stop(clearInterval) })
}

test(`T-68 ${cycles} payment pages opened and closed leave no listener, frame, timer or node, and the heap as it was`, async ({
  page,
  merchant,
}) => {
  test.setTimeout(60_000 + cycles * 2_000)
  await page.addInitScript(hurry)
  const order = freshOrder()
  await page.goto(merchant.put(order, shopPage(order, { surface: 'iframe' })))
  await expect(page.getByRole('button', { name: 'Credit Cards' })).toBeVisible()
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable')

  const run = (times: number) =>
    page.evaluate(async (times) => {
      const button = document.querySelector('checkout-button') as HTMLElement
      const root = button.shadowRoot as ShadowRoot
      const until = async (isSo: () => unknown) => {
        while (!isSo()) await new Promise((resolve) => requestAnimationFrame(resolve))
      }
      for (let cycle = 0; cycle < times; cycle++) {
        await until(() => button.matches(':state(ready)'))
        root.querySelector<HTMLElement>('[part=method]')?.click()
        await until(() => root.querySelector('dialog iframe'))
        await until(() => button.matches(':state(paying)'))
        root.querySelector<HTMLElement>('[part=dialog-close]')?.click()
      }
      await until(() => button.matches(':state(ready)'))
    }, times)

  async function measure() {
    for (let round = 0; round < 3; round++) await devtools.send('HeapProfiler.collectGarbage')
    await expect.poll(() => page.frames().length).toBe(1) // told a moment later than done
    const { metrics } = await devtools.send('Performance.getMetrics')
    const read = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN
    return {
      listeners: read('JSEventListeners'),
      nodes: read('Nodes'),
      frames: read('Frames'),
      timers: await page.evaluate(() => (window as unknown as { waiting: Set<unknown> }).waiting.size),
      heap: read('JSHeapUsedSize'),
    }
  }

  await run(10) // until everything is compiled and every cache is filled
  const { heap: before, ...start } = await measure()
  await run(cycles)
  const { heap: after, ...end } = await measure()
  console.log(`${cycles} cycles: heap ${before} → ${after}`)
  expect(end).toEqual(start)
  expect(after - before).toBeLessThan(1024 * 1024)
})
