import { commonScript } from '../../sandbox-page.js'

/** `/sandbox/page.js`: it reports the choice to its own server first and only then goes back, as WiPay's page does. It says nothing to any window. */
export const pageScript = `${commonScript}
function started() {}
function ended() {}
`
