import { commonStyle } from '../../sandbox-style.js'

/** `/sandbox/page.css`. */
export const pageStyle = `${commonStyle}
.others button:first-of-type { grid-column: 1 / -1; }
@media (min-width: 560px) {
  .others { grid-template-columns: 2fr 1fr 1fr; }
  .others button:first-of-type { grid-column: auto; }
}
.method img { border-radius: 50%; }
.method .muted { margin-inline-start: auto; text-align: end; }
.steps { list-style: none; display: grid; gap: 6px; padding: 0; text-align: start; }
.steps li::before { content: '○'; margin-inline-end: 8px; color: var(--muted); }
.steps li[data-done]::before { content: '●'; color: var(--good); }
`
