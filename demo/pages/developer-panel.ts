import { html, nothing, type TemplateResult } from 'lit'
import type { DeskState } from '../developer-desk.js'
import type { ProviderName } from '../keys.js'
import { ledgerView } from './ledger-view.js'
import { providers, providerWords } from './ledger-words.js'
import { change, command, type PageState } from './page-state.js'
import { snippets } from './snippets.js'
import { currentTrouble, ordersFor, troublesAt } from './troubles.js'

/** What a developer wants to see beside the shop: switches, events as they come, the ledger's rows, the code. */
export function developerPanel(state: PageState): TemplateResult {
  return html`
    <header>
      <h2>Behind the counter</h2>
      <p>Developer panel. Buyers never see this side.</p>
      <div role="status">
        ${state.isCutOff ? html`<p class="on">No answer from the demo’s server. What stands here is what it said last.</p>` : nothing}
      </div>
    </header>
    ${section('Show', switches(state))}
    ${section('What goes wrong', troubleSwitch(state))}
    ${section('Events of the button', events(state))}
    ${section('Ledger', ledgerView(state))}
    ${section('Code', snippets(state))}`
}

const section = (title: string, content: TemplateResult) =>
  html`<details open>
    <summary><h3>${title}</h3></summary>
    <div class="section">${content}</div>
  </details>`

function switches(state: PageState): TemplateResult {
  return html`
    ${choice('Opens as', 'surface', state, { auto: 'Auto', iframe: 'Frame', popup: 'Popup', redirect: 'Redirect' })}
    ${choice('Methods', 'layout', state, { list: 'List', grid: 'Grid', single: 'One button' })}
    ${choice('Theme', 'theme', state, { system: 'System', light: 'Light', dark: 'Dark' })}
    ${choice('Language', 'lang', state, { en: 'English', ar: 'العربية' })}
    ${choice('Country', 'country', state, { NL: 'NL', DE: 'DE', BE: 'BE', BR: 'BR', JP: 'JP', US: 'US' })}`
}

function choice(
  label: string,
  key: 'surface' | 'layout' | 'theme' | 'lang' | 'country' | 'provider',
  state: PageState,
  options: Readonly<Record<string, string>>,
): TemplateResult {
  const option = ([value, name]: [string, string]) => html`<label>
    <input type="radio" name=${key} .checked=${state[key] === value} @change=${() => change({ [key]: value })}>
    <span>${name}</span>
  </label>`
  return html`<fieldset class="choice">
    <legend>${label}</legend>
    <div>${Object.entries(options).map(option)}</div>
  </fieldset>`
}

/** Each provider has troubles of its own: one of them away, and the others go on selling. */
function troubleSwitch(state: PageState): TemplateResult {
  const { desk, provider } = state
  if (!desk) return html`${nothing}`
  const current = currentTrouble(desk, provider)?.key
  const pick = (event: Event) => makeTrouble((event.target as HTMLSelectElement).value, desk, provider)
  const names = Object.fromEntries(providers.map((each) => [each, providerWords[each].name]))
  return html`${choice('Provider', 'provider', state, names)}
    <select aria-label="What goes wrong" @change=${pick}>
      ${troublesAt(desk, provider).map(([group, each]) => {
        const options = each.map(({ key, label }) => html`<option value=${key} .selected=${current === key}>${label}</option>`)
        return group ? html`<optgroup label=${group}>${options}</optgroup>` : options
      })}
    </select>
    ${stillWrong(desk, provider)}
    <p class="note">To decline a payment or have it reviewed, choose so on the payment page itself.</p>`
}

/** It is the server that makes the trouble, so a reload does not end it, and at another provider it is easily forgotten. */
function stillWrong(desk: DeskState, shown: ProviderName): TemplateResult[] {
  return providers.flatMap((provider) => {
    const trouble = currentTrouble(desk, provider)
    if (!trouble || trouble.key === 'none' || (trouble.shop && provider !== shown)) return []
    const where = trouble.shop || provider === shown ? '' : `At ${providerWords[provider].name}: ${trouble.label}. `
    return [
      html`<p class="on"><span>${where}Stays so, also when the page is loaded again.</span>
      <button @click=${() => makeTrouble('none', desk, provider)}>End it</button></p>`,
    ]
  })
}

async function makeTrouble(key: string, desk: DeskState, provider: ProviderName): Promise<void> {
  const { outcome, faults, shop } = ordersFor(key, desk, provider)
  await command(`sandbox/${provider}/outcome`, outcome)
  await command(`sandbox/${provider}/faults`, faults)
  await command('shop-fault', shop)
}

function events({ heard }: PageState): TemplateResult {
  if (heard.length === 0) return html`<p class="note">None yet. Choose a way to pay.</p>`
  const row = ({ at, type, detail }: PageState['heard'][number]) =>
    html`<li><time>${new Date(at).toLocaleTimeString('en-GB')}</time><strong>${type}</strong><code>${detail}</code></li>`
  return html`<ol class="events">${heard.map(row)}</ol>`
}
