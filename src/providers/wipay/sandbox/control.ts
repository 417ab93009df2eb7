import { answerControl } from '../../sandbox-control.js'
import type { SandboxAccount } from '../sandbox.js'
import { goesWell, sandboxOutcomeChange } from './outcome.js'

/**
 * The control API (../../sandbox-control.ts). Moves of a transaction: `pay`, `fail`, `error`, `time-out` while its page is open; `recover`
 * after a time-out, as WiPay may for hours; `ask-refund`, `grant-refund`, `reject-refund`, `refund`, `dispute`, `chargeback`, `release`,
 * `fraud` later.
 */
export function control(account: SandboxAccount, request: Request, url: URL): Promise<Response> {
  const { book } = account
  const controlled = {
    ...{ noun: 'transaction', project: account, goesWell, outcomeChange: sandboxOutcomeChange },
    list: () => book.list(),
    find: (ref: string) => book.find(ref),
    move: (ref: string, name: string) => book.move(ref, name, account.outcome),
    repeat: book.repeat.bind(book),
  }
  return answerControl(controlled, request, url)
}
