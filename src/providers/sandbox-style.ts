/** The look of every pretend page: plain and calm, so that nobody takes one for a provider's own design. */
export const commonStyle = `
:root {
  color-scheme: light dark;
  --ground: #f3f5f8; --paper: #fff; --ink: #16202c; --muted: #566273; --line: #dfe4ea; --accent: #2456c8; --on-accent: #fff;
  --good: #177a4b; --bad: #b3341f; --calm: #8a5a00; --ribbon: #fff4d6; --on-ribbon: #6a4a00; --wash: #f5f8ff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1218; --paper: #171d26; --ink: #eef2f7; --muted: #a3aebd; --line: #2d3744; --accent: #7ea6ff;
    --on-accent: #0b1630;
    --good: #4cc38a; --bad: #ff8f7a; --calm: #e8b44f; --ribbon: #33290f; --on-ribbon: #f3d58c; --wash: #1b2534;
  }
}
* { box-sizing: border-box; margin: 0; }
[hidden] { display: none !important; }
body { background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
main { max-width: 480px; margin: 0 auto; padding: 24px; background: var(--paper); }
h1 { font-size: 1.125rem; line-height: 1.3; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; line-height: 1.3; outline: none; }
.muted { color: var(--muted); font-size: .875rem; overflow-wrap: anywhere; }
.ribbon {
  display: flex; flex-wrap: wrap; gap: 0 12px; justify-content: space-between; align-items: baseline;
  margin-bottom: 20px; padding: 8px 12px; border: 1px solid transparent; border-radius: 8px; background: var(--ribbon);
  color: var(--on-ribbon); font-size: .8125rem;
}
.ribbon strong { font-size: .9375rem; }
header {
  display: flex; gap: 16px; justify-content: space-between; align-items: flex-start; padding-bottom: 20px;
  border-bottom: 1px solid var(--line);
}
header > div { min-width: 0; }
.price { text-align: end; }
.price strong {
  display: block; font-size: 1.375rem; line-height: 1.25; white-space: nowrap; font-variant-numeric: tabular-nums;
}
fieldset { border: 0; padding: 0; min-width: 0; }
legend { padding: 20px 0 10px; font-weight: 600; font-size: .9375rem; }
.method {
  display: flex; align-items: center; gap: 12px; min-height: 52px; padding: 10px 14px; border: 1px solid var(--line);
  border-radius: 10px; cursor: pointer;
}
.method + .method { margin-top: 8px; }
.method:has(:checked) { border-color: var(--accent); background: var(--wash); box-shadow: inset 0 0 0 1px var(--accent); }
.method:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 2px; }
.method input { width: 18px; height: 18px; accent-color: var(--accent); flex: none; }
.method img { flex: none; border-radius: 5px; }
.alone { cursor: default; box-shadow: none !important; border-color: var(--line) !important; background: none !important; }
.alone input { position: absolute; opacity: 0; pointer-events: none; }
button, .quiet {
  font: inherit; border-radius: 10px; min-height: 44px; padding: 8px 14px; border: 1px solid var(--line);
  background: none; color: inherit; cursor: pointer; transition: background-color 120ms ease-out;
}
button:hover { background: var(--wash); }
button:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.primary {
  width: 100%; min-height: 52px; margin-top: 16px; border-color: transparent; background: var(--accent);
  color: var(--on-accent); font-weight: 600;
}
.primary:hover { background: color-mix(in srgb, var(--accent) 88%, var(--ink)); }
.others { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; }
.others legend {
  display: flex; align-items: center; gap: 12px; width: 100%; padding: 22px 0 12px; color: var(--muted);
  font-weight: 400; font-size: .8125rem;
}
.others legend::before, .others legend::after { content: ''; flex: 1; height: 1px; background: var(--line); }
.others button { font-size: .875rem; }
section:not([data-section=choose]) {
  display: grid; justify-items: center; gap: 10px; padding: 36px 0 16px; text-align: center;
}
section .primary { width: auto; min-width: 160px; }
[data-section=choose] .primary { width: 100%; }
.row { display: flex; flex-wrap: wrap; gap: 8px; justify-content: center; align-items: stretch; margin-top: 12px; }
.row button { min-width: 120px; min-height: 48px; margin: 0; }
.quiet { display: inline-flex; align-items: center; border-color: transparent; color: var(--accent); }
svg { fill: none; stroke: currentColor; stroke-width: 2.5; stroke-linecap: round; stroke-linejoin: round; }
svg circle { fill: currentColor; fill-opacity: .1; stroke-width: 1.5; }
.good { color: var(--good); } .bad { color: var(--bad); } .calm { color: var(--calm); }
.hint {
  margin: 8px 0 0; padding: 12px 14px; border-radius: 10px; background: var(--wash); font-size: .875rem;
  text-align: start; overflow-wrap: anywhere;
}
ul.hint { width: 100%; padding-inline-start: 30px; }
code { font: .875em ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
.spinner {
  width: 40px; height: 40px; margin: 4px; border: 3px solid var(--line); border-top-color: var(--accent);
  border-radius: 50%; animation: turn 900ms linear infinite;
}
@keyframes turn { to { transform: rotate(1turn); } }
@media (min-width: 560px) {
  main { margin-block: 40px; border: 1px solid var(--line); border-radius: 14px; padding: 28px; }
  /* Inside a shop's dialog the dialog is the paper. */
  .framed main { margin-block: 0; border: 0; border-radius: 0; background: none; }
}
.framed body { background: var(--paper); }
@media (max-width: 559px) { body { background: var(--paper); } }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } .spinner { animation-duration: 3s; } }
`
