/**
 * `/sandbox/page.js`, the page's own script: it reports the choice to its own server first, shows how it went, and only then goes back
 * to the shop, as WiPay's page does. It says nothing to any window. As text, since the package builds no browser code of a sandbox.
 */
export const pageScript = `
document.documentElement.classList.toggle('framed', window.parent !== window)

function show(name) {
  for (const section of document.querySelectorAll('[data-section]')) section.hidden = section.dataset.section !== name
  document.querySelector('[data-section=' + name + '] h2')?.focus({ preventScroll: true })
}

function finish({ state, next, returnAfter }) {
  for (const link of document.querySelectorAll('[data-back]')) {
    link.hidden = !next
    if (next) link.href = next
  }
  show(state)
  if (next && returnAfter !== null) setTimeout(() => location.assign(next), returnAfter)
}

async function decide(choice) {
  show('processing')
  try {
    const body = new URLSearchParams({ choice })
    const answer = await fetch(location.href, { method: 'POST', headers: { accept: 'application/json' }, body })
    if (!answer.ok) throw new Error(String(answer.status))
    const result = await answer.json()
    if (result.state !== 'processing') finish(result)
  } catch {
    show('broken')
  }
}

document.querySelector('form')?.addEventListener('submit', (event) => {
  event.preventDefault()
  const choice = event.submitter?.value ?? 'pay'
  if (choice !== 'close') return decide(choice)
  // Nobody is told when a buyer leaves: the transaction stays unfinished until WiPay closes it.
  show('closed')
  if (window.parent === window && window.opener) window.close()
})

document.addEventListener('click', (event) => {
  if (event.target.closest?.('[data-again]')) show('choose')
})
`
