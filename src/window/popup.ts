import type { Surface, SurfaceOptions } from './surface.js'

/**
 * Opens a blank window beside the page; `show` navigates it later. The opener is left in place: our own return page speaks
 * through it, and the address comes from the server's list of hosts (T-71). Undefined: blocked.
 */
export function openPopup({ words, onClose }: Pick<SurfaceOptions, 'words' | 'onClose'>): Surface | undefined {
  const width = Math.min(760, screen.availWidth)
  const height = Math.min(800, screen.availHeight)
  const left = Math.round(screenX + (outerWidth - width) / 2)
  const top = Math.round(screenY + (outerHeight - height) / 2)
  let popup: Window | null = null
  // Browsers inside other apps answer null, a dead window or the page's own, or throw (T-78).
  try {
    popup = open('about:blank', '_blank', `popup,width=${width},height=${height},left=${left},top=${top}`)
    if (popup === window) return void stop() // or the blank page would take this one's place
    const blank = (popup as Window).document // none throws, as one does that may not be written to
    blank.title = words.title
    blank.body.textContent = words.opening
    blank.documentElement.style.colorScheme = getComputedStyle(document.documentElement).colorScheme // no white flash beside a dark page
  } catch {
    // A blank window that may not be written to is as good.
  }
  if (!popup || popup.closed) return undefined

  // No event tells of another window's end; the property is the only source.
  let looks = 0
  const watch = setInterval(() => {
    looks++
    if (!popup.closed) return
    clearInterval(watch)
    onClose(looks === 1 ? 'early' : undefined)
  }, 500)

  return {
    kind: 'popup',
    window: () => popup,
    show: (url) => popup.location.replace(url),
    focus: () => popup.focus(),
    close() {
      clearInterval(watch)
      popup.close()
    },
  }
}
