import { commonScript } from '../../sandbox-page.js'

/** `/sandbox/page.js`: where the page stays open it follows the settlement. It posts no messages: GStable documents none. */
export const pageScript = `${commonScript}
function started() {}

function ended({ state, sourceTx, next, returnAfter }) {
  for (const code of document.querySelectorAll('[data-tx]')) code.textContent = sourceTx ?? ''
  if (state === 'paid' && !(next && returnAfter !== null)) follow()
}

async function follow() {
  for (let asked = 0; asked < 120; asked++) {
    await new Promise((done) => setTimeout(done, 1000))
    try {
      const { state } = await (await fetch(location.href, { headers: { accept: 'application/json' } })).json()
      if (state === 'settled') return show(state)
    } catch {
      // Asked again in a moment: it has been paid either way.
    }
  }
}

if (document.querySelector('[data-section=paid]:not([hidden])')) follow()
`
