import type { CheckoutButton as Element } from 'checkout-button'
import { CheckoutButton } from 'checkout-button/react'
import { createRef, useState, version } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'

// What a server rendered, and React takes over in the browser, or with `fresh` renders there itself: the component, and beside it the tag
// as React itself treats it.

const asked = new URLSearchParams(location.search)
const order = asked.get('order') ?? ''
const element = createRef<Element>()
const labels = { payWith: 'Settle by' }
const offer = {
  title: 'Gold membership',
  price: { amount: '19.90', currency: 'USD' },
  methods: [{ id: 'paymentwall:cc', label: 'Card of the page', surfaces: ['iframe' as const] }],
}

// React 18 complains of what React 19 would do in the browser alone.
const ofTag = version.startsWith('19') ? { labels, 'oncheckout-open': () => console.error('heard of the tag') } : {}

function Page() {
  const [round, setRound] = useState(1)
  const [said, setSaid] = useState('')
  return (
    <>
      <CheckoutButton
        ref={element}
        {...{
          className: 'wide',
          title: 'pay',
          server: '/checkout',
          order,
          successUrl: '#thanks',
          offer,
          labels,
          disabled: round === 3,
        }}
        onCheckoutOpen={(event) => {
          event.preventDefault()
          setSaid(`${event.method} in round ${round}`)
        }}
      />
      <checkout-button server="/checkout" order={order} {...ofTag} />
      <p>{said}</p>
      <button type="button" onClick={() => setRound(round + 1)}>
        Next round
      </button>
    </>
  )
}

const main = document.querySelector('main') as HTMLElement
Object.assign(window, { element })
if (asked.has('fresh')) createRoot(main).render(<Page />)
else {
  main.innerHTML = renderToString(<Page />)
  Object.assign(window, { rendered: main.innerHTML })
  hydrateRoot(main, <Page />)
}
