import { commonStyle } from '../../sandbox-style.js'

/** `/sandbox/page.css`. */
export const pageStyle = `${commonStyle}
.others button:nth-of-type(odd):last-of-type { grid-column: 1 / -1; }
`
