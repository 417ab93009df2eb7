export const isOnline = (): boolean => navigator.onLine

/**
 * Whether asking the server makes sense now: somebody may be looking, and there may be a network. Some browsers say wrongly that there is
 * none, so where there is news, or the buyer presses "check", that alone does not keep from asking once.
 */
export const isAttentive = (isNews = false): boolean => document.visibilityState === 'visible' && (isNews || isOnline())

/** Tells when it makes sense again; `restored`: the page came back from the back/forward cache with an old state (T-77). */
export function watchAttention(onBack: (restored: boolean) => void): () => void {
  const ender = new AbortController()
  const { signal } = ender
  const check = () => isAttentive() && onBack(false)
  document.addEventListener('visibilitychange', check, { signal })
  window.addEventListener('online', check, { signal })
  window.addEventListener('pageshow', (event) => event.persisted && onBack(true), { signal })
  return () => ender.abort()
}
