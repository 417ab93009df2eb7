import { news } from '../providers/adapter.js'
import { causeOf } from './cause.js'
import { keepWord, offer } from './foreign.js'
import { withTime } from './in-time.js'
import type { Log, MerchantHooks } from './merchant.js'
import { backOff } from './settle.js'
import type { Notice, PendingNotice, Store } from './store.js'

// Notices, what a person or the shop should know: a row each, told until their hook has taken them.

/** A notice is told for ever; beyond this many failures in a row only hourly. */
const noticeAttempts = 100

const isNews: ReadonlySet<Notice['kind']> = new Set(news)

/** Tells a notice in at most `time` milliseconds; answers whether it was taken. Rejects where that cannot be written. */
export function createTeller(
  store: Store,
  hooks: MerchantHooks,
  time: number,
  log?: Log,
): (notice: PendingNotice) => Promise<boolean> {
  return async function tell(notice: PendingNotice): Promise<boolean> {
    const { attempts: told, ...given } = notice
    const name = isNews.has(notice.kind) ? 'news' : 'alert'
    const hook = hooks[name]
    try {
      if (notice.kind === 'foreign') {
        const isTaken = await withTime((signal) => offer(store, hooks, given, signal), time)
        await keepWord(store, given, isTaken)
        return isTaken
      }
      if (hook) await withTime(() => hook.call(hooks, given), time)
      // It waits for whoever adds the hook: a person should hear of it. News are for shops that want them.
      else if (!log && name === 'alert') throw new Error('nobody hears it')
      else
        log?.warn(
          { notice: notice.id, kind: notice.kind },
          `nobody hears this, since there is no hook \`${name}\`${notice.reason && `: ${notice.reason}`}`,
        )
      await store.transaction((tx) => tx.noticeTold(notice.id))
      return true
    } catch (error) {
      log?.warn({ notice: notice.id, kind: notice.kind, ...causeOf(error) }, 'a notice could not be told')
      await store.transaction((tx) =>
        tx.noticeFailed(notice.id, tx.now + backOff(Math.min(told + 1, noticeAttempts), Math.random())),
      )
      return false
    }
  }
}
