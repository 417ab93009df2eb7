import { css } from 'lit'

// The page's own text colour, mixed thinner, makes every line and surface: so the tiles are at home on any background, light or dark,
// without asking. Only the dialog, which stands alone, has a background of its own, from the page's color-scheme.
export const styles = css`
  :host {
    --_accent: var(--checkout-accent, #1a5fd0);
    --_on-accent: var(--checkout-on-accent, #fff);
    --_radius: var(--checkout-radius, 10px);
    --_gap: var(--checkout-gap, 8px);
    --_line: var(--checkout-border, color-mix(in srgb, currentColor 20%, transparent));
    --_soft: color-mix(in srgb, currentColor 6%, transparent);
    display: block;
    container-type: inline-size;
    text-align: start;
  }
  :host([hidden]) {
    display: none;
  }
  @supports (color: AccentColor) {
    :host {
      --_accent: var(--checkout-accent, AccentColor);
      --_on-accent: var(--checkout-on-accent, AccentColorText);
    }
  }
  * {
    box-sizing: border-box;
    margin: 0;
  }
  [hidden] {
    display: none !important;
  }
  .base {
    display: grid;
    gap: var(--_gap);
  }
  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  small,
  .note,
  .summary,
  .fallback {
    font-size: 0.875em;
  }
  small,
  .summary span {
    opacity: 0.8;
    font-weight: 400;
  }
  .summary {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 16px;
  }
  button {
    font: inherit;
    color: inherit;
    background: none;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    min-block-size: 44px;
    padding: 8px 16px;
    cursor: pointer;
    transition: 120ms ease-out;
    transition-property: background-color, border-color, opacity, transform;
    -webkit-tap-highlight-color: transparent;
  }
  button:hover {
    background-color: var(--_soft);
    border-color: currentColor;
  }
  button:active {
    transform: scale(0.99);
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  [tabindex='-1']:focus-visible {
    outline: none;
  }
  [aria-disabled='true'] {
    cursor: default;
    opacity: 0.5;
    background: none;
    border-color: var(--_line);
    transform: none;
  }
  .tile,
  .bone {
    display: flex;
    align-items: center;
    gap: 12px;
    inline-size: 100%;
    min-block-size: 52px;
    padding: 11px 16px;
    text-align: start;
    font-weight: 600;
    border-radius: var(--_radius);
  }
  .tile.chosen {
    opacity: 1;
    border-color: var(--_accent);
  }
  .text {
    flex: 1;
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
  .text small {
    display: block;
  }
  .tile::after {
    content: '';
    inline-size: 8px;
    block-size: 8px;
    border: solid currentColor;
    border-width: 1.5px 1.5px 0 0;
    rotate: 45deg;
    opacity: 0.45;
  }
  [dir='rtl'] .tile::after {
    rotate: -135deg;
  }
  .pay {
    justify-content: center;
    text-align: center;
    color: var(--_on-accent);
    background-color: var(--_accent);
    border-color: transparent;
  }
  .pay:hover {
    background-color: color-mix(in srgb, var(--_accent) 88%, #000);
    border-color: transparent;
  }
  .pay[aria-disabled='true'] {
    background-color: var(--_accent);
  }
  .pay .text {
    flex: none;
    max-inline-size: 100%;
  }
  .pay::after {
    display: none;
  }
  .logo {
    flex: none;
    display: grid;
    place-items: center;
    inline-size: 44px;
    block-size: 28px;
    border-radius: 5px;
    background: #fff;
    border: 1px solid #0002;
    overflow: hidden;
  }
  .logo img {
    inline-size: 100%;
    block-size: 100%;
    padding: 2px;
    object-fit: contain;
  }
  .logo.letter {
    background: color-mix(in srgb, var(--_accent) 16%, transparent);
    border-color: transparent;
    text-transform: uppercase;
  }
  .spinner {
    flex: none;
    inline-size: 22px;
    block-size: 22px;
    margin-inline: 11px;
    border: 2.5px solid color-mix(in srgb, currentColor 22%, transparent);
    border-block-start-color: var(--_accent);
    border-radius: 50%;
    animation: turn 0.8s linear infinite;
  }
  .pay .spinner {
    margin-inline: 0;
    border-block-start-color: currentColor;
  }
  .bone::before,
  .bone::after {
    content: '';
    block-size: 28px;
    inline-size: 44px;
    border-radius: 5px;
    background: var(--_soft);
    animation: breathe 1.4s ease-in-out infinite alternate;
  }
  .bone::after {
    block-size: 12px;
    inline-size: 38%;
  }
  .bone {
    border: 1px solid var(--_line);
  }
  .tiles {
    display: grid;
    gap: var(--_gap);
    padding: 0;
    list-style: none;
  }
  .note.alert {
    display: flex;
    gap: 8px;
    padding: 10px 16px;
    border: 1px solid var(--_line);
    border-inline-start: 3px solid var(--checkout-danger, #d1403f);
    border-radius: var(--_radius);
  }
  .panel {
    display: grid;
    gap: 12px;
    padding: 16px;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
  }
  .panel .note {
    font-size: 1em;
    font-weight: 600;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: var(--_gap);
  }
  .actions .plain {
    border-color: transparent;
    padding-inline: 8px;
    text-decoration: underline;
    text-underline-offset: 3px;
    font-size: 0.875em;
  }
  .line {
    block-size: 3px;
    border-radius: 3px;
    overflow: hidden;
    background: var(--_soft);
  }
  .line::before {
    content: '';
    display: block;
    block-size: 100%;
    inline-size: 30%;
    border-radius: 3px;
    background: var(--_accent);
    animation: slide 1.6s ease-in-out infinite alternate;
  }
  .done {
    display: flex;
    align-items: center;
    gap: 12px;
  }
  svg {
    flex: none;
    inline-size: 28px;
    block-size: 28px;
    fill: none;
    stroke: var(--checkout-success, #1d8a4e);
    stroke-width: 2.5;
    stroke-linecap: round;
    stroke-linejoin: round;
    stroke-dasharray: 100;
    animation: draw 0.6s ease-out;
  }
  .late {
    justify-self: center;
    animation: appear 0s 4s backwards;
  }
  dialog {
    inline-size: min(760px, 100vw - 32px);
    max-inline-size: none;
    block-size: fit-content;
    min-block-size: min(480px, 100dvh - 64px);
    max-block-size: calc(100dvh - 64px);
    padding: 0;
    border: 0;
    border-radius: 14px;
    overflow: hidden;
    background: var(--checkout-surface, Canvas);
    color: var(--checkout-text, CanvasText);
    outline: none;
  }
  dialog[open] {
    display: flex;
    flex-direction: column;
    animation: rise 200ms ease-out;
  }
  dialog::backdrop {
    background: #0008;
    background: light-dark(#00000080, #000000a6);
  }
  header,
  footer,
  [part='dialog-question'] {
    flex: none;
    display: flex;
    align-items: center;
    gap: 12px;
    min-block-size: 56px;
    padding-inline: 20px 6px;
    border-block-end: 1px solid var(--_line);
  }
  h2 {
    flex: 1;
    min-inline-size: 0;
    font-size: 1em;
    line-height: 1.25;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  h2 small {
    display: block;
  }
  [part='dialog-close'] {
    inline-size: 44px;
    padding: 0;
    border-color: transparent;
    background: linear-gradient(currentColor 0 0) center / 16px 1.5px, linear-gradient(currentColor 0 0) center / 1.5px 16px;
    background-repeat: no-repeat;
    rotate: 45deg;
  }
  [part='dialog-question'] {
    flex-wrap: wrap;
    padding-block: 8px;
    background: var(--_soft);
    font-weight: 600;
  }
  iframe {
    flex: 1 1 auto;
    inline-size: 100%;
    min-block-size: 0;
    border: 0;
    background: #fff;
    color-scheme: normal;
  }
  [part='dialog-hint'] {
    padding: 8px 20px;
    font-size: 0.875em;
    background: var(--_soft);
  }
  [part='dialog-hint']:empty {
    display: none;
  }
  footer {
    min-block-size: 44px;
    justify-content: space-between;
    border: 0;
    border-block-start: 1px solid var(--_line);
    font-size: 0.875em;
  }
  footer span {
    opacity: 0.8;
    overflow-wrap: anywhere;
  }
  footer button {
    border-color: transparent;
    text-decoration: underline;
    text-underline-offset: 3px;
  }
  @media (width < 600px) {
    dialog {
      inline-size: 100vw;
      block-size: 100dvh;
      max-block-size: none;
      border-radius: 0;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    ::before,
    ::after {
      animation-duration: 0s !important;
      animation-iteration-count: 1 !important;
      transition: none !important;
    }
  }
  @media (forced-colors: active) {
    .spinner {
      border-color: GrayText;
      border-block-start-color: Canvas;
    }
    .line::before {
      background: Highlight;
    }
  }
  @keyframes turn {
    to {
      rotate: 1turn;
    }
  }
  @keyframes breathe {
    to {
      opacity: 0.4;
    }
  }
  @keyframes slide {
    to {
      margin-inline-start: 70%;
    }
  }
  @keyframes draw {
    from {
      stroke-dashoffset: 100;
    }
  }
  @keyframes appear {
    from {
      visibility: hidden;
    }
  }
  @keyframes rise {
    from {
      opacity: 0;
      translate: 0 12px;
    }
  }
`
