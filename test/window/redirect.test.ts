import { expect } from '@open-wc/testing'
import { forget, here, type leave, remember, resume } from '../../src/window/redirect.js'
import { heard, provider } from './provider.js'

const id = 'Zk3v-checkout_0000000001'
const { href } = location

describe('the way back', () => {
  const come = (query: string) => history.replaceState({ kept: 1 }, '', query)
  beforeEach(() => sessionStorage.clear())
  afterEach(() => {
    come(href)
    sessionStorage.clear()
    resume('nobody')
  })

  const rows: readonly [string, string][] = [
    [`?checkout=${id}`, ''],
    [`?checkout=${id}#top`, '#top'],
    [`?a=1&checkout=${id}`, '?a=1'],
    [`?checkout=${id}&a=1`, '?a=1'],
    [`?a=%20b+c&checkout=${id}&d=1#top`, '?a=%20b+c&d=1#top'],
  ]
  for (const [address, stripped] of rows)
    it(`T-82 takes the id out of ${address}, and leaves the rest as it was`, () => {
      come(address)
      expect(resume('gold')).to.deep.equal({ id, returned: true, claims: false })
      expect(location.search + location.hash).to.equal(stripped)
      expect(history.state).to.deep.equal({ kept: 1 })
      expect(resume('gold'), 'only once').to.equal(undefined)
    })

  for (const [address, stripped] of [
    [`?checkout=${id}&checkout-claims=failed`, ''],
    [`?a=1&checkout=${id}&checkout-claims=failed#top`, '?a=1#top'],
    [`?checkout=${id}&a=1&checkout-claims=failed`, '?a=1'],
  ])
    it(`takes the claim out of ${address} as well`, () => {
      come(address as string)
      expect(resume('gold')).to.deep.equal({ id, returned: true, claims: true })
      expect(location.search + location.hash).to.equal(stripped)
    })

  for (const foreign of [
    '?checkout=1',
    '?checkout=',
    '?mycheckout=abcdefghijklmnopq',
    '?checkout=<script>alert(1)</script>',
    `?checkout=${'x'.repeat(65)}`,
  ])
    it(`leaves ${foreign.slice(0, 40)} alone: it is not ours`, () => {
      come(foreign)
      const before = location.href
      expect(resume('gold')).to.equal(undefined)
      expect(location.href).to.equal(before)
    })

  it('T-77 finds after a reload what it remembered, and nothing but the id is kept', () => {
    remember('gold', id)
    expect(Object.values(sessionStorage)).to.deep.equal([id])
    expect(resume('gold')).to.deep.equal({ id, returned: false })
    expect(resume('silver')).to.equal(undefined)
    forget('gold')
    expect(resume('gold')).to.equal(undefined)
    expect(sessionStorage.length).to.equal(0)
  })

  it('gives the returned id to the button that remembers it, whoever asks first', () => {
    remember('gold', id)
    come(`?checkout=${id}`)
    expect(resume('silver')).to.equal(undefined)
    expect(location.search).to.equal('')
    expect(resume('gold')).to.deep.equal({ id, returned: true, claims: false })
  })

  it('T-77 works without storage: the way back by address is enough', () => {
    const { getItem, setItem, removeItem } = Storage.prototype
    const refuse = () => {
      throw new DOMException('denied', 'SecurityError')
    }
    Object.assign(Storage.prototype, { getItem: refuse, setItem: refuse, removeItem: refuse })
    try {
      remember('gold', id)
      expect(resume('gold')).to.equal(undefined)
      come(`?checkout=${id}`)
      expect(resume('gold')).to.deep.equal({ id, returned: true, claims: false })
      forget('gold')
    } finally {
      Object.assign(Storage.prototype, { getItem, setItem, removeItem })
    }
  })
})

describe('the way out', () => {
  it('leads away, and from nothing but a web address', async () => {
    const frame = document.createElement('iframe')
    frame.srcdoc = '<!doctype html><title>Shop</title>'
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
    document.body.append(frame)
    await loaded
    const run = frame.contentWindow as Window & { eval(code: string): Promise<{ leave: typeof leave }> }
    const inside = await run.eval("import('/src/window/redirect.ts')")
    for (const hostile of [
      'javascript:parent.hit=1',
      ' javascript:parent.hit=1',
      'data:text/html,<script>parent.hit=1</script>',
      '',
    ])
      inside.leave(hostile)
    const ready = heard(() => frame.contentWindow)
    inside.leave(`${provider}/puppet`)
    await ready
    expect('hit' in window).to.equal(false)
    frame.remove()
  })

  it('names the page to come back to, in no more than the server takes', () => {
    expect(here()).to.equal(location.href)
    history.replaceState(null, '', `?${'x'.repeat(3000)}`)
    expect(here()).to.equal(location.origin + location.pathname)
    history.replaceState(null, '', href)
  })
})
