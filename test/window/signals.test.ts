import { expect } from '@open-wc/testing'
import { readPaymentwallMessage } from '../../src/providers/paymentwall/messages.js'
import { type Heard, listen } from '../../src/window/signals.js'
import { addFrame, lookAlikes, pause, provider, removeFrames, say } from './provider.js'

const id = 'checkout-0000000000000001'
const finished = JSON.stringify({ event: 'paymentSuccess' })
const returned = { type: 'checkout-returned', id }

describe('signals', () => {
  let heard: Heard[]
  let end: () => void
  let source: Window | null

  const start = (home = location.origin, speaksFrom: readonly string[] = [provider]) => {
    end = listen({ id, source: () => source, speaksFrom, read: readPaymentwallMessage, home }, (signal) => heard.push(signal))
  }

  beforeEach(() => {
    heard = []
    end = () => {}
    source = null
  })
  afterEach(() => {
    end()
    removeFrames()
  })

  it('hears the page that was opened, from its own origin', async () => {
    source = await addFrame(provider)
    start()
    await say(source, finished)
    await say(source, JSON.stringify({ event: 'widgetSizeChanged', data: { height: '900px' } }))
    expect(heard).to.deep.equal([{ kind: 'finished' }, { kind: 'resize', height: 900 }])
  })

  const forbidden = () => {
    throw new DOMException('no', 'SecurityError')
  }
  for (const [what, channel] of Object.entries({ 'does not know BroadcastChannel': undefined, 'forbids it': forbidden }))
    it(`T-78 a browser that ${what} still hears the window`, async () => {
      const { BroadcastChannel } = window
      window.BroadcastChannel = channel as never
      try {
        source = await addFrame(provider)
        start()
        await say(source, finished)
        expect(heard).to.deep.equal([{ kind: 'finished' }])
        end()
      } finally {
        window.BroadcastChannel = BroadcastChannel
      }
    })

  for (const [name, origin] of Object.entries(lookAlikes))
    it(`T-62 does not hear the opened window once it speaks from ${name}`, async () => {
      source = await addFrame(origin)
      start()
      await say(source, finished)
      await say(source, returned)
      expect(heard).to.deep.equal([])
    })

  it('T-62 does not hear a sandboxed page, whose origin reads "null"', async () => {
    source = await addFrame(provider, '/puppet', 'allow-scripts')
    start()
    await say(source, finished)
    expect(heard).to.deep.equal([])
  })

  it('T-62 compares origins whole: no list of them lets a longer, shorter or differently written one in', () => {
    source = window
    start('https://shop.example', ['https://api.paymentwall.com'])
    const others = [
      ...['https://api.paymentwall.com.evil.example', 'http://api.paymentwall.com', 'https://api.paymentwall.com:8443'],
      ...['https://xapi.paymentwall.com', 'https://paymentwall.com', 'https://api.paymentwall.co', 'null', '', 'file://'],
      ...['chrome-extension://api.paymentwall.com', 'HTTPS://API.PAYMENTWALL.COM', 'https://shop.example.evil.example'],
    ]
    for (const origin of others)
      for (const data of [finished, returned]) dispatchEvent(new MessageEvent('message', { source: window, origin, data }))
    expect(heard).to.deep.equal([])
    dispatchEvent(new MessageEvent('message', { source: window, origin: 'https://api.paymentwall.com', data: finished }))
    expect(heard).to.deep.equal([{ kind: 'finished' }])
  })

  it('T-63 does not hear another frame of the same provider', async () => {
    source = await addFrame(provider)
    const other = await addFrame(provider)
    start()
    await say(other, finished)
    await say(other, returned)
    expect(heard).to.deep.equal([])
    await say(source, finished)
    expect(heard).to.have.length(1)
  })

  it('T-63 does not hear the page itself, nor a window left behind for another', async () => {
    const left = await addFrame(provider)
    source = left
    start(location.origin, [provider, location.origin])
    postMessage(finished, '*')
    postMessage(returned, '*')
    await pause(50)
    expect(heard, 'the page itself').to.deep.equal([])
    source = await addFrame(provider)
    await say(left, finished)
    expect(heard, 'the window of before').to.deep.equal([])
  })

  it('T-63 hears nobody while no window is open', async () => {
    const frame = await addFrame(provider)
    start()
    await say(frame, finished)
    dispatchEvent(new MessageEvent('message', { source: null, origin: provider, data: finished }))
    expect(heard).to.deep.equal([])
  })

  describe('our return page', () => {
    // The provider's server stands for ours here: what counts is that it is the origin named as home.
    const rows: readonly [string, unknown, Heard | undefined][] = [
      ['says that the buyer is back', returned, { kind: 'returned', claims: false }],
      ['says so, and claims that it failed', { ...returned, claims: 'failed' }, { kind: 'returned', claims: true }],
      ['speaks of another checkout', { ...returned, id: 'checkout-0000000000000002' }, undefined],
      ['speaks of none', { type: 'checkout-returned' }, undefined],
      ['claims what it may not', { ...returned, claims: 'paid' }, undefined],
      ['says something else', { type: 'checkout-paid', id }, undefined],
      ['speaks as the provider does, on an origin that is not the provider', finished, undefined],
    ]
    for (const [name, data, expected] of rows)
      it(name, async () => {
        source = await addFrame(provider)
        start(provider, [])
        await say(source, data)
        expect(heard).to.deep.equal(expected ? [expected] : [])
      })

    it('T-62 is not believed on the provider’s origin', async () => {
      source = await addFrame(provider)
      start(location.origin, [provider])
      await say(source, returned)
      expect(heard).to.deep.equal([])
    })

    it('is heard by the channel, should its opener be cut off', async () => {
      start()
      const channel = new BroadcastChannel('checkout-returned')
      channel.postMessage({ ...returned, id: 'checkout-0000000000000002' })
      channel.postMessage('noise')
      channel.postMessage(returned)
      await pause(100)
      channel.close()
      expect(heard).to.deep.equal([{ kind: 'returned', claims: false }])
    })
  })

  it('T-64 passes over every shape that nobody speaks, and never throws into the page', async () => {
    const errors: unknown[] = []
    const onError = (event: ErrorEvent) => errors.push(event.message)
    addEventListener('error', onError)
    source = await addFrame(provider)
    start(provider, [provider])
    let deep: unknown = 'end'
    for (let depth = 0; depth < 500; depth++) deep = { event: deep }
    const noise: readonly unknown[] = [
      ...['', 'not json', '{', '[]', 'null', '0', '"paymentSuccess"', '{"event":{}}', '{"event":"unknown"}', '{"event":null}'],
      ...[null, undefined, 0, true, [], {}, new Date(), new Map([['event', 'paymentSuccess']]), new Error('x'), deep],
      '{"__proto__":{"event":"paymentSuccess"}}',
      `{"event":"paymentSuccess","data":"${'x'.repeat(70_000)}"}`,
      '{"event":"widgetSizeChanged","data":{"height":"100%"}}',
      '{"event":"widgetSizeChanged","data":{"height":"1e9px"}}',
      { type: ['checkout-returned'], id },
      { type: 'checkout-returned', id: { toString: 'x' } },
    ]
    for (const data of noise) await say(source, data)
    removeEventListener('error', onError)
    expect(errors).to.deep.equal([])
    expect(heard).to.deep.equal([])
  })

  it('T-64 reads fifty words of a flood in a second and no more, and hears again afterwards', async () => {
    source = await addFrame(provider)
    start()
    const began = performance.now()
    await say(source, JSON.stringify({ event: 'widgetSizeChanged', data: { height: '900px' }, more: 'x'.repeat(10_000) }), 3000)
    const seconds = Math.ceil((performance.now() - began) / 1000)
    expect(heard.length).to.be.within(50, 50 * (seconds + 1))
    await pause(1100)
    heard = []
    await say(source, finished)
    expect(heard).to.deep.equal([{ kind: 'finished' }])
  })

  it('T-68 hears nothing any more after its end, by message or by channel', async () => {
    source = await addFrame(provider)
    start(location.origin)
    end()
    await say(source, finished)
    const channel = new BroadcastChannel('checkout-returned')
    channel.postMessage(returned)
    await pause(50)
    channel.close()
    expect(heard).to.deep.equal([])
  })
})
