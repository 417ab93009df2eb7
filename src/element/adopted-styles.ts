// Lit's `css-tag.js` without its ways around browsers that adopt no style sheets: those (before 2023) lack what the element needs besides.
// The build for <script> takes this file in its place (vite.config.ts); everywhere else Lit's own is at work.

export const unsafeCSS = (text: string): CSSStyleSheet => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(text)
  return sheet
}

export const getCompatibleStyle = (sheet: CSSStyleSheet): CSSStyleSheet => sheet

export const adoptStyles = (root: ShadowRoot, sheets: CSSStyleSheet[]): void => {
  root.adoptedStyleSheets = sheets
}

// Exported by Lit's entry; unused here, and gone from the build.
export { unsafeCSS as CSSResult, unsafeCSS as css }
export const supportsAdoptingStyleSheets = true
