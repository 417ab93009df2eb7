import { answerControl } from '../../sandbox-control.js'
import type { SandboxAccount } from '../sandbox.js'
import { goesWell, sandboxOutcomeChange } from './outcome.js'
import { shown } from './session.js'

/**
 * The control API (../../sandbox-control.ts). Moves of a session: `pay`, `expire`, `cancel` while it waits; `settle`, `delay` once paid.
 */
export function control(account: SandboxAccount, request: Request, url: URL): Promise<Response> {
  const { book } = account
  const controlled = {
    ...{ noun: 'session', project: account, goesWell, outcomeChange: sandboxOutcomeChange },
    list: () => book.all().map(shown),
    find(ref: string) {
      const session = book.find(ref)
      return session && shown(session)
    },
    move: (ref: string, name: string) => book.move(ref, name, account.outcome),
    repeat: book.repeat.bind(book),
  }
  return answerControl(controlled, request, url)
}
