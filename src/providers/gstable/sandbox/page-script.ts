/**
 * `/sandbox/page.js`, the page's own script: it shows how a choice went, goes back to the shop, and where it stays open follows the
 * settlement. It posts no messages: GStable documents none. As text, since the package builds no browser code of a sandbox.
 */
export const pageScript = `
function show(name) {
  for (const section of document.querySelectorAll('[data-section]')) section.hidden = section.dataset.section !== name
  document.querySelector('[data-section=' + name + '] h2')?.focus({ preventScroll: true })
}

const headers = { accept: 'application/json' }

function finish({ state, sourceTx, next, returnAfter }) {
  for (const code of document.querySelectorAll('[data-tx]')) code.textContent = sourceTx ?? ''
  for (const link of document.querySelectorAll('[data-back]')) {
    link.hidden = !next
    if (next) link.href = next
  }
  show(state)
  if (next && returnAfter !== null) setTimeout(() => location.assign(next), returnAfter)
  else if (state === 'paid') follow()
}

async function follow() {
  for (let asked = 0; asked < 120; asked++) {
    await new Promise((done) => setTimeout(done, 1000))
    try {
      const { state } = await (await fetch(location.href, { headers })).json()
      if (state === 'settled') return show(state)
    } catch {
      // Asked again in a moment: it has been paid either way.
    }
  }
}

async function decide(choice) {
  show('processing')
  try {
    const answer = await fetch(location.href, { method: 'POST', headers, body: new URLSearchParams(choice) })
    if (!answer.ok) throw new Error(String(answer.status))
    const result = await answer.json()
    if (result.state !== 'processing') finish(result)
  } catch {
    show('failed')
  }
}

document.querySelector('form')?.addEventListener('submit', (event) => {
  event.preventDefault()
  const choice = event.submitter?.value ?? 'pay'
  const token = new FormData(event.target).get('token')
  if (choice !== 'close') return decide({ choice, token })
  show('closed')
  if (window.opener) window.close()
})

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('button')
  if (button && 'again' in button.dataset) show('choose')
})

if (document.querySelector('[data-section=paid]:not([hidden])')) follow()
`
