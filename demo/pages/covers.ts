import { svg, type TemplateResult } from 'lit'

// Drawn here: no pictures to load, no rights to ask for.

const line = (x: number, y: number, length: number) => svg`<path d="M${x} ${y}l${-length * 0.35} ${length}"/>`
const drops = Array.from({ length: 34 }, (_, index) => line((index * 47) % 260, (index * 83) % 200, 14 + ((index * 7) % 16)))
const firs = (y: number, height: number, width: number, shift: number, fill: string) =>
  svg`<g fill=${fill}>${Array.from({ length: 9 }, (_, index) => {
    const x = index * (width * 0.8) + shift
    const top = y - height * (0.75 + ((index * 37) % 10) / 22)
    return svg`<path d="M${x} ${y + 60}V${y}l${width / 2} ${top - y} ${width / 2} ${y - top}v60z"/>`
  })}</g>`

const drawings: Readonly<Record<string, TemplateResult>> = {
  rain: svg`<rect width="240" height="240" fill="#31475a"/>
    <path d="M0 152q60-34 120-22t120-16v126H0z" fill="#26394a"/>
    <path d="M0 196q70-12 130-2t110-4v50H0z" fill="#6f93a6"/>
    <path d="M34 206h70M120 216h84M60 226h52" stroke="#a9c3cf" stroke-width="3" stroke-linecap="round"/>
    <path d="m66 190 54-84 54 84z" fill="#e9b44c"/>
    <path d="m120 106 54 84h-34z" fill="#c98e2c"/><path d="m120 138-16 52h32z" fill="#3a2b18"/>
    <g stroke="#c9d8e2" stroke-width="2" stroke-linecap="round" opacity=".55">${drops}</g>`,
  harbour: svg`<rect width="240" height="240" fill="#f3c9a2"/><rect y="92" width="240" height="60" fill="#eda37c"/>
    <circle cx="120" cy="146" r="46" fill="#f6e3b4"/>
    <rect y="146" width="240" height="94" fill="#2c6472"/>
    <path d="M84 160h72M94 172h52M102 184h36M110 196h20" stroke="#f6e3b4" stroke-width="4" stroke-linecap="round" opacity=".8"/>
    <path d="M24 168h84l-12 22H40z" fill="#173b46"/>
    <path d="M60 168v-74l34 60z" fill="#fbf4e6"/><path d="M56 168v-58l-22 50z" fill="#d9613f"/>
    <path d="M58 88v82" stroke="#173b46" stroke-width="3"/>
    <path d="M164 62q8-8 14 0 6-8 14 0M196 84q6-6 10 0 4-6 10 0M140 40q5-5 9 0 4-5 9 0"
      fill="none" stroke="#7c4a3a" stroke-width="3" stroke-linecap="round"/>
    <path d="M0 214q30-8 60 0t60 0 60 0 60 0v26H0z" fill="#1f4c58"/>`,
  forest: svg`<rect width="240" height="240" fill="#cfdcc4"/><circle cx="168" cy="70" r="30" fill="#f4efd6"/>
    ${firs(150, 84, 34, -20, '#8fae97')}${firs(184, 104, 44, -36, '#4f8069')}${firs(214, 116, 60, -14, '#22503f')}
    <rect y="214" width="240" height="26" fill="#173a2d"/>
    <path d="M0 168q40-10 80 0t80 0 80 0" fill="none" stroke="#f4efd6" stroke-width="8" opacity=".28" stroke-linecap="round"/>`,
}

export const cover = (id: string): TemplateResult =>
  svg`<svg class="cover" viewBox="0 0 240 240" preserveAspectRatio="xMidYMid slice" aria-hidden="true">${drawings[id]}</svg>`

export const wave: TemplateResult = svg`<svg class="wave" viewBox="0 0 32 32" aria-hidden="true">
  <path d="M4 16h1m4-4v8m4-13v18m5-14v10m5-13v16m4-10v4m2-2h1"/>
</svg>`
