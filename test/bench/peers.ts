import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildPackage } from '../build/package.js'
import { installApart } from '../installed-apart.js'
import { adyenPage, measureSpeed } from './element-speed.js'
import { bundle, type Weight, weigh, weighPeers } from './peer-sizes.js'

// The element beside what others offer, in one run: how much a page loads, and how soon a buyer can use it. Figures, never a verdict.

const folder = fileURLToPath(new URL('peers', import.meta.url))
const { modules, error } = installApart(folder, 'the peers')
if (error) throw new Error(`the peers could not be installed: ${error}`)

const dist = buildPackage()
const standalone = readFileSync(join(dist, 'standalone.js'))
const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}\n`)

const number = (value: number) => value.toLocaleString('en', { maximumFractionDigits: 0 })
const row = (name: string, { raw, gzip, brotli }: Weight, later: string) =>
  console.log(`| ${name} | ${number(raw)} | ${number(gzip)} | ${number(brotli)} | ${later} |`)

console.log('| bytes that a page must load | raw | gzip | brotli | and later |\n| --- | --: | --: | --: | --- |')
row(`\`checkout-button\` ${version}, \`standalone.js\``, weigh([standalone]), 'the hosted page; a language, at most 1 kB')
for (const { name, later, ...weight } of await weighPeers(modules)) row(`\`${name}\` ${dependencies[name]}`, weight, later)

const { ours, adyen, fetched, dialogSlowed, dialog } = await measureSpeed(standalone, await bundle(modules, adyenPage))
const shift = ({ layoutShift, moved }: typeof ours) =>
  `${layoutShift.toFixed(3)}${moved.length ? ` (${moved.join(', ')})` : ''}`
console.log(`
50 methods in the page, processor slowed 4 times, the middle of all rounds:
first can be pressed  ${number(ours.first)} ms; Adyen drop-in ${number(adyen.first)} ms, ${(adyen.first / ours.first).toFixed(1)} times as long
all can be pressed    ${number(ours.usable)} ms; Adyen drop-in ${number(adyen.usable)} ms, ${(adyen.usable / ours.usable).toFixed(1)} times as long (aim: ≥ 5)
longest task          ${number(ours.longestTask)} ms; Adyen drop-in ${number(adyen.longestTask)} ms (aim: ≤ 50 ms; 0: none above)
layout shift          ${shift(ours)}; Adyen drop-in ${shift(adyen)} (aim: 0)
click to dialog       ${number(dialogSlowed)} ms (aim: ≤ 50 ms)
3 methods fetched, processor as it is:
all can be pressed    ${number(fetched.usable)} ms, longest task ${number(fetched.longestTask)} ms, layout shift ${shift(fetched)} (aim: 0)
click to dialog       ${number(dialog)} ms (aim: ≤ 50 ms)`)
