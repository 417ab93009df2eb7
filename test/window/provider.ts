// The provider's side, as a test in the browser sees it: origins that are really others, and windows that do as they are told.

const { port, otherPort }: { port: number; otherPort: number } = await (await fetch('/pages.json')).json()

/** Where the hosted page lives. The tests themselves are on another port. */
export const provider = `http://localhost:${port}`

/** Origins that resemble it. All of them answer with the same pages. */
export const lookAlikes = {
  'another port': `http://localhost:${otherPort}`,
  'a sub-domain': `http://api.localhost:${port}`,
  'the same address by another name': `http://127.0.0.1:${port}`,
}

export const pause = (time = 0) => new Promise((resolve) => setTimeout(resolve, time))

/** Waits until something is so; fails the test when it never is. */
export async function until<T>(read: () => T, patience = 4000): Promise<NonNullable<T>> {
  for (let waited = 0; waited < patience; waited += 20) {
    const value = read()
    if (value) return value
    await pause(20)
  }
  throw new Error(`never so: ${read}`)
}

/** Runs something while the page's clock is that much ahead. */
export async function inElevenMinutes(run: () => Promise<void>): Promise<void> {
  const { now } = Performance.prototype
  performance.now = () => now.call(performance) + 11 * 60_000
  try {
    await run()
  } finally {
    Reflect.deleteProperty(performance, 'now')
  }
}

const frames = new Set<HTMLElement>()

/** A frame with a page in it that does as it is told. Removed by `removeFrames`. */
export async function addFrame(origin: string, path = '/puppet', sandbox?: string): Promise<Window> {
  const frame = document.createElement('iframe')
  if (sandbox) frame.setAttribute('sandbox', sandbox)
  frame.title = 'puppet'
  frame.src = origin + path
  frames.add(frame)
  const ready = heard(() => frame.contentWindow)
  document.body.append(frame)
  await ready
  return frame.contentWindow as Window
}

export function removeFrames(): void {
  for (const frame of frames) frame.remove()
  frames.clear()
}

/** The puppet in this window has loaded. */
export const heard = (source: () => Window | null) =>
  new Promise<void>((resolve) => {
    addEventListener('message', function hear(event) {
      // WebKit gives no source when a frame's last word arrives after its end: it must not pass for that of a frame yet to come.
      if (!event.source || event.source !== source() || event.data.puppet !== 'ready') return
      removeEventListener('message', hear)
      resolve()
    })
  })

/** Makes a puppet post something to this page, and waits until it has arrived. */
export async function say(puppet: Window, data: unknown, times = 1): Promise<void> {
  let left = times
  const arrived = new Promise<void>((resolve) => {
    // First of all listeners: where another takes the puppet's frame away, WebKit no longer says who spoke.
    const count = ({ source }: MessageEvent) => {
      if (source !== puppet || --left > 0) return
      removeEventListener('message', count, true)
      resolve()
    }
    addEventListener('message', count, true)
  })
  puppet.postMessage({ say: data, times }, '*')
  await arrived
  await pause()
}
