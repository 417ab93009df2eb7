import { html, type TemplateResult } from 'lit'
import { ledgerView } from './ledger-view.js'
import { change, command, type PageState } from './page-state.js'
import { snippets } from './snippets.js'
import { troubleOf, troubles } from './troubles.js'

/** What a developer wants to see beside the shop: switches, events as they come, the ledger's rows, the code. */
export function developerPanel(state: PageState): TemplateResult {
  return html`
    <header><h2>Behind the counter</h2><p>Developer panel. Buyers never see this side.</p></header>
    ${section('Show', switches(state))}
    ${section('What goes wrong', troubleSwitch(state))}
    ${section('Events of the button', events(state))}
    ${section('Ledger', ledgerView(state))}
    ${section('Code', snippets(state))}`
}

const section = (title: string, content: TemplateResult) =>
  html`<details open><summary><h3>${title}</h3></summary><div class="section">${content}</div></details>`

function switches(state: PageState): TemplateResult {
  return html`
    ${choice('Opens as', 'surface', state, { auto: 'Auto', iframe: 'Frame', popup: 'Popup', redirect: 'Redirect' })}
    ${choice('Methods', 'layout', state, { list: 'List', single: 'One button' })}
    ${choice('Theme', 'theme', state, { system: 'System', light: 'Light', dark: 'Dark' })}
    ${choice('Language', 'lang', state, { en: 'English', ar: 'العربية' })}
    ${choice('Country', 'country', state, { NL: 'NL', DE: 'DE', BE: 'BE', BR: 'BR', JP: 'JP', US: 'US' })}`
}

function choice<Key extends 'surface' | 'layout' | 'theme' | 'lang' | 'country'>(
  label: string,
  key: Key,
  state: PageState,
  options: Readonly<Record<string, string>>,
): TemplateResult {
  return html`<fieldset class="choice"><legend>${label}</legend><div>${Object.entries(options).map(
    ([value, name]) =>
      html`<label><input type="radio" name=${key} .checked=${state[key] === value} @change=${() => change({ [key]: value })}><span>${name}</span></label>`,
  )}</div></fieldset>`
}

function troubleSwitch(state: PageState): TemplateResult {
  const pick = async (event: Event) => {
    const trouble = troubleOf((event.target as HTMLSelectElement).value)
    change({ trouble: trouble?.key ?? 'none' })
    await command('sandbox/outcome', trouble?.outcome ?? {})
    await command('sandbox/faults', trouble?.faults ?? {})
    await command('shop-fault', trouble?.shop ?? 'none')
  }
  return html`<select aria-label="What goes wrong" @change=${pick}>${troubles.map(([group, each]) => {
    const options = each.map(
      ({ key, label }) => html`<option value=${key} .selected=${state.trouble === key}>${label}</option>`,
    )
    return group ? html`<optgroup label=${group}>${options}</optgroup>` : options
  })}</select>
  <p class="note">Declining and reviewing are endings on the payment page itself.</p>`
}

function events({ heard }: PageState): TemplateResult {
  if (heard.length === 0) return html`<p class="note">None yet. Choose a way to pay.</p>`
  return html`<ol class="events">${heard.map(
    ({ at, type, detail }) =>
      html`<li><time>${at.toLocaleTimeString('en-GB')}</time><strong>${type}</strong><code>${detail}</code></li>`,
  )}</ol>`
}
