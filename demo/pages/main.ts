import 'checkout-button'
import { render } from 'lit'
import { developerPanel } from './developer-panel.js'
import { change, onChange, read, refresh, resume, state } from './page-state.js'
import { shopView } from './shop-view.js'

// One state, two views of it. The shop is what a buyer sees; the panel beside it is for whoever is looking into the works.

const shop = document.querySelector<HTMLElement>('#shop')
const developer = document.querySelector<HTMLElement>('#developer')
if (!shop || !developer) throw new Error('the page has lost its two halves')

onChange(() => {
  const { lang, theme } = state
  document.documentElement.lang = lang
  document.documentElement.dir = lang === 'ar' ? 'rtl' : 'ltr'
  document.documentElement.dataset.theme = theme
  render(shopView(state), shop)
  render(developerPanel(state), developer)
})

for (const type of ['checkout-open', 'checkout-close', 'checkout-pending', 'checkout-success', 'checkout-failure'] as const)
  document.addEventListener(type, (event) => {
    const { method, checkoutId, error } = event as Event & { method?: string; checkoutId?: string; error?: { code: string } }
    const said = { at: Date.now(), type, detail: method ?? checkoutId ?? error?.code ?? '' }
    change({ heard: [said, ...state.heard].slice(0, 40) })
    refresh()
  })

await resume()
setInterval(() => {
  if (document.visibilityState === 'visible') read()
}, 1500)
