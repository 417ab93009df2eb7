import type { BrowserContext, Locator } from '@playwright/test'

// Pages inside a frame, as a test meets them: a frame of another site is a process of its own.

const pause = (time: number) => new Promise<undefined>((resolve) => setTimeout(resolve, time))

/**
 * A click that counts once the page has heard it. The browser drops one that comes before it has learnt where a frame is drawn, and
 * Playwright takes the silence for success; a buyer, who cannot click on what is not drawn yet, has no such trouble.
 */
export async function press(button: Locator): Promise<void> {
  const heard = button
    .evaluate((element) => new Promise<void>((resolve) => element.addEventListener('click', () => resolve(), { once: true })))
    .then(
      () => true,
      () => true, // the page is gone: where its script was late, a plain form was sent
    )
  for (let tries = 0; tries < 3; tries++) {
    const click = button.click().then(() => undefined)
    if (await Promise.race([heard, click.then(() => pause(2_000))])) return void (await click.catch(() => {}))
  }
  throw new Error(`${button}: the page heard none of three clicks`)
}

/** What every page and frame shows, for the report of a test that failed: a trace says it of the outer page alone. */
export async function tellPages(context: BrowserContext): Promise<void> {
  for (const frame of context.pages().flatMap((page) => page.frames())) {
    const text = await frame.evaluate(() => document.body?.innerText.slice(0, 500)).catch(String)
    console.log(`${frame.url().split('?')[0]} shows: ${text}`)
  }
}
