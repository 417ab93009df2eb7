import type { WindowSignal } from '../protocol/window-signal.js'
import type { Surface, SurfaceOptions } from './surface.js'

const silence = 8_000
const busyAtMost = 10 * 60_000

// What a payment page needs and no more: its own scripts and storage, forms, bank windows that are not sandboxed themselves, and
// the top page only by the buyer's click (T-73).
const sandbox =
  'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation'

/**
 * The hosted page in a modal dialog. The browser does the hard parts: top layer, inert page behind, Escape, focus that comes back.
 * A frame that is refused or offline fires no error event, so the way out, a window of its own, is always there (T-72).
 */
export function openIframe({ root, words, onClose, onNewWindow }: SurfaceOptions): Surface {
  const dialog = make('dialog', 'dialog')
  const title = make('h2', 'dialog-title', words.title)
  const shop = make('small', 'dialog-shop', location.host)
  const price = make('b', 'dialog-price', words.price)
  const closing = button('dialog-close', '', askClose)
  const head = make('header', 'dialog-head', title, price, closing)
  const question = make('div', 'dialog-question', words.busy, button('dialog-keep', words.keep, keep))
  const frame = make('iframe', 'dialog-frame')
  const hint = make('p', 'dialog-hint')
  const host = make('span', 'dialog-host')
  const foot = make('footer', 'dialog-foot', host, button('dialog-new-window', words.newWindow, onNewWindow))
  title.id = 'checkout-title'
  title.append(shop)
  dialog.lang = words.lang
  dialog.dir = words.dir
  dialog.tabIndex = -1
  dialog.setAttribute('aria-labelledby', title.id)
  closing.ariaLabel = words.close
  question.setAttribute('role', 'alert')
  question.append(button('dialog-leave', words.leave, close))
  question.hidden = true
  hint.setAttribute('role', 'status')
  frame.title = words.frame
  frame.setAttribute('sandbox', sandbox)
  frame.allow = 'payment'
  frame.referrerPolicy = 'strict-origin'
  dialog.append(head, question, frame, hint, foot)

  const ender = new AbortController()
  let quiet: ReturnType<typeof setTimeout> | undefined
  let guard: ReturnType<typeof setTimeout> | undefined
  let isBusy = false

  dialog.addEventListener(
    'cancel',
    (event) => {
      event.preventDefault()
      askClose()
    },
    { signal: ender.signal },
  )
  // A browser closes a dialog for good when Escape comes twice, whatever the page says.
  dialog.addEventListener('close', close, { signal: ender.signal })

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

  function close() {
    end()
    onClose()
  }

  function end() {
    if (ender.signal.aborted) return
    ender.abort()
    clearTimeout(quiet)
    clearTimeout(guard)
    dialog.close() // gives the focus back; removing alone would not
    dialog.remove()
  }

  const arrived = () => dialog.removeAttribute('aria-busy')

  return {
    kind: 'iframe',
    window: () => frame.contentWindow,
    show(url) {
      host.textContent = words.host.replace('{host}', () => new URL(url).host)
      dialog.ariaBusy = 'true'
      root.append(dialog)
      dialog.showModal()
      frame.addEventListener('load', arrived, { signal: ender.signal })
      frame.src = url
      // Pages that say nothing are normal, and so are frames that stay white. Pointed out without a word of failure.
      quiet = setTimeout(() => {
        hint.textContent = words.silent
      }, silence)
    },
    heed(signal: WindowSignal) {
      clearTimeout(quiet)
      hint.textContent = ''
      if (signal.kind === 'loaded') arrived()
      if (signal.kind === 'busy' || signal.kind === 'idle') hold(signal.kind === 'busy')
      // Whole pixels by the reader's schema; the style sheet keeps the dialog inside the window (T-66). As a property: no inline style.
      if (signal.kind === 'resize' && signal.height) frame.height = String(signal.height)
    },
    focus: () => frame.focus(),
    restore() {
      dialog.open = false
      dialog.showModal()
    },
    close: end,
  }
}

function make<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, part: string, ...children: (Node | string)[]) {
  const element = document.createElement(tag)
  element.setAttribute('part', part)
  element.append(...children)
  return element
}

function button(part: string, text: string, onClick: () => void): HTMLButtonElement {
  const element = make('button', part, text)
  element.type = 'button'
  element.addEventListener('click', onClick)
  return element
}
