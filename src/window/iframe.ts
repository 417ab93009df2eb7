import type { Surface, SurfaceOptions } from './surface.js'

const silence = 8_000
const busyAtMost = 10 * 60_000

// What a payment page needs and no more: its own scripts and storage, forms, bank windows that are not sandboxed themselves, and
// the top page only by the buyer's click (T-73).
const sandbox =
  'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation'

/**
 * The hosted page in a modal dialog, which opens at once and says that the page is on its way. The browser does the hard parts: top layer,
 * inert page behind, Escape, focus that comes back. A frame that is refused or offline fires no error event, so the way out, a window of
 * its own, is always there (T-72). Undefined: this browser knows no dialogs.
 */
export function openIframe({ root, words, until, onClose, onNewWindow }: SurfaceOptions): Required<Surface> | undefined {
  const { lang, dir } = words
  const heading = make('h2', { part: 'dialog-title' }, words.title, make('small', {}, location.host))
  const closer = make('button', { part: 'dialog-close', ariaLabel: words.close, onclick: askClose }, '✕')
  const question = make('div', { className: 'question', part: 'dialog-question', role: 'alert', hidden: true }, words.busy)
  question.append(make('button', { onclick: keep }, words.keep), make('button', { onclick: close }, words.close))
  const progress = make('div', { className: 'line' })
  // In the frame's place and of its size: a frame that is there before its address would be a page too, which fires `load` and, in some
  // browsers, stays in the history.
  const waiting = make('p', { className: 'waiting', role: 'status' }, words.opening)
  const frame = make('iframe', {
    ...{ part: 'dialog-frame', title: words.page, allow: 'payment', referrerPolicy: 'strict-origin' },
    height: 800, // until the page says, and never more than the window has
  })
  frame.setAttribute('sandbox', sandbox)
  const hint = make('p', { className: 'hint', part: 'dialog-hint', role: 'status' })
  const host = make('span', { part: 'dialog-host' })
  const newWindow = make('button', { part: 'dialog-new-window', disabled: true, onclick: onNewWindow }, words.newWindow)
  const dialog = make(
    'dialog',
    { part: 'dialog', ariaLabel: words.title, lang, dir, tabIndex: -1, onclose: close },
    make('header', { part: 'dialog-head' }, heading, make('b', { part: 'dialog-price' }, words.price), closer),
    ...[question, progress, waiting, hint],
    make('footer', { part: 'dialog-foot' }, host, newWindow),
  )
  if (!dialog.showModal) return undefined
  dialog.oncancel = (event) => {
    event.preventDefault() // at the second Escape in a row a browser closes all the same
    askClose()
  }
  frame.onload = arrived
  root.append(dialog)
  dialog.showModal()
  dialog.focus()

  let quiet: ReturnType<typeof setTimeout> | undefined
  let guard: ReturnType<typeof setTimeout> | undefined
  let isBusy = false

  /** Closing becomes a question while the page processes a payment, and is never impossible (T-67). */
  function askClose() {
    if (!isBusy || !question.hidden) return close()
    question.hidden = false
    question.querySelector('button')?.focus()
  }

  function keep() {
    question.hidden = true
    frame.focus()
  }

  function hold(busy: boolean) {
    clearTimeout(guard)
    isBusy = busy
    if (busy) guard = setTimeout(hold, busyAtMost, false)
    else question.hidden = true
  }

  function arrived() {
    progress.hidden = true
  }

  function close() {
    end()
    onClose(isBusy ? 'busy' : undefined)
  }

  function end() {
    clearTimeout(quiet)
    clearTimeout(guard)
    dialog.onclose = null
    dialog.close() // gives the focus back, which removing alone would not
    dialog.remove()
  }

  return {
    kind: 'iframe',
    window: () => frame.contentWindow,
    show(url, closesAt) {
      host.textContent = words.host.replace('{host}', () => new URL(url).host)
      if (closesAt) host.append(make('small', { part: 'dialog-until' }, until(closesAt)))
      frame.src = url
      waiting.replaceWith(frame)
      newWindow.disabled = false
      // Pages that say nothing are normal, and so are frames that stay white. Pointed out without a word of failure.
      quiet = setTimeout(() => {
        hint.textContent = words.silent
      }, silence)
    },
    heed({ kind, height }) {
      clearTimeout(quiet)
      hint.textContent = ''
      arrived()
      if (kind === 'busy' || kind === 'idle') hold(kind === 'busy')
      // Whole pixels by the reader's schema, and the style sheet keeps the dialog inside the window (T-66).
      if (height) frame.height = String(height)
    },
    focus: () => frame.focus(),
    restore() {
      dialog.open = false
      if (dialog.isConnected) dialog.showModal()
    },
    close: end,
  }
}

function make<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, properties: object, ...children: (Node | string)[]) {
  const element: HTMLElementTagNameMap[Tag] = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}
