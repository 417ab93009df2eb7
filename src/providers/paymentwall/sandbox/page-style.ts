import { commonStyle } from '../../sandbox-style.js'

/** `/sandbox/page.css`. */
export const pageStyle = `${commonStyle}
.others button:first-of-type { grid-column: 1 / -1; }
@media (min-width: 560px) {
  .others { grid-template-columns: 2fr 1fr 1fr; }
  .others button:first-of-type { grid-column: auto; }
}
`
