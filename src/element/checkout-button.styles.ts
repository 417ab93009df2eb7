import { unsafeCSS } from 'lit'

// Lit's own `css` brings the messages for values inside a sheet; this one has none, and is as safe.
const css = ([text]: TemplateStringsArray) => unsafeCSS(text)

// Lines and surfaces are the page's own text colour, mixed thinner: so the tiles are at home on any background, light or dark, without
// asking. Only the dialog stands alone, on a background from the page's color-scheme. Every buyer loads this file: few rules, short.
export const styles = css`
  :host {
    --_accent: var(--checkout-accent, #1a5fd0);
    --_line: var(--checkout-border, color-mix(in srgb, currentColor 20%, transparent));
    --_soft: color-mix(in srgb, currentColor 6%, transparent);
    --_radius: var(--checkout-radius, 10px);
    --_gap: var(--checkout-gap, 8px);
    display: block;
  }
  /* The system's accent, no lighter than white text on it bears. */
  @supports (color: oklch(from AccentColor l c h)) {
    :host {
      --_accent: var(--checkout-accent, oklch(from AccentColor min(l, 0.54) c h));
    }
  }
  *,
  ::before {
    box-sizing: border-box;
    margin: 0;
  }
  [hidden],
  .hint:empty,
  .summary span:empty,
  :host([hidden]) {
    display: none !important;
  }
  .base,
  .methods,
  .line {
    display: grid;
    gap: var(--_gap);
  }
  .unseen {
    position: absolute;
    width: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  small,
  .now,
  .summary,
  .hint,
  footer {
    font-size: 0.875em;
  }
  small {
    display: block;
    opacity: 0.8;
    font-weight: 400;
  }
  button,
  .panel,
  .bone {
    font: inherit;
    color: inherit;
    background: none;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    min-height: 44px;
    padding: 8px 16px;
    transition: 120ms ease-out;
  }
  button {
    cursor: pointer;
  }
  button:hover {
    background: var(--_soft);
    border-color: currentColor;
  }
  button:focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  button[aria-disabled='true'],
  button:disabled {
    cursor: default;
    opacity: 0.5;
    border-color: var(--_line);
  }
  .plain,
  header button,
  footer button {
    border: 0;
    padding-inline: 12px;
  }
  .plain,
  footer button {
    text-decoration: underline;
  }
  .tile,
  .bone,
  .done,
  .summary,
  .actions,
  header,
  footer,
  .question {
    display: flex;
    align-items: center;
    gap: 12px;
  }
  .tile,
  .bone {
    min-height: 52px;
    padding-block: 11px;
    font-weight: 600;
    text-align: start;
  }
  .tile {
    width: 100%;
    background: var(--checkout-tile);
  }
  /* What a chosen tile says instead lies over its name, which keeps the place. A grid for every other one makes layout half as long again. */
  .row,
  .chosen .name {
    display: grid;
  }
  .row > *,
  .chosen .name > * {
    grid-area: 1 / 1;
  }
  .cell {
    display: flex;
  }
  .row,
  .cell,
  .name {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .tile::after {
    content: '›';
    margin-inline-start: auto;
    opacity: 0.5;
  }
  button.chosen {
    opacity: 1;
    border-color: var(--_accent);
  }
  .chosen .name > :first-child {
    visibility: hidden;
  }
  .chosen .logo {
    display: none;
  }
  .name > .now {
    align-self: center;
    overflow: hidden;
    white-space: nowrap;
    text-overflow: ellipsis;
    font-weight: 400;
    animation: room 0s 4s forwards;
  }
  button.pay {
    justify-content: center;
    text-align: center;
    color: var(--checkout-on-accent, #fff);
    background: var(--_accent);
    border-color: transparent;
  }
  .pay:hover {
    filter: brightness(0.9);
  }
  .pay::after,
  .chosen::after,
  .grid .tile::after {
    display: none;
  }
  .logo,
  .bone::before {
    flex: none;
    display: grid;
    place-items: center;
    width: 44px;
    height: 28px;
    border-radius: 5px;
    border: 1px solid #0002;
    background: #fff;
    overflow: hidden;
  }
  img {
    width: 100%;
    height: 26px;
    padding: 2px;
    object-fit: contain;
  }
  .letter {
    background: color-mix(in srgb, var(--_accent) 16%, transparent);
    text-transform: uppercase;
  }
  .chosen::before {
    content: '';
    flex: none;
    width: 22px;
    height: 22px;
    margin-inline: 11px;
    border: 2.5px solid var(--_line);
    border-block-start-color: currentColor;
    border-radius: 50%;
    animation: turn 0.8s linear infinite;
  }
  /* Where there is no logo to take its place it lies over the name, or a long one would wrap. */
  [aria-haspopup]::before {
    margin-inline: 0 -34px;
  }
  [aria-haspopup] .now {
    padding-inline-start: 34px;
  }
  .bone::before,
  .bone::after {
    content: '';
    border-radius: 5px;
    background: currentColor;
    opacity: 0.15;
    animation: fade 1s infinite alternate;
  }
  .bone::after {
    width: 40%;
    height: 12px;
  }
  .summary b::before {
    content: '\\200b';
  }
  .summary {
    justify-content: space-between;
    flex-wrap: wrap;
    gap: 0 16px;
    line-height: 1.25; /* whatever font the words of a language bring */
  }
  .actions {
    flex-wrap: wrap;
    gap: var(--_gap);
  }
  /* It is there at once: its padding would grow under what stands in it. */
  .panel {
    gap: 12px;
    padding: 16px;
    transition: none;
  }
  .alert {
    padding-inline-start: 12px;
    border-inline-start: 3px solid var(--checkout-danger, #d1403f);
  }
  .line {
    height: 3px;
    overflow: hidden;
    background: var(--_soft);
  }
  .line::before {
    content: '';
    width: 30%;
    border-block-start: 3px solid var(--_accent);
    animation: slide 1.6s ease-in-out infinite alternate;
  }
  svg {
    width: 28px;
    fill: none;
    stroke: var(--checkout-success, #1d8a4e);
    stroke-width: 3;
    stroke-dasharray: 1;
    animation: draw 400ms ease-out;
  }
  .late {
    place-self: center end;
    animation: late 0s 4s backwards;
  }
  .panel .late {
    animation-delay: 15s;
  }
  .pay + .late {
    color: var(--checkout-on-accent, #fff);
  }
  .grid {
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 132px), 1fr));
  }
  .grid .tile,
  .grid .bone {
    flex-direction: column;
    justify-content: center;
    min-height: 108px;
    padding-inline: 8px;
    gap: 8px;
    text-align: center;
  }
  .grid .late {
    place-self: end center;
  }
  .grid .now {
    white-space: normal;
    line-height: 1.2;
    animation: late 0s 4s reverse forwards;
  }
  dialog {
    flex-direction: column;
    margin: 32px auto; /* not in the middle: a page that says its size late must not move under the pointer */
    width: min(760px, 100vw - 32px);
    max-width: none;
    min-height: min(480px, 100dvh - 64px);
    max-height: calc(100dvh - 64px);
    padding: 0;
    border: 0;
    border-radius: 14px;
    overflow: hidden;
    background: var(--checkout-surface, Canvas);
    color: var(--checkout-text, CanvasText);
    outline: 1px solid #0000; /* none, but where colours are forced: there it is the edge */
  }
  dialog[open] {
    display: flex;
    animation: fade 200ms ease-out reverse;
  }
  ::backdrop {
    background: light-dark(#0008, #000a);
  }
  .chooser {
    width: min(440px, 100vw - 32px);
    min-height: 0;
  }
  form {
    overflow: auto;
  }
  form .methods {
    padding: 12px;
  }
  header,
  footer,
  .question,
  .hint {
    flex: none;
    padding: 5px 8px;
    padding-inline-start: 20px;
    border: 0 solid var(--_line);
  }
  header {
    min-height: 56px;
    border-block-end-width: 1px;
  }
  footer {
    flex-wrap: wrap;
    gap: 0 12px;
    border-block-start-width: 1px;
  }
  /* Room for both of its lines before they come, where it stands in a row of its own. */
  footer span {
    min-height: 2.5em;
    align-content: center;
  }
  /* As high as a finger in a bar that is no higher; in a row of its own it begins where the host does. */
  footer button {
    margin-block: -5px;
    margin-inline-start: -12px;
  }
  h2,
  footer span {
    flex: 1 9em;
    font-size: 1em;
    line-height: 1.25;
    overflow-wrap: anywhere;
  }
  .question,
  .hint {
    flex-wrap: wrap;
    background: var(--_soft);
  }
  .waiting {
    flex: 800px;
    display: grid;
    place-items: center;
  }
  iframe {
    flex: auto;
    width: 100%;
    min-height: 0;
    border: 0;
    background: #fff;
    color-scheme: normal;
  }
  @media (width < 600px) {
    dialog {
      width: 100vw;
      height: 100dvh;
      max-height: none;
      margin: 0;
      border-radius: 0;
    }
    .chooser {
      width: 100vw;
      height: fit-content;
      max-height: 85dvh;
      margin-top: auto;
      border-radius: 14px 14px 0 0;
    }
  }
  @media (prefers-reduced-motion) {
    *,
    ::before,
    ::after {
      animation-duration: 0s !important;
      transition: none !important;
    }
  }
  @media (forced-colors: active) {
    .chosen::before {
      border-block-start-color: Canvas;
    }
    .bone::before,
    .bone::after {
      background: CanvasText;
      opacity: 0.5;
    }
  }
  @keyframes turn {
    to {
      rotate: 1turn;
    }
  }
  @keyframes fade {
    to {
      opacity: 0.05;
    }
  }
  @keyframes room {
    to {
      padding-inline-end: 6em;
    }
  }
  @keyframes draw {
    from {
      stroke-dashoffset: 1;
    }
  }
  @keyframes slide {
    to {
      margin-inline-start: 70%;
    }
  }
  @keyframes late {
    from {
      visibility: hidden;
    }
  }
`
