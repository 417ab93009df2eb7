/**
 * `/sandbox/page.js`, the page's own script: it posts the five messages of Paymentwall's client-side callback to the window
 * that frames it, as JSON text, and shows how a choice went. As text, since the package builds no browser code of a sandbox.
 *
 * The messages go to any origin (`*`), as the real page's do: it does not know who frames it. They prove nothing anyway.
 */
export const pageScript = `
const framed = window.parent !== window
const speaks = framed && document.body.dataset.speaks === 'true'
document.documentElement.classList.toggle('framed', framed)

function say(event, data) {
  if (speaks) window.parent.postMessage(JSON.stringify(data === undefined ? { event } : { event, data }), '*')
}

function show(name) {
  for (const section of document.querySelectorAll('[data-section]')) section.hidden = section.dataset.section !== name
  document.querySelector('[data-section=' + name + '] h2')?.focus({ preventScroll: true })
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

let ref
function finish({ state, payment, object, messageLost, next, returnAfter }) {
  ref = payment?.ref
  for (const code of document.querySelectorAll('[data-ref]')) code.textContent = ref
  for (const link of document.querySelectorAll('[data-back]')) {
    link.hidden = !next
    if (next) link.href = next
  }
  show(state)
  say('paymentProcessingEnd')
  if (object && !messageLost) say('paymentSuccess', object)
  // Inside a frame it is the frame that goes to the shop's address.
  if (next && returnAfter !== null) setTimeout(() => location.assign(next), returnAfter)
}

async function decide(choice) {
  show('processing')
  say('paymentProcessingStart')
  try {
    const body = new URLSearchParams(choice)
    const answer = await fetch(location.href, { method: 'POST', headers: { accept: 'application/json' }, body })
    if (!answer.ok) throw new Error(String(answer.status))
    const result = await answer.json()
    if (result.state !== 'processing') finish(result)
  } catch {
    show('failed')
    say('paymentProcessingEnd')
  }
}

document.querySelector('form')?.addEventListener('submit', (event) => {
  event.preventDefault()
  const choice = event.submitter?.value ?? 'pay'
  const method = new FormData(event.target).get('method')
  if (choice !== 'close') return decide({ choice, method })
  // Paymentwall has no message for leaving: whoever waits has to notice by itself.
  show('closed')
  if (!framed && window.opener) window.close()
})

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('button')
  if (button?.dataset.move) decide({ choice: button.dataset.move, ref })
  if (button && 'again' in button.dataset) show('choose')
})
`
