import { commonScript } from '../../sandbox-page.js'

/**
 * `/sandbox/page.js`: it posts the five messages of Paymentwall's client-side callback to the window that frames it, as JSON text.
 *
 * The messages go to any origin (`*`), as the real page's do: it does not know who frames it. They prove nothing anyway.
 */
export const pageScript = `${commonScript}
const speaks = framed && document.body.dataset.speaks === 'true'

function say(event, data) {
  if (speaks) window.parent.postMessage(JSON.stringify(data === undefined ? { event } : { event, data }), '*')
}

// The height of the content and not of the document, which is never less than the frame and so would never shrink.
const main = document.querySelector('main')
let height = 0
new ResizeObserver(() => {
  const now = Math.ceil(main.getBoundingClientRect().height)
  if (now === height) return
  height = now
  say('widgetSizeChanged', { height: height + 'px', width: window.innerWidth + 'px' })
}).observe(main)
say('widgetLoaded')

function started() {
  say('paymentProcessingStart')
}

function ended({ payment, object, messageLost }) {
  for (const code of document.querySelectorAll('[data-ref]')) code.textContent = payment?.ref ?? ''
  for (const field of document.querySelectorAll('[name=ref]')) field.value = payment?.ref ?? ''
  say('paymentProcessingEnd')
  if (object && !messageLost) say('paymentSuccess', object)
}
`
